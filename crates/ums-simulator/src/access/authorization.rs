//! OPEN-BODY-SIG as a server checks it: header, AppId, clock, nonce, signature.
//!
//! Written apart from `ums-auth` on purpose, with `ring` instead of RustCrypto.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ring::{digest, hmac};
use serde::Serialize;

use crate::clock;

/// What the check of a request's signature found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignatureVerdict {
    /// Signature, AppId, timestamp and nonce are all in order.
    Accepted,
    /// There is no `Authorization` header.
    Missing,
    /// The header is not `OPEN-BODY-SIG AppId="…", Timestamp="…", Nonce="…", Signature="…"`.
    Malformed,
    /// The simulator holds no AppKey for this AppId.
    UnknownAppId,
    /// The timestamp is not fourteen digits that make a date and time.
    BadTimestamp,
    /// The timestamp is further from the simulator's clock than the window allows.
    OutsideWindow,
    /// The nonce is empty or longer than 128 characters.
    BadNonce,
    /// The signature is not that of these bytes under this AppKey.
    BadSignature,
    /// The same AppId has used the same nonce within the window.
    ReplayedNonce,
}

impl SignatureVerdict {
    /// The word for it, as the ledger has it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::UnknownAppId => "unknown_app_id",
            Self::BadTimestamp => "bad_timestamp",
            Self::OutsideWindow => "outside_window",
            Self::BadNonce => "bad_nonce",
            Self::BadSignature => "bad_signature",
            Self::ReplayedNonce => "replayed_nonce",
        }
    }

    /// The text sent as `errInfo` with a refusal. `Timestamp解析失败` was measured on a sister
    /// product; the others are the simulator's own.
    pub(crate) fn err_info(self) -> &'static str {
        match self {
            Self::Accepted => "认证成功",
            Self::Missing => "认证失败: no Authorization header",
            Self::Malformed => "认证失败: the Authorization header is not OPEN-BODY-SIG",
            Self::UnknownAppId => "认证失败: unknown AppId",
            Self::BadTimestamp => "Timestamp解析失败",
            Self::OutsideWindow => "认证失败: Timestamp is outside the window",
            Self::BadNonce => "认证失败: Nonce must have 1 to 128 characters",
            Self::BadSignature => "认证失败: wrong Signature",
            Self::ReplayedNonce => "认证失败: Nonce was used before",
        }
    }
}

/// The four values of an OPEN-BODY-SIG header, unescaped since nothing in it is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) signature: &'a str,
}

impl<'a> Header<'a> {
    /// Reads a header value. The separator may be `, ` (all live traffic) or `,` (the void page's
    /// own example); each name must appear exactly once.
    pub(crate) fn parse(value: &'a str) -> Option<Self> {
        let mut rest = value.strip_prefix("OPEN-BODY-SIG ")?.trim_matches(' ');
        let (mut app_id, mut timestamp, mut nonce, mut signature) = (None, None, None, None);
        loop {
            let (name, after_name) = rest.split_once("=\"")?;
            let (value, after_value) = after_name.split_once('"')?;
            let slot = match name {
                "AppId" => &mut app_id,
                "Timestamp" => &mut timestamp,
                "Nonce" => &mut nonce,
                "Signature" => &mut signature,
                _ => return None,
            };
            if slot.replace(value).is_some() {
                return None;
            }
            if after_value.is_empty() {
                break;
            }
            rest = after_value.strip_prefix(',')?.trim_start_matches(' ');
        }
        Some(Self {
            app_id: app_id?,
            timestamp: timestamp?,
            nonce: nonce?,
            signature: signature?,
        })
    }
}

/// The known credentials, the window and the memory of nonces.
pub(crate) struct Verifier {
    /// Each AppId may have several, as while one is being replaced.
    keys: HashMap<Box<str>, Vec<hmac::Key>>,
    /// The merchants for which an AppId may act; an AppId that is not here may for any.
    merchants: HashMap<Box<str>, HashSet<String>>,
    window: TimeDelta,
    nonces: Mutex<Nonces>,
}

impl Verifier {
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            keys: HashMap::new(),
            merchants: HashMap::new(),
            window: TimeDelta::from_std(window).unwrap_or(TimeDelta::MAX),
            nonces: Mutex::default(),
        }
    }

    /// Registers a credential. The AppKey is used as text, as UMS does: it looks like hex but is
    /// not decoded.
    pub(crate) fn insert(&mut self, app_id: &str, app_key: &str) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, app_key.as_bytes());
        self.keys.entry(app_id.into()).or_default().push(key);
    }

    /// Lets an AppId act for this merchant, and for those that it was let act for.
    pub(crate) fn limit(&mut self, app_id: &str, merchant_code: &str) {
        let merchants = self.merchants.entry(app_id.into()).or_default();
        merchants.insert(merchant_code.to_owned());
    }

    /// Whether the AppId of this header, which was verified, may act for this merchant.
    pub(crate) fn may_act_for(&self, authorization: Option<&str>, merchant_code: &str) -> bool {
        if self.merchants.is_empty() {
            return true;
        }
        let header = authorization.and_then(Header::parse);
        let merchants = header.and_then(|header| self.merchants.get(header.app_id));
        merchants.is_none_or(|merchants| merchants.contains(merchant_code))
    }

    /// Checks a header against the body bytes as received, and remembers the nonce when everything
    /// else is in order: a forged request must not be able to use up a nonce.
    pub(crate) fn verify(
        &self,
        authorization: Option<&str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> SignatureVerdict {
        let Some(value) = authorization else {
            return SignatureVerdict::Missing;
        };
        let Some(header) = &Header::parse(value) else {
            return SignatureVerdict::Malformed;
        };
        let Some(keys) = self.keys.get(header.app_id) else {
            return SignatureVerdict::UnknownAppId;
        };
        let Some(signed_at) = parse_timestamp(header.timestamp) else {
            return SignatureVerdict::BadTimestamp;
        };
        if (now - signed_at).abs() > self.window {
            return SignatureVerdict::OutsideWindow;
        }
        if header.nonce.is_empty() || header.nonce.chars().count() > MAX_NONCE_CHARS {
            return SignatureVerdict::BadNonce;
        }
        if !keys.iter().any(|key| signature_matches(key, header, body)) {
            return SignatureVerdict::BadSignature;
        }
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        // A request signed at the far edge of the future is valid for two windows.
        let forget_at = now
            .checked_add_signed(self.window.checked_mul(2).unwrap_or(TimeDelta::MAX))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        if nonces.use_up(header.app_id, header.nonce, now, forget_at) {
            SignatureVerdict::Accepted
        } else {
            SignatureVerdict::ReplayedNonce
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("credentials", &self.keys.len())
            .finish_non_exhaustive()
    }
}

/// Longest nonce, in characters (a copy of the official authentication table).
const MAX_NONCE_CHARS: usize = 128;

/// The void page's own example has non-zero pad bits, so a strict decoder would refuse it.
const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

fn signature_matches(key: &hmac::Key, header: &Header<'_>, body: &[u8]) -> bool {
    let mut claimed = [0_u8; 64];
    let Ok(length) = LENIENT_BASE64.decode_slice(header.signature, &mut claimed) else {
        return false;
    };
    let body_digest = digest::digest(&digest::SHA256, body);
    let mut hex = [0_u8; 2 * digest::SHA256_OUTPUT_LEN];
    if base16ct::lower::encode(body_digest.as_ref(), &mut hex).is_err() {
        return false;
    }
    let mut message = Vec::with_capacity(256);
    for part in [header.app_id, header.timestamp, header.nonce] {
        message.extend_from_slice(part.as_bytes());
    }
    message.extend_from_slice(&hex);
    claimed
        .get(..length)
        .is_some_and(|claimed| hmac::verify(key, &message, claimed).is_ok())
}

/// `yyyyMMddHHmmss` in UTC+8.
fn parse_timestamp(text: &str) -> Option<DateTime<Utc>> {
    let digits: &[u8; 14] = text.as_bytes().try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| -> Option<u32> { text.get(range)?.parse().ok() };
    let local = NaiveDate::from_ymd_opt(
        i32::try_from(number(0..4)?).ok()?,
        number(4..6)?,
        number(6..8)?,
    )?
    .and_hms_opt(number(8..10)?, number(10..12)?, number(12..14)?)?;
    let offset = *clock::in_china(DateTime::<Utc>::UNIX_EPOCH).offset();
    Some(local.and_local_timezone(offset).single()?.to_utc())
}

/// How many nonces are remembered. Beyond that the oldest is forgotten first, though it might be
/// replayed: the simulator must not grow without end.
const MOST_NONCES: usize = 100_000;

/// Nonces seen, each until it can no longer be replayed.
#[derive(Default)]
struct Nonces {
    seen: HashSet<Arc<str>>,
    by_age: VecDeque<(DateTime<Utc>, Arc<str>)>,
}

impl Nonces {
    /// Whether the nonce was fresh; it is used up now.
    fn use_up(
        &mut self,
        app_id: &str,
        nonce: &str,
        now: DateTime<Utc>,
        forget_at: DateTime<Utc>,
    ) -> bool {
        while self.by_age.len() >= MOST_NONCES
            || self.by_age.front().is_some_and(|(until, _)| *until < now)
        {
            if let Some((_, forgotten)) = self.by_age.pop_front() {
                self.seen.remove(&forgotten);
            }
        }
        // Neither part can hold a quotation mark, so the pair cannot be ambiguous.
        let key: Arc<str> = format!("{app_id}\"{nonce}").into();
        if !self.seen.insert(Arc::clone(&key)) {
            return false;
        }
        self.by_age.push_back((forget_at, key));
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The official document's vector: every value is published.
    const OFFICIAL: &str = "OPEN-BODY-SIG AppId=\"12345678901234567890123456789012\", \
        Timestamp=\"20170101120000\", Nonce=\"09876543210987654321098765432109\", \
        Signature=\"GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=\"";

    fn official_verifier() -> Verifier {
        let mut verifier = Verifier::new(Duration::from_secs(300));
        verifier.insert(
            "12345678901234567890123456789012",
            "67890123456789012345678901234567",
        );
        verifier
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn noon() -> DateTime<Utc> {
        at("2017-01-01T04:00:00Z")
    }

    #[test]
    fn the_official_vector_is_accepted_once() {
        let verifier = official_verifier();
        let verify = || verifier.verify(Some(OFFICIAL), b"A", noon());
        assert_eq!(verify(), SignatureVerdict::Accepted);
        assert_eq!(verify(), SignatureVerdict::ReplayedNonce);
    }

    #[test]
    fn a_forged_request_does_not_use_up_the_nonce() {
        let verifier = official_verifier();
        assert_eq!(
            verifier.verify(Some(OFFICIAL), b"B", noon()),
            SignatureVerdict::BadSignature
        );
        assert_eq!(
            verifier.verify(Some(OFFICIAL), b"A", noon()),
            SignatureVerdict::Accepted
        );
    }

    #[test]
    fn each_refusal_has_its_verdict() {
        let cases = [
            (None, SignatureVerdict::Missing),
            (
                Some(OFFICIAL.replace("SIG ", "SIGN ")),
                SignatureVerdict::Malformed,
            ),
            (
                Some(OFFICIAL.replace("AppId=\"1", "AppId=\"2")),
                SignatureVerdict::UnknownAppId,
            ),
            (
                Some(OFFICIAL.replace("20170101", "20171301")),
                SignatureVerdict::BadTimestamp,
            ),
            (
                Some(OFFICIAL.replace("20170101", "2017010")),
                SignatureVerdict::BadTimestamp,
            ),
            (
                Some(OFFICIAL.replace("120000", "120501")),
                SignatureVerdict::OutsideWindow,
            ),
            (
                Some(OFFICIAL.replace("120000", "115459")),
                SignatureVerdict::OutsideWindow,
            ),
            (
                Some(OFFICIAL.replace("09876543210987654321098765432109", "")),
                SignatureVerdict::BadNonce,
            ),
            (
                Some(OFFICIAL.replace("09876543210987654321098765432109", &"7".repeat(129))),
                SignatureVerdict::BadNonce,
            ),
            (
                Some(OFFICIAL.replace("GINs", "gINs")),
                SignatureVerdict::BadSignature,
            ),
            (
                Some(OFFICIAL.replace("GINs", "!!!!")),
                SignatureVerdict::BadSignature,
            ),
            (
                Some(OFFICIAL.replace("Nonce=\"0", "Nonce=\"1")),
                SignatureVerdict::BadSignature,
            ),
        ];
        for (header, expected) in cases {
            let verdict = official_verifier().verify(header.as_deref(), b"A", noon());
            assert_eq!(verdict, expected, "{header:?}");
        }
    }

    #[test]
    fn a_nonce_is_forgotten_when_its_timestamp_can_no_longer_pass() {
        let verifier = official_verifier();
        let mut nonces = verifier.nonces.lock().unwrap();
        let until = at("2017-01-01T04:10:00Z");
        assert!(nonces.use_up("app", "n", noon(), until));
        assert!(!nonces.use_up("app", "n", until, until));
        assert!(nonces.use_up("other", "n", noon(), until));
        assert!(nonces.use_up("app", "n", at("2017-01-01T04:10:01Z"), until));
        assert_eq!(nonces.seen.len(), nonces.by_age.len());
    }

    #[test]
    fn a_verdict_has_one_word() {
        for verdict in [
            SignatureVerdict::Accepted,
            SignatureVerdict::Missing,
            SignatureVerdict::Malformed,
            SignatureVerdict::UnknownAppId,
            SignatureVerdict::BadTimestamp,
            SignatureVerdict::OutsideWindow,
            SignatureVerdict::BadNonce,
            SignatureVerdict::BadSignature,
            SignatureVerdict::ReplayedNonce,
        ] {
            assert_eq!(serde_json::json!(verdict), verdict.word());
        }
    }

    #[test]
    fn the_memory_of_nonces_has_an_end() {
        let mut nonces = Nonces::default();
        let until = at("2017-01-01T04:10:00Z");
        for number in 0..=MOST_NONCES {
            assert!(nonces.use_up("app", &number.to_string(), noon(), until));
        }
        assert_eq!(nonces.by_age.len(), MOST_NONCES);
        assert_eq!(nonces.seen.len(), MOST_NONCES);
        // The newest are remembered, the first is not.
        assert!(!nonces.use_up("app", &MOST_NONCES.to_string(), noon(), until));
        assert!(nonces.use_up("app", "0", noon(), until));
    }

    #[test]
    fn the_header_is_read_with_and_without_the_space() {
        let spaced = Header::parse(OFFICIAL).unwrap();
        let tight = OFFICIAL.replace(", ", ",");
        assert_eq!(Header::parse(&tight), Some(spaced));
        for wrong in [
            "",
            "OPEN-BODY-SIG ",
            "open-body-sig AppId=\"a\"",
            "OPEN-BODY-SIG AppId=\"a\", Timestamp=\"b\", Nonce=\"c\"",
            "OPEN-BODY-SIG AppId=\"a\", AppId=\"a\", Nonce=\"c\", Signature=\"d\"",
            "OPEN-BODY-SIG AppId=\"a\", Timestamp=\"b\", Nonce=\"c\", Signature=\"d\",",
            "OPEN-BODY-SIG AppId=\"a\" Timestamp=\"b\" Nonce=\"c\" Signature=\"d\"",
            "OPEN-BODY-SIG AppId=\"a\", Timestamp=\"b\", Nonce=\"c\", Signature=\"d\", Extra=\"e\"",
            "OPEN-BODY-SIG AppId=a, Timestamp=b, Nonce=c, Signature=d",
        ] {
            assert_eq!(Header::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_without_panic(text in "\\PC*") {
            let _ = Header::parse(&text);
            let _ = parse_timestamp(&text);
            let _ = official_verifier().verify(Some(&text), b"A", noon());
        }

        #[test]
        fn what_is_written_is_read(
            app_id in "[0-9a-z]{1,32}",
            timestamp in "[0-9]{14}",
            nonce in "[0-9a-f]{1,64}",
            signature in "[A-Za-z0-9+/]{43}=",
            space in " {0,2}",
        ) {
            let text = format!(
                "OPEN-BODY-SIG AppId=\"{app_id}\",{space}Timestamp=\"{timestamp}\",{space}\
                 Nonce=\"{nonce}\",{space}Signature=\"{signature}\""
            );
            let expected = Header {
                app_id: &app_id,
                timestamp: &timestamp,
                nonce: &nonce,
                signature: &signature,
            };
            prop_assert_eq!(Header::parse(&text), Some(expected));
        }
    }
}

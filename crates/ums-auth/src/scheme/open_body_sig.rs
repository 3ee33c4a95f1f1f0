//! OPEN-BODY-SIG: a request whose body is signed in its `Authorization` header.
//!
//! The scheme of every `POST` with a JSON body, the POS通 calls among them:
//!
//! 1. digest = SHA-256 of the exact bytes of the body, as lower-case hexadecimal;
//! 2. string to sign = AppId, Timestamp, Nonce, digest, with nothing between;
//! 3. signature = Base64 of HMAC-SHA256 under the AppKey as text;
//! 4. header = `OPEN-BODY-SIG AppId="…", Timestamp="…", Nonce="…", Signature="…"`.
//!
//! The steps are proved by the official vector. Method, path, query and content type are not
//! signed, so a captured request is good for any other path of the host until the gateway tires of
//! its timestamp.
//!
//! ```
//! use ums_auth::{AppId, AppKey, Nonce, Timestamp};
//! use ums_auth::open_body_sig::{Authorization, Signer};
//!
//! let app_id = AppId::new("12345678901234567890123456789012")?;
//! let app_key = AppKey::new("67890123456789012345678901234567")?;
//! let signer = Signer::new(app_id, &app_key);
//!
//! let timestamp = Timestamp::parse("20170101120000")?;
//! let nonce = Nonce::new("09876543210987654321098765432109")?;
//! let authorization = signer.sign(b"A", timestamp, &nonce);
//! assert_eq!(
//!     authorization.signature().to_string(),
//!     "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08="
//! );
//!
//! let received = Authorization::parse(&authorization.header())?;
//! signer.verify(b"A", &received)?;
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::invalid::InvalidValue;
use crate::refused::Refused;
use crate::secret::app_key::AppKey;
use crate::secret::prepared_key::PreparedKey;
use crate::text::header_text::{self, HeaderProblem, InvalidHeader};
use crate::value::app_id::AppId;
use crate::value::body_digest::BodyDigest;
use crate::value::nonce::Nonce;
use crate::value::signature::Signature;
use crate::value::string_to_sign::StringToSign;
use crate::value::timestamp::Timestamp;

/// The name of the scheme, which begins the header.
pub const SCHEME: &str = "OPEN-BODY-SIG";

/// Signs bodies, and verifies them.
///
/// Holds the key schedule of HMAC, computed once and in one place, and no key; a clone shares it.
/// It is wiped with the last clone and `Debug` does not show it.
#[derive(Clone)]
pub struct Signer {
    app_id: AppId,
    key: PreparedKey,
}

impl Signer {
    /// Prepares to sign with these credentials.
    pub fn new(app_id: AppId, app_key: &AppKey) -> Self {
        Self {
            app_id,
            key: PreparedKey::new(app_key.expose_secret().as_bytes()),
        }
    }

    /// In whose name this signs.
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// Signs a body: exactly the bytes that will be sent. Allocates nothing.
    ///
    /// The nonce must be a new one for each request, and the timestamp the moment of sending; a
    /// request that is sent again is signed again.
    pub fn sign(&self, body: &[u8], timestamp: Timestamp, nonce: &Nonce) -> Authorization {
        self.sign_digest(&BodyDigest::of(body), timestamp, nonce)
    }

    /// Signs a body of which only the digest is at hand, as for a body that is streamed from a file
    /// (see [`BodyDigest::hasher`]).
    pub fn sign_digest(
        &self,
        digest: &BodyDigest,
        timestamp: Timestamp,
        nonce: &Nonce,
    ) -> Authorization {
        let text = StringToSign::new(&self.app_id, timestamp, nonce, digest);
        Authorization {
            app_id: self.app_id,
            timestamp,
            nonce: *nonce,
            signature: self.key.sign(text.as_bytes()),
        }
    }

    /// Whether these bytes were signed by a holder of this key in the name of this AppId. The
    /// signatures are compared in constant time.
    ///
    /// This is the cryptographic half. That the timestamp is recent and the nonce new is for the
    /// caller to see to: that needs a clock and a memory.
    ///
    /// # Errors
    /// [`Refused::AppId`] when it is signed for another AppId, [`Refused::Signature`] when the
    /// signature is not that of these bytes.
    pub fn verify(&self, body: &[u8], authorization: &Authorization) -> Result<(), Refused> {
        self.verify_digest(&BodyDigest::of(body), authorization)
    }

    /// [`verify`](Self::verify) for a body of which only the digest is at hand.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_digest(
        &self,
        digest: &BodyDigest,
        authorization: &Authorization,
    ) -> Result<(), Refused> {
        if authorization.app_id != self.app_id {
            return Err(Refused::AppId);
        }
        let text = authorization.string_to_sign(digest);
        if self.key.verify(text.as_bytes(), &authorization.signature) {
            Ok(())
        } else {
            Err(Refused::Signature)
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

/// The `Authorization` header of a signed request, in parts.
///
/// Made by [`Signer::sign`] or read by [`parse`](Self::parse); reading one says nothing about
/// whether the signature is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authorization {
    app_id: AppId,
    timestamp: Timestamp,
    nonce: Nonce,
    signature: Signature,
}

impl Authorization {
    /// Reads a header.
    ///
    /// The space after a comma may be missing, as in the official page's own example, and the
    /// signature's Base64 may be non-canonical, as it is there. Everything else is as
    /// [`header`](Self::header) writes it: the scheme in upper case and one space, the four
    /// parameters in their order, each once, each quoted, nothing before, between or after.
    ///
    /// # Errors
    /// When the header is anything else: where, and what is wrong there.
    pub fn parse(header: &str) -> Result<Self, InvalidHeader> {
        let [app_id, timestamp, nonce, signature] = header_text::read(header, SCHEME, NAMES)?;
        Ok(Self {
            app_id: value(app_id, AppId::new)?,
            timestamp: value(timestamp, Timestamp::parse)?,
            nonce: value(nonce, Nonce::new)?,
            signature: value(signature, Signature::parse)?,
        })
    }

    /// In whose name the request is signed.
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// When it was signed.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The nonce it was signed with.
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The text that is signed when the body has this digest.
    pub fn string_to_sign(&self, digest: &BodyDigest) -> StringToSign {
        StringToSign::new(&self.app_id, self.timestamp, &self.nonce, digest)
    }

    /// The value of the `Authorization` header, with `", "` between the parameters, as in traffic
    /// that is known to be accepted. One allocation.
    pub fn header(&self) -> String {
        let Ok(header) = String::from_utf8(self.header_bytes()) else {
            unreachable!("each part is ASCII")
        };
        header
    }

    /// The header as an [`http::HeaderValue`], marked as sensitive so that `Debug` and HPACK leave
    /// it alone. One allocation.
    #[cfg(feature = "http")]
    pub fn header_value(&self) -> http::HeaderValue {
        let Ok(mut value) = http::HeaderValue::try_from(self.header_bytes()) else {
            unreachable!("each part is printable ASCII")
        };
        value.set_sensitive(true);
        value
    }

    fn header_bytes(&self) -> Vec<u8> {
        let signature = self.signature.base64();
        let pieces = self.pieces(&signature);
        let mut header = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
        for piece in pieces {
            header.extend_from_slice(piece);
        }
        header
    }

    fn pieces<'a>(&'a self, signature: &'a [u8]) -> [&'a [u8]; 9] {
        [
            b"OPEN-BODY-SIG AppId=\"",
            self.app_id.as_bytes(),
            b"\", Timestamp=\"",
            self.timestamp.as_bytes(),
            b"\", Nonce=\"",
            self.nonce.as_bytes(),
            b"\", Signature=\"",
            signature,
            b"\"",
        ]
    }
}

/// As [`Authorization::header`].
impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = self.signature.base64();
        for piece in self.pieces(&signature) {
            f.write_str(core::str::from_utf8(piece).map_err(|_| fmt::Error)?)?;
        }
        Ok(())
    }
}

impl core::str::FromStr for Authorization {
    type Err = InvalidHeader;

    fn from_str(header: &str) -> Result<Self, InvalidHeader> {
        Self::parse(header)
    }
}

pub(crate) const NAMES: [&str; 4] = ["AppId", "Timestamp", "Nonce", "Signature"];

fn value<T>(
    (at, text): (usize, &str),
    parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
) -> Result<T, InvalidHeader> {
    parse(text).map_err(|error| InvalidHeader::new(at, HeaderProblem::Value(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use proptest::prelude::*;

    const APP_ID: &str = "12345678901234567890123456789012";
    const APP_KEY: &str = "67890123456789012345678901234567";
    const TIMESTAMP: &str = "20170101120000";
    const NONCE: &str = "09876543210987654321098765432109";

    fn signer(app_id: &str, app_key: &str) -> Signer {
        Signer::new(AppId::new(app_id).unwrap(), &AppKey::new(app_key).unwrap())
    }

    fn authorization() -> Authorization {
        signer(APP_ID, APP_KEY).sign(
            b"A",
            Timestamp::parse(TIMESTAMP).unwrap(),
            &Nonce::new(NONCE).unwrap(),
        )
    }

    #[test]
    fn the_official_vector_stage_by_stage() {
        let digest = BodyDigest::of(b"A");
        assert_eq!(
            digest.to_string(),
            "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"
        );
        let authorization = authorization();
        assert_eq!(
            authorization.string_to_sign(&digest).as_str(),
            "123456789012345678901234567890122017010112000009876543210987654321098765432109559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"
        );
        assert_eq!(
            authorization.signature().to_string(),
            "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08="
        );
        insta::assert_snapshot!(
            authorization.header(),
            @r#"OPEN-BODY-SIG AppId="12345678901234567890123456789012", Timestamp="20170101120000", Nonce="09876543210987654321098765432109", Signature="GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=""#
        );
    }

    #[test]
    fn a_third_partys_pin() {
        let authorization = signer("ums-test-app", "8f3a1c6e9b2d4705af81c3e6d29b7f04").sign(
            br#"{"merOrderId":"PAY20260917000000000001"}"#,
            Timestamp::parse("20260917102030").unwrap(),
            &Nonce::new("1767225600123456789").unwrap(),
        );
        assert_eq!(
            authorization.signature().to_string(),
            "DYrvVYK02yaD7KbTH/PhIS9W4LeQq9VrpqNSpYy28xM="
        );
    }

    #[test]
    fn computed_signatures_stay_what_they_were() {
        let cases = [
            ("", "09jVthXayHXZd/9dUXA4ssmLDPM3AAv+G51W1tn2UhE="),
            ("{}", "4dNu+JffJqmHwx8WIsySWRwYwkYHYldDQYyOWKIqAxY="),
            (
                r#"{"merchantRemark":"测试"}"#,
                "G7b2QUPXT7C31cZUuPIZYSk7bhkcr1T4oOWXKbaUN4A=",
            ),
            (
                r#"{"merchantCode":"103290070111417","terminalCode":"12340511","systemTraceNum":"123456","merchantOrderId":"20200227163036011978864947","originalOrderId":"20200227163036011978864947","merchantRemark":"test","limitCrossDevice":"true","bizIdentifier":""}"#,
                "Fjfup7sTrH+xMYq56vVPtjxlPqVwbLXM1drRLBG85Eg=",
            ),
        ];
        for (body, signature) in cases {
            let authorization = signer(APP_ID, APP_KEY).sign(
                body.as_bytes(),
                Timestamp::parse(TIMESTAMP).unwrap(),
                &Nonce::new(NONCE).unwrap(),
            );
            assert_eq!(authorization.signature().to_string(), signature, "{body}");
        }
    }

    #[test]
    fn the_official_pages_example_is_read_without_space_and_with_its_base64() {
        let header = r#"OPEN-BODY-SIG AppId="f0ec96ad2c3848b5b810e7aadf369e2f",Timestamp="20170606135700",Nonce="99930a147f5353dd8a8f29a5329f37e9",Signature="IPmdGHYCcfN+mto0/02zkwoUF1NT3YqPKaUykMaec1T=""#;
        let authorization = Authorization::parse(header).unwrap();
        assert_eq!(authorization.timestamp().as_str(), "20170606135700");
        assert_eq!(
            authorization.nonce().as_str(),
            "99930a147f5353dd8a8f29a5329f37e9"
        );
        assert_eq!(
            authorization.header(),
            header.replace(',', ", ").replace("c1T=", "c1Q=")
        );
    }

    #[test]
    fn refuses_other_headers_and_says_where() {
        let good = authorization().header();
        let cases = [
            ("empty", "".into(), "scheme", 0),
            (
                "lower case",
                good.replace("OPEN-BODY-SIG", "open-body-sig"),
                "scheme",
                0,
            ),
            (
                "other scheme",
                good.replace("OPEN-BODY-SIG", "OPEN-FORM-PARAM"),
                "scheme",
                0,
            ),
            ("space before", format!(" {good}"), "scheme", 0),
            ("scheme alone", SCHEME.into(), "syntax", 13),
            ("nothing after", format!("{SCHEME} "), "syntax", 14),
            (
                "two spaces",
                good.replacen(' ', "  ", 1),
                "unknown_parameter",
                14,
            ),
            ("space after", format!("{good} "), "syntax", 182),
            ("comma after", format!("{good},"), "syntax", 183),
            (
                "name's case",
                good.replace("Nonce", "nonce"),
                "unknown_parameter",
                84,
            ),
            (
                "unknown",
                format!("{good}, Version=\"1\""),
                "unknown_parameter",
                184,
            ),
            ("no quotes", good.replace('"', ""), "syntax", 20),
            (
                "two spaces between",
                good.replace(", Nonce", ",  Nonce"),
                "unknown_parameter",
                84,
            ),
            ("no comma", good.replace(", Nonce", " Nonce"), "syntax", 82),
            (
                "semicolon",
                good.replace(", Nonce", "; Nonce"),
                "syntax",
                82,
            ),
            (
                "duplicate",
                format!("{good}, Nonce=\"1\""),
                "duplicate_parameter",
                184,
            ),
            (
                "order",
                format!(
                    "{SCHEME} AppId=\"a\", Nonce=\"1\", Timestamp=\"{TIMESTAMP}\", Signature=\"\""
                ),
                "parameter_order",
                36,
            ),
            (
                "missing",
                format!("{SCHEME} AppId=\"a\", Nonce=\"1\""),
                "missing_parameter",
                34,
            ),
            ("no end", good[..good.len() - 1].into(), "syntax", 137),
            (
                "control character",
                good.replace("0987", "0\n87"),
                "character_not_allowed",
                91,
            ),
            ("empty value", good.replace(NONCE, ""), "empty", 91),
            (
                "long nonce",
                good.replace(NONCE, &"1".repeat(129)),
                "too_long",
                91,
            ),
            (
                "long AppId",
                good.replace(APP_ID, &"1".repeat(33)),
                "too_long",
                21,
            ),
            (
                "timestamp",
                good.replace(TIMESTAMP, "20170230120000"),
                "no_such_time",
                67,
            ),
            ("base64", good.replace("Dy08=", "Dy0=="), "not_base64", 137),
            ("huge", "x".repeat(1 << 20), "header_too_long", 2048),
        ];
        for (name, header, code, at) in cases {
            let error = Authorization::parse(&header).unwrap_err();
            assert_eq!((error.code(), error.at()), (code, at), "{name}: {error}");
        }
    }

    #[test]
    fn verify_says_what_differs() {
        let right = authorization();
        let signer = signer(APP_ID, APP_KEY);
        assert_eq!(signer.verify(b"A", &right), Ok(()));
        assert_eq!(signer.verify(b"B", &right), Err(Refused::Signature));
        let other_id = self::signer("other", APP_KEY);
        assert_eq!(other_id.verify(b"A", &right), Err(Refused::AppId));
        let other_key = self::signer(APP_ID, "other");
        assert_eq!(other_key.verify(b"A", &right), Err(Refused::Signature));
    }

    #[test]
    fn a_digest_made_elsewhere_signs_like_the_body() {
        let right = authorization();
        let digest = BodyDigest::from_bytes(*BodyDigest::of(b"A").as_bytes());
        let signer = signer(APP_ID, APP_KEY);
        assert_eq!(
            signer.sign_digest(&digest, right.timestamp, &right.nonce),
            right
        );
        assert_eq!(signer.verify_digest(&digest, &right), Ok(()));
    }

    #[test]
    fn header_has_no_room_to_spare() {
        let header = authorization().header();
        assert_eq!(header.capacity(), header.len());
        assert_eq!(header, authorization().to_string());
    }

    #[cfg(feature = "http")]
    #[test]
    fn the_header_value_is_the_header_and_sensitive() {
        let value = authorization().header_value();
        assert_eq!(value.to_str().unwrap(), authorization().header());
        assert!(value.is_sensitive());
        assert_eq!(format!("{value:?}"), "Sensitive");
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{0:?} {0:#?}", signer("app", "MARKER"));
        assert!(!shown.contains("MARKER"), "{shown}");
    }

    fn app_ids() -> impl Strategy<Value = String> {
        "[A-Za-z0-9._-]{1,32}"
    }

    fn nonces() -> impl Strategy<Value = String> {
        "[!#-&(-+\\--\\[\\]-~]{1,128}"
    }

    fn moments() -> impl Strategy<Value = Timestamp> {
        (-62_135_625_600_i64..253_402_271_999).prop_map(|seconds| {
            Timestamp::at(&chrono::DateTime::from_timestamp(seconds, 0).unwrap()).unwrap()
        })
    }

    fn flip(bytes: &[u8], at: usize, bit: u32) -> alloc::vec::Vec<u8> {
        let mut flipped = bytes.to_vec();
        let at = at % flipped.len();
        flipped[at] ^= 1 << bit;
        flipped
    }

    proptest! {
        #[test]
        fn signing_is_deterministic_read_back_and_verified(
            app_id in app_ids(), key in "[!-~]{1,100}", body: Vec<u8>,
            moment in moments(), nonce in nonces(),
        ) {
            let nonce = Nonce::new(&nonce).unwrap();
            let signer = signer(&app_id, &key);
            let signed = signer.sign(&body, moment, &nonce);
            prop_assert_eq!(signed, self::signer(&app_id, &key).sign(&body, moment, &nonce));
            prop_assert_eq!(signed, signer.clone().sign(&body, moment, &nonce));
            let read = Authorization::parse(&signed.header()).unwrap();
            prop_assert_eq!(read, signed);
            prop_assert_eq!(Authorization::parse(&signed.header().replace(", ", ",")).unwrap(), signed);
            prop_assert_eq!(signer.verify(&body, &read), Ok(()));
        }

        #[test]
        fn any_other_input_has_another_signature(
            app_id in app_ids(), key in "[!-~]{1,100}",
            body in proptest::collection::vec(any::<u8>(), 1..200),
            moment in moments(), nonce in nonces(),
            at: usize, bit in 0..8_u32, part in 0..5,
        ) {
            let nonce = Nonce::new(&nonce).unwrap();
            let signer = signer(&app_id, &key);
            let signed = signer.sign(&body, moment, &nonce);
            let text = |bytes: &[u8]| String::from_utf8(flip(bytes, at, bit)).ok();
            let changed = match part {
                0 => Some(signer.sign(&flip(&body, at, bit), moment, &nonce)),
                1 => text(app_id.as_bytes())
                    .and_then(|id| AppId::new(&id).ok())
                    .map(|id| Signer::new(id, &AppKey::new(key.as_str()).unwrap()).sign(&body, moment, &nonce)),
                2 => text(key.as_bytes())
                    .and_then(|key| AppKey::new(key).ok())
                    .map(|key| Signer::new(*signer.app_id(), &key).sign(&body, moment, &nonce)),
                3 => text(nonce.as_bytes())
                    .and_then(|nonce| Nonce::new(&nonce).ok())
                    .map(|nonce| signer.sign(&body, moment, &nonce)),
                _ => text(moment.as_bytes())
                    .and_then(|moment| Timestamp::parse(&moment).ok())
                    .map(|moment| signer.sign(&body, moment, &nonce)),
            };
            if let Some(changed) = changed {
                prop_assert_ne!(changed.signature(), signed.signature());
                let forged = Authorization { signature: changed.signature, ..signed };
                prop_assert_eq!(signer.verify(&body, &forged), Err(Refused::Signature));
            }
        }

        #[test]
        fn any_changed_signature_is_refused(body: Vec<u8>, at: usize, bit in 0..8_u32) {
            let signer = signer(APP_ID, APP_KEY);
            let right = authorization();
            let signed = signer.sign(&body, right.timestamp, &right.nonce);
            let bytes = flip(signed.signature.as_bytes(), at, bit);
            let signature = Signature::from_bytes(bytes.try_into().unwrap());
            prop_assert_eq!(
                signer.verify(&body, &Authorization { signature, ..signed }),
                Err(Refused::Signature)
            );
        }

        #[test]
        fn any_text_is_read_or_refused(
            text in r#".{0,200}|OPEN-BODY-SIG ((AppId|Timestamp|Nonce|Signature|X)="?[0-9A-Za-z+/=]{0,44}"?,? ?){0,6}"#
        ) {
            if let Ok(read) = Authorization::parse(&text) {
                prop_assert_eq!(Authorization::parse(&read.header()), Ok(read));
            }
        }
    }
}

//! `explain` for the three schemes beside OPEN-BODY-SIG: each mistake that is theirs is made by
//! other means, and recognised.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use ums_auth::notify::SignType;
use ums_auth::{AppId, AppKey, Nonce, NotifyKey, Timestamp, open_form_param};
use ums_explain::{Claim, Explanation, Mistake, Part, explain};

const ID: &str = "aB34567890123456789012345678901f";
const KEY: &str = "0A1b2C3d4E5f60718293a4B5c6D7e8F9";
const NOTIFY_KEY: &str = "NotifyMarkerNotifyMarker";
const TIME: &str = "20170101120000";
const NONCE: &str = "be46cd581c9f46ecbd71b9858311ea12";
const CONTENT: &str = r#"{"merOrderId":"3194","desc":"x y+z%/=测试"}"#;

fn sha256(text: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn hmac(key: &str, text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    hmac.update(text.as_ref());
    hmac.finalize().into_bytes().to_vec()
}

fn app_id() -> AppId {
    AppId::new(ID).unwrap()
}

fn app_key() -> AppKey {
    AppKey::new(KEY).unwrap()
}

/// Nothing that comes out shows a key.
fn told(claim: &Claim<'_>) -> Explanation {
    let told = explain(claim);
    let shown = format!("{told:?} {claim:?}").to_lowercase();
    for secret in [KEY, NOTIFY_KEY] {
        assert!(!shown.contains(&secret.to_lowercase()), "{shown}");
    }
    told
}

fn expected(told: &Explanation, part: Part) -> Option<&str> {
    let step = told.steps().iter().find(|step| step.part() == part);
    step.unwrap().expected()
}

// OPEN-FORM-PARAM

fn query(content: &str) -> open_form_param::Query {
    open_form_param::Signer::new(app_id(), &app_key()).sign(
        content,
        Timestamp::parse(TIME).unwrap(),
        &Nonce::new(NONCE).unwrap(),
    )
}

/// The query of a client that signs this in place of the content.
fn signed_over(content: &str) -> String {
    let [sent, signed] = [CONTENT, content].map(|content| query(content).encoded());
    let (sent, _) = sent.split_once("&signature=").unwrap();
    let (_, signature) = signed.split_once("&signature=").unwrap();
    format!("{sent}&signature={signature}")
}

#[test]
fn a_query_is_gone_through_like_a_request() {
    use Mistake as M;
    let right = query(CONTENT).encoded();
    let told_of = |query: &str| told(&Claim::of_query(query, app_id(), &app_key()));
    for query in [
        right.clone(),
        format!("https://h.example/v1/netpay/qrpay?{right}"),
        format!("{right}\n"),
    ] {
        let told = told_of(&query);
        assert!(told.is_match() && told.is_explained(), "{query}");
        assert_eq!((told.first_difference(), told.mistakes()), (None, &[][..]));
        assert!(told.steps().iter().all(|step| step.agrees() == Some(true)));
    }

    let encoded = right.split_once("&content=").unwrap().1;
    let encoded = encoded.split_once('&').unwrap().0;
    let (before, signature) = right.split_once("&signature=").unwrap();
    for (query, mistakes, first) in [
        (
            signed_over(encoded),
            &[M::BodyUrlEncoded][..],
            Part::BodyDigest,
        ),
        (
            signed_over(&CONTENT.replace("\":", "\": ")),
            &[M::BodySpaces],
            Part::BodyDigest,
        ),
        (
            right.replace("authorization=OPEN-FORM-PARAM&", ""),
            &[M::SchemeMissing],
            Part::Scheme,
        ),
        (
            right.replace("OPEN-FORM-PARAM", "OPEN-BODY-SIG"),
            &[M::SchemeSpelling],
            Part::Scheme,
        ),
        (
            right.replace(&format!("appId={ID}&"), ""),
            &[M::AppIdMissing],
            Part::AppId,
        ),
        (
            right.replace(&format!("nonce={NONCE}&"), ""),
            &[M::NonceMissing],
            Part::Nonce,
        ),
        (
            right.split_once("&signature").unwrap().0.into(),
            &[M::SignatureMissing],
            Part::Signature,
        ),
        (format!("{right}&more=1"), &[M::HeaderLayout], Part::Header),
        (
            format!("{before}&signature={}", signature.replace('%', "%25")),
            &[M::SignatureUrlEncoded],
            Part::Encoding,
        ),
    ] {
        let told = told_of(&query);
        assert_eq!(told.mistakes(), mistakes, "{query}");
        assert_eq!(told.first_difference(), Some(first), "{query}");
        assert!(!told.is_match(), "{query}");
    }

    // Nothing is computed over a content that was not sent.
    let without = right.replace(&format!("content={encoded}&"), "");
    let told = told_of(&without);
    assert!(!told.is_match() && !told.is_explained());
    for part in [
        Part::BodyDigest,
        Part::StringToSign,
        Part::Mac,
        Part::Signature,
    ] {
        assert_eq!(expected(&told, part), None, "{part}");
    }
    assert_eq!(told_of("").mistakes(), []);
}

// OPEN-ACCESS-TOKEN

type Fields<'a> = Vec<(&'a str, &'a str)>;

fn token_told(fields: &Fields<'_>) -> Explanation {
    let claim = Claim::of_token_request(fields, app_id(), &app_key());
    told(&claim.with_notify_key(&NotifyKey::new(NOTIFY_KEY).unwrap()))
}

fn token_fields(signature: &str) -> Fields<'_> {
    vec![
        ("appId", ID),
        ("timestamp", TIME),
        ("nonce", NONCE),
        ("signMethod", "SHA256"),
        ("signature", signature),
    ]
}

/// The mistakes that a request for a token is tried with, and its signature.
fn token_cases() -> Vec<(Vec<Mistake>, String)> {
    use Mistake as M;
    let text = [ID, TIME, NONCE, KEY].concat();
    let short = [ID, TIME, NONCE].concat();
    let upper = KEY.to_uppercase();
    vec![
        (vec![], hex(sha256(&text))),
        (
            vec![M::SignatureUpperCase],
            hex(sha256(&text)).to_uppercase(),
        ),
        (vec![M::SignatureBase64], STANDARD.encode(sha256(&text))),
        (vec![M::SignatureWhiteSpace], hex(sha256(&text)) + "\n"),
        (vec![M::HashIsHmac], hex(hmac(KEY, &short))),
        (vec![M::HashIsHmac], hex(hmac(KEY, &text))),
        (
            vec![M::HashIsHmac, M::SignatureBase64],
            STANDARD.encode(hmac(KEY, &short)),
        ),
        (vec![M::HashOther], hex(sha1::Sha1::digest(&text))),
        (
            vec![M::StringSeparators],
            hex(sha256([ID, TIME, NONCE, KEY].join("&"))),
        ),
        (
            vec![M::StringPartOrder],
            hex(sha256([KEY, ID, TIME, NONCE].concat())),
        ),
        (vec![M::StringPartMissing], hex(sha256(&short))),
        (
            vec![M::KeyIsNotifyKey],
            hex(sha256([ID, TIME, NONCE, NOTIFY_KEY].concat())),
        ),
        (vec![M::KeyWhiteSpace], hex(sha256(text.clone() + "\n"))),
        (
            vec![M::KeyCase, M::SignatureUpperCase],
            hex(sha256([ID, TIME, NONCE, &upper].concat())).to_uppercase(),
        ),
        (
            vec![M::TimestampUtc],
            hex(sha256([ID, "20170101040000", NONCE, KEY].concat())),
        ),
    ]
}

#[test]
fn a_request_for_a_token_is_gone_through() {
    for (mistakes, signature) in token_cases() {
        let told = token_told(&token_fields(&signature));
        assert_eq!(told.mistakes(), mistakes);
        assert_eq!(told.is_match(), mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(expected(&told, Part::StringToSign), None, "holds the key");
        let right = hex(sha256([ID, TIME, NONCE, KEY].concat()));
        assert_eq!(expected(&told, Part::Signature), Some(right.as_str()));
    }

    let right = hex(sha256([ID, TIME, NONCE, KEY].concat()));
    for (missing, mistake) in [
        ("appId", Mistake::AppIdMissing),
        ("timestamp", Mistake::TimestampMissing),
        ("nonce", Mistake::NonceMissing),
        ("signature", Mistake::SignatureMissing),
    ] {
        let mut fields = token_fields(&right);
        fields.retain(|(name, _)| *name != missing);
        let told = token_told(&fields);
        assert_eq!(told.mistakes(), [mistake], "{missing}");
        assert_eq!(told.first_difference(), Some(mistake.part()), "{missing}");
        let is_known = matches!(missing, "appId" | "signature");
        let expected = expected(&told, Part::Signature);
        assert_eq!(expected.is_some(), is_known, "{missing}");
    }
    let other = hex(sha256("other"));
    assert_eq!(token_told(&token_fields(&other)).mistakes(), []);
    assert_eq!(token_told(&vec![("x", "1")]).mistakes(), []);
    let mut more = token_fields(&right);
    more.push(("more", "1"));
    assert_eq!(token_told(&more).mistakes(), [Mistake::HeaderLayout]);
}

/// Without `signMethod` it is SHA-1.
#[test]
fn the_hash_of_a_request_for_a_token_is_the_one_announced() {
    let text = [ID, TIME, NONCE, KEY].concat();
    let without = |signature| {
        let mut fields = token_fields(signature);
        fields.retain(|(name, _)| *name != "signMethod");
        fields
    };
    let sha256 = hex(sha256(&text));
    let told = token_told(&without(&sha256));
    assert_eq!(told.mistakes(), [Mistake::HashOther]);
    assert_ne!(expected(&told, Part::Signature), Some(sha256.as_str()));
    let sha1 = hex(sha1::Sha1::digest(&text));
    assert!(token_told(&without(&sha1)).is_match());
    assert_eq!(expected(&told, Part::Signature), Some(sha1.as_str()));
}

// Notifications

const PAIRS: [(&str, &str); 6] = [
    ("status", "TRADE_SUCCESS"),
    ("merOrderId", "3194"),
    ("Memo", "x+y %41"),
    ("empty", ""),
    ("signType", "SHA256"),
    ("b", "测"),
];

fn form(pairs: &[(&str, &str)], sign: &str) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)));
    let pairs: Vec<String> = pairs.chain([format!("sign={sign}")]).collect();
    pairs.join("&")
}

fn encode(text: &str) -> String {
    text.replace('%', "%25")
        .replace('+', "%2B")
        .replace(' ', "+")
}

fn join(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn sorted(keep: impl Fn(&str, &str) -> bool) -> Vec<(&'static str, &'static str)> {
    let mut pairs: Vec<_> = PAIRS
        .into_iter()
        .filter(|(name, value)| keep(name, value))
        .collect();
    pairs.sort();
    pairs
}

fn notify_told(form: &str, sign_type: SignType) -> Explanation {
    let key = NotifyKey::new(NOTIFY_KEY).unwrap();
    told(&Claim::of_notification(form.as_bytes(), &key, sign_type).with_app_key(&app_key()))
}

fn notify_cases() -> Vec<(Vec<Mistake>, String)> {
    use Mistake as M;
    let right = join(&sorted(|_, value| !value.is_empty()));
    let with_key = |text: &str| hex(sha256(format!("{text}{NOTIFY_KEY}")));
    let mut as_sent: Vec<_> = PAIRS.to_vec();
    as_sent.retain(|(_, value)| !value.is_empty());
    let mut without_case = as_sent.clone();
    without_case.sort_by_key(|(name, _)| name.to_lowercase());
    vec![
        (vec![], with_key(&right)),
        (vec![], with_key(&right).to_uppercase()),
        (
            vec![M::NotifySignTypeLeftOut],
            with_key(&join(&sorted(|name, value| {
                name != "signType" && !value.is_empty()
            }))),
        ),
        (
            vec![M::NotifyEmptyKept],
            with_key(&join(&sorted(|_, _| true))),
        ),
        (vec![M::NotifyNotSorted], with_key(&join(&as_sent))),
        (
            vec![M::NotifySortedWithoutCase],
            with_key(&join(&without_case)),
        ),
        (
            vec![M::NotifyValuesEncoded],
            with_key(
                &right
                    .replace("x+y %41", "x%2By+%2541")
                    .replace('测', "%E6%B5%8B"),
            ),
        ),
        (
            vec![M::NotifyDecodedTwice],
            with_key(&right.replace("x+y %41", "x y A")),
        ),
        (vec![M::NotifyKeyJoined], with_key(&format!("{right}&"))),
        (vec![M::NotifyKeyJoined], with_key(&format!("{right}&key="))),
        (
            vec![M::NotifyKeyFirst],
            hex(sha256(format!("{NOTIFY_KEY}{right}"))),
        ),
        (vec![M::NotifyKeyOmitted], hex(sha256(&right))),
        (vec![M::KeyIsAppKey], hex(sha256(format!("{right}{KEY}")))),
        (
            vec![M::KeyCase],
            hex(sha256(format!("{right}{}", NOTIFY_KEY.to_lowercase()))),
        ),
        (vec![M::HashIsHmac], hex(hmac(NOTIFY_KEY, &right))),
        (
            vec![M::HashOther],
            hex(md5::Md5::digest(format!("{right}{NOTIFY_KEY}"))),
        ),
        (
            vec![M::NotifyEmptyKept, M::NotifyKeyFirst],
            hex(sha256(format!(
                "{NOTIFY_KEY}{}",
                join(&sorted(|_, _| true))
            ))),
        ),
    ]
}

#[test]
fn a_notification_is_gone_through() {
    for (mistakes, sign) in notify_cases() {
        let told = notify_told(&form(&PAIRS, &sign), SignType::Sha256);
        assert_eq!(told.mistakes(), mistakes, "{sign}");
        assert_eq!(told.is_match(), mistakes.is_empty(), "{mistakes:?}");
        let first = mistakes.first().map(|mistake| mistake.part());
        assert_eq!(told.first_difference(), first, "{mistakes:?}");
    }
    for (form, part) in [
        (form(&PAIRS, &hex(sha256("other"))), Part::Signature),
        (form(&PAIRS, "zz"), Part::Signature),
        ("a=%".into(), Part::Header),
        ("a=1&a=2".into(), Part::Header),
        (String::new(), Part::Signature),
    ] {
        let told = notify_told(&form, SignType::Sha256);
        assert_eq!(told.mistakes(), [], "{form}");
        assert_eq!(told.first_difference(), Some(part), "{form}");
        assert!(!told.is_match() && !told.is_explained(), "{form}");
    }
    let told = notify_told("a=1", SignType::Sha256);
    assert_eq!(told.mistakes(), [Mistake::SignatureMissing]);
}

/// Two mistakes that lead to one text cannot be told apart.
#[test]
fn of_two_mistakes_that_are_one_neither_is_named() {
    // Neither sorted nor sorted without case makes another text of these than the other.
    let pairs = [("B", "1"), ("a", "2")];
    let sign = hex(sha256(format!("a=2&B=1{NOTIFY_KEY}")));
    let told = notify_told(&form(&pairs, &sign), SignType::Sha256);
    assert_eq!(told.mistakes(), [Mistake::NotifySortedWithoutCase]);
    let pairs = [("a", "2"), ("B", "1")];
    let told = notify_told(&form(&pairs, &sign), SignType::Sha256);
    assert_eq!(told.mistakes(), []);
}

#[test]
fn what_verify_refuses_is_explained() {
    use Mistake as M;
    let sign = |text: &str| hex(sha256(format!("{text}{NOTIFY_KEY}")));
    let ambiguous = form(&[("a", "x&b=1")], &sign("a=x&b=1")).replace("x&b", "x%26b");
    let told = notify_told(&ambiguous, SignType::Sha256);
    assert_eq!(told.mistakes(), [M::NotifyAmbiguous]);
    assert!(!told.is_match() && told.is_explained());

    let said = form(
        &[("a", "1"), ("signType", "MD5")],
        &sign("a=1&signType=MD5"),
    );
    let told = notify_told(&said, SignType::Sha256);
    assert_eq!(told.mistakes(), [M::NotifySignTypeOther]);
    assert_eq!(expected(&told, Part::Signature), None);
    let md5 = hex(md5::Md5::digest(format!("a=1&signType=MD5{NOTIFY_KEY}")));
    let said = form(&[("a", "1"), ("signType", "MD5")], &md5);
    assert_eq!(
        notify_told(&said, SignType::Sha256).mistakes(),
        [M::NotifySignTypeOther]
    );
    assert!(notify_told(&said, SignType::Md5).is_match());
}

/// With `mistakes.rs`, every mistake has a case.
#[test]
fn each_mistake_of_these_schemes_has_a_case() {
    let cases = token_cases().into_iter().chain(notify_cases());
    let mut seen: BTreeSet<_> = cases.flat_map(|(mistakes, _)| mistakes).collect();
    seen.extend([Mistake::NotifyAmbiguous, Mistake::NotifySignTypeOther]);
    let theirs = |mistake: &&Mistake| {
        let code = mistake.code();
        ["notify_", "hash_"]
            .iter()
            .any(|scheme| code.starts_with(scheme))
            || ["signature_base64", "signature_upper_case", "key_is_app_key"].contains(&code)
    };
    for mistake in Mistake::ALL.iter().filter(theirs) {
        assert!(seen.contains(mistake), "{mistake}");
    }
}

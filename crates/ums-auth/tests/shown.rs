//! What the public types print: `Debug` says what is no secret, a text is displayed as it is, and
//! an error in one line that leaves its source alone.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::error::Error;
use std::fmt::Debug;

use ums_auth::{
    AccessToken, AppId, AppKey, BodyDigest, Nonce, NotifyKey, Refused, Signature, StringToSign,
    Timestamp, notify, open_access_token, open_body_sig, open_form_param,
};

const SIGNATURE: &str = "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=";

#[test]
fn debug_says_what_is_no_secret() {
    fn shown(value: impl Debug) -> String {
        format!("{value:?}")
    }
    let app_id = AppId::new("app").unwrap();
    let app_key = AppKey::new("MARKER").unwrap();
    let notify_key = NotifyKey::new("MARKER").unwrap();
    let digest = BodyDigest::of(b"A");
    for (shown, expected) in [
        (shown(&app_key), "AppKey(..)"),
        (shown(&notify_key), "NotifyKey(..)"),
        (
            shown(AccessToken::new("MARKER").unwrap()),
            "AccessToken(..)",
        ),
        (
            shown(open_body_sig::Signer::new(app_id, &app_key)),
            r#"Signer { app_id: AppId("app"), .. }"#,
        ),
        (
            shown(open_form_param::Signer::new(app_id, &app_key)),
            r#"Signer { app_id: AppId("app"), .. }"#,
        ),
        (
            shown(open_access_token::Signer::new(app_id, &app_key)),
            r#"Signer { app_id: AppId("app"), .. }"#,
        ),
        (
            shown(notify::Signer::new(&notify_key, notify::SignType::Sha256)),
            "Signer { sign_type: Sha256, .. }",
        ),
        (
            shown(digest),
            "BodyDigest(559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd)",
        ),
        (shown(BodyDigest::hasher()), "BodyHasher(..)"),
        (
            shown(Signature::parse(SIGNATURE).unwrap()),
            "Signature(GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=)",
        ),
        (
            shown(Timestamp::parse("20170101120000").unwrap()),
            r#"Timestamp("20170101120000")"#,
        ),
        (shown(Nonce::new("n").unwrap()), r#"Nonce("n")"#),
    ] {
        assert_eq!(shown, expected);
    }
}

#[test]
fn a_text_is_displayed_as_it_is_and_padded() {
    let app_id = AppId::new("app").unwrap();
    let timestamp = Timestamp::parse("20170101120000").unwrap();
    let nonce = Nonce::new("n").unwrap();
    let string = StringToSign::new(&app_id, timestamp, &nonce, &BodyDigest::of(b"A"));
    assert_eq!(
        string.to_string(),
        "app20170101120000n559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"
    );
    assert_eq!(string.as_str(), string.to_string());
    assert_eq!(format!("{app_id:>5}|{nonce:<3}|"), "  app|n  |");
    assert_eq!(format!("{timestamp:>15}"), " 20170101120000");
    let signature = Signature::parse(SIGNATURE).unwrap();
    assert_eq!(signature.to_string(), SIGNATURE);

    let signer = open_form_param::Signer::new(app_id, &AppKey::new("MARKER").unwrap());
    let query = signer.sign(r#"{"a":"x y"}"#, timestamp, &nonce);
    assert_eq!(query.to_string(), query.encoded());
    assert!(
        query
            .to_string()
            .contains("&content=%7B%22a%22%3A%22x+y%22%7D&signature=")
    );

    assert_eq!("app".parse(), Ok(app_id));
    assert_eq!("n".parse(), Ok(nonce));
    assert_eq!("20170101120000".parse(), Ok(timestamp));
}

/// An error, its source when it has one, and nothing of the source in the error.
fn lines(error: impl Error) -> String {
    match error.source() {
        Some(source) => {
            assert!(!error.to_string().contains(&source.to_string()));
            format!("{error} <- {source}")
        }
        None => error.to_string(),
    }
}

#[test]
fn a_value_that_is_refused_is_said_in_one_line() {
    let said = [
        lines(AppId::new("").unwrap_err()),
        lines(AppId::new("a b").unwrap_err()),
        lines(AppId::new(" a").unwrap_err()),
        lines(AppId::new(&"a".repeat(33)).unwrap_err()),
        lines(AppKey::new("a b").unwrap_err()),
        lines(BodyDigest::parse(&"G".repeat(64)).unwrap_err()),
        lines(Signature::parse(&"=".repeat(44)).unwrap_err()),
        lines(Timestamp::parse("20170229000000").unwrap_err()),
        lines(Timestamp::at(&chrono::DateTime::<chrono::Utc>::MAX_UTC).unwrap_err()),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    AppId: empty; give the value the platform gave you
    AppId: character ' ' at byte 1; allowed are A-Z a-z 0-9 . _ -
    AppId: white space before or after the value; remove it
    AppId: 33 bytes given, at most 32 allowed
    AppKey: character at byte 1 not allowed; allowed are printable ASCII characters without spaces
    body digest: not lower-case hexadecimal digits: "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG…"
    Signature: not the standard, padded Base64 of 32 bytes (44 characters ending in "="): "================================…"
    Timestamp: no such day or time of day (yyyyMMddHHmmss): "20170229000000"
    Timestamp: the year in UTC+8 must be one of 1 to 9999
    "#);
}

#[test]
fn a_header_that_cannot_be_read_is_said_in_one_line() {
    let said = [
        "Basic YTpi",
        "OPEN-BODY-SIG AppId=a",
        "OPEN-BODY-SIG X=\"a\"",
        "OPEN-BODY-SIG AppId=\"a\", AppId=\"a\"",
        "OPEN-BODY-SIG Nonce=\"a\", AppId=\"a\"",
        "OPEN-BODY-SIG AppId=\"a\"",
        "OPEN-BODY-SIG AppId=\"a\", Timestamp=\"1\", Nonce=\"a\", Signature=\"a\"",
        &"a".repeat(2049),
    ]
    .map(|header| lines(open_body_sig::Authorization::parse(header).unwrap_err()));
    insta::assert_snapshot!(said.join("\n"), @r#"
    Authorization header, byte 0: the scheme is not OPEN-BODY-SIG
    Authorization header, byte 20: expected a double quote before the value
    Authorization header, byte 14: unknown parameter "X"
    Authorization header, byte 25: AppId given twice
    Authorization header, byte 25: AppId out of order
    Authorization header, byte 23: no Timestamp
    Authorization header, byte 36: a value that is not allowed <- Timestamp: 1 bytes given, exactly 14 needed: "1"
    Authorization header, byte 2048: 2049 bytes given, at most 2048 allowed
    "#);
}

#[test]
fn a_form_that_cannot_be_read_is_said_in_one_line() {
    let query = |query: &str| lines(open_form_param::Query::parse(query).unwrap_err());
    let form = |form: &[u8]| lines(notify::Fields::parse(form).unwrap_err());
    let said = [
        query("authorization=a&x=1"),
        query("appId=a"),
        query("authorization=OPEN-BODY-SIG&appId=a&timestamp=1&nonce=n&content=c&signature=s"),
        query("authorization=OPEN-FORM-PARAM&appId=a&timestamp=1&nonce=n&content=c&signature=s"),
        form(b"a=1&a=1"),
        form(b"=1"),
        form(b"a=1&b"),
        form(b"a=1&b=%4"),
        form(b"a=1&b=%ff"),
        form(&vec![b'a'; (1 << 20) + 1]),
    ];
    insta::assert_snapshot!(said.join("\n"), @r#"
    unknown parameter "x"
    no parameter "authorization"
    "authorization" is not OPEN-FORM-PARAM
    a value that is not allowed <- Timestamp: 1 bytes given, exactly 14 needed: "1"
    parameter "a" given twice
    a parameter without a name
    byte 4: a parameter without "="
    byte 6: "%" without two hexadecimal digits after it
    the name or value that begins at byte 6 is not UTF-8
    1048577 bytes given, at most 1048576 allowed
    "#);
}

#[test]
fn a_reply_without_a_token_is_said_in_one_line() {
    let said = [
        &[("errCode", "0000"), ("errCode", "0000")][..],
        &[("errCode", "0000")],
        &[("errCode", "1000"), ("errInfo", "认证\n失败")],
        &[("errCode", "0000"), ("accessToken", "MARKER,")],
    ]
    .map(|fields| lines(open_access_token::Token::from_reply(fields.iter().copied()).unwrap_err()));
    insta::assert_snapshot!(said.join("\n"), @r#"
    token reply: errCode given twice
    token reply: no accessToken
    no token given: errCode "1000", errInfo "认证\n失败"
    token reply: a value that is not allowed <- access token: character at byte 6 not allowed; allowed are printable ASCII characters except space, quotes, comma and backslash
    "#);
}

#[test]
fn a_signature_that_is_refused_is_said_in_one_line() {
    let value = Signature::parse("").unwrap_err();
    let said = [
        Refused::AppId,
        Refused::Ambiguous("attachedData".into()),
        Refused::NoSignature,
        Refused::SignType,
        Refused::Signature,
        Refused::Value(value),
    ]
    .map(|refused| format!("{}: {}", refused.code(), lines(refused)));
    insta::assert_snapshot!(said.join("\n"), @r#"
    other_app_id: signed for another AppId than the one expected
    ambiguous_value: the signature is right, and also that of other fields than these, as "attachedData" holds what reads like a field of its own; query the order
    missing_parameter: there is no signature
    other_sign_type: signType names another hash than the one that is pinned
    wrong_signature: the signature is not that of these bytes under this key
    wrong_length: a signature that cannot be one <- Signature: 0 bytes given, exactly 44 needed: ""
    "#);
}

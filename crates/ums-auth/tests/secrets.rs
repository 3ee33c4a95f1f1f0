//! No secret shows in anything that this crate lets out.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Debug;

use ums_auth::{
    AccessToken, AppId, AppKey, Nonce, NotifyKey, Timestamp, notify, open_access_token,
    open_body_sig, open_form_param,
};

/// Would be found however little of it showed.
const MARKER: &str = "MARKERMARKERMARKER";

/// The text of an error, its sources, and its `Debug`, plain and pretty.
fn shown_error(error: impl std::error::Error) -> String {
    let mut text = shown(&error);
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = next {
        text += &error.to_string();
        next = error.source();
    }
    text
}

fn shown(value: impl Debug) -> String {
    format!("{value:?}{value:#?}")
}

#[test]
fn no_public_type_shows_a_secret() {
    let app_id = AppId::new("app").unwrap();
    let app_key = AppKey::new(MARKER).unwrap();
    let notify_key = NotifyKey::new(MARKER).unwrap();
    let token = AccessToken::new(MARKER).unwrap();
    let timestamp = Timestamp::parse("20170101120000").unwrap();
    let nonce = Nonce::new("1").unwrap();

    let body = open_body_sig::Signer::new(app_id, &app_key);
    let form = open_form_param::Signer::new(app_id, &app_key);
    let tokens = open_access_token::Signer::new(app_id, &app_key);
    let notifications = notify::Signer::new(&notify_key, notify::SignType::Sha256);
    let fields = notify::Fields::from_pairs([("a", "1")]).unwrap();
    let method = open_access_token::SignMethod::Sha256;
    let reply = [("errCode", "0000"), ("accessToken", MARKER)];
    let spelling = open_access_token::Spelling::Bare;

    let everything = [
        shown(&app_key),
        shown(&notify_key),
        shown(&token),
        shown(&body),
        shown(body.sign(b"A", timestamp, &nonce)),
        shown(&form),
        shown(form.sign("A", timestamp, &nonce)),
        shown(&tokens),
        shown(tokens.sign(method, timestamp, &nonce)),
        shown(open_access_token::Token::from_reply(reply).unwrap()),
        shown(open_access_token::Authorization::new(token, spelling)),
        shown(&notifications),
        shown(notifications.sign(&fields)),
    ];
    for (number, shown) in everything.iter().enumerate() {
        assert!(!shown.contains("MARK"), "{number}: {shown}");
    }
}

#[test]
fn no_error_shows_a_secret() {
    for spoilt in [
        format!("{MARKER} "),
        format!(" {MARKER}"),
        format!("{MARKER}\n{MARKER}"),
        format!("{MARKER}é"),
        format!("{MARKER}\u{0}"),
    ] {
        let reply = [("errCode", "0000"), ("accessToken", spoilt.as_str())];
        let header = format!("OPEN-ACCESS-TOKEN AccessToken={spoilt}");
        let quoted = format!("OPEN-ACCESS-TOKEN AccessToken=\"{spoilt}\", AppId=\"a\"");
        let errors = [
            shown_error(AppKey::new(spoilt.as_str()).unwrap_err()),
            shown_error(NotifyKey::new(spoilt.as_str()).unwrap_err()),
            shown_error(AccessToken::new(spoilt.as_str()).unwrap_err()),
            shown_error(AppId::new(&spoilt).unwrap_err()),
            shown_error(open_access_token::Token::from_reply(reply).unwrap_err()),
            shown_error(open_access_token::Authorization::parse(&header).unwrap_err()),
            shown_error(open_access_token::Authorization::parse(&quoted).unwrap_err()),
        ];
        for (number, shown) in errors.iter().enumerate() {
            assert!(!shown.contains("MARK"), "{number}: {shown}");
        }
    }
}

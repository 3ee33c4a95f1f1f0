//! Any bytes as the reply, over memory: bytes in, outcome out.

use crate::raw::{APPROVAL, Answer, ORDER, ask, reply};
use proptest::prelude::*;
use ums_client::Outcome;
use ums_client::OutcomeKind::{self, Approved, Declined, Unknown};

fn outcome(bytes: Vec<u8>) -> OutcomeKind {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let outcome = runtime.block_on(ask(Answer::Then(bytes)));
    if let Outcome::Approved(approved) = &outcome {
        assert_eq!(outcome.err_code(), Some("00"));
        assert_eq!(approved.evidence.attempt.status(), Some(200));
    }
    assert_eq!(outcome.evidence().requests_sent(), 1);
    outcome.kind()
}

/// What an HTTP reply is made of, so that random joins come close to one.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let piece = |text: &'static str| Just(text.as_bytes().to_vec());
    prop_oneof![
        piece("HTTP/1.1 200 OK\r\n"),
        piece("HTTP/1.1 100 Continue\r\n\r\n"),
        piece("HTTP/1.1 412 x\r\n"),
        piece("HTTP/1.0 "),
        piece("200"),
        piece("\r\n"),
        piece("\r\n\r\n"),
        piece("Content-Length: 70\r\n"),
        piece("Content-Length: "),
        piece("Transfer-Encoding: chunked\r\n"),
        piece("Connection: close\r\n"),
        piece("46\r\n"),
        piece("0\r\n\r\n"),
        piece("X: y\r\n"),
        piece(APPROVAL),
        piece(r#"{"errCode":"00"}"#),
        piece(r#"{"errCode":"1000"}"#),
        piece("{\"errCode\":"),
        piece("\"00\""),
        piece("}"),
        proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

/// How the text of an approval might look anywhere in the bytes: without it there is nothing that
/// could be one.
fn could_approve(bytes: &[u8]) -> bool {
    let has = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    has("200") && has("errCode") && has("\"00\"")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_settle_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert_eq!(outcome(bytes), Unknown);
    }

    #[test]
    fn only_what_holds_an_approval_is_approved(
        parts in proptest::collection::vec(fragment(), 0..12),
    ) {
        let bytes = parts.concat();
        let kind = outcome(bytes.clone());
        prop_assert_ne!(kind, OutcomeKind::NotSent);
        if kind == Approved {
            prop_assert!(could_approve(&bytes));
            prop_assert!(bytes.starts_with(b"HTTP/1."));
        }
        if kind == Declined {
            prop_assert!(bytes.windows(6).any(|part| part == b"\"1000\""));
        }
    }

    /// One byte of a whole approval changed to any other, but in its code.
    #[test]
    fn one_byte_changed_never_makes_a_refusal(at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = reply(200, APPROVAL.as_bytes());
        let index = at.index(bytes.len());
        bytes[index] = byte;
        prop_assume!(bytes.windows(4).any(|part| part == b"\"00\""));
        let kind = outcome(bytes);
        prop_assert!([Approved, Unknown].contains(&kind), "{kind:?}");
    }

    /// Every body that says anything but exactly `00` stays short of approval.
    #[test]
    fn no_other_code_is_approved(code in "[0-9A-Za-z ]{0,6}", status in 100_u16..600) {
        let body = format!(r#"{{"errCode":"{code}","orderId":"{ORDER}"}}"#);
        let kind = outcome(reply(status, body.as_bytes()));
        prop_assert_eq!(kind == Approved, code == "00" && status == 200);
    }
}

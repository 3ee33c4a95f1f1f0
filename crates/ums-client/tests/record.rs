//! The record of a call as a library's user writes it down.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

#[path = "../../ums-journal/tests/schema/mod.rs"]
mod schema;

use serde_json::Value;
use ums_client::journal::{RecordedOutcome, ReplyRecord};
use ums_client::model::{
    Fen, MerchantCode, MerchantOrderId, MerchantRemark, Operation, Pay, PayCode, PayMode,
    TerminalCode, UmsOrderId, VoidPayment,
};
use ums_client::{
    Gateway, Language, NextStep, NotSentReason, Outcome, OutcomeKind, OutcomeRecord, UnknownReason,
};

fn merchant() -> (MerchantCode, TerminalCode) {
    (
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
    )
}

fn void() -> VoidPayment {
    let (merchant, terminal) = merchant();
    let order = UmsOrderId::new("20230718110248029165883554").unwrap();
    VoidPayment::by_ums_order_id(merchant, terminal, order)
}

/// Each end that a call can have, made without a gateway.
fn ends<O: Operation>(operation: &O) -> Vec<Outcome<O::Reply>> {
    let mut outcomes = vec![
        Outcome::from_reply(operation, 200, r#"{"errCode":"00","errInfo":"成功"}"#),
        Outcome::from_reply(operation, 200, r#"{"errCode":"57"}"#),
        Outcome::from_reply(operation, 412, r#"{"errCode":"1000","errInfo":"认证失败"}"#),
        Outcome::from_reply(operation, 200, r#"{"errCode":"9Z"}"#),
        Outcome::from_reply(
            operation,
            200,
            r#"{"errCode":"00","orderId":"other","merchantOrderId":"other"}"#,
        ),
        Outcome::from_reply(operation, 200, "<html>"),
        Outcome::from_reply(operation, 502, "<html>"),
        Outcome::from_reply(operation, 502, r#"{"errCode":"00"}"#),
        Outcome::unknown(operation, UnknownReason::Code),
    ];
    for reason in [
        NotSentReason::InvalidPath("x".to_owned()),
        NotSentReason::Clock,
        NotSentReason::not_recorded("the disk is full"),
        NotSentReason::Overloaded,
        NotSentReason::ClientClosed,
    ] {
        outcomes.push(Outcome::not_sent(operation, reason));
    }
    outcomes
}

#[test]
fn every_end_has_a_record_that_is_read_as_it_is_written() {
    let (void, query) = (void(), void().query());
    let gateway = Gateway::test("http://127.0.0.1:8080");
    let voids = ends(&void);
    let queries = ends(&query);
    let records = voids
        .iter()
        .map(|outcome| OutcomeRecord::of(&void, outcome, gateway))
        .chain(
            queries
                .iter()
                .map(|outcome| OutcomeRecord::of(&query, outcome, gateway)),
        )
        .chain(voids.iter().map(OutcomeRecord::of_end));
    let mut count = 0;
    for record in records {
        let text = serde_json::to_string(&record).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema::faults(&value), [""; 0], "{text}");
        assert_eq!(
            serde_json::from_str::<OutcomeRecord>(&text).unwrap(),
            record
        );
        count += 1;
    }
    assert_eq!(count, 42);
    for (outcome, kind) in voids.iter().zip([
        OutcomeKind::Approved,
        OutcomeKind::Declined,
        OutcomeKind::Declined,
        OutcomeKind::Unknown,
        OutcomeKind::Unknown,
        OutcomeKind::Unknown,
        OutcomeKind::Unknown,
        OutcomeKind::Unknown,
        OutcomeKind::Unknown,
        OutcomeKind::NotSent,
    ]) {
        assert_eq!(outcome.kind(), kind, "{outcome}");
    }
}

/// An outcome serializes to its record, and a copy of one is the same.
#[test]
fn an_outcome_serializes_and_clones_with_nothing_lost() {
    for outcome in ends(&void()) {
        let copy = outcome.clone();
        assert_eq!(format!("{copy:?}"), format!("{outcome:?}"));
        assert_eq!(
            copy.explain(Language::Chinese),
            outcome.explain(Language::Chinese)
        );
        let record = OutcomeRecord::of_end(&outcome);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::to_string(&copy).unwrap(), text);
        let evidence = serde_json::to_value(outcome.evidence()).unwrap();
        assert_eq!(evidence["operation"], "void_payment");
    }
    // The cause of an error is there in the copy, with its own type.
    let full = std::io::Error::other("the disk is full");
    let reason = NotSentReason::not_recorded(full);
    let NotSentReason::NotRecorded(cause) = reason.clone() else {
        panic!("{reason}")
    };
    assert!(cause.downcast_ref::<std::io::Error>().is_some());
    let outcome = Outcome::not_sent(&void(), reason);
    let record = OutcomeRecord::of_end(&outcome);
    let detail = "the intent could not be recorded, so nothing was sent: the disk is full";
    assert_eq!(record.evidence.last.reason.as_deref(), Some("not_recorded"));
    assert_eq!(record.evidence.last.detail.as_deref(), Some(detail));
}

#[test]
fn a_record_says_what_the_outcome_says() {
    let void = void();
    let outcome = Outcome::from_reply(&void, 200, r#"{"errCode":"00","orderId":"other"}"#);
    let record = OutcomeRecord::of(&void, &outcome, Gateway::live("https://gateway.example"))
        .in_language(Language::Chinese);
    assert_eq!(record.outcome, RecordedOutcome::Unknown);
    assert_eq!(record.next_step, NextStep::Confirm);
    assert_eq!(record.next, NextStep::Confirm.sentence(Language::Chinese));
    assert_eq!(record.err_code.as_deref(), Some("00"));
    assert_eq!(record.live, Some(true));
    assert_eq!(record.evidence.discrepancies[0].field, "orderId");
    assert_eq!(record.evidence.last.reason.as_deref(), Some("discrepancy"));
    let url = "https://gateway.example/v6/poslink/transaction/voidpayment";
    assert_eq!(record.evidence.url.as_deref(), Some(url));
    let Some(ReplyRecord::Object(reply)) = record.reply else {
        panic!("{record:?}")
    };
    assert_eq!(reply.get(), r#"{"errCode":"00","orderId":"other"}"#);
}

/// What a library's user logs.
#[test]
fn the_code_a_customer_shows_is_in_no_record() {
    const CODE: &str = "285668667587422761";
    let (merchant, terminal) = merchant();
    let pay = Pay::new(
        merchant,
        terminal,
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(1),
        MerchantRemark::new("卡 4111111111111111").unwrap(),
        PayMode::CodeScan,
        PayCode::new(CODE).unwrap(),
    );
    let reply = format!(r#"{{"errCode":"00","payCode":"{CODE}","mobile":"13800138000"}}"#);
    let outcome = Outcome::from_reply(&pay, 200, reply);
    let record = OutcomeRecord::of(&pay, &outcome, Gateway::test("http://127.0.0.1:8080"));
    let request = record.request.as_ref().unwrap().body.as_ref().unwrap();
    assert!(request.get().contains(r#""payCode":"******""#));
    for text in [
        serde_json::to_string(&record).unwrap(),
        serde_json::to_string(&outcome).unwrap(),
        format!("{record:?}"),
    ] {
        for hidden in [CODE, "4111111111111111", "13800138000"] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}

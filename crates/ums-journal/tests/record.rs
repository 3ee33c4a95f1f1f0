//! The record of a call: both ways, by its schema, and with nothing in it that must not be written
//! down.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod schema;

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json};
use ums_auth::{Nonce, Timestamp};
use ums_journal::{
    AskedRecord, Attempt, AttemptNumber, AttemptPhase, AttemptProgress, AttemptRecord, CallEnd,
    CallId, CallerText, ChainHash, Closed, ClosedAs, DiscrepancyRecord, Evidence, Fact, FactId,
    FactKind, Gateway, HistoryRecord, Language, MayRepeat, NextStep, OutcomeKind, OutcomeRecord,
    Reason, RecordedFact, RecordedOutcome, RepeatedRecord, ReplyRecord, RequestRecord,
    ResolutionRecord, Stamp, StepRecord,
};
use ums_model::{
    Discrepancy, Effect, Judgement, MerchantCode, Operation, TerminalCode, UmsOrderId, VoidPayment,
};

/// An unknown call with something in every place that can have something.
struct End {
    evidence: Evidence,
    judgement: Judgement,
    discrepancies: Vec<Discrepancy>,
}

impl CallEnd for End {
    fn kind(&self) -> OutcomeKind {
        OutcomeKind::Unknown
    }

    fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    fn judgement(&self) -> Option<&Judgement> {
        Some(&self.judgement)
    }

    fn discrepancies(&self) -> &[Discrepancy] {
        &self.discrepancies
    }

    fn reason(&self) -> Option<&'static str> {
        Some(Reason::Discrepancy.as_str())
    }

    fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }

    fn next_step(&self) -> NextStep {
        NextStep::Confirm
    }
}

const CARD: &str = "4111111111111111";
const MASKED: &str = "411111******1111";

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    )
}

fn attempt() -> Attempt {
    let mut progress = AttemptProgress::new(AttemptPhase::Complete);
    progress.request_bytes_written = 491;
    progress.request_bytes_total = 491;
    progress.reply_bytes_read = 105;
    progress.status = Some(200);
    progress.reused = true;
    progress.timings.connected = Some(Duration::from_micros(1));
    progress.timings.sent = Some(Duration::from_micros(2));
    progress.timings.head = Some(Duration::from_micros(3));
    progress.late_write = true;
    progress.timings.ended = Some(Duration::from_micros(4));
    let mut attempt = Attempt::default();
    attempt.id = Some(Nonce::new("made-up-nonce").unwrap());
    attempt.timestamp = Some(Timestamp::parse("20230718150405").unwrap());
    attempt.progress = Some(progress);
    attempt.failure = Some(Reason::Closed);
    attempt.detail = Some(format!("closed by {CARD}"));
    attempt
}

fn end() -> End {
    let void = void();
    let body =
        format!(r#"{{"errCode":"00","errInfo":"卡 {CARD}","payCode":"285668667587422761"}}"#);
    let reply = void.decode(Bytes::from(body.clone())).unwrap();
    let mut evidence = Evidence::new(void.name(), Effect::MovesMoney);
    evidence.call = Some(Nonce::new("made-up-nonce").unwrap());
    evidence.earlier = vec![attempt()];
    evidence.attempt = attempt();
    evidence.received = body.into();
    evidence.elapsed = Duration::from_millis(5);
    evidence.deadline = Some("2023-07-18T07:04:35Z".parse().unwrap());
    evidence.clock_ahead = Some(TimeDelta::seconds(-90));
    End {
        evidence,
        judgement: void.judge(&reply),
        discrepancies: vec![Discrepancy::new("orderId", CARD, "another")],
    }
}

/// A record in which no member is null.
fn full() -> OutcomeRecord {
    let end = end();
    let mut record = OutcomeRecord::of(&void(), &end, Gateway::live("https://gateway.example"));
    record.as_of = Some("2023-07-18T15:10:00.000+08:00".to_owned());
    record.stands = Some(true);
    record.provenance = Some("UnionPay".to_owned());
    record.state = Some("paid".to_owned());
    record.r#final = Some(true);
    record.till = Some("to_verify".to_owned());
    let discrepancies = DiscrepancyRecord::of_all(&end.discrepancies);
    let asked = AskedRecord::new(
        RecordedOutcome::Answered,
        "about_another",
        discrepancies,
        &end.evidence,
    );
    let mut resolution = ResolutionRecord::new(RecordedOutcome::Unknown, Duration::from_secs(1));
    resolution.basis = Some("absent".to_owned());
    resolution.still_open = Some("about_another".to_owned());
    resolution.queries = vec![asked];
    resolution.repeated = Some(RepeatedRecord::of(&end));
    resolution.reason = Some("configuration".to_owned());
    resolution.detail = Some("no gateway".to_owned());
    record.resolution = Some(resolution);
    let mut step = StepRecord::new("take_back", "void_payment");
    step.outcome = Some(RecordedOutcome::Unknown);
    step.err_code = Some("94".to_owned());
    step.attempt_id = Some("made-up-nonce".to_owned());
    step.timestamp = Some("20230718150405".to_owned());
    record.steps = Some(vec![step]);
    let text = |text: &str| Some(text.to_owned());
    record.id = text("made-up-call");
    record.key = text("made-up-key");
    record.profile = text("shop");
    record.store_id = text("S1");
    record.operator_id = text("O1");
    record.order.merchant = text("M1");
    record.refund_request_id = text("R1");
    record.third_party_order_id = text("4200001");
    record.retrieval_ref_num = text("01019283041N");
    record.wallet = text("微信钱包");
    record.card_attr = text("91");
    (record.amount_fen, record.paid_fen) = (Some(4160), Some(4100));
    record.refunded_fen = Some(60);
    record.transaction_date = text("2023-07-18");
    record.settlement_date = text("2023-07-19");
    (record.recorded, record.replayed) = (Some(true), Some(true));
    record.call = text("another-call");
    record.labels = [("till".to_owned(), "7".to_owned())].into();
    record.history = vec![fact()];
    record
}

/// A fact in which no member is null, by a store's own hands but for who and why.
fn fact() -> HistoryRecord {
    let stamp = Stamp::new(
        "made-up-machine",
        "made-up-boot",
        Duration::from_secs(1),
        "2023-07-18T07:04:35Z".parse().unwrap(),
    );
    let words = |text| CallerText::new(text).unwrap();
    let closed = Closed::new(
        ClosedAs::Approved,
        words("a cashier"),
        words("no query can tell"),
        words("the customer's slip"),
    );
    let fact = Fact::new(
        FactId::new("made-up-fact").unwrap(),
        CallId::new("made-up-call").unwrap(),
        AttemptNumber::FIRST,
        FactKind::Closed(closed),
    );
    let recorded = RecordedFact::new(1, &ChainHash::of_nothing(), stamp, fact).unwrap();
    let mut record = HistoryRecord::of(&recorded);
    assert_eq!(record.says.as_deref(), Some("approved"));
    assert_eq!(record.at, "2023-07-18T15:04:35.000+08:00");
    record.despite = vec!["another-call".to_owned()];
    record
}

/// A reply that is about something else says nothing of this call.
#[test]
fn what_a_call_is_about_comes_from_its_own_bodies() {
    let body = r#"{"merchantCode":"1","terminalCode":"2","storeId":"S1","operatorId":"O1","refundRequestId":"R1","transactionAmount":60,"merchantOrderId":"M1"}"#;
    let reply = r#"{"errCode":"00","orderId":"U1","retrievalRefNum":"01019283041N","refundInvoiceAmount":"59","thirdPartyName":"微信钱包","cardAttr":"91","transactionDateWithYear":"20230718","settlementDateWithYear":"20230231"}"#;
    let mut record = OutcomeRecord::new("refund", RecordedOutcome::Approved, NextStep::Done);
    let path = "/v6/poslink/transaction/refund";
    record.request = Some(RequestRecord::new("refund", path, body.as_bytes()));
    record.reply = ReplyRecord::of(reply.as_bytes());
    let mut about_another = record.clone();
    let told = record.with_particulars();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(told.operation, text("refund"));
    assert_eq!((&told.merchant, &told.terminal), (&text("1"), &text("2")));
    assert_eq!(
        (&told.store_id, &told.operator_id),
        (&text("S1"), &text("O1"))
    );
    assert_eq!(told.refund_request_id, text("R1"));
    assert_eq!(
        (told.order.merchant, told.order.ums),
        (text("M1"), text("U1"))
    );
    assert_eq!((told.amount_fen, told.refunded_fen), (Some(60), Some(59)));
    assert_eq!(told.paid_fen, None);
    assert_eq!(told.retrieval_ref_num, text("01019283041N"));
    assert_eq!(
        (told.wallet, told.card_attr),
        (text("微信钱包"), text("91"))
    );
    assert_eq!(told.transaction_date, text("2023-07-18"));
    assert_eq!(told.settlement_date, None, "there is no such day");
    about_another.evidence.discrepancies = DiscrepancyRecord::of_all(&end().discrepancies);
    let told = about_another.with_particulars();
    assert_eq!((told.order.merchant, told.order.ums), (text("M1"), None));
    assert_eq!((told.amount_fen, told.refunded_fen), (Some(60), None));
    assert_eq!((told.retrieval_ref_num, told.wallet), (None, None));
}

fn value(of: &impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(of).unwrap()).unwrap()
}

#[test]
fn a_record_is_read_as_it_is_written() {
    let least = OutcomeRecord::new("void_payment", RecordedOutcome::NotSent, NextStep::FixSetup);
    for record in [full(), least] {
        let text = serde_json::to_string(&record).unwrap();
        let read: OutcomeRecord = serde_json::from_str(&text).unwrap();
        assert_eq!(read, record);
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        // Out of a value too, as a database's JSON column hands it back.
        let read: OutcomeRecord = serde_json::from_value(value(&record)).unwrap();
        assert_eq!(value(&read), value(&record));
        assert_eq!(schema::faults(&value(&record)), Vec::<String>::new());
    }
}

/// What the schema has and what a record has are the same members, wherever they are.
#[test]
fn the_schema_has_what_a_record_has() {
    fn members(of: &Value) -> BTreeSet<&str> {
        let members = of.as_object().unwrap_or_else(|| panic!("{of}"));
        members.keys().map(String::as_str).collect()
    }
    fn no_null(of: &Value) -> bool {
        match of {
            Value::Null => false,
            Value::Array(items) => !items.is_empty() && items.iter().all(no_null),
            Value::Object(members) => members.values().all(no_null),
            _ => true,
        }
    }
    let (schema, record) = (schema::schema(), value(&full()));
    assert!(no_null(&record), "{record}");
    for (of_schema, of_record) in [
        ("", ""),
        ("/$defs/evidence", "/evidence"),
        ("/$defs/attempt", "/evidence/attempts/0"),
        ("/$defs/timings", "/evidence/timings_ms"),
        ("/$defs/discrepancy", "/evidence/discrepancies/0"),
        ("/$defs/request", "/request"),
        ("/$defs/resolution", "/resolution"),
        ("/$defs/asked", "/resolution/queries/0"),
        ("/$defs/repeated", "/resolution/repeated"),
        ("/$defs/step", "/steps/0"),
        ("/$defs/order", "/order"),
        ("/$defs/fact", "/history/0"),
    ] {
        let described = schema.pointer(&format!("{of_schema}/properties")).unwrap();
        let found = record.pointer(of_record).unwrap();
        assert_eq!(members(described), members(found), "{of_schema}");
    }
    let names = |pointer: &str| -> Vec<String> {
        let names = schema.pointer(pointer).unwrap().as_array().unwrap();
        let names = names.iter().filter_map(Value::as_str);
        names.map(ToOwned::to_owned).collect()
    };
    let all = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    let outcomes: Vec<_> = RecordedOutcome::ALL
        .iter()
        .map(|one| one.as_str())
        .collect();
    assert_eq!(names("/$defs/outcome/enum"), all(&outcomes));
    let steps: Vec<_> = NextStep::ALL.iter().map(|one| one.as_str()).collect();
    assert_eq!(names("/properties/next_step/enum"), all(&steps));
    let ways: Vec<_> = MayRepeat::ALL.iter().map(|one| one.as_str()).collect();
    assert_eq!(names("/properties/may_repeat/enum"), all(&ways));
    let phases: Vec<_> = AttemptPhase::ALL.iter().map(|one| one.as_str()).collect();
    let of_attempt = "/$defs/attempt/properties/phase/enum";
    assert_eq!(names(of_attempt), all(&phases));
}

#[test]
fn the_schema_refuses_what_is_no_record() {
    for (pointer, wrong) in [
        ("/outcome", json!("voided")),
        ("/next_step", json!("retry")),
        ("/may_repeat", json!(true)),
        ("/version", json!(2)),
        ("/reply", json!(1)),
        ("/evidence/http_status", json!("200")),
        ("/evidence/request_bytes_written", json!(-1)),
        ("/evidence/timings_ms/sent", json!("1")),
        ("/request/body", json!("{}")),
        ("/resolution/queries/0/finding", json!("paid")),
        ("/steps/0/step", json!("refund")),
    ] {
        let mut record = value(&full());
        *record.pointer_mut(pointer).unwrap() = wrong;
        let faults = schema::faults(&record);
        assert_eq!(faults.len(), 1, "{pointer}: {faults:?}");
    }
    let mut record = value(&full());
    record.as_object_mut().unwrap().remove("outcome");
    assert_eq!(schema::faults(&record).len(), 1);
    record["more"] = json!(1);
    assert_eq!(schema::faults(&record).len(), 2);
}

#[test]
fn a_version_that_is_not_known_is_not_read() {
    let read = |record: &Value| serde_json::from_str::<OutcomeRecord>(&record.to_string());
    let mut record = value(&full());
    assert_eq!(read(&record).unwrap().version, 1);
    record["added_later"] = json!({"whatever": 1});
    assert_eq!(value(&read(&record).unwrap()), value(&full()));
    for wrong in [json!(0), json!(2), json!("1"), json!(null)] {
        record["version"] = wrong;
        assert!(read(&record).is_err(), "{record}");
    }
    record["version"] = json!(2);
    let error = read(&record).unwrap_err().to_string();
    assert!(error.contains("a record of version 2"), "{error}");
    // From before there were versions.
    record.as_object_mut().unwrap().remove("version");
    assert_eq!(read(&record).unwrap().version, 1);
}

#[test]
fn nothing_that_must_not_be_written_down_is_in_a_record() {
    const SECRET: &str = "285668667587422761";
    let body = format!(r#"{{"payCode":"{SECRET}","merchantRemark":"卡 {CARD}","amount":1}}"#);
    let request = RequestRecord::new("pay", "/v6/poslink/transaction/pay", body.as_bytes());
    let cut_off = ReplyRecord::of(&body.as_bytes()[..body.len() - 1]).unwrap();
    let mut record = full();
    record.request = Some(request);
    record.reply = Some(cut_off);
    let shown = serde_json::to_string(&record).unwrap();
    for text in [shown.clone(), format!("{record:?}")] {
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.contains(CARD), "{text}");
        assert!(text.contains(MASKED), "{text}");
    }
    // Nor does one come in by reading a record that somebody else wrote.
    let mut record = value(&record);
    record["request"]["body"] = json!({"payCode": SECRET});
    record["reply"] = json!(body);
    let read: OutcomeRecord = serde_json::from_str(&record.to_string()).unwrap();
    assert!(!serde_json::to_string(&read).unwrap().contains(SECRET));

    // The evidence alone has no reply, and its texts are masked.
    let end = end();
    let evidence = serde_json::to_string(&end.evidence).unwrap();
    let attempt = serde_json::to_string(&end.evidence.attempt).unwrap();
    assert_eq!(
        attempt,
        serde_json::to_string(&AttemptRecord::of(&attempt_of(&end))).unwrap()
    );
    for text in [evidence, attempt] {
        assert!(text.contains(&format!("closed by {MASKED}")), "{text}");
        assert!(!text.contains("errCode"), "{text}");
    }
}

fn attempt_of(end: &End) -> Attempt {
    end.evidence.attempt.clone()
}

#[test]
fn how_a_call_ended_is_told_by_what_it_does() {
    use OutcomeKind::{Approved, Declined, NotSent, Unknown};
    struct Kind(OutcomeKind, End);
    impl CallEnd for Kind {
        fn kind(&self) -> OutcomeKind {
            self.0
        }
        fn evidence(&self) -> &Evidence {
            self.1.evidence()
        }
        fn judgement(&self) -> Option<&Judgement> {
            None
        }
        fn discrepancies(&self) -> &[Discrepancy] {
            &[]
        }
        fn reason(&self) -> Option<&'static str> {
            None
        }
        fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
            None
        }
        fn next_step(&self) -> NextStep {
            NextStep::Done
        }
    }
    for (operation, effect, kind, told, again) in [
        ("pay", Effect::MovesMoney, Approved, "approved", "no"),
        ("pay", Effect::MovesMoney, Declined, "declined", "new_key"),
        ("pay", Effect::MovesMoney, NotSent, "not_sent", "same_key"),
        ("pay", Effect::MovesMoney, Unknown, "unknown", "no"),
        ("query", Effect::ReadOnly, Approved, "answered", "no"),
        // A refusal of a question says nothing of what it asks about.
        ("query", Effect::ReadOnly, Declined, "unknown", "no"),
        ("query", Effect::ReadOnly, NotSent, "not_sent", "same_key"),
        ("query", Effect::ReadOnly, Unknown, "unknown", "no"),
        (
            "activate_terminal",
            Effect::ReadOnly,
            Declined,
            "declined",
            "new_key",
        ),
    ] {
        let mut end = end();
        end.evidence.operation = operation.to_owned();
        end.evidence.effect = effect;
        let record = OutcomeRecord::of_end(&Kind(kind, end));
        assert_eq!(record.outcome.as_str(), told, "{operation} {kind}");
        assert_eq!(record.may_repeat.as_str(), again, "{operation} {kind}");
    }
    for (operation, again) in [("void_payment", "new_key"), ("pay", "no"), ("refund", "no")] {
        let may_repeat = MayRepeat::of(RecordedOutcome::NotExecuted, operation);
        assert_eq!(may_repeat.as_str(), again, "{operation}");
    }
}

#[test]
fn what_to_do_is_told_in_either_language() {
    let record = full();
    assert_eq!(record.next, NextStep::Confirm.sentence(Language::English));
    let record = record.in_language(Language::Chinese);
    assert_eq!(record.next, NextStep::Confirm.sentence(Language::Chinese));
}

#[test]
fn what_never_came_to_a_call_has_no_request() {
    let mut end = end();
    end.evidence.call = None;
    let record = OutcomeRecord::of(&void(), &end, Gateway::test("http://127.0.0.1:1"));
    assert_eq!(record.request, None);
    assert_eq!(record.live, Some(false));
    let url = "http://127.0.0.1:1/v6/poslink/transaction/voidpayment";
    assert_eq!(record.evidence.url.as_deref(), Some(url));
}

//! Operations whose type is not known: behind a pointer, of any kind, or from another crate.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod requests;

use std::sync::Arc;

use bytes::Bytes;
use ums_model::*;

use requests::whole;

fn void() -> VoidPayment {
    VoidPayment::new(
        MerchantCode::new("1").unwrap(),
        TerminalCode::new("2").unwrap(),
        OrderRef::Both {
            merchant: MerchantOrderId::new("M1").unwrap(),
            ums: UmsOrderId::new("U1").unwrap(),
        },
    )
}

/// Everything that the trait says of an operation, as text.
fn said<O: Resolve + ?Sized>(operation: &O, body: &'static str) -> String {
    let reply = operation.decode(Bytes::from(body)).unwrap();
    format!(
        "{} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {:?}",
        operation.name(),
        operation.path(),
        operation.effect(),
        operation.order(),
        operation.merchant(),
        operation.encode().unwrap(),
        operation.judge(&reply).verdict(),
        operation.gateway_codes(),
        operation.discrepancies(&reply),
        operation.may_be_repeated(),
        operation.query().map(|query| query.encode().unwrap()),
    )
}

#[test]
fn a_pointer_to_an_operation_is_that_operation() {
    let void = void();
    let body = r#"{"errCode":"00","orderId":"U2"}"#;
    let plain = said(&void, body);
    assert!(plain.contains("orderId") && plain.contains("U2"), "{plain}");
    let behind_all: Box<Arc<&VoidPayment>> = Box::new(Arc::new(&void));
    let unknown: &dyn Resolve<Reply = VoidPaymentReply, Query = Query> = &void;
    for told in [
        said(&&void, body),
        said(&Box::new(void.clone()), body),
        said(&Arc::new(void.clone()), body),
        said(&behind_all, body),
        said(unknown, body),
        said(&unknown, body),
    ] {
        assert_eq!(told, plain);
    }
    // Any request says the same of itself, but for the type of its query.
    assert_eq!(said(&AnyRequest::from(void.clone()), body), plain);

    let answer = QueryReply::decode(Bytes::from(r#"{"errCode":"00","queryResCode":"2"}"#)).unwrap();
    let trace = RequestTrace::new(None);
    let executed = Finding::Executed { stands: true };
    assert_eq!(unknown.finding(&answer, &trace), executed);
    assert_eq!((&&void).finding(&answer, &trace), executed);
}

/// A call of another product, described from outside the crate by hand.
struct Foreign;

impl Operation for Foreign {
    type Reply = JsonReply;

    fn name(&self) -> &str {
        "foreign"
    }

    fn path(&self) -> &str {
        "/v1/foreign"
    }

    fn effect(&self) -> Effect {
        Effect::MovesMoney
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        Ok(Bytes::from_static(b"{}"))
    }

    fn decode(&self, body: Bytes) -> Result<JsonReply, MalformedReply> {
        JsonReply::decode(body)
    }

    fn judge(&self, reply: &JsonReply) -> Judgement {
        reply.judge_with(|_| Verdict::Unknown)
    }
}

impl Resolve for Foreign {
    type Query = Foreign;

    fn query(&self) -> Option<Foreign> {
        None
    }

    fn finding(&self, _: &JsonReply, _: &RequestTrace) -> Finding {
        Finding::Open
    }
}

/// What it does not say is the safe answer.
#[test]
fn a_foreign_operation_says_no_more_than_it_does() {
    let reply = Foreign
        .decode(Bytes::from_static(br#"{"errCode":"1000"}"#))
        .unwrap();
    assert_eq!(
        (Foreign.order(), Foreign.merchant()),
        (OrderIds::NONE, None)
    );
    assert_eq!(Foreign.gateway_codes(), GatewayCodes::NONE);
    assert!(!Foreign.gateway_codes().is_unauthenticated("1000"));
    assert_eq!(Foreign.discrepancies(&reply), vec![]);
    assert!(Foreign.query().is_none() && Foreign.confirmation(&reply).is_none());
    let trace = RequestTrace::new(None);
    assert_eq!(Foreign.confirmed(&reply, &trace), Finding::Open);
    assert!(!Foreign.may_be_repeated());
}

#[test]
fn the_ids_of_an_order_are_both_told_and_the_platforms_counts() {
    let ids = OrderIds::new(Some("M1"), Some("U1"));
    assert_eq!(void().order(), ids);
    assert_eq!(ids.id(), Some("U1"));
    assert_eq!(OrderIds::of_merchant("M1").id(), Some("M1"));
    assert_eq!(OrderIds::NONE.id(), None);
}

#[test]
fn any_request_reads_and_judges_the_reply_to_itself_only() {
    let body = Bytes::from(r#"{"errCode":"00","errInfo":"成功","x_new":1,"queryResCode":"0"}"#);
    for spec in OPERATIONS {
        let request = whole(spec);
        let reply = request.decode(body.clone()).unwrap();
        assert_eq!(reply.received().as_bytes(), &body);
        assert_eq!(reply.err_code().map(Text::as_str), Some("00"));
        assert_eq!(reply.err_info().map(Text::as_str), Some("成功"));
        let names: Vec<&str> = reply
            .fields()
            .iter()
            .map(|(name, _)| name)
            .map(|name| match name {
                "errCode" => "errCode",
                "errInfo" => "errInfo",
                "x_new" => "x_new",
                _ => "queryResCode",
            })
            .collect();
        assert_eq!(names, ["errCode", "errInfo", "x_new", "queryResCode"]);
        assert_eq!(reply.fields().named("x_new").map(Json::raw), Some("1"));
        let tells_a_state = spec.reply.iter().any(|field| field.name == "queryResCode");
        assert_eq!(reply.state().is_some(), tells_a_state, "{}", spec.name);
        assert_eq!(request.gateway_codes(), GatewayCodes::POSLINK);

        for other in OPERATIONS.iter().filter(|other| other.name != spec.name) {
            let other = whole(other);
            assert_eq!(other.judge(&reply).verdict(), Verdict::Unknown);
            assert_eq!(other.discrepancies(&reply), vec![]);
        }
        // What only reads is not asked about, and what is asked about is found out by its own query
        // only.
        assert_eq!(request.query().is_some(), spec.effect == Effect::MovesMoney);
        let trace = RequestTrace::new(None);
        let asked = spec.asked.map(|asked| asked.query);
        for answered in OPERATIONS.iter().filter(|other| Some(other.name) != asked) {
            let answer = whole(answered).decode(body.clone()).unwrap();
            assert_eq!(
                request.finding(&answer, &trace),
                Finding::Open,
                "{}",
                answered.name
            );
        }
    }
}

/// Each reply code says of each operation what its column says, and the gateway's refusals are
/// those of the trait.
#[test]
fn a_description_judges_codes_as_the_operation_does() {
    for spec in OPERATIONS {
        let request = whole(spec);
        let mut refused = Vec::new();
        for (row, verdict) in spec.verdicts() {
            let body = format!(r#"{{"errCode":"{}"}}"#, row.code);
            let reply = request.decode(Bytes::from(body)).unwrap();
            assert_eq!(
                request.judge(&reply).verdict(),
                verdict,
                "{} {}",
                spec.name,
                row.code
            );
            assert_eq!(spec.verdict(row.code), verdict);
            if verdict == Verdict::Declined(Refusal::BeforeProcessing) {
                refused.push(row.code);
            }
        }
        assert_eq!(refused, GatewayCodes::POSLINK.refused);
        assert!(GatewayCodes::POSLINK.is_refused("1001") && !GatewayCodes::NONE.is_refused("1001"));
    }
}

#[test]
fn a_path_of_the_table_leads_to_its_operation() {
    for spec in OPERATIONS {
        for path in spec.paths {
            assert_eq!(PosOperation::of_path(path.path), spec.kind, "{}", path.path);
            assert_eq!(spec.version_of(path.path), Some(path.version));
            assert!(path.path.starts_with(&format!("/{}/", path.version)));
        }
        assert_eq!(spec.version_of("/v9/poslink/transaction/pay"), None);
    }
}

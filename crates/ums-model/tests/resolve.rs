//! What the answer to a query says of an operation: every state against every operation, and every
//! identity that both have.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use chrono::{NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use ums_model::*;

fn merchant() -> (MerchantCode, TerminalCode) {
    (
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
    )
}

fn void() -> VoidPayment {
    let (merchant, terminal) = merchant();
    let order = OrderRef::from_ids(
        Some(MerchantOrderId::new("M1").unwrap()),
        Some(UmsOrderId::new("U1").unwrap()),
    );
    VoidPayment::new(merchant, terminal, order.unwrap())
}

fn pay() -> Pay {
    let (merchant, terminal) = merchant();
    Pay::new(
        merchant,
        terminal,
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(4160),
        MerchantRemark::new("-").unwrap(),
        PayMode::CodeScan,
        PayCode::new("285668667587422761").unwrap(),
    )
}

fn reversal() -> ReversePayment {
    let (merchant, terminal) = merchant();
    let order = MerchantOrderId::new("M1").unwrap();
    ReversePayment::new(merchant, terminal, order, Fen::new(4160))
}

fn refund(amount: u64) -> Refund {
    let (merchant, terminal) = merchant();
    let order = OrderRef::from_ids(
        Some(MerchantOrderId::new("M1").unwrap()),
        Some(UmsOrderId::new("U1").unwrap()),
    );
    let request = RefundRequestId::new("R1").unwrap();
    Refund::new(
        merchant,
        terminal,
        order.unwrap(),
        request,
        Fen::new(amount),
    )
}

fn at(hour: u32, minute: u32, second: u32) -> NaiveDateTime {
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
    day.and_hms_opt(hour, minute, second).unwrap()
}

/// Signed at noon.
fn noon() -> RequestTrace {
    RequestTrace::new(Some(at(12, 0, 0)))
}

fn answer(body: &Value) -> QueryReply {
    QueryReply::decode(Bytes::from(body.to_string())).unwrap()
}

fn of_pay(body: Value, request: &RequestTrace) -> Finding {
    pay().finding(&answer(&body), request)
}

const STATED: Finding = Finding::StatedFailure {
    corroborates: false,
};
const STANDS: Finding = Finding::Executed { stands: true };
const UNDONE: Finding = Finding::Executed { stands: false };

#[test]
fn every_state_of_an_order_against_every_operation() {
    use Finding::{Absent, NothingToVoid, Open, Pending};
    let table = [
        ("0", Absent, STANDS, Absent),
        ("1", Open, Pending, Open),
        ("2", STANDS, UNDONE, Open),
        ("3", Open, Open, Open),
        ("4", NothingToVoid, STATED, STANDS),
        ("5", NothingToVoid, STATED, Open),
        ("5余额不足", NothingToVoid, STATED, Open),
        ("57", Open, Open, Open),
        ("50", Open, Open, Open),
        ("5131016", Open, Open, Open),
        ("FF", Open, Pending, Open),
        ("", Open, Open, Open),
    ];
    for (code, void_says, pay_says, reversal_says) in table {
        let body = json!({"errCode": "00", "queryResCode": code});
        let answer = answer(&body);
        assert_eq!(void().finding(&answer, &noon()), void_says, "void {code}");
        assert_eq!(pay().finding(&answer, &noon()), pay_says, "pay {code}");
        let of_reversal = reversal().finding(&answer, &noon());
        assert_eq!(of_reversal, reversal_says, "reversal {code}");
    }
}

/// A query that was not answered says nothing, but for "no such transaction".
#[test]
fn a_query_that_was_not_answered() {
    for (code, with_state, finding) in [
        ("25", false, Finding::Absent),
        ("22", false, Finding::Absent),
        ("25", true, Finding::Open),
        ("FF", false, Finding::Open),
        ("FF", true, Finding::Open),
        ("96", true, Finding::Open),
        ("0000", true, Finding::Open),
        ("1000", true, Finding::Open),
    ] {
        for state in ["0", "2", "5"] {
            let mut body = json!({"errCode": code});
            if with_state {
                body["queryResCode"] = state.into();
            }
            let answer = answer(&body);
            assert_eq!(pay().finding(&answer, &noon()), finding, "{body}");
            assert_eq!(void().finding(&answer, &noon()), finding, "{body}");
            assert_eq!(reversal().finding(&answer, &noon()), finding, "{body}");
        }
    }
}

#[test]
fn a_payment_before_the_request_is_another_one() {
    let time =
        |text: &str| json!({"errCode": "00", "queryResCode": "0", "originalTransactionTime": text});
    for (text, plain, after_duplicate) in [
        ("20260301115900", STANDS, STANDS),
        (
            "20260301115859",
            Finding::OrderIdInUse,
            Finding::OrderIdInUse,
        ),
        ("20260301120500", STANDS, STANDS),
        (
            "20260228120500",
            Finding::OrderIdInUse,
            Finding::OrderIdInUse,
        ),
        // No time: not enough after a duplicate.
        ("", STANDS, Finding::OrderIdInUse),
    ] {
        assert_eq!(of_pay(time(text), &noon()), plain, "{text}");
        let duplicate = noon().called_duplicate(true);
        assert_eq!(of_pay(time(text), &duplicate), after_duplicate, "{text}");
    }
    // Without the time of signing nothing can be compared.
    let unsigned = RequestTrace::new(None);
    assert_eq!(of_pay(time("20260301120500"), &unsigned), STANDS);
    let unsigned = unsigned.called_duplicate(true);
    assert_eq!(
        of_pay(time("20260301120500"), &unsigned),
        Finding::OrderIdInUse
    );
    // A number tells the same time, and what cannot be read is another's.
    let number = json!({"errCode": "00", "queryResCode": "0", "originalTransactionTime": 20260301080000_u64});
    assert_eq!(of_pay(number, &noon()), Finding::OrderIdInUse);
    for text in ["120500", "2026-03-01 12:05:00", "202603011205", "garbage"] {
        let found = of_pay(time(text), &noon());
        assert!(
            matches!(found, Finding::AboutAnother(_)),
            "{text}: {found:?}"
        );
    }
    // A till whose clock is four minutes slow signed later than it says.
    let slow = noon().behind_gateway(chrono::TimeDelta::seconds(240));
    assert_eq!(of_pay(time("20260301120200"), &slow), Finding::OrderIdInUse);
    assert_eq!(of_pay(time("20260301120400"), &slow), STANDS);
    // Whatever became of the other customer's payment, it is none of this one.
    for state in ["0", "1", "2", "3", "4", "5", "FF"] {
        let time = "20260301080000";
        let other =
            json!({"errCode": "00", "queryResCode": state, "originalTransactionTime": time});
        assert_eq!(of_pay(other, &noon()), Finding::OrderIdInUse, "{state}");
    }
}

#[test]
fn a_payment_stands_only_while_money_is_left() {
    for (state, refunded, whole, finding) in [
        ("3", json!(1000), json!(4160), STANDS),
        ("3", json!("1000"), json!("4160"), STANDS),
        ("3", json!(4160), json!(4160), UNDONE),
        ("3", json!(4160), json!(null), UNDONE),
        ("3", json!(1000), json!(null), STANDS),
        // How much was refunded is not known.
        ("3", json!(0), json!(4160), Finding::Open),
        ("3", json!(null), json!(4160), Finding::Open),
        ("3", json!("1000.0"), json!(4160), Finding::Open),
        ("0", json!(0), json!(4160), STANDS),
        ("0", json!(1000), json!(4160), STANDS),
        // The answer contradicts itself.
        ("0", json!(4160), json!(4160), Finding::Open),
        ("0", json!(99999), json!(null), Finding::Open),
    ] {
        let body = json!({
            "errCode": "00", "queryResCode": state,
            "refundedAmount": refunded, "originalTransactionAmount": whole,
        });
        assert_eq!(of_pay(body.clone(), &noon()), finding, "{body}");
    }
}

/// Only an answer that repeats all of order, amount and time makes one refusal and one answer
/// enough.
#[test]
fn what_corroborates_a_refusal() {
    let whole = json!({
        "errCode": "00", "queryResCode": "5余额不足", "merchantOrderId": "M1",
        "originalTransactionAmount": "4160", "originalTransactionTime": "20260301120001",
    });
    let corroborates = Finding::StatedFailure { corroborates: true };
    assert_eq!(of_pay(whole.clone(), &noon()), corroborates);
    for missing in [
        "merchantOrderId",
        "originalTransactionAmount",
        "originalTransactionTime",
    ] {
        let mut body = whole.clone();
        body[missing] = Value::Null;
        assert_eq!(of_pay(body, &noon()), STATED, "{missing}");
    }
    assert_eq!(of_pay(whole, &RequestTrace::new(None)), STATED);
}

#[test]
fn a_refund_is_found_by_its_own_amount_and_ids_alone() {
    let query = |body: Value| QueryRefundReply::decode(Bytes::from(body.to_string())).unwrap();
    let made = |body: Value| refund(5000).finding(&query(body), &noon());
    assert_eq!(made(json!({"errCode": "00", "queryResCode": "00"})), STANDS);
    assert_eq!(
        made(
            json!({"errCode": "00", "queryResCode": "00", "originalAmount": "5000", "refundRequestId": "R1", "orderId": "U1"})
        ),
        STANDS
    );
    for code in ["25", "0", "5", "FF", ""] {
        assert_eq!(
            made(json!({"errCode": "00", "queryResCode": code})),
            Finding::Open,
            "{code}"
        );
    }
    for (field, value) in [
        ("originalAmount", json!("3000")),
        ("originalAmount", json!(3000)),
        ("originalAmount", json!("5000.00")),
        ("originalAmount", json!(2.5)),
        ("originalAmount", json!(-100)),
        ("originalAmount", json!([5000])),
        ("transactionAmount", json!(3000)),
        ("refundRequestId", json!("R2")),
        ("merchantOrderId", json!("M2")),
        ("originalOrderId", json!("U2")),
        ("orderId", json!("U2")),
        ("dealType", json!("pay")),
    ] {
        let mut body = json!({"errCode": "00", "queryResCode": "00"});
        body[field] = value;
        let Finding::AboutAnother(discrepancies) = made(body.clone()) else {
            panic!("{body}");
        };
        assert_eq!(discrepancies.len(), 1, "{body}");
        assert_eq!(discrepancies[0].field, field);
    }
}

/// After a duplicate the answer must show that it is about this very amount.
#[test]
fn a_refund_called_a_duplicate_is_found_by_its_amount() {
    let duplicate = noon().called_duplicate(true);
    for (amount, finding) in [
        (json!("5000"), STANDS),
        (json!(5000), STANDS),
        (json!(null), Finding::OrderIdInUse),
        (json!(""), Finding::OrderIdInUse),
    ] {
        let body = json!({"errCode": "00", "queryResCode": "00", "originalAmount": amount});
        let answer = QueryRefundReply::decode(Bytes::from(body.to_string())).unwrap();
        assert_eq!(refund(5000).finding(&answer, &duplicate), finding, "{body}");
        assert!(refund(5000).finding(&answer, &noon()) == STANDS, "{body}");
    }
}

#[test]
fn a_refund_before_the_request_is_another_one() {
    for (day, time, finding) in [
        ("20260301", "120001", STANDS),
        ("20260301", "115900", STANDS),
        ("20260301", "115859", Finding::OrderIdInUse),
        ("20260228", "120001", Finding::OrderIdInUse),
        ("20260228", "", Finding::OrderIdInUse),
        ("20260301", "", STANDS),
        ("", "", STANDS),
    ] {
        let body = json!({
            "errCode": "00", "queryResCode": "00", "originalAmount": "5000",
            "dealDate": day, "dealTime": time,
        });
        let answer = QueryRefundReply::decode(Bytes::from(body.to_string())).unwrap();
        assert_eq!(refund(5000).finding(&answer, &noon()), finding, "{body}");
        let duplicate = noon().called_duplicate(true);
        assert_eq!(refund(5000).finding(&answer, &duplicate), finding, "{body}");
    }
}

/// What the answers say beside the state, one of them about something else: each is found out,
/// whatever the state.
fn identities() -> Vec<(&'static str, Value, &'static [&'static str])> {
    vec![
        ("merchantOrderId", json!("M2"), &["void", "pay", "reversal"]),
        ("merchantOrderId", json!(1), &["void", "pay", "reversal"]),
        ("merchantOrderId", json!("m1"), &["void", "pay", "reversal"]),
        ("orderId", json!("U2"), &["void"]),
        ("originalOrderId", json!("U2"), &["void"]),
        (
            "originalTransactionAmount",
            json!(4161),
            &["pay", "reversal"],
        ),
        (
            "originalTransactionAmount",
            json!("4160.00"),
            &["pay", "reversal"],
        ),
        (
            "originalTransactionAmount",
            json!(4160.0),
            &["pay", "reversal"],
        ),
        (
            "originalTransactionAmount",
            json!(-4160),
            &["pay", "reversal"],
        ),
        (
            "originalTransactionAmount",
            json!(["4160"]),
            &["pay", "reversal"],
        ),
        (
            "originalTransactionAmount",
            json!({"fen": 4160}),
            &["pay", "reversal"],
        ),
        (
            "originalTransactionAmount",
            json!(true),
            &["pay", "reversal"],
        ),
        ("transactionAmount", json!(1), &["pay", "reversal"]),
    ]
}

proptest! {
    #[test]
    fn an_answer_about_something_else_says_nothing(
        (field, value, about) in select(identities()),
        state in select(&["0", "1", "2", "3", "4", "5", "FF", "00", ""][..]),
        code in select(&["00", "25", "22"][..]),
        duplicate in any::<bool>(),
    ) {
        let mut body = json!({"errCode": code, "queryResCode": state, "originalTransactionTime": "20260301120001"});
        body[field] = value;
        let answer = answer(&body);
        let request = noon().called_duplicate(duplicate);
        for (name, finding) in [
            ("void", void().finding(&answer, &request)),
            ("pay", pay().finding(&answer, &request)),
            ("reversal", reversal().finding(&answer, &request)),
        ] {
            if about.contains(&name) {
                prop_assert!(matches!(finding, Finding::AboutAnother(_)), "{name} {body}: {finding:?}");
            }
        }
    }

    /// The words for people change no finding, and neither does a field that nobody knows.
    #[test]
    fn words_and_unknown_fields_change_nothing(words: String, name in "x_[a-z]{1,8}", state in select(&["0", "2", "5", "FF"][..])) {
        let plain = json!({"errCode": "00", "queryResCode": state});
        let mut told = plain.clone();
        told["errInfo"] = words.clone().into();
        told["queryResDesc"] = words.clone().into();
        told[name] = words.into();
        prop_assert_eq!(of_pay(plain.clone(), &noon()), of_pay(told.clone(), &noon()));
        prop_assert_eq!(void().finding(&answer(&plain), &noon()), void().finding(&answer(&told), &noon()));
    }
}

#[test]
fn only_what_does_the_same_however_often_may_be_repeated() {
    assert!(void().may_be_repeated());
    assert!(!pay().may_be_repeated());
    assert!(!refund(1).may_be_repeated());
    assert!(!reversal().may_be_repeated());
}

//! What the answer to a query says of a hold (担保) and of the calls that take one up.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use chrono::{NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use ums_model::*;

fn merchant() -> (MerchantCode, TerminalCode) {
    (
        MerchantCode::new("123456789900081").unwrap(),
        TerminalCode::new("00810001").unwrap(),
    )
}

fn trace(number: &str) -> SystemTraceNumber {
    SystemTraceNumber::new(number).unwrap()
}

fn hold() -> Preauthorize {
    hold_without_order_id().with_merchant_order_id(MerchantOrderId::new("M1").unwrap())
}

fn hold_without_order_id() -> Preauthorize {
    let (merchant, terminal) = merchant();
    let code = PayCode::new("130000000000000001").unwrap();
    let mode = AuthorizationPayMode::CodeScan;
    Preauthorize::new(
        merchant,
        terminal,
        trace("000101"),
        Fen::new(10_000),
        mode,
        code,
    )
}

fn code() -> (AuthorizationCode, MonthDay, SystemTraceNumber) {
    let code = AuthorizationCode::new("A00101").unwrap();
    (code, MonthDay::new(3, 1).unwrap(), trace("000101"))
}

fn completion() -> CompleteAuthorization {
    let ((merchant, terminal), (code, day, original)) = (merchant(), code());
    let amount = Fen::new(8_000);
    CompleteAuthorization::new(
        merchant,
        terminal,
        trace("000102"),
        amount,
        code,
        day,
        original,
    )
}

fn void() -> VoidAuthorization {
    let ((merchant, terminal), (code, day, original)) = (merchant(), code());
    let amount = Fen::new(10_000);
    VoidAuthorization::new(
        merchant,
        terminal,
        trace("000102"),
        amount,
        code,
        day,
        original,
    )
}

fn quick_completion() -> QuickCompleteAuthorization {
    let (merchant, terminal) = merchant();
    let order = UmsOrderId::new("U1").unwrap();
    QuickCompleteAuthorization::new(merchant, terminal, trace("000102"), Fen::new(8_000), order)
}

fn quick_void() -> QuickVoidAuthorization {
    let (merchant, terminal) = merchant();
    let order = UmsOrderId::new("U1").unwrap();
    QuickVoidAuthorization::new(merchant, terminal, trace("000102"), Fen::new(10_000), order)
}

fn noon() -> RequestTrace {
    RequestTrace::new(Some(at(12, 0)))
}

fn at(hour: u32, minute: u32) -> NaiveDateTime {
    let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
    day.and_hms_opt(hour, minute, 0).unwrap()
}

fn answer(body: &Value) -> QueryAuthorizationReply {
    QueryAuthorizationReply::decode(Bytes::from(body.to_string())).unwrap()
}

/// The answer about the hold, with this state, and everything else as it should be.
fn told(status: Value) -> Value {
    json!({
        "errCode": "00", "queryResCode": "0", "secureStatus": status, "orderId": "U1", "originalAmount": "10000",
        "dealSystemTraceNum": "000101", "authorizationCode": "A00101", "dealDate": "20260301", "dealTime": "120001",
    })
}

const STANDS: Finding = Finding::Executed { stands: true };
const UNDONE: Finding = Finding::Executed { stands: false };
const STATED: Finding = Finding::StatedFailure {
    corroborates: false,
};

/// What an answer says of each of the five operations.
fn findings(body: &Value, request: &RequestTrace) -> [Finding; 5] {
    let answer = answer(body);
    [
        hold().finding(&answer, request),
        completion().finding(&answer, request),
        void().finding(&answer, request),
        quick_completion().finding(&answer, request),
        quick_void().finding(&answer, request),
    ]
}

#[test]
fn every_state_of_a_hold_against_every_operation() {
    use Finding::{Absent, NothingToVoid, Open, Pending};
    for (status, of_hold, of_completion, of_void) in [
        (json!(0), STANDS, Absent, Absent),
        (json!("0"), STANDS, Absent, Absent),
        (json!(1), UNDONE, STATED, STANDS),
        // Completed, perhaps by another call; and a void was asked for.
        (json!(2), STANDS, Open, STATED),
        (json!(3), STANDS, Pending, Pending),
        (json!(4), Open, Open, Open),
        (json!(5), Open, Open, Open),
        (json!(7), Open, Open, Open),
        (json!("00"), Open, Open, Open),
        (json!(0.5), Open, Open, Open),
        (json!(null), Open, Open, Open),
    ] {
        let body = told(status);
        let expected = [
            of_hold,
            of_completion.clone(),
            of_void.clone(),
            of_completion,
            of_void,
        ];
        assert_eq!(findings(&body, &noon()), expected, "{body}");
    }
    let mut failed = told(json!(6));
    failed["queryResCode"] = json!("1");
    let expected = [STATED, STATED, NothingToVoid, STATED, NothingToVoid];
    assert_eq!(findings(&failed, &noon()), expected);
}

#[test]
fn what_is_not_known_yet_is_no_failure() {
    use Finding::{Open, Pending};
    for (field, value) in [
        ("autoQueryFlag", json!("Y")),
        ("autoQueryFlag", json!("X")),
        ("autoQueryFlag", json!(["N"])),
        ("status", json!("WAIT_BUYER_PAY")),
        ("status", json!("UNKNOWN")),
        ("status", json!("UNKNOW")),
        ("status", json!("NEW_ORDER")),
    ] {
        for code in ["0", "1", "FF", ""] {
            let mut body = told(json!(null));
            body[field] = value.clone();
            body["queryResCode"] = json!(code);
            let expected = [Pending, Open, Open, Open, Open];
            assert_eq!(findings(&body, &noon()), expected, "{body}");
        }
    }
    // A closed order may never have been paid, or have been given back: it proves nothing.
    for status in ["TRADE_CLOSED", "TRADE_SUCCESS", "TRADE_REFUND", "SOMETHING"] {
        let mut body = told(json!(null));
        body["status"] = json!(status);
        assert_eq!(
            findings(&body, &noon()),
            [Open, Open, Open, Open, Open],
            "{body}"
        );
    }
}

#[test]
fn an_answer_that_contradicts_itself_says_nothing() {
    for (status, field, value) in [
        (0, "queryResCode", json!("1")),
        (0, "queryResCode", json!(6)),
        (0, "queryResCode", json!({})),
        (1, "queryResCode", json!(false)),
        (0, "status", json!("TRADE_REFUND")),
        (0, "status", json!("SOMETHING")),
        (0, "status", json!(1)),
        (1, "status", json!(["TRADE_SUCCESS"])),
        (0, "status", json!("TRADE_CLOSED")),
        (2, "queryResCode", json!("FF")),
        (2, "status", json!("TRADE_CLOSED")),
        (3, "status", json!("TRADE_CLOSED")),
        (6, "queryResCode", json!("0")),
        (1, "autoQueryFlag", json!("Y")),
        (2, "autoQueryFlag", json!("Y")),
        (6, "autoQueryFlag", json!("Y")),
        (2, "status", json!("WAIT_BUYER_PAY")),
        (0, "errCode", json!("96")),
        (2, "errCode", json!("25")),
    ] {
        let mut body = told(json!(status));
        body[field] = value;
        assert_eq!(answer(&body).state(), AuthorizationState::Unknown, "{body}");
    }
    // It is not held yet: whether it will be, no one knows.
    let mut body = told(json!(0));
    body["autoQueryFlag"] = json!("Y");
    assert_eq!(answer(&body).state(), AuthorizationState::Pending);
    // While it is being completed, the code that calls it a failure is none.
    let mut body = told(json!(3));
    body["queryResCode"] = json!("1");
    assert_eq!(answer(&body).state(), AuthorizationState::Completing);
    body["autoQueryFlag"] = json!("N");
    assert_eq!(answer(&body).state(), AuthorizationState::Completing);
}

#[test]
fn no_record_says_something_of_a_hold_only() {
    for code in ["22", "25"] {
        let body = json!({"errCode": code});
        // Its reply had named the hold that the others take up.
        let expected = [
            Finding::Absent,
            Finding::Open,
            Finding::Open,
            Finding::Open,
            Finding::Open,
        ];
        assert_eq!(findings(&body, &noon()), expected, "{body}");
        for (field, value) in [("queryResCode", json!("1")), ("secureStatus", json!(6))] {
            let mut body = body.clone();
            body[field] = value;
            assert_eq!(
                hold().finding(&answer(&body), &noon()),
                Finding::Open,
                "{body}"
            );
        }
    }
    for code in ["96", "1000", "FF", "0000", "12"] {
        let body = json!({"errCode": code});
        assert_eq!(
            hold().finding(&answer(&body), &noon()),
            Finding::Open,
            "{code}"
        );
    }
}

/// An answer by a trace number must show that it is about this hold.
#[test]
fn a_hold_found_by_its_trace_number_is_shown_by_its_authorisation_code() {
    let mut body = told(json!(0));
    body["authorizationCode"] = Value::Null;
    let [of_hold, of_completion, of_void, quick, _] = findings(&body, &noon());
    assert_eq!((of_hold, quick), (STANDS, Finding::Absent));
    assert_eq!((of_completion, of_void), (Finding::Open, Finding::Open));
}

#[test]
fn a_hold_of_another_time_is_another_one() {
    let made = |day: &str, time: &str, request: &RequestTrace| {
        let mut body = told(json!(0));
        body["dealDate"] = day.into();
        body["dealTime"] = time.into();
        hold().finding(&answer(&body), request)
    };
    let duplicate = noon().called_duplicate(true);
    for (day, time, finding, after_duplicate) in [
        ("20260301", "120001", STANDS, STANDS),
        ("0301", "120001", STANDS, STANDS),
        (
            "20260301",
            "115859",
            Finding::OrderIdInUse,
            Finding::OrderIdInUse,
        ),
        (
            "0301",
            "115859",
            Finding::OrderIdInUse,
            Finding::OrderIdInUse,
        ),
        (
            "20260228",
            "120001",
            Finding::OrderIdInUse,
            Finding::OrderIdInUse,
        ),
        ("0228", "", Finding::OrderIdInUse, Finding::OrderIdInUse),
        // No day or no time: not enough after a duplicate.
        ("20260301", "", STANDS, Finding::OrderIdInUse),
        ("", "120001", STANDS, Finding::OrderIdInUse),
    ] {
        assert_eq!(made(day, time, &noon()), finding, "{day} {time}");
        assert_eq!(made(day, time, &duplicate), after_duplicate, "{day} {time}");
    }
    // A day without its year is the nearest one.
    let new_year = NaiveDate::from_ymd_opt(2026, 1, 1)
        .unwrap()
        .and_hms_opt(0, 0, 30)
        .unwrap();
    let new_year = RequestTrace::new(Some(new_year));
    assert_eq!(made("1231", "235955", &new_year), STANDS);
    assert_eq!(made("1231", "235900", &new_year), Finding::OrderIdInUse);
    // After a duplicate the amount must be seen, too.
    let mut body = told(json!(0));
    body["originalAmount"] = Value::Null;
    assert_eq!(hold().finding(&answer(&body), &noon()), STANDS);
    assert_eq!(
        hold().finding(&answer(&body), &duplicate),
        Finding::OrderIdInUse
    );
}

#[test]
fn a_hold_or_a_completion_after_the_call_is_another_one() {
    let over = noon().not_after(Some(at(12, 3)));
    for (day, time, is_ours) in [
        ("20260301", "120400", true),
        ("20260301", "120401", false),
        ("0301", "120401", false),
        ("20260302", "", false),
        ("0302", "000001", false),
    ] {
        let mut held = told(json!(0));
        held["dealDate"] = day.into();
        held["dealTime"] = time.into();
        let [of_hold, ..] = findings(&held, &over);
        let expected = if is_ours {
            STANDS
        } else {
            Finding::OrderIdInUse
        };
        assert_eq!(of_hold, expected, "{held}");
        let mut body = json!({
            "errCode": "00", "queryResCode": "0", "originalAmount": "8000", "dealSystemTraceNum": "000102",
        });
        body["dealDate"] = day.into();
        body["dealTime"] = time.into();
        let answer = JsonReply::decode(Bytes::from(body.to_string())).unwrap();
        for found in [
            completion().confirmed(&answer, &over),
            quick_completion().confirmed(&answer, &over),
        ] {
            assert_eq!(found == STANDS, is_ours, "{body}");
        }
    }
}

/// An answer about a trace number that repeats nothing may be about any hold.
#[test]
fn a_hold_is_shown_by_something_that_is_repeated() {
    for status in [0, 1, 2, 3, 6] {
        let body = json!({"errCode": "00", "secureStatus": status});
        let found = hold().finding(&answer(&body), &noon());
        assert_eq!(found, Finding::Open, "{body}");
    }
    // Nothing is repeated by null, nor an id that was never sent.
    let with_id = |id: &str| {
        hold_without_order_id().with_merchant_order_id(MerchantOrderId::new(id).unwrap())
    };
    for (request, told) in [
        (hold_without_order_id(), json!("M1")),
        (hold_without_order_id(), json!(null)),
        (with_id("M1"), json!(null)),
        (with_id("null"), json!(null)),
        (with_id("M1"), json!("")),
    ] {
        let body = json!({"errCode": "00", "secureStatus": 0, "merchantOrderId": told});
        let found = request.finding(&answer(&body), &noon());
        assert_eq!(found, Finding::Open, "{body}");
    }
    let body = json!({"errCode": "00", "secureStatus": 0, "merchantOrderId": "M1"});
    assert_eq!(with_id("M1").finding(&answer(&body), &noon()), STANDS);
    for (field, value) in [
        ("dealSystemTraceNum", json!("000101")),
        ("originalAmount", json!("10000")),
    ] {
        let mut body = json!({"errCode": "00", "secureStatus": 0});
        body[field] = value;
        assert_eq!(hold().finding(&answer(&body), &noon()), STANDS, "{body}");
    }
    // The order id alone was asked about.
    let body = json!({"errCode": "00", "secureStatus": 1});
    assert_eq!(quick_void().finding(&answer(&body), &noon()), STANDS);
}

/// What differs in an answer, and for which of the five operations it makes the answer that of
/// another one.
const IDENTITIES: &[(&str, &str, [bool; 5])] = &[
    (
        "dealSystemTraceNum",
        "000102",
        [true, true, true, false, false],
    ),
    ("originalAmount", "8000", [true, false, true, false, true]),
    ("originalAmount", "100.00", [true, false, true, false, true]),
    ("merchantCode", "123456789900082", [true; 5]),
    ("merchantOrderId", "M2", [true, false, false, false, false]),
    ("dealDate", "2026-03-01", [true, false, false, false, false]),
    ("dealTime", "12:00:01", [true, false, false, false, false]),
    ("dealTime", "80000", [true, false, false, false, false]),
    (
        "authorizationCode",
        "A00102",
        [false, true, true, false, false],
    ),
    ("orderId", "U2", [false, false, false, true, true]),
];

proptest! {
    #[test]
    fn an_answer_about_something_else_says_nothing(
        (field, value, about) in select(IDENTITIES),
        status in 0..8,
        duplicate in any::<bool>(),
    ) {
        let mut body = told(json!(status));
        body[field] = json!(value);
        let request = noon().called_duplicate(duplicate);
        for (finding, about) in findings(&body, &request).into_iter().zip(about) {
            prop_assert_eq!(matches!(finding, Finding::AboutAnother(_)), about, "{} {:?}", body, finding);
        }
    }
}

/// A completion that was sent with the hold's own trace number, by a slip: under that number the
/// platform has the hold.
#[test]
fn a_completion_under_the_number_of_its_hold_is_not_confirmed() {
    let mut body = told(json!(2));
    body["dealSystemTraceNum"] = json!("000102");
    let completed = answer(&body);
    assert!(completion().confirmation(&completed).is_none());
    assert!(quick_completion().confirmation(&completed).is_none());
    let any = AnyRequest::from(completion());
    assert!(any.confirmation(&completed.into()).is_none());
}

/// That a hold was completed is not yet that this call completed it.
#[test]
fn a_completion_is_confirmed_by_its_own_trace_number_and_amount() {
    let completed = answer(&told(json!(2)));
    let made = || {
        json!({
            "errCode": "00", "queryResCode": "0", "originalAmount": "8000", "dealSystemTraceNum": "000102",
            "dealDate": "20260301", "dealTime": "120002",
        })
    };
    let queries = [
        completion().confirmation(&completed),
        quick_completion().confirmation(&completed),
        AnyRequest::from(completion()).confirmation(&completed.clone().into()),
    ];
    for query in queries {
        let query = query.unwrap();
        assert_eq!(query.name(), "query_authorization_by_trace");
        let body: Value = serde_json::from_slice(&query.encode().unwrap()).unwrap();
        assert_eq!(body["originalSystemTraceNum"], "000102");
        assert_ne!(body["systemTraceNum"], "000102");
        let reply = query.decode(Bytes::from(made().to_string())).unwrap();
        assert_eq!(query.judge(&reply).verdict(), Verdict::Approved);
        assert_eq!(query.discrepancies(&reply), vec![]);
        let other = query.decode(Bytes::from(
            r#"{"errCode":"00","dealSystemTraceNum":"000103"}"#,
        ));
        assert_eq!(query.discrepancies(&other.unwrap()).len(), 1);
    }
    let said = |body: &Value| {
        let answer = JsonReply::decode(Bytes::from(body.to_string())).unwrap();
        let found = completion().confirmed(&answer, &noon());
        assert_eq!(quick_completion().confirmed(&answer, &noon()), found);
        assert_eq!(
            AnyRequest::from(completion()).confirmed(&answer, &noon()),
            found
        );
        found
    };
    assert_eq!(said(&made()), STANDS);
    for (field, value) in [
        ("errCode", json!("25")),
        ("queryResCode", json!("1")),
        ("queryResCode", json!("00")),
        ("queryResCode", Value::Null),
        ("originalAmount", Value::Null),
        ("dealSystemTraceNum", Value::Null),
        ("dealDate", json!("20260228")),
        ("dealDate", Value::Null),
        ("dealTime", json!("110000")),
        ("dealType", json!("voidauthorization")),
        ("dealType", json!("preauthorize")),
        ("dealType", json!(["completeauthorization"])),
        ("autoQueryFlag", json!("Y")),
        ("autoQueryFlag", json!("y")),
        ("secureStatus", json!(1)),
        ("secureStatus", json!("6")),
        ("secureStatus", json!(3)),
        ("status", json!("WAIT_BUYER_PAY")),
        ("status", json!("TRADE_REFUND")),
    ] {
        let mut body = made();
        body[field] = value;
        assert_eq!(said(&body), Finding::Open, "{body}");
    }
    for (field, value) in [
        ("originalAmount", json!("8001")),
        ("dealSystemTraceNum", json!("000103")),
        ("merchantCode", json!("123456789900082")),
        ("terminalCode", json!("00810002")),
        ("dealDate", json!(20_260_301)),
        ("dealDate", json!("2026-03-01")),
        ("dealTime", json!(120_002)),
        ("dealTime", json!("12:00:02")),
    ] {
        let mut body = made();
        body[field] = value;
        assert!(matches!(said(&body), Finding::AboutAnother(_)), "{body}");
    }
    // Each knows its hold in its own way.
    let by = |body: &Value| {
        let answer = JsonReply::decode(Bytes::from(body.to_string())).unwrap();
        let is_another = |found| matches!(found, Finding::AboutAnother(_));
        (
            is_another(completion().confirmed(&answer, &noon())),
            is_another(quick_completion().confirmed(&answer, &noon())),
        )
    };
    for (field, value, expected) in [
        ("authorizationCode", json!("A00102"), (true, false)),
        ("originalSystemTraceNum", json!("000103"), (true, false)),
        ("originalSystemTraceNum", json!("000102"), (false, false)),
        ("originalSystemTraceNum", json!("000101"), (false, false)),
        ("orderId", json!("U2"), (false, true)),
        ("originalOrderId", json!("U2"), (false, true)),
    ] {
        let mut body = made();
        body[field] = value;
        assert_eq!(by(&body), expected, "{body}");
    }
    // What a whole answer has beside that contradicts nothing.
    let mut whole = made();
    for (field, value) in [
        ("dealType", json!("completeauthorization")),
        ("authorizationCode", json!("A00101")),
        ("orderId", json!("U1")),
        ("autoQueryFlag", json!("N")),
        ("secureStatus", json!(2)),
        ("status", json!("TRADE_SUCCESS")),
        ("merchantCode", json!("123456789900081")),
        ("terminalCode", json!("00810001")),
    ] {
        whole[field] = value;
    }
    assert_eq!(said(&whole), STANDS);

    // Trace numbers come again each day, so that it is this call's only where the time shows it.
    for (shows_time, expected) in [(true, STANDS), (false, Finding::Open)] {
        let mut body = made();
        if !shows_time {
            body["dealTime"] = Value::Null;
            body["dealDate"] = Value::Null;
        }
        let answer = JsonReply::decode(Bytes::from(body.to_string())).unwrap();
        let found = completion().confirmed(&answer, &noon().called_duplicate(true));
        assert_eq!(found, expected, "{body}");
        assert_eq!(completion().confirmed(&answer, &noon()), expected, "{body}");
    }

    // Nothing else is confirmed, and of nothing else is another query known.
    for status in [0, 1, 3, 4, 6] {
        let answer = answer(&told(json!(status)));
        assert!(completion().confirmation(&answer).is_none(), "{status}");
    }
    assert!(void().confirmation(&completed).is_none());
    assert!(hold().confirmation(&completed).is_none());
    let paid = QueryReply::decode(Bytes::from(r#"{"errCode":"00","queryResCode":"2"}"#)).unwrap();
    assert!(
        AnyRequest::from(completion())
            .confirmation(&paid.into())
            .is_none()
    );
    let any = JsonReply::decode(Bytes::from(made().to_string())).unwrap();
    assert_eq!(hold().confirmed(&any, &noon()), Finding::Open);
}

#[test]
fn a_flag_that_the_state_is_not_known_leaves_a_hold_open() {
    for (flag, verdict) in [
        ("", Verdict::Approved),
        (r#","autoQueryFlag":"""#, Verdict::Approved),
        (r#","autoQueryFlag":null"#, Verdict::Approved),
        (r#","autoQueryFlag":"N""#, Verdict::Approved),
        (r#","autoQueryFlag":"Y""#, Verdict::Unknown),
        (r#","autoQueryFlag":"y""#, Verdict::Unknown),
        (r#","autoQueryFlag":true"#, Verdict::Unknown),
        (r#","queryResCode":"0""#, Verdict::Unknown),
    ] {
        for (code, plain) in [
            ("00", Verdict::Approved),
            ("03", Verdict::Declined(Refusal::NotExecuted)),
        ] {
            let body = format!(r#"{{"errCode":"{code}"{flag}}}"#);
            let reply = hold().decode(Bytes::from(body.clone())).unwrap();
            let expected = if verdict == Verdict::Approved {
                plain
            } else {
                verdict
            };
            assert_eq!(hold().judge(&reply).verdict(), expected, "{body}");
        }
    }
}

#[test]
fn a_hold_is_asked_about_by_its_trace_number_and_what_takes_it_up_by_what_it_names() {
    let body =
        |query: QueryAuthorization| String::from_utf8(query.encode().unwrap().to_vec()).unwrap();
    let start = r#"{"merchantCode":"123456789900081","terminalCode":"00810001","systemTraceNum":"#;
    assert_eq!(
        body(hold().query()),
        format!(r#"{start}"500101","originalSystemTraceNum":"000101"}}"#)
    );
    for query in [completion().query(), void().query()] {
        assert_eq!(
            body(query),
            format!(r#"{start}"500102","originalSystemTraceNum":"000101"}}"#)
        );
    }
    for query in [quick_completion().query(), quick_void().query()] {
        assert_eq!(
            body(query),
            format!(r#"{start}"500102","originalOrderId":"U1"}}"#)
        );
    }
    // Past the last number it begins again.
    let (merchant, terminal) = merchant();
    let order = UmsOrderId::new("U1").unwrap();
    let late = QuickVoidAuthorization::new(merchant, terminal, trace("999999"), Fen::new(1), order);
    assert_eq!(late.query().system_trace_num().as_str(), "499999");
}

#[test]
fn none_is_repeated() {
    for spec in OPERATIONS
        .iter()
        .filter(|spec| spec.paths[0].version == "v1")
    {
        assert!(
            spec.asked.is_none_or(|asked| !asked.may_be_repeated),
            "{}",
            spec.name
        );
    }
    assert!(!hold().may_be_repeated() && !quick_void().may_be_repeated());
}

#[test]
fn an_error_names_the_field_and_not_the_one_that_its_type_is_made_for() {
    let path = "/v1/poslink/transaction/preauthorization/quickvoidauthorization";
    let body = |order: &str| {
        format!(
            r#"{{"merchantCode":"1","terminalCode":"1","systemTraceNum":"000102","transactionAmount":1,"transactionCurrencyCode":"156","orderId":"{order}"}}"#
        )
    };
    assert!(QuickVoidAuthorization::from_wire(path, body("U1").as_bytes()).is_ok());
    let error = QuickVoidAuthorization::from_wire(path, body("U 1").as_bytes()).unwrap_err();
    insta::assert_snapshot!(error, @r#"quick_void_authorization: the field "orderId" is not valid: orderId takes visible ASCII characters only, but "U 1" was given, 3 characters"#);
}

#[test]
fn an_amount_with_white_space_is_not_read() {
    let path = "/v1/poslink/transaction/preauthorization/quickvoidauthorization";
    for (amount, is_read) in [
        (r#""1""#, true),
        (r#"" 1""#, false),
        (r#""1 ""#, false),
        (r#""\n1""#, false),
    ] {
        let body = format!(
            r#"{{"merchantCode":"1","terminalCode":"1","systemTraceNum":"000102","transactionAmount":{amount},"transactionCurrencyCode":"156","orderId":"U1"}}"#
        );
        let read = QuickVoidAuthorization::from_wire(path, body.as_bytes());
        assert_eq!(read.is_ok(), is_read, "{amount}");
    }
}

#[test]
fn a_reply_whose_other_fields_leave_it_open_is_not_approved() {
    for (field, verdict) in [
        (r#""secureStatus":6"#, Verdict::Unknown),
        (r#""secureStatus":"6""#, Verdict::Unknown),
        (r#""secureStatus":0"#, Verdict::Approved),
        (r#""status":"WAIT_BUYER_PAY""#, Verdict::Unknown),
        (r#""status":"UNKNOWN""#, Verdict::Unknown),
        (r#""status":"UNKNOW""#, Verdict::Unknown),
        (r#""status":"NEW_ORDER""#, Verdict::Unknown),
        (r#""status":"TRADE_SUCCESS""#, Verdict::Approved),
    ] {
        let body = Bytes::from(format!(r#"{{"errCode":"00",{field}}}"#));
        let reply = hold().decode(body.clone()).unwrap();
        assert_eq!(hold().judge(&reply).verdict(), verdict, "{body:?}");
    }
}

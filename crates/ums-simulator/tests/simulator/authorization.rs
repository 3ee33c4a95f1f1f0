//! Holds (担保), as a client sees them on the wire: made, completed, voided, and asked about.

use std::time::Duration;

use crate::raw::{Reply, WALLET_CODE, authorization, call, now, post, request};
use chrono::NaiveDate;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};
use ums_simulator::{
    COMPLETE_AUTHORIZATION_PATH, FaultRule, Order, OrderState, PAY_CODES, PAY_PATH,
    PREAUTHORIZE_PATH, PendingVoid, QUERY_AUTHORIZATION_BY_TRACE_PATH, QUERY_AUTHORIZATION_PATH,
    QUERY_PATH, QUERY_REFUND_PATH, QUICK_COMPLETE_AUTHORIZATION_PATH,
    QUICK_VOID_AUTHORIZATION_PATH, REFUND_PATH, REVERSE_PATH, RepeatedVoid, ReplyStyle,
    SimulatedOperation, Simulator, TradingDay, VOID_AUTHORIZATION_PATH, VOID_PATH,
};

const ACTIVATE_V1_PATH: &str = "/v1/poslink/transaction/activeterminal";

/// A simulator whose demo terminal was activated.
async fn simulator() -> Simulator {
    let simulator = Simulator::builder().clock(now).build().unwrap();
    activate(&simulator).await;
    simulator
}

async fn activate(simulator: &Simulator) {
    let body = request(json!({ "systemTraceNum": "999999" }));
    let reply = call(simulator, ACTIVATE_V1_PATH, &body).await;
    assert_eq!(reply.err_code(), "00");
}

fn preauthorization(trace: &str, amount: u64, pay_code: &str) -> String {
    request(json!({
        "systemTraceNum": trace,
        "transactionAmount": amount,
        "transactionCurrencyCode": "156",
        "payMode": "CODE_SCAN",
        "payCode": pay_code,
    }))
}

/// A hold of this amount; gives its reply.
async fn hold(simulator: &Simulator, trace: &str, amount: u64) -> Value {
    let body = preauthorization(trace, amount, WALLET_CODE);
    let reply = call(simulator, PREAUTHORIZE_PATH, &body).await;
    assert_eq!(reply.err_code(), "00", "{}", reply.text());
    reply.json()
}

/// What a completion or a void sends that names its hold by authorization code, day and trace
/// number.
fn by_authorization(trace: &str, amount: u64, code: &str, date: &str, original: &str) -> String {
    request(json!({
        "systemTraceNum": trace,
        "transactionAmount": amount,
        "transactionCurrencyCode": "156",
        "authorizationCode": code,
        "originalTransactionDate": date,
        "originalSystemTraceNum": original,
    }))
}

/// The same by order id.
fn by_order(trace: &str, amount: u64, order: &str) -> String {
    request(json!({
        "systemTraceNum": trace,
        "transactionAmount": amount,
        "transactionCurrencyCode": "156",
        "orderId": order,
    }))
}

async fn quick_complete(simulator: &Simulator, trace: &str, amount: u64, order: &str) -> String {
    let body = by_order(trace, amount, order);
    let reply = call(simulator, QUICK_COMPLETE_AUTHORIZATION_PATH, &body).await;
    reply.err_code()
}

async fn quick_void(simulator: &Simulator, trace: &str, amount: u64, order: &str) -> String {
    let body = by_order(trace, amount, order);
    let reply = call(simulator, QUICK_VOID_AUTHORIZATION_PATH, &body).await;
    reply.err_code()
}

async fn query(simulator: &Simulator, fields: Value) -> Reply {
    let mut fields = fields;
    fields["systemTraceNum"] = json!("888888");
    call(simulator, QUERY_AUTHORIZATION_PATH, &request(fields)).await
}

async fn query_by_trace(simulator: &Simulator, trace: &str) -> Reply {
    let fields = json!({ "systemTraceNum": "888888", "originalSystemTraceNum": trace });
    let body = request(fields);
    call(simulator, QUERY_AUTHORIZATION_BY_TRACE_PATH, &body).await
}

/// What a query says of the hold: `queryResCode`, `secureStatus` or the flag, and `status`.
fn told(reply: &Reply) -> String {
    let reply = reply.json();
    let text = |name: &str| match &reply[name] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match &reply["queryResCode"] {
        Value::Null => format!("refused {}", text("errCode")),
        _ => format!(
            "{} {}{} {}",
            text("queryResCode"),
            text("secureStatus"),
            text("autoQueryFlag"),
            text("status")
        )
        .trim_end()
        .to_owned(),
    }
}

/// Balances and amounts held, of the whole book.
fn money(simulator: &Simulator) -> (u64, u64) {
    let orders = simulator.orders().list();
    let sum = |amount: fn(&Order) -> u64| orders.iter().map(amount).sum();
    (sum(Order::balance), sum(Order::held_amount))
}

/// From, to and amount of each movement in the ledger.
fn moved(simulator: &Simulator) -> Vec<(Option<OrderState>, OrderState, u64)> {
    let records = simulator.ledger().requests().into_iter();
    records
        .filter_map(|record| record.applied)
        .map(|change| (change.from, change.to, change.amount))
        .collect()
}

/// Each operation once, as it is documented: the fields that a reply must have, as text. Then what
/// differs where amounts are written as text.
#[tokio::test]
async fn every_reply_has_the_documented_fields() {
    let mut lines = Vec::new();
    for style in [ReplyStyle::AsSeenLive, ReplyStyle::AmountsAsText] {
        let simulator = Simulator::builder()
            .clock(now)
            .reply_style(style)
            .build()
            .unwrap();
        activate(&simulator).await;
        let first = hold(&simulator, "000001", 500).await;
        let second = hold(&simulator, "000002", 600).await;
        let third = hold(&simulator, "000003", 700).await;
        let fourth = hold(&simulator, "000004", 800).await;
        let text = |reply: &Value, name: &str| reply[name].as_str().unwrap().to_owned();
        let named = |trace: &str, amount, reply: &Value, original: &str| {
            let (code, date) = (
                text(reply, "authorizationCode"),
                text(reply, "transactionDate"),
            );
            by_authorization(trace, amount, &code, &date, original)
        };
        let calls = [
            (
                COMPLETE_AUTHORIZATION_PATH,
                named("000005", 400, &first, "000001"),
            ),
            (
                VOID_AUTHORIZATION_PATH,
                named("000006", 600, &second, "000002"),
            ),
            (
                QUICK_COMPLETE_AUTHORIZATION_PATH,
                by_order("000007", 700, &text(&third, "orderId")),
            ),
            (
                QUICK_VOID_AUTHORIZATION_PATH,
                by_order("000008", 800, &text(&fourth, "orderId")),
            ),
            (
                QUERY_AUTHORIZATION_BY_TRACE_PATH,
                request(json!({ "systemTraceNum": "000009", "originalSystemTraceNum": "000005" })),
            ),
            (
                QUERY_AUTHORIZATION_PATH,
                request(json!({ "systemTraceNum": "000010", "originalOrderId": first["orderId"] })),
            ),
        ];
        let body = preauthorization("000011", 900, WALLET_CODE);
        let reply = call(&simulator, PREAUTHORIZE_PATH, &body).await;
        lines.push(format!("{style:?}\n{}", reply.text()));
        for (path, body) in calls {
            let reply = call(&simulator, path, &body).await;
            if !lines.contains(&reply.text()) {
                lines.push(reply.text());
            }
            let reply = reply.json();
            assert_eq!(reply["errCode"], "00", "{path}: {reply}");
            let required: &[&str] = match path {
                QUERY_AUTHORIZATION_BY_TRACE_PATH | QUERY_AUTHORIZATION_PATH => &[
                    "errCode",
                    "errInfo",
                    "queryResCode",
                    "payCode",
                    "dealDate",
                    "dealTime",
                    "originalAmount",
                    "dealType",
                    "dealSystemTraceNum",
                    "dealRetrievalRefNum",
                    "batchNo",
                    "authorizationCode",
                    "amount",
                ],
                _ => &[
                    "errCode",
                    "errInfo",
                    "transactionTime",
                    "transactionDate",
                    "settlementDate",
                    "retrievalRefNum",
                ],
            };
            for name in required {
                assert!(reply[name].is_string(), "{path}: {name}");
            }
        }
        for name in [
            "errInfo",
            "transactionTime",
            "transactionDate",
            "settlementDate",
            "retrievalRefNum",
            "authorizationCode",
            "orderId",
        ] {
            assert!(first[name].is_string(), "{name}");
        }
        assert_eq!(first["autoQueryFlag"], Value::Null);
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    AsSeenLive
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","retrievalRefNum":"00000000005W","authorizationCode":"A00005","actualTransactionAmount":900,"amount":900,"orderId":"20230718111340000000000006","thirdPartyName":"微信钱包","transactionAmount":900}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","retrievalRefNum":"00000000006W","thirdPartyName":"微信钱包"}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","retrievalRefNum":"00000000007W","thirdPartyName":"微信钱包"}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","retrievalRefNum":"00000000008W","actualTransactionAmount":700}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","retrievalRefNum":"00000000009W","thirdPartyName":"微信钱包"}
    {"errCode":"00","errInfo":"00000成功响应码","queryResCode":"0","payCode":"134524350966727175","dealDate":"20230718","dealTime":"111340","originalAmount":"400","dealType":"completeauthorization","dealSystemTraceNum":"000005","dealRetrievalRefNum":"00000000006W","batchNo":"000001","authorizationCode":"A00001","actualTransactionAmount":"400","amount":"400","orderId":"20230718111340000000000002","thirdPartyName":"微信钱包"}
    {"errCode":"00","errInfo":"00000成功响应码","queryResCode":"0","payCode":"134524350966727175","dealDate":"20230718","dealTime":"111340","originalAmount":"500","dealType":"preauthorize","dealSystemTraceNum":"000001","dealRetrievalRefNum":"00000000001W","batchNo":"000001","authorizationCode":"A00001","actualTransactionAmount":"500","amount":"500","orderId":"20230718111340000000000002","thirdPartyName":"微信钱包","secureStatus":2,"status":"TRADE_SUCCESS"}
    AmountsAsText
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","retrievalRefNum":"00000000005W","authorizationCode":"A00005","actualTransactionAmount":"900","amount":"900","orderId":"20230718111340000000000006","thirdPartyName":"微信钱包","transactionAmount":"900"}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","retrievalRefNum":"00000000008W","actualTransactionAmount":"700"}
    "#);
}

/// The ledger tells what was held, what was taken, and what was let go of.
#[tokio::test]
async fn the_ledger_records_what_was_held_taken_and_released() {
    let simulator = simulator().await;
    let first = hold(&simulator, "000001", 500).await;
    assert_eq!(money(&simulator), (0, 500));
    let second = hold(&simulator, "000002", 600).await;
    let order = |reply: &Value| reply["orderId"].as_str().unwrap().to_owned();
    assert_eq!(
        quick_complete(&simulator, "000003", 400, &order(&first)).await,
        "00"
    );
    // A part is taken; the rest is the payer's again.
    assert_eq!(money(&simulator), (400, 600));
    assert_eq!(
        quick_void(&simulator, "000004", 600, &order(&second)).await,
        "00"
    );
    assert_eq!(money(&simulator), (400, 0));
    let expected = [
        (None, OrderState::Held, 500),
        (None, OrderState::Held, 600),
        (Some(OrderState::Held), OrderState::Completed, 400),
        (Some(OrderState::Held), OrderState::Voided, 600),
    ];
    assert_eq!(moved(&simulator), expected);
    let records = simulator.ledger().requests();
    let operations: Vec<_> = records
        .iter()
        .filter_map(|record| record.operation)
        .collect();
    let expected = [
        SimulatedOperation::Activate,
        SimulatedOperation::Preauthorize,
        SimulatedOperation::Preauthorize,
        SimulatedOperation::QuickCompleteAuthorization,
        SimulatedOperation::QuickVoidAuthorization,
    ];
    assert_eq!(operations, expected);
    assert_eq!(records[3].order, Some(order(&first)));
    let found = simulator.orders().find(&order(&first)).unwrap();
    let end = found.hold.unwrap().ended_by.unwrap();
    assert_eq!((end.amount, end.system_trace_num.as_str()), (400, "000003"));
}

/// Each state of a hold, and a payment, under each operation: the code, and the state after it.
#[tokio::test]
async fn each_state_under_each_operation() {
    let yesterday = |order: Order| order.trading_day(TradingDay::Yesterday);
    let long_ago = NaiveDate::from_ymd_opt(2023, 6, 17).unwrap();
    let held = || Order::held("H", "000001").amount(100);
    let cases = [
        ("held", held()),
        ("of yesterday", yesterday(held())),
        ("ran out", held().trading_day(TradingDay::On(long_ago))),
        ("completing", held().state(OrderState::Completing)),
        ("completed", held().state(OrderState::Completed)),
        ("voided", held().state(OrderState::Voided)),
        ("failed", held().state(OrderState::Failed)),
        ("pending", held().state(OrderState::Pending)),
        ("asked twice", held().timed_out_queries(2)),
        ("unknown", held().state(OrderState::Unknown)),
        ("unseen", held().state(OrderState::Unseen)),
        ("a payment", Order::paid("H").amount(100)),
        ("nothing", Order::paid("OTHER").amount(100)),
    ];
    let date = |order: &Order| match order.trading_day {
        TradingDay::Yesterday => "0717",
        TradingDay::On(_) => "0617",
        _ => "0718",
    };
    let mut lines = Vec::new();
    for (name, order) in cases {
        let mut told_of = Vec::new();
        let named = by_authorization("000009", 100, "A00001", date(&order), "000001");
        let asked = json!({ "systemTraceNum": "000009", "originalOrderId": "H" });
        let traced = json!({ "systemTraceNum": "000009", "originalSystemTraceNum": "000001" });
        for (path, body) in [
            (COMPLETE_AUTHORIZATION_PATH, named.clone()),
            (
                QUICK_COMPLETE_AUTHORIZATION_PATH,
                by_order("000009", 100, "H"),
            ),
            (VOID_AUTHORIZATION_PATH, named),
            (QUICK_VOID_AUTHORIZATION_PATH, by_order("000009", 100, "H")),
            (QUERY_AUTHORIZATION_PATH, request(asked)),
            (QUERY_AUTHORIZATION_PATH, request(traced.clone())),
            (QUERY_AUTHORIZATION_BY_TRACE_PATH, request(traced)),
        ] {
            let simulator = Simulator::builder().clock(now).order(order.clone()).build();
            let simulator = simulator.unwrap();
            let before = money(&simulator);
            let reply = call(&simulator, path, &body).await;
            let code = reply.err_code();
            let applied = simulator.ledger().totals().applied;
            let is_query = path.contains("/query");
            assert_eq!(applied == 1, code == "00" && !is_query, "{name} {path}");
            assert_eq!(before == money(&simulator), applied == 0, "{name} {path}");
            told_of.push(if is_query { told(&reply) } else { code });
        }
        lines.push(format!("{name}: {}", told_of.join(" | ")));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    held: 00 | 00 | 00 | 00 | 0 0 TRADE_SUCCESS | 0 0 TRADE_SUCCESS | 0
    of yesterday: 00 | 00 | 00 | 00 | 0 0 TRADE_SUCCESS | refused 25 | refused 25
    ran out: 22 | 22 | 22 | 22 | 0 1 TRADE_CLOSED | refused 25 | refused 25
    completing: 22 | 22 | 22 | 22 | 0 3 TRADE_SUCCESS | 0 3 TRADE_SUCCESS | 0
    completed: 22 | 22 | 22 | 22 | 0 2 TRADE_SUCCESS | 0 2 TRADE_SUCCESS | 0
    voided: 22 | 22 | 22 | 22 | 0 1 TRADE_CLOSED | 0 1 TRADE_CLOSED | 0
    failed: 25 | 25 | 25 | 25 | 5 6 TRADE_CLOSED | 5 6 TRADE_CLOSED | 5
    pending: 57 | 57 | 57 | 57 | 1 Y WAIT_BUYER_PAY | 1 Y WAIT_BUYER_PAY | 1
    asked twice: 57 | 57 | 57 | 57 | 1 Y WAIT_BUYER_PAY | 1 Y WAIT_BUYER_PAY | 1
    unknown: 57 | 57 | 57 | 57 | FF Y UNKNOWN | FF Y UNKNOWN | FF
    unseen: 25 | 25 | 25 | 25 | refused 25 | refused 25 | refused 25
    a payment: 25 | 25 | 25 | 25 | refused 25 | refused 25 | refused 25
    nothing: 25 | 25 | 25 | 25 | refused 25 | refused 25 | refused 25
    "#);
}

/// The operations of payments know no holds.
#[tokio::test]
async fn a_hold_is_none_of_the_payments() {
    let order = Order::held("H", "000001")
        .amount(100)
        .merchant_order_id("M");
    let simulator = Simulator::builder()
        .clock(now)
        .order(order)
        .build()
        .unwrap();
    for id in [
        json!({ "originalOrderId": "H" }),
        json!({ "merchantOrderId": "M" }),
    ] {
        let mut fields = id;
        fields["refundRequestId"] = json!("R");
        fields["transactionAmount"] = json!(100);
        for path in [
            QUERY_PATH,
            VOID_PATH,
            REFUND_PATH,
            REVERSE_PATH,
            QUERY_REFUND_PATH,
        ] {
            let reply = call(&simulator, path, &request(fields.clone())).await;
            assert_eq!(reply.err_code(), "25", "{path}");
        }
    }
    assert_eq!(money(&simulator), (0, 100));
    // Their merchant order ids are one set.
    let payment = request(json!({
        "merchantOrderId": "M",
        "transactionAmount": 1,
        "transactionCurrencyCode": "156",
        "merchantRemark": "r",
        "payMode": "CODE_SCAN",
        "payCode": WALLET_CODE,
    }));
    let reply = call(&simulator, PAY_PATH, &payment).await;
    assert_eq!(reply.err_code(), "94");
}

/// What contradicts what was done before, or what is in the book, is refused, and changes nothing.
#[tokio::test]
async fn each_contradiction_has_its_code() {
    let seeded = |id: &str, trace: &str| Order::held(id, trace).amount(100);
    let simulator = Simulator::builder()
        .clock(now)
        .orders([
            seeded("A", "000001"),
            seeded("B", "000002"),
            seeded("C", "000003").merchant_code("900000000000000"),
            seeded("D", "000004").terminal_code("87654321"),
        ])
        .build()
        .unwrap();
    let elsewhere = |body: String| body.replace("12340511", "87654321");
    let (complete, void) = (COMPLETE_AUTHORIZATION_PATH, VOID_AUTHORIZATION_PATH);
    let quick = QUICK_COMPLETE_AUTHORIZATION_PATH;
    let quick_void = QUICK_VOID_AUTHORIZATION_PATH;
    let with = |body: String, name: &str, value: &str| {
        let mut body: Value = serde_json::from_str(&body).unwrap();
        body[name] = json!(value);
        body.to_string()
    };
    let cases = [
        (
            "more than was authorized",
            quick,
            by_order("000010", 101, "A"),
            "61",
        ),
        ("nothing", quick, by_order("000010", 0, "A"), "13"),
        (
            "another amount let go of",
            quick_void,
            by_order("000010", 99, "A"),
            "64",
        ),
        (
            "the trace number for the authorization code",
            complete,
            by_authorization("000010", 1, "000001", "0718", "000001"),
            "25",
        ),
        (
            "another day",
            void,
            by_authorization("000010", 100, "A00001", "0717", "000001"),
            "25",
        ),
        (
            "another trace number",
            complete,
            by_authorization("000010", 1, "A00001", "0718", "000002"),
            "25",
        ),
        (
            "an order id and another trace number",
            quick,
            with(
                by_order("000010", 1, "A"),
                "originalSystemTraceNum",
                "000002",
            ),
            "25",
        ),
        (
            "an order id and another day",
            quick_void,
            with(
                by_order("000010", 100, "A"),
                "originalTransactionDate",
                "0719",
            ),
            "25",
        ),
        (
            "another merchant's",
            quick,
            by_order("000010", 1, "C"),
            "25",
        ),
        (
            "an unknown order",
            quick_void,
            by_order("000010", 100, "NONE"),
            "25",
        ),
        (
            "the trace number of a hold",
            quick,
            by_order("000001", 1, "B"),
            "94",
        ),
        ("a part", quick, by_order("000010", 60, "A"), "00"),
        (
            "the same again, as it was sent",
            quick,
            by_order("000010", 60, "A"),
            "94",
        ),
        (
            "a second completion",
            quick,
            by_order("000011", 40, "A"),
            "22",
        ),
        (
            "a second completion by the other names",
            complete,
            by_authorization("000011", 40, "A00001", "0718", "000001"),
            "22",
        ),
        (
            "a void after the completion",
            quick_void,
            by_order("000011", 100, "A"),
            "22",
        ),
        (
            "a void",
            void,
            by_authorization("000011", 100, "A00002", "0718", "000002"),
            "00",
        ),
        (
            "a second void",
            quick_void,
            by_order("000012", 100, "B"),
            "22",
        ),
        (
            "a completion after the void",
            quick,
            by_order("000012", 1, "B"),
            "22",
        ),
        (
            "of another terminal",
            quick,
            by_order("000012", 1, "D"),
            "00",
        ),
        (
            "a trace number that another terminal has used",
            quick_void,
            elsewhere(by_order("000012", 100, "B")),
            "22",
        ),
        (
            "no such terminal",
            quick,
            by_order("000013", 1, "A").replace("12340511", "1"),
            "97",
        ),
        (
            "no such merchant",
            quick,
            by_order("000013", 1, "A").replace("103290070111417", "1"),
            "03",
        ),
    ];
    for (name, path, body, code) in cases {
        let before = simulator.orders().list();
        let reply = call(&simulator, path, &body).await;
        assert_eq!(reply.err_code(), code, "{name}");
        let changed = simulator.orders().list() != before;
        assert_eq!(changed, code == "00", "{name}");
    }
    assert_eq!(simulator.ledger().totals().applied, 3);
}

#[tokio::test]
async fn what_cannot_be_held_is_refused() {
    let simulator = Simulator::builder()
        .clock(now)
        .order(Order::paid("P").merchant_order_id("M"))
        .build()
        .unwrap();
    let good = preauthorization("000001", 100, WALLET_CODE);
    let code = async |body: &str| call(&simulator, PREAUTHORIZE_PATH, body).await.err_code();
    // No terminal makes a hold before it was activated.
    assert_eq!(code(&good).await, "97");
    activate(&simulator).await;
    let with = |name: &str, value: Value| {
        let mut body: Value = serde_json::from_str(&good).unwrap();
        body[name] = value;
        body.to_string()
    };
    for (body, expected) in [
        (with("transactionAmount", json!(0)), "13"),
        (with("merchantOrderId", json!("M")), "94"),
        (with("terminalCode", json!("1")), "97"),
        (with("merchantCode", json!("1")), "03"),
        (with("payMode", json!("FACE_SCAN")), "9001"),
        (with("merchantRemark", json!("r".repeat(31))), "9001"),
        (with("transactionCurrencyCode", json!("840")), "9001"),
        (with("systemTraceNum", json!("1")), "9001"),
        (with("systemTraceNum", Value::from("")), "9001"),
        (with("payCode", Value::from("")), "9001"),
    ] {
        assert_eq!(code(&body).await, expected, "{body}");
    }
    assert_eq!(simulator.orders().list().len(), 1);
    let remark = with("merchantRemark", json!("r".repeat(30)));
    assert_eq!(code(&remark).await, "00");
    // The trace number is used up, and so is one of a hold that was refused.
    assert_eq!(code(&good).await, "94");
    let refused = preauthorization("000002", 100, "9957");
    assert_eq!(code(&refused).await, "57");
    assert_eq!(
        code(&preauthorization("000002", 100, WALLET_CODE)).await,
        "94"
    );
    // On the next day it is free again.
    simulator.orders().next_trading_day().unwrap();
    assert_eq!(code(&good).await, "00");
}

#[tokio::test]
async fn what_must_be_there_is_asked_for() {
    let simulator = simulator().await;
    let named = by_authorization("000001", 1, "A00001", "0718", "000002");
    let by_id = by_order("000001", 1, "A");
    let trace = request(json!({ "systemTraceNum": "000001", "originalSystemTraceNum": "000002" }));
    let without = |body: &str, name: &str| {
        let mut body: Value = serde_json::from_str(body).unwrap();
        body.as_object_mut().unwrap().remove(name).unwrap();
        body.to_string()
    };
    let holding = preauthorization("000001", 1, WALLET_CODE);
    for (path, body) in [
        (PREAUTHORIZE_PATH, &holding),
        (COMPLETE_AUTHORIZATION_PATH, &named),
        (VOID_AUTHORIZATION_PATH, &named),
        (QUICK_COMPLETE_AUTHORIZATION_PATH, &by_id),
        (QUICK_VOID_AUTHORIZATION_PATH, &by_id),
        (QUERY_AUTHORIZATION_BY_TRACE_PATH, &trace),
        (QUERY_AUTHORIZATION_PATH, &trace),
    ] {
        let fields: Value = serde_json::from_str(body).unwrap();
        for name in fields.as_object().unwrap().keys() {
            let reply = call(&simulator, path, &without(body, name)).await;
            let words = reply.json()["errInfo"].as_str().unwrap().to_owned();
            assert_eq!(reply.err_code(), "9001", "{path} {name}");
            assert!(words.contains(name), "{path} {name}: {words}");
        }
    }
    let date = named.replace("0718", "0732");
    let reply = call(&simulator, COMPLETE_AUTHORIZATION_PATH, &date).await;
    assert!(
        reply
            .text()
            .contains("originalTransactionDate must be a date as MMdd")
    );
    assert_eq!(simulator.orders().list(), []);
    // The order id alone will do, and so will 29 February.
    let asked = json!({ "originalOrderId": "A" });
    assert_eq!(query(&simulator, asked).await.err_code(), "25");
    let leap = named.replace("0718", "0229");
    let reply = call(&simulator, COMPLETE_AUTHORIZATION_PATH, &leap).await;
    assert_eq!(reply.err_code(), "25");
}

/// The withdrawn operation is on no path.
#[tokio::test]
async fn the_reversal_of_a_hold_is_not_there() {
    let simulator = simulator().await;
    let path = "/v1/poslink/transaction/preauthorization/reverseauthorization";
    let reply = call(&simulator, path, &by_order("000001", 1, "A")).await;
    assert_eq!(reply.status(), 404);
    let reply = call(&simulator, &PREAUTHORIZE_PATH.replace("v1", "v2"), "{}").await;
    assert_eq!(reply.status(), 404);
}

/// The order id wins over the trace number, which counts on its own day from its own terminal
/// alone.
#[tokio::test]
async fn a_query_by_either_name() {
    let simulator = Simulator::builder()
        .clock(now)
        .terminal(Simulator::DEMO_MERCHANT_CODE, "87654321")
        .orders([
            Order::held("A", "000001").amount(100),
            Order::held("B", "000002")
                .amount(200)
                .state(OrderState::Voided),
        ])
        .build()
        .unwrap();
    let both = json!({ "originalOrderId": "A", "originalSystemTraceNum": "000002" });
    let reply = query(&simulator, both).await.json();
    assert_eq!(
        (&reply["orderId"], &reply["secureStatus"]),
        (&json!("A"), &json!(0))
    );
    let nobody = json!({ "originalOrderId": "NONE", "originalSystemTraceNum": "000002" });
    assert_eq!(query(&simulator, nobody).await.err_code(), "25");
    let traced = json!({ "originalSystemTraceNum": "000002" });
    assert_eq!(
        told(&query(&simulator, traced.clone()).await),
        "0 1 TRADE_CLOSED"
    );

    // A completion has a trace number of its own, under which it is told.
    assert_eq!(quick_complete(&simulator, "000003", 60, "A").await, "00");
    let completion = query_by_trace(&simulator, "000003").await.json();
    assert_eq!(completion["dealType"], "completeauthorization");
    assert_eq!(
        (
            &completion["originalAmount"],
            &completion["dealSystemTraceNum"]
        ),
        (&json!("60"), &json!("000003"))
    );
    assert_eq!(completion["secureStatus"], Value::Null);
    let hold = query_by_trace(&simulator, "000001").await.json();
    assert_eq!(
        (&hold["dealType"], &hold["originalAmount"]),
        (&json!("preauthorize"), &json!("100"))
    );

    let elsewhere = request(json!({
        "terminalCode": "87654321", "systemTraceNum": "000001", "originalSystemTraceNum": "000002",
    }));
    for path in [QUERY_AUTHORIZATION_PATH, QUERY_AUTHORIZATION_BY_TRACE_PATH] {
        assert_eq!(call(&simulator, path, &elsewhere).await.err_code(), "25");
    }
    simulator.orders().next_trading_day().unwrap();
    assert_eq!(query(&simulator, traced).await.err_code(), "25");
    assert_eq!(query_by_trace(&simulator, "000002").await.err_code(), "25");
    let later = query(&simulator, json!({ "originalOrderId": "B" })).await;
    assert_eq!(told(&later), "0 1 TRADE_CLOSED");
}

/// The trace number of yesterday's hold may be that of today's completion, which is then what it
/// names.
#[tokio::test]
async fn a_trace_number_names_what_it_was_used_for_today() {
    let simulator = Simulator::builder()
        .clock(now)
        .order(Order::held("A", "000001").amount(100))
        .build()
        .unwrap();
    simulator.orders().next_trading_day().unwrap();
    let body = by_authorization("000001", 70, "A00001", "0718", "000001");
    let reply = call(&simulator, COMPLETE_AUTHORIZATION_PATH, &body)
        .await
        .json();
    assert_eq!(
        (&reply["errCode"], &reply["transactionDate"]),
        (&json!("00"), &json!("0719"))
    );
    let today = query_by_trace(&simulator, "000001").await.json();
    assert_eq!(
        (&today["originalAmount"], &today["dealDate"]),
        (&json!("70"), &json!("20230719"))
    );
}

/// The day that names a hold has no year: of two that it fits, the newer counts.
#[tokio::test]
async fn of_two_years_the_newer_counts() {
    let on = |year| {
        NaiveDate::from_ymd_opt(year, 7, 18)
            .map(TradingDay::On)
            .unwrap()
    };
    let years = [2022, 2023, 2021];
    let orders = years.map(|year| {
        let order = Order::held(year.to_string(), "000001").amount(100);
        order.trading_day(on(year))
    });
    let simulator = Simulator::builder()
        .clock(now)
        .orders(orders)
        .build()
        .unwrap();
    let body = by_authorization("000002", 100, "A00001", "0718", "000001");
    let reply = call(&simulator, COMPLETE_AUTHORIZATION_PATH, &body).await;
    assert_eq!(reply.err_code(), "00");
    let found = simulator.orders().find("2023").unwrap();
    assert_eq!(found.state, OrderState::Completed);
}

#[tokio::test]
async fn a_hold_runs_out_after_thirty_days() {
    let simulator = simulator().await;
    let first = hold(&simulator, "000001", 100).await;
    let second = hold(&simulator, "000002", 100).await;
    let order = |reply: &Value| reply["orderId"].as_str().unwrap().to_owned();
    let day = |day| NaiveDate::from_ymd_opt(2023, 8, day).unwrap();
    simulator.orders().set_trading_day(day(17)).unwrap();
    assert_eq!(money(&simulator), (0, 200));
    assert_eq!(
        quick_complete(&simulator, "000003", 100, &order(&first)).await,
        "00"
    );
    simulator.orders().set_trading_day(day(18)).unwrap();
    assert_eq!(money(&simulator), (100, 0));
    let found = simulator.orders().find(&order(&second)).unwrap();
    assert_eq!(found.state, OrderState::Voided);
    assert_eq!(
        quick_complete(&simulator, "000003", 100, &order(&second)).await,
        "22"
    );
    assert_eq!(
        quick_void(&simulator, "000003", 100, &order(&second)).await,
        "22"
    );
    let asked = json!({ "originalOrderId": order(&second) });
    assert_eq!(told(&query(&simulator, asked).await), "0 1 TRADE_CLOSED");
}

/// Each row of the table of pay codes, as of a hold that waits 90 seconds: what is answered, what
/// is in the book, what four queries say, and what there is after the 90 seconds.
#[tokio::test(start_paused = true)]
async fn pay_codes_choose_what_becomes_of_a_hold() {
    let mut lines = Vec::new();
    for rule in PAY_CODES {
        let simulator = simulator().await;
        let body = preauthorization("000001", 100, &format!("{}00900000000001", rule.prefix));
        let answer = call(&simulator, PREAUTHORIZE_PATH, &body);
        let answer = match timeout(Duration::from_secs(60), answer).await {
            Err(_) => "silence".to_owned(),
            Ok(reply) => {
                let flag = reply.json()["autoQueryFlag"].clone();
                format!("{}{}", reply.err_code(), flag.as_str().unwrap_or_default())
            }
        };
        let asked = || async {
            told(&query(&simulator, json!({ "originalSystemTraceNum": "000001" })).await)
        };
        let mut said = Vec::new();
        for _ in 0..4 {
            said.push(asked().await);
        }
        said.dedup();
        let seen = || {
            let order = simulator.orders().list().remove(0);
            let totals = simulator.ledger().totals();
            let waits = if totals.waiting > 0 { ", waits" } else { "" };
            let held = order.held_amount();
            format!(
                "{:?} {held} held, applied {}{waits}",
                order.state, totals.applied
            )
        };
        let first = seen();
        sleep(Duration::from_secs(91)).await;
        let then = format!("{}; {}", seen(), asked().await);
        let (prefix, said) = (rule.prefix, said.join(", then "));
        lines.push(format!("{prefix} {answer}; {first}; {said} | {then}"));
        assert!(!simulator.ledger().requests()[1].waiting);
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    9957 57; Failed 0 held, applied 0; 5 6 TRADE_CLOSED | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9961 61; Failed 0 held, applied 0; 5 6 TRADE_CLOSED | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9951 51; Failed 0 held, applied 0; 5 6 TRADE_CLOSED | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    99ER ER; Failed 0 held, applied 0; 5 6 TRADE_CLOSED | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9900 silence; Held 100 held, applied 1; 0 0 TRADE_SUCCESS | Held 100 held, applied 1; 0 0 TRADE_SUCCESS
    9901 silence; Failed 0 held, applied 0; 5 6 TRADE_CLOSED | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9910 silence; Held 100 held, applied 1; 1 Y WAIT_BUYER_PAY, then 0 0 TRADE_SUCCESS | Held 100 held, applied 1; 0 0 TRADE_SUCCESS
    9911 silence; Failed 0 held, applied 0; 1 Y WAIT_BUYER_PAY, then 5 6 TRADE_CLOSED | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    99FF silence; Unknown 0 held, applied 0; FF Y UNKNOWN | Unknown 0 held, applied 0; FF Y UNKNOWN
    9920 silence; Pending 0 held, applied 0, waits; 1 Y WAIT_BUYER_PAY | Held 100 held, applied 1; 0 0 TRADE_SUCCESS
    9921 silence; Pending 0 held, applied 0, waits; 1 Y WAIT_BUYER_PAY | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9922 silence; Pending 0 held, applied 0, waits; 1 Y WAIT_BUYER_PAY | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9930 00Y; Pending 0 held, applied 0, waits; 1 Y WAIT_BUYER_PAY | Held 100 held, applied 1; 0 0 TRADE_SUCCESS
    9931 00Y; Pending 0 held, applied 0, waits; 1 Y WAIT_BUYER_PAY | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9932 00Y; Pending 0 held, applied 0, waits; 1 Y WAIT_BUYER_PAY | Failed 0 held, applied 0; 5 6 TRADE_CLOSED
    9940 silence; Unseen 0 held, applied 0, waits; refused 25 | Held 100 held, applied 1; 0 0 TRADE_SUCCESS
    9950 silence; Failed 0 held, applied 0, waits; 5 6 TRADE_CLOSED | Held 100 held, applied 1; 0 0 TRADE_SUCCESS
    "#);
}

/// A completion that takes its time: told as such, then done; nothing else can be done meanwhile.
#[tokio::test(start_paused = true)]
async fn a_completion_may_take_its_time() {
    let simulator = Simulator::builder()
        .clock(now)
        .completion_time(Duration::from_secs(20))
        .order(Order::held("A", "000001").amount(100))
        .build()
        .unwrap();
    assert_eq!(quick_complete(&simulator, "000002", 60, "A").await, "00");
    assert_eq!(money(&simulator), (0, 100));
    let asked = json!({ "originalOrderId": "A" });
    assert_eq!(
        told(&query(&simulator, asked.clone()).await),
        "0 3 TRADE_SUCCESS"
    );
    assert_eq!(
        query_by_trace(&simulator, "000002").await.json()["queryResCode"],
        "1"
    );
    assert_eq!(quick_complete(&simulator, "000003", 60, "A").await, "22");
    assert_eq!(quick_void(&simulator, "000003", 100, "A").await, "22");
    let record = simulator.ledger().requests().remove(0);
    assert!(record.waiting && record.applied.is_none());
    assert_eq!(simulator.ledger().totals().waiting, 1);

    sleep(Duration::from_secs(21)).await;
    assert_eq!(money(&simulator), (60, 0));
    assert_eq!(told(&query(&simulator, asked).await), "0 2 TRADE_SUCCESS");
    assert_eq!(
        query_by_trace(&simulator, "000002").await.json()["queryResCode"],
        "0"
    );
    let moved = moved(&simulator);
    assert_eq!(
        moved,
        [(Some(OrderState::Completing), OrderState::Completed, 60)]
    );
    assert_eq!(simulator.ledger().totals().waiting, 0);
}

/// The choices about voids hold for holds as they do for payments.
#[tokio::test]
async fn each_choice_about_voids() {
    for (pending, code, after) in [
        (PendingVoid::Approve, "00", OrderState::Voided),
        (PendingVoid::NotAllowed, "57", OrderState::Pending),
        (PendingVoid::NotFound, "25", OrderState::Pending),
    ] {
        let order = Order::held("A", "000001").state(OrderState::Pending);
        let order = order.becoming(OrderState::Held, Duration::from_secs(60));
        let builder = Simulator::builder().clock(now).pending_void(pending);
        let simulator = builder.order(order).build().unwrap();
        assert_eq!(quick_void(&simulator, "000002", 1, "A").await, code);
        assert_eq!(simulator.orders().find("A").unwrap().state, after);
        let released: Vec<_> = moved(&simulator).iter().map(|change| change.2).collect();
        assert_eq!(released, if code == "00" { vec![0] } else { vec![] });
    }
    for (repeated, code) in [
        (RepeatedVoid::Approve, "00"),
        (RepeatedVoid::Duplicate, "94"),
        (RepeatedVoid::NoOriginal, "22"),
        (RepeatedVoid::NotAllowed, "57"),
        (RepeatedVoid::NotFound, "25"),
    ] {
        let order = Order::held("A", "000001").state(OrderState::Voided);
        let builder = Simulator::builder().clock(now).repeated_void(repeated);
        let simulator = builder.order(order).build().unwrap();
        assert_eq!(quick_void(&simulator, "000002", 1, "A").await, code);
        assert_eq!(simulator.ledger().totals().applied, 0);
    }
}

/// A fault that executes late: the hold is there when nobody waits for it any more, and of two
/// completions the second finds it taken.
#[tokio::test(start_paused = true)]
async fn holds_and_completions_are_executed_late() {
    let simulator = simulator().await;
    let late = FaultRule::named("status-504-applied-late@90").unwrap();
    simulator
        .fault(late.clone().for_operation(SimulatedOperation::Preauthorize))
        .unwrap();
    let body = preauthorization("000001", 100, WALLET_CODE);
    let reply = call(&simulator, PREAUTHORIZE_PATH, &body).await;
    assert_eq!(reply.status(), 504);
    assert_eq!(query_by_trace(&simulator, "000001").await.err_code(), "25");
    simulator.ledger().until(|totals| totals.waiting == 0).await;
    let asked = json!({ "originalSystemTraceNum": "000001" });
    let reply = query(&simulator, asked).await;
    assert_eq!(told(&reply), "0 0 TRADE_SUCCESS");
    let order = reply.json()["orderId"].as_str().unwrap().to_owned();

    simulator.fault(late.for_order(order.as_str())).unwrap();
    let body = by_order("000002", 40, &order);
    let reply = call(&simulator, QUICK_COMPLETE_AUTHORIZATION_PATH, &body).await;
    assert_eq!(reply.status(), 504);
    assert_eq!(
        quick_complete(&simulator, "000003", 100, &order).await,
        "00"
    );
    simulator.ledger().until(|totals| totals.waiting == 0).await;
    assert_eq!(money(&simulator), (100, 0));
    let refused = simulator.ledger().requests();
    let refused = refused
        .iter()
        .filter(|record| record.decided_code.as_deref() == Some("22"));
    assert_eq!(refused.count(), 1);
}

#[tokio::test]
async fn holds_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    let at = || {
        Simulator::builder()
            .clock(now)
            .state_file(&path)
            .build()
            .unwrap()
    };
    let first = at();
    activate(&first).await;
    let held = hold(&first, "000001", 100).await;
    let completed = hold(&first, "000002", 200).await;
    let order = |reply: &Value| reply["orderId"].as_str().unwrap().to_owned();
    assert_eq!(
        quick_complete(&first, "000003", 150, &order(&completed)).await,
        "00"
    );
    let mut stream = first.connect().unwrap();
    let silent = preauthorization("000004", 1, "992099990000000001");
    let sent = post(PREAUTHORIZE_PATH, &authorization(&silent), &silent);
    stream.write_all(sent.as_bytes()).await.unwrap();
    first.ledger().until(|totals| totals.waiting == 1).await;
    let (list, money_then) = (first.orders().list(), money(&first));
    drop((first, stream));

    let second = at();
    let read: Vec<_> = second
        .orders()
        .list()
        .into_iter()
        .map(|o| (o.order_id, o.state, o.hold))
        .collect();
    let kept: Vec<_> = list
        .into_iter()
        .map(|o| (o.order_id, o.state, o.hold))
        .collect();
    assert_eq!(read, kept);
    assert_eq!(money(&second), money_then);
    // Trace numbers, authorization codes and activations are known as before.
    let again = preauthorization("000003", 1, WALLET_CODE);
    assert_eq!(
        call(&second, PREAUTHORIZE_PATH, &again).await.err_code(),
        "94"
    );
    let code = held["authorizationCode"].as_str().unwrap();
    let body = by_authorization("000005", 100, code, "0718", "000001");
    let reply = call(&second, VOID_AUTHORIZATION_PATH, &body).await;
    assert_eq!(reply.err_code(), "00");
    let completion = query_by_trace(&second, "000003").await.json();
    assert_eq!(completion["originalAmount"], "150");
    hold(&second, "000006", 1).await;
}

//! Payment, query, refund, refund query and void, as a client sees them on the wire.

use std::net::SocketAddr;
use std::time::Duration;

use crate::raw::{
    Reply, WALLET_CODE, authorization, authorization_with, call, exchange, now, post, request,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use ums_simulator::{
    BuildError, FaultRule, Order, OrderState, PAY_CODES, PAY_PATH, PREAUTHORIZE_PATH, QUERY_PATH,
    QUERY_REFUND_PATH, QUICK_COMPLETE_AUTHORIZATION_PATH, REFUND_PATH, ReplyStyle,
    SimulatedOperation, Simulator, TradingDay, VOID_PATH,
};

fn simulator() -> Simulator {
    Simulator::builder().clock(now).build().unwrap()
}

fn payment(id: &str, amount: u64, pay_code: &str) -> String {
    request(json!({
        "merchantOrderId": id,
        "transactionAmount": amount,
        "transactionCurrencyCode": "156",
        "merchantRemark": "测试",
        "payMode": "CODE_SCAN",
        "payCode": pay_code,
    }))
}

async fn pay(simulator: &Simulator, id: &str, amount: u64) -> String {
    let reply = call(simulator, PAY_PATH, &payment(id, amount, WALLET_CODE)).await;
    assert_eq!(reply.err_code(), "00");
    reply.json()["orderId"].as_str().unwrap().to_owned()
}

async fn refund(simulator: &Simulator, order: &str, id: &str, amount: u64) -> Reply {
    let fields = json!({
        "originalOrderId": order, "refundRequestId": id, "transactionAmount": amount,
    });
    call(simulator, REFUND_PATH, &request(fields)).await
}

async fn void(simulator: &Simulator, order: &str) -> String {
    let body = request(json!({ "originalOrderId": order }));
    call(simulator, VOID_PATH, &body).await.err_code()
}

/// `queryResCode`, or `errCode` if the query was refused.
async fn query(simulator: &Simulator, fields: Value) -> String {
    let reply = call(simulator, QUERY_PATH, &request(fields)).await;
    match reply.json()["queryResCode"].as_str() {
        Some(code) => code.to_owned(),
        None => format!("refused {}", reply.err_code()),
    }
}

async fn query_refund(simulator: &Simulator, order: &str, id: &str) -> Value {
    let fields = json!({ "originalOrderId": order, "refundRequestId": id });
    call(simulator, QUERY_REFUND_PATH, &request(fields))
        .await
        .json()
}

#[tokio::test]
async fn a_payment_is_made_once_and_found_by_both_ids() {
    let simulator = simulator();
    let order = pay(&simulator, "M1", 250).await;
    assert_eq!(order.len(), 26);
    assert!(order.starts_with("20230718111340"), "{order}");
    let again = call(&simulator, PAY_PATH, &payment("M1", 250, WALLET_CODE)).await;
    assert_eq!(again.err_code(), "94");
    for fields in [
        json!({ "originalOrderId": order }),
        json!({ "merchantOrderId": "M1" }),
    ] {
        assert_eq!(query(&simulator, fields).await, "0");
    }
    let nobody = json!({ "merchantOrderId": "M2" });
    assert_eq!(query(&simulator, nobody).await, "refused 25");

    let book = simulator.orders().find(&order).unwrap();
    assert_eq!(
        (book.amount, book.balance(), book.state),
        (250, 250, OrderState::Paid)
    );
    let record = simulator.ledger().requests().remove(0);
    assert_eq!(record.operation, Some(SimulatedOperation::Pay));
    let change = record.applied.unwrap();
    assert_eq!(
        (change.from, change.to, change.amount),
        (None, OrderState::Paid, 250)
    );
    assert_eq!(simulator.ledger().totals().applied, 1);
}

#[tokio::test]
async fn what_cannot_be_paid_is_refused() {
    let simulator = simulator();
    let cases = [
        (payment("A", 0, WALLET_CODE), "13"),
        (payment("A", 1, WALLET_CODE).replace("12340511", "1"), "97"),
        (
            payment("A", 1, WALLET_CODE).replace("103290070111417", "1"),
            "03",
        ),
        (payment("A", 1, "").to_owned(), "9001"),
    ];
    for (body, code) in cases {
        assert_eq!(
            call(&simulator, PAY_PATH, &body).await.err_code(),
            code,
            "{body}"
        );
    }
    assert_eq!(simulator.orders().list(), []);
}

/// Each row of the table of pay codes, as of a payment that waits 90 seconds: what is answered,
/// what is in the book a minute later, what queries say then, and what there is after the 90
/// seconds.
#[tokio::test(start_paused = true)]
async fn pay_codes_choose_what_becomes_of_a_payment() {
    let mut lines = Vec::new();
    for rule in PAY_CODES {
        let simulator = simulator();
        let body = payment("M", 100, &format!("{}00900000000001", rule.prefix));
        let answer = timeout(Duration::from_secs(60), call(&simulator, PAY_PATH, &body)).await;
        let answer = answer.map_or_else(|_| "silence".to_owned(), |reply| reply.err_code());
        let mut said = Vec::new();
        for _ in 0..4 {
            said.push(query(&simulator, json!({ "merchantOrderId": "M" })).await);
        }
        let now = || {
            let order = simulator.orders().list().remove(0);
            let totals = simulator.ledger().totals();
            let (state, balance) = (order.state, order.balance());
            let waits = if totals.waiting > 0 { ", waits" } else { "" };
            format!("{state:?} {balance} fen, applied {}{waits}", totals.applied)
        };
        let first = now();
        tokio::time::sleep(Duration::from_secs(91)).await;
        let (later, queried) = (
            now(),
            query(&simulator, json!({ "merchantOrderId": "M" })).await,
        );
        let then = format!("{later}; query {queried}");
        let said = said.join(" ");
        let prefix = rule.prefix;
        lines.push(format!(
            "{prefix} {answer}; {first}; queries {said} | {then}"
        ));
        let record = simulator.ledger().requests().remove(0);
        assert!(!record.waiting);
        assert_eq!(record.applied.is_some(), record.applied_us.is_some());
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    9957 57; Failed 0 fen, applied 0; queries 5 5 5 5 | Failed 0 fen, applied 0; query 5
    9961 61; Failed 0 fen, applied 0; queries 5 5 5 5 | Failed 0 fen, applied 0; query 5
    9951 51; Failed 0 fen, applied 0; queries 5 5 5 5 | Failed 0 fen, applied 0; query 5
    99ER ER; Failed 0 fen, applied 0; queries 5 5 5 5 | Failed 0 fen, applied 0; query 5
    9900 silence; Paid 100 fen, applied 1; queries 0 0 0 0 | Paid 100 fen, applied 1; query 0
    9901 silence; Failed 0 fen, applied 0; queries 5 5 5 5 | Failed 0 fen, applied 0; query 5
    9910 silence; Paid 100 fen, applied 1; queries 1 1 0 0 | Paid 100 fen, applied 1; query 0
    9911 silence; Failed 0 fen, applied 0; queries 1 1 5 5 | Failed 0 fen, applied 0; query 5
    99FF silence; Unknown 0 fen, applied 0; queries FF FF FF FF | Unknown 0 fen, applied 0; query FF
    9920 silence; Pending 0 fen, applied 0, waits; queries 1 1 1 1 | Paid 100 fen, applied 1; query 0
    9921 silence; Pending 0 fen, applied 0, waits; queries 1 1 1 1 | Failed 0 fen, applied 0; query 5
    9922 silence; Pending 0 fen, applied 0, waits; queries 1 1 1 1 | Reversed 0 fen, applied 0; query 4
    9930 00; Pending 0 fen, applied 0, waits; queries 1 1 1 1 | Paid 100 fen, applied 1; query 0
    9931 00; Pending 0 fen, applied 0, waits; queries 1 1 1 1 | Failed 0 fen, applied 0; query 5
    9932 00; Pending 0 fen, applied 0, waits; queries 1 1 1 1 | Reversed 0 fen, applied 0; query 4
    9940 silence; Unseen 0 fen, applied 0, waits; queries refused 25 refused 25 refused 25 refused 25 | Paid 100 fen, applied 1; query 0
    9950 silence; Failed 0 fen, applied 0, waits; queries 5 5 5 5 | Paid 100 fen, applied 1; query 0
    "#);
}

#[tokio::test]
async fn refunds_in_part_add_up_to_no_more_than_was_paid() {
    let simulator = simulator();
    let order = pay(&simulator, "M1", 100).await;
    let reply = refund(&simulator, &order, "R1", 30).await.json();
    assert_eq!(
        (&reply["errCode"], &reply["refundInvoiceAmount"]),
        (&json!("00"), &json!("30"))
    );
    assert_eq!(
        query(&simulator, json!({ "originalOrderId": order })).await,
        "3"
    );
    // A void takes back the whole, which is not there any more.
    assert_eq!(void(&simulator, &order).await, "57");
    for (id, amount, code) in [
        ("R2", 71, "61"),
        ("R2", 0, "13"),
        ("R2", 70, "00"),
        ("R3", 1, "61"),
        // The same pair gives the refund that was made; with another amount it is no repeat.
        ("R1", 30, "00"),
        ("R1", 31, "94"),
    ] {
        let reply = refund(&simulator, &order, id, amount).await;
        assert_eq!(reply.err_code(), code, "{id} {amount}");
    }
    let book = simulator.orders().find(&order).unwrap();
    assert_eq!(
        (book.refunded_amount(), book.balance(), book.refunds.len()),
        (100, 0, 2)
    );
    let moved: Vec<_> = simulator
        .ledger()
        .requests()
        .into_iter()
        .filter_map(|record| record.applied)
        .map(|change| (change.amount, change.refund_request_id))
        .collect();
    let expected = [
        (100, None),
        (30, Some("R1".to_owned())),
        (70, Some("R2".to_owned())),
    ];
    assert_eq!(moved, expected);
}

#[tokio::test]
async fn a_repeat_of_a_refund_is_the_same_refund() {
    let simulator = simulator();
    let order = pay(&simulator, "M1", 100).await;
    let first = refund(&simulator, &order, "R", 40).await.json();
    let second = refund(&simulator, &order, "R", 40).await.json();
    assert_eq!(first, second);
    // The id is one for each refund of an order: another order may have it too.
    let other = pay(&simulator, "M2", 100).await;
    let third = refund(&simulator, &other, "R", 40).await.json();
    assert_ne!(first["refundOrderId"], third["refundOrderId"]);
}

#[tokio::test]
async fn a_refund_query_has_its_own_codes() {
    let simulator = simulator();
    let order = pay(&simulator, "M1", 100).await;
    let none = query_refund(&simulator, &order, "R").await;
    assert_eq!(
        (&none["errCode"], &none["queryResCode"]),
        (&json!("00"), &json!("25"))
    );
    assert!(none["queryResInfo"].is_string());
    refund(&simulator, &order, "R", 40).await;
    let found = query_refund(&simulator, &order, "R").await;
    assert_eq!(found["queryResCode"], "00");
    assert_eq!(found["originalAmount"], "40");
    assert_eq!(query_refund(&simulator, "NONE", "R").await["errCode"], "25");
}

#[tokio::test]
async fn states_have_their_query_codes() {
    let simulator = Simulator::builder()
        .clock(now)
        .orders([
            Order::paid("0"),
            Order::paid("1").timed_out_queries(1),
            Order::voided("2"),
            Order::refunded("3"),
            Order::paid("4").state(OrderState::Reversed),
            Order::paid("5").state(OrderState::Failed),
            Order::paid("FF").state(OrderState::Unknown),
        ])
        .build()
        .unwrap();
    for code in ["0", "1", "2", "3", "4", "5", "FF"] {
        let fields = json!({ "originalOrderId": code });
        assert_eq!(query(&simulator, fields.clone()).await, code);
        // Only money that is there can be refunded.
        let refunded = refund(&simulator, code, "R", 1).await.err_code();
        let there = matches!(code, "0" | "1");
        assert_eq!(refunded == "00", there, "{code} {refunded}");
    }
}

#[tokio::test]
async fn the_day_turns_voids_into_refunds_for_thirty_days() {
    let simulator = simulator();
    let order = pay(&simulator, "M1", 100).await;
    let orders = simulator.orders();
    orders.next_trading_day().unwrap();
    assert_eq!(void(&simulator, &order).await, "57");
    let reply = refund(&simulator, &order, "R1", 1).await.json();
    assert_eq!(reply["transactionDateWithYear"], "20230719");
    let day = |month, day| NaiveDate::from_ymd_opt(2023, month, day).unwrap();
    for (today, code) in [
        (day(8, 17), "00"),
        (day(8, 18), "57"),
        (day(7, 17), "57"),
        (day(7, 18), "00"),
    ] {
        orders.set_trading_day(today).unwrap();
        let id = format!("R{today}");
        assert_eq!(
            refund(&simulator, &order, &id, 1).await.err_code(),
            code,
            "{today}"
        );
    }
}

/// v2 knows the orders of the same day, or of the day that is named; v6 every order.
#[tokio::test]
async fn queries_by_day_and_version() {
    let simulator = simulator();
    pay(&simulator, "M1", 100).await;
    let asked = async |path: &str, day: &str| {
        let fields = json!({ "merchantOrderId": "M1", "oriTransDate": day });
        call(&simulator, path, &request(fields)).await.err_code()
    };
    let v2 = "/v2/poslink/transaction/query";
    for (moved, path, day, code) in [
        (0, v2, "", "00"),
        (0, QUERY_PATH, "", "00"),
        (1, v2, "", "25"),
        (1, v2, "20230718", "00"),
        (1, v2, "20230719", "25"),
        (1, QUERY_PATH, "", "25"),
        (1, QUERY_PATH, "20230718", "00"),
        (1, QUERY_PATH, "20230717", "25"),
    ] {
        let today = NaiveDate::from_ymd_opt(2023, 7, 18 + moved).unwrap();
        simulator.orders().set_trading_day(today).unwrap();
        assert_eq!(asked(path, day).await, code, "{moved} {path} {day}");
    }
}

#[tokio::test]
async fn versions_share_one_book() {
    let simulator = simulator();
    let v4 = "/v4/poslink/transaction/pay";
    let reply = call(&simulator, v4, &payment("M1", 100, WALLET_CODE)).await;
    let order = reply.json()["orderId"].as_str().unwrap().to_owned();
    let named = request(json!({ "originalOrderId": order }));
    for (path, code) in [
        ("/v2/poslink/transaction/query", "00"),
        ("/v2/poslink/transaction/voidpayment", "00"),
        (VOID_PATH, "22"),
    ] {
        assert_eq!(
            call(&simulator, path, &named).await.err_code(),
            code,
            "{path}"
        );
    }
    let v4_query = "/v4/poslink/transaction/query";
    assert_eq!(call(&simulator, v4_query, &named).await.status(), 404);
}

/// The replies in each style, after a partial refund.
#[tokio::test]
async fn replies_as_seen_live_as_documented_and_with_text() {
    let mut lines = Vec::new();
    for style in [
        ReplyStyle::AsSeenLive,
        ReplyStyle::AsDocumented,
        ReplyStyle::AmountsAsText,
    ] {
        let simulator = Simulator::builder()
            .clock(now)
            .reply_style(style)
            .build()
            .unwrap();
        let paid = call(&simulator, PAY_PATH, &payment("M1", 100, WALLET_CODE)).await;
        let order = paid.json()["orderId"].as_str().unwrap().to_owned();
        let refunded = refund(&simulator, &order, "R", 40).await;
        let named = request(json!({ "originalOrderId": order, "refundRequestId": "R" }));
        let found = call(&simulator, QUERY_PATH, &named).await;
        let refund_found = call(&simulator, QUERY_REFUND_PATH, &named).await;
        lines.push(format!("{style:?}"));
        lines.extend([paid, refunded, found, refund_found].map(|reply| reply.text()));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    AsSeenLive
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","transactionDateWithYear":"20230718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000001W","transactionAmount":100,"actualTransactionAmount":100,"amount":100,"orderId":"20230718111340000000000002","thirdPartyDiscountInstrution":"","thirdPartyDiscountInstruction":"","thirdPartyName":"微信钱包","userId":"","thirdPartyPayInformation":"现金:100","cardAttr":"91","chnlType":"WXPay","promotionAmt":"0","systemTraceNum":"000001"}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","transactionDateWithYear":"20230718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000002W","thirdPartyName":"微信钱包","cardAttr":"91","refundInvoiceAmount":"40","transactionAmount":40,"refundPromotionList":"0|0|0","chnlType":"WXPay","acqInstCode":"UNIONPAY","orderId":"20230718111340000000000002","refundOrderId":"20230718111340000000000003","refundTargetOrderId":"520230718111340000000000003"}
    {"errCode":"00","errInfo":"00000成功响应码","queryResCode":"3","queryResDesc":"已退货","originalTransactionTime":"20230718111340","originalSettlementDate":"20230718","originalPayCode":"134524350966727175","originalBatchNo":"000001","origialRetrievalRefNum":"00000000001W","originalTransactionAmount":100,"refundedAmount":0,"actualTransactionAmount":100,"amount":100,"merchantOrderId":"M1","orderId":"20230718111340000000000002","thirdPartyName":"微信钱包","originalRetrievalRefNum":"00000000001W","refundAmonunt":0,"orderStatus":"TRADE_REFUND"}
    {"errCode":"00","errInfo":"00000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","queryResCode":"00","dealDate":"20230718","dealTime":"111340","originalAmount":"40","dealType":"refund","dealRetrievalRefNum":"00000000002W","batchNo":"000001","originalTransactionDate":"0718","origialRetrievalRefNum":"00000000001W","refundInvoiceAmount":"40","originalSettlementDate":"20230718","refundPromotionList":"0|0|0","thirdPartyName":"微信钱包","refundOrderId":"20230718111340000000000003","refundTargetOrderId":"520230718111340000000000003"}
    AsDocumented
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDateWithYear":"20230718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000001W","transactionAmount":100,"actualTransactionAmount":100,"amount":100,"orderId":"20230718111340000000000002","thirdPartyDiscountInstruction":"","thirdPartyName":"微信钱包","thirdPartyPayInformation":"现金:100","cardAttr":"91"}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDateWithYear":"20230718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000002W","thirdPartyName":"微信钱包","cardAttr":"91","refundInvoiceAmount":"40","transactionAmount":40}
    {"errCode":"00","errInfo":"00000成功响应码","queryResCode":"3","queryResDesc":"已退货","originalTransactionTime":"20230718111340","originalSettlementDate":"20230718","originalPayCode":"134524350966727175","originalBatchNo":"000001","origialRetrievalRefNum":"00000000001W","originalTransactionAmount":100,"refundedAmount":40,"actualTransactionAmount":100,"amount":100,"merchantOrderId":"M1","orderId":"20230718111340000000000002","thirdPartyName":"微信钱包"}
    {"errCode":"00","errInfo":"00000成功响应码","queryResCode":"00","dealDate":"20230718","dealTime":"111340","originalAmount":"40","dealType":"refund","dealRetrievalRefNum":"00000000002W","batchNo":"000001","originalTransactionDate":"0718","origialRetrievalRefNum":"00000000001W","refundInvoiceAmount":"40"}
    AmountsAsText
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","transactionDateWithYear":"20230718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000001W","transactionAmount":"100","actualTransactionAmount":"100","amount":"100","orderId":"20230718111340000000000002","thirdPartyDiscountInstrution":"","thirdPartyDiscountInstruction":"","thirdPartyName":"微信钱包","userId":"","thirdPartyPayInformation":"现金:100","cardAttr":"91","chnlType":"WXPay","promotionAmt":"0","systemTraceNum":"000001"}
    {"errCode":"00","errInfo":"10000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","transactionDateWithYear":"20230718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000002W","thirdPartyName":"微信钱包","cardAttr":"91","refundInvoiceAmount":"40","transactionAmount":"40","refundPromotionList":"0|0|0","chnlType":"WXPay","acqInstCode":"UNIONPAY","orderId":"20230718111340000000000002","refundOrderId":"20230718111340000000000003","refundTargetOrderId":"520230718111340000000000003"}
    {"errCode":"00","errInfo":"00000成功响应码","queryResCode":"3","queryResDesc":"已退货","originalTransactionTime":"20230718111340","originalSettlementDate":"20230718","originalPayCode":"134524350966727175","originalBatchNo":"000001","origialRetrievalRefNum":"00000000001W","originalTransactionAmount":"100","refundedAmount":"0","actualTransactionAmount":"100","amount":"100","merchantOrderId":"M1","orderId":"20230718111340000000000002","thirdPartyName":"微信钱包","originalRetrievalRefNum":"00000000001W","refundAmonunt":"0","orderStatus":"TRADE_REFUND"}
    {"errCode":"00","errInfo":"00000成功响应码","transactionTime":"111340","transactionDate":"0718","settlementDate":"0718","queryResCode":"00","dealDate":"20230718","dealTime":"111340","originalAmount":"40","dealType":"refund","dealRetrievalRefNum":"00000000002W","batchNo":"000001","originalTransactionDate":"0718","origialRetrievalRefNum":"00000000001W","refundInvoiceAmount":"40","originalSettlementDate":"20230718","refundPromotionList":"0|0|0","thirdPartyName":"微信钱包","refundOrderId":"20230718111340000000000003","refundTargetOrderId":"520230718111340000000000003"}
    "#);
}

#[tokio::test]
async fn a_fault_strikes_the_operation_that_is_named() {
    let simulator = simulator();
    let rule = FaultRule::named("fin-after-request-applied").unwrap();
    simulator
        .fault(rule.for_operation(SimulatedOperation::Refund))
        .unwrap();
    let order = pay(&simulator, "M1", 100).await;
    let body = request(json!({
        "originalOrderId": order, "refundRequestId": "R", "transactionAmount": 40,
    }));
    let mut stream = simulator.connect().unwrap();
    let sent = post(REFUND_PATH, &authorization(&body), &body);
    stream.write_all(sent.as_bytes()).await.unwrap();
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
    assert_eq!(
        query_refund(&simulator, &order, "R").await["queryResCode"],
        "00"
    );
    let early = FaultRule::named("refuse")
        .unwrap()
        .for_operation(SimulatedOperation::Pay);
    let error = simulator.fault(early).unwrap_err().to_string();
    assert!(error.contains("before the operation is known"), "{error}");
}

/// Every fault, on every operation: what it applied is in the book, and what it did not is not.
#[tokio::test(start_paused = true)]
async fn faults_strike_every_operation_alike() {
    let operations = [
        (PAY_PATH, payment("M", 100, WALLET_CODE), 0),
        (
            REFUND_PATH,
            request(
                json!({ "originalOrderId": "A", "refundRequestId": "R", "transactionAmount": 40 }),
            ),
            0,
        ),
        (VOID_PATH, request(json!({ "originalOrderId": "A" })), 0),
        (QUERY_PATH, request(json!({ "originalOrderId": "A" })), 1),
        (
            QUERY_REFUND_PATH,
            request(json!({ "originalOrderId": "A", "refundRequestId": "R" })),
            1,
        ),
        (
            PREAUTHORIZE_PATH,
            request(json!({
                "systemTraceNum": "000002", "transactionAmount": 70, "transactionCurrencyCode": "156",
                "payMode": "CODE_SCAN", "payCode": WALLET_CODE,
            })),
            0,
        ),
        (
            QUICK_COMPLETE_AUTHORIZATION_PATH,
            request(json!({
                "systemTraceNum": "000002", "transactionAmount": 40, "transactionCurrencyCode": "156",
                "orderId": "H",
            })),
            0,
        ),
    ];
    let mut struck = 0;
    for spec in ums_simulator::FAULTS {
        // 100 MiB seven times over add nothing to what `faults` tests.
        if spec.needs_tls || spec.name == "refuse" || spec.name.starts_with("huge-body") {
            continue;
        }
        for (path, body, reads) in &operations {
            let simulator = Simulator::builder()
                .clock(now)
                .order(Order::paid("A").amount(100))
                .order(Order::held("H", "000001").amount(50))
                .build()
                .unwrap();
            let in_steps = spec
                .parameter
                .is_some_and(|number| number.unit == "milliseconds");
            let fast = match (in_steps, spec.late) {
                (true, _) => format!("{}@1", spec.name),
                (false, true) => format!("{}@0", spec.name),
                (false, false) => spec.name.to_owned(),
            };
            simulator.fault(fast.as_str()).unwrap();
            let mut stream = simulator.connect().unwrap();
            let sent = post(path, &authorization(body), body);
            let talk = async {
                let _ = stream.write_all(sent.as_bytes()).await;
                let mut bytes = [0; 4096];
                // A flood is left after a while.
                for _ in 0..100 {
                    if !matches!(stream.read(&mut bytes).await, Ok(1..)) {
                        break;
                    }
                }
            };
            // Long enough for every fault that ends.
            let _ = timeout(Duration::from_secs(5), talk).await;
            drop(stream);
            let expected = u64::from(spec.applied && *reads == 0);
            let totals = simulator.ledger().until(|totals| totals.waiting == 0).await;
            assert_eq!(totals.applied, expected, "{} {path}", spec.name);
            let orders = simulator.orders().list();
            let balance: u64 = orders.iter().map(Order::balance).sum();
            let held: u64 = orders.iter().map(Order::held_amount).sum();
            let change = match *path {
                _ if expected == 0 => (100, 50),
                PAY_PATH => (200, 50),
                REFUND_PATH => (60, 50),
                PREAUTHORIZE_PATH => (100, 120),
                QUICK_COMPLETE_AUTHORIZATION_PATH => (140, 0),
                _ => (0, 50),
            };
            assert_eq!((balance, held), change, "{} {path}", spec.name);
            struck += 1;
        }
    }
    assert_eq!(struck, 7 * 277);
}

fn at(path: &std::path::Path) -> ums_simulator::Builder {
    Simulator::builder()
        .clock(now)
        .order(Order::paid("A").amount(100))
        .terminal(Simulator::DEMO_MERCHANT_CODE, "87654321")
        .state_file(path)
}

#[tokio::test]
async fn the_book_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    let first = at(&path).build().unwrap();
    let order = pay(&first, "M1", 250).await;
    let refunded = refund(&first, &order, "R", 50).await.json();
    assert_eq!(void(&first, "A").await, "00");
    let silent = payment("M2", 1, "99110000000001");
    let mut stream = first.connect().unwrap();
    let sent = post(PAY_PATH, &authorization(&silent), &silent);
    stream.write_all(sent.as_bytes()).await.unwrap();
    first
        .ledger()
        .until(|totals| totals.complete_requests == 4)
        .await;
    assert_eq!(query(&first, json!({ "merchantOrderId": "M2" })).await, "1");
    first.orders().next_trading_day().unwrap();
    let (list, day) = (first.orders().list(), first.orders().trading_day());
    drop((first, stream));

    let second = at(&path).order(Order::paid("B")).build().unwrap();
    let added = second.orders().find("B").unwrap();
    assert_eq!(added.trading_day, TradingDay::On(day));
    let kept: Vec<_> = second
        .orders()
        .list()
        .into_iter()
        .filter(|order| order.order_id != "B")
        .collect();
    assert_eq!(kept, list);
    assert_eq!(second.orders().trading_day(), day);
    assert_eq!(refund(&second, &order, "R", 50).await.json(), refunded);
    let yesterday = json!({ "merchantOrderId": "M2", "oriTransDate": "20230718" });
    assert_eq!(query(&second, yesterday.clone()).await, "1");
    assert_eq!(query(&second, yesterday).await, "5");
    let elsewhere = payment("M3", 1, WALLET_CODE).replace("12340511", "87654321");
    assert_eq!(call(&second, PAY_PATH, &elsewhere).await.err_code(), "00");
}

#[tokio::test]
async fn a_damaged_state_file_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.json");
    std::fs::write(&path, r#"{"format": "ums-simulator-state-1", "days": 0, "references": 0, "terminals": {}, "orders": [{"orderID": "A"}]}"#).unwrap();
    let BuildError::StateFile(error) = at(&path).build().unwrap_err() else {
        panic!("another error");
    };
    let mut lines = vec![error.to_string().replace(path.to_str().unwrap(), "FILE")];
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        lines.push(cause.to_string());
        source = cause.source();
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    state file FILE cannot be used
    it is not what a simulator wrote: mend it, or move it away to begin anew
    key orders[0].orderID is not known; the keys are orderId, merchantOrderId, merchantCode, terminalCode, amount, state, tradingDay, payTime, payCode, retrievalRefNum, timedOutQueries, becomes, queryNeeded, refunds, hold; given: "A"
    "#);
}

/// What cannot be kept is not done, and not said to be done.
#[tokio::test]
async fn a_change_that_cannot_be_kept_is_not_made() {
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("below");
    std::fs::create_dir(&below).unwrap();
    let simulator = at(&below.join("state.json")).build().unwrap();
    std::fs::remove_dir_all(&below).unwrap();
    assert_eq!(void(&simulator, "A").await, "9999");
    assert_eq!(
        simulator.orders().find("A").unwrap().state,
        OrderState::Paid
    );
    let reply = call(&simulator, PAY_PATH, &payment("M1", 1, WALLET_CODE)).await;
    assert_eq!(reply.err_code(), "9999");
    assert_eq!(simulator.orders().list().len(), 1);
    assert!(simulator.orders().next_trading_day().is_err());
    assert_eq!(simulator.orders().trading_day().to_string(), "2023-07-18");
    assert_eq!(simulator.ledger().totals().applied, 0);
    // A query changes nothing, and is answered.
    assert_eq!(
        query(&simulator, json!({ "originalOrderId": "A" })).await,
        "0"
    );
}

#[tokio::test]
async fn the_day_is_moved_by_a_control_call() {
    let any_port: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let running = Simulator::builder()
        .clock(now)
        .control(any_port)
        .start()
        .await
        .unwrap();
    let control = async |method: &str, body: &str| {
        let url = running.control_url().unwrap();
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let call = format!(
            "{method} /simulator/trading-day HTTP/1.1\r\nHost: {address}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(call.as_bytes()).await.unwrap();
        crate::raw::read_reply(&mut stream).await.text()
    };
    let answers = [
        control("GET", "").await,
        control("POST", r#"{"tradingDay":"next"}"#).await,
        control("POST", r#"{"tradingDay":"20231231"}"#).await,
        control("POST", r#"{"tradingDay":"20231301"}"#).await,
        control("POST", r#"{"day":"next"}"#).await,
        control("GET", "").await,
    ];
    insta::assert_snapshot!(answers.join("\n"), @r#"
    {"tradingDay":"20230718"}
    {"tradingDay":"20230719"}
    {"tradingDay":"20231231"}
    {"error":"tradingDay must be \"next\" or a date as yyyyMMdd"}
    {"error":"this is no trading day: unknown field `day`, expected `tradingDay` at line 1 column 6"}
    {"tradingDay":"20231231"}
    "#);
}

/// A signature is held against the clock, wherever the trading day is.
#[tokio::test]
async fn the_moved_day_does_not_move_the_clock() {
    let simulator = simulator();
    simulator.orders().next_trading_day().unwrap();
    let body = payment("M1", 1, WALLET_CODE);
    let tomorrow: DateTime<Utc> = now() + Duration::from_secs(24 * 3600);
    let stamp = tomorrow.format("%Y%m%d191340").to_string();
    let header = authorization_with(Simulator::DEMO_APP_ID, &stamp, "n-tomorrow", &body);
    let mut stream = simulator.connect().unwrap();
    let reply = exchange(&mut stream, &post(PAY_PATH, &header, &body)).await;
    assert_eq!(reply.err_code(), "1000");
    let order = pay(&simulator, "M1", 1).await;
    assert!(order.starts_with("20230719"), "{order}");
}

//! What shops really meet: payments that wait, ids used twice, days that end, and orders taken
//! back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::raw::{Reply, authorization_with, exchange, now, post, signed_with};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;
use ums_simulator::{
    ACTIVATE_PATH, Accounts, Builder, LateQuery, Order, OrderState, PAY_PATH, PendingVoid,
    QUERY_PATH, QUERY_REFUND_PATH, REFUND_PATH, REVERSE_PATH, Simulator, TradingDay, VOID_PATH,
};

const WALLET_CODE: &str = "134524350966727175";

/// A simulator whose clock a test sets, in seconds from the usual time.
struct Shop {
    simulator: Simulator,
    seconds: Arc<AtomicI64>,
}

impl Shop {
    fn new() -> Self {
        Self::of(Simulator::builder())
    }

    fn of(builder: Builder) -> Self {
        let seconds = Arc::new(AtomicI64::new(0));
        let read = Arc::clone(&seconds);
        let clock = move || now() + TimeDelta::seconds(read.load(Ordering::Relaxed));
        let simulator = builder.clock(clock).build().unwrap();
        Self { simulator, seconds }
    }

    /// Sets the time of day, in UTC+8.
    fn at(&self, time: &str) {
        let at: DateTime<Utc> = format!("2023-07-18T{time}+08:00").parse().unwrap();
        let seconds = (at - now()).num_seconds();
        self.seconds.store(seconds, Ordering::Relaxed);
    }

    fn request(&self, path: &str, fields: Value) -> String {
        let mut body = json!({
            "merchantCode": Simulator::DEMO_MERCHANT_CODE,
            "terminalCode": Simulator::DEMO_TERMINAL_CODE,
        });
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let body = body.to_string();
        let time = now() + TimeDelta::seconds(self.seconds.load(Ordering::Relaxed) + 8 * 3600);
        static NONCE: AtomicI64 = AtomicI64::new(0);
        let nonce = NONCE.fetch_add(1, Ordering::Relaxed).to_string();
        let timestamp = time.format("%Y%m%d%H%M%S").to_string();
        let header = authorization_with(Simulator::DEMO_APP_ID, &timestamp, &nonce, &body);
        post(path, &header, &body)
    }

    async fn call(&self, path: &str, fields: Value) -> Reply {
        let request = self.request(path, fields);
        exchange(&mut self.simulator.connect().unwrap(), &request).await
    }

    async fn code(&self, path: &str, fields: Value) -> String {
        self.call(path, fields).await.err_code()
    }

    async fn pay(&self, id: &str, amount: u64, pay_code: &str) -> Reply {
        self.call(PAY_PATH, payment(id, amount, pay_code)).await
    }

    /// Pays by a code that gets no answer.
    async fn pay_silently(&self, id: &str, pay_code: &str) {
        let request = self.request(PAY_PATH, payment(id, 100, pay_code));
        let mut stream = self.simulator.connect().unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let known = self.simulator.ledger();
        let before = known.totals().complete_requests;
        known
            .until(|totals| totals.complete_requests > before)
            .await;
    }

    async fn query(&self, id: &str) -> String {
        let reply = self.call(QUERY_PATH, by_id(id)).await.json();
        let state = reply["queryResCode"].as_str();
        state.map_or_else(|| format!("refused {}", reply["errCode"]), str::to_owned)
    }

    async fn refund(&self, fields: Value, refund: &str) -> String {
        let mut fields = fields;
        fields["refundRequestId"] = refund.into();
        fields["transactionAmount"] = 1.into();
        self.code(REFUND_PATH, fields).await
    }

    fn order(&self, id: &str) -> Order {
        let orders = self.simulator.orders();
        let order = orders.find_merchant_order(Simulator::DEMO_MERCHANT_CODE, id);
        order.unwrap()
    }
}

fn payment(id: &str, amount: u64, pay_code: &str) -> Value {
    json!({
        "merchantOrderId": id,
        "transactionAmount": amount,
        "transactionCurrencyCode": "156",
        "merchantRemark": "测试",
        "payMode": "CODE_SCAN",
        "payCode": pay_code,
    })
}

fn by_id(id: &str) -> Value {
    json!({ "merchantOrderId": id })
}

#[tokio::test]
async fn an_answer_that_the_payer_still_confirms_says_so() {
    let shop = Shop::new();
    let reply = shop.pay("M1", 100, "993000300000000001").await.json();
    assert_eq!(
        (&reply["errCode"], &reply["autoQueryFlag"]),
        (&json!("00"), &json!("Y"))
    );
    assert!(reply["orderId"].is_string());
    let paid = shop.pay("M2", 100, WALLET_CODE).await.json();
    assert_eq!(paid.get("autoQueryFlag"), None);
}

#[tokio::test]
async fn a_payment_that_waits_for_no_second_is_decided_at_once() {
    let shop = Shop::new();
    for (id, pay_code, state) in [
        ("M1", "993000000000000001", OrderState::Paid),
        ("M2", "993100000000000001", OrderState::Failed),
    ] {
        let reply = shop.pay(id, 100, pay_code).await.json();
        assert_eq!(reply.get("autoQueryFlag"), None, "{id}");
        let order = shop.order(id);
        assert_eq!((order.state, order.becomes), (state, None), "{id}");
    }
    let totals = shop.simulator.ledger().totals();
    assert_eq!((totals.applied, totals.waiting), (1, 0));
}

#[tokio::test]
async fn a_customer_without_money_is_told_so_in_words() {
    let shop = Shop::new();
    for (id, pay_code, code) in [("M1", "99ER", "ER"), ("M2", "9951", "51")] {
        let reply = shop.pay(id, 100, pay_code).await.json();
        assert_eq!(
            (&reply["errCode"], &reply["errInfo"]),
            (&code.into(), &json!("余额不足"))
        );
        let queried = shop.call(QUERY_PATH, by_id(id)).await.json();
        assert_eq!(queried["queryResCode"], "5", "{id}");
        assert_eq!(queried["queryResDesc"], "失败:余额不足", "{id}");
    }
    shop.pay("M3", 100, "9961").await;
    let queried = shop.call(QUERY_PATH, by_id("M3")).await.json();
    assert_eq!(queried["queryResDesc"], "失败:交易被拒绝");
}

/// The void finds nothing, and the payment is made afterwards.
#[tokio::test(start_paused = true)]
async fn a_payment_is_made_after_its_void_found_nothing() {
    let shop = Shop::new();
    shop.pay_silently("M1", "994000300000000001").await;
    assert_eq!(shop.query("M1").await, "refused \"25\"");
    assert_eq!(shop.code(VOID_PATH, by_id("M1")).await, "25");
    assert_eq!(shop.refund(by_id("M1"), "R").await, "25");
    // The id is used all the same.
    assert_eq!(shop.pay("M1", 100, WALLET_CODE).await.err_code(), "94");
    sleep(Duration::from_secs(30)).await;
    assert_eq!(shop.query("M1").await, "0");
    assert_eq!(shop.order("M1").balance(), 100);
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_back_while_it_waits_is_never_paid() {
    for path in [VOID_PATH, REVERSE_PATH] {
        let shop = Shop::of(Simulator::builder().pending_void(PendingVoid::Approve));
        shop.pay("M1", 100, "993000300000000001").await;
        assert_eq!(shop.simulator.ledger().totals().waiting, 1);
        assert_eq!(shop.code(path, by_id("M1")).await, "00", "{path}");
        // The ledger hears at once that nothing comes of the payment.
        assert_eq!(shop.simulator.ledger().totals().waiting, 0);
        let said = shop.query("M1").await;
        sleep(Duration::from_secs(60)).await;
        assert_eq!(shop.query("M1").await, said, "{path}");
        assert_eq!(said, if path == VOID_PATH { "2" } else { "4" });
        assert_eq!(shop.order("M1").balance(), 0);
        let record = shop.simulator.ledger().requests().remove(0);
        assert_eq!((record.waiting, record.applied), (false, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_void_that_is_refused_while_the_payer_confirms_stops_nothing() {
    for (choice, code) in [
        (None, "57"),
        (Some(PendingVoid::NotAllowed), "57"),
        (Some(PendingVoid::NotFound), "25"),
    ] {
        let builder = Simulator::builder();
        let shop = Shop::of(match choice {
            None => builder,
            Some(choice) => builder.pending_void(choice),
        });
        shop.pay_silently("M1", "992000300000000001").await;
        assert_eq!(shop.code(VOID_PATH, by_id("M1")).await, code);
        sleep(Duration::from_secs(31)).await;
        assert_eq!(shop.query("M1").await, "0");
        // By then it can be voided.
        assert_eq!(shop.code(VOID_PATH, by_id("M1")).await, "00");
    }
}

#[tokio::test]
async fn an_order_id_is_one_customers_whoever_uses_it_again() {
    let shop = Shop::of(
        Simulator::builder()
            .terminal(Simulator::DEMO_MERCHANT_CODE, Simulator::DEMO_TERMINAL_CODE)
            .terminal("900000000000000", "00000001"),
    );
    shop.at("09:00:00");
    assert_eq!(shop.pay("M1", 4160, WALLET_CODE).await.err_code(), "00");
    shop.at("10:30:00");
    // Another customer, another code, even another amount.
    let second = shop.pay("M1", 4160, "285668667587422761").await;
    assert_eq!(second.err_code(), "94");
    assert_eq!(shop.pay("M1", 1, WALLET_CODE).await.err_code(), "94");
    let mut elsewhere = payment("M1", 4160, WALLET_CODE);
    elsewhere["merchantCode"] = "900000000000000".into();
    elsewhere["terminalCode"] = "00000001".into();
    assert_eq!(shop.code(PAY_PATH, elsewhere.clone()).await, "94");
    elsewhere["merchantOrderId"] = "M2".into();
    assert_eq!(shop.code(PAY_PATH, elsewhere).await, "00");

    // A query speaks of the first payment: its time and its code tell.
    let queried = shop.call(QUERY_PATH, by_id("M1")).await.json();
    assert_eq!(queried["queryResCode"], "0");
    assert_eq!(queried["originalTransactionTime"], "20230718090000");
    assert_eq!(queried["originalPayCode"], WALLET_CODE);
    assert_eq!(shop.simulator.ledger().totals().applied, 2);
}

#[tokio::test]
async fn from_23_on_everything_is_settled_the_next_day() {
    for (time, settled) in [("22:59:59", "20230718"), ("23:00:00", "20230719")] {
        let shop = Shop::new();
        shop.at(time);
        let paid = shop.pay("M1", 100, WALLET_CODE).await.json();
        let mut refund = by_id("M1");
        refund["refundRequestId"] = "R".into();
        refund["transactionAmount"] = 1.into();
        let refunded = shop.call(REFUND_PATH, refund.clone()).await.json();
        let of_refund = shop.call(QUERY_REFUND_PATH, refund).await.json();
        shop.pay("M2", 100, WALLET_CODE).await;
        let voided = shop.call(VOID_PATH, by_id("M2")).await.json();
        for (what, reply) in [("pay", &paid), ("refund", &refunded), ("void", &voided)] {
            assert_eq!(
                reply["transactionDateWithYear"], "20230718",
                "{what} {time}"
            );
            assert_eq!(reply["transactionDate"], "0718", "{what} {time}");
            assert_eq!(reply["settlementDateWithYear"], settled, "{what} {time}");
            assert_eq!(reply["settlementDate"], &settled[4..], "{what} {time}");
        }
        assert_eq!(of_refund["settlementDate"], &settled[4..], "{time}");
        assert_eq!(of_refund["originalSettlementDate"], settled, "{time}");
        // The payment's own day of settlement, whenever one asks.
        shop.at("23:30:00");
        let mut refund = by_id("M1");
        refund["refundRequestId"] = "R".into();
        let later = shop.call(QUERY_REFUND_PATH, refund).await.json();
        assert_eq!(later["originalSettlementDate"], settled, "{time}");
        shop.at(time);
        let queried = shop.call(QUERY_PATH, by_id("M1")).await.json();
        assert_eq!(queried["originalSettlementDate"], settled, "{time}");
        assert!(
            queried["originalTransactionTime"]
                .as_str()
                .unwrap()
                .starts_with("20230718")
        );
    }
}

#[tokio::test]
async fn a_payment_without_a_clear_answer_must_be_queried_before_it_is_refunded_by_its_own_id() {
    let shop = Shop::new();
    shop.pay_silently("M1", "991000000000000001").await;
    let order = json!({ "originalOrderId": shop.order("M1").order_id });
    // Nobody has asked, and then only `1` was said: not definite.
    assert_eq!(shop.refund(by_id("M1"), "R1").await, "57");
    assert_eq!(shop.query("M1").await, "1");
    assert_eq!(shop.query("M1").await, "1");
    assert_eq!(shop.refund(by_id("M1"), "R1").await, "57");
    // The platform's own id is not bound by the rule.
    assert_eq!(shop.refund(order, "R0").await, "00");
    assert_eq!(shop.query("M1").await, "3");
    assert_eq!(shop.refund(by_id("M1"), "R1").await, "00");
}

#[tokio::test]
async fn an_answer_that_a_fault_took_away_is_no_clear_one() {
    for (fault, needed) in [
        ("silence-applied", true),
        ("status-504-applied", true),
        ("code-96-applied", true),
        ("fin-in-reply-applied@9", true),
        ("chunked-applied", false),
        ("fin-after-reply-applied", false),
    ] {
        let shop = Shop::new();
        shop.simulator.fault(fault).unwrap();
        shop.pay_silently("M1", WALLET_CODE).await;
        assert_eq!(shop.order("M1").query_needed, needed, "{fault}");
        let before = if needed { "57" } else { "00" };
        assert_eq!(shop.refund(by_id("M1"), "R1").await, before, "{fault}");
        shop.query("M1").await;
        assert!(!shop.order("M1").query_needed, "{fault}");
        assert_eq!(shop.refund(by_id("M1"), "R2").await, "00", "{fault}");
    }
}

/// The query must be of the payment's own day: a later one opens nothing.
#[tokio::test]
async fn a_query_that_comes_a_day_late_does_not_open_the_refund() {
    let shop = Shop::of(Simulator::builder().late_query(LateQuery::Answer));
    shop.simulator.fault("silence-applied").unwrap();
    shop.pay_silently("M1", WALLET_CODE).await;
    shop.simulator.orders().next_trading_day().unwrap();
    assert_eq!(shop.query("M1").await, "0");
    let named = json!({ "merchantOrderId": "M1", "oriTransDate": "20230718" });
    assert_eq!(shop.code(QUERY_PATH, named).await, "00");
    assert_eq!(shop.refund(by_id("M1"), "R1").await, "57");
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_was_executed_late_is_unclear_too() {
    let shop = Shop::new();
    shop.simulator.fault("status-504-applied-late@30").unwrap();
    assert_eq!(shop.pay("M1", 100, WALLET_CODE).await.status(), 504);
    assert_eq!(shop.query("M1").await, "refused \"25\"");
    sleep(Duration::from_secs(31)).await;
    assert_eq!(shop.refund(by_id("M1"), "R1").await, "57");
    assert_eq!(shop.query("M1").await, "0");
    assert_eq!(shop.refund(by_id("M1"), "R1").await, "00");
}

/// Executed late, and then it still waits for its payer: the ledger hears of the end.
#[tokio::test(start_paused = true)]
async fn a_late_payment_may_wait_in_its_turn() {
    let shop = Shop::new();
    shop.simulator.fault("status-504-applied-late@30").unwrap();
    shop.pay("M1", 100, "992000200000000001").await;
    for (seconds, query, waiting, applied) in [
        (1, "refused \"25\"", 1, 0),
        (30, "1", 1, 0),
        (20, "0", 0, 1),
    ] {
        sleep(Duration::from_secs(seconds)).await;
        assert_eq!(shop.query("M1").await, query);
        let totals = shop.simulator.ledger().totals();
        assert_eq!(
            (totals.waiting, totals.applied),
            (waiting, applied),
            "{query}"
        );
    }
    let record = shop.simulator.ledger().requests().remove(0);
    let waited = record.applied_us.unwrap() - record.complete_us.unwrap();
    assert_eq!(waited, 50_000_000);
}

#[tokio::test]
async fn a_query_of_another_day_proves_nothing() {
    let cases = [
        (None, "25", None),
        (Some(LateQuery::NotFound), "25", None),
        (Some(LateQuery::NoOriginal), "22", None),
        (Some(LateQuery::Unknown), "00", Some("FF")),
        (Some(LateQuery::Answer), "00", Some("0")),
    ];
    for (choice, code, state) in cases {
        let builder = Simulator::builder().order(
            Order::paid("A")
                .merchant_order_id("M1")
                .trading_day(TradingDay::Yesterday),
        );
        let shop = Shop::of(match choice {
            None => builder,
            Some(choice) => builder.late_query(choice),
        });
        for path in [QUERY_PATH, "/v2/poslink/transaction/query"] {
            let reply = shop.call(path, by_id("M1")).await.json();
            assert_eq!(reply["errCode"], code, "{choice:?} {path}");
            let said = reply.get("queryResCode").and_then(Value::as_str);
            assert_eq!(said, state, "{choice:?} {path}");
        }
        // The day named: its own opens the book, another one never does.
        let named = json!({ "merchantOrderId": "M1", "oriTransDate": "20230717" });
        let reply = shop.call(QUERY_PATH, named).await.json();
        assert_eq!(reply["queryResCode"], "0", "{choice:?}");
        let wrong = json!({ "merchantOrderId": "M1", "oriTransDate": "20230716" });
        let refused = shop.code(QUERY_PATH, wrong).await;
        assert!(
            ["22", "25"].contains(&refused.as_str()),
            "{choice:?} {refused}"
        );
    }
}

/// Faults that bend what queries say, and what a payment is answered about.
#[tokio::test]
async fn a_reply_about_something_else_names_it() {
    /// The fault, the path, and fields of the reply.
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, Value)]);
    let cases: &[Case<'_>] = &[
        (
            "other-order",
            QUERY_PATH,
            &[("orderId", json!("19700101000000000000000000"))],
        ),
        (
            "other-merchant-order",
            QUERY_PATH,
            &[("merchantOrderId", json!("19700101000000000000000001"))],
        ),
        (
            "other-merchant-order",
            PAY_PATH,
            &[("merchantOrderId", json!("19700101000000000000000001"))],
        ),
        (
            "other-amount",
            REFUND_PATH,
            &[("transactionAmount", json!("999999"))],
        ),
        (
            "other-refund",
            QUERY_REFUND_PATH,
            &[
                ("refundRequestId", json!("another-refund")),
                ("originalAmount", json!("1")),
            ],
        ),
        (
            "other-original-amount",
            QUERY_PATH,
            &[
                ("originalTransactionAmount", json!("999999")),
                ("amount", json!(100)),
            ],
        ),
        (
            "other-original-amount",
            QUERY_REFUND_PATH,
            &[("originalAmount", json!("999999"))],
        ),
        (
            "unreadable-original-amount",
            QUERY_PATH,
            &[("originalTransactionAmount", json!("1.00"))],
        ),
        (
            "unreadable-original-amount",
            QUERY_REFUND_PATH,
            &[("originalAmount", json!("1.00"))],
        ),
        (
            "no-original-time",
            QUERY_PATH,
            &[("originalTransactionTime", Value::Null)],
        ),
        ("query-res-57", QUERY_PATH, &[("queryResCode", json!("57"))]),
        (
            "query-res-57",
            QUERY_REFUND_PATH,
            &[("queryResCode", json!("57"))],
        ),
        (
            "query-res-5131016",
            QUERY_PATH,
            &[("queryResCode", json!("5131016"))],
        ),
        (
            "query-res-5-words",
            QUERY_PATH,
            &[("queryResCode", json!("5失败:余额不足"))],
        ),
    ];
    for (fault, path, fields) in cases {
        let shop = Shop::new();
        shop.pay("M1", 100, WALLET_CODE).await;
        assert_eq!(shop.refund(by_id("M1"), "R1").await, "00");
        shop.simulator
            .fault(format!("{fault}-applied").as_str())
            .unwrap();
        let request = match *path {
            PAY_PATH => payment("M2", 100, WALLET_CODE),
            _ => json!({
                "merchantOrderId": "M1", "refundRequestId": "R2", "transactionAmount": 2,
            }),
        };
        let request = match *path {
            QUERY_REFUND_PATH => json!({ "merchantOrderId": "M1", "refundRequestId": "R1" }),
            _ => request,
        };
        let reply = shop.call(path, request).await.json();
        assert_eq!(reply["errCode"], "00", "{fault} {path}");
        for (name, value) in *fields {
            assert_eq!(
                reply.get(name).unwrap_or(&Value::Null),
                value,
                "{fault} {path} {name}"
            );
        }
    }
    // A refusal can be about something else too.
    let shop = Shop::new();
    shop.simulator.fault("other-merchant-order").unwrap();
    let reply = shop.pay("M1", 100, WALLET_CODE).await.json();
    assert_eq!(reply["errCode"], "57");
    assert_eq!(reply["merchantOrderId"], "19700101000000000000000001");
}

#[tokio::test]
async fn a_reversal_takes_a_payment_back_as_often_as_one_likes() {
    let shop = Shop::new();
    shop.pay("M1", 100, WALLET_CODE).await;
    let wrong = json!({ "merchantOrderId": "M1", "transactionAmount": 99 });
    assert_eq!(shop.code(REVERSE_PATH, wrong).await, "64");
    let right = json!({ "merchantOrderId": "M1", "transactionAmount": "100" });
    for _ in 0..2 {
        let reply = shop.call(REVERSE_PATH, right.clone()).await.json();
        assert_eq!(reply["errCode"], "00");
        assert_eq!(reply["orderId"], shop.order("M1").order_id.as_str());
    }
    assert_eq!(shop.query("M1").await, "4");
    assert_eq!(shop.code(VOID_PATH, by_id("M1")).await, "22");
    assert_eq!(shop.code(REVERSE_PATH, by_id("M2")).await, "25");
    let totals = shop.simulator.ledger().totals();
    assert_eq!(totals.applied, 2, "the payment and one reversal");
    let state = shop.order("M1").state;
    assert_eq!(state, OrderState::Reversed);
}

#[tokio::test]
async fn a_reversal_is_of_the_same_day() {
    let shop = Shop::new();
    shop.pay("M1", 100, WALLET_CODE).await;
    shop.simulator.orders().next_trading_day().unwrap();
    assert_eq!(shop.code(REVERSE_PATH, by_id("M1")).await, "57");
}

#[tokio::test]
async fn terminals_are_activated_at_v1_and_v2() {
    let shop = Shop::new();
    let orders = shop.simulator.orders();
    let (merchant, terminal) = (Simulator::DEMO_MERCHANT_CODE, Simulator::DEMO_TERMINAL_CODE);
    let v1 = "/v1/poslink/transaction/activeterminal";
    let trace = json!({ "systemTraceNum": "000001" });
    assert_eq!(shop.code(v1, json!({})).await, "9001");
    let other = json!({ "terminalCode": "00000009" });
    assert_eq!(shop.code(ACTIVATE_PATH, other).await, "97");
    let other = json!({ "merchantCode": "9" });
    assert_eq!(shop.code(ACTIVATE_PATH, other).await, "03");
    assert!(!orders.is_activated(merchant, terminal));
    for (path, fields) in [(ACTIVATE_PATH, json!({})), (v1, trace)] {
        assert_eq!(shop.code(path, fields).await, "00", "{path}");
        assert!(orders.is_activated(merchant, terminal), "{path}");
    }
    assert!(!orders.is_activated(merchant, "00000009"));
    // It is no payment.
    assert_eq!(shop.simulator.ledger().totals().applied, 0);
}

#[tokio::test]
async fn the_refund_query_is_taken_in_both_spellings() {
    let shop = Shop::new();
    shop.pay("M1", 100, WALLET_CODE).await;
    shop.refund(by_id("M1"), "R1").await;
    let asked = json!({ "merchantOrderId": "M1", "refundRequestId": "R1" });
    for path in [
        "/v2/poslink/transaction/query-refund",
        "/v2/poslink/transaction/queryrefund",
    ] {
        let reply = shop.call(path, asked.clone()).await.json();
        assert_eq!(reply["queryResCode"], "00", "{path}");
    }
    let at_v6 = shop
        .call("/v6/poslink/transaction/queryrefund", asked)
        .await;
    assert_eq!(at_v6.status(), 404);
}

#[tokio::test]
async fn any_merchant_is_known_where_that_was_asked_for() {
    for any in [false, true] {
        let builder = Simulator::builder();
        let shop = Shop::of(if any { builder.any_merchant() } else { builder });
        let mut payment = payment("M1", 100, WALLET_CODE);
        payment["merchantCode"] = "900000000000001".into();
        payment["terminalCode"] = "T0000001".into();
        let expected = if any { "00" } else { "03" };
        assert_eq!(shop.code(PAY_PATH, payment).await, expected);
        let other = json!({ "terminalCode": "T0000009", "merchantOrderId": "M9" });
        let expected = if any { "25" } else { "97" };
        assert_eq!(shop.code(QUERY_PATH, other).await, expected);
    }
}

#[tokio::test]
async fn a_full_book_takes_no_further_payment_and_keeps_what_it_has() {
    let shop = Shop::of(Simulator::builder().most_orders(2));
    let mut codes = Vec::new();
    for number in 0..4 {
        let paid = payment(&format!("FULL{number}"), 100, WALLET_CODE);
        codes.push(shop.code(PAY_PATH, paid).await);
    }
    assert_eq!(codes, ["00", "00", "57", "57"]);
    assert_eq!(shop.simulator.orders().list().len(), 2);
}

/// Two teams, and a third that may act for all: each signs with its own key, for its own merchants.
#[tokio::test]
async fn teams_keep_to_their_own_merchants() {
    let accounts = r#"
        [[app]]
        app_id = "team-a"
        app_key = "key-a"
        [[app.merchant]]
        merchant_code = "A"
        terminal_codes = ["1", "2"]
        [[app.merchant]]
        merchant_code = "A2"
        terminal_code = "1"
        [[app]]
        app_id = "team-b"
        app_key = "key-b"
        [[app.merchant]]
        merchant_code = "B"
        terminal_code = "1"
        [[app]]
        app_id = "auditor"
        app_key = "key-c"
    "#;
    let accounts = Accounts::parse(accounts, std::path::Path::new("")).unwrap();
    let simulator = Simulator::builder()
        .clock(now)
        .accounts(accounts)
        .build()
        .unwrap();
    let mut nonce = 0;
    for (app_id, app_key, merchant, terminal, code) in [
        ("team-a", "key-a", "A", "1", "25"),
        ("team-a", "key-a", "A", "2", "25"),
        ("team-a", "key-a", "A", "3", "97"),
        ("team-a", "key-a", "A2", "1", "25"),
        ("team-a", "key-a", "B", "1", "1001"),
        ("team-b", "key-b", "B", "1", "25"),
        ("team-b", "key-b", "A", "1", "1001"),
        ("auditor", "key-c", "A", "1", "25"),
        ("auditor", "key-c", "B", "1", "25"),
        ("auditor", "key-c", "C", "1", "03"),
        ("team-a", "key-b", "A", "1", "1000"),
        (
            Simulator::DEMO_APP_ID,
            Simulator::DEMO_APP_KEY,
            "A",
            "1",
            "1000",
        ),
    ] {
        nonce += 1;
        let body = json!({
            "merchantCode": merchant, "terminalCode": terminal, "merchantOrderId": "M",
        })
        .to_string();
        let header = signed_with(app_key, app_id, "20230718111340", &nonce.to_string(), &body);
        let mut stream = simulator.connect().unwrap();
        let reply = exchange(&mut stream, &post(VOID_PATH, &header, &body)).await;
        assert_eq!(reply.err_code(), code, "{app_id} {merchant} {terminal}");
        let gateway_code = ["1000", "1001"].contains(&code);
        assert_eq!(reply.status(), if gateway_code { 412 } else { 200 });
    }
}

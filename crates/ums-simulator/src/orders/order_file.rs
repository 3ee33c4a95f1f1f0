//! Reads orders from JSON, from a file or a control call, and names the key that is wrong.
//!
//! Walked by hand rather than derived, so that an error can name the whole key (`orders[2].amount`)
//! and the rule, not only a line.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};

use crate::book::hold::{Hold, HoldEnd};
use crate::book::order::{Becomes, Order, OrderRefund, OrderState, TradingDay};
use crate::clock::{read_day, read_time};

/// Reads `{"orders": [{"orderId": "…", …}, …]}`.
///
/// | key | value | when absent |
/// |---|---|---|
/// | `orderId` | UMS order id, 1 to 50 characters | required |
/// | `merchantOrderId` | 1 to 50 characters | none |
/// | `merchantCode` | 1 to 15 characters | the demo merchant |
/// | `terminalCode` | 1 to 8 characters | the demo terminal |
/// | `amount` | whole number of fen | 1 |
/// | `state` | `paid`, `voided`, `refunded`, `failed`, `reversed`, `unknown`, `pending`, `unseen`, `held`, `completing` or `completed` | `paid`, of a hold `held` |
/// | `tradingDay` | `today`, `yesterday` or `yyyyMMdd` | `today` |
/// | `payTime` | `HHmmss` | none |
/// | `payCode` | 1 to 128 characters | none |
/// | `retrievalRefNum` | 1 to 12 characters | none |
/// | `timedOutQueries` | how many queries say `1` 超时 first | 0 |
/// | `becomes` | `{"state": …, "waitMs": …}`: what becomes of it by itself, and after how many milliseconds | nothing |
/// | `queryNeeded` | whether it must be queried before it can be refunded by merchant order id | `false` |
/// | `refunds` | list of `refundRequestId`, `amount`, `refundOrderId`, `retrievalRefNum`, `tradingDay` (`yyyyMMdd`), `refundTime` (`HHmmss`), each required | none |
/// | `hold` | of a hold (担保): `systemTraceNum` (6 digits, required), `authorizationCode` (1 to 12 characters; as [`Hold::new`] says when absent) and, once it was completed or voided, `endedBy`: `terminalCode`, `systemTraceNum`, `amount`, `retrievalRefNum`, `tradingDay` (`yyyyMMdd`), `endTime` (`HHmmss`), each required | it is a payment |
///
/// # Errors
///
/// Returns an error if the document breaks a rule; it names the key, the rule and what was given.
pub fn parse_orders(json: &[u8]) -> Result<Vec<Order>, OrdersError> {
    let document: Value = serde_json::from_slice(json).map_err(OrdersError::Json)?;
    let root = object(&document, "the document")?;
    known_keys(root, "", &["orders"])?;
    let list = root
        .get("orders")
        .and_then(Value::as_array)
        .ok_or_else(|| {
            OrdersError::key("orders", "must be a list of orders", root.get("orders"))
        })?;
    list.iter()
        .enumerate()
        .map(|(index, order)| parse_order(&format!("orders[{index}]"), order))
        .collect()
}

/// Reads such a document from a file.
///
/// # Errors
///
/// Returns an error if the file cannot be read or breaks a rule; it names the file, and the source
/// says what is wrong in it.
pub fn read_orders(path: &Path) -> Result<Vec<Order>, OrdersFileError> {
    std::fs::read(path)
        .map_err(OrdersError::Read)
        .and_then(|json| parse_orders(&json))
        .map_err(|source| OrdersFileError {
            path: path.to_owned(),
            source,
        })
}

/// An orders file that could not be used.
#[derive(Debug, thiserror::Error)]
#[error("orders file {} cannot be used", path.display())]
#[non_exhaustive]
pub struct OrdersFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub source: OrdersError,
}

/// What is wrong with a document of orders.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrdersError {
    /// The document is not JSON; the source names line and column.
    #[error("it is not JSON")]
    Json(#[source] serde_json::Error),
    /// A value breaks a rule.
    #[error("key {key} {rule}; given: {given}")]
    #[non_exhaustive]
    Key {
        /// The key with its whole path, such as `orders[2].amount`.
        key: String,
        /// The rule it breaks.
        rule: String,
        /// What was given, shortened and escaped.
        given: String,
    },
    /// The file could not be read.
    #[error("it cannot be read")]
    Read(#[source] std::io::Error),
}

impl OrdersError {
    pub(crate) fn key(
        key: impl Into<String>,
        rule: impl Into<String>,
        given: Option<&Value>,
    ) -> Self {
        Self::Key {
            key: key.into(),
            rule: rule.into(),
            given: given.map_or_else(|| "nothing".to_owned(), shown),
        }
    }
}

const KEYS: [&str; 15] = [
    "orderId",
    "merchantOrderId",
    "merchantCode",
    "terminalCode",
    "amount",
    "state",
    "tradingDay",
    "payTime",
    "payCode",
    "retrievalRefNum",
    "timedOutQueries",
    "becomes",
    "queryNeeded",
    "refunds",
    "hold",
];

const BECOMES_KEYS: [&str; 2] = ["state", "waitMs"];

const REFUND_KEYS: [&str; 6] = [
    "refundRequestId",
    "amount",
    "refundOrderId",
    "retrievalRefNum",
    "tradingDay",
    "refundTime",
];

const HOLD_KEYS: [&str; 3] = ["systemTraceNum", "authorizationCode", "endedBy"];

const HOLD_END_KEYS: [&str; 6] = [
    "terminalCode",
    "systemTraceNum",
    "amount",
    "retrievalRefNum",
    "tradingDay",
    "endTime",
];

/// Reads one order; `at` is where it stands in the document.
pub(crate) fn parse_order(at: &str, value: &Value) -> Result<Order, OrdersError> {
    let fields = object(value, at)?;
    known_keys(fields, at, &KEYS)?;
    let text = |key: &str, max: usize| text(fields, at, key, max);
    let mut order = Order::paid(required(fields, at, "orderId", text("orderId", 50)?)?);
    order.merchant_order_id = text("merchantOrderId", 50)?.map(str::to_owned);
    if let Some(code) = text("merchantCode", 15)? {
        order = order.merchant_code(code);
    }
    if let Some(code) = text("terminalCode", 8)? {
        order = order.terminal_code(code);
    }
    if let Some(amount) = whole(fields, at, "amount")? {
        order.amount = amount;
    }
    if let Some(hold) = fields.get("hold") {
        order.hold = Some(parse_hold(&format!("{at}.hold"), hold)?);
        order.state = OrderState::Held;
    }
    if let Some(state) = read(fields, at, "state", &state_rule(), state_of)? {
        order.state = fitting(fields, at, &order, state)?;
    }
    let rule = "must be \"today\", \"yesterday\" or a date as yyyyMMdd";
    if let Some(day) = read(fields, at, "tradingDay", rule, day_of)? {
        order.trading_day = day;
    }
    order.pay_time = read(fields, at, "payTime", TIME_RULE, read_time)?;
    order.pay_code = text("payCode", 128)?.map(str::to_owned);
    order.retrieval_ref_num = text("retrievalRefNum", 12)?.map(str::to_owned);
    let queries = whole(fields, at, "timedOutQueries")?.unwrap_or(0);
    order.timed_out_queries = u32::try_from(queries).unwrap_or(u32::MAX);
    if let Some(becomes) = fields.get("becomes") {
        let at = format!("{at}.becomes");
        let fields = object(becomes, &at)?;
        known_keys(fields, &at, &BECOMES_KEYS)?;
        let state = read(fields, &at, "state", &state_rule(), state_of)?;
        let wait = required(fields, &at, "waitMs", whole(fields, &at, "waitMs")?)?;
        let state = required(fields, &at, "state", state)?;
        let state = fitting(fields, &at, &order, state)?;
        order.becomes = Some(Becomes::new(state, Duration::from_millis(wait)));
    }
    if let Some(needed) = fields.get("queryNeeded") {
        order.query_needed = needed.as_bool().ok_or_else(|| {
            let rule = "must be true or false";
            OrdersError::key(format!("{at}.queryNeeded"), rule, Some(needed))
        })?;
    }
    if let Some(refunds) = fields.get("refunds") {
        order.refunds = parse_refunds(&format!("{at}.refunds"), refunds)?;
        let known = matches!(order.state, OrderState::Refunded) || order.refunds.is_empty();
        if !known || order.refunded_amount() > order.amount {
            let rule = "must belong to a refunded order and add up to no more than its amount";
            return Err(OrdersError::key(
                format!("{at}.refunds"),
                rule,
                Some(refunds),
            ));
        }
    }
    let end = order.hold.as_ref().and_then(|hold| hold.ended_by.as_ref());
    if let Some(end) = end.filter(|end| end.amount > order.amount) {
        let key = format!("{at}.hold.endedBy.amount");
        let rule = "must be no more than the amount of the order";
        return Err(OrdersError::key(key, rule, Some(&Value::from(end.amount))));
    }
    Ok(order)
}

/// A state that the order can be in: some are of holds alone, and some of payments.
fn fitting(
    fields: &Map<String, Value>,
    at: &str,
    order: &Order,
    state: OrderState,
) -> Result<OrderState, OrdersError> {
    match state.of_holds() {
        Some(of_holds) if of_holds != order.hold.is_some() => {
            let rule =
                "must be a state of holds if there is a hold, and of payments if there is none";
            Err(OrdersError::key(
                format!("{at}.state"),
                rule,
                fields.get("state"),
            ))
        }
        _ => Ok(state),
    }
}

fn parse_hold(at: &str, value: &Value) -> Result<Hold, OrdersError> {
    let fields = object(value, at)?;
    known_keys(fields, at, &HOLD_KEYS)?;
    let number = read(fields, at, "systemTraceNum", TRACE_RULE, trace)?;
    let number = required(fields, at, "systemTraceNum", number)?;
    let mut hold = Hold::new(number);
    if let Some(code) = text(fields, at, "authorizationCode", 12)? {
        hold = hold.authorization_code(code);
    }
    if let Some(end) = fields.get("endedBy") {
        hold.ended_by = Some(parse_hold_end(&format!("{at}.endedBy"), end)?);
    }
    Ok(hold)
}

fn parse_hold_end(at: &str, value: &Value) -> Result<HoldEnd, OrdersError> {
    let fields = object(value, at)?;
    known_keys(fields, at, &HOLD_END_KEYS)?;
    let text = |key: &str, max: usize| {
        let text = text(fields, at, key, max)?.map(str::to_owned);
        required(fields, at, key, text)
    };
    let number = read(fields, at, "systemTraceNum", TRACE_RULE, trace)?;
    let day = read(fields, at, "tradingDay", DAY_RULE, read_day)?;
    let time = read(fields, at, "endTime", TIME_RULE, read_time)?;
    Ok(HoldEnd {
        terminal_code: text("terminalCode", 8)?,
        system_trace_num: required(fields, at, "systemTraceNum", number)?,
        amount: required(fields, at, "amount", whole(fields, at, "amount")?)?,
        retrieval_ref_num: text("retrievalRefNum", 12)?,
        trading_day: required(fields, at, "tradingDay", day)?,
        end_time: required(fields, at, "endTime", time)?,
    })
}

fn parse_refunds(at: &str, value: &Value) -> Result<Vec<OrderRefund>, OrdersError> {
    let list = value
        .as_array()
        .ok_or_else(|| OrdersError::key(at, "must be a list of refunds", Some(value)))?;
    let mut ids = HashSet::new();
    let mut refunds = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let refund = parse_refund(&at, value)?;
        if !ids.insert(refund.refund_request_id.clone()) {
            let rule = "must be another one for each refund of an order";
            return Err(OrdersError::key(
                format!("{at}.refundRequestId"),
                rule,
                Some(value),
            ));
        }
        refunds.push(refund);
    }
    Ok(refunds)
}

fn parse_refund(at: &str, value: &Value) -> Result<OrderRefund, OrdersError> {
    let fields = object(value, at)?;
    known_keys(fields, at, &REFUND_KEYS)?;
    let text = |key: &str, max: usize| {
        let text = text(fields, at, key, max)?.map(str::to_owned);
        required(fields, at, key, text)
    };
    let day = read(fields, at, "tradingDay", DAY_RULE, read_day)?;
    let time = read(fields, at, "refundTime", TIME_RULE, read_time)?;
    Ok(OrderRefund {
        refund_request_id: text("refundRequestId", 50)?,
        amount: required(fields, at, "amount", whole(fields, at, "amount")?)?,
        refund_order_id: text("refundOrderId", 50)?,
        retrieval_ref_num: text("retrievalRefNum", 12)?,
        trading_day: required(fields, at, "tradingDay", day)?,
        refund_time: required(fields, at, "refundTime", time)?,
    })
}

const TRACE_RULE: &str = "must be 6 digits";
const DAY_RULE: &str = "must be a date as yyyyMMdd";
const TIME_RULE: &str = "must be a time as HHmmss";

fn required<T>(
    fields: &Map<String, Value>,
    at: &str,
    key: &str,
    value: Option<T>,
) -> Result<T, OrdersError> {
    value.ok_or_else(|| OrdersError::key(format!("{at}.{key}"), "is required", fields.get(key)))
}

/// A text that means something.
fn read<T>(
    fields: &Map<String, Value>,
    at: &str,
    key: &str,
    rule: &str,
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, OrdersError> {
    let Some(value) = fields.get(key) else {
        return Ok(None);
    };
    match value.as_str().and_then(meaning) {
        Some(read) => Ok(Some(read)),
        None => Err(OrdersError::key(format!("{at}.{key}"), rule, Some(value))),
    }
}

/// A whole number, of fen where it is an amount.
pub(crate) fn whole(
    fields: &Map<String, Value>,
    at: &str,
    key: &str,
) -> Result<Option<u64>, OrdersError> {
    let Some(value) = fields.get(key) else {
        return Ok(None);
    };
    let dot = if at.is_empty() { "" } else { "." };
    let rule = if key == "amount" {
        "must be a whole number of fen"
    } else {
        "must be a whole number"
    };
    let number = value.as_u64();
    let number =
        number.ok_or_else(|| OrdersError::key(format!("{at}{dot}{key}"), rule, Some(value)))?;
    Ok(Some(number))
}

pub(crate) fn object<'a>(
    value: &'a Value,
    at: &str,
) -> Result<&'a Map<String, Value>, OrdersError> {
    value
        .as_object()
        .ok_or_else(|| OrdersError::key(at, "must be an object", Some(value)))
}

/// A misspelt key would otherwise be a silent default.
pub(crate) fn known_keys(
    map: &Map<String, Value>,
    at: &str,
    known: &[&str],
) -> Result<(), OrdersError> {
    let known_set: HashSet<_> = known.iter().copied().collect();
    match map
        .iter()
        .find(|(key, _)| !known_set.contains(key.as_str()))
    {
        None => Ok(()),
        Some((key, value)) => {
            let dot = if at.is_empty() { "" } else { "." };
            let rule = format!("is not known; the keys are {}", known.join(", "));
            let key: String = key.escape_debug().take(MAX_SHOWN).collect();
            Err(OrdersError::key(
                format!("{at}{dot}{key}"),
                rule,
                Some(value),
            ))
        }
    }
}

fn text<'a>(
    fields: &'a Map<String, Value>,
    at: &str,
    key: &str,
    max: usize,
) -> Result<Option<&'a str>, OrdersError> {
    let Some(value) = fields.get(key) else {
        return Ok(None);
    };
    match value.as_str() {
        Some(text) if (1..=max).contains(&text.chars().count()) => Ok(Some(text)),
        _ => {
            let rule = format!("must be text of 1 to {max} characters");
            Err(OrdersError::key(format!("{at}.{key}"), rule, Some(value)))
        }
    }
}

fn state_rule() -> String {
    let states = OrderState::NAMES.map(|(name, _)| format!("{name:?}"));
    format!("must be one of {}", states.join(", "))
}

fn state_of(name: &str) -> Option<OrderState> {
    let mut names = OrderState::NAMES.into_iter();
    names
        .find(|(known, _)| *known == name)
        .map(|(_, state)| state)
}

fn trace(text: &str) -> Option<String> {
    let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.to_owned())
}

fn day_of(text: &str) -> Option<TradingDay> {
    match text {
        "today" => Some(TradingDay::Today),
        "yesterday" => Some(TradingDay::Yesterday),
        date => read_day(date).map(TradingDay::On),
    }
}

/// How much of a wrong value an error repeats, in characters.
const MAX_SHOWN: usize = 40;

fn shown(value: &Value) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().take(MAX_SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_key_is_read() {
        let orders = parse_orders(
            br#"{"orders": [{"orderId": "A"}, {"orderId": "B", "merchantOrderId": "M",
                "merchantCode": "m", "terminalCode": "t", "amount": 4160, "state": "refunded",
                "tradingDay": "20230718"}, {"orderId": "C", "state": "voided",
                "tradingDay": "yesterday"}]}"#,
        )
        .unwrap();
        let date = NaiveDate::from_ymd_opt(2023, 7, 18).unwrap();
        let expected = [
            Order::paid("A"),
            Order::refunded("B")
                .merchant_order_id("M")
                .merchant_code("m")
                .terminal_code("t")
                .amount(4160)
                .trading_day(TradingDay::On(date)),
            Order::voided("C").trading_day(TradingDay::Yesterday),
        ];
        assert_eq!(orders, expected);
    }

    #[test]
    fn every_key_of_a_hold_is_read() {
        let orders = parse_orders(
            br#"{"orders": [{"orderId": "A", "amount": 100, "hold": {"systemTraceNum": "000001"}},
                {"orderId": "B", "amount": 100, "state": "completed", "hold": {
                "systemTraceNum": "000002", "authorizationCode": "B2", "endedBy": {
                "terminalCode": "87654321", "systemTraceNum": "000003", "amount": 60,
                "retrievalRefNum": "00000000002W", "tradingDay": "20230719", "endTime": "235959"}}},
                {"orderId": "C", "state": "pending", "hold": {"systemTraceNum": "000004"},
                "becomes": {"state": "held", "waitMs": 9000}}]}"#,
        )
        .unwrap();
        let mut completed = Hold::new("000002").authorization_code("B2");
        completed.ended_by = Some(HoldEnd {
            terminal_code: "87654321".to_owned(),
            system_trace_num: "000003".to_owned(),
            amount: 60,
            retrieval_ref_num: "00000000002W".to_owned(),
            trading_day: NaiveDate::from_ymd_opt(2023, 7, 19).unwrap(),
            end_time: read_time("235959").unwrap(),
        });
        let expected = [
            Order::held("A", "000001").amount(100),
            Order::held("B", "000002")
                .amount(100)
                .state(OrderState::Completed)
                .hold(completed),
            Order::held("C", "000004")
                .state(OrderState::Pending)
                .becoming(OrderState::Held, Duration::from_secs(9)),
        ];
        assert_eq!(orders, expected);
        let first = orders[0].hold.as_ref().unwrap();
        assert_eq!(first.authorization_code, "A00001");
        let json = serde_json::json!({ "orders": expected }).to_string();
        assert_eq!(parse_orders(json.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn errors_name_the_key_and_the_rule() {
        let cases = [
            r#"{"orders": {}}"#,
            r#"{"order": []}"#,
            r#"[]"#,
            r#"{"orders": [7]}"#,
            r#"{"orders": [{}]}"#,
            r#"{"orders": [{"orderId": ""}]}"#,
            r#"{"orders": [{"orderId": "A"}, {"orderId": "B", "amount": 1.5}]}"#,
            r#"{"orders": [{"orderId": "A", "amonut": 1}]}"#,
            r#"{"orders": [{"orderId": "A", "state": "void"}]}"#,
            r#"{"orders": [{"orderId": "A", "tradingDay": "20231301"}]}"#,
            r#"{"orders": [{"orderId": "A", "terminalCode": "123456789"}]}"#,
            r#"{"orders": [{"orderId": "A", "state": "held"}]}"#,
            r#"{"orders": [{"orderId": "A", "state": "paid", "hold": {"systemTraceNum": "000001"}}]}"#,
            r#"{"orders": [{"orderId": "A", "hold": {"systemTraceNum": "000001"},
                "becomes": {"state": "reversed", "waitMs": 1}}]}"#,
            r#"{"orders": [{"orderId": "A", "hold": {}}]}"#,
            r#"{"orders": [{"orderId": "A", "hold": {"systemTraceNum": "1"}}]}"#,
            r#"{"orders": [{"orderId": "A", "hold": {"systemTraceNum": "000001", "endedBy": {}}}]}"#,
            r#"{"orders": [{"orderId": "A", "hold": {"systemTraceNum": "000001", "endedBy": {
                "terminalCode": "1", "systemTraceNum": "000002", "amount": 2, "retrievalRefNum": "1",
                "tradingDay": "20230719", "endTime": "235959"}}}]}"#,
        ];
        let messages: Vec<_> = cases
            .iter()
            .map(|case| parse_orders(case.as_bytes()).unwrap_err().to_string())
            .collect();
        insta::assert_snapshot!(messages.join("\n"), @r#"
        key orders must be a list of orders; given: {}
        key order is not known; the keys are orders; given: []
        key the document must be an object; given: []
        key orders[0] must be an object; given: 7
        key orders[0].orderId is required; given: nothing
        key orders[0].orderId must be text of 1 to 50 characters; given: ""
        key orders[1].amount must be a whole number of fen; given: 1.5
        key orders[0].amonut is not known; the keys are orderId, merchantOrderId, merchantCode, terminalCode, amount, state, tradingDay, payTime, payCode, retrievalRefNum, timedOutQueries, becomes, queryNeeded, refunds, hold; given: 1
        key orders[0].state must be one of "paid", "voided", "refunded", "failed", "reversed", "unknown", "pending", "unseen", "held", "completing", "completed"; given: "void"
        key orders[0].tradingDay must be "today", "yesterday" or a date as yyyyMMdd; given: "20231301"
        key orders[0].terminalCode must be text of 1 to 8 characters; given: "123456789"
        key orders[0].state must be a state of holds if there is a hold, and of payments if there is none; given: "held"
        key orders[0].state must be a state of holds if there is a hold, and of payments if there is none; given: "paid"
        key orders[0].becomes.state must be a state of holds if there is a hold, and of payments if there is none; given: "reversed"
        key orders[0].hold.systemTraceNum is required; given: nothing
        key orders[0].hold.systemTraceNum must be 6 digits; given: "1"
        key orders[0].hold.endedBy.terminalCode is required; given: nothing
        key orders[0].hold.endedBy.amount must be no more than the amount of the order; given: 2
        "#);
    }

    #[test]
    fn a_file_error_names_the_file_and_the_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orders.json");
        let error = read_orders(&path).unwrap_err();
        assert!(error.to_string().contains("orders.json"), "{error}");
        assert!(matches!(error.source, OrdersError::Read(_)));
        std::fs::write(&path, "{\n  \"orders\": [,]}").unwrap();
        let error = read_orders(&path).unwrap_err();
        let OrdersError::Json(place) = error.source else {
            panic!("{error:?}");
        };
        assert_eq!((place.line(), place.column()), (2, 14));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_orders(&bytes);
        }

        #[test]
        fn what_is_written_is_read(
            id in "[0-9A-Za-z]{1,50}", amount in any::<u64>(), day in 0_i64..50_000,
        ) {
            let date = DateTimeDays(day).date();
            let order = Order::paid(id).amount(amount).trading_day(TradingDay::On(date));
            let json = serde_json::json!({"orders": [order]}).to_string();
            prop_assert_eq!(parse_orders(json.as_bytes()).unwrap(), vec![order]);
        }
    }

    struct DateTimeDays(i64);

    impl DateTimeDays {
        fn date(&self) -> NaiveDate {
            chrono::DateTime::UNIX_EPOCH
                .date_naive()
                .checked_add_signed(chrono::TimeDelta::days(self.0))
                .unwrap()
        }
    }
}

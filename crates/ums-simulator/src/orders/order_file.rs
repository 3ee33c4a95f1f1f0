//! Reads orders from JSON, from a file or a control call, and names the key that is wrong.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::book::order::{Order, OrderState};

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
/// | `hold` | of a hold (担保): `systemTraceNum` (6 digits, required), `authorizationCode` (1 to 12 characters; as [`Hold::new`](crate::Hold::new) says when absent) and, once it was completed or voided, `endedBy`: `terminalCode`, `systemTraceNum`, `amount`, `retrievalRefNum`, `tradingDay` (`yyyyMMdd`), `endTime` (`HHmmss`), each required | it is a payment |
///
/// # Errors
///
/// Returns an error if the document breaks a rule; it names the key, the rule and what was given.
pub fn parse_orders(json: &[u8]) -> Result<Vec<Order>, OrdersError> {
    let document: Value = serde_json::from_slice(json).map_err(OrdersError::Json)?;
    let mut file: OrderFile = read_document(&document)?;
    check_orders(&document, &mut file.orders)?;
    Ok(file.orders)
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct OrderFile {
    orders: Vec<Order>,
}

/// Reads a document, and names the key that is wrong.
pub(crate) fn read_document<T: DeserializeOwned>(document: &Value) -> Result<T, OrdersError> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        let place: Vec<Step> = error.path().iter().map(Step::of).collect();
        let (within, rule) = rule_of(&error.inner().to_string());
        wrong(document, place.into_iter().chain(within), rule)
    })
}

/// Holds the fields of each order against each other, and completes them. `document` is what the
/// orders were read from: what was left out there is not seen in them.
pub(crate) fn check_orders(document: &Value, orders: &mut [Order]) -> Result<(), OrdersError> {
    for (index, order) in orders.iter_mut().enumerate() {
        let given = document.get("orders").and_then(|list| list.get(index));
        let has_state = given.is_some_and(|given| given.get("state").is_some());
        if order.hold.is_some() && !has_state {
            order.state = OrderState::Held;
        }
        if let Err((place, rule)) = check(order) {
            let order = [Step::Key("orders".into()), Step::Index(index)];
            return Err(wrong(document, order.into_iter().chain(place), rule));
        }
    }
    Ok(())
}

/// A step from a document to one of its values.
enum Step {
    Key(Cow<'static, str>),
    Index(usize),
}

impl Step {
    fn of(segment: &Segment) -> Self {
        match segment {
            Segment::Seq { index } => Self::Index(*index),
            Segment::Map { key } => Self::Key(key.clone().into()),
            Segment::Enum { variant } => Self::Key(variant.clone().into()),
            Segment::Unknown => Self::Key("?".into()),
        }
    }
}

fn wrong(
    document: &Value,
    place: impl Iterator<Item = Step>,
    rule: impl Into<String>,
) -> OrdersError {
    let mut key = String::new();
    let mut given = Some(document);
    for step in place {
        match step {
            Step::Index(index) => {
                key += &format!("[{index}]");
                given = given.and_then(|value| value.get(index));
            }
            Step::Key(name) => {
                given = given.and_then(|value| value.get(&*name));
                if !key.is_empty() {
                    key.push('.');
                }
                key.extend(name.escape_debug().take(MAX_SHOWN));
            }
        }
    }
    if key.is_empty() {
        "the document".clone_into(&mut key);
    }
    OrdersError::key(key, rule, given)
}

/// What serde says of a value, as the rule that it breaks; and the key within it that is missing.
fn rule_of(message: &str) -> (Option<Step>, String) {
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    if message.starts_with("missing field ") {
        return (
            Some(Step::Key(quoted(message).into())),
            "is required".to_owned(),
        );
    }
    let expected = message
        .split_once(", expected ")
        .map(|(_, expected)| expected);
    let rule = match expected {
        Some(keys) if message.starts_with("unknown field ") => {
            let keys = keys.trim_start_matches("one of ").replace('`', "");
            format!("is not known; the keys are {keys}")
        }
        Some("a boolean") => "must be true or false".to_owned(),
        Some("a string") => "must be text".to_owned(),
        Some("a sequence") => "must be a list".to_owned(),
        Some("a map") => "must be an object".to_owned(),
        Some(expected) => format!("must be {expected}"),
        None => message.to_owned(),
    };
    (None, rule)
}

/// The value that does not fit the others, and the rule.
fn check(order: &Order) -> Result<(), (Vec<Step>, &'static str)> {
    const FITS: &str =
        "must be a state of holds if there is a hold, and of payments if there is none";
    let fits = |state: OrderState| {
        let of_holds = state.of_holds();
        of_holds.is_none_or(|of_holds| of_holds == order.hold.is_some())
    };
    if !fits(order.state) {
        return Err((vec![Step::Key("state".into())], FITS));
    }
    if order
        .becomes
        .as_ref()
        .is_some_and(|becomes| !fits(becomes.state))
    {
        return Err((
            vec![Step::Key("becomes".into()), Step::Key("state".into())],
            FITS,
        ));
    }
    let mut ids = HashSet::new();
    for (index, refund) in order.refunds.iter().enumerate() {
        if !ids.insert(refund.refund_request_id.as_str()) {
            let place = vec![
                Step::Key("refunds".into()),
                Step::Index(index),
                Step::Key("refundRequestId".into()),
            ];
            return Err((place, "must be another one for each refund of an order"));
        }
    }
    let known = matches!(order.state, OrderState::Refunded) || order.refunds.is_empty();
    if !known || order.refunded_amount() > order.amount {
        let rule = "must belong to a refunded order and add up to no more than its amount";
        return Err((vec![Step::Key("refunds".into())], rule));
    }
    let end = order.hold.as_ref().and_then(|hold| hold.ended_by.as_ref());
    if end.is_some_and(|end| end.amount > order.amount) {
        let place = vec![
            Step::Key("hold".into()),
            Step::Key("endedBy".into()),
            Step::Key("amount".into()),
        ];
        return Err((place, "must be no more than the amount of the order"));
    }
    Ok(())
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
    use std::time::Duration;

    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::book::hold::{Hold, HoldEnd};
    use crate::book::order::TradingDay;
    use crate::clock::read_time;

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
        key orders must be a list; given: {}
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

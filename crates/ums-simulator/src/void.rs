//! The void (支付撤销): request fields, the order book's answer, the documented reply.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::{in_china, trading_day};
use crate::code::{self, Code, code};
use crate::order::{Book, Order, OrderState, Orders, TradingDay};
use crate::reply::Reply;

/// The documented path of the void.
pub const VOID_PATH: &str = "/v6/poslink/transaction/voidpayment";

/// What the simulator answers to a void of an order that is voided already.
///
/// No document says whether UMS treats a void as idempotent, or which code it
/// gives; so this is a choice, and a client should cope with each.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum RepeatedVoid {
    /// `00` with the order's id again; nothing changes.
    Approve,
    /// `94` 重复交易.
    Duplicate,
    /// `57` 不允许此交易.
    #[default]
    NotAllowed,
    /// `25` 找不到原始交易.
    NotFound,
}

/// A change of the order book that a request brought about.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub struct Change {
    /// UMS order id (银商订单号).
    pub order_id: String,
    /// The state before.
    pub from: OrderState,
    /// The state now.
    pub to: OrderState,
}

/// The fields of a void request. Absent and empty are the same.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VoidRequest<'a> {
    #[serde(borrow)]
    merchant_code: Cow<'a, str>,
    #[serde(borrow)]
    terminal_code: Cow<'a, str>,
    #[serde(borrow)]
    system_trace_num: Cow<'a, str>,
    #[serde(borrow)]
    merchant_order_id: Cow<'a, str>,
    #[serde(borrow)]
    original_order_id: Cow<'a, str>,
    #[serde(borrow)]
    merchant_remark: Cow<'a, str>,
    #[serde(deserialize_with = "flag")]
    limit_cross_device: bool,
    #[serde(borrow)]
    biz_identifier: Cow<'a, str>,
}

impl<'a> VoidRequest<'a> {
    /// Reads and checks a body; the error is the text for `errInfo` beside 9001.
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, String> {
        // serde would also take the fields from a list, in their order.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err("参数校验失败: the body is no JSON object".to_owned());
        }
        let request: Self = serde_json::from_slice(body)
            .map_err(|error| format!("参数校验失败: the body is no void request: {error}"))?;
        request.check()?;
        Ok(request)
    }

    /// The ids that the request names, for rules that select by order.
    pub(crate) fn order_ids(&self) -> [&str; 2] {
        [&self.original_order_id, &self.merchant_order_id]
    }

    fn check(&self) -> Result<(), String> {
        let fields = [
            ("merchantCode", &self.merchant_code, 1, 15),
            ("terminalCode", &self.terminal_code, 1, 8),
            ("systemTraceNum", &self.system_trace_num, 0, 6),
            ("merchantOrderId", &self.merchant_order_id, 0, 50),
            ("originalOrderId", &self.original_order_id, 0, 50),
            ("merchantRemark", &self.merchant_remark, 0, 50),
            ("bizIdentifier", &self.biz_identifier, 0, 3),
        ];
        for (name, value, min, max) in fields {
            // The page counts 位 without saying of what; characters are the lenient reading.
            let length = value.chars().count();
            if length < min || length > max {
                return Err(format!(
                    "参数校验失败: {name} must have {min} to {max} characters"
                ));
            }
        }
        let trace = &self.system_trace_num;
        if !(trace.is_empty() || trace.len() == 6 && trace.bytes().all(|b| b.is_ascii_digit())) {
            return Err("参数校验失败: systemTraceNum must be 6 digits".to_owned());
        }
        if self.order_ids().iter().all(|id| id.is_empty()) {
            return Err("参数校验失败: merchantOrderId or originalOrderId is required".to_owned());
        }
        Ok(())
    }
}

/// What the gateway decided about a request.
pub(crate) struct Decision {
    pub(crate) reply: Reply,
    pub(crate) change: Option<Change>,
}

impl Decision {
    /// Nothing changes.
    pub(crate) fn refused(reply: Reply) -> Self {
        Self {
            reply,
            change: None,
        }
    }
}

/// Voids the order if it can be, and says so as the page documents.
pub(crate) fn void(
    orders: &Orders,
    request: &VoidRequest<'_>,
    repeated: RepeatedVoid,
    now: DateTime<Utc>,
) -> Decision {
    let mut book = orders.lock();
    match apply(&mut book, request, repeated, trading_day(now)) {
        Err(refusal) => {
            drop(book);
            Decision::refused(Reply::refusal(refusal, refusal.err_info, now))
        }
        Ok((order_id, amount, change)) => {
            let reference = book.next_reference();
            drop(book);
            Decision {
                reply: approval(&order_id, amount, &reference, now),
                change,
            }
        }
    }
}

/// The checks in their order; the crate's first page lists them, since which
/// code UMS gives for which is not known.
fn apply(
    book: &mut Book,
    request: &VoidRequest<'_>,
    repeated: RepeatedVoid,
    today: NaiveDate,
) -> Result<(String, u64, Option<Change>), Code> {
    if !book.knows_merchant(&request.merchant_code) {
        return Err(code("03"));
    }
    if !book.knows_terminal(&request.merchant_code, &request.terminal_code) {
        return Err(code("97"));
    }
    let order = find(book, request).ok_or(code("25"))?;
    if request.limit_cross_device && order.terminal_code != request.terminal_code {
        return Err(code("57"));
    }
    if order.trading_day != TradingDay::On(today) {
        return Err(code("57"));
    }
    let change = match order.state {
        OrderState::Paid => Some(Change {
            order_id: order.order_id.clone(),
            from: OrderState::Paid,
            to: OrderState::Voided,
        }),
        OrderState::Refunded => return Err(code("57")),
        OrderState::Voided => match repeated {
            RepeatedVoid::Approve => None,
            RepeatedVoid::Duplicate => return Err(code("94")),
            RepeatedVoid::NotAllowed => return Err(code("57")),
            RepeatedVoid::NotFound => return Err(code("25")),
        },
    };
    order.state = OrderState::Voided;
    Ok((order.order_id.clone(), order.amount, change))
}

/// The UMS order id wins over the merchant order id (void page). An order of
/// another merchant is as good as unknown.
fn find<'b>(book: &'b mut Book, request: &VoidRequest<'_>) -> Option<&'b mut Order> {
    let merchant_code = request.merchant_code.as_ref();
    let order_id = match request.original_order_id.as_ref() {
        "" => book
            .find_merchant_order(merchant_code, &request.merchant_order_id)?
            .to_owned(),
        id => id.to_owned(),
    };
    book.order_mut(&order_id)
        .filter(|order| order.merchant_code == merchant_code)
}

/// The documented reply. Amounts are text, as in the page's example. Fields
/// that depend on the payment (instalments, a converted merchant) are left out.
fn approval(order_id: &str, amount: u64, reference: &str, now: DateTime<Utc>) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        err_code: &'a str,
        err_info: &'a str,
        order_id: &'a str,
        transaction_time: &'a str,
        transaction_date: &'a str,
        transaction_date_with_year: &'a str,
        settlement_date: &'a str,
        settlement_date_with_year: &'a str,
        retrieval_ref_num: &'a str,
        transaction_amount: &'a str,
        actual_transaction_amount: &'a str,
        third_party_name: &'a str,
        card_attr: &'a str,
    }
    let date_and_time = in_china(now).format("%Y%m%d%H%M%S").to_string();
    let part = |range| date_and_time.get(range).unwrap_or_default();
    let amount = amount.to_string();
    let body = Body {
        err_code: code::SUCCESS.code,
        err_info: code::SUCCESS.err_info,
        order_id,
        transaction_time: part(8..14),
        transaction_date: part(4..8),
        transaction_date_with_year: part(0..8),
        settlement_date: part(4..8),
        settlement_date_with_year: part(0..8),
        retrieval_ref_num: reference,
        transaction_amount: &amount,
        actual_transaction_amount: &amount,
        third_party_name: "微信钱包",
        card_attr: "91",
    };
    // Strings always serialize.
    Reply::json(
        code::SUCCESS,
        serde_json::to_vec(&body).unwrap_or_default(),
        now,
    )
}

/// A boolean, documented as such but sent as text by the page's own samples.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Flag;

    impl Visitor<'_> for Flag {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true, false, or either as text")
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<bool, E> {
            match value {
                "true" => Ok(true),
                "false" | "" => Ok(false),
                _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
            }
        }
    }

    deserializer.deserialize_any(Flag)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2023-07-18T03:13:40Z".parse().unwrap()
    }

    fn orders() -> Orders {
        let orders = Orders::new(Arc::new(now));
        orders
            .insert_all([
                Order::paid("PAID").merchant_order_id("M-PAID"),
                Order::paid("OTHER").merchant_order_id("M-OTHER"),
                Order::voided("VOIDED"),
                Order::refunded("REFUNDED"),
                Order::paid("YESTERDAY").trading_day(TradingDay::Yesterday),
                Order::paid("TERMINAL").terminal_code("00000002"),
                Order::paid("MERCHANT").merchant_code("900000000000000"),
            ])
            .unwrap();
        orders
    }

    fn answer(orders: &Orders, json: &str) -> (&'static str, Option<Change>) {
        let request = VoidRequest::parse(json.as_bytes()).unwrap();
        let decision = void(orders, &request, RepeatedVoid::default(), now());
        (decision.reply.err_code.unwrap(), decision.change)
    }

    fn body(rest: &str) -> String {
        format!(r#"{{"merchantCode": "103290070111417", "terminalCode": "12340511", {rest}}}"#)
    }

    #[test]
    fn each_state_has_its_answer() {
        let cases = [
            (body(r#""originalOrderId": "PAID""#), "00"),
            (body(r#""originalOrderId": "PAID""#), "57"),
            (body(r#""merchantOrderId": "M-OTHER""#), "00"),
            (body(r#""originalOrderId": "VOIDED""#), "57"),
            (body(r#""originalOrderId": "REFUNDED""#), "57"),
            (body(r#""originalOrderId": "YESTERDAY""#), "57"),
            (body(r#""originalOrderId": "UNKNOWN""#), "25"),
            (body(r#""merchantOrderId": "UNKNOWN""#), "25"),
            (body(r#""originalOrderId": "MERCHANT""#), "25"),
            (
                body(r#""originalOrderId": "TERMINAL", "limitCrossDevice": true"#),
                "57",
            ),
            (
                body(r#""originalOrderId": "TERMINAL", "limitCrossDevice": "true""#),
                "57",
            ),
            (
                body(r#""originalOrderId": "TERMINAL", "limitCrossDevice": "false""#),
                "00",
            ),
            (
                r#"{"merchantCode": "1", "terminalCode": "1", "originalOrderId": "PAID"}"#.into(),
                "03",
            ),
            (
                r#"{"merchantCode": "103290070111417", "terminalCode": "1",
                    "originalOrderId": "PAID"}"#
                    .into(),
                "97",
            ),
        ];
        let orders = orders();
        for (json, expected) in cases {
            let (code, change) = answer(&orders, &json);
            assert_eq!(code, expected, "{json}");
            assert_eq!(change.is_some(), expected == "00", "{json}");
        }
    }

    #[test]
    fn the_ums_order_id_wins() {
        let orders = orders();
        let json = body(r#""originalOrderId": "PAID", "merchantOrderId": "M-OTHER""#);
        assert_eq!(answer(&orders, &json).1.unwrap().order_id, "PAID");
        assert_eq!(orders.find("OTHER").unwrap().state, OrderState::Paid);
    }

    #[test]
    fn each_choice_for_a_repeated_void() {
        let json = body(r#""originalOrderId": "VOIDED""#);
        let cases = [
            (RepeatedVoid::Approve, "00"),
            (RepeatedVoid::Duplicate, "94"),
            (RepeatedVoid::NotAllowed, "57"),
            (RepeatedVoid::NotFound, "25"),
        ];
        for (choice, expected) in cases {
            let request = VoidRequest::parse(json.as_bytes()).unwrap();
            let decision = void(&orders(), &request, choice, now());
            assert_eq!(decision.reply.err_code, Some(expected));
            assert_eq!(decision.change, None);
        }
    }

    #[test]
    fn the_approval_is_the_documented_one() {
        let request = body(r#""originalOrderId": "PAID""#);
        let request = VoidRequest::parse(request.as_bytes()).unwrap();
        let reply = void(&orders(), &request, RepeatedVoid::default(), now()).reply;
        insta::assert_snapshot!(String::from_utf8(reply.body).unwrap(), @r#"{"errCode":"00","errInfo":"10000成功响应码","orderId":"PAID","transactionTime":"111340","transactionDate":"0718","transactionDateWithYear":"20230718","settlementDate":"0718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000001W","transactionAmount":"1","actualTransactionAmount":"1","thirdPartyName":"微信钱包","cardAttr":"91"}"#);
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said() {
        let cases = [
            String::new(),
            "[]".to_owned(),
            "{}".to_owned(),
            body(r#""originalOrderId": """#),
            body(&format!(r#""originalOrderId": "{}""#, "7".repeat(51))),
            body(r#""originalOrderId": 7"#),
            body(r#""originalOrderId": "A", "originalOrderId": "B""#),
            body(r#""originalOrderId": "A", "systemTraceNum": "12345""#),
            body(r#""originalOrderId": "A", "systemTraceNum": "12345x""#),
            body(r#""originalOrderId": "A", "limitCrossDevice": "yes""#),
            body(r#""originalOrderId": "A", "bizIdentifier": "1234""#),
        ];
        let messages: Vec<_> = cases
            .iter()
            .map(|json| VoidRequest::parse(json.as_bytes()).unwrap_err())
            .collect();
        insta::assert_snapshot!(messages.join("\n"), @r#"
        参数校验失败: the body is no JSON object
        参数校验失败: the body is no JSON object
        参数校验失败: merchantCode must have 1 to 15 characters
        参数校验失败: merchantOrderId or originalOrderId is required
        参数校验失败: originalOrderId must have 0 to 50 characters
        参数校验失败: the body is no void request: invalid type: integer `7`, expected a string at line 1 column 84
        参数校验失败: the body is no void request: duplicate field `originalOrderId` at line 1 column 105
        参数校验失败: systemTraceNum must be 6 digits
        参数校验失败: systemTraceNum must be 6 digits
        参数校验失败: the body is no void request: invalid value: string "yes", expected true, false, or either as text at line 1 column 113
        参数校验失败: bizIdentifier must have 0 to 3 characters
        "#);
    }

    #[test]
    fn unknown_fields_and_the_pages_own_sample_are_accepted() {
        let sample = r#"{"merchantCode":"103290070111417","terminalCode":"12340511",
            "systemTraceNum":"123456","merchantOrderId":"20200227163036011978864947",
            "originalOrderId":"20200227163036011978864947","merchantRemark":"test",
            "limitCrossDevice":"true","bizIdentifier":"","unheardOf":[1]}"#;
        assert!(
            VoidRequest::parse(sample.as_bytes())
                .unwrap()
                .limit_cross_device
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = VoidRequest::parse(&bytes);
        }
    }
}

//! The void (支付撤销): the order book's answer, and the documented reply.

use serde::Serialize;

use crate::body::WALLET;
use crate::clock::{Moment, write_day, write_time};
use crate::code::{self, Code, code};
use crate::decision::{Change, Decision};
use crate::order::{Book, OrderState, TradingDay};
use crate::original::{self, Precedence};
use crate::reply::Reply;
use crate::request::Request;

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

/// Voids the order if it can be, and says so as the page documents.
pub(crate) fn void(
    book: &mut Book,
    request: &Request<'_>,
    repeated: RepeatedVoid,
    now: Moment,
) -> Decision {
    match apply(book, request, repeated, now) {
        Err(refusal) => Decision::refused_by(refusal),
        Ok((order_id, amount, change)) => {
            let reference = book.next_reference();
            Decision::new(approval(&order_id, amount, &reference, now), change)
        }
    }
}

/// The checks in their order; the crate's first page lists them, since which
/// code UMS gives for which is not known.
fn apply(
    book: &mut Book,
    request: &Request<'_>,
    repeated: RepeatedVoid,
    now: Moment,
) -> Result<(String, u64, Option<Change>), Code> {
    let order = original::find(book, request, Precedence::Ums)?;
    if order.trading_day != TradingDay::On(now.day) || order.timed_out_queries > 0 {
        return Err(code("57"));
    }
    let change = match order.state {
        OrderState::Paid => Some(Change {
            order_id: order.order_id.clone(),
            from: Some(OrderState::Paid),
            to: OrderState::Voided,
            amount: order.amount,
            refund_request_id: None,
        }),
        OrderState::Failed | OrderState::Refunded | OrderState::Reversed | OrderState::Unknown => {
            return Err(code("57"));
        }
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

/// The documented reply. Amounts are text, as in the page's example. Fields
/// that depend on the payment (instalments, a converted merchant) are left out.
fn approval(order_id: &str, amount: u64, reference: &str, now: Moment) -> Reply {
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
    let (day, time) = (write_day(now.day), write_time(now.time));
    let month_day = day.get(4..).unwrap_or_default();
    let amount = amount.to_string();
    let body = Body {
        err_code: code::SUCCESS.code,
        err_info: code::SUCCESS.err_info,
        order_id,
        transaction_time: &time,
        transaction_date: month_day,
        transaction_date_with_year: &day,
        settlement_date: month_day,
        settlement_date_with_year: &day,
        retrieval_ref_num: reference,
        transaction_amount: &amount,
        actual_transaction_amount: &amount,
        third_party_name: WALLET,
        card_attr: "91",
    };
    // Strings always serialize.
    Reply::json(
        code::SUCCESS,
        serde_json::to_vec(&body).unwrap_or_default(),
        chrono::DateTime::UNIX_EPOCH,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;
    use crate::order::Order;

    fn now() -> Moment {
        Moment::at("2023-07-18T03:13:40Z".parse().unwrap(), 0)
    }

    fn book() -> Book {
        let mut book = Book::default();
        let orders = [
            Order::paid("PAID").merchant_order_id("M-PAID"),
            Order::paid("OTHER").merchant_order_id("M-OTHER"),
            Order::voided("VOIDED"),
            Order::refunded("REFUNDED"),
            Order::paid("YESTERDAY").trading_day(TradingDay::Yesterday),
            Order::paid("TERMINAL").terminal_code("00000002"),
            Order::paid("MERCHANT").merchant_code("900000000000000"),
            Order::paid("FAILED").state(OrderState::Failed),
            Order::paid("REVERSED").state(OrderState::Reversed),
            Order::paid("UNKNOWN-STATE").state(OrderState::Unknown),
            Order::paid("TIMED-OUT").timed_out_queries(1),
        ];
        book.insert_all(orders, now().day).unwrap();
        book
    }

    fn parse(json: &str) -> Request<'_> {
        Request::parse(Operation::Void, json.as_bytes()).unwrap()
    }

    fn answer(book: &mut Book, json: &str) -> (&'static str, Option<Change>) {
        let decision = void(book, &parse(json), RepeatedVoid::default(), now());
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
            (body(r#""originalOrderId": "FAILED""#), "57"),
            (body(r#""originalOrderId": "REVERSED""#), "57"),
            (body(r#""originalOrderId": "UNKNOWN-STATE""#), "57"),
            (body(r#""originalOrderId": "TIMED-OUT""#), "57"),
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
        let mut book = book();
        for (json, expected) in cases {
            let (code, change) = answer(&mut book, &json);
            assert_eq!(code, expected, "{json}");
            assert_eq!(change.is_some(), expected == "00", "{json}");
        }
    }

    #[test]
    fn the_ums_order_id_wins() {
        let mut book = book();
        let json = body(r#""originalOrderId": "PAID", "merchantOrderId": "M-OTHER""#);
        assert_eq!(answer(&mut book, &json).1.unwrap().order_id, "PAID");
        assert_eq!(book.order_mut("OTHER").unwrap().state, OrderState::Paid);
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
            let decision = void(&mut book(), &parse(&json), choice, now());
            assert_eq!(decision.reply.err_code, Some(expected));
            assert_eq!(decision.change, None);
        }
    }

    #[test]
    fn the_approval_is_the_documented_one() {
        let request = body(r#""originalOrderId": "PAID""#);
        let reply = void(
            &mut book(),
            &parse(&request),
            RepeatedVoid::default(),
            now(),
        )
        .reply;
        insta::assert_snapshot!(String::from_utf8(reply.body).unwrap(), @r#"{"errCode":"00","errInfo":"10000成功响应码","orderId":"PAID","transactionTime":"111340","transactionDate":"0718","transactionDateWithYear":"20230718","settlementDate":"0718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000001W","transactionAmount":"1","actualTransactionAmount":"1","thirdPartyName":"微信钱包","cardAttr":"91"}"#);
    }
}

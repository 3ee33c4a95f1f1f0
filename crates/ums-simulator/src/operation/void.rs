//! The void (支付撤销): the order book's answer, and the documented reply.

use serde::Serialize;

use crate::book::Book;
use crate::book::change::Change;
use crate::book::order::{OrderState, TradingDay};
use crate::clock::{Moment, settlement_day, write_day, write_time};
use crate::code::{self, Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{WALLET, month_and_day};
use crate::operation::choices::{PendingVoid, RepeatedVoid, VoidChoices};
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::{self, Precedence};
use crate::operation::request::Request;
use crate::wire::reply::Reply;

/// The void (支付撤销).
pub(crate) struct Void;

impl Behaviour for Void {
    const NEEDS: Needs = Needs::of(&ums_model::VoidPayment::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        void(call.book, call.request, call.choices.voids, call.now)
    }
}

/// Voids the order if it can be, and says so as the page documents.
fn void(book: &mut Book, request: &Request<'_>, choices: VoidChoices, now: Moment) -> Decision {
    match apply(book, request, choices, now) {
        Err(refusal) => Decision::refused_by(refusal),
        Ok((order_id, amount, change)) => {
            let reference = book.next_reference();
            Decision::new(approval(&order_id, amount, &reference, now), change)
        }
    }
}

/// The checks in their order; the crate's first page lists them, since which code UMS gives for
/// which is not known.
fn apply(
    book: &mut Book,
    request: &Request<'_>,
    VoidChoices { repeated, pending }: VoidChoices,
    now: Moment,
) -> Result<(String, u64, Option<Change>), Code> {
    let order = original::find(book, request, Precedence::Ums)?;
    if order.trading_day != TradingDay::On(now.day) {
        return Err(code("57"));
    }
    if order.state == OrderState::Pending || order.timed_out_queries > 0 {
        match pending {
            PendingVoid::Approve => {}
            PendingVoid::NotAllowed => return Err(code("57")),
            PendingVoid::NotFound => return Err(code("25")),
        }
    }
    let (order_id, amount) = (order.order_id.clone(), order.amount);
    let moved = match order.state {
        OrderState::Paid => amount,
        OrderState::Pending => 0,
        OrderState::Failed | OrderState::Refunded | OrderState::Unknown | OrderState::Unseen => {
            return Err(code("57"));
        }
        // Holds are not found here.
        OrderState::Completed | OrderState::Completing | OrderState::Held => {
            return Err(code("57"));
        }
        OrderState::Reversed => return Err(code("22")),
        OrderState::Voided => match repeated {
            RepeatedVoid::Approve => return Ok((order_id, amount, None)),
            RepeatedVoid::Duplicate => return Err(code("94")),
            RepeatedVoid::NoOriginal => return Err(code("22")),
            RepeatedVoid::NotAllowed => return Err(code("57")),
            RepeatedVoid::NotFound => return Err(code("25")),
        },
    };
    let change = Change {
        order_id: order_id.clone(),
        from: Some(order.state),
        to: OrderState::Voided,
        amount: moved,
        refund_request_id: None,
    };
    book.end(&order_id, OrderState::Voided);
    Ok((order_id, amount, Some(change)))
}

/// The documented reply. Amounts are text, as in the page's example. Fields that depend on the
/// payment (instalments, a converted merchant) are left out.
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
    let settled = write_day(settlement_day(now.day, now.time));
    let amount = amount.to_string();
    let body = Body {
        err_code: code::SUCCESS.code,
        err_info: code::SUCCESS.err_info,
        order_id,
        transaction_time: &time,
        transaction_date: month_and_day(&day),
        transaction_date_with_year: &day,
        settlement_date: month_and_day(&settled),
        settlement_date_with_year: &settled,
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
    use std::time::Duration;

    use super::*;
    use crate::book::order::Order;
    use crate::operation::table::{Route, SimulatedOperation};

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
            Order::paid("FAILED-SLOWLY")
                .state(OrderState::Failed)
                .timed_out_queries(1),
            Order::paid("PENDING")
                .state(OrderState::Pending)
                .becoming(OrderState::Paid, Duration::from_secs(9)),
            Order::paid("UNSEEN").state(OrderState::Unseen),
        ];
        book.insert_all(orders, now()).unwrap();
        book
    }

    fn parse(json: &str) -> Request<'_> {
        let route = Route {
            operation: SimulatedOperation::Void,
            version: "v6",
        };
        route.read(json.as_bytes()).unwrap()
    }

    fn answer(book: &mut Book, json: &str) -> (&'static str, Option<Change>) {
        let decision = void(book, &parse(json), VoidChoices::default(), now());
        (decision.reply.err_code.unwrap(), decision.change)
    }

    fn body(rest: &str) -> String {
        format!(r#"{{"merchantCode": "103290070111417", "terminalCode": "12340511", {rest}}}"#)
    }

    #[test]
    fn each_state_has_its_answer() {
        let cases = [
            (body(r#""originalOrderId": "PAID""#), "00"),
            (body(r#""originalOrderId": "PAID""#), "22"),
            (body(r#""merchantOrderId": "M-OTHER""#), "00"),
            (body(r#""originalOrderId": "VOIDED""#), "22"),
            (body(r#""originalOrderId": "REFUNDED""#), "57"),
            (body(r#""originalOrderId": "YESTERDAY""#), "57"),
            (body(r#""originalOrderId": "FAILED""#), "57"),
            (body(r#""originalOrderId": "REVERSED""#), "22"),
            (body(r#""originalOrderId": "UNKNOWN-STATE""#), "57"),
            (body(r#""originalOrderId": "TIMED-OUT""#), "57"),
            (body(r#""originalOrderId": "PENDING""#), "57"),
            (body(r#""originalOrderId": "UNSEEN""#), "25"),
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
            (RepeatedVoid::NoOriginal, "22"),
            (RepeatedVoid::NotAllowed, "57"),
            (RepeatedVoid::NotFound, "25"),
        ];
        for (repeated, expected) in cases {
            let choices = VoidChoices {
                repeated,
                ..VoidChoices::default()
            };
            let decision = void(&mut book(), &parse(&json), choices, now());
            assert_eq!(decision.reply.err_code, Some(expected));
            assert_eq!(decision.change, None);
        }
    }

    #[test]
    fn each_choice_for_a_void_of_a_payment_that_waits() {
        let moved = |amount| Some((amount, OrderState::Voided));
        let cases = [
            ("PENDING", PendingVoid::Approve, "00", moved(0)),
            ("PENDING", PendingVoid::NotAllowed, "57", None),
            ("PENDING", PendingVoid::NotFound, "25", None),
            ("TIMED-OUT", PendingVoid::Approve, "00", moved(1)),
            ("TIMED-OUT", PendingVoid::NotAllowed, "57", None),
            ("TIMED-OUT", PendingVoid::NotFound, "25", None),
            // There is nothing to void, and no choice makes it so.
            ("FAILED-SLOWLY", PendingVoid::Approve, "57", None),
            // A choice about payments that wait changes nothing for others.
            ("VOIDED", PendingVoid::Approve, "22", None),
        ];
        for (order, pending, expected, change) in cases {
            let choices = VoidChoices {
                pending,
                ..VoidChoices::default()
            };
            let mut book = book();
            let json = body(&format!(r#""originalOrderId": "{order}""#));
            let decision = void(&mut book, &parse(&json), choices, now());
            assert_eq!(
                decision.reply.err_code,
                Some(expected),
                "{order} {pending:?}"
            );
            let seen = decision.change.map(|change| (change.amount, change.to));
            assert_eq!(seen, change, "{order} {pending:?}");
            // What was voided never becomes paid; what was refused still does.
            let mut later = now();
            later.elapsed = Duration::from_secs(9);
            book.settle_due(later);
            let state = book.order_mut(order).unwrap().state;
            match (order, expected) {
                (_, "00") | ("VOIDED", _) => assert_eq!(state, OrderState::Voided),
                ("FAILED-SLOWLY", _) => assert_eq!(state, OrderState::Failed),
                _ => assert_eq!(state, OrderState::Paid),
            }
        }
    }

    #[test]
    fn from_23_on_a_void_is_settled_the_next_day() {
        let mut late = now();
        late.time = chrono::NaiveTime::from_hms_opt(23, 0, 0).unwrap();
        let request = body(r#""originalOrderId": "PAID""#);
        let decision = void(&mut book(), &parse(&request), VoidChoices::default(), late);
        let reply: serde_json::Value = serde_json::from_slice(&decision.reply.body).unwrap();
        for (field, value) in [
            ("transactionDate", "0718"),
            ("transactionDateWithYear", "20230718"),
            ("settlementDate", "0719"),
            ("settlementDateWithYear", "20230719"),
        ] {
            assert_eq!(reply[field], value, "{field}");
        }
    }

    #[test]
    fn the_approval_is_the_documented_one() {
        let request = body(r#""originalOrderId": "PAID""#);
        let reply = void(&mut book(), &parse(&request), VoidChoices::default(), now()).reply;
        insta::assert_snapshot!(String::from_utf8(reply.body).unwrap(), @r#"{"errCode":"00","errInfo":"10000成功响应码","orderId":"PAID","transactionTime":"111340","transactionDate":"0718","transactionDateWithYear":"20230718","settlementDate":"0718","settlementDateWithYear":"20230718","retrievalRefNum":"00000000001W","transactionAmount":"1","actualTransactionAmount":"1","thirdPartyName":"微信钱包","cardAttr":"91"}"#);
    }
}

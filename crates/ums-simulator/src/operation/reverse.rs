//! The reversal (支付冲正): takes a payment back, whether or not it was booked.
//!
//! The acceptance report names it, no document that is at hand tells its fields or its answers. The
//! fields are those of community clients; the rest is choice.

use crate::book::Book;
use crate::book::change::Change;
use crate::book::order::{OrderState, TradingDay};
use crate::clock::Moment;
use crate::code::{self, Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, WALLET};
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::{self, Precedence};
use crate::operation::request::Request;

/// The reversal of a payment (支付冲正).
pub(crate) struct Reverse;

impl Behaviour for Reverse {
    const NEEDS: Needs = Needs {
        required: &["merchantCode", "terminalCode"],
        one_of: &["merchantOrderId", "originalOrderId"],
        ..Needs::NONE
    };
    const MORE_PATHS: &'static [&'static str] = &["/v2/poslink/transaction/reversepayment"];

    fn execute(call: Execution<'_, '_>) -> Decision {
        let (book, request, choices, now) = (call.book, call.request, call.choices, call.now);
        let style = choices.reply_style;
        match apply(book, request, now) {
            Err(refusal) => Decision::refused_by(refusal),
            Ok((order_id, amount, change)) => {
                let reply = Body::new(style, code::SUCCESS.err_info)
                    .times(now.day, now.time)
                    .text("retrievalRefNum", book.next_reference())
                    .amount("transactionAmount", amount)
                    .text("orderId", order_id)
                    .text("thirdPartyName", WALLET)
                    .into_reply();
                Decision::new(reply, change)
            }
        }
    }
}

/// The checks in their order. A second reversal is approved again, and so is one of a payment that
/// failed: it changes nothing, or forestalls what would come.
fn apply(
    book: &mut Book,
    request: &Request<'_>,
    now: Moment,
) -> Result<(String, u64, Option<Change>), Code> {
    let order = original::find_even_unseen(book, request, Precedence::Ums)?;
    // That both must be of one trading day is documented (POS通交易接口 v20200527 §3.2), the code
    // is not.
    if order.trading_day != TradingDay::On(now.day) {
        return Err(code("57"));
    }
    let other_amount = |amount| amount != order.amount;
    if request.transaction_amount.is_some_and(other_amount) {
        return Err(code("64"));
    }
    let (order_id, amount, from) = (order.order_id.clone(), order.amount, order.state);
    let moved = match from {
        OrderState::Paid => amount,
        OrderState::Pending | OrderState::Unseen => 0,
        OrderState::Failed if order.becomes.is_some() => 0,
        OrderState::Failed | OrderState::Reversed => return Ok((order_id, amount, None)),
        OrderState::Refunded | OrderState::Voided => return Err(code("22")),
        // Holds are not found here.
        OrderState::Completed | OrderState::Completing | OrderState::Held | OrderState::Unknown => {
            return Err(code("96"));
        }
    };
    let change = Change {
        order_id: order_id.clone(),
        from: Some(from),
        to: OrderState::Reversed,
        amount: moved,
        refund_request_id: None,
    };
    book.end(&order_id, OrderState::Reversed);
    Ok((order_id, amount, Some(change)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::book::order::Order;
    use crate::operation::choices::Choices;
    use crate::operation::table::{Route, SimulatedOperation};

    fn now() -> Moment {
        Moment::at("2023-07-18T03:13:40Z".parse().unwrap(), 0)
    }

    fn order(id: &str, state: OrderState) -> Order {
        Order::paid(id)
            .merchant_order_id(format!("M-{id}"))
            .amount(100)
            .state(state)
    }

    fn book() -> Book {
        let mut book = Book::default();
        let later = Duration::from_secs(9);
        let mut orders = OrderState::NAMES
            .map(|(name, state)| order(name, state))
            .to_vec();
        orders.push(order("turns-paid", OrderState::Failed).becoming(OrderState::Paid, later));
        orders.push(order("confirmed", OrderState::Pending).becoming(OrderState::Paid, later));
        orders.push(order("yesterday", OrderState::Paid).trading_day(TradingDay::Yesterday));
        book.insert_all(orders, now()).unwrap();
        book
    }

    fn answer(book: &mut Book, id: &str, amount: u64) -> (&'static str, Option<Change>) {
        let json = format!(
            r#"{{"merchantCode": "103290070111417", "terminalCode": "12340511",
                "merchantOrderId": "M-{id}", "transactionAmount": {amount},
                "transactionCurrencyCode": "156"}}"#
        );
        let route = Route {
            operation: SimulatedOperation::Reverse,
            version: "v2",
        };
        let request = route.read(json.as_bytes()).unwrap();
        let decision = Reverse::execute(Execution {
            book,
            request: &request,
            choices: Choices::default(),
            unclear: false,
            now: now(),
        });
        (decision.reply.err_code.unwrap(), decision.change)
    }

    #[test]
    fn each_state_has_its_answer() {
        let mut book = book();
        for (id, expected, moved, after) in [
            ("paid", "00", Some(100), OrderState::Reversed),
            ("paid", "00", None, OrderState::Reversed),
            ("pending", "00", Some(0), OrderState::Reversed),
            ("confirmed", "00", Some(0), OrderState::Reversed),
            ("unseen", "00", Some(0), OrderState::Reversed),
            ("turns-paid", "00", Some(0), OrderState::Reversed),
            ("failed", "00", None, OrderState::Failed),
            ("reversed", "00", None, OrderState::Reversed),
            ("voided", "22", None, OrderState::Voided),
            ("refunded", "22", None, OrderState::Refunded),
            ("unknown", "96", None, OrderState::Unknown),
            ("yesterday", "57", None, OrderState::Paid),
        ] {
            let (code, change) = answer(&mut book, id, 100);
            assert_eq!(code, expected, "{id}");
            assert_eq!(change.map(|change| change.amount), moved, "{id}");
            assert_eq!(book.order_mut(id).unwrap().state, after, "{id}");
        }
        // Nothing becomes of what was reversed.
        let mut later = now();
        later.elapsed = Duration::from_secs(10);
        book.settle_due(later);
        for id in ["confirmed", "turns-paid"] {
            assert_eq!(book.order_mut(id).unwrap().state, OrderState::Reversed);
        }
        assert_eq!(answer(&mut book, "none", 100).0, "25");
    }

    #[test]
    fn another_amount_is_refused() {
        let mut book = book();
        assert_eq!(answer(&mut book, "paid", 99), ("64", None));
        assert_eq!(book.order_mut("paid").unwrap().state, OrderState::Paid);
    }
}

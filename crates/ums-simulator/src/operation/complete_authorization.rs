//! The completion of a hold (担保完成), and the quick one (快速担保完成): the merchant takes what
//! is held, or a part of it, once, and the rest is the payer's again.

use crate::book::Book;
use crate::book::change::Change;
use crate::book::hold::HoldEnd;
use crate::book::order::{Becomes, OrderState};
use crate::clock::Moment;
use crate::code::{Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, ReplyStyle, WALLET};
use crate::operation::decision::{Decision, Waits};
use crate::operation::follow_up::{self, Find};
use crate::operation::needs::Needs;
use crate::operation::original_hold;
use crate::operation::request::Request;

/// The completion of a hold (担保完成).
pub(crate) struct CompleteAuthorization;

impl Behaviour for CompleteAuthorization {
    const NEEDS: Needs = Needs::of(&ums_model::CompleteAuthorization::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        decide(call, original_hold::by_authorization, |style, end| {
            follow_up::approval(style, end).text("thirdPartyName", WALLET)
        })
    }
}

/// The quick completion of a hold (快速担保完成).
pub(crate) struct QuickCompleteAuthorization;

impl Behaviour for QuickCompleteAuthorization {
    const NEEDS: Needs = Needs::of(&ums_model::QuickCompleteAuthorization::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        decide(call, original_hold::quick, |style, end| {
            follow_up::approval(style, end).amount("actualTransactionAmount", end.amount)
        })
    }
}

fn decide(call: Execution<'_, '_>, find: Find, body: fn(ReplyStyle, &HoldEnd) -> Body) -> Decision {
    let (book, request, choices, now) = (call.book, call.request, call.choices, call.now);
    let time = choices.completion_time;
    let (order_id, amount) = match check(book, request, find, now) {
        Err(refusal) => return Decision::refused_by(refusal),
        Ok(found) => found,
    };
    let end = follow_up::end(book, request, amount, now);
    let reply = body(choices.reply_style, &end).into_reply();
    if time.is_zero() {
        book.end_hold(&order_id, OrderState::Completed, end, None, now);
        let change = Change {
            order_id,
            from: Some(OrderState::Held),
            to: OrderState::Completed,
            amount,
            refund_request_id: None,
        };
        return Decision::new(reply, Some(change));
    }
    let becomes = Becomes::new(OrderState::Completed, time);
    book.end_hold(&order_id, OrderState::Completing, end, Some(becomes), now);
    Decision {
        waits: Some(Waits { order_id, time }),
        ..Decision::new(reply, None)
    }
}

/// The checks in their order; the crate's first page lists them, since no document says which code
/// is given for which.
fn check(
    book: &Book,
    request: &Request<'_>,
    find: Find,
    now: Moment,
) -> Result<(String, u64), Code> {
    let order = follow_up::original(book, request, find, now)?;
    if order.timed_out_queries > 0 {
        return Err(code("57"));
    }
    match order.state_on(now.day) {
        OrderState::Held => {}
        OrderState::Completed | OrderState::Completing | OrderState::Voided => {
            return Err(code("22"));
        }
        OrderState::Failed => return Err(code("25")),
        OrderState::Paid
        | OrderState::Pending
        | OrderState::Refunded
        | OrderState::Reversed
        | OrderState::Unknown
        | OrderState::Unseen => return Err(code("57")),
    }
    match request.transaction_amount.unwrap_or(0) {
        0 => Err(code("13")),
        amount if amount > order.amount => Err(code("61")),
        amount => Ok((order.order_id.clone(), amount)),
    }
}

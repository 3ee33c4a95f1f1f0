//! The void of a hold (担保撤销), and the quick one (快速担保撤销): the whole of it is the payer's
//! again.

use crate::book::Book;
use crate::book::change::Change;
use crate::book::order::OrderState;
use crate::clock::Moment;
use crate::code::{Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::WALLET;
use crate::operation::choices::{PendingVoid, RepeatedVoid, VoidChoices};
use crate::operation::decision::Decision;
use crate::operation::follow_up::{self, Find};
use crate::operation::needs::Needs;
use crate::operation::original_hold;
use crate::operation::request::Request;

/// The void of a hold (担保撤销).
pub(crate) struct VoidAuthorization;

impl Behaviour for VoidAuthorization {
    const NEEDS: Needs = Needs::of(&ums_model::VoidAuthorization::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        decide(call, original_hold::by_authorization)
    }
}

/// The quick void of a hold (快速担保撤销).
pub(crate) struct QuickVoidAuthorization;

impl Behaviour for QuickVoidAuthorization {
    const NEEDS: Needs = Needs::of(&ums_model::QuickVoidAuthorization::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        decide(call, original_hold::quick)
    }
}

fn decide(call: Execution<'_, '_>, find: Find) -> Decision {
    let (book, request, choices, now) = (call.book, call.request, call.choices, call.now);
    let change = match check(book, request, find, choices.voids, now) {
        Err(refusal) => return Decision::refused_by(refusal),
        Ok(change) => change,
    };
    let amount = request.transaction_amount.unwrap_or(0);
    let end = follow_up::end(book, request, amount, now);
    let reply = follow_up::approval(choices.reply_style, &end)
        .text("thirdPartyName", WALLET)
        .into_reply();
    if let Some(change) = &change {
        book.end_hold(&change.order_id, OrderState::Voided, end, None, now);
    }
    Decision::new(reply, change)
}

/// The checks in their order; the crate's first page lists them, since no document says which code
/// is given for which. A void that is approved again changes nothing.
fn check(
    book: &Book,
    request: &Request<'_>,
    find: Find,
    VoidChoices { repeated, pending }: VoidChoices,
    now: Moment,
) -> Result<Option<Change>, Code> {
    let order = follow_up::original(book, request, find, now)?;
    let state = order.state_on(now.day);
    if state == OrderState::Pending || order.timed_out_queries > 0 {
        match pending {
            PendingVoid::Approve => {}
            PendingVoid::NotAllowed => return Err(code("57")),
            PendingVoid::NotFound => return Err(code("25")),
        }
    }
    let released = match state {
        OrderState::Held => order.amount,
        OrderState::Pending => 0,
        OrderState::Completed | OrderState::Completing => return Err(code("22")),
        OrderState::Failed => return Err(code("25")),
        OrderState::Voided => match repeated {
            RepeatedVoid::Approve => return Ok(None),
            RepeatedVoid::Duplicate => return Err(code("94")),
            RepeatedVoid::NoOriginal => return Err(code("22")),
            RepeatedVoid::NotAllowed => return Err(code("57")),
            RepeatedVoid::NotFound => return Err(code("25")),
        },
        OrderState::Paid
        | OrderState::Refunded
        | OrderState::Reversed
        | OrderState::Unknown
        | OrderState::Unseen => return Err(code("57")),
    };
    if request.transaction_amount != Some(order.amount) {
        return Err(code("64"));
    }
    Ok(Some(Change {
        order_id: order.order_id.clone(),
        from: Some(state),
        to: OrderState::Voided,
        amount: released,
        refund_request_id: None,
    }))
}

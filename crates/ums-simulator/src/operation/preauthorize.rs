//! The pre-authorization (担保): makes a hold, or refuses to, as the payer's code says.

use crate::book::Book;
use crate::book::hold::Hold;
use crate::book::order::{Order, OrderState, TradingDay};
use crate::clock::Moment;
use crate::code::{self, Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, ReplyStyle, WALLET};
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::check_terminal;
use crate::operation::original_hold::check_trace;
use crate::operation::pay;
use crate::operation::pay_code::PayCodeRule;
use crate::operation::request::Request;
use crate::wire::reply::Reply;

/// The pre-authorization (担保), which makes a hold.
pub(crate) struct Preauthorize;

impl Behaviour for Preauthorize {
    const NEEDS: Needs = Needs {
        is_pay_mode: |mode| {
            let mut modes = ums_model::AuthorizationPayMode::ALL.iter();
            modes.any(|known| known.code() == mode)
        },
        ..Needs::of(&ums_model::Preauthorize::SPEC)
    };

    /// Makes the order, whatever becomes of it, so that queries know of it. Its pay code makes of
    /// it what it makes of a payment, but that nothing is paid: it is held.
    fn execute(call: Execution<'_, '_>) -> Decision {
        let (book, request, choices, now) = (call.book, call.request, call.choices, call.now);
        let style = choices.reply_style;
        if let Err(refusal) = check(book, request, now) {
            return Decision::refused_by(refusal);
        }
        if book.is_full() {
            return Decision::no_room();
        }
        let rule = PayCodeRule::of(&request.pay_code);
        let mut order = pay::order(book, request, rule, now);
        order.state = of_hold(order.state);
        if let Some(becomes) = &mut order.becomes {
            becomes.state = of_hold(becomes.state);
        }
        // It is never refunded by merchant order id, which is what that is about.
        order.query_needed = false;
        // The document gives the code no form; six characters are what card schemes have.
        let code = format!("A{:05}", book.references % 100_000);
        let number = request.system_trace_num.as_ref();
        order.hold = Some(Hold::new(number).authorization_code(code));
        pay::enter(book, order, rule, |order| approval(order, style), now)
    }
}

fn check(book: &Book, request: &Request<'_>, now: Moment) -> Result<(), Code> {
    check_terminal(book, request)?;
    // Documented in POS通担保交易接口 v20201204 §2.2, without the code.
    if !book.is_activated(&request.merchant_code, &request.terminal_code) {
        return Err(code("97"));
    }
    if request.transaction_amount == Some(0) {
        return Err(code("13"));
    }
    check_trace(book, request, now.day)?;
    let id = &request.merchant_order_id;
    if !id.is_empty() && book.is_used(id) {
        return Err(code("94"));
    }
    Ok(())
}

/// What a payment's state is for a hold. One that the platform cancels is never held.
fn of_hold(state: OrderState) -> OrderState {
    match state {
        OrderState::Paid => OrderState::Held,
        OrderState::Reversed => OrderState::Failed,
        other => other,
    }
}

/// The reply of §1.2. It says that authorization code and order id are always there, so they are
/// while the payer has yet to confirm, too.
fn approval(order: &Order, style: ReplyStyle) -> Reply {
    let (Some(hold), TradingDay::On(day)) = (&order.hold, order.trading_day) else {
        return Decision::refused_by(code("96")).reply;
    };
    let body = Body::new(style, code::SUCCESS.err_info)
        .times_without_year(day, order.pay_time.unwrap_or_default())
        .text_if_any("retrievalRefNum", order.retrieval_ref_num.as_deref())
        .text("authorizationCode", hold.authorization_code.as_str())
        .amount("actualTransactionAmount", order.amount)
        .amount("amount", order.amount)
        .text("orderId", order.order_id.as_str())
        .text("thirdPartyName", WALLET)
        .amount("transactionAmount", order.amount);
    match order.state {
        OrderState::Pending => body.text("autoQueryFlag", "Y"),
        _ => body,
    }
    .into_reply()
}

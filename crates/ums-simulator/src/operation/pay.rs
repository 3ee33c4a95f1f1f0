//! The payment (支付): makes an order, or refuses to, as the payer's code says.

use std::time::Duration;

use crate::book::Book;
use crate::book::change::Change;
use crate::book::order::{Becomes, Order, OrderState, TradingDay};
use crate::clock::Moment;
use crate::code::{self, Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, ReplyStyle, WALLET};
use crate::operation::decision::{Decision, Waits};
use crate::operation::needs::Needs;
use crate::operation::original::check_terminal;
use crate::operation::pay_code::PayCodeRule;
use crate::operation::request::Request;
use crate::wire::reply::Reply;

/// The payment (支付).
pub(crate) struct Pay;

impl Behaviour for Pay {
    const NEEDS: Needs = Needs::of(&ums_model::Pay::SPEC);

    /// Makes the order, whatever becomes of it, so that queries know of it.
    fn execute(call: Execution<'_, '_>) -> Decision {
        let (book, request, choices, unclear, now) = (
            call.book,
            call.request,
            call.choices,
            call.unclear,
            call.now,
        );
        let style = choices.reply_style;
        if let Err(refusal) = check(book, request) {
            return Decision::refused_by(refusal);
        }
        if book.is_full() {
            return Decision::no_room();
        }
        let rule = PayCodeRule::of(&request.pay_code);
        let mut order = order(book, request, rule, now);
        order.query_needed |= unclear;
        let number = book.references;
        enter(
            book,
            order,
            rule,
            |order| approval(order, style, number),
            now,
        )
    }
}

/// Puts the order into the book, and answers as its pay code has it.
pub(crate) fn enter(
    book: &mut Book,
    order: Order,
    rule: Option<&PayCodeRule>,
    approval: impl FnOnce(&Order) -> Reply,
    now: Moment,
) -> Decision {
    let waits = order.becomes.as_ref().map(|becomes| Waits {
        order_id: order.order_id.clone(),
        time: Duration::from_millis(becomes.wait_ms),
    });
    let change = order.state.moves_money().then(|| Change {
        order_id: order.order_id.clone(),
        from: None,
        to: order.state,
        amount: order.amount,
        refund_request_id: None,
    });
    let decision = match rule.map(|rule| rule.answer()) {
        None | Some(Some(code::SUCCESS)) => Decision::new(approval(&order), change),
        // What a fault bends when nothing would have been said: the platform does not know.
        Some(said) => Decision {
            silent: said.is_none(),
            change,
            ..Decision::refused_by(said.unwrap_or(code("FF")))
        },
    };
    book.insert(order, now);
    Decision { waits, ..decision }
}

fn check(book: &Book, request: &Request<'_>) -> Result<(), Code> {
    check_terminal(book, request)?;
    if request.transaction_amount == Some(0) {
        return Err(code("13"));
    }
    if book.is_used(&request.merchant_order_id) {
        return Err(code("94"));
    }
    Ok(())
}

/// The order that the request makes, with what its pay code makes of it.
pub(crate) fn order(
    book: &mut Book,
    request: &Request<'_>,
    rule: Option<&PayCodeRule>,
    now: Moment,
) -> Order {
    let reference = book.next_reference();
    let mut state = rule.map_or(OrderState::Paid, |rule| rule.state);
    let mut becomes = rule.and_then(|rule| {
        let wait = rule.wait(&request.pay_code);
        rule.becomes.map(|state| Becomes::new(state, wait))
    });
    if let Some(at_once) = becomes.take_if(|becomes| becomes.wait_ms == 0) {
        state = at_once.state;
    }
    let merchant_order_id = request.merchant_order_id.as_ref();
    Order {
        merchant_order_id: (!merchant_order_id.is_empty()).then(|| merchant_order_id.to_owned()),
        amount: request.transaction_amount.unwrap_or(0),
        state,
        pay_time: Some(now.time),
        pay_code: Some(request.pay_code.to_string()),
        retrieval_ref_num: Some(reference),
        timed_out_queries: rule.map_or(0, |rule| rule.timed_out_queries),
        query_needed: becomes.is_some() || rule.is_some_and(|rule| rule.answer.is_none()),
        becomes,
        ..Order::paid(book.new_order_id(now))
            .merchant_code(request.merchant_code.as_ref())
            .terminal_code(request.terminal_code.as_ref())
            .trading_day(TradingDay::On(now.day))
    }
}

fn approval(order: &Order, style: ReplyStyle, number: u64) -> Reply {
    let TradingDay::On(day) = order.trading_day else {
        return Reply::refusal(
            code("96"),
            code("96").err_info,
            chrono::DateTime::UNIX_EPOCH,
        );
    };
    let body =
        Body::new(style, code::SUCCESS.err_info).times(day, order.pay_time.unwrap_or_default());
    // The name is that of 担保's reply; the payment's document has none.
    let body = match order.state {
        OrderState::Pending => body.text("autoQueryFlag", "Y"),
        _ => body,
    };
    body.text_if_any("retrievalRefNum", order.retrieval_ref_num.as_deref())
        .amount("transactionAmount", order.amount)
        .amount("actualTransactionAmount", order.amount)
        .amount("amount", order.amount)
        .text("orderId", order.order_id.as_str())
        .seen_live("thirdPartyDiscountInstrution", "")
        .text("thirdPartyDiscountInstruction", "")
        .text("thirdPartyName", WALLET)
        .seen_live("userId", "")
        .text("thirdPartyPayInformation", format!("现金:{}", order.amount))
        .text("cardAttr", "91")
        .seen_live("chnlType", "WXPay")
        .seen_live("promotionAmt", "0")
        .seen_live("systemTraceNum", format!("{:06}", number % 1_000_000))
        .into_reply()
}

//! The refund (交易退款): in whole or in part, each under a refund request id of its own.

use crate::book::Book;
use crate::book::change::Change;
use crate::book::order::{Order, OrderRefund, OrderState, TradingDay};
use crate::clock::Moment;
use crate::code::{self, Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, ReplyStyle, WALLET};
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::{self, Precedence};
use crate::operation::request::Request;
use crate::wire::reply::Reply;

/// The refund (交易退款).
pub(crate) struct Refund;

impl Behaviour for Refund {
    const NEEDS: Needs = Needs::of(&ums_model::Refund::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        let (book, request, choices, now) = (call.book, call.request, call.choices, call.now);
        let style = choices.reply_style;
        match apply(book, request, now) {
            Err(refusal) => Decision::refused_by(refusal),
            Ok((order_id, refund, change)) => {
                Decision::new(approval(&order_id, &refund, style), change)
            }
        }
    }
}

/// The checks in their order, then the refund. A repeat of a refund, by its request id, gives the
/// refund that was made, and no change.
fn apply(
    book: &mut Book,
    request: &Request<'_>,
    now: Moment,
) -> Result<(String, OrderRefund, Option<Change>), Code> {
    let amount = request.transaction_amount.unwrap_or(0);
    let order_id = {
        let order = original::find(book, request, Precedence::Ums)?;
        let earlier = of_request(order, &request.refund_request_id);
        if let Some(earlier) = earlier {
            return match earlier.amount == amount {
                true => Ok((order.order_id.clone(), earlier.clone(), None)),
                false => Err(code("94")),
            };
        }
        // POS通交易接口 v20200527 §3.6 does not say with which code.
        if request.original_order_id.is_empty() && order.query_needed {
            return Err(code("57"));
        }
        check(order, amount, now)?;
        order.order_id.clone()
    };
    let refund = OrderRefund {
        refund_request_id: request.refund_request_id.to_string(),
        amount,
        retrieval_ref_num: book.next_reference(),
        refund_order_id: book.new_order_id(now),
        trading_day: now.day,
        refund_time: now.time,
    };
    let order = book.order_mut(&order_id).ok_or(code("25"))?;
    let from = std::mem::replace(&mut order.state, OrderState::Refunded);
    order.refunds.push(refund.clone());
    let change = Change {
        order_id: order_id.clone(),
        from: Some(from),
        to: OrderState::Refunded,
        amount,
        refund_request_id: Some(refund.refund_request_id.clone()),
    };
    Ok((order_id, refund, Some(change)))
}

/// The refund that was made under this request id.
pub(crate) fn of_request<'o>(order: &'o Order, request_id: &str) -> Option<&'o OrderRefund> {
    let mut refunds = order.refunds.iter();
    refunds.find(|refund| refund.refund_request_id == request_id)
}

fn check(order: &Order, amount: u64, now: Moment) -> Result<(), Code> {
    let TradingDay::On(paid_on) = order.trading_day else {
        return Err(code("57"));
    };
    // POS通交易接口 v20200527 §3.5 says 30 days, and not how they are counted.
    let in_time = (0..=30).contains(&(now.day - paid_on).num_days());
    let refundable = matches!(order.state, OrderState::Paid | OrderState::Refunded);
    if !refundable || order.timed_out_queries > 0 || !in_time {
        return Err(code("57"));
    }
    match amount {
        0 => Err(code("13")),
        amount if amount > order.balance() => Err(code("61")),
        _ => Ok(()),
    }
}

fn approval(order_id: &str, refund: &OrderRefund, style: ReplyStyle) -> Reply {
    Body::new(style, code::SUCCESS.err_info)
        .times(refund.trading_day, refund.refund_time)
        .text("retrievalRefNum", refund.retrieval_ref_num.as_str())
        .text("thirdPartyName", WALLET)
        .text("cardAttr", "91")
        .text("refundInvoiceAmount", refund.amount.to_string())
        .amount("transactionAmount", refund.amount)
        .seen_live("refundPromotionList", "0|0|0")
        .seen_live("chnlType", "WXPay")
        .seen_live("acqInstCode", "UNIONPAY")
        .seen_live("orderId", order_id)
        .seen_live("refundOrderId", refund.refund_order_id.as_str())
        .seen_live("refundTargetOrderId", refund.target_order_id())
        .into_reply()
}

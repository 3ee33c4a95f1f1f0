//! The query (交易状态查询): what became of an order, told truthfully.

use chrono::NaiveDate;

use crate::body::{Body, QUERY_ANSWERED, ReplyStyle, WALLET};
use crate::clock::{Moment, write_day, write_time};
use crate::code::{Code, code};
use crate::decision::Decision;
use crate::operation::Version;
use crate::order::{Book, Order, OrderState, TradingDay};
use crate::original::{self, Precedence};
use crate::request::Request;

pub(crate) fn query(
    book: &mut Book,
    request: &Request<'_>,
    version: Version,
    style: ReplyStyle,
    now: Moment,
) -> Decision {
    match find(book, request, version, now.day) {
        Err(refusal) => Decision::refused_by(refusal),
        Ok(order) => {
            let result = result(order);
            order.timed_out_queries = order.timed_out_queries.saturating_sub(1);
            Decision::new(answer(order, result, style).into_reply(), None)
        }
    }
}

/// The day that the request names must be the order's. Without one, v2 knows
/// the orders of the same trading day only (official PDF v2).
fn find<'b>(
    book: &'b mut Book,
    request: &Request<'_>,
    version: Version,
    today: NaiveDate,
) -> Result<&'b mut Order, Code> {
    let order = original::find(book, request, Precedence::Merchant)?;
    let asked_for = match (request.payment_day(), version) {
        (None, Version::V4 | Version::V6) => return Ok(order),
        (None, Version::V2) => today,
        (Some(day), _) => day,
    };
    if order.trading_day == TradingDay::On(asked_for) {
        Ok(order)
    } else {
        Err(code("25"))
    }
}

/// `queryResCode` and `queryResDesc`. The codes are the official PDF v2's.
fn result(order: &Order) -> (&'static str, &'static str) {
    match order.state {
        _ if order.timed_out_queries > 0 => ("1", "超时"),
        OrderState::Paid => ("0", "成功"),
        OrderState::Voided => ("2", "已撤销"),
        OrderState::Refunded => ("3", "已退货"),
        OrderState::Reversed => ("4", "已冲正"),
        OrderState::Failed => ("5", "失败:交易被拒绝"),
        OrderState::Unknown => ("FF", "交易状态未知"),
    }
}

fn answer(order: &Order, (res_code, res_desc): (&str, &str), style: ReplyStyle) -> Body {
    let day = match order.trading_day {
        TradingDay::On(day) => write_day(day),
        _ => String::new(),
    };
    let reference = order.retrieval_ref_num.as_deref();
    let body = Body::new(style, QUERY_ANSWERED);
    let refunded = if body.is_live() {
        0
    } else {
        order.refunded_amount()
    };
    let paid_at = write_time(order.pay_time.unwrap_or_default());
    let mut body = body
        .text("queryResCode", res_code)
        .text("queryResDesc", res_desc)
        .text("originalTransactionTime", format!("{day}{paid_at}"))
        .text("originalSettlementDate", day)
        .text_if_any("originalPayCode", order.pay_code.as_deref())
        .text("originalBatchNo", "000001")
        .text_if_any("origialRetrievalRefNum", reference)
        .amount("originalTransactionAmount", order.amount)
        .amount("refundedAmount", refunded)
        .amount("actualTransactionAmount", order.amount)
        .amount("amount", order.amount)
        .text_if_any("merchantOrderId", order.merchant_order_id.as_deref())
        .text("orderId", order.order_id.as_str())
        .text("thirdPartyName", WALLET);
    if body.is_live() {
        body = body
            .text_if_any("originalRetrievalRefNum", reference)
            .amount("refundAmonunt", refunded);
        if let Some(status) = netpay_status(order.state) {
            body = body.text("orderStatus", status);
        }
    }
    body
}

/// `TRADE_REFUND` was seen live; for the other states nothing was.
fn netpay_status(state: OrderState) -> Option<&'static str> {
    match state {
        OrderState::Refunded => Some("TRADE_REFUND"),
        _ => None,
    }
}

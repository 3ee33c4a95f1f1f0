//! The query (交易状态查询): what became of an order, told truthfully.

use chrono::NaiveDate;

use crate::book::Book;
use crate::book::order::{Order, OrderState, TradingDay};
use crate::clock::{settlement_day, write_day, write_time};
use crate::code::{Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, QUERY_ANSWERED, ReplyStyle, WALLET};
use crate::operation::choices::LateQuery;
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::{self, Precedence};
use crate::operation::pay_code::PayCodeRule;
use crate::operation::request::Request;

/// The query (交易状态查询) about an order.
pub(crate) struct Query;

impl Behaviour for Query {
    const NEEDS: Needs = Needs::of(&ums_model::Query::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        let (book, request, choices, now) = (call.book, call.request, call.choices, call.now);
        let (late, style) = (choices.late_query, choices.reply_style);
        match find(book, request, late, now.day) {
            Err(refusal) => Decision::refused_by(refusal),
            Ok((order, result)) => {
                let same_day = order.trading_day == TradingDay::On(now.day);
                if same_day && !matches!(result.0, "1" | "FF") {
                    order.query_needed = false;
                }
                order.timed_out_queries = order.timed_out_queries.saturating_sub(1);
                Decision::new(answer(order, result, style).into_reply(), None)
            }
        }
    }
}

/// The order, and what is said of it. A day that the request names must be the order's.
fn find<'b>(
    book: &'b mut Book,
    request: &Request<'_>,
    late: LateQuery,
    today: NaiveDate,
) -> Result<(&'b mut Order, QueryResult), Code> {
    let order = original::find(book, request, Precedence::Merchant)?;
    let result = result(order);
    let named = request.payment_day();
    if order.trading_day == TradingDay::On(named.unwrap_or(today)) {
        return Ok((order, result));
    }
    match late {
        LateQuery::Answer if named.is_none() => Ok((order, result)),
        LateQuery::Unknown if named.is_none() => Ok((order, UNKNOWN)),
        LateQuery::NoOriginal => Err(code("22")),
        LateQuery::Answer | LateQuery::NotFound | LateQuery::Unknown => Err(code("25")),
    }
}

/// `queryResCode` and `queryResDesc`.
type QueryResult = (&'static str, &'static str);

const TIMED_OUT: QueryResult = ("1", "超时");
const UNKNOWN: QueryResult = ("FF", "交易状态未知");

/// The codes are those of POS通交易接口 v20200527 §1.5.
fn result(order: &Order) -> QueryResult {
    match order.state {
        _ if order.timed_out_queries > 0 => TIMED_OUT,
        OrderState::Pending => TIMED_OUT,
        OrderState::Paid => ("0", "成功"),
        OrderState::Voided => ("2", "已撤销"),
        OrderState::Refunded => ("3", "已退货"),
        OrderState::Reversed => ("4", "已冲正"),
        OrderState::Failed => ("5", failure(order)),
        // An unseen order and a hold are not found, so nothing is ever said of them.
        OrderState::Completed
        | OrderState::Completing
        | OrderState::Held
        | OrderState::Unknown
        | OrderState::Unseen => UNKNOWN,
    }
}

/// 失败 and, in words, why.
fn failure(order: &Order) -> &'static str {
    let rule = order.pay_code.as_deref().and_then(PayCodeRule::of);
    match rule.and_then(|rule| rule.words) {
        Some("余额不足") => "失败:余额不足",
        _ => "失败:交易被拒绝",
    }
}

fn answer(order: &Order, (res_code, res_desc): QueryResult, style: ReplyStyle) -> Body {
    let time = order.pay_time.unwrap_or_default();
    let (day, settled) = match order.trading_day {
        TradingDay::On(day) => (write_day(day), write_day(settlement_day(day, time))),
        _ => (String::new(), String::new()),
    };
    let reference = order.retrieval_ref_num.as_deref();
    let body = Body::new(style, QUERY_ANSWERED);
    let refunded = if body.is_live() {
        0
    } else {
        order.refunded_amount()
    };
    let mut body = body
        .text("queryResCode", res_code)
        .text("queryResDesc", res_desc)
        .text(
            "originalTransactionTime",
            format!("{day}{}", write_time(time)),
        )
        .text("originalSettlementDate", settled)
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

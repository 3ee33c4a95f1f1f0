//! The queries about a hold (担保), by trace number and by either name: what became of it, told
//! truthfully.

use chrono::{NaiveDate, NaiveTime};

use crate::book::Book;
use crate::book::order::{Order, OrderState, TradingDay};
use crate::clock::{Moment, write_day, write_time};
use crate::code::{Code, code};
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::{Body, QUERY_ANSWERED, WALLET};
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::check_terminal;
use crate::operation::original_hold;
use crate::operation::pay_code::PayCodeRule;
use crate::operation::request::Request;

/// The query about a hold (担保) by order id or trace number.
pub(crate) struct QueryAuthorization;

impl Behaviour for QueryAuthorization {
    const NEEDS: Needs = Needs::of(&ums_model::QueryAuthorization::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        let found = find(
            call.book,
            call.request,
            &call.request.original_order_id,
            call.now,
        );
        decide(call, found, standing)
    }
}

/// The query about a hold (担保) by trace number.
pub(crate) struct QueryAuthorizationByTrace;

impl Behaviour for QueryAuthorizationByTrace {
    const NEEDS: Needs = Needs::of(&ums_model::QueryAuthorizationByTrace::SPEC);

    fn execute(call: Execution<'_, '_>) -> Decision {
        let found = find(call.book, call.request, "", call.now);
        decide(call, found, |_, _, body| body)
    }
}

/// What was asked about: the order, and whether it is what ended the hold or the hold itself.
type Found = Result<(String, bool), Code>;

/// By order id, or by trace number if there is none.
fn find(book: &Book, request: &Request<'_>, order_id: &str, now: Moment) -> Found {
    check_terminal(book, request)?;
    let (order, is_end) = match order_id {
        "" => original_hold::by_trace(book, request, now.day)?,
        id => (original_hold::by_order_id(book, request, id)?, false),
    };
    Ok((order.order_id.clone(), is_end))
}

fn decide(
    call: Execution<'_, '_>,
    found: Found,
    more: fn(&Order, OrderState, Body) -> Body,
) -> Decision {
    let Execution {
        book, choices, now, ..
    } = call;
    let style = choices.reply_style;
    let found = found.and_then(|(order_id, is_end)| {
        let order = book.order_mut(&order_id).ok_or(code("25"))?;
        Ok((order, is_end))
    });
    let (order, is_end) = match found {
        Err(refusal) => return Decision::refused_by(refusal),
        Ok(found) => found,
    };
    let state = match order.timed_out_queries {
        0 => order.state_on(now.day),
        _ => OrderState::Pending,
    };
    order.timed_out_queries = order.timed_out_queries.saturating_sub(1);
    let body = answer(order, state, is_end, Body::new(style, QUERY_ANSWERED));
    Decision::new(more(order, state, body).into_reply(), None)
}

/// A transaction of a hold, as queries call it.
struct Deal<'o> {
    /// No document says how the platform calls them.
    kind: &'static str,
    day: String,
    time: NaiveTime,
    amount: u64,
    system_trace_num: &'o str,
    retrieval_ref_num: &'o str,
    result: &'static str,
}

/// The completion or the void, or else the pre-authorization.
fn deal(order: &Order, state: OrderState, is_end: bool) -> Deal<'_> {
    let hold = order.hold.as_ref();
    let end = hold.and_then(|hold| hold.ended_by.as_ref());
    if let Some(end) = end.filter(|_| is_end) {
        let (kind, result) = match state {
            OrderState::Voided => ("voidauthorization", "0"),
            OrderState::Completing => ("completeauthorization", "1"),
            _ => ("completeauthorization", "0"),
        };
        return Deal {
            kind,
            day: write_day(end.trading_day),
            time: end.end_time,
            amount: end.amount,
            system_trace_num: &end.system_trace_num,
            retrieval_ref_num: &end.retrieval_ref_num,
            result,
        };
    }
    Deal {
        kind: "preauthorize",
        day: day_of(order).map(write_day).unwrap_or_default(),
        time: order.pay_time.unwrap_or_default(),
        amount: order.amount,
        system_trace_num: hold.map_or("", |hold| &hold.system_trace_num),
        retrieval_ref_num: order.retrieval_ref_num.as_deref().unwrap_or_default(),
        result: match state {
            OrderState::Pending => "1",
            OrderState::Failed => "5",
            OrderState::Unknown => "FF",
            _ => "0",
        },
    }
}

/// The fields of §1.8. Amounts are documented as text here, but for those of discounts.
fn answer(order: &Order, state: OrderState, is_end: bool, body: Body) -> Body {
    let deal = deal(order, state, is_end);
    let hold = order.hold.as_ref();
    body.text("queryResCode", deal.result)
        .text("payCode", order.pay_code.as_deref().unwrap_or_default())
        .text("dealDate", deal.day)
        .text("dealTime", write_time(deal.time))
        .text("originalAmount", deal.amount.to_string())
        .text("dealType", deal.kind)
        .text("dealSystemTraceNum", deal.system_trace_num)
        .text("dealRetrievalRefNum", deal.retrieval_ref_num)
        .text("batchNo", "000001")
        .text_if_any(
            "authorizationCode",
            hold.map(|hold| hold.authorization_code.as_str()),
        )
        .text("actualTransactionAmount", deal.amount.to_string())
        .text("amount", deal.amount.to_string())
        .text("orderId", order.order_id.as_str())
        .text("thirdPartyName", WALLET)
}

/// What §1.9 adds: the state of the hold, whichever of its transactions was asked about.
fn standing(order: &Order, state: OrderState, body: Body) -> Body {
    let body = match state {
        OrderState::Held => body.number("secureStatus", 0),
        OrderState::Voided => body.number("secureStatus", 1),
        OrderState::Completed => body.number("secureStatus", 2),
        OrderState::Completing => body.number("secureStatus", 3),
        OrderState::Failed => body.number("secureStatus", 6),
        _ => body.text("autoQueryFlag", "Y"),
    };
    let body = body.text("status", status(state));
    match state {
        OrderState::Failed => body.text("netpayErrMsg", why(order)),
        _ => body,
    }
}

/// The names are those of §1.9, which says of `TRADE_CLOSED` that it has several meanings.
fn status(state: OrderState) -> &'static str {
    match state {
        OrderState::Pending => "WAIT_BUYER_PAY",
        OrderState::Failed | OrderState::Voided => "TRADE_CLOSED",
        OrderState::Completed | OrderState::Completing | OrderState::Held => "TRADE_SUCCESS",
        _ => "UNKNOWN",
    }
}

fn why(order: &Order) -> &'static str {
    let rule = order.pay_code.as_deref().and_then(PayCodeRule::of);
    rule.and_then(|rule| rule.words).unwrap_or("交易被拒绝")
}

fn day_of(order: &Order) -> Option<NaiveDate> {
    match order.trading_day {
        TradingDay::On(day) => Some(day),
        _ => None,
    }
}

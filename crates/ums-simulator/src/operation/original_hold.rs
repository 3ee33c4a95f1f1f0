//! The hold (担保) that a request is about, by whichever of its names the request has.

use chrono::NaiveDate;

use crate::book::Book;
use crate::book::hold_index::{Trace, traces};
use crate::book::order::{Order, OrderState, TradingDay};
use crate::clock::write_day;
use crate::code::{Code, code};
use crate::operation::body::month_and_day;
use crate::operation::request::Request;

/// Merchant and terminal are checked before. A hold of another merchant is as good as unknown, and
/// so is one that the book has not seen yet, and a payment.
pub(crate) fn by_order_id<'b>(
    book: &'b Book,
    request: &Request<'_>,
    order_id: &str,
) -> Result<&'b Order, Code> {
    let order = book.find(order_id);
    let order = order.filter(|order| is_known(order, request));
    order.ok_or(code("25"))
}

/// By `orderId`, with which the trace number and the day must agree where they are given, as the
/// quick operations document it (POS通担保交易接口 v20201204 §1.6, §1.7).
pub(crate) fn quick<'b>(book: &'b Book, request: &Request<'_>) -> Result<&'b Order, Code> {
    let order = by_order_id(book, request, &request.order_id)?;
    let agrees = (request.original_system_trace_num.is_empty() || has_trace(order, request))
        && (request.original_transaction_date.is_empty() || has_date(order, request));
    agrees.then_some(order).ok_or(code("25"))
}

/// By authorization code, day and trace number, which must all be those of the hold
/// (POS通担保交易接口 v20201204 §1.4, §1.5). The day has no year, so the newest counts. That
/// another terminal may follow up is a choice.
pub(crate) fn by_authorization<'b>(
    book: &'b Book,
    request: &Request<'_>,
) -> Result<&'b Order, Code> {
    let orders = book.holds.of_code(&request.authorization_code);
    orders
        .filter_map(|order_id| book.find(order_id))
        .filter(|order| {
            is_known(order, request) && has_trace(order, request) && has_date(order, request)
        })
        .max_by_key(|order| day_of(order))
        .ok_or(code("25"))
}

/// By the trace number of the hold, of its completion or of its void, on this day from the same
/// terminal: on another day the number may be another's (POS通担保交易接口 v20201204 §2.1). Tells,
/// too, whether it is that of the completion or the void.
pub(crate) fn by_trace<'b>(
    book: &'b Book,
    request: &Request<'_>,
    today: NaiveDate,
) -> Result<(&'b Order, bool), Code> {
    let trace = trace_of(request, &request.original_system_trace_num, today);
    let order_id = book.holds.of_trace(&trace).ok_or(code("25"))?;
    let order = by_order_id(book, request, order_id)?;
    let is_end = traces(order).first() != Some(&trace);
    Ok((order, is_end))
}

/// The request's own trace number must be new: on one day, of one terminal of one merchant, each is
/// there once (POS通担保交易接口 v20201204 §2.1). Those of queries and activations are not
/// remembered.
pub(crate) fn check_trace(
    book: &Book,
    request: &Request<'_>,
    today: NaiveDate,
) -> Result<(), Code> {
    let trace = trace_of(request, &request.system_trace_num, today);
    match book.holds.of_trace(&trace) {
        None => Ok(()),
        Some(_) => Err(code("94")),
    }
}

fn trace_of(request: &Request<'_>, number: &str, day: NaiveDate) -> Trace {
    Trace {
        merchant_code: request.merchant_code.to_string(),
        terminal_code: request.terminal_code.to_string(),
        day,
        system_trace_num: number.to_owned(),
    }
}

fn is_known(order: &Order, request: &Request<'_>) -> bool {
    order.hold.is_some()
        && order.merchant_code == request.merchant_code
        && order.state != OrderState::Unseen
}

fn has_trace(order: &Order, request: &Request<'_>) -> bool {
    let hold = order.hold.as_ref();
    hold.is_some_and(|hold| hold.system_trace_num == request.original_system_trace_num)
}

/// Whether the order is of the day that the request names as `MMdd`.
fn has_date(order: &Order, request: &Request<'_>) -> bool {
    let day = day_of(order).map(write_day).unwrap_or_default();
    month_and_day(&day) == request.original_transaction_date
}

fn day_of(order: &Order) -> Option<NaiveDate> {
    match order.trading_day {
        TradingDay::On(day) => Some(day),
        _ => None,
    }
}

//! What completions and voids of holds (担保) have in common.

use crate::book::Book;
use crate::book::hold::HoldEnd;
use crate::book::order::Order;
use crate::clock::Moment;
use crate::code::{self, Code};
use crate::operation::body::{Body, ReplyStyle};
use crate::operation::original::check_terminal;
use crate::operation::original_hold::check_trace;
use crate::operation::request::Request;

/// How a request names its hold.
pub(crate) type Find = for<'b> fn(&'b Book, &Request<'_>) -> Result<&'b Order, Code>;

/// The hold, once merchant, terminal and trace number are in order.
pub(crate) fn original<'b>(
    book: &'b Book,
    request: &Request<'_>,
    find: Find,
    now: Moment,
) -> Result<&'b Order, Code> {
    check_terminal(book, request)?;
    check_trace(book, request, now.day)?;
    find(book, request)
}

/// What ends the hold.
pub(crate) fn end(book: &mut Book, request: &Request<'_>, amount: u64, now: Moment) -> HoldEnd {
    HoldEnd {
        terminal_code: request.terminal_code.to_string(),
        system_trace_num: request.system_trace_num.to_string(),
        amount,
        retrieval_ref_num: book.next_reference(),
        trading_day: now.day,
        end_time: now.time,
    }
}

/// What all their replies have (POS通担保交易接口 v20201204 §1.4 to §1.7). None names the order.
pub(crate) fn approval(style: ReplyStyle, end: &HoldEnd) -> Body {
    Body::new(style, code::SUCCESS.err_info)
        .times_without_year(end.trading_day, end.end_time)
        .text("retrievalRefNum", end.retrieval_ref_num.as_str())
}

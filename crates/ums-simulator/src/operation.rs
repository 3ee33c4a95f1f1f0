//! What each operation does to the order book, and what it is answered with.

pub(crate) mod activate;
pub(crate) mod body;
pub(crate) mod decision;
pub(crate) mod original;
pub(crate) mod pay;
pub(crate) mod pay_code;
pub(crate) mod query;
pub(crate) mod query_refund;
pub(crate) mod refund;
pub(crate) mod request;
pub(crate) mod reverse;
pub(crate) mod table;
pub(crate) mod void;

use crate::book::Book;
use crate::clock::Moment;
use crate::operation::body::ReplyStyle;
use crate::operation::decision::Decision;
use crate::operation::query::LateQuery;
use crate::operation::request::Request;
use crate::operation::table::Operation;
use crate::operation::void::VoidChoices;

/// How the simulator answers where it is not known how the platform does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices {
    pub(crate) voids: VoidChoices,
    pub(crate) late_query: LateQuery,
    pub(crate) reply_style: ReplyStyle,
}

/// Executes a request that was read and admitted.
///
/// `unclear` tells that the answer will be none that says what was done.
pub(crate) fn decide(
    book: &mut Book,
    operation: Operation,
    request: &Request<'_>,
    choices: Choices,
    unclear: bool,
    now: Moment,
) -> Decision {
    let style = choices.reply_style;
    match operation {
        Operation::Activate => activate::activate(book, request, style),
        Operation::Pay => pay::pay(book, request, style, unclear, now),
        Operation::Query => query::query(book, request, choices.late_query, style, now),
        Operation::QueryRefund => query_refund::query_refund(book, request, style, now),
        Operation::Refund => refund::refund(book, request, style, now),
        Operation::Reverse => reverse::reverse(book, request, style, now),
        Operation::Void => void::void(book, request, choices.voids, now),
    }
}

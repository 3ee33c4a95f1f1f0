//! The order that a request is about: merchant, terminal and order, checked in this order.

use crate::book::Book;
use crate::book::order::{Order, OrderState};
use crate::code::{Code, code};
use crate::operation::request::Request;

/// Which of two order ids counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precedence {
    /// `merchantOrderId`: the query of POS通交易接口 v20200527. An older copy says the opposite.
    Merchant,
    /// `originalOrderId`: the void page, and POS通交易接口 v20200527 for refunds.
    Ums,
}

/// Merchant and terminal must be known.
pub(crate) fn check_terminal(book: &Book, request: &Request<'_>) -> Result<(), Code> {
    if !book.knows_merchant(&request.merchant_code) {
        return Err(code("03"));
    }
    if !book.knows_terminal(&request.merchant_code, &request.terminal_code) {
        return Err(code("97"));
    }
    Ok(())
}

/// The payment that the request names. One of another merchant is as good as unknown, and so is one
/// that the book has not seen yet, and a hold (担保).
pub(crate) fn find<'b>(
    book: &'b mut Book,
    request: &Request<'_>,
    precedence: Precedence,
) -> Result<&'b mut Order, Code> {
    let order = find_even_unseen(book, request, precedence)?;
    if order.state == OrderState::Unseen {
        return Err(code("25"));
    }
    Ok(order)
}

/// The order that the request names, also before the book has seen it.
pub(crate) fn find_even_unseen<'b>(
    book: &'b mut Book,
    request: &Request<'_>,
    precedence: Precedence,
) -> Result<&'b mut Order, Code> {
    check_terminal(book, request)?;
    let merchant_code = request.merchant_code.as_ref();
    let by_merchant_order = match precedence {
        Precedence::Merchant => !request.merchant_order_id.is_empty(),
        Precedence::Ums => request.original_order_id.is_empty(),
    };
    let order_id = if by_merchant_order {
        book.find_merchant_order(merchant_code, &request.merchant_order_id)
            .map(str::to_owned)
    } else {
        Some(request.original_order_id.to_string())
    };
    let order = order_id
        .and_then(|id| book.order_mut(&id))
        .filter(|order| order.merchant_code == merchant_code && order.hold.is_none())
        .ok_or(code("25"))?;
    if request.limit_cross_device && order.terminal_code != request.terminal_code {
        return Err(code("57"));
    }
    Ok(order)
}

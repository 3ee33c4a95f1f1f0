//! The activation of a terminal (激活终端): notes that it was done.

use crate::body::{Body, ReplyStyle};
use crate::code;
use crate::decision::Decision;
use crate::order::Book;
use crate::original::check_terminal;
use crate::request::Request;

/// A terminal that the merchant does not have is not made known by it. To repeat
/// it changes nothing; what the platform says then is not known.
pub(crate) fn activate(book: &mut Book, request: &Request<'_>, style: ReplyStyle) -> Decision {
    if let Err(refusal) = check_terminal(book, request) {
        return Decision::refused_by(refusal);
    }
    let (merchant, terminal) = (&request.merchant_code, &request.terminal_code);
    book.activate(merchant.to_string(), terminal.to_string());
    // The reply has no field but these two (official PDF v2, §1.1).
    let reply = Body::new(style, code::SUCCESS.err_info).into_reply();
    Decision::new(reply, None)
}

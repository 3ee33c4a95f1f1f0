//! The activation of a terminal (激活终端): notes that it was done.

use crate::code;
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::body::Body;
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::original::check_terminal;

/// The activation of a terminal (激活终端).
pub(crate) struct Activate;

impl Behaviour for Activate {
    const NEEDS: Needs = Needs {
        required_at: &[("v1", "systemTraceNum")],
        ..Needs::of(&ums_model::ActivateTerminal::SPEC)
    };

    /// A terminal that the merchant does not have is not made known by it. To repeat it changes
    /// nothing; what the platform says then is not known.
    fn execute(call: Execution<'_, '_>) -> Decision {
        let (book, request, choices) = (call.book, call.request, call.choices);
        let style = choices.reply_style;
        if let Err(refusal) = check_terminal(book, request) {
            return Decision::refused_by(refusal);
        }
        let (merchant, terminal) = (&request.merchant_code, &request.terminal_code);
        book.activate(merchant.to_string(), terminal.to_string());
        // The reply has no field but these two (POS通交易接口 v20200527 §1.1).
        let reply = Body::new(style, code::SUCCESS.err_info).into_reply();
        Decision::new(reply, None)
    }
}

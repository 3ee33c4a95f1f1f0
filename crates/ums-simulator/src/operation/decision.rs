//! What the gateway decides about a request, and what it changes.

use std::time::Duration;

use crate::book::change::Change;
use crate::code::Code;
use crate::wire::reply::Reply;

/// What the gateway decided about a request.
pub(crate) struct Decision {
    pub(crate) reply: Reply,
    pub(crate) change: Option<Change>,
    /// The reply is kept back and the connection held, as when the platform waits for a wallet.
    pub(crate) silent: bool,
    /// The payment that the request made and that becomes something by itself.
    pub(crate) waits: Option<Waits>,
}

/// A payment that becomes something after this time.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    pub(crate) order_id: String,
    pub(crate) time: Duration,
}

impl Decision {
    pub(crate) fn new(reply: Reply, change: Option<Change>) -> Self {
        Self {
            reply,
            change,
            silent: false,
            waits: None,
        }
    }

    /// Nothing changes.
    pub(crate) fn refused(reply: Reply) -> Self {
        Self::new(reply, None)
    }

    /// Nothing changes, and the code says why.
    pub(crate) fn refused_by(code: Code) -> Self {
        Self::refused(Reply::refusal(
            code,
            code.err_info,
            chrono::DateTime::UNIX_EPOCH,
        ))
    }
}

//! What the gateway decides about a request, and what it changes.

use std::time::Duration;

use crate::book::change::Change;
use crate::code::{self, Code};
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

    /// Nothing changes: the simulator has no room for another order.
    pub(crate) fn no_room() -> Self {
        let words = "不允许此交易: 模拟器的订单簿已满 (the simulator's order book is full)";
        Self::refused(Reply::refusal(
            code::NOT_ALLOWED,
            words,
            chrono::DateTime::UNIX_EPOCH,
        ))
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

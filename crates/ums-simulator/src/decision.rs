//! What the gateway decides about a request, and what it changes.

use std::time::Duration;

use serde::Serialize;

use crate::code::Code;
use crate::order::OrderState;
use crate::reply::Reply;

/// A movement of money that a request brought about.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub struct Change {
    /// UMS order id (银商订单号).
    pub order_id: String,
    /// The state before; none if the request made the order.
    pub from: Option<OrderState>,
    /// The state now.
    pub to: OrderState,
    /// What was paid, voided, reversed or refunded by it, in fen (分); 0 if what
    /// was taken back had not been paid yet.
    pub amount: u64,
    /// The refund request id (退款请求号) of a refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_request_id: Option<String>,
}

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

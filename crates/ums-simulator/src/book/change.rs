//! A movement of money, as the ledger tells it.

use serde::Serialize;

use crate::book::order::OrderState;

/// A movement of money that a request brought about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub struct Change {
    /// UMS order id (银商订单号).
    pub order_id: String,
    /// The state before; none if the request made the order.
    pub from: Option<OrderState>,
    /// The state now.
    pub to: OrderState,
    /// What was paid, voided, reversed or refunded by it, or held, taken or let go of, in fen (分);
    /// 0 if what was taken back had not been paid or held yet. What a completion takes less than
    /// was held is let go of.
    pub amount: u64,
    /// The refund request id (退款请求号) of a refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_request_id: Option<String>,
}

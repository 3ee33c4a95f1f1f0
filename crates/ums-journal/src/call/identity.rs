//! What makes two calls one operation on one order, whatever their keys.

use serde::{Deserialize, Serialize};

use crate::call::key::KeyScope;
use crate::name::names;

names! {
    /// Whose id of an order it is.
    #[derive(PartialOrd, Ord)]
    #[non_exhaustive]
    pub enum OrderIdKind, "kind of an order id" {
        /// The merchant's own (商户订单号).
        Merchant = "merchant",
        /// The platform's (银商订单号).
        Ums = "ums",
        /// A trace number with its terminal and day: the only name of a hold (担保) whose reply was
        /// lost.
        Trace = "trace",
    }
}

/// One id of an order, at the merchant and the gateway that know it. An order may have several, and
/// a store [links](crate::StoreCommand::Link) them.
///
/// The order of these ids is the one in which a store locks them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredOrderId {
    /// The gateway.
    pub gateway: String,
    /// The merchant code (商户号).
    pub merchant: String,
    /// Whose id it is.
    pub kind: OrderIdKind,
    /// The id.
    pub id: String,
}

impl StoredOrderId {
    /// An id of an order of the merchant that the scope names. The AppId belongs to no order.
    pub fn new(scope: &KeyScope, kind: OrderIdKind, id: impl Into<String>) -> Self {
        Self {
            gateway: scope.gateway.clone(),
            merchant: scope.merchant.clone(),
            kind,
            id: id.into(),
        }
    }

    /// The name of an order that is known by nothing but its trace number: unique per day, merchant
    /// and terminal only.
    pub fn of_trace(
        scope: &KeyScope,
        terminal: &str,
        day: chrono::NaiveDate,
        trace_number: &str,
    ) -> Self {
        let id = format!("{terminal}/{}/{trace_number}", day.format("%Y%m%d"));
        Self::new(scope, OrderIdKind::Trace, id)
    }
}

/// One operation on one order: gateway, merchant, operation, order, and the id of the refund where
/// it is one. The terminal does not belong to it: another till may void or refund the same order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// The operation's name.
    pub operation: String,
    /// The ids of the order that the call names, sorted. Never empty.
    pub order: Vec<StoredOrderId>,
    /// The id of the refund (退款请求标识).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_request_id: Option<String>,
}

impl Identity {
    /// An operation on the order with these ids. `None` without any id: there is nothing to tell
    /// the operation by.
    pub fn new(
        operation: impl Into<String>,
        order: impl IntoIterator<Item = StoredOrderId>,
    ) -> Option<Self> {
        let mut order: Vec<_> = order.into_iter().collect();
        order.sort();
        order.dedup();
        if order.is_empty() {
            return None;
        }
        Some(Self {
            operation: operation.into(),
            order,
            refund_request_id: None,
        })
    }

    /// The same, of this refund of the order.
    #[must_use]
    pub fn with_refund_request_id(self, id: impl Into<String>) -> Self {
        Self {
            refund_request_id: Some(id.into()),
            ..self
        }
    }

    /// The rows that are unique in a journal while a call holds the identity: one for each id of
    /// the order, as two calls may name one order by different ids.
    pub fn rows(&self) -> impl Iterator<Item = IdentityRow<'_>> {
        self.order.iter().map(|order| IdentityRow {
            order,
            operation: &self.operation,
            refund_request_id: self.refund_request_id.as_deref(),
        })
    }

    /// Whether it is the same operation, were the orders the same.
    pub fn is_like(&self, other: &Self) -> bool {
        self.operation == other.operation && self.refund_request_id == other.refund_request_id
    }
}

/// One row of an identity: unique among the calls that [hold](crate::View::holds_identity) theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct IdentityRow<'a> {
    /// One id of the order.
    pub order: &'a StoredOrderId,
    /// The operation's name.
    pub operation: &'a str,
    /// The id of the refund, if it is one.
    pub refund_request_id: Option<&'a str>,
}

names! {
    /// What a call is to its order, for the guard of the order.
    #[non_exhaustive]
    pub enum OrderRole, "role of a call on its order" {
        /// It pays the order.
        Payment = "payment",
        /// It takes the payment of the order back as a whole, a void or a reversal: the one that
        /// may begin while the payment is open, for that is what it is for.
        TakeBack = "take_back",
        /// Anything else that moves money.
        Other = "other",
    }
}

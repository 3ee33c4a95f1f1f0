//! Which order an operation is about.

use crate::value::identifier::{MerchantOrderId, UmsOrderId};

/// At least one of the two ids of an order.
///
/// The official page wants at least one; when both are sent, the UMS order id counts and the
/// merchant order id is ignored (official page, for the void).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one id, the other, or both")]
pub enum OrderRef {
    /// The merchant's own id (商户订单号).
    Merchant(MerchantOrderId),
    /// The platform's id (银商订单号), named in the reply to the payment.
    Ums(UmsOrderId),
    /// Both; the platform goes by the UMS order id.
    Both {
        /// The merchant's own id.
        merchant: MerchantOrderId,
        /// The platform's id, which wins.
        ums: UmsOrderId,
    },
}

impl OrderRef {
    /// The merchant's own id, when it is sent.
    pub fn merchant_order_id(&self) -> Option<&MerchantOrderId> {
        match self {
            Self::Merchant(id) | Self::Both { merchant: id, .. } => Some(id),
            Self::Ums(_) => None,
        }
    }

    /// The platform's id, when it is sent.
    pub fn ums_order_id(&self) -> Option<&UmsOrderId> {
        match self {
            Self::Ums(id) | Self::Both { ums: id, .. } => Some(id),
            Self::Merchant(_) => None,
        }
    }

    /// An order by the ids that are known, or `None` when none is.
    pub fn from_ids(merchant: Option<MerchantOrderId>, ums: Option<UmsOrderId>) -> Option<Self> {
        match (merchant, ums) {
            (Some(merchant), Some(ums)) => Some(Self::Both { merchant, ums }),
            (Some(id), None) => Some(Self::Merchant(id)),
            (None, Some(id)) => Some(Self::Ums(id)),
            (None, None) => None,
        }
    }

    pub(crate) fn into_ids(self) -> (Option<MerchantOrderId>, Option<UmsOrderId>) {
        match self {
            Self::Merchant(id) => (Some(id), None),
            Self::Ums(id) => (None, Some(id)),
            Self::Both { merchant, ums } => (Some(merchant), Some(ums)),
        }
    }
}

impl From<MerchantOrderId> for OrderRef {
    fn from(id: MerchantOrderId) -> Self {
        Self::Merchant(id)
    }
}

impl From<UmsOrderId> for OrderRef {
    fn from(id: UmsOrderId) -> Self {
        Self::Ums(id)
    }
}

/// Exactly one of the two ids of an order, for a query: the documents contradict each other on
/// which one counts when both are sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one id or the other")]
pub enum OrderId {
    /// The merchant's own id (商户订单号).
    Merchant(MerchantOrderId),
    /// The platform's id (银商订单号), named in the reply to the payment.
    Ums(UmsOrderId),
}

impl OrderId {
    pub(crate) fn into_ids(self) -> (Option<MerchantOrderId>, Option<UmsOrderId>) {
        match self {
            Self::Merchant(id) => (Some(id), None),
            Self::Ums(id) => (None, Some(id)),
        }
    }
}

impl From<MerchantOrderId> for OrderId {
    fn from(id: MerchantOrderId) -> Self {
        Self::Merchant(id)
    }
}

impl From<UmsOrderId> for OrderId {
    fn from(id: UmsOrderId) -> Self {
        Self::Ums(id)
    }
}

impl From<OrderId> for OrderRef {
    fn from(id: OrderId) -> Self {
        match id {
            OrderId::Merchant(id) => Self::Merchant(id),
            OrderId::Ums(id) => Self::Ums(id),
        }
    }
}

/// The id that the platform goes by: the UMS order id, when it is there.
impl From<OrderRef> for OrderId {
    fn from(order: OrderRef) -> Self {
        match order {
            OrderRef::Merchant(id) => Self::Merchant(id),
            OrderRef::Ums(id) | OrderRef::Both { ums: id, .. } => Self::Ums(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merchant() -> MerchantOrderId {
        MerchantOrderId::new("M1").unwrap()
    }

    fn ums() -> UmsOrderId {
        UmsOrderId::new("U1").unwrap()
    }

    #[test]
    fn an_order_has_the_ids_it_was_made_of() {
        for (ids, order) in [
            ((Some(merchant()), None), Some(OrderRef::from(merchant()))),
            ((None, Some(ums())), Some(OrderRef::from(ums()))),
            (
                (Some(merchant()), Some(ums())),
                Some(OrderRef::Both {
                    merchant: merchant(),
                    ums: ums(),
                }),
            ),
            ((None, None), None),
        ] {
            let (merchant, ums) = ids.clone();
            assert_eq!(OrderRef::from_ids(merchant, ums), order);
            let Some(order) = order else { continue };
            assert_eq!(order.merchant_order_id(), ids.0.as_ref());
            assert_eq!(order.ums_order_id(), ids.1.as_ref());
            assert_eq!(order.into_ids(), ids);
        }
    }

    #[test]
    fn the_ums_order_id_wins() {
        let both = OrderRef::Both {
            merchant: merchant(),
            ums: ums(),
        };
        for (order, id) in [
            (OrderRef::from(merchant()), OrderId::from(merchant())),
            (OrderRef::from(ums()), OrderId::from(ums())),
            (both, OrderId::from(ums())),
        ] {
            assert_eq!(OrderId::from(order), id);
            assert_eq!(OrderId::from(OrderRef::from(id.clone())), id);
        }
    }
}

//! The two ids that an order may have, as a request names them.

use std::borrow::Cow;

use serde::Deserialize;
use ums_model::Operation;

/// The ids of the order that a call is about, as far as it says them.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct OrderIds<'a> {
    /// The platform's.
    #[serde(borrow, default, rename = "originalOrderId")]
    pub(crate) ums: Option<Cow<'a, str>>,
    /// The merchant's.
    #[serde(borrow, default, rename = "merchantOrderId")]
    pub(crate) merchant: Option<Cow<'a, str>>,
}

impl<'a> OrderIds<'a> {
    /// Those of an operation that says it is about an order, read from its body: the operation tells one of them only.
    pub(crate) fn of<O: Operation>(operation: &O, body: &'a [u8]) -> Self {
        match operation.order() {
            Some(_) => serde_json::from_slice(body).unwrap_or_default(),
            None => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ums_model::{
        Effect, MerchantCode, MerchantOrderId, OrderRef, TerminalCode, UmsOrderId, VoidPayment,
    };

    use super::*;
    use crate::call::Call;

    fn ids(order: impl Into<OrderRef>) -> (Option<String>, Option<String>) {
        let void = VoidPayment::new(
            MerchantCode::new("103290070111417").unwrap(),
            TerminalCode::new("12340511").unwrap(),
            order,
        );
        let body = void.encode().unwrap();
        let OrderIds { ums, merchant } = OrderIds::of(&void, &body);
        assert_eq!(OrderIds::of(&void, b"<"), OrderIds::default());
        // What is about no order has no ids, whatever its body says.
        let call = Call::of_bytes("/v1/x", body.clone(), Effect::ReadOnly);
        assert_eq!(OrderIds::of(&call, &body), OrderIds::default());
        (ums.map(Cow::into_owned), merchant.map(Cow::into_owned))
    }

    #[test]
    fn both_ids_are_told_apart() {
        let ums = || UmsOrderId::new("U1").unwrap();
        let merchant = || MerchantOrderId::new("M1").unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(ids(ums()), (text("U1"), None));
        assert_eq!(ids(merchant()), (None, text("M1")));
        let both = OrderRef::Both {
            ums: ums(),
            merchant: merchant(),
        };
        assert_eq!(ids(both), (text("U1"), text("M1")));
    }
}

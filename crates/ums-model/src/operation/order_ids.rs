//! The ids of the order that an operation is about.

/// The ids of the order that an operation names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OrderIds<'a> {
    /// The merchant's own id (商户订单号).
    pub merchant: Option<&'a str>,
    /// The platform's id (银商订单号).
    pub ums: Option<&'a str>,
}

impl<'a> OrderIds<'a> {
    /// Of no order.
    pub const NONE: Self = Self {
        merchant: None,
        ums: None,
    };

    /// An order by each id that is named.
    pub const fn new(merchant: Option<&'a str>, ums: Option<&'a str>) -> Self {
        Self { merchant, ums }
    }

    /// An order by the merchant's own id.
    pub const fn of_merchant(id: &'a str) -> Self {
        Self::new(Some(id), None)
    }

    /// An order by the platform's id.
    pub const fn of_ums(id: &'a str) -> Self {
        Self::new(None, Some(id))
    }

    /// The one id that the order goes by: the platform's, if it is named, else the merchant's.
    pub fn id(self) -> Option<&'a str> {
        self.ums.or(self.merchant)
    }
}

//! Which operation of the POS通 family a call is, for what depends on that: its reply codes, and
//! whether it moves money.

/// Makes the enum from the list of the operations.
macro_rules! pos_operation {
    ($($room:ident::$file:ident::{$name:ident, $reply:ident} judged as $column:ident;)+) => {
        /// An operation of the POS通 family (银联商务 POS通), or a call of any other kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum PosOperation {
            $(
                #[doc = concat!("[`", stringify!($name), "`](crate::", stringify!($name), ").")]
                $name,
            )+
            /// Any other call. Of a reply code it is believed what holds for a payment, a void and
            /// a refund alike.
            Other,
        }

        impl PosOperation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+ Self::Other];

            /// Which column of the reply codes judges it.
            pub(crate) const fn column(self) -> Column {
                match self {
                    $(Self::$name => Column::$column,)+
                    Self::Other => Column::Other,
                }
            }
        }
    };
}

every_operation!(pos_operation);

impl PosOperation {
    /// The name of the column of the reply codes that judges it: `pay`, `void_or_reversal`,
    /// `refund`, `query`, or what columns say alike, `void_and_refund` and `each`.
    pub const fn codes(self) -> &'static str {
        self.column().as_str()
    }

    /// Whether it moves money, or takes a movement back; `None` when that is not known.
    pub const fn moves_money(self) -> Option<bool> {
        match self.column() {
            Column::Pay | Column::VoidOrReversal | Column::Refund | Column::VoidAndRefund => {
                Some(true)
            }
            Column::Query | Column::Activation => Some(false),
            Column::Other => None,
        }
    }
}

/// A column of the reply codes: what one code says of the operations of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Pay,
    VoidOrReversal,
    Refund,
    /// What the code says of a void and of a refund alike: of a call that takes up an earlier one,
    /// as both do (inferred).
    VoidAndRefund,
    Query,
    Activation,
    Other,
}

impl Column {
    /// The name that `fixtures/documented` uses.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::VoidOrReversal => "void_or_reversal",
            Self::Refund => "refund",
            Self::VoidAndRefund => "void_and_refund",
            Self::Query => "query",
            Self::Activation | Self::Other => "each",
        }
    }
}

//! Which operation of the POS通 family a call is, for what depends on that: its reply codes, and whether it moves money.

use crate::operation::list::every_operation;

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
            /// Any other call. Of a reply code it is believed what holds for a payment, a void and a refund alike.
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
    /// Whether it moves money, or takes a movement back; `None` when that is not known.
    pub const fn moves_money(self) -> Option<bool> {
        match self.column() {
            Column::Pay | Column::VoidOrReversal | Column::Refund => Some(true),
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
    Query,
    Activation,
    Other,
}

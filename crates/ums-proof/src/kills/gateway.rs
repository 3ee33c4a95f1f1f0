//! The operations that the processes carry out, and the orders at the gateway.

use std::str::FromStr;
use std::time::Duration;

use ums_client::model::{AnyRequest, Fen, Refund, RefundRequestId, UmsOrderId, VoidPayment};
use ums_simulator::Order;

use crate::history::caller::{merchant, terminal};
use crate::history::in_words;

/// How long the lease of a process is.
pub(crate) const LEASE: Duration = Duration::from_millis(700);
/// How long after a reading of the clock a byte may leave.
pub(crate) const SEND_WINDOW: Duration = Duration::from_millis(500);
/// How late the gateway may carry a request out: it does so after a second at most.
pub(crate) const LATE_WINDOW: Duration = Duration::from_millis(1500);
/// How long a call may take.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(1000);

/// What a process carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Void,
    Refund,
}

impl What {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    pub(crate) fn request(self, order: &str) -> Result<AnyRequest, String> {
        let id = UmsOrderId::new(order).map_err(in_words)?;
        Ok(match self {
            Self::Void => VoidPayment::new(merchant()?, terminal()?, id).into(),
            Self::Refund => Refund::new(
                merchant()?,
                terminal()?,
                id,
                RefundRequestId::new("R1").map_err(in_words)?,
                Fen::new(40),
            )
            .into(),
        })
    }
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "void" => Ok(Self::Void),
            "refund" => Ok(Self::Refund),
            _ => Err(format!("there is no operation {text:?} here")),
        }
    }
}

/// The order of a case.
pub(crate) fn order_of(number: u64) -> Order {
    Order::paid(order_id(number))
        .merchant_order_id(format!("KILL{number}"))
        .amount(100)
}

/// Its UMS order id.
pub(crate) fn order_id(number: u64) -> String {
    format!("202307181102480291{number:08}")
}

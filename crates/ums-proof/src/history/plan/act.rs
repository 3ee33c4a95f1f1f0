//! What the callers of a history do, and in which world.

use std::time::Duration;

use ums_client::{ResolvePolicy, TillPolicy};

/// Which gateways a history may meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum World {
    /// Those on which the client's promises rest: `docs/outcomes.md` lists them.
    #[default]
    WithinLimits,
    /// Also those that carry out a request after the late window, pay what they
    /// stated to have failed, or take two payments under one order id within a
    /// minute. Here the client must be caught.
    BeyondLimits,
}

/// One call of one caller.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) pause: Duration,
    pub(crate) act: Act,
    pub(crate) cancel: Option<Cancel>,
    pub(crate) then: Then,
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    Void(Target, Names),
    Pay {
        target: Target,
        amount: u64,
        code: PayCodePlan,
    },
    Refund {
        target: Target,
        names: Names,
        /// Which refund request id.
        request: u8,
        amount: u64,
    },
    Reverse(Target),
    Query(Target, Names),
}

/// Which payment an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// One that is in the book from the start.
    Booked(usize),
    /// One that is made in the history, or never.
    New(usize),
}

/// By which id an operation names its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Ums,
    Merchant,
}

/// The first digits of the payer's code, which choose what becomes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PayCodePlan {
    pub(crate) prefix: &'static str,
    pub(crate) seconds: u64,
}

/// What is done about an outcome.
#[derive(Clone)]
pub(crate) enum Then {
    Nothing,
    Resolve(ResolvePolicy),
    /// As after a crash, when only this is known of the call.
    Inquire {
        policy: ResolvePolicy,
        knows_time: bool,
        knows_deadline: bool,
    },
    /// The payment is made at the till in the first place.
    Till(TillPolicy),
}

/// When a call's future is dropped.
#[derive(Clone, Copy)]
pub(crate) enum Cancel {
    /// After it was polled so often.
    Polls(u32),
    After(Duration),
}

impl Target {
    /// The UMS order id, which of a new payment nobody knows before.
    pub(crate) fn ums_order_id(self) -> Option<String> {
        match self {
            Self::Booked(number) => Some(order_id(number)),
            Self::New(_) => None,
        }
    }

    pub(crate) fn merchant_order_id(self) -> String {
        match self {
            Self::Booked(number) => format!("BOOKED{number}"),
            Self::New(number) => format!("NEW{number}"),
        }
    }

    /// The amount in fen (分) that everybody expects.
    pub(crate) fn amount(self) -> u64 {
        match self {
            Self::Booked(number) => 100 + number as u64,
            Self::New(number) => 200 + number as u64,
        }
    }
}

impl PayCodePlan {
    /// The code of this call, by which its order can be told from others.
    pub(crate) fn of_call(self, call: usize) -> String {
        let Self { prefix, seconds } = self;
        format!("{prefix}{seconds:04}{call:05}00001")
    }
}

/// The UMS order id of the booked order with this number.
pub(crate) fn order_id(number: usize) -> String {
    format!("2023071811024802916588000{number}")
}

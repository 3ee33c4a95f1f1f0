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
    /// Also those that carry out a request after the late window, pay what they stated to have
    /// failed, or take two payments under one order id within a minute. Here the client must be
    /// caught.
    BeyondLimits,
}

/// One call of one caller.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) pause: Duration,
    pub(crate) act: Act,
    pub(crate) cancel: Option<Cancel>,
    pub(crate) then: Then,
    pub(crate) form: Form,
}

/// As what an operation is handed to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Its own type.
    Typed,
    /// Any request, read back from its bytes.
    ReadBack,
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
    /// Makes a hold (担保).
    Authorize {
        target: Target,
        /// The hold whose system trace number it is sent with: its own, but where a terminal counts
        /// anew.
        numbered_as: Target,
        amount: u64,
        code: PayCodePlan,
    },
    /// Completes a hold.
    Complete(FollowUp),
    /// Voids a hold.
    Release(FollowUp),
    QueryHold(Target, HoldNames),
}

/// A completion or a void of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FollowUp {
    pub(crate) target: Target,
    pub(crate) names: HoldNames,
    pub(crate) amount: u64,
    /// Whether it is sent, by a slip, with the hold's own system trace number.
    pub(crate) reuses_trace: bool,
}

/// Which payment or hold an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A payment that is in the book from the start.
    Booked(usize),
    /// One that is made in the history, or never.
    New(usize),
    /// A hold that is in the book from the start.
    BookedHold(usize),
    /// One that is made in the history, or never.
    NewHold(usize),
}

/// By what an operation names its hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldNames {
    /// Authorisation code, day and system trace number.
    Authorization,
    /// The UMS order id, as the quick operations have it.
    Order,
    /// Its authorisation code, with another hold's trace number.
    MixedAuthorization,
    /// The order id of a payment.
    PaymentsOrder,
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
            Self::BookedHold(number) => Some(hold_order_id(number)),
            Self::New(_) | Self::NewHold(_) => None,
        }
    }

    pub(crate) fn merchant_order_id(self) -> String {
        match self {
            Self::Booked(number) => format!("BOOKED{number}"),
            Self::New(number) => format!("NEW{number}"),
            Self::BookedHold(number) => format!("BOOKEDHOLD{number}"),
            Self::NewHold(number) => format!("NEWHOLD{number}"),
        }
    }

    /// The system trace number that a hold is made with.
    pub(crate) fn trace(self) -> String {
        let number = match self {
            Self::BookedHold(number) => 90_000 + number,
            Self::Booked(number) | Self::New(number) | Self::NewHold(number) => 80_000 + number,
        };
        format!("{number:06}")
    }

    /// The amount in fen (分) that everybody expects.
    pub(crate) fn amount(self) -> u64 {
        match self {
            Self::Booked(number) => 100 + number as u64,
            Self::New(number) => 200 + number as u64,
            Self::BookedHold(number) => 300 + number as u64,
            Self::NewHold(number) => 400 + number as u64,
        }
    }
}

impl FollowUp {
    /// The system trace number that this call sends.
    pub(crate) fn trace_of_call(self, call: usize) -> String {
        match self.reuses_trace {
            true => self.target.trace(),
            false => format!("{:06}", 10_000 + call),
        }
    }
}

impl HoldNames {
    /// Whether they are those of one hold.
    pub(crate) fn are_right(self) -> bool {
        matches!(self, Self::Authorization | Self::Order)
    }

    /// Whether the quick operations take them.
    pub(crate) fn is_quick(self) -> bool {
        matches!(self, Self::Order | Self::PaymentsOrder)
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

/// The UMS order id of the booked hold with this number.
fn hold_order_id(number: usize) -> String {
    format!("2023071811024802916588100{number}")
}

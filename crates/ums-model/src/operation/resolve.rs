//! What the answer to a query says of an operation whose outcome is not known.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::operation::contract::Operation;
use crate::operation::discrepancy::Discrepancy;
use crate::operation::spec::Meaning;
use crate::reply::json_reply::JsonReply;

/// An operation whose unknown outcome a query can find out.
///
/// Implemented by the operations of this crate that move money; implement it for others to have
/// `ums_client::Client::resolve` for them too.
pub trait Resolve: Operation {
    /// The operation that asks.
    type Query: Operation;

    /// The query about this very operation; `None` when there is none, and then nothing can be
    /// found out of it.
    fn query(&self) -> Option<Self::Query>;

    /// What an answer says of this operation, of which `request` was sent.
    ///
    /// The answer is to be compared with the operation in every identity that both have. Only an
    /// answer that leaves no doubt may be anything but [`Finding::Open`].
    fn finding(
        &self,
        answer: &<Self::Query as Operation>::Reply,
        request: &RequestTrace,
    ) -> Finding;

    /// A further query, for an answer that leaves open whether it was this call or another one that
    /// did what the answer tells; none for most operations. What its answer says,
    /// [`confirmed`](Resolve::confirmed) tells.
    fn confirmation(&self, answer: &<Self::Query as Operation>::Reply) -> Option<Confirmation> {
        let _ = answer;
        None
    }

    /// What the answer to the further query says of this operation.
    fn confirmed(&self, answer: &JsonReply, request: &RequestTrace) -> Finding {
        let _ = (answer, request);
        Finding::Open
    }

    /// Whether the operation may be sent once more after it was found not to have been carried out.
    /// Only what does the same thing however often it is done: a second payment would be a second
    /// payment.
    fn may_be_repeated(&self) -> bool {
        false
    }
}

/// A query whose answer confirms what another answer told.
pub type Confirmation = Box<dyn Operation<Reply = JsonReply> + Send + Sync>;

/// An operation behind a reference or a pointer is found out as that operation.
macro_rules! pointer {
    ($($pointer:ty),+) => {
        $(impl<O: Resolve + ?Sized> Resolve for $pointer {
            type Query = O::Query;

            fn query(&self) -> Option<O::Query> {
                (**self).query()
            }

            fn finding(
                &self,
                answer: &<O::Query as Operation>::Reply,
                request: &RequestTrace,
            ) -> Finding {
                (**self).finding(answer, request)
            }

            fn confirmation(&self, answer: &<O::Query as Operation>::Reply) -> Option<Confirmation> {
                (**self).confirmation(answer)
            }

            fn confirmed(&self, answer: &JsonReply, request: &RequestTrace) -> Finding {
                (**self).confirmed(answer, request)
            }

            fn may_be_repeated(&self) -> bool {
                (**self).may_be_repeated()
            }
        })+
    };
}

pointer!(&O, Box<O>, Arc<O>);

/// What is known of the request whose outcome is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestTrace {
    /// The timestamp it was signed with, in UTC+8.
    pub signed_at: Option<NaiveDateTime>,
    /// Whether it was answered as a duplicate (`94`).
    pub called_duplicate: bool,
    /// The last moment, by the gateway's clock (UTC+8), at which the request can have been carried
    /// out. What is dated later is not this call's.
    pub not_after: Option<NaiveDateTime>,
}

impl RequestTrace {
    /// A request that was signed at this time (UTC+8).
    pub fn new(signed_at: Option<NaiveDateTime>) -> Self {
        Self {
            signed_at,
            called_duplicate: false,
            not_after: None,
        }
    }

    /// The same request, signed by a clock that is this far behind the gateway's: its time is told
    /// by the gateway's. The last moment is told by that clock already.
    #[must_use]
    pub fn behind_gateway(mut self, by: TimeDelta) -> Self {
        self.signed_at = self
            .signed_at
            .map(|signed_at| signed_at.checked_add_signed(by).unwrap_or(signed_at));
        self
    }

    /// The same request, answered as a duplicate.
    #[must_use]
    pub fn called_duplicate(mut self, called: bool) -> Self {
        self.called_duplicate = called;
        self
    }

    /// The same request, which can have been carried out until then (UTC+8) by the gateway's clock.
    #[must_use]
    pub fn not_after(mut self, last: Option<NaiveDateTime>) -> Self {
        self.not_after = last;
        self
    }

    /// Whether what was done on this day and at this time was done before the request was signed or
    /// after the last moment of it; `None` where neither is known. Without a time, the day decides.
    pub(crate) fn excludes(&self, day: NaiveDate, time: Option<NaiveTime>) -> Option<bool> {
        let latest = self
            .not_after
            .and_then(|last| last.checked_add_signed(CLOCK_TOLERANCE));
        let is_late = latest.is_some_and(|latest| match time {
            Some(time) => day.and_time(time) > latest,
            None => day > latest.date(),
        });
        if is_late {
            return Some(true);
        }
        let earliest = self.signed_at?.checked_sub_signed(CLOCK_TOLERANCE)?;
        Some(match time {
            Some(time) => day.and_time(time) < earliest,
            None => day < earliest.date(),
        })
    }
}

/// What the answer to a query says of an operation, at the time of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It was carried out. A payment that was voided or refunded since no longer stands.
    Executed {
        /// Whether what it did is still in force.
        stands: bool,
    },
    /// The platform states that it failed. Inferred: a second answer some seconds later makes that
    /// certain.
    StatedFailure {
        /// Whether the answer repeats order and amount and its time is that of this request, so
        /// that together with a refusal in the reply it leaves no doubt.
        corroborates: bool,
    },
    /// There is no trace of it. A request may still be on its way inside the platform, so this
    /// proves nothing until long after the call.
    Absent,
    /// A void of a payment that failed or was reversed: there is nothing to void.
    NothingToVoid,
    /// A payment with this order id was made before this call or after it was over, or a refund
    /// with this refund id perhaps was: the id is in use, and of this call nothing is known.
    OrderIdInUse,
    /// The answer is about another order, amount or refund. It says nothing of this one.
    AboutAnother(Vec<Discrepancy>),
    /// The platform answered that it does not know yet how this payment ends.
    Pending,
    /// Nothing is certain.
    Open,
}

/// How far the gateway's clock may be from the one that signed, for what is answered about still to
/// be this call's.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// The answer to a query, as the operations that it is about read it.
pub(crate) trait Answer {
    /// The states that it can tell.
    type State;

    /// The state that it tells.
    fn state(&self) -> Self::State;

    /// The name of that state.
    fn state_name(&self) -> &'static str;

    /// Whether it says that the platform has no record of the operation now.
    fn has_no_record(&self) -> bool;
}

/// What a state says, or that there is no trace of the operation where the state says nothing.
pub(crate) fn unless_no_record(answer: &impl Answer, meaning: Meaning) -> Meaning {
    match meaning {
        Meaning::Open if answer.has_no_record() => Meaning::Absent,
        meaning => meaning,
    }
}

/// The conclusion where the state decides alone.
pub(crate) fn plainly<O, A>(
    _operation: &O,
    _answer: &A,
    _request: &RequestTrace,
    discrepancies: Vec<Discrepancy>,
    meaning: Meaning,
) -> Finding {
    match discrepancies.is_empty() {
        true => meaning.into(),
        false => Finding::AboutAnother(discrepancies),
    }
}

/// What a state says by itself: what depends on the rest of the answer is open.
impl From<Meaning> for Finding {
    fn from(meaning: Meaning) -> Self {
        match meaning {
            Meaning::Executed => Self::Executed { stands: true },
            Meaning::ExecutedAndUndone => Self::Executed { stands: false },
            Meaning::StatedFailure => Self::StatedFailure {
                corroborates: false,
            },
            Meaning::Absent => Self::Absent,
            Meaning::NothingToUndo => Self::NothingToVoid,
            Meaning::Pending => Self::Pending,
            Meaning::ExecutedUnlessAllRefunded | Meaning::ExecutedIfConfirmed | Meaning::Open => {
                Self::Open
            }
        }
    }
}

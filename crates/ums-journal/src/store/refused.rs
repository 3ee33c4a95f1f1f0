//! Why a store does not do what it is asked to: nothing of it was written down.

use std::time::Duration;

use crate::call::ids::{CallId, JournalId, Owner};

/// A command that is refused, by what the journal holds. Nothing of it was written down, and what
/// else is in its group is not touched by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreRefusal {
    /// The key belongs to a call that asked for something else.
    #[error("the key belongs to another request, of call {call}")]
    KeyOfAnotherRequest {
        /// That call.
        call: CallId,
    },
    /// The same operation on the same order is open, or was carried out.
    #[error("the same operation on this order is call {call}, which is open or was carried out")]
    SameIdentity {
        /// That call.
        call: CallId,
    },
    /// The same operation on the same order was found not to have been carried out, which is not
    /// certain enough to take money again.
    #[error(
        "the same operation on this order is call {call}, which was found not to be carried out: only a statement makes that certain"
    )]
    NotCertain {
        /// That call.
        call: CallId,
    },
    /// Other calls that move money on this order are open.
    #[error("{} calls on this order are open, among them {}", calls.len(), calls.first().map_or("none", CallId::as_str))]
    OrderBusy {
        /// Those calls, in the order in which they began.
        calls: Vec<CallId>,
    },
    /// The id that a new call was to get is another one's.
    #[error("another call has the id {call}")]
    IdTaken {
        /// The id.
        call: CallId,
    },
    /// It is another journal than the one that the call belongs into.
    #[error("this is journal {found}")]
    OtherJournal {
        /// The journal that it is.
        found: JournalId,
    },
    /// The journal has forgotten facts that it had.
    #[error("the journal has {found} facts, and had more")]
    Younger {
        /// How many it has.
        found: u64,
    },
    /// There is no such call.
    #[error("there is no call {call}")]
    NoSuchCall {
        /// The id.
        call: CallId,
    },
    /// The call never made that attempt.
    #[error("call {call} never made that attempt")]
    NoSuchAttempt {
        /// The call.
        call: CallId,
    },
    /// The attempt with that number is sending under another nonce than the one that was not sent:
    /// another process has made it, or the fact does not say which one it means.
    #[error("the attempt of call {call} is not the one that was not sent")]
    OtherAttempt {
        /// The call.
        call: CallId,
    },
    /// The call is no longer at that state, attempt, owner and epoch: it must not be sent.
    #[error("call {call} is no longer held by this owner at this attempt")]
    Fenced {
        /// The call.
        call: CallId,
    },
    /// A process that lives holds the call.
    #[error("call {call} is held by {owner}")]
    Held {
        /// The call.
        call: CallId,
        /// The process.
        owner: Owner,
    },
    /// The call may still be running.
    #[error("call {call} may still be running")]
    StillRunning {
        /// The call.
        call: CallId,
    },
    /// It is known what became of the call.
    #[error("call {call} is not open")]
    NotOpen {
        /// The call.
        call: CallId,
    },
    /// That it was not carried out cannot be believed yet.
    #[error("that call {call} was not carried out cannot be believed yet")]
    TooEarly {
        /// The call.
        call: CallId,
        /// How long it must wait. `None` when no clock of this journal can tell.
        wait: Option<Duration>,
    },
    /// The fact's id is another fact's.
    #[error("another fact has this id")]
    OtherFact,
    /// It is nothing that somebody learns: the step has a command of its own.
    #[error("such a fact is written down by a step of its own only")]
    NotLearnt,
    /// The terminal has no trace numbers left on that day.
    #[error("no trace numbers are left for this terminal on this day")]
    NoTraceNumbers,
    /// The whole of a call is kept longer.
    #[error("the whole of a call is kept for 400 days at least")]
    KeptLonger,
}

impl StoreRefusal {
    /// The call that is in the way, if one is.
    pub fn call(&self) -> Option<&CallId> {
        match self {
            Self::KeyOfAnotherRequest { call }
            | Self::SameIdentity { call }
            | Self::NotCertain { call }
            | Self::IdTaken { call }
            | Self::NoSuchCall { call }
            | Self::NoSuchAttempt { call }
            | Self::OtherAttempt { call }
            | Self::Fenced { call }
            | Self::Held { call, .. }
            | Self::StillRunning { call }
            | Self::NotOpen { call }
            | Self::TooEarly { call, .. } => Some(call),
            Self::OrderBusy { calls } => calls.first(),
            Self::OtherJournal { .. }
            | Self::Younger { .. }
            | Self::OtherFact
            | Self::NotLearnt
            | Self::NoTraceNumbers
            | Self::KeptLonger => None,
        }
    }
}

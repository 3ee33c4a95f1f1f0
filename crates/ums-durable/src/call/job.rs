//! A call that is to run, and how far it has got with the journal.

use std::time::Duration;

use tokio::sync::Mutex;
use ums_journal::{
    CallId, Fingerprints, SendPlan, State, StoreRefusal, StoredCall, StoredRequest, Ticket,
};
use ums_model::AnyRequest;

use crate::call::options::SubmitOptions;
use crate::process::write::WriteError;

/// A call that is to run.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) call: CallId,
    pub(crate) request: AnyRequest,
    pub(crate) stored: StoredRequest,
    pub(crate) prints: Fingerprints,
    pub(crate) options: SubmitOptions,
    pub(crate) limit: Duration,
    pub(crate) stage: Mutex<Stage>,
}

/// How far a call has got with the journal.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// The journal has nothing of it.
    Nothing,
    /// It is about to start, and was not sent.
    Intended(Ticket),
    /// It may be sent, or was.
    Sending(Ticket, SendPlan),
    /// Whether the last step was written down is not known, or it was not: nothing is sent any
    /// more.
    InDoubt(Doubt),
    /// Another call has its key: nothing is sent. It runs, or `true`: it has ended or is unknown.
    Known(Box<StoredCall>, bool),
    /// The journal cannot or does not want to, and has nothing of it: nothing is sent.
    Stopped(WriteError),
    /// It is not wanted any more: nothing is sent.
    TooLate,
}

/// What is known of a call whose last step may or may not be written down. Nothing of it was sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubt {
    /// What is held, if it began for certain.
    pub(crate) held: Option<Ticket>,
    /// The nonce with which that attempt is written down as sending, if it is for certain.
    pub(crate) nonce: Option<String>,
    /// The nonce of the attempt that was to be written down as sending: that of the ticket, or the
    /// one after it.
    pub(crate) doubtful: Option<String>,
    /// The call that was in the way when it was to be sent, as the journal refused it.
    pub(crate) in_the_way: Option<InTheWay>,
}

/// Another call, which was in the way.
#[derive(Clone, Debug)]
pub(crate) struct InTheWay {
    pub(crate) call: CallId,
    /// How far it was, where that could be read.
    pub(crate) state: Option<State>,
    pub(crate) refusal: StoreRefusal,
}

impl Doubt {
    /// A call that was to begin.
    pub(crate) fn of_begin(plan: Option<&SendPlan>) -> Self {
        Self {
            doubtful: plan.map(|plan| plan.nonce.clone()),
            ..Self::default()
        }
    }

    /// An attempt of which nothing was done since.
    pub(crate) fn of_intended(held: Ticket) -> Self {
        Self {
            held: Some(held),
            ..Self::default()
        }
    }

    /// The attempt that is held, which was to be sent.
    pub(crate) fn of_first(held: Ticket, plan: &SendPlan) -> Self {
        Self {
            held: Some(held),
            ..Self::of_begin(Some(plan))
        }
    }

    /// The attempt after the one that is held, which has that plan.
    pub(crate) fn of_further(held: Ticket, before: &SendPlan, plan: &SendPlan) -> Self {
        Self {
            nonce: Some(before.nonce.clone()),
            ..Self::of_first(held, plan)
        }
    }
}

impl Job {
    /// Whether it asks for the same as what has these fingerprints.
    pub(crate) fn asks_for_the_same(&self, other: &Fingerprints) -> bool {
        other.match_kept(&self.stored.fingerprint)
    }
}

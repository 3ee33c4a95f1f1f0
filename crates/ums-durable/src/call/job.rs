//! A call that is to run, and how far it has got with the journal.

use std::time::Duration;

use tokio::sync::Mutex;
use ums_journal::{CallId, Fingerprints, SendPlan, StoredCall, StoredRequest, Ticket};
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
    /// Whether the last step was written down is not known, or it was not: nothing is sent any more.
    /// What is held, if it began for certain, was not sent either.
    InDoubt(Option<Ticket>),
    /// Another call has its key: nothing is sent. It runs, or `true`: it has ended or is unknown.
    Known(Box<StoredCall>, bool),
    /// The journal cannot or does not want to, and has nothing of it: nothing is sent.
    Stopped(WriteError),
    /// It is not wanted any more: nothing is sent.
    TooLate,
}

impl Job {
    /// Whether it asks for the same as what has these fingerprints.
    pub(crate) fn asks_for_the_same(&self, other: &Fingerprints) -> bool {
        other.match_kept(&self.stored.fingerprint)
    }
}

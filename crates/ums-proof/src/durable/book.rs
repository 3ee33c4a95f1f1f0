//! What was seen of a history from outside the code that is judged: what processes asked their
//! stores for, which bytes left, and what callers were told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ums_durable::journal::{
    CallId, OutcomeKind, RecordedOutcome, StoreRefusal, StoredFinding, StoredOrderId,
};

/// Shared by all parts of one history.
#[derive(Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Seen>>);

/// All that was seen.
#[derive(Default)]
pub(crate) struct Seen {
    /// Attempts that somebody asked a store to let go, by their nonces.
    pub(crate) attempts: BTreeMap<String, AttemptSeen>,
    pub(crate) answers: Vec<AnswerSeen>,
    /// Calls that a person has closed, and whether as declined.
    pub(crate) closed: BTreeMap<CallId, (Duration, bool)>,
    /// Calls that a person has closed as carried out, who was wrong.
    pub(crate) erred: BTreeSet<CallId>,
    /// Ids of one order that a process has written down, and when.
    pub(crate) links: Vec<(StoredOrderId, StoredOrderId, Duration)>,
    /// From when on the journal has forgotten what it held, and when a copy of then was put back.
    pub(crate) forgotten: Option<(Duration, Duration)>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// When a process first wrote down, or tried to, that a call was not sent.
    pub(crate) not_sent: BTreeMap<CallId, Duration>,
    /// Of each call that began, by its last beginning.
    pub(crate) calls: BTreeMap<CallId, Beginning>,
    pub(crate) wrong: Vec<String>,
}

/// That a call began, or began again.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    pub(crate) key: String,
    pub(crate) act: usize,
    /// The calls in spite of which it did.
    pub(crate) despite: Vec<CallId>,
    /// When the store was asked.
    pub(crate) asked: Duration,
    /// When it said yes, if it has.
    pub(crate) begun: Option<Duration>,
}

/// One attempt to send an operation.
#[derive(Clone, Debug)]
pub(crate) struct AttemptSeen {
    pub(crate) beginning: Beginning,
    /// The call and the attempt's number, once the store has said so.
    pub(crate) ticket: Option<(CallId, u32)>,
    /// When the store was first asked for it.
    pub(crate) asked: Duration,
    /// When the store first said yes.
    pub(crate) allowed: Option<Duration>,
    pub(crate) first_byte: Option<Duration>,
    pub(crate) last_byte: Option<Duration>,
    /// What a process first wrote down, or tried to, of how it ended, if that was definite.
    pub(crate) ended: Option<(Duration, OutcomeKind)>,
    /// What a process found out by asking.
    pub(crate) resolved: Option<(Duration, StoredFinding)>,
}

/// What a caller was told.
#[derive(Clone, Debug)]
pub(crate) struct AnswerSeen {
    pub(crate) submission: usize,
    pub(crate) key: String,
    pub(crate) act: usize,
    pub(crate) at: Duration,
    pub(crate) said: Said,
}

#[derive(Clone, Debug)]
pub(crate) enum Said {
    Told(Told),
    Refused(StoreRefusal),
    /// Nothing was sent, for another reason.
    Error(&'static str),
}

/// An answer about a call.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) call: CallId,
    /// None while it runs.
    pub(crate) outcome: Option<RecordedOutcome>,
    pub(crate) stands: Option<bool>,
    pub(crate) recorded: bool,
    pub(crate) is_replay: bool,
    pub(crate) contradicted: bool,
}

impl Book {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, what: &'static str) {
        self.lock().add(what, 1);
    }

    /// Bytes of a request with this nonce have left.
    pub(crate) fn wrote(&self, nonce: &str, at: Duration) {
        if let Some(attempt) = self.lock().attempts.get_mut(nonce) {
            attempt.first_byte.get_or_insert(at);
            attempt.last_byte = Some(at);
        }
    }
}

impl Seen {
    pub(crate) fn add(&mut self, what: &'static str, count: u64) {
        *self.counts.entry(what).or_default() += count;
    }

    /// The attempt of a call with this number.
    pub(crate) fn attempt_of(&mut self, call: &CallId, number: u32) -> Option<&mut AttemptSeen> {
        self.attempts.values_mut().find(|attempt| {
            let ticket = attempt.ticket.as_ref();
            ticket.is_some_and(|(of, is)| of == call && *is == number)
        })
    }
}

impl AttemptSeen {
    pub(crate) fn new(beginning: Beginning, asked: Duration) -> Self {
        Self {
            beginning,
            ticket: None,
            asked,
            allowed: None,
            first_byte: None,
            last_byte: None,
            ended: None,
            resolved: None,
        }
    }

    /// When it was first known for certain, to any process, what became of it.
    pub(crate) fn decided(&self) -> Option<Duration> {
        let ended = self.ended.map(|(at, _)| at);
        let resolved = self.resolved.map(|(at, _)| at);
        ended.into_iter().chain(resolved).min()
    }
}

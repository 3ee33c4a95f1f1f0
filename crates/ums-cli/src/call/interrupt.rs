//! Ctrl-C, or another signal that ends a process, in the middle of a call: when it came, and what
//! had left by then.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(unix)]
use std::task::Poll;

use ums_client::journal::RequestRecord;
use ums_client::model::Effect;
use ums_client::{Ended, Intent, OutcomeKind, Recorder, Recording, Sending};

use crate::print::table::masked;
use crate::report::known::Known;

/// Notes what goes out, so that a call that is cut short can tell "not sent" from "unknown", and so
/// that the report has the request as it was sent.
///
/// The first call is the operation; those after it are the queries that resolve it, and at the till
/// the call that takes it back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    first: Option<(ums_client::auth::Nonce, RequestRecord)>,
    sending: Option<Sending>,
    /// What the operation's own call came to.
    known: Option<Known>,
    resolving: bool,
    steps: Vec<(ums_client::auth::Nonce, Step)>,
}

/// One call of several.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) operation: String,
    pub(crate) effect: Effect,
    /// The attempt that was sent last, if it came to that.
    pub(crate) sending: Option<Sending>,
    /// How it ended; `None` before that.
    pub(crate) outcome: Option<OutcomeKind>,
    pub(crate) err_code: Option<String>,
}

impl Witness {
    /// The attempt at the operation that was about to be sent, if it came to that.
    pub(crate) fn sending(&self) -> Option<Sending> {
        self.notes().sending
    }

    /// The operation as it was about to be sent, if it came to that.
    pub(crate) fn request(&self) -> Option<RequestRecord> {
        let notes = self.notes();
        notes.first.as_ref().map(|(_, request)| request.clone())
    }

    /// The call that runs or ran last, and how many queries were made, once several calls may
    /// follow each other.
    pub(crate) fn under_way(&self) -> Option<(Option<Step>, usize)> {
        let notes = self.notes();
        let is_query = |(_, step): &&(_, Step)| step.effect == Effect::ReadOnly;
        let queries = notes.steps.iter().filter(is_query).count();
        let last = notes.steps.last().map(|(_, step)| step.clone());
        notes.resolving.then_some((last, queries))
    }

    /// Every call so far, in order.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let notes = self.notes();
        notes.steps.iter().map(|(_, step)| step.clone()).collect()
    }

    /// What the operation's own call came to, once it is asked about. It is told once.
    pub(crate) fn known(&self) -> Option<Known> {
        let mut notes = self.notes();
        notes.known.take().filter(|_| notes.resolving)
    }

    /// From now on more calls may follow.
    pub(crate) fn resolving(&self) {
        self.notes().resolving = true;
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn step(&mut self, call: ums_client::auth::Nonce) -> Option<&mut Step> {
        let mut steps = self.steps.iter_mut();
        steps
            .find(|(known, _)| *known == call)
            .map(|(_, step)| step)
    }
}

impl Recorder for Witness {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        let mut notes = self.notes();
        if notes.first.is_none() {
            notes.first = Some((intent.call, RequestRecord::of(intent)));
        }
        let step = Step {
            operation: intent.operation.to_owned(),
            effect: intent.effect,
            sending: None,
            outcome: None,
            err_code: None,
        };
        notes.steps.push((intent.call, step));
        Box::pin(async { Ok(()) })
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        let mut notes = self.notes();
        if notes
            .first
            .as_ref()
            .is_some_and(|(call, _)| *call == sending.call)
        {
            notes.sending = Some(*sending);
        }
        if let Some(step) = notes.step(sending.call) {
            step.sending = Some(*sending);
        }
        Box::pin(async { Ok(()) })
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        let mut notes = self.notes();
        if notes
            .first
            .as_ref()
            .is_some_and(|(call, _)| *call == ended.call)
        {
            // The second end is what was found out of an unknown one.
            notes.known.get_or_insert_with(|| Known::of(ended));
        }
        if let Some(step) = notes.step(ended.call)
            && step.outcome.is_none()
        {
            step.outcome = Some(ended.outcome);
            step.err_code = ended.err_code.map(masked);
        }
        Box::pin(async { Ok(()) })
    }
}

/// The requests that this process end: Ctrl-C, and where there is such a thing SIGTERM, SIGQUIT and
/// SIGHUP, which comes when the terminal goes away. From the moment this exists they no longer end
/// it by themselves.
pub(crate) struct Signals {
    #[cfg(unix)]
    heard: Vec<tokio::signal::unix::Signal>,
}

impl Signals {
    /// A signal that was ignored when this process began stays so: that is how `nohup` and a
    /// shell's `&` ask for it.
    ///
    /// # Errors
    ///
    /// The system does not let this process listen.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        let hangup = tokio::signal::unix::SignalKind::hangup();
        let mut signals = Self::but_hangup()?;
        signals.heard.extend(heard(hangup)?);
        Ok(signals)
    }

    /// The same without SIGHUP, for whoever has a use of its own for it.
    ///
    /// # Errors
    ///
    /// As [`listen`](Self::listen).
    #[cfg(unix)]
    pub(crate) fn but_hangup() -> io::Result<Self> {
        use tokio::signal::unix::SignalKind;
        let kinds = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::quit(),
        ];
        let mut all = Vec::new();
        for kind in kinds {
            all.extend(heard(kind)?);
        }
        Ok(Self { heard: all })
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        std::future::poll_fn(|context| {
            // Each is polled, so that each wakes this up.
            let mut next = Poll::Pending;
            for signal in &mut self.heard {
                if signal.poll_recv(context).is_ready() {
                    next = Poll::Ready(());
                }
            }
            next
        })
        .await;
    }

    /// # Errors
    ///
    /// None here.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Self::but_hangup()
    }

    /// # Errors
    ///
    /// None here.
    #[cfg(not(unix))]
    pub(crate) fn but_hangup() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// What is heard of a signal that is not ignored.
#[cfg(unix)]
fn heard(kind: tokio::signal::unix::SignalKind) -> io::Result<Option<tokio::signal::unix::Signal>> {
    let is_ignored = ignored() >> (kind.as_raw_value() - 1) & 1 == 1;
    let heard = (!is_ignored).then(|| tokio::signal::unix::signal(kind));
    heard.transpose()
}

/// The signals that this process ignores, the lowest bit for signal 1. Linux tells; elsewhere none
/// is known to be ignored.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

//! Ctrl-C, or another signal that ends a process, in the middle of a call: when it
//! came, and what had left by then.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(unix)]
use std::task::Poll;

use ums_client::model::Effect;
use ums_client::{Ended, Intent, Recorder, Recording, Sending};

use crate::sent::SentRequest;

/// Notes what goes out, so that a call that is cut short can tell "not sent"
/// from "unknown", and so that the report has the request as it was sent.
///
/// The first call is the operation; those after it are the queries that settle
/// it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    first: Option<(ums_client::auth::Nonce, SentRequest)>,
    sending: Option<Sending>,
    settling: bool,
    queries: usize,
}

impl Witness {
    /// The attempt at the operation that was about to be sent, if it came to
    /// that.
    pub(crate) fn sending(&self) -> Option<Sending> {
        self.notes().sending
    }

    /// The operation as it was about to be sent, if it came to that.
    pub(crate) fn request(&self) -> Option<SentRequest> {
        let notes = self.notes();
        notes.first.as_ref().map(|(_, request)| request.clone())
    }

    /// How many queries were made to settle the operation; `None` before it
    /// came to settling.
    pub(crate) fn queries(&self) -> Option<usize> {
        let notes = self.notes();
        notes.settling.then_some(notes.queries)
    }

    /// From now on every call is a query.
    pub(crate) fn settling(&self) {
        self.notes().settling = true;
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Witness {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        let mut notes = self.notes();
        if notes.settling && intent.effect == Effect::ReadOnly {
            notes.queries += 1;
        } else if notes.first.is_none() {
            notes.first = Some((intent.call, SentRequest::of(intent)));
        }
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
        Box::pin(async { Ok(()) })
    }

    fn ended<'a>(&'a self, _: &'a Ended<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }
}

/// The requests that this process end: Ctrl-C, and where there is such a thing
/// SIGTERM, SIGQUIT and SIGHUP, which comes when the terminal goes away. From the
/// moment this exists they no longer end it by themselves.
pub(crate) struct Signals {
    #[cfg(unix)]
    heard: Vec<tokio::signal::unix::Signal>,
}

impl Signals {
    /// A signal that was ignored when this process began stays so: that is how
    /// `nohup` and a shell's `&` ask for it.
    ///
    /// # Errors
    ///
    /// The system does not let this process listen.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        let heard = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::quit(),
            SignalKind::hangup(),
        ]
        .into_iter()
        .filter(|kind| ignored >> (kind.as_raw_value() - 1) & 1 == 0)
        .map(signal)
        .collect::<io::Result<_>>()?;
        Ok(Self { heard })
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

/// The signals that this process ignores, the lowest bit for signal 1. Linux
/// tells; elsewhere none is known to be ignored.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

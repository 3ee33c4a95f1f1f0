//! Ctrl-C in the middle of a call: when it came, and what had left by then.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// The requests that this process end: Ctrl-C, and SIGTERM where there is such
/// a thing. From the moment this exists they no longer end it by themselves.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// # Errors
    ///
    /// The system does not let this process listen.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
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

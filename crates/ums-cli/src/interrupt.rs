//! Ctrl-C in the middle of a call: when it came, and what had left by then.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ums_client::{Ended, Intent, Recorder, Recording, Sending};

/// Notes the moment from which bytes may leave, so that a call that is cut
/// short can tell "not sent" from "unknown".
#[derive(Clone, Debug, Default)]
pub(crate) struct Witness(Arc<Mutex<Option<Sending>>>);

impl Witness {
    /// The attempt that was about to be sent, if it came to that.
    pub(crate) fn sending(&self) -> Option<Sending> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Witness {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(*sending);
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

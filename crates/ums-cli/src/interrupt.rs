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

/// Resolves when the process is asked to end: Ctrl-C, or SIGTERM where there is
/// such a thing.
///
/// # Errors
///
/// The system does not let this process listen.
#[cfg(unix)]
pub(crate) async fn signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// As on unix, with Ctrl-C only.
#[cfg(not(unix))]
pub(crate) async fn signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

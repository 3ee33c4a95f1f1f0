//! Until when the bytes of a request may be written, looked at where a socket is written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::boot_instant::{BootClock, BootInstant};

/// The send window of a connection's present request. The call that holds the connection sets it,
/// and each write of the same call looks at it, so relaxed ordering is enough.
pub(crate) struct SendFence {
    clock: Arc<dyn BootClock>,
    /// In nanoseconds of the clock, or [`NEVER`](Self::NEVER).
    write_by: AtomicU64,
    missed: AtomicBool,
}

impl SendFence {
    /// Longer than any machine runs.
    const NEVER: u64 = u64::MAX;

    pub(crate) fn new(clock: Arc<dyn BootClock>) -> Self {
        Self {
            clock,
            write_by: AtomicU64::new(Self::NEVER),
            missed: AtomicBool::new(false),
        }
    }

    /// A request begins, of which no byte is written at or after `write_by`.
    pub(crate) fn begin(&self, write_by: Option<BootInstant>) {
        let nanos = write_by.and_then(|by| u64::try_from(by.ticks().as_nanos()).ok());
        let write_by = nanos.unwrap_or(Self::NEVER);
        self.write_by.store(write_by, Ordering::Relaxed);
        self.missed.store(false, Ordering::Relaxed);
    }

    /// The whole request was written: what else is written is no longer bound to its window.
    pub(crate) fn end(&self) {
        self.write_by.store(Self::NEVER, Ordering::Relaxed);
    }

    /// Fails when the window is over, and from then on.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.rest() {
            Some(Duration::ZERO) => Err(io::Error::other(WindowOver)),
            _ => Ok(()),
        }
    }

    /// What is left of the window, if there is one.
    pub(crate) fn rest(&self) -> Option<Duration> {
        let write_by = self.write_by.load(Ordering::Relaxed);
        if write_by == Self::NEVER {
            return None;
        }
        if self.is_missed() {
            return Some(Duration::ZERO);
        }
        let write_by = Duration::from_nanos(write_by);
        let rest = write_by.saturating_sub(self.clock.now().ticks());
        if rest.is_zero() {
            self.missed.store(true, Ordering::Relaxed);
        }
        Some(rest)
    }

    /// Whether a part of the request was not written because the window was over.
    pub(crate) fn is_missed(&self) -> bool {
        self.missed.load(Ordering::Relaxed)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the send window was over before the request was written")]
struct WindowOver;

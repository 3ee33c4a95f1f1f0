//! Until when the bytes of a request may be written, and until when they may arrive.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::boot_instant::{BootClock, BootInstant};

/// The limits of a connection's present request, for the socket it is written to. The call that
/// holds the connection sets them, and the writes of the same call look at them, so relaxed
/// ordering is enough.
pub(crate) struct SendFence {
    clock: Arc<dyn BootClock>,
    /// Nothing of the request is written from then on. In nanoseconds of the clock, as is the next;
    /// [`NEVER`](Self::NEVER) once the request was written.
    write_by: AtomicU64,
    /// Nothing of the request may arrive from then on.
    arrive_by: AtomicU64,
    /// Whether the send window ends before the call does.
    is_window: AtomicBool,
    missed: AtomicBool,
    /// The socket has not been told of the present request.
    is_news: AtomicBool,
    /// No request is under way, and the last one was answered.
    at_rest: AtomicBool,
    /// The process that the connection belongs to.
    process: u32,
}

impl SendFence {
    /// Longer than any machine runs.
    const NEVER: u64 = u64::MAX;

    pub(crate) fn new(clock: Arc<dyn BootClock>) -> Self {
        Self {
            clock,
            write_by: AtomicU64::new(Self::NEVER),
            arrive_by: AtomicU64::new(Self::NEVER),
            is_window: AtomicBool::new(false),
            missed: AtomicBool::new(false),
            is_news: AtomicBool::new(false),
            at_rest: AtomicBool::new(true),
            process: std::process::id(),
        }
    }

    /// A request begins whose call has so much time left, and of which no byte is written at or
    /// after `write_by`, nor after the call.
    pub(crate) fn begin(&self, write_by: Option<BootInstant>, left: Duration) {
        let deadline = self.clock.now() + left;
        let write_by = write_by.filter(|by| *by < deadline);
        let is_window = write_by.is_some();
        let write_by = nanos(write_by.unwrap_or(deadline));
        self.write_by.store(write_by, Ordering::Relaxed);
        self.arrive_by.store(nanos(deadline), Ordering::Relaxed);
        self.is_window.store(is_window, Ordering::Relaxed);
        self.missed.store(false, Ordering::Relaxed);
        self.is_news.store(true, Ordering::Relaxed);
        self.at_rest.store(false, Ordering::Relaxed);
    }

    /// The whole request was written: what else is written is not bound to its window.
    pub(crate) fn end(&self) {
        self.write_by.store(Self::NEVER, Ordering::Relaxed);
    }

    /// The request was answered, and no part of it can do harm any more.
    pub(crate) fn come_to_rest(&self) {
        self.at_rest.store(true, Ordering::Relaxed);
    }

    /// Fails when nothing may be written any more, and from then on.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.left_to_write() {
            Some(Duration::ZERO) => Err(io::Error::other(Late)),
            _ => Ok(()),
        }
    }

    /// For how long the request may be written; `None` if none is being written.
    pub(crate) fn left_to_write(&self) -> Option<Duration> {
        let write_by = self.write_by.load(Ordering::Relaxed);
        if write_by == Self::NEVER {
            return None;
        }
        if self.missed.load(Ordering::Relaxed) {
            return Some(Duration::ZERO);
        }
        let left = self.until(write_by);
        if left.is_zero() {
            self.missed.store(true, Ordering::Relaxed);
        }
        Some(left)
    }

    /// Whether a part of the request was not written because its time was over, and if so, whether
    /// it was the send window that ended.
    pub(crate) fn missed(&self) -> Option<Missed> {
        if !self.missed.load(Ordering::Relaxed) {
            return None;
        }
        Some(match self.is_window.load(Ordering::Relaxed) {
            true => Missed::SendWindow,
            false => Missed::Deadline,
        })
    }

    /// Before the first write of each request: for how long its bytes may be under way.
    pub(crate) fn news(&self) -> Option<Duration> {
        if !self.is_news.load(Ordering::Relaxed) {
            return None;
        }
        self.is_news.store(false, Ordering::Relaxed);
        Some(self.until(self.arrive_by.load(Ordering::Relaxed)))
    }

    /// Whether what the system still holds of the connection may be sent after it is closed. In a
    /// process that forked, the connection is its parent's, which alone may say so.
    pub(crate) fn may_linger(&self) -> bool {
        self.at_rest.load(Ordering::Relaxed) && std::process::id() == self.process
    }

    fn until(&self, moment: u64) -> Duration {
        Duration::from_nanos(moment).saturating_sub(self.clock.now().ticks())
    }
}

/// What passed before a request was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    SendWindow,
    Deadline,
}

fn nanos(moment: BootInstant) -> u64 {
    u64::try_from(moment.ticks().as_nanos()).unwrap_or(SendFence::NEVER)
}

#[derive(Debug, thiserror::Error)]
#[error("it is too late to write more of the request")]
struct Late;

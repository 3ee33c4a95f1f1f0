//! Until when the bytes of a request may be written, and until when they may arrive.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::boot_instant::{BootClock, BootInstant};

/// The limits of a connection's present request, for the socket it is written to. The call that
/// holds the connection sets them, and the writes of the same call look at them, so relaxed
/// ordering is enough.
pub(crate) struct SendFence {
    clock: Arc<dyn BootClock>,
    /// Nothing of the request is written from then on. In nanoseconds of that clock.
    write_by: AtomicU64,
    opened: Instant,
    /// When the call ends, in nanoseconds since `opened`: tokio's clock, as is the call's own
    /// alarm.
    deadline: AtomicU64,
    /// The request is not written yet.
    is_writing: AtomicBool,
    /// [`WINDOW`](Self::WINDOW), [`CALL`](Self::CALL), or zero.
    missed: AtomicU8,
    /// The end of the request was written after its window: the process stood still between its
    /// last look at the clock and the write, which nothing can exclude.
    is_late: AtomicBool,
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
    const WINDOW: u8 = 1;
    const CALL: u8 = 2;

    pub(crate) fn new(clock: Arc<dyn BootClock>) -> Self {
        Self {
            clock,
            write_by: AtomicU64::new(Self::NEVER),
            opened: Instant::now(),
            deadline: AtomicU64::new(Self::NEVER),
            is_writing: AtomicBool::new(false),
            missed: AtomicU8::new(0),
            is_late: AtomicBool::new(false),
            is_news: AtomicBool::new(false),
            at_rest: AtomicBool::new(true),
            process: std::process::id(),
        }
    }

    /// A request begins whose call has so much time left, and of which no byte is written at or
    /// after `write_by`, nor after the call.
    pub(crate) fn begin(&self, write_by: Option<BootInstant>, left: Duration) {
        let deadline = self.opened.elapsed().saturating_add(left);
        let write_by = write_by.map_or(Duration::MAX, BootInstant::ticks);
        self.write_by.store(nanos(write_by), Ordering::Relaxed);
        self.deadline.store(nanos(deadline), Ordering::Relaxed);
        self.is_writing.store(true, Ordering::Relaxed);
        self.missed.store(0, Ordering::Relaxed);
        self.is_late.store(false, Ordering::Relaxed);
        self.is_news.store(true, Ordering::Relaxed);
        self.at_rest.store(false, Ordering::Relaxed);
    }

    /// The whole request was written: what else is written is not bound to its window.
    pub(crate) fn end(&self) {
        if !self.is_writing.load(Ordering::Relaxed) {
            return;
        }
        self.is_writing.store(false, Ordering::Relaxed);
        let write_by = self.write_by.load(Ordering::Relaxed);
        if write_by != Self::NEVER && nanos(self.clock.now().ticks()) >= write_by {
            self.is_late.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the whole request was written, and its end perhaps after its window.
    pub(crate) fn wrote_late(&self) -> bool {
        self.is_late.load(Ordering::Relaxed)
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
        if !self.is_writing.load(Ordering::Relaxed) {
            return None;
        }
        if self.missed().is_some() {
            return Some(Duration::ZERO);
        }
        let call = self.left_of_call();
        let window = match self.write_by.load(Ordering::Relaxed) {
            Self::NEVER => Duration::MAX,
            by => Duration::from_nanos(by).saturating_sub(self.clock.now().ticks()),
        };
        if window.is_zero() {
            self.missed.store(Self::WINDOW, Ordering::Relaxed);
        } else if call.is_zero() {
            self.missed.store(Self::CALL, Ordering::Relaxed);
        }
        Some(call.min(window))
    }

    /// Whether a part of the request was not written because its time was over, and if so, whether
    /// it was the send window that ended.
    pub(crate) fn missed(&self) -> Option<Missed> {
        match self.missed.load(Ordering::Relaxed) {
            Self::WINDOW => Some(Missed::SendWindow),
            Self::CALL => Some(Missed::Deadline),
            _ => None,
        }
    }

    /// Before the first write of each request: for how long its bytes may be under way.
    pub(crate) fn news(&self) -> Option<Duration> {
        if !self.is_news.load(Ordering::Relaxed) {
            return None;
        }
        self.is_news.store(false, Ordering::Relaxed);
        Some(self.left_of_call())
    }

    /// Whether what the system still holds of the connection may be sent after it is closed. In a
    /// process that forked, the connection is its parent's, which alone may say so.
    pub(crate) fn may_linger(&self) -> bool {
        self.at_rest.load(Ordering::Relaxed) && std::process::id() == self.process
    }

    fn left_of_call(&self) -> Duration {
        let deadline = Duration::from_nanos(self.deadline.load(Ordering::Relaxed));
        deadline.saturating_sub(self.opened.elapsed())
    }
}

/// What passed before a request was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    SendWindow,
    Deadline,
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(SendFence::NEVER)
}

#[derive(Debug, thiserror::Error)]
#[error("it is too late to write more of the request")]
struct Late;

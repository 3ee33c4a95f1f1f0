//! Sees every byte that leaves the client, and knows whose it is.
//!
//! The transport polls a connection only from within the call that uses it, so the call whose
//! future is being polled is the one that writes. A byte that is written outside any call has no
//! business there.

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use ums_client::OutcomeKind;
use ums_client::auth::Timestamp;

thread_local! {
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs `poll` as part of a call.
pub(crate) fn within<T>(call: usize, poll: impl FnOnce() -> T) -> T {
    CURRENT.set(Some(call));
    let result = poll();
    CURRENT.set(None);
    result
}

/// The call that is being polled.
pub(crate) fn current() -> Option<usize> {
    CURRENT.get()
}

/// What was seen of one call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sight {
    pub(crate) bytes_written: u64,
    /// The link on which something was first read, and how many of these bytes had left by then. Of
    /// the link in use, if it was written to.
    pub(crate) first_read: Option<(u64, u64)>,
    pub(crate) intent_recorded: bool,
    /// Of the attempt that is under way.
    pub(crate) sending_recorded: bool,
    /// Of the first attempt that was recorded.
    pub(crate) signed_at: Option<Timestamp>,
    /// Of the operation itself, not of the questions about it.
    pub(crate) end_recorded: Option<OutcomeKind>,
}

/// Shared by all parts of one history.
#[derive(Clone)]
pub(crate) struct Witness(Arc<Mutex<Book>>);

struct Book {
    start: Instant,
    links: u64,
    has_recorder: bool,
    calls: Vec<Sight>,
    wrong: Vec<String>,
    trace: Option<String>,
}

impl Witness {
    /// Must be made on the history's runtime, whose clock the trace tells.
    pub(crate) fn new(calls: usize, has_recorder: bool, trace: bool) -> Self {
        Self(Arc::new(Mutex::new(Book {
            start: Instant::now(),
            links: 0,
            has_recorder,
            calls: vec![Sight::default(); calls],
            wrong: Vec::new(),
            trace: trace.then(String::new),
        })))
    }

    /// A connection is asked for, and gets this number. What was recorded before was of another
    /// attempt.
    pub(crate) fn dials(&self) -> u64 {
        self.update_current(|sight| sight.sending_recorded = false);
        self.note(|| "dial".to_owned());
        let mut book = self.lock();
        book.links += 1;
        book.links
    }

    /// Bytes that a connection has accepted.
    pub(crate) fn wrote(&self, link: u64, bytes: &[u8]) {
        let mut book = self.lock();
        let Some(call) = current() else {
            let text = format!("{} bytes were written outside any call", bytes.len());
            book.wrong.push(text);
            return;
        };
        let has_recorder = book.has_recorder;
        if let Some(sight) = book.calls.get_mut(call) {
            sight.bytes_written += bytes.len() as u64;
            // What was read from a connection that was put away is no answer.
            sight.first_read = sight.first_read.filter(|(read, _)| *read == link);
            if has_recorder && !sight.sending_recorded {
                let text = format!("call {call}: a byte left before it was recorded");
                book.wrong.push(text);
            }
        }
        drop(book);
        self.note(|| format!("call {call} writes {}", bytes.escape_ascii()));
    }

    /// Bytes of a request for an access token, which is no part of the call that makes it.
    pub(crate) fn wrote_for_token(&self, bytes: &[u8]) {
        self.note(|| {
            format!(
                "call {:?} asks for a token {}",
                current(),
                bytes.escape_ascii()
            )
        });
    }

    /// Something that must never happen.
    pub(crate) fn wrong(&self, text: String) {
        self.lock().wrong.push(text);
    }

    /// Time since the history began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.lock().start.elapsed()
    }

    pub(crate) fn read(&self, link: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.update_current(|sight| {
                sight.first_read.get_or_insert((link, sight.bytes_written));
            });
        }
        self.note(|| format!("call {:?} reads {}", current(), bytes.escape_ascii()));
    }

    /// What was seen of the call that is being polled.
    pub(crate) fn update_current(&self, update: impl FnOnce(&mut Sight)) {
        let mut book = self.lock();
        if let Some(sight) = current().and_then(|call| book.calls.get_mut(call)) {
            update(sight);
        }
    }

    /// Adds a line to the trace, if there is one.
    pub(crate) fn note(&self, line: impl FnOnce() -> String) {
        let mut book = self.lock();
        let at = book.start.elapsed().as_millis();
        if let Some(trace) = &mut book.trace {
            // Writing into a String does not fail.
            let _ = writeln!(trace, "{at:6} ms  {}", line());
        }
    }

    pub(crate) fn sight(&self, call: usize) -> Sight {
        self.lock().calls.get(call).copied().unwrap_or_default()
    }

    /// What was wrong, and the trace.
    pub(crate) fn end(&self) -> (Vec<String>, Option<String>) {
        let mut book = self.lock();
        (std::mem::take(&mut book.wrong), book.trace.take())
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

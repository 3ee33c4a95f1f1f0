//! The calls in flight: how many there may be, which there are, and waiting for them to end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio::time::Instant;
use ums_auth::Nonce;

use crate::outcome::NotSentReason;

/// How many calls a client carries out at once, each until its outcome is recorded. What is over
/// the limits ends as not sent, at once or when its deadline passes in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Concurrency {
    /// Calls at once.
    pub calls: usize,
    /// Calls that may wait for one of them to end.
    pub waiting: usize,
}

impl Concurrency {
    /// At most `calls` at once, and `waiting` more in the queue.
    pub fn new(calls: usize, waiting: usize) -> Self {
        Self { calls, waiting }
    }
}

/// A call that had not ended when the client stopped waiting for it: without an outcome, or with
/// one that was still being recorded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenCall {
    /// Identifies the call, as in [`Evidence::call`](crate::Evidence::call).
    pub call: Nonce,
    /// The operation's name.
    pub operation: String,
    /// How long it has been running.
    pub elapsed: Duration,
    /// Whether some of its request may have been sent. If so, and the process ends now, its outcome
    /// is unknown: resolve it by query. If not, and the process ends now, nothing was sent.
    pub may_have_been_sent: bool,
}

pub(crate) struct InFlight {
    slots: Option<(Arc<Semaphore>, usize)>,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    closed: bool,
    waiting: usize,
    open: Vec<Option<Entry>>,
    /// The places in `open` that are free.
    free: Vec<usize>,
}

struct Entry {
    call: Nonce,
    operation: String,
    since: Instant,
    may_have_been_sent: bool,
}

impl InFlight {
    pub(crate) fn new(limit: Option<Concurrency>) -> Self {
        Self {
            slots: limit.map(|limit| {
                let calls = limit.calls.min(Semaphore::MAX_PERMITS);
                (Arc::new(Semaphore::new(calls)), limit.waiting)
            }),
            state: Mutex::default(),
            ended: Notify::new(),
        }
    }

    /// Admits a call, or says why not.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        call: Nonce,
        operation: &str,
        deadline: Instant,
    ) -> Result<InFlightGuard, NotSentReason> {
        let slot = match &self.slots {
            Some((slots, waiting)) => Some(self.slot(slots, *waiting, deadline).await?),
            None => None,
        };
        let mut state = self.lock();
        if state.closed {
            return Err(NotSentReason::ClientClosed);
        }
        let entry = Some(Entry {
            call,
            operation: operation.to_owned(),
            since: Instant::now(),
            may_have_been_sent: false,
        });
        let place = state.free.pop().unwrap_or(state.open.len());
        match state.open.get_mut(place) {
            Some(free) => *free = entry,
            None => state.open.push(entry),
        }
        Ok(InFlightGuard {
            in_flight: Arc::clone(self),
            place,
            _slot: slot,
        })
    }

    async fn slot(
        &self,
        slots: &Arc<Semaphore>,
        most_waiting: usize,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, NotSentReason> {
        match Arc::clone(slots).try_acquire_owned() {
            Ok(slot) => return Ok(slot),
            Err(TryAcquireError::Closed) => return Err(NotSentReason::ClientClosed),
            Err(TryAcquireError::NoPermits) => {}
        }
        {
            let mut state = self.lock();
            if state.waiting >= most_waiting {
                return Err(NotSentReason::Overloaded);
            }
            state.waiting += 1;
        }
        let _waiting = Waiting(self);
        match tokio::time::timeout_at(deadline, Arc::clone(slots).acquire_owned()).await {
            Ok(Ok(slot)) => Ok(slot),
            Ok(Err(_closed)) => Err(NotSentReason::ClientClosed),
            Err(_late) => Err(NotSentReason::Overloaded),
        }
    }

    /// Admits no further call, and waits until those in flight have ended or `until` has come.
    pub(crate) async fn close(&self, until: Instant) -> Vec<OpenCall> {
        self.close_now();
        loop {
            let ended = self.ended.notified();
            let open = self.open();
            if open.is_empty() || tokio::time::timeout_at(until, ended).await.is_err() {
                return self.open();
            }
        }
    }

    /// Admits no further call. Returns those in flight.
    pub(crate) fn close_now(&self) -> Vec<OpenCall> {
        self.lock().closed = true;
        if let Some((slots, _)) = &self.slots {
            slots.close();
        }
        self.open()
    }

    fn open(&self) -> Vec<OpenCall> {
        let state = self.lock();
        let mut open: Vec<&Entry> = state.open.iter().flatten().collect();
        open.sort_by_key(|entry| entry.since);
        let calls = open.into_iter().map(|entry| OpenCall {
            call: entry.call,
            operation: entry.operation.clone(),
            elapsed: entry.since.elapsed(),
            may_have_been_sent: entry.may_have_been_sent,
        });
        calls.collect()
    }

    /// A panic elsewhere cannot leave the books half written.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right of one call to be in flight. Given back when dropped, however the call ends.
pub(crate) struct InFlightGuard {
    in_flight: Arc<InFlight>,
    place: usize,
    _slot: Option<OwnedSemaphorePermit>,
}

impl InFlightGuard {
    /// From here on some of the request may have been sent.
    pub(crate) fn begins_to_send(&self) {
        if let Some(Some(entry)) = self.in_flight.lock().open.get_mut(self.place) {
            entry.may_have_been_sent = true;
        }
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        let mut state = self.in_flight.lock();
        if let Some(entry) = state.open.get_mut(self.place) {
            *entry = None;
        }
        state.free.push(self.place);
        let closing = state.closed;
        drop(state);
        if closing {
            self.in_flight.ended.notify_waiters();
        }
    }
}

struct Waiting<'a>(&'a InFlight);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}

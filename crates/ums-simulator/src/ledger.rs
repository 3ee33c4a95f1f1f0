//! The ledger: every connection and request, what was received, done and sent.
//!
//! It is the oracle of the tests of other crates, so each number is counted where the bytes pass,
//! not derived from what was meant to happen.

pub(crate) mod line;
pub(crate) mod record;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::book::Settled;
use crate::book::change::Change;
use crate::clock::GatewayClock;
use crate::ledger::record::{
    ConnectionEnd, ConnectionRecord, ExchangeEnd, LedgerRequest, Snapshot, Totals,
};

/// What is called for each request.
pub(crate) type Observer = Box<dyn Fn(&LedgerRequest) + Send + Sync>;

/// The ledger of a simulator. Clones share it; what they return is a copy of the moment.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

impl Ledger {
    pub(crate) fn new(
        clock: Arc<dyn GatewayClock>,
        limit: Option<usize>,
        observer: Option<Observer>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                start: Instant::now(),
                limit: limit.unwrap_or(usize::MAX),
                observer,
                changed: Notify::new(),
                state: Mutex::default(),
            }),
        }
    }

    /// The requests, in the order in which their first bytes came.
    pub fn requests(&self) -> Vec<LedgerRequest> {
        self.lock().requests.records.iter().cloned().collect()
    }

    /// The connections, in the order in which they were accepted.
    pub fn connections(&self) -> Vec<ConnectionRecord> {
        self.lock().connections.records.iter().cloned().collect()
    }

    /// Counts over everything since the start, also what a bounded ledger has forgotten.
    pub fn totals(&self) -> Totals {
        self.lock().totals
    }

    /// The whole ledger at one moment.
    pub fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        Snapshot {
            totals: state.totals,
            connections: state.connections.records.iter().cloned().collect(),
            requests: state.requests.records.iter().cloned().collect(),
        }
    }

    /// Waits until the totals satisfy a condition, and returns them.
    ///
    /// For a test that must not look before the simulator has noticed, say, that its peer is gone.
    /// It never gives up: put a time-out around it.
    pub async fn until(&self, mut condition: impl FnMut(&Totals) -> bool) -> Totals {
        loop {
            let changed = self.shared.changed.notified();
            let mut changed = std::pin::pin!(changed);
            // Listen before looking, so that no change falls between the two.
            changed.as_mut().enable();
            let totals = self.totals();
            if condition(&totals) {
                return totals;
            }
            changed.await;
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    pub(crate) fn connected(
        &self,
        peer: Option<SocketAddr>,
        tls: bool,
        fault: Option<String>,
    ) -> ConnectionId {
        let (opened, opened_us) = self.moment();
        let mut state = self.lock();
        state.totals.connections += 1;
        state.totals.open_connections += 1;
        let id = state.connections.next;
        let forgotten = state.connections.push(
            ConnectionRecord {
                id,
                peer,
                tls,
                fault,
                opened,
                opened_us,
                closed_us: None,
                requests: 0,
                bytes_received: 0,
                bytes_sent: 0,
                handshake_error: None,
                end: ConnectionEnd::Open,
            },
            self.shared.limit,
        );
        state.totals.forgotten_connections += forgotten;
        drop(state);
        self.shared.changed.notify_waiters();
        ConnectionId(id)
    }

    pub(crate) fn update_connection(
        &self,
        id: ConnectionId,
        update: impl FnOnce(&mut ConnectionRecord),
    ) {
        if let Some(record) = self.lock().connections.find(id.0) {
            update(record);
        }
    }

    pub(crate) fn disconnected(&self, id: ConnectionId, end: ConnectionEnd) {
        let (_, now_us) = self.moment();
        let mut state = self.lock();
        state.totals.open_connections = state.totals.open_connections.saturating_sub(1);
        if let Some(record) = state.connections.find(id.0) {
            record.end = end;
            record.closed_us = Some(now_us);
        }
        drop(state);
        self.shared.changed.notify_waiters();
    }

    /// Notes that the first byte of a request has come.
    pub(crate) fn request_started(&self, connection: ConnectionId, index: u64) -> RequestId {
        let (started, started_us) = self.moment();
        let mut state = self.lock();
        state.totals.requests += 1;
        if let Some(record) = state.connections.find(connection.0) {
            record.requests += 1;
        }
        let id = state.requests.next;
        let record = LedgerRequest {
            id,
            connection: connection.0,
            index_on_connection: index,
            started,
            started_us,
            ..LedgerRequest::default()
        };
        let forgotten = state.requests.push(record, self.shared.limit);
        state.totals.forgotten_requests += forgotten;
        drop(state);
        self.shared.changed.notify_waiters();
        RequestId(id)
    }

    pub(crate) fn update_request(&self, id: RequestId, update: impl FnOnce(&mut LedgerRequest)) {
        if let Some(record) = self.lock().requests.find(id.0) {
            update(record);
        }
    }

    /// Notes a complete request and everything decided about it, at once: who looks sees either
    /// nothing of it or all.
    ///
    /// `settles` is the order that the request made and that waits.
    pub(crate) fn request_complete(
        &self,
        id: RequestId,
        settles: Option<String>,
        update: impl FnOnce(&mut LedgerRequest),
    ) {
        let (_, now_us) = self.moment();
        let mut state = self.lock();
        let State {
            totals,
            requests,
            settling,
            ..
        } = &mut *state;
        totals.complete_requests += 1;
        let mut forgotten = LedgerRequest::default();
        let record = requests.find(id.0).unwrap_or(&mut forgotten);
        record.complete_us = Some(now_us);
        record.head_complete = true;
        record.body_complete = true;
        update(record);
        record.applied_us = record.applied.is_some().then_some(now_us);
        totals.waiting += u64::from(record.waiting);
        if let Some(order_id) = settles {
            settling.insert(order_id, id);
        }
        totals.applied += u64::from(record.applied.is_some());
        totals.faults += u64::from(record.fault.is_some());
        let observed = self.shared.observer.as_ref().map(|_| record.clone());
        drop(state);
        self.shared.changed.notify_waiters();
        self.observe(observed);
    }

    fn observe(&self, record: Option<LedgerRequest>) {
        if let (Some(observe), Some(record)) = (&self.shared.observer, record) {
            observe(&record);
        }
    }

    /// Notes what became of a request that was executed later than it was read. It still waits if
    /// the order that it made waits in its turn.
    pub(crate) fn executed(
        &self,
        id: RequestId,
        code: Option<&'static str>,
        change: Option<Change>,
        settles: Option<String>,
    ) {
        let mut state = self.lock();
        if let Some(record) = state.requests.find(id.0) {
            record.decided_code = code.map(str::to_owned);
        }
        match settles {
            None => self.end_waiting(&mut state, id, change),
            Some(order_id) => {
                state.settling.insert(order_id, id);
            }
        }
        drop(state);
        self.shared.changed.notify_waiters();
    }

    /// Notes what became of an order that waited.
    pub(crate) fn settled(&self, settled: Settled) {
        let Settled { order_id, change } = settled;
        let mut state = self.lock();
        // An order that was put into the book belongs to no request.
        if let Some(id) = state.settling.remove(&order_id) {
            self.end_waiting(&mut state, id, change);
        }
        drop(state);
        self.shared.changed.notify_waiters();
    }

    fn end_waiting(&self, state: &mut State, id: RequestId, change: Option<Change>) {
        let (_, now_us) = self.moment();
        state.totals.waiting = state.totals.waiting.saturating_sub(1);
        state.totals.applied += u64::from(change.is_some());
        if let Some(record) = state.requests.find(id.0) {
            record.waiting = false;
            record.applied_us = change.is_some().then_some(now_us);
            record.applied = change;
        }
    }

    pub(crate) fn request_finished(&self, id: RequestId, sent: u64, end: ExchangeEnd) {
        let (_, now_us) = self.moment();
        let mut state = self.lock();
        state.totals.finished_requests += 1;
        let mut observed = None;
        if let Some(record) = state.requests.find(id.0) {
            record.finished_us = Some(now_us);
            record.reply_bytes_sent = sent;
            record.end = end;
            let unseen = self.shared.observer.is_some() && !record.body_complete;
            observed = unseen.then(|| record.clone());
        }
        drop(state);
        self.shared.changed.notify_waiters();
        self.observe(observed);
    }

    /// Notes a connection that was closed because there were too many.
    pub(crate) fn turned_away(&self) {
        self.lock().totals.turned_away += 1;
        self.shared.changed.notify_waiters();
    }

    /// Wall time, and microseconds on tokio's clock since the start.
    fn moment(&self) -> (DateTime<Utc>, u64) {
        let elapsed = self.shared.start.elapsed().as_micros();
        (self.now(), u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger")
            .field("totals", &self.totals())
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionId(u64);

#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestId(u64);

struct Shared {
    clock: Arc<dyn GatewayClock>,
    start: Instant,
    limit: usize,
    observer: Option<Observer>,
    changed: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    totals: Totals,
    connections: Records<ConnectionRecord>,
    requests: Records<LedgerRequest>,
    /// Orders that wait, and the requests that made them.
    settling: HashMap<String, RequestId>,
}

/// The newest records; the index of a record is its number less that of the first.
struct Records<T> {
    next: u64,
    records: VecDeque<T>,
}

impl<T> Records<T> {
    /// Gives how many were forgotten for it.
    fn push(&mut self, record: T, limit: usize) -> u64 {
        self.next += 1;
        self.records.push_back(record);
        let mut forgotten = 0;
        while self.records.len() > limit {
            self.records.pop_front();
            forgotten += 1;
        }
        forgotten
    }

    /// None when the record has been forgotten.
    fn find(&mut self, id: u64) -> Option<&mut T> {
        let first = self.next - self.records.len() as u64;
        let index = usize::try_from(id.checked_sub(first)?).ok()?;
        self.records.get_mut(index)
    }
}

impl<T> Default for Records<T> {
    fn default() -> Self {
        Self {
            next: 0,
            records: VecDeque::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(limit: Option<usize>) -> Ledger {
        Ledger::new(Arc::new(|| DateTime::<Utc>::UNIX_EPOCH), limit, None)
    }

    #[test]
    fn a_bounded_ledger_forgets_records_and_keeps_totals() {
        let ledger = ledger(Some(2));
        let connection = ledger.connected(None, false, None);
        let ids: Vec<_> = (0..5)
            .map(|index| ledger.request_started(connection, index))
            .collect();
        for id in ids {
            ledger.request_complete(id, None, |record| record.path = "x".to_owned());
            ledger.request_finished(id, 7, ExchangeEnd::Replied);
        }
        let totals = ledger.totals();
        assert_eq!(totals.requests, 5);
        assert_eq!(totals.complete_requests, 5);
        assert_eq!(totals.finished_requests, 5);
        assert_eq!(
            (totals.forgotten_requests, totals.forgotten_connections),
            (3, 0)
        );
        let kept: Vec<_> = ledger.requests().iter().map(|record| record.id).collect();
        assert_eq!(kept, [3, 4]);
        assert_eq!(ledger.connections()[0].requests, 5);
        assert!(ledger.requests().iter().all(|r| r.reply_bytes_sent == 7));
    }

    #[tokio::test]
    async fn until_wakes_on_a_change_and_returns_at_once_when_true() {
        let ledger = ledger(None);
        assert_eq!(
            ledger.until(|totals| totals.requests == 0).await.requests,
            0
        );
        let waiting = {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.until(|t| t.open_connections == 1).await })
        };
        tokio::task::yield_now().await;
        ledger.connected(None, false, None);
        assert_eq!(waiting.await.unwrap().connections, 1);
    }
}

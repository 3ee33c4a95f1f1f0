//! The whole contract of a store, in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::call::ids::{CallId, JournalId, Owner};
use crate::call::journal_key::JournalKey;
use crate::fact::entry::FactKind;
use crate::fact::recorded::RecordedFact;
use crate::memory_store::carry_out::carry_out;
use crate::memory_store::clock::StoreClock;
use crate::memory_store::faults::{StoreFault, StoreFaults, StoreStep};
use crate::memory_store::tables::Tables;
use crate::store::call::StoredCall;
use crate::store::command::StoreCommand;
use crate::store::contract::{CommandResult, Store, StoreFuture};
use crate::store::error::{Committed, StoreError, StoreErrorKind};
use crate::store::filter::{CallPage, Cursor, Filter, ListOrder};
use crate::store::head::Head;

/// A store that keeps everything in memory, for tests and simulations: nothing of it outlives the
/// process.
///
/// A clone is the handle of another process on the same journal. Its clock is handed in, and what
/// goes wrong with a handle can be.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    faults: Option<Arc<dyn StoreFaults>>,
}

struct Shared {
    clock: Arc<dyn StoreClock>,
    tables: Mutex<Tables>,
    late: Mutex<Vec<Vec<StoreCommand>>>,
}

impl MemoryStore {
    /// An empty journal.
    pub fn new(journal: JournalId, key: JournalKey, clock: Arc<dyn StoreClock>) -> Self {
        Self {
            shared: Arc::new(Shared {
                clock,
                tables: Mutex::new(Tables::new(journal, key)),
                late: Mutex::new(Vec::new()),
            }),
            faults: None,
        }
    }

    /// The handle of a process on the same journal with which things go wrong.
    #[must_use]
    pub fn with_faults(&self, faults: Arc<dyn StoreFaults>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            faults: Some(faults),
        }
    }

    /// Carries out the groups that were to be [carried out later](StoreFault::CarriedOutLater), and
    /// says how many there were.
    pub fn carry_out_late(&self) -> usize {
        let late = std::mem::take(&mut *lock(&self.shared.late));
        let groups = late.len();
        for group in late {
            // Whoever asked for it was told long ago that its end is not known.
            let _ = self.apply(group);
        }
        groups
    }

    fn apply(&self, group: Vec<StoreCommand>) -> Result<Vec<CommandResult>, StoreError> {
        let now = self.shared.clock.now();
        let mut tables = self.tables();
        let results = carry_out(&mut tables, group, &now);
        // Nobody asks this store what has changed.
        tables.forget_changes();
        results.map_err(|_| StoreError::new(StoreErrorKind::Damaged, Committed::NotKnown))
    }

    fn fault(&self, step: StoreStep) -> StoreFault {
        let faults = self.faults.as_ref();
        faults.map_or(StoreFault::None, |faults| faults.next(step))
    }

    fn read<'a, T: Send + 'a>(
        &'a self,
        step: StoreStep,
        read: impl FnOnce(&Tables) -> T + Send + 'a,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            match self.fault(step) {
                StoreFault::None => Ok(read(&self.tables())),
                StoreFault::Fails(kind) => Err(StoreError::new(kind, Committed::No)),
                _ => Err(StoreError::new(StoreErrorKind::TimedOut, Committed::No)),
            }
        })
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        lock(&self.shared.tables)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables();
        f.debug_struct("MemoryStore")
            .field("journal", &tables.journal)
            .field("facts", &tables.facts.len())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for MemoryStore {
    fn key(&self) -> StoreFuture<'_, JournalKey> {
        self.read(StoreStep::Key, |tables| tables.key.clone())
    }

    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>> {
        Box::pin(async move {
            let tables = self.tables();
            let facts = tables.facts.iter().map(|fact| &fact.fact().what);
            let keys = facts.filter_map(|what| match what {
                FactKind::KeyOfJournal(other) => other.key(),
                _ => None,
            });
            Ok(keys.collect())
        })
    }

    fn head(&self) -> StoreFuture<'_, Head> {
        self.read(StoreStep::Head, |tables| {
            tables.head(self.shared.clock.now())
        })
    }

    fn commit(&self, group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>> {
        Box::pin(async move {
            let not_known = || StoreError::new(StoreErrorKind::TimedOut, Committed::NotKnown);
            match self.fault(StoreStep::Commit) {
                StoreFault::None => self.apply(group),
                StoreFault::Fails(kind) => Err(StoreError::new(kind, Committed::No)),
                StoreFault::AnswerLost => {
                    self.apply(group)?;
                    Err(not_known())
                }
                StoreFault::Lost => Err(not_known()),
                StoreFault::CarriedOutLater => {
                    lock(&self.shared.late).push(group);
                    Err(not_known())
                }
            }
        })
    }

    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let beat = || {
                let now = self.shared.clock.now();
                self.tables().renew(owner, lease, &now)
            };
            match self.fault(StoreStep::Heartbeat) {
                StoreFault::None => Ok(beat()),
                StoreFault::Fails(kind) => Err(StoreError::new(kind, Committed::No)),
                StoreFault::AnswerLost => {
                    beat();
                    Err(StoreError::new(
                        StoreErrorKind::TimedOut,
                        Committed::NotKnown,
                    ))
                }
                StoreFault::Lost | StoreFault::CarriedOutLater => Err(StoreError::new(
                    StoreErrorKind::TimedOut,
                    Committed::NotKnown,
                )),
            }
        })
    }

    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>> {
        self.read(StoreStep::Call, |tables| {
            tables.call(call, &self.shared.clock.now())
        })
    }

    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage> {
        self.read(StoreStep::Search, move |tables| {
            tables.search(filter, order, after, limit, &self.shared.clock.now())
        })
    }

    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>> {
        self.read(StoreStep::Facts, move |tables| {
            // The fact with number n is at place n - 1.
            let from = usize::try_from(after).unwrap_or(usize::MAX);
            tables
                .facts
                .iter()
                .skip(from)
                .take(limit)
                .cloned()
                .collect()
        })
    }
}

#[cfg(test)]
mod tests;

//! A store with the steps at which its process may be killed or stopped.

use std::sync::Arc;
use std::time::Duration;

use ums_durable::journal::{
    CallId, CallPage, CommandResult, Cursor, FactKind, Filter, Head, JournalKey, ListOrder, Owner,
    RecordedFact, Store, StoreCommand, StoreFuture, StoredCall,
};

use super::step::{Step, Trap};

/// The store of a process that may be killed or stopped at its commits.
pub(crate) struct TrapStore<S> {
    pub(crate) store: S,
    pub(crate) trap: Arc<Trap>,
}

/// The steps before and after a group.
fn steps_of(group: &[StoreCommand]) -> Option<(Step, Step)> {
    match group.first()? {
        StoreCommand::Begin(_) => Some((Step::BeforeBegin, Step::AfterBegin)),
        StoreCommand::Claim(_) => Some((Step::BeforeClaim, Step::AfterClaim)),
        StoreCommand::Record(fact) => match fact.what {
            FactKind::Ended(_) => Some((Step::BeforeEnd, Step::AfterEnd)),
            FactKind::Resolved(_) => Some((Step::BeforeResolved, Step::AfterResolved)),
            _ => None,
        },
        _ => None,
    }
}

impl<S: Store> Store for TrapStore<S> {
    fn key(&self) -> StoreFuture<'_, JournalKey> {
        self.store.key()
    }

    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>> {
        self.store.other_keys()
    }

    fn head(&self) -> StoreFuture<'_, Head> {
        self.store.head()
    }

    fn commit(&self, group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>> {
        Box::pin(async move {
            let steps = steps_of(&group);
            if let Some((before, _)) = steps {
                self.trap.step(before);
            }
            let answer = self.store.commit(group).await;
            if let Some((_, after)) = steps {
                self.trap.step(after);
            }
            answer
        })
    }

    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool> {
        self.store.heartbeat(owner, lease)
    }

    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>> {
        self.store.call(call)
    }

    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage> {
        self.store.search(filter, order, after, limit)
    }

    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>> {
        self.store.facts(after, limit)
    }
}

//! What a store is.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::call::ids::{CallId, Owner};
use crate::call::journal_key::JournalKey;
use crate::fact::recorded::RecordedFact;
use crate::store::call::StoredCall;
use crate::store::check::{CheckedJournal, check_facts};
use crate::store::command::{StoreCommand, StoreReceipt};
use crate::store::error::StoreError;
use crate::store::filter::{CallPage, Cursor, Filter, ListOrder};
use crate::store::head::Head;
use crate::store::refused::StoreRefusal;

/// Keeps the facts of calls, so that an operation runs once per key whatever crashes.
///
/// A store decides nothing on its own: the rules are [`decide_begin`](crate::decide_begin) and its
/// neighbours, and the present state of a call is its [`View`](crate::View). What a store owes is
/// that a group is one transaction, that nothing of it is lost once it was answered, that what is
/// unique is unique among all processes, and that facts have numbers without gaps in the order in
/// which they were committed.
///
/// `check_store` (feature `test-util`) holds a store to all of it.
///
/// One handle serves many calls at once; each process has its own. A method does nothing before its
/// future is polled. When that future is dropped, what it asked for took place whole or not at all.
pub trait Store: Send + Sync + 'static {
    /// The key that hashes of this journal are made under: 32 random bytes, made with the journal
    /// and the same for every process.
    fn key(&self) -> StoreFuture<'_, JournalKey>;

    /// The keys of other journals whose calls are in this one, each written down by a fact: see
    /// [`KeyOfJournal`](crate::KeyOfJournal).
    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>>;

    /// Which journal it is, how far it is, and the store's time. One read.
    fn head(&self) -> StoreFuture<'_, Head>;

    /// Carries the commands out, in their order, in **one transaction**, and says of each what came
    /// of it. A refusal writes nothing and touches no other command; a later command sees what an
    /// earlier one wrote. The answer comes when all of it is durable. A store may put the groups of
    /// several callers into one transaction.
    fn commit(&self, group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>>;

    /// Says that a process lives, for so long from now by the store's clock. **One statement** of
    /// its own, which waits for no group. Answers whether the lease had ended in between: then
    /// calls of the process may be in other hands.
    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool>;

    /// A call with its history, as of **one moment**. `None` when there is none.
    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>>;

    /// The calls that fulfil the filter, at most `limit`, in the order of their first facts, after
    /// the cursor. **One moment** for each page; a call is on one page of a list at most, and one
    /// that was there from the start of the list to its end is on one.
    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage>;

    /// The facts after that number, at most `limit`, in the order of their numbers. A fact is
    /// visible only when all before it are: whoever reads on from the last number misses none.
    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>>;

    /// Goes through every fact, and holds the tables that the store makes from them against them:
    /// one that somebody has emptied or changed would let a call begin that was made already.
    fn check(&self) -> StoreFuture<'_, CheckedJournal> {
        Box::pin(check_facts(self))
    }
}

/// What a method of a [`Store`] returns.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What came of one command of a group.
pub type CommandResult = Result<StoreReceipt, StoreRefusal>;

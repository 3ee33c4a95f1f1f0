//! A journal in one file.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ums_journal::{
    CallId, CallPage, CheckedJournal, CommandResult, Cursor, Filter, Head, JournalId, JournalKey,
    ListOrder, Owner, RecordedFact, Store, StoreClock, StoreCommand, StoreFuture, StoredCall,
};

use crate::kept::db::Db;
use crate::open::clock::MachineClock;
use crate::open::connection::{failed, open_writer};
use crate::open::error::OpenError;
use crate::open::options::SqliteOptions;
use crate::open::place::prepare;
use crate::open::still_there::StillThere;
use crate::read::check::{is_left_open, look};
use crate::read::history::{facts_after, head, number_of, other_keys, stored_call};
use crate::read::readers::Readers;
use crate::read::search::search;
use crate::read::tables::check;
use crate::write::writer::Writer;

/// A [`Store`] in one SQLite file, which several processes of one machine may have open.
///
/// Its methods work in any async runtime, or in none. Dropping it waits for what is being written.
pub struct SqliteStore {
    path: PathBuf,
    journal: JournalId,
    key: JournalKey,
    clock: Arc<dyn StoreClock>,
    others_are_off: bool,
    still_there: Arc<StillThere>,
    // The writer ends after the readers, so that it is the last to close the file.
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens a journal, or makes one, once it is as sure as can be that it keeps what it is told.
    /// It reads a small file whole; see
    /// [`with_whole_check_up_to`](SqliteOptions::with_whole_check_up_to).
    ///
    /// # Errors
    ///
    /// Returns an error if the file or its place is not fit for money. Then nothing may be sent.
    pub fn open(options: &SqliteOptions) -> Result<Self, OpenError> {
        let path = prepare(options)?;
        let clock: Arc<dyn StoreClock> = match &options.clock {
            Some(clock) => Arc::clone(clock),
            None => Arc::new(MachineClock::new(options.machine_id.as_deref())?),
        };
        let now = clock.now();
        let was_left_open = is_left_open(&path);
        let (db, journal, key) = open_writer(&path, options, &now)?;
        let db = Db::new(db);
        if let Some(what) =
            look(&db, options, was_left_open, &now).map_err(|error| failed(&path, error))?
        {
            return Err(OpenError::Damaged { path, what });
        }
        let db = db.into_connection();
        let readers = Readers::start(&path, options)?;
        let still_there = Arc::new(StillThere::new(&path));
        let there = Arc::clone(&still_there);
        let writer = Writer::start(db, journal.clone(), Arc::clone(&clock), there, options)?;
        Ok(Self {
            path,
            journal,
            key,
            clock,
            others_are_off: options.others_are_off,
            still_there,
            readers,
            writer,
        })
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}

impl Store for SqliteStore {
    fn key(&self) -> StoreFuture<'_, JournalKey> {
        Box::pin(async move { Ok(self.key.clone()) })
    }

    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>> {
        Box::pin(self.readers.read(other_keys))
    }

    fn head(&self) -> StoreFuture<'_, Head> {
        Box::pin(async move {
            self.still_there.check()?;
            let (journal, clock) = (self.journal.clone(), Arc::clone(&self.clock));
            let read = self.readers.read(move |db| head(db, &journal, clock.now()));
            read.await
        })
    }

    fn commit(&self, group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>> {
        Box::pin(self.writer.commit(group))
    }

    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool> {
        Box::pin(self.writer.heartbeat(owner, lease))
    }

    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>> {
        Box::pin(async move {
            let (call, clock, off) = (call.clone(), Arc::clone(&self.clock), self.others_are_off);
            let read = self.readers.read(move |db| match number_of(db, &call)? {
                Some(number) => stored_call(db, number, &clock.now(), off),
                None => Ok(None),
            });
            read.await
        })
    }

    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage> {
        Box::pin(async move {
            let (filter, clock) = (filter.clone(), Arc::clone(&self.clock));
            let off = self.others_are_off;
            let read = self
                .readers
                .read(move |db| search(db, &filter, order, after, limit, &clock.now(), off));
            read.await
        })
    }

    fn check(&self) -> StoreFuture<'_, CheckedJournal> {
        Box::pin(async move {
            let journal = self.journal.clone();
            let read = self.readers.read(move |db| check(db, &journal));
            read.await
        })
    }

    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>> {
        Box::pin(async move {
            let read = self.readers.read(move |db| facts_after(db, after, limit));
            read.await
        })
    }
}

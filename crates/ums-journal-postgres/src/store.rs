//! A journal in a PostgreSQL database.

use std::fmt;
use std::io;
use std::rc::Rc;
use std::sync::Mutex;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use ums_journal::{
    CallId, CallPage, CheckedJournal, CommandResult, Committed, Cursor, Filter, Head, JournalId,
    JournalKey, ListOrder, Owner, RecordedFact, Store, StoreCommand, StoreError, StoreErrorKind,
    StoreFuture, StoredCall,
};

use crate::open::connection::Target;
use crate::open::error::PostgresOpenError;
use crate::open::options::PostgresOptions;
use crate::open::schema::prepare;
use crate::open::server::Expected;
use crate::read::readers::{self, Read, Search, What};
use crate::write::beats::{self, Beat};
use crate::write::writer::{Group, Writer};

/// The most that may wait for the server at one time. More is refused at once.
const MOST_WAITING: usize = 16_384;

/// A [`Store`] in a PostgreSQL database, which processes of several machines may have open.
///
/// Its methods work in any async runtime, or in none: the connections belong to a thread of its
/// own. Dropping it waits for what is being written.
pub struct PostgresStore {
    journal: JournalId,
    key: JournalKey,
    patience: Duration,
    schema: String,
    jobs: Option<Jobs>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone)]
struct Jobs {
    groups: mpsc::Sender<Group>,
    beats: mpsc::Sender<Beat>,
    reads: mpsc::Sender<Read>,
}

impl PostgresStore {
    /// Opens a journal, or makes one, once it is as sure as can be that the server keeps what it is
    /// told.
    ///
    /// # Errors
    ///
    /// Returns an error if the server or the journal is not fit for money. Then nothing may be
    /// sent.
    pub async fn open(options: &PostgresOptions) -> Result<Self, PostgresOpenError> {
        let target = Target::new(options)?;
        let (answer, answered) = oneshot::channel();
        let (groups, waiting_groups) = mpsc::channel(MOST_WAITING);
        let (beats, waiting_beats) = mpsc::channel(MOST_WAITING);
        let (reads, waiting_reads) = mpsc::channel(MOST_WAITING);
        let waiting = Waiting {
            groups: waiting_groups,
            beats: waiting_beats,
            reads: waiting_reads,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| PostgresOpenError::System { source })?;
        let of_thread = options.clone();
        let thread = Builder::new()
            .name("ums-journal-postgres".to_owned())
            .spawn(move || {
                let tasks = tokio::task::LocalSet::new();
                tasks.block_on(&runtime, async {
                    match prepare(&target, &of_thread).await {
                        Ok((expected, key)) => {
                            let opened = (expected.journal.clone(), key);
                            // Nobody waits for it when the call was dropped: then no job comes.
                            let _ = answer.send(Ok(opened));
                            work(&target, &expected, waiting, of_thread.readers).await;
                        }
                        Err(error) => {
                            let _ = answer.send(Err(error));
                        }
                    }
                });
            })
            .map_err(|source| PostgresOpenError::System { source })?;
        let gone = || PostgresOpenError::System {
            source: io::Error::other("its thread has ended"),
        };
        let (journal, key) = answered.await.map_err(|_| gone())??;
        Ok(Self {
            journal,
            key,
            patience: options.patience,
            schema: options.schema.clone(),
            jobs: Some(Jobs {
                groups,
                beats,
                reads,
            }),
            thread: Mutex::new(Some(thread)),
        })
    }

    async fn read<T>(
        &self,
        what: impl FnOnce(readers::Answer<T>) -> What,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let read = Read {
            until: self.until(),
            what: what(answer),
        };
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.reads.try_send(read).map_err(refused)?;
        answered.await.map_err(|_| gone())?
    }

    fn until(&self) -> Instant {
        Instant::now() + self.patience
    }
}

struct Waiting {
    groups: mpsc::Receiver<Group>,
    beats: mpsc::Receiver<Beat>,
    reads: mpsc::Receiver<Read>,
}

/// All the work of the thread, until nobody can ask any more.
async fn work(target: &Target, expected: &Expected, waiting: Waiting, readers: usize) {
    let writer = Writer::new(target.clone(), expected.clone());
    let beats = beats::run(target.clone(), expected.clone(), waiting.beats);
    let beats = tokio::task::spawn_local(beats);
    let reads = Rc::new(tokio::sync::Mutex::new(waiting.reads));
    for _ in 0..readers {
        let run = readers::run(target.clone(), expected.clone(), Rc::clone(&reads));
        tokio::task::spawn_local(run);
    }
    writer.run(waiting.groups).await;
    // It fails when the task was ended, and then there is nothing left to wait for.
    let _ = beats.await;
}

/// The thread went away over a job, which it did not begin.
fn gone() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, Committed::No)
}

/// The thread went away over a job, which it may have done.
fn lost() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, Committed::NotKnown)
}

fn refused<T>(error: TrySendError<T>) -> StoreError {
    let words = match error {
        TrySendError::Full(_) => "too much waits for the server",
        TrySendError::Closed(_) => "the journal is closed",
    };
    gone().with_source(words)
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("schema", &self.schema)
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.jobs = None;
        let thread = self.thread.get_mut().ok().and_then(Option::take);
        if let Some(thread) = thread {
            // A thread that has panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

impl Store for PostgresStore {
    fn key(&self) -> StoreFuture<'_, JournalKey> {
        Box::pin(async move { Ok(self.key.clone()) })
    }

    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>> {
        Box::pin(self.read(What::OtherKeys))
    }

    fn head(&self) -> StoreFuture<'_, Head> {
        Box::pin(self.read(What::Head))
    }

    fn commit(&self, group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let group = Group {
                commands: group,
                until: self.until(),
                answer,
            };
            let jobs = self.jobs.as_ref().ok_or_else(gone)?;
            jobs.groups.try_send(group).map_err(refused)?;
            answered.await.map_err(|_| lost())?
        })
    }

    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let beat = Beat {
                owner: owner.clone(),
                lease,
                until: self.until(),
                answer,
            };
            let jobs = self.jobs.as_ref().ok_or_else(gone)?;
            jobs.beats.try_send(beat).map_err(refused)?;
            answered.await.map_err(|_| lost())?
        })
    }

    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>> {
        Box::pin(self.read(move |answer| What::Call(call.clone(), answer)))
    }

    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage> {
        let search = move || Search {
            filter: filter.clone(),
            order,
            after,
            limit,
        };
        Box::pin(self.read(move |answer| What::Search(Box::new(search()), answer)))
    }

    fn check(&self) -> StoreFuture<'_, CheckedJournal> {
        Box::pin(self.read(What::Check))
    }

    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>> {
        Box::pin(self.read(move |answer| What::Facts(after, limit, answer)))
    }
}

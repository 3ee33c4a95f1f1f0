//! Threads that read, each on a connection of its own, beside the one that writes.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;
use ums_journal::{Committed, StoreError, StoreErrorKind};

use crate::failure::store_error;
use crate::kept::db::Db;
use crate::open::connection::open_reader;
use crate::open::error::OpenError;
use crate::open::options::SqliteOptions;

type Job = Box<dyn FnOnce(&Db) + Send>;

/// The threads that read. They end when this is dropped.
pub(crate) struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn start(path: &Path, options: &SqliteOptions) -> Result<Self, OpenError> {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let start = |number: usize| {
            let db = open_reader(path, options)?;
            let waiting = Arc::clone(&waiting);
            Builder::new()
                .name(format!("ums-journal-read-{number}"))
                .spawn(move || work(db, &waiting))
                .map_err(|source: io::Error| OpenError::System { source })
        };
        let threads = (0..options.readers).map(start).collect::<Result<_, _>>()?;
        Ok(Self {
            jobs: Some(jobs),
            threads,
        })
    }

    /// Reads as of one moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Db) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            if !answer.is_closed() {
                // Whoever asked may have gone.
                let _ = answer.send(at_one_moment(db, read));
            }
        });
        let gone = || StoreError::new(StoreErrorKind::Unavailable, Committed::No);
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())?;
        let read = answered.await.map_err(|_| gone())?;
        read.map_err(|error| store_error(error, Committed::No))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A thread that has panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

fn work(db: Connection, waiting: &Mutex<Receiver<Job>>) {
    let db = Db::new(db);
    loop {
        let job = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        match job {
            Ok(job) => job(&db),
            Err(_) => return,
        }
    }
}

fn at_one_moment<T>(db: &Db, read: impl FnOnce(&Db) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let moment = db.unchecked_transaction()?;
    let found = read(db)?;
    moment.commit()?;
    Ok(found)
}

//! The one thread that writes: the groups of many callers in one transaction.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;
use ums_journal::{
    CommandResult, Committed, JournalId, Owner, Stamp, StoreClock, StoreCommand, StoreError,
    StoreErrorKind, StoreReceipt,
};

use crate::failure::{is_final, kind_of};
use crate::kept::db::Db;
use crate::open::error::OpenError;
use crate::open::options::SqliteOptions;
use crate::open::still_there::StillThere;
use crate::write::rows::{Known, Tables};
use crate::write::stop::Stop;

/// The most commands that wait for one commit: it keeps the wait of each short, and lets other
/// processes write in between.
const MOST: usize = 512;

/// The thread that writes. It ends when this is dropped, after what it has begun.
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

enum Job {
    Commit(Group),
    Heartbeat(Beat),
}

struct Group {
    commands: Vec<StoreCommand>,
    answer: oneshot::Sender<Answer>,
}

/// What came of a group. Its commands go back with it: whoever gave them has more time to drop them
/// than the one thread that all wait for.
type Answer = (Vec<StoreCommand>, Result<Vec<CommandResult>, StoreError>);

struct Beat {
    owner: Owner,
    lease: Duration,
    answer: oneshot::Sender<Result<bool, StoreError>>,
}

impl Writer {
    pub(crate) fn start(
        db: Connection,
        journal: JournalId,
        clock: Arc<dyn StoreClock>,
        still_there: Arc<StillThere>,
        options: &SqliteOptions,
    ) -> Result<Self, OpenError> {
        let (jobs, waiting) = channel();
        let others_are_off = options.others_are_off;
        let thread = Builder::new()
            .name("ums-journal-write".to_owned())
            .spawn(move || {
                let work = Work {
                    db: Db::new(db),
                    known: Known::default(),
                    data_version: None,
                    journal,
                    clock,
                    still_there,
                    others_are_off,
                    ended: None,
                };
                work.run(&waiting);
            })
            .map_err(|source| OpenError::System { source })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    pub(crate) async fn commit(
        &self,
        commands: Vec<StoreCommand>,
    ) -> Result<Vec<CommandResult>, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Commit(Group { commands, answer }))?;
        let (_, results) = answered.await.map_err(|_| lost())?;
        results
    }

    pub(crate) async fn heartbeat(
        &self,
        owner: &Owner,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Heartbeat(Beat {
            owner: owner.clone(),
            lease,
            answer,
        }))?;
        answered.await.map_err(|_| lost())?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let gone = || StoreError::new(StoreErrorKind::Unavailable, Committed::No);
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())
    }
}

/// The thread went away over a job, which it may have done.
fn lost() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, Committed::NotKnown)
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

struct Work {
    db: Db,
    known: Known,
    /// What says whether another connection has written since.
    data_version: Option<i64>,
    journal: JournalId,
    clock: Arc<dyn StoreClock>,
    still_there: Arc<StillThere>,
    others_are_off: bool,
    /// Why nothing more is written.
    ended: Option<StoreErrorKind>,
}

/// A transaction that did not take place, or of which that is not known.
struct Broken {
    error: rusqlite::Error,
    committed: Committed,
}

impl Work {
    fn run(mut self, waiting: &Receiver<Job>) {
        let mut groups = VecDeque::new();
        let mut beats = Vec::new();
        loop {
            if groups.is_empty() {
                match waiting.recv() {
                    Ok(Job::Commit(group)) => groups.push_back(group),
                    Ok(Job::Heartbeat(beat)) => beats.push(beat),
                    Err(_) => return,
                }
            }
            for job in waiting.try_iter() {
                match job {
                    Job::Commit(group) => groups.push_back(group),
                    Job::Heartbeat(beat) => beats.push(beat),
                }
            }
            for beat in beats.drain(..) {
                self.beat(beat);
            }
            let mut taken = Vec::new();
            let mut commands = 0;
            while let Some(group) = groups.pop_front() {
                // Nothing was done yet of what nobody waits for any more.
                if group.answer.is_closed() {
                    continue;
                }
                commands += group.commands.len();
                taken.push(group);
                if commands >= MOST {
                    break;
                }
            }
            if !taken.is_empty() {
                self.write(taken);
            }
        }
    }

    fn beat(&mut self, beat: Beat) {
        let (owner, lease) = (beat.owner, beat.lease);
        let done = self.in_transaction(|tables| tables.renew(&owner, lease).map(Some));
        let done = done.map(Option::unwrap_or_default);
        // Whoever asked may have gone.
        let _ = beat.answer.send(done.map_err(|failed| failed.error()));
    }

    fn write(&mut self, groups: Vec<Group>) {
        let (commands, answers): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .map(|group| (group.commands, group.answer))
            .unzip();
        // A savepoint for each command costs more than what most commands write. So it is done
        // without, and all of it again with them when a command is refused in the middle.
        let done = match self.in_transaction(|tables| all(tables, &commands, without_savepoint)) {
            Ok(Some(results)) => Ok(results),
            Ok(None) => self
                .in_transaction(|tables| all(tables, &commands, with_savepoint))
                .map(Option::unwrap_or_default),
            Err(failed) => Err(failed),
        };
        let groups = answers.into_iter().zip(commands);
        match done {
            Ok(results) => {
                for ((answer, commands), results) in groups.zip(results) {
                    let _ = answer.send((commands, Ok(results)));
                }
            }
            Err(failed) => {
                for (answer, commands) in groups {
                    let _ = answer.send((commands, Err(failed.error())));
                }
            }
        }
    }

    /// One transaction under the lock of the whole file. `None` when it was taken back in the
    /// middle.
    fn in_transaction<T>(
        &mut self,
        write: impl FnOnce(&mut Tables<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Option<T>, Failed> {
        if let Some(kind) = self.ended {
            return Err(Failed::Ended(kind));
        }
        if let Err(error) = self.still_there.check() {
            self.ended = Some(error.kind());
            return Err(Failed::Ended(error.kind()));
        }
        match self.try_transaction(write) {
            Ok(done) => Ok(done),
            Err(broken) => {
                self.known.forget_all();
                self.db.forget_templates();
                if !self.db.is_autocommit() {
                    // When it cannot be rolled back, the file is read anew by the next process.
                    let _ = self.db.execute_batch("ROLLBACK");
                }
                if is_final(&broken.error) || !self.db.is_autocommit() {
                    self.ended = Some(kind_of(&broken.error));
                }
                Err(Failed::Broken {
                    kind: kind_of(&broken.error),
                    committed: broken.committed,
                    words: broken.error.to_string(),
                })
            }
        }
    }

    fn try_transaction<T>(
        &mut self,
        write: impl FnOnce(&mut Tables<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Option<T>, Broken> {
        let not_done = |error| Broken {
            error,
            committed: Committed::No,
        };
        let run = |db: &Db, text| db.prepare_cached(text)?.execute([]);
        run(&self.db, "BEGIN IMMEDIATE").map_err(not_done)?;
        let version = self.db.prepare_cached("PRAGMA data_version");
        let version = version
            .and_then(|mut version| version.query_row([], |row| row.get(0)))
            .map_err(not_done)?;
        if self.data_version != Some(version) {
            self.known.forget_all();
            self.data_version = Some(version);
        }
        self.known.start();
        let now: Stamp = self.clock.now();
        let mut tables = Tables::new(
            &self.db,
            &mut self.known,
            &self.journal,
            now,
            self.others_are_off,
        );
        let Some(done) = write(&mut tables).map_err(not_done)? else {
            self.known.forget_all();
            self.db.forget_templates();
            run(&self.db, "ROLLBACK").map_err(not_done)?;
            return Ok(None);
        };
        // Whatever goes wrong from here on, the end of the transaction may be in the file.
        run(&self.db, "COMMIT").map_err(|error| Broken {
            error,
            committed: Committed::NotKnown,
        })?;
        Ok(Some(done))
    }
}

/// All commands of some groups. `None` when all of it must be taken back.
fn all(
    tables: &mut Tables<'_>,
    groups: &[Vec<StoreCommand>],
    one: impl Fn(&mut Tables<'_>, &StoreCommand) -> rusqlite::Result<Option<CommandResult>>,
) -> rusqlite::Result<Option<Vec<Vec<CommandResult>>>> {
    let groups = groups.iter().map(|group| {
        let each = group.iter().map(|command| one(tables, command));
        each.collect::<rusqlite::Result<Option<Vec<_>>>>()
    });
    groups.collect()
}

/// One command. `None` when it was refused in the middle.
fn without_savepoint(
    tables: &mut Tables<'_>,
    command: &StoreCommand,
) -> rusqlite::Result<Option<CommandResult>> {
    tables.start();
    match carry_out(tables, command) {
        Ok(receipt) => Ok(Some(Ok(receipt))),
        Err(Stop::Refused(_)) if tables.has_written() => Ok(None),
        Err(Stop::Refused(refused)) => Ok(Some(Err(refused))),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// One command, whole or not at all.
fn with_savepoint(
    tables: &mut Tables<'_>,
    command: &StoreCommand,
) -> rusqlite::Result<Option<CommandResult>> {
    tables.start();
    tables.savepoint()?;
    match carry_out(tables, command) {
        Ok(receipt) => {
            tables.release()?;
            Ok(Some(Ok(receipt)))
        }
        Err(Stop::Refused(refused)) => {
            tables.roll_back()?;
            Ok(Some(Err(refused)))
        }
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn carry_out(tables: &mut Tables<'_>, command: &StoreCommand) -> Result<StoreReceipt, Stop> {
    let receipt = tables.carry_out(command)?;
    tables.flush()?;
    Ok(receipt)
}

/// A transaction that failed, to be told to each who waits for it.
enum Failed {
    Ended(StoreErrorKind),
    Broken {
        kind: StoreErrorKind,
        committed: Committed,
        words: String,
    },
}

impl Failed {
    fn error(&self) -> StoreError {
        match self {
            Self::Ended(kind) => StoreError::new(*kind, Committed::No),
            Self::Broken {
                kind,
                committed,
                words,
            } => StoreError::new(*kind, *committed).with_source(words.clone()),
        }
    }
}

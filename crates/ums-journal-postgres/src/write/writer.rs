//! The one task that writes: the groups of many callers in one transaction.

use ums_journal::{CommandResult, Committed, StoreCommand, StoreError, StoreErrorKind};

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::open::connection::Target;
use crate::open::link::Link;
use crate::open::server::Expected;
use crate::write::transaction::{Broken, Kept, carry_out};

/// The most commands that wait for one commit: it keeps the wait of each short, and lets other
/// processes write in between.
const MOST: usize = 512;

/// The commands of one caller.
pub(crate) struct Group {
    pub(crate) commands: Vec<StoreCommand>,
    /// When the caller waits no longer for a connection.
    pub(crate) until: Instant,
    pub(crate) answer: oneshot::Sender<Result<Vec<CommandResult>, StoreError>>,
}

pub(crate) struct Writer {
    target: Target,
    expected: Expected,
    link: Link,
    kept: Kept,
}

impl Writer {
    pub(crate) fn new(target: Target, expected: Expected) -> Self {
        Self {
            link: Link::new(target.clone(), expected.clone()),
            kept: Kept::nothing(&expected),
            target,
            expected,
        }
    }

    /// Writes until nobody can ask any more.
    pub(crate) async fn run(mut self, mut waiting: mpsc::Receiver<Group>) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(group) => Some(group),
                None => waiting.recv().await,
            };
            let Some(first) = first else { return };
            let mut taken = Vec::new();
            let mut count = 0;
            let mut found = Some(first);
            while let Some(group) = found {
                if group.until < Instant::now() {
                    let late = Failure::new(StoreErrorKind::TimedOut, "others took too long");
                    let _ = group.answer.send(Err(late.with_committed(Committed::No)));
                } else if !group.answer.is_closed() {
                    // Nothing was done yet of what nobody waits for any more.
                    if count > 0 && count + group.commands.len() > MOST {
                        next = Some(group);
                        break;
                    }
                    count += group.commands.len();
                    taken.push(group);
                }
                found = waiting.try_recv().ok();
            }
            if !taken.is_empty() {
                self.write(taken).await;
            }
        }
    }

    async fn write(&mut self, taken: Vec<Group>) {
        let mut commands = Vec::with_capacity(taken.len());
        let mut callers = Vec::with_capacity(taken.len());
        for group in taken {
            commands.push(group.commands);
            callers.push((group.until, group.answer));
        }
        match self.try_write(&commands, &mut callers).await {
            Ok(results) => {
                for ((_, answer), results) in callers.into_iter().zip(results) {
                    // Whoever asked may have gone.
                    let _ = answer.send(Ok(results));
                }
            }
            Err(broken) if broken.is_by_content && callers.len() > 1 => {
                // One of them cannot be written as it is, and it shall fail nobody else.
                for (commands, caller) in commands.into_iter().zip(callers) {
                    let group = Group {
                        commands,
                        until: caller.0,
                        answer: caller.1,
                    };
                    Box::pin(self.write(vec![group])).await;
                }
            }
            Err(broken) => {
                for (_, answer) in callers {
                    let _ = answer.send(Err(broken.failure.with_committed(broken.committed)));
                }
            }
        }
    }

    /// Carries the groups out, again when the connection was cut before anything was written, for
    /// as long as the most patient caller waits.
    async fn try_write(
        &mut self,
        commands: &[Vec<StoreCommand>],
        callers: &mut [(Instant, Answer)],
    ) -> Result<Vec<Vec<CommandResult>>, Broken> {
        let until = callers.iter().map(|(until, _)| *until).max();
        let until = until.unwrap_or_else(Instant::now);
        loop {
            let connection = match self.link.get(until).await {
                Ok(connection) => connection,
                Err(failure) => return Err(not_written(failure)),
            };
            // Whatever goes wrong, the next transaction reads everything.
            let kept = std::mem::replace(&mut self.kept, Kept::nothing(&self.expected));
            let done = carry_out(connection, &self.target, &self.expected, kept, commands);
            let broken = match done.await {
                Ok((results, kept)) => {
                    self.kept = kept;
                    return Ok(results);
                }
                Err(broken) => broken,
            };
            self.link.cut();
            let is_again = broken.committed == Committed::No
                && broken.failure.is_cut
                && broken.failure.kind == StoreErrorKind::Unavailable
                && Instant::now() < until;
            if !is_again {
                return Err(broken);
            }
        }
    }
}

type Answer = oneshot::Sender<Result<Vec<CommandResult>, StoreError>>;

fn not_written(failure: Failure) -> Broken {
    Broken {
        failure,
        committed: Committed::No,
        is_by_content: false,
    }
}

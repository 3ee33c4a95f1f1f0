//! One transaction for the groups of many callers: two trips to the server.
//!
//! The first one locks the head, checks the server and reads what the groups look at; the second
//! one writes and commits. Between them the contract's rules decide, in memory.

use std::collections::BTreeSet;

use ums_journal::{
    CallId, CommandResult, Committed, Excerpt, StoreCommand, StoreErrorKind, Touched,
};

use crate::failure::Failure;
use crate::open::connection::{Connection, Target, in_time};
use crate::open::server::{Expected, HeadRow, Server};
use crate::read::history::unsigned;
use crate::write::changes::Writing;
use crate::write::pipeline::Pipeline;
use crate::write::touched::{self, Places};

/// A transaction that did not take place, or of which that is not known.
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    pub(crate) committed: Committed,
    /// Whether it was what is written that failed: then one group may have done that to all.
    pub(crate) is_by_content: bool,
}

/// What the writer keeps of the journal from one transaction to the next.
pub(crate) struct Kept {
    excerpt: Excerpt,
    places: Places,
    /// How often anything had been written when it was true.
    commits: Option<i64>,
    /// Whether nobody else has written of late, so that it is worth relying on.
    is_alone: bool,
}

impl Kept {
    /// The most calls that are kept: a process that has more open at once reads some again.
    const MOST: usize = 4096;

    pub(crate) fn nothing(expected: &Expected) -> Self {
        Self {
            excerpt: Excerpt::new(expected.journal.clone()),
            places: Places::default(),
            commits: None,
            is_alone: false,
        }
    }
}

/// Carries the groups out.
pub(crate) async fn carry_out(
    connection: &Connection,
    target: &Target,
    expected: &Expected,
    kept: Kept,
    groups: &[Vec<StoreCommand>],
) -> Result<(Vec<Vec<CommandResult>>, Kept), Broken> {
    let commands = || groups.iter().flatten();
    let touched = Touched::by(commands());
    let client = &connection.client;
    let commits = kept.commits;
    let is_kept = kept.is_alone && kept.excerpt.calls() < Kept::MOST;
    let Kept {
        mut excerpt,
        mut places,
        ..
    } = if is_kept {
        kept
    } else {
        Kept::nothing(expected)
    };

    let begin = begin(target);
    let mut missing = excerpt.missing(&touched);
    let holders = excerpt.holders(&touched);
    let holders: Vec<&str> = holders.iter().map(|owner| owner.as_str()).collect();
    let (begun, server, head, rows) = in_time(target.patience, async {
        Ok(tokio::join!(
            biased;
            client.batch_execute(&begin),
            Server::read(client, target),
            HeadRow::read(client, target),
            touched::read(client, target, &missing, &holders)
        ))
    })
    .await
    .map_err(nothing_written)?;
    begun.map_err(|error| nothing_written(error.into()))?;
    let server = server.map_err(nothing_written)?;
    server
        .check_transaction(expected)
        .map_err(nothing_written)?;
    let head = head.map_err(nothing_written)?;
    head.check(&expected.journal).map_err(nothing_written)?;
    let mut rows = rows.map_err(nothing_written)?;
    let is_alone = commits == Some(head.commits);
    if excerpt.calls() > 0 && !is_alone {
        // Somebody else has written since: what was kept may be old.
        excerpt = Excerpt::new(expected.journal.clone());
        places = Places::default();
        missing = touched.clone();
        let read = touched::read(client, target, &missing, &[]);
        rows = in_time(target.patience, read)
            .await
            .map_err(nothing_written)?;
    }

    let now = target.stamp(&expected.system.id, server.now_ms);
    excerpt.set_end(unsigned(head.facts), head.chain.clone());
    places.last = head.places;
    rows.put_into(&mut excerpt, &mut places, &now)
        .map_err(nothing_written)?;
    excerpt.set_read(&missing);
    let results = excerpt.carry_out(commands().cloned().collect(), &now);
    let results = results.ok_or_else(|| {
        let words = "a fact cannot be written as JSON";
        nothing_written(Failure::new(StoreErrorKind::Damaged, words))
    })?;
    let restored = restored(commands());
    let writing = Writing {
        target,
        expected,
        had: head.commits,
        now: &now,
        restored: &restored,
    };
    let has_written = write(connection, &writing, &excerpt, &mut places).await?;
    excerpt.written();
    let kept = Kept {
        excerpt,
        places,
        commits: Some(head.commits + i64::from(has_written)),
        is_alone,
    };
    Ok((in_groups(results, groups), kept))
}

/// Writes what has changed and commits, and says whether there was anything.
async fn write(
    connection: &Connection,
    writing: &Writing<'_>,
    excerpt: &Excerpt,
    places: &mut Places,
) -> Result<bool, Broken> {
    let patience = writing.target.patience;
    let changes = excerpt.changes();
    let mut pipeline = Pipeline::new(&connection.client);
    writing.put_into(&mut pipeline, &changes, places);
    if pipeline.is_empty() {
        pipeline.end("ROLLBACK");
        in_time(patience, pipeline.run())
            .await
            .map_err(nothing_written)?;
        return Ok(false);
    }
    // A statement that fails has the server end the transaction: this is a rollback then.
    pipeline.end("COMMIT");
    let warnings = connection.warnings();
    if let Err(failure) = in_time(patience, pipeline.run()).await {
        // What the server said before the end, it said of a statement; of a connection that was
        // cut, and of an end that failed, nobody can tell.
        let is_of_statement = !failure.is_cut && !failure.is_of_commit;
        return Err(Broken {
            committed: if is_of_statement {
                Committed::No
            } else {
                Committed::NotKnown
            },
            is_by_content: is_of_statement,
            failure,
        });
    }
    if connection.warnings() != warnings {
        let words = "the server has committed, but not as it should: a standby may lack it";
        return Err(Broken {
            failure: Failure::new(StoreErrorKind::NotDurable, words),
            committed: Committed::NotKnown,
            is_by_content: false,
        });
    }
    Ok(true)
}

fn nothing_written(failure: Failure) -> Broken {
    Broken {
        failure,
        committed: Committed::No,
        is_by_content: false,
    }
}

/// The beginning of a transaction: its settings, which end with it, and the lock on the head.
///
/// Whoever has that lock is the only one that writes until the end; what is read behind it is what
/// the last one has committed. Small tables are read by their indexes too, so that no plan grows
/// slow with them.
fn begin(target: &Target) -> String {
    let patience = target.patience.as_millis();
    target.sql(&format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on; \
         SET LOCAL lock_timeout = '{patience}ms'; SET LOCAL statement_timeout = '{patience}ms'; \
         SET LOCAL idle_in_transaction_session_timeout = '{patience}ms'; \
         SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; \
         SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; \
         SELECT FROM {{schema}}.head FOR UPDATE"
    ))
}

fn restored<'a>(commands: impl Iterator<Item = &'a StoreCommand>) -> BTreeSet<CallId> {
    let mut restored = BTreeSet::new();
    for command in commands {
        if let StoreCommand::Restore(facts) = command {
            restored.extend(facts.iter().filter_map(|fact| fact.fact().call.clone()));
        }
    }
    restored
}

fn in_groups(results: Vec<CommandResult>, groups: &[Vec<StoreCommand>]) -> Vec<Vec<CommandResult>> {
    let mut results = results.into_iter();
    groups
        .iter()
        .map(|group| results.by_ref().take(group.len()).collect())
        .collect()
}

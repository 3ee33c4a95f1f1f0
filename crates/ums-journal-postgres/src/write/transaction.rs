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
use crate::write::touched;

/// A transaction that did not take place, or of which that is not known.
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    pub(crate) committed: Committed,
    /// Whether it was what is written that failed: then one group may have done that to all.
    pub(crate) is_by_content: bool,
}

/// Carries the groups out.
pub(crate) async fn carry_out(
    connection: &Connection,
    target: &Target,
    expected: &Expected,
    groups: &[Vec<StoreCommand>],
) -> Result<Vec<Vec<CommandResult>>, Broken> {
    let nothing_written = |failure| Broken {
        failure,
        committed: Committed::No,
        is_by_content: false,
    };
    let commands = || groups.iter().flatten();
    let touched = Touched::by(commands());
    let client = &connection.client;
    let begin = begin(target);
    let (begun, server, head, rows) = in_time(target.patience, async {
        Ok(tokio::join!(
            biased;
            client.batch_execute(&begin),
            Server::read(client, target),
            HeadRow::read(client, target),
            touched::read(client, target, &touched)
        ))
    })
    .await
    .map_err(nothing_written)?;
    begun.map_err(|error| nothing_written(error.into()))?;
    let server = server.map_err(nothing_written)?;
    server.check_transaction(expected).map_err(nothing_written)?;
    let head = head.map_err(nothing_written)?;
    head.check(&expected.journal).map_err(nothing_written)?;
    let rows = rows.map_err(nothing_written)?;

    let now = target.stamp(&expected.system.id, server.now_ms);
    let mut excerpt = Excerpt::new(
        expected.journal.clone(),
        unsigned(head.facts),
        head.chain.clone(),
        now.clone(),
    );
    rows.put_into(&mut excerpt, &now).map_err(nothing_written)?;
    let results = excerpt.carry_out(commands().cloned().collect());
    let results = results.ok_or_else(|| {
        let words = "a fact cannot be written as JSON";
        nothing_written(Failure::new(StoreErrorKind::Damaged, words))
    })?;

    let changes = excerpt.changes();
    let restored = restored(commands());
    let mut pipeline = Pipeline::new(client);
    let writing = Writing {
        target,
        expected,
        had: head.facts,
        now: &now,
        restored: &restored,
    };
    writing.put_into(&mut pipeline, &changes);
    if pipeline.is_empty() {
        pipeline.end("ROLLBACK");
        in_time(target.patience, pipeline.run())
            .await
            .map_err(nothing_written)?;
        return Ok(in_groups(results, groups));
    }
    // A statement that fails has the server end the transaction: this is a rollback then.
    pipeline.end("COMMIT");
    let warnings = connection.warnings();
    if let Err(failure) = in_time(target.patience, pipeline.run()).await {
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
    Ok(in_groups(results, groups))
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

fn in_groups(
    results: Vec<CommandResult>,
    groups: &[Vec<StoreCommand>],
) -> Vec<Vec<CommandResult>> {
    let mut results = results.into_iter();
    groups
        .iter()
        .map(|group| results.by_ref().take(group.len()).collect())
        .collect()
}

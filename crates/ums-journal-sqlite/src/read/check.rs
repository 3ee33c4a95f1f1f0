//! Whether a file is on its way to being damaged, as far as is looked for before it is used.
//!
//! A whole check reads every page, which takes seconds in a file of a gigabyte. It is made of small
//! files, on demand, and when the machine has started anew since somebody left the journal open: a
//! machine that lost its power may have lost what its disk had promised. Of other files what the
//! next call rests on is read: the header, the list of free pages, the tables and both ends of
//! each, and the last facts, each held to the chain. Whatever else is damaged is found when it is
//! read, and then nothing more is written.

use std::fs;
use std::path::Path;

use rusqlite::OptionalExtension as _;
use ums_journal::Stamp;

use crate::kept::db::Db;
use crate::open::options::SqliteOptions;
use crate::read::history::{end, facts_after};

/// So many facts at the end are read.
const LAST_FACTS: u64 = 1_000;

/// Whether a journal was left open: somebody has it open, or nobody has closed it.
pub(crate) fn is_left_open(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// What is damaged, if anything is seen to be.
pub(crate) fn look(
    db: &Db,
    options: &SqliteOptions,
    was_left_open: bool,
    now: &Stamp,
) -> rusqlite::Result<Option<String>> {
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let size = number("page_count")?.saturating_mul(number("page_size")?);
    let is_small = u64::try_from(size).is_ok_and(|size| size <= options.whole_check_up_to);
    if is_small || (was_left_open && is_of_another_start(db, now)?) {
        return whole(db);
    }
    number("freelist_count")?;
    ends_of_tables(db)?;
    let (facts, _) = end(db)?;
    facts_after(db, facts.saturating_sub(LAST_FACTS), usize::MAX)?;
    Ok(None)
}

/// What is damaged, by all pages of the file.
fn whole(db: &Db) -> rusqlite::Result<Option<String>> {
    let found: String = db.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}

/// Whether the last fact was written before the machine's last start, or by another machine.
fn is_of_another_start(db: &Db, now: &Stamp) -> rusqlite::Result<bool> {
    let (facts, _) = end(db)?;
    let last = facts_after(db, facts.saturating_sub(1), 1)?;
    let last = last.first().map(|last| last.at());
    Ok(last.is_some_and(|at| (&at.machine, &at.boot) != (&now.machine, &now.boot)))
}

/// Each table and each index, in its own order.
const TREES: &[(&str, &str)] = &[
    ("calls", "number"),
    ("calls", "began_ms"),
    ("calls WHERE amount_fen IS NOT NULL", "amount_fen"),
    ("calls WHERE is_open = 1", "is_open"),
    ("call_ids", "id"),
    ("facts", "number"),
    ("fact_ids", "id"),
    ("guards", "place"),
    ("joined_places", "kept"),
    ("joined_places", "place"),
    ("keys", "key"),
    ("leases", "owner"),
    ("order_calls", "place"),
    ("order_ids", "id"),
    ("templates", "number"),
    ("trace_numbers", "gateway"),
    ("words", "number"),
    ("words", "text"),
];

/// Reads the way to the first and to the last entry of each.
fn ends_of_tables(db: &Db) -> rusqlite::Result<()> {
    for (tree, order) in TREES {
        for direction in ["ASC", "DESC"] {
            let entry = format!("SELECT {order} FROM {tree} ORDER BY {order} {direction} LIMIT 1");
            db.query_row(&entry, [], |_| Ok(())).optional()?;
        }
    }
    Ok(())
}

//! The tables of a journal, and the way from each older schema to the newest.

use rusqlite::{Connection, TransactionBehavior};
use ums_journal::JournalId;
use zeroize::Zeroizing;

/// `UMSJ`: what a file of this kind is told from others by.
pub(crate) const APPLICATION_ID: i64 = 0x554d_534a;

/// The newest schema.
pub(crate) const NEWEST: u32 = 1;

/// What brings a journal from the schema before to the next one, the first from nothing.
const MIGRATIONS: [&str; NEWEST as usize] = [include_str!("schema/1.sql")];

/// What a file holds, by its header and its tables.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Contents {
    Nothing,
    Journal(u32),
    Foreign,
}

pub(crate) fn contents(db: &Connection) -> rusqlite::Result<Contents> {
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (application, version, tables) {
        (0, 0, 0) => Contents::Nothing,
        (APPLICATION_ID, version, _) => Contents::Journal(version),
        _ => Contents::Foreign,
    })
}

/// Brings the tables to the newest schema, each step in one transaction. Another process may do so
/// at the same time.
pub(crate) fn migrate(
    db: &mut Connection,
    journal: &JournalId,
    key: &Zeroizing<[u8; 32]>,
) -> rusqlite::Result<()> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = match contents(&step)? {
        Contents::Nothing => 0,
        Contents::Journal(version) => version,
        Contents::Foreign => return Err(rusqlite::Error::InvalidQuery),
    };
    let missing = MIGRATIONS
        .iter()
        .skip(usize::try_from(from).unwrap_or(usize::MAX));
    for (migration, version) in missing.zip(from + 1..) {
        step.execute_batch(migration)?;
        step.pragma_update(None, "user_version", version)?;
    }
    if from == 0 {
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.execute(
            "INSERT INTO journal (one, id, key) VALUES (1, ?1, ?2)",
            (journal.as_str(), key.as_slice()),
        )?;
    }
    step.commit()
}

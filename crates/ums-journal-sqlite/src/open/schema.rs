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

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> (Connection, JournalId, Zeroizing<[u8; 32]>) {
        let db = Connection::open_in_memory().unwrap();
        let journal = JournalId::new("made-up").unwrap();
        (db, journal, Zeroizing::new([7; 32]))
    }

    #[test]
    fn a_journal_is_made_once_and_keeps_its_id() {
        let (mut db, journal, key) = new();
        assert_eq!(contents(&db).unwrap(), Contents::Nothing);
        migrate(&mut db, &journal, &key).unwrap();
        assert_eq!(contents(&db).unwrap(), Contents::Journal(NEWEST));
        let other = JournalId::new("another").unwrap();
        migrate(&mut db, &other, &key).unwrap();
        let found: String = db
            .query_row("SELECT id FROM journal", [], |row| row.get(0))
            .unwrap();
        assert_eq!(found, "made-up");
    }

    #[test]
    fn a_step_that_fails_leaves_nothing_half_made() {
        let (mut db, journal, key) = new();
        db.pragma_update(None, "application_id", APPLICATION_ID)
            .unwrap();
        db.execute_batch("CREATE TABLE order_calls (in_the_way)")
            .unwrap();
        assert!(migrate(&mut db, &journal, &key).is_err());
        assert_eq!(contents(&db).unwrap(), Contents::Journal(0));
        let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
        let tables: i64 = db.query_row(tables, [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 1);
    }

    #[test]
    fn what_is_not_a_journal_is_not_migrated() {
        let (mut db, journal, key) = new();
        db.execute_batch("CREATE TABLE notes (text)").unwrap();
        assert_eq!(contents(&db).unwrap(), Contents::Foreign);
        assert!(migrate(&mut db, &journal, &key).is_err());
    }
}

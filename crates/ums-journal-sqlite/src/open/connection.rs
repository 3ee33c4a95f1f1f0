//! Connections to a journal's file, and whether SQLite keeps its word on them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use ums_journal::{JournalId, JournalKey, Stamp};
use zeroize::Zeroizing;

use crate::open::error::OpenError;
use crate::open::options::SqliteOptions;
use crate::open::schema::{Contents, NEWEST, contents, migrate};

/// The connection that writes, once everything is as it must be, with what the journal says of
/// itself.
pub(crate) fn open_writer(
    path: &Path,
    options: &SqliteOptions,
    now: &Stamp,
) -> Result<(Connection, JournalId, JournalKey), OpenError> {
    let failed = |source| failed(path, source);
    let owned = || path.to_owned();
    let mut db = connect(path, options.busy_timeout).map_err(failed)?;
    match contents(&db).map_err(failed)? {
        Contents::Foreign => return Err(OpenError::Foreign { path: owned() }),
        Contents::Journal(found) if found > NEWEST => {
            return Err(OpenError::NewerSchema {
                path: owned(),
                found,
                known: NEWEST,
            });
        }
        Contents::Nothing if !options.is_made => {
            return Err(OpenError::Missing { path: owned() });
        }
        _ => {}
    }
    let not_durable = |what| OpenError::NotDurable {
        path: owned(),
        what,
    };
    let mode: String = db
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(failed)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(not_durable("it has no write-ahead log"));
    }
    let synchronous: i64 = db
        .pragma_query_value(None, "synchronous", |row| row.get(0))
        .map_err(failed)?;
    if synchronous != FULL {
        return Err(not_durable("it does not sync at each commit"));
    }
    migrate(&mut db, &new_journal()?, &new_key()?).map_err(failed)?;
    let (journal, key) = identity(&db).map_err(failed)?;
    let damaged = |what: &str| OpenError::Damaged {
        path: owned(),
        what: what.to_owned(),
    };
    let journal = JournalId::new(journal).map_err(|_| damaged("it has no id"))?;
    let key = key.ok_or_else(|| damaged("it has no key"))?;
    if !options.others_are_off {
        let calls = held_elsewhere(&db, &now.machine).map_err(failed)?;
        if calls > 0 {
            return Err(OpenError::OtherMachine {
                path: owned(),
                calls,
            });
        }
    }
    Ok((db, journal, key))
}

/// A connection that only reads.
pub(crate) fn open_reader(path: &Path, options: &SqliteOptions) -> Result<Connection, OpenError> {
    let open = || {
        let db = connect(path, options.busy_timeout)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    };
    open().map_err(|source| failed(path, source))
}

const FULL: i64 = 2;

fn connect(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(busy_timeout)?;
    db.pragma_update(None, "synchronous", FULL)?;
    // A file is no program, and one with torn cells is not read as if it were whole.
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    // What retention takes out of old calls is not left in free pages.
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    db.pragma_update(None, "temp_store", 2)?;
    db.pragma_update(None, "cache_size", -32_768)?;
    db.pragma_update_and_check(None, "wal_autocheckpoint", 4000, |_| Ok(()))?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}

fn identity(db: &Connection) -> rusqlite::Result<(String, Option<JournalKey>)> {
    db.query_row("SELECT id, key FROM journal", [], |row| {
        let bytes = Zeroizing::new(row.get::<_, Vec<u8>>(1)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok();
        Ok((row.get(0)?, key.map(JournalKey::new)))
    })
}

fn held_elsewhere(db: &Connection, machine: &str) -> rusqlite::Result<u64> {
    let count = "SELECT count(*) FROM calls INDEXED BY calls_at_work JOIN leases ON owner = holder \
        WHERE holder IS NOT NULL AND machine <> ?1";
    let calls: i64 = db.query_row(count, params![machine], |row| row.get(0))?;
    Ok(u64::try_from(calls).unwrap_or_default())
}

fn new_journal() -> Result<JournalId, OpenError> {
    let mut bytes = [0; 16];
    random(&mut bytes)?;
    let id = base16ct::lower::encode_string(&bytes);
    // Hexadecimal digits are an id.
    JournalId::new(id).map_err(|error| OpenError::System {
        source: std::io::Error::other(error),
    })
}

fn new_key() -> Result<Zeroizing<[u8; 32]>, OpenError> {
    let mut bytes = Zeroizing::new([0; 32]);
    random(bytes.as_mut_slice())?;
    Ok(bytes)
}

fn random(bytes: &mut [u8]) -> Result<(), OpenError> {
    getrandom::getrandom(bytes).map_err(|error| OpenError::System {
        source: std::io::Error::other(error),
    })
}

/// What SQLite says of a file that is opened.
pub(crate) fn failed(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        // What was read is no fact, or is not where it was written down.
        None => OpenError::Damaged {
            path,
            what: source.to_string(),
        },
        Some(ErrorCode::NotADatabase) => OpenError::Foreign { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged {
            path,
            what: source.to_string(),
        },
        Some(ErrorCode::ReadOnly) => OpenError::ReadOnly { path },
        Some(ErrorCode::DiskFull) => OpenError::Full { path },
        _ => OpenError::Sqlite { path, source },
    }
}

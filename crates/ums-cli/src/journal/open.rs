//! A journal that is opened: the one place where a store is made from where it is.

use std::path::Path;
use std::sync::Arc;

use ums_durable::journal::Store;
#[cfg(feature = "postgres")]
use ums_journal_postgres::{PostgresOptions, PostgresStore};
use ums_journal_sqlite::{OpenError, SqliteOptions, SqliteStore};

#[cfg(feature = "postgres")]
use crate::call::carry_out::runtime;
use crate::config::journal::{JournalPlace, make_directory, shown};
#[cfg(feature = "postgres")]
use crate::config::settings::home;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::language::Message;

/// Opens a journal for calls that move money. It is made where there is none.
///
/// # Errors
///
/// It cannot be used: nothing may be sent.
pub(crate) fn open(place: &JournalPlace) -> Result<Arc<dyn Store>, Failure> {
    opened(place, true)
}

/// Opens a journal that must be there, to look at it or to go on with its calls.
///
/// # Errors
///
/// There is none, or it cannot be used.
pub(crate) fn open_there(place: &JournalPlace) -> Result<Arc<dyn Store>, Failure> {
    opened(place, false)
}

/// Leaves a journal to the end of the process, once all that was written is committed.
///
/// Closing the last connection to a SQLite file copies its log into it and removes the log, which
/// takes several times as long as the call itself. Whoever opens the file reads the log that is
/// left, as after a kill. One that has grown is copied by closing.
pub(crate) fn leave(place: &JournalPlace, store: Arc<dyn Store>) {
    const MOST: u64 = 4 << 20;
    let JournalPlace::Sqlite(path, _) = place else {
        return;
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let size = std::fs::metadata(log).map_or(u64::MAX, |log| log.len());
    if size < MOST {
        std::mem::forget(store);
    }
}

fn opened(place: &JournalPlace, is_made: bool) -> Result<Arc<dyn Store>, Failure> {
    match place {
        JournalPlace::Sqlite(path, is_usual) => sqlite(path, *is_usual && is_made, is_made),
        JournalPlace::Postgres(url) => postgres(url, is_made),
    }
    .map_err(|failure| {
        let (english, chinese) = ("the journal ", "交易流水 ");
        let name = shown(place);
        failure.about(Message::new(english, chinese).and(name))
    })
}

fn sqlite(path: &Path, makes_directory: bool, is_made: bool) -> Result<Arc<dyn Store>, Failure> {
    if makes_directory {
        make_directory(path).or_fail(FailureKind::Journal)?;
    }
    let mut options = SqliteOptions::new(path).with_readers(1);
    if !is_made {
        options = options.must_exist();
        // The directory may not be there either.
        if path.try_exists().is_ok_and(|exists| !exists) {
            let path = path.to_owned();
            return Err(OpenError::Missing { path }).or_fail(FailureKind::Journal);
        }
    }
    let store = SqliteStore::open(&options).or_fail(FailureKind::Journal)?;
    Ok(Arc::new(store))
}

/// The password is in the URL, which is none of the command line's then, or where every program of
/// PostgreSQL looks for it: `PGPASSWORD`, the file of `PGPASSFILE`, `~/.pgpass`.
#[cfg(feature = "postgres")]
fn postgres(url: &str, is_made: bool) -> Result<Arc<dyn Store>, Failure> {
    let mut options = PostgresOptions::from_secret_url(url)
        .or_fail(FailureKind::Journal)?
        .with_readers(1);
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(password) = set("PGPASSWORD") {
        options = options.with_password(password.to_string_lossy());
    } else if let Some(file) = set("PGPASSFILE") {
        options = options.with_password_file(file);
    } else if let Some(file) = home().map(|home| home.join(".pgpass"))
        && file.exists()
    {
        options = options.with_password_file(file);
    }
    if !is_made {
        options = options.must_exist();
    }
    let store = runtime()?.block_on(PostgresStore::open(&options));
    Ok(Arc::new(store.or_fail(FailureKind::Journal)?))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: bool) -> Result<Arc<dyn Store>, Failure> {
    Err(Failure::text(
        FailureKind::Journal,
        (
            "this ums keeps no journal in PostgreSQL: it was built without the Cargo feature \
             postgres",
            "本程序不支持将交易流水保存在 PostgreSQL：编译时未启用 Cargo 特性 \"postgres\"",
        ),
    ))
}

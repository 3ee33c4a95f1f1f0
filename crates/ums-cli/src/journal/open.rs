//! A journal that is opened: the one place where a store is made from where it is.

use std::path::Path;
use std::sync::Arc;

use ums_durable::journal::Store;
#[cfg(feature = "postgres")]
use ums_journal_postgres::{PostgresOpenError, PostgresOptions, PostgresStore};
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
    opened(place, Opening::Making)
}

/// Opens a journal that must be there, to look at it or to go on with its calls.
///
/// # Errors
///
/// There is none, or it cannot be used.
pub(crate) fn open_there(place: &JournalPlace) -> Result<Arc<dyn Store>, Failure> {
    opened(place, Opening::There(FailureKind::Journal))
}

/// The same for calls that move money, where a journal is known: a new one in its place would know
/// nothing of what was sent.
///
/// # Errors
///
/// It cannot be used. Where there is none, a person has to accept that.
pub(crate) fn open_known(place: &JournalPlace) -> Result<Arc<dyn Store>, Failure> {
    opened(place, Opening::There(FailureKind::JournalNotAccepted))
}

/// Closes a journal once all that was written is committed. Of a SQLite file the log is copied into
/// it by that, unless another process has it open: so a copy of the file alone has all of it.
pub(crate) fn close(store: Arc<dyn Store>) {
    drop(store);
}

#[derive(Clone, Copy)]
enum Opening {
    /// It is made where there is none.
    Making,
    /// It must be there; what kind of failure it is when it is not.
    There(FailureKind),
}

impl Opening {
    fn kind(self, is_missing: bool) -> FailureKind {
        match self {
            Self::There(kind) if is_missing => kind,
            _ => FailureKind::Journal,
        }
    }
}

fn opened(place: &JournalPlace, how: Opening) -> Result<Arc<dyn Store>, Failure> {
    match place {
        JournalPlace::Sqlite(path, is_usual) => sqlite(path, *is_usual, how),
        JournalPlace::Postgres(url) => postgres(url, how),
    }
    .map_err(|failure| {
        let (english, chinese) = ("the journal ", "交易流水 ");
        let name = shown(place);
        failure.about(Message::new(english, chinese).and(name))
    })
}

fn sqlite(path: &Path, is_usual: bool, how: Opening) -> Result<Arc<dyn Store>, Failure> {
    let mut options = SqliteOptions::new(path).with_readers(1);
    match how {
        Opening::Making if is_usual => make_directory(path).or_fail(FailureKind::Journal)?,
        Opening::Making => {}
        Opening::There(_) => {
            options = options.must_exist();
            // The directory may not be there either.
            if path.try_exists().is_ok_and(|exists| !exists) {
                let path = path.to_owned();
                return Err(OpenError::Missing { path }).or_fail(how.kind(true));
            }
        }
    }
    let store = SqliteStore::open(&options).map_err(|error| {
        let is_missing = matches!(error, OpenError::Missing { .. });
        Failure::new(how.kind(is_missing), &error)
    })?;
    Ok(Arc::new(store))
}

/// The password is in the URL, which is none of the command line's then, or where every program of
/// PostgreSQL looks for it: `PGPASSWORD`, the file of `PGPASSFILE`, `~/.pgpass`.
#[cfg(feature = "postgres")]
fn postgres(url: &str, how: Opening) -> Result<Arc<dyn Store>, Failure> {
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
    if let Opening::There(_) = how {
        options = options.must_exist();
    }
    let store = runtime()?.block_on(PostgresStore::open(&options));
    let store = store.map_err(|error| {
        let is_missing = matches!(error, PostgresOpenError::Missing { .. });
        Failure::new(how.kind(is_missing), &error)
    })?;
    Ok(Arc::new(store))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, _: Opening) -> Result<Arc<dyn Store>, Failure> {
    Err(Failure::text(
        FailureKind::Journal,
        (
            "this ums keeps no journal in PostgreSQL: it was built without the Cargo feature \
             postgres",
            "本程序不支持将交易流水保存在 PostgreSQL：编译时未启用 Cargo 特性 \"postgres\"",
        ),
    ))
}

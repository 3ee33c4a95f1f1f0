//! Where the journal of a case is.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use ums_durable::journal::Store;
use ums_journal_postgres::{PostgresOptions, PostgresStore};
use ums_journal_sqlite::{SqliteOptions, SqliteStore};

use crate::history::in_words;

/// Where the journal of a case is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Place {
    /// A file.
    #[non_exhaustive]
    Sqlite {
        /// Which.
        file: PathBuf,
    },
    /// A schema of a database.
    #[non_exhaustive]
    Postgres {
        /// The database.
        url: String,
        /// The schema.
        schema: String,
    },
}

impl Place {
    /// A journal in a file.
    pub fn sqlite(file: PathBuf) -> Self {
        Self::Sqlite { file }
    }

    /// A journal in a schema of a database.
    pub fn postgres(url: impl Into<String>, schema: impl Into<String>) -> Self {
        Self::Postgres {
            url: url.into(),
            schema: schema.into(),
        }
    }

    /// What a process is started with, so that it has its journal there.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        match self {
            Self::Sqlite { file } => vec!["--journal".into(), file.into()],
            Self::Postgres { url, schema } => {
                let named = ["--journal", url, "--schema", schema];
                named.into_iter().map(OsString::from).collect()
            }
        }
    }

    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>, String> {
        match self {
            Self::Sqlite { file } => {
                let store = SqliteStore::open(&SqliteOptions::new(file)).map_err(in_words)?;
                Ok(Arc::new(store))
            }
            Self::Postgres { url, schema } => {
                let options = PostgresOptions::from_url(url).map_err(in_words)?;
                let options = options.with_schema(schema).map_err(in_words)?;
                let store = PostgresStore::open(&options).await.map_err(in_words)?;
                Ok(Arc::new(store))
            }
        }
    }
}

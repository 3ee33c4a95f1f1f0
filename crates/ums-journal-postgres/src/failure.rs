//! What a failure of the server, or of the way to it, means for whoever asked.

use std::error::Error;
use std::fmt;

use tokio_postgres::error::{Severity, SqlState};
use ums_journal::{Committed, StoreError, StoreErrorKind};

/// Why something was not done, in words that hold nothing of what was to be written.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: StoreErrorKind,
    words: String,
    /// Whether the connection may not be used any more.
    pub(crate) is_cut: bool,
    /// Whether it was the end of the transaction that failed.
    pub(crate) is_of_commit: bool,
}

impl Failure {
    pub(crate) fn new(kind: StoreErrorKind, words: impl Into<String>) -> Self {
        Self {
            kind,
            words: words.into(),
            is_cut: false,
            is_of_commit: false,
        }
    }

    /// The server did not answer in time: what it does yet is not known.
    pub(crate) fn timed_out() -> Self {
        Self {
            is_cut: true,
            ..Self::new(
                StoreErrorKind::TimedOut,
                "the server did not answer in time",
            )
        }
    }

    /// The same, of the end of a transaction.
    pub(crate) fn of_commit(self) -> Self {
        Self {
            is_of_commit: true,
            ..self
        }
    }

    pub(crate) fn with_committed(&self, committed: Committed) -> StoreError {
        StoreError::new(self.kind, committed).with_source(self.clone())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for Failure {}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let mut words = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                words = format!("{words}: {cause}");
                source = cause.source();
            }
            return Self {
                kind: StoreErrorKind::Unavailable,
                words,
                is_cut: true,
                is_of_commit: false,
            };
        };
        // The message alone: a server's details show rows.
        Self {
            kind: kind_of(said.code()),
            words: format!("{} ({})", said.message(), said.code().code()),
            is_cut: error.is_closed() || said.parsed_severity() != Some(Severity::Error),
            is_of_commit: false,
        }
    }
}

fn kind_of(code: &SqlState) -> StoreErrorKind {
    match code.code() {
        "53100" => StoreErrorKind::Full,
        "25006" | "42501" => StoreErrorKind::ReadOnly,
        "55P03" | "57014" | "25P03" => StoreErrorKind::TimedOut,
        "3F000" | "42P01" | "42703" | "42883" => StoreErrorKind::Foreign,
        "XX001" | "XX002" => StoreErrorKind::Damaged,
        _ => StoreErrorKind::Unavailable,
    }
}

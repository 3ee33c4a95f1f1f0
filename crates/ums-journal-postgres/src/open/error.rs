//! Why a journal is not opened. Nothing is sent then.

use std::io;
use std::path::PathBuf;

use ums_journal::{Committed, StoreError, StoreErrorKind};

use crate::failure::Failure;

/// A journal that is not opened, so that no money rests on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostgresOpenError {
    /// There is no journal, and none was to be made.
    #[error("there is no journal in the schema {schema}")]
    Missing {
        /// The schema.
        schema: String,
    },
    /// The server cannot be reached, or does not let this user in.
    #[error("the server cannot be used: {words}")]
    Unreachable {
        /// What it said.
        words: String,
        /// What a store that fails so is told apart by.
        kind: StoreErrorKind,
    },
    /// The server is older than what this program was tried with.
    #[error("the server is PostgreSQL {found}, and 15 is the oldest that will do")]
    OldServer {
        /// Its version.
        found: i32,
    },
    /// The server is a standby, where nothing can be written.
    #[error("the server is a standby")]
    Standby,
    /// The server, or its timeline, is another than the journal was last written on: a copy, a
    /// backup that was put back, or a standby that was made the primary.
    #[error(
        "the journal was last written on the system {expected}, and this is {found}: facts may be missing. Say that it is the one to go on with"
    )]
    OtherSystem {
        /// The system identifier and the timeline that it was last written on.
        expected: String,
        /// Those of this server.
        found: String,
    },
    /// A setting of the server is one under which what was answered may be lost.
    #[error("the server does not keep what is written: {setting} is {found:?}")]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
    },
    /// The schema holds something else.
    #[error("the schema {schema} holds no journal")]
    Foreign {
        /// The schema.
        schema: String,
    },
    /// A newer version of this program has written the journal.
    #[error("the journal has schema {found}, and this program knows {known}")]
    NewerSchema {
        /// Its schema.
        found: i32,
        /// The newest one that is known here.
        known: i32,
    },
    /// The journal is damaged.
    #[error("the journal is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// The file with the password cannot be read, or others may read it.
    #[error("the password file {} cannot be used: {why}", path.display())]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The operating system gives no random bytes or no thread, or has no roots to trust.
    #[error("the operating system does not give what a journal needs")]
    System {
        /// Why.
        source: io::Error,
    },
}

impl PostgresOpenError {
    /// What a store that fails so is told apart by.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Unreachable { kind, .. } => *kind,
            Self::Missing { .. }
            | Self::OldServer { .. }
            | Self::PasswordFile { .. }
            | Self::System { .. } => StoreErrorKind::Unavailable,
            Self::Standby => StoreErrorKind::ReadOnly,
            Self::OtherSystem { .. } => StoreErrorKind::OtherMachine,
            Self::NotDurable { .. } => StoreErrorKind::NotDurable,
            Self::Foreign { .. } => StoreErrorKind::Foreign,
            Self::NewerSchema { .. } => StoreErrorKind::NewerSchema,
            Self::Damaged { .. } => StoreErrorKind::Damaged,
        }
    }
}

impl From<PostgresOpenError> for StoreError {
    fn from(error: PostgresOpenError) -> Self {
        Self::new(error.kind(), Committed::No).with_source(error)
    }
}

impl From<Failure> for PostgresOpenError {
    fn from(failure: Failure) -> Self {
        Self::Unreachable {
            words: failure.to_string(),
            kind: failure.kind,
        }
    }
}

impl From<PostgresOpenError> for Failure {
    fn from(error: PostgresOpenError) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

//! Why a journal is not opened. Nothing is sent then.

use std::io;
use std::path::PathBuf;

use ums_journal::{Committed, StoreError, StoreErrorKind};

/// A journal that is not opened, so that no money rests on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The path names no file in a directory.
    #[error("{} names no file", path.display())]
    NoFileName {
        /// The path.
        path: PathBuf,
    },
    /// There is no journal, and none was to be made.
    #[error("there is no journal at {}", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The directory or the file cannot be reached.
    #[error("{} cannot be used", path.display())]
    Unreachable {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory or the file cannot be written.
    #[error("{} cannot be written", path.display())]
    ReadOnly {
        /// The path.
        path: PathBuf,
    },
    /// Others may write into the directory, so that they could put another journal there.
    #[error("others may write into the directory {}", path.display())]
    DirectoryOfOthers {
        /// The directory.
        path: PathBuf,
    },
    /// Others may read or write the file, which has the key of the journal's hashes in it.
    #[error("others may read or write {}: its mode must be 0600", path.display())]
    FileOfOthers {
        /// The file.
        path: PathBuf,
    },
    /// The file has more than one name, each of which has a log of its own.
    #[error("{} has more than one name: remove its other hard links", path.display())]
    SeveralNames {
        /// The file.
        path: PathBuf,
    },
    /// The file system is one of a network, or one of which that cannot be told: its locks and its
    /// syncs do not hold between machines.
    #[error("{} is on a network file system ({file_system})", path.display())]
    NetworkFileSystem {
        /// The directory.
        path: PathBuf,
        /// The file system.
        file_system: &'static str,
    },
    /// The file system is in memory: nothing of it outlives the machine's next start.
    #[error("{} is on a file system in memory ({file_system})", path.display())]
    MemoryFileSystem {
        /// The directory.
        path: PathBuf,
        /// The file system.
        file_system: &'static str,
    },
    /// SQLite or the file system does not do what it was asked to.
    #[error("{} does not keep what is written: {what}", path.display())]
    NotDurable {
        /// The file or its directory.
        path: PathBuf,
        /// What it does not do.
        what: &'static str,
    },
    /// The file is no journal.
    #[error("{} is no journal", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program has written the file.
    #[error("{} has schema {found}, and this program knows {known}", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest one that is known here.
        known: u32,
    },
    /// The file is damaged.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        what: String,
    },
    /// A process of another machine holds calls of it, and this machine's clock cannot tell whether
    /// that process lives.
    #[error(
        "a process of another machine holds {calls} calls in {}: say that the other machine is off", path.display()
    )]
    OtherMachine {
        /// The file.
        path: PathBuf,
        /// How many calls.
        calls: u64,
    },
    /// Nothing tells this machine from others, or one start of it from the next.
    #[error("this machine cannot be told from others: {path} cannot be read, or says nothing")]
    NoMachineId {
        /// Where it should stand.
        path: &'static str,
    },
    /// SQLite fails.
    #[error("{} cannot be opened", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The disk is full.
    #[error("the disk of {} is full", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gives no random bytes or no thread.
    #[error("the operating system does not give what a journal needs")]
    System {
        /// Why.
        source: io::Error,
    },
}

impl OpenError {
    /// What a store that fails so is told apart by.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NoFileName { .. }
            | Self::Missing { .. }
            | Self::Unreachable { .. }
            | Self::DirectoryOfOthers { .. }
            | Self::FileOfOthers { .. }
            | Self::SeveralNames { .. }
            | Self::Sqlite { .. }
            | Self::System { .. } => StoreErrorKind::Unavailable,
            Self::ReadOnly { .. } => StoreErrorKind::ReadOnly,
            Self::NetworkFileSystem { .. }
            | Self::MemoryFileSystem { .. }
            | Self::NotDurable { .. } => StoreErrorKind::NotDurable,
            Self::Foreign { .. } => StoreErrorKind::Foreign,
            Self::NewerSchema { .. } => StoreErrorKind::NewerSchema,
            Self::Damaged { .. } => StoreErrorKind::Damaged,
            Self::OtherMachine { .. } | Self::NoMachineId { .. } => StoreErrorKind::OtherMachine,
            Self::Full { .. } => StoreErrorKind::Full,
        }
    }
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        Self::new(error.kind(), Committed::No).with_source(error)
    }
}

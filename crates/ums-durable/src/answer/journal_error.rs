//! A journal that cannot be used, or refuses what it is asked to.

use std::sync::Arc;

use ums_journal::{StoreError, StoreRefusal};

use crate::process::witness::WitnessError;
use crate::process::write::WriteError;

/// A journal that cannot be used, or refuses what it is asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("the journal cannot be used")]
    Store(#[source] Arc<StoreError>),
    /// It refuses, by what it holds. Nothing was written down.
    #[error(transparent)]
    Refused(StoreRefusal),
    /// The file that remembers the journal cannot be used.
    #[error(transparent)]
    Witness(#[from] WitnessError),
}

impl From<WriteError> for JournalError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(refused) => Self::Refused(refused),
            WriteError::Store(error) => Self::Store(error),
        }
    }
}

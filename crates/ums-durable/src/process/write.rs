//! One command handed to a store, and why it came to nothing.

use std::sync::Arc;

use ums_journal::{
    Committed, InvalidText, Store, StoreCommand, StoreError, StoreErrorKind, StoreReceipt,
    StoreRefusal,
};

/// Why a command came to nothing, or may have.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error(transparent)]
    Refused(#[from] StoreRefusal),
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl WriteError {
    /// Whether it may have been written down all the same.
    pub(crate) fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Store(error) if error.committed() != Committed::No)
    }
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// A name that cannot be given: nothing was written down.
impl From<InvalidText> for WriteError {
    fn from(error: InvalidText) -> Self {
        let store = StoreError::new(StoreErrorKind::Unavailable, Committed::No);
        store.with_source(error).into()
    }
}

/// Hands a group to a store: what came of its first command.
pub(crate) async fn write(
    store: &dyn Store,
    group: Vec<StoreCommand>,
) -> Result<StoreReceipt, WriteError> {
    let results = store.commit(group).await?;
    match results.into_iter().next() {
        Some(result) => Ok(result?),
        None => Err(StoreError::new(StoreErrorKind::Damaged, Committed::NotKnown).into()),
    }
}

/// That a store answered with the receipt of another command.
pub(crate) fn unexpected() -> WriteError {
    StoreError::new(StoreErrorKind::Damaged, Committed::NotKnown).into()
}

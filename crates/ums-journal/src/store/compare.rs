//! Whether a journal still has what a witness saw of it.

use crate::fact::recorded::ChainHash;
use crate::store::contract::Store;
use crate::store::error::StoreError;
use crate::store::head::{Head, Memory, Witness};

/// What became of a journal since a witness saw it.
///
/// # Errors
///
/// Returns an error if the journal cannot be read.
pub async fn compare_with_witness(
    store: &dyn Store,
    witness: &Witness,
) -> Result<Memory, StoreError> {
    let head: Head = store.head().await?;
    if head.journal != witness.journal {
        return Ok(Memory::OtherJournal);
    }
    if head.facts < witness.facts {
        return Ok(Memory::Younger);
    }
    let chain = match witness.facts.checked_sub(1) {
        None => ChainHash::of_nothing(),
        Some(before) => match store.facts(before, 1).await?.first() {
            Some(fact) => fact.chain().clone(),
            None => return Ok(Memory::Younger),
        },
    };
    Ok(if chain == witness.chain {
        Memory::Whole
    } else {
        Memory::OtherHistory
    })
}

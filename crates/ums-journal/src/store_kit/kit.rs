//! Holds a store to the contract, case by case.

use crate::store_kit::case::StoreCase;
use crate::store_kit::cases;
use crate::store_kit::fault::Fault;
use crate::store_kit::ground::{Ground, StoreUnderTest};

/// A store that does not keep the contract in one case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseFault {
    /// The case's name: what is owed.
    pub case: &'static str,
    /// What is not as it should be.
    pub what: String,
}

impl std::fmt::Display for CaseFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.case, self.what)
    }
}

/// Every case, in the order in which they are tried.
pub fn store_cases() -> impl Iterator<Item = &'static StoreCase> {
    cases::ALL.iter().copied().flatten()
}

/// Holds a store to the contract: every case on a journal of its own, which `make` makes empty.
///
/// Answers with each case that fails, none for a store that keeps the contract.
pub async fn check_store<M>(make: M) -> Vec<CaseFault>
where
    M: AsyncFn() -> Box<dyn StoreUnderTest>,
{
    let mut faults = Vec::new();
    for case in store_cases() {
        if let Err(fault) = check_store_case(case, &make).await {
            faults.push(fault);
        }
    }
    faults
}

/// Holds a store to one case.
///
/// # Errors
///
/// Returns an error if the store does not keep it.
pub async fn check_store_case<M>(case: &StoreCase, make: &M) -> Result<(), CaseFault>
where
    M: AsyncFn() -> Box<dyn StoreUnderTest>,
{
    let ground = Ground::new(make().await, make().await);
    let kept = match (case.check)(&ground).await {
        // Whatever the case did, the tables say what the facts say.
        Ok(()) => ground.check_tables().await,
        fault => fault,
    };
    kept.map_err(|Fault(what)| CaseFault {
        case: case.name,
        what,
    })
}

#[cfg(test)]
mod tests {
    //! The store in memory keeps the contract, and stores that do not are refused.

    mod bad_stores;
    mod in_memory;
}

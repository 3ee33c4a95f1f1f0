//! The names that a process gives: to itself, to its calls and to what it learns.

use std::sync::atomic::{AtomicU64, Ordering};

use ums_client::{NonceSource, NonceUnavailable};
use ums_journal::{CallId, FactId, InvalidText, Owner};

/// Draws the process's own name once, and makes every other name from it: none is given twice.
#[derive(Debug)]
pub(crate) struct Ids {
    owner: Owner,
    next: AtomicU64,
}

/// Why no name can be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoIds {
    #[error("no random name can be drawn")]
    Random(#[from] NonceUnavailable),
    #[error("the name that was drawn cannot be used")]
    Unfit(#[from] InvalidText),
}

impl Ids {
    pub(crate) fn draw(source: &dyn NonceSource) -> Result<Self, NoIds> {
        let owner = Owner::new(source.next_nonce()?.as_str())?;
        let ids = Self {
            owner,
            next: AtomicU64::new(1),
        };
        // A name that is too long for what is made from it is found out here.
        ids.call()?;
        Ok(ids)
    }

    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    pub(crate) fn call(&self) -> Result<CallId, InvalidText> {
        CallId::new(self.next())
    }

    pub(crate) fn fact(&self) -> Result<FactId, InvalidText> {
        FactId::new(self.next())
    }

    fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number:x}", self.owner)
    }
}

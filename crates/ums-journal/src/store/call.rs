//! A call as a store gives it out.

use crate::call::ids::{CallId, Epoch, Owner};
use crate::fact::recorded::RecordedFact;
use crate::fact::view::View;

/// A call with its history, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredCall {
    /// The call.
    pub id: CallId,
    /// Its facts, in the order of their numbers.
    pub facts: Vec<RecordedFact>,
    /// What they say now.
    pub view: View,
    /// How often it has changed hands.
    pub epoch: Epoch,
    /// Who holds it. `None` when nobody does.
    pub holder: Option<Holder>,
}

impl StoredCall {
    /// A call with these facts. `None` when it does not begin among them.
    pub fn new(
        id: CallId,
        facts: Vec<RecordedFact>,
        epoch: Epoch,
        holder: Option<Holder>,
    ) -> Option<Self> {
        let view = View::of(&facts)?;
        Some(Self {
            id,
            facts,
            view,
            epoch,
            holder,
        })
    }

    /// Whether a process holds it that lives.
    pub fn is_held(&self) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.is_alive)
    }
}

/// The process that holds a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Holder {
    /// The process.
    pub owner: Owner,
    /// Whether its lease runs, by the store's clock.
    pub is_alive: bool,
}

impl Holder {
    /// That this process holds a call, and whether it lives.
    pub fn new(owner: Owner, is_alive: bool) -> Self {
        Self { owner, is_alive }
    }
}

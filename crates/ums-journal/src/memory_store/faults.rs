//! What may go wrong between a process and its store, made to happen.

use crate::name::names;
use crate::store::error::StoreErrorKind;

/// Decides what goes wrong with each step of a handle.
pub trait StoreFaults: Send + Sync + 'static {
    /// What happens to this step.
    fn next(&self, step: StoreStep) -> StoreFault;
}

/// What happens to one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreFault {
    /// Nothing.
    #[default]
    None,
    /// It fails, and nothing was written down.
    Fails(StoreErrorKind),
    /// It is carried out, and the answer is lost.
    AnswerLost,
    /// It is not carried out, and whether it was is not known.
    Lost,
    /// It is carried out [later](crate::MemoryStore::carry_out_late), after the caller was told
    /// that whether it was is not known.
    CarriedOutLater,
}

names! {
    /// A step that a process takes with its store.
    #[non_exhaustive]
    pub enum StoreStep, "step with a store" {
        /// The journal's key is read.
        Key = "key",
        /// The head is read.
        Head = "head",
        /// A group is committed.
        Commit = "commit",
        /// A process says that it lives.
        Heartbeat = "heartbeat",
        /// A call is read.
        Call = "call",
        /// Calls are searched.
        Search = "search",
        /// Facts are read.
        Facts = "facts",
    }
}

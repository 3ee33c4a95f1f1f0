//! What the gateway makes of a request.

use crate::call::CallId;

/// A complete request that the gateway received. It carries it out once, within the late window, or
/// never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Request {
    /// The call that it was sent for.
    pub call: CallId,
    /// The attempt of that call.
    pub attempt: u8,
    /// For the invariants alone: whether it was known, when its call began, that both ids are of
    /// one order.
    pub link_was_known: bool,
    /// What has become of it.
    pub fate: Fate,
}

/// What has become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fate {
    /// The gateway has it, since so many ticks, and has not decided.
    Pending {
        /// The ticks.
        age: u8,
    },
    /// The money moved.
    Executed,
    /// It was refused, and will never be carried out.
    Refused,
}

impl Request {
    /// Whether the money moved.
    pub fn is_executed(&self) -> bool {
        self.fate == Fate::Executed
    }

    /// Whether the gateway has not decided.
    pub fn is_pending(&self) -> bool {
        matches!(self.fate, Fate::Pending { .. })
    }
}

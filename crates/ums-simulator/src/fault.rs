//! The faults: their table, how each bends a reply, and which call it strikes.

pub(crate) mod named;
pub(crate) mod rule;
pub(crate) mod spec;
pub(crate) mod table;
pub(crate) mod transform;

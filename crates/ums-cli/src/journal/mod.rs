//! The journal that calls are kept in, as a command uses it.

pub(crate) mod key;
pub(crate) mod known;
pub(crate) mod memory;
pub(crate) mod open;
pub(crate) mod person;
pub(crate) mod refused;

//! A call from its flags to its report, and what may cut it short.

pub(crate) mod carry_out;
pub(crate) mod confirm;
pub(crate) mod interrupt;
pub(crate) mod kept;
pub(crate) mod progress;

//! Calls of earlier runs: what was printed of them, and how they are asked about.

pub(crate) mod contradiction;
pub(crate) mod members;
pub(crate) mod next_command;
pub(crate) mod outcome;
pub(crate) mod request;

//! What `explain` says, from outside.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod captured;
#[cfg(feature = "gbk")]
mod generated;
mod mistakes;
mod schemes;
mod secrets;

//! The wire after the write: what becomes of a request whose network is cut, whose caller leaves,
//! or whose process stands still. In processes of their own, and in networks made for them.

#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod caller;
mod cut;
mod gateway;
mod network;
mod process;
mod stalled;

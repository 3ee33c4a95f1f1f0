//! Runs the real binary and looks at what it prints, sends and exits with.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod api;
mod explain;
mod family;
mod gateway;
mod help;
mod outcomes;
mod output;
mod proxy;
mod settings;
mod settle;
mod sign;
mod simulator;
#[cfg(unix)]
mod terminal;
mod ums;
mod usage;
mod verify_notify;

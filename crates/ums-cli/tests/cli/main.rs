//! Runs the real binary and looks at what it prints, sends and exits with.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

#[cfg(unix)]
mod amnesia;
mod api;
mod at_once;
mod chinese;
mod explain;
mod family;
#[cfg(unix)]
mod files;
mod gateway;
mod help;
mod hidden;
mod holds;
mod identifiers;
#[cfg(unix)]
mod journal;
#[cfg(unix)]
mod journal_inputs;
#[cfg(unix)]
mod keys;
mod live;
mod outcomes;
mod output;
#[cfg(target_os = "linux")]
mod process;
mod proxy;
mod resolve;
#[path = "../../../ums-journal/tests/schema/mod.rs"]
mod schema;
mod settings;
mod sign;
#[cfg(unix)]
mod signals;
mod simulator;
#[cfg(unix)]
mod terminal;
mod till;
mod ums;
mod usage;
mod verify_notify;

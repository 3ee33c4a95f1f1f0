//! A journal in an SQLite file: the contract, several processes, crashes, and files that are not
//! what they should be.
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

#[path = "sqlite/calls.rs"]
mod calls;
#[path = "sqlite/children.rs"]
mod children;
#[path = "sqlite/contract.rs"]
mod contract;
#[path = "sqlite/files.rs"]
mod files;
#[path = "sqlite/power_cut.rs"]
mod power_cut;
#[path = "sqlite/processes.rs"]
mod processes;
#[path = "sqlite/tables.rs"]
mod tables;

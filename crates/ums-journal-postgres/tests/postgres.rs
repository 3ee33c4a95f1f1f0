//! A journal in a PostgreSQL database: the contract, several processes, servers that go away, and
//! servers that are not what they should be.
//!
//! The clusters are made by the tests themselves, in directories of their own. Where there is no
//! PostgreSQL, each test says so on standard error, and passes.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

#[path = "postgres/calls.rs"]
mod calls;
#[path = "postgres/cluster.rs"]
mod cluster;
#[path = "postgres/contract.rs"]
mod contract;
#[path = "postgres/cut.rs"]
mod cut;
#[path = "postgres/histories.rs"]
mod histories;
#[path = "postgres/pooler.rs"]
mod pooler;
#[path = "postgres/processes.rs"]
mod processes;
#[path = "postgres/servers.rs"]
mod servers;
#[path = "postgres/tables.rs"]
mod tables;

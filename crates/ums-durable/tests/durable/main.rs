//! Operations once per key, against a simulated gateway and a store in memory that fails. One
//! binary for all, as linking one takes longer than running most.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod amnesia;
mod attempts;
mod crashes;
mod ground;
mod histories;
mod keys;
mod on_disk;
mod person;
mod resolving;
mod store_faults;
mod summary;
mod taken_back;
mod till;
mod told;
mod trace_numbers;

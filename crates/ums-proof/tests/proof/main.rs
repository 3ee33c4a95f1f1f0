//! The promises of the client, held against the simulator. What counts the memory of the whole
//! process has one of its own, `hostile.rs`.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

mod any_bytes;
mod codes;
mod commands;
mod cuts;
mod history;
mod matrix;
mod page;
#[path = "../raw/mod.rs"]
mod raw;
mod runtimes;
mod unpaused;

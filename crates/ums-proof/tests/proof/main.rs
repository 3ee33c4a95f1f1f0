//! The promises of the client, held against the simulator in memory. What counts the memory of the
//! whole process is in `hostile.rs`, and what has deadlines on a real clock in `sockets`, where
//! histories do not take the processor from it.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

mod any_bytes;
mod codes;
mod commands;
mod durable;
mod history;
mod page;
#[path = "../raw/mod.rs"]
mod raw;

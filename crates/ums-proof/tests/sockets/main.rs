//! The promises of the client, over real sockets and on a real clock.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests")]

mod cuts;
mod matrix;
mod runtimes;
mod unpaused;

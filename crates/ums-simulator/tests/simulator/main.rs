//! The simulator as a client meets it: over sockets, over TLS, in memory.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod authorization;
mod family;
mod faults;
mod gateway;
mod guard;
mod late;
mod raw;
mod tls;
mod trade;

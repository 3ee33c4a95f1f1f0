//! The server on a real socket, with the simulator behind it. One binary for all, as linking one
//! takes longer than running most.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod access;
mod calls;
mod ground;
mod hostile;
mod operations;
mod places;

//! What the transport does with a request, a connection, a proxy and a certificate. One binary for
//! all, as linking one takes longer than running most.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests"
)]

mod exchange;
mod no_way_off;
mod proxy;
mod redirects;
mod tls;
mod wire;

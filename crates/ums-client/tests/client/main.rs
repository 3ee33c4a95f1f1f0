//! What a client does with a call, whatever the gateway does. One binary for all, as linking one
//! takes longer than running most.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests"
)]

mod attempts;
mod blocking;
mod connections;
#[path = "../../examples/merchant_day/day.rs"]
mod day;
mod entries;
mod journal;
mod memory;
mod merchant_day;
mod merchants;
mod paced;
mod pairs;
mod proxy;
mod record;
mod resolve;
mod runtime;
#[path = "../../../ums-journal/tests/schema/mod.rs"]
mod schema;
mod send_window;
mod simulator;
mod till;
mod token;

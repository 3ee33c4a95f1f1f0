//! What a call tells `tracing`, and what never.
//!
//! A binary of its own, whose tests run one after the other: tracing remembers for a whole process
//! whether anybody listens, as the thread that first asked saw it.

#![allow(clippy::panic, clippy::unwrap_used, reason = "tests")]

mod canary;
mod log;
mod span_values;
mod spans;

use tokio::sync::{Mutex, MutexGuard};

/// Held by the test that listens.
async fn listening_alone() -> MutexGuard<'static, ()> {
    static LISTENING: Mutex<()> = Mutex::const_new(());
    LISTENING.lock().await
}

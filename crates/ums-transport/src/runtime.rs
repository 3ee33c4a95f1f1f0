//! Which tokio runtime a call runs on.
//!
//! A socket is woken by the runtime that opened it, and a timer by the one that set it. On another
//! runtime both would wait for ever, so neither is lent across.

use tokio::runtime::{Handle, Id};

/// The runtime of the caller; `None` outside any.
pub(crate) fn current() -> Option<Id> {
    Handle::try_current().ok().map(|handle| handle.id())
}

#[derive(Debug, thiserror::Error)]
#[error("there is no tokio runtime here: await the call within one")]
pub(crate) struct NoRuntime;

#[derive(Debug, thiserror::Error)]
#[error("the connection was opened on another tokio runtime: exchange where you connect")]
pub(crate) struct OtherRuntime;

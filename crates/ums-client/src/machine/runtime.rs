//! Whether a call can run where it is awaited.

use tokio::runtime::Handle;

/// Why a call cannot run where it is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeUnavailable {
    /// The future is not polled within a tokio runtime.
    #[error(
        "there is no tokio runtime here: await the call within one, or use the blocking client"
    )]
    Missing,
    /// The client was made by the process that this one is a fork of. Its connections are that
    /// process's too: a request on one of them could be answered by a reply to the other's.
    #[error("the process forked after the client was made: make a new client in the child")]
    Forked,
}

/// The process that made a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    /// Whether the process that asks is a fork of this one.
    pub(crate) fn has_forked(self) -> bool {
        std::process::id() != self.0
    }

    /// Whether a call of a client of this process can run here. Neither a lock nor a timer is
    /// touched to tell: in a fork a lock may be held for ever, and without a runtime a timer
    /// panics.
    pub(crate) fn can_call(self) -> Result<(), RuntimeUnavailable> {
        if self.has_forked() {
            return Err(RuntimeUnavailable::Forked);
        }
        match Handle::try_current() {
            Ok(_) => Ok(()),
            Err(_) => Err(RuntimeUnavailable::Missing),
        }
    }
}

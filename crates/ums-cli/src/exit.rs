//! How the process ends: one number for each answer a script can act on.

use std::process::ExitCode;

use ums_client::OutcomeKind;

/// An exit code. The top level's `--help` lists them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Approved, or done.
    Success = 0,
    /// Anything that has no code of its own.
    Other = 1,
    /// The command line, or a value on it, cannot be used.
    Usage = 2,
    /// The gateway declined, or a signature is not the right one.
    Declined = 3,
    /// Nothing left this machine.
    NotSent = 4,
    /// It may or may not have been carried out.
    Unknown = 5,
    /// The configuration or the credentials cannot be used.
    Setup = 6,
}

impl From<OutcomeKind> for Exit {
    fn from(outcome: OutcomeKind) -> Self {
        match outcome {
            OutcomeKind::Approved => Self::Success,
            OutcomeKind::Declined => Self::Declined,
            OutcomeKind::NotSent => Self::NotSent,
            OutcomeKind::Unknown => Self::Unknown,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

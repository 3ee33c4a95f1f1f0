//! How the process ends: one number for each answer a script can act on.

use std::process::ExitCode;

use ums_client::{Conclusion, OutcomeKind, TillResult};

/// An exit code. The top level's `--help` lists them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Approved and in force, a query's certain yes, or done.
    Success = 0,
    /// Anything that has no code of its own.
    Other = 1,
    /// The command line, or a value on it, cannot be used.
    Usage = 2,
    /// Certainly not: declined, not carried out, or no longer in force; or a signature that is not
    /// the right one.
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

impl From<&Conclusion> for Exit {
    fn from(conclusion: &Conclusion) -> Self {
        match conclusion {
            Conclusion::Approved { stands: true } => Self::Success,
            Conclusion::Approved { stands: false }
            | Conclusion::Declined
            | Conclusion::NotExecuted { .. } => Self::Declined,
            Conclusion::NotSent => Self::NotSent,
            Conclusion::Unknown(_) => Self::Unknown,
        }
    }
}

impl From<TillResult> for Exit {
    fn from(result: TillResult) -> Self {
        match result {
            TillResult::Paid => Self::Success,
            TillResult::NotPaid | TillResult::TakenBack => Self::Declined,
            TillResult::ToVerify => Self::Unknown,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

//! Why a command could not do what it was asked to do.

use std::error::Error;
use std::fmt;

use ums_client::NextStep;

use crate::exit::Exit;

/// A command that stopped before anything was sent.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    cause: anyhow::Error,
}

/// What kind of failure it is: one row of [`FailureKind::row`] each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// A value on the command line breaks a rule, or is missing.
    InvalidInput,
    /// Live money, no terminal to ask on, and no `--yes`.
    NotConfirmed,
    /// The person at the terminal said no.
    Declined,
    /// The configuration cannot be used.
    Configuration,
    /// The AppId or the AppKey cannot be used.
    Credentials,
    /// The machine refused something: a socket, a file.
    System,
}

impl FailureKind {
    /// A stable name in `snake_case`.
    pub(crate) fn code(self) -> &'static str {
        self.row().0
    }

    pub(crate) fn exit(self) -> Exit {
        self.row().1
    }

    /// What to do, when the failure stopped a call.
    pub(crate) fn next_step(self) -> NextStep {
        self.row().2
    }

    fn row(self) -> (&'static str, Exit, NextStep) {
        match self {
            Self::InvalidInput => ("invalid_input", Exit::Usage, NextStep::FixRequest),
            Self::NotConfirmed => ("not_confirmed", Exit::Usage, NextStep::ConfirmLive),
            Self::Declined => ("declined_by_operator", Exit::NotSent, NextStep::ConfirmLive),
            Self::Configuration => ("configuration", Exit::Setup, NextStep::FixSetup),
            Self::Credentials => ("credentials", Exit::Setup, NextStep::FixCredentials),
            Self::System => ("system", Exit::Other, NextStep::FixSetup),
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, cause: impl Into<anyhow::Error>) -> Self {
        let cause = cause.into();
        Self { kind, cause }
    }

    pub(crate) fn text(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::new(kind, anyhow::Error::msg(message.into()))
    }

    /// The same failure, said to be about `what`.
    pub(crate) fn about(self, what: impl fmt::Display + Send + Sync + 'static) -> Self {
        Self {
            kind: self.kind,
            cause: self.cause.context(what),
        }
    }

    /// The same failure, of another kind.
    pub(crate) fn of_kind(self, kind: FailureKind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn kind(&self) -> FailureKind {
        self.kind
    }
}

/// The failure and its causes, outermost first, on one line.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.cause)
    }
}

/// Turns an error into a [`Failure`] of some kind.
pub(crate) trait OrFail<T> {
    fn or_fail(self, kind: FailureKind) -> Result<T, Failure>;
}

impl<T, E: Error + Send + Sync + 'static> OrFail<T> for Result<T, E> {
    fn or_fail(self, kind: FailureKind) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(kind, error))
    }
}

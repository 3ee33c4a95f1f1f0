//! What the caller does after an outcome.

use ums_journal::NextStep;
use ums_model::{Effect, Refusal, Verdict};

use crate::authentication::token::TokenError;
use crate::outcome::{NotSentReason, Outcome, UnknownReason};

impl<R> Outcome<R> {
    /// What to do now.
    pub fn next_step(&self) -> NextStep {
        match self {
            Self::Approved(approved) if approved.discrepancies.is_empty() => NextStep::Done,
            Self::Approved(_) => NextStep::Confirm,
            Self::Declined(declined) => match declined.judgement.verdict() {
                Verdict::Declined(Refusal::BeforeProcessing) => {
                    match declined.judgement.err_code().map(|code| code.as_str()) {
                        Some("1000") if declined.evidence.clock_ahead.is_some() => {
                            NextStep::FixClock
                        }
                        Some("1000") if declined.evidence.token_dropped => NextStep::NewToken,
                        Some("1000" | "1001") => NextStep::FixCredentials,
                        _ => NextStep::FixRequest,
                    }
                }
                _ => NextStep::CheckOrder,
            },
            Self::NotSent(not_sent) => match &not_sent.reason {
                NotSentReason::InvalidInput(_) | NotSentReason::InvalidPath(_) => {
                    NextStep::FixRequest
                }
                NotSentReason::Transport(failure) => {
                    use ums_transport::TransportErrorKind as Kind;
                    match failure.kind() {
                        Kind::Resolve
                        | Kind::NotLoopback
                        | Kind::Connect
                        | Kind::Proxy
                        | Kind::Tls
                        | Kind::Runtime
                        | Kind::InvalidRequest => NextStep::FixSetup,
                        _ => NextStep::SendAgain,
                    }
                }
                NotSentReason::Overloaded => NextStep::SendAgain,
                NotSentReason::Token(error) => match error {
                    TokenError::Deadline => NextStep::SendAgain,
                    TokenError::Refused { .. } => NextStep::FixCredentials,
                    _ => NextStep::FixSetup,
                },
                NotSentReason::Clock
                | NotSentReason::Nonce(_)
                | NotSentReason::NotRecorded(_)
                | NotSentReason::ClientClosed
                | NotSentReason::Runtime(_) => NextStep::FixSetup,
            },
            Self::Unknown(unknown) if unknown.evidence.effect == Effect::ReadOnly => {
                NextStep::AskAgain
            }
            Self::Unknown(unknown) => match &unknown.reason {
                UnknownReason::Discrepancy(_) => NextStep::Confirm,
                _ => NextStep::Query,
            },
        }
    }
}

//! The four ways an operation ends.

pub(crate) mod evidence;
pub(crate) mod judge;
pub(crate) mod made_up;
pub(crate) mod next_step;
pub(crate) mod sentence;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use ums_journal::{CallEnd, Evidence, NextStep, OutcomeKind, OutcomeRecord, Reason};
use ums_model::{Discrepancy, EncodeError, Judgement, MalformedReply, Text};
use ums_transport::TransportError;

use crate::authentication::token::TokenError;
use crate::machine::nonce_source::NonceUnavailable;
use crate::machine::runtime::RuntimeUnavailable;
use crate::outcome::evidence::reason_of;

/// How an operation ended. There is no fifth way, and none of them is a guess.
///
/// | outcome | money | what to do |
/// |---|---|---|
/// | [`Approved`](Self::Approved) | moved | book it |
/// | [`Declined`](Self::Declined) | not moved | correct what the code names |
/// | [`NotSent`](Self::NotSent) | not moved | send again when the cause is gone |
/// | [`Unknown`](Self::Unknown) | **unknown** | do not send again: query the order |
#[derive(Clone, Debug)]
#[must_use = "the operation may have moved money, or may not have"]
#[expect(
    clippy::exhaustive_enums,
    reason = "complete: callers must decide about each of the four"
)]
pub enum Outcome<R> {
    /// The gateway answered 200 with a well-formed reply that approves.
    Approved(Approved<R>),
    /// The gateway answered with a code that is known to mean "not executed".
    Declined(Declined<R>),
    /// No byte of a request was written. Sending again is safe.
    NotSent(NotSent),
    /// Everything else. The operation may have been carried out.
    Unknown(Unknown<R>),
}

/// An operation that was carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Approved<R> {
    /// The reply.
    pub reply: R,
    /// Code and text of the reply.
    pub judgement: Judgement,
    /// Where the reply does not match the request. Empty unless
    /// [`OnDiscrepancy::Approve`](crate::OnDiscrepancy::Approve) was chosen; if not, confirm by
    /// query.
    pub discrepancies: Vec<Discrepancy>,
    /// What the outcome rests on.
    pub evidence: Box<Evidence>,
}

/// An operation that was not carried out, by the gateway's word.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Declined<R> {
    /// The reply.
    pub reply: R,
    /// Code and text of the reply, and what the code is known to mean.
    pub judgement: Judgement,
    /// What the outcome rests on.
    pub evidence: Box<Evidence>,
}

/// An operation that provably never reached the gateway.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NotSent {
    /// Why nothing was sent.
    pub reason: NotSentReason,
    /// What the outcome rests on.
    pub evidence: Box<Evidence>,
}

/// An operation of which it is not known whether it was carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unknown<R> {
    /// Why it is not known.
    pub reason: UnknownReason,
    /// The reply, if a well-formed one was received.
    pub reply: Option<R>,
    /// Code and text of that reply. They decide nothing.
    pub judgement: Option<Judgement>,
    /// What the outcome rests on.
    pub evidence: Box<Evidence>,
}

/// Why nothing was sent.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSentReason {
    /// The operation cannot be written as a request.
    #[error("the operation cannot be written as a request")]
    InvalidInput(#[source] Arc<EncodeError>),
    /// The path of the operation is not one.
    #[error("{0:?} is not a path of the gateway; it must start with / and hold no space")]
    InvalidPath(String),
    /// The clock shows a time that a signature cannot carry.
    #[error("the clock shows a time that a signature cannot carry")]
    Clock,
    /// No nonce could be drawn.
    #[error("the request could not be signed")]
    Nonce(#[source] NonceUnavailable),
    /// The recorder could not record that the operation was about to start.
    #[error("the intent could not be recorded, so nothing was sent")]
    NotRecorded(#[source] Arc<dyn Error + Send + Sync>),
    /// There is no access token to show.
    #[error("there is no access token")]
    Token(#[source] TokenError),
    /// The limits of [`Concurrency`](crate::Concurrency) are reached.
    #[error("too many calls at once")]
    Overloaded,
    /// [`Client::close`](crate::Client::close) was called.
    #[error("the client is closed")]
    ClientClosed,
    /// The call cannot run where it is awaited.
    #[error("the call cannot run here")]
    Runtime(#[source] RuntimeUnavailable),
    /// The connection could not be made, or ended before the first byte.
    #[error("no byte of the request was written")]
    Transport(#[source] Arc<TransportError>),
}

impl NotSentReason {
    /// [`NotRecorded`](Self::NotRecorded), because of this.
    pub fn not_recorded(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::NotRecorded(cause.into().into())
    }

    /// The reason without its cause.
    pub fn name(&self) -> Reason {
        match self {
            Self::InvalidInput(_) => Reason::InvalidInput,
            Self::InvalidPath(_) => Reason::InvalidPath,
            Self::Clock => Reason::Clock,
            Self::Nonce(_) => Reason::Nonce,
            Self::NotRecorded(_) => Reason::NotRecorded,
            Self::Token(_) => Reason::Token,
            Self::Overloaded => Reason::Overloaded,
            Self::ClientClosed => Reason::ClientClosed,
            Self::Runtime(_) => Reason::Runtime,
            Self::Transport(failure) => reason_of(failure.kind()),
        }
    }

    /// A stable name in `snake_case`.
    pub fn as_str(&self) -> &'static str {
        self.name().as_str()
    }

    pub(crate) fn is_stale_connection(&self) -> bool {
        matches!(self, Self::Transport(failure) if failure.is_stale_connection())
    }
}

/// Why the outcome is not known.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownReason {
    /// The exchange broke off after the first byte of the request was written.
    #[error("the exchange broke off after the first byte of the request was written")]
    Interrupted(#[source] Arc<TransportError>),
    /// The HTTP status says nothing certain about the operation.
    #[error("HTTP status {0} says nothing certain about the operation")]
    Status(u16),
    /// The reply is not a well-formed one.
    #[error("the reply is not well-formed")]
    Malformed(#[source] MalformedReply),
    /// The reply carries no code, or one that is not known to settle it.
    #[error("the reply's code does not settle it")]
    Code,
    /// The reply names another order, amount or refund than the request: it is not about the
    /// request, whatever its code.
    #[error("the reply is not about this request: {}", Listed(.0))]
    Discrepancy(Vec<Discrepancy>),
}

impl UnknownReason {
    /// The reason without its cause.
    pub fn name(&self) -> Reason {
        match self {
            Self::Interrupted(failure) => reason_of(failure.kind()),
            Self::Status(_) => Reason::Status,
            Self::Malformed(_) => Reason::MalformedReply,
            Self::Code => Reason::Code,
            Self::Discrepancy(_) => Reason::Discrepancy,
        }
    }

    /// A stable name in `snake_case`.
    pub fn as_str(&self) -> &'static str {
        self.name().as_str()
    }
}

struct Listed<'a>(&'a [Discrepancy]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, discrepancy) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { "; " };
            write!(f, "{between}{discrepancy}")?;
        }
        Ok(())
    }
}

impl<R> Outcome<R> {
    /// Which of the four it is.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Approved(_) => OutcomeKind::Approved,
            Self::Declined(_) => OutcomeKind::Declined,
            Self::NotSent(_) => OutcomeKind::NotSent,
            Self::Unknown(_) => OutcomeKind::Unknown,
        }
    }

    /// Whether the operation was carried out.
    pub fn is_approved(&self) -> bool {
        matches!(self, Self::Approved(_))
    }

    /// Whether it is open what happened.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }

    /// What the outcome rests on.
    pub fn evidence(&self) -> &Evidence {
        match self {
            Self::Approved(approved) => &approved.evidence,
            Self::Declined(declined) => &declined.evidence,
            Self::NotSent(not_sent) => &not_sent.evidence,
            Self::Unknown(unknown) => &unknown.evidence,
        }
    }

    /// The reply, if a well-formed one was received.
    pub fn reply(&self) -> Option<&R> {
        match self {
            Self::Approved(approved) => Some(&approved.reply),
            Self::Declined(declined) => Some(&declined.reply),
            Self::NotSent(_) => None,
            Self::Unknown(unknown) => unknown.reply.as_ref(),
        }
    }

    /// The judgement of the reply, if a well-formed one was received.
    pub fn judgement(&self) -> Option<&Judgement> {
        match self {
            Self::Approved(approved) => Some(&approved.judgement),
            Self::Declined(declined) => Some(&declined.judgement),
            Self::NotSent(_) => None,
            Self::Unknown(unknown) => unknown.judgement.as_ref(),
        }
    }

    /// `errCode` of the reply.
    pub fn err_code(&self) -> Option<&str> {
        self.judgement()
            .and_then(Judgement::err_code)
            .map(Text::as_str)
    }

    /// `errInfo` of the reply: text for people, never to be parsed.
    pub fn err_info(&self) -> Option<&str> {
        self.judgement()
            .and_then(Judgement::err_info)
            .map(Text::as_str)
    }

    /// Why it ended as not sent or unknown, as a stable name; `None` for the other two.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::NotSent(not_sent) => Some(not_sent.reason.as_str()),
            Self::Unknown(unknown) => Some(unknown.reason.as_str()),
            Self::Approved(_) | Self::Declined(_) => None,
        }
    }

    /// What the outcome rests on, and nothing else.
    pub fn into_evidence(self) -> Evidence {
        match self {
            Self::Approved(approved) => *approved.evidence,
            Self::Declined(declined) => *declined.evidence,
            Self::NotSent(not_sent) => *not_sent.evidence,
            Self::Unknown(unknown) => *unknown.evidence,
        }
    }

    pub(crate) fn evidence_mut(&mut self) -> &mut Evidence {
        match self {
            Self::Approved(approved) => &mut approved.evidence,
            Self::Declined(declined) => &mut declined.evidence,
            Self::NotSent(not_sent) => &mut not_sent.evidence,
            Self::Unknown(unknown) => &mut unknown.evidence,
        }
    }
}

impl<R> CallEnd for Outcome<R> {
    fn kind(&self) -> OutcomeKind {
        self.kind()
    }

    fn evidence(&self) -> &Evidence {
        self.evidence()
    }

    fn judgement(&self) -> Option<&Judgement> {
        self.judgement()
    }

    fn discrepancies(&self) -> &[Discrepancy] {
        match self {
            Self::Approved(approved) => &approved.discrepancies,
            Self::Unknown(unknown) => match &unknown.reason {
                UnknownReason::Discrepancy(discrepancies) => discrepancies,
                _ => &[],
            },
            Self::Declined(_) | Self::NotSent(_) => &[],
        }
    }

    fn reason(&self) -> Option<&'static str> {
        self.reason()
    }

    fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Approved(_) | Self::Declined(_) => None,
            Self::NotSent(not_sent) => Some(&not_sent.reason),
            Self::Unknown(unknown) => Some(&unknown.reason),
        }
    }

    fn next_step(&self) -> NextStep {
        self.next_step()
    }
}

/// As its record ([`OutcomeRecord::of_end`](crate::OutcomeRecord::of_end)): masked, and without the
/// request.
impl<R> Serialize for Outcome<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OutcomeRecord::of_end(self).serialize(serializer)
    }
}

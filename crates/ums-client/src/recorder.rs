//! Writing down what a call is about to do, before it does it.
//!
//! A process can die between sending a request and learning its outcome. A
//! recorder already holds the intent by then, so that a person, or the next
//! start of the process, knows which order to query.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ums_auth::{Nonce, Timestamp};
use ums_model::Effect;

use crate::evidence::Evidence;
use crate::outcome::OutcomeKind;
use crate::resolve::Conclusion;

/// Keeps a record of calls, each step awaited before the next is taken.
///
/// | step | when | if it fails |
/// |---|---|---|
/// | [`intent`](Self::intent) | before a connection is asked for | nothing is sent |
/// | [`sending`](Self::sending) | connected and signed, before the first byte | nothing is sent |
/// | [`ended`](Self::ended) | the outcome is known, before the caller gets it | the outcome stands; [`Evidence::not_recorded`] says so |
///
/// A call whose record ends at `intent` was not sent. One that ends at
/// `sending` is unknown: settle it by query, never by sending again. So is one
/// whose [`ended`](Self::ended) says [`OutcomeKind::Unknown`]: it is open until
/// a later `ended` of the same call says what became of it.
pub trait Recorder: Send + Sync + 'static {
    /// A call is about to start.
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a>;

    /// An attempt is about to put its first byte on the wire.
    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a>;

    /// A call has ended, or what became of an unknown one has been found out.
    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a>;
}

/// What a step of a [`Recorder`] returns.
pub type Recording<'a> =
    Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// A call that is about to start.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Intent<'a> {
    /// Identifies the call: the nonce of its first attempt.
    pub call: Nonce,
    /// The operation's name.
    pub operation: &'a str,
    /// The path it goes to.
    pub path: &'a str,
    /// Whether it moves money.
    pub effect: Effect,
    /// The order it is about, if it says so.
    pub order: Option<&'a str>,
    /// The body it will send: every byte. It may hold a payer's code, so `Debug`
    /// shows its size only.
    pub body: &'a Bytes,
    /// The time of day.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for Intent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent")
            .field("call", &self.call)
            .field("operation", &self.operation)
            .field("path", &self.path)
            .field("effect", &self.effect)
            .field("order", &self.order)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("at", &self.at)
            .finish()
    }
}

/// An attempt that is about to put its first byte on the wire.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Sending {
    /// The call it belongs to.
    pub call: Nonce,
    /// The nonce this attempt is signed with.
    pub attempt: Nonce,
    /// The timestamp this attempt is signed with.
    pub timestamp: Timestamp,
}

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ended<'a> {
    /// The call.
    pub call: Nonce,
    /// How it ended.
    pub outcome: OutcomeKind,
    /// `errCode` of the reply, if there was one.
    pub err_code: Option<&'a str>,
    /// Why it is not sent or unknown, as a stable name.
    pub reason: Option<&'static str>,
    /// What the outcome rests on.
    pub evidence: &'a Evidence,
}

impl<'a> Ended<'a> {
    /// What became of a call that had ended as unknown, or was cut short, as it
    /// was found out later, and the evidence of the answer that says so. For
    /// [`Recorder::ended`], which closes the call with it.
    /// [`Client::resolve`](crate::Client::resolve) does so by itself. `None` of
    /// a conclusion that leaves the call open.
    ///
    /// The reason is the conclusion's name: `not_executed` is recorded as a
    /// decline with that reason, which tells it from a refusal.
    #[must_use]
    pub fn resolved(call: Nonce, conclusion: &Conclusion, evidence: &'a Evidence) -> Option<Self> {
        let outcome = match conclusion {
            Conclusion::Approved { .. } => OutcomeKind::Approved,
            Conclusion::Declined | Conclusion::NotExecuted { .. } => OutcomeKind::Declined,
            Conclusion::NotSent => OutcomeKind::NotSent,
            Conclusion::Unknown(_) => return None,
        };
        Some(Self {
            call,
            outcome,
            err_code: None,
            reason: Some(conclusion.as_str()),
            evidence,
        })
    }
}

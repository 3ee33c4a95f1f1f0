//! Writing down what a call is about to do, before it does it.
//!
//! A process can die between sending a request and learning its outcome. A recorder already holds
//! the intent by then, so that a person, or the next start of the process, knows which order to
//! query.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use crate::intent::{Ended, Intent, Sending};

/// Keeps a record of calls, each step awaited before the next is taken.
///
/// | step | when | if it fails |
/// |---|---|---|
/// | [`intent`](Self::intent) | before a connection is asked for | nothing is sent |
/// | [`sending`](Self::sending) | connected and signed, before the first byte | nothing is sent |
/// | [`ended`](Self::ended) | the outcome is known, before the caller gets it | the outcome stands; [`Evidence::not_recorded`](crate::Evidence::not_recorded) says so |
///
/// A call whose record ends at `intent` was not sent. One that ends at `sending` is unknown:
/// resolve it by query, never by sending again. So is one whose [`ended`](Self::ended) says
/// [unknown](crate::OutcomeKind::Unknown): it is open until a later `ended` of the same call says
/// what became of it.
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

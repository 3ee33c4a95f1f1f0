//! What a fault is: when it strikes, how it works, and what a client should conclude.

use std::fmt;

use serde::Serialize;

use crate::fault::transform::TrueReply;
use crate::wire::script::{Close, Script};
use crate::wire::tls::CertificateFault;

/// One row of [`FAULTS`](crate::FAULTS).
#[derive(Clone, Copy, Serialize)]
pub struct FaultSpec {
    /// The name by which it is selected.
    pub name: &'static str,
    /// When it strikes.
    pub phase: FaultPhase,
    /// What happens on the wire.
    pub wire: &'static str,
    /// Whether a request that could be applied is applied. A reply that says anything tells the
    /// truth about it: an approval if so, `57` if not.
    pub applied: bool,
    /// Whether it is applied only as many seconds after it was read as the parameter says, whatever
    /// has become of its connection by then. What is said before that is no truth about it.
    pub late: bool,
    /// What a client should conclude from a valid request struck by it.
    pub conclusion: ExpectedOutcome,
    /// The number that may follow the name, as in `fin-in-reply@17`.
    pub parameter: Option<Parameter>,
    /// Whether it needs a simulator that serves TLS.
    pub needs_tls: bool,
    #[serde(skip)]
    pub(crate) effect: Effect,
}

impl fmt::Debug for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultSpec")
            .field("name", &self.name)
            .field("phase", &self.phase)
            .field("applied", &self.applied)
            .field("conclusion", &self.conclusion)
            .finish_non_exhaustive()
    }
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultPhase {
    /// As a connection is made, before any request.
    Connect,
    /// While a request is read; the order it names is not known yet.
    Request,
    /// After the whole request was read.
    Reply,
}

impl fmt::Display for FaultPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Connect => "connect",
            Self::Request => "request",
            Self::Reply => "reply",
        })
    }
}

/// What a client should conclude about a valid request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedOutcome {
    /// It was applied.
    Approved,
    /// It is known not to have been executed.
    Declined,
    /// No byte of it left the client.
    NotSent,
    /// Not sent if the client wrote no byte of it before it noticed, else unknown.
    NotSentIfNothingWritten,
    /// Not sent over TLS, whose handshake does not end, so that no byte of the request leaves.
    /// Unknown on a plain connection.
    NotSentIfTls,
    /// Nothing can be said.
    Unknown,
    /// Unknown if the client's deadline passes first, else as the reply says.
    UnknownAfterDeadline,
}

impl fmt::Display for ExpectedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::NotSent => "not_sent",
            Self::NotSentIfNothingWritten => "not_sent_if_nothing_written",
            Self::NotSentIfTls => "not_sent_if_tls",
            Self::Unknown => "unknown",
            Self::UnknownAfterDeadline => "unknown_after_deadline",
        })
    }
}

/// The number that a fault takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Parameter {
    /// What it counts, in the plural, such as `bytes`.
    pub unit: &'static str,
    /// Its value when the name stands alone.
    pub default: u64,
}

/// How a fault works; the other side of this is in `connection`.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    Accept(AcceptFault),
    /// Something is said at once, and the request is applied later.
    Late(fn(&TrueReply<'_>, u64) -> Script),
    /// Nobody listens.
    Refuse,
    Reply(fn(&TrueReply<'_>, u64) -> Script),
    Request(RequestFault),
    Tls(TlsFault),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum AcceptFault {
    Close(Close),
    Silence,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestFault {
    Cut(Point, Close),
    /// An answer goes out after so many bytes of the body, then the rest is read.
    EarlyAnswer,
    /// The reply's head goes out before the body is read.
    EarlyHead,
    /// 500 goes out before the body is read, then FIN.
    EarlyReply,
    /// One byte is read per so many milliseconds; the request is then served.
    SlowRead,
    /// Reading stops and the connection is held.
    Stall(Point),
}

/// How much of a request is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Point {
    Body,
    FirstByte,
    Head,
    WholeHead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsFault {
    Alert,
    Certificate(CertificateFault),
    /// The handshake is cut after so many bytes from the server.
    Cut,
    Garbage,
    Reset,
    Stall,
}

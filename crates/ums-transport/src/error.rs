//! Why an attempt ended without a reply.

use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;

use crate::progress::Progress;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// An attempt that ended without a whole reply: why, and how far it got.
///
/// Whether the request may be sent again is not in [`kind`](Self::kind) but in
/// [`progress`](Self::progress): see [`Progress::delivery`](crate::Progress::delivery).
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    progress: Box<Progress>,
    received: Bytes,
    source: Option<BoxError>,
}

impl TransportError {
    pub(crate) fn new(
        kind: TransportErrorKind,
        progress: Progress,
        source: Option<BoxError>,
    ) -> Self {
        Self {
            kind,
            progress: Box::new(progress),
            received: Bytes::new(),
            source,
        }
    }

    pub(crate) fn with_received(mut self, received: Bytes) -> Self {
        self.received = received;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// How far the attempt got.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What was read of the reply's body before it broke off. Often empty.
    pub fn received(&self) -> &Bytes {
        &self.received
    }

    /// Whether a connection from the pool turned out closed, or spoke unasked, before any byte of
    /// the request was handed to it. Nothing is wrong with the gateway then; a new connection is
    /// the answer.
    pub fn is_stale_connection(&self) -> bool {
        self.progress.reused
            && self.progress.request_bytes_written == 0
            && matches!(
                self.kind,
                TransportErrorKind::Closed
                    | TransportErrorKind::Io
                    | TransportErrorKind::EarlyReply
            )
    }

    /// This error and its causes in one line, for a person.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            let cause_text = cause.to_string();
            // Several layers below print their own source as well.
            if !text.contains(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            next = cause.source();
        }
        text
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.sentence())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// What ended an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host name could not be resolved.
    Resolve,
    /// The host name of a plain `http` address resolved to another machine.
    NotLoopback,
    /// The TCP connection could not be opened.
    Connect,
    /// The proxy could not be reached, or opened no tunnel to the gateway.
    Proxy,
    /// The TLS handshake failed, or the certificate was not accepted.
    Tls,
    /// Opening the connection took longer than the connect timeout.
    ConnectTimeout,
    /// The deadline of the call passed.
    Deadline,
    /// The call is awaited outside any tokio runtime, or on another one than its connection was
    /// opened on.
    Runtime,
    /// The request itself cannot be expressed in HTTP.
    InvalidRequest,
    /// The connection was closed before the whole reply was read.
    Closed,
    /// Reading or writing failed, for example by a reset.
    Io,
    /// What was read is not one HTTP reply with one end: it is something else, its head is larger
    /// than the cap, it states its end in two ways, or more bytes follow its end. See
    /// [`Reply`](crate::Reply).
    MalformedReply,
    /// The reply body is larger than the cap.
    ReplyTooLarge,
    /// Something was read before the request was completely handed over, so it cannot be an answer
    /// to it. Nothing more of the request was written.
    EarlyReply,
    /// The send window of the request was over before all of it was written. See
    /// [`Connection::exchange_by`](crate::Connection::exchange_by). Nothing more of the request was
    /// written.
    SendWindow,
}

impl TransportErrorKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Resolve,
        Self::NotLoopback,
        Self::Connect,
        Self::Proxy,
        Self::Tls,
        Self::ConnectTimeout,
        Self::Deadline,
        Self::Runtime,
        Self::InvalidRequest,
        Self::Closed,
        Self::Io,
        Self::MalformedReply,
        Self::ReplyTooLarge,
        Self::EarlyReply,
        Self::SendWindow,
    ];

    /// A stable name in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::NotLoopback => "not_loopback",
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::ConnectTimeout => "connect_timeout",
            Self::Deadline => "deadline",
            Self::Runtime => "runtime",
            Self::InvalidRequest => "invalid_request",
            Self::Closed => "closed",
            Self::Io => "io",
            Self::MalformedReply => "malformed_reply",
            Self::ReplyTooLarge => "reply_too_large",
            Self::EarlyReply => "early_reply",
            Self::SendWindow => "send_window",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Resolve => "the host name could not be resolved",
            Self::NotLoopback => {
                "the host name of a plain http address does not lead to this machine"
            }
            Self::Connect => "the connection could not be opened",
            Self::Proxy => "the proxy opened no way to the gateway",
            Self::Tls => "the TLS handshake failed",
            Self::ConnectTimeout => "opening the connection took too long",
            Self::Deadline => "the deadline of the call passed",
            Self::Runtime => "the call is not awaited on the tokio runtime of its connection",
            Self::InvalidRequest => "the request cannot be expressed in HTTP",
            Self::Closed => "the connection was closed before the whole reply was read",
            Self::Io => "reading from or writing to the connection failed",
            Self::MalformedReply => "what was read is not one HTTP reply with one end",
            Self::ReplyTooLarge => "the reply body is larger than the cap",
            Self::EarlyReply => "a reply arrived before the request was completely handed over",
            Self::SendWindow => {
                "the send window was over before the request was completely written"
            }
        }
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Phase;

    fn failure(kind: TransportErrorKind, source: Option<BoxError>) -> TransportError {
        TransportError::new(kind, Progress::new(Phase::Sending), source)
    }

    /// The names are stable: each is its variant's, in `snake_case`.
    #[test]
    fn each_kind_has_its_name_and_a_sentence_of_its_own() {
        let mut sentences = std::collections::HashSet::new();
        for &kind in TransportErrorKind::ALL {
            assert_eq!(kind.to_string(), kind.as_str());
            assert_eq!(
                kind.as_str().replace('_', ""),
                format!("{kind:?}").to_lowercase()
            );
            let sentence = failure(kind, None).to_string();
            assert!(sentence.contains(' '), "{sentence}");
            assert!(sentences.insert(sentence));
        }
    }

    #[test]
    fn the_chain_names_each_cause_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer")]
        struct Outer(#[source] Inner);
        #[derive(Debug, thiserror::Error)]
        #[error("inner")]
        struct Inner;

        let alone = failure(TransportErrorKind::Deadline, None);
        assert_eq!(alone.chain(), "the deadline of the call passed");
        let caused = failure(TransportErrorKind::Io, Some(Box::new(Outer(Inner))));
        assert_eq!(
            caused.chain(),
            "reading from or writing to the connection failed: outer: inner"
        );
        let repeating = failure(TransportErrorKind::Io, Some("the connection failed".into()));
        assert_eq!(
            repeating.chain(),
            "reading from or writing to the connection failed"
        );
    }

    #[test]
    fn stale_is_a_used_connection_that_broke_and_took_nothing() {
        for &kind in TransportErrorKind::ALL {
            for reused in [false, true] {
                for written in [0, 1] {
                    let mut progress = Progress::new(Phase::Sending);
                    progress.reused = reused;
                    progress.request_bytes_written = written;
                    let broke = matches!(
                        kind,
                        TransportErrorKind::Closed
                            | TransportErrorKind::Io
                            | TransportErrorKind::EarlyReply
                    );
                    assert_eq!(
                        TransportError::new(kind, progress, None).is_stale_connection(),
                        broke && reused && written == 0,
                        "{kind} {reused} {written}"
                    );
                }
            }
        }
    }
}

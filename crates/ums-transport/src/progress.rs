//! How far a request got: the evidence every verdict rests on.

use std::fmt;
use std::time::Duration;

/// The last step that one attempt had reached when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Looking up the host name.
    Resolving,
    /// Opening the TCP connection.
    Connecting,
    /// Asking a proxy for a tunnel to the gateway. Only with a [`Proxy`](crate::Proxy).
    Tunneling,
    /// TLS handshake, certificate check included.
    Handshaking,
    /// Connected; handing the request to the connection.
    Sending,
    /// Every byte of the request handed over; no complete reply head yet.
    AwaitingReply,
    /// Reply head received; reading its body.
    ReadingReply,
    /// The reply was read to its end.
    Complete,
}

impl Phase {
    /// A stable name in `snake_case`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resolving => "resolving",
            Self::Connecting => "connecting",
            Self::Tunneling => "tunneling",
            Self::Handshaking => "handshaking",
            Self::Sending => "sending",
            Self::AwaitingReply => "awaiting_reply",
            Self::ReadingReply => "reading_reply",
            Self::Complete => "complete",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be proved about the request, from the count of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "complete: nothing, a part, or all of it"
)]
pub enum Delivery {
    /// No byte was written. The gateway cannot have it.
    NotSent,
    /// Some bytes may have been sent, not all. A proxy on the way may still have made something of
    /// it.
    Partial,
    /// Every byte may have been sent. The gateway may have acted on it, whatever happened
    /// afterwards.
    Complete,
}

/// The record of one attempt, as far as it got.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The last step reached.
    pub phase: Phase,
    /// Bytes of the request (head and body, before encryption) that may have left. Over a socket
    /// without TLS this is what the socket took, exactly; over TLS it is no less than what the
    /// gateway can decrypt, and zero only if the socket took nothing; over a stream of a
    /// [`Connect`](crate::Connect) it is what the stream took, or may have taken in a write that
    /// failed.
    pub request_bytes_written: u64,
    /// Bytes the whole request has. Zero while it is not assembled, which is before there is a
    /// connection.
    pub request_bytes_total: u64,
    /// Bytes read since the request was started (head and body, after decryption).
    pub reply_bytes_read: u64,
    /// HTTP status of the reply, once its head was received.
    pub status: Option<u16>,
    /// Whether the connection had served an earlier call.
    pub reused: bool,
    /// Whether the end of the request may have been written after its send window: the clock was
    /// past it when it was looked at behind the last write.
    pub late_write: bool,
    /// When each step ended.
    pub timings: Timings,
}

impl Progress {
    pub(crate) fn new(phase: Phase) -> Self {
        Self {
            phase,
            request_bytes_written: 0,
            request_bytes_total: 0,
            reply_bytes_read: 0,
            status: None,
            reused: false,
            late_write: false,
            timings: Timings::default(),
        }
    }

    /// What the byte count proves.
    pub fn delivery(&self) -> Delivery {
        if self.request_bytes_written == 0 {
            Delivery::NotSent
        } else if self.request_bytes_written < self.request_bytes_total {
            Delivery::Partial
        } else {
            Delivery::Complete
        }
    }
}

/// Time from the start of the attempt to the end of each step that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// A connection was at hand: taken from the pool or newly opened.
    pub connected: Option<Duration>,
    /// The last byte of the request was handed over.
    pub sent: Option<Duration>,
    /// The reply head was received.
    pub head: Option<Duration>,
    /// The attempt ended, well or badly.
    pub ended: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names are stable: each is its variant's, in `snake_case`.
    #[test]
    fn each_phase_has_its_name() {
        for phase in [
            Phase::Resolving,
            Phase::Connecting,
            Phase::Tunneling,
            Phase::Handshaking,
            Phase::Sending,
            Phase::AwaitingReply,
            Phase::ReadingReply,
            Phase::Complete,
        ] {
            assert_eq!(phase.to_string(), phase.as_str());
            assert_eq!(
                phase.as_str().replace('_', ""),
                format!("{phase:?}").to_lowercase()
            );
        }
    }

    #[test]
    fn delivery_follows_the_count() {
        let mut progress = Progress::new(Phase::Sending);
        assert_eq!(progress.delivery(), Delivery::NotSent);
        progress.request_bytes_total = 10;
        assert_eq!(progress.delivery(), Delivery::NotSent);
        for (written, delivery) in [
            (1, Delivery::Partial),
            (9, Delivery::Partial),
            (10, Delivery::Complete),
        ] {
            progress.request_bytes_written = written;
            assert_eq!(progress.delivery(), delivery);
        }
    }
}

//! What an outcome rests on.

use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use ums_auth::{Nonce, Timestamp};
use ums_model::Effect;

use crate::mask::{LONGEST, mask_card_numbers};
use crate::name::names;
use crate::reason::Reason;

/// What happened in one call, attempt by attempt.
///
/// Holds nothing secret: no AppKey, no signature. The reply's bytes are kept as received and may
/// name a payer, so `Debug` shows their number only.
#[derive(Clone)]
#[non_exhaustive]
pub struct Evidence {
    /// The operation's name, for example `void_payment`.
    pub operation: String,
    /// Whether the operation moves money.
    pub effect: Effect,
    /// Identifies the call in a recorder's books: the nonce of its first attempt. `None` when it
    /// ended before that.
    pub call: Option<Nonce>,
    /// The attempt that decided the outcome.
    pub attempt: Attempt,
    /// Attempts before it, oldest first. Each ended provably unsent.
    pub earlier: Vec<Attempt>,
    /// The body of the reply as received, as far as it was read. Empty when none was.
    pub received: Bytes,
    /// How long the whole call took.
    pub elapsed: Duration,
    /// When the call's time was up, by this machine's clock. Only of an unknown outcome: until some
    /// time after it the operation may still be carried out.
    pub deadline: Option<DateTime<Utc>>,
    /// When the call's time is up by the clock that only runs forward, which means nothing in
    /// another process and is never written down.
    pub until: Option<Instant>,
    /// How far this machine's clock is ahead of the gateway's (negative: behind), by the `Date` of
    /// the reply, when that is more than the client was told to tolerate.
    pub clock_ahead: Option<TimeDelta>,
    /// Whether the gateway refused the access token, which is dropped then.
    pub token_dropped: bool,
    /// Why the outcome could not be recorded, if a recorder is set and failed at that. The outcome
    /// stands all the same. Masked and escaped as [`Attempt::detail`] is.
    pub not_recorded: Option<String>,
}

impl Evidence {
    /// Of an operation of this name of which nothing has happened yet.
    pub fn new(operation: &str, effect: Effect) -> Self {
        Self {
            operation: operation.to_owned(),
            effect,
            call: None,
            attempt: Attempt::default(),
            earlier: Vec::new(),
            received: Bytes::new(),
            elapsed: Duration::ZERO,
            deadline: None,
            until: None,
            clock_ahead: None,
            token_dropped: false,
            not_recorded: None,
        }
    }

    /// How many requests were put on the wire, whole or in part: 0 or 1.
    pub fn requests_sent(&self) -> usize {
        self.attempts().filter(|attempt| attempt.was_sent()).count()
    }

    /// Every attempt, oldest first.
    pub fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.earlier.iter().chain([&self.attempt])
    }

    /// The first KiB of the reply's body as text for people: what is not UTF-8 is replaced, and
    /// card numbers are [masked](crate::mask_card_numbers).
    pub fn excerpt(&self) -> String {
        const LIMIT: usize = 1024;
        let (first, rest) = self.received.split_at(self.received.len().min(LIMIT));
        let mut text = String::from_utf8_lossy(first).into_owned();
        let end = text.len();
        // So that a number which the end cuts in two is recognised.
        let rest = &rest[..rest.len().min(LONGEST)];
        text.push_str(&String::from_utf8_lossy(rest));
        let mut text = mask_card_numbers(&text).into_owned();
        text.truncate(end);
        text
    }

    /// Puts the attempt, which ended unsent, among the earlier ones, and begins another.
    pub fn begin_again(&mut self) {
        let ended = std::mem::take(&mut self.attempt);
        self.earlier.push(ended);
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("operation", &self.operation)
            .field("effect", &self.effect)
            .field("call", &self.call)
            .field("attempt", &self.attempt)
            .field("earlier", &self.earlier)
            .field("received", &format_args!("{} bytes", self.received.len()))
            .field("elapsed", &self.elapsed)
            .field("deadline", &self.deadline)
            .field("clock_ahead", &self.clock_ahead)
            .field("token_dropped", &self.token_dropped)
            .field("not_recorded", &self.not_recorded)
            .finish()
    }
}

/// One try at sending the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The nonce it was signed with, which identifies the attempt here and in the gateway's
    /// records. `None` when it ended before it was signed.
    pub id: Option<Nonce>,
    /// The timestamp it was signed with.
    pub timestamp: Option<Timestamp>,
    /// How far it got. `None` when no connection was asked for.
    pub progress: Option<AttemptProgress>,
    /// What broke it off, if it did not end with a whole reply.
    pub failure: Option<Reason>,
    /// The same in words, with causes. Card numbers are masked, and what does not print is escaped.
    pub detail: Option<String>,
}

impl Attempt {
    /// Whether any byte of the request was written.
    pub fn was_sent(&self) -> bool {
        self.progress
            .as_ref()
            .is_some_and(|progress| progress.request_bytes_written > 0)
    }

    /// HTTP status of the reply, once its head was received.
    pub fn status(&self) -> Option<u16> {
        self.progress.as_ref().and_then(|progress| progress.status)
    }
}

/// How far one attempt got.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptProgress {
    /// The last step reached.
    pub phase: AttemptPhase,
    /// Bytes of the request (head and body, before encryption) that may have been sent. Zero is
    /// proof that none was.
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
    /// Whether the end of the request may have been written after its send window.
    pub late_write: bool,
    /// When each step ended.
    pub timings: AttemptTimings,
}

impl AttemptProgress {
    /// An attempt that reached this step, of which nothing else is known.
    #[inline]
    pub fn new(phase: AttemptPhase) -> Self {
        Self {
            phase,
            request_bytes_written: 0,
            request_bytes_total: 0,
            reply_bytes_read: 0,
            status: None,
            reused: false,
            late_write: false,
            timings: AttemptTimings::default(),
        }
    }
}

names! {
    /// The last step that one attempt had reached when it ended.
    #[derive(PartialOrd, Ord)]
    #[non_exhaustive]
    pub enum AttemptPhase, "phase of an attempt" {
        /// Looking up the host name.
        Resolving = "resolving",
        /// Opening the TCP connection.
        Connecting = "connecting",
        /// Asking a proxy for a tunnel to the gateway.
        Tunneling = "tunneling",
        /// TLS handshake, certificate check included.
        Handshaking = "handshaking",
        /// Connected; handing the request to the connection.
        Sending = "sending",
        /// Every byte of the request handed over; no complete reply head yet.
        AwaitingReply = "awaiting_reply",
        /// Reply head received; reading its body.
        ReadingReply = "reading_reply",
        /// The reply was read to its end.
        Complete = "complete",
    }
}

/// Time from the start of the attempt to the end of each step that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptTimings {
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

    fn received(body: impl Into<Bytes>) -> Evidence {
        Evidence {
            received: body.into(),
            ..Evidence::new("void_payment", Effect::MovesMoney)
        }
    }

    #[test]
    fn an_excerpt_is_the_first_kib_as_masked_text() {
        assert_eq!(received("").excerpt(), "");
        assert_eq!(received("<html>").excerpt(), "<html>");
        assert_eq!(received(&b"a\xffb"[..]).excerpt(), "a\u{fffd}b");
        assert_eq!(received("x".repeat(1024)).excerpt().len(), 1024);
        assert_eq!(received("x".repeat(1025)).excerpt().len(), 1024);
        // Where the end cuts a character in two.
        let text = received(format!("{}银", "x".repeat(1022))).excerpt();
        assert_eq!(text, format!("{}\u{fffd}", "x".repeat(1022)));
    }

    #[test]
    fn a_card_number_is_masked_even_where_the_excerpt_ends() {
        for card in ["4111111111111111", "4 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 6"] {
            let masked = mask_card_numbers(card);
            for before in 1024 - card.len()..1024 {
                let text = received(format!("{}{card} and more", ".".repeat(before))).excerpt();
                assert_eq!(text.len(), 1024);
                assert!(masked.starts_with(text.trim_start_matches('.')), "{text}");
            }
        }
    }

    #[test]
    fn debug_shows_the_size_of_the_reply_alone() {
        let shown = format!("{:?}", received("payer 13800138000"));
        assert!(shown.contains("received: 17 bytes"), "{shown}");
        assert!(shown.contains("operation: \"void_payment\""), "{shown}");
        assert!(!shown.contains("138"), "{shown}");
    }
}

//! What an outcome rests on, as a record has it.

use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use ums_model::Discrepancy;

use super::end::CallEnd;
use crate::china_time::to_china_time;
use crate::evidence::{Attempt, AttemptTimings, Evidence};
use crate::mask::mask_card_numbers;

/// What an outcome rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvidenceRecord {
    /// The operation's name.
    pub operation: String,
    /// The attempt that decided the outcome. Its members stand beside these.
    #[serde(flatten)]
    pub last: AttemptRecord,
    /// How many requests were sent, whole or in part: 0 or 1. `None` when the call was cut short
    /// and nobody counted.
    pub requests_sent: Option<usize>,
    /// Attempts before the last, oldest first. Each ended unsent.
    pub attempts: Vec<AttemptRecord>,
    /// How long the whole call took.
    pub elapsed_ms: f64,
    /// Where it went.
    pub url: Option<String>,
    /// How many seconds this machine's clock is ahead of the gateway's, when that is far.
    pub clock_ahead_s: Option<i64>,
    /// Of an unknown call: when its time was up (RFC 3339).
    pub deadline: Option<String>,
    /// Where a reply, or the last answer to a query, is about something else.
    pub discrepancies: Vec<DiscrepancyRecord>,
}

impl EvidenceRecord {
    /// Of an operation of this name of which nothing else is known.
    pub fn new(operation: &str) -> Self {
        Self {
            operation: operation.to_owned(),
            last: AttemptRecord::default(),
            requests_sent: Some(0),
            attempts: Vec::new(),
            elapsed_ms: 0.0,
            url: None,
            clock_ahead_s: None,
            deadline: None,
            discrepancies: Vec::new(),
        }
    }

    /// Of a call, without what its end adds.
    pub fn of(evidence: &Evidence) -> Self {
        Self {
            last: AttemptRecord::of(&evidence.attempt),
            requests_sent: Some(evidence.requests_sent()),
            attempts: evidence.earlier.iter().map(AttemptRecord::of).collect(),
            elapsed_ms: milliseconds(evidence.elapsed),
            clock_ahead_s: evidence.clock_ahead.map(|ahead| ahead.num_seconds()),
            deadline: evidence.deadline.map(to_china_time),
            ..Self::new(&evidence.operation)
        }
    }

    /// Of a call that ended.
    pub(crate) fn of_end(end: &impl CallEnd) -> Self {
        let mut record = Self::of(end.evidence());
        record.last.reason = end.reason().map(ToOwned::to_owned);
        record.last.detail = record.last.detail.or_else(|| Some(in_words(end.cause()?)));
        record.discrepancies = DiscrepancyRecord::of_all(end.discrepancies());
        record
    }
}

/// As a record has it ([`EvidenceRecord`]): without the reply's body.
impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        EvidenceRecord::of(self).serialize(serializer)
    }
}

/// One try at sending the request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// Why it broke off, or why the outcome is not sent or unknown.
    pub reason: Option<String>,
    /// The same in words, masked.
    pub detail: Option<String>,
    /// The nonce it was signed with.
    pub attempt_id: Option<String>,
    /// The timestamp it was signed with: `yyyyMMddHHmmss` in UTC+8.
    pub timestamp: Option<String>,
    /// The last step reached.
    pub phase: Option<String>,
    /// Bytes of the request that may have been sent,
    pub request_bytes_written: Option<u64>,
    /// of so many.
    pub request_bytes_total: Option<u64>,
    /// Bytes of the reply that came.
    pub reply_bytes_read: Option<u64>,
    /// HTTP status of the reply.
    pub http_status: Option<u16>,
    /// Whether the connection had served an earlier call.
    pub connection_reused: Option<bool>,
    /// `true` where the end of the request may have been written after its send window, so that it
    /// may be carried out later than was reckoned with; else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_write: Option<bool>,
    /// When each step ended, from the attempt's start.
    pub timings_ms: TimingsRecord,
}

impl AttemptRecord {
    /// Of this attempt.
    pub fn of(attempt: &Attempt) -> Self {
        let progress = attempt.progress.as_ref();
        let timings = progress.map(|progress| progress.timings);
        Self {
            reason: attempt.failure.map(|failure| failure.to_string()),
            detail: attempt.detail.as_deref().map(masked),
            attempt_id: attempt.id.map(|id| id.to_string()),
            timestamp: attempt.timestamp.map(|timestamp| timestamp.to_string()),
            phase: progress.map(|progress| progress.phase.to_string()),
            request_bytes_written: progress.map(|progress| progress.request_bytes_written),
            request_bytes_total: progress.map(|progress| progress.request_bytes_total),
            reply_bytes_read: progress.map(|progress| progress.reply_bytes_read),
            http_status: attempt.status(),
            connection_reused: progress.map(|progress| progress.reused),
            late_write: progress.and_then(|progress| progress.late_write.then_some(true)),
            timings_ms: TimingsRecord::of(timings.unwrap_or_default()),
        }
    }
}

/// As a record has it ([`AttemptRecord`]).
impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AttemptRecord::of(self).serialize(serializer)
    }
}

/// Milliseconds from the attempt's start to the end of each step that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimingsRecord {
    /// A connection was at hand.
    pub connected: Option<f64>,
    /// The last byte of the request was written.
    pub sent: Option<f64>,
    /// The reply head was received.
    pub head: Option<f64>,
    /// The attempt ended.
    pub ended: Option<f64>,
}

impl TimingsRecord {
    fn of(timings: AttemptTimings) -> Self {
        Self {
            connected: timings.connected.map(milliseconds),
            sent: timings.sent.map(milliseconds),
            head: timings.head.map(milliseconds),
            ended: timings.ended.map(milliseconds),
        }
    }
}

/// Where a reply is about something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DiscrepancyRecord {
    /// The reply's field.
    pub field: String,
    /// What the request leads one to expect.
    pub expected: String,
    /// What the reply says.
    pub received: String,
}

impl DiscrepancyRecord {
    /// Each of these, masked.
    pub fn of_all(discrepancies: &[Discrepancy]) -> Vec<Self> {
        let one = |discrepancy: &Discrepancy| Self {
            field: discrepancy.field.to_string(),
            expected: masked(&discrepancy.expected),
            received: masked(&discrepancy.received),
        };
        discrepancies.iter().map(one).collect()
    }
}

/// To the microsecond: a float's other digits say nothing.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// An error and its causes, masked.
fn in_words(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    masked(&texts.join(": "))
}

fn masked(text: &str) -> String {
    mask_card_numbers(text).into_owned()
}

//! What an outcome rests on, as a report has it.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use ums_client::model::Discrepancy;
use ums_client::{Attempt, Evidence, Outcome, UnknownReason};

use super::{excerpt, milliseconds};
use crate::masked;
use crate::table::masked as masked_text;
use crate::time;

#[derive(Debug, Serialize)]
pub(super) struct EvidenceReport {
    pub(super) operation: String,
    #[serde(flatten)]
    pub(super) last: AttemptReport,
    /// `None` when the call was cut short and nobody counted.
    pub(super) requests_sent: Option<usize>,
    pub(super) attempts: Vec<AttemptReport>,
    pub(super) elapsed_ms: f64,
    pub(super) url: Option<String>,
    pub(super) clock_ahead_s: Option<i64>,
    pub(super) deadline: Option<String>,
    pub(super) discrepancies: Vec<DiscrepancyReport>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct AttemptReport {
    pub(super) reason: Option<&'static str>,
    pub(super) detail: Option<String>,
    pub(super) attempt_id: Option<String>,
    pub(super) timestamp: Option<String>,
    pub(super) phase: Option<&'static str>,
    pub(super) request_bytes_written: Option<u64>,
    pub(super) request_bytes_total: Option<u64>,
    pub(super) reply_bytes_read: Option<u64>,
    pub(super) http_status: Option<u16>,
    pub(super) connection_reused: Option<bool>,
    pub(super) timings_ms: TimingsReport,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct TimingsReport {
    connected: Option<f64>,
    sent: Option<f64>,
    head: Option<f64>,
    ended: Option<f64>,
}

/// Where a reply is about something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DiscrepancyReport {
    field: String,
    expected: String,
    received: String,
}

/// A reply: a JSON object as it came, or whatever else came as text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum ReplyText {
    Object(Box<RawValue>),
    Text(String),
}

impl EvidenceReport {
    pub(super) fn of<R>(outcome: &Outcome<R>, url: String) -> Self {
        let evidence = outcome.evidence();
        let mut last = AttemptReport::of(&evidence.attempt);
        last.reason = outcome.reason();
        last.detail = detail(outcome);
        Self {
            operation: evidence.operation.clone(),
            last,
            requests_sent: Some(evidence.requests_sent()),
            attempts: evidence.earlier.iter().map(AttemptReport::of).collect(),
            elapsed_ms: milliseconds(evidence.elapsed),
            url: Some(url),
            clock_ahead_s: evidence.clock_ahead.map(|ahead| ahead.num_seconds()),
            deadline: evidence.deadline.map(time::in_china),
            discrepancies: DiscrepancyReport::of_all(discrepancies(outcome)),
        }
    }

    /// Of a call of which only this is known.
    pub(super) fn cut_short(operation: &str, last: AttemptReport, elapsed: Duration) -> Self {
        Self {
            operation: operation.to_owned(),
            last,
            requests_sent: Some(0),
            attempts: Vec::new(),
            elapsed_ms: milliseconds(elapsed),
            url: None,
            clock_ahead_s: None,
            deadline: None,
            discrepancies: Vec::new(),
        }
    }
}

fn discrepancies<R>(outcome: &Outcome<R>) -> &[Discrepancy] {
    match outcome {
        Outcome::Approved(approved) => &approved.discrepancies,
        Outcome::Unknown(unknown) => match &unknown.reason {
            UnknownReason::Discrepancy(discrepancies) => discrepancies,
            _ => &[],
        },
        Outcome::Declined(_) | Outcome::NotSent(_) => &[],
    }
}

impl DiscrepancyReport {
    pub(super) fn of_all(discrepancies: &[Discrepancy]) -> Vec<Self> {
        let one = |discrepancy: &Discrepancy| Self {
            field: discrepancy.field.to_string(),
            expected: masked_text(&discrepancy.expected),
            received: masked_text(&discrepancy.received),
        };
        discrepancies.iter().map(one).collect()
    }

    /// For a person.
    pub(super) fn line(&self) -> String {
        let Self {
            field,
            expected,
            received,
        } = self;
        format!("{field}: {expected} ≠ {received}")
    }
}

impl ReplyText {
    pub(super) fn of(evidence: &Evidence) -> Option<Self> {
        let received = evidence.received.as_ref();
        if received.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(received);
        let text_of = || Self::Text(masked::text(&text));
        Some(masked::object(&text).map_or_else(text_of, Self::Object))
    }

    /// The beginning of it, for a person.
    pub(super) fn excerpt(&self) -> String {
        match self {
            Self::Object(raw) => excerpt(raw.get()),
            Self::Text(text) => excerpt(text),
        }
    }
}

impl AttemptReport {
    pub(super) fn of(attempt: &Attempt) -> Self {
        let progress = attempt.progress.as_ref();
        let timings = progress
            .map(|progress| progress.timings)
            .unwrap_or_default();
        Self {
            reason: attempt.failure.map(|failure| failure.as_str()),
            detail: attempt.detail.as_deref().map(masked_text),
            attempt_id: attempt.id.map(|id| id.to_string()),
            timestamp: attempt.timestamp.map(|timestamp| timestamp.to_string()),
            phase: progress.map(|progress| progress.phase.as_str()),
            request_bytes_written: progress.map(|progress| progress.request_bytes_written),
            request_bytes_total: progress.map(|progress| progress.request_bytes_total),
            reply_bytes_read: progress.map(|progress| progress.reply_bytes_read),
            http_status: attempt.status(),
            connection_reused: progress.map(|progress| progress.reused),
            timings_ms: TimingsReport {
                connected: timings.connected.map(milliseconds),
                sent: timings.sent.map(milliseconds),
                head: timings.head.map(milliseconds),
                ended: timings.ended.map(milliseconds),
            },
        }
    }
}

/// The reason in words, with its causes.
fn detail<R>(outcome: &Outcome<R>) -> Option<String> {
    let of_attempt = outcome.evidence().attempt.detail.as_deref();
    let of_attempt = of_attempt.map(masked_text);
    of_attempt.or_else(|| {
        let reason: &dyn std::error::Error = match outcome {
            Outcome::Approved(_) | Outcome::Declined(_) => return None,
            Outcome::NotSent(not_sent) => &not_sent.reason,
            Outcome::Unknown(unknown) => &unknown.reason,
        };
        let causes = std::iter::successors(Some(reason), |error| error.source());
        let texts: Vec<_> = causes.map(ToString::to_string).collect();
        Some(masked_text(&texts.join(": ")))
    })
}

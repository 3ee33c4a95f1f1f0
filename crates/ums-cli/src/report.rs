//! How a call is told: one JSON object for a script, a sentence and a table for
//! a person.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use ums_client::{
    Attempt, Evidence, Language, NextStep, Outcome, OutcomeKind, Sending, mask_card_numbers,
};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::table::{Row, table};

/// A call as it ended. Serialized, it is the object that `--json` prints; its
/// shape is part of the command line's contract and told in `ums void --help`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    outcome: &'static str,
    err_code: Option<String>,
    err_info: Option<String>,
    reply: Option<ReplyText>,
    evidence: EvidenceReport,
    next: &'static str,
    next_step: &'static str,
    #[serde(skip)]
    exit: Exit,
    #[serde(skip)]
    sentence: String,
}

/// The reply: a JSON object as it came, or whatever else came as text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ReplyText {
    Object(Box<RawValue>),
    Text(String),
}

#[derive(Debug, Serialize)]
struct EvidenceReport {
    operation: String,
    #[serde(flatten)]
    last: AttemptReport,
    /// `None` when the call was cut short and nobody counted.
    requests_sent: Option<usize>,
    attempts: Vec<AttemptReport>,
    elapsed_ms: f64,
    url: Option<String>,
    clock_ahead_s: Option<i64>,
    discrepancies: Vec<DiscrepancyReport>,
}

#[derive(Debug, Default, Serialize)]
struct AttemptReport {
    reason: Option<&'static str>,
    detail: Option<String>,
    attempt_id: Option<String>,
    timestamp: Option<String>,
    phase: Option<&'static str>,
    request_bytes_written: Option<u64>,
    request_bytes_total: Option<u64>,
    reply_bytes_read: Option<u64>,
    http_status: Option<u16>,
    connection_reused: Option<bool>,
    timings_ms: TimingsReport,
}

#[derive(Debug, Default, Serialize)]
struct TimingsReport {
    connected: Option<f64>,
    sent: Option<f64>,
    head: Option<f64>,
    ended: Option<f64>,
}

#[derive(Debug, Serialize)]
struct DiscrepancyReport {
    field: String,
    expected: String,
    received: String,
}

impl Report {
    /// A call that the client brought to its end.
    pub(crate) fn of_outcome<R>(outcome: &Outcome<R>, url: String, language: Language) -> Self {
        let evidence = outcome.evidence();
        let mut last = AttemptReport::of(&evidence.attempt);
        last.reason = outcome.reason();
        last.detail = detail(outcome);
        let discrepancies = match outcome {
            Outcome::Approved(approved) => approved.discrepancies.as_slice(),
            _ => &[],
        };
        let next = outcome.next_step();
        Self {
            outcome: outcome.kind().as_str(),
            err_code: outcome.err_code().map(str::to_owned),
            err_info: outcome.err_info().map(str::to_owned),
            reply: ReplyText::of(evidence),
            evidence: EvidenceReport {
                operation: evidence.operation.clone(),
                last,
                requests_sent: Some(evidence.requests_sent()),
                attempts: evidence.earlier.iter().map(AttemptReport::of).collect(),
                elapsed_ms: milliseconds(evidence.elapsed),
                url: Some(url),
                clock_ahead_s: evidence.clock_ahead.map(|ahead| ahead.num_seconds()),
                discrepancies: discrepancies
                    .iter()
                    .map(|discrepancy| DiscrepancyReport {
                        field: discrepancy.field.to_string(),
                        expected: discrepancy.expected.to_string(),
                        received: discrepancy.received.to_string(),
                    })
                    .collect(),
            },
            next: next.sentence(language),
            next_step: next.as_str(),
            exit: outcome.kind().into(),
            sentence: outcome.explain(language),
        }
    }

    /// A call that never started.
    pub(crate) fn of_failure(operation: &str, failure: &Failure, language: Language) -> Self {
        let last = AttemptReport {
            reason: Some(failure.kind().code()),
            detail: Some(failure.to_string()),
            ..AttemptReport::default()
        };
        Self::cut_short(
            Cut {
                outcome: OutcomeKind::NotSent,
                operation,
                last,
                requests_sent: Some(0),
                elapsed: Duration::ZERO,
                url: None,
                next: failure.kind().next_step(),
            },
            language,
        )
        .with_exit(failure.kind().exit())
    }

    /// A call that a signal cut short. `sending` is the attempt that was about
    /// to put its first byte on the wire, if it came to that.
    pub(crate) fn of_interrupt(
        operation: &str,
        sending: Option<&Sending>,
        elapsed: Duration,
        url: String,
        language: Language,
    ) -> Self {
        let (outcome, next, requests_sent) = match sending {
            Some(_) => (OutcomeKind::Unknown, NextStep::Query, None),
            None => (OutcomeKind::NotSent, NextStep::SendAgain, Some(0)),
        };
        let last = AttemptReport {
            reason: Some("interrupted"),
            detail: Some("a signal ended this process before the call had ended".to_owned()),
            attempt_id: sending.map(|sending| sending.attempt.to_string()),
            timestamp: sending.map(|sending| sending.timestamp.to_string()),
            ..AttemptReport::default()
        };
        let mut report = Self::cut_short(
            Cut {
                outcome,
                operation,
                last,
                requests_sent,
                elapsed,
                url: Some(url),
                next,
            },
            language,
        );
        let what = match outcome {
            OutcomeKind::NotSent => say(
                language,
                "Not sent: interrupted before the request had begun to leave. ",
                "未发出：在请求发出之前被中断。",
            ),
            _ => say(
                language,
                "Unknown: interrupted when the request may have left; it may or may not have been \
                 carried out. ",
                "结果未知：请求可能已发出时被中断；操作可能已执行，也可能未执行。",
            ),
        };
        report.sentence = format!("{what}{}", next.sentence(language));
        report
    }

    fn cut_short(cut: Cut<'_>, language: Language) -> Self {
        Self {
            outcome: cut.outcome.as_str(),
            err_code: None,
            err_info: None,
            reply: None,
            evidence: EvidenceReport {
                operation: cut.operation.to_owned(),
                last: cut.last,
                requests_sent: cut.requests_sent,
                attempts: Vec::new(),
                elapsed_ms: milliseconds(cut.elapsed),
                url: cut.url,
                clock_ahead_s: None,
                discrepancies: Vec::new(),
            },
            next: cut.next.sentence(language),
            next_step: cut.next.as_str(),
            exit: cut.outcome.into(),
            sentence: String::new(),
        }
    }

    fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What happened and what to do now.
    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The object on one line.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The sentence, then a table: the rows of the operation, then how the call
    /// went.
    pub(crate) fn human(&self, mut rows: Vec<Row>, language: Language) -> String {
        rows.extend(self.rows(language));
        format!("{}\n\n{}", self.sentence, table(&rows))
    }

    fn rows(&self, language: Language) -> Vec<Row> {
        let say = |english, chinese| say(language, english, chinese);
        let EvidenceReport { last, url, .. } = &self.evidence;
        let mut rows = Vec::new();
        for discrepancy in &self.evidence.discrepancies {
            let DiscrepancyReport {
                field,
                expected,
                received,
            } = discrepancy;
            let text = format!("{field}: {expected} ≠ {received}");
            rows.push((say("not as requested", "与请求不一致"), text));
        }
        if let Some(ReplyText::Text(text)) = &self.reply {
            rows.push((say("reply", "应答原文"), excerpt(text)));
        }
        if let Some(reason) = last.reason {
            rows.push((say("reason", "原因代码"), reason.to_owned()));
        }
        if let Some(url) = url {
            rows.push((say("sent to", "网关地址"), url.clone()));
        }
        if let (Some(id), Some(timestamp)) = (&last.attempt_id, &last.timestamp) {
            let text = format!("{id} @ {timestamp}");
            rows.push((say("nonce, timestamp", "随机数与时间戳"), text));
        }
        if let Some(status) = last.http_status {
            rows.push((say("HTTP status", "HTTP 状态"), status.to_string()));
        }
        if let (Some(written), Some(total)) = (last.request_bytes_written, last.request_bytes_total)
        {
            let text = format!("{written} / {total}");
            rows.push((say("bytes sent", "已发字节"), text));
        }
        let text = format!("{:.0} ms", self.evidence.elapsed_ms);
        rows.push((say("took", "用时"), text));
        rows
    }
}

/// What is known of a call that did not come to an outcome of its own.
struct Cut<'a> {
    outcome: OutcomeKind,
    operation: &'a str,
    last: AttemptReport,
    requests_sent: Option<usize>,
    elapsed: Duration,
    url: Option<String>,
    next: NextStep,
}

impl ReplyText {
    fn of(evidence: &Evidence) -> Option<Self> {
        let received = evidence.received.as_ref();
        if received.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(received).into_owned();
        Some(Self::object(&text).unwrap_or(Self::Text(text)))
    }

    /// Line breaks in JSON stand between tokens only, so a space in their place
    /// keeps every token as received and the object on one line.
    fn object(text: &str) -> Option<Self> {
        let line = text.replace(['\n', '\r'], " ");
        let raw: Box<RawValue> = serde_json::from_str(&line).ok()?;
        raw.get().starts_with('{').then_some(Self::Object(raw))
    }
}

impl AttemptReport {
    fn of(attempt: &Attempt) -> Self {
        let progress = attempt.progress.as_ref();
        let timings = progress
            .map(|progress| progress.timings)
            .unwrap_or_default();
        Self {
            reason: attempt.failure.map(|failure| failure.as_str()),
            detail: attempt.detail.clone(),
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
    let of_attempt = outcome.evidence().attempt.detail.clone();
    of_attempt.or_else(|| {
        let reason: &dyn std::error::Error = match outcome {
            Outcome::Approved(_) | Outcome::Declined(_) => return None,
            Outcome::NotSent(not_sent) => &not_sent.reason,
            Outcome::Unknown(unknown) => &unknown.reason,
        };
        let causes = std::iter::successors(Some(reason), |error| error.source());
        let texts: Vec<_> = causes.map(ToString::to_string).collect();
        Some(texts.join(": "))
    })
}

/// To the microsecond: a float's other digits say nothing.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

fn excerpt(text: &str) -> String {
    const MOST: usize = 200;
    let start: String = text.chars().take(MOST).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    format!("{}{cut}", mask_card_numbers(&start))
}

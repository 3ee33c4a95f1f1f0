//! How a call is told: one JSON object for a script, a sentence and a table for
//! a person.

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use ums_client::model::Effect;
use ums_client::{
    Asked, Attempt, Evidence, Finding, Language, NextStep, Outcome, OutcomeKind, Sending,
};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::masked;
use crate::sent::SentRequest;
use crate::table::{Row, masked as masked_text, table};

/// A call as it ended. Serialized, it is the object that `--json` prints; its
/// shape is part of the command line's contract and told in [`help`].
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    outcome: &'static str,
    err_code: Option<String>,
    err_info: Option<String>,
    reply: Option<ReplyText>,
    evidence: EvidenceReport,
    next: &'static str,
    next_step: &'static str,
    state: Option<&'static str>,
    r#final: Option<bool>,
    request: Option<SentRequest>,
    settlement: Option<SettlementReport>,
    live: Option<bool>,
    #[serde(skip)]
    exit: Exit,
    #[serde(skip)]
    sentence: String,
}

/// What a query's reply says of the order or the refund it is about.
pub(crate) struct Answer {
    pub(crate) state: &'static str,
    pub(crate) is_final: bool,
    /// The same for a person.
    pub(crate) sentence: &'static str,
}

/// What queries found out about an operation, for its report.
pub(crate) struct Settled {
    pub(crate) kind: OutcomeKind,
    pub(crate) finding: Finding,
    pub(crate) queries: Vec<Asked>,
    pub(crate) elapsed: Duration,
}

impl Settled {
    /// Nothing was found out.
    pub(crate) fn open(elapsed: Duration) -> Self {
        Self {
            kind: OutcomeKind::Unknown,
            finding: Finding::Open,
            queries: Vec::new(),
            elapsed,
        }
    }
}

#[derive(Debug, Serialize)]
struct SettlementReport {
    finding: &'static str,
    queries: Vec<AskedReport>,
    elapsed_ms: f64,
}

#[derive(Debug, Serialize)]
struct AskedReport {
    outcome: &'static str,
    finding: &'static str,
    reply: Option<ReplyText>,
    #[serde(flatten)]
    attempt: AttemptReport,
    elapsed_ms: f64,
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
            err_info: outcome.err_info().map(masked_text),
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
            state: None,
            r#final: None,
            request: None,
            settlement: None,
            live: None,
            exit: outcome.kind().into(),
            sentence: outcome.explain(language),
        }
    }

    /// An operation of an earlier run, of which queries found this out.
    pub(crate) fn of_inquiry(
        request: SentRequest,
        settled: Settled,
        url: String,
        language: Language,
    ) -> Self {
        Self::cut_short(
            Cut {
                outcome: settled.kind,
                operation: &request.operation,
                last: AttemptReport::default(),
                requests_sent: Some(0),
                elapsed: settled.elapsed,
                url: Some(url),
                next: settled.finding.next_step(),
            },
            language,
        )
        .with_request(Some(request))
        .with_settlement(settled, language)
    }

    /// The report with the request that the call sent.
    pub(crate) fn with_request(self, request: Option<SentRequest>) -> Self {
        Self { request, ..self }
    }

    /// The report of a call to a gateway whose money is real, or is not.
    pub(crate) fn with_live(self, is_live: bool) -> Self {
        let live = Some(is_live);
        Self { live, ..self }
    }

    /// The report of a query that was answered so.
    pub(crate) fn with_answer(self, answer: &Answer, language: Language) -> Self {
        let next = match answer.is_final {
            true => NextStep::Done,
            false => NextStep::Query,
        };
        let sentence = match language {
            Language::Chinese => format!("{}{}", answer.sentence, next.sentence(language)),
            _ => format!("{} {}", answer.sentence, next.sentence(language)),
        };
        Self {
            state: Some(answer.state),
            r#final: Some(answer.is_final),
            next: next.sentence(language),
            next_step: next.as_str(),
            sentence,
            ..self
        }
    }

    /// The report of an operation that was settled. Without a query it says
    /// what it said before.
    pub(crate) fn with_settlement(self, settled: Settled, language: Language) -> Self {
        let Settled {
            kind,
            finding,
            queries,
            elapsed,
        } = settled;
        let asked = queries.len();
        let settlement = Some(SettlementReport {
            finding: finding.as_str(),
            queries: queries.into_iter().map(AskedReport::of).collect(),
            elapsed_ms: milliseconds(elapsed),
        });
        // An inquiry without a query, for want of time, has no sentence yet.
        if asked == 0 && !self.sentence.is_empty() {
            return Self { settlement, ..self };
        }
        let next = finding.next_step();
        Self {
            settlement,
            outcome: kind.as_str(),
            next: next.sentence(language),
            next_step: next.as_str(),
            exit: kind.into(),
            sentence: finding.explain(asked, language),
            ..self
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
        operation: (&str, Effect),
        sending: Option<&Sending>,
        elapsed: Duration,
        url: String,
        language: Language,
    ) -> Self {
        let (operation, effect) = operation;
        let (outcome, next, requests_sent) = match (sending, effect) {
            (Some(_), Effect::MovesMoney) => (OutcomeKind::Unknown, NextStep::Query, None),
            (Some(_), Effect::ReadOnly) => (OutcomeKind::Unknown, NextStep::AskAgain, None),
            (None, _) => (OutcomeKind::NotSent, NextStep::SendAgain, Some(0)),
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
        let what = match (outcome, effect) {
            (OutcomeKind::Unknown, Effect::ReadOnly) => say(
                language,
                "Unknown: interrupted before the answer came. ",
                "结果未知：在收到应答之前被中断。",
            ),
            (OutcomeKind::NotSent, _) => say(
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
            state: None,
            r#final: None,
            request: None,
            settlement: None,
            live: None,
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
        for asked in self
            .settlement
            .iter()
            .flat_map(|settlement| &settlement.queries)
        {
            rows.push((say("query", "查询"), asked.line()));
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

impl AskedReport {
    fn of(asked: Asked) -> Self {
        Self {
            outcome: asked.outcome.as_str(),
            finding: asked.finding.as_str(),
            reply: ReplyText::of(&asked.evidence),
            attempt: AttemptReport::of(&asked.evidence.attempt),
            elapsed_ms: milliseconds(asked.evidence.elapsed),
        }
    }

    /// The query for a person: what came back, or how it ended.
    fn line(&self) -> String {
        match &self.reply {
            Some(ReplyText::Object(raw)) => excerpt(raw.get()),
            Some(ReplyText::Text(text)) => excerpt(text),
            None => self.attempt.reason.unwrap_or(self.outcome).to_owned(),
        }
    }
}

impl ReplyText {
    fn of(evidence: &Evidence) -> Option<Self> {
        let received = evidence.received.as_ref();
        if received.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(received);
        let text_of = || Self::Text(masked_text(&text));
        Some(masked::object(&text).map_or_else(text_of, Self::Object))
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

/// To the microsecond: a float's other digits say nothing.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The beginning of a text.
pub(crate) fn excerpt(text: &str) -> String {
    const MOST: usize = 200;
    let start: String = text.chars().take(MOST).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    format!("{start}{cut}")
}

/// What `--json` prints and how the process ends: the same for every operation,
/// between what is special about one and its examples.
pub(crate) fn help(notes: &str, examples: &str) -> String {
    let between = if notes.is_empty() { "" } else { "\n\n" };
    format!("{notes}{between}{RESULT}\n\n{examples}")
}

const RESULT: &str = "\
Exit codes:
  0 approved, 3 declined, 4 not sent, 5 unknown; nothing was sent either with
  2 invalid input and 6 configuration or credentials.

With --json, stdout holds one object on one line:
  outcome       \"approved\", \"declined\", \"not_sent\" or \"unknown\"
  err_code      errCode of the reply, or null
  err_info      errInfo of the reply, or null; text for people
  reply         the reply: the JSON object as received, or else its text, or null.
                What looks like a card number is masked, unless it stands in a
                field that is documented to hold an identifier, a code, a date or
                an amount; a customer's code (payCode) is hidden. All other tokens
                are as received.
  evidence      what the outcome rests on:
    operation               the operation's name, for example \"void_payment\"
    reason                  why it is not_sent or unknown, as a stable code, or null
    detail                  the same in words, or null
    attempt_id, timestamp   the nonce and the timestamp that were signed
    phase                   the last step reached: resolving, connecting, handshaking,
                            sending, awaiting_reply, reading_reply, complete; or null
    request_bytes_written   bytes of the request that left, of
    request_bytes_total     so many
    reply_bytes_read        bytes of the reply that came
    http_status, connection_reused
    timings_ms              {connected, sent, head, ended}, from the attempt's start
    requests_sent           0 or 1; null when a signal cut the call short
    attempts                earlier attempts, each unsent, with the fields above
    elapsed_ms              how long the whole call took
    url                     where it went, or null
    clock_ahead_s           seconds this clock is ahead of the gateway's, when far; or null
    discrepancies           [{field, expected, received}] of a reply that approves
                            but does not match the request
  next          what to do now, in the language of --lang
  next_step     the same as a stable code: done, confirm, fix_clock, new_token,
                fix_credentials, fix_request, check_order, fix_setup, send_again,
                query, ask_again, decide
  state, final  of an answered query: what became of the order or the refund, and
                whether that is final; else null
  request       {operation, path, body}: what was sent, masked as the reply is; null
                when it did not come to a call. ums settle reads it.
  settlement    null, or what queries found after an unknown outcome:
    finding                 executed, not_executed or open; the outcome above says
                            the same as approved, declined (or not_sent) or unknown
    queries                 [{outcome, finding, reply, …}] with the fields of an attempt
    elapsed_ms              how long the settling took
  live          whether the gateway's money is real; null when it did not come to one
Numbers that are not known are null. Characters that a terminal could obey or
hide are written as \\u escapes. The object is printed for every outcome and for
every error, of the command line too.";

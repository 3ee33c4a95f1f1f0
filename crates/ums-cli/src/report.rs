//! How a call is told: one JSON object for a script, a sentence and a table for a person.

pub(crate) mod answer;
mod found;
mod help;
mod kept;
pub(crate) mod known;
mod steps;
pub(crate) mod till;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use ums_client::journal::{
    AttemptRecord, DiscrepancyRecord, EvidenceRecord, ReplyRecord, RequestRecord, RequestSecrets,
    to_china_time,
};
use ums_client::model::{Effect, Judgement};
use ums_client::{Gateway, Language, NextStep, Outcome, OutcomeKind, OutcomeRecord, Sending};

use self::answer::Answer;
pub(crate) use self::found::{Change, Found};
pub(crate) use self::help::help;
use self::known::Known;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::past::next_command::{NextCommand, Past};
use crate::print::table::{Row, masked as masked_text, table};
use crate::print::visible::excerpt;

/// A call as it ended: the object that `--json` prints, whose shape is part of the command line's
/// contract and told in [`help()`], and how a person is told.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Report {
    record: OutcomeRecord,
    #[serde(skip)]
    exit: Exit,
    #[serde(skip)]
    sentence: String,
}

/// Where a call goes.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The gateway.
    pub(crate) gateway: String,
    /// The path below it.
    pub(crate) path: String,
    /// Whether its money is real.
    pub(crate) is_live: bool,
}

impl Place {
    /// The gateway and the path.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.gateway, self.path)
    }

    fn gateway(&self) -> Gateway<'_> {
        match self.is_live {
            true => Gateway::live(&self.gateway),
            false => Gateway::test(&self.gateway),
        }
    }
}

/// The operation that a report is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) effect: Effect,
    /// Whether it asks what became of something, so that a refusal of the question says nothing of
    /// that.
    pub(crate) asks: bool,
}

impl Report {
    /// A call that the client brought to its end.
    pub(crate) fn of_outcome<R>(
        outcome: &Outcome<R>,
        named: Named<'_>,
        place: &Place,
        language: Language,
    ) -> Self {
        let gateway = place.gateway();
        let record = OutcomeRecord::of_end(outcome)
            .at_gateway(gateway, &place.path)
            .in_language(language);
        let reads = named.effect == Effect::ReadOnly;
        let (exit, sentence) = match outcome {
            Outcome::Declined(declined) if named.asks => (
                Exit::Unknown,
                refused_question(&declined.judgement, record.next_step, language),
            ),
            Outcome::Approved(_) if reads => (Exit::Success, outcome.explain(language)),
            _ => (outcome.kind().into(), outcome.explain(language)),
        };
        Self {
            record,
            exit,
            sentence,
        }
    }

    /// A call that never started.
    pub(crate) fn of_failure(operation: &str, failure: &Failure, language: Language) -> Self {
        if operation == RESOLVE {
            return Self::of_unasked(operation, failure, language);
        }
        let cut = Cut {
            outcome: OutcomeKind::NotSent,
            operation,
            last: of_reason(failure),
            elapsed: Duration::ZERO,
            next: failure.kind().next_step(),
        };
        let mut report = Self::cut_short(cut, language);
        report.record.may_repeat = failure.kind().may_repeat();
        report.record.call = failure.call().map(ToOwned::to_owned);
        Self {
            exit: failure.kind().exit(),
            ..report
        }
    }

    /// A question about an operation that could not be asked. Whatever stopped it, of the operation
    /// nothing is known that was not known before.
    pub(crate) fn of_unasked(operation: &str, failure: &Failure, language: Language) -> Self {
        let cut = Cut {
            outcome: OutcomeKind::Unknown,
            operation,
            last: of_reason(failure),
            elapsed: Duration::ZERO,
            next: NextStep::FixThenQuery,
        };
        Self::cut_short(cut, language)
            .with_requests_sent(None)
            .with_found(Found::unasked(failure), language)
    }

    /// An operation of an earlier run, of which no more is known than this.
    pub(crate) fn of_past(operation: &str, past: Past, place: &Place, language: Language) -> Self {
        let Past {
            signed_at,
            deadline,
            err_code,
            ..
        } = past;
        let mut last = AttemptRecord::default();
        last.timestamp = signed_at;
        let cut = Cut {
            outcome: OutcomeKind::Unknown,
            operation,
            last,
            elapsed: Duration::ZERO,
            next: NextStep::Query,
        };
        let mut report = Self::cut_short(cut, language)
            .at(place)
            .with_requests_sent(None);
        report.record.evidence.deadline = deadline;
        report.record.err_code = err_code;
        report
    }

    /// A call that a signal cut short. `sending` is the attempt that was about to put its first
    /// byte on the wire, if it came to that, and `deadline` when its time would have been up.
    pub(crate) fn of_interrupt(
        named: Named<'_>,
        sending: Option<&Sending>,
        deadline: Option<DateTime<Utc>>,
        elapsed: Duration,
        place: &Place,
        language: Language,
    ) -> Self {
        let (outcome, next, requests_sent) = match (sending, named.effect) {
            (Some(_), Effect::MovesMoney) => (OutcomeKind::Unknown, NextStep::Query, None),
            (Some(_), Effect::ReadOnly) => (OutcomeKind::Unknown, NextStep::AskAgain, None),
            (None, _) => (OutcomeKind::NotSent, NextStep::SendAgain, Some(0)),
        };
        let mut last = AttemptRecord::default();
        last.reason = Some(INTERRUPTED.to_owned());
        last.detail = Some("a signal ended this process before the call had ended".to_owned());
        last.attempt_id = sending.map(|sending| sending.attempt.to_string());
        last.timestamp = sending.map(|sending| sending.timestamp.to_string());
        let cut = Cut {
            outcome,
            operation: named.name,
            last,
            elapsed,
            next,
        };
        let mut report = Self::cut_short(cut, language)
            .at(place)
            .with_requests_sent(requests_sent);
        let what = match (outcome, named.effect) {
            (OutcomeKind::Unknown, Effect::ReadOnly) => say(
                language,
                "Unknown: interrupted before the answer came. ",
                "状态未知：在收到应答之前被中断。",
            ),
            (OutcomeKind::NotSent, _) => say(
                language,
                "Not sent: interrupted before the request had begun to leave. ",
                "未发送：在请求发出之前被中断。",
            ),
            _ => say(
                language,
                "Unknown: interrupted when the request may have left; it may or may not have been \
                 carried out. ",
                "交易状态未知：请求可能已发出时被中断；资金可能已变动，也可能没有。",
            ),
        };
        report.sentence = format!("{what}{}", report.record.next);
        report.record.evidence.deadline = deadline.map(to_china_time);
        report
    }

    fn cut_short(cut: Cut<'_>, language: Language) -> Self {
        let Cut {
            outcome,
            operation,
            last,
            elapsed,
            next,
        } = cut;
        let mut record = OutcomeRecord::new(operation, outcome.into(), next).in_language(language);
        record.evidence.last = last;
        record.evidence.elapsed_ms = milliseconds(elapsed);
        Self {
            record,
            exit: outcome.into(),
            sentence: String::new(),
        }
    }

    fn at(mut self, place: &Place) -> Self {
        self.record = self.record.at_gateway(place.gateway(), &place.path);
        self
    }

    fn with_requests_sent(mut self, requests_sent: Option<usize>) -> Self {
        self.record.evidence.requests_sent = requests_sent;
        self
    }

    /// The report with the request that the call sent.
    pub(crate) fn with_request(mut self, request: Option<RequestRecord>) -> Self {
        self.record.request = request;
        self
    }

    /// The report with what its request and its reply say of it.
    pub(crate) fn with_particulars(mut self) -> Self {
        self.record = self.record.with_particulars();
        self
    }

    /// The report without the request's own secrets wherever the gateway repeated them.
    pub(crate) fn without(mut self, secrets: &RequestSecrets) -> Self {
        secrets.hide_in(&mut self.record);
        self.sentence = secrets.hide(&self.sentence);
        self
    }

    /// The report with what was known before the signal.
    pub(crate) fn with_known(mut self, known: Known) -> Self {
        let Known {
            err_code,
            reply,
            deadline,
        } = known;
        if deadline.is_some() {
            self.record.evidence.deadline = deadline;
        }
        self.record.err_code = err_code;
        self.record.reply = reply;
        self
    }

    /// The report of a query that was answered so.
    pub(crate) fn with_answer(mut self, answer: &Answer, language: Language) -> Self {
        let step = match answer.exit {
            Exit::Unknown => NextStep::AskAgain,
            _ => NextStep::Done,
        };
        self.record.next_step = step;
        self.record = self.record.in_language(language);
        self.record.state = Some(answer.state.to_owned());
        self.record.r#final = Some(answer.is_final);
        let next = &self.record.next;
        self.sentence = match language {
            Language::Chinese => format!("{}{next}", answer.sentence),
            Language::English => format!("{} {next}", answer.sentence),
        };
        self.exit = answer.exit;
        self
    }

    /// The report of an operation that was resolved. Where it needed no query it says what it said
    /// before.
    pub(crate) fn with_found(mut self, found: Found, language: Language) -> Self {
        let needed_none = found.queries() == 0 && !found.conclusion().is_unknown();
        let change = found.change(&self.record.evidence.operation, language);
        self.record
            .evidence
            .discrepancies
            .extend(change.discrepancies.iter().cloned());
        self.record.stands = change.stands;
        self.record.resolution = Some(change.resolution);
        if needed_none {
            return self;
        }
        self.record.outcome = change.outcome;
        self.record.as_of = change.as_of;
        self.record.next = change.next;
        self.record.next_step = change.next_step;
        self.record.may_repeat = change.may_repeat;
        Self {
            record: self.record,
            exit: change.exit,
            sentence: change.sentence,
        }
    }

    /// The report that names the command to run now.
    pub(crate) fn with_command(
        mut self,
        command: Option<&NextCommand>,
        language: Language,
    ) -> Self {
        if let Some(command) = command {
            self.record.next = command.after(&self.record.next, language);
            self.sentence = command.after(&self.sentence, language);
        }
        self
    }

    /// What is known of the call beside its request.
    pub(crate) fn past(&self) -> Past {
        Past {
            signed_at: self.record.evidence.last.timestamp.clone(),
            deadline: self.record.evidence.deadline.clone(),
            err_code: self.record.err_code.clone(),
            clock_ahead_s: self.record.evidence.clock_ahead_s,
            take_back_signed_at: steps::open_take_back(self.record.steps.as_deref()),
        }
    }

    /// Whether a signal cut the call short.
    pub(crate) fn was_interrupted(&self) -> bool {
        self.record.evidence.last.reason.as_deref() == Some(INTERRUPTED)
    }

    /// What to do now.
    pub(crate) fn next_step(&self) -> NextStep {
        self.record.next_step
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
        serde_json::to_string(&self.record)
    }

    /// The sentence, then a table: the rows of the operation, then how the call went. Codes and
    /// nonces are for a technician, who asks for them.
    pub(crate) fn human(&self, mut rows: Vec<Row>, verbose: bool, language: Language) -> String {
        rows.extend(self.rows(verbose, language));
        format!("{}\n\n{}", self.sentence, table(&rows))
    }

    fn rows(&self, verbose: bool, language: Language) -> Vec<Row> {
        let say = |english, chinese| say(language, english, chinese);
        let OutcomeRecord {
            evidence,
            reply,
            provenance,
            steps,
            resolution,
            ..
        } = &self.record;
        let EvidenceRecord { last, url, .. } = evidence;
        let mut rows = Vec::new();
        for discrepancy in &evidence.discrepancies {
            rows.push((
                say("not as requested", "与请求不一致"),
                difference(discrepancy),
            ));
        }
        if let Some(ReplyRecord::Text(text)) = reply {
            rows.push((say("reply", "应答原文"), excerpt(text)));
        }
        if let Some(provenance) = provenance {
            rows.push((say("refusal known from", "拒绝码依据"), provenance.clone()));
        }
        for step in steps.iter().flatten() {
            rows.push((say("step", "步骤"), steps::line(step, language)));
        }
        if let Some(resolution) = resolution {
            rows.extend(found::rows(resolution, verbose, language));
        }
        if let Some(reason) = last.reason.as_ref().filter(|_| verbose) {
            rows.push((say("reason", "原因代码"), reason.clone()));
        }
        if let Some(url) = url {
            rows.push((say("sent to", "网关地址"), url.clone()));
        }
        if let (true, Some(id), Some(timestamp)) = (verbose, &last.attempt_id, &last.timestamp) {
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
        let text = format!("{:.0} {}", evidence.elapsed_ms, say("ms", "毫秒"));
        rows.push((say("took", "耗时"), text));
        rows
    }
}

/// The name that a report gives what only resolves.
pub(crate) const RESOLVE: &str = "resolve";

/// The reason of what a signal cut short.
const INTERRUPTED: &str = "interrupted";

/// What is known of a call that did not come to an outcome of its own.
struct Cut<'a> {
    outcome: OutcomeKind,
    operation: &'a str,
    last: AttemptRecord,
    elapsed: Duration,
    next: NextStep,
}

fn of_reason(failure: &Failure) -> AttemptRecord {
    let mut attempt = AttemptRecord::default();
    attempt.reason = Some(failure.kind().code().to_owned());
    attempt.detail = Some(failure.detail());
    attempt
}

/// A question that the gateway refused to take.
fn refused_question(judgement: &Judgement, step: NextStep, language: Language) -> String {
    let code = judgement.err_code().map_or("", |code| code.as_str());
    let info = judgement.err_info().map_or("", |info| info.as_str());
    let code = masked_text(&format!("{code} {info}"));
    let next = step.sentence(language);
    let code = code.trim();
    match language {
        Language::Chinese => format!("未得到答复：网关拒绝了本次查询（应答码 {code}）。{next}"),
        _ => format!("Not answered: the gateway refused the question (errCode {code}). {next}"),
    }
}

/// To the microsecond: a float's other digits say nothing.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Where a reply is about something else, for a person.
fn difference(discrepancy: &DiscrepancyRecord) -> String {
    let DiscrepancyRecord {
        field,
        expected,
        received,
        ..
    } = discrepancy;
    format!("{field}: {expected} ≠ {received}")
}

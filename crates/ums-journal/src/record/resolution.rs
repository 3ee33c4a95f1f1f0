//! What was asked about a call, and which calls were made at the till, as a record has them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::end::CallEnd;
use super::evidence::{AttemptRecord, DiscrepancyRecord, milliseconds};
use super::outcome::RecordedOutcome;
use super::reply::ReplyRecord;
use crate::evidence::Evidence;
use crate::mask::mask_card_numbers;

/// What queries found after an unknown outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResolutionRecord {
    /// What became of the operation.
    pub conclusion: RecordedOutcome,
    /// What "not executed" rests on.
    pub basis: Option<String>,
    /// Why nothing is certain.
    pub still_open: Option<String>,
    /// Each query, in order.
    pub queries: Vec<AskedRecord>,
    /// How the operation ended when it was sent once more.
    pub repeated: Option<RepeatedRecord>,
    /// Why it could not be asked.
    pub reason: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
    /// How long the resolving took.
    pub elapsed_ms: f64,
}

impl ResolutionRecord {
    /// Of this conclusion, which took so long.
    pub fn new(conclusion: RecordedOutcome, elapsed: Duration) -> Self {
        Self {
            conclusion,
            basis: None,
            still_open: None,
            queries: Vec::new(),
            repeated: None,
            reason: None,
            detail: None,
            elapsed_ms: milliseconds(elapsed),
        }
    }
}

/// One query about an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AskedRecord {
    /// How the query itself ended.
    pub outcome: RecordedOutcome,
    /// What its answer says of the operation.
    pub finding: String,
    /// Where the answer is about something else.
    pub discrepancies: Vec<DiscrepancyRecord>,
    /// The answer, masked.
    pub reply: Option<ReplyRecord>,
    /// How it went. Its members stand beside these.
    #[serde(flatten)]
    pub attempt: AttemptRecord,
    /// How long it took.
    pub elapsed_ms: f64,
}

impl AskedRecord {
    /// A query that ended so and found this.
    pub fn new(
        outcome: RecordedOutcome,
        finding: &str,
        discrepancies: Vec<DiscrepancyRecord>,
        evidence: &Evidence,
    ) -> Self {
        Self {
            outcome,
            finding: finding.to_owned(),
            discrepancies,
            reply: ReplyRecord::of(&evidence.received),
            attempt: AttemptRecord::of(&evidence.attempt),
            elapsed_ms: milliseconds(evidence.elapsed),
        }
    }
}

/// How an operation ended when it was sent once more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RepeatedRecord {
    /// How it ended.
    pub outcome: RecordedOutcome,
    /// `errCode` of the reply.
    pub err_code: Option<String>,
    /// How it went. Its members stand beside these.
    #[serde(flatten)]
    pub attempt: AttemptRecord,
}

impl RepeatedRecord {
    /// Of this end.
    pub fn of(end: &impl CallEnd) -> Self {
        let err_code = end.judgement().and_then(|judgement| judgement.err_code());
        Self {
            outcome: end.kind().into(),
            err_code: err_code.map(|code| mask_card_numbers(code).into_owned()),
            attempt: AttemptRecord::of(&end.evidence().attempt),
        }
    }
}

/// One call of several, at the till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepRecord {
    /// What it was for: `pay`, `query` or `take_back`.
    pub step: String,
    /// The operation's name.
    pub operation: String,
    /// How it ended. `None` when it was cut short.
    pub outcome: Option<RecordedOutcome>,
    /// `errCode` of the reply.
    pub err_code: Option<String>,
    /// The nonce it was signed with.
    pub attempt_id: Option<String>,
    /// The timestamp it was signed with: `yyyyMMddHHmmss` in UTC+8.
    pub timestamp: Option<String>,
}

impl StepRecord {
    /// A step of which nothing else is known.
    pub fn new(step: &str, operation: &str) -> Self {
        Self {
            step: step.to_owned(),
            operation: operation.to_owned(),
            outcome: None,
            err_code: None,
            attempt_id: None,
            timestamp: None,
        }
    }
}

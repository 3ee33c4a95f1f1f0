//! What is known of a call step by step, as a record has it.

use serde::{Deserialize, Serialize};

use crate::china_time::to_china_time;
use crate::fact::entry::{Fact, FactKind};
use crate::fact::recorded::RecordedFact;

/// One fact of a call's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryRecord {
    /// Its number in the journal.
    pub number: u64,
    /// When it was written down (RFC 3339, UTC+8).
    pub at: String,
    /// The attempt that it is about.
    pub attempt: Option<u32>,
    /// What kind of fact it is: `intended`, `sending`, `ended`, `resolved`, …
    pub fact: String,
    /// What it says in one word: the outcome, the finding, the state that an answer named, the
    /// alarm.
    pub says: Option<String>,
    /// The person behind it.
    pub by: Option<String>,
    /// Why, in a person's words; or the reason's stable name.
    pub reason: Option<String>,
    /// What a person rests it on.
    pub evidence: Option<String>,
    /// The open calls that it began in spite of.
    #[serde(default)]
    pub despite: Vec<String>,
}

impl HistoryRecord {
    /// Of a fact as a journal holds it.
    #[must_use]
    pub fn of(recorded: &RecordedFact) -> Self {
        let fact = recorded.fact();
        let mut record = Self {
            number: recorded.number(),
            at: to_china_time(recorded.at().at),
            attempt: fact.attempt.map(|attempt| attempt.get()),
            fact: fact.what.as_str().to_owned(),
            says: says(fact),
            by: None,
            reason: None,
            evidence: None,
            despite: Vec::new(),
        };
        match &fact.what {
            FactKind::Intended(intended) => {
                record.by = intended.by.as_ref().map(ToString::to_string);
                record.despite = intended.despite.iter().map(ToString::to_string).collect();
            }
            FactKind::IntendedAgain(again) => {
                record.despite = again.despite.iter().map(ToString::to_string).collect();
            }
            FactKind::Ended(ended) => record.reason.clone_from(&ended.reason),
            FactKind::Closed(closed) => {
                record.by = Some(closed.by.to_string());
                record.reason = Some(closed.reason.to_string());
                record.evidence = Some(closed.evidence.to_string());
            }
            _ => {}
        }
        record
    }
}

fn says(fact: &Fact) -> Option<String> {
    let word = match &fact.what {
        FactKind::Recovered(recovered) => recovered.outcome.as_str(),
        FactKind::Ended(ended) => ended.outcome.as_str(),
        FactKind::Asked(asked) => asked.state.as_deref()?,
        FactKind::Resolved(resolved) => resolved.finding.as_str(),
        FactKind::AwaitingStatement(awaiting) => return Some(awaiting.day.to_string()),
        FactKind::Closed(closed) => closed.closed_as.as_str(),
        FactKind::Stated(stated) if stated.is_executed => "executed",
        FactKind::Stated(_) => "not_executed",
        FactKind::Alarm(alarm) => alarm.alarm.as_str(),
        FactKind::CountedBy(counted) => counted.call.as_str(),
        _ => return None,
    };
    Some(word.to_owned())
}

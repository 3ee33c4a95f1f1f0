//! What was found out, as a record has it.

use std::time::Duration;

use ums_journal::{
    AskedRecord, DiscrepancyRecord, Gateway, Language, MayRepeat, OutcomeRecord, RecordedOutcome,
    RepeatedRecord, ResolutionRecord, to_china_time,
};
use ums_model::{Discrepancy, Finding, Operation};

use super::conclusion::{Conclusion, StillOpen};
use super::{Asked, Resolution};

impl<R> Resolution<R> {
    /// The record of the operation and of what was found out about it, with `next` in English: what
    /// `ums … --json --resolve` prints.
    pub fn to_record<O: Operation>(&self, operation: &O, gateway: Gateway<'_>) -> OutcomeRecord {
        let mut record = OutcomeRecord::of(operation, &self.outcome, gateway);
        let mut resolution = self.conclusion.to_record(&self.queries, self.elapsed);
        resolution.repeated = self.repeated.as_ref().map(RepeatedRecord::of);
        record.resolution = Some(resolution);
        record.stands = self.conclusion.recorded_stands();
        // Where no query was needed it says what it said before.
        if !self.queries.is_empty() || self.conclusion.is_unknown() {
            record.outcome = RecordedOutcome::from(&self.conclusion);
            record.as_of = self.conclusion.recorded_as_of();
            record.next_step = self.conclusion.next_step();
            record.may_repeat = MayRepeat::of(record.outcome, operation.name());
            record = record.in_language(Language::English);
        }
        let found = DiscrepancyRecord::of_all(self.conclusion.discrepancies());
        record.evidence.discrepancies.extend(found);
        record
    }
}

impl Conclusion {
    /// What these queries found, in so much time.
    pub fn to_record(&self, queries: &[Asked], elapsed: Duration) -> ResolutionRecord {
        let mut record = ResolutionRecord::new(self.into(), elapsed);
        match self {
            Self::NotExecuted { basis, .. } => record.basis = Some(basis.to_string()),
            Self::Unknown(open) => record.still_open = Some(open.as_str().to_owned()),
            Self::Approved { .. } | Self::Declined | Self::NotSent => {}
        }
        record.queries = queries.iter().map(AskedRecord::from).collect();
        record
    }

    /// Of "not executed": when the question was sent whose answer said so, as a record has it.
    pub fn recorded_as_of(&self) -> Option<String> {
        match self {
            Self::NotExecuted { as_of, .. } => Some(to_china_time(*as_of)),
            _ => None,
        }
    }

    /// Of an approval: whether it is still in force.
    pub fn recorded_stands(&self) -> Option<bool> {
        match self {
            Self::Approved { stands } => Some(*stands),
            _ => None,
        }
    }

    /// Where the last answer was about something else.
    pub fn discrepancies(&self) -> &[Discrepancy] {
        match self {
            Self::Unknown(StillOpen::AboutAnother(discrepancies)) => discrepancies,
            _ => &[],
        }
    }
}

impl From<&Conclusion> for RecordedOutcome {
    fn from(conclusion: &Conclusion) -> Self {
        match conclusion {
            Conclusion::Approved { .. } => Self::Approved,
            Conclusion::Declined => Self::Declined,
            Conclusion::NotExecuted { .. } => Self::NotExecuted,
            Conclusion::NotSent => Self::NotSent,
            Conclusion::Unknown(_) => Self::Unknown,
        }
    }
}

impl From<&Asked> for AskedRecord {
    fn from(asked: &Asked) -> Self {
        let discrepancies = match &asked.finding {
            Finding::AboutAnother(discrepancies) => DiscrepancyRecord::of_all(discrepancies),
            _ => Vec::new(),
        };
        let outcome = RecordedOutcome::of_question(asked.outcome);
        Self::new(
            outcome,
            name(&asked.finding),
            discrepancies,
            &asked.evidence,
        )
    }
}

fn name(finding: &Finding) -> &'static str {
    match finding {
        Finding::Executed { .. } => "executed",
        Finding::StatedFailure { .. } => "stated_failure",
        Finding::Absent => "absent",
        Finding::NothingToVoid => "nothing_to_void",
        Finding::OrderIdInUse => "order_id_in_use",
        Finding::AboutAnother(_) => "about_another",
        _ => "open",
    }
}

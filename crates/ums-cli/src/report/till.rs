//! A payment at the till, step by step.

use ums_client::journal::{RecordedOutcome, StepRecord};
use ums_client::model::Effect;
use ums_client::{Language, TillResult};

use super::Report;
use crate::call::interrupt::Step;
use crate::exit::Exit;

/// What the cashier is told, and how it came to that.
pub(crate) struct AtTill {
    pub(crate) result: TillResult,
    pub(crate) steps: Vec<Step>,
}

impl Report {
    /// The report of a payment at the till.
    pub(crate) fn with_till(self, till: AtTill, language: Language) -> Self {
        let AtTill { result, steps } = till;
        let words = result.words(language);
        let sentence = match (result, language) {
            // The client's sentence is about a payment that somebody else voided.
            (TillResult::TakenBack, Language::Chinese) => format!("{words}。{}", self.record.next),
            (TillResult::TakenBack, _) => format!("{words}. {}", self.record.next),
            (_, Language::Chinese) => format!("{words}。{}", self.sentence),
            (_, _) => format!("{words}. {}", self.sentence),
        };
        let mut record = self.record;
        record.till = Some(result.as_str().to_owned());
        record.steps = Some(steps.into_iter().map(recorded).collect());
        Self {
            record,
            exit: Exit::from(result),
            sentence,
        }
    }
}

/// What moves money beside the payment takes it back. A payment that was known before is no step.
fn recorded(step: Step) -> StepRecord {
    let is_for = match (step.effect, step.operation.as_str()) {
        (Effect::ReadOnly, _) => "query",
        (Effect::MovesMoney, "pay") => "pay",
        (Effect::MovesMoney, _) => "take_back",
    };
    let mut record = StepRecord::new(is_for, &step.operation);
    record.outcome = step.outcome.map(|outcome| match is_for {
        "query" => RecordedOutcome::of_question(outcome),
        _ => outcome.into(),
    });
    record.err_code = step.err_code;
    record.attempt_id = step.sending.map(|sending| sending.attempt.to_string());
    record.timestamp = step.sending.map(|sending| sending.timestamp.to_string());
    record
}

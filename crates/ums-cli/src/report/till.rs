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
        record.steps = Some(steps.into_iter().enumerate().map(recorded).collect());
        Self {
            record,
            exit: Exit::from(result),
            sentence,
        }
    }
}

/// The first step is the payment; what moves money after it takes it back.
fn recorded((place, step): (usize, Step)) -> StepRecord {
    let is_for = match (place, step.effect) {
        (0, _) => "pay",
        (_, Effect::ReadOnly) => "query",
        (_, Effect::MovesMoney) => "take_back",
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

//! A payment at the till, step by step.

use ums_client::journal::{RecordedOutcome, StepRecord};
use ums_client::{Language, TillResult};

use super::Report;
use crate::exit::Exit;
use crate::interrupt::Step;
use crate::language::word;

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

/// When a call was signed that takes the payment back and is open itself.
pub(super) fn open_take_back(steps: Option<&[StepRecord]>) -> Option<String> {
    let is_open = |step: &&StepRecord| {
        step.step == "take_back" && matches!(step.outcome, None | Some(RecordedOutcome::Unknown))
    };
    let mut steps = steps.unwrap_or_default().iter().rev();
    steps.find(is_open)?.timestamp.clone()
}

/// A step for a person.
pub(super) fn line(step: &StepRecord, language: Language) -> String {
    let operation = word(&step.operation, language);
    let outcome = step.outcome.map_or("interrupted", RecordedOutcome::as_str);
    let outcome = word(outcome, language);
    match (&step.err_code, language) {
        (Some(code), Language::Chinese) => format!("{operation}：{outcome}（应答码 {code}）"),
        (Some(code), Language::English) => format!("{operation}: {outcome} ({code})"),
        (None, Language::Chinese) => format!("{operation}：{outcome}"),
        (None, Language::English) => format!("{operation}: {outcome}"),
    }
}

fn recorded(step: Step) -> StepRecord {
    let is_for = match step.operation.as_str() {
        "pay" => "pay",
        "query" => "query",
        _ => "take_back",
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

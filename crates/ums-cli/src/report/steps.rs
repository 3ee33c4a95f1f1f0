//! The steps of a payment at the till, as they were recorded.

use ums_client::Language;
use ums_client::journal::{RecordedOutcome, StepRecord};

use crate::language::word;
use crate::past::contradiction::is_open_take_back;

/// When a call was signed that takes the payment back and is open itself.
pub(super) fn open_take_back(steps: Option<&[StepRecord]>) -> Option<String> {
    let is_open = |step: &&StepRecord| {
        is_open_take_back(&step.step, step.outcome.map(RecordedOutcome::as_str))
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

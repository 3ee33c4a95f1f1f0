//! A payment at the till, step by step.

use serde::Serialize;
use ums_client::{Language, TillResult};

use super::Report;
use super::found::of_question;
use crate::exit::Exit;
use crate::interrupt::Step;
use crate::language::word;

/// What the cashier is told, and how it came to that.
pub(crate) struct AtTill {
    pub(crate) result: TillResult,
    pub(crate) steps: Vec<Step>,
}

/// One call of several.
#[derive(Debug, Serialize)]
pub(super) struct StepReport {
    step: &'static str,
    operation: String,
    outcome: Option<&'static str>,
    err_code: Option<String>,
    attempt_id: Option<String>,
    timestamp: Option<String>,
}

impl Report {
    /// The report of a payment at the till.
    pub(crate) fn with_till(self, till: AtTill, language: Language) -> Self {
        let AtTill { result, steps } = till;
        let words = result.words(language);
        let sentence = match (result, language) {
            // The client's sentence is about a payment that somebody else voided.
            (TillResult::TakenBack, Language::Chinese) => format!("{words}。{}", self.next),
            (TillResult::TakenBack, _) => format!("{words}. {}", self.next),
            (_, Language::Chinese) => format!("{words}。{}", self.sentence),
            (_, _) => format!("{words}. {}", self.sentence),
        };
        Self {
            till: Some(result.as_str()),
            steps: Some(steps.into_iter().map(StepReport::of).collect()),
            exit: Exit::from(result),
            sentence,
            ..self
        }
    }
}

/// When a call was signed that takes the payment back and is open itself.
pub(super) fn open_take_back(steps: Option<&[StepReport]>) -> Option<String> {
    let is_open = |step: &&StepReport| {
        step.step == "take_back" && matches!(step.outcome, None | Some("unknown"))
    };
    let mut steps = steps.unwrap_or_default().iter().rev();
    steps.find(is_open)?.timestamp.clone()
}

impl StepReport {
    fn of(step: Step) -> Self {
        Self {
            step: match step.operation.as_str() {
                "pay" => "pay",
                "query" => "query",
                _ => "take_back",
            },
            outcome: step.outcome.map(|outcome| match step.operation.as_str() {
                "query" => of_question(outcome),
                _ => outcome.as_str(),
            }),
            operation: step.operation,
            err_code: step.err_code,
            attempt_id: step.sending.map(|sending| sending.attempt.to_string()),
            timestamp: step.sending.map(|sending| sending.timestamp.to_string()),
        }
    }

    /// For a person.
    pub(super) fn line(&self, language: Language) -> String {
        let operation = word(&self.operation, language);
        let outcome = word(self.outcome.unwrap_or("interrupted"), language);
        match (&self.err_code, language) {
            (Some(code), Language::Chinese) => format!("{operation}：{outcome}（应答码 {code}）"),
            (Some(code), _) => format!("{operation}: {outcome} ({code})"),
            (None, Language::Chinese) => format!("{operation}：{outcome}"),
            (None, _) => format!("{operation}: {outcome}"),
        }
    }
}

//! An outcome that an earlier run printed: the object, and what of it decides whether there is
//! anything to find out.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::value::RawValue;
use ums_client::journal::RequestRecord;
use ums_client::model::PosOperation;
use ums_client::{Language, NextStep, PastCall};

use crate::described::words::CommandWords;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::input::time;
use crate::language::{say, word};
use crate::past::contradiction::{Compared, is_open_take_back};
use crate::past::members::Members;
use crate::past::next_command::Past;
use crate::print::table::masked;
use crate::print::visible::excerpt;
use crate::report::Change;

/// An outcome as it was printed.
#[derive(Debug)]
pub(crate) struct PastOutcome {
    members: Members,
    /// The object as it came, on one line.
    line: String,
    told: Told,
}

/// What of it is looked at.
#[derive(Debug, Deserialize)]
struct Told {
    outcome: String,
    stands: Option<bool>,
    err_code: Option<String>,
    next: Option<String>,
    next_step: Option<String>,
    reply: Option<Box<RawValue>>,
    evidence: ToldEvidence,
    request: Option<RequestRecord>,
    steps: Option<Vec<ToldStep>>,
}

#[derive(Debug, Deserialize)]
struct ToldStep {
    step: String,
    outcome: Option<String>,
    timestamp: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ToldEvidence {
    timestamp: Option<String>,
    deadline: Option<String>,
    url: Option<String>,
    clock_ahead_s: Option<i64>,
}

impl PastOutcome {
    /// Every outcome in a text: of one object, or of one a line.
    ///
    /// # Errors
    ///
    /// There is none. A line that holds none is told in its place.
    pub(crate) fn all(bytes: &[u8]) -> Result<Vec<Result<Self, Failure>>, Failure> {
        let not_text = |_| {
            missing((
                "not the JSON of an outcome: it is not UTF-8",
                "不是交易结果的 JSON：编码不是 UTF-8",
            ))
        };
        let text = std::str::from_utf8(bytes).map_err(not_text)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let objects: Result<Vec<Box<RawValue>>, _> = serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect();
        let outcomes: Vec<_> = match objects {
            Ok(objects) => objects
                .iter()
                .enumerate()
                .map(|(at, object)| {
                    Self::read(object.get()).map_err(|failure| numbered(failure, at))
                })
                .collect(),
            // One line that was cut does not stop the others.
            Err(_) => text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(at, line)| Self::read(line).map_err(|failure| numbered(failure, at)))
                .collect(),
        };
        match outcomes.is_empty() {
            true => Err(missing(("it holds no outcome", "其中没有交易结果"))),
            false => Ok(outcomes),
        }
    }

    fn read(text: &str) -> Result<Self, Failure> {
        // Line breaks in JSON stand between tokens only.
        let line = text.trim().replace(['\n', '\r'], " ");
        let read = || -> serde_json::Result<Self> {
            Ok(Self {
                members: serde_json::from_str(&line)?,
                told: serde_json::from_str(&line)?,
                line,
            })
        };
        let outcome = read()
            .or_fail(FailureKind::InvalidInput)
            .map_err(|failure| {
                failure.about(("not the JSON of an outcome", "不是交易结果的 JSON"))
            })?;
        match outcome.exit() {
            Some(_) => {
                let compared: serde_json::Result<Compared> = serde_json::from_str(&outcome.line);
                compared.or_fail(FailureKind::InvalidInput)?.check()?;
                Ok(outcome)
            }
            None => {
                let given = masked(&excerpt(&outcome.told.outcome));
                Err(missing((
                    format!("{given:?} is no outcome"),
                    format!("{given:?} 不是交易结果"),
                )))
            }
        }
    }

    /// Whether there is nothing to find out: the outcome is known, or it is that of a question.
    pub(crate) fn is_known(&self) -> bool {
        let to_confirm = self.told.next_step.as_deref() == Some("confirm");
        match self.told.outcome.as_str() {
            "unknown" => self.path().is_some_and(is_question),
            "approved" => !to_confirm,
            _ => true,
        }
    }

    /// How a run with this outcome ends; `None` when it is none.
    pub(crate) fn exit(&self) -> Option<Exit> {
        Some(match (self.told.outcome.as_str(), self.told.stands) {
            ("approved", Some(false)) => Exit::Declined,
            ("approved", _) => Exit::Success,
            ("declined" | "not_executed", _) => Exit::Declined,
            ("not_sent", _) => Exit::NotSent,
            ("unknown", _) => Exit::Unknown,
            ("answered", _) => self.exit_of_answer(),
            _ => return None,
        })
    }

    /// By the state that the reply tells, as the query itself exited.
    fn exit_of_answer(&self) -> Exit {
        let Some(read) = self.path().and_then(CommandWords::answer_at) else {
            return Exit::Success;
        };
        let body = self.told.reply.as_ref().map_or("", |reply| reply.get());
        read(body, Language::English).map_or(Exit::Unknown, |answer| answer.exit)
    }

    fn path(&self) -> Option<&str> {
        let request = self.told.request.as_ref()?;
        Some(request.path.as_str())
    }

    /// The request, and where it went.
    ///
    /// # Errors
    ///
    /// It does not say.
    pub(crate) fn request(&self) -> Result<(&RequestRecord, &str), Failure> {
        let sent_to = self.told.evidence.url.as_deref();
        self.told.request.as_ref().zip(sent_to).ok_or_else(|| {
            missing((
                "it does not say which request was sent, and where to",
                "其中没有写明发送了什么请求、发往何处",
            ))
        })
    }

    /// What is known of the call.
    ///
    /// # Errors
    ///
    /// A time cannot be read. Without it an answer could pass for this call's that is not.
    pub(crate) fn call(&self) -> Result<PastCall, Failure> {
        past_call(&self.past())
    }

    /// When a call was signed that takes the payment back and is open itself.
    fn open_take_back(&self) -> Option<String> {
        let is_open = |step: &&ToldStep| is_open_take_back(&step.step, step.outcome.as_deref());
        let steps = self.told.steps.as_deref().unwrap_or_default();
        steps.iter().rev().find(is_open)?.timestamp.clone()
    }

    pub(crate) fn past(&self) -> Past {
        Past {
            signed_at: self.told.evidence.timestamp.clone(),
            deadline: self.told.evidence.deadline.clone(),
            err_code: self.told.err_code.clone(),
            clock_ahead_s: self.told.evidence.clock_ahead_s,
            take_back_signed_at: self.open_take_back(),
        }
    }

    /// The object on one line, as it came.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }

    /// What it says, for a person.
    pub(crate) fn sentence(&self, language: Language) -> String {
        let outcome = word(&self.told.outcome, language);
        // What it says itself may be in the other language.
        let code = self.told.next_step.as_deref();
        let step = NextStep::ALL
            .iter()
            .find(|step| Some(step.as_str()) == code);
        let next = step.map_or_else(
            || excerpt(self.told.next.as_deref().unwrap_or_default()),
            |step| step.sentence(language).to_owned(),
        );
        let what = say(
            language,
            "Nothing to find out: the outcome is ",
            "无需核实，结果为",
        );
        let end = say(language, ". ", "。");
        format!("{what}{outcome}{end}{}", masked(&next))
            .trim_end()
            .to_owned()
    }

    /// The object on one line, with what resolving changes in it.
    ///
    /// # Errors
    ///
    /// Never, of an object that was read.
    pub(crate) fn changed(&self, change: &Change) -> serde_json::Result<String> {
        let mut members = self.members.clone();
        members.replace(Members::of(change)?);
        if let (Some(found), Some(evidence)) = (change.evidence(), members.get("evidence")) {
            let mut evidence: Members = serde_json::from_str(evidence.get())?;
            evidence.replace(Members::of(&found)?);
            members.replace(Members::of(&Evidence { evidence })?);
        }
        serde_json::to_string(&members)
    }
}

#[derive(serde::Serialize)]
struct Evidence {
    evidence: Members,
}

/// What is known of a call that was made earlier.
///
/// # Errors
///
/// A time cannot be read.
pub(crate) fn past_call(past: &Past) -> Result<PastCall, Failure> {
    let read = |what, text: &Option<String>, read: fn(&str) -> Option<_>| match text {
        None => Ok(None),
        Some(text) => match read(text) {
            Some(time) => Ok(Some(time)),
            None => Err(missing((
                format!("{what} is no time"),
                format!("{what} 不是时间"),
            ))),
        },
    };
    let signed_at = read("evidence.timestamp", &past.signed_at, time::of_timestamp)?;
    let deadline = read("evidence.deadline", &past.deadline, time::of_rfc3339)?;
    let take_back = &past.take_back_signed_at;
    let take_back = read("the taking back's timestamp", take_back, time::of_timestamp)?;
    Ok(PastCall::new()
        .with_signed_at(signed_at)
        .with_deadline(deadline)
        .with_clock_ahead(past.clock_ahead_s.and_then(TimeDelta::try_seconds))
        .with_err_code(past.err_code.clone())
        .with_take_back_signed_at(take_back))
}

fn is_question(path: &str) -> bool {
    PosOperation::path_moves_money(path) == Some(false)
}

/// Told with its place; the first needs none.
fn numbered(failure: Failure, at: usize) -> Failure {
    match at {
        0 => failure,
        _ => failure.about((format!("outcome {}", at + 1), format!("第 {} 条", at + 1))),
    }
}

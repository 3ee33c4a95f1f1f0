//! What resolving found of an operation, and how that changes its report.

use std::time::Duration;

use serde::Serialize;
use ums_client::model::Finding;
use ums_client::{
    Asked, Conclusion, Language, NextStep, Outcome, OutcomeKind, Resolution, StillOpen,
};

use super::evidence::{AttemptReport, DiscrepancyReport, ReplyText};
use super::milliseconds;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::next_command::NextCommand;
use crate::table::Row;
use crate::time;

/// What queries found out about an operation.
pub(crate) struct Found {
    conclusion: Conclusion,
    still_open: Option<&'static str>,
    queries: Vec<Asked>,
    repeated: Option<RepeatedReport>,
    elapsed: Duration,
    /// Why nothing could be asked.
    unasked: Option<Unasked>,
}

struct Unasked {
    reason: &'static str,
    failure: Failure,
}

/// What changes in the object of an operation that was asked about: these
/// members, and its evidence's discrepancies where there are any.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    pub(super) outcome: &'static str,
    pub(super) as_of: Option<String>,
    pub(super) stands: Option<bool>,
    pub(super) next: String,
    pub(super) next_step: &'static str,
    pub(super) may_repeat: &'static str,
    pub(super) resolution: ResolutionReport,
    #[serde(skip)]
    pub(super) discrepancies: Vec<DiscrepancyReport>,
    #[serde(skip)]
    pub(super) step: NextStep,
    #[serde(skip)]
    pub(super) exit: Exit,
    #[serde(skip)]
    pub(super) sentence: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct ResolutionReport {
    conclusion: &'static str,
    basis: Option<&'static str>,
    still_open: Option<&'static str>,
    queries: Vec<AskedReport>,
    repeated: Option<RepeatedReport>,
    reason: Option<&'static str>,
    detail: Option<String>,
    elapsed_ms: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct AskedReport {
    outcome: &'static str,
    finding: &'static str,
    discrepancies: Vec<DiscrepancyReport>,
    reply: Option<ReplyText>,
    #[serde(flatten)]
    attempt: AttemptReport,
    elapsed_ms: f64,
}

#[derive(Debug, Serialize)]
struct RepeatedReport {
    outcome: &'static str,
    err_code: Option<String>,
    #[serde(flatten)]
    attempt: AttemptReport,
}

impl Found {
    pub(crate) fn new(conclusion: Conclusion, queries: Vec<Asked>, elapsed: Duration) -> Self {
        let still_open = match &conclusion {
            Conclusion::Unknown(open) => Some(open.as_str()),
            _ => None,
        };
        Self {
            conclusion,
            still_open,
            queries,
            repeated: None,
            elapsed,
            unasked: None,
        }
    }

    /// What a resolution found, and the operation's own outcome.
    pub(crate) fn of<R>(resolution: Resolution<R>) -> (Outcome<R>, Self) {
        let Resolution {
            conclusion,
            outcome,
            queries,
            repeated,
            elapsed,
            ..
        } = resolution;
        let repeated = repeated.as_ref().map(RepeatedReport::of);
        let found = Self {
            repeated,
            ..Self::new(conclusion, queries, elapsed)
        };
        (outcome, found)
    }

    /// A signal ended the asking before anything was found.
    pub(crate) fn interrupted(elapsed: Duration) -> Self {
        Self {
            still_open: Some(super::INTERRUPTED),
            ..Self::new(Conclusion::Unknown(StillOpen::TimeUp), Vec::new(), elapsed)
        }
    }

    /// It could not be asked about.
    pub(crate) fn unasked(failure: &Failure) -> Self {
        let unasked = Unasked {
            reason: failure.kind().code(),
            failure: failure.clone(),
        };
        Self {
            still_open: Some("not_asked"),
            unasked: Some(unasked),
            ..Self::new(
                Conclusion::Unknown(StillOpen::TimeUp),
                Vec::new(),
                Duration::ZERO,
            )
        }
    }

    /// Whether it could not be asked about.
    pub(crate) fn is_unasked(&self) -> bool {
        self.unasked.is_some()
    }

    /// Whether the asking came to its own end.
    pub(crate) fn came_to_its_end(&self) -> bool {
        self.unasked.is_none() && self.still_open != Some(super::INTERRUPTED)
    }

    /// How many queries it took.
    pub(super) fn queries(&self) -> usize {
        self.queries.len()
    }

    pub(super) fn conclusion(&self) -> &Conclusion {
        &self.conclusion
    }

    /// What changes in the report of the operation of this name.
    pub(crate) fn change(self, operation: &str, language: Language) -> Change {
        let Self {
            conclusion,
            still_open,
            queries,
            repeated,
            elapsed,
            unasked,
        } = self;
        let step = match unasked {
            Some(_) => NextStep::FixThenQuery,
            None => conclusion.next_step(),
        };
        let sentence = match (&unasked, still_open) {
            (Some(Unasked { failure, .. }), _) => {
                let why = failure.said(language);
                let what = say(language, "It could not be asked about: ", "未能发起核实：");
                let (end, next) = (say(language, ". ", "。"), step.sentence(language));
                format!("{what}{why}{end}{next}")
            }
            (None, Some(super::INTERRUPTED)) => {
                let what = say(
                    language,
                    "Unknown: interrupted while it was asked about; it may or may not have been \
                     carried out. ",
                    "交易状态未知：核实过程被中断；资金可能已变动，也可能没有。",
                );
                format!("{what}{}", step.sentence(language))
            }
            _ => conclusion.explain(operation, queries.len(), language),
        };
        let (as_of, basis) = match &conclusion {
            Conclusion::NotExecuted { as_of, basis } => {
                (Some(time::in_china(*as_of)), Some(basis.as_str()))
            }
            _ => (None, None),
        };
        let discrepancies = match &conclusion {
            Conclusion::Unknown(StillOpen::AboutAnother(discrepancies)) => {
                DiscrepancyReport::of_all(discrepancies)
            }
            _ => Vec::new(),
        };
        Change {
            outcome: conclusion.as_str(),
            as_of,
            stands: match &conclusion {
                Conclusion::Approved { stands } => Some(*stands),
                _ => None,
            },
            next: step.sentence(language).to_owned(),
            next_step: step.as_str(),
            may_repeat: may_repeat(&conclusion, operation),
            resolution: ResolutionReport {
                conclusion: conclusion.as_str(),
                basis,
                still_open,
                queries: queries.into_iter().map(AskedReport::of).collect(),
                repeated,
                reason: unasked.as_ref().map(|unasked| unasked.reason),
                detail: unasked.as_ref().map(|unasked| unasked.failure.detail()),
                elapsed_ms: milliseconds(elapsed),
            },
            discrepancies,
            step,
            exit: unasked.map_or(Exit::from(&conclusion), |unasked| {
                unasked.failure.kind().exit()
            }),
            sentence,
        }
    }
}

impl Change {
    /// How the run ends.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// What was found, and what to do now.
    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// What to do now.
    pub(crate) fn next_step(&self) -> NextStep {
        self.step
    }

    /// The same, naming the command to run.
    pub(crate) fn with_command(self, command: Option<&NextCommand>, language: Language) -> Self {
        let Some(command) = command else { return self };
        Self {
            next: command.after(&self.next, language),
            sentence: command.after(&self.sentence, language),
            ..self
        }
    }

    /// The members of the evidence that change.
    pub(crate) fn evidence(&self) -> Option<impl Serialize> {
        #[derive(Serialize)]
        struct Evidence<'a> {
            discrepancies: &'a [DiscrepancyReport],
        }
        let discrepancies = self.discrepancies.as_slice();
        (!discrepancies.is_empty()).then_some(Evidence { discrepancies })
    }

    /// What was asked and answered, for a person.
    pub(crate) fn rows(&self, verbose: bool, language: Language) -> Vec<Row> {
        let name = say(language, "not as requested", "与请求不一致");
        let mut rows: Vec<_> = self
            .discrepancies
            .iter()
            .map(|discrepancy| (name, discrepancy.line()))
            .collect();
        rows.extend(self.resolution.rows(verbose, language));
        rows
    }
}

/// Whether the operation may be sent again: as the same one, as a new one, or
/// not. What was not carried out as far as a query could tell can still be, so
/// that only a void, which does the same however often it is done, may follow.
fn may_repeat(conclusion: &Conclusion, operation: &str) -> &'static str {
    match conclusion {
        Conclusion::NotSent => "same_key",
        Conclusion::Declined => "new_key",
        Conclusion::NotExecuted { .. } if operation == "void_payment" => "new_key",
        Conclusion::NotExecuted { .. } | Conclusion::Approved { .. } | Conclusion::Unknown(_) => {
            "no"
        }
    }
}

impl ResolutionReport {
    pub(super) fn rows(&self, verbose: bool, language: Language) -> Vec<Row> {
        let line = |asked: &AskedReport| {
            let name = say(language, "query", "查询");
            (name, asked.line(verbose, language))
        };
        self.queries.iter().map(line).collect()
    }
}

impl AskedReport {
    fn of(asked: Asked) -> Self {
        let discrepancies = match &asked.finding {
            Finding::AboutAnother(discrepancies) => DiscrepancyReport::of_all(discrepancies),
            _ => Vec::new(),
        };
        Self {
            outcome: of_question(asked.outcome),
            finding: name(&asked.finding),
            discrepancies,
            reply: ReplyText::of(&asked.evidence),
            attempt: AttemptReport::of(&asked.evidence.attempt),
            elapsed_ms: milliseconds(asked.evidence.elapsed),
        }
    }

    /// The query for a person: what came back, or how it ended.
    pub(super) fn line(&self, verbose: bool, language: Language) -> String {
        match (&self.reply, self.attempt.reason) {
            (Some(reply), _) => reply.excerpt(),
            (None, Some(reason)) if verbose => reason.to_owned(),
            (None, _) => say(language, "no answer", "未得到答复").to_owned(),
        }
    }
}

/// How a question ended. It is answered or it is not: nothing can decline it in
/// a way that says anything of what it asks about.
pub(super) fn of_question(outcome: OutcomeKind) -> &'static str {
    match outcome {
        OutcomeKind::Approved => "answered",
        OutcomeKind::NotSent => "not_sent",
        OutcomeKind::Declined | OutcomeKind::Unknown => "unknown",
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

impl RepeatedReport {
    fn of<R>(outcome: &Outcome<R>) -> Self {
        Self {
            outcome: outcome.kind().as_str(),
            err_code: outcome.err_code().map(crate::table::masked),
            attempt: AttemptReport::of(&outcome.evidence().attempt),
        }
    }
}

//! What resolving found of an operation, and how that changes its report.

use std::time::Duration;

use serde::Serialize;
use ums_client::journal::{
    AskedRecord, DiscrepancyRecord, MayRepeat, RecordedOutcome, RepeatedRecord, ReplyRecord,
    ResolutionRecord,
};
use ums_client::{Asked, Conclusion, Language, NextStep, Outcome, Resolution, StillOpen};

use super::difference;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::say;
use crate::past::next_command::NextCommand;
use crate::print::table::Row;
use crate::print::visible::excerpt;

/// What queries found out about an operation.
pub(crate) struct Found {
    conclusion: Conclusion,
    still_open: Option<&'static str>,
    queries: Vec<Asked>,
    repeated: Option<RepeatedRecord>,
    elapsed: Duration,
    /// Why nothing could be asked.
    unasked: Option<Unasked>,
}

struct Unasked {
    reason: &'static str,
    failure: Failure,
}

/// What changes in the object of an operation that was asked about: these members, and its
/// evidence's discrepancies where there are any.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    pub(super) outcome: RecordedOutcome,
    pub(super) as_of: Option<String>,
    pub(super) stands: Option<bool>,
    pub(super) next: String,
    pub(super) next_step: NextStep,
    pub(super) may_repeat: MayRepeat,
    pub(super) resolution: ResolutionRecord,
    #[serde(skip)]
    pub(super) discrepancies: Vec<DiscrepancyRecord>,
    #[serde(skip)]
    pub(super) exit: Exit,
    #[serde(skip)]
    pub(super) sentence: String,
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
        let repeated = repeated.as_ref().map(RepeatedRecord::of);
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
        let outcome = RecordedOutcome::from(&conclusion);
        let mut resolution = conclusion.to_record(&queries, elapsed);
        resolution.still_open = still_open.map(ToOwned::to_owned);
        resolution.repeated = repeated;
        if let Some(Unasked { reason, failure }) = &unasked {
            resolution.reason = Some((*reason).to_owned());
            resolution.detail = Some(failure.detail());
        }
        Change {
            outcome,
            as_of: conclusion.recorded_as_of(),
            stands: conclusion.recorded_stands(),
            next: step.sentence(language).to_owned(),
            next_step: step,
            may_repeat: MayRepeat::of(outcome, operation),
            resolution,
            discrepancies: DiscrepancyRecord::of_all(conclusion.discrepancies()),
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
        self.next_step
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
            discrepancies: &'a [DiscrepancyRecord],
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
            .map(|discrepancy| (name, difference(discrepancy)))
            .collect();
        rows.extend(self::rows(&self.resolution, verbose, language));
        rows
    }
}

/// Each query, for a person: what came back, or how it ended.
pub(super) fn rows(resolution: &ResolutionRecord, verbose: bool, language: Language) -> Vec<Row> {
    let line = |asked: &AskedRecord| {
        let told = match (&asked.reply, &asked.attempt.reason) {
            (Some(ReplyRecord::Object(object)), _) => excerpt(object.get()),
            (Some(ReplyRecord::Text(text)), _) => excerpt(text),
            (None, Some(reason)) if verbose => reason.clone(),
            (None, _) => say(language, "no answer", "未得到答复").to_owned(),
        };
        (say(language, "query", "查询"), told)
    };
    resolution.queries.iter().map(line).collect()
}

//! The report of a call that a journal keeps.

use ums_client::journal::OutcomeRecord;
use ums_client::{Language, Outcome, OutcomeKind};
use ums_durable::journal::{StoredCall, View};

use super::{Named, Place, Report};
use crate::journal::known::{exit_of, known, sentence};
use crate::language::say;
use crate::past::next_command::NextCommand;

impl Report {
    /// A call that has just ended here, as the journal has it.
    pub(crate) fn of_kept<R>(
        outcome: &Outcome<R>,
        record: OutcomeRecord,
        named: Named<'_>,
        place: &Place,
        language: Language,
    ) -> Self {
        let report = Self::of_outcome(outcome, named, place, language);
        let unrecorded = say(
            language,
            " The journal could not be told so: ums journal list --open shows the call as unknown.",
            "交易流水未能记下此结果：ums journal list --open 会将该笔列为状态未知。",
        );
        let sentence = match record.recorded {
            Some(false) if outcome.kind() != OutcomeKind::NotSent => {
                format!("{}{unrecorded}", report.sentence)
            }
            _ => report.sentence,
        };
        Self {
            record: record.in_language(language),
            exit: report.exit,
            sentence,
        }
    }

    /// A call as the journal knows it today. `replayed`: it was known before this run, which sent
    /// nothing; `None` of one that was only looked at.
    pub(crate) fn of_known(
        call: &StoredCall,
        replayed: Option<bool>,
        command: Option<&NextCommand>,
        language: Language,
    ) -> Self {
        let mut record = known(call, language);
        record.replayed = replayed;
        if let Some(command) = command {
            record.next = command.after(&record.next, language);
        }
        Self {
            exit: exit_of(&record),
            sentence: sentence(&record, language),
            record,
        }
    }

    /// The report with what the journal says of the call that it is about.
    pub(crate) fn with_call(mut self, call: &StoredCall) -> Self {
        let View { request, state, .. } = &call.view;
        self.record = self.record.of_call(&call.id, request);
        self.record.state = Some(state.as_str().to_owned());
        self
    }

    /// The same without its history, which is for whoever asks for it.
    pub(crate) fn without_history(mut self) -> Self {
        self.record.history.clear();
        self
    }

    /// The object.
    pub(crate) fn record(&self) -> &OutcomeRecord {
        &self.record
    }
}

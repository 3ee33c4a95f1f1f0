//! What a caller is told of a call.

use std::sync::Arc;

use ums_client::Outcome;
use ums_journal::{CallId, OutcomeRecord, RecordedOutcome, State, StoredCall, View};
use ums_model::AnyReply;

use crate::answer::told::record_of;

/// What is known of a call, told to whoever submitted it.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the operation may have moved money, or may not have"]
pub struct Answer {
    /// The call.
    pub call: CallId,
    /// How far it got.
    pub state: State,
    /// How it ended. `None` while it runs.
    pub record: Option<OutcomeRecord>,
    /// How the client's own call ended, of a call that has just ended here: the reply with its
    /// types.
    pub ended: Option<Arc<Outcome<AnyReply>>>,
    /// The whole of what the journal knows of it, where the journal was asked. `None` of a call
    /// that has just ended here, of which the record says everything.
    pub view: Option<Box<View>>,
    /// Whether the call had ended before it was submitted now: nothing ran.
    pub is_replay: bool,
    /// Whether this very submission ran the call. Of what is a replay, of a call that another
    /// submission runs and this one joined, and of one that was found carried out it is not so.
    pub is_own: bool,
    /// Whether the journal holds what is told here. Where it does not, writing it down is tried
    /// again for as long as the process lives.
    pub recorded: bool,
}

/// Where the answer to a submission comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The submission ran the call.
    Own,
    /// The call had ended before.
    Replay,
    /// Another submission ran it meanwhile, here or in another process; or it was found.
    Elsewhere,
}

impl Answer {
    /// What a journal knows of a call.
    pub(crate) fn of_stored(call: StoredCall, source: Source) -> Self {
        let mut record = record_of(&call);
        if let Some(record) = &mut record {
            record.replayed = Some(source != Source::Own);
        }
        let (is_replay, is_own) = (source == Source::Replay, source == Source::Own);
        Self {
            state: call.view.state,
            record,
            ended: None,
            is_replay,
            is_own,
            recorded: true,
            call: call.id,
            view: Some(Box::new(call.view)),
        }
    }

    /// A call of which nothing is known yet but that it may be running.
    pub(crate) fn running(call: CallId, state: State, recorded: bool) -> Self {
        Self {
            call,
            state,
            record: None,
            ended: None,
            view: None,
            is_replay: false,
            is_own: true,
            recorded,
        }
    }

    /// The same, told to whoever joined the call that another submission runs.
    pub(crate) fn for_joiner(mut self) -> Self {
        self.is_own = false;
        if let Some(record) = &mut self.record {
            record.replayed = Some(true);
        }
        self
    }

    /// Where it comes from.
    pub(crate) fn source(&self) -> Source {
        match (self.is_replay, self.is_own) {
            (true, _) => Source::Replay,
            (false, true) => Source::Own,
            (false, false) => Source::Elsewhere,
        }
    }

    /// How it ended. `None` while it runs.
    pub fn outcome(&self) -> Option<RecordedOutcome> {
        self.record.as_ref().map(|record| record.outcome)
    }

    /// Whether it still runs: submit it again with the same key to wait for it, or read the call.
    pub fn is_running(&self) -> bool {
        self.record.is_none()
    }

    /// Whether it was carried out.
    pub fn is_approved(&self) -> bool {
        self.outcome() == Some(RecordedOutcome::Approved)
    }
}

//! How a call ended and whether it may be made again, as a record names it.

use ums_model::Effect;

use crate::evidence::Evidence;
use crate::name::names;
use crate::outcome_kind::OutcomeKind;

names! {
    /// How a call ended, after all that was asked about it.
    #[non_exhaustive]
    pub enum RecordedOutcome, "outcome of a record" {
        /// It was carried out.
        Approved = "approved",
        /// It was refused.
        Declined = "declined",
        /// It was not carried out, as far as a query could tell at a time.
        NotExecuted = "not_executed",
        /// No byte of it was written.
        NotSent = "not_sent",
        /// It may have been carried out, or not.
        Unknown = "unknown",
        /// It only reads, and was answered.
        Answered = "answered",
    }
}

impl RecordedOutcome {
    /// Of a call that ended so.
    pub(super) fn of(kind: OutcomeKind, evidence: &Evidence) -> Self {
        // Whoever activates a terminal asks nothing, and is refused as such.
        let asks = evidence.operation != "activate_terminal";
        match (evidence.effect, kind) {
            (Effect::ReadOnly, OutcomeKind::Approved) => Self::Answered,
            (Effect::ReadOnly, OutcomeKind::Declined) if asks => Self::of_question(kind),
            _ => kind.into(),
        }
    }

    /// How a question ended. It is answered or it is not: no refusal of it says anything of what it
    /// asks about.
    pub fn of_question(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Approved => Self::Answered,
            OutcomeKind::NotSent => Self::NotSent,
            OutcomeKind::Declined | OutcomeKind::Unknown => Self::Unknown,
        }
    }
}

impl From<OutcomeKind> for RecordedOutcome {
    fn from(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Approved => Self::Approved,
            OutcomeKind::Declined => Self::Declined,
            OutcomeKind::NotSent => Self::NotSent,
            OutcomeKind::Unknown => Self::Unknown,
        }
    }
}

names! {
    /// Whether a call may be made again.
    #[non_exhaustive]
    pub enum MayRepeat, "way to repeat" {
        /// The same again: nothing was sent.
        SameKey = "same_key",
        /// As a new one.
        NewKey = "new_key",
        /// Not.
        No = "no",
    }
}

impl MayRepeat {
    /// Whether an operation of this name that ended so may be done again. What was not carried out
    /// as far as a query could tell can still be, so that only a void, which does the same however
    /// often it is done, may follow.
    pub fn of(outcome: RecordedOutcome, operation: &str) -> Self {
        match outcome {
            RecordedOutcome::NotSent => Self::SameKey,
            RecordedOutcome::Declined => Self::NewKey,
            RecordedOutcome::NotExecuted if operation == "void_payment" => Self::NewKey,
            _ => Self::No,
        }
    }
}

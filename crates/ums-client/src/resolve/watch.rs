//! What the asking goes by: the request, when it was signed, and what may be believed from when.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_journal::Evidence;
use ums_model::{Judgement, RequestTrace, is_likely_refusal};

use crate::outcome::{Outcome, UnknownReason};

/// What the asking goes by.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) trace: RequestTrace,
    /// Whether the reply, about this very request and under 200, was one that a
    /// stated failure makes a certain refusal.
    pub(super) likely_refusal: bool,
    /// How far the clock that signed is behind the gateway's, as far as a
    /// reply showed it.
    behind: TimeDelta,
    /// From here on a question may be answered by "no trace of it".
    pub(super) absence_from: Instant,
    /// Whether an answer that says that the payment stands is believed. It is
    /// not while a void of it may be under way.
    pub(crate) believes_standing: bool,
    /// From here on a question may be answered by "it stands", where a void of
    /// it was under way when the process that sent it ended.
    pub(super) standing_from: Option<Instant>,
}

impl Watch {
    pub(super) fn new(
        signed_at: Option<DateTime<Utc>>,
        err_code: Option<&str>,
        absence_from: Instant,
    ) -> Self {
        let signed_at = signed_at.map(in_china);
        Self {
            trace: RequestTrace::new(signed_at).called_duplicate(err_code == Some("94")),
            likely_refusal: false,
            behind: TimeDelta::zero(),
            absence_from,
            believes_standing: true,
            standing_from: None,
        }
    }

    /// Takes the outcome's code into account, if its reply left nothing else
    /// open.
    pub(super) fn with_believed_code<R>(mut self, outcome: &Outcome<R>) -> Self {
        if let Outcome::Unknown(unknown) = outcome
            && matches!(unknown.reason, UnknownReason::Code)
            && unknown
                .judgement
                .as_ref()
                .is_some_and(Judgement::is_by_code)
        {
            self.likely_refusal = outcome.err_code().is_some_and(is_likely_refusal);
        }
        self
    }

    /// Takes a clock into account that a reply showed to be behind. One that is
    /// ahead needs nothing: it makes an earlier payment look earlier still.
    pub(super) fn behind_gateway(mut self, evidence: &Evidence) -> Self {
        if let Some(ahead) = evidence.clock_ahead {
            self.behind = self.behind.max(-ahead);
        }
        self
    }

    /// The request, with its time as the gateway's clock would tell it.
    pub(super) fn by_gateway(&self) -> RequestTrace {
        self.trace.behind_gateway(self.behind)
    }

    /// Whether an answer to a question that left at `asked` is believed that says
    /// that the payment stands.
    pub(super) fn believes_standing_at(&self, asked: Instant) -> bool {
        self.believes_standing && self.standing_from.is_none_or(|from| asked >= from)
    }
}

/// The platform's time: UTC+8 the whole year.
pub(super) fn in_china(time: DateTime<Utc>) -> NaiveDateTime {
    const OFFSET: TimeDelta = TimeDelta::hours(8);
    let utc = time.naive_utc();
    utc.checked_add_signed(OFFSET).unwrap_or(utc)
}

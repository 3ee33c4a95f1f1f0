//! What the asking goes by: the request, when it was signed, and what may be believed from when.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_model::{Judgement, RequestTrace, is_likely_refusal};

use super::clocks::{Clocks, Moment};
use crate::machine::deadline::after;
use crate::outcome::{Outcome, UnknownReason};

/// How long a payment may wait for its customer after the call was over, and still be the call's.
/// Inferred: the codes that customers show last some minutes at most.
const CUSTOMER: Duration = Duration::from_secs(600);

/// What the asking goes by.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) trace: RequestTrace,
    /// Whether the reply, about this very request and under 200, was one that a stated failure
    /// makes a certain refusal.
    pub(super) likely_refusal: bool,
    pub(super) clocks: Clocks,
    /// What is dated later is of another call.
    last: Option<NaiveDateTime>,
    /// From here on a question may be answered by "no trace of it".
    absence_from: Instant,
    /// Whether that was reckoned by the time of day, which may be wrong here.
    is_by_time_of_day: bool,
    /// Whether an answer that says that the payment stands is believed. It is not while a void of
    /// it may be under way.
    pub(crate) believes_standing: bool,
    /// Whether an answer that there is no trace of the operation is believed at all.
    pub(super) believes_absence: bool,
    /// From here on a question may be answered by "it stands", where a void of it was under way
    /// when the process that sent it ended.
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
            clocks: Clocks::default(),
            last: None,
            absence_from,
            is_by_time_of_day: false,
            believes_standing: true,
            believes_absence: true,
            standing_from: None,
        }
    }

    /// Takes the outcome's code into account, if its reply left nothing else open.
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

    /// A call of this process, whose clock may have shown to be off.
    pub(super) fn with_clocks(mut self, clocks: Clocks) -> Self {
        self.clocks = clocks;
        self
    }

    /// A call of another process: when it ended is known by the time of day alone.
    pub(super) fn by_time_of_day(mut self) -> Self {
        self.is_by_time_of_day = true;
        self
    }

    /// Says when the call's deadline passed, by the clock that signed.
    pub(super) fn with_deadline(
        mut self,
        deadline: Option<DateTime<Utc>>,
        late_window: Duration,
    ) -> Self {
        let rest = TimeDelta::from_std(late_window.max(CUSTOMER)).ok();
        let last = deadline
            .zip(rest)
            .and_then(|(deadline, rest)| deadline.checked_add_signed(rest));
        self.last = last.map(in_china);
        self
    }

    /// The request, with the times at which it may have been signed, and after which it can no
    /// longer have been carried out, by the gateway's clock.
    pub(super) fn traces(&self, now: Moment) -> [RequestTrace; 2] {
        self.clocks.signing(now).map(|ahead| {
            let last = self.last.and_then(|last| last.checked_sub_signed(ahead));
            self.trace.behind_gateway(-ahead).not_after(last)
        })
    }

    /// This moment by the gateway's clock, in the platform's time.
    pub(super) fn by_gateway(&self, time: DateTime<Utc>) -> NaiveDateTime {
        let by_gateway = time.checked_sub_signed(self.clocks.asking());
        in_china(by_gateway.unwrap_or(time))
    }

    /// Whether an answer to a question that left at `asked` is believed that says that there is no
    /// trace of the operation.
    pub(super) fn believes_absence_at(&self, asked: Instant) -> bool {
        self.believes_absence && asked >= self.by_right_clock(self.absence_from)
    }

    /// What was reckoned by a time of day that is ahead came too early.
    fn by_right_clock(&self, from: Instant) -> Instant {
        let ahead = self.clocks.asking().to_std().unwrap_or_default();
        match self.is_by_time_of_day {
            true => after(from, ahead),
            false => from,
        }
    }

    /// Whether an answer to a question that left at `asked` is believed that says that the payment
    /// stands.
    pub(super) fn believes_standing_at(&self, asked: Instant) -> bool {
        let from = self.standing_from.map(|from| self.by_right_clock(from));
        self.believes_standing && from.is_none_or(|from| asked >= from)
    }
}

/// The platform's time: UTC+8 the whole year.
pub(super) fn in_china(time: DateTime<Utc>) -> NaiveDateTime {
    const OFFSET: TimeDelta = TimeDelta::hours(8);
    let utc = time.naive_utc();
    utc.checked_add_signed(OFFSET).unwrap_or(utc)
}

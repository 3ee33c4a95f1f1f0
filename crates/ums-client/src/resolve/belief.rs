//! When answers are believed: "carried out" at once, "not carried out" late and only when it is
//! said twice.

use std::time::Duration;

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};
use tokio::time::Instant;
use ums_model::{Discrepancy, Finding};

use super::clocks::Moment;
use super::conclusion::{Basis, Conclusion, StillOpen};
use super::watch::{Watch, in_china};
use crate::machine::deadline::after;

/// Two answers that say "not carried out" must be at least this far apart.
const APART: Duration = Duration::from_secs(3);

/// How far the platform's clock may be from this one, either way: about midnight it may be another
/// day there, on which a query does not know the payment.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// What the answers so far come to.
#[derive(Clone, Debug)]
pub(crate) struct Belief {
    day_ends: Option<NaiveTime>,
    /// What the last answer said, and when that was first said in a row.
    said: Option<(Basis, Instant)>,
    /// What the last answer was about, if not about this operation.
    about_another: Vec<Discrepancy>,
    day_over: bool,
}

impl Belief {
    pub(super) fn new(day_ends: Option<NaiveTime>) -> Self {
        Self {
            day_ends,
            said: None,
            about_another: Vec::new(),
            day_over: false,
        }
    }

    /// Takes an answer to a question that left at `asked` and was answered at `answered`. Returns
    /// what is certain by now.
    pub(super) fn hear(
        &mut self,
        watch: &Watch,
        finding: &Finding,
        asked: Moment,
        answered: Moment,
    ) -> Option<Conclusion> {
        self.about_another.clear();
        let basis = match finding {
            Finding::Executed { stands: true } if !watch.believes_standing_at(asked.instant) => {
                None
            }
            Finding::Executed { stands } => {
                return Some(Conclusion::Approved { stands: *stands });
            }
            Finding::OrderIdInUse => return Some(Conclusion::Unknown(StillOpen::OrderIdInUse)),
            Finding::AboutAnother(discrepancies) => {
                self.about_another.clone_from(discrepancies);
                None
            }
            Finding::StatedFailure { corroborates } => {
                let same_day = self.is_same_day(watch, asked, answered);
                if *corroborates && watch.likely_refusal && same_day {
                    return Some(Conclusion::Declined);
                }
                Some(Basis::StatedFailure)
            }
            Finding::NothingToVoid => Some(Basis::NothingToVoid),
            Finding::Absent => watch
                .believes_absence_at(asked.instant)
                .then_some(Basis::Absent),
            _ => None,
        };
        let Some(basis) = basis else {
            self.said = None;
            return None;
        };
        if !self.is_same_day(watch, asked, answered) {
            self.day_over = true;
            self.said = None;
            return None;
        }
        match self.said {
            Some((said, since)) if said == basis => (asked.instant >= after(since, APART))
                .then_some(Conclusion::NotExecuted {
                    as_of: asked.time,
                    basis,
                }),
            _ => {
                self.said = Some((basis, answered.instant));
                None
            }
        }
    }

    /// Why nothing is certain.
    pub(super) fn still_open(&self) -> StillOpen {
        if !self.about_another.is_empty() {
            StillOpen::AboutAnother(self.about_another.clone())
        } else if self.day_over {
            StillOpen::DayOver
        } else {
            StillOpen::TimeUp
        }
    }

    /// Whether the request, the question and its answer are of one day by the platform's clock, as
    /// far as that is known.
    fn is_same_day(&self, watch: &Watch, asked: Moment, answered: Moment) -> bool {
        let [one, other] = watch.traces(answered).map(|trace| trace.signed_at);
        let Some((signed_at, or_at)) = one.zip(other) else {
            return false;
        };
        let day = |time: NaiveDateTime| {
            let ended = self.day_ends.is_some_and(|at| time.time() >= at);
            (time.date(), ended)
        };
        let here = [asked, answered].map(|moment| in_china(moment.time));
        let there = [asked, answered].map(|moment| watch.by_gateway(moment.time));
        let times = [signed_at, or_at].into_iter().chain(here).chain(there);
        times.into_iter().all(|time| {
            let earliest = time.checked_sub_signed(CLOCK_TOLERANCE);
            let latest = time.checked_add_signed(CLOCK_TOLERANCE);
            let mut about = [earliest, latest].into_iter().flatten();
            about.all(|time| day(time) == day(signed_at))
        })
    }
}

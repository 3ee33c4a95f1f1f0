//! The wall clock, which is passed in so that tests and simulated histories can set it.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};
use serde::Serializer;

/// Where the simulator takes the time of day from.
///
/// Implemented for every `Fn() -> DateTime<Utc>`, so a test passes a closure. Waiting is not its
/// business: that is tokio's clock, which tests can pause.
pub trait GatewayClock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

impl<F> GatewayClock for F
where
    F: Fn() -> DateTime<Utc> + Send + Sync + 'static,
{
    fn now(&self) -> DateTime<Utc> {
        self()
    }
}

/// The machine's own clock, the default.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct MachineClock;

impl GatewayClock for MachineClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the real clock comes in"
    )]
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

/// The time in UTC+8, in which UMS writes every time (explicit in several community clients; no
/// official sentence was found). China has had no daylight saving time since 1991.
pub(crate) fn in_china(now: DateTime<Utc>) -> DateTime<FixedOffset> {
    const EIGHT_HOURS_EAST: i32 = 8 * 3600;
    match FixedOffset::east_opt(EIGHT_HOURS_EAST) {
        Some(offset) => now.with_timezone(&offset),
        None => now.fixed_offset(),
    }
}

/// A moment as the simulated platform sees it: the trading day (交易日), which can be moved, and
/// the time in UTC+8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) day: NaiveDate,
    pub(crate) time: NaiveTime,
    /// Since the simulator's start on tokio's clock, by which payments wait.
    pub(crate) elapsed: Duration,
}

impl Moment {
    /// The trading day is the date in UTC+8, since no cut-off time is published, moved by so many
    /// days.
    pub(crate) fn at(now: DateTime<Utc>, days: i64) -> Self {
        let local = in_china(now);
        let today = local.date_naive();
        let moved = TimeDelta::try_days(days).and_then(|days| today.checked_add_signed(days));
        Self {
            day: moved.unwrap_or(today),
            time: local.time(),
            elapsed: Duration::ZERO,
        }
    }
}

/// The settlement day (清算日期) of what was done at this time of this day: from 23:00 on, the
/// next. No document states a cut-off; the switch is said to cut then, and what matters is that the
/// two days can differ.
pub(crate) fn settlement_day(day: NaiveDate, time: NaiveTime) -> NaiveDate {
    const CUT_OFF_HOUR: u32 = 23;
    if time.hour() < CUT_OFF_HOUR {
        return day;
    }
    day.succ_opt().unwrap_or(day)
}

/// `yyyyMMdd`.
pub(crate) fn write_day(day: NaiveDate) -> String {
    day.format("%Y%m%d").to_string()
}

/// `yyyyMMdd`; none if it is no date.
pub(crate) fn read_day(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())?
}

/// `yyyyMMdd`, in JSON.
pub(crate) fn serialize_day<S: Serializer>(
    day: &NaiveDate,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&write_day(*day))
}

/// `HHmmss`.
pub(crate) fn write_time(time: NaiveTime) -> String {
    time.format("%H%M%S").to_string()
}

/// `HHmmss`, in JSON.
pub(crate) fn serialize_time<S: Serializer>(
    time: &NaiveTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&write_time(*time))
}

/// `HHmmss`; none if it is no time.
pub(crate) fn read_time(text: &str) -> Option<NaiveTime> {
    let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| NaiveTime::parse_from_str(text, "%H%M%S").ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trading_day_turns_at_four_in_the_afternoon_utc() {
        let before: DateTime<Utc> = "2023-07-18T15:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2023-07-18T16:00:00Z".parse().unwrap();
        assert_eq!(Moment::at(before, 0).day.to_string(), "2023-07-18");
        assert_eq!(Moment::at(after, 0).day.to_string(), "2023-07-19");
        assert_eq!(Moment::at(after, -2).day.to_string(), "2023-07-17");
        assert_eq!(Moment::at(after, i64::MAX).day.to_string(), "2023-07-19");
    }

    #[test]
    fn what_is_done_from_23_on_is_settled_the_next_day() {
        let day = |text: &str| read_day(text).unwrap();
        for (time, settled) in [
            ("000000", "20231231"),
            ("225959", "20231231"),
            ("230000", "20240101"),
            ("235959", "20240101"),
        ] {
            let settled_on = settlement_day(day("20231231"), read_time(time).unwrap());
            assert_eq!(settled_on, day(settled), "{time}");
        }
    }

    #[test]
    fn days_and_times_are_read_as_they_are_written() {
        let now: DateTime<Utc> = "2023-07-18T15:59:59Z".parse().unwrap();
        let moment = Moment::at(now, 0);
        assert_eq!(read_day(&write_day(moment.day)), Some(moment.day));
        assert_eq!(read_time(&write_time(moment.time)), Some(moment.time));
        for wrong in ["", "2023071", "20231301", "2023-07-18", "+2023071"] {
            assert_eq!(read_day(wrong), None, "{wrong}");
        }
        for wrong in ["", "240000", "12:000", "1200000"] {
            assert_eq!(read_time(wrong), None, "{wrong}");
        }
    }
}

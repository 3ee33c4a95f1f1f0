//! Trading days, in the platform's time: UTC+8 the whole year.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::process::settings::Settings;

/// How far the platform's clock may be from this one: about the end of a day it may be another day
/// there.
pub(crate) const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// When a trading day ends, and from when on a call that is still open in it is an alarm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TradingDays {
    /// When a day ends, if earlier than midnight.
    pub(crate) ends: Option<NaiveTime>,
    pub(crate) alarm_from: NaiveTime,
}

impl TradingDays {
    /// As the settings have them.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            ends: settings.day_ends,
            alarm_from: settings.alarm_from,
        }
    }

    /// The trading day of a time.
    pub(crate) fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        let here = in_china(at);
        let is_next = self.ends.is_some_and(|ends| here.time() >= ends);
        match is_next {
            true => next(here.date()),
            false => here.date(),
        }
    }

    /// The earliest trading day that a request signed then may belong to: near the end of a day it
    /// may be either.
    pub(crate) fn earliest_day_of(&self, signed_at: DateTime<Utc>) -> NaiveDate {
        let earlier = signed_at.checked_sub_signed(CLOCK_TOLERANCE);
        self.day_of(earlier.unwrap_or(signed_at))
    }

    /// When a trading day is over for certain.
    pub(crate) fn end_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        match self.ends {
            Some(ends) => begins(day, ends),
            None => begins(next(day), NaiveTime::MIN),
        }
    }

    /// From when on a call of that day that is still open is an alarm.
    pub(crate) fn alarm_of(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        let from = begins(day, self.alarm_from)?;
        let end = self.end_of(day)?;
        // A day that ends before its alarm has it two hours before its end.
        Some(if from < end {
            from
        } else {
            end - TimeDelta::hours(2)
        })
    }
}

/// The day in China.
pub(crate) fn china_day(at: DateTime<Utc>) -> NaiveDate {
    in_china(at).date()
}

/// That time of that day in China.
pub(crate) fn begins(day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    let east = FixedOffset::east_opt(EAST)?;
    let at = day.and_time(time).and_local_timezone(east).single()?;
    Some(at.to_utc())
}

const EAST: i32 = 8 * 3600;

fn in_china(at: DateTime<Utc>) -> NaiveDateTime {
    let utc = at.naive_utc();
    utc.checked_add_signed(TimeDelta::seconds(EAST.into()))
        .unwrap_or(utc)
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_ends_at_midnight_in_china_or_earlier() {
        let alarm_from = NaiveTime::from_hms_opt(22, 0, 0).unwrap();
        let midnight = TradingDays {
            ends: None,
            alarm_from,
        };
        let day = "2023-07-18".parse().unwrap();
        assert_eq!(midnight.day_of(at("2023-07-18T23:59:59+08:00")), day);
        assert_eq!(midnight.day_of(at("2023-07-19T00:00:00+08:00")), next(day));
        assert_eq!(
            midnight.earliest_day_of(at("2023-07-19T00:00:30+08:00")),
            day
        );
        assert_eq!(midnight.end_of(day), Some(at("2023-07-19T00:00:00+08:00")));
        assert_eq!(
            midnight.alarm_of(day),
            Some(at("2023-07-18T22:00:00+08:00"))
        );
        let earlier = TradingDays {
            ends: NaiveTime::from_hms_opt(21, 0, 0),
            alarm_from,
        };
        assert_eq!(earlier.day_of(at("2023-07-18T21:00:00+08:00")), next(day));
        assert_eq!(earlier.end_of(day), Some(at("2023-07-18T21:00:00+08:00")));
        assert_eq!(earlier.alarm_of(day), Some(at("2023-07-18T19:00:00+08:00")));
    }
}

//! Dates and times, which the platform writes as digits without separators.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Serialize, Serializer};

use crate::field::misfit::Misfit;
use crate::field::spec::{FieldKind, Format};
use crate::field::wire_type::{WireType, string};
use crate::json::object::{Scalar, Token, digits};
use crate::reply::field::Read;

/// A day without its year (`MMdd`), 29 February included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// A day that exists in at least one year.
    pub fn new(month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(LEAP_YEAR, month, day).map(|_| Self { month, day })
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u32 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub fn day(self) -> u32 {
        self.day
    }
}

/// As on the wire: `0718`.
impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{:02}", self.month, self.day)
    }
}

impl Serialize for MonthDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl WireType for MonthDay {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::MonthDay);

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        month_day(string(token)?).ok_or_else(|| Misfit::wrong_form("a day, MMdd"))
    }
}

/// A day of a request, written `yyyyMMdd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

impl Day {
    /// A day from the year 0 to the year 9999: the format has no room for others.
    pub fn new(date: NaiveDate) -> Option<Self> {
        (0..=9999).contains(&date.year()).then_some(Self(date))
    }

    /// The day.
    pub fn date(self) -> NaiveDate {
        self.0
    }
}

/// As on the wire: `20230718`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.0;
        write!(f, "{:04}{:02}{:02}", date.year(), date.month(), date.day())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl WireType for Day {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::YearMonthDay);

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        year_month_day(string(token)?)
            .and_then(Self::new)
            .ok_or_else(|| Misfit::wrong_form("a day, yyyyMMdd"))
    }
}

impl Read for NaiveDate {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::YearMonthDay);

    fn read(token: &Token<'_>) -> Option<Self> {
        token.string().and_then(year_month_day)
    }
}

impl Read for NaiveTime {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::HourMinuteSecond);

    fn read(token: &Token<'_>) -> Option<Self> {
        token.string().and_then(hour_minute_second)
    }
}

impl Read for NaiveDateTime {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::DayAndTime);

    /// A number of 14 digits is taken too: only one time can be meant by it.
    fn read(token: &Token<'_>) -> Option<Self> {
        match &token.scalar {
            Scalar::String(text) => day_and_time(text),
            Scalar::Number(text) => day_and_time(text),
            _ => None,
        }
    }
}

impl Read for MonthDay {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::MonthDay);

    fn read(token: &Token<'_>) -> Option<Self> {
        token.string().and_then(month_day)
    }
}

const LEAP_YEAR: i32 = 2000;

/// Reads `yyyyMMdd`.
pub(crate) fn year_month_day(text: &str) -> Option<NaiveDate> {
    let number = fixed_digits(text, 8)?;
    NaiveDate::from_ymd_opt(
        (number / 10_000).try_into().ok()?,
        number / 100 % 100,
        number % 100,
    )
}

/// Reads `hhmmss` on a 24-hour clock.
pub(crate) fn hour_minute_second(text: &str) -> Option<NaiveTime> {
    let number = fixed_digits(text, 6)?;
    NaiveTime::from_hms_opt(number / 10_000, number / 100 % 100, number % 100)
}

/// Reads `yyyyMMddHHmmss` on a 24-hour clock.
fn day_and_time(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_at_checked(8)?;
    Some(year_month_day(day)?.and_time(hour_minute_second(time)?))
}

/// Reads `MMdd`.
pub(crate) fn month_day(text: &str) -> Option<MonthDay> {
    let number = fixed_digits(text, 4)?;
    MonthDay::new(number / 100, number % 100)
}

fn fixed_digits(text: &str, length: usize) -> Option<u32> {
    digits(text)
        .filter(|text| text.len() == length)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_date_is_not_read() {
        for text in [
            "",
            "2023071",
            "202307180",
            "20230230",
            "20231301",
            "2023-7-1",
            "+2023071",
            "２０２３０７１８",
        ] {
            assert_eq!(year_month_day(text), None, "{text:?}");
        }
        for text in ["240000", "235960", "11134", "11:13:40", " 11134", "-11134"] {
            assert_eq!(hour_minute_second(text), None, "{text:?}");
        }
        for text in [
            "20230718",
            "2023071824000",
            "20230718240000",
            "2023071八00000",
            "",
        ] {
            assert_eq!(day_and_time(text), None, "{text:?}");
        }
        for text in ["0230", "0000", "1301", "718", "07-18"] {
            assert_eq!(month_day(text), None, "{text:?}");
        }
        assert_eq!(
            month_day("0229").map(|day| day.to_string()).as_deref(),
            Some("0229")
        );
    }

    proptest! {
        #[test]
        fn every_day_reads_as_it_is_written(days in -719_162i64..=2_932_896) {
            // From 0001-01-01 to 9999-12-31, counted from 1970-01-01.
            let date = NaiveDate::default() + chrono::TimeDelta::days(days);
            let text = date.format("%Y%m%d").to_string();
            prop_assert_eq!(year_month_day(&text), Some(date));
            prop_assert_eq!(Day::new(date).map(|day| day.to_string()), Some(text.clone()));
            prop_assert_eq!(Day::new(date).map(Day::date), Some(date));
            prop_assert_eq!(day_and_time(&format!("{text}235958")), date.and_hms_opt(23, 59, 58));
            let without_year = month_day(&text[4..]).unwrap();
            prop_assert_eq!(without_year.to_string(), &text[4..]);
            prop_assert_eq!((without_year.month(), without_year.day()), (date.month(), date.day()));
        }

        #[test]
        fn every_second_reads_as_it_is_written(second in 0u32..86_400) {
            let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
            prop_assert_eq!(hour_minute_second(&time.format("%H%M%S").to_string()), Some(time));
        }
    }
}

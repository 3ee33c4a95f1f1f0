//! The moment of signing, as UMS writes it.

use core::fmt;
use core::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Timelike};

use crate::invalid::{InvalidValue, ValueName, ValueRule};

/// Timestamp: 14 digits `yyyyMMddHHmmss` of a real day and time, in UTC+8.
///
/// The format is official. That the zone is UTC+8 stands in no official text that could be found;
/// every client that names a zone uses it. The offset is fixed: China has had no summer time
/// since 1991.
///
/// How far it may be from the gateway's clock is not published. Without the feature `clock` this
/// crate reads no clock: the moment is passed in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    utc: NaiveDateTime,
    text: [u8; Timestamp::LENGTH],
}

impl Timestamp {
    /// The length of the text, in bytes.
    pub const LENGTH: usize = 14;

    /// The timestamp of a moment, whatever the zone it is given in. Fractions of a second are
    /// dropped.
    ///
    /// # Errors
    /// When the year in UTC+8 is not one of 1 to 9999.
    pub fn at<Tz: TimeZone>(moment: &DateTime<Tz>) -> Result<Self, InvalidValue> {
        let utc = moment.naive_utc();
        let local = utc
            .checked_add_offset(UTC_8)
            .filter(|local| (1..=9999).contains(&local.year()))
            .ok_or(InvalidValue::new(ValueName::Timestamp, ValueRule::Year))?;
        let year = local.year().unsigned_abs();
        let mut text = [0; Self::LENGTH];
        for (pair, value) in text.chunks_exact_mut(2).zip([
            year / 100,
            year % 100,
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
        ]) {
            pair.copy_from_slice(&two_digits(value));
        }
        // A leap second is written as the second before it, for want of a rule.
        let utc = utc.with_nanosecond(0).unwrap_or(utc);
        Ok(Self { utc, text })
    }

    /// The timestamp of now, by the system's clock. Its zone makes no difference.
    ///
    /// This is the one place where this crate reads a clock.
    ///
    /// # Errors
    /// Returns an error if the clock shows a year in UTC+8 that is not one of 1 to 9999.
    #[cfg(feature = "clock")]
    pub fn now() -> Result<Self, InvalidValue> {
        #[expect(
            clippy::disallowed_methods,
            reason = "only who asks for the feature `clock` has the clock read here"
        )]
        let now = std::time::SystemTime::now();
        Self::at(&DateTime::<chrono::Utc>::from(now))
    }

    /// Reads 14 digits.
    ///
    /// # Errors
    /// When there are not exactly 14 ASCII digits, when the year is 0, or when there is no such day
    /// or time of day (a 60th second included).
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refuse = |rule| InvalidValue::with_given(ValueName::Timestamp, rule, text);
        if text.trim() != text {
            return Err(refuse(ValueRule::SurroundingSpace));
        }
        if let Some((at, character)) = text.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(refuse(ValueRule::Character {
                at,
                character: Some(character),
                allowed: "0-9",
            }));
        }
        let digits: [u8; Self::LENGTH] = text.as_bytes().try_into().map_err(|_| {
            refuse(ValueRule::Length {
                exactly: Self::LENGTH,
                length: text.len(),
            })
        })?;
        let utc = utc_of(&digits).ok_or_else(|| refuse(ValueRule::Calendar))?;
        Ok(Self { utc, text: digits })
    }

    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        let Ok(text) = core::str::from_utf8(&self.text) else {
            unreachable!("only digits are stored")
        };
        text
    }

    /// The moment, at the offset UTC+8.
    pub fn to_datetime(self) -> DateTime<FixedOffset> {
        DateTime::from_naive_utc_and_offset(self.utc, UTC_8)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timestamp").field(&self.as_str()).finish()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text)
    }
}

const UTC_8: FixedOffset = match FixedOffset::east_opt(8 * 60 * 60) {
    Some(offset) => offset,
    None => unreachable!(),
};

fn two_digits(value: u32) -> [u8; 2] {
    let digit = |value: u32| b'0' + (value % 10) as u8;
    [digit(value / 10), digit(value)]
}

fn utc_of(digits: &[u8; Timestamp::LENGTH]) -> Option<NaiveDateTime> {
    let number = |from: usize, to: usize| {
        digits.get(from..to)?.iter().try_fold(0, |sum: u32, digit| {
            Some(sum * 10 + u32::from(digit.checked_sub(b'0')?))
        })
    };
    let year = number(0, 4)?;
    if year == 0 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.try_into().ok()?, number(4, 6)?, number(6, 8)?)?
        .and_hms_opt(number(8, 10)?, number(10, 12)?, number(12, 14)?)?
        .checked_sub_offset(UTC_8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use chrono::Utc;
    use proptest::prelude::*;

    #[test]
    fn a_moment_is_written_in_utc_8_whatever_its_zone() {
        let moment = DateTime::parse_from_rfc3339("2017-01-01T04:00:00.999Z").unwrap();
        assert_eq!(Timestamp::at(&moment).unwrap().as_str(), "20170101120000");
        let elsewhere = moment.with_timezone(&FixedOffset::west_opt(5 * 3600).unwrap());
        assert_eq!(
            Timestamp::at(&elsewhere).unwrap(),
            Timestamp::at(&moment).unwrap()
        );
        let late = DateTime::parse_from_rfc3339("2017-12-31T16:00:00Z").unwrap();
        assert_eq!(Timestamp::at(&late).unwrap().as_str(), "20180101000000");
    }

    #[cfg(feature = "clock")]
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the clock is held against the system's own"
    )]
    fn now_is_what_the_clock_shows() {
        use std::time::{SystemTime, UNIX_EPOCH};

        let seconds = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            i64::try_from(since.as_secs()).unwrap()
        };
        let before = seconds();
        let now = Timestamp::now().unwrap().to_datetime().timestamp();
        assert!((before..=seconds()).contains(&now), "{before} {now}");
    }

    #[test]
    fn the_year_must_have_four_digits_in_utc_8() {
        for (moment, text) in [
            ("0001-01-01T00:00:00+08:00", Some("00010101000000")),
            ("9999-12-31T23:59:59+08:00", Some("99991231235959")),
            ("9999-12-31T16:00:00Z", None),
            ("0000-12-31T15:59:59Z", None),
        ] {
            let moment = DateTime::parse_from_rfc3339(moment).unwrap();
            let found = Timestamp::at(&moment).map(|t| t.to_string()).ok();
            assert_eq!(found.as_deref(), text, "{moment}");
        }
        for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(
                Timestamp::at(&extreme).unwrap_err().code(),
                "year_out_of_range"
            );
        }
    }

    #[test]
    fn a_leap_second_is_written_as_the_second_before_it() {
        let leap = NaiveDate::from_ymd_opt(2016, 12, 31)
            .and_then(|day| day.and_hms_milli_opt(23, 59, 59, 1_500))
            .unwrap()
            .and_utc();
        let stamp = Timestamp::at(&leap).unwrap();
        assert_eq!(stamp.as_str(), "20170101075959");
        assert_eq!(Timestamp::parse(stamp.as_str()).unwrap(), stamp);
    }

    #[test]
    fn refuses_what_is_no_timestamp() {
        for (text, code) in [
            ("", "wrong_length"),
            ("2017010112000", "wrong_length"),
            ("1483243200000", "wrong_length"),
            ("201701011200000", "wrong_length"),
            ("2017-01-01 12:00:00", "character_not_allowed"),
            ("２０１７０１０１１２００００", "character_not_allowed"),
            (" 20170101120000", "surrounding_space"),
            ("20170101120000\n", "surrounding_space"),
            ("20170229000000", "no_such_time"),
            ("20170101240000", "no_such_time"),
            ("20161231235960", "no_such_time"),
            ("00000101000000", "no_such_time"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap_err().code(), code, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_135_625_600_i64..253_402_271_999) {
            let moment = DateTime::from_timestamp(seconds, 0).unwrap();
            let stamp = Timestamp::at(&moment).unwrap();
            prop_assert_eq!(Timestamp::parse(stamp.as_str()), Ok(stamp));
            prop_assert_eq!(stamp.to_datetime(), moment);
            prop_assert_eq!(
                stamp.to_string(),
                stamp.to_datetime().naive_local().format("%Y%m%d%H%M%S").to_string()
            );
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}|[0-9]{14}") {
            if let Ok(stamp) = Timestamp::parse(&text) {
                prop_assert_eq!(stamp.as_str(), text);
            }
        }
    }
}

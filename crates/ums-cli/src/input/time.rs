//! Times as a report has them and `ums resolve` reads them.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

/// The platform's time is UTC+8 the whole year.
const EAST: i32 = 8 * 3600;

/// A time as a timestamp has it.
pub(crate) fn to_timestamp(time: DateTime<Utc>) -> String {
    let east = time.naive_utc() + TimeDelta::seconds(EAST.into());
    east.format("%Y%m%d%H%M%S").to_string()
}

/// The time of a timestamp as it is signed: `yyyyMMddHHmmss` in UTC+8.
pub(crate) fn of_timestamp(text: &str) -> Option<DateTime<Utc>> {
    let digits = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    let time = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok();
    let time = time.filter(|_| digits)?;
    time.checked_sub_signed(TimeDelta::seconds(EAST.into()))
        .map(|time| time.and_utc())
}

/// A time as RFC 3339.
pub(crate) fn of_rfc3339(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.to_utc())
}

#[cfg(test)]
mod tests {
    use ums_client::journal::to_china_time;

    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        let time = of_timestamp("20231125000001").unwrap();
        assert_eq!(time.to_rfc3339(), "2023-11-24T16:00:01+00:00");
        assert_eq!(to_china_time(time), "2023-11-25T00:00:01.000+08:00");
        assert_eq!(of_rfc3339(&to_china_time(time)), Some(time));
        let exact = of_rfc3339("2023-11-25T00:00:01.123+08:00").unwrap();
        assert_eq!(of_rfc3339(&to_china_time(exact)), Some(exact));
        assert_eq!(of_rfc3339("2023-11-24T16:00:01Z"), Some(time));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2023112500000",
            "202311250000011",
            "20231325000001",
            "20231125240000",
            "+0231125000001",
            " 20231125000001",
            "2023-11-25T00:00:01+08:00",
        ] {
            assert_eq!(of_timestamp(text), None, "{text}");
        }
        for text in ["", "20231125000001", "2023-11-25", "2023-11-25T00:00:01"] {
            assert_eq!(of_rfc3339(text), None, "{text}");
        }
    }
}

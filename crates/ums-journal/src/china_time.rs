//! Times as a record has them.

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};

/// A time as RFC 3339 in the platform's time, which is UTC+8 the whole year, to the millisecond.
///
/// ```
/// let time = "2023-11-24T16:00:01Z".parse()?;
/// assert_eq!(ums_journal::to_china_time(time), "2023-11-25T00:00:01.000+08:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_china_time(time: DateTime<Utc>) -> String {
    const EAST: i32 = 8 * 3600;
    match FixedOffset::east_opt(EAST) {
        Some(east) => time
            .with_timezone(&east)
            .to_rfc3339_opts(SecondsFormat::Millis, false),
        None => time.to_rfc3339_opts(SecondsFormat::Millis, true),
    }
}

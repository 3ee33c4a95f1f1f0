//! How far this machine's clock is from the gateway's.

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use http::header::DATE;

/// How far `now` is ahead of the reply's `Date`, if it is further off than `limit`. The header
/// counts whole seconds.
pub(crate) fn beyond(
    limit: TimeDelta,
    now: DateTime<Utc>,
    headers: &HeaderMap,
) -> Option<TimeDelta> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?.to_utc();
    let ahead = now - theirs;
    (ahead.abs() > limit).then_some(ahead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn only_beyond_the_limit_and_with_its_sign() {
        let date = |text: &'static str| HeaderMap::from_iter([(DATE, text.parse().unwrap())]);
        let theirs = date("Sun, 06 Nov 1994 08:49:37 GMT");
        let at = |second| Utc.with_ymd_and_hms(1994, 11, 6, 8, 50, second).unwrap();
        let limit = TimeDelta::seconds(30);
        assert_eq!(beyond(limit, at(7), &theirs), None);
        assert_eq!(beyond(limit, at(8), &theirs), Some(TimeDelta::seconds(31)));
        let behind = Utc.with_ymd_and_hms(1994, 11, 6, 8, 49, 6).unwrap();
        assert_eq!(
            beyond(limit, behind, &theirs),
            Some(TimeDelta::seconds(-31))
        );
        assert_eq!(beyond(limit, at(8), &date("yesterday")), None);
        assert_eq!(beyond(limit, at(8), &HeaderMap::new()), None);
    }
}

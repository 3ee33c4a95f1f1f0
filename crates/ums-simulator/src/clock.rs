//! The wall clock, which is passed in so that tests and simulated histories can set it.

use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// Where the simulator takes the time of day from.
///
/// Implemented for every `Fn() -> DateTime<Utc>`, so a test passes a closure.
/// Waiting is not its business: that is tokio's clock, which tests can pause.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

impl<F> Clock for F
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
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the real clock comes in"
    )]
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

/// The time in UTC+8, in which UMS writes every time (explicit in several
/// community clients; no official sentence was found). China has had no
/// daylight saving time since 1991.
pub(crate) fn in_china(now: DateTime<Utc>) -> DateTime<FixedOffset> {
    const EIGHT_HOURS_EAST: i32 = 8 * 3600;
    match FixedOffset::east_opt(EIGHT_HOURS_EAST) {
        Some(offset) => now.with_timezone(&offset),
        None => now.fixed_offset(),
    }
}

/// The trading day of a moment: simply the date in UTC+8, since no cut-off
/// time is published.
pub(crate) fn trading_day(now: DateTime<Utc>) -> NaiveDate {
    in_china(now).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trading_day_turns_at_four_in_the_afternoon_utc() {
        let before: DateTime<Utc> = "2023-07-18T15:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2023-07-18T16:00:00Z".parse().unwrap();
        assert_eq!(trading_day(before).to_string(), "2023-07-18");
        assert_eq!(trading_day(after).to_string(), "2023-07-19");
    }
}

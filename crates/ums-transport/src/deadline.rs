//! Adding a duration to a moment, whatever the duration.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than any process runs, and near enough for every clock and timer to count to.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// `limit` after `start`, and no later than 30 years after it. [`Duration::MAX`] stands for "no
/// limit" in many a configuration, and an [`Instant`] cannot hold it.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    start.checked_add(limit.min(FAR)).unwrap_or(start)
}

/// The same deadline, near enough for a timer: tokio adds to it, which must not overflow.
pub(crate) fn bounded(deadline: Instant, now: Instant) -> Instant {
    deadline.min(after(now, FAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last moment that an `Instant` can hold.
    fn last() -> Instant {
        let mut last = Instant::now();
        let mut step = Duration::MAX;
        while step > Duration::ZERO {
            match last.checked_add(step) {
                Some(later) => last = later,
                None => step /= 2,
            }
        }
        last
    }

    #[test]
    fn no_duration_and_no_moment_overflows() {
        let now = Instant::now();
        for limit in [Duration::ZERO, Duration::from_nanos(1), FAR] {
            assert_eq!(after(now, limit), now + limit);
        }
        for limit in [FAR * 2, Duration::from_secs(u64::MAX), Duration::MAX] {
            assert_eq!(after(now, limit), now + FAR);
            assert_eq!(after(last(), limit), last());
        }
        assert_eq!(bounded(last(), now), now + FAR);
        assert_eq!(bounded(now, last()), now);
        assert_eq!(bounded(now + FAR / 2, now), now + FAR / 2);
    }

    /// By tokio's own arithmetic, which adds to the moment.
    #[tokio::test(start_paused = true)]
    async fn a_timer_takes_what_is_bounded() {
        let sleep = tokio::time::sleep_until(bounded(last(), Instant::now()));
        let ended = tokio::time::timeout(Duration::from_secs(60), sleep).await;
        assert!(ended.is_err());
    }
}

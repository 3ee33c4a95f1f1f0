//! Deadlines: the moment that lies so long after another, however long that is.

use std::time::Duration;

use tokio::time::Instant;

/// The longest limit that is kept to. Far longer than any call, and short enough that a timer can
/// be set to it.
pub(crate) const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The moment `limit` after `start`. "For ever", as `Duration::MAX`, is
/// [`LONGEST`]: adding it to a moment would panic.
pub(crate) fn after(start: Instant, limit: Duration) -> Instant {
    start.checked_add(limit.min(LONGEST)).unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limit_is_kept_to_and_for_ever_is_a_moment_too() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(after(start, Duration::ZERO), start);
        assert_eq!(after(start, second) - start, second);
        assert_eq!(after(start, LONGEST - second) - start, LONGEST - second);
        for limit in [LONGEST, LONGEST + second, Duration::MAX] {
            assert_eq!(after(start, limit) - start, LONGEST);
            // A timer takes it.
            let late = tokio::time::timeout_at(after(start, limit), std::future::pending::<()>());
            let waited = tokio::time::timeout(second, late).await;
            assert!(waited.is_err(), "{limit:?}");
        }
    }
}

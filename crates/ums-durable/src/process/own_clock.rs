//! What this process's own clock says of a wait: a store's clock that jumps ends none alone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ums_journal::{AttemptView, View};

/// How long "not carried out" must still wait by this clock; zero when it need not.
///
/// It is counted from the time that the attempt was signed with, by the clock of the process that
/// sent it, or from when the store wrote it down, whichever is later: so no step of the store's
/// clock, before or after, ends the wait too early here as well.
pub(crate) fn settles_in(view: &View, now: DateTime<Utc>) -> Duration {
    let last = view.attempts.last();
    let Some((_, plan)) = last.and_then(|attempt| attempt.sending.as_ref()) else {
        return Duration::ZERO;
    };
    last.and_then(AttemptView::wait)
        .map_or(Duration::ZERO, |(since, wait)| {
            left(now, since.at.max(plan.signed_at), wait)
        })
}

/// How much of a wait is left that began then.
pub(crate) fn left(now: DateTime<Utc>, since: DateTime<Utc>, wait: Duration) -> Duration {
    match now.signed_duration_since(since).to_std() {
        Ok(passed) => wait.saturating_sub(passed),
        // By this clock it has not begun.
        Err(_) => {
            let ahead = since.signed_duration_since(now).to_std();
            wait.saturating_add(ahead.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_over_at_its_end_and_not_before() {
        let at = |seconds: i64| DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap();
        let wait = Duration::from_secs(130);
        for (now, expected) in [(-10, 140), (0, 130), (129, 1), (130, 0), (9_000, 0)] {
            let expected = Duration::from_secs(expected);
            assert_eq!(left(at(now), at(0), wait), expected, "{now}");
        }
    }
}

//! What is known of the clocks: the one that signed, the one that asks, and the gateway's.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_journal::Evidence;

/// A moment by both clocks of this process: one that nobody sets, and the time of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) instant: Instant,
    pub(super) time: DateTime<Utc>,
}

/// How far the clocks are ahead of the gateway's, as far as a reply's `Date` showed it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clocks {
    /// The clock that signed, by a reply to the call itself.
    signing: Option<TimeDelta>,
    /// The clock that asks, by the latest reply to a query, if it showed it to be off.
    asking: Option<TimeDelta>,
    /// A moment of the call, if it was this process that called: by it can be told whether the
    /// clock was set since.
    called: Option<Moment>,
}

/// A clock was set if it went so much further than the one that nobody sets.
const STEADY: TimeDelta = TimeDelta::seconds(5);

impl Clocks {
    /// Of a call of this process.
    pub(super) fn of_call(evidence: &Evidence) -> Self {
        let called = evidence.until.zip(evidence.deadline);
        Self {
            signing: evidence.clock_ahead,
            asking: None,
            called: called.map(|(instant, time)| Moment {
                instant: Instant::from_std(instant),
                time,
            }),
        }
    }

    /// Of a call of another process, whose reply showed its clock to be off, or did not.
    pub(super) fn of_past_call(ahead: Option<TimeDelta>) -> Self {
        Self {
            signing: ahead,
            ..Self::default()
        }
    }

    /// Takes the reply to a query into account, if one came: the latest counts.
    pub(super) fn hear(&mut self, evidence: &Evidence) {
        let progress = evidence.attempt.progress.as_ref();
        if progress.is_some_and(|progress| progress.status.is_some()) {
            self.asking = evidence.clock_ahead;
        }
    }

    /// How far the clock that asks is ahead.
    pub(super) fn asking(&self) -> TimeDelta {
        self.asking.unwrap_or_default()
    }

    /// How far the clock that signed may have been ahead. A `Date` can be wrong: that the clock was
    /// behind makes an answer look like another's more often, and counts; that it was ahead would
    /// make an earlier payment look like this one, and is only a possibility. So is what a query
    /// alone shows of a clock that may have been set since.
    pub(super) fn signing(&self, now: Moment) -> [TimeDelta; 2] {
        let zero = TimeDelta::zero();
        match (self.signing, self.asking) {
            (Some(ahead), _) => [ahead.min(zero), ahead],
            (None, Some(ahead)) if self.is_steady(now) => [ahead.min(zero), ahead],
            (None, asking) => [zero, asking.unwrap_or_default()],
        }
    }

    fn is_steady(&self, now: Moment) -> bool {
        self.called.is_some_and(|called| {
            let since = |later: Instant, earlier: Instant| {
                let passed = later.checked_duration_since(earlier)?;
                TimeDelta::from_std(passed).ok()
            };
            let passed = since(now.instant, called.instant)
                .or_else(|| since(called.instant, now.instant).map(|ahead| -ahead));
            passed.is_some_and(|passed| (now.time - called.time - passed).abs() < STEADY)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: TimeDelta = TimeDelta::minutes(1);

    fn clocks(signing: Option<TimeDelta>, asking: Option<TimeDelta>, called: Moment) -> Clocks {
        Clocks {
            signing,
            asking,
            called: Some(called),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_call_showed_counts_before_what_a_query_shows() {
        let called = Moment {
            instant: Instant::now(),
            time: DateTime::UNIX_EPOCH,
        };
        tokio::time::advance(Duration::from_secs(30)).await;
        let at = |seconds| Moment {
            instant: Instant::now(),
            time: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds),
        };
        let zero = TimeDelta::zero();
        for (signing, asking, now, ahead) in [
            (None, None, 30, [zero, zero]),
            (Some(MINUTE), None, 30, [zero, MINUTE]),
            (Some(-MINUTE), None, 30, [-MINUTE, -MINUTE]),
            (Some(MINUTE), Some(-MINUTE), 30, [zero, MINUTE]),
            // Not set since, as far as can be seen.
            (None, Some(-MINUTE), 30, [-MINUTE, -MINUTE]),
            (None, Some(-MINUTE), 34, [-MINUTE, -MINUTE]),
            // Set since.
            (None, Some(-MINUTE), 36, [zero, -MINUTE]),
            (None, Some(MINUTE), -300, [zero, MINUTE]),
        ] {
            let clocks = clocks(signing, asking, called);
            assert_eq!(clocks.signing(at(now)), ahead, "{clocks:?} at {now}");
        }
        let earlier = Clocks::of_past_call(None);
        assert_eq!(earlier.signing(at(30)), [zero, zero]);
    }
}

//! The clocks of a history.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_client::Clock;
use ums_client::transport::{BootClock, BootInstant};

use super::plan::Jump;

/// Tokio's clock as a time of day, set anew by jumps.
#[derive(Clone)]
pub(crate) struct SetClock {
    start: Instant,
    begins: DateTime<Utc>,
    jumps: Vec<(Duration, TimeDelta)>,
}

impl SetClock {
    pub(crate) fn new(begins: i64, jumps: &[Jump]) -> Self {
        // 18 July 2023, 00:00 UTC.
        const DAY: i64 = 1_689_638_400;
        Self {
            start: Instant::now(),
            begins: DateTime::from_timestamp(DAY + begins, 0).unwrap_or_default(),
            jumps: jumps
                .iter()
                .map(|jump| (jump.at, TimeDelta::seconds(jump.seconds)))
                .collect(),
        }
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = self.start.elapsed();
        let set: TimeDelta = self
            .jumps
            .iter()
            .filter(|(at, _)| *at <= elapsed)
            .map(|(_, by)| *by)
            .sum();
        self.begins + TimeDelta::from_std(elapsed).unwrap_or_default() + set
    }
}

/// Tokio's clock as the machine's own, so that a send window passes in a history as all else does.
pub(crate) struct PacedClock(Instant);

impl PacedClock {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl BootClock for PacedClock {
    fn now(&self) -> BootInstant {
        BootInstant::from_ticks(self.0.elapsed())
    }
}

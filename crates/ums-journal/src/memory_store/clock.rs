//! The clock of a store in memory: somebody hands it in.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::call::stamp::Stamp;

/// A clock that a store reads.
pub trait StoreClock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Stamp;
}

/// A clock that stands until it is moved, for tests and simulations.
#[derive(Debug)]
pub struct ManualClock(Mutex<Stamp>);

impl ManualClock {
    /// A clock that stands at that time of day.
    pub fn new(at: DateTime<Utc>) -> Self {
        let passed = Duration::from_secs(1_000_000);
        Self(Mutex::new(Stamp::new("machine-1", "boot-1", passed, at)))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.change(|now| {
            let ticks = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
            now.ticks = now.ticks.saturating_add(ticks);
            if let Ok(by) = TimeDelta::from_std(by) {
                now.at += by;
            }
        });
    }

    /// Sets the time of day, as a person does who corrects a clock. No time passes by it.
    pub fn set(&self, at: DateTime<Utc>) {
        self.change(|now| now.at = at);
    }

    /// Starts the machine anew: its clock counts from zero, under another boot id.
    pub fn reboot(&self, boot: &str) {
        self.change(|now| {
            boot.clone_into(&mut now.boot);
            now.ticks = 0;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Stamp)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl StoreClock for ManualClock {
    fn now(&self) -> Stamp {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

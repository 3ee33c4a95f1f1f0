//! The clocks of a history: the store's and the machine's.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use ums_client::Clock as _;
use ums_client::transport::{BootClock, BootInstant};
use ums_durable::journal::{Stamp, StoreClock};

use crate::history::clock::SetClock;

/// The machine that all processes and the journal are on: since when it runs, and how often it has
/// started.
#[derive(Clone)]
pub(crate) struct Machine(Arc<Mutex<(Instant, u32)>>);

impl Machine {
    pub(crate) fn new(start: Instant) -> Self {
        Self(Arc::new(Mutex::new((start, 1))))
    }

    /// It starts anew.
    pub(crate) fn boot(&self) {
        let mut boot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *boot = (Instant::now(), boot.1 + 1);
    }

    /// How long it has run, and how often it has started.
    fn runs(&self) -> (Duration, u32) {
        let (since, number) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match number {
            1 => BEFORE,
            _ => Duration::ZERO,
        };
        (before + since.elapsed(), number)
    }
}

/// How long it ran before the history.
const BEFORE: Duration = Duration::from_secs(1_000_000);

/// The store's clock: how much time has passed by it nobody sets, the time of day somebody may.
pub(crate) struct SetStoreClock {
    pub(crate) machine: Machine,
    pub(crate) day: SetClock,
}

impl StoreClock for SetStoreClock {
    fn now(&self) -> Stamp {
        let (passed, number) = self.machine.runs();
        let boot = match number {
            1 => "boot-1",
            _ => "boot-2",
        };
        Stamp::new("store", boot, passed, self.day.now())
    }
}

/// The clock of the send window, which goes on while a process stands still.
pub(crate) struct MachineClock {
    pub(crate) machine: Machine,
    /// Whether it stands, as in a client without a fence.
    pub(crate) stands: bool,
}

impl BootClock for MachineClock {
    fn now(&self) -> BootInstant {
        BootInstant::from_ticks(match self.stands {
            true => BEFORE,
            false => self.machine.runs().0,
        })
    }
}

//! The clocks of a history: the store's and the machine's.

use std::time::Duration;

use tokio::time::Instant;
use ums_client::Clock as _;
use ums_client::transport::{BootClock, BootInstant};
use ums_durable::journal::{Stamp, StoreClock};

use crate::history::clock::SetClock;

/// The store's clock: how much time has passed by it nobody sets, the time of day somebody may.
pub(crate) struct SetStoreClock {
    pub(crate) start: Instant,
    pub(crate) day: SetClock,
}

impl StoreClock for SetStoreClock {
    fn now(&self) -> Stamp {
        const BEFORE: Duration = Duration::from_secs(1_000_000);
        let passed = BEFORE + self.start.elapsed();
        Stamp::new("store", "boot-1", passed, self.day.now())
    }
}

/// The clock of the send window, which goes on while a process stands still.
pub(crate) struct MachineClock {
    pub(crate) start: Instant,
    /// Whether it stands, as in a client without a fence.
    pub(crate) stands: bool,
}

impl BootClock for MachineClock {
    fn now(&self) -> BootInstant {
        const BEFORE: Duration = Duration::from_secs(5_000);
        BootInstant::from_ticks(match self.stands {
            true => BEFORE,
            false => BEFORE + self.start.elapsed(),
        })
    }
}

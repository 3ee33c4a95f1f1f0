//! The time that signatures carry.

use chrono::{DateTime, Utc};

/// Tells the time of day. The default is the system's clock.
///
/// A gateway refuses timestamps too far from its own clock (how far is not published), so a
/// machine's clock must be kept right. The clock is never corrected behind its owner's back.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the library reads the wall clock"
        )]
        Utc::now()
    }
}

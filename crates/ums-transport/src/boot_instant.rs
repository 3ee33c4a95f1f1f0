//! The clock of the send window: it counts while the machine sleeps, and nobody sets it.

use std::ops::Add;
use std::sync::Arc;
use std::time::Duration;

/// A moment of the machine's own clock, which goes on while the machine is suspended.
///
/// [`Instant`](std::time::Instant) stands still meanwhile on Linux and macOS: by it, a process that
/// was suspended between its permission to send and its first byte would not be late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootInstant(Duration);

impl BootInstant {
    /// Now, by [`SystemBootClock`].
    pub fn now() -> Self {
        SystemBootClock.now()
    }

    /// The moment at which the clock shows this much, for a [`BootClock`] of one's own.
    pub fn from_ticks(ticks: Duration) -> Self {
        Self(ticks)
    }

    /// What the clock showed: the time since the machine was started, or since another moment that
    /// stays the same for this process.
    pub fn ticks(self) -> Duration {
        self.0
    }

    /// How long after `earlier` it is; `None` if it is before it.
    pub fn checked_duration_since(self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0)
    }
}

/// The moment so much later, or the last one there is.
impl Add<Duration> for BootInstant {
    type Output = Self;

    fn add(self, more: Duration) -> Self {
        Self(self.0.saturating_add(more))
    }
}

/// Tells the time of the send window. The default is [`SystemBootClock`]; tests have others.
pub trait BootClock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> BootInstant;
}

/// The machine's clock that counts while it is suspended.
///
/// That is `CLOCK_BOOTTIME` on Linux, Android, Fuchsia and OpenBSD, and `CLOCK_MONOTONIC` on the
/// systems of Apple, where it counts likewise. Elsewhere it is [`Instant`](std::time::Instant): on
/// Windows that counts too; on other systems a suspended machine may not see the time pass.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemBootClock;

impl BootClock for SystemBootClock {
    fn now(&self) -> BootInstant {
        BootInstant(ticks())
    }
}

#[cfg(any(
    target_os = "android",
    target_os = "fuchsia",
    target_os = "linux",
    target_os = "openbsd",
    target_vendor = "apple"
))]
fn ticks() -> Duration {
    use nix::time::{ClockId, clock_gettime};

    #[cfg(target_vendor = "apple")]
    const COUNTS_THROUGH_SLEEP: ClockId = ClockId::CLOCK_MONOTONIC;
    #[cfg(not(target_vendor = "apple"))]
    const COUNTS_THROUGH_SLEEP: ClockId = ClockId::CLOCK_BOOTTIME;

    // A kernel without it, which none of the supported ones is, has no window pass unseen: the
    // clock stands at its end.
    clock_gettime(COUNTS_THROUGH_SLEEP).map_or(Duration::MAX, Duration::from)
}

#[cfg(not(any(
    target_os = "android",
    target_os = "fuchsia",
    target_os = "linux",
    target_os = "openbsd",
    target_vendor = "apple"
)))]
fn ticks() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

impl<C: BootClock + ?Sized> BootClock for Arc<C> {
    fn now(&self) -> BootInstant {
        (**self).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_forward_and_is_counted_from_the_start_of_the_machine() {
        let first = BootInstant::now();
        std::thread::sleep(Duration::from_millis(2));
        let second = BootInstant::now();
        let passed = second.checked_duration_since(first).unwrap();
        assert!(passed >= Duration::from_millis(2), "{passed:?}");
        assert_eq!(first.checked_duration_since(second), None);
        assert_eq!(first + passed, second);
        assert_eq!(BootInstant::from_ticks(first.ticks()), first);
    }

    #[test]
    fn no_window_overflows() {
        let last = BootInstant::now() + Duration::MAX;
        assert_eq!(last + Duration::from_secs(1), last);
    }

    /// The kernel's own file of it, which has hundredths of a second.
    #[cfg(target_os = "linux")]
    #[test]
    fn it_is_the_clock_that_counts_while_the_machine_sleeps() {
        let read = || -> f64 {
            let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
            uptime.split(' ').next().unwrap().parse().unwrap()
        };
        let before = read();
        let now = BootInstant::now().ticks().as_secs_f64();
        let after = read();
        assert!(
            before - 0.02 <= now && now <= after + 0.02,
            "{before} {now} {after}"
        );
    }
}

//! How long the pauses before sending again last.

use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

/// Draws the pause before what was not sent is sent again ([`Resend::UpTo`](crate::Resend::UpTo)).
/// The default draws from the operating system's random source.
pub trait Jitter: Send + Sync + 'static {
    /// A pause from zero to `bound`, drawn so that clients that failed together do not come back
    /// together. What is above `bound` is cut to it.
    fn next_pause(&self, bound: Duration) -> Duration;
}

/// Any pause up to the bound, each as likely as the other ("full jitter").
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn next_pause(&self, bound: Duration) -> Duration {
        let mut random = [0; 4];
        // Without a random source the pause is the whole bound: longer, not shorter.
        let share = match SystemRandom::new().fill(&mut random) {
            Ok(()) => f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX),
            Err(_) => 1.0,
        };
        bound.mul_f64(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_differ_and_stay_within_the_bound() {
        let bound = Duration::from_secs(5);
        let pauses: Vec<_> = (0..100).map(|_| RandomJitter.next_pause(bound)).collect();
        assert!(pauses.iter().all(|pause| *pause <= bound));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}

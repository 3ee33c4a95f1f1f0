//! What is left to chance.

use std::time::Duration;

use fastrand::Rng;

pub(crate) fn ms(rng: &mut Rng, least: u64, most: u64) -> Duration {
    Duration::from_millis(rng.u64(least..=most))
}

pub(crate) fn one_in(rng: &mut Rng, n: u8) -> bool {
    rng.u8(0..n) == 0
}

pub(crate) fn pick<T: Copy + Default>(rng: &mut Rng, from: &[T]) -> T {
    from.get(rng.usize(0..from.len()))
        .copied()
        .unwrap_or_default()
}

//! Where nonces come from.

use std::fmt;
use std::sync::{Mutex, TryLockError};

use ring::rand::{SecureRandom, SystemRandom};
use ums_auth::Nonce;

/// Draws a new nonce for each request. The default draws from the operating system's random source.
pub trait NonceSource: Send + Sync + 'static {
    /// A nonce that was never drawn before.
    ///
    /// # Errors
    ///
    /// None can be had. The call then ends as not sent.
    fn next_nonce(&self) -> Result<Nonce, NonceUnavailable>;
}

/// 128 random bits as 32 lower-case hexadecimal digits: the form most often seen in accepted
/// requests. The platform publishes no rule but the length, at most 128.
///
/// The operating system is asked for the bits of 32 nonces at a time: asking for each alone takes
/// as long as the rest of signing. What was asked for before a fork is not used after it, by which
/// the parent and the child would draw the same: the process id tells. (A process that forks must
/// make a new client in the child all the same, for the connections it holds.)
pub struct RandomNonces {
    random: SystemRandom,
    drawn: Mutex<Drawn>,
}

impl RandomNonces {
    /// Nonces from the operating system's random source.
    pub fn new() -> Self {
        Self {
            random: SystemRandom::new(),
            drawn: Mutex::new(Drawn {
                bits: [[0; 16]; 32],
                left: 0,
                process: 0,
            }),
        }
    }
}

impl Default for RandomNonces {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RandomNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RandomNonces(..)")
    }
}

impl NonceSource for RandomNonces {
    fn next_nonce(&self) -> Result<Nonce, NonceUnavailable> {
        // Whoever panicked while holding it left it whole: `left` is lowered before the bits are
        // given out, and raised after they were filled.
        let mut drawn = match self.drawn.try_lock() {
            Ok(drawn) => drawn,
            Err(TryLockError::Poisoned(drawn)) => drawn.into_inner(),
            // Not waited for: a thread that the fork left behind would hold it for ever.
            Err(TryLockError::WouldBlock) => return self.one_nonce(),
        };
        let process = std::process::id();
        if drawn.left == 0 || drawn.process != process {
            drawn.left = 0;
            self.random
                .fill(drawn.bits.as_flattened_mut())
                .map_err(|_| NonceUnavailable)?;
            drawn.process = process;
            drawn.left = drawn.bits.len();
        }
        drawn.left -= 1;
        let bits = drawn.bits.get(drawn.left).ok_or(NonceUnavailable)?;
        Ok(Nonce::from_bits(bits))
    }
}

impl RandomNonces {
    fn one_nonce(&self) -> Result<Nonce, NonceUnavailable> {
        let mut bits = [0; 16];
        let filled = self.random.fill(&mut bits);
        filled.map_err(|_| NonceUnavailable)?;
        Ok(Nonce::from_bits(&bits))
    }
}

struct Drawn {
    bits: [[u8; 16]; 32],
    /// How many of them nobody was given, counted from the first.
    left: usize,
    /// The process that asked for them.
    process: u32,
}

/// No nonce could be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no nonce could be drawn: the random source failed")]
#[expect(
    clippy::exhaustive_structs,
    reason = "other sources must be able to say so, and there is no more to say"
)]
pub struct NonceUnavailable;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn threads_that_share_a_source_draw_different_nonces() {
        let source = RandomNonces::new();
        let draw = || {
            (0..500)
                .map(|_| source.next_nonce().unwrap())
                .collect::<Vec<_>>()
        };
        let drawn: Vec<Nonce> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect()
        });
        let distinct: HashSet<&Nonce> = drawn.iter().collect();
        assert_eq!((drawn.len(), distinct.len()), (2000, 2000));
    }

    /// As in a child whose parent forked while another thread drew.
    #[test]
    fn a_source_that_is_locked_for_ever_still_draws() {
        let source = RandomNonces::new();
        let _held = source.drawn.lock().unwrap();
        let drawn: HashSet<Nonce> = (0..100).map(|_| source.next_nonce().unwrap()).collect();
        assert_eq!(drawn.len(), 100);
    }

    #[test]
    fn debug_shows_none_of_the_bits() {
        let source = RandomNonces::default();
        source.next_nonce().unwrap();
        assert_eq!(format!("{source:?}"), "RandomNonces(..)");
    }

    #[test]
    fn nonces_are_32_hexadecimal_digits_and_differ() {
        let source = RandomNonces::new();
        let nonces: Vec<Nonce> = (0..1000).map(|_| source.next_nonce().unwrap()).collect();
        let distinct: HashSet<&Nonce> = nonces.iter().collect();
        assert_eq!(distinct.len(), nonces.len());
        for nonce in nonces {
            assert_eq!(nonce.as_str().len(), 32);
            assert!(
                nonce
                    .as_str()
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            );
        }
    }
}

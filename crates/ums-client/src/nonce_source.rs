//! Where nonces come from.

use ring::rand::{SecureRandom, SystemRandom};
use ums_auth::Nonce;

/// Draws a new nonce for each request. The default draws from the operating
/// system's random source.
pub trait NonceSource: Send + Sync + 'static {
    /// A nonce that was never drawn before.
    ///
    /// # Errors
    ///
    /// None can be had. The call then ends as not sent.
    fn draw(&self) -> Result<Nonce, NonceUnavailable>;
}

/// 128 random bits as 32 lower-case hexadecimal digits: the form most often
/// seen in accepted requests. The platform publishes no rule but the length,
/// at most 128.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RandomNonces {
    random: SystemRandom,
}

impl RandomNonces {
    /// Nonces from the operating system's random source.
    #[must_use]
    pub fn new() -> Self {
        Self {
            random: SystemRandom::new(),
        }
    }
}

impl Default for RandomNonces {
    fn default() -> Self {
        Self::new()
    }
}

impl NonceSource for RandomNonces {
    fn draw(&self) -> Result<Nonce, NonceUnavailable> {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut random = [0; 16];
        self.random
            .fill(&mut random)
            .map_err(|_| NonceUnavailable)?;
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(random) {
            pair.copy_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| Nonce::new(text).ok())
            .ok_or(NonceUnavailable)
    }
}

/// No nonce could be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no nonce could be drawn: the random source failed")]
#[allow(
    clippy::exhaustive_structs,
    reason = "sources outside this crate must be able to say so, and there is no more to say"
)]
pub struct NonceUnavailable;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_are_32_hexadecimal_digits_and_differ() {
        let source = RandomNonces::new();
        let one = source.draw().unwrap();
        let two = source.draw().unwrap();
        assert_ne!(one, two);
        for nonce in [one, two] {
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

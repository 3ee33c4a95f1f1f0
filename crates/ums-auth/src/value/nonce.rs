//! The random text that makes each request different.

use core::fmt;
use core::str::FromStr;

use crate::invalid::{InvalidValue, ValueName, check_text};
use crate::text::hex;
use crate::text::inline_text::InlineText;

/// Nonce: 1 to 128 printable ASCII characters, none of them a space, a quote, a comma or a
/// backslash.
///
/// The limit of 128 is from a community copy of the official table. Neither a character set nor a
/// rule of uniqueness is published; 32 hexadecimal digits of a cryptographic random source are safe
/// everywhere (inferred from what is in use). Make a new one for each request. Without the feature
/// `random` this crate has no random source: the nonce, or its bits, are passed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(InlineText<{ Nonce::MAX_LENGTH }>);

impl Nonce {
    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 128;

    /// Checks and takes a nonce.
    ///
    /// # Errors
    /// When it is empty, longer than [`MAX_LENGTH`](Self::MAX_LENGTH), has white space around it,
    /// or holds a character that is not allowed.
    pub fn new(nonce: &str) -> Result<Self, InvalidValue> {
        check_text(
            ValueName::Nonce,
            nonce,
            Self::MAX_LENGTH,
            "printable ASCII characters except space, quotes, comma and backslash",
            |c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | ',' | '\\'),
        )?;
        Ok(Self(InlineText::of(nonce)))
    }

    /// Any 128 bits, written as 32 lower-case hexadecimal digits. They must be random, or at least
    /// never have been used before.
    pub fn from_bits(bits: &[u8; 16]) -> Self {
        let mut text = InlineText::new();
        text.push(&hex::encode::<16, 32>(bits));
        Self(text)
    }

    /// 128 bits of the operating system's random source, written like
    /// [`from_bits`](Self::from_bits). Each call asks the system anew, so that no two threads, and
    /// no two processes after a fork, have bits in common.
    ///
    /// # Errors
    /// Returns an error if the system gives no random bytes. Then nothing may be signed: what is
    /// made in another way may have been used before.
    #[cfg(feature = "random")]
    pub fn random() -> Result<Self, RandomSourceError> {
        let mut bits = [0; 16];
        getrandom::getrandom(&mut bits).map_err(RandomSourceError)?;
        Ok(Self::from_bits(&bits))
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Nonce {
    type Err = InvalidValue;

    fn from_str(nonce: &str) -> Result<Self, InvalidValue> {
        Self::new(nonce)
    }
}

/// The operating system gave no random bytes.
#[cfg(feature = "random")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomSourceError(getrandom::Error);

#[cfg(feature = "random")]
impl fmt::Display for RandomSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the system's random source gives no nonce")
    }
}

#[cfg(feature = "random")]
impl core::error::Error for RandomSourceError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "random")]
    #[test]
    fn random_nonces_differ_and_are_32_digits() {
        let nonces: alloc::collections::BTreeSet<_> = (0..1000)
            .map(|_| alloc::string::String::from(Nonce::random().unwrap().as_str()))
            .collect();
        assert_eq!(nonces.len(), 1000);
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(
            nonces
                .iter()
                .all(|nonce| nonce.len() == 32 && nonce.bytes().all(digit))
        );
        // No bit is the same in all of them.
        for place in 0..32 {
            for bit in 0..4 {
                let set = |nonce: &alloc::string::String| {
                    u8::from_str_radix(&nonce[place..=place], 16).unwrap() >> bit & 1 == 1
                };
                let count = nonces.iter().filter(|nonce| set(nonce)).count();
                assert!((1..1000).contains(&count), "digit {place}, bit {bit}");
            }
        }
    }

    #[cfg(feature = "random")]
    #[test]
    fn a_source_that_fails_is_said_with_its_cause() {
        use alloc::string::ToString;
        use core::error::Error;

        let error = RandomSourceError(getrandom::Error::UNSUPPORTED);
        assert_eq!(
            error.to_string(),
            "the system's random source gives no nonce"
        );
        assert!(
            error
                .source()
                .is_some_and(|source| !source.to_string().is_empty())
        );
    }

    #[test]
    fn accepts_up_to_128_characters() {
        for nonce in ["0", "be46cd581c9f46ecbd71b9858311ea12", &"~".repeat(128)] {
            assert_eq!(Nonce::new(nonce).unwrap().as_str(), nonce);
        }
    }

    #[test]
    fn bits_are_written_as_lower_case_hexadecimal() {
        let nonce = Nonce::from_bits(&core::array::from_fn(|at| at as u8 * 17));
        assert_eq!(nonce.as_str(), "00112233445566778899aabbccddeeff");
        assert_eq!(Nonce::new(nonce.as_str()), Ok(nonce));
    }

    #[test]
    fn refuses_what_could_break_out_of_a_header() {
        for byte in 0..=0x7f_u8 {
            let nonce = alloc::format!("a{}b", char::from(byte));
            let allowed = byte.is_ascii_graphic() && !b"\"',\\".contains(&byte);
            assert_eq!(Nonce::new(&nonce).is_ok(), allowed, "{nonce:?}");
        }
        assert_eq!(Nonce::new("").unwrap_err().code(), "empty");
        assert_eq!(Nonce::new(&"a".repeat(129)).unwrap_err().code(), "too_long");
        assert_eq!(Nonce::new("é").unwrap_err().code(), "character_not_allowed");
    }
}

//! The random text that makes each request different.

use core::fmt;
use core::str::FromStr;

use crate::hex;
use crate::inline_text::InlineText;
use crate::invalid::{Field, InvalidValue, check_text};

/// Nonce: 1 to 128 printable ASCII characters, none of them a space, a quote,
/// a comma or a backslash.
///
/// The limit of 128 is from a community copy of the official table. Neither a
/// character set nor a rule of uniqueness is published; 32 hexadecimal digits
/// of a cryptographic random source are safe everywhere (inferred from what is
/// in use). This crate has no random source: make one per request and pass it
/// in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(InlineText<{ Nonce::MAX_LENGTH }>);

impl Nonce {
    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 128;

    /// Checks and takes a nonce.
    ///
    /// # Errors
    /// When it is empty, longer than [`MAX_LENGTH`](Self::MAX_LENGTH), has
    /// white space around it, or holds a character that is not allowed.
    pub fn new(nonce: &str) -> Result<Self, InvalidValue> {
        check_text(
            Field::Nonce,
            nonce,
            Self::MAX_LENGTH,
            "printable ASCII characters except space, quotes, comma and backslash",
            |c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | ',' | '\\'),
        )?;
        Ok(Self(InlineText::of(nonce)))
    }

    /// Any 128 bits, written as 32 lower-case hexadecimal digits. They must be
    /// random, or at least never have been used before.
    #[must_use]
    pub fn from_bits(bits: &[u8; 16]) -> Self {
        let mut text = InlineText::new();
        text.push(&hex::encode::<16, 32>(bits));
        Self(text)
    }

    /// The text as it was given.
    #[must_use]
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

#[cfg(test)]
mod tests {
    use super::*;

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

//! The 32 bytes of a signature, and their Base64.

use core::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::digest::CtOutput;
use sha2::Sha256;

use crate::invalid::{InvalidValue, ValueName, ValueRule};

/// HMAC-SHA256 of the string to sign: 32 bytes, written as 44 characters of standard, padded Base64
/// (documented vector).
///
/// A signature is not secret. Two of them are nevertheless compared in constant time, since one of
/// them may be a guess.
#[derive(Clone, Copy)]
pub struct Signature([u8; 32]);

impl Signature {
    /// The length of the text, in bytes.
    pub const LENGTH: usize = 44;

    /// A signature computed elsewhere.
    pub fn from_bytes(signature: [u8; 32]) -> Self {
        Self(signature)
    }

    /// Reads standard, padded Base64.
    ///
    /// The pad bits of the last character may be anything: the documented header example has them
    /// set.
    ///
    /// # Errors
    /// When it is not 44 characters of standard, padded Base64.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refuse = |rule| InvalidValue::with_given(ValueName::Signature, rule, text);
        if text.len() != Self::LENGTH {
            return Err(refuse(ValueRule::Length {
                exactly: Self::LENGTH,
                length: text.len(),
            }));
        }
        // Two groups of three more than the signature, as the engine estimates generously.
        let mut bytes = [0; 36];
        match LENIENT.decode_slice(text, &mut bytes) {
            Ok(32) => bytes
                .first_chunk()
                .map(|signature| Self(*signature))
                .ok_or_else(|| refuse(ValueRule::Base64)),
            _ => Err(refuse(ValueRule::Base64)),
        }
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    #[inline]
    pub(crate) fn base64(&self) -> [u8; Self::LENGTH] {
        let mut text = [0; Self::LENGTH];
        match STANDARD.encode_slice(self.0, &mut text) {
            Ok(Self::LENGTH) => text,
            _ => unreachable!("the Base64 of 32 bytes has 44 characters"),
        }
    }
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        CtOutput::<Sha256>::new(self.0.into()) == CtOutput::new(other.0.into())
    }
}

impl Eq for Signature {}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// The 44 characters that go into a header.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.base64();
        f.pad(core::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn the_documented_example_is_read_and_written_canonically() {
        let signature = Signature::parse("IPmdGHYCcfN+mto0/02zkwoUF1NT3YqPKaUykMaec1T=").unwrap();
        assert_eq!(
            signature.to_string(),
            "IPmdGHYCcfN+mto0/02zkwoUF1NT3YqPKaUykMaec1Q="
        );
    }

    #[test]
    fn refuses_other_encodings() {
        for (text, code) in [
            ("", "wrong_length"),
            (
                "GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08",
                "wrong_length",
            ),
            ("GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR_Dy08=", "not_base64"),
            ("GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy0==", "not_base64"),
            ("GINsCTyNKTpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy089", "not_base64"),
            ("GINsCTyN TpEI9KXO16KqZJ64fOyAytEKl8aaR/Dy08=", "not_base64"),
            (
                "18836c093c8d293a4423d2973b5e8aa9927ae1f3b2032b442a5f1a691fc3cb4f",
                "wrong_length",
            ),
        ] {
            assert_eq!(Signature::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(bytes: [u8; 32]) {
            let signature = Signature::from_bytes(bytes);
            prop_assert_eq!(Signature::parse(&signature.to_string()), Ok(signature));
            prop_assert_eq!(signature.as_bytes(), &bytes);
        }

        #[test]
        fn another_signature_is_not_equal(bytes: [u8; 32], at in 0..32_usize, bit in 0..8_u32) {
            let mut other = bytes;
            other[at] ^= 1_u8 << bit;
            prop_assert_ne!(Signature::from_bytes(bytes), Signature::from_bytes(other));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}|[A-Za-z0-9+/=]{44}") {
            let _ = Signature::parse(&text);
        }
    }
}

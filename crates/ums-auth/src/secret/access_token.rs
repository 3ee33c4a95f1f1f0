//! The token that stands for the credentials for an hour.

use alloc::string::String;
use core::fmt;

use hmac::digest::CtOutput;
use sha2::{Digest, Sha256};

use crate::invalid::{InvalidValue, ValueName, ValueRule};
use crate::secret::kept::Secret;

/// An access token, as the token server gives it out: printable ASCII without space, quote, comma
/// and backslash, at most 1024 bytes.
///
/// Neither its form nor its length is published; the limits are this crate's own, so that it cannot
/// break out of a header.
///
/// Whoever has it can call the platform until it expires, so it is kept as a key is: clones share
/// one copy, wiped at the end, and `Debug` shows nothing. Two tokens are compared in constant time.
#[derive(Clone)]
pub struct AccessToken(Secret);

impl AccessToken {
    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 1024;

    /// Takes over a token. A `String` given by value leaves no copy behind.
    ///
    /// # Errors
    /// When it is empty, too long, has white space around it, or holds a character that is not
    /// allowed. The error says nothing of the content.
    pub fn new(token: impl Into<String>) -> Result<Self, InvalidValue> {
        let secret = Secret::new(ValueName::AccessToken, token.into())?;
        let token = secret.expose();
        let rule = if let Some(at) = token.find(['"', '\'', ',', '\\']) {
            ValueRule::Character {
                at,
                character: None,
                allowed: "printable ASCII characters except space, quotes, comma and backslash",
            }
        } else if token.len() > Self::MAX_LENGTH {
            ValueRule::TooLong {
                at_most: Self::MAX_LENGTH,
                length: token.len(),
            }
        } else {
            return Ok(Self(secret));
        };
        Err(InvalidValue::new(ValueName::AccessToken, rule))
    }

    /// The token itself, for a store that several processes share. Keep it out of logs.
    pub fn expose_secret(&self) -> &str {
        self.0.expose()
    }
}

impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        let digest = |token: &Self| {
            CtOutput::<Sha256>::new(Sha256::digest(token.expose_secret().as_bytes()))
        };
        digest(self) == digest(other)
    }
}

impl Eq for AccessToken {}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn refusals_name_the_rule_and_nothing_of_the_token() {
        let long = "MARKER".repeat(200);
        for (given, code) in [
            ("", "empty"),
            ("MARKER ", "surrounding_space"),
            ("MAR KER", "character_not_allowed"),
            ("MARKER\"", "character_not_allowed"),
            ("MARKER,x", "character_not_allowed"),
            ("MARKER\r\nx", "character_not_allowed"),
            (&long, "too_long"),
        ] {
            let error = AccessToken::new(given).unwrap_err();
            assert_eq!(error.code(), code);
            assert!(!format!("{error} {error:?}").contains("MAR"));
        }
    }

    #[test]
    fn a_token_has_at_most_1024_bytes() {
        let token = |length| AccessToken::new("a".repeat(length));
        assert_eq!(token(1024).unwrap().expose_secret().len(), 1024);
        assert_eq!(token(1025).unwrap_err().code(), "too_long");
    }

    #[test]
    fn compares_by_content_and_stays_silent() {
        let token = |text: &str| AccessToken::new(text).unwrap();
        assert_eq!(token("MARKER"), token("MARKER"));
        assert_ne!(token("MARKER"), token("MARKEr"));
        assert_eq!(format!("{:?}", token("MARKER")), "AccessToken(..)");
    }
}

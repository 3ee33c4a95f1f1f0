//! AppId, the public half of the credentials.

use core::fmt;
use core::str::FromStr;

use crate::invalid::{InvalidValue, ValueName, check_text};
use crate::text::inline_text::InlineText;

/// AppId (开发者ID): who signs. 1 to 32 of `A-Z a-z 0-9 . _ -`.
///
/// The limit of 32 is from a community copy of the official table; in practice it is 32 hexadecimal
/// digits. The character set is this crate's own allow-list: the protocol has no escaping, so what
/// could break out of a header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AppId(InlineText<{ AppId::MAX_LENGTH }>);

impl AppId {
    /// The greatest length, in bytes.
    pub const MAX_LENGTH: usize = 32;

    /// Checks and takes an AppId.
    ///
    /// # Errors
    /// When it is empty, longer than [`MAX_LENGTH`](Self::MAX_LENGTH), has white space around it,
    /// or holds a character outside the allow-list. The error names the first such character but
    /// does not repeat the value, which may be an AppKey given in the wrong place.
    pub fn new(app_id: &str) -> Result<Self, InvalidValue> {
        check_text(
            ValueName::AppId,
            app_id,
            Self::MAX_LENGTH,
            "A-Z a-z 0-9 . _ -",
            |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
        )?;
        Ok(Self(InlineText::of(app_id)))
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AppId {
    type Err = InvalidValue;

    fn from_str(app_id: &str) -> Result<Self, InvalidValue> {
        Self::new(app_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_the_platform_gives_out() {
        for app_id in [
            "12345678901234567890123456789012",
            "ums-test-app",
            "a",
            "A.b_c-9",
        ] {
            assert_eq!(AppId::new(app_id).unwrap().as_str(), app_id);
        }
    }

    #[test]
    fn refuses_everything_else() {
        for (app_id, code) in [
            ("", "empty"),
            ("123456789012345678901234567890123", "too_long"),
            ("a ", "surrounding_space"),
            ("a b", "character_not_allowed"),
            ("a\"b", "character_not_allowed"),
            ("a\r\nb", "character_not_allowed"),
            ("商户", "character_not_allowed"),
        ] {
            assert_eq!(AppId::new(app_id).unwrap_err().code(), code, "{app_id:?}");
        }
    }
}

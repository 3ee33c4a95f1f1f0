//! What is wrong with a value that cannot be used to sign or to verify.

use alloc::string::String;
use core::fmt;

/// The value a rule is about, by the name UMS gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueName {
    /// The token of OPEN-ACCESS-TOKEN.
    AccessToken,
    /// 开发者ID, given out by the platform with the AppKey.
    AppId,
    /// 开发者秘钥: the secret that signs requests.
    AppKey,
    /// SHA-256 of a body, as hexadecimal text.
    BodyDigest,
    /// The random text that makes each request different.
    Nonce,
    /// 通讯密钥: the secret that signs notifications.
    NotifyKey,
    /// How a token request is signed.
    SignMethod,
    /// The signature as text.
    Signature,
    /// `yyyyMMddHHmmss` in UTC+8.
    Timestamp,
}

impl ValueName {
    /// The name as it stands in UMS's documents, where they have one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access token",
            Self::AppId => "AppId",
            Self::AppKey => "AppKey",
            Self::BodyDigest => "body digest",
            Self::Nonce => "Nonce",
            Self::NotifyKey => "通讯密钥",
            Self::SignMethod => "signMethod",
            Self::Signature => "Signature",
            Self::Timestamp => "Timestamp",
        }
    }
}

impl fmt::Display for ValueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rule that a value breaks. Lengths and positions count bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueRule {
    /// Not standard, padded Base64 of the right number of bytes.
    Base64,
    /// Fourteen digits, but no such day or time of day.
    Calendar,
    /// A character outside the allowed set.
    Character {
        /// Where it is, from 0.
        at: usize,
        /// The character; `None` where it may be part of a secret.
        character: Option<char>,
        /// The allowed set, in words.
        allowed: &'static str,
    },
    /// Not one of the values there are.
    Choice,
    /// Nothing was given.
    Empty,
    /// Not hexadecimal digits.
    Hexadecimal,
    /// Any other length than the one there is.
    Length {
        /// The one length that is right.
        exactly: usize,
        /// What was given.
        length: usize,
    },
    /// White space before or after the value, as left by copying it from a page.
    SurroundingSpace,
    /// Longer than the limit.
    TooLong {
        /// The limit.
        at_most: usize,
        /// What was given.
        length: usize,
    },
    /// A moment whose year in UTC+8 is not one of 1 to 9999.
    Year,
}

impl ValueRule {
    /// A stable name for programs, in `snake_case`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Base64 => "not_base64",
            Self::Calendar => "no_such_time",
            Self::Character { .. } => "character_not_allowed",
            Self::Choice => "not_a_choice",
            Self::Empty => "empty",
            Self::Hexadecimal => "not_hexadecimal",
            Self::Length { .. } => "wrong_length",
            Self::SurroundingSpace => "surrounding_space",
            Self::TooLong { .. } => "too_long",
            Self::Year => "year_out_of_range",
        }
    }
}

/// A value that breaks one of the rules of its [`ValueName`].
///
/// Says which field, which rule and, where that cannot be a secret, what was given. Nothing of an
/// AppKey or a 通讯密钥 is in it, not even its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    field: ValueName,
    rule: ValueRule,
    given: Option<String>,
}

impl InvalidValue {
    pub(crate) fn new(field: ValueName, rule: ValueRule) -> Self {
        Self {
            field,
            rule,
            given: None,
        }
    }

    pub(crate) fn with_given(field: ValueName, rule: ValueRule, given: &str) -> Self {
        Self {
            field,
            rule,
            given: Some(excerpt(given)),
        }
    }

    /// The value this is about.
    pub fn field(&self) -> ValueName {
        self.field
    }

    /// The rule it breaks.
    pub fn rule(&self) -> &ValueRule {
        &self.rule
    }

    /// The first 32 characters of what was given, escaped, with `…` after them when there were
    /// more. `None` for whatever may hold a secret.
    pub fn given(&self) -> Option<&str> {
        self.given.as_deref()
    }

    /// [`ValueRule::code`] of the broken rule.
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.field)?;
        match &self.rule {
            ValueRule::Base64 => f.write_str(
                "not the standard, padded Base64 of 32 bytes (44 characters ending in \"=\")",
            ),
            ValueRule::Calendar => f.write_str("no such day or time of day (yyyyMMddHHmmss)"),
            ValueRule::Character {
                at,
                character: Some(character),
                allowed,
            } => write!(
                f,
                "character {character:?} at byte {at}; allowed are {allowed}"
            ),
            ValueRule::Character {
                at,
                character: None,
                allowed,
            } => write!(
                f,
                "character at byte {at} not allowed; allowed are {allowed}"
            ),
            ValueRule::Choice => f.write_str("not one of the values this build knows"),
            ValueRule::Empty => f.write_str("empty; give the value the platform gave you"),
            ValueRule::Hexadecimal => f.write_str("not lower-case hexadecimal digits"),
            ValueRule::Length { exactly, length } => {
                write!(f, "{length} bytes given, exactly {exactly} needed")
            }
            ValueRule::SurroundingSpace => {
                f.write_str("white space before or after the value; remove it")
            }
            ValueRule::TooLong { at_most, length } => {
                write!(f, "{length} bytes given, at most {at_most} allowed")
            }
            ValueRule::Year => f.write_str("the year in UTC+8 must be one of 1 to 9999"),
        }?;
        match &self.given {
            Some(given) => write!(f, ": \"{given}\""),
            None => Ok(()),
        }
    }
}

impl core::error::Error for InvalidValue {}

/// The beginning of a text that came from outside, fit to be printed.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARACTERS: usize = 32;
    let mut excerpt: String = text
        .chars()
        .take(CHARACTERS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(CHARACTERS).is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// Checks a short text that goes into a header: not empty, no longer than `at_most` bytes, nothing
/// but what `is_allowed`.
pub(crate) fn check_text(
    field: ValueName,
    text: &str,
    at_most: usize,
    allowed: &'static str,
    is_allowed: fn(char) -> bool,
) -> Result<(), InvalidValue> {
    let rule = if text.is_empty() {
        ValueRule::Empty
    } else if text.trim() != text {
        ValueRule::SurroundingSpace
    } else if let Some((at, character)) = text.char_indices().find(|(_, c)| !is_allowed(*c)) {
        ValueRule::Character {
            at,
            character: Some(character),
            allowed,
        }
    } else if text.len() > at_most {
        ValueRule::TooLong {
            at_most,
            length: text.len(),
        }
    } else {
        return Ok(());
    };
    Err(InvalidValue::new(field, rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_excerpt_is_short_and_printable() {
        assert_eq!(excerpt("a\r\n\u{202e}b"), "a\\r\\n\\u{202e}b");
        assert_eq!(excerpt(&"x".repeat(32)), "x".repeat(32));
        assert_eq!(excerpt(&"试".repeat(33)), "试".repeat(32) + "…");
    }

    #[test]
    fn says_field_rule_and_what_was_given() {
        let error = InvalidValue::with_given(
            ValueName::Timestamp,
            ValueRule::Length {
                exactly: 14,
                length: 3,
            },
            "a\"b",
        );
        insta::assert_snapshot!(
            error.to_string(),
            @r#"Timestamp: 3 bytes given, exactly 14 needed: "a\"b""#
        );
        assert_eq!(error.given(), Some("a\\\"b"));
        assert_eq!(
            InvalidValue::new(ValueName::AppKey, ValueRule::Empty).given(),
            None
        );
    }
}

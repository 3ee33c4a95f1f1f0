//! Texts that callers hand in: bounded, and nothing in them that steers a terminal.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::mask::escape_unprintable;

/// A text for people from outside: who closed a call, why, on which evidence, a label.
///
/// ```
/// use ums_journal::CallerText;
///
/// assert!(CallerText::new("the customer's slip, no. 17").is_ok());
/// assert!(CallerText::new("line\nbreak").is_err());
/// assert!(CallerText::new("\u{202e}turned around").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CallerText(String);

impl CallerText {
    /// The longest such text, in characters.
    pub const MAX_LENGTH: usize = 500;

    /// A text of 1 to 500 characters, none of which is a control or a bidi character.
    ///
    /// # Errors
    ///
    /// Returns an error if it is empty, longer, or has such a character.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidText> {
        let text = text.into();
        let invalid = |problem| Err(InvalidText::new("text", problem));
        if text.trim().is_empty() {
            return invalid(TextProblem::Empty);
        }
        if text.chars().count() > Self::MAX_LENGTH {
            return invalid(TextProblem::TooLong(Self::MAX_LENGTH));
        }
        if text.contains(['\n', '\t', '\r']) || escape_unprintable(&text) != text {
            return invalid(TextProblem::Unprintable);
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for CallerText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text).map_err(<D::Error as serde::de::Error>::custom)
    }
}

/// A text that is not what it should be. It does not repeat the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} {problem}")]
pub struct InvalidText {
    what: &'static str,
    problem: TextProblem,
}

impl InvalidText {
    pub(crate) fn new(what: &'static str, problem: TextProblem) -> Self {
        Self { what, problem }
    }
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextProblem {
    Empty,
    TooLong(usize),
    Unprintable,
    NotVisibleAscii,
    Slash,
}

impl fmt::Display for TextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong(most) => write!(f, "has more than {most} characters"),
            Self::Unprintable => f.write_str("has a control or a bidi character"),
            Self::Slash => f.write_str("has a slash"),
            Self::NotVisibleAscii => f.write_str("has a character that is not visible ASCII"),
        }
    }
}

/// Refuses what is not 1 to `most` visible ASCII characters.
pub(crate) fn visible_ascii(
    what: &'static str,
    text: &str,
    most: usize,
) -> Result<(), InvalidText> {
    let problem = if text.is_empty() {
        TextProblem::Empty
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        TextProblem::NotVisibleAscii
    } else if text.len() > most {
        TextProblem::TooLong(most)
    } else {
        return Ok(());
    };
    Err(InvalidText::new(what, problem))
}

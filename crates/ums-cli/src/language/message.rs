//! A text in both languages.

use std::fmt;

use ums_client::Language;

use super::{of_this_run, say};

/// A text in English and in Chinese: none is said that exists in one of them only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    english: String,
    chinese: String,
}

impl Message {
    pub(crate) fn new(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self {
            english: english.into(),
            chinese: chinese.into(),
        }
    }

    /// What is called the same in both: a flag, a file, a variable.
    pub(crate) fn name(name: impl fmt::Display) -> Self {
        let name = name.to_string();
        Self::new(name.clone(), name)
    }

    /// Both texts, changed in the same way.
    pub(crate) fn map<T: Into<String>>(self, change: impl Fn(&str) -> T) -> Self {
        Self::new(change(&self.english), change(&self.chinese))
    }

    /// This, and then that.
    pub(crate) fn and(mut self, more: impl Into<Self>) -> Self {
        let more = more.into();
        self.english.push_str(&more.english);
        self.chinese.push_str(&more.chinese);
        self
    }

    /// Each on the one before it, from the outermost to the innermost, on one line.
    pub(crate) fn chain(messages: &[Self]) -> Self {
        let join = |text: fn(&Self) -> &str, between: &str| {
            messages.iter().map(text).collect::<Vec<_>>().join(between)
        };
        Self::new(
            join(|message| &message.english, ": "),
            join(|message| &message.chinese, "："),
        )
    }

    pub(crate) fn said(&self, language: Language) -> &str {
        say(language, &self.english, &self.chinese)
    }
}

/// A pair, English first.
impl<E: Into<String>, C: Into<String>> From<(E, C)> for Message {
    fn from((english, chinese): (E, C)) -> Self {
        Self::new(english, chinese)
    }
}

/// In the language of this run.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.said(of_this_run()))
    }
}

/// So that clap can carry one.
impl std::error::Error for Message {}

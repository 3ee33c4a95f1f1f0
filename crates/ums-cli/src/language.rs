//! The language a person is spoken to in, and the texts in both.

mod command_line;
mod fields;
mod fold;
#[cfg(test)]
mod foreign;
mod help;
mod library;
mod message;
mod phrases;
mod words;

use std::sync::OnceLock;

use clap::ValueEnum;
use ums_client::Language;

pub(crate) use self::command_line::{explained, wrong};
pub(crate) use self::help::{in_chinese, with_headings};
pub(crate) use self::library::{Told, rule, without_place};
pub(crate) use self::message::Message;
pub(crate) use self::words::word;

/// The value of `--lang`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// Chinese (中文)
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Zh => Self::Chinese,
        }
    }
}

/// The language by the locale: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides
/// (POSIX).
pub(crate) fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    match locale {
        Some(locale) if locale.starts_with("zh") => Language::Chinese,
        _ => Language::English,
    }
}

static OF_THIS_RUN: OnceLock<Language> = OnceLock::new();

/// From now on [`spoken`] is in this language. The first call decides.
pub(crate) fn speak(language: Language) {
    let _ = OF_THIS_RUN.set(language);
}

/// The text in the language of this run, where no [`Context`](crate::context::Context) is at hand.
/// English before [`speak`].
pub(crate) fn spoken<'a>(english: &'a str, chinese: &'a str) -> &'a str {
    say(of_this_run(), english, chinese)
}

/// The language of this run. English before [`speak`].
pub(crate) fn of_this_run() -> Language {
    OF_THIS_RUN.get().copied().unwrap_or(Language::English)
}

/// The text in this language.
pub(crate) fn say<'a>(language: Language, english: &'a str, chinese: &'a str) -> &'a str {
    match language {
        Language::Chinese => chinese,
        _ => english,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let of = |pairs: &[(&str, &str)]| {
            of_locale(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Language::Chinese);
        assert_eq!(
            of(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]),
            Language::English
        );
        assert_eq!(
            of(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]),
            Language::Chinese
        );
        assert_eq!(
            of(&[("LANG", "en_US"), ("LC_MESSAGES", "zh_TW")]),
            Language::Chinese
        );
    }
}

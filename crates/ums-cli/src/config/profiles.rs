//! The configuration file: named profiles in TOML.
//!
//! Walked by hand rather than derived, so that every refusal names file, line and key, and none
//! repeats a value: a key pasted into the wrong place must not come back on the screen.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::files::exposure::{Exposure, Keep};
use crate::files::file::{self, Contents, Unreadable};
use crate::language::{Message, Told};
use crate::print::entry::Label;
use crate::print::visible::visible;

const CONFIGURATION_FILE: Label = ("configuration file", "配置文件");

/// A configuration file as read.
#[derive(Debug, Default)]
pub(crate) struct Config {
    pub(crate) default_profile: Option<String>,
    pub(crate) profiles: BTreeMap<String, Profile>,
    /// How the file lies open to others, if it does.
    pub(crate) exposure: Option<Exposure>,
}

/// The settings of one profile, as text, by key.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    settings: BTreeMap<&'static str, Setting>,
}

/// One setting and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Profile {
    pub(crate) fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.get(key)
    }
}

impl Config {
    /// Reads the file, or `None` when there is none.
    ///
    /// # Errors
    ///
    /// It cannot be read or used.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, InvalidConfig> {
        /// Far above any configuration.
        const MOST: u64 = 1 << 20;
        let refuse = |line, problem| InvalidConfig {
            file: path.to_owned(),
            line,
            problem,
        };
        let Contents { bytes, metadata } = match file::read(path, MOST) {
            Ok(contents) => contents,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(refuse(None, Problem::Unreadable(error))),
        };
        let text = String::from_utf8(bytes).map_err(|_| refuse(None, Problem::NotText))?;
        let mut config =
            Self::parse(&text).map_err(|(line, problem)| refuse(Some(line), problem))?;
        config.exposure = Exposure::of(CONFIGURATION_FILE, path, &metadata, Keep::Unchanged);
        Ok(Some(config))
    }

    fn parse(text: &str) -> Result<Self, (usize, Problem)> {
        let document = DeTable::parse(text).map_err(|error| {
            let line = line_of(text, error.span().unwrap_or_default());
            (line, Problem::Syntax(error.message().to_owned()))
        })?;
        let walk = Walk { text };
        let mut config = Self::default();
        for (key, value) in document.get_ref() {
            match key.get_ref().as_ref() {
                "default_profile" => {
                    config.default_profile = Some(walk.string("default_profile", value)?);
                }
                "profiles" => config.profiles = walk.profiles(value)?,
                other => {
                    return Err(walk.unknown(key, other, "", &["default_profile", "profiles"]));
                }
            }
        }
        Ok(config)
    }
}

/// The keys of a profile. Each that is not one of the next two lists takes text.
const PROFILE_KEYS: [&str; 20] = [
    "app_id",
    "app_key_file",
    "base_url",
    "ca",
    "day_ends",
    "env",
    "forwarder",
    "journal",
    "journal_id",
    "late_window",
    "lease",
    "merchant_code",
    "proxy",
    "reply_codes",
    "resolve_pace",
    "resolve_within",
    "reversal",
    "send_window",
    "terminal_code",
    "timeout",
];
const SECONDS: [&str; 6] = [
    "late_window",
    "lease",
    "resolve_pace",
    "resolve_within",
    "send_window",
    "timeout",
];
const YES_OR_NO: [&str; 2] = ["forwarder", "reversal"];

struct Walk<'t> {
    text: &'t str,
}

impl Walk<'_> {
    fn profiles(
        &self,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<BTreeMap<String, Profile>, (usize, Problem)> {
        let profiles = self.table("profiles", value)?;
        profiles
            .iter()
            .map(|(name, value)| {
                let name = name.get_ref().to_string();
                let profile = self.profile(&format!("profiles.{}", shown(&name)), value)?;
                Ok((name, profile))
            })
            .collect()
    }

    fn profile(&self, at: &str, value: &Spanned<DeValue<'_>>) -> Result<Profile, (usize, Problem)> {
        let mut profile = Profile::default();
        for (key, value) in self.table(at, value)? {
            let given = key.get_ref().as_ref();
            let Some(known) = PROFILE_KEYS.into_iter().find(|known| *known == given) else {
                return Err(self.unknown(key, given, at, &PROFILE_KEYS));
            };
            let path = format!("{at}.{known}");
            let text = match (known, value.get_ref()) {
                (key, DeValue::Integer(number)) if SECONDS.contains(&key) => number.to_string(),
                (key, DeValue::Float(number)) if SECONDS.contains(&key) => number.to_string(),
                (key, DeValue::Boolean(is)) if YES_OR_NO.contains(&key) => is.to_string(),
                (key, _) if YES_OR_NO.contains(&key) => {
                    return Err(self.wrong_type(&path, ("true or false", " true 或 false"), value));
                }
                (key, _) if SECONDS.contains(&key) => {
                    return Err(self.wrong_type(&path, ("a number of seconds", "秒数"), value));
                }
                _ => self.string(&path, value)?,
            };
            let line = line_of(self.text, key.span());
            profile.settings.insert(known, Setting { text, line });
        }
        Ok(profile)
    }

    fn table<'v>(
        &self,
        at: &str,
        value: &'v Spanned<DeValue<'_>>,
    ) -> Result<&'v DeTable<'v>, (usize, Problem)> {
        value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.wrong_type(at, ("a table", "表"), value))
    }

    fn string(&self, at: &str, value: &Spanned<DeValue<'_>>) -> Result<String, (usize, Problem)> {
        value
            .get_ref()
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| self.wrong_type(at, ("text in quotes", "带引号的文本"), value))
    }

    fn wrong_type(
        &self,
        at: &str,
        wanted: Label,
        value: &Spanned<DeValue<'_>>,
    ) -> (usize, Problem) {
        let problem = Problem::Type {
            key: at.to_owned(),
            wanted,
        };
        (line_of(self.text, value.span()), problem)
    }

    fn unknown(
        &self,
        key: &Spanned<impl AsRef<str>>,
        given: &str,
        at: &str,
        known: &'static [&'static str],
    ) -> (usize, Problem) {
        let dot = if at.is_empty() { "" } else { "." };
        let path = format!("{at}{dot}{}", shown(given));
        let problem = if names_a_secret(given) {
            Problem::Secret(path)
        } else {
            Problem::Unknown { key: path, known }
        };
        (line_of(self.text, key.span()), problem)
    }
}

fn line_of(text: &str, span: Range<usize>) -> usize {
    let before = text.as_bytes().iter().take(span.start);
    1 + before.filter(|byte| **byte == b'\n').count()
}

fn names_a_secret(key: &str) -> bool {
    let letters: String = key.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    ["appkey", "key", "secret", "appsecret"].contains(&letters.as_str())
}

/// A key of the file, fit to be shown.
fn shown(key: &str) -> String {
    const MOST: usize = 40;
    let cut = if key.chars().nth(MOST).is_some() {
        "…"
    } else {
        ""
    };
    let start: String = key.chars().take(MOST).collect();
    format!("{}{cut}", visible(&start))
}

/// A configuration file that cannot be used.
#[derive(Debug)]
pub(crate) struct InvalidConfig {
    file: PathBuf,
    line: Option<usize>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Unreadable(Unreadable),
    NotText,
    /// What the parser says: its own words, none of the file's.
    Syntax(String),
    Secret(String),
    Type {
        key: String,
        wanted: Label,
    },
    Unknown {
        key: String,
        known: &'static [&'static str],
    },
}

impl Told for InvalidConfig {
    fn told(&self) -> Message {
        let file = visible(&self.file.display().to_string());
        let place = match self.line {
            Some(line) => Message::new(
                format!("{file}, line {line}: "),
                format!("{file} 第 {line} 行："),
            ),
            None => Message::new(format!("{file}: "), format!("{file}：")),
        };
        place.and(match &self.problem {
            Problem::Unreadable(error) => Message::new(
                "the configuration file cannot be read: ",
                "无法读取配置文件：",
            )
            .and(error.told()),
            Problem::NotText => Message::new(
                "the configuration file is not text in UTF-8",
                "配置文件不是 UTF-8 文本",
            ),
            // The line is what helps; the parser's own words are English.
            Problem::Syntax(message) => {
                Message::new(format!("not TOML: {message}"), "不是有效的 TOML")
            }
            Problem::Secret(key) => Message::new(
                format!(
                    "{key}: the AppKey does not belong in this file; write it to a file of its own \
                     that only you can read, and name that with app_key_file"
                ),
                format!(
                    "{key}：AppKey 不能写在此文件中；请写入只有您能读取的单独文件，并用 \
                     app_key_file 指明该文件"
                ),
            ),
            Problem::Type { key, wanted } => Message::new(
                format!("{key} must be {}", wanted.0),
                format!("{key} 应为{}", wanted.1),
            ),
            Problem::Unknown { key, known } => Message::new(
                format!("{key} is not known; known there are {}", known.join(", ")),
                format!("{key} 不是已知的键；可用的键有 {}", known.join("、")),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> String {
        let (line, problem) = Config::parse(text).unwrap_err();
        let error = InvalidConfig {
            file: "config.toml".into(),
            line: Some(line),
            problem,
        };
        error.told().to_string()
    }

    #[test]
    fn every_key_is_read() {
        let keys: String = PROFILE_KEYS
            .iter()
            .map(|key| match *key {
                key if SECONDS.contains(&key) => format!("{key} = 2.5\n"),
                key if YES_OR_NO.contains(&key) => format!("{key} = true\n"),
                key => format!("{key} = \"{key}!\"\n"),
            })
            .collect();
        let text = format!(
            "default_profile = \"shop\"\n[profiles.shop]\n{keys}[profiles.\"a b\"]\ntimeout = 30\n"
        );
        let config = Config::parse(&text).unwrap();
        assert_eq!(config.default_profile.as_deref(), Some("shop"));
        assert_eq!(config.profiles.len(), 2);
        for (index, key) in PROFILE_KEYS.into_iter().enumerate() {
            let setting = config.profiles["shop"].setting(key).unwrap();
            let text = match key {
                key if SECONDS.contains(&key) => "2.5".to_owned(),
                key if YES_OR_NO.contains(&key) => "true".to_owned(),
                key => format!("{key}!"),
            };
            assert_eq!(
                *setting,
                Setting {
                    text,
                    line: index + 3
                }
            );
        }
        let other = config.profiles["a b"].setting("timeout").unwrap();
        assert_eq!((other.text.as_str(), other.line), ("30", 24));
    }

    #[test]
    fn refusals_name_file_line_and_key() {
        let refusals: Vec<_> = [
            "profile = 1",
            "default_profile = 7",
            "profiles = 7",
            "[profiles]\nshop = 7",
            "\n[profiles.shop]\napp_id = \"a\"\ntimout = 3",
            "[profiles.shop]\nenv = true",
            "[profiles.shop]\ntimeout = \"3\"",
            "[profiles.shop]\nforwarder = \"yes\"",
            "[profiles.shop]\n\n\napp_key = \"MARKER\"",
            "[profiles.shop]\nAppKey = \"MARKER\"",
            "[profiles.shop]\napp_id = MARKER",
            "[profiles.shop]\napp_id = \"a\"\napp_id = \"b\"",
            "[profiles.\"a\\nb\"]\nc = 1",
        ]
        .into_iter()
        .map(refusal)
        .collect();
        let refusals = refusals.join("\n");
        assert!(!refusals.contains("MARKER"));
        insta::assert_snapshot!(refusals, @r"
        config.toml, line 1: profile is not known; known there are default_profile, profiles
        config.toml, line 1: default_profile must be text in quotes
        config.toml, line 1: profiles must be a table
        config.toml, line 2: profiles.shop must be a table
        config.toml, line 4: profiles.shop.timout is not known; known there are app_id, app_key_file, base_url, ca, day_ends, env, forwarder, journal, journal_id, late_window, lease, merchant_code, proxy, reply_codes, resolve_pace, resolve_within, reversal, send_window, terminal_code, timeout
        config.toml, line 2: profiles.shop.env must be text in quotes
        config.toml, line 2: profiles.shop.timeout must be a number of seconds
        config.toml, line 2: profiles.shop.forwarder must be true or false
        config.toml, line 4: profiles.shop.app_key: the AppKey does not belong in this file; write it to a file of its own that only you can read, and name that with app_key_file
        config.toml, line 2: profiles.shop.AppKey: the AppKey does not belong in this file; write it to a file of its own that only you can read, and name that with app_key_file
        config.toml, line 2: not TOML: string values must be quoted, expected literal string
        config.toml, line 3: not TOML: duplicate key
        config.toml, line 2: profiles.a\nb.c is not known; known there are app_id, app_key_file, base_url, ca, day_ends, env, forwarder, journal, journal_id, late_window, lease, merchant_code, proxy, reply_codes, resolve_pace, resolve_within, reversal, send_window, terminal_code, timeout
        ");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[\\[\\]a-z_.=\" \n0-9]{0,80}|\\PC{0,80}") {
            let _ = Config::parse(&text);
        }

        #[test]
        fn no_refusal_repeats_a_value(value in "MARKER[a-z]{0,20}", key in "[a-z_]{1,12}") {
            for text in [
                format!("[profiles.x]\n{key} = [\"{value}\"]"),
                format!("{key} = {value}"),
                format!("{key} = \"{value}"),
            ] {
                if Config::parse(&text).is_err() {
                    prop_assert!(!refusal(&text).contains("MARKER"));
                }
            }
        }
    }
}

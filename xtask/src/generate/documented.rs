//! Reads a file of `fixtures/documented/` into its type. An error names the file, the place in it
//! and the reason.

use std::fmt::{self, Display};
use std::ops::Deref;
use std::path::Path;

use anyhow::{Context, Error, Result, anyhow};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};

use super::json::Json;

/// Reads the file of this name; errors call it by the same name.
pub(crate) fn read<T: DeserializeOwned>(documented: &Path, file: &str) -> Result<T> {
    let path = documented.join(file);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    parse(file, &text)
}

pub(crate) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    parse_at(file, "", text)
}

/// Reads a value that stands at `place` in the file.
pub(crate) fn typed<T: DeserializeOwned>(file: &str, place: &str, value: &Json) -> Result<T> {
    parse_at(file, place, &value.compact())
}

fn parse_at<T: DeserializeOwned>(file: &str, place: &str, text: &str) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|found| {
        let inside = found.path().to_string();
        let mut reason = found.inner().to_string();
        // The place says it better than line and column.
        if found.inner().is_data()
            && let Some(end) = reason.rfind(" at line ")
        {
            reason.truncate(end);
        }
        error(file, &inner(place, inside.trim_matches('.')), reason)
    })?;
    json.end().map_err(|reason| error(file, place, reason))?;
    Ok(value)
}

/// A place inside another one.
pub(crate) fn inner(place: &str, inside: &str) -> String {
    match (place, inside) {
        (place, "") => place.to_owned(),
        ("", inside) => inside.to_owned(),
        _ => format!("{place}.{inside}"),
    }
}

/// An error at a place in a file; no place is the whole file.
pub(crate) fn error(file: &str, place: &str, reason: impl Display) -> Error {
    match place {
        "" => anyhow!("fixtures/documented/{file}: {reason}"),
        _ => anyhow!("fixtures/documented/{file}: {place}: {reason}"),
    }
}

/// What serde cannot see: whether the parts of a value agree. The reason begins with the key that
/// it is about.
pub(crate) trait Check {
    fn check(&self) -> Finding;
}

pub(crate) type Finding<T = ()> = Result<T, String>;

/// A value that is checked as soon as it is read, so that the error names its place.
pub(crate) struct Checked<T>(T);

impl<T> Checked<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: Deserialize<'de> + Check> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = T::deserialize(deserializer)?;
        value.check().map_err(D::Error::custom)?;
        Ok(Self(value))
    }
}

/// A string that is not empty.
#[derive(PartialEq)]
pub(crate) struct Text(String);

impl Deref for Text {
    type Target = String;

    fn deref(&self) -> &String {
        &self.0
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)? {
            text if text.is_empty() => Err(D::Error::custom("is empty")),
            text => Ok(Self(text)),
        }
    }
}

/// What is there, be it null: a key that is absent says nothing.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// What a word of a table stands for.
pub(crate) fn word<T: Copy>(given: &str, table: &[(&str, T)]) -> Finding<T> {
    let found = table.iter().find(|(word, _)| *word == given);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<_> = table.iter().map(|(word, _)| *word).collect();
        format!("{given:?} is none of: {}", words.join(", "))
    })
}

/// That the word under a key is one of these.
pub(crate) fn one_of(key: &str, given: &str, words: &[&str]) -> Finding {
    let table: Vec<_> = words.iter().map(|word| (*word, ())).collect();
    word(given, &table).map_err(|reason| format!("{key}: {reason}"))
}

/// The place of the first item that was there before.
pub(crate) fn repeated<T: PartialEq>(items: &[T]) -> Option<usize> {
    (0..items.len()).find(|at| items[..*at].contains(&items[*at]))
}

//! The rules of the fields of an order, as its file is read by them.

use chrono::{NaiveDate, NaiveTime};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::clock::{read_day, read_time};

/// What is there, where there may be nothing. `null` is something.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

pub(crate) fn text<'de, const MAX: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<String, D::Error> {
    let rule = format!("must be text of 1 to {MAX} characters");
    named(deserializer, &rule, |text| {
        let fits = (1..=MAX).contains(&text.chars().count());
        fits.then(|| text.to_owned())
    })
}

pub(crate) fn some_text<'de, const MAX: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    text::<MAX, D>(deserializer).map(Some)
}

pub(crate) fn trace_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    named(deserializer, "must be 6 digits", |text| {
        let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.to_owned())
    })
}

pub(crate) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    named(deserializer, "must be a date as yyyyMMdd", read_day)
}

pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    named(deserializer, "must be a time as HHmmss", read_time)
}

pub(crate) fn some_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NaiveTime>, D::Error> {
    time(deserializer).map(Some)
}

pub(crate) fn fen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    number(deserializer, "must be a whole number of fen", Value::as_u64)
}

pub(crate) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    number(deserializer, "must be a whole number", Value::as_u64)
}

pub(crate) fn signed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    number(deserializer, "must be a whole number", Value::as_i64)
}

pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = whole(deserializer)?;
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// A text that means something.
pub(crate) fn named<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    rule: &str,
    meaning: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let read = value.as_str().and_then(meaning);
    read.ok_or_else(|| D::Error::custom(rule))
}

fn number<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    rule: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    read(&value).ok_or_else(|| D::Error::custom(rule))
}

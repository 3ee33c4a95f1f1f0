//! What a person is shown of a request and of a reply, by the description of their fields.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::{Map, Value};
use ums_client::model::{Fen, FieldSpec, Format};

use crate::language::Message;
use crate::print::entry::{Entry, Label, in_yuan};
use crate::print::table::masked;

/// What stands in one row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shown {
    /// The value of the field with this name.
    Field(&'static str),
    /// The same, of one that holds a text in words.
    Words(&'static str),
    /// What is concluded from the whole body.
    By(fn(&str) -> Option<Message>),
}

impl Shown {
    /// The field that is shown.
    pub(crate) fn field(&self) -> Option<&'static str> {
        match self {
            Self::Field(name) | Self::Words(name) => Some(name),
            Self::By(_) => None,
        }
    }
}

/// The rows of a body, in order.
pub(crate) fn entries(
    body: &str,
    fields: &[FieldSpec],
    shown: impl IntoIterator<Item = &'static (Label, Shown)>,
) -> Vec<Entry> {
    let members: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    let value = |name: &str| {
        let field = fields.iter().find(|field| field.name == name)?;
        as_documented(field, members.get(name)?)
    };
    shown
        .into_iter()
        .map(|(label, shown)| {
            let value = match shown {
                Shown::Field(name) => value(name),
                Shown::Words(name) => value(name).map(|words| words.map(masked)),
                Shown::By(concluded) => concluded(body),
            };
            (*label, value)
        })
        .collect()
}

/// The value, if it is there and reads as documented.
fn as_documented(field: &FieldSpec, value: &Value) -> Option<Message> {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(Message::name(match field.format {
        Some(Format::Fen) => return text.parse::<Fen>().ok().map(in_yuan),
        Some(Format::YearMonthDay) => NaiveDate::parse_from_str(&text, "%Y%m%d").ok()?.to_string(),
        Some(Format::HourMinuteSecond) => {
            NaiveTime::parse_from_str(&text, "%H%M%S").ok()?.to_string()
        }
        Some(Format::DayAndTime) => NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%S")
            .ok()?
            .to_string(),
        _ => text,
    }))
}

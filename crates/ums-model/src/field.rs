//! A field of a reply: absent, typed, or as it was received.

use chrono::{NaiveDate, NaiveTime};

use crate::amount::Fen;
use crate::date::{self, MonthDay};
use crate::json::Json;
use crate::object::{Scalar, Token};
use crate::spec::{FieldKind, Format};
use crate::text::Text;

/// What a reply says in one field.
///
/// The platform's replies differ from its own tables: numbers come as strings, fields stay away. Such a reply is not
/// lost for it; what does not read as documented is kept as [`AsReceived`](Field::AsReceived).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a field reads as documented, or not, or is not there"
)]
pub enum Field<T> {
    /// Not there, `null`, or the empty string.
    #[default]
    Absent,
    /// Read as documented.
    Typed(T),
    /// There, but not as documented: the JSON value as it came.
    AsReceived(Json),
}

impl<T> Field<T> {
    /// The value, when it reads as documented.
    pub fn typed(&self) -> Option<&T> {
        match self {
            Self::Typed(value) => Some(value),
            Self::Absent | Self::AsReceived(_) => None,
        }
    }

    /// The value, when it reads as documented.
    pub fn into_typed(self) -> Option<T> {
        match self {
            Self::Typed(value) => Some(value),
            Self::Absent | Self::AsReceived(_) => None,
        }
    }

    /// The JSON value, when it is there and does *not* read as documented.
    pub fn as_received(&self) -> Option<&Json> {
        match self {
            Self::AsReceived(json) => Some(json),
            Self::Absent | Self::Typed(_) => None,
        }
    }

    /// Whether the field is not there, `null`, or the empty string.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// Reads a value by the rules of its documented type.
pub(crate) fn read<T: Read>(token: &Token<'_>) -> Field<T> {
    if token.is_nothing() {
        return Field::Absent;
    }
    T::read(token).map_or_else(|| Field::AsReceived(token.to_json()), Field::Typed)
}

/// A type that a reply's field can have.
pub(crate) trait Read: Sized {
    /// The documented JSON type.
    const KIND: FieldKind;
    /// The documented format inside it.
    const FORMAT: Option<Format> = None;

    /// The value, or `None` when what came does not read as documented.
    fn read(token: &Token<'_>) -> Option<Self>;
}

impl Read for Text {
    const KIND: FieldKind = FieldKind::String;

    fn read(token: &Token<'_>) -> Option<Self> {
        token.text()
    }
}

/// Documented as a number, seen as a number and as a string of digits. Never by way of a float.
impl Read for u64 {
    const KIND: FieldKind = FieldKind::Number;

    fn read(token: &Token<'_>) -> Option<Self> {
        match &token.scalar {
            Scalar::String(text) => date::digits(text)?.parse().ok(),
            Scalar::Number(text) => date::digits(text)?.parse().ok(),
            _ => None,
        }
    }
}

impl Read for Fen {
    const KIND: FieldKind = FieldKind::Number;
    const FORMAT: Option<Format> = Some(Format::Fen);

    fn read(token: &Token<'_>) -> Option<Self> {
        u64::read(token).map(Self::new)
    }
}

/// Documented as a boolean, printed as the strings `"true"` and `"false"` in the official samples.
impl Read for bool {
    const KIND: FieldKind = FieldKind::Boolean;

    fn read(token: &Token<'_>) -> Option<Self> {
        match &token.scalar {
            Scalar::Bool(value) => Some(*value),
            Scalar::String(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl Read for NaiveDate {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::YearMonthDay);

    fn read(token: &Token<'_>) -> Option<Self> {
        token.string().and_then(date::year_month_day)
    }
}

impl Read for NaiveTime {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::HourMinuteSecond);

    fn read(token: &Token<'_>) -> Option<Self> {
        token.string().and_then(date::hour_minute_second)
    }
}

impl Read for MonthDay {
    const KIND: FieldKind = FieldKind::String;
    const FORMAT: Option<Format> = Some(Format::MonthDay);

    fn read(token: &Token<'_>) -> Option<Self> {
        token.string().and_then(date::month_day)
    }
}

//! How a field is documented: the rows of each operation's field table.

/// One row of a field table: `FIELDS` of a request or a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSpec {
    /// The name on the wire.
    pub name: &'static str,
    /// The documented JSON type.
    pub kind: FieldKind,
    /// The documented maximum length. The documents do not say whether they count characters or bytes; this crate
    /// counts characters.
    pub max_length: Option<usize>,
    /// The documented format inside the JSON type.
    pub format: Option<Format>,
    /// Whether the field must be there.
    pub need: Need,
}

impl FieldSpec {
    pub(crate) const fn new(
        name: &'static str,
        kind: FieldKind,
        max_length: Option<usize>,
        format: Option<Format>,
        need: Need,
    ) -> Self {
        Self {
            name,
            kind,
            max_length,
            format,
            need,
        }
    }
}

/// The JSON type that a document gives a field. Replies are known to differ from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "JSON has no further types")]
pub enum FieldKind {
    /// A JSON string.
    String,
    /// A JSON number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A JSON array.
    Array,
    /// A JSON object.
    Object,
}

impl FieldKind {
    /// The name that the documents and `fixtures/documented` use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// A format inside a JSON string or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// ASCII digits only.
    Digits,
    /// A time of day, `hhmmss`, on a 24-hour clock.
    HourMinuteSecond,
    /// A day without its year, `MMdd`.
    MonthDay,
    /// A day, `yyyyMMdd`.
    YearMonthDay,
    /// A day and a time of day, `yyyyMMddHHmmss`, on a 24-hour clock.
    DayAndTime,
    /// An amount in fen (分), the hundredth of a yuan.
    Fen,
}

impl Format {
    /// The name that `fixtures/documented` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::HourMinuteSecond => "hhmmss",
            Self::MonthDay => "MMdd",
            Self::YearMonthDay => "yyyyMMdd",
            Self::DayAndTime => "yyyyMMddHHmmss",
            Self::Fen => "fen",
        }
    }
}

/// Whether a field must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the documents know no further need"
)]
pub enum Need {
    /// Always.
    Required,
    /// When the caller wishes.
    Optional,
    /// Under a condition that the field's documentation states.
    Conditional,
    /// No document that could be read says so.
    Unknown,
}

impl Need {
    /// The name that `fixtures/documented` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
            Self::Conditional => "conditional",
            Self::Unknown => "unknown",
        }
    }
}

/// How surely a fact about the protocol is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Certainty {
    /// An official document states it.
    Documented,
    /// An official sample shows it; no table states it.
    Sample,
    /// A published live exchange shows it.
    SeenLive,
    /// It is commonly published for the trade (UnionPay, ISO 8583), by third parties.
    Industry,
    /// Code of the community relies on it.
    Community,
    /// It follows from other facts; nobody states it.
    Inferred,
}

impl Certainty {
    /// The name that `fixtures/documented` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Sample => "sample",
            Self::SeenLive => "seen live",
            Self::Industry => "industry",
            Self::Community => "community",
            Self::Inferred => "inferred",
        }
    }
}

//! How a field is documented: the rows of each operation's field table.

use std::fmt;

/// One row of a field table: `FIELDS` of a request, a reply or an object inside one.
///
/// `fixtures/documented` has the same rows, with words; a test holds the two against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSpec {
    /// The name on the wire.
    pub name: &'static str,
    /// The documented JSON type.
    pub kind: FieldKind,
    /// The documented maximum length. The documents do not say whether they count characters or
    /// bytes; this crate counts characters.
    pub max_length: Option<usize>,
    /// The documented format inside the JSON type.
    pub format: Option<Format>,
    /// Whether the field must be there.
    pub need: Need,
    /// What its value gives away to whoever sees it.
    pub sensitivity: Sensitivity,
    /// Where its name and type are written.
    pub source: Source,
    /// The fields of the objects inside an array or an object, where they are known.
    pub items: &'static [FieldSpec],
}

/// The names on the wire of the fields of `T`, each as a constant under the field's name in Rust.
pub(crate) struct WireNames<T>(std::marker::PhantomData<T>);

/// What some fields of a request must fulfil together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The fields, by their names on the wire.
    pub fields: &'static [&'static str],
    /// What they must fulfil.
    pub rule: ConditionRule,
}

/// What some fields must fulfil together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConditionRule {
    /// At least one of them is there.
    AtLeastOne,
    /// Exactly one of them is there.
    ExactlyOne,
    /// A rule of its own, in words.
    Words(&'static str),
}

impl Condition {
    /// Whether so many of the fields fulfil it, where their number decides.
    pub(crate) fn takes(&self, given: usize) -> bool {
        match self.rule {
            ConditionRule::AtLeastOne => given >= 1,
            ConditionRule::ExactlyOne => given == 1,
            ConditionRule::Words(_) => true,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match self.rule {
            ConditionRule::AtLeastOne => "at least one must be there",
            ConditionRule::ExactlyOne => "exactly one must be there",
            ConditionRule::Words(rule) => rule,
        };
        write!(f, "of {}, {rule}", self.fields.join(" and "))
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

/// What a field's value gives away, and so who may see it. No document sorts the fields so: it is
/// this project's own reading of what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "who masks by it must not forget a class"
)]
pub enum Sensitivity {
    /// An identifier, a code, a date, a count or an amount of the business: shown as it is.
    Public,
    /// Words, or what nothing is known of: shown, but what looks like a card number in it is not.
    Text,
    /// Data about a person: not shown.
    Personal,
    /// Data of a card: not shown.
    Card,
    /// A secret, or a code that takes money once: not shown.
    Secret,
}

impl Sensitivity {
    /// The name that `fixtures/documented` uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Text => "text",
            Self::Personal => "personal",
            Self::Card => "card",
            Self::Secret => "secret",
        }
    }

    /// Whether a value of this class is kept from logs, screens and records.
    pub const fn is_hidden(self) -> bool {
        match self {
            Self::Public | Self::Text => false,
            Self::Personal | Self::Card | Self::Secret => true,
        }
    }
}

/// Where a fact about the protocol is written. `Display` writes it as `fixtures/documented` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// POS通交易接口 v20200527, an official document of v2: sections and pages, as `§1.2.3 p.5`.
    TradeDocument(&'static str),
    /// POS通担保交易接口 v20201204, the official document of pre-authorisations: sections and
    /// pages.
    AuthorizationDocument(&'static str),
    /// The official v6 page of the void (支付撤销).
    VoidPage,
    /// The sample request on the operation's own official v6 page.
    V6Sample,
    /// A published exchange with the gateway.
    Live,
    /// Code of the community.
    Community,
}

impl Source {
    /// How surely what is written there is known.
    pub const fn certainty(self) -> Certainty {
        match self {
            Self::TradeDocument(_) | Self::AuthorizationDocument(_) | Self::VoidPage => {
                Certainty::Documented
            }
            Self::V6Sample => Certainty::Sample,
            Self::Live => Certainty::SeenLive,
            Self::Community => Certainty::Community,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TradeDocument(place) => write!(f, "POS通交易接口 v20200527 {place}"),
            Self::AuthorizationDocument(place) => write!(f, "POS通担保交易接口 v20201204 {place}"),
            Self::VoidPage => f.write_str("official v6 page 支付撤销"),
            Self::V6Sample => f.write_str("v6 sample"),
            Self::Live => f.write_str("live"),
            Self::Community => f.write_str("community"),
        }
    }
}

/// The source that a field's `in` names: the place in the trade document, or a word.
macro_rules! source {
    (page) => {
        $crate::field::spec::Source::VoidPage
    };
    (sample) => {
        $crate::field::spec::Source::V6Sample
    };
    (live) => {
        $crate::field::spec::Source::Live
    };
    (community) => {
        $crate::field::spec::Source::Community
    };
    ((authorization $place:literal)) => {
        $crate::field::spec::Source::AuthorizationDocument($place)
    };
    ($place:literal) => {
        $crate::field::spec::Source::TradeDocument($place)
    };
}

/// What the documentation of each field ends with: its need, its length where the field states one,
/// and its source.
macro_rules! field_doc {
    ($($need:ident)?; $($max:literal)?; $source:tt) => {
        concat!(
            "\n\n",
            $crate::field::spec::field_doc!(@need $($need)?),
            $(". Length at most ", $max,)?
            ". Source: ",
            $crate::field::spec::field_doc!(@source $source),
            "."
        )
    };
    (@need required) => { "Required" };
    (@need constant) => { "Required" };
    (@need Required) => { "Required" };
    (@need optional) => { "Optional" };
    (@need Optional) => { "Optional" };
    (@need conditional) => { "Under a condition" };
    (@need Conditional) => { "Under a condition" };
    (@need $($unknown:ident)?) => { "Whether it must be there is not known" };
    (@source page) => { "official v6 page 支付撤销" };
    (@source sample) => { "sample on the official v6 page" };
    (@source live) => { "seen live" };
    (@source community) => { "community" };
    (@source (authorization $place:literal)) => { concat!("POS通担保交易接口 v20201204 ", $place) };
    (@source $place:literal) => { concat!("POS通交易接口 v20200527 ", $place) };
}

pub(crate) use {field_doc, source};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_graver_than_what_is_not() {
        let classes = [
            (Sensitivity::Public, "public", false),
            (Sensitivity::Text, "text", false),
            (Sensitivity::Personal, "personal", true),
            (Sensitivity::Card, "card", true),
            (Sensitivity::Secret, "secret", true),
        ];
        for (class, name, hidden) in classes {
            assert_eq!((class.as_str(), class.is_hidden()), (name, hidden));
        }
        assert!(classes.is_sorted_by_key(|(class, ..)| *class));
    }

    #[test]
    fn a_source_says_its_document_and_how_sure_it_is() {
        let sources = [
            (
                Source::TradeDocument("§3 p.26"),
                "POS通交易接口 v20200527 §3 p.26",
                Certainty::Documented,
            ),
            (
                Source::AuthorizationDocument("§2 p.15"),
                "POS通担保交易接口 v20201204 §2 p.15",
                Certainty::Documented,
            ),
            (
                Source::VoidPage,
                "official v6 page 支付撤销",
                Certainty::Documented,
            ),
            (Source::V6Sample, "v6 sample", Certainty::Sample),
            (Source::Live, "live", Certainty::SeenLive),
            (Source::Community, "community", Certainty::Community),
        ];
        for (source, name, certainty) in sources {
            assert_eq!(
                (source.to_string().as_str(), source.certainty()),
                (name, certainty)
            );
        }
    }
}

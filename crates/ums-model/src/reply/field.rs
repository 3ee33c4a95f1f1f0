//! A field of a reply: absent, typed, or as it was received.

use bytes::Bytes;

use crate::field::spec::{FieldKind, FieldSpec, Format, Sensitivity};
use crate::json::object::{Put, Scalar, Token, digits, read_body};
use crate::json::text::Text;
use crate::json::value::{Fields, Json};
use crate::reply::malformed_reply::MalformedReply;

/// What a reply says in one field.
///
/// The platform's replies differ from its own tables: numbers come as strings, fields stay away.
/// Such a reply is not lost for it; what does not read as documented is kept as
/// [`AsReceived`](Field::AsReceived).
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

/// Reads `token` into an empty slot.
pub(crate) fn fill<T: Read>(slot: &mut Option<Field<T>>, token: &Token<'_>) -> Put {
    if slot.is_some() {
        return Put::Repeated;
    }
    *slot = Some(read(token));
    Put::Taken
}

/// A type that a reply's field can have.
pub(crate) trait Read: Sized {
    /// The documented JSON type.
    const KIND: FieldKind;
    /// The documented format inside it.
    const FORMAT: Option<Format> = None;
    /// What a value gives away, where the field does not say otherwise.
    const SENSITIVITY: Sensitivity = Sensitivity::Public;
    /// The fields of the objects inside.
    const ITEMS: &'static [FieldSpec] = &[];

    /// The value, or `None` when what came does not read as documented.
    fn read(token: &Token<'_>) -> Option<Self>;
}

impl Read for Text {
    const KIND: FieldKind = FieldKind::String;
    const SENSITIVITY: Sensitivity = Sensitivity::Text;

    fn read(token: &Token<'_>) -> Option<Self> {
        token.text()
    }
}

/// Documented as a number, seen as a number and as a string of digits. Never by way of a float.
impl Read for u64 {
    const KIND: FieldKind = FieldKind::Number;

    fn read(token: &Token<'_>) -> Option<Self> {
        match &token.scalar {
            Scalar::String(text) => digits(text)?.parse().ok(),
            Scalar::Number(text) => digits(text)?.parse().ok(),
            _ => None,
        }
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

/// Documented as an object; a string that holds one is read too, as the samples print arrays so.
impl Read for Fields {
    const KIND: FieldKind = FieldKind::Object;
    const SENSITIVITY: Sensitivity = Sensitivity::Text;

    fn read(token: &Token<'_>) -> Option<Self> {
        Element::decode(token.inner_json()?.as_bytes().clone()).ok()
    }
}

/// Documented as an array of objects; the samples print such an array inside a string.
impl<T: Element> Read for Vec<T> {
    const KIND: FieldKind = FieldKind::Array;
    const SENSITIVITY: Sensitivity = Sensitivity::Text;
    const ITEMS: &'static [FieldSpec] = T::FIELDS;

    fn read(token: &Token<'_>) -> Option<Self> {
        let elements = token.elements()?;
        let read = elements
            .iter()
            .map(|element| T::decode(element.as_bytes().clone()));
        read.collect::<Result<_, _>>().ok()
    }
}

/// An object inside a reply.
pub(crate) trait Element: Sized {
    /// Its documented fields, where they are known.
    const FIELDS: &'static [FieldSpec] = &[];

    /// Reads the object's JSON text.
    fn decode(body: Bytes) -> Result<Self, MalformedReply>;
}

/// An object that no document describes.
impl Element for Fields {
    fn decode(body: Bytes) -> Result<Self, MalformedReply> {
        read_body(body, &mut ()).map(|(_, fields)| fields)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use bytes::Bytes;
    use proptest::prelude::*;

    use chrono::NaiveDate;
    use chrono::NaiveTime;

    use super::*;
    use crate::json::object::Slots;
    use crate::{Fen, MonthDay};

    /// One documented field, `x`.
    struct Only<T>(Option<Field<T>>);

    impl<T: Read> Slots for Only<T> {
        fn put(&mut self, name: &str, token: &Token<'_>) -> Put {
            if name == "x" {
                fill(&mut self.0, token)
            } else {
                Put::Unlisted
            }
        }
    }

    fn field<T: Read>(value: &str) -> Field<T> {
        let mut only = Only(None);
        read_body(Bytes::from(format!("{{\"x\":{value}}}")), &mut only).unwrap();
        only.0.unwrap()
    }

    /// What is typed must be typed so, and what is not must be kept as it came.
    fn check<T: Read + PartialEq + Debug>(typed: &[(&str, T)], kept: &[&str]) {
        for (value, expected) in typed {
            assert_eq!(field::<T>(value).typed(), Some(expected), "{value}");
        }
        for value in kept {
            let field = field::<T>(value);
            assert_eq!(field.as_received().map(Json::raw), Some(*value));
            assert_eq!((field.typed(), field.is_absent()), (None, false), "{value}");
        }
        for value in ["null", "\"\""] {
            assert!(field::<T>(value).is_absent(), "{value}");
        }
    }

    #[test]
    fn numbers() {
        check::<u64>(
            &[
                ("0", 0),
                ("1", 1),
                ("\"1\"", 1),
                ("\"007\"", 7),
                ("18446744073709551615", u64::MAX),
                ("\"\\u0031\"", 1),
            ],
            &[
                "1.0",
                "1e2",
                "-1",
                "-0",
                "18446744073709551616",
                "\"1.0\"",
                "1.00",
                "\"1.00\"",
                "\"1.\"",
                "\"1,00\"",
                "\"1e2\"",
                "\"0x1\"",
                "\"1元\"",
                "\" 1\"",
                "\"+1\"",
                "\"-1\"",
                "\"一\"",
                "true",
                "[1]",
                "{}",
            ],
        );
        check::<Fen>(
            &[("4160", Fen::new(4160)), ("\"4160\"", Fen::new(4160))],
            &[
                "41.60",
                "\"41.60\"",
                "1.00",
                "\"1.00\"",
                "\"41,60\"",
                "-1",
                "[1]",
            ],
        );
    }

    #[test]
    fn texts() {
        check::<Text>(
            &[
                ("\"00\"", "00".into()),
                ("\" \"", " ".into()),
                (r#""\u6210\n""#, "成\n".into()),
            ],
            &["0", "0.50", "true", "[]", "{\"a\":1}"],
        );
    }

    #[test]
    fn booleans() {
        check::<bool>(
            &[
                ("true", true),
                ("false", false),
                ("\"true\"", true),
                ("\"false\"", false),
            ],
            &["1", "0", "\"TRUE\"", "\"1\"", "\"true \""],
        );
    }

    #[test]
    fn dates_and_times() {
        let day = NaiveDate::from_ymd_opt(2023, 7, 18).unwrap();
        check(
            &[("\"20230718\"", day)],
            &["20230718", "\"20230230\"", "\"2023-07-18\""],
        );
        let time = NaiveTime::from_hms_opt(11, 13, 40).unwrap();
        check(
            &[("\"111340\"", time)],
            &["111340", "\"11:13:40\"", "\"250000\""],
        );
        check(
            &[
                ("\"20230718111340\"", day.and_time(time)),
                ("20230718111340", day.and_time(time)),
            ],
            &[
                "20230718",
                "2.0230718111340e13",
                "\"20230718\"",
                "\"2023-07-18 11:13:40\"",
            ],
        );
        check(
            &[("\"0718\"", MonthDay::new(7, 18).unwrap())],
            &["718", "\"718\"", "\"1301\""],
        );
    }

    #[test]
    fn objects_and_lists_of_them() {
        let names = |fields: &Fields| {
            fields
                .iter()
                .map(|(name, _)| name.to_owned())
                .collect::<Vec<_>>()
        };
        for value in [r#"{"a":1,"b":[{}]}"#, r#""{\"a\":1,\"b\":[{}]}""#] {
            assert_eq!(
                names(field::<Fields>(value).typed().unwrap()),
                ["a", "b"],
                "{value}"
            );
        }
        for value in [r#"[{"a":1},{"b":[2]}]"#, r#""[{\"a\":1},{\"b\":[2]}]""#] {
            let list = field::<Vec<Fields>>(value).into_typed().unwrap();
            assert_eq!(
                list.iter().map(names).collect::<Vec<_>>(),
                [["a"], ["b"]],
                "{value}"
            );
        }
        check::<Fields>(
            &[],
            &[
                "[]",
                "1",
                r#""a""#,
                r#""{\"a\":1,\"a\":2}""#,
                r#""{""#,
                "true",
            ],
        );
        check::<Vec<Fields>>(
            &[("[]", vec![]), ("\"[]\"", vec![])],
            &["{}", "[1]", r#"[{},"a"]"#, r#""[""#, "0"],
        );
    }

    proptest! {
        /// A string is an amount when it is digits and nothing else, and then that very number.
        #[test]
        fn a_string_is_an_amount_only_when_it_is_all_digits(
            text in prop_oneof!["[0-9]{1,21}", "[0-9]{1,4}[.,eE+ _-][0-9]{0,3}", "[-+ .0-9]{1,6}", any::<String>()],
        ) {
            let read = field::<Fen>(&serde_json::Value::from(text.as_str()).to_string()).into_typed();
            let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let expected = text.parse::<u64>().ok().filter(|_| is_digits);
            prop_assert_eq!(read.map(Fen::as_u64), expected, "{:?}", text);
        }

        /// A JSON number is an amount when it is written as a whole one.
        #[test]
        fn a_number_is_an_amount_only_when_it_is_written_whole(
            text in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        ) {
            let read = field::<Fen>(&text).into_typed();
            let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let expected = text.parse::<u64>().ok().filter(|_| is_digits);
            prop_assert_eq!(read.map(Fen::as_u64), expected, "{}", text);
        }
    }
}

//! Reads a reply: one pass over one JSON object, which hands each field on as the text it was
//! received as.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::text::Text;
use crate::json::value::{Fields, Json, unquote};
use crate::reply::malformed_reply::{Malformation, MalformedReply, Position};

/// Takes the fields of an object that have a documented type.
pub(crate) trait Slots {
    /// Offers one field.
    fn put(&mut self, name: &str, token: &Token<'_>) -> Put;

    /// Hears in which field the reading stops, when it stops for what that field holds.
    fn stopped(&mut self, name: &str) {
        let _ = name;
    }
}

/// What became of a field that [`Slots`] were offered.
pub(crate) enum Put {
    Taken,
    /// The slot was full: the object names the key twice.
    Repeated,
    /// No slot has this name.
    Unlisted,
}

/// No field has a documented type.
impl Slots for () {
    fn put(&mut self, _: &str, _: &Token<'_>) -> Put {
        Put::Unlisted
    }
}

/// Reads the body of a reply. Documented fields go to `slots`; the text of the whole and the other
/// fields come back.
pub(crate) fn read_body(
    body: Bytes,
    slots: &mut impl Slots,
) -> Result<(Text, Fields), MalformedReply> {
    let whole = match Text::from_utf8(body.clone()) {
        Ok(whole) => whole,
        Err(error) => {
            let valid = body.get(..error.valid_up_to()).unwrap_or_default();
            return Err(malformed(Malformation::NotUtf8, Position::after(valid)));
        }
    };
    if whole.starts_with('\u{feff}') {
        return Err(malformed(
            Malformation::ByteOrderMark,
            Position { line: 1, column: 1 },
        ));
    }
    if whole.bytes().all(|byte| byte.is_ascii_whitespace()) {
        return Err(MalformedReply::new(Malformation::Empty));
    }

    let fault = Cell::new(None);
    let mut json = serde_json::Deserializer::from_str(&whole);
    let visitor = ObjectVisitor {
        whole: &whole,
        slots,
        fault: &fault,
    };
    let unlisted = match json.deserialize_map(visitor) {
        Ok(unlisted) => unlisted,
        Err(error) => {
            return Err(fault
                .take()
                .unwrap_or_else(|| of_json(&error, Malformation::NotAnObject)));
        }
    };
    json.end()
        .map_err(|error| malformed(Malformation::TrailingData, position(&error)))?;
    Ok((whole, unlisted))
}

/// One value of a reply, found to be well-formed at every depth.
pub(crate) struct Token<'a> {
    whole: &'a Text,
    raw: &'a str,
    pub(crate) scalar: Scalar<'a>,
}

/// A JSON value that is not looked into further.
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// A number's text.
    Number(&'a str),
    /// A string's characters.
    String(Cow<'a, str>),
    /// An array or an object.
    Compound,
}

impl<'a> Token<'a> {
    /// `raw` is the text of one JSON value, a slice of `whole`.
    fn new(whole: &'a Text, raw: &'a str) -> Result<Self, MalformedReply> {
        let scalar = match raw.as_bytes().first() {
            Some(b'"') => match unquote(raw) {
                Some(Ok(text)) => Scalar::String(text),
                Some(Err(_)) | None => return Err(MalformedReply::new(Malformation::NotJson)),
            },
            Some(b'{' | b'[') => check_nested(raw).map(|()| Scalar::Compound)?,
            Some(b'n') => Scalar::Null,
            Some(b't') => Scalar::Bool(true),
            Some(b'f') => Scalar::Bool(false),
            _ => Scalar::Number(raw),
        };
        Ok(Self { whole, raw, scalar })
    }

    /// The one JSON value that a text holds.
    pub(crate) fn of_text(text: &'a Text) -> Option<Self> {
        let raw: &RawValue = serde_json::from_str(text).ok()?;
        Self::new(text, raw.get()).ok()
    }

    /// Whether the value is `null` or the empty string: the platform writes both for "absent".
    pub(crate) fn is_nothing(&self) -> bool {
        match &self.scalar {
            Scalar::Null => true,
            Scalar::String(text) => text.is_empty(),
            _ => false,
        }
    }

    pub(crate) fn string(&self) -> Option<&str> {
        match &self.scalar {
            Scalar::String(text) => Some(text),
            _ => None,
        }
    }

    /// The characters of a code, which may have come as a string or as a number.
    pub(crate) fn string_or_number(&self) -> Option<&str> {
        match &self.scalar {
            Scalar::String(text) => Some(text),
            Scalar::Number(text) => Some(text),
            _ => None,
        }
    }

    /// A string's characters as a text that shares the reply's buffer.
    pub(crate) fn text(&self) -> Option<Text> {
        match &self.scalar {
            Scalar::String(text) => Some(self.whole.share(text)),
            _ => None,
        }
    }

    /// The JSON text of an array or object, or of one that a string holds.
    pub(crate) fn inner_json(&self) -> Option<Text> {
        match &self.scalar {
            Scalar::Compound => Some(self.whole.share(&Cow::Borrowed(self.raw))),
            _ => self.text(),
        }
    }

    /// The JSON texts of an array's elements; the array may be inside a string.
    pub(crate) fn elements(&self) -> Option<Vec<Text>> {
        let array = self.inner_json()?;
        let elements: Vec<&RawValue> = serde_json::from_str(&array).ok()?;
        let share = |element: &&RawValue| array.share(&Cow::Borrowed(element.get()));
        Some(elements.iter().map(share).collect())
    }

    pub(crate) fn to_json(&self) -> Json {
        Json::new(self.whole.share(&Cow::Borrowed(self.raw)))
    }
}

/// The text again, when it is one or more ASCII digits and nothing else.
pub(crate) fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// Reads the outermost object. A fault that serde has no word for goes to `fault`.
struct ObjectVisitor<'a, S> {
    whole: &'a Text,
    slots: &'a mut S,
    fault: &'a Cell<Option<MalformedReply>>,
}

impl<'de, S: Slots> Visitor<'de> for ObjectVisitor<'de, S> {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut unlisted = Fields::default();
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let raw = map.next_value::<&'de RawValue>()?.get();
            let token = match Token::new(self.whole, raw) {
                Ok(token) => token,
                Err(fault) => {
                    self.slots.stopped(&name);
                    return Err(self.stop(raw, fault));
                }
            };
            match self.slots.put(&name, &token) {
                Put::Taken => {}
                Put::Repeated => {
                    self.slots.stopped(&name);
                    return Err(self.stop(raw, MalformedReply::new(Malformation::DuplicateKey)));
                }
                Put::Unlisted => {
                    unlisted.push(self.whole.share(&name), token.to_json());
                    if !names.insert(name) {
                        return Err(self.stop(raw, MalformedReply::new(Malformation::DuplicateKey)));
                    }
                }
            }
        }
        Ok(unlisted)
    }
}

impl<S> ObjectVisitor<'_, S> {
    /// Keeps a fault, whose place is counted from the start of `raw`, and makes the error that ends
    /// serde's visit.
    fn stop<E: Error>(&self, raw: &str, fault: MalformedReply) -> E {
        let before = self
            .whole
            .len()
            .min((raw.as_ptr() as usize).saturating_sub(self.whole.as_ptr() as usize));
        let start = Position::after(self.whole.as_bytes().get(..before).unwrap_or_default());
        let inner = Position {
            line: fault.line().unwrap_or(1),
            column: fault.column().unwrap_or(1),
        };
        self.fault
            .set(Some(malformed(fault.kind(), start.of_inner(inner))));
        E::custom("malformed reply")
    }
}

/// An object's key, borrowed when it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// The deepest nesting that is read, the outermost object included: where serde_json stops as well.
const MAX_DEPTH: usize = 127;

/// Looks through an array or object inside the reply for what serde_json lets pass: keys named
/// twice, and strings, numbers and depths that it refuses only when it builds a value.
fn check_nested(raw: &str) -> Result<(), MalformedReply> {
    let kind = Cell::new(None);
    let mut json = serde_json::Deserializer::from_str(raw);
    Nested {
        depth: 2,
        kind: &kind,
    }
    .deserialize(&mut json)
    .map_err(|error| match kind.take() {
        Some(kind) => malformed(kind, position(&error)),
        None => of_json(&error, Malformation::NotJson),
    })
}

/// Any value at a depth, read and dropped.
#[derive(Clone, Copy)]
struct Nested<'a> {
    depth: usize,
    kind: &'a Cell<Option<Malformation>>,
}

impl Nested<'_> {
    fn stop<E: Error>(self, kind: Malformation) -> E {
        self.kind.set(Some(kind));
        E::custom("malformed reply")
    }

    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth > MAX_DEPTH {
            return Err(self.stop(Malformation::TooDeep));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Nested<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key_seed(Name)? {
            if !names.insert(name) {
                return Err(self.stop(Malformation::DuplicateKey));
            }
            map.next_value_seed(inner)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

fn malformed(kind: Malformation, at: Position) -> MalformedReply {
    MalformedReply::new(kind).at(at.line, at.column)
}

/// serde_json's error as ours; `of_data` is what an error of a value's type stands for.
fn of_json(error: &serde_json::Error, of_data: Malformation) -> MalformedReply {
    let kind = if error.is_eof() {
        Malformation::Truncated
    } else if error.is_data() {
        of_data
    } else {
        Malformation::NotJson
    };
    malformed(kind, position(error))
}

/// serde_json counts columns from 1, and gives 0 for what it noticed before it took the first byte.
fn position(error: &serde_json::Error) -> Position {
    Position {
        line: error.line(),
        column: error.column().max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<(String, String)>, MalformedReply> {
        let (_, fields) = read_body(Bytes::copy_from_slice(body.as_bytes()), &mut ())?;
        Ok(fields
            .iter()
            .map(|(name, value)| (name.to_owned(), value.raw().to_owned()))
            .collect())
    }

    fn fault(body: &str) -> (Malformation, Option<usize>, Option<usize>) {
        let error = read(body).unwrap_err();
        (error.kind(), error.line(), error.column())
    }

    #[test]
    fn values_are_kept_as_received_and_in_order() {
        let body = " {\"b\" : 1.0, \"a\":\"\\u6210\", \"\\u0063\":[1, {\"d\":null}] ,\"\":1e999,\"e\":-0}\r\n";
        let expected = [
            ("b", "1.0"),
            ("a", "\"\\u6210\""),
            ("c", "[1, {\"d\":null}]"),
            ("", "1e999"),
            ("e", "-0"),
        ];
        assert_eq!(
            read(body).unwrap(),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn each_malformation_has_its_kind_and_place() {
        use Malformation::*;

        let at = |kind, line, column| (kind, Some(line), Some(column));
        let cases = [
            ("", (Empty, None, None)),
            (" \r\n\t", (Empty, None, None)),
            ("\u{feff}{}", at(ByteOrderMark, 1, 1)),
            ("<html></html>", at(NotJson, 1, 1)),
            ("ok", at(NotJson, 1, 1)),
            ("{'a':1}", at(NotJson, 1, 2)),
            ("{\"a\":NaN}", at(NotJson, 1, 6)),
            ("{\"a\":01}", at(NotJson, 1, 7)),
            ("{\"a\":1,}", at(NotJson, 1, 8)),
            ("{\"a\":\"\u{1}\"}", at(NotJson, 1, 6)),
            ("{\"a\":\"\\ud800\"}", at(NotJson, 1, 6)),
            ("{\"a\":[\"\\ud800\"]}", at(NotJson, 1, 14)),
            ("{\"\\ud800\":1}", at(NotJson, 1, 9)),
            ("{", at(Truncated, 1, 1)),
            ("{\"a\":\"b", at(Truncated, 1, 7)),
            ("{\"a\":[1,", at(Truncated, 1, 8)),
            ("[]", at(NotAnObject, 1, 1)),
            ("\"00\"", at(NotAnObject, 1, 4)),
            ("null", at(NotAnObject, 1, 4)),
            ("{}{}", at(TrailingData, 1, 3)),
            ("{}\n0", at(TrailingData, 2, 1)),
            ("{\"a\":1,\n\"a\":2}", at(DuplicateKey, 2, 5)),
            ("{\"a\":1,\"\\u0061\":2}", at(DuplicateKey, 1, 17)),
            (
                "{\"a\":\n {\"b\":[{\"c\":1,\n\"c\":2}]}}",
                at(DuplicateKey, 3, 3),
            ),
            ("{\n\n\"a\": {\"b\":1,\n \"b\":2}}", at(DuplicateKey, 4, 4)),
        ];
        for (body, expected) in cases {
            assert_eq!(fault(body), expected, "{body}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused_where_they_begin() {
        let error =
            read_body(Bytes::from_static(b"{\"errInfo\":\n\"\xb3\xc9\"}"), &mut ()).unwrap_err();
        assert_eq!(
            (error.kind(), error.line(), error.column()),
            (Malformation::NotUtf8, Some(2), Some(2))
        );
    }

    #[test]
    fn nesting_stops_where_serde_json_stops() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for (depth, refused) in [
                (126, false),
                (127, false),
                (128, true),
                (129, true),
                (10_000, true),
            ] {
                let inner = if open == "[" { "" } else { "1" };
                let body = format!(
                    "{{\"a\":{}{inner}{}}}",
                    open.repeat(depth - 1),
                    close.repeat(depth - 1)
                );
                let read = read(&body).map_err(|error| error.kind());
                assert_eq!(read.is_err(), refused, "{open} {depth}");
                assert_eq!(
                    serde_json::from_str::<serde_json::Value>(&body).is_err(),
                    refused,
                    "{open} {depth}"
                );
                if let Err(kind) = read {
                    assert_eq!(kind, Malformation::TooDeep, "{open} {depth}");
                }
            }
        }
    }

    #[test]
    fn ten_thousand_unlisted_fields_are_kept() {
        let fields: Vec<String> = (0..10_000)
            .map(|index| format!("\"k{index}\":{index}"))
            .collect();
        assert_eq!(
            read(&format!("{{{}}}", fields.join(","))).unwrap().len(),
            10_000
        );
        assert_eq!(
            fault(&format!("{{{},\"k9999\":0}}", fields.join(","))).0,
            Malformation::DuplicateKey,
        );
    }

    #[test]
    fn a_message_has_kind_and_place_and_no_content() {
        let message = |body| read(body).unwrap_err().to_string();
        insta::assert_snapshot!(message(""), @"the reply is empty");
        insta::assert_snapshot!(message("<html>secret</html>"), @"the reply is not JSON (line 1, column 1)");
        insta::assert_snapshot!(message("{\"secret\":1,\"secret\":2}"), @"the reply names a key twice in one object (line 1, column 22)");
        insta::assert_snapshot!(message("{\"a\":\"secret"), @"the reply ends in the middle of its JSON (line 1, column 12)");
    }
}

//! JSON values kept as they were received.

use std::borrow::Cow;
use std::fmt;

use crate::json::text::Text;

/// One JSON value of a reply, as the text it was received as: no number was rounded, no key
/// reordered.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(Text);

impl Json {
    pub(crate) fn new(raw: Text) -> Self {
        Self(raw)
    }

    /// The value as JSON text: `"1"` with its quotes, `1.0` with its zero.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The characters of a JSON string, escapes resolved; `None` for any other value.
    pub fn text(&self) -> Option<Text> {
        unquote(self.raw())?.ok().map(|text| self.0.share(&text))
    }
}

/// A string's characters; any other value as JSON text.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => f.write_str(&text),
            None => f.write_str(self.raw()),
        }
    }
}

/// The JSON text, escaped as `str`'s `Debug` does: JSON may hold characters that steer a terminal.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.raw(), f)
    }
}

/// The characters of the JSON string `raw`, which serde_json has already found to be one JSON
/// value: borrowed when it has no escapes, an error when its escapes make no text, `None` when it
/// is no string.
pub(crate) fn unquote(raw: &str) -> Option<Result<Cow<'_, str>, serde_json::Error>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        Some(serde_json::from_str(raw).map(Cow::Owned))
    } else {
        Some(Ok(Cow::Borrowed(inner)))
    }
}

/// Fields of a reply in the order they were received, each with its name and value.
///
/// `Debug` prints the names only: replies carry buyers' names and account ids in fields that no
/// document lists.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(Text, Json)>);

impl Fields {
    /// The value of the field with exactly this name.
    pub fn named(&self, name: &str) -> Option<&Json> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Name and value of each field.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, name: Text, value: Json) {
        self.0.push((name, value));
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(raw: &str) -> Json {
        Json::new(raw.into())
    }

    #[test]
    fn a_string_is_shown_as_its_characters_and_any_other_value_as_it_came() {
        for (raw, shown, debug) in [
            (r#""成功""#, "成功", r#""\"成功\"""#),
            (r#""\u6210\t""#, "成\t", r#""\"\\u6210\\t\"""#),
            ("1.0", "1.0", r#""1.0""#),
            ("null", "null", r#""null""#),
            (r#"[ "a" ]"#, r#"[ "a" ]"#, r#""[ \"a\" ]""#),
        ] {
            assert_eq!(json(raw).to_string(), shown, "{raw}");
            assert_eq!(format!("{:?}", json(raw)), debug, "{raw}");
            assert_eq!(json(raw).raw(), raw);
        }
    }

    #[test]
    fn fields_are_counted_and_found_by_their_exact_name() {
        let mut fields = Fields::default();
        assert!(fields.is_empty());
        assert_eq!((fields.len(), fields.named("a")), (0, None));

        fields.push("a".into(), json("1"));
        fields.push("A".into(), json("2"));
        assert!(!fields.is_empty());
        assert_eq!(fields.len(), 2);
        assert_eq!(fields.named("A"), Some(&json("2")));
        assert_eq!(fields.named("a "), None);
        assert_eq!(format!("{fields:?}"), r#"["a", "A"]"#);
    }
}

//! The same JSON written otherwise: spaces, key order, escapes.
//!
//! Not a JSON library: each string and number stays the text it was, which is the point, as a
//! decoded value no longer knows how it was written. What is made here is only ever hashed and
//! compared with a signature, so that a flaw can lead to a mistake not being recognised and to
//! nothing else.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// JSON as a tree of texts.
#[derive(Clone)]
pub(super) enum Json<'a> {
    Plain(&'a str),
    Array(Vec<Self>),
    Object(Vec<(&'a str, Self)>),
}

impl<'a> Json<'a> {
    /// `None` for anything that is not one JSON value, or is nested too deeply.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let json = reader.value(64)?;
        reader.skip_space();
        reader.rest.is_empty().then_some(json)
    }

    pub(super) fn write(&self, layout: Layout) -> String {
        let mut out = String::new();
        self.write_into(&mut out, layout, 0);
        out
    }

    /// With the keys of each object in order.
    pub(super) fn sorted(&self) -> Self {
        match self {
            Self::Plain(text) => Self::Plain(text),
            Self::Array(items) => Self::Array(items.iter().map(Self::sorted).collect()),
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().map(|(k, v)| (*k, v.sorted())).collect();
                members.sort_by_key(|(key, _)| *key);
                Self::Object(members)
            }
        }
    }

    fn write_into(&self, out: &mut String, layout: Layout, depth: usize) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    layout.before(out, place, depth + 1);
                    item.write_into(out, layout, depth + 1);
                }
                layout.end(out, items.len(), depth);
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (key, value)) in members.iter().enumerate() {
                    layout.before(out, place, depth + 1);
                    out.push_str(key);
                    out.push_str(layout.colon);
                    value.write_into(out, layout, depth + 1);
                }
                layout.end(out, members.len(), depth);
                out.push('}');
            }
        }
    }
}

/// What stands between the parts.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    comma: &'static str,
    colon: &'static str,
    indent: Option<&'static str>,
}

impl Layout {
    pub(super) const COMPACT: Self = Self::new(",", ":", None);

    /// Those that serializers in use write.
    pub(super) const ALL: [Self; 7] = [
        Self::COMPACT,
        Self::new(", ", ": ", None),
        Self::new(",", ": ", None),
        Self::new(",", ": ", Some("  ")),
        Self::new(",", ": ", Some("    ")),
        Self::new(",", ": ", Some("\t")),
        Self::new(",", " : ", Some("  ")),
    ];

    const fn new(comma: &'static str, colon: &'static str, indent: Option<&'static str>) -> Self {
        Self {
            comma,
            colon,
            indent,
        }
    }

    fn before(self, out: &mut String, place: usize, depth: usize) {
        if place > 0 {
            out.push_str(self.comma);
        }
        self.line(out, depth);
    }

    fn end(self, out: &mut String, count: usize, depth: usize) {
        if count > 0 {
            self.line(out, depth);
        }
    }

    fn line(self, out: &mut String, depth: usize) {
        if let Some(indent) = self.indent {
            out.push('\n');
            (0..depth).for_each(|_| out.push_str(indent));
        }
    }
}

/// `text` with the inside of each JSON string put through `rewrite`, and everything else as it is.
pub(super) fn rewrite_strings(text: &str, rewrite: impl Fn(&str, &mut String)) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        let (inside, after) = string_end(after);
        out.push_str(before);
        out.push('"');
        rewrite(inside, &mut out);
        let Some(after) = after.strip_prefix('"') else {
            return out;
        };
        out.push('"');
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Escapes each character that `escaped` picks as `\uXXXX`.
pub(super) fn escape_characters(
    inside: &str,
    out: &mut String,
    upper_case: bool,
    escaped: fn(char) -> bool,
) {
    for character in inside.chars() {
        if !escaped(character) {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let written = match upper_case {
                true => write!(out, "\\u{unit:04X}"),
                false => write!(out, "\\u{unit:04x}"),
            };
            debug_assert!(written.is_ok(), "writing to a String does not fail");
        }
    }
}

/// Writes each `\uXXXX` of a character that `plain` picks as the character.
pub(super) fn unescape_characters(inside: &str, out: &mut String, plain: fn(char) -> bool) {
    let mut rest = inside;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let read = read_escape(after).filter(|(character, _)| plain(*character));
        rest = match read {
            Some((character, after)) => {
                out.push(character);
                after
            }
            None => {
                out.push('\\');
                let kept = after.chars().next().unwrap_or_default();
                let (kept, after) =
                    after.split_at(if after.is_empty() { 0 } else { kept.len_utf8() });
                out.push_str(kept);
                after
            }
        };
    }
    out.push_str(rest);
}

/// The character of `uXXXX`, or of `uXXXX\uXXXX` when it is a pair.
fn read_escape(after: &str) -> Option<(char, &str)> {
    let unit = |text: &'_ str| u16::from_str_radix(text.strip_prefix('u')?.get(..4)?, 16).ok();
    let first = unit(after)?;
    let rest = after.get(5..)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Some((character, rest));
    }
    let second = unit(rest.strip_prefix('\\')?)?;
    let character = char::decode_utf16([first, second]).next()?.ok()?;
    Some((character, rest.get(6..)?))
}

/// What comes before the quote that ends a string, and the rest from there.
fn string_end(text: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    text.split_at(end.unwrap_or(text.len()))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Json<'a>> {
        let depth = depth.checked_sub(1)?;
        self.skip_space();
        match self.rest.as_bytes().first()? {
            b'{' => self
                .list('{', '}', |reader| reader.member(depth))
                .map(Json::Object),
            b'[' => self
                .list('[', ']', |reader| reader.value(depth))
                .map(Json::Array),
            b'"' => self.string().map(Json::Plain),
            _ => {
                let end = self
                    .rest
                    .find(|c: char| c.is_ascii_whitespace() || ",:]}".contains(c))
                    .unwrap_or(self.rest.len());
                self.take(end)
                    .filter(|text| !text.is_empty())
                    .map(Json::Plain)
            }
        }
    }

    fn member(&mut self, depth: usize) -> Option<(&'a str, Json<'a>)> {
        self.skip_space();
        let key = self.string()?;
        self.expect(':')?;
        Some((key, self.value(depth)?))
    }

    fn list<T>(
        &mut self,
        open: char,
        close: char,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut items = Vec::new();
        self.expect(open)?;
        if self.expect(close).is_some() {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if self.expect(close).is_some() {
                return Some(items);
            }
            self.expect(',')?;
        }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        let (inside, rest) = string_end(self.rest.strip_prefix('"')?);
        rest.strip_prefix('"')?;
        self.take(inside.len() + 2)
    }

    fn expect(&mut self, character: char) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(character)?;
        Some(())
    }

    fn take(&mut self, length: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = r#"{"b":[1.50,{}],"a":{"x\"":"测","w":[]}}"#;

    #[test]
    fn is_written_as_serializers_write_it() {
        let json = Json::read(TEXT).unwrap();
        assert_eq!(json.write(Layout::COMPACT), TEXT);
        assert_eq!(
            json.write(Layout::ALL[1]),
            r#"{"b": [1.50, {}], "a": {"x\"": "测", "w": []}}"#
        );
        insta::assert_snapshot!(json.sorted().write(Layout::ALL[3]), @r#"
        {
          "a": {
            "w": [],
            "x\"": "测"
          },
          "b": [
            1.50,
            {}
          ]
        }
        "#);
    }

    #[test]
    fn what_serde_writes_is_what_is_written_here() {
        let value: serde_json::Value = serde_json::from_str(TEXT).unwrap();
        let json = Json::read(TEXT).unwrap().sorted();
        let expected = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(
            json.write(Layout::ALL[3]),
            expected.replace("1.5\n", "1.50\n").replace("1.5,", "1.50,")
        );

        let nested = r#"[[1,[2]],{"a":[{"b":[[]]}]}]"#;
        let value: serde_json::Value = serde_json::from_str(nested).unwrap();
        assert_eq!(
            Json::read(nested).unwrap().write(Layout::ALL[3]),
            serde_json::to_string_pretty(&value).unwrap()
        );
    }

    #[test]
    fn escapes_come_and_go() {
        let escaped = |text: &str| {
            rewrite_strings(text, |inside, out| {
                escape_characters(inside, out, false, |c| !c.is_ascii());
            })
        };
        let plain = |text: &str| {
            rewrite_strings(text, |inside, out| {
                unescape_characters(inside, out, |c| !c.is_ascii());
            })
        };
        let text = r#"{"a\\":"试😀\"\/","é":1}"#;
        let written = r#"{"a\\":"\u8bd5\ud83d\ude00\"\/","\u00e9":1}"#;
        assert_eq!(escaped(text), written);
        assert_eq!(plain(written), text);
        assert_eq!(plain(r#"["\u0041\ud800\u12"]"#), r#"["\u0041\ud800\u12"]"#);
    }

    #[test]
    fn refuses_what_is_not_one_value() {
        for text in [
            "",
            "{",
            "{}x",
            "[1,]",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"""#,
            "{a:1}",
            "1 2",
        ] {
            assert!(Json::read(text).is_none(), "{text}");
        }
        assert!(Json::read(&"[".repeat(100_000)).is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r#".{0,60}|[\[\]{}",:\\u0-9a-f ]{0,60}"#) {
            if let Some(json) = Json::read(&text) {
                let compact = json.write(Layout::COMPACT);
                prop_assert_eq!(Json::read(&compact).unwrap().write(Layout::COMPACT), compact);
            }
            prop_assert_eq!(rewrite_strings(&text, |inside, out| out.push_str(inside)), &*text);
            unescape_characters(&text, &mut String::new(), |_| true);
        }
    }
}

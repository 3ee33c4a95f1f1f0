//! What was sent, read as leniently as possible, to see what its writer meant.

use alloc::borrow::Cow;

use ums_auth::form;

/// What could be made out; each value is as it was sent, quotes aside.
#[derive(Clone, Default)]
pub(super) struct Sent<'a> {
    /// Empty when there is none.
    pub(super) scheme: Cow<'a, str>,
    pub(super) app_id: Option<Cow<'a, str>>,
    pub(super) timestamp: Option<Cow<'a, str>>,
    pub(super) nonce: Option<Cow<'a, str>>,
    pub(super) signature: Option<Cow<'a, str>>,
    /// White space before or after everything.
    pub(super) white_space: bool,
    /// Quotes that are not `"`.
    pub(super) quotes: bool,
    /// `:` where `=` belongs.
    pub(super) colons: bool,
}

/// A value's place by its name, in whatever letter case.
macro_rules! place {
    ($sent:ident, $name:expr) => {
        match $name.to_ascii_lowercase().as_str() {
            "appid" => Some(&mut $sent.app_id),
            "timestamp" => Some(&mut $sent.timestamp),
            "nonce" => Some(&mut $sent.nonce),
            "signature" => Some(&mut $sent.signature),
            _ => None,
        }
    };
}

impl<'a> Sent<'a> {
    /// A header: its value, or the whole line with its name.
    pub(super) fn read(header: &'a str) -> Self {
        let header = value_of(header);
        let trimmed = header.trim();
        let mut sent = Self {
            white_space: trimmed != header,
            ..Self::default()
        };
        let (first, after) = trimmed
            .split_once(char::is_whitespace)
            .unwrap_or((trimmed, ""));
        let mut rest = if begins_with_a_parameter(trimmed) {
            trimmed
        } else {
            sent.scheme = first.into();
            after
        };
        while let Some(at) = rest.find(SEPARATORS) {
            let (name, after) = rest.split_at(at);
            let is_colon = !after.starts_with(['=', '＝']);
            let after = without_first(after);
            let value = read_value(after);
            rest = value.rest;
            let name = name.trim_matches(|c: char| {
                c.is_whitespace() || matches!(c, ',' | ';' | '{') || closing(c).is_some()
            });
            if let Some(place) = place!(sent, name) {
                place.get_or_insert(value.text.into());
                sent.quotes |= value.is_oddly_quoted;
                sent.colons |= is_colon;
            }
        }
        sent
    }

    /// A query string, with or without what stands before its `?`.
    pub(super) fn read_query(query: &'a str) -> (Self, Option<Cow<'a, str>>) {
        let query = query.trim_matches(['\r', '\n']);
        let trimmed = query.trim();
        let mut sent = Self {
            white_space: trimmed != query,
            ..Self::default()
        };
        let mut content = None;
        for piece in query_of(trimmed).split('&') {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let decoded = match form::decode(value) {
                Ok(decoded) => Cow::Owned(decoded),
                Err(_) => Cow::Borrowed(value),
            };
            match name.to_ascii_lowercase().as_str() {
                "authorization" if sent.scheme.is_empty() => sent.scheme = decoded,
                "content" => _ = content.get_or_insert(decoded),
                name => {
                    if let Some(place) = place!(sent, name) {
                        place.get_or_insert(decoded);
                    }
                }
            }
        }
        (sent, content)
    }

    /// The four values, nothing where there is none.
    pub(super) fn values(&self) -> [&str; 4] {
        [&self.app_id, &self.timestamp, &self.nonce, &self.signature]
            .map(|value| value.as_deref().unwrap_or_default())
    }
}

/// What stands after the `?` of an address, or all of it.
pub(super) fn query_of(address: &str) -> &str {
    address.split_once('?').map_or(address, |(_, query)| query)
}

const SEPARATORS: [char; 4] = ['=', ':', '＝', '：'];

/// The value alone, where the line was copied with the name of the header.
pub(super) fn value_of(header: &str) -> &str {
    let header = header.trim_matches(['\r', '\n']);
    match header.split_once(':') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("authorization") => value.trim(),
        _ => header,
    }
}

/// Whether the scheme is missing.
fn begins_with_a_parameter(header: &str) -> bool {
    header.split_once(SEPARATORS).is_some_and(|(name, _)| {
        let name = name.trim_matches(|c: char| c.is_whitespace() || closing(c).is_some());
        ["appid", "timestamp", "nonce", "signature"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    })
}

struct Value<'a> {
    text: &'a str,
    is_oddly_quoted: bool,
    rest: &'a str,
}

fn read_value(after: &str) -> Value<'_> {
    let inside = after.trim_start();
    // As in source code: the quotes with a backslash before each.
    if let Some(inside) = inside.strip_prefix("\\\"") {
        let (text, rest) = inside.split_once("\\\"").unwrap_or((inside, ""));
        return Value {
            text,
            is_oddly_quoted: false,
            rest,
        };
    }
    let quote = inside
        .chars()
        .next()
        .and_then(|first| Some((first, closing(first)?)));
    let Some((first, closing)) = quote else {
        let (text, rest) = after.split_once([',', ';']).unwrap_or((after, ""));
        return Value {
            text: text.trim(),
            is_oddly_quoted: false,
            rest,
        };
    };
    let inside = without_first(inside);
    let (text, rest) = match inside.find(closing) {
        Some(end) => {
            let (text, rest) = inside.split_at(end);
            (text, without_first(rest))
        }
        None => (inside, ""),
    };
    Value {
        text,
        is_oddly_quoted: first != '"',
        rest,
    }
}

/// What may end a text that this quote begins: people mix the two of a pair.
fn closing(quote: char) -> Option<&'static [char]> {
    match quote {
        '"' => Some(&['"']),
        '\'' => Some(&['\'']),
        '`' => Some(&['`', '\'']),
        '“' | '”' | '„' | '＂' => Some(&['”', '“', '＂', '"']),
        '‘' | '’' | '‚' | '＇' => Some(&['’', '‘', '＇', '\'']),
        _ => None,
    }
}

fn without_first(text: &str) -> &str {
    let mut characters = text.chars();
    characters.next();
    characters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_out_what_it_can() {
        let sent = Sent::read(
            "Authorization: open-body-sig appid=a , Timestamp=\"2017-01-01 12:00:00\";nonce=\"x, y\",Signature=ab+/=,z=1",
        );
        assert_eq!(sent.scheme, "open-body-sig");
        assert_eq!(sent.values(), ["a", "2017-01-01 12:00:00", "x, y", "ab+/="]);
        assert!(!sent.white_space && !sent.quotes && !sent.colons);
        assert_eq!(Sent::read("").signature, None);
        assert_eq!(Sent::read("A Nonce=\"1").nonce.as_deref(), Some("1"));
    }

    #[test]
    fn sees_what_is_around_and_between_the_values() {
        for (header, [white_space, quotes, colons]) in [
            (" A AppId=\"a\", Nonce=\"b\"", [true, false, false]),
            ("A AppId=\"a\", Nonce=\"b\"\t", [true, false, false]),
            ("A AppId=\"a\", Nonce=\"b\"\r\n", [false, false, false]),
            (
                "Authorization:  A AppId=\"a\", Nonce=\"b\" ",
                [false, false, false],
            ),
            ("A AppId='a', Nonce='b'", [false, true, false]),
            ("A AppId=“a”, Nonce=“b”", [false, true, false]),
            ("A AppId=”a”, Nonce=“b\"", [false, true, false]),
            ("A AppId=‘a’, Nonce=’b‘", [false, true, false]),
            ("A AppId:\"a\", Nonce:\"b\"", [false, false, true]),
            ("A AppId: a, Nonce: b", [false, false, true]),
            ("A AppId：“a”, Nonce：“b”", [false, true, true]),
            ("A AppId＝a, Nonce＝b", [false, false, false]),
            (r#"A AppId=\"a\", Nonce=\"b\""#, [false, false, false]),
            ("A {\"AppId\":\"a\",\"Nonce\":\"b\"}", [false, false, true]),
        ] {
            let sent = Sent::read(header);
            assert_eq!(sent.scheme, "A", "{header}");
            assert_eq!(sent.values(), ["a", "", "b", ""], "{header}");
            let seen = [sent.white_space, sent.quotes, sent.colons];
            assert_eq!(seen, [white_space, quotes, colons], "{header}");
        }
    }

    #[test]
    fn a_header_without_a_scheme_keeps_its_first_parameter() {
        for header in [
            "AppId=\"a\", Nonce=\"b\"",
            "appid=a,Nonce=b",
            "  AppId='a', Nonce='b'",
            "nonce:b, AppId:a",
        ] {
            let sent = Sent::read(header);
            assert_eq!(sent.scheme, "", "{header}");
            assert_eq!(sent.values(), ["a", "", "b", ""], "{header}");
        }
    }

    #[test]
    fn a_query_is_decoded_once_wherever_it_begins() {
        let query =
            "authorization=OPEN-FORM-PARAM&appId=a&content=%7B%257D+%zz&content=x&nonce=%4&x=1";
        for query in [query.into(), alloc::format!("https://h/p?{query}\n")] {
            let (sent, content) = Sent::read_query(&query);
            assert_eq!(sent.scheme, "OPEN-FORM-PARAM");
            assert_eq!(sent.values(), ["a", "", "%4", ""]);
            assert_eq!(content.as_deref(), Some("%7B%257D+%zz"), "as it came");
        }
        let (_, content) = Sent::read_query("content=%7B%257D+");
        assert_eq!(content.as_deref(), Some("{%7D "));
    }
}

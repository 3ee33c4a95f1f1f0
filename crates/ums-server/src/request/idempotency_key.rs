//! The header `Idempotency-Key`.

use http::HeaderMap;
use ums_durable::journal::Key;

use crate::problem::Problem;

const NAME: &str = "idempotency-key";

/// The key of a request, if it has one. `"abc"`, as the IETF draft writes it, and `abc` are one
/// key.
///
/// # Errors
///
/// There are two of it, or it is no key.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<Key>, Problem> {
    let mut all = headers.get_all(NAME).iter();
    let Some(first) = all.next() else {
        return Ok(None);
    };
    if all.next().is_some() {
        return Err(Problem::malformed("there are two headers Idempotency-Key"));
    }
    let none = || {
        let detail = "the header Idempotency-Key must have 1 to 255 visible ASCII characters";
        Problem::malformed(detail)
    };
    let text = first.to_str().map_err(|_| none())?.trim();
    let key = unquoted(text).ok_or_else(none)?;
    Key::new(key).map(Some).map_err(|_| none())
}

/// The string inside quotes (RFC 8941, without its escapes that no key needs but for these two), or
/// the text as it is.
fn unquoted(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('"') else {
        return Some(text.to_owned());
    };
    let inner = rest.strip_suffix('"')?;
    let mut key = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => key.push(letters.next().filter(|it| matches!(it, '"' | '\\'))?),
            '"' => return None,
            other => key.push(other),
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("Idempotency-Key", value.parse().unwrap());
        }
        let key = idempotency_key(&headers)?;
        Ok(key.map(|key| key.as_str().to_owned()))
    }

    #[test]
    fn a_key_is_one_with_quotes_or_without() {
        assert_eq!(read(&[]).unwrap(), None);
        for one in ["abc", "\"abc\"", " abc ", "  \"abc\""] {
            assert_eq!(read(&[one]).unwrap().as_deref(), Some("abc"), "{one}");
        }
        assert_eq!(
            read(&[r#""a\"b\\c""#]).unwrap().as_deref(),
            Some(r#"a"b\c"#)
        );
        let long = "k".repeat(255);
        assert_eq!(read(&[&long]).unwrap(), Some(long));
        let longer = "k".repeat(256);
        let wrong = [
            "",
            "\"\"",
            "\"abc",
            "a b",
            "\"a\" ; b",
            r#""a\n""#,
            "\"",
            &longer,
        ];
        for wrong in wrong {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
        assert!(read(&["abc", "abc"]).is_err());
    }
}

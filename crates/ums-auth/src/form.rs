//! Forms: `name=value&name=value` with each value encoded for a URL, as
//! [`open_form_param`](crate::open_form_param) writes and [`notify`](crate::notify) reads it.
//!
//! ```
//! use ums_auth::form;
//!
//! assert_eq!(form::encode("x y/测"), "x+y%2F%E6%B5%8B");
//! assert_eq!(form::decode("x+y%2F%E6%B5%8B")?, "x y/测");
//! assert_eq!(form::decode_pairs(b"memo=a%26b&memo=")?.len(), 2);
//! # Ok::<(), form::InvalidForm>(())
//! ```

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::invalid::{InvalidValue, excerpt};

/// `text` as `java.net.URLEncoder` writes it: letters, digits and `.-*_` as they are, a space as
/// `+`, all else as `%` and two upper-case digits per byte of UTF-8.
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    encode_into(text, &mut out);
    out
}

/// A value as it was before it was encoded, decoded once: `+` is a space, `%` begins a byte.
///
/// # Errors
/// Returns an error if a `%` has no two hexadecimal digits after it, or if what comes out is not
/// UTF-8.
pub fn decode(text: &str) -> Result<String, InvalidForm> {
    decode_one(text.as_bytes(), 0)
}

/// The names and values in the order in which they stand, each decoded once. No bytes are no
/// parameters; a name may come twice.
///
/// # Errors
/// Returns an error if the form is larger than 1 MiB, if a part of it has no `=` or no name, or if
/// a name or a value cannot be [decoded](decode).
pub fn decode_pairs(form: &[u8]) -> Result<Vec<(String, String)>, InvalidForm> {
    if form.len() > MAX_LENGTH {
        return Err(InvalidForm::new(FormProblem::TooLong {
            at_most: MAX_LENGTH,
            length: form.len(),
        }));
    }
    let mut pairs = Vec::new();
    if form.is_empty() {
        return Ok(pairs);
    }
    let mut at = 0;
    for piece in form.split(|byte| *byte == b'&') {
        let end = piece.iter().position(|byte| *byte == b'=');
        let Some((name, [_, value @ ..])) = end.and_then(|end| piece.split_at_checked(end)) else {
            return Err(InvalidForm::new(FormProblem::NoValue { at }));
        };
        if name.is_empty() {
            return Err(InvalidForm::new(FormProblem::Nameless));
        }
        pairs.push((
            decode_one(name, at)?,
            decode_one(value, at + name.len() + 1)?,
        ));
        at += piece.len() + 1;
    }
    Ok(pairs)
}

/// Named values that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidForm {
    problem: FormProblem,
}

impl InvalidForm {
    pub(crate) fn new(problem: FormProblem) -> Self {
        Self { problem }
    }

    /// What is wrong.
    pub fn problem(&self) -> &FormProblem {
        &self.problem
    }

    /// A stable name for programs, in `snake_case`; for a bad value that of the rule it breaks.
    pub fn code(&self) -> &'static str {
        match &self.problem {
            FormProblem::Duplicate(_) => "duplicate_parameter",
            FormProblem::Encoding { .. } | FormProblem::Nameless | FormProblem::NoValue { .. } => {
                "syntax"
            }
            FormProblem::Missing(_) => "missing_parameter",
            FormProblem::NotUtf8 { .. } => "not_utf8",
            FormProblem::Scheme(_) => "scheme",
            FormProblem::TooLong { .. } => "form_too_long",
            FormProblem::Unknown(_) => "unknown_parameter",
            FormProblem::Value(value) => value.code(),
        }
    }
}

impl fmt::Display for InvalidForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            FormProblem::Duplicate(name) => write!(f, "parameter \"{name}\" given twice"),
            FormProblem::Encoding { at } => {
                write!(
                    f,
                    "byte {at}: \"%\" without two hexadecimal digits after it"
                )
            }
            FormProblem::Missing(name) => write!(f, "no parameter \"{name}\""),
            FormProblem::Nameless => f.write_str("a parameter without a name"),
            FormProblem::NoValue { at } => write!(f, "byte {at}: a parameter without \"=\""),
            FormProblem::NotUtf8 { at } => {
                write!(f, "the name or value that begins at byte {at} is not UTF-8")
            }
            FormProblem::Scheme(scheme) => write!(f, "\"authorization\" is not {scheme}"),
            FormProblem::TooLong { at_most, length } => {
                write!(f, "{length} bytes given, at most {at_most} allowed")
            }
            FormProblem::Unknown(name) => write!(f, "unknown parameter \"{name}\""),
            FormProblem::Value(_) => f.write_str("a value that is not allowed"),
        }
    }
}

impl core::error::Error for InvalidForm {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.problem {
            FormProblem::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// What is wrong with named values. Names are given as at most 32 characters, escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormProblem {
    /// This parameter is there a second time.
    Duplicate(String),
    /// A `%` that no two hexadecimal digits follow.
    Encoding {
        /// Where the `%` is, in bytes from 0.
        at: usize,
    },
    /// This parameter is not there.
    Missing(&'static str),
    /// A value without a name.
    Nameless,
    /// A parameter without `=`, nothing between two `&` included.
    NoValue {
        /// Where it begins, in bytes from 0.
        at: usize,
    },
    /// A name or value that is not UTF-8 once decoded.
    NotUtf8 {
        /// Where it begins, in bytes from 0.
        at: usize,
    },
    /// The parameters are not those of this scheme.
    Scheme(&'static str),
    /// The whole is longer than this crate reads.
    TooLong {
        /// The limit, in bytes.
        at_most: usize,
        /// What was given, in bytes.
        length: usize,
    },
    /// A parameter that the scheme does not have.
    Unknown(String),
    /// A parameter whose value breaks a rule.
    Value(InvalidValue),
}

/// More than any notification or cashier link that has been seen, by far.
const MAX_LENGTH: usize = 1 << 20;

pub(crate) fn encode_into(text: &str, out: &mut String) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => {
                out.push(byte.into());
            }
            b' ' => out.push('+'),
            _ => out.extend(['%', digit(byte >> 4), digit(byte & 0xf)]),
        }
    }
}

/// The values of `required` and then of `optional`, whatever their order; nothing else may be
/// there, nothing twice.
pub(crate) fn pick<'a, const R: usize, const O: usize>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    required: [&'static str; R],
    optional: [&'static str; O],
) -> Result<([&'a str; R], [Option<&'a str>; O]), InvalidForm> {
    let mut found = [None; R];
    let mut found_optional = [None; O];
    for (name, value) in pairs {
        let places = (required.iter().zip(&mut found))
            .chain(optional.iter().zip(&mut found_optional))
            .find(|(known, _)| **known == name);
        let problem = match places {
            Some((_, place @ None)) => {
                *place = Some(value);
                continue;
            }
            Some(_) => FormProblem::Duplicate(excerpt(name)),
            None => FormProblem::Unknown(excerpt(name)),
        };
        return Err(InvalidForm::new(problem));
    }
    for (name, value) in required.iter().zip(&found) {
        if value.is_none() {
            return Err(InvalidForm::new(FormProblem::Missing(name)));
        }
    }
    Ok((found.map(Option::unwrap_or_default), found_optional))
}

/// A value of a form, read by its own rule.
pub(crate) fn value<T>(read: Result<T, InvalidValue>) -> Result<T, InvalidForm> {
    read.map_err(|error| InvalidForm::new(FormProblem::Value(error)))
}

fn decode_one(text: &[u8], start: usize) -> Result<String, InvalidForm> {
    let mut bytes = Cow::Borrowed(text);
    if text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        bytes = Cow::Owned(unescape(text, start)?);
    }
    String::from_utf8(bytes.into_owned())
        .map_err(|_| InvalidForm::new(FormProblem::NotUtf8 { at: start }))
}

fn unescape(text: &[u8], start: usize) -> Result<Vec<u8>, InvalidForm> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return Ok(bytes),
            [b'+', rest @ ..] => {
                bytes.push(b' ');
                rest
            }
            [b'%', after @ ..] => {
                let escaped = after.split_first_chunk().and_then(|([high, low], rest)| {
                    let byte = digit(high)? * 16 + digit(low)?;
                    Some((u8::try_from(byte).ok()?, rest))
                });
                let Some((byte, rest)) = escaped else {
                    let at = start + text.len() - rest.len();
                    return Err(InvalidForm::new(FormProblem::Encoding { at }));
                };
                bytes.push(byte);
                rest
            }
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn encodes_as_javas_urlencoder() {
        assert_eq!(encode("aZ09.-*_"), "aZ09.-*_");
        assert_eq!(encode(" ~!'()/+=%&"), "+%7E%21%27%28%29%2F%2B%3D%25%26");
        assert_eq!(encode("测试😀"), "%E6%B5%8B%E8%AF%95%F0%9F%98%80");
    }

    #[test]
    fn decodes_once() {
        let pair = |name: &str, value: &str| (name.into(), value.into());
        assert_eq!(
            decode_pairs(b"a=1&b=%2526+x&c=&d==&e=%e6%b5%8b").unwrap(),
            vec![
                pair("a", "1"),
                pair("b", "%26 x"),
                pair("c", ""),
                pair("d", "="),
                pair("e", "测"),
            ]
        );
        assert_eq!(decode_pairs(b"").unwrap(), vec![]);
    }

    #[test]
    fn refuses_and_says_where() {
        for (form, problem) in [
            (&b"a=%"[..], FormProblem::Encoding { at: 2 }),
            (b"a=1&b=x%4", FormProblem::Encoding { at: 7 }),
            (b"a=1&b%zz=", FormProblem::Encoding { at: 5 }),
            (b"a=%+1", FormProblem::Encoding { at: 2 }),
            (b"a=1&b", FormProblem::NoValue { at: 4 }),
            (b"a=1&&b=1", FormProblem::NoValue { at: 4 }),
            (b"a=1&", FormProblem::NoValue { at: 4 }),
            (b"=1", FormProblem::Nameless),
            (b"a=1&b=%b2%e2", FormProblem::NotUtf8 { at: 6 }),
            (b"a=1&\xff=1", FormProblem::NotUtf8 { at: 4 }),
        ] {
            assert_eq!(decode_pairs(form).unwrap_err().problem(), &problem);
        }
        let long = vec![b'a'; MAX_LENGTH + 1];
        assert_eq!(decode_pairs(&long).unwrap_err().code(), "form_too_long");
        assert_eq!(decode_pairs(&long[1..]).unwrap_err().code(), "syntax");
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(name in ".{1,40}", value in ".{0,200}") {
            let form = encode(&name) + "=" + &encode(&value);
            prop_assert_eq!(decode_pairs(form.as_bytes()).unwrap(), vec![(name, value)]);
        }

        #[test]
        fn any_bytes_are_read_or_refused(form: Vec<u8>, text in "[a-z=&%+0-9A-F]{0,60}") {
            let _ = decode_pairs(&form);
            let _ = decode_pairs(text.as_bytes());
        }
    }
}

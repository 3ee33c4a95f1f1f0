//! Reading `SCHEME Name="value", Name="value"`, and what can be wrong with it.

use alloc::string::String;
use core::fmt;

use crate::invalid::{InvalidValue, excerpt};

/// An `Authorization` header that cannot be read.
///
/// Says where (a byte offset) and what. No value is in it beyond a short excerpt of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidHeader {
    at: usize,
    problem: HeaderProblem,
}

impl InvalidHeader {
    pub(crate) fn new(at: usize, problem: HeaderProblem) -> Self {
        Self { at, problem }
    }

    /// Where in the header, in bytes from 0.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What is wrong there.
    pub fn problem(&self) -> &HeaderProblem {
        &self.problem
    }

    /// A stable name for programs, in `snake_case`; for a bad value that of the rule it breaks.
    pub fn code(&self) -> &'static str {
        match &self.problem {
            HeaderProblem::Duplicate(_) => "duplicate_parameter",
            HeaderProblem::Expected(_) => "syntax",
            HeaderProblem::Missing(_) => "missing_parameter",
            HeaderProblem::Order(_) => "parameter_order",
            HeaderProblem::Scheme(_) => "scheme",
            HeaderProblem::TooLong { .. } => "header_too_long",
            HeaderProblem::Unknown(_) => "unknown_parameter",
            HeaderProblem::Value(value) => value.code(),
        }
    }
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorization header, byte {}: ", self.at)?;
        match &self.problem {
            HeaderProblem::Duplicate(name) => write!(f, "{name} given twice"),
            HeaderProblem::Expected(what) => write!(f, "expected {what}"),
            HeaderProblem::Missing(name) => write!(f, "no {name}"),
            HeaderProblem::Order(name) => write!(f, "{name} out of order"),
            HeaderProblem::Scheme(scheme) => write!(f, "the scheme is not {scheme}"),
            HeaderProblem::TooLong { at_most, length } => {
                write!(f, "{length} bytes given, at most {at_most} allowed")
            }
            HeaderProblem::Unknown(name) => write!(f, "unknown parameter \"{name}\""),
            HeaderProblem::Value(_) => f.write_str("a value that is not allowed"),
        }
    }
}

impl core::error::Error for InvalidHeader {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.problem {
            HeaderProblem::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// What is wrong with a header.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderProblem {
    /// This parameter is there a second time.
    Duplicate(&'static str),
    /// Something else stands where this should.
    Expected(&'static str),
    /// This parameter is not there.
    Missing(&'static str),
    /// This parameter stands after one that should follow it.
    Order(&'static str),
    /// The header is not of this scheme.
    Scheme(&'static str),
    /// The header as a whole is longer than it can be.
    TooLong {
        /// The limit, in bytes.
        at_most: usize,
        /// What was given, in bytes.
        length: usize,
    },
    /// A parameter the scheme does not have: its name, at most 32 characters of it, escaped.
    Unknown(String),
    /// A parameter whose value breaks a rule.
    Value(InvalidValue),
}

/// More than any header this crate writes.
const MAX_LENGTH: usize = 2048;

/// Refuses what is too long to be looked at.
pub(crate) fn check_length(header: &str) -> Result<(), InvalidHeader> {
    if header.len() <= MAX_LENGTH {
        return Ok(());
    }
    let problem = HeaderProblem::TooLong {
        at_most: MAX_LENGTH,
        length: header.len(),
    };
    Err(InvalidHeader::new(MAX_LENGTH, problem))
}

/// The values of `names`, in that order, each with its place. Between two parameters stands a
/// comma, then one space or none.
pub(crate) fn read<'a, const N: usize>(
    header: &'a str,
    scheme: &'static str,
    names: [&'static str; N],
) -> Result<[(usize, &'a str); N], InvalidHeader> {
    check_length(header)?;
    let mut cursor = Cursor::new(header);
    if !cursor.skip(scheme) {
        return Err(cursor.refuse(HeaderProblem::Scheme(scheme)));
    }
    cursor.expect(" ", "one space after the scheme")?;

    let mut values: [Option<(usize, &str)>; N] = [None; N];
    let mut last = None;
    loop {
        let at = cursor.at;
        let name = cursor.until('=', "a name and \"=\"")?;
        let Some((place, known)) = names.iter().enumerate().find(|(_, known)| **known == name)
        else {
            return Err(InvalidHeader::new(
                at,
                HeaderProblem::Unknown(excerpt(name)),
            ));
        };
        cursor.expect("\"", "a double quote before the value")?;
        let found = (
            cursor.at,
            cursor.until('"', "a double quote after the value")?,
        );
        match values.get_mut(place) {
            Some(value @ None) => *value = Some(found),
            _ => return Err(InvalidHeader::new(at, HeaderProblem::Duplicate(known))),
        }
        if last > Some(place) {
            return Err(InvalidHeader::new(at, HeaderProblem::Order(known)));
        }
        last = Some(place);
        if cursor.rest.is_empty() {
            break;
        }
        cursor.expect(",", "a comma after the value")?;
        cursor.skip(" ");
    }

    for (name, value) in names.iter().zip(&values) {
        if value.is_none() {
            return Err(cursor.refuse(HeaderProblem::Missing(name)));
        }
    }
    Ok(values.map(Option::unwrap_or_default))
}

/// What is left of the header, and where that begins.
struct Cursor<'a> {
    rest: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, at: 0 }
    }

    fn skip(&mut self, text: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(text) else {
            return false;
        };
        self.rest = rest;
        self.at += text.len();
        true
    }

    fn expect(&mut self, text: &str, what: &'static str) -> Result<(), InvalidHeader> {
        if self.skip(text) {
            return Ok(());
        }
        Err(self.refuse(HeaderProblem::Expected(what)))
    }

    /// What stands before `end`, which is skipped too.
    fn until(&mut self, end: char, what: &'static str) -> Result<&'a str, InvalidHeader> {
        let Some((before, rest)) = self.rest.split_once(end) else {
            return Err(self.refuse(HeaderProblem::Expected(what)));
        };
        self.rest = rest;
        self.at += before.len() + end.len_utf8();
        Ok(before)
    }

    fn refuse(&self, problem: HeaderProblem) -> InvalidHeader {
        InvalidHeader::new(self.at, problem)
    }
}

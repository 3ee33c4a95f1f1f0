//! The error of a reply that is not one well-formed JSON object.

use std::fmt;

/// The reply's body is not what any UMS operation answers with.
///
/// It says what is wrong and where, and nothing of the body's content: whoever called
/// [`Operation::decode`](crate::Operation::decode) still holds the bytes. For an operation that
/// moves money such a reply leaves the outcome unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct MalformedReply {
    kind: Malformation,
    at: Option<Position>,
}

impl MalformedReply {
    /// An error of this kind with no place, for an [`Operation`](crate::Operation) with its own way
    /// to decode.
    pub fn new(kind: Malformation) -> Self {
        Self { kind, at: None }
    }

    /// The same error at a line and a column, both counted from 1, the column in bytes.
    #[must_use]
    pub fn at(self, line: usize, column: usize) -> Self {
        Self {
            at: Some(Position { line, column }),
            ..self
        }
    }

    /// What is wrong.
    pub fn kind(&self) -> Malformation {
        self.kind
    }

    /// The line where it was noticed, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.at.map(|at| at.line)
    }

    /// The column where it was noticed: bytes since the start of the line, counted from 1.
    pub fn column(&self) -> Option<usize> {
        self.at.map(|at| at.column)
    }
}

impl fmt::Display for MalformedReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_of("the reply", f)
    }
}

impl MalformedReply {
    /// Writes the error, said of this.
    pub(crate) fn write_of(&self, what: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{what} {}", self.kind.as_str())?;
        match self.at {
            Some(Position { line, column }) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

/// The ways in which a reply can be malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Malformation {
    /// Nothing, or nothing but whitespace.
    Empty,
    /// Bytes that are not UTF-8, for example GBK.
    NotUtf8,
    /// JSON must not begin with a byte order mark (RFC 8259 §8.1).
    ByteOrderMark,
    /// The body breaks the JSON grammar: HTML, plain text, a bare `NaN`, a string with half a
    /// surrogate pair …
    NotJson,
    /// The body ends before its JSON does.
    Truncated,
    /// JSON, but an array, a string, a number, a boolean or `null`.
    NotAnObject,
    /// Something other than whitespace follows the object.
    TrailingData,
    /// An object, here or further in, names a key twice: two readers could see two different
    /// replies.
    DuplicateKey,
    /// Objects and arrays nested more than 127 deep, the depth at which `serde_json` stops as well.
    TooDeep,
    /// Well-formed, but not what this operation answers with: for implementations of
    /// [`Operation`](crate::Operation) outside this crate.
    Unexpected,
}

impl Malformation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::NotUtf8 => "is not UTF-8",
            Self::ByteOrderMark => "begins with a byte order mark",
            Self::NotJson => "is not JSON",
            Self::Truncated => "ends in the middle of its JSON",
            Self::NotAnObject => "is JSON but not an object",
            Self::TrailingData => "goes on after its JSON object",
            Self::DuplicateKey => "names a key twice in one object",
            Self::TooDeep => "is nested more than 127 deep",
            Self::Unexpected => "is not what this operation answers with",
        }
    }
}

/// A place in a text: line and column from 1, the column in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Position {
    /// The place of the byte that follows `before`.
    pub(crate) fn after(before: &[u8]) -> Self {
        let line_start = before
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |newline| newline + 1);
        Self {
            line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
            column: before.len() - line_start + 1,
        }
    }

    /// The place in the whole of a place `inner` in a part that begins at `self`.
    pub(crate) fn of_inner(self, inner: Self) -> Self {
        match inner.line {
            0 | 1 => Self {
                line: self.line,
                column: self.column + inner.column.saturating_sub(1),
            },
            further => Self {
                line: self.line + further - 1,
                column: inner.column,
            },
        }
    }
}

//! The error of bytes that are not the request they are said to be.

use std::borrow::Cow;
use std::fmt;

use crate::field::misfit::{FieldProblem, Misfit};
use crate::reply::malformed_reply::MalformedReply;
use crate::request::read::Unreadable;

/// Bytes that are not the request they are said to be: the operation, what is wrong, and in which
/// field.
///
/// It shows no value of a field that names a person, a card or a secret; of any other no more than
/// [`InvalidField`](crate::InvalidField) does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {problem}")]
pub struct InvalidRequest {
    operation: Cow<'static, str>,
    problem: Box<RequestProblem>,
}

impl InvalidRequest {
    /// The operation's name, as it was given.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// What is wrong.
    pub fn problem(&self) -> &RequestProblem {
        &self.problem
    }

    /// The field in which it is wrong, by its name on the wire, and the way to it where it is
    /// inside another: `goods[0].quantity`.
    pub fn field(&self) -> Option<&str> {
        match &*self.problem {
            RequestProblem::Field { field, .. } => Some(field),
            _ => None,
        }
    }

    pub(crate) fn new(operation: impl Into<Cow<'static, str>>, problem: RequestProblem) -> Self {
        Self {
            operation: operation.into(),
            problem: Box::new(problem),
        }
    }
}

/// What is wrong with bytes that are said to be a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestProblem {
    /// No operation of this crate has this name.
    UnknownOperation,
    /// The path is none of the operation's.
    UnknownPath(String),
    /// The body is not one well-formed JSON object.
    Malformed(MalformedReply),
    /// A field is wrong.
    Field {
        /// Its name on the wire.
        field: String,
        /// What is wrong with it.
        problem: FieldProblem,
    },
}

impl From<Misfit> for RequestProblem {
    fn from(Misfit { field, problem }: Misfit) -> Self {
        Self::Field { field, problem }
    }
}

impl From<Unreadable> for RequestProblem {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Malformed(malformed) => Self::Malformed(malformed),
            Unreadable::Misfit(misfit) => misfit.into(),
        }
    }
}

impl fmt::Display for RequestProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOperation => f.write_str("no operation has this name"),
            Self::UnknownPath(path) => write!(f, "{path:?} is none of its paths"),
            Self::Malformed(malformed) => malformed.write_of("the request", f),
            Self::Field { field, problem } => write!(f, "the field {field:?} {problem}"),
        }
    }
}

//! What can be wrong with one field of a request that is read back.

use std::fmt;

use crate::field::invalid_field::InvalidField;
use crate::field::spec::{Condition, FieldKind};

/// Why a field keeps a request from being read back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The operation has no field of this name.
    Unlisted,
    /// It is there twice, or an object inside it names a key twice.
    Repeated,
    /// It must be there, and is not.
    Missing,
    /// It is of another JSON type than the documented one.
    WrongType(FieldKind),
    /// It is of the documented type, and not what it must be.
    WrongForm(&'static str),
    /// It is of the documented type, and its value is none that the field takes.
    Invalid(InvalidField),
    /// It does not fit together with the others.
    Condition(Condition),
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted => f.write_str("is no field of this operation"),
            Self::Repeated => f.write_str("is there twice, or holds a key twice"),
            Self::Missing => f.write_str("is missing"),
            Self::WrongType(kind) => write!(f, "is not of the type {}", kind.as_str()),
            Self::WrongForm(form) => write!(f, "is not {form}"),
            Self::Invalid(invalid) => write!(f, "is not valid: {invalid}"),
            Self::Condition(condition) => write!(f, "does not fit: {condition}"),
        }
    }
}

/// A field with what is wrong with it. The value is in it only as far as [`InvalidField`] shows it.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// The field's name, and the way to it where it is inside another: `goods[0].quantity`.
    pub(crate) field: String,
    pub(crate) problem: FieldProblem,
}

impl Misfit {
    pub(crate) fn new(field: impl Into<String>, problem: FieldProblem) -> Self {
        Self {
            field: field.into(),
            problem,
        }
    }

    /// A value of another JSON type. Its field's name is put before it by whoever reads the object.
    pub(crate) fn wrong_type(kind: FieldKind) -> Self {
        Self::new("", FieldProblem::WrongType(kind))
    }

    /// A value of the right JSON type that is not this.
    pub(crate) fn wrong_form(form: &'static str) -> Self {
        Self::new("", FieldProblem::WrongForm(form))
    }

    /// The first field of a condition that is not fulfilled.
    pub(crate) fn unless(
        fulfilled: impl FnOnce(&Condition) -> bool,
        condition: Option<&Condition>,
    ) -> Result<(), Self> {
        match condition {
            Some(condition) if !fulfilled(condition) => {
                let field = condition.fields.first().copied().unwrap_or_default();
                Err(Self::new(field, FieldProblem::Condition(*condition)))
            }
            _ => Ok(()),
        }
    }

    /// The same of the field with this name.
    pub(crate) fn of_field(self, name: &'static str) -> Self {
        match self.problem {
            FieldProblem::Invalid(invalid) if self.field.is_empty() => Self {
                field: name.to_owned(),
                problem: FieldProblem::Invalid(invalid.of_field(name)),
            },
            problem => Self { problem, ..self }.inside(name),
        }
    }

    /// The same, seen from the object or the array around it.
    pub(crate) fn inside(self, outer: &str) -> Self {
        let dot = match self.field.as_bytes().first() {
            None | Some(b'[') => "",
            Some(_) => ".",
        };
        Self {
            field: format!("{outer}{dot}{}", self.field),
            ..self
        }
    }
}

impl From<InvalidField> for Misfit {
    fn from(invalid: InvalidField) -> Self {
        Self::new("", FieldProblem::Invalid(invalid))
    }
}

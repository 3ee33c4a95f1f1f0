//! What the type of a request's field is on the wire, and how its value is read back.

use crate::field::misfit::Misfit;
use crate::field::spec::{FieldKind, FieldSpec, Format, Sensitivity};
use crate::json::object::{Scalar, Token, digits};

/// A type that a request's field can have.
pub(crate) trait WireType: Sized {
    /// The documented JSON type.
    const KIND: FieldKind;
    /// The documented maximum length.
    const MAX_LENGTH: Option<usize> = None;
    /// The documented format inside the JSON type.
    const FORMAT: Option<Format> = None;
    /// What a value gives away.
    const SENSITIVITY: Sensitivity = Sensitivity::Public;
    /// The fields of the objects inside.
    const ITEMS: &'static [FieldSpec] = &[];

    /// Reads a value back, as strictly as it is written: only what this type writes is a value.
    fn from_token(token: &Token<'_>) -> Result<Self, Misfit>;
}

/// The characters of a value that must be a JSON string.
pub(crate) fn string<'a>(token: &'a Token<'_>) -> Result<&'a str, Misfit> {
    token
        .string()
        .ok_or_else(|| Misfit::wrong_type(FieldKind::String))
}

impl WireType for bool {
    const KIND: FieldKind = FieldKind::Boolean;

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        match &token.scalar {
            Scalar::Bool(value) => Ok(*value),
            _ => Err(Misfit::wrong_type(Self::KIND)),
        }
    }
}

/// A number that is written whole: never by way of a float.
impl WireType for u64 {
    const KIND: FieldKind = FieldKind::Number;

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        let whole = match &token.scalar {
            Scalar::Number(number) => digits(number).and_then(|number| number.parse().ok()),
            _ => None,
        };
        whole.ok_or_else(|| Misfit::wrong_type(Self::KIND))
    }
}

//! A value of a request with the JSON form that it is written in.

use std::fmt;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use crate::field::misfit::Misfit;
use crate::field::sent::Plain;
use crate::field::spec::{FieldKind, FieldSpec, Format, Sensitivity};
use crate::field::wire_type::WireType;
use crate::json::object::Token;

/// A value that is no string, with the JSON form it is sent in.
///
/// The documents' type columns say number, boolean, array or object; the samples on the v6 pages
/// print the same fields as strings, and live requests with amounts in either form were accepted. A
/// plain value turns into the documented type; [`text`](Written::text) is there for a gateway that
/// wants the samples' form.
///
/// ```
/// use ums_model::{Fen, Written};
///
/// assert_eq!(serde_json::to_string(&Written::json(Fen::new(4160)))?, "4160");
/// assert_eq!(serde_json::to_string(&Written::text(Fen::new(4160)))?, r#""4160""#);
/// assert_eq!(serde_json::to_string(&Written::text(true))?, r#""true""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Written<T> {
    value: T,
    as_text: bool,
}

/// A boolean of a request.
pub type Flag = Written<bool>;

impl<T> Written<T> {
    /// Sent as the documented JSON type.
    pub const fn json(value: T) -> Self {
        Self {
            value,
            as_text: false,
        }
    }

    /// Sent as a string that holds the JSON text of the documented type: the form of the v6
    /// samples.
    pub const fn text(value: T) -> Self {
        Self {
            value,
            as_text: true,
        }
    }

    /// The value, whatever its form.
    pub const fn value(&self) -> &T {
        &self.value
    }
}

impl<T> From<T> for Written<T> {
    fn from(value: T) -> Self {
        Self::json(value)
    }
}

impl<T: Serialize> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.as_text {
            return self.value.serialize(serializer);
        }
        let json = serde_json::to_string(&self.value).map_err(S::Error::custom)?;
        serializer.serialize_str(&json)
    }
}

impl<T: WireType> WireType for Written<T> {
    const KIND: FieldKind = T::KIND;
    const MAX_LENGTH: Option<usize> = T::MAX_LENGTH;
    const FORMAT: Option<Format> = T::FORMAT;
    const SENSITIVITY: Sensitivity = T::SENSITIVITY;
    const ITEMS: &'static [FieldSpec] = T::ITEMS;

    /// A string holds the text form: no field that has two forms is documented as a string.
    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        let Some(inner) = token.text().filter(|_| T::KIND != FieldKind::String) else {
            return T::from_token(token).map(Self::json);
        };
        let inner = Token::of_text(&inner).ok_or_else(|| Misfit::wrong_type(T::KIND))?;
        T::from_token(&inner).map(Self::text)
    }
}

impl<T: fmt::Display> Plain for Written<T> {
    type Plain = T;

    fn plain(&self) -> &T {
        &self.value
    }
}

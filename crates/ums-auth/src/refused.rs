//! Why a signature is not accepted.

use alloc::string::String;
use core::fmt;

use crate::invalid::InvalidValue;

/// Why a verification refused what it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Signed in the name of another AppId than the verifier's.
    AppId,
    /// The signature is right, and would be right for other fields too: a value of this field (its
    /// name, at most 32 characters of it, escaped) reads like a field, or its name like two. Not
    /// forged by that: query the order.
    Ambiguous(String),
    /// There is no signature, or an empty one.
    NoSignature,
    /// `signType` names another hash than the one the verifier is pinned to.
    SignType,
    /// Not the signature of these bytes under this key.
    Signature,
    /// What stands in the place of the signature cannot be one.
    Value(InvalidValue),
}

impl Refused {
    /// A stable name for programs, in `snake_case`; for a bad value that of the rule it breaks.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AppId => "other_app_id",
            Self::Ambiguous(_) => "ambiguous_value",
            Self::NoSignature => "missing_parameter",
            Self::SignType => "other_sign_type",
            Self::Signature => "wrong_signature",
            Self::Value(value) => value.code(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AppId => "signed for another AppId than the one expected",
            Self::Ambiguous(name) => {
                return write!(
                    f,
                    "the signature is right, and also that of other fields than these, as \"{name}\" \
                     holds what reads like a field of its own; query the order"
                );
            }
            Self::NoSignature => "there is no signature",
            Self::SignType => "signType names another hash than the one that is pinned",
            Self::Signature => "the signature is not that of these bytes under this key",
            Self::Value(_) => "a signature that cannot be one",
        })
    }
}

impl core::error::Error for Refused {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

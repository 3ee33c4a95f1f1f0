//! Why a signature is not accepted.

use core::fmt;

use crate::invalid::InvalidValue;

/// Why a verification refused what it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Signed in the name of another AppId than the verifier's.
    AppId,
    /// There is no signature, or an empty one.
    NoSignature,
    /// It is not said how it was signed, and the verifier was not told either.
    NoSignType,
    /// Signed in a way this build does not know.
    SignType,
    /// Not the signature of these bytes under this key.
    Signature,
    /// What stands in the place of the signature cannot be one.
    Value(InvalidValue),
}

impl Refused {
    /// A stable name for programs, in `snake_case`; for a bad value that of the
    /// rule it breaks.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AppId => "other_app_id",
            Self::NoSignature => "missing_parameter",
            Self::NoSignType => "missing_sign_type",
            Self::SignType => "unknown_sign_type",
            Self::Signature => "wrong_signature",
            Self::Value(value) => value.code(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AppId => "signed for another AppId than the one expected",
            Self::NoSignature => "there is no signature",
            Self::NoSignType => "no signType, and no choice of what that means",
            Self::SignType => "signed in a way this build does not know",
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

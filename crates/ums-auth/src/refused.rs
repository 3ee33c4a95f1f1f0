//! Why a signature is not accepted.

use core::fmt;

/// Why a verification refused what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refused {
    /// Signed in the name of another AppId than the verifier's.
    AppId,
    /// There is no signature, or an empty one.
    NoSignature,
    /// Signed in a way this build does not know.
    SignType,
    /// Not the signature of these bytes under this key.
    Signature,
}

impl Refused {
    /// A stable name for programs, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AppId => "other_app_id",
            Self::NoSignature => "no_signature",
            Self::SignType => "unknown_sign_type",
            Self::Signature => "wrong_signature",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AppId => "signed for another AppId than the one expected",
            Self::NoSignature => "there is no signature",
            Self::SignType => "signed in a way this build does not know",
            Self::Signature => "the signature is not that of these bytes under this key",
        })
    }
}

impl core::error::Error for Refused {}

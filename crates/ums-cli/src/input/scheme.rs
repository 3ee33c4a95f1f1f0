//! The platform's schemes of signing, and the hashes some of them leave open, as flags name them.

use clap::ValueEnum;
use ums_client::auth::notify;
use ums_client::auth::open_access_token::{self, SignMethod};
use ums_client::auth::{open_body_sig, open_form_param};

/// The value of `--scheme`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheme {
    /// A request's body, signed in its Authorization header
    #[default]
    OpenBodySig,
    /// A content, signed in the query that a browser is sent to
    OpenFormParam,
    /// A request for an access token
    OpenAccessToken,
    /// A notification (通知) of netpay's
    Notify,
}

impl Scheme {
    /// The name in the platform's documents; notifications have none.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenBodySig => open_body_sig::SCHEME,
            Self::OpenFormParam => open_form_param::SCHEME,
            Self::OpenAccessToken => open_access_token::SCHEME,
            Self::Notify => "notify",
        }
    }
}

/// The value of `--sign-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignType {
    #[value(name = "SHA256")]
    Sha256,
    #[value(name = "SHA1")]
    Sha1,
    #[value(name = "MD5")]
    Md5,
}

impl SignType {
    /// As a notification may have it.
    pub(crate) fn of_notification(self) -> Option<notify::SignType> {
        match self {
            Self::Sha256 => Some(notify::SignType::Sha256),
            Self::Md5 => Some(notify::SignType::Md5),
            Self::Sha1 => None,
        }
    }

    /// As a request for a token may have it.
    pub(crate) fn of_token_request(self) -> Option<SignMethod> {
        match self {
            Self::Sha256 => Some(SignMethod::Sha256),
            Self::Sha1 => Some(SignMethod::Sha1),
            Self::Md5 => None,
        }
    }
}

//! How calls are authenticated: each body signed, or an access token shown.

pub(crate) mod token;

use http::HeaderValue;
use ums_auth::open_access_token::Authorization;
use ums_auth::open_body_sig::Signer;
use ums_auth::{AppId, AppKey, Nonce, Timestamp};

use crate::authentication::token::{FetchContext, IssuedToken, Provider, TokenError};

#[expect(
    clippy::large_enum_variant,
    reason = "one for each client, and never moved"
)]
pub(crate) enum Authentication {
    BodySignature(Signer),
    AccessToken(Provider),
}

impl Authentication {
    /// In whose name calls are made.
    pub(crate) fn app_id(&self) -> &AppId {
        match self {
            Self::BodySignature(signer) => signer.app_id(),
            Self::AccessToken(provider) => provider.app_id(),
        }
    }

    /// The same for the same AppId, with another key.
    pub(crate) fn with_key(&self, app_key: &AppKey) -> Self {
        match self {
            Self::BodySignature(signer) => {
                Self::BodySignature(Signer::new(*signer.app_id(), app_key))
            }
            Self::AccessToken(provider) => Self::AccessToken(provider.with_key(app_key)),
        }
    }

    /// Does what has to be done before a connection is asked for.
    pub(crate) async fn credential(
        &self,
        context: &FetchContext<'_>,
    ) -> Result<Credential<'_>, TokenError> {
        match self {
            Self::BodySignature(signer) => Ok(Credential::Sign(signer)),
            Self::AccessToken(provider) => {
                // Boxed: few calls fetch a token, and each would carry the room for it.
                let token = Box::pin(provider.token(context)).await?;
                Ok(Credential::Show(provider, token))
            }
        }
    }
}

/// An authentication for one request, to be completed at the last moment.
pub(crate) enum Credential<'a> {
    Sign(&'a Signer),
    Show(&'a Provider, IssuedToken),
}

impl Credential<'_> {
    pub(crate) fn header(&self, body: &[u8], timestamp: Timestamp, nonce: &Nonce) -> HeaderValue {
        match self {
            Self::Sign(signer) => signer.sign(body, timestamp, nonce).header_value(),
            Self::Show(provider, token) => {
                Authorization::new(token.token.clone(), provider.spelling()).header_value()
            }
        }
    }

    /// The gateway refused it. Whether a token was dropped for that.
    pub(crate) fn refused(&self) -> bool {
        match self {
            Self::Sign(_) => false,
            Self::Show(provider, token) => {
                provider.refuse(token);
                true
            }
        }
    }
}

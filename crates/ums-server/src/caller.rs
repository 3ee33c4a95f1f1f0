//! Who asks: whoever shows a token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use chrono::{DateTime, Utc};
use http::header::AUTHORIZATION;
use http::request::Parts;
use ums_durable::journal::CallerText;

use crate::access::grant::Grant;
use crate::access::role::Role;
use crate::access::slow::Peer;
use crate::app::App;
use crate::problem::Problem;

/// Whoever shows a token, and what it grants.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) grant: Grant,
}

impl Caller {
    /// Refuses whoever has not this role.
    ///
    /// # Errors
    ///
    /// The token has it not.
    pub(crate) fn needs(&self, role: Role) -> Result<&Grant, Problem> {
        match self.grant.has(role) {
            true => Ok(&self.grant),
            false => Err(Problem::forbidden(format!("it needs the role {role}"))),
        }
    }

    /// What the journal is told of who asks.
    ///
    /// # Errors
    ///
    /// The file of tokens was given a name that is none.
    pub(crate) fn name(&self) -> Result<CallerText, Problem> {
        let name = CallerText::new(self.grant.name.as_str());
        name.map_err(|_| Problem::forbidden("the token has no name that can be written down"))
    }
}

/// What a token is granted now.
///
/// # Errors
///
/// It is none, or the file of tokens cannot be used.
pub(crate) fn granted(app: &App, shown: &str) -> Result<Option<Grant>, Problem> {
    app.tokens.granted_to(shown, now(app)).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "no token can be checked"
        );
        Problem::unavailable("tokens", "the file of tokens cannot be used")
    })
}

fn now(app: &App) -> DateTime<Utc> {
    let first = app.profiles.first();
    // Without a clock every token that ends has ended.
    first.map_or(DateTime::<Utc>::MAX_UTC, |it| it.durable.client().time())
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let shown = parts.headers.get(AUTHORIZATION);
        let Some(shown) = shown else {
            let detail = "the header Authorization must be Bearer and a token";
            return Err(Problem::unauthorized(detail));
        };
        let token = shown.to_str().ok().and_then(bearer);
        if let Some(token) = token
            && let Some(grant) = granted(app, token)?
        {
            return Ok(Self { grant });
        }
        let peer = parts.extensions.get::<Peer>().copied();
        match app.slow.wrong(peer.unwrap_or(Peer::Local)) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => {
                let detail = "too many wrong tokens came from there";
                return Err(Problem::too_many(detail).after(5).closes());
            }
        }
        Err(Problem::unauthorized("the token is not valid"))
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim_start_matches(' '))
}

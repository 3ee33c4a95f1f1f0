//! Access tokens (OPEN-ACCESS-TOKEN): fetched once, shared by all callers,
//! renewed before they expire.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use tokio::sync::Mutex;
use tokio::time::Instant;
use ums_auth::open_access_token::{NoToken, PATH, SignMethod, Signer, Spelling, Token};
use ums_auth::{AccessToken, Timestamp};
use ums_model::{JsonReply, MalformedReply, encode_json};
use ums_transport::{Failure, Transport};

use crate::clock::Clock;
use crate::nonce_source::{NonceSource, NonceUnavailable};

/// How a client obtains and shows access tokens, for
/// [`ClientBuilder::access_tokens`](crate::ClientBuilder::access_tokens).
///
/// A client has at most one token at a time and one request for a token in
/// flight, however many calls wait for it. The platform lets an AppId have 10
/// live tokens of one hour (community, quoting the official 认证流程 document);
/// so share one client in a process, and a [`TokenStore`] between processes.
///
/// A token that the gateway refuses (`errCode` 1000) is dropped, once, and the
/// next call fetches another. The refused call itself is not repeated: it ends
/// as declined, with [`NextStep::NewToken`](crate::NextStep::NewToken).
#[derive(Clone)]
pub struct AccessTokens {
    method: SignMethod,
    spelling: Spelling,
    margin: Duration,
    lifetime: Duration,
    store: Option<Arc<dyn TokenStore>>,
}

impl AccessTokens {
    /// SHA-256 requests, the header as `OPEN-ACCESS-TOKEN AccessToken=…`, a
    /// margin of five minutes, and no store.
    #[must_use]
    pub fn new() -> Self {
        Self {
            method: SignMethod::Sha256,
            spelling: Spelling::Bare,
            margin: Duration::from_secs(300),
            lifetime: Duration::from_secs(3600),
            store: None,
        }
    }

    /// How token requests are signed.
    #[must_use]
    pub fn sign_method(mut self, method: SignMethod) -> Self {
        self.method = method;
        self
    }

    /// How the header is spelt. Three spellings are known from different
    /// sources; which of them the gateway prefers is not.
    #[must_use]
    pub fn spelling(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// How long before its end a token is renewed. Of a token that lives less
    /// than twice as long, half its life.
    #[must_use]
    pub fn margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// How long a token is taken to live when the reply does not say. Default:
    /// one hour, as the official document is quoted.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Shares the token with other processes.
    #[must_use]
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }
}

impl Default for AccessTokens {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens")
            .field("method", &self.method)
            .field("spelling", &self.spelling)
            .field("margin", &self.margin)
            .finish_non_exhaustive()
    }
}

/// A token with the moment it should be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredToken {
    /// The token.
    pub token: AccessToken,
    /// From here on a new one is fetched.
    pub renew_at: DateTime<Utc>,
}

impl StoredToken {
    /// A token that is good until `renew_at`.
    #[must_use]
    pub fn new(token: AccessToken, renew_at: DateTime<Utc>) -> Self {
        Self { token, renew_at }
    }
}

/// Where processes share a token: a file, a database, a cache.
///
/// A client locks the store, looks whether another process has left a usable
/// token, and only if not fetches one and saves it.
pub trait TokenStore: Send + Sync + 'static {
    /// Keeps other processes from renewing the token until what is returned
    /// is dropped.
    fn lock(&self) -> Storing<'_, Box<dyn Send>>;

    /// The token last saved, if any.
    fn load(&self) -> Storing<'_, Option<StoredToken>>;

    /// Replaces the token.
    fn save<'a>(&'a self, token: &'a StoredToken) -> Storing<'a, ()>;
}

/// What a step of a [`TokenStore`] returns.
pub type Storing<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Why there is no access token.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The clock shows a time that a signature cannot carry.
    #[error("the clock shows a time that a signature cannot carry")]
    Clock,
    /// No nonce could be drawn.
    #[error("the token request could not be signed")]
    Nonce(#[source] NonceUnavailable),
    /// The deadline of the call passed before there was a token.
    #[error("the deadline of the call passed while waiting for a token")]
    Deadline,
    /// The token server could not be reached, or did not answer.
    #[error("the token server gave no answer")]
    Transport(#[source] Arc<Failure>),
    /// The token server's answer is not one.
    #[error("the token server's answer (HTTP status {status}) is not well-formed")]
    Malformed {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        #[source]
        source: MalformedReply,
    },
    /// The token server gave no token.
    #[error("the token server gave no token (HTTP status {status})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its reason.
        #[source]
        source: NoToken,
    },
    /// The token store failed.
    #[error("the token store failed")]
    Store(#[source] Arc<dyn Error + Send + Sync>),
}

pub(crate) struct Provider {
    signer: Signer,
    settings: AccessTokens,
    /// How many fetches have ended. Who waited for one that failed shares its
    /// failure instead of trying again.
    fetches: AtomicU64,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<StoredToken>,
    /// How the last fetch ended.
    failure: Option<TokenError>,
    /// The token the gateway refused, which a store may still hold.
    refused: Option<AccessToken>,
}

/// What a fetch needs of the client.
pub(crate) struct Means<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) nonces: &'a dyn NonceSource,
    pub(crate) deadline: Instant,
}

impl Provider {
    pub(crate) fn new(signer: Signer, settings: AccessTokens) -> Self {
        Self {
            signer,
            settings,
            fetches: AtomicU64::new(0),
            held: Mutex::default(),
        }
    }

    pub(crate) fn spelling(&self) -> Spelling {
        self.settings.spelling
    }

    /// A token that is good now.
    pub(crate) async fn token(&self, means: &Means<'_>) -> Result<AccessToken, TokenError> {
        tokio::time::timeout_at(means.deadline, self.current(means))
            .await
            .unwrap_or(Err(TokenError::Deadline))
    }

    /// The gateway refused this token. Only the first to say so of a token
    /// drops it.
    pub(crate) async fn refuse(&self, token: &AccessToken) {
        let mut held = self.held.lock().await;
        if held.token.as_ref().is_some_and(|held| held.token == *token) {
            held.token = None;
            held.refused = Some(token.clone());
        }
    }

    async fn current(&self, means: &Means<'_>) -> Result<AccessToken, TokenError> {
        let before = self.fetches.load(Ordering::Acquire);
        let mut held = self.held.lock().await;
        let now = means.clock.now();
        if let Some(token) = held.good_at(now) {
            return Ok(token);
        }
        if let Some(failure) = &held.failure
            && self.fetches.load(Ordering::Acquire) != before
        {
            return Err(failure.clone());
        }
        let fetched = self.renew(&held, now, means).await;
        self.fetches.fetch_add(1, Ordering::Release);
        match fetched {
            Ok(stored) => {
                let token = stored.token.clone();
                held.token = Some(stored);
                held.failure = None;
                Ok(token)
            }
            Err(error) => {
                held.failure = Some(error.clone());
                Err(error)
            }
        }
    }

    async fn renew(
        &self,
        held: &Held,
        now: DateTime<Utc>,
        means: &Means<'_>,
    ) -> Result<StoredToken, TokenError> {
        let Some(store) = &self.settings.store else {
            return self.fetch(means).await;
        };
        let failed = |error: Box<dyn Error + Send + Sync>| TokenError::Store(error.into());
        let _lock = store.lock().await.map_err(failed)?;
        if let Some(stored) = store.load().await.map_err(failed)?
            && now < stored.renew_at
            && held.refused.as_ref() != Some(&stored.token)
        {
            return Ok(stored);
        }
        let fetched = self.fetch(means).await?;
        store.save(&fetched).await.map_err(failed)?;
        Ok(fetched)
    }

    async fn fetch(&self, means: &Means<'_>) -> Result<StoredToken, TokenError> {
        let failed = |failure| TokenError::Transport(Arc::new(failure));
        let transport = means.transport;
        let mut connection = transport.connect(means.deadline).await.map_err(failed)?;
        let mut reply = loop {
            let now = means.clock.now();
            let timestamp = Timestamp::at(&now).map_err(|_| TokenError::Clock)?;
            let nonce = means.nonces.draw().map_err(TokenError::Nonce)?;
            let request = self.signer.sign(self.settings.method, timestamp, &nonce);
            let request = post(request.fields().collect());
            match connection.exchange(request, means.deadline).await {
                Ok(reply) => break reply,
                Err(failure) if failure.is_stale_connection() => {
                    connection = transport
                        .connect_anew(means.deadline)
                        .await
                        .map_err(failed)?;
                }
                Err(failure) => return Err(failed(failure)),
            }
        };
        let status = reply.progress.status.unwrap_or_default();
        let connection = reply.take_connection();
        let reply = JsonReply::decode(reply.body)
            .map_err(|source| TokenError::Malformed { status, source })?;
        let fields: Vec<(String, String)> = reply
            .fields()
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_string()))
            .collect();
        let fields = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let token =
            Token::from_reply(fields).map_err(|source| TokenError::Refused { status, source })?;
        if status == 200 {
            connection.keep();
        }
        Ok(self.stored(&token, means.clock.now()))
    }

    fn stored(&self, token: &Token, now: DateTime<Utc>) -> StoredToken {
        let lifetime = token.expires_in().unwrap_or(self.settings.lifetime);
        let margin = self.settings.margin.min(lifetime / 2);
        let good_for = TimeDelta::from_std(lifetime - margin).unwrap_or(TimeDelta::MAX);
        StoredToken {
            token: token.access_token().clone(),
            renew_at: now
                .checked_add_signed(good_for)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }
}

impl Held {
    fn good_at(&self, now: DateTime<Utc>) -> Option<AccessToken> {
        let held = self.token.as_ref()?;
        (now < held.renew_at).then(|| held.token.clone())
    }
}

fn post(fields: BTreeMap<&str, &str>) -> Request<Bytes> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    // A map of strings always has a JSON form.
    let body = encode_json(&fields).unwrap_or_default();
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static(PATH);
    request.headers_mut().insert(CONTENT_TYPE, JSON);
    request.headers_mut().insert(ACCEPT, JSON);
    request
}

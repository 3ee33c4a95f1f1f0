//! Access tokens (OPEN-ACCESS-TOKEN): fetched once, shared by all callers, renewed before they
//! expire.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};
use tokio::time::{Instant, sleep_until};
use ums_auth::open_access_token::{NoToken, PATH, ReplyValue, SignMethod, Signer, Spelling, Token};
use ums_auth::{AccessToken, AppId, AppKey, Timestamp};
use ums_journal::mask_for_log;
use ums_model::{JsonReply, MalformedReply, Text, encode_json};
use ums_transport::{Transport, TransportError, TransportErrorKind};

use crate::machine::clock::Clock;
use crate::machine::deadline::after;
use crate::machine::nonce_source::{NonceSource, NonceUnavailable};

/// How a client obtains and shows access tokens, for
/// [`ClientBuilder::access_tokens`](crate::ClientBuilder::access_tokens).
///
/// A client has at most one token at a time and one request for a token in flight, however many
/// calls wait for it. The platform lets an AppId have 10 live tokens of one hour (community,
/// quoting the official 认证流程 document); so share one client in a process, and a [`TokenStore`]
/// between processes.
///
/// A token that the gateway refuses (`errCode` 1000) is dropped, once, and the next call fetches
/// another. The refused call itself is not repeated: it ends as declined, with
/// [`NextStep::NewToken`](crate::NextStep::NewToken).
///
/// Requests for a token begin at least a second apart, and a token is used for at least ten seconds
/// unless it is refused, whatever the reply says of its life: a token server out of order is not
/// asked for a token for each call. A call that waits while another fetches shares the token; it
/// shares a failure only of a fetch that began while it was waiting, and else fetches by itself, as
/// long as its own deadline lets it.
#[derive(Clone)]
pub struct AccessTokens {
    method: SignMethod,
    spelling: Spelling,
    margin: Duration,
    lifetime: Duration,
    store: Option<Arc<dyn TokenStore>>,
}

impl AccessTokens {
    /// SHA-256 requests, the header as `OPEN-ACCESS-TOKEN AccessToken=…`, a margin of five minutes,
    /// and no store.
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

    /// How the header is spelt. Three spellings are known from different sources; which of them the
    /// gateway prefers is not.
    #[must_use]
    pub fn spelling(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self
    }

    /// How long before its end a token is renewed. Of a token that lives less than twice as long,
    /// half its life.
    #[must_use]
    pub fn margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// How long a token is taken to live when the reply does not say so in whole seconds. Default:
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
    pub fn new(token: AccessToken, renew_at: DateTime<Utc>) -> Self {
        Self { token, renew_at }
    }
}

/// Where processes share a token: a file, a database, a cache.
///
/// A client locks the store, looks whether another process has left a usable token, and only if not
/// fetches one and saves it. A store that fails or hangs when it is locked or read leaves the call
/// not sent, by its deadline at the latest. A token that cannot be saved is used all the same by
/// the client that fetched it.
pub trait TokenStore: Send + Sync + 'static {
    /// Keeps other processes from renewing the token until what is returned is dropped.
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
    Transport(#[source] Arc<TransportError>),
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

/// Requests for a token begin at least so far apart.
const PACE: Duration = Duration::from_secs(1);

/// No token is renewed sooner after it was fetched, unless it is refused.
const LEAST_USE: Duration = Duration::from_secs(10);

pub(crate) struct Provider {
    signer: Signer,
    settings: AccessTokens,
    /// Held by the one caller that fetches. When that one ends, in whatever way, the next in the
    /// queue has its turn.
    turn: tokio::sync::Mutex<()>,
    /// Never locked across an `await`, so that nobody waits for a fetch who only has something to
    /// say.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    current: Option<Issue>,
    /// How many tokens there have been.
    issued: u64,
    /// How many turns there have been.
    turns: u64,
    /// The last turn that ended without a token, unless its deadline ended it.
    failed: Option<FailedTurn>,
    /// When the token server was last asked.
    asked: Option<Instant>,
    /// The token the gateway refused, which a store may still hold.
    refused: Option<AccessToken>,
}

/// A token that is in use. It should be replaced when the clock says so, or when so much time has
/// passed: a clock that is set back must not keep it.
struct Issue {
    number: u64,
    stored: StoredToken,
    renew_by: Instant,
}

struct FailedTurn {
    number: u64,
    deadline: Instant,
    error: TokenError,
}

/// A token as one call shows it. The server may give the same token out again, so it is the number
/// that tells which one was refused.
#[derive(Clone)]
pub(crate) struct IssuedToken {
    pub(crate) token: AccessToken,
    number: u64,
}

/// What a fetch needs of the client.
pub(crate) struct FetchContext<'a> {
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
            turn: tokio::sync::Mutex::default(),
            held: Mutex::default(),
        }
    }

    /// One that asks with another key. It has no token yet.
    pub(crate) fn with_key(&self, app_key: &AppKey) -> Self {
        let signer = Signer::new(*self.signer.app_id(), app_key);
        Self::new(signer, self.settings.clone())
    }

    pub(crate) fn app_id(&self) -> &AppId {
        self.signer.app_id()
    }

    pub(crate) fn spelling(&self) -> Spelling {
        self.settings.spelling
    }

    /// A token that is good now.
    pub(crate) async fn token(
        &self,
        context: &FetchContext<'_>,
    ) -> Result<IssuedToken, TokenError> {
        tokio::time::timeout_at(context.deadline, self.current(context))
            .await
            .unwrap_or(Err(TokenError::Deadline))
    }

    /// The gateway refused this token. Only the first to say so of a token drops it, and a late
    /// word about an old one drops nothing.
    pub(crate) fn refuse(&self, refused: &IssuedToken) {
        let mut held = self.lock();
        let current = held.current.as_ref();
        if current.is_some_and(|current| current.number == refused.number) {
            held.current = None;
            held.refused = Some(refused.token.clone());
        }
    }

    async fn current(&self, context: &FetchContext<'_>) -> Result<IssuedToken, TokenError> {
        let (turns_before, failed_before) = {
            let held = self.lock();
            if let Some(token) = held.good_at(context.clock.now()) {
                return Ok(token);
            }
            (held.turns, held.failed.as_ref().map(|failed| failed.number))
        };
        let _turn = self.turn.lock().await;
        let (number, refused) = {
            let mut held = self.lock();
            if let Some(token) = held.good_at(context.clock.now()) {
                return Ok(token);
            }
            // A turn that began while this call waited is as good as its own, and so is one that
            // had as much time.
            if let Some(failed) = &held.failed
                && failed_before != Some(failed.number)
                && (failed.number > turns_before || failed.deadline >= context.deadline)
            {
                return Err(failed.error.clone());
            }
            held.turns += 1;
            (held.turns, held.refused.clone())
        };
        let renewed = self.renew(refused.as_ref(), context).await;
        if let Err(error) = &renewed
            && !matches!(error, TokenError::Deadline)
        {
            self.lock().failed = Some(FailedTurn {
                number,
                deadline: context.deadline,
                error: error.clone(),
            });
        }
        renewed
    }

    async fn renew(
        &self,
        refused: Option<&AccessToken>,
        context: &FetchContext<'_>,
    ) -> Result<IssuedToken, TokenError> {
        let Some(store) = &self.settings.store else {
            let fetched = self.fetch(context).await?;
            return Ok(self.issue(fetched, context.clock.now()));
        };
        let failed = |error: Box<dyn Error + Send + Sync>| TokenError::Store(error.into());
        let _lock = store.lock().await.map_err(failed)?;
        let stored = store.load().await.map_err(failed)?;
        let now = context.clock.now();
        if let Some(stored) = stored
            && now < stored.renew_at
            && refused != Some(&stored.token)
        {
            return Ok(self.issue(stored, now));
        }
        let fetched = self.fetch(context).await?;
        // In use before it is saved: whatever the store does, it is not fetched again.
        let issued = self.issue(fetched.clone(), context.clock.now());
        if let Err(error) = store.save(&fetched).await {
            let error = error.to_string();
            tracing::warn!(
                target: "ums_client::token",
                error = &*mask_for_log(&error),
                "the access token cannot be shared"
            );
        }
        Ok(issued)
    }

    /// A panic elsewhere cannot leave it half written.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this token is the one in use.
    fn issue(&self, stored: StoredToken, now: DateTime<Utc>) -> IssuedToken {
        let good_for = (stored.renew_at - now).to_std().unwrap_or_default();
        let mut held = self.lock();
        held.issued += 1;
        held.failed = None;
        let number = held.issued;
        let current = held.current.insert(Issue {
            number,
            renew_by: after(Instant::now(), good_for),
            stored,
        });
        current.shown()
    }

    async fn fetch(&self, context: &FetchContext<'_>) -> Result<StoredToken, TokenError> {
        let failed = |failure: TransportError| match failure.kind() {
            TransportErrorKind::Deadline => TokenError::Deadline,
            _ => TokenError::Transport(Arc::new(failure)),
        };
        let asked = self.lock().asked;
        if let Some(asked) = asked {
            sleep_until(after(asked, PACE)).await;
        }
        self.lock().asked = Some(Instant::now());
        let transport = context.transport;
        let mut connection = transport.connect(context.deadline).await.map_err(failed)?;
        let mut reply = loop {
            let now = context.clock.now();
            let timestamp = Timestamp::at(&now).map_err(|_| TokenError::Clock)?;
            let nonce = context.nonces.next_nonce().map_err(TokenError::Nonce)?;
            let request = self.signer.sign(self.settings.method, timestamp, &nonce);
            let request = post(request.fields().collect());
            match connection.exchange(request, context.deadline).await {
                Ok(reply) => break reply,
                Err(failure) if failure.is_stale_connection() => {
                    connection = transport
                        .connect_fresh(context.deadline)
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
        let texts: Vec<(&str, &str, Option<Text>)> = reply
            .fields()
            .iter()
            .map(|(name, value)| (name, value.raw(), value.text()))
            .collect();
        let fields = texts
            .iter()
            .map(|(name, raw, text)| (*name, reply_value(raw, text.as_deref())));
        let token =
            Token::from_reply(fields).map_err(|source| TokenError::Refused { status, source })?;
        if status == 200 {
            connection.keep();
        }
        Ok(self.stored(&token, context.clock.now()))
    }

    fn stored(&self, token: &Token, now: DateTime<Utc>) -> StoredToken {
        let lifetime = token.expires_in().unwrap_or(self.settings.lifetime);
        let margin = self.settings.margin.min(lifetime / 2);
        let good_for = (lifetime - margin).max(LEAST_USE);
        let good_for = TimeDelta::from_std(good_for).unwrap_or(TimeDelta::MAX);
        StoredToken {
            token: token.access_token().clone(),
            renew_at: now
                .checked_add_signed(good_for)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }
}

impl Held {
    fn good_at(&self, now: DateTime<Utc>) -> Option<IssuedToken> {
        let current = self.current.as_ref()?;
        let good = now < current.stored.renew_at && Instant::now() < current.renew_by;
        good.then(|| current.shown())
    }
}

impl Issue {
    fn shown(&self) -> IssuedToken {
        IssuedToken {
            token: self.stored.token.clone(),
            number: self.number,
        }
    }
}

/// What kind of value a field of the reply has, by its JSON text and, of a string, its characters.
fn reply_value<'a>(raw: &'a str, text: Option<&'a str>) -> ReplyValue<'a> {
    match (text, raw) {
        (Some(text), _) => ReplyValue::Text(text),
        (None, "null") => ReplyValue::Null,
        (None, raw) if raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            ReplyValue::Number(raw)
        }
        _ => ReplyValue::Other,
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

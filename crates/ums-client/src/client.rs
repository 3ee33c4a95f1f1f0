//! The client: an operation in, an outcome out.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use tokio::time::Instant;
use tracing::Instrument;
use ums_auth::open_body_sig::Signer;
use ums_auth::{AppId, AppKey, Nonce, Timestamp};
use ums_model::{Operation, VoidPayment, VoidPaymentReply};
use ums_transport::{BaseUrl, Delivery, Dial, Reply, Transport, Trust};

use crate::clock::{Clock, SystemClock};
use crate::environment::Environment;
use crate::evidence::{Attempt, Evidence};
use crate::judge::{OnDiscrepancy, judge};
use crate::nonce_source::{NonceSource, RandomNonces};
use crate::outcome::{NotSent, NotSentReason, Outcome, Unknown, UnknownReason};
use crate::recorder::{Ended, Intent, Recorder, Sending};
use crate::resend::{Resend, pause};
use crate::span;

/// Calls the UMS open platform. Cheap to clone; clones share connections.
///
/// See the [crate's page](crate) for a whole example.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Transport,
    signer: Signer,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn NonceSource>,
    recorder: Option<Arc<dyn Recorder>>,
    timeout: Duration,
    resend: Resend,
    on_discrepancy: OnDiscrepancy,
}

impl Client {
    /// A client with the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build`].
    pub fn new(
        environment: impl Into<Environment>,
        app_id: AppId,
        app_key: &AppKey,
    ) -> Result<Self, BuildError> {
        Self::builder(environment, app_id, app_key).build()
    }

    /// Starts to configure a client.
    #[must_use]
    pub fn builder(
        environment: impl Into<Environment>,
        app_id: AppId,
        app_key: &AppKey,
    ) -> ClientBuilder {
        ClientBuilder {
            environment: environment.into(),
            signer: Signer::new(app_id, app_key),
            trust: Trust::platform(),
            dialer: None,
            clock: Arc::new(SystemClock),
            nonces: Arc::new(RandomNonces::new()),
            recorder: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            resend: Resend::Never,
            on_discrepancy: OnDiscrepancy::Approve,
        }
    }

    /// The gateway's address.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        self.shared.transport.base_url()
    }

    /// Voids (撤销) a whole payment of the same trading day.
    pub async fn void_payment(&self, void: &VoidPayment) -> Outcome<VoidPaymentReply> {
        self.execute(void).await
    }

    /// Carries out any operation, one that this workspace does not know
    /// included: see [`Operation`].
    ///
    /// At most one request is put on the wire. Dropping the future stops it
    /// where it is; what had left by then may still take effect, which is what
    /// a [`Recorder`] is for.
    pub async fn execute<O: Operation>(&self, operation: &O) -> Outcome<O::Reply> {
        let started = Instant::now();
        let span = span::of_call(operation, self.base_url());
        let call = async {
            let mut outcome = self.run(operation, started).await;
            outcome.evidence_mut().elapsed = started.elapsed();
            self.record_end(&mut outcome, started).await;
            span::note_end(&outcome);
            outcome
        };
        call.instrument(span).await
    }

    async fn run<O: Operation>(&self, operation: &O, started: Instant) -> Outcome<O::Reply> {
        let mut evidence = Evidence::new(operation.name());
        let sheet = match self.prepare(operation, started).await {
            Ok(sheet) => sheet,
            Err(reason) => return Outcome::NotSent(NotSent { reason, evidence }),
        };
        evidence.call = Some(sheet.call);
        let mut nonce = sheet.call;
        let mut resent = 0;
        let mut anew = false;
        loop {
            let reason = match self
                .attempt(&sheet, nonce, anew, &mut evidence.attempt)
                .await
            {
                Ok(reply) => {
                    return judge(operation, reply, self.shared.on_discrepancy, evidence);
                }
                Err(Stopped::Before(reason)) => reason,
                Err(Stopped::Within(failure)) => {
                    evidence.received = failure.received().clone();
                    return Outcome::Unknown(Unknown {
                        reason: UnknownReason::Interrupted(failure),
                        reply: None,
                        judgement: None,
                        evidence,
                    });
                }
            };
            let stale = matches!(&reason, NotSentReason::Transport(failure) if failure.is_stale_connection());
            if !stale {
                let pause = pause(resent);
                let in_time = Instant::now() + pause < sheet.deadline;
                if !in_time || !self.shared.resend.allows(resent, &reason) {
                    return Outcome::NotSent(NotSent { reason, evidence });
                }
                tracing::warn!(reason = reason.as_str(), "not sent, trying again");
                tokio::time::sleep(pause).await;
                resent += 1;
            }
            nonce = match self.shared.nonces.draw() {
                Ok(nonce) => nonce,
                Err(error) => {
                    let reason = NotSentReason::Nonce(error);
                    return Outcome::NotSent(NotSent { reason, evidence });
                }
            };
            anew = stale;
            evidence.begin_again();
        }
    }

    /// All that can be done before a connection is asked for.
    async fn prepare<O: Operation>(
        &self,
        operation: &O,
        started: Instant,
    ) -> Result<Sheet, NotSentReason> {
        let body = operation.encode().map_err(NotSentReason::InvalidInput)?;
        let path = operation.path();
        let uri = Some(path)
            .filter(|path| path.starts_with('/'))
            .and_then(|path| path.parse::<PathAndQuery>().ok())
            .map(Uri::from)
            .ok_or_else(|| NotSentReason::InvalidPath(path.to_owned()))?;
        let sheet = Sheet {
            call: self.shared.nonces.draw().map_err(NotSentReason::Nonce)?,
            uri,
            body,
            deadline: started + self.shared.timeout,
        };
        if let Some(recorder) = &self.shared.recorder {
            let intent = Intent {
                call: sheet.call,
                operation: operation.name(),
                path,
                effect: operation.effect(),
                body: &sheet.body,
                at: self.shared.clock.now(),
            };
            recorded(recorder.intent(&intent), sheet.deadline).await?;
        }
        Ok(sheet)
    }

    /// Connect, sign, record, send, read. Signing comes after connecting so
    /// that a slow connection does not age the timestamp.
    async fn attempt(
        &self,
        sheet: &Sheet,
        nonce: Nonce,
        anew: bool,
        attempt: &mut Attempt,
    ) -> Result<Reply, Stopped> {
        let transport = &self.shared.transport;
        let connected = if anew {
            transport.connect_anew(sheet.deadline).await
        } else {
            transport.connect(sheet.deadline).await
        };
        let connection = connected.map_err(|failure| {
            attempt.broken_off(&failure);
            Stopped::Before(NotSentReason::Transport(failure))
        })?;

        let timestamp = Timestamp::at(&self.shared.clock.now())
            .map_err(|_| Stopped::Before(NotSentReason::Clock))?;
        let authorization = self.shared.signer.sign(&sheet.body, timestamp, &nonce);
        attempt.id = Some(nonce);
        attempt.timestamp = Some(timestamp);

        if let Some(recorder) = &self.shared.recorder {
            let sending = Sending {
                call: sheet.call,
                attempt: nonce,
                timestamp,
            };
            recorded(recorder.sending(&sending), sheet.deadline)
                .await
                .map_err(Stopped::Before)?;
        }

        let request = sheet.request(authorization.header_value());
        connection
            .exchange(request, sheet.deadline)
            .await
            .map_err(|failure| {
                attempt.broken_off(&failure);
                match failure.progress().delivery() {
                    Delivery::NotSent => Stopped::Before(NotSentReason::Transport(failure)),
                    Delivery::Partial | Delivery::Complete => Stopped::Within(failure),
                }
            })
    }

    async fn record_end<R>(&self, outcome: &mut Outcome<R>, started: Instant) {
        let Some(recorder) = &self.shared.recorder else {
            return;
        };
        let Some(call) = outcome.evidence().call else {
            return;
        };
        // The caller waits for the outcome until the deadline at the longest,
        // and for this even then: an unrecorded outcome is worth two seconds.
        let until = (started + self.shared.timeout).max(Instant::now() + RECORD_END);
        let ended = Ended {
            call,
            outcome: outcome.kind(),
            err_code: outcome.err_code(),
            reason: outcome.reason(),
            evidence: outcome.evidence(),
        };
        if let Err(reason) = recorded(recorder.ended(&ended), until).await {
            let error = std::error::Error::source(&reason)
                .map_or_else(|| reason.to_string(), ToString::to_string);
            tracing::error!(%error, "the outcome could not be recorded");
            outcome.evidence_mut().not_recorded = Some(error);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", self.base_url())
            .field("signer", &self.shared.signer)
            .field("timeout", &self.shared.timeout)
            .finish_non_exhaustive()
    }
}

const RECORD_END: Duration = Duration::from_secs(2);

/// What one call needs for each of its attempts.
struct Sheet {
    call: Nonce,
    uri: Uri,
    body: Bytes,
    deadline: Instant,
}

impl Sheet {
    fn request(&self, authorization: HeaderValue) -> Request<Bytes> {
        const JSON: HeaderValue = HeaderValue::from_static("application/json");
        const AGENT: HeaderValue =
            HeaderValue::from_static(concat!("ums-client/", env!("CARGO_PKG_VERSION")));
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(ACCEPT, JSON);
        headers.insert(USER_AGENT, AGENT);
        headers.insert(AUTHORIZATION, authorization);
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = headers;
        request
    }
}

/// Where an attempt without a reply stopped.
enum Stopped {
    /// Before the first byte of the request left.
    Before(NotSentReason),
    /// After it.
    Within(ums_transport::Failure),
}

async fn recorded(
    step: impl Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>>,
    until: Instant,
) -> Result<(), NotSentReason> {
    tokio::time::timeout_at(until, step)
        .await
        .unwrap_or_else(|late| Err(late.into()))
        .map_err(NotSentReason::NotRecorded)
}

/// Configures a [`Client`].
pub struct ClientBuilder {
    environment: Environment,
    signer: Signer,
    trust: Trust,
    dialer: Option<Arc<dyn Dial>>,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn NonceSource>,
    recorder: Option<Arc<dyn Recorder>>,
    timeout: Duration,
    connect_timeout: Duration,
    resend: Resend,
    on_discrepancy: OnDiscrepancy,
}

impl ClientBuilder {
    /// The deadline of a whole call: look-up, connection, TLS, writing,
    /// reading, and any attempts after the first. Default: 30 seconds.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Longest time to open a connection, within [`timeout`](Self::timeout).
    /// Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Which certificate authorities to trust. Default: the platform's. A
    /// private one comes from a file: [`Trust::ca_file`].
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Whether to send again what was provably not sent. Default:
    /// [`Resend::Never`].
    #[must_use]
    pub fn resend(mut self, resend: Resend) -> Self {
        self.resend = resend;
        self
    }

    /// What to make of an approved reply that does not match the request.
    /// Default: [`OnDiscrepancy::Approve`].
    #[must_use]
    pub fn on_discrepancy(mut self, on_discrepancy: OnDiscrepancy) -> Self {
        self.on_discrepancy = on_discrepancy;
        self
    }

    /// Records each call before it is sent. Default: none.
    #[must_use]
    pub fn recorder(mut self, recorder: impl Recorder) -> Self {
        self.recorder = Some(Arc::new(recorder));
        self
    }

    /// Where the time of day comes from. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where nonces come from. Default: [`RandomNonces`].
    #[must_use]
    pub fn nonces(mut self, nonces: impl NonceSource) -> Self {
        self.nonces = Arc::new(nonces);
        self
    }

    /// Opens connections in place of TCP and TLS, for tests over memory.
    #[must_use]
    pub fn dialer(mut self, dialer: impl Dial) -> Self {
        self.dialer = Some(Arc::new(dialer));
        self
    }

    /// Builds the client. Nothing is sent and no connection is opened.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up, for example because the platform's certificate
    /// authorities cannot be read.
    pub fn build(self) -> Result<Client, BuildError> {
        let base_url = self.environment.base_url().map_err(BuildError::BaseUrl)?;
        let mut transport = Transport::builder(base_url)
            .trust(self.trust)
            .connect_timeout(self.connect_timeout);
        if let Some(dialer) = self.dialer {
            transport = transport.dialer(dialer);
        }
        Ok(Client {
            shared: Arc::new(Shared {
                transport: transport.build().map_err(BuildError::Transport)?,
                signer: self.signer,
                clock: self.clock,
                nonces: self.nonces,
                recorder: self.recorder,
                timeout: self.timeout,
                resend: self.resend,
                on_discrepancy: self.on_discrepancy,
            }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("environment", &self.environment)
            .field("signer", &self.signer)
            .field("trust", &self.trust)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A client that cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The address is not valid.
    #[error("the gateway's address is not valid")]
    BaseUrl(#[source] ums_transport::InvalidBaseUrl),
    /// The transport cannot be set up.
    #[error("the connection to the gateway cannot be set up")]
    Transport(#[source] ums_transport::BuildError),
}

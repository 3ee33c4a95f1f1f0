//! The client: an operation in, an outcome out.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use tokio::time::Instant;
use tracing::Instrument;
use ums_auth::{AppId, AppKey, Nonce, Timestamp, open_access_token, open_body_sig};
use ums_journal::{Attempt, Ended, Evidence, Intent, Recorder, Sending, mask_for_log};
use ums_model::{
    JsonReply, Operation, Pay, PayReply, Query, QueryRefund, QueryRefundReply, QueryReply, Refund,
    RefundReply, RefusalCodes, VoidPayment, VoidPaymentReply,
};
use ums_transport::{BaseUrl, Delivery, Dial, Proxy, Reply, Transport, Trust};

use crate::authentication::{Authentication, Ready};
use crate::call::Call;
use crate::clock::{Clock, SystemClock};
use crate::deadline::{LONGEST, after};
use crate::environment::Environment;
use crate::evidence::note_failure;
use crate::in_flight::{Concurrency, InFlight, OpenCall, Pass};
use crate::jitter::{Jitter, RandomJitter};
use crate::judge::{Judging, OnDiscrepancy, is_believed_answer, judge};
use crate::nonce_source::{NonceSource, RandomNonces};
use crate::outcome::{NotSent, NotSentReason, Outcome, Unknown, UnknownReason};
use crate::resend::{Resend, bound};
use crate::token::{AccessTokens, Means, Provider};
use crate::{skew, span};

/// Calls the UMS open platform. Cheap to clone; clones share connections.
///
/// See the [crate's page](crate) for a whole example.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Transport,
    authentication: Authentication,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn NonceSource>,
    recorder: Option<Arc<dyn Recorder>>,
    in_flight: Arc<InFlight>,
    timeout: Duration,
    resend: Resend,
    jitter: Arc<dyn Jitter>,
    judging: Judging,
    clock_skew_limit: TimeDelta,
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
            body_signer: open_body_sig::Signer::new(app_id, app_key),
            token_signer: open_access_token::Signer::new(app_id, app_key),
            access_tokens: None,
            trust: Trust::platform(),
            proxy: None,
            dialer: None,
            clock: Arc::new(SystemClock),
            nonces: Arc::new(RandomNonces::new()),
            recorder: None,
            concurrency: None,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            resend: Resend::Never,
            jitter: Arc::new(RandomJitter),
            judging: Judging::default(),
            clock_skew_limit: TimeDelta::seconds(60),
        }
    }

    /// The gateway's address.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        self.shared.transport.base_url()
    }

    /// Takes a payment (支付) with the code the customer shows.
    pub async fn pay(&self, pay: &Pay) -> Outcome<PayReply> {
        self.execute(pay).await
    }

    /// Asks what became of a payment (交易状态查询). An approved query was
    /// answered; what it says is [`QueryReply::state`].
    pub async fn query(&self, query: &Query) -> Outcome<QueryReply> {
        self.execute(query).await
    }

    /// Refunds (退款) a payment, in part or whole.
    pub async fn refund(&self, refund: &Refund) -> Outcome<RefundReply> {
        self.execute(refund).await
    }

    /// Asks what became of one refund (退款查询). An approved query was
    /// answered; what it says is [`QueryRefundReply::state`].
    pub async fn query_refund(&self, query: &QueryRefund) -> Outcome<QueryRefundReply> {
        self.execute(query).await
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
        self.execute_within(operation, self.shared.timeout).await
    }

    /// The same with a limit of its own.
    pub(crate) async fn execute_within<O: Operation>(
        &self,
        operation: &O,
        limit: Duration,
    ) -> Outcome<O::Reply> {
        let started = Instant::now();
        let deadline = after(started, limit);
        let app_id = self.shared.authentication.app_id();
        let span = span::of_call(operation, app_id, self.base_url());
        // Pinned here, it is not moved once more into the span.
        let call = pin!(async {
            // Held until the outcome is recorded: before that the call is open.
            let mut pass = None;
            let mut evidence = Box::new(Evidence::new(operation.name(), operation.effect()));
            // The outcome is large, so it is made last, where the future has
            // room again.
            evidence.until = Some(deadline.into_std());
            let ended = self.run(operation, deadline, &mut pass, &mut evidence);
            let (mut outcome, shown) = match ended.await {
                Ok((mut reply, shown)) => {
                    let connection = reply.take_connection();
                    let outcome = judge(operation, reply, &self.shared.judging, evidence);
                    if is_believed_answer(&outcome) {
                        connection.keep();
                    }
                    (outcome, Some(shown))
                }
                Err(stopped) => (stopped.into_outcome(evidence), None),
            };
            if let Some(shown) = shown
                && matches!(outcome, Outcome::Declined(_))
                && outcome
                    .err_code()
                    .is_some_and(|code| operation.gateway_codes().is_unauthenticated(code))
            {
                outcome.evidence_mut().token_dropped = shown.refused();
            }
            let now = Instant::now();
            outcome.evidence_mut().elapsed = now - started;
            if outcome.is_unknown() {
                outcome.evidence_mut().deadline = Some(self.time_of(deadline, now));
            }
            self.record_end(&mut outcome, deadline).await;
            span::note_end(operation, app_id, &outcome);
            outcome
        });
        call.instrument(span).await
    }

    /// Carries out a call that has no type yet: a path, a JSON body, what it may
    /// do, and by which codes it succeeds.
    ///
    /// The outcome and its evidence are those of any other operation.
    ///
    /// ```no_run
    /// use ums_client::model::{Effect, JsonReply};
    /// use ums_client::{Call, Client, Outcome};
    ///
    /// # async fn ask(client: &Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let body = serde_json::json!({ "mid": "898340149000005", "tid": "88880001", "merOrderId": "31940000201700002" });
    /// let query = Call::new("/v1/netpay/query", &body, Effect::ReadOnly)?.approved_by(["SUCCESS"]);
    /// let outcome: Outcome<JsonReply> = client.call(&query).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call(&self, call: &Call) -> Outcome<JsonReply> {
        self.execute(call).await
    }

    /// Ends the client's work: further calls end as not sent, and those in
    /// flight have until `limit` to end, which includes that a [`Recorder`]
    /// has recorded the outcome. What has not ended by then is returned; it is
    /// not interrupted, but the process should be about to end, and then the
    /// outcome of those whose request [may have left](OpenCall::may_have_left)
    /// is unknown.
    ///
    /// Holds for all clones of the client.
    pub async fn close(&self, limit: Duration) -> Vec<OpenCall> {
        self.shared
            .in_flight
            .close(after(Instant::now(), limit))
            .await
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    /// The time of day at `moment`, as seen from `now`.
    fn time_of(&self, moment: Instant, now: Instant) -> DateTime<Utc> {
        let time = self.shared.clock.now();
        let ahead = |ahead| TimeDelta::from_std(ahead).unwrap_or(TimeDelta::MAX);
        let shifted = match moment.checked_duration_since(now) {
            Some(left) => time.checked_add_signed(ahead(left)),
            None => time.checked_sub_signed(ahead(now - moment)),
        };
        shifted.unwrap_or(time)
    }

    /// As many attempts as it takes until one may have left. Leaves in `pass`
    /// the call's place among those in flight, if it was given one.
    async fn run<O: Operation>(
        &self,
        operation: &O,
        deadline: Instant,
        pass: &mut Option<Pass>,
        evidence: &mut Evidence,
    ) -> Result<(Reply, Ready<'_>), Stopped> {
        let sheet = self.prepare(operation, deadline)?;
        let pass = &*pass.insert(self.admit(operation, &sheet).await?);
        evidence.call = Some(sheet.call);
        let mut nonce = sheet.call;
        let mut anew = false;
        let mut resent = 0;
        loop {
            let attempt = &mut evidence.attempt;
            let reason = match self.attempt(&sheet, pass, nonce, anew, attempt).await {
                Err(Stopped::Before(reason)) => reason,
                Err(within) => return Err(within),
                Ok((reply, shown)) => {
                    evidence.clock_ahead = skew::beyond(
                        self.shared.clock_skew_limit,
                        self.shared.clock.now(),
                        &reply.headers,
                    );
                    return Ok((reply, shown));
                }
            };
            anew = reason.is_stale_connection();
            if !anew {
                if !self.pause_to_resend(resent, &reason, sheet.deadline).await {
                    return Err(reason.into());
                }
                resent += 1;
            }
            nonce = self.shared.nonces.draw().map_err(NotSentReason::Nonce)?;
            evidence.begin_again();
        }
    }

    /// Whether to try again after `reason`. If so, the pause is over.
    async fn pause_to_resend(
        &self,
        resent: u32,
        reason: &NotSentReason,
        deadline: Instant,
    ) -> bool {
        if !self.shared.resend.allows(resent, reason) {
            return false;
        }
        let bound = bound(resent);
        let pause = self.shared.jitter.draw(bound).min(bound);
        if after(Instant::now(), pause) >= deadline {
            return false;
        }
        tracing::warn!(reason = reason.as_str(), "not sent, trying again");
        tokio::time::sleep(pause).await;
        true
    }

    /// What each attempt of the call will need.
    fn prepare<O: Operation>(
        &self,
        operation: &O,
        deadline: Instant,
    ) -> Result<Sheet, NotSentReason> {
        let path = operation.path();
        let uri = Some(path)
            .filter(|path| path.starts_with('/'))
            .and_then(|path| path.parse::<PathAndQuery>().ok())
            .map(Uri::from)
            .ok_or_else(|| NotSentReason::InvalidPath(path.to_owned()))?;
        Ok(Sheet {
            call: self.shared.nonces.draw().map_err(NotSentReason::Nonce)?,
            uri,
            body: operation
                .encode()
                .map_err(|error| NotSentReason::InvalidInput(Arc::new(error)))?,
            deadline,
        })
    }

    /// A place among the calls in flight, and the intent recorded.
    async fn admit<O: Operation>(
        &self,
        operation: &O,
        sheet: &Sheet,
    ) -> Result<Pass, NotSentReason> {
        let in_flight = &self.shared.in_flight;
        let pass = in_flight
            .enter(sheet.call, operation.name(), sheet.deadline)
            .await?;
        if let Some(recorder) = &self.shared.recorder {
            let gateway = self.base_url().to_string();
            let app_id = *self.shared.authentication.app_id();
            let intent = Intent::new(sheet.call, operation, &sheet.body, self.shared.clock.now())
                .at_gateway(&gateway, app_id);
            recorded(recorder.intent(&intent), sheet.deadline).await?;
        }
        Ok(pass)
    }

    /// Connect, sign, record, send, read. Signing comes after connecting so
    /// that a slow connection does not age the timestamp.
    async fn attempt(
        &self,
        sheet: &Sheet,
        pass: &Pass,
        nonce: Nonce,
        anew: bool,
        attempt: &mut Attempt,
    ) -> Result<(Reply, Ready<'_>), Stopped> {
        let means = Means {
            transport: &self.shared.transport,
            clock: &*self.shared.clock,
            nonces: &*self.shared.nonces,
            deadline: sheet.deadline,
        };
        let ready = self.shared.authentication.ready(&means).await;
        let ready = ready.map_err(NotSentReason::Token)?;

        let transport = &self.shared.transport;
        let connected = if anew {
            transport.connect_anew(sheet.deadline).await
        } else {
            transport.connect(sheet.deadline).await
        };
        let connection = connected.map_err(|failure| {
            note_failure(attempt, &failure);
            NotSentReason::Transport(Arc::new(failure))
        })?;

        let now = self.shared.clock.now();
        let timestamp = Timestamp::at(&now).map_err(|_| NotSentReason::Clock)?;
        attempt.id = Some(nonce);
        attempt.timestamp = Some(timestamp);

        if let Some(recorder) = &self.shared.recorder {
            let sending = Sending::new(sheet.call, nonce, timestamp);
            recorded(recorder.sending(&sending), sheet.deadline).await?;
        }

        let request = sheet.request(ready.header(&sheet.body, timestamp, &nonce));
        pass.begins_to_leave();
        match connection.exchange(request, sheet.deadline).await {
            Ok(reply) => Ok((reply, ready)),
            Err(failure) => {
                note_failure(attempt, &failure);
                Err(match failure.progress().delivery() {
                    Delivery::NotSent => {
                        Stopped::Before(NotSentReason::Transport(Arc::new(failure)))
                    }
                    Delivery::Partial | Delivery::Complete => Stopped::Within(failure),
                })
            }
        }
    }

    /// Closes a call with what was found out about it. Returns why that could
    /// not be recorded.
    pub(crate) async fn record_resolution(&self, ended: &Ended<'_>) -> Option<String> {
        let recorder = self.shared.recorder.as_ref()?;
        let until = after(Instant::now(), RECORD_END);
        not_recorded(recorded(recorder.ended(ended), until).await)
    }

    async fn record_end<R>(&self, outcome: &mut Outcome<R>, deadline: Instant) {
        let Some(recorder) = &self.shared.recorder else {
            return;
        };
        let Some(call) = outcome.evidence().call else {
            return;
        };
        // The caller waits for the outcome until the deadline at the longest,
        // and for this even then: an unrecorded outcome is worth two seconds.
        let until = deadline.max(after(Instant::now(), RECORD_END));
        let ended = Ended::new(call, outcome.kind(), outcome.evidence())
            .with_err_code(outcome.err_code())
            .with_reason(outcome.reason());
        let failed = not_recorded(recorded(recorder.ended(&ended), until).await);
        if failed.is_some() {
            outcome.evidence_mut().not_recorded = failed;
        }
    }
}

/// Why an end could not be recorded, which is told in the log too.
fn not_recorded(result: Result<(), NotSentReason>) -> Option<String> {
    let reason = result.err()?;
    let error =
        std::error::Error::source(&reason).map_or_else(|| reason.to_string(), ToString::to_string);
    let error = mask_for_log(&error).into_owned();
    tracing::error!(error, "the outcome could not be recorded");
    Some(error)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", self.base_url())
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

/// Where a call without a reply stopped.
enum Stopped {
    /// Before the first byte of the request left.
    Before(NotSentReason),
    /// After it.
    Within(ums_transport::Failure),
}

impl Stopped {
    fn into_outcome<R>(self, mut evidence: Box<Evidence>) -> Outcome<R> {
        match self {
            Self::Before(reason) => Outcome::NotSent(NotSent { reason, evidence }),
            Self::Within(failure) => {
                evidence.received = failure.received().clone();
                Outcome::Unknown(Unknown {
                    reason: UnknownReason::Interrupted(Arc::new(failure)),
                    reply: None,
                    judgement: None,
                    evidence,
                })
            }
        }
    }
}

impl From<NotSentReason> for Stopped {
    fn from(reason: NotSentReason) -> Self {
        Self::Before(reason)
    }
}

async fn recorded(
    step: impl Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>>,
    until: Instant,
) -> Result<(), NotSentReason> {
    tokio::time::timeout_at(until, step)
        .await
        .unwrap_or_else(|late| Err(late.into()))
        .map_err(NotSentReason::not_recorded)
}

/// Configures a [`Client`].
pub struct ClientBuilder {
    environment: Environment,
    body_signer: open_body_sig::Signer,
    token_signer: open_access_token::Signer,
    access_tokens: Option<AccessTokens>,
    trust: Trust,
    proxy: Option<Proxy>,
    dialer: Option<Arc<dyn Dial>>,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn NonceSource>,
    recorder: Option<Arc<dyn Recorder>>,
    concurrency: Option<Concurrency>,
    timeout: Duration,
    connect_timeout: Duration,
    resend: Resend,
    jitter: Arc<dyn Jitter>,
    judging: Judging,
    clock_skew_limit: TimeDelta,
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

    /// Reaches the gateway through a proxy. Default: directly, whatever the
    /// environment says. A proxy that opens no tunnel leaves the outcome
    /// [`NotSent`](Outcome::NotSent).
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Shows access tokens (OPEN-ACCESS-TOKEN) in place of signing each body
    /// (OPEN-BODY-SIG), which is the default and what the official pages
    /// demand.
    #[must_use]
    pub fn access_tokens(mut self, settings: AccessTokens) -> Self {
        self.access_tokens = Some(settings);
        self
    }

    /// Whether to send again what was provably not sent. Default:
    /// [`Resend::Never`].
    #[must_use]
    pub fn resend(mut self, resend: Resend) -> Self {
        self.resend = resend;
        self
    }

    /// What to make of an approval that names another order, amount or refund
    /// than the request. Default: [`OnDiscrepancy::Unknown`].
    #[must_use]
    pub fn on_discrepancy(mut self, on_discrepancy: OnDiscrepancy) -> Self {
        self.judging.on_discrepancy = on_discrepancy;
        self
    }

    /// Reply codes to take for refusals beyond the documented ones, for example
    /// [`RefusalCodes::unionpay`]. Default: none.
    #[must_use]
    pub fn refusal_codes(mut self, codes: RefusalCodes) -> Self {
        self.judging.refusal_codes = codes;
        self
    }

    /// How many calls may be in flight and in the queue. Default: no limit.
    #[must_use]
    pub fn concurrency(mut self, limit: Concurrency) -> Self {
        self.concurrency = Some(limit);
        self
    }

    /// How far this machine's clock may be from the `Date` of a reply before
    /// the outcome says so ([`Evidence::clock_ahead`]). How far the gateway
    /// lets it be is not published. Default: 60 seconds.
    #[must_use]
    pub fn clock_skew_limit(mut self, limit: TimeDelta) -> Self {
        self.clock_skew_limit = limit;
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

    /// Where the pauses of [`Resend::UpTo`] come from. Default:
    /// [`RandomJitter`].
    #[must_use]
    pub fn jitter(mut self, jitter: impl Jitter) -> Self {
        self.jitter = Arc::new(jitter);
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
    /// authorities cannot be read; or a proxy is asked for where none can be
    /// used.
    pub fn build(self) -> Result<Client, BuildError> {
        let base_url = self.environment.base_url().map_err(BuildError::BaseUrl)?;
        let mut transport = Transport::builder(base_url)
            .trust(self.trust)
            .connect_timeout(self.connect_timeout.min(LONGEST));
        if let Some(proxy) = self.proxy {
            transport = transport.proxy(proxy);
        }
        if let Some(dialer) = self.dialer {
            transport = transport.dialer(dialer);
        }
        Ok(Client {
            shared: Arc::new(Shared {
                transport: transport.build().map_err(BuildError::Transport)?,
                authentication: match self.access_tokens {
                    None => Authentication::BodySignature(self.body_signer),
                    Some(settings) => {
                        Authentication::AccessToken(Provider::new(self.token_signer, settings))
                    }
                },
                clock: self.clock,
                nonces: self.nonces,
                recorder: self.recorder,
                in_flight: Arc::new(InFlight::new(self.concurrency)),
                timeout: self.timeout,
                resend: self.resend,
                jitter: self.jitter,
                judging: self.judging,
                clock_skew_limit: self.clock_skew_limit,
            }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("environment", &self.environment)
            .field("signer", &self.body_signer)
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

//! The client: an operation in, an outcome out.

mod attempt_error;
pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod environment;
pub(crate) mod in_flight;
pub(crate) mod options;
mod prepared_call;
pub(crate) mod resend;
mod span;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::Uri;
use http::uri::PathAndQuery;
use tokio::time::Instant;
use tracing::Instrument;
use ums_auth::{AppId, AppKey, Nonce, Timestamp};
use ums_journal::{Attempt, Ended, Evidence, Intent, Recorder, Sending, mask_for_log};
use ums_model::{
    JsonReply, Operation, Pay, PayReply, Query, QueryRefund, QueryRefundReply, QueryReply, Refund,
    RefundReply, VoidPayment, VoidPaymentReply,
};
use ums_transport::{BaseUrl, Delivery, Reply, Transport};

use crate::authentication::token::FetchContext;
use crate::authentication::{Authentication, Credential};
use crate::client::attempt_error::AttemptError;
use crate::client::builder::{ClientBuildError, ClientBuilder};
use crate::client::call::Call;
use crate::client::environment::Environment;
use crate::client::in_flight::{InFlight, InFlightGuard, OpenCall};
use crate::client::options::CallOptions;
use crate::client::prepared_call::{Conduct, PreparedCall};
use crate::client::resend::{Resend, bound};
use crate::machine::clock::Clock;
use crate::machine::deadline::after;
use crate::machine::jitter::Jitter;
use crate::machine::nonce_source::NonceSource;
use crate::machine::runtime::{Process, RuntimeUnavailable};
use crate::machine::skew;
use crate::outcome::evidence::note_failure;
use crate::outcome::judge::{Judging, is_believed_answer, judge};
use crate::outcome::{NotSentReason, Outcome};

/// Calls the UMS open platform. Cheap to clone; clones share connections.
///
/// See the [crate's page](crate) for a whole example.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    process: Process,
    transport: Transport,
    /// Each call keeps the one that it began with.
    authentication: RwLock<Arc<Authentication>>,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn NonceSource>,
    recorder: Option<Arc<dyn Recorder>>,
    in_flight: Arc<InFlight>,
    timeout: Duration,
    send_window: Duration,
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
    ) -> Result<Self, ClientBuildError> {
        Self::builder(environment, app_id, app_key).build()
    }

    /// Starts to configure a client.
    pub fn builder(
        environment: impl Into<Environment>,
        app_id: AppId,
        app_key: &AppKey,
    ) -> ClientBuilder {
        ClientBuilder::new(environment.into(), app_id, app_key)
    }

    /// The gateway's address.
    pub fn base_url(&self) -> &BaseUrl {
        self.shared.transport.base_url()
    }

    /// The AppId that it signs for.
    pub fn app_id(&self) -> AppId {
        *self.authentication().app_id()
    }

    /// The time of day by the client's clock, which requests are signed with.
    pub fn time(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// How long a call takes at most that does not say otherwise.
    pub fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    /// The connections to the gateway, for [`ClientBuilder::connections`].
    pub fn connections(&self) -> &Transport {
        &self.shared.transport
    }

    /// Signs with another AppKey from now on, for the same AppId. Holds for all clones of the
    /// client.
    ///
    /// A call that has begun ends with the key that it began with, each of its attempts included;
    /// so the platform must know both keys until those calls have ended. With access tokens, the
    /// next call fetches one with the new key, or takes one that a [`TokenStore`] still holds.
    ///
    /// [`TokenStore`]: crate::TokenStore
    pub fn replace_app_key(&self, app_key: &AppKey) {
        let mut current = self.shared.authentication.write();
        let current = current.as_deref_mut().unwrap_or_else(|held| held.get_mut());
        *current = Arc::new(current.with_key(app_key));
    }

    /// Takes a payment (支付) with the code the customer shows.
    pub async fn pay(&self, pay: &Pay) -> Outcome<PayReply> {
        self.execute(pay).await
    }

    /// Asks what became of a payment (交易状态查询). An approved query was answered; what it says
    /// is [`QueryReply::state`].
    pub async fn query(&self, query: &Query) -> Outcome<QueryReply> {
        self.execute(query).await
    }

    /// Refunds (退款) a payment, in part or whole.
    pub async fn refund(&self, refund: &Refund) -> Outcome<RefundReply> {
        self.execute(refund).await
    }

    /// Asks what became of one refund (退款查询). An approved query was answered; what it says is
    /// [`QueryRefundReply::state`].
    pub async fn query_refund(&self, query: &QueryRefund) -> Outcome<QueryRefundReply> {
        self.execute(query).await
    }

    /// Voids (撤销) a whole payment of the same trading day.
    pub async fn void_payment(&self, void: &VoidPayment) -> Outcome<VoidPaymentReply> {
        self.execute(void).await
    }

    /// Carries out any operation, one that this workspace does not know included: see
    /// [`Operation`].
    ///
    /// The future is awaited within a tokio runtime that has its time and I/O drivers on; anywhere
    /// else the outcome is [not sent](NotSentReason::Runtime), as it is in a process that forked
    /// after the client was made.
    ///
    /// At most one request is put on the wire. Dropping the future stops it where it is; what was
    /// written by then may still take effect, which is what a [`Recorder`] is for.
    pub async fn execute<O: Operation>(&self, operation: &O) -> Outcome<O::Reply> {
        self.execute_with(operation, &CallOptions::new()).await
    }

    /// The same with options for this call alone.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use ums_client::{CallOptions, Client};
    ///
    /// # async fn ask(client: &Client, query: &ums_client::model::Query) {
    /// let quickly = CallOptions::new().timeout(Duration::from_secs(3));
    /// let outcome = client.execute_with(query, &quickly).await;
    /// # }
    /// ```
    pub async fn execute_with<O: Operation>(
        &self,
        operation: &O,
        options: &CallOptions,
    ) -> Outcome<O::Reply> {
        let started = Instant::now();
        let deadline = after(started, options.timeout_or(self.shared.timeout));
        let conduct = Conduct {
            resend: options.resend_or(self.shared.resend),
            send_window: options.send_window_or(self.shared.send_window),
            recorder: options.recorder_or(self.shared.recorder.as_ref()),
        };
        let authentication = self.authentication();
        let app_id = authentication.app_id();
        let span = span::of_call(operation, app_id, self.base_url());
        // Pinned here, it is not moved once more into the span.
        let call = pin!(async {
            // Held until the outcome is recorded: before that the call is open.
            let mut guard = None;
            let mut evidence = Box::new(Evidence::new(operation.name(), operation.effect()));
            // The outcome is large, so it is made last, where the future has room again.
            evidence.until = Some(deadline.into_std());
            let ended = self.run(
                operation,
                deadline,
                conduct,
                &authentication,
                &mut guard,
                &mut evidence,
            );
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
            record_end(conduct.recorder, &mut outcome, deadline).await;
            span::note_end(operation, app_id, &outcome);
            outcome
        });
        call.instrument(span).await
    }

    /// Carries out a call that has no type yet: a path, a JSON body, what it may do, and by which
    /// codes it succeeds.
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

    /// Ends the client's work: further calls end as not sent, and those in flight have until
    /// `limit` to end, which includes that a [`Recorder`] has recorded the outcome. What has not
    /// ended by then is returned; it is not interrupted, but the process should be about to end,
    /// and then the outcome of those whose request [may have been
    /// sent](OpenCall::may_have_been_sent) is unknown.
    ///
    /// Holds for all clones of the client. Outside a tokio runtime nothing is waited for. In a
    /// process that forked after the client was made, nothing is done: the calls in flight are
    /// those of its parent.
    pub async fn close(&self, limit: Duration) -> Vec<OpenCall> {
        let in_flight = &self.shared.in_flight;
        match self.can_call() {
            Ok(()) => in_flight.close(after(Instant::now(), limit)).await,
            Err(RuntimeUnavailable::Missing) => in_flight.close_now(),
            Err(RuntimeUnavailable::Forked) => Vec::new(),
        }
    }

    /// Whether a call can run where this is asked.
    pub(crate) fn can_call(&self) -> Result<(), RuntimeUnavailable> {
        self.shared.process.can_call()
    }

    fn authentication(&self) -> Arc<Authentication> {
        let current = self.shared.authentication.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
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

    /// As many attempts as it takes until one may have been sent. Leaves in `guard` the call's
    /// place among those in flight, if it was given one.
    async fn run<'a, O: Operation>(
        &self,
        operation: &O,
        deadline: Instant,
        conduct: Conduct<'_>,
        authentication: &'a Authentication,
        guard: &mut Option<InFlightGuard>,
        evidence: &mut Evidence,
    ) -> Result<(Reply, Credential<'a>), AttemptError> {
        self.can_call().map_err(NotSentReason::Runtime)?;
        let prepared = self.prepare(operation, deadline, conduct)?;
        let guard = &*guard.insert(
            self.admit(operation, authentication.app_id(), &prepared)
                .await?,
        );
        evidence.call = Some(prepared.call);
        let mut nonce = prepared.call;
        let mut fresh = false;
        let mut resent = 0;
        loop {
            let attempt = &mut evidence.attempt;
            let reason = match self
                .attempt(&prepared, authentication, guard, nonce, fresh, attempt)
                .await
            {
                Err(AttemptError::Before(reason)) => reason,
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
            fresh = reason.is_stale_connection();
            if !fresh {
                if !self
                    .pause_to_resend(conduct.resend, resent, &reason, prepared.deadline)
                    .await
                {
                    return Err(reason.into());
                }
                resent += 1;
            }
            nonce = self
                .shared
                .nonces
                .next_nonce()
                .map_err(NotSentReason::Nonce)?;
            evidence.begin_again();
        }
    }

    /// Whether to try again after `reason`. If so, the pause is over.
    async fn pause_to_resend(
        &self,
        resend: Resend,
        resent: u32,
        reason: &NotSentReason,
        deadline: Instant,
    ) -> bool {
        if !resend.allows(resent, reason) {
            return false;
        }
        let bound = bound(resent);
        let pause = self.shared.jitter.next_pause(bound).min(bound);
        if after(Instant::now(), pause) >= deadline {
            return false;
        }
        tracing::warn!(reason = reason.as_str(), "not sent, trying again");
        tokio::time::sleep(pause).await;
        true
    }

    /// What each attempt of the call will need.
    fn prepare<'a, O: Operation>(
        &self,
        operation: &O,
        deadline: Instant,
        conduct: Conduct<'a>,
    ) -> Result<PreparedCall<'a>, NotSentReason> {
        let path = operation.path();
        let uri = Some(path)
            .filter(|path| path.starts_with('/'))
            .and_then(|path| path.parse::<PathAndQuery>().ok())
            .map(Uri::from)
            .ok_or_else(|| NotSentReason::InvalidPath(path.to_owned()))?;
        Ok(PreparedCall {
            call: self
                .shared
                .nonces
                .next_nonce()
                .map_err(NotSentReason::Nonce)?,
            uri,
            body: operation
                .encode()
                .map_err(|error| NotSentReason::InvalidInput(Arc::new(error)))?,
            deadline,
            conduct,
        })
    }

    /// A place among the calls in flight, and the intent recorded.
    async fn admit<O: Operation>(
        &self,
        operation: &O,
        app_id: &AppId,
        prepared: &PreparedCall<'_>,
    ) -> Result<InFlightGuard, NotSentReason> {
        let conduct = prepared.conduct;
        let in_flight = &self.shared.in_flight;
        let guard = in_flight
            .enter(prepared.call, operation.name(), prepared.deadline)
            .await?;
        if let Some(recorder) = conduct.recorder {
            let gateway = self.base_url().to_string();
            let intent = Intent::new(
                prepared.call,
                operation,
                &prepared.body,
                self.shared.clock.now(),
            )
            .at_gateway(&gateway, *app_id);
            recorded(recorder.intent(&intent), prepared.deadline).await?;
        }
        Ok(guard)
    }

    /// Connect, sign, record, send, read. Signing comes after connecting so that a slow connection
    /// does not age the timestamp.
    async fn attempt<'a>(
        &self,
        prepared: &PreparedCall<'_>,
        authentication: &'a Authentication,
        guard: &InFlightGuard,
        nonce: Nonce,
        fresh: bool,
        attempt: &mut Attempt,
    ) -> Result<(Reply, Credential<'a>), AttemptError> {
        let conduct = prepared.conduct;
        let context = FetchContext {
            transport: &self.shared.transport,
            clock: &*self.shared.clock,
            nonces: &*self.shared.nonces,
            deadline: prepared.deadline,
        };
        let credential = authentication.credential(&context).await;
        let credential = credential.map_err(NotSentReason::Token)?;

        let transport = &self.shared.transport;
        let connected = if fresh {
            transport.connect_fresh(prepared.deadline).await
        } else {
            transport.connect(prepared.deadline).await
        };
        let connection = connected.map_err(|failure| {
            note_failure(attempt, &failure);
            NotSentReason::Transport(Arc::new(failure))
        })?;

        let now = self.shared.clock.now();
        let timestamp = Timestamp::at(&now).map_err(|_| NotSentReason::Clock)?;
        attempt.id = Some(nonce);
        attempt.timestamp = Some(timestamp);

        // Read before the record is begun: whoever finds it there knows that no byte is written
        // later than this after it.
        let write_by = transport.boot_now() + conduct.send_window;
        if let Some(recorder) = conduct.recorder {
            let deadline_in = prepared.deadline.saturating_duration_since(Instant::now());
            let sending = Sending::new(prepared.call, nonce, timestamp)
                .within(conduct.send_window, deadline_in);
            recorded(recorder.sending(&sending), prepared.deadline).await?;
        }

        let request = prepared.request(credential.header(&prepared.body, timestamp, &nonce));
        guard.begins_to_send();
        match connection
            .exchange_by(request, prepared.deadline, Some(write_by))
            .await
        {
            Ok(reply) => Ok((reply, credential)),
            Err(failure) => {
                note_failure(attempt, &failure);
                Err(match failure.progress().delivery() {
                    Delivery::NotSent => {
                        AttemptError::Before(NotSentReason::Transport(Arc::new(failure)))
                    }
                    Delivery::Partial | Delivery::Complete => AttemptError::Within(failure),
                })
            }
        }
    }

    /// Closes a call with what was found out about it. Returns why that could not be recorded.
    pub(crate) async fn record_resolution(&self, ended: &Ended<'_>) -> Option<String> {
        let recorder = self.shared.recorder.as_ref()?;
        let until = after(Instant::now(), RECORD_END);
        not_recorded(recorded(recorder.ended(ended), until).await)
    }
}

async fn record_end<R>(
    recorder: Option<&dyn Recorder>,
    outcome: &mut Outcome<R>,
    deadline: Instant,
) {
    let Some(recorder) = recorder else {
        return;
    };
    let Some(call) = outcome.evidence().call else {
        return;
    };
    // The caller waits for the outcome until the deadline at the longest, and for this even then:
    // an unrecorded outcome is worth two seconds.
    let until = deadline.max(after(Instant::now(), RECORD_END));
    let ended = Ended::new(call, outcome.kind(), outcome.evidence())
        .with_err_code(outcome.err_code())
        .with_reason(outcome.reason());
    let failed = not_recorded(recorded(recorder.ended(&ended), until).await);
    if failed.is_some() {
        outcome.evidence_mut().not_recorded = failed;
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

async fn recorded(
    step: impl Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>>,
    until: Instant,
) -> Result<(), NotSentReason> {
    tokio::time::timeout_at(until, step)
        .await
        .unwrap_or_else(|late| Err(late.into()))
        .map_err(NotSentReason::not_recorded)
}

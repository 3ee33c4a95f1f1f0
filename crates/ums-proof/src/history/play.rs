//! Plays a history and judges it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use tokio::time::{Instant, Sleep, sleep};
use ums_client::auth::{AppId, AppKey, Nonce};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply};
use ums_client::{
    Client, Clock, Ended, Intent, Jitter, NonceSource, NonceUnavailable, Outcome, OutcomeKind,
    RandomNonces, Recorder, Recording, Sending,
};
use ums_simulator::{Order, OrderState, Simulator, Snapshot};

use super::link::Links;
use super::plan::{Cancel, Jump, Plan, RecorderPlan, Step, order_id};
use super::witness::{Witness, current, within};
use crate::verdict::{Claim, Truth, check};

/// How a caller uses the client. The honest one reads outcomes as they are and
/// calls once; the others are there to show that a broken one is caught.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Conduct {
    /// What is made of an outcome.
    pub read: fn(&Outcome<VoidPaymentReply>) -> Claim,
    /// Whether the same call is sent once more after it.
    pub again: fn(&Outcome<VoidPaymentReply>) -> bool,
}

impl Conduct {
    /// Reads outcomes as they are, and calls once.
    pub const HONEST: Self = Self {
        read: Claim::of,
        again: |_| false,
    };

    /// Reads outcomes otherwise.
    #[must_use]
    pub fn reading(mut self, read: fn(&Outcome<VoidPaymentReply>) -> Claim) -> Self {
        self.read = read;
        self
    }

    /// Sends once more after some outcomes.
    #[must_use]
    pub fn repeating(mut self, again: fn(&Outcome<VoidPaymentReply>) -> bool) -> Self {
        self.again = again;
        self
    }
}

/// What became of a history.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Played {
    /// How often each outcome was seen; `dropped` for calls that were cancelled.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Complete requests that the gateway read.
    pub complete_requests: u64,
    /// Requests on a connection that had served before.
    pub reused: u64,
    /// Voids that were carried out.
    pub applied: u64,
    /// Calls that were tried again because nothing had left.
    pub resent: u64,
    /// What was wrong. Empty when all promises were kept.
    pub wrong: Vec<String>,
    /// Everything that happened, if that was asked for.
    pub trace: Option<String>,
}

/// Plays the history of `seed`.
///
/// # Errors
///
/// In words, when a history cannot be set up. That says nothing of the client.
pub fn play(seed: u64, conduct: Conduct, trace: bool) -> Result<Played, String> {
    let plan = Plan::draw(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(in_words)?;
    runtime.block_on(play_plan(plan, conduct, trace))
}

async fn play_plan(plan: Plan, conduct: Conduct, trace: bool) -> Result<Played, String> {
    let mut rng = Rng::with_seed(plan.seed);
    let witness = Witness::new(plan.calls(), plan.recorder.is_some(), trace);
    let simulator = simulator(&plan)?;
    let links = Links::new(simulator.clone(), witness.clone(), plan.link, rng.u64(..));
    let client = client(&plan, links, &witness, rng.u64(..))?;
    for rule in &plan.rules {
        witness.note(|| format!("rule {rule:?}"));
    }

    let mut callers = Vec::with_capacity(plan.callers.len());
    let mut first = 0;
    for steps in plan.callers {
        let caller = Caller {
            client: client.clone(),
            witness: witness.clone(),
            conduct,
        };
        let count = steps.len();
        callers.push(tokio::spawn(caller.run(first, steps)));
        first += count;
    }
    drop(client);
    let mut claims = Vec::with_capacity(first);
    for caller in callers {
        match caller.await {
            Ok(of_caller) => claims.append(&mut of_caller?),
            Err(error) => return Ok(Played::broken(format!("a caller panicked: {error}"))),
        }
    }
    // What is still under way at the gateway, or should not be, comes to rest.
    sleep(Duration::from_secs(60)).await;
    Ok(judge(&claims, &simulator, &witness))
}

struct Caller {
    client: Client,
    witness: Witness,
    conduct: Conduct,
}

/// What one call claimed; none if it was cancelled.
struct Called {
    call: usize,
    order: usize,
    claim: Option<Claim>,
    resent: bool,
}

impl Caller {
    async fn run(self, first: usize, steps: Vec<Step>) -> Result<Vec<Called>, String> {
        let mut called = Vec::with_capacity(steps.len());
        for (offset, step) in steps.into_iter().enumerate() {
            let call = first + offset;
            if !step.pause.is_zero() {
                sleep(step.pause).await;
            }
            let order = step.order;
            self.witness
                .note(|| format!("call {call} begins: {}", order_id(order)));
            let void = void(order)?;
            let ended = Watched {
                call,
                future: Some(Box::pin(self.call(&void))),
                polls_left: match step.cancel {
                    Some(Cancel::Polls(polls)) => Some(polls),
                    _ => None,
                },
                until: match step.cancel {
                    Some(Cancel::After(time)) => Some(Box::pin(sleep(time))),
                    _ => None,
                },
            };
            let outcome = ended.await;
            self.witness.note(|| match &outcome {
                Some((outcome, _)) => format!("call {call} ends: {outcome:?}"),
                None => format!("call {call} is dropped"),
            });
            called.push(Called {
                call,
                order,
                resent: outcome.as_ref().is_some_and(|(outcome, _)| resent(outcome)),
                claim: outcome.map(|(_, claim)| claim),
            });
        }
        Ok(called)
    }

    async fn call(&self, void: &VoidPayment) -> (Outcome<VoidPaymentReply>, Claim) {
        let mut outcome = self.client.void_payment(void).await;
        if (self.conduct.again)(&outcome) {
            outcome = self.client.void_payment(void).await;
        }
        let claim = (self.conduct.read)(&outcome);
        (outcome, claim)
    }
}

/// A call that can be cancelled, and during whose polls the witness knows
/// whose turn it is.
struct Watched<F> {
    call: usize,
    future: Option<Pin<Box<F>>>,
    polls_left: Option<u32>,
    until: Option<Pin<Box<Sleep>>>,
}

impl<F: Future> Future for Watched<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let late = this
            .until
            .as_mut()
            .is_some_and(|until| until.as_mut().poll(cx).is_ready());
        let call = this.call;
        match (&mut this.future, &mut this.polls_left) {
            (Some(future), polls) if !late && *polls != Some(0) => {
                if let Some(polls) = polls {
                    *polls -= 1;
                }
                within(call, || future.as_mut().poll(cx)).map(Some)
            }
            _ => {
                this.future = None;
                Poll::Ready(None)
            }
        }
    }
}

fn simulator(plan: &Plan) -> Result<Simulator, String> {
    let clock = SetClock::new(plan.begins, &plan.gateway_jumps);
    let mut builder = Simulator::builder()
        .clock(move || clock.now())
        .orders((0..plan.orders).map(|number| Order::paid(order_id(number))))
        .repeated_void(plan.repeated_void);
    for rule in &plan.rules {
        builder = builder.fault(rule.clone());
    }
    builder.build().map_err(in_words)
}

fn client(plan: &Plan, links: Links, witness: &Witness, seed: u64) -> Result<Client, String> {
    let url: ums_client::transport::BaseUrl = "http://localhost".parse().map_err(in_words)?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID).map_err(in_words)?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).map_err(in_words)?;
    let mut rng = Rng::with_seed(seed);
    let mut builder = Client::builder(url, app_id, &app_key)
        .timeout(plan.timeout)
        .connect_timeout(plan.connect_timeout)
        .resend(plan.resend)
        .jitter(Pauses(Mutex::new(rng.fork())))
        .on_discrepancy(plan.on_discrepancy)
        .clock(SetClock::new(plan.begins, &plan.client_jumps))
        .nonces(CallNonces(Mutex::new(rng.fork())))
        .dialer(links);
    if let Some(limit) = plan.concurrency {
        builder = builder.concurrency(limit);
    }
    if let Some(RecorderPlan { fails, most_delay }) = plan.recorder {
        builder = builder.recorder(Records {
            witness: witness.clone(),
            fails,
            most_delay,
            rng: Mutex::new(rng),
        });
    }
    builder.build().map_err(in_words)
}

fn void(order: usize) -> Result<VoidPayment, String> {
    Ok(VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).map_err(in_words)?,
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).map_err(in_words)?,
        UmsOrderId::new(order_id(order)).map_err(in_words)?,
    ))
}

/// Tokio's clock as a time of day, set anew by jumps.
struct SetClock {
    start: Instant,
    begins: DateTime<Utc>,
    jumps: Vec<(Duration, TimeDelta)>,
}

impl SetClock {
    fn new(begins: i64, jumps: &[Jump]) -> Self {
        // 18 July 2023, 00:00 UTC.
        const DAY: i64 = 1_689_638_400;
        Self {
            start: Instant::now(),
            begins: DateTime::from_timestamp(DAY + begins, 0).unwrap_or_default(),
            jumps: jumps
                .iter()
                .map(|jump| (jump.at, TimeDelta::seconds(jump.seconds)))
                .collect(),
        }
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = self.start.elapsed();
        let set: TimeDelta = self
            .jumps
            .iter()
            .filter(|(at, _)| *at <= elapsed)
            .map(|(_, by)| *by)
            .sum();
        self.begins + TimeDelta::from_std(elapsed).unwrap_or_default() + set
    }
}

/// Nonces that name the call they were drawn in, so that each request in the
/// ledger tells whose it is.
struct CallNonces(Mutex<Rng>);

impl NonceSource for CallNonces {
    fn draw(&self) -> Result<Nonce, NonceUnavailable> {
        let random = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .u64(..);
        // A nonce drawn outside any call would belong to one that is not there.
        let call = current().unwrap_or(NO_CALL);
        // Letters and digits are always a nonce. If not, another one tells of
        // no call, and the history fails; the error itself cannot be made here.
        Nonce::new(&format!("call{call:05}x{random:016x}")).or_else(|_| RandomNonces::new().draw())
    }
}

const NO_CALL: usize = 99_999;

/// Pauses drawn from the seed.
struct Pauses(Mutex<Rng>);

impl Jitter for Pauses {
    fn draw(&self, bound: Duration) -> Duration {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bound.mul_f64(rng.f64())
    }
}

/// Whether a new connection failed before a byte left, and another attempt was
/// made. A pooled connection that was found closed is replaced in any case.
fn resent(outcome: &Outcome<VoidPaymentReply>) -> bool {
    let mut earlier = outcome.evidence().earlier.iter();
    earlier.any(|attempt| {
        let progress = attempt.progress.as_ref();
        progress.is_some_and(|progress| !progress.reused)
    })
}

/// Which call a request belongs to, by the nonce in its header.
fn call_of(authorization: &str) -> Option<usize> {
    let (_, rest) = authorization.split_once("Nonce=\"call")?;
    rest.get(..5)?.parse().ok()
}

/// Records nothing but that it was asked, sometimes late, sometimes in vain.
struct Records {
    witness: Witness,
    fails: u8,
    most_delay: u64,
    rng: Mutex<Rng>,
}

impl Records {
    /// Waits, and says whether the step may be taken as recorded.
    async fn step(&self) -> bool {
        let (delay, fails) = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            (rng.u64(0..=self.most_delay), rng.u8(0..100) < self.fails)
        };
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        !fails
    }
}

impl Recorder for Records {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        Box::pin(async {
            if !self.step().await {
                return Err("the intent was not recorded".into());
            }
            self.witness
                .update_current(|sight| sight.intent_recorded = true);
            Ok(())
        })
    }

    fn sending<'a>(&'a self, _: &'a Sending) -> Recording<'a> {
        Box::pin(async {
            if !self.step().await {
                return Err("the sending was not recorded".into());
            }
            self.witness
                .update_current(|sight| sight.sending_recorded = true);
            Ok(())
        })
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        let kind = ended.outcome;
        Box::pin(async move {
            self.step().await;
            self.witness
                .update_current(|sight| sight.end_recorded = Some(kind));
            Ok(())
        })
    }
}

impl Played {
    fn broken(wrong: String) -> Self {
        Self {
            wrong: vec![wrong],
            ..Self::default()
        }
    }
}

fn judge(claims: &[Called], simulator: &Simulator, witness: &Witness) -> Played {
    let ledger = simulator.ledger().snapshot();
    let mut played = Played {
        complete_requests: ledger.totals.complete_requests,
        reused: ledger
            .requests
            .iter()
            .filter(|request| request.index_on_connection > 0)
            .count() as u64,
        applied: ledger.totals.applied,
        resent: claims.iter().filter(|called| called.resent).count() as u64,
        ..Played::default()
    };
    let truths = truths(&ledger, claims.len(), &mut played.wrong);
    for (called, mut truth) in claims.iter().zip(truths) {
        let Called {
            call, order, claim, ..
        } = called;
        let sight = witness.sight(*call);
        truth.bytes_received = sight.bytes_written;
        truth.voided = simulator
            .orders()
            .find(&order_id(*order))
            .is_some_and(|order| order.state == OrderState::Voided);
        let kind = claim.map(|claim| claim.kind);
        let name = kind.map_or("dropped", OutcomeKind::as_str);
        *played.outcomes.entry(name).or_default() += 1;
        // A dropped call claims nothing, but it must not have been sent twice.
        let mut wrong: Vec<String> = match claim {
            Some(claim) => check(claim, &truth)
                .iter()
                .map(ToString::to_string)
                .collect(),
            None if truth.complete_requests > 1 => vec!["dropped, and sent twice".to_owned()],
            None => Vec::new(),
        };
        if claim.is_some_and(|claim| claim.bytes_written != sight.bytes_written) {
            wrong.push(format!("{} bytes left", sight.bytes_written));
        }
        if sight.end_recorded.is_some() && claim.is_some() && sight.end_recorded != kind {
            wrong.push(format!("recorded as {:?}", sight.end_recorded));
        }
        if sight.sending_recorded && !sight.intent_recorded {
            wrong.push("sending was recorded, and no intent".to_owned());
        }
        let wrong = wrong.into_iter();
        played
            .wrong
            .extend(wrong.map(|wrong| format!("call {call}: {wrong} ({claim:?}, {truth:?})")));
    }
    witness.note(|| format!("ledger {ledger:?}"));
    let (wrong, trace) = witness.end();
    played.wrong.extend(wrong);
    played.trace = trace;
    played
}

/// What the ledger knows of each call.
fn truths(ledger: &Snapshot, calls: usize, wrong: &mut Vec<String>) -> Vec<Truth> {
    let mut truths = vec![Truth::default(); calls];
    for request in &ledger.requests {
        let call = request.authorization.as_deref().and_then(call_of);
        match call.and_then(|call| truths.get_mut(call)) {
            Some(truth) => {
                truth.complete_requests += usize::from(request.body_complete);
                truth.applied |= request.applied.is_some();
            }
            // Cut before its header was read.
            None if !request.body_complete => {}
            None => wrong.push(format!("a complete request of no call: {request:?}")),
        }
    }
    truths
}

fn in_words(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text += &format!(": {source}");
        next = source.source();
    }
    text
}

//! A caller: carries out its steps one after the other, and notes what the client said.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{Instant, Sleep, sleep};
use ums_client::model::{
    AnyRequest, Fen, MerchantCode, MerchantOrderId, MerchantRemark, Operation, OrderRef, Pay,
    PayCode, PayMode, Query, Refund, RefundRequestId, Resolve, ReversePayment, TerminalCode,
    UmsOrderId, VoidPayment,
};
use ums_client::{
    Asked, Client, Clock as _, Conclusion, Outcome, OutcomeKind, PastCall, ResolvePolicy,
    TillPolicy,
};
use ums_simulator::{Orders, Simulator};

use super::clock::SetClock;
use super::plan::{Act, Cancel, Form, Names, Step, Target, Then};
use super::witness::{Witness, within};
use super::{Conduct, in_words};
use crate::verdict::{Claim, Found, Said, bytes_written};

/// One of those who use the client.
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) witness: Witness,
    pub(crate) conduct: Conduct,
    pub(crate) clock: SetClock,
    pub(crate) timeout: Duration,
    /// How long the recorder takes at most.
    pub(crate) most_delay: Duration,
    pub(crate) has_recorder: bool,
    /// Where it reads what holds are called.
    pub(crate) orders: Orders,
}

/// What became of one step.
pub(crate) struct Called {
    pub(crate) call: usize,
    pub(crate) act: Act,
    /// None if it was dropped before it had ended.
    pub(crate) ended: Option<Ended>,
    /// What was found out about it, if somebody asked.
    pub(crate) told: Option<Told>,
    /// Whether it was sent once more, or a payment taken back, so that more than one request of it
    /// moves money.
    pub(crate) may_move_again: bool,
}

/// How the operation itself ended.
pub(crate) struct Ended {
    pub(crate) claim: Claim,
    /// Bytes that left for it, which the witness saw.
    pub(crate) bytes_seen: u64,
    /// How many of them had left when its reply began to arrive.
    pub(crate) left_at_first_read: Option<u64>,
    /// Whether a new connection failed before a byte left, and another attempt was made. A pooled
    /// connection that was found closed is replaced anyhow.
    pub(crate) resent: bool,
    /// By how much it ended after its deadline.
    pub(crate) late_by: Duration,
    past: PastCall,
}

/// What the client said about an operation after it had asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) found: Found,
    /// When it was said.
    pub(crate) at: Duration,
    /// When the last question left, or, without any, the operation began.
    pub(crate) asked_at: Duration,
    pub(crate) questions: u64,
    /// By when the operation had to end.
    pub(crate) deadline: Duration,
    /// Whether it is known which day the operation was of.
    pub(crate) knows_day: bool,
    /// Bytes that left for the questions, and for whatever moves money in between, by the client's
    /// own count.
    pub(crate) bytes_claimed: u64,
    pub(crate) repeated: bool,
}

impl Caller {
    pub(crate) async fn run(self, first: usize, steps: Vec<Step>) -> Result<Vec<Called>, String> {
        let mut called = Vec::with_capacity(steps.len());
        for (offset, step) in steps.into_iter().enumerate() {
            let call = first + offset;
            if !step.pause.is_zero() {
                sleep(step.pause).await;
            }
            self.witness
                .note(|| format!("call {call} begins: {:?}", step.act));
            called.push(self.step(call, &step).await?);
        }
        Ok(called)
    }

    async fn step(&self, call: usize, step: &Step) -> Result<Called, String> {
        match step.act {
            Act::Void(target, names) => {
                let void = VoidPayment::new(merchant()?, terminal()?, order(target, names)?);
                self.in_form(call, step, void).await
            }
            Act::Refund {
                target,
                names,
                request,
                amount,
            } => {
                let refund = Refund::new(
                    merchant()?,
                    terminal()?,
                    order(target, names)?,
                    RefundRequestId::new(refund_request_id(request)).map_err(in_words)?,
                    Fen::new(amount),
                );
                self.in_form(call, step, refund).await
            }
            Act::Reverse(target) => {
                let reversal = ReversePayment::new(
                    merchant()?,
                    terminal()?,
                    merchant_order_id(target)?,
                    Fen::new(target.amount()),
                );
                self.in_form(call, step, reversal).await
            }
            Act::Pay {
                target,
                amount,
                code,
            } => {
                let pay = Pay::new(
                    merchant()?,
                    terminal()?,
                    merchant_order_id(target)?,
                    Fen::new(amount),
                    MerchantRemark::new("-").map_err(in_words)?,
                    PayMode::CodeScan,
                    PayCode::new(code.of_call(call)).map_err(in_words)?,
                );
                match &step.then {
                    Then::Till(policy) => self.at_till(call, step, &pay, policy).await,
                    _ => self.in_form(call, step, pay).await,
                }
            }
            Act::Query(target, names) => {
                let query = match (names, target.ums_order_id()) {
                    (Names::Ums, Some(id)) => Query::by_ums_order_id(
                        merchant()?,
                        terminal()?,
                        UmsOrderId::new(id).map_err(in_words)?,
                    ),
                    _ => Query::by_merchant_order_id(
                        merchant()?,
                        terminal()?,
                        merchant_order_id(target)?,
                    ),
                };
                self.asked(call, step, &query).await
            }
            Act::Authorize { .. } | Act::Complete(_) | Act::Release(_) | Act::QueryHold(..) => {
                self.about_hold(call, step).await
            }
        }
    }

    /// A query of the caller's own.
    pub(crate) async fn asked<O: Operation>(
        &self,
        call: usize,
        step: &Step,
        query: &O,
    ) -> Result<Called, String> {
        let ended = self
            .watched(call, step.cancel, self.execute(call, query))
            .await;
        Ok(Called::new(call, step, ended.map(|(_, ended)| ended)))
    }

    /// Carries the operation out as what the step says.
    pub(crate) async fn in_form<O>(
        &self,
        call: usize,
        step: &Step,
        operation: O,
    ) -> Result<Called, String>
    where
        O: Resolve + Into<AnyRequest>,
    {
        match step.form {
            Form::Typed => self.resolvable(call, step, &operation).await,
            Form::ReadBack => {
                let operation: AnyRequest = operation.into();
                let body = operation.encode().map_err(in_words)?;
                let operation = AnyRequest::from_wire(operation.name(), operation.path(), &body)
                    .map_err(in_words)?;
                self.resolvable(call, step, &operation).await
            }
        }
    }

    /// Carries the operation out, and finds out what became of it if the step says so.
    pub(crate) async fn resolvable<O: Resolve>(
        &self,
        call: usize,
        step: &Step,
        operation: &O,
    ) -> Result<Called, String> {
        match &step.then {
            Then::Nothing | Then::Till(_) => {
                let ended = self
                    .watched(call, step.cancel, self.execute(call, operation))
                    .await;
                Ok(Called::new(call, step, ended.map(|(_, ended)| ended)))
            }
            Then::Resolve(policy) => {
                let resolved = self.resolved(call, operation, policy);
                let resolved = self.watched(call, step.cancel, resolved).await;
                let dropped = resolved.is_none();
                let mut called = Called::new(call, step, None);
                if let Some((ended, told)) = resolved {
                    called.ended = Some(ended);
                    called.told = Some(told);
                }
                called.may_move_again =
                    dropped || called.told.as_ref().is_some_and(|told| told.repeated);
                Ok(called)
            }
            Then::Inquire {
                policy,
                knows_time,
                knows_deadline,
            } => {
                let began = self.clock.now();
                let deadline = self.witness.elapsed() + self.timeout;
                let ended = self
                    .watched(call, step.cancel, self.execute(call, operation))
                    .await;
                let mut called = Called::new(call, step, ended.map(|(_, ended)| ended));
                let is_open = match &called.ended {
                    None => true,
                    Some(ended) => ended.claim.kind == OutcomeKind::Unknown,
                };
                if is_open {
                    let past = self.past(&called, began, *knows_time, *knows_deadline);
                    let asking = self.inquired(operation, &past, policy, deadline);
                    called.told = self.watched(call, None, asking).await;
                }
                Ok(called)
            }
        }
    }

    /// What is still known of a call after a crash.
    fn past(
        &self,
        called: &Called,
        began: DateTime<Utc>,
        knows_time: bool,
        knows_deadline: bool,
    ) -> PastCall {
        let sight = self.witness.sight(called.call);
        let mut past = match &called.ended {
            Some(ended) => ended.past.clone(),
            None => PastCall::default(),
        };
        if past.signed_at().is_none() {
            past = past.with_signed_at(sight.signed_at.map(|signed| signed.to_datetime().to_utc()));
        }
        if past.deadline().is_none() {
            let limit = TimeDelta::from_std(self.timeout).unwrap_or_default();
            past = past.with_deadline(began + limit);
        }
        if !knows_time {
            past = past.with_signed_at(None);
        }
        if !knows_deadline {
            past = past.with_deadline(None);
        }
        past
    }

    /// A future of this call, which may be cancelled.
    fn watched<'a, F: Future + 'a>(
        &self,
        call: usize,
        cancel: Option<Cancel>,
        future: F,
    ) -> impl Future<Output = Option<F::Output>> + use<'a, F> {
        let witness = self.witness.clone();
        let watched = Watched {
            call,
            future: Some(Box::pin(future)),
            polls_left: match cancel {
                Some(Cancel::Polls(polls)) => Some(polls),
                _ => None,
            },
            until: match cancel {
                Some(Cancel::After(time)) => Some(Box::pin(sleep(time))),
                _ => None,
            },
        };
        async move {
            let ended = watched.await;
            if ended.is_none() {
                witness.note(|| format!("call {call} is dropped"));
            }
            ended
        }
    }

    async fn execute<O: Operation>(
        &self,
        call: usize,
        operation: &O,
    ) -> (Outcome<O::Reply>, Ended) {
        let began = Instant::now();
        let mut outcome = self.client.execute(operation).await;
        if (self.conduct.again)(&Said::by(&outcome)) {
            outcome = self.client.execute(operation).await;
        }
        let mut ended = self.ended(call, &outcome);
        ended.late_by = began.elapsed().saturating_sub(self.timeout + self.grace());
        (outcome, ended)
    }

    /// How long after its deadline a call may end.
    fn grace(&self) -> Duration {
        // The outcome is worth two seconds to a recorder.
        Duration::from_millis(if self.has_recorder { 2050 } else { 50 })
    }

    fn ended<R>(&self, call: usize, outcome: &Outcome<R>) -> Ended {
        let said = Said::by(outcome);
        self.witness.note(|| format!("call {call} ends: {said:?}"));
        let mut earlier = said.evidence.earlier.iter();
        let sight = self.witness.sight(call);
        Ended {
            claim: (self.conduct.read)(&said),
            bytes_seen: sight.bytes_written,
            left_at_first_read: sight.first_read.map(|(_, left)| left),
            resent: earlier.any(|attempt| {
                let progress = attempt.progress.as_ref();
                progress.is_some_and(|progress| !progress.reused)
            }),
            late_by: Duration::ZERO,
            past: PastCall::of(said.evidence, said.err_code),
        }
    }

    async fn resolved<O: Resolve>(
        &self,
        call: usize,
        operation: &O,
        policy: &ResolvePolicy,
    ) -> (Ended, Told) {
        let began = self.witness.elapsed();
        let (outcome, ended) = self.execute(call, operation).await;
        let resolution = self.client.resolve(operation, outcome, policy).await;
        let deadline = began + self.timeout;
        let mut told = self.told(&resolution.conclusion, &resolution.queries, began, deadline);
        if let Some(repeated) = &resolution.repeated {
            told.bytes_claimed += bytes_written(repeated.evidence());
            told.repeated = true;
        }
        (ended, told)
    }

    async fn inquired<O: Resolve>(
        &self,
        operation: &O,
        past: &PastCall,
        policy: &ResolvePolicy,
        deadline: Duration,
    ) -> Told {
        let began = self.witness.elapsed();
        let inquiry = self.client.inquire(operation, past, policy).await;
        let mut told = self.told(&inquiry.conclusion, &inquiry.queries, began, deadline);
        told.knows_day = past.signed_at().is_some();
        told
    }

    fn told(
        &self,
        conclusion: &Conclusion,
        queries: &[Asked],
        began: Duration,
        deadline: Duration,
    ) -> Told {
        let at = self.witness.elapsed();
        let last = queries.last().map(|asked| asked.evidence.elapsed);
        let asked_at = last.map_or(began, |elapsed| at.saturating_sub(elapsed));
        let found = (self.conduct.find)(conclusion, queries);
        self.witness.note(|| {
            format!(
                "found {found:?} after {} questions: {conclusion:?}",
                queries.len()
            )
        });
        Told {
            found,
            at,
            // What was found out is recorded before it is said.
            asked_at: asked_at.saturating_sub(self.most_delay),
            questions: queries.len() as u64,
            deadline,
            knows_day: true,
            bytes_claimed: bytes_of(queries),
            repeated: false,
        }
    }

    /// Takes a payment while the customer waits.
    async fn at_till(
        &self,
        call: usize,
        step: &Step,
        pay: &Pay,
        policy: &TillPolicy,
    ) -> Result<Called, String> {
        let began = self.witness.elapsed();
        let paying = self.client.pay_at_till(pay, policy);
        let report = self.watched(call, step.cancel, paying).await;
        let mut called = Called::new(call, step, None);
        called.may_move_again = true;
        if let Some(report) = report {
            let mut ended = self.ended(call, &report.outcome);
            let mut beside = bytes_of(&report.queries);
            let mut last = report.queries.last().map(|asked| asked.evidence.elapsed);
            if let Some(taken) = &report.take_back {
                beside += bytes_written(&taken.evidence);
                if taken.outcome == OutcomeKind::Approved {
                    last = Some(taken.evidence.elapsed);
                }
            }
            // Which bytes were the payment's only the client could tell, and when its reply began
            // nobody could.
            ended.left_at_first_read = None;
            ended.bytes_seen = ended.bytes_seen.saturating_sub(beside);
            let at = self.witness.elapsed();
            let found = (self.conduct.at_till)(&report);
            self.witness
                .note(|| format!("at the till {found:?}: {:?}", report.conclusion));
            called.told = Some(Told {
                found,
                at,
                asked_at: last.map_or(began, |elapsed| {
                    at.saturating_sub(elapsed + self.most_delay)
                }),
                questions: report.queries.len() as u64,
                deadline: began + self.timeout,
                knows_day: true,
                bytes_claimed: beside,
                repeated: false,
            });
            called.ended = Some(ended);
        }
        Ok(called)
    }
}

fn bytes_of(queries: &[Asked]) -> u64 {
    queries
        .iter()
        .map(|asked| bytes_written(&asked.evidence))
        .sum()
}

impl Called {
    fn new(call: usize, step: &Step, ended: Option<Ended>) -> Self {
        Self {
            call,
            act: step.act,
            ended,
            told: None,
            may_move_again: false,
        }
    }
}

/// A call that can be cancelled, and during whose polls the witness knows whose turn it is.
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

pub(crate) fn refund_request_id(request: u8) -> String {
    format!("R{request}")
}

pub(crate) fn merchant() -> Result<MerchantCode, String> {
    MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).map_err(in_words)
}

pub(crate) fn terminal() -> Result<TerminalCode, String> {
    TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).map_err(in_words)
}

pub(crate) fn merchant_order_id(target: Target) -> Result<MerchantOrderId, String> {
    MerchantOrderId::new(target.merchant_order_id()).map_err(in_words)
}

pub(crate) fn order(target: Target, names: Names) -> Result<OrderRef, String> {
    match (names, target.ums_order_id()) {
        (Names::Ums, Some(id)) => Ok(UmsOrderId::new(id).map_err(in_words)?.into()),
        _ => Ok(merchant_order_id(target)?.into()),
    }
}

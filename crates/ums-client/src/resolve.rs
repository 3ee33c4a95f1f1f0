//! Finding out an unknown outcome: asking by query, never repeating.

mod belief;
mod clocks;
mod conclusion;
mod past_call;
mod policy;
mod questions;
mod record;
mod watch;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_auth::Nonce;
use ums_journal::{Evidence, OutcomeKind};
use ums_model::{Discrepancy, Finding, Operation, RequestTrace, Resolve, VoidPayment};

use self::belief::Belief;
use self::clocks::{Clocks, Moment};
pub use self::conclusion::{Basis, Conclusion, StillOpen};
pub use self::past_call::PastCall;
pub use self::policy::{InvalidResolvePolicy, ResolvePolicy, ResolvePolicyBuilder};
pub(crate) use self::questions::Heard;
pub use self::questions::{Answered, Questions};
pub(crate) use self::watch::Watch;
use crate::client::Client;
use crate::client::options::CallOptions;
use crate::machine::deadline::after;
use crate::outcome::{Outcome, UnknownReason};

/// What became of an operation, and how that is known.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the operation may have moved money, or may not have"]
pub struct Resolution<R> {
    /// What the queries found, or what the operation's own reply said if it needed no query.
    pub conclusion: Conclusion,
    /// How the operation itself ended.
    pub outcome: Outcome<R>,
    /// Each query, in order.
    pub queries: Vec<Asked>,
    /// How the operation ended when it was sent once more ([`ResolvePolicyBuilder::repeat_once`]).
    pub repeated: Option<Outcome<R>>,
    /// Why what was found out could not be recorded, if a [`Recorder`](crate::Recorder) is set and
    /// failed at that.
    pub not_recorded: Option<String>,
    /// How long the resolving took.
    pub elapsed: Duration,
}

/// One query about an operation: a call like any other, with its own outcome.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asked {
    /// How the query itself ended.
    pub outcome: OutcomeKind,
    /// What its answer says of the operation. Open when there was none.
    pub finding: Finding,
    /// What the query's outcome rests on.
    pub evidence: Evidence,
}

/// What queries found out about an operation of which only the request is known: see
/// [`Client::inquire`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the operation may have moved money, or may not have"]
pub struct Inquiry {
    /// What the queries found.
    pub conclusion: Conclusion,
    /// Each query, in order.
    pub queries: Vec<Asked>,
    /// Why what was found out could not be recorded, if a [`Recorder`](crate::Recorder) is set and
    /// failed at that.
    pub not_recorded: Option<String>,
    /// How long the asking took.
    pub elapsed: Duration,
}

impl<R> Resolution<R> {
    /// That this became of an operation which had ended so. For tests, as [`Outcome::from_reply`]
    /// is.
    pub fn new(outcome: Outcome<R>, conclusion: Conclusion) -> Self {
        Self {
            conclusion,
            outcome,
            queries: Vec::new(),
            repeated: None,
            not_recorded: None,
            elapsed: Duration::ZERO,
        }
    }
}

impl Inquiry {
    /// That this was found. For tests, as [`Outcome::from_reply`] is.
    pub fn new(conclusion: Conclusion) -> Self {
        Self {
            conclusion,
            queries: Vec::new(),
            not_recorded: None,
            elapsed: Duration::ZERO,
        }
    }
}

impl Client {
    /// Voids a payment, and finds out what became of it if the outcome is unknown.
    pub async fn void_payment_resolved(
        &self,
        void: &VoidPayment,
        policy: &ResolvePolicy,
    ) -> Resolution<<VoidPayment as Operation>::Reply> {
        let outcome = self.execute(void).await;
        self.resolve(void, outcome, policy).await
    }

    /// Finds out by query what became of an operation.
    ///
    /// Asks only when it has to: for an unknown outcome, and for an approval that does not match
    /// the request. The operation itself is not sent again unless
    /// [`ResolvePolicyBuilder::repeat_once`] is set.
    ///
    /// Dropping the future stops the asking and changes nothing.
    pub async fn resolve<O: Resolve>(
        &self,
        operation: &O,
        outcome: Outcome<O::Reply>,
        policy: &ResolvePolicy,
    ) -> Resolution<O::Reply> {
        let started = Instant::now();
        let mut queries = Vec::new();
        let conclusion = match self.without_asking(&outcome) {
            Some(conclusion) => conclusion,
            None => {
                let watch = self.watch(&outcome, policy);
                self.ask(operation, &watch, policy, &mut queries).await
            }
        };
        let mut resolution = Resolution {
            conclusion,
            outcome,
            queries,
            repeated: None,
            not_recorded: None,
            elapsed: Duration::ZERO,
        };
        if policy.repeat_once && resolution.may_be_repeated(operation) {
            let again = self.execute(operation).await;
            // A refusal now is no proof: the first may have been carried out since, and be the very
            // reason. Nor is what was not sent.
            resolution.conclusion = match &again {
                Outcome::Approved(approved) if approved.discrepancies.is_empty() => {
                    Conclusion::Approved { stands: true }
                }
                _ => {
                    let watch = self.watch(&again, policy);
                    let queries = &mut resolution.queries;
                    self.ask(operation, &watch, policy, queries).await
                }
            };
            resolution.repeated = Some(again);
        }
        if resolution.outcome.is_unknown() {
            let call = resolution.outcome.evidence().call;
            let Resolution {
                conclusion,
                queries,
                ..
            } = &resolution;
            resolution.not_recorded = self.close_call(call, conclusion, queries).await;
        }
        resolution.elapsed = started.elapsed();
        resolution
    }

    /// Finds out by query what became of an operation that may have been sent, when there is no
    /// [`Outcome`] of it at hand: after a crash, from what a [`Recorder`](crate::Recorder) holds.
    /// The operation itself is not sent.
    ///
    /// [`ResolvePolicyBuilder::repeat_once`] is not looked at. Dropping the future stops the asking
    /// and changes nothing.
    pub async fn inquire<O: Resolve>(
        &self,
        operation: &O,
        call: &PastCall,
        policy: &ResolvePolicy,
    ) -> Inquiry {
        let started = Instant::now();
        let mut queries = Vec::new();
        let watch = self.watch_past(call, policy.late_window);
        let conclusion = self.ask(operation, &watch, policy, &mut queries).await;
        let not_recorded = self.close_call(call.call, &conclusion, &queries).await;
        Inquiry {
            conclusion,
            queries,
            not_recorded,
            elapsed: started.elapsed(),
        }
    }

    /// What the asking about a call goes by of which no [`Outcome`] is at hand.
    pub(crate) fn watch_past(&self, call: &PastCall, late_window: Duration) -> Watch {
        let started = Instant::now();
        let now = self.clock().now();
        // A call that was signed later cannot have ended before.
        let deadline = call.deadline.map(|deadline| {
            call.signed_at
                .map_or(deadline, |signed_at| deadline.max(signed_at))
        });
        // By the gateway's clock, if a reply showed that the other was behind: nothing is believed
        // sooner for what a reply shows.
        let behind = call.clock_ahead.unwrap_or_default().min(TimeDelta::zero());
        let right = |time: DateTime<Utc>| {
            let right = time.checked_sub_signed(behind);
            right.unwrap_or(time)
        };
        let deadline = deadline.map(right);
        // When this much has passed since then.
        let passed_since = |time: DateTime<Utc>, window: Duration| {
            let passed = (now - time).to_std().unwrap_or_default();
            let ahead = (time - now).to_std().unwrap_or_default();
            after(after(started, ahead), window.saturating_sub(passed))
        };
        let absence_from = match deadline {
            Some(deadline) => passed_since(deadline, late_window),
            None => after(after(started, self.timeout()), late_window),
        };
        let err_code = call.err_code.as_deref();
        let mut watch = Watch::new(call.signed_at, err_code, absence_from)
            .with_clocks(Clocks::of_past_call(call.clock_ahead))
            .with_deadline(call.deadline, late_window)
            .by_time_of_day();
        let window = TAKE_BACK_LIMIT.saturating_add(late_window);
        let take_back = call.take_back_signed_at.map(right);
        watch.standing_from = take_back.map(|signed_at| passed_since(signed_at, window));
        watch
    }

    /// Records what the last answer said as the end of the call, if it is certain.
    pub(crate) async fn close_call(
        &self,
        call: Option<Nonce>,
        conclusion: &Conclusion,
        queries: &[Asked],
    ) -> Option<String> {
        let evidence = &queries.last()?.evidence;
        let ended = conclusion.to_ended(call?, evidence)?;
        self.record_resolution(&ended).await
    }

    fn without_asking<R>(&self, outcome: &Outcome<R>) -> Option<Conclusion> {
        match outcome {
            Outcome::Approved(approved) if approved.discrepancies.is_empty() => {
                Some(Conclusion::Approved { stands: true })
            }
            Outcome::Declined(_) => Some(Conclusion::Declined),
            Outcome::NotSent(_) => Some(Conclusion::NotSent),
            Outcome::Approved(_) | Outcome::Unknown(_) => None,
        }
    }

    pub(crate) fn watch<R>(&self, outcome: &Outcome<R>, policy: &ResolvePolicy) -> Watch {
        let evidence = outcome.evidence();
        let deadline = evidence.until.map_or_else(Instant::now, Instant::from_std);
        Watch::new(
            evidence
                .attempt
                .timestamp
                .map(|signed| signed.to_datetime().to_utc()),
            outcome.err_code(),
            after(deadline, policy.late_window),
        )
        .with_believed_code(outcome)
        .with_clocks(Clocks::of_call(evidence))
        .with_deadline(evidence.deadline, policy.late_window)
    }

    /// Asks until something is certain, or the time is up.
    pub(crate) async fn ask<O: Resolve>(
        &self,
        operation: &O,
        watch: &Watch,
        policy: &ResolvePolicy,
        queries: &mut Vec<Asked>,
    ) -> Conclusion {
        let end = after(Instant::now(), policy.within);
        let mut pause = policy.first;
        let mut belief = Belief::new(policy.day_ends);
        let Some(query) = operation.query() else {
            return Conclusion::Unknown(belief.still_open());
        };
        if let Err(unavailable) = self.can_call() {
            return Conclusion::Unknown(StillOpen::CannotAsk(unavailable));
        }
        let mut watch = watch.clone();
        loop {
            if after(Instant::now(), pause) > end {
                return Conclusion::Unknown(belief.still_open());
            }
            tokio::time::sleep(pause).await;
            pause = pause
                .saturating_add(policy.growth)
                .min(policy.longest.max(policy.first));

            let (_, conclusion) = self
                .question(operation, &query, &mut watch, &mut belief, end, queries)
                .await;
            if let Some(conclusion) = conclusion {
                return conclusion;
            }
        }
    }

    /// Asks once: when the question left, and what is certain since. An answer that needs another
    /// one to confirm it is two queries.
    pub(crate) async fn question<O: Resolve>(
        &self,
        operation: &O,
        query: &O::Query,
        watch: &mut Watch,
        belief: &mut Belief,
        end: Instant,
        queries: &mut Vec<Asked>,
    ) -> (DateTime<Utc>, Option<Conclusion>) {
        let asked_at = self.moment();
        let left = end.saturating_duration_since(asked_at.instant);
        let limit = self.timeout().min(left.max(LEAST_WAIT));
        let answer = self
            .execute_with(query, &CallOptions::new().timeout(limit))
            .await;
        watch.clocks.hear(answer.evidence());
        let traces = watch.traces(self.moment());
        let mut finding = agreed(traces.map(|trace| heard(operation, &answer, &trace)));
        tracing::debug!(?finding, "asked what became of the operation");
        // What an answer says for certain, or of another operation, no second one outweighs.
        let confirmation = match finding {
            Finding::Open => believed(&answer).and_then(|reply| operation.confirmation(reply)),
            _ => None,
        };
        queries.push(Asked {
            outcome: answer.kind(),
            finding: finding.clone(),
            evidence: answer.into_evidence(),
        });
        if let Some(query) = confirmation {
            let left = end.saturating_duration_since(Instant::now());
            let limit = self.timeout().min(left.max(LEAST_WAIT));
            let options = CallOptions::new().timeout(limit);
            let answer = self.execute_with(&query, &options).await;
            watch.clocks.hear(answer.evidence());
            let traces = watch.traces(self.moment());
            finding = agreed(
                traces.map(|trace| heard_by(&answer, |reply| operation.confirmed(reply, &trace))),
            );
            tracing::debug!(?finding, "asked whether it was this operation");
            queries.push(Asked {
                outcome: answer.kind(),
                finding: finding.clone(),
                evidence: answer.into_evidence(),
            });
        }
        let conclusion = belief.hear(watch, &finding, asked_at, self.moment());
        (asked_at.time, conclusion)
    }

    fn moment(&self) -> Moment {
        Moment {
            instant: Instant::now(),
            time: self.clock().now(),
        }
    }
}

/// How long the taking back of a payment at the till may take.
pub(crate) const TAKE_BACK_LIMIT: Duration = Duration::from_secs(8);

/// How long a query that starts at the last moment may take all the same.
const LEAST_WAIT: Duration = Duration::from_secs(1);

impl<R> Resolution<R> {
    /// Only what is known not to have been carried out may be done again, and only if its first
    /// sending may have arrived: what was declined or does not match is for a person to look at.
    fn may_be_repeated<O: Resolve>(&self, operation: &O) -> bool {
        let absent = Basis::Absent;
        matches!(self.conclusion, Conclusion::NotExecuted { basis, .. } if basis == absent)
            && self.outcome.is_unknown()
            && operation.may_be_repeated()
    }
}

/// The reply to a query, if it is one to this very query.
fn believed<R>(answer: &Outcome<R>) -> Option<&R> {
    match answer {
        Outcome::Approved(approved) if approved.discrepancies.is_empty() => Some(&approved.reply),
        _ => None,
    }
}

/// What is found whichever of two times the request was signed at: nothing, where that makes a
/// difference.
fn agreed([one, other]: [Finding; 2]) -> Finding {
    match (one, other) {
        (one, other) if one == other => one,
        (Finding::StatedFailure { .. }, Finding::StatedFailure { .. }) => Finding::StatedFailure {
            corroborates: false,
        },
        _ => Finding::Open,
    }
}

/// What an answer to a query says of the operation.
fn heard<O: Resolve>(
    operation: &O,
    answer: &Outcome<<O::Query as Operation>::Reply>,
    trace: &RequestTrace,
) -> Finding {
    heard_by(answer, |reply| operation.finding(reply, trace))
}

/// What an answer says, where `finding` reads what the platform answered.
fn heard_by<R>(answer: &Outcome<R>, finding: impl FnOnce(&R) -> Finding) -> Finding {
    let another = |discrepancies: &Vec<Discrepancy>| Finding::AboutAnother(discrepancies.clone());
    match answer {
        Outcome::Approved(approved) if approved.discrepancies.is_empty() => {
            finding(&approved.reply)
        }
        Outcome::Approved(approved) => another(&approved.discrepancies),
        Outcome::Unknown(unknown) => match (&unknown.reason, &unknown.reply) {
            (UnknownReason::Discrepancy(discrepancies), _) => another(discrepancies),
            // A query that was answered by "no such transaction".
            (UnknownReason::Code, Some(reply)) => finding(reply),
            _ => Finding::Open,
        },
        Outcome::Declined(_) | Outcome::NotSent(_) => Finding::Open,
    }
}

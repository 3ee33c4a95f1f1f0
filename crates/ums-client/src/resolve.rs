//! Finding out an unknown outcome: asking by query, never repeating.

mod belief;
mod conclusion;
mod policy;
mod record;

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_auth::Nonce;
use ums_journal::{Evidence, JournalEntry, OutcomeKind};
use ums_model::{
    Discrepancy, Finding, Judgement, Operation, RequestTrace, Resolve, VoidPayment,
    is_likely_refusal,
};

use self::belief::{Belief, Moment};
pub use self::conclusion::{Basis, Conclusion, StillOpen};
pub use self::policy::{InvalidResolvePolicy, ResolvePolicy, ResolvePolicyBuilder};
use crate::client::Client;
use crate::deadline::after;
use crate::outcome::{Outcome, UnknownReason};
use crate::till::TAKE_BACK_LIMIT;

/// What became of an operation, and how that is known.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the operation may have moved money, or may not have"]
pub struct Resolution<R> {
    /// What the queries found, or what the operation's own reply said if it
    /// needed no query.
    pub conclusion: Conclusion,
    /// How the operation itself ended.
    pub outcome: Outcome<R>,
    /// Each query, in order.
    pub queries: Vec<Asked>,
    /// How the operation ended when it was sent once more
    /// ([`ResolvePolicyBuilder::repeat_once`]).
    pub repeated: Option<Outcome<R>>,
    /// Why what was found out could not be recorded, if a
    /// [`Recorder`](crate::Recorder) is set and failed at that.
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

/// What queries found out about an operation of which only the request is
/// known: see [`Client::inquire`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "the operation may have moved money, or may not have"]
pub struct Inquiry {
    /// What the queries found.
    pub conclusion: Conclusion,
    /// Each query, in order.
    pub queries: Vec<Asked>,
    /// Why what was found out could not be recorded, if a
    /// [`Recorder`](crate::Recorder) is set and failed at that.
    pub not_recorded: Option<String>,
    /// How long the asking took.
    pub elapsed: Duration,
}

/// What is known of a call that was made earlier, perhaps by another process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PastCall {
    /// The call, as a [`Recorder`](crate::Recorder) knows it. With it, what is
    /// found out is recorded as its end.
    pub call: Option<Nonce>,
    /// The timestamp its request was signed with. Without it no answer is
    /// believed that says "not carried out": a query covers one day only.
    pub signed_at: Option<DateTime<Utc>>,
    /// When its deadline passed. Without it, that is taken to lie one timeout
    /// of this client ahead.
    pub deadline: Option<DateTime<Utc>>,
    /// `errCode` of its reply, if it had one.
    pub err_code: Option<String>,
    /// The timestamp of a call that takes a payment back, where that call's
    /// outcome is open. Until some time after it, an answer that the payment
    /// stands is not believed: the void can still undo it.
    pub take_back_signed_at: Option<DateTime<Utc>>,
}

impl PastCall {
    /// The call that this evidence is of.
    #[must_use]
    pub fn of(evidence: &Evidence, err_code: Option<&str>) -> Self {
        Self {
            call: evidence.call,
            signed_at: evidence
                .attempt
                .timestamp
                .map(|signed| signed.to_datetime().to_utc()),
            deadline: evidence.deadline,
            err_code: err_code.map(ToOwned::to_owned),
            take_back_signed_at: None,
        }
    }
}

/// The call that a journal holds. When its deadline passed is not recorded.
impl From<&JournalEntry> for PastCall {
    fn from(entry: &JournalEntry) -> Self {
        Self {
            call: Some(entry.call),
            signed_at: entry.signed_at(),
            ..Self::default()
        }
    }
}

impl Client {
    /// Voids a payment, and finds out what became of it if the outcome is
    /// unknown.
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
    /// Asks only when it has to: for an unknown outcome, and for an approval
    /// that does not match the request. The operation itself is not sent again
    /// unless [`ResolvePolicyBuilder::repeat_once`] is set.
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
            // A refusal now is no proof: the first may have been carried out
            // since, and be the very reason. Nor is what was not sent.
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

    /// Finds out by query what became of an operation that may have been sent,
    /// when there is no [`Outcome`] of it at hand: after a crash, from what a
    /// [`Recorder`](crate::Recorder) holds. The operation itself is not sent.
    ///
    /// [`ResolvePolicyBuilder::repeat_once`] is not looked at. Dropping the
    /// future stops the asking and changes nothing.
    pub async fn inquire<O: Resolve>(
        &self,
        operation: &O,
        call: &PastCall,
        policy: &ResolvePolicy,
    ) -> Inquiry {
        let started = Instant::now();
        let mut queries = Vec::new();
        let now = self.clock().now();
        // A call that was signed later cannot have ended before.
        let deadline = call.deadline.map(|deadline| {
            call.signed_at
                .map_or(deadline, |signed_at| deadline.max(signed_at))
        });
        let absence_from = match deadline {
            Some(deadline) => {
                let passed = (now - deadline).to_std().unwrap_or_default();
                let ahead = (deadline - now).to_std().unwrap_or_default();
                let left = policy.late_window.saturating_sub(passed);
                after(after(started, ahead), left)
            }
            None => after(after(started, self.timeout()), policy.late_window),
        };
        let err_code = call.err_code.as_deref();
        let mut watch = Watch::new(call.signed_at, err_code, absence_from);
        watch.standing_from = call.take_back_signed_at.map(|signed_at| {
            let passed = (now - signed_at).to_std().unwrap_or_default();
            let ahead = (signed_at - now).to_std().unwrap_or_default();
            let window = TAKE_BACK_LIMIT.saturating_add(policy.late_window);
            after(after(started, ahead), window.saturating_sub(passed))
        });
        let conclusion = self.ask(operation, &watch, policy, &mut queries).await;
        let not_recorded = self.close_call(call.call, &conclusion, &queries).await;
        Inquiry {
            conclusion,
            queries,
            not_recorded,
            elapsed: started.elapsed(),
        }
    }

    /// Records what the last answer said as the end of the call, if it is
    /// certain.
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
        .behind_gateway(evidence)
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
        let mut belief = Belief::new(watch, policy);
        let Some(query) = operation.query() else {
            return Conclusion::Unknown(belief.still_open());
        };
        let mut watch = watch.clone();
        loop {
            if after(Instant::now(), pause) > end {
                return Conclusion::Unknown(belief.still_open());
            }
            tokio::time::sleep(pause).await;
            pause = pause
                .saturating_add(policy.growth)
                .min(policy.longest.max(policy.first));

            let asked_at = self.moment();
            let left = end.saturating_duration_since(asked_at.instant);
            let limit = self.timeout().min(left.max(LEAST_WAIT));
            let answer = self.execute_within(&query, limit).await;
            watch = watch.behind_gateway(answer.evidence());
            let mut finding = heard(operation, &answer, &watch.by_gateway());
            tracing::debug!(?finding, "asked what became of the operation");
            let confirmation = believed(&answer).and_then(|reply| operation.confirmation(reply));
            queries.push(Asked {
                outcome: answer.kind(),
                finding: finding.clone(),
                evidence: answer.into_evidence(),
            });
            if let Some(query) = confirmation {
                let left = end.saturating_duration_since(Instant::now());
                let limit = self.timeout().min(left.max(LEAST_WAIT));
                let answer = self.execute_within(&query, limit).await;
                watch = watch.behind_gateway(answer.evidence());
                let trace = watch.by_gateway();
                finding = heard_by(&answer, |reply| operation.confirmed(reply, &trace));
                tracing::debug!(?finding, "asked whether it was this operation");
                queries.push(Asked {
                    outcome: answer.kind(),
                    finding: finding.clone(),
                    evidence: answer.into_evidence(),
                });
            }
            let conclusion = belief.hear(&finding, asked_at, self.moment());
            if let Some(conclusion) = conclusion {
                return conclusion;
            }
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            instant: Instant::now(),
            time: self.clock().now(),
        }
    }
}

/// How long a query that starts at the last moment may take all the same.
const LEAST_WAIT: Duration = Duration::from_secs(1);

impl<R> Resolution<R> {
    /// Only what is known not to have been carried out may be done again, and
    /// only if its first sending may have arrived: what was declined or does not
    /// match is for a person to look at.
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

/// What the asking goes by.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) trace: RequestTrace,
    /// Whether the reply, about this very request and under 200, was one that a
    /// stated failure makes a certain refusal.
    likely_refusal: bool,
    /// How far the clock that signed is behind the gateway's, as far as a
    /// reply showed it.
    behind: TimeDelta,
    /// From here on a question may be answered by "no trace of it".
    absence_from: Instant,
    /// Whether an answer that says that the payment stands is believed. It is
    /// not while a void of it may be under way.
    pub(crate) believes_standing: bool,
    /// From here on a question may be answered by "it stands", where a void of
    /// it was under way when the process that sent it ended.
    standing_from: Option<Instant>,
}

impl Watch {
    pub(crate) fn new(
        signed_at: Option<DateTime<Utc>>,
        err_code: Option<&str>,
        absence_from: Instant,
    ) -> Self {
        let signed_at = signed_at.map(in_china);
        Self {
            trace: RequestTrace::new(signed_at).called_duplicate(err_code == Some("94")),
            likely_refusal: false,
            behind: TimeDelta::zero(),
            absence_from,
            believes_standing: true,
            standing_from: None,
        }
    }
}

impl Watch {
    /// Takes the outcome's code into account, if its reply left nothing else
    /// open.
    fn with_believed_code<R>(mut self, outcome: &Outcome<R>) -> Self {
        if let Outcome::Unknown(unknown) = outcome
            && matches!(unknown.reason, UnknownReason::Code)
            && unknown
                .judgement
                .as_ref()
                .is_some_and(Judgement::is_by_code)
        {
            self.likely_refusal = outcome.err_code().is_some_and(is_likely_refusal);
        }
        self
    }

    /// Takes a clock into account that a reply showed to be behind. One that is
    /// ahead needs nothing: it makes an earlier payment look earlier still.
    fn behind_gateway(mut self, evidence: &Evidence) -> Self {
        if let Some(ahead) = evidence.clock_ahead {
            self.behind = self.behind.max(-ahead);
        }
        self
    }

    /// The request, with its time as the gateway's clock would tell it.
    fn by_gateway(&self) -> RequestTrace {
        self.trace.behind_gateway(self.behind)
    }

    /// Whether an answer to a question that left at `asked` is believed that says
    /// that the payment stands.
    fn believes_standing_at(&self, asked: Instant) -> bool {
        self.believes_standing && self.standing_from.is_none_or(|from| asked >= from)
    }
}

/// The platform's time: UTC+8 the whole year.
fn in_china(time: DateTime<Utc>) -> NaiveDateTime {
    const OFFSET: TimeDelta = TimeDelta::hours(8);
    let utc = time.naive_utc();
    utc.checked_add_signed(OFFSET).unwrap_or(utc)
}

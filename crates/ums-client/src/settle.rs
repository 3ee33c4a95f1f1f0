//! Settling an unknown outcome: asking, never repeating.

use std::time::Duration;

use tokio::time::Instant;
use ums_model::{
    Operation, Pay, Query, QueryRefund, QueryRefundReply, QueryReply, QueryState, Refund,
    RefundState, ReversePayment, VoidPayment,
};

use crate::client::Client;
use crate::evidence::Evidence;
use crate::outcome::{Outcome, OutcomeKind};

/// An operation whose unknown outcome can be settled by a query.
///
/// Implemented by the operations of `ums-model` that move money; implement it
/// for others to have [`Client::settle`] for them too.
pub trait Settle: Operation {
    /// The operation that asks.
    type Query: Operation;

    /// The query about this very operation.
    fn query(&self) -> Self::Query;

    /// What an answer says of this operation. Only an answer that leaves no
    /// doubt may be anything but [`Finding::Open`].
    fn finding(&self, answer: &<Self::Query as Operation>::Reply) -> Finding;
}

/// What the answer to a query says of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "done, not done, or not settled")]
pub enum Finding {
    /// It was carried out.
    Executed,
    /// It was not carried out up to the time of the answer.
    NotExecuted,
    /// Neither is certain.
    Open,
}

/// How patiently to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettlePolicy {
    /// Pause before the first query. Default: 3 seconds.
    pub first: Duration,
    /// How much longer each further pause is than the one before. Default: 1
    /// second.
    pub growth: Duration,
    /// The longest pause. Default: 5 seconds.
    pub longest: Duration,
    /// No query starts later than this after the settling began. Default: 60
    /// seconds.
    pub limit: Duration,
    /// How many answers in a row must say "not carried out" before that is
    /// believed. A request may still be on its way inside the platform when the
    /// first query is answered, so one answer proves little. Default: 2.
    pub confirmations: u32,
    /// Whether to send the operation once more after "not carried out". The
    /// second sending is a call of its own, listed in
    /// [`Settlement::repeated`], and is settled like the first but not repeated
    /// again. Default: `false`.
    pub repeat_once: bool,
}

impl Default for SettlePolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(3),
            growth: Duration::from_secs(1),
            longest: Duration::from_secs(5),
            limit: Duration::from_secs(60),
            confirmations: 2,
            repeat_once: false,
        }
    }
}

/// What became of an operation, and how that is known.
#[derive(Debug)]
#[non_exhaustive]
pub struct Settlement<R> {
    /// What the queries found, or what the operation's own reply said if it
    /// needed no query.
    pub finding: Finding,
    /// How the operation itself ended.
    pub outcome: Outcome<R>,
    /// Each query, in order.
    pub queries: Vec<Asked>,
    /// How the operation ended when it was sent once more
    /// ([`SettlePolicy::repeat_once`]).
    pub repeated: Option<Outcome<R>>,
    /// How long the settling took.
    pub elapsed: Duration,
}

impl<R> Settlement<R> {
    /// The same in terms of the four outcomes: approved if it was carried out,
    /// declined if it was not, not sent if it never left, unknown if it is
    /// still open.
    #[must_use]
    pub fn kind(&self) -> OutcomeKind {
        match (self.finding, self.outcome.kind()) {
            (Finding::Executed, _) => OutcomeKind::Approved,
            (Finding::NotExecuted, OutcomeKind::NotSent) => OutcomeKind::NotSent,
            (Finding::NotExecuted, _) => OutcomeKind::Declined,
            (Finding::Open, _) => OutcomeKind::Unknown,
        }
    }
}

/// One query of a settlement: a call like any other, with its own outcome.
#[derive(Debug)]
#[non_exhaustive]
pub struct Asked {
    /// How the query itself ended.
    pub outcome: OutcomeKind,
    /// What its answer says of the operation. Open when there was none.
    pub finding: Finding,
    /// What the query's outcome rests on.
    pub evidence: Evidence,
}

impl Settle for VoidPayment {
    type Query = Query;

    fn query(&self) -> Query {
        VoidPayment::query(self)
    }

    fn finding(&self, answer: &QueryReply) -> Finding {
        match answer.state() {
            QueryState::Voided => Finding::Executed,
            QueryState::Paid => Finding::NotExecuted,
            _ => Finding::Open,
        }
    }
}

/// A payment that was voided or refunded since had been carried out.
impl Settle for Pay {
    type Query = Query;

    fn query(&self) -> Query {
        Pay::query(self)
    }

    fn finding(&self, answer: &QueryReply) -> Finding {
        match answer.state() {
            QueryState::Paid | QueryState::Voided | QueryState::Refunded => Finding::Executed,
            QueryState::Reversed | QueryState::Failed => Finding::NotExecuted,
            _ => Finding::Open,
        }
    }
}

/// Only a refund that was made is certain: a code that reports a failure is not
/// known to be the last word on a refund under way.
impl Settle for Refund {
    type Query = QueryRefund;

    fn query(&self) -> QueryRefund {
        self.query_refund()
    }

    fn finding(&self, answer: &QueryRefundReply) -> Finding {
        match answer.state() {
            RefundState::Refunded => Finding::Executed,
            _ => Finding::Open,
        }
    }
}

impl Settle for ReversePayment {
    type Query = Query;

    fn query(&self) -> Query {
        ReversePayment::query(self)
    }

    fn finding(&self, answer: &QueryReply) -> Finding {
        match answer.state() {
            QueryState::Reversed => Finding::Executed,
            QueryState::Paid => Finding::NotExecuted,
            _ => Finding::Open,
        }
    }
}

impl Client {
    /// Voids a payment, and settles the outcome if it is unknown.
    pub async fn void_payment_settled(
        &self,
        void: &VoidPayment,
        policy: SettlePolicy,
    ) -> Settlement<<VoidPayment as Operation>::Reply> {
        let outcome = self.execute(void).await;
        self.settle(void, outcome, policy).await
    }

    /// Finds out by query what became of an operation.
    ///
    /// Asks only when it has to: for an unknown outcome, and for an approval
    /// that does not match the request. The operation itself is not sent again
    /// unless [`SettlePolicy::repeat_once`] is set.
    ///
    /// Dropping the future stops the asking and changes nothing.
    pub async fn settle<O: Settle>(
        &self,
        operation: &O,
        outcome: Outcome<O::Reply>,
        policy: SettlePolicy,
    ) -> Settlement<O::Reply> {
        let started = Instant::now();
        let mut queries = Vec::new();
        let finding = match &outcome {
            Outcome::Approved(approved) if approved.discrepancies.is_empty() => Finding::Executed,
            Outcome::Declined(_) | Outcome::NotSent(_) => Finding::NotExecuted,
            Outcome::Approved(_) | Outcome::Unknown(_) => {
                self.ask(operation, policy, &mut queries).await
            }
        };
        let mut settlement = Settlement {
            finding,
            outcome,
            queries,
            repeated: None,
            elapsed: Duration::ZERO,
        };
        let may_repeat = policy.repeat_once && settlement.outcome.is_unknown();
        if may_repeat && finding == Finding::NotExecuted {
            let again = self.execute(operation).await;
            // A refusal now is no proof: the first may have been carried out
            // since, and be the very reason.
            settlement.finding = match &again {
                Outcome::Approved(approved) if approved.discrepancies.is_empty() => {
                    Finding::Executed
                }
                _ => self.ask(operation, policy, &mut settlement.queries).await,
            };
            settlement.repeated = Some(again);
        }
        settlement.elapsed = started.elapsed();
        settlement
    }

    async fn ask<O: Settle>(
        &self,
        operation: &O,
        policy: SettlePolicy,
        queries: &mut Vec<Asked>,
    ) -> Finding {
        let query = operation.query();
        let started = Instant::now();
        let mut pause = policy.first;
        let mut in_a_row = 0;
        loop {
            if started.elapsed() + pause > policy.limit {
                return Finding::Open;
            }
            tokio::time::sleep(pause).await;
            pause = (pause + policy.growth).min(policy.longest.max(policy.first));

            let answer = self.execute(&query).await;
            let finding = match &answer {
                Outcome::Approved(approved) if approved.discrepancies.is_empty() => {
                    operation.finding(&approved.reply)
                }
                _ => Finding::Open,
            };
            tracing::debug!(?finding, "asked what became of the operation");
            queries.push(Asked {
                outcome: answer.kind(),
                finding,
                evidence: answer.into_evidence(),
            });
            match finding {
                Finding::Executed => return finding,
                Finding::NotExecuted => {
                    in_a_row += 1;
                    if in_a_row >= policy.confirmations {
                        return finding;
                    }
                }
                Finding::Open => in_a_row = 0,
            }
        }
    }
}

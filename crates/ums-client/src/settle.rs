//! Settling an unknown outcome: asking, never repeating.

use std::time::Duration;

use tokio::time::Instant;
use ums_model::{
    Operation, Pay, Query, QueryRefund, QueryRefundReply, QueryReply, QueryState, Refund,
    RefundState, ReversePayment, VoidPayment,
};

use crate::client::Client;
use crate::evidence::Evidence;
use crate::language::Language;
use crate::next_step::NextStep;
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

/// What queries found out about an operation of which only the request is
/// known: see [`Client::inquire`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Inquiry {
    /// What the queries found.
    pub finding: Finding,
    /// Each query, in order.
    pub queries: Vec<Asked>,
    /// How long the asking took.
    pub elapsed: Duration,
}

impl Finding {
    /// A stable name in `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Executed => "executed",
            Self::NotExecuted => "not_executed",
            Self::Open => "open",
        }
    }

    /// The same in terms of the four outcomes, for an operation that was sent.
    #[must_use]
    pub fn kind(self) -> OutcomeKind {
        match self {
            Self::Executed => OutcomeKind::Approved,
            Self::NotExecuted => OutcomeKind::Declined,
            Self::Open => OutcomeKind::Unknown,
        }
    }

    /// What to do after queries that found this.
    #[must_use]
    pub fn next_step(self) -> NextStep {
        match self {
            Self::Executed => NextStep::Done,
            Self::NotExecuted => NextStep::Decide,
            Self::Open => NextStep::Query,
        }
    }

    /// What so many queries found and what to do now, in one or two sentences.
    #[must_use]
    pub fn explain(self, queries: usize, language: Language) -> String {
        let what = match (language, self) {
            (Language::English, Self::Executed) => "Settled: it was carried out",
            (Language::English, Self::NotExecuted) => "Settled: it was not carried out",
            (Language::English, Self::Open) => "Still unknown",
            (Language::Chinese, Self::Executed) => "已核实：操作已执行",
            (Language::Chinese, Self::NotExecuted) => "已核实：操作未执行",
            (Language::Chinese, Self::Open) => "结果仍未知",
        };
        let next = self.next_step().sentence(language);
        match (language, queries) {
            (Language::English, 1) => format!("{what}, after 1 query. {next}"),
            (Language::English, _) => format!("{what}, after {queries} queries. {next}"),
            (Language::Chinese, _) => format!("{what}（查询 {queries} 次）。{next}"),
        }
    }
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

/// A payment that was voided or refunded since had been carried out. An answer
/// about another amount is about another payment, and settles nothing.
impl Settle for Pay {
    type Query = Query;

    fn query(&self) -> Query {
        Pay::query(self)
    }

    fn finding(&self, answer: &QueryReply) -> Finding {
        let amount = answer.original_transaction_amount.typed();
        if amount.is_some_and(|amount| amount != self.transaction_amount().value()) {
            return Finding::Open;
        }
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

    /// Finds out by query what became of an operation that may have been sent,
    /// when there is no [`Outcome`] of it at hand: after a crash, from what a
    /// [`Recorder`](crate::Recorder) holds. The operation itself is not sent.
    ///
    /// [`SettlePolicy::repeat_once`] is not looked at. Dropping the future stops
    /// the asking and changes nothing.
    pub async fn inquire<O: Settle>(&self, operation: &O, policy: SettlePolicy) -> Inquiry {
        let started = Instant::now();
        let mut queries = Vec::new();
        let finding = self.ask(operation, policy, &mut queries).await;
        Inquiry {
            finding,
            queries,
            elapsed: started.elapsed(),
        }
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use ums_model::{
        Fen, MerchantCode, MerchantOrderId, MerchantRemark, PayCode, PayMode, RefundRequestId,
        TerminalCode, UmsOrderId,
    };

    use super::*;

    fn merchant() -> (MerchantCode, TerminalCode) {
        (
            MerchantCode::new("103290070111417").unwrap(),
            TerminalCode::new("12340511").unwrap(),
        )
    }

    fn void() -> VoidPayment {
        let (merchant, terminal) = merchant();
        VoidPayment::by_ums_order_id(merchant, terminal, UmsOrderId::new("U1").unwrap())
    }

    fn pay() -> Pay {
        let (merchant, terminal) = merchant();
        let order = MerchantOrderId::new("M1").unwrap();
        let remark = MerchantRemark::new("r").unwrap();
        let code = PayCode::new("285668667587422761").unwrap();
        let amount = Fen::new(1);
        Pay::new(
            merchant,
            terminal,
            order,
            amount,
            remark,
            PayMode::CodeScan,
            code,
        )
    }

    fn refund() -> Refund {
        let (merchant, terminal) = merchant();
        let request = RefundRequestId::new("R1").unwrap();
        let order = UmsOrderId::new("U1").unwrap();
        Refund::new(merchant, terminal, order, request, Fen::new(1))
    }

    fn reversal() -> ReversePayment {
        let (merchant, terminal) = merchant();
        let order = MerchantOrderId::new("M1").unwrap();
        ReversePayment::new(merchant, terminal, order, Fen::new(1))
    }

    /// Everything that a query can say, and one that says nothing.
    #[test]
    fn what_an_answer_says_of_a_void_a_payment_and_a_reversal() {
        use Finding::{Executed, NotExecuted, Open};
        let table = [
            ("0", QueryState::Paid, NotExecuted, Executed, NotExecuted),
            ("1", QueryState::TimedOut, Open, Open, Open),
            ("2", QueryState::Voided, Executed, Executed, Open),
            ("3", QueryState::Refunded, Open, Executed, Open),
            ("4", QueryState::Reversed, Open, NotExecuted, Executed),
            ("5x", QueryState::Failed, Open, NotExecuted, Open),
            ("FF", QueryState::Unknown, Open, Open, Open),
        ];
        assert_eq!(table.map(|(_, state, ..)| state), QueryState::ALL);
        for (code, state, of_void, of_pay, of_reversal) in table {
            for (err_code, answered) in [("00", true), ("22", false), ("FF", false)] {
                let body = format!(r#"{{"errCode":"{err_code}","queryResCode":"{code}"}}"#);
                let answer = QueryReply::decode(Bytes::from(body)).unwrap();
                let expected = |finding| if answered { finding } else { Open };
                assert_eq!(void().finding(&answer), expected(of_void), "{state}");
                assert_eq!(pay().finding(&answer), expected(of_pay), "{state}");
                let of_reversal = expected(of_reversal);
                assert_eq!(reversal().finding(&answer), of_reversal, "{state}");
            }
        }
    }

    #[test]
    fn another_amount_is_another_payment() {
        for (amount, finding) in [
            ("1", Finding::Executed),
            ("\"1\"", Finding::Executed),
            ("2", Finding::Open),
            ("\"one\"", Finding::Executed),
        ] {
            let body = format!(
                r#"{{"errCode":"00","queryResCode":"0","originalTransactionAmount":{amount}}}"#
            );
            let answer = QueryReply::decode(Bytes::from(body)).unwrap();
            assert_eq!(pay().finding(&answer), finding, "{amount}");
        }
    }

    #[test]
    fn only_a_refund_that_was_made_settles_a_refund() {
        for (body, finding) in [
            (r#"{"errCode":"00","queryResCode":"00"}"#, Finding::Executed),
            (r#"{"errCode":"00","queryResCode":"25"}"#, Finding::Open),
            (r#"{"errCode":"00"}"#, Finding::Open),
            (r#"{"errCode":"22","queryResCode":"00"}"#, Finding::Open),
        ] {
            let answer = QueryRefundReply::decode(Bytes::from(body)).unwrap();
            assert_eq!(refund().finding(&answer), finding, "{body}");
        }
        let asked = Settle::query(&refund());
        assert_eq!(asked.refund_request_id().as_str(), "R1");
    }

    #[test]
    fn findings_by_name_and_in_words() {
        use Language::{Chinese, English};
        let findings = [Finding::Executed, Finding::NotExecuted, Finding::Open];
        let names = findings.map(Finding::as_str);
        assert_eq!(names, ["executed", "not_executed", "open"]);
        let texts: Vec<_> = findings
            .into_iter()
            .flat_map(|finding| {
                assert_eq!(
                    finding.next_step() == NextStep::Done,
                    finding == Finding::Executed
                );
                [
                    finding.explain(1, English),
                    finding.explain(12, English),
                    finding.explain(2, Chinese),
                ]
            })
            .collect();
        insta::assert_snapshot!(texts.join("\n"), @"
        Settled: it was carried out, after 1 query. Nothing more to do.
        Settled: it was carried out, after 12 queries. Nothing more to do.
        已核实：操作已执行（查询 2 次）。无需再做处理。
        Settled: it was not carried out, after 1 query. If it is still wanted, do it again as a new call.
        Settled: it was not carried out, after 12 queries. If it is still wanted, do it again as a new call.
        已核实：操作未执行（查询 2 次）。如仍需要，请作为新的一次调用重新发起。
        Still unknown, after 1 query. Do not send it again. Query the order until its state is certain.
        Still unknown, after 12 queries. Do not send it again. Query the order until its state is certain.
        结果仍未知（查询 2 次）。请勿重新发起。请查询该订单，直到状态明确。
        ");
    }
}

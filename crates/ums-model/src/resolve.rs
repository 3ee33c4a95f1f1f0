//! What the answer to a query says of an operation whose outcome is not known.

use chrono::{NaiveDateTime, TimeDelta};

use crate::amount::Fen;
use crate::field::Field;
use crate::identifier::{MerchantOrderId, UmsOrderId};
use crate::operation::{Discrepancy, Operation};
use crate::pay::Pay;
use crate::query::{Query, QueryReply};
use crate::query_refund::{QueryRefund, QueryRefundReply};
use crate::query_state::QueryState;
use crate::refund::Refund;
use crate::refund_state::RefundState;
use crate::reverse_payment::ReversePayment;
use crate::text::Text;
use crate::void_payment::VoidPayment;

/// An operation whose unknown outcome a query can find out.
///
/// Implemented by the operations of this crate that move money; implement it for others to have
/// `ums_client::Client::resolve` for them too.
pub trait Resolve: Operation {
    /// The operation that asks.
    type Query: Operation;

    /// The query about this very operation.
    fn query(&self) -> Self::Query;

    /// What an answer says of this operation, of which `request` was sent.
    ///
    /// The answer is to be compared with the operation in every identity that both have. Only an answer that leaves no
    /// doubt may be anything but [`Finding::Open`].
    fn finding(
        &self,
        answer: &<Self::Query as Operation>::Reply,
        request: &RequestTrace,
    ) -> Finding;

    /// Whether the operation may be sent once more after it was found not to have been carried out. Only what does the
    /// same thing however often it is done: a second payment would be a second payment.
    fn may_be_repeated(&self) -> bool {
        false
    }
}

/// What is known of the request whose outcome is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestTrace {
    /// The timestamp it was signed with, in UTC+8.
    pub signed_at: Option<NaiveDateTime>,
    /// Whether it was answered as a duplicate (`94`).
    pub called_duplicate: bool,
}

impl RequestTrace {
    /// A request that was signed at this time (UTC+8).
    pub fn new(signed_at: Option<NaiveDateTime>) -> Self {
        Self {
            signed_at,
            called_duplicate: false,
        }
    }

    /// The same request, signed by a clock that is this far behind the gateway's: its time is told by the gateway's.
    #[must_use]
    pub fn behind_gateway(mut self, by: TimeDelta) -> Self {
        self.signed_at = self
            .signed_at
            .map(|signed_at| signed_at.checked_add_signed(by).unwrap_or(signed_at));
        self
    }

    /// The same request, answered as a duplicate.
    #[must_use]
    pub fn called_duplicate(mut self, called: bool) -> Self {
        self.called_duplicate = called;
        self
    }
}

/// What the answer to a query says of an operation, at the time of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It was carried out. A payment that was voided or refunded since no longer stands.
    Executed {
        /// Whether what it did is still in force.
        stands: bool,
    },
    /// The platform states that it failed. Inferred: a second answer some seconds later makes that certain.
    StatedFailure {
        /// Whether the answer repeats order and amount and its time is that of this request, so that together with a
        /// refusal in the reply it leaves no doubt.
        corroborates: bool,
    },
    /// There is no trace of it. A request may still be on its way inside the platform, so this proves nothing until
    /// long after the call.
    Absent,
    /// A void of a payment that failed or was reversed: there is nothing to void.
    NothingToVoid,
    /// A payment with this order id was made before this call, or a refund with this refund id perhaps was: the id is in
    /// use, and of this call nothing is known.
    OrderIdInUse,
    /// The answer is about another order, amount or refund. It says nothing of this one.
    AboutAnother(Vec<Discrepancy>),
    /// The platform answered that it does not know yet how this payment ends.
    Pending,
    /// Nothing is certain.
    Open,
}

/// How far the gateway's clock may be behind the one that signed, for a payment still to be this call's.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::seconds(60);

impl Resolve for VoidPayment {
    type Query = Query;

    fn query(&self) -> Query {
        VoidPayment::query(self)
    }

    /// A payment that was refunded stays open: some channels may void by refunding (inferred), so a person must look.
    fn finding(&self, answer: &QueryReply, _request: &RequestTrace) -> Finding {
        let ums = self.original_order_id().map(UmsOrderId::as_str);
        let merchant = self.merchant_order_id().map(MerchantOrderId::as_str);
        let discrepancies = differences(answer, ums, merchant, None);
        if !discrepancies.is_empty() {
            return Finding::AboutAnother(discrepancies);
        }
        match answer.state() {
            QueryState::Voided => Finding::Executed { stands: true },
            QueryState::Paid => Finding::Absent,
            QueryState::Reversed | QueryState::Failed => Finding::NothingToVoid,
            _ if has_no_record(answer) => Finding::Absent,
            _ => Finding::Open,
        }
    }

    fn may_be_repeated(&self) -> bool {
        true
    }
}

/// A payment with this merchant order id can be another customer's: it is this call's only if it was not made before
/// the request was signed. When the request was called a duplicate, that must be shown.
impl Resolve for Pay {
    type Query = Query;

    fn query(&self) -> Query {
        Pay::query(self)
    }

    fn finding(&self, answer: &QueryReply, request: &RequestTrace) -> Finding {
        let merchant = Some(self.merchant_order_id().as_str());
        let amount = Some(self.transaction_amount().value());
        let mut discrepancies = differences(answer, None, merchant, amount);
        // A time that cannot be read may be that of an earlier payment.
        if let Field::AsReceived(time) = &answer.original_transaction_time {
            let wanted = "a time as yyyyMMddHHmmss";
            let name = "originalTransactionTime";
            discrepancies.push(Discrepancy::new(name, wanted, time.to_string()));
        }
        if !discrepancies.is_empty() {
            return Finding::AboutAnother(discrepancies);
        }
        let finding = match (answer.state(), self.is_all_refunded(answer)) {
            // Paid, and all of it refunded: the answer contradicts itself.
            (QueryState::Paid, Some(true)) => Finding::Open,
            (QueryState::Paid, _) => Finding::Executed { stands: true },
            (QueryState::Voided, _) => Finding::Executed { stands: false },
            // Live answers to a partial refund had 0 for the refunded amount, so without one it is not known whether
            // any money is left.
            (QueryState::Refunded, None) => Finding::Open,
            (QueryState::Refunded, Some(all)) => Finding::Executed { stands: !all },
            (QueryState::Reversed | QueryState::Failed, _) => Finding::StatedFailure {
                corroborates: false,
            },
            (QueryState::TimedOut, _) => Finding::Pending,
            _ if has_no_record(answer) => Finding::Absent,
            _ if is_not_known(answer) => Finding::Pending,
            _ => Finding::Open,
        };
        match (was_made_after(answer, request), finding) {
            (Some(false), _) => Finding::OrderIdInUse,
            (None, Finding::Executed { .. }) if request.called_duplicate => Finding::OrderIdInUse,
            (Some(true), Finding::StatedFailure { .. }) => Finding::StatedFailure {
                corroborates: !answer.merchant_order_id.is_absent()
                    && !answer.original_transaction_amount.is_absent(),
            },
            (_, finding) => finding,
        }
    }
}

impl Pay {
    /// Whether all of the payment was refunded; `None` when the answer does not say that anything was.
    fn is_all_refunded(&self, answer: &QueryReply) -> Option<bool> {
        let whole = answer.original_transaction_amount.typed();
        let whole = whole.unwrap_or(self.transaction_amount().value());
        Some(answer.refunded()? >= whole)
    }
}

/// Only a refund that was made is certain: a code that reports a failure is not known to be the last word on a refund
/// under way.
impl Resolve for Refund {
    type Query = QueryRefund;

    fn query(&self) -> QueryRefund {
        self.query_refund()
    }

    fn finding(&self, answer: &QueryRefundReply, request: &RequestTrace) -> Finding {
        let amount = Some(self.transaction_amount().value());
        let mut discrepancies = self.query_refund().discrepancies(answer);
        discrepancies.extend(Discrepancy::of_echo(
            "originalAmount",
            amount,
            &answer.original_amount,
        ));
        discrepancies.extend(Discrepancy::of_unlisted(
            "transactionAmount",
            amount,
            answer.unlisted(),
        ));
        if !discrepancies.is_empty() {
            return Finding::AboutAnother(discrepancies);
        }
        match answer.state() {
            // Another refund may have been made under this id: its amount must be seen, and its time be this call's.
            RefundState::Refunded
                if refund_was_made_before(answer, request)
                    || (request.called_duplicate && answer.original_amount.is_absent()) =>
            {
                Finding::OrderIdInUse
            }
            RefundState::Refunded => Finding::Executed { stands: true },
            _ => Finding::Open,
        }
    }
}

impl Resolve for ReversePayment {
    type Query = Query;

    fn query(&self) -> Query {
        ReversePayment::query(self)
    }

    fn finding(&self, answer: &QueryReply, _request: &RequestTrace) -> Finding {
        let merchant = Some(self.merchant_order_id().as_str());
        let amount = Some(self.transaction_amount().value());
        let discrepancies = differences(answer, None, merchant, amount);
        if !discrepancies.is_empty() {
            return Finding::AboutAnother(discrepancies);
        }
        match answer.state() {
            QueryState::Reversed => Finding::Executed { stands: true },
            QueryState::Paid => Finding::Absent,
            _ if has_no_record(answer) => Finding::Absent,
            _ => Finding::Open,
        }
    }
}

/// Where an answer about a payment differs from an operation on it, in what both have.
fn differences(
    answer: &QueryReply,
    ums_order_id: Option<&str>,
    merchant_order_id: Option<&str>,
    amount: Option<&Fen>,
) -> Vec<Discrepancy> {
    let unlisted = answer.unlisted();
    [
        Discrepancy::of_echo("orderId", ums_order_id, &answer.order_id),
        Discrepancy::of_unlisted("originalOrderId", ums_order_id, unlisted),
        Discrepancy::of_echo(
            "merchantOrderId",
            merchant_order_id,
            &answer.merchant_order_id,
        ),
        Discrepancy::of_echo(
            "originalTransactionAmount",
            amount,
            &answer.original_transaction_amount,
        ),
        Discrepancy::of_unlisted("transactionAmount", amount, unlisted),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether the query was answered with "no such transaction": the platform has no record of it now.
fn has_no_record(answer: &QueryReply) -> bool {
    let code = answer.err_code.typed().map(Text::as_str);
    matches!(code, Some("22" | "25")) && answer.query_res_code.is_absent()
}

/// Whether the query was answered with `FF` (交易状态未知): there is such a payment, and its state is not known.
fn is_not_known(answer: &QueryReply) -> bool {
    let code = answer.err_code.typed().map(Text::as_str);
    let state = answer.query_res_code.typed().map(Text::as_str);
    code == Some("00") && state == Some("FF")
}

/// Whether the refund that is answered about was made before the request was signed, as far as its day and time say.
fn refund_was_made_before(answer: &QueryRefundReply, request: &RequestTrace) -> bool {
    let (Some(day), Some(signed_at)) = (answer.deal_date.typed(), request.signed_at) else {
        return false;
    };
    let Some(earliest) = signed_at.checked_sub_signed(CLOCK_TOLERANCE) else {
        return false;
    };
    match answer.deal_time.typed() {
        Some(time) => day.and_time(*time) < earliest,
        None => *day < earliest.date(),
    }
}

/// Whether the payment that is answered about was made after the request was signed, where both times are known.
fn was_made_after(answer: &QueryReply, request: &RequestTrace) -> Option<bool> {
    let paid_at = answer.original_transaction_time.typed()?;
    let earliest = request.signed_at?.checked_sub_signed(CLOCK_TOLERANCE)?;
    Some(*paid_at >= earliest)
}

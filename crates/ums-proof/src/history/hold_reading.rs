//! Readings of the answers about holds (担保) that must be caught.

use bytes::Bytes;
use ums_client::model::{
    AnyRequest, AuthorizationState, Confirmation, Discrepancy, Effect, EncodeError, Finding,
    GatewayCodes, JsonReply, Judgement, MalformedReply, Operation, OrderIds, QueryAuthorization,
    QueryAuthorizationReply, RequestTrace, Resolve, TradeStatus,
};

/// What is made of an answer about a hold, in place of what the operation makes of it; nothing
/// where that is to stay.
pub type HoldReading = fn(&QueryAuthorizationReply, &Finding) -> Option<Finding>;

/// `TRADE_CLOSED` is a failure.
pub fn closed_is_failed(answer: &QueryAuthorizationReply, _: &Finding) -> Option<Finding> {
    let is_closed = answer.status.typed() == Some(&TradeStatus::Closed);
    is_closed.then_some(Finding::StatedFailure {
        corroborates: false,
    })
}

/// A hold that is completed was completed by whoever asks.
pub fn completed_is_own(answer: &QueryAuthorizationReply, _: &Finding) -> Option<Finding> {
    let is_completed = answer.state() == AuthorizationState::Completed;
    is_completed.then_some(Finding::Executed { stands: true })
}

/// A hold that is being completed is completed.
pub fn completing_is_own(answer: &QueryAuthorizationReply, _: &Finding) -> Option<Finding> {
    let is_completing = answer.state() == AuthorizationState::Completing;
    is_completing.then_some(Finding::Executed { stands: true })
}

/// An answer without a failure is a success, though its payer has not confirmed yet.
pub fn pending_is_held(answer: &QueryAuthorizationReply, _: &Finding) -> Option<Finding> {
    let is_pending = answer.state() == AuthorizationState::Pending;
    is_pending.then_some(Finding::Executed { stands: true })
}

/// What is held under the trace number is this hold.
pub fn in_use_is_own(_: &QueryAuthorizationReply, finding: &Finding) -> Option<Finding> {
    (*finding == Finding::OrderIdInUse).then_some(Finding::Executed { stands: true })
}

/// A hold that was voided was never made.
pub fn voided_is_failed(answer: &QueryAuthorizationReply, _: &Finding) -> Option<Finding> {
    let is_voided = answer.state() == AuthorizationState::Voided;
    is_voided.then_some(Finding::StatedFailure {
        corroborates: false,
    })
}

/// An operation about a hold that a query finds out.
pub(crate) trait OfHold: Resolve<Query = QueryAuthorization> + Into<AnyRequest> {}

impl<O: Resolve<Query = QueryAuthorization> + Into<AnyRequest>> OfHold for O {}

/// An operation of which the answers are read otherwise.
pub(crate) struct ReadAs<O> {
    pub(crate) operation: O,
    pub(crate) reading: HoldReading,
}

impl<O: OfHold> Operation for ReadAs<O> {
    type Reply = O::Reply;

    fn name(&self) -> &str {
        self.operation.name()
    }

    fn path(&self) -> &str {
        self.operation.path()
    }

    fn effect(&self) -> Effect {
        self.operation.effect()
    }

    fn order(&self) -> OrderIds<'_> {
        self.operation.order()
    }

    fn merchant(&self) -> Option<&str> {
        self.operation.merchant()
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        self.operation.encode()
    }

    fn decode(&self, body: Bytes) -> Result<O::Reply, MalformedReply> {
        self.operation.decode(body)
    }

    fn judge(&self, reply: &O::Reply) -> Judgement {
        self.operation.judge(reply)
    }

    fn gateway_codes(&self) -> GatewayCodes {
        self.operation.gateway_codes()
    }

    fn discrepancies(&self, reply: &O::Reply) -> Vec<Discrepancy> {
        self.operation.discrepancies(reply)
    }
}

impl<O: OfHold> Resolve for ReadAs<O> {
    type Query = QueryAuthorization;

    fn query(&self) -> Option<QueryAuthorization> {
        self.operation.query()
    }

    fn finding(&self, answer: &QueryAuthorizationReply, request: &RequestTrace) -> Finding {
        let finding = self.operation.finding(answer, request);
        (self.reading)(answer, &finding).unwrap_or(finding)
    }

    /// No more is asked about what the reading takes for certain.
    fn confirmation(&self, answer: &QueryAuthorizationReply) -> Option<Confirmation> {
        match (self.reading)(answer, &Finding::Open) {
            Some(_) => None,
            None => self.operation.confirmation(answer),
        }
    }

    fn confirmed(&self, answer: &JsonReply, request: &RequestTrace) -> Finding {
        self.operation.confirmed(answer, request)
    }

    fn may_be_repeated(&self) -> bool {
        self.operation.may_be_repeated()
    }
}

//! A call that a journal has, as a record tells it.

use std::collections::BTreeMap;

use crate::call::identity::OrderIdKind;
use crate::call::ids::CallId;
use crate::china_time::to_china_time;
use crate::fact::entry::{Fact, FactKind};
use crate::fact::recorded::RecordedFact;
use crate::fact::request::StoredRequest;
use crate::record::{HistoryRecord, OutcomeRecord, set};

impl OutcomeRecord {
    /// The same, of the call that a journal has by this id, and what it keeps of its request.
    #[must_use]
    pub fn of_call(mut self, id: &CallId, request: &StoredRequest) -> Self {
        let scope = &request.key.scope;
        self.id = Some(id.to_string());
        self.key = Some(request.key.key.to_string());
        self.operation = Some(request.operation.clone());
        self.profile.clone_from(&request.profile);
        self.live = Some(request.live);
        self.gateway = Some(scope.gateway.clone());
        self.merchant = Some(scope.merchant.clone());
        set(&mut self.terminal, request.terminal.clone());
        set(&mut self.store_id, request.store_id.clone());
        set(&mut self.operator_id, request.operator_id.clone());
        let id_of = |kind| {
            let mut ids = request.order().iter();
            ids.find(|id| id.kind == kind).map(|id| id.id.clone())
        };
        set(&mut self.order.merchant, id_of(OrderIdKind::Merchant));
        set(&mut self.order.ums, id_of(OrderIdKind::Ums));
        let refund = request.identity.as_ref();
        let refund = refund.and_then(|identity| identity.refund_request_id.clone());
        set(&mut self.refund_request_id, refund);
        set(&mut self.amount_fen, request.amount_fen);
        let labels = request.labels.iter();
        self.labels = labels
            .map(|(name, value)| (name.clone(), value.to_string()))
            .collect::<BTreeMap<_, _>>();
        self
    }
}

impl HistoryRecord {
    /// Of a fact as a journal holds it.
    pub fn of(recorded: &RecordedFact) -> Self {
        let fact = recorded.fact();
        let mut record = Self {
            number: recorded.number(),
            at: to_china_time(recorded.at().at),
            attempt: fact.attempt.map(|attempt| attempt.get()),
            fact: fact.what.as_str().to_owned(),
            says: says(fact),
            by: None,
            reason: None,
            evidence: None,
            despite: Vec::new(),
        };
        match &fact.what {
            FactKind::Intended(intended) => {
                record.by = intended.by.as_ref().map(ToString::to_string);
                record.despite = intended.despite.iter().map(ToString::to_string).collect();
            }
            FactKind::IntendedAgain(again) => {
                record.despite = again.despite.iter().map(ToString::to_string).collect();
            }
            FactKind::Ended(ended) => record.reason.clone_from(&ended.reason),
            FactKind::Closed(closed) => {
                record.by = Some(closed.by.to_string());
                record.reason = Some(closed.reason.to_string());
                record.evidence = Some(closed.evidence.to_string());
            }
            FactKind::TakenBack(taken) => record.evidence = Some(taken.by.to_string()),
            _ => {}
        }
        record
    }
}

fn says(fact: &Fact) -> Option<String> {
    let word = match &fact.what {
        FactKind::Recovered(recovered) => recovered.outcome.as_str(),
        FactKind::Ended(ended) => ended.outcome.as_str(),
        FactKind::Asked(asked) => asked.state.as_deref()?,
        FactKind::Resolved(resolved) => resolved.finding.as_str(),
        FactKind::AwaitingStatement(awaiting) => return Some(awaiting.day.to_string()),
        FactKind::Closed(closed) => closed.closed_as.as_str(),
        FactKind::Stated(stated) if stated.is_executed => "executed",
        FactKind::Stated(_) => "not_executed",
        FactKind::Alarm(alarm) => alarm.alarm.as_str(),
        FactKind::CountedBy(counted) => counted.call.as_str(),
        FactKind::TakenBack(taken) => taken.as_str(),
        _ => return None,
    };
    Some(word.to_owned())
}

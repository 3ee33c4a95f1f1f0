//! The record of a call from what a journal holds of it, and what a journal is given of a record.

use serde_json::Value;
use ums_journal::{
    EndedFact, Evidence, FactKind, HistoryRecord, MaskedJson, MayRepeat, NextStep, OutcomeKind,
    OutcomeRecord, RecordedOutcome, ReplyRecord, RequestRecord, State, StoredCall, View,
    to_china_time,
};

/// The record of a call as it is known today. `None` while it runs.
pub fn record_of(call: &StoredCall) -> Option<OutcomeRecord> {
    let view = &call.view;
    let outcome = view.outcome.filter(|_| !view.is_running())?;
    let ended = last_end(call);
    let kept = ended.and_then(|ended| {
        let text = ended.evidence.as_ref()?.get();
        serde_json::from_str::<OutcomeRecord>(text).ok()
    });
    let told = kept.as_ref().map(|kept| (kept.outcome, kept.next_step));
    let next_step = match told {
        Some((told, next_step))
            if told == outcome && view.state == State::Ended && is_as_it_ended(view) =>
        {
            next_step
        }
        _ => next_step(view, outcome),
    };
    let operation = &view.request.operation;
    let today = OutcomeRecord::new(operation, outcome, next_step);
    let is_counted = kept.is_some() || outcome == RecordedOutcome::NotSent;
    let mut record = kept.unwrap_or_else(|| today.clone());
    if !is_counted {
        // Nobody has counted: its process died, or it was cut short.
        record.evidence.requests_sent = None;
    }
    record.outcome = today.outcome;
    record.next_step = today.next_step;
    record.next = today.next;
    record.may_repeat = MayRepeat::of(outcome, operation);
    record.as_of = view.as_of.map(to_china_time);
    record.stands = match outcome {
        // Nobody knows while a call that would take it back is open.
        RecordedOutcome::Approved => Some(view.stands).filter(|_| !view.may_be_undone),
        _ => None,
    };
    if let Some(ended) = ended {
        record.err_code = record.err_code.or_else(|| ended.err_code.clone());
        record.reply = ended
            .reply
            .clone()
            .map(ReplyRecord::Object)
            .or(record.reply);
    }
    let body = view.request.body.as_ref();
    let body = body.and_then(|body| body.marked.as_ref());
    record.request =
        body.map(|body| RequestRecord::new(operation, &view.request.path, body.get().as_bytes()));
    let mut record = record.of_call(&call.id, &view.request).with_particulars();
    record.refunded_fen = view.refunded_fen.max(record.refunded_fen);
    record.state = Some(view.state.as_str().to_owned());
    record.recorded = Some(true);
    record.history = call.facts.iter().map(HistoryRecord::of).collect();
    Some(record)
}

/// What a journal is given of how a call ended.
pub(crate) fn end_of(record: &OutcomeRecord) -> EndedFact {
    let outcome = match record.outcome {
        RecordedOutcome::Approved | RecordedOutcome::Answered => OutcomeKind::Approved,
        RecordedOutcome::Declined => OutcomeKind::Declined,
        RecordedOutcome::NotSent => OutcomeKind::NotSent,
        _ => OutcomeKind::Unknown,
    };
    let mut ended = EndedFact::new(outcome);
    ended.err_code.clone_from(&record.err_code);
    ended.reason.clone_from(&record.evidence.last.reason);
    if let Some(ReplyRecord::Object(reply)) = &record.reply {
        ended.reply = Some(reply.clone());
    }
    ended.evidence = evidence_of(record);
    ended.late_write = record.evidence.last.late_write == Some(true);
    ended
}

/// The record without what a journal holds elsewhere, and without what is not there.
fn evidence_of(record: &OutcomeRecord) -> Option<MaskedJson> {
    let mut value = serde_json::to_value(record).ok()?;
    let members = value.as_object_mut()?;
    if matches!(record.reply, Some(ReplyRecord::Object(_))) {
        members.remove("reply");
    }
    for elsewhere in ELSEWHERE {
        members.remove(elsewhere);
    }
    without_nulls(&mut value);
    MaskedJson::object(&value.to_string())
}

/// The members of a record that are told again from the request, the reply and the facts.
const ELSEWHERE: [&str; 26] = [
    "amount_fen",
    "card_attr",
    "gateway",
    "history",
    "id",
    "key",
    "labels",
    "live",
    "merchant",
    "operation",
    "operator_id",
    "order",
    "paid_fen",
    "profile",
    "recorded",
    "refund_request_id",
    "refunded_fen",
    "replayed",
    "request",
    "retrieval_ref_num",
    "settlement_date",
    "store_id",
    "terminal",
    "third_party_order_id",
    "transaction_date",
    "wallet",
];

/// What an answer to a question rests on.
pub(crate) fn evidence_of_asking(evidence: &Evidence) -> Option<MaskedJson> {
    let mut value = serde_json::to_value(evidence).ok()?;
    without_nulls(&mut value);
    MaskedJson::object(&value.to_string())
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// How the attempt that counts ended by itself: what a reply said of it before what cut it short.
fn last_end(call: &StoredCall) -> Option<&EndedFact> {
    let attempt = call.view.attempt();
    let ends = call.facts.iter().filter_map(|recorded| {
        let fact = recorded.fact();
        match &fact.what {
            FactKind::Ended(ended) if fact.attempt == Some(attempt) => Some(ended),
            _ => None,
        }
    });
    ends.max_by_key(|ended| ended.outcome != OutcomeKind::Unknown)
}

/// Whether nothing has become of what it did since it ended.
fn is_as_it_ended(view: &View) -> bool {
    view.stands && !view.may_be_undone
}

fn next_step(view: &View, outcome: RecordedOutcome) -> NextStep {
    match outcome {
        RecordedOutcome::Approved if !view.stands => NextStep::DoNotDeliver,
        RecordedOutcome::Approved if view.may_be_undone => NextStep::Query,
        RecordedOutcome::Approved | RecordedOutcome::Answered => NextStep::Done,
        RecordedOutcome::NotSent => NextStep::SendAgain,
        RecordedOutcome::Declined | RecordedOutcome::NotExecuted => NextStep::Decide,
        _ if view.state == State::AwaitingStatement => NextStep::AwaitStatement,
        _ => NextStep::Query,
    }
}

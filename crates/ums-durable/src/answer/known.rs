//! The record of a call whether or not it is known how it ended.

use ums_journal::{
    HistoryRecord, NextStep, OutcomeRecord, RecordedOutcome, RequestRecord, StoredCall,
};

use crate::answer::told::record_of;

/// The record of a call as it is known today. Of one that runs, or whose process has died, nothing
/// is known: its outcome is unknown, and it says whether to wait for it or to ask.
pub fn known_record(call: &StoredCall) -> OutcomeRecord {
    record_of(call).unwrap_or_else(|| running(call))
}

/// A call of which nothing says how it ended.
fn running(call: &StoredCall) -> OutcomeRecord {
    let request = &call.view.request;
    let next = match call.is_held() {
        true => NextStep::Wait,
        false => NextStep::Query,
    };
    let mut record = OutcomeRecord::new(&request.operation, RecordedOutcome::Unknown, next)
        .of_call(&call.id, request);
    let body = request.body.as_ref();
    let body = body.and_then(|body| body.marked.as_ref());
    record.request = body
        .map(|body| RequestRecord::new(&request.operation, &request.path, body.get().as_bytes()));
    record.evidence.requests_sent = None;
    record.state = Some(call.view.state.as_str().to_owned());
    record.recorded = Some(true);
    record.history = call.facts.iter().map(HistoryRecord::of).collect();
    record.with_particulars()
}

//! What is written down of a call that is asked about.

use ums_client::{Answered, Basis, Conclusion};
use ums_journal::{
    Alarm, AlarmKind, AskedFact, AttemptNumber, AwaitingStatement, CallId, Fact, FactKind,
    OutcomeKind, Resolved, Stamp, StoreCommand, StoreReceipt, StoredFinding,
};
use ums_model::{AnyReply, AnyRequest, Operation, Resolve};

use crate::answer::told::evidence_of_asking;
use crate::process::write::{WriteError, write};
use crate::resolver::case::{Case, DayStep};
use crate::shared::Shared;
use crate::submit::end::links;

/// Writes down that a person should look at a call.
pub(crate) async fn alarm(
    shared: &Shared,
    call: &CallId,
    attempt: AttemptNumber,
    kind: AlarmKind,
) -> Result<(), WriteError> {
    let what = FactKind::Alarm(Alarm::new(kind));
    learn(shared, call, attempt, what).await?;
    tracing::warn!(%call, alarm = kind.as_str(), "a person should look at a call");
    Ok(())
}

/// Writes down what the day says of a call.
pub(crate) async fn day_step(
    shared: &Shared,
    case: &mut Case,
    step: DayStep,
) -> Result<(), WriteError> {
    let (call, attempt) = (&case.ticket.call, case.ticket.attempt);
    match step {
        DayStep::Alarm(kind) => {
            alarm(shared, call, attempt, kind).await?;
            case.view.alarms.push(Alarm::new(kind));
        }
        DayStep::AwaitStatement(day) => {
            let what = FactKind::AwaitingStatement(AwaitingStatement::new(day));
            learn(shared, call, attempt, what).await?;
            case.view.state = ums_journal::State::AwaitingStatement;
        }
    }
    Ok(())
}

/// Writes down what an answer says: its state when it is another one than before, and what is
/// certain. Says whether the call is closed by it.
pub(crate) async fn answered(
    shared: &Shared,
    case: &mut Case,
    asked_at: Stamp,
    answer: &Answered,
) -> Result<bool, WriteError> {
    let (call, attempt) = (case.ticket.call.clone(), case.ticket.attempt);
    let reply = case
        .request
        .as_ref()
        .and_then(|request| reply_of(request, answer));
    let said = said_of(reply.as_ref());
    let is_definite = said.1;
    if case.said.as_ref() != Some(&said) {
        let mut asked = AskedFact::new(said.0.clone(), is_definite);
        let last = answer.queries.last();
        asked.evidence = last.and_then(|last| evidence_of_asking(&last.evidence));
        learn(shared, &call, attempt, FactKind::Asked(asked)).await?;
        case.view.definite_state_seen |= is_definite;
        case.said = Some(said);
    }
    let Some(finding) = finding_of(&answer.conclusion) else {
        return Ok(false);
    };
    let mut resolved = Resolved::new(finding, asked_at);
    let last = answer.queries.last();
    resolved.evidence = last.and_then(|last| evidence_of_asking(&last.evidence));
    let what = FactKind::Resolved(resolved);
    let fact = Fact::new(shared.ids.fact()?, call, attempt, what);
    let mut group = vec![StoreCommand::Record(Box::new(fact))];
    if let (true, Some(reply)) = (finding.is_executed(), &reply) {
        group.extend(links(shared, &case.ticket, &case.view.request, reply));
    }
    match write(&*shared.store, group).await {
        Ok(StoreReceipt::Recorded(_)) => Ok(true),
        // The store's own rule is the last word: too early, or it runs again.
        Ok(_) | Err(WriteError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes down that a call was asked about again, and what the answer says. Whether there was one.
pub(crate) async fn heard(
    shared: &Shared,
    case: &mut Case,
    answer: &Answered,
) -> Result<bool, WriteError> {
    let reply = case
        .request
        .as_ref()
        .and_then(|request| reply_of(request, answer));
    let said = said_of(reply.as_ref());
    if said.0.is_none() {
        return Ok(false);
    }
    let mut asked = AskedFact::new(said.0.clone(), said.1);
    let last = answer.queries.last();
    asked.evidence = last.and_then(|last| evidence_of_asking(&last.evidence));
    let (call, attempt) = (&case.ticket.call, case.ticket.attempt);
    learn(shared, call, attempt, FactKind::Asked(asked)).await?;
    case.said = Some(said);
    Ok(true)
}

/// The state that an answer names, and whether it is a definite one.
fn said_of(reply: Option<&AnyReply>) -> (Option<String>, bool) {
    let state = reply.and_then(AnyReply::state);
    let is_definite = state.is_some_and(|state| !matches!(state, "timed_out" | "unknown"));
    (state.map(ToOwned::to_owned), is_definite)
}

/// What was found, as a journal has it.
pub(crate) fn finding_of(conclusion: &Conclusion) -> Option<StoredFinding> {
    match conclusion {
        Conclusion::Approved { stands: true } => Some(StoredFinding::Executed),
        Conclusion::Approved { stands: false } => Some(StoredFinding::ExecutedAndUndone),
        Conclusion::NotExecuted { basis, .. } if *basis == Basis::Absent => {
            Some(StoredFinding::Absent)
        }
        Conclusion::NotExecuted { .. } | Conclusion::Declined => Some(StoredFinding::StatedFailure),
        Conclusion::NotSent | Conclusion::Unknown(_) => None,
    }
}

/// The reply to the query itself, if it was answered.
fn reply_of(request: &AnyRequest, answer: &Answered) -> Option<AnyReply> {
    let first = answer.queries.first()?;
    let query = request.query()?;
    let is_answer = first.outcome == OutcomeKind::Approved
        && !matches!(first.finding, ums_model::Finding::AboutAnother(_));
    if !is_answer {
        return None;
    }
    query.decode(first.evidence.received.clone()).ok()
}

async fn learn(
    shared: &Shared,
    call: &CallId,
    attempt: AttemptNumber,
    what: FactKind,
) -> Result<(), WriteError> {
    let fact = Fact::new(shared.ids.fact()?, call.clone(), attempt, what);
    match write(&*shared.store, vec![StoreCommand::Record(Box::new(fact))]).await {
        Ok(_) | Err(WriteError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

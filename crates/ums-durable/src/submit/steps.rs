//! The steps that a call takes with the journal: each is committed before the next.

use ums_journal::{
    Begin, EndedFact, Fact, FactKind, OutcomeKind, SendAttempt, SendPlan, StoreCommand,
    StoreReceipt, Ticket,
};

use crate::call::job::{Doubt, Job, Stage};
use crate::process::amnesia::OpenMemoryError;
use crate::process::write::{WriteError, unexpected, write};
use crate::shared::Shared;

/// Why an attempt is not sent: what the recorder of a call tells the client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotToBeSent {
    #[error("the key of the call is known already")]
    Known,
    #[error("it is not wanted any more")]
    TooLate,
    #[error("it is not certain that the last step was written down")]
    InDoubt,
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Witness(#[from] OpenMemoryError),
}

/// Writes down that the call is about to start, if nothing was yet.
pub(crate) async fn intend(shared: &Shared, job: &Job) -> Stage {
    let mut stage = job.stage.lock().await;
    if matches!(*stage, Stage::Nothing) {
        *stage = Stage::InDoubt(Doubt::default());
        *stage = begun(shared, job, None).await;
    }
    stage.clone()
}

/// Writes down that an attempt is about to be sent. Only then it may be.
pub(crate) async fn send(shared: &Shared, job: &Job, plan: SendPlan) -> Result<(), NotToBeSent> {
    let mut stage = job.stage.lock().await;
    if is_too_late(shared, job) {
        if matches!(*stage, Stage::Nothing) {
            *stage = Stage::TooLate;
        }
        return Err(NotToBeSent::TooLate);
    }
    let before = stage.clone();
    // Set before each commit: a future that is dropped in one leaves its end unknown.
    let next = match before {
        Stage::Nothing => {
            *stage = Stage::InDoubt(Doubt::of_begin(Some(&plan)));
            begun(shared, job, Some(plan)).await
        }
        Stage::Intended(ticket) => {
            let doubt = Doubt::of_first(ticket.clone(), &plan);
            *stage = Stage::InDoubt(doubt.clone());
            sent(shared, SendAttempt::new(ticket, plan), doubt).await?
        }
        Stage::Sending(ticket, before) => {
            let not_sent = not_sent(shared, &ticket, Some(&before))?;
            let doubt = Doubt::of_further(ticket.clone(), &before, &plan);
            *stage = Stage::InDoubt(doubt.clone());
            sent(shared, SendAttempt::again(ticket, not_sent, plan), doubt).await?
        }
        stopped => stopped,
    };
    *stage = next;
    match &*stage {
        Stage::Sending(_, plan) => {
            shared.sent.note(&plan.nonce);
            Ok(())
        }
        Stage::Known(..) => Err(NotToBeSent::Known),
        Stage::Stopped(error) => Err(error.clone().into()),
        Stage::TooLate => Err(NotToBeSent::TooLate),
        _ => Err(NotToBeSent::InDoubt),
    }
}

/// The command that begins a call in the journal.
pub(crate) fn begin(shared: &Shared, job: &Job, plan: Option<SendPlan>) -> StoreCommand {
    let (journal, facts) = shared.memory.expected();
    let mut begin = Begin::new(
        job.call.clone(),
        job.stored.clone(),
        job.prints.clone(),
        shared.ids.owner().clone(),
        shared.settings.lease,
    )
    .with_despite(job.options.despite.clone())
    .with_journal(journal, facts);
    begin.plan = plan;
    begin.by.clone_from(&job.options.by);
    StoreCommand::Begin(Box::new(begin))
}

/// That an attempt was not sent, which is written down as sending by this plan, if it is.
pub(crate) fn not_sent(
    shared: &Shared,
    ticket: &Ticket,
    plan: Option<&SendPlan>,
) -> Result<Fact, WriteError> {
    let mut ended = EndedFact::new(OutcomeKind::NotSent);
    ended.nonce = plan.map(|plan| plan.nonce.clone());
    let what = FactKind::Ended(ended);
    let id = shared.ids.fact()?;
    Ok(Fact::new(id, ticket.call.clone(), ticket.attempt, what))
}

async fn begun(shared: &Shared, job: &Job, plan: Option<SendPlan>) -> Stage {
    let begin = begin(shared, job, plan.clone());
    match write(&*shared.store, vec![begin]).await {
        Ok(StoreReceipt::Begun(ticket)) => match plan {
            Some(plan) => Stage::Sending(ticket, plan),
            None => Stage::Intended(ticket),
        },
        Ok(StoreReceipt::Joined(call)) => Stage::Known(call, false),
        Ok(StoreReceipt::Replayed(call)) => Stage::Known(call, true),
        Ok(_) => Stage::Stopped(unexpected()),
        Err(error) if error.is_in_doubt() => Stage::InDoubt(Doubt::of_begin(plan.as_ref())),
        Err(error) => Stage::Stopped(error),
    }
}

/// The stage after the fenced step. What was refused or failed leaves what is held unsent, and the
/// stage in doubt.
async fn sent(shared: &Shared, send: SendAttempt, doubt: Doubt) -> Result<Stage, NotToBeSent> {
    let plan = send.plan.clone();
    match write(&*shared.store, vec![StoreCommand::Send(Box::new(send))]).await {
        Ok(StoreReceipt::Sent(ticket)) => Ok(Stage::Sending(ticket, plan)),
        Err(error @ WriteError::Refused(_)) => Err(error.into()),
        _ => Ok(Stage::InDoubt(doubt)),
    }
}

fn is_too_late(shared: &Shared, job: &Job) -> bool {
    let now = shared.client.time();
    job.options.not_after.is_some_and(|limit| now > limit)
}

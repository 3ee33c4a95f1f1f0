//! Writing down how a call ended: before the caller hears, and again for as long as it fails.

use std::sync::Arc;
use std::time::Duration;

use ums_journal::{
    Alarm, AlarmKind, AttemptNumber, CallId, EndedFact, Fact, FactKind, OutcomeKind, OutcomeRecord,
    SendPlan, StoreCommand, StoreReceipt, StoreRefusal, Ticket,
};

use crate::answer::told::end_of;
use crate::call::job::{Doubt, Job};
use crate::process::write::{WriteError, write};
use crate::running::Slot;
use crate::shared::Shared;
use crate::submit::steps::begin;

/// How long a caller waits at most for the end of a call to be written down.
const CALLER_WAITS: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is to be written down of a call that has ended, made before the first try: writing it down
/// twice is writing it once.
pub(crate) struct Settlement {
    /// What the journal is known to hold of the call.
    pub(crate) held: Held,
    /// Ends of attempts, and links.
    pub(crate) group: Vec<StoreCommand>,
}

/// What the journal is known to hold of a call.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    /// The call, at least up to this.
    Call(Ticket, Option<SendPlan>),
    /// Nothing, or the call at an attempt of which nothing was sent: one with this nonce, or one
    /// that is not sending. The record is of that.
    Unsent(Box<OutcomeRecord>, Option<String>),
}

/// What came of one try.
enum Tried {
    Written,
    Never,
    Again,
}

/// Writes it down, and says under which call, if that was done before the caller hears: the key may
/// have one already. What could not be written is tried again for as long as the process lives;
/// until then nobody begins the call anew here.
pub(crate) async fn settle(
    shared: &Arc<Shared>,
    slot: &Arc<Slot>,
    settlement: Settlement,
) -> Option<CallId> {
    let (done, is_done) = tokio::sync::oneshot::channel();
    let (task, job) = (Arc::clone(shared), Arc::clone(slot));
    shared.tasks.spawn(async move {
        let nonce = match &settlement.held {
            Held::Call(_, Some(plan)) => Some(plan.nonce.clone()),
            _ => None,
        };
        let written = keep_trying(&task, &job.job, settlement).await;
        if let (Some(_), Some(nonce)) = (&written, nonce) {
            task.sent.forget(&nonce);
        }
        task.running.leave(&job);
        // Nobody waits any more where the caller was told already.
        let _ = done.send(written);
    });
    match tokio::time::timeout(CALLER_WAITS, is_done).await {
        Ok(Ok(written)) => written,
        _ => None,
    }
}

async fn keep_trying(shared: &Shared, job: &Job, mut settlement: Settlement) -> Option<CallId> {
    let mut pause = FIRST_PAUSE;
    loop {
        match try_once(shared, job, &mut settlement).await {
            Tried::Written => {
                return match settlement.held {
                    Held::Call(ticket, _) => Some(ticket.call),
                    Held::Unsent(..) => None,
                };
            }
            Tried::Never => return None,
            Tried::Again => {}
        }
        tracing::error!(call = %job.call, "how a call ended could not be written down");
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

async fn try_once(shared: &Shared, job: &Job, settlement: &mut Settlement) -> Tried {
    if let Held::Unsent(record, nonce) = &settlement.held {
        let ticket = match write(&*shared.store, vec![begin(shared, job, None)]).await {
            Ok(StoreReceipt::Begun(ticket)) => ticket,
            // What was not known to be written was.
            Ok(StoreReceipt::Joined(call))
                if call.holder.as_ref().map(|holder| &holder.owner) == Some(shared.ids.owner()) =>
            {
                let attempt = call.view.attempt();
                Ticket::new(call.id, attempt, shared.ids.owner().clone(), call.epoch)
            }
            Ok(_) => return Tried::Never,
            Err(WriteError::Refused(refused)) => {
                shared.memory.hear(&refused);
                return Tried::Never;
            }
            Err(WriteError::Store(_)) => return Tried::Again,
        };
        let mut ended = end_of(record);
        ended.nonce.clone_from(nonce);
        match fact_of(shared, &ticket, ticket.attempt, ended) {
            Ok(end) => settlement.group = vec![StoreCommand::Record(Box::new(end))],
            Err(_) => return Tried::Again,
        }
        settlement.held = Held::Call(ticket, None);
    }
    match write(&*shared.store, settlement.group.clone()).await {
        Ok(_) => Tried::Written,
        Err(WriteError::Refused(StoreRefusal::NoSuchCall { .. })) => {
            write_again(shared, job, settlement).await
        }
        Err(WriteError::Refused(refused)) => {
            tracing::error!(call = %job.call, %refused, "the journal refused how a call ended");
            Tried::Never
        }
        Err(WriteError::Store(_)) => Tried::Again,
    }
}

/// The journal no longer has the call: it is written down again, as far as it is known here.
async fn write_again(shared: &Shared, job: &Job, settlement: &mut Settlement) -> Tried {
    let Held::Call(ticket, plan) = settlement.held.clone() else {
        return Tried::Never;
    };
    let StoreCommand::Begin(mut again) = begin(shared, job, plan.clone()) else {
        return Tried::Never;
    };
    // Whatever journal it is: what has happened has happened.
    again.journal = None;
    again.call = ticket.call.clone();
    match write(&*shared.store, vec![StoreCommand::Begin(again)]).await {
        Ok(StoreReceipt::Begun(begun)) => {
            let alarm = FactKind::Alarm(Alarm::new(AlarmKind::WrittenAgain));
            let alarm = shared.ids.fact().map(|id| {
                let alarm = Fact::new(id, begun.call.clone(), begun.attempt, alarm);
                StoreCommand::Record(Box::new(alarm))
            });
            for command in &mut settlement.group {
                rename(command, &begun);
            }
            settlement.group.extend(alarm);
            settlement.held = Held::Call(begun, plan);
            Tried::Again
        }
        Err(WriteError::Store(_)) => Tried::Again,
        _ => Tried::Never,
    }
}

/// Has a fact name the attempt that the journal has now.
fn rename(command: &mut StoreCommand, ticket: &Ticket) {
    match command {
        StoreCommand::Record(fact) => {
            fact.call = Some(ticket.call.clone());
            fact.attempt = Some(ticket.attempt);
        }
        StoreCommand::Link(link) => link.call = Some((ticket.call.clone(), ticket.attempt)),
        _ => {}
    }
}

/// That an attempt ended so.
pub(crate) fn fact_of(
    shared: &Shared,
    ticket: &Ticket,
    attempt: AttemptNumber,
    ended: EndedFact,
) -> Result<Fact, WriteError> {
    let what = FactKind::Ended(ended);
    Ok(Fact::new(
        shared.ids.fact()?,
        ticket.call.clone(),
        attempt,
        what,
    ))
}

/// That what is held was not sent, nor an attempt after it that may have been written down.
///
/// The next attempt's number may be that of another process's attempt, so each is named by its
/// nonce: the journal refuses what is said of another one.
pub(crate) fn unsent(
    shared: &Shared,
    ticket: &Ticket,
    doubt: &Doubt,
    record: &OutcomeRecord,
) -> Result<Vec<StoreCommand>, WriteError> {
    let (this, next) = match &doubt.nonce {
        Some(nonce) => (Some(nonce.clone()), doubt.doubtful.clone()),
        None => (doubt.doubtful.clone(), None),
    };
    let mut ended = end_of(record);
    ended.outcome = OutcomeKind::NotSent;
    ended.nonce = this;
    let this = fact_of(shared, ticket, ticket.attempt, ended)?;
    let mut group = vec![StoreCommand::Record(Box::new(this))];
    if let Some(next) = next {
        let ended = EndedFact::new(OutcomeKind::NotSent).with_nonce(next);
        let next = fact_of(shared, ticket, ticket.attempt.next(), ended)?;
        group.push(StoreCommand::Record(Box::new(next)));
    }
    Ok(group)
}

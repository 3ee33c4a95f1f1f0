//! A call that runs in another process: the journal tells when it has ended.

use std::time::Duration;

use tokio::time::Instant;
use ums_journal::{
    CallId, ClaimCall, EndedFact, Fact, FactKind, OutcomeKind, StoreCommand, StoreReceipt,
    StoredCall,
};

use crate::process::write::{WriteError, write};
use crate::shared::Shared;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Waits until a call that runs elsewhere has ended, or until then. Where its process has died,
/// what that means for it is written down.
pub(crate) async fn wait_for(
    shared: &Shared,
    mut call: StoredCall,
    until: Instant,
) -> Result<StoredCall, WriteError> {
    let mut pause = FIRST_PAUSE;
    while call.view.is_running() {
        if call.holder.is_some()
            && !call.is_held()
            && let Some(claimed) = recover(shared, &call.id).await?
        {
            call = claimed;
            continue;
        }
        let next = Instant::now() + pause;
        if next > until {
            break;
        }
        tokio::time::sleep_until(next).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        if let Some(now) = shared.store.call(&call.id).await? {
            call = now;
        }
    }
    Ok(call)
}

/// Takes up a call whose process has died, and gives it back: what that means for it is written
/// down. `None` where it was taken up by another one, or has ended.
pub(crate) async fn recover(
    shared: &Shared,
    call: &CallId,
) -> Result<Option<StoredCall>, WriteError> {
    let claim = ClaimCall::new(
        call.clone(),
        shared.ids.owner().clone(),
        shared.settings.lease,
    );
    match write(&*shared.store, vec![StoreCommand::Claim(claim)]).await {
        Ok(StoreReceipt::Claimed(ticket, call)) => {
            if call.view.is_open() {
                // Whoever asks about it claims it then.
                let _ = write(&*shared.store, vec![StoreCommand::Release(ticket)]).await;
                shared.unknown.notify_one();
            }
            Ok(Some(*call))
        }
        Ok(_) | Err(WriteError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A call that is this process's by the journal, and that it does not run: a commit that was taken
/// for failed took place later.
///
/// `seen` was read before it was seen that the process does not run it.
pub(crate) async fn end_orphan(shared: &Shared, seen: &StoredCall) -> Result<bool, WriteError> {
    // It ran neither when it was looked for nor when it is read again, so it did not in between.
    let Some(call) = shared.store.call(&seen.id).await? else {
        return Ok(false);
    };
    let is_same = call.view.is_running()
        && call.view.attempt() == seen.view.attempt()
        && call.holder.as_ref().map(|holder| &holder.owner) == Some(shared.ids.owner());
    if !is_same {
        return Ok(false);
    }
    let sending = call.view.attempts.last();
    let sending = sending.and_then(|attempt| attempt.sending.as_ref());
    let may_have_been_sent = sending.is_some_and(|(_, plan)| shared.sent.may_have(&plan.nonce));
    let ended = match may_have_been_sent {
        true => EndedFact::new(OutcomeKind::Unknown),
        false => {
            let mut ended = EndedFact::new(OutcomeKind::NotSent);
            ended.nonce = sending.map(|(_, plan)| plan.nonce.clone());
            ended
        }
    };
    let what = FactKind::Ended(ended);
    let fact = Fact::new(shared.ids.fact()?, call.id, seen.view.attempt(), what);
    write(&*shared.store, vec![StoreCommand::Record(Box::new(fact))]).await?;
    Ok(true)
}

//! Finding the calls that somebody must ask about, and those whose process has died.

use ums_journal::{
    AlarmKind, CallId, ClaimCall, Filter, ListOrder, Store, StoreCommand, StoreReceipt, StoredCall,
};

use crate::process::write::{WriteError, write};
use crate::resolver::case::Case;
use crate::resolver::facts::alarm;
use crate::shared::Shared;
use crate::submit::elsewhere::{end_orphan, recover};

const PAGE: usize = 200;

/// Writes down what the death of their processes means for calls: what was not sending was not
/// sent, what was is unknown. Says how many.
pub(crate) async fn recover_all(shared: &Shared) -> Result<usize, WriteError> {
    let mut abandoned = Filter::open();
    abandoned.abandoned = Some(true);
    let mut recovered = 0;
    for call in every(shared, &abandoned).await? {
        if call.view.is_running() && recover(shared, &call.id).await?.is_some() {
            recovered += 1;
        }
    }
    let mut own = Filter::open();
    own.owner = Some(shared.ids.owner().clone());
    for call in every(shared, &own).await? {
        if call.view.is_running() && !shared.running.has_key(&call.view.request.key) {
            recovered += usize::from(end_orphan(shared, &call).await?);
        }
    }
    Ok(recovered)
}

/// The open calls that nobody asks about, taken into the hands of this process. `known` are in them
/// already.
pub(crate) async fn take_up(
    shared: &Shared,
    known: impl Fn(&CallId) -> bool,
) -> Result<Vec<Case>, WriteError> {
    let mut cases = Vec::new();
    for call in every(shared, &Filter::open()).await? {
        if call.view.is_running() || known(&call.id) {
            continue;
        }
        let others = call.holder.as_ref();
        let others = others.filter(|holder| holder.is_alive);
        if others.is_some_and(|holder| holder.owner != *shared.ids.owner()) {
            continue;
        }
        if shared.client_for(&call.view.request.key.scope).is_none() {
            let kinds = &call.view.alarms;
            if !kinds
                .iter()
                .any(|alarm| alarm.alarm == AlarmKind::NoProfile)
            {
                let attempt = call.view.attempt();
                alarm(shared, &call.id, attempt, AlarmKind::NoProfile).await?;
            }
            continue;
        }
        cases.extend(claim(shared, &call.id).await?);
    }
    Ok(cases)
}

/// Takes an unknown call into the hands of this process. `None` when it is in others', or no longer
/// open, or no client here can ask about it.
pub(crate) async fn claim(shared: &Shared, call: &CallId) -> Result<Option<Case>, WriteError> {
    let claim = ClaimCall::new(
        call.clone(),
        shared.ids.owner().clone(),
        shared.settings.lease,
    );
    match write(&*shared.store, vec![StoreCommand::Claim(claim)]).await {
        Ok(StoreReceipt::Claimed(ticket, call)) if call.view.is_open() => {
            let client = shared.client_for(&call.view.request.key.scope);
            Ok(client.map(|client| Case::new(client, &shared.settings, ticket, &call)))
        }
        Ok(_) | Err(WriteError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every call that fulfils a filter.
pub(crate) async fn every(shared: &Shared, filter: &Filter) -> Result<Vec<StoredCall>, WriteError> {
    every_in(&*shared.store, filter).await
}

/// The same of a store that nobody asks about.
pub(crate) async fn every_in(
    store: &dyn Store,
    filter: &Filter,
) -> Result<Vec<StoredCall>, WriteError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .search(filter, ListOrder::OldestFirst, after, PAGE)
            .await?;
        all.extend(page.calls);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

//! `GET /v1/calls`, `GET /v1/calls/{id}`, and asking what became of one.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{StatusCode, Uri};
use serde::Serialize;
use tokio::time::Instant;
use ums_durable::journal::{Cursor, Filter, ListOrder, OutcomeRecord, StoredCall};
use ums_durable::known_record;

use crate::access::grant::Grant;
use crate::access::role::Role;
use crate::answer::record::json;
use crate::answer::refusal::journal;
use crate::app::{App, no_journal};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::request::listing::{Listing, Look, no_query};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Calls {
    calls: Vec<OutcomeRecord>,
    next_cursor: Option<String>,
}

/// Lists calls, the newest first.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Problem> {
    let grant = caller.needs(Role::Read)?;
    let listing = Listing::read(uri.query())?;
    let mut calls = Vec::new();
    let mut next = None;
    for filter in filters(&app, &listing, grant) {
        let (found, after) = page(&app, &filter, &listing, grant).await?;
        calls.extend(found);
        next = next.or(after);
    }
    let records = calls.iter().map(|call| {
        let mut record = known_record(call);
        record.history = Vec::new();
        record
    });
    let body = Calls {
        calls: records.collect(),
        next_cursor: next.map(|cursor: Cursor| cursor.get().to_string()),
    };
    Ok(json(StatusCode::OK, &body))
}

/// What is looked for. A key is that of a gateway, an AppId and a merchant, which the profiles say
/// that the caller may see.
fn filters(app: &App, listing: &Listing, grant: &Grant) -> Vec<Filter> {
    let filter = listing.filter.clone();
    let Some(key) = &listing.key else {
        let mut filter = filter;
        filter.merchant.clone_from(&listing.merchant);
        return vec![filter];
    };
    let wanted = filter.profile.as_deref();
    let profiles = app.profiles.iter();
    let profiles = profiles.filter(|profile| grant.sees(Some(&profile.name)));
    let profiles = profiles.filter(|profile| wanted.is_none_or(|wanted| profile.name == wanted));
    let mut keys: Vec<_> = profiles
        .filter_map(|profile| {
            let merchant = listing.merchant.as_ref().or(profile.merchant.as_ref())?;
            Some(profile.durable.scope(merchant).key(key.clone()))
        })
        .collect();
    keys.sort();
    keys.dedup();
    let with_key = keys.into_iter().map(|key| filter.clone().with_key(key));
    with_key.collect()
}

/// A page of what the caller may see, and where the list goes on.
async fn page(
    app: &App,
    filter: &Filter,
    listing: &Listing,
    grant: &Grant,
) -> Result<(Vec<StoredCall>, Option<Cursor>), Problem> {
    /// How many pages are looked through for one answer.
    const PAGES: usize = 20;
    let mut found = Vec::new();
    let mut after = listing.after;
    for _ in 0..PAGES {
        let left = listing.limit.saturating_sub(found.len());
        let calls = app.durable()?;
        let page = calls
            .calls(filter, ListOrder::NewestFirst, after, left)
            .await;
        let page = page.map_err(no_journal)?;
        let seen = page.calls.into_iter();
        found.extend(seen.filter(|call| grant.sees(call.view.request.profile.as_deref())));
        after = page.next;
        if after.is_none() || found.len() >= listing.limit {
            break;
        }
    }
    Ok((found, after))
}

/// One call with its history.
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Problem> {
    let grant = caller.needs(Role::Read)?;
    let look = Look::read(uri.query())?;
    if look.fresh {
        caller.needs(Role::Resolve)?;
    }
    let mut call = app.call(&id, grant).await?;
    if look.fresh && call.view.is_open() {
        call = ask(&app, call).await?;
    }
    if let Some(wait) = look.wait {
        call = wait_for_change(&app, call, wait).await?;
    }
    Ok(json(StatusCode::OK, &known_record(&call)))
}

/// Asks now what became of a call.
pub(crate) async fn resolve(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Problem> {
    let grant = caller.needs(Role::Resolve)?;
    no_query(uri.query())?;
    let mut call = app.call(&id, grant).await?;
    if call.view.is_open() {
        call = ask(&app, call).await?;
    }
    Ok(json(StatusCode::OK, &known_record(&call)))
}

async fn ask(app: &App, call: StoredCall) -> Result<StoredCall, Problem> {
    let asked = app.durable()?.resolve(&call.id, Duration::ZERO).await;
    Ok(asked.map_err(journal)?.unwrap_or(call))
}

/// Waits until more is known of a call that is open, or the time is over.
async fn wait_for_change(
    app: &App,
    call: StoredCall,
    wait: Duration,
) -> Result<StoredCall, Problem> {
    let until = Instant::now() + wait;
    let seen = call.facts.len();
    let mut now = call;
    let mut pause = FIRST_PAUSE;
    while now.facts.len() == seen && now.view.is_open() && !app.is_closing() {
        let next = Instant::now() + pause;
        if next > until {
            break;
        }
        tokio::time::sleep_until(next).await;
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        let read = app.durable()?.call(&now.id).await.map_err(no_journal)?;
        now = read.unwrap_or(now);
    }
    Ok(now)
}

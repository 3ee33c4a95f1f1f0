//! Payments that the platform states to have failed: asked about again, as a late success would be
//! a payment that nobody knows of.
//!
//! What was asked is in the journal, so that whoever comes later, a process of another day's shift
//! or a command that runs once, goes on from there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_journal::{
    CallId, FactKind, Filter, OrderRole, RecordedOutcome, Stamp, State, Store, StoredCall,
    StoredFinding, Ticket,
};

use crate::answer::journal_error::JournalError;
use crate::process::days::{TradingDays, begins};
use crate::process::settings::Settings;
use crate::process::write::WriteError;
use crate::resolver::case::Case;
use crate::resolver::facts::{answered, finding_of, heard};
use crate::resolver::take_up::every_in;
use crate::shared::Shared;

/// How long before the end of its day a payment is asked about for the last time.
const BEFORE_THE_END: TimeDelta = TimeDelta::minutes(10);
/// How long after a question without an answer the next one leaves.
const AGAIN: Duration = Duration::from_secs(60);

/// The payments that are asked about again.
#[derive(Debug, Default)]
pub(crate) struct FollowUps {
    waiting: BTreeMap<CallId, Case>,
}

impl FollowUps {
    /// Finds those that are to be asked about again, whoever found them to have failed.
    pub(crate) async fn look(&mut self, shared: &Shared) -> Result<(), WriteError> {
        let now = shared.head().await?.now.at;
        let days = shared.days();
        for call in stated(&*shared.store, &days, now).await? {
            let due = next_due(&call, &days, shared.settings.late_window);
            let (Some(due), false) = (due, self.waiting.contains_key(&call.id)) else {
                continue;
            };
            if let Some(mut case) = case_of(shared, &call) {
                case.next = in_so_long(due, now);
                self.waiting.insert(call.id, case);
            }
        }
        Ok(())
    }

    /// When somebody must be asked about next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.waiting.values().map(|case| case.next).min()
    }

    /// Asks about those whose time has come.
    pub(crate) async fn ask(
        &mut self,
        shared: &Arc<Shared>,
        now: &Stamp,
    ) -> Result<(), WriteError> {
        let moment = Instant::now();
        for (id, mut case) in std::mem::take(&mut self.waiting) {
            if case.next > moment {
                self.waiting.insert(id, case);
                continue;
            }
            match ask_when_due(shared, &mut case, now).await {
                Ok(Some(due)) => {
                    case.next = in_so_long(due, now.at).max(moment + Duration::from_secs(1));
                    self.waiting.insert(id, case);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(call = %id, %error, "a failed payment could not be asked about");
                    case.next = moment + AGAIN;
                    self.waiting.insert(id, case);
                }
            }
        }
        Ok(())
    }
}

/// Asks about a call that was found not to have been carried out, whether its time has come or not:
/// as long as its day lasts, what was found may turn out to be wrong. Says whether it was asked.
pub(crate) async fn ask_again(shared: &Arc<Shared>, call: &StoredCall) -> Result<bool, WriteError> {
    let now = shared.head().await?.now;
    let days = shared.days();
    let end = days.end_of(day_of(call, &days));
    if !may_be_asked_again(call) || end.is_none_or(|end| now.at >= end) {
        return Ok(false);
    }
    let Some(mut case) = case_of(shared, call) else {
        return Ok(false);
    };
    ask_once(shared, &mut case, &now).await?;
    Ok(true)
}

/// The payments of a journal that the platform stated to have failed, and that somebody should ask
/// about again by now: two answers that say so are not the last word before the late window, nor
/// before the end of their day. Who keeps no process running asks about them now and then.
///
/// # Errors
///
/// Returns an error if the journal cannot be read.
pub async fn due_again(
    store: &dyn Store,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<StoredCall>, JournalError> {
    let days = TradingDays::of(settings);
    let is_due = |call: &StoredCall| {
        let due = next_due(call, &days, settings.late_window);
        due.is_some_and(|due| due <= now)
    };
    let found = stated(store, &days, now).await?;
    Ok(found.into_iter().filter(is_due).collect())
}

fn stated_filter(days: &TradingDays, now: DateTime<Utc>) -> Filter {
    let mut failed = Filter::new();
    failed.state = Some(State::Resolved);
    failed.outcome = Some(RecordedOutcome::NotExecuted);
    failed.operation = Some("pay".to_owned());
    failed.since = begins(days.day_of(now), chrono::NaiveTime::MIN);
    failed
}

async fn stated(
    store: &dyn Store,
    days: &TradingDays,
    now: DateTime<Utc>,
) -> Result<Vec<StoredCall>, WriteError> {
    let found = every_in(store, &stated_filter(days, now)).await?;
    let lasts = |call: &StoredCall| {
        let end = days.end_of(day_of(call, days));
        end.is_some_and(|end| now < end)
    };
    let found = found.into_iter();
    Ok(found
        .filter(|call| is_stated(call) && lasts(call))
        .collect())
}

fn case_of(shared: &Shared, call: &StoredCall) -> Option<Case> {
    let client = shared.client_for(&call.view.request.key.scope)?;
    let owner = shared.ids.owner().clone();
    let ticket = Ticket::new(call.id.clone(), call.view.attempt(), owner, call.epoch);
    Some(Case::new(client, &shared.settings, ticket, call))
}

fn in_so_long(due: DateTime<Utc>, now: DateTime<Utc>) -> Instant {
    Instant::now() + due.signed_duration_since(now).to_std().unwrap_or_default()
}

/// Asks once, unless somebody else has since.
async fn ask_when_due(
    shared: &Arc<Shared>,
    case: &mut Case,
    now: &Stamp,
) -> Result<Option<DateTime<Utc>>, WriteError> {
    let known = shared.store.call(&case.ticket.call).await?;
    let window = shared.settings.late_window;
    let due = known.and_then(|known| next_due(&known, &shared.days(), window));
    match due {
        Some(due) if due <= now.at => ask_once(shared, case, now).await,
        later => Ok(later),
    }
}

/// Asks once, and writes down what is answered. Says when it is to be asked about next. `None` when
/// it is not: it was carried out, it is known by other means, or its day is over.
async fn ask_once(
    shared: &Arc<Shared>,
    case: &mut Case,
    now: &Stamp,
) -> Result<Option<DateTime<Utc>>, WriteError> {
    let (days, window) = (shared.days(), shared.settings.late_window);
    let known = shared.store.call(&case.ticket.call).await?;
    let Some(known) = known.filter(may_be_asked_again) else {
        return Ok(None);
    };
    let end = days.end_of(case.day(&days));
    let is_over = end.is_none_or(|end| now.at >= end);
    let scope = &case.view.request.key.scope;
    let (Some(request), Some(client), false) =
        (case.request.clone(), shared.client_for(scope), is_over)
    else {
        return Ok(None);
    };
    // Somebody else may have asked since.
    case.view = known.view;
    shared.rate.wait().await;
    let asked_at = shared.head().await?.now;
    let limit = shared.settings.question_limit;
    let answer = case.questions.ask(client, &request, limit).await;
    let is_told = heard(shared, case, &answer).await?;
    let is_executed = finding_of(&answer.conclusion).is_some_and(StoredFinding::is_executed);
    if is_executed && answered(shared, case, asked_at.clone(), &answer).await? {
        return Ok(None);
    }
    if !is_told {
        let again = TimeDelta::from_std(AGAIN).unwrap_or_default();
        return Ok(Some(asked_at.at + again));
    }
    let now_known = shared.store.call(&case.ticket.call).await?;
    Ok(now_known.and_then(|known| next_due(&known, &days, window)))
}

/// When a payment that was stated to have failed is to be asked about next: once the late window
/// has passed since then, and once before the end of its day.
fn next_due(call: &StoredCall, days: &TradingDays, window: Duration) -> Option<DateTime<Utc>> {
    let window = TimeDelta::from_std(window).unwrap_or(TimeDelta::MAX);
    let end = days.end_of(day_of(call, days))?;
    let stated = call.facts.iter().find_map(|fact| match &fact.fact().what {
        FactKind::Resolved(resolved) if resolved.finding == StoredFinding::StatedFailure => {
            Some(fact.at().at)
        }
        _ => None,
    })?;
    let asked = call
        .facts
        .iter()
        .filter_map(|fact| match &fact.fact().what {
            FactKind::Asked(asked) if asked.state.is_some() => Some(fact.at().at),
            _ => None,
        });
    let asked = asked.max().unwrap_or(stated).max(stated);
    let after_the_window = stated.checked_add_signed(window);
    let before_the_end = end - BEFORE_THE_END;
    let times = after_the_window.into_iter().chain([before_the_end]);
    times.filter(|time| asked < *time && *time < end).min()
}

fn day_of(call: &StoredCall, days: &TradingDays) -> chrono::NaiveDate {
    let sending = call.view.attempts.last();
    let sending = sending.and_then(|attempt| attempt.sending.as_ref());
    days.earliest_day_of(sending.map_or(call.view.began.at, |(_, plan)| plan.signed_at))
}

/// Whether it was found by asking that it was not carried out, and nothing makes that certain.
fn may_be_asked_again(call: &StoredCall) -> bool {
    let view = &call.view;
    let is_found = view.outcome == Some(RecordedOutcome::NotExecuted) && !view.is_open();
    is_found && view.state == State::Resolved && view.request.moves_money
}

fn is_stated(call: &StoredCall) -> bool {
    let findings = call.facts.iter().rev();
    let mut findings = findings.filter_map(|fact| match &fact.fact().what {
        FactKind::Resolved(resolved) => Some(resolved.finding),
        _ => None,
    });
    let is_payment = call.view.request.role == OrderRole::Payment;
    is_payment && findings.next() == Some(StoredFinding::StatedFailure)
}

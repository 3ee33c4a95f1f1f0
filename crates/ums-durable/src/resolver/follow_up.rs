//! Payments that the platform states to have failed: asked about again, as a late success would be
//! a payment that nobody knows of.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;
use ums_journal::{
    AttemptNumber, CallId, FactKind, Filter, RecordedOutcome, Stamp, State, StoredCall,
    StoredFinding, Ticket,
};

use crate::process::days::begins;
use crate::process::write::WriteError;
use crate::resolver::case::Case;
use crate::resolver::facts::answered;
use crate::resolver::take_up::every;
use crate::shared::Shared;

/// How long before the end of its day a payment is asked about for the last time.
const BEFORE_THE_END: TimeDelta = TimeDelta::minutes(10);

/// The payments that are asked about again.
#[derive(Debug, Default)]
pub(crate) struct FollowUps {
    waiting: BTreeMap<CallId, FollowUp>,
    looked: bool,
}

#[derive(Debug)]
struct FollowUp {
    case: Case,
    /// When it was stated to have failed, by this process's clock.
    since: Instant,
    asked_after_the_window: bool,
}

impl FollowUps {
    /// A payment that was found to have failed now.
    pub(crate) fn add(&mut self, case: Case) {
        let follow_up = FollowUp {
            case,
            since: Instant::now(),
            asked_after_the_window: false,
        };
        let call = follow_up.case.ticket.call.clone();
        self.waiting.insert(call, follow_up);
    }

    /// Finds those that an earlier process has left.
    pub(crate) async fn look(&mut self, shared: &Shared) -> Result<(), WriteError> {
        if self.looked {
            return Ok(());
        }
        let now = shared.head().await?.now.at;
        let mut failed = Filter::new();
        failed.state = Some(State::Resolved);
        failed.outcome = Some(RecordedOutcome::NotExecuted);
        failed.operation = Some("pay".to_owned());
        failed.since = begins(shared.days().day_of(now), chrono::NaiveTime::MIN);
        for call in every(shared, &failed).await? {
            let Some(client) = shared.client_for(&call.view.request.key.scope) else {
                continue;
            };
            if is_stated(&call) && !self.waiting.contains_key(&call.id) {
                let owner = shared.ids.owner().clone();
                let attempt: AttemptNumber = call.view.attempt();
                let ticket = Ticket::new(call.id.clone(), attempt, owner, call.epoch);
                self.add(Case::new(client, &shared.settings, ticket, &call));
            }
        }
        self.looked = true;
        Ok(())
    }

    /// When somebody must be asked about next.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.waiting
            .values()
            .map(|follow_up| follow_up.case.next)
            .min()
    }

    /// Asks about those whose time has come: once after the late window, and once before the end of
    /// the day.
    pub(crate) async fn ask(
        &mut self,
        shared: &Arc<Shared>,
        now: &Stamp,
    ) -> Result<(), WriteError> {
        let (days, window) = (shared.days(), shared.settings.late_window);
        for (call, mut follow_up) in std::mem::take(&mut self.waiting) {
            let day = follow_up.case.day(&days);
            let Some(end) = days.end_of(day).filter(|end| now.at < *end) else {
                continue;
            };
            let is_last = now.at >= end - BEFORE_THE_END;
            let is_after = !follow_up.asked_after_the_window && follow_up.since.elapsed() >= window;
            if is_last || is_after {
                let found = ask(shared, &mut follow_up.case, now).await;
                if found.is_ok() {
                    follow_up.asked_after_the_window = true;
                    if is_last {
                        continue;
                    }
                }
                if matches!(found, Ok(true)) {
                    continue;
                }
            }
            let until_end = (end - BEFORE_THE_END - now.at).to_std().unwrap_or_default();
            let wait = match follow_up.asked_after_the_window {
                true => until_end,
                false => until_end.min(window.saturating_sub(follow_up.since.elapsed())),
            };
            follow_up.case.next = Instant::now() + wait.max(Duration::from_secs(1));
            self.waiting.insert(call, follow_up);
        }
        Ok(())
    }
}

/// Whether it turns out to have been carried out. That it failed is known.
async fn ask(shared: &Arc<Shared>, case: &mut Case, now: &Stamp) -> Result<bool, WriteError> {
    let scope = &case.view.request.key.scope;
    let (Some(request), Some(client)) = (case.request.clone(), shared.client_for(scope)) else {
        return Ok(true);
    };
    shared.rate.wait().await;
    let limit = shared.settings.question_limit;
    let answer = case.questions.ask(client, &request, limit).await;
    match crate::resolver::facts::finding_of(&answer.conclusion) {
        Some(finding) if finding.is_executed() => {
            answered(shared, case, now.clone(), &answer).await
        }
        _ => Ok(false),
    }
}

fn is_stated(call: &StoredCall) -> bool {
    let mut findings = call
        .facts
        .iter()
        .filter_map(|fact| match &fact.fact().what {
            FactKind::Resolved(resolved) => Some(resolved.finding),
            _ => None,
        });
    findings.next_back() == Some(StoredFinding::StatedFailure)
}

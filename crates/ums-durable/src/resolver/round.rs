//! Asking about every open call, at one pace for all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use ums_journal::{CallId, Filter, OrderRole, Stamp, StoreCommand, StoredFinding};

use crate::process::write::{WriteError, write};
use crate::resolver::case::Case;
use crate::resolver::facts::{answered, day_step, finding_of};
use crate::resolver::follow_up::FollowUps;
use crate::resolver::take_up::{every, recover_all, take_up};
use crate::shared::Shared;

/// How many questions are under way at once.
const AT_ONCE: usize = 16;

/// The calls that this process asks about.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    open: BTreeMap<CallId, Case>,
    follow_ups: FollowUps,
}

impl Cases {
    /// Takes up what nobody asks about.
    pub(crate) async fn look(&mut self, shared: &Shared) -> Result<(), WriteError> {
        recover_all(shared).await?;
        let found = take_up(shared, |call| self.open.contains_key(call)).await?;
        for case in found {
            self.open.insert(case.ticket.call.clone(), case);
        }
        self.follow_ups.look(shared).await?;
        self.note_held(shared);
        Ok(())
    }

    /// Has a call asked about in the next round, if it is in the hands of this process.
    pub(crate) fn hurry(&mut self, call: &CallId) {
        if let Some(case) = self.open.get_mut(call) {
            case.next = Instant::now();
        }
    }

    /// How many calls can still be asked about here.
    pub(crate) fn can_be_asked(&self, shared: &Shared, now: &Stamp) -> usize {
        let days = shared.days();
        let open = self.open.values();
        open.filter(|case| case.can_be_asked(&days, now.at)).count()
    }

    /// Asks about each call whose time has come.
    pub(crate) async fn ask(&mut self, shared: &Arc<Shared>) -> Result<(), WriteError> {
        let now = shared.head().await?.now;
        let days = shared.days();
        for case in self.open.values_mut() {
            for step in case.day_steps(&days, now.at) {
                day_step(shared, case, step).await?;
            }
        }
        let moment = Instant::now();
        let due: Vec<CallId> = self
            .open
            .iter()
            .filter(|(_, case)| case.next <= moment)
            .map(|(call, _)| call.clone())
            .collect();
        let mut asking = JoinSet::new();
        for call in due {
            let Some(mut case) = self.open.remove(&call) else {
                continue;
            };
            if !case.can_be_asked(&days, now.at) {
                case.later(&shared.settings, &days, now.at);
                self.open.insert(call, case);
                continue;
            }
            if asking.len() >= AT_ONCE {
                self.take_back(asking.join_next().await);
            }
            let asked = ask_about(Arc::clone(shared), case);
            asking.spawn(shared.tasks.gated(asked));
        }
        while let Some(asked) = asking.join_next().await {
            self.take_back(Some(asked));
        }
        self.follow_ups.ask(shared, &now).await?;
        self.note_held(shared);
        Ok(())
    }

    /// When somebody must be asked about next.
    pub(crate) fn next(&self) -> Option<Instant> {
        let open = self.open.values().map(|case| case.next);
        open.chain(self.follow_ups.next()).min()
    }

    /// Gives every call back.
    pub(crate) async fn release(&mut self, shared: &Shared) {
        for (_, case) in std::mem::take(&mut self.open) {
            let release = StoreCommand::Release(case.ticket);
            // What is not given back is taken up when the lease has ended.
            let _ = write(&*shared.store, vec![release]).await;
        }
        self.note_held(shared);
    }

    /// A call whose asking was broken off is taken up again with the next look.
    fn take_back(&mut self, asked: Option<Result<Asked, tokio::task::JoinError>>) {
        match asked {
            Some(Ok(Asked::Open(case))) => {
                self.open.insert(case.ticket.call.clone(), *case);
            }
            Some(Ok(Asked::Closed(case, StoredFinding::StatedFailure))) if case.is_payment() => {
                self.follow_ups.add(*case);
            }
            _ => {}
        }
    }

    fn note_held(&self, shared: &Shared) {
        shared.held.store(self.open.len(), Ordering::Release);
    }
}

/// What one question came to.
enum Asked {
    Open(Box<Case>),
    Closed(Box<Case>, StoredFinding),
}

async fn ask_about(shared: Arc<Shared>, mut case: Case) -> Asked {
    let (days, settings) = (shared.days(), &shared.settings);
    match question(&shared, &mut case).await {
        Ok(Some(finding)) => Asked::Closed(Box::new(case), finding),
        Ok(None) => {
            case.later(settings, &days, shared.client.time());
            Asked::Open(Box::new(case))
        }
        Err(error) => {
            tracing::warn!(call = %case.ticket.call, %error, "a call could not be asked about");
            case.later(settings, &days, shared.client.time());
            Asked::Open(Box::new(case))
        }
    }
}

async fn question(shared: &Shared, case: &mut Case) -> Result<Option<StoredFinding>, WriteError> {
    let scope = &case.view.request.key.scope;
    let (Some(request), Some(client)) = (case.request.clone(), shared.client_for(scope)) else {
        return Ok(None);
    };
    shared.rate.wait().await;
    let asked_at = shared.head().await?.now;
    let stands = !case.is_payment() || !is_taken_back(shared, case, &asked_at).await?;
    case.questions.believe_absence(case.is_settled(&asked_at));
    case.questions.believe_standing(stands);
    let limit: Duration = shared.settings.question_limit;
    let answer = case.questions.ask(client, &request, limit).await;
    let is_closed = answered(shared, case, asked_at, &answer).await?;
    Ok(finding_of(&answer.conclusion).filter(|_| is_closed))
}

/// Whether a call may be under way that takes the payment back.
async fn is_taken_back(shared: &Shared, case: &Case, now: &Stamp) -> Result<bool, WriteError> {
    for id in case.view.request.order() {
        let on_order = Filter::open().with_order(id.id.clone());
        for call in every(shared, &on_order).await? {
            let is_settled = call.view.settles_in(now) == Some(Duration::ZERO);
            let is_over = !call.view.is_running() && is_settled;
            if call.view.request.role == OrderRole::TakeBack && !is_over {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

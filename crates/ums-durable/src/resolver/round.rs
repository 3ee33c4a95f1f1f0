//! Asking about every open call, at one pace for all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use ums_journal::{CallId, Filter, OrderRole, Stamp, StoreCommand};

use crate::process::own_clock;
use crate::process::write::{WriteError, write};
use crate::resolver::case::Case;
use crate::resolver::facts::{answered, day_step};
use crate::resolver::follow_up::FollowUps;
use crate::resolver::take_up::{claim, every, recover_all, take_up};
use crate::shared::Shared;

/// How many questions are under way at once.
const AT_ONCE: usize = 16;

/// The calls that this process asks about.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    open: BTreeMap<CallId, Case>,
    /// Those that a cashier waits for, who asks about them.
    lent: BTreeSet<CallId>,
    follow_ups: FollowUps,
}

impl Cases {
    /// Takes up what nobody asks about.
    pub(crate) async fn look(&mut self, shared: &Shared) -> Result<(), WriteError> {
        recover_all(shared).await?;
        let is_known = |call: &CallId| self.open.contains_key(call) || self.lent.contains(call);
        for case in take_up(shared, is_known).await? {
            self.open.insert(case.ticket.call.clone(), case);
        }
        self.follow_ups.look(shared).await?;
        self.note_held(shared);
        Ok(())
    }

    /// Hands a call out to who asks about it at another pace. `None` when it is in other hands.
    pub(crate) async fn lend(
        &mut self,
        shared: &Shared,
        call: &CallId,
    ) -> Result<Option<Case>, WriteError> {
        let case = match self.open.remove(call) {
            Some(case) => Some(case),
            None => claim(shared, call).await?,
        };
        if case.is_some() {
            self.lent.insert(call.clone());
        }
        self.note_held(shared);
        Ok(case)
    }

    /// Takes a call back that is still open.
    pub(crate) fn give_back(&mut self, case: Case) {
        self.lent.remove(&case.ticket.call);
        self.open.insert(case.ticket.call.clone(), case);
    }

    /// A call that was handed out is closed, or in other hands.
    pub(crate) fn forget(&mut self, call: &CallId) {
        self.lent.remove(call);
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

    /// When this call is asked about next. `None` when it is not in the hands of this process.
    pub(crate) fn next_of(&self, call: &CallId) -> Option<Instant> {
        self.open.get(call).map(|case| case.next)
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

    /// A call whose asking was broken off is taken up again with the next look; and so is a payment
    /// that was stated to have failed, when it is due again.
    fn take_back(&mut self, asked: Option<Result<Asked, tokio::task::JoinError>>) {
        if let Some(Ok(Asked::Open(case))) = asked {
            self.open.insert(case.ticket.call.clone(), *case);
        }
    }

    fn note_held(&self, shared: &Shared) {
        let held = self.open.len() + self.lent.len();
        shared.held.store(held, Ordering::Release);
    }
}

/// What one question came to.
enum Asked {
    Open(Box<Case>),
    Closed,
}

async fn ask_about(shared: Arc<Shared>, mut case: Case) -> Asked {
    let (days, settings) = (shared.days(), &shared.settings);
    match question(&shared, &mut case).await {
        Ok(true) => Asked::Closed,
        Ok(false) => {
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

/// Asks once. Whether the call is no case of this process any more: it was found out, is closed, or
/// is in other hands.
pub(crate) async fn question(shared: &Shared, case: &mut Case) -> Result<bool, WriteError> {
    // Somebody else may have learnt it, or taken it up.
    let call = shared.store.call(&case.ticket.call).await?;
    let Some(call) = call.filter(|call| case.is_held_in(call)) else {
        return Ok(true);
    };
    case.see(call.view);
    let scope = &case.view.request.key.scope;
    let (Some(request), Some(client)) = (case.request.clone(), shared.client_for(scope)) else {
        return Ok(false);
    };
    shared.rate.wait().await;
    let asked_at = shared.head().await?.now;
    let stands = !case.is_payment() || !is_taken_back(shared, case, &asked_at).await?;
    case.questions.believe_absence(case.is_settled(&asked_at));
    case.questions.believe_standing(stands);
    let limit: Duration = shared.settings.question_limit;
    let answer = match case.query(&request, &shared.days(), asked_at.at) {
        Some(query) => case.questions.ask_by(client, &request, &query, limit).await,
        None => return Ok(false),
    };
    answered(shared, case, asked_at, &answer).await
}

/// Whether a call may be under way that takes the payment back.
async fn is_taken_back(shared: &Shared, case: &Case, now: &Stamp) -> Result<bool, WriteError> {
    for id in case.view.request.order() {
        let on_order = Filter::open().with_order(id.id.clone());
        for call in every(shared, &on_order).await? {
            let own = own_clock::settles_in(&call.view, shared.client.time());
            let is_settled = call.view.settles_in(now) == Some(Duration::ZERO) && own.is_zero();
            let is_over = !call.view.is_running() && is_settled;
            if call.view.request.role == OrderRole::TakeBack && !is_over {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

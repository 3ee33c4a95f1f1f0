//! The calls that run in this process, by their keys: whoever submits one of them again joins it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use ums_journal::{CallId, ScopedKey};

use crate::answer::answer::Answer;
use crate::answer::submit_error::SubmitError;
use crate::call::job::Job;

/// What a call came to, for all who wait for it.
pub(crate) type Told = Result<Answer, SubmitError>;

/// The calls that run here.
#[derive(Debug, Default)]
pub(crate) struct Running(Mutex<BTreeMap<ScopedKey, Arc<Slot>>>);

/// One call that runs here.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) job: Job,
    told: Mutex<Option<Told>>,
    /// Wakes all who wait, in the order in which they came.
    ended: Notify,
}

/// What somebody finds who submits a call.
pub(crate) enum Entered {
    /// Nobody runs it: the caller does.
    First(Arc<Slot>),
    /// It runs.
    Joined(Arc<Slot>),
    /// Another request runs under its key.
    Other(CallId),
}

impl Running {
    pub(crate) fn enter(&self, job: Job) -> Entered {
        let mut running = self.lock();
        if let Some(slot) = running.get(&job.stored.key) {
            return match slot.job.asks_for_the_same(&job.prints) {
                true => Entered::Joined(Arc::clone(slot)),
                false => Entered::Other(slot.job.call.clone()),
            };
        }
        let key = job.stored.key.clone();
        let slot = Arc::new(Slot {
            job,
            told: Mutex::new(None),
            ended: Notify::new(),
        });
        running.insert(key, Arc::clone(&slot));
        Entered::First(slot)
    }

    /// The next one who submits it runs it anew.
    pub(crate) fn leave(&self, slot: &Slot) {
        self.lock().remove(&slot.job.stored.key);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Slot>> {
        self.lock().values().cloned().collect()
    }

    pub(crate) fn has_key(&self, key: &ScopedKey) -> bool {
        self.lock().contains_key(key)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ScopedKey, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Tells all who wait.
    pub(crate) fn tell(&self, told: Told) {
        *self.lock() = Some(told);
        self.ended.notify_waiters();
    }

    /// The same, unless they were told.
    pub(crate) fn tell_if_nobody_did(&self, told: Told) {
        self.lock().get_or_insert(told);
        self.ended.notify_waiters();
    }

    /// What the call came to, once it has.
    pub(crate) async fn told(&self) -> Told {
        loop {
            let mut ended = pin!(self.ended.notified());
            // Whoever tells from here on wakes this one.
            ended.as_mut().enable();
            if let Some(told) = self.lock().clone() {
                return told;
            }
            ended.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

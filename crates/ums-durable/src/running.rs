//! The calls that run in this process, by their keys: whoever submits one of them again joins it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
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
    told: watch::Sender<Option<Told>>,
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
        let (told, _) = watch::channel(None);
        let slot = Arc::new(Slot { job, told });
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
        self.told.send_replace(Some(told));
    }

    /// The same, unless they were told.
    pub(crate) fn tell_if_nobody_did(&self, told: Told) {
        self.told.send_if_modified(|known| {
            let is_new = known.is_none();
            known.get_or_insert(told);
            is_new
        });
    }

    /// What the call came to, once it has.
    pub(crate) async fn told(&self) -> Told {
        let mut told = self.told.subscribe();
        let heard = told.wait_for(Option::is_some).await;
        match heard.ok().and_then(|told| told.clone()) {
            Some(told) => told,
            // The slot is held by whoever asks, so that its sender is there.
            None => Err(SubmitError::Closing),
        }
    }
}

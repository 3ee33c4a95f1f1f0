//! A value that is waited for: those who wait wake in the order in which they came, so that a seed
//! repeats a history. Tokio's `watch` wakes them in any order.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// A value that is waited for.
#[derive(Debug)]
pub(crate) struct InTurn<T> {
    value: Mutex<T>,
    changed: Notify,
}

impl<T: Clone> InTurn<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: Mutex::new(value),
            changed: Notify::new(),
        }
    }

    pub(crate) fn get(&self) -> T {
        self.lock().clone()
    }

    /// Sets another one, and gives back the one before.
    pub(crate) fn replace(&self, value: T) -> T {
        let before = std::mem::replace(&mut *self.lock(), value);
        self.changed.notify_waiters();
        before
    }

    /// The value, once it is as wanted.
    pub(crate) async fn wait_for(&self, is_wanted: impl Fn(&T) -> bool) -> T {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let value = self.get();
            if is_wanted(&value) {
                return value;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

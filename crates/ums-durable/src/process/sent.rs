//! Which attempts this process has let go to be sent.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The nonces of attempts that may have been sent by this process: of no other one was any byte.
#[derive(Debug, Default)]
pub(crate) struct Sent(Mutex<BTreeSet<String>>);

impl Sent {
    pub(crate) fn note(&self, nonce: &str) {
        self.nonces().insert(nonce.to_owned());
    }

    pub(crate) fn forget(&self, nonce: &str) {
        self.nonces().remove(nonce);
    }

    pub(crate) fn may_have(&self, nonce: &str) -> bool {
        self.nonces().contains(nonce)
    }

    fn nonces(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

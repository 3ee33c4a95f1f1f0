//! How many questions leave in a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lets questions through one after another, each so long after the one before that no second has
/// more than its share.
#[derive(Debug)]
pub(crate) struct Rate {
    between: Duration,
    next: Mutex<Option<Instant>>,
}

impl Rate {
    pub(crate) fn per_second(questions: u32) -> Self {
        Self {
            between: Duration::from_secs(1) / questions.max(1),
            next: Mutex::new(None),
        }
    }

    /// Waits until the next one may leave.
    pub(crate) async fn wait(&self) {
        let now = Instant::now();
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let at = next.map_or(now, |next| next.max(now));
            *next = at.checked_add(self.between);
            at
        };
        tokio::time::sleep_until(at).await;
    }
}

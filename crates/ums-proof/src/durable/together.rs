//! Two calls that begin when both have looked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// Where the first two calls wait for each other, between what they read and what they write.
#[derive(Debug, Default)]
pub(crate) struct Together {
    come: AtomicUsize,
    both: Notify,
}

impl Together {
    /// Waits until two are here, or for a while: the other one may never come.
    pub(crate) async fn wait(&self) {
        const LONGEST: Duration = Duration::from_millis(400);
        match self.come.fetch_add(1, Ordering::Relaxed) {
            0 => {
                let _ = timeout(LONGEST, self.both.notified()).await;
            }
            1 => self.both.notify_one(),
            _ => {}
        }
    }
}

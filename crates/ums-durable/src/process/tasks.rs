//! The tasks of one process, so that they can be stopped together.

use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

/// Tasks that run on by themselves, whoever waits for what they do.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<JoinSet<()>>);

impl Tasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn stop(&self) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.abort_all();
    }
}

//! The tasks of one process, so that they can be stopped together.

use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

#[cfg(feature = "test-util")]
use crate::process::task_gate::{Gated, TaskGate};

/// Tasks that run on by themselves, whoever waits for what they do.
#[derive(Default)]
pub(crate) struct Tasks {
    set: Mutex<JoinSet<()>>,
    #[cfg(feature = "test-util")]
    gate: Option<std::sync::Arc<dyn TaskGate>>,
}

impl Tasks {
    #[cfg(feature = "test-util")]
    pub(crate) fn behind(gate: Option<std::sync::Arc<dyn TaskGate>>) -> Self {
        Self {
            set: Mutex::default(),
            gate,
        }
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = self.gated(task);
        let mut tasks = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// A task that this process spawns elsewhere: it stands still when the process does.
    #[cfg(feature = "test-util")]
    pub(crate) fn gated<F: Future>(&self, task: F) -> Gated<F> {
        Gated::new(self.gate.clone(), task)
    }

    #[cfg(not(feature = "test-util"))]
    #[expect(clippy::unused_self, reason = "tests have a gate in it")]
    pub(crate) fn gated<F: Future>(&self, task: F) -> F {
        task
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn stop(&self) {
        let mut tasks = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.abort_all();
    }
}

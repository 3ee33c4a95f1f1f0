//! What all parts of a history share.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;
use tokio::time::Instant;
use ums_durable::Durable;
use ums_durable::journal::MemoryStore;
use ums_simulator::Simulator;

use super::book::Book;
use super::breakage::Breakage;
use super::clock::Machine;
use super::in_turn::InTurn;
use super::plan::{DurablePlan, Submission};
use super::process::Process;
use super::together::Together;
use crate::history::witness::Witness;

/// What all parts of a history share. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Ground(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) plan: DurablePlan,
    pub(crate) start: Instant,
    pub(crate) witness: Witness,
    pub(crate) book: Book,
    pub(crate) simulator: Simulator,
    /// The journal, with which nothing goes wrong.
    pub(crate) store: MemoryStore,
    pub(crate) machine: Machine,
    pub(crate) together: Arc<Together>,
    pub(crate) breakage: Breakage,
    pub(crate) repaired: Arc<AtomicBool>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) rng: Mutex<Rng>,
}

impl std::ops::Deref for Ground {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Where one process lives, one life after the other.
pub(crate) struct Host {
    pub(crate) life: InTurn<Option<Life>>,
    /// The process of that life, from before it has read anything.
    pub(crate) process: Mutex<Option<Process>>,
    pub(crate) over: InTurn<bool>,
}

/// One life of a process.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) durable: Durable,
    pub(crate) process: Process,
}

impl Shared {
    /// The present life of a process, or the next one. None if there is none any more.
    pub(crate) async fn life(&self, process: usize) -> Option<Life> {
        let host = self.hosts.get(process)?;
        host.life.wait_for(Option::is_some).await
    }

    /// The key of a submission, as the journal has it.
    #[expect(clippy::unused_self, reason = "it is the plan's")]
    pub(crate) fn key(&self, submission: &Submission) -> String {
        format!("K{}", submission.key)
    }

    pub(crate) fn fork(&self) -> Rng {
        self.rng().fork()
    }

    pub(crate) fn rng(&self) -> MutexGuard<'_, Rng> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    pub(crate) fn host(&self, number: usize) -> Result<&Host, String> {
        let host = self.hosts.get(number);
        host.ok_or_else(|| format!("there is no process {number}"))
    }

    /// Every process that is there, even one that has only begun.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let hosts = self.hosts.iter();
        let present = hosts.filter_map(|host| {
            let process = host.process.lock();
            process.unwrap_or_else(PoisonError::into_inner).clone()
        });
        present.collect()
    }
}

//! A journal in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ums_auth::Nonce;

use crate::intent::{Ended, Intent, Sending};
use crate::journal::{Journal, JournalEntry, OutOfOrder, Reading};
use crate::recorder::{Recorder, Recording};

/// A journal in memory, for tests and for processes that need no more. Clones share one journal.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    open: Arc<Mutex<Vec<JournalEntry>>>,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a step, which a panic elsewhere cannot leave half taken.
    fn step(
        &self,
        step: impl FnOnce(&mut Vec<JournalEntry>) -> Result<(), OutOfOrder>,
    ) -> Recording<'static> {
        let taken = step(&mut self.lock()).map_err(Into::into);
        Box::pin(std::future::ready(taken))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<JournalEntry>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for MemoryJournal {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        self.step(|open| match place(open, intent.call) {
            Ok(_) => Err(OutOfOrder::BegunTwice),
            Err(_) => {
                open.push(JournalEntry::new(intent));
                Ok(())
            }
        })
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        self.step(|open| {
            let at = place(open, sending.call)?;
            open[at].sending(sending)
        })
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        self.step(|open| {
            let at = place(open, ended.call)?;
            open[at].ended(ended.outcome)?;
            if !open[at].is_open() {
                open.remove(at);
            }
            Ok(())
        })
    }
}

impl Journal for MemoryJournal {
    fn unfinished(&self) -> Reading<'_> {
        let open = self.lock().clone();
        Box::pin(std::future::ready(Ok(open)))
    }
}

fn place(open: &[JournalEntry], call: Nonce) -> Result<usize, OutOfOrder> {
    let place = open.iter().position(|entry| entry.call == call);
    place.ok_or(OutOfOrder::NotBegun)
}

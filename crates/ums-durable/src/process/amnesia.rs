//! Whether the journal still knows what it knew: one that has forgotten doubles money.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_journal::{
    Accepted, Head, JournalId, Memory, Passed, Stamp, Store, StoreError, StoreRefusal, Witness,
    compare_with_witness,
};

use crate::process::days::{begins, china_day};
use crate::process::own_clock;
use crate::process::witness::{WitnessError, WitnessFile};

/// A journal that has forgotten what it held, or is not the one that was meant: a backup that was
/// put back, a volume that was lost, a second journal by mistake. Money that it has forgotten would
/// move once more under the same key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Amnesia {
    /// It is another journal than the one that was pinned or seen before.
    #[error("this is journal {found}, and {expected} was expected")]
    OtherJournal {
        /// The journal that was expected.
        expected: JournalId,
        /// The journal that it is.
        found: JournalId,
    },
    /// It has fewer facts than it had.
    #[error("journal {journal} has {found} facts, and had {expected}")]
    Younger {
        /// The journal.
        journal: JournalId,
        /// How many it had.
        expected: u64,
        /// How many it has.
        found: u64,
    },
    /// It has other facts than it had.
    #[error("journal {journal} has other facts than it had")]
    OtherHistory {
        /// The journal.
        journal: JournalId,
    },
}

/// What this process remembers of the journal.
#[derive(Debug)]
pub(crate) struct JournalMemory {
    files: Vec<WitnessFile>,
    is_kept_before_sending: bool,
    state: Mutex<Remembered>,
}

#[derive(Clone, Debug)]
struct Remembered {
    journal: JournalId,
    facts: u64,
    lost: Option<Amnesia>,
    accepted: Option<Acceptance>,
    /// What the files were last given to remember by this process.
    kept: Option<Witness>,
}

/// That a person has accepted a journal that may have forgotten calls.
#[derive(Clone, Debug)]
struct Acceptance {
    /// The number of that fact.
    number: u64,
    /// When, by the store's clock.
    at: Stamp,
    /// The later one of when it was by that clock and by that of the process that wrote it down.
    own_time: Option<DateTime<Utc>>,
    /// When this process took note of it.
    seen: Instant,
    asks_first_until: Option<DateTime<Utc>>,
}

impl JournalMemory {
    /// What is to be remembered of the journal with this head, and whether it has forgotten what
    /// the pin or a file remembers.
    pub(crate) async fn open(
        store: &dyn Store,
        head: &Head,
        pinned: Option<&JournalId>,
        files: Vec<WitnessFile>,
        is_kept_before_sending: bool,
    ) -> Result<Self, OpenMemoryError> {
        let mut lost = pinned
            .filter(|pinned| **pinned != head.journal)
            .map(|pinned| Amnesia::OtherJournal {
                expected: pinned.clone(),
                found: head.journal.clone(),
            });
        for witness in read(files.clone()).await? {
            let memory = compare_with_witness(store, &witness).await?;
            lost = lost.or_else(|| told(memory, &witness, head));
        }
        let accepted = acceptance(store, head).await?;
        let memory = Self {
            files,
            is_kept_before_sending,
            state: Mutex::new(Remembered {
                journal: head.journal.clone(),
                facts: head.facts,
                lost,
                accepted,
                kept: None,
            }),
        };
        if memory.check().is_ok() {
            memory.keep(head).await?;
        }
        Ok(memory)
    }

    /// The journal that calls belong into, and how many facts it is known to have.
    pub(crate) fn expected(&self) -> (JournalId, u64) {
        let state = self.state();
        (state.journal.clone(), state.facts)
    }

    /// Whether money may rest on the journal.
    pub(crate) fn check(&self) -> Result<(), Amnesia> {
        match &self.state().lost {
            Some(lost) => Err(lost.clone()),
            None => Ok(()),
        }
    }

    /// Whether a call is to ask first, as a person has accepted a journal that may have forgotten
    /// it: until that is over by the store's clock and by that of this process.
    pub(crate) async fn asks_first(
        &self,
        store: &dyn Store,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let until = {
            let state = self.state();
            state.accepted.as_ref().and_then(|it| it.asks_first_until)
        };
        let Some(until) = until else {
            return Ok(false);
        };
        if now < until || store.head().await?.now.at < until {
            return Ok(true);
        }
        if let Some(accepted) = &mut self.state().accepted {
            accepted.asks_first_until = accepted.asks_first_until.filter(|it| *it != until);
        }
        Ok(false)
    }

    /// How much is left, by the store's clock and by that of this process, of a wait that began
    /// when the journal was accepted: so long what it has forgotten may still be carried out.
    pub(crate) fn forgotten_settles_in(
        &self,
        stored: &Stamp,
        now: DateTime<Utc>,
        wait: Duration,
    ) -> Duration {
        let state = self.state();
        let Some(accepted) = &state.accepted else {
            return Duration::ZERO;
        };
        let since_seen = wait.saturating_sub(accepted.seen.elapsed());
        let by_store = match stored.passed_since(&accepted.at) {
            Passed::Exactly(passed) | Passed::AtLeast(passed) => wait.saturating_sub(passed),
            // The store's clock of today knows nothing of that time.
            _ => since_seen,
        };
        // A process that has begun since goes by the time of day.
        let own_time = accepted.own_time;
        let by_time = own_time.map(|accepted| own_clock::left(now, accepted, wait));
        by_store.max(by_time.map_or(since_seen, |left| left.min(since_seen)))
    }

    /// Takes note of how far the journal is, and whether another process has had it accepted.
    pub(crate) fn saw(&self, head: &Head) {
        let mut state = self.state();
        if state.journal != head.journal {
            state.lost = Some(Amnesia::OtherJournal {
                expected: state.journal.clone(),
                found: head.journal.clone(),
            });
        } else if head.facts < state.facts {
            state.lost = Some(Amnesia::Younger {
                journal: head.journal.clone(),
                expected: state.facts,
                found: head.facts,
            });
        } else {
            state.facts = head.facts;
            if let Some((number, accepted)) = &head.accepted
                && state.accepted.as_ref().map(|known| known.number) != Some(*number)
            {
                // It was accepted before it is seen to be: so the wait only ends later.
                state.accepted = Some(Acceptance::new(*number, accepted, head.now.clone()));
            }
        }
    }

    /// Takes note of a refusal by which the journal shows to have forgotten something.
    pub(crate) fn hear(&self, refused: &StoreRefusal) -> Option<Amnesia> {
        let mut state = self.state();
        let lost = match refused {
            StoreRefusal::OtherJournal { found } => Amnesia::OtherJournal {
                expected: state.journal.clone(),
                found: found.clone(),
            },
            StoreRefusal::Younger { found } => Amnesia::Younger {
                journal: state.journal.clone(),
                expected: state.facts,
                found: *found,
            },
            _ => return None,
        };
        state.lost = Some(lost.clone());
        Some(lost)
    }

    /// Takes note that a person has accepted the journal with this head, as it is.
    pub(crate) async fn accepted(
        &self,
        store: &dyn Store,
        head: &Head,
    ) -> Result<(), OpenMemoryError> {
        let accepted = acceptance(store, head).await?;
        {
            let mut state = self.state();
            state.journal = head.journal.clone();
            state.facts = head.facts;
            state.lost = None;
            state.accepted = accepted;
        }
        self.write(Witness::of(head), WitnessFile::replace)
            .await
            .map_err(OpenMemoryError::from)
    }

    /// Writes down outside the journal how far it is.
    pub(crate) async fn keep(&self, head: &Head) -> Result<(), WitnessError> {
        let witness = Witness::of(head);
        if self.state().kept.as_ref() == Some(&witness) {
            return Ok(());
        }
        self.write(witness, WitnessFile::keep).await
    }

    /// The same before bytes of a request leave, where that is wanted.
    pub(crate) async fn keep_before_sending(
        &self,
        store: &dyn Store,
    ) -> Result<(), OpenMemoryError> {
        if self.files.is_empty() || !self.is_kept_before_sending {
            return Ok(());
        }
        let head = store.head().await?;
        self.saw(&head);
        Ok(self.keep(&head).await?)
    }

    async fn write(
        &self,
        witness: Witness,
        write: fn(&WitnessFile, &Witness) -> Result<(), WitnessError>,
    ) -> Result<(), WitnessError> {
        let (files, written) = (self.files.clone(), witness.clone());
        on_disk(files, move |files| {
            files.iter().try_for_each(|file| write(file, &written))
        })
        .await?;
        self.state().kept = Some(witness);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, Remembered> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Acceptance {
    /// The acceptance that was written down at that time, of which this process takes note now.
    fn new(number: u64, accepted: &Accepted, at: Stamp) -> Self {
        let after = china_day(at.at).checked_add_signed(TimeDelta::days(2));
        Self {
            number,
            own_time: accepted.own_time.map(|own| own.max(at.at)),
            seen: Instant::now(),
            asks_first_until: after.and_then(|day| begins(day, NaiveTime::MIN)),
            at,
        }
    }
}

/// Why it cannot be told whether the journal has forgotten anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenMemoryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Witness(#[from] WitnessError),
}

fn told(memory: Memory, witness: &Witness, head: &Head) -> Option<Amnesia> {
    let journal = head.journal.clone();
    match memory {
        Memory::Whole => None,
        Memory::OtherJournal => Some(Amnesia::OtherJournal {
            expected: witness.journal.clone(),
            found: journal,
        }),
        Memory::Younger => Some(Amnesia::Younger {
            journal,
            expected: witness.facts,
            found: head.facts,
        }),
        _ => Some(Amnesia::OtherHistory { journal }),
    }
}

/// That a person has accepted the journal: until the end of the day after that it is asked first.
async fn acceptance(store: &dyn Store, head: &Head) -> Result<Option<Acceptance>, StoreError> {
    let Some((number, accepted)) = &head.accepted else {
        return Ok(None);
    };
    let facts = store.facts(number.saturating_sub(1), 1).await?;
    let Some(fact) = facts.first() else {
        return Ok(None);
    };
    let at = fact.at().clone();
    Ok(Some(Acceptance::new(*number, accepted, at)))
}

async fn read(files: Vec<WitnessFile>) -> Result<Vec<Witness>, WitnessError> {
    on_disk(files, |files| {
        let known = files.iter().map(WitnessFile::read);
        known.filter_map(Result::transpose).collect()
    })
    .await
}

async fn on_disk<T: Send + 'static>(
    files: Vec<WitnessFile>,
    work: impl FnOnce(&[WitnessFile]) -> Result<T, WitnessError> + Send + 'static,
) -> Result<T, WitnessError> {
    // Another thread would be a trip for nothing, and one whose end no virtual clock orders.
    let Some(first) = files.first().map(|file| file.path().to_owned()) else {
        return work(&files);
    };
    let done = tokio::task::spawn_blocking(move || work(&files)).await;
    done.unwrap_or_else(|stopped| {
        Err(WitnessError {
            path: first,
            source: std::io::Error::other(stopped),
        })
    })
}

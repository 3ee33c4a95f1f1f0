//! Which journal it is, and how far it is.

use crate::call::ids::JournalId;
use crate::call::stamp::Stamp;
use crate::fact::entry::Accepted;
use crate::fact::recorded::ChainHash;

/// Which journal it is, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// The journal.
    pub journal: JournalId,
    /// The number of its last fact: its commit counter. 0 of an empty one.
    pub facts: u64,
    /// The hash that binds all its facts.
    pub chain: ChainHash,
    /// The store's time now.
    pub now: Stamp,
    /// When a person last accepted it, by the number of that fact.
    pub accepted: Option<(u64, Accepted)>,
}

impl Head {
    /// The head of a journal that nobody has accepted.
    pub fn new(journal: JournalId, facts: u64, chain: ChainHash, now: Stamp) -> Self {
        Self {
            journal,
            facts,
            chain,
            now,
            accepted: None,
        }
    }

    /// The same, accepted by the fact with this number.
    #[must_use]
    pub fn with_accepted(self, number: u64, accepted: Accepted) -> Self {
        Self {
            accepted: Some((number, accepted)),
            ..self
        }
    }
}

/// What a process or a file outside the journal remembers of it, to notice one that has forgotten.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Witness {
    /// The journal.
    pub journal: JournalId,
    /// The number of its last fact then.
    pub facts: u64,
    /// The hash that bound all its facts then.
    pub chain: ChainHash,
}

impl Witness {
    /// What is to be remembered of a journal.
    pub fn of(head: &Head) -> Self {
        Self {
            journal: head.journal.clone(),
            facts: head.facts,
            chain: head.chain.clone(),
        }
    }
}

/// What became of a journal since it was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Memory {
    /// All that was there is there.
    Whole,
    /// It is another journal.
    OtherJournal,
    /// It has fewer facts than it had: a backup was put back, or a commit was lost.
    Younger,
    /// It has other facts than it had.
    OtherHistory,
}

//! What is known of a call step by step, as a record has it.

use serde::{Deserialize, Serialize};

/// One fact of a call's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryRecord {
    /// Its number in the journal.
    pub number: u64,
    /// When it was written down (RFC 3339, UTC+8).
    pub at: String,
    /// The attempt that it is about.
    pub attempt: Option<u32>,
    /// What kind of fact it is: `intended`, `sending`, `ended`, `resolved`, …
    pub fact: String,
    /// What it says in one word: the outcome, the finding, the state that an answer named, the
    /// alarm.
    pub says: Option<String>,
    /// The person behind it.
    pub by: Option<String>,
    /// Why, in a person's words; or the reason's stable name.
    pub reason: Option<String>,
    /// What a person rests it on; or the other call that it rests on.
    pub evidence: Option<String>,
    /// The open calls that it began in spite of.
    #[serde(default)]
    pub despite: Vec<String>,
}

//! What became of a history.

use std::collections::BTreeMap;

/// What became of a history.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DurablePlayed {
    /// Calls in the journal at the end.
    pub calls: u64,
    /// How they stood at the end.
    pub ends: BTreeMap<&'static str, u64>,
    /// What happened, and how often.
    pub counts: BTreeMap<&'static str, u64>,
    /// Complete requests that the gateway read.
    pub complete_requests: u64,
    /// Movements of money.
    pub applied: u64,
    /// What was wrong. Empty when all promises were kept.
    pub wrong: Vec<String>,
    /// Everything that happened, if that was asked for.
    pub trace: Option<String>,
}

impl DurablePlayed {
    pub(crate) fn broken(wrong: String) -> Self {
        Self {
            wrong: vec![wrong],
            ..Self::default()
        }
    }
}

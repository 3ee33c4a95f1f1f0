//! Counts of outcomes, in words.

use std::collections::BTreeMap;

/// `approved 20`, or where runs differed, `not_sent 12, unknown 8`.
pub fn counts<N: std::fmt::Display>(seen: &BTreeMap<&'static str, N>) -> String {
    let counts: Vec<_> = seen
        .iter()
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    counts.join(", ")
}

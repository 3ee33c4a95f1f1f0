//! The five choices of a computation, and which of them lead to a signature.

use alloc::vec::Vec;

use super::candidate::{Candidate, Secret};
use super::joins::Join;
use super::macs::MacOf;
use crate::mistake::Mistake;
use crate::readings::Reading;

/// What was computed, one choice after the other; the first of each is right.
pub(crate) struct Choices<'a> {
    pub(crate) bodies: Vec<Candidate<Secret>>,
    pub(crate) values: Vec<Candidate<[Secret; 3]>>,
    pub(crate) joins: Vec<Candidate<Join<'a>>>,
    pub(crate) keys: Vec<Candidate<Secret>>,
    pub(crate) macs: Vec<Candidate<MacOf>>,
}

impl Choices<'_> {
    /// The fewest mistakes that lead to one of the readings. `last_alone` is tried between one
    /// mistake and two.
    pub(crate) fn find(
        &self,
        readings: &[Reading],
        last_alone: impl FnOnce() -> Option<Vec<Mistake>>,
    ) -> Option<Vec<Mistake>> {
        let lengths = [
            self.bodies.len(),
            self.values.len(),
            self.joins.len(),
            self.keys.len(),
            self.macs.len(),
        ];
        let narrow = [
            narrow(&self.bodies),
            narrow(&self.values),
            narrow(&self.joins),
            narrow(&self.keys),
            narrow(&self.macs),
        ];
        let attempt = |choices| self.attempt(choices, readings);

        let right = [0; 5];
        if let Some(found) = attempt(right) {
            return Some(found);
        }
        for (choice, length) in lengths.into_iter().enumerate() {
            for wrong in 1..length {
                if let Some(found) = attempt(with(right, choice, wrong)) {
                    return Some(found);
                }
            }
        }
        if let Some(found) = last_alone() {
            return Some(found);
        }
        for (first, one) in narrow.iter().enumerate() {
            for (second, other) in narrow.iter().enumerate().skip(first + 1) {
                for wrong in one {
                    for too in other {
                        let choices = with(with(right, first, *wrong), second, *too);
                        if let Some(found) = attempt(choices) {
                            return Some(found);
                        }
                    }
                }
            }
        }
        None
    }

    fn attempt(&self, [b, v, j, k, m]: [usize; 5], readings: &[Reading]) -> Option<Vec<Mistake>> {
        let (body, values, join) = (self.bodies.get(b)?, self.values.get(v)?, self.joins.get(j)?);
        let (key, mac) = (self.keys.get(k)?, self.macs.get(m)?);
        let [app_id, timestamp, nonce] = &values.value;
        let text = (join.value)([app_id, timestamp, nonce, &body.value]);
        let result = (mac.value)(&key.value, &text);
        let reading = readings.iter().find(|reading| reading.bytes == result)?;
        let mut mistakes = [
            &body.mistakes,
            &values.mistakes,
            &join.mistakes,
            &key.mistakes,
            &mac.mistakes,
            &reading.mistakes,
        ]
        .map(Vec::as_slice)
        .concat();
        mistakes.sort();
        mistakes.dedup();
        Some(mistakes)
    }
}

/// The places of the wrong candidates that are tried in pairs.
fn narrow<T>(candidates: &[Candidate<T>]) -> Vec<usize> {
    let numbered = candidates.iter().enumerate().skip(1);
    numbered
        .filter(|(_, candidate)| !candidate.wide && candidate.mistakes.len() == 1)
        .map(|(place, _)| place)
        .collect()
}

fn with(mut choices: [usize; 5], choice: usize, wrong: usize) -> [usize; 5] {
    if let Some(place) = choices.get_mut(choice) {
        *place = wrong;
    }
    choices
}

//! What came out: the computation step by step, and the mistakes.

use alloc::string::String;
use alloc::vec::Vec;

use crate::mistake::{Mistake, Part};

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub(crate) is_match: bool,
    pub(crate) is_explained: bool,
    pub(crate) first_difference: Option<Part>,
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) steps: Vec<Step>,
}

impl Explanation {
    /// Whether what was sent, and its signature, are right for these credentials; for two headers,
    /// whether they say the same.
    pub fn is_match(&self) -> bool {
        self.is_match
    }

    /// Whether the signature that was sent is accounted for: it is right, or the
    /// [`mistakes`](Self::mistakes) lead to exactly it. When not, there is something wrong besides
    /// them.
    pub fn is_explained(&self) -> bool {
        self.is_explained
    }

    /// The first part that differs; `None` when all is well. When the signature matches, this is
    /// still the timestamp if it is in another zone than the moment of sending.
    pub fn first_difference(&self) -> Option<Part> {
        self.first_difference
    }

    /// The mistakes that together lead to exactly what was sent, in the order of the computation:
    /// usually one, none when they are not known. When the signature is not
    /// [explained](Self::is_explained), only those that are there to be seen.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// The computation step by step.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// One step of the computation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) part: Part,
    pub(crate) expected: Option<String>,
    pub(crate) sent: Option<String>,
    pub(crate) agrees: Option<bool>,
}

impl Step {
    /// The part this is about.
    pub fn part(&self) -> Part {
        self.part
    }

    /// What it should be, fit to be printed; `None` where that is not known or is secret.
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }

    /// What was sent, fit to be printed; `None` where the part is not sent.
    pub fn sent(&self) -> Option<&str> {
        self.sent.as_deref()
    }

    /// Whether this step was done right; `None` where that cannot be told, as with everything
    /// between header and signature before the mistake is known.
    pub fn agrees(&self) -> Option<bool> {
        self.agrees
    }
}

/// In order, each once; two that are one are made one.
pub(crate) fn tidy(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    const SWAPPED: [Mistake; 2] = [Mistake::AppIdIsAppKey, Mistake::KeyIsAppId];
    if SWAPPED.iter().all(|mistake| mistakes.contains(mistake)) {
        mistakes.retain(|mistake| !SWAPPED.contains(mistake));
        mistakes.push(Mistake::AppIdAndAppKeySwapped);
    }
    mistakes.sort();
    mistakes.dedup();
    mistakes
}

pub(crate) fn step(
    part: Part,
    expected: Option<String>,
    sent: Option<String>,
    agrees: Option<bool>,
) -> Step {
    Step {
        part,
        expected,
        sent,
        agrees,
    }
}

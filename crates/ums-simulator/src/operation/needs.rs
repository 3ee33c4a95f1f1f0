//! What an operation's requests must have, as data.

use std::fmt;

/// The version of the interface, which is part of the path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    V1,
    V2,
    V4,
    V6,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V4 => "v4",
            Self::V6 => "v6",
        })
    }
}

/// The fields that are asked for, by their names on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// What must be sent.
    pub(crate) required: &'static [&'static str],
    /// What must be sent at one version only.
    pub(crate) required_at: &'static [(Version, &'static str)],
    /// Of these at least one must be sent; none where there is no such rule.
    pub(crate) one_of: &'static [&'static str],
    /// The longest value of a field, where it is shorter than elsewhere.
    pub(crate) shorter: &'static [(&'static str, usize)],
    /// Values of `payMode` that other operations have.
    pub(crate) no_pay_modes: &'static [&'static str],
}

impl Needs {
    /// No rule.
    pub(crate) const NONE: Self = Self {
        required: &[],
        required_at: &[],
        one_of: &[],
        shorter: &[],
        no_pay_modes: &[],
    };

    /// The longest value of a field that elsewhere may have so many characters.
    pub(crate) fn longest(&self, name: &str, elsewhere: usize) -> usize {
        let mut shorter = self.shorter.iter();
        let found = shorter.find(|(short, _)| *short == name);
        found.map_or(elsewhere, |(_, longest)| *longest)
    }

    /// Every field that a rule names.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        let at = self.required_at.iter().map(|(_, name)| *name);
        let shorter = self.shorter.iter().map(|(name, _)| *name);
        let others = self.required.iter().chain(self.one_of);
        others.copied().chain(at).chain(shorter)
    }
}

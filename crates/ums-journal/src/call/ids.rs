//! What calls, facts, processes and journals are told apart by.

use crate::call::text::{InvalidText, TextProblem, visible_ascii};

/// An id of visible ASCII, made by whoever names the thing.
macro_rules! ids {
    ($($(#[$meta:meta])* pub struct $Name:ident;)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
            #[serde(transparent)]
            pub struct $Name(String);

            impl $Name {
                /// An id of 1 to 64 visible ASCII characters, none of which is a slash.
                ///
                /// # Errors
                ///
                /// Returns an error if it is empty, longer, or has any other character.
                pub fn new(id: impl Into<String>) -> Result<Self, $crate::call::text::InvalidText> {
                    let id = id.into();
                    without_slash(stringify!($Name), &id)?;
                    Ok(Self(id))
                }

                /// The id.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl ::std::fmt::Display for $Name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.pad(&self.0)
                }
            }

            impl<'de> ::serde::Deserialize<'de> for $Name {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> ::std::result::Result<Self, D::Error> {
                    let id = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                    visible_ascii(stringify!($Name), &id, 255)
                        .map_err(<D::Error as ::serde::de::Error>::custom)?;
                    Ok(Self(id))
                }
            }
        )+
    };
}

ids! {
    /// Names one call in one journal. Whoever begins the call makes it, at random.
    pub struct CallId;

    /// Names one fact. Whoever learns the fact makes it, before the first try to write it down, so
    /// that writing it down twice is one fact.
    pub struct FactId;

    /// Names one process, or one worker of it, for as long as it lives. Made at random at its
    /// start: a process that starts again is another owner.
    pub struct Owner;

    /// Names one journal. Made at random with the journal: an empty journal in the same place is
    /// another one.
    pub struct JournalId;
}

impl FactId {
    /// The id of a step that a store writes down itself, from what the step belongs to: the same
    /// step never has two.
    pub fn of_step(call: &CallId, attempt: Attempt, step: &str) -> Self {
        // A caller's own id has no slash, so that none is equal to it.
        Self(format!("{call}/{attempt}/{step}"))
    }

    /// The id of an entry that belongs to another fact.
    pub fn beside(fact: &Self, what: &str) -> Self {
        Self(format!("{fact}/{what}"))
    }
}

fn without_slash(what: &'static str, id: &str) -> Result<(), InvalidText> {
    if id.contains('/') {
        return Err(InvalidText::new(what, TextProblem::Slash));
    }
    visible_ascii(what, id, 64)
}

/// The number of an attempt of a call: 1 for the first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct AttemptNumber(u32);

use AttemptNumber as Attempt;

impl AttemptNumber {
    /// The first attempt.
    pub const FIRST: Self = Self(1);

    /// The attempt with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl std::fmt::Display for AttemptNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How often a call has changed hands. Who holds an older epoch than the call's has lost it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

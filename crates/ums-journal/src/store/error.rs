//! A store that cannot do its work, and what is known of what it did.

use std::error::Error;
use std::fmt;

use crate::name::names;

/// A store that could not do what it was asked to.
///
/// What matters is [`committed`](Self::committed): after a transaction of which it is not known
/// whether it took place, nothing may be sent.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    committed: Committed,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// A failure of this kind, and whether anything was committed.
    pub fn new(kind: StoreErrorKind, committed: Committed) -> Self {
        Self {
            kind,
            committed,
            source: None,
        }
    }

    /// The same, with what it comes from.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..self
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the transaction took place. Of a read, it did not.
    pub fn committed(&self) -> Committed {
        self.committed
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            StoreErrorKind::Unavailable => "the journal cannot be reached",
            StoreErrorKind::TimedOut => "the journal did not answer in time",
            StoreErrorKind::Full => "the journal's disk is full",
            StoreErrorKind::ReadOnly => "the journal cannot be written",
            StoreErrorKind::Foreign => "this is no journal",
            StoreErrorKind::NewerSchema => "the journal is of a newer version of this program",
            StoreErrorKind::OtherMachine => "the journal is another machine's",
            StoreErrorKind::NotDurable => "the journal does not keep what it is told",
            StoreErrorKind::Damaged => "the journal is damaged",
        };
        let committed = match self.committed {
            Committed::Yes => "; it was written down",
            Committed::No => "; nothing was written down",
            Committed::NotKnown => "; whether it was written down is not known",
        };
        write!(f, "{kind}{committed}")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let source: &(dyn Error + 'static) = &**self.source.as_ref()?;
        Some(source)
    }
}

names! {
    /// Whether a transaction took place.
    #[allow(clippy::exhaustive_enums, reason = "callers must decide about each of the three")]
    pub enum Committed, "state of a transaction" {
        /// It did.
        Yes = "yes",
        /// It did not, and never will.
        No = "no",
        /// It may have, and may still: send nothing, and read it back later.
        NotKnown = "not_known",
    }
}

names! {
    /// What is wrong with a store.
    #[non_exhaustive]
    pub enum StoreErrorKind, "failure of a store" {
        /// It cannot be reached.
        Unavailable = "unavailable",
        /// It did not answer in time.
        TimedOut = "timed_out",
        /// Its disk is full.
        Full = "full",
        /// It cannot be written.
        ReadOnly = "read_only",
        /// What is there is no journal.
        Foreign = "foreign",
        /// A newer version of this program has written it.
        NewerSchema = "newer_schema",
        /// It was written on another machine, by a clock that this one does not have.
        OtherMachine = "other_machine",
        /// It does not keep what it is told, as far as can be seen.
        NotDurable = "not_durable",
        /// It is damaged.
        Damaged = "damaged",
    }
}

//! One way to make a choice, and the mistakes in it.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::mistake::Mistake;

/// What one choice may have been.
pub(crate) struct Candidate<T> {
    pub(crate) mistakes: Vec<Mistake>,
    pub(crate) value: T,
    /// One of very many, or rare: tried alone, not together with another mistake.
    pub(crate) wide: bool,
}

impl<T> Candidate<T> {
    pub(crate) fn new(mistakes: &[Mistake], value: T) -> Self {
        Self {
            mistakes: mistakes.to_vec(),
            value,
            wide: false,
        }
    }

    pub(crate) fn wide(self) -> Self {
        Self { wide: true, ..self }
    }
}

/// Bytes that may hold a key: wiped.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

pub(crate) fn secret(parts: &[&[u8]]) -> Secret {
    Zeroizing::new(parts.concat())
}

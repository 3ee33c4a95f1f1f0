//! Facts in the order in which they were committed, each bound to the one before it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

use crate::call::journal_key::hex;
use crate::call::stamp::Stamp;
use crate::fact::entry::Fact;

/// A SHA-256 hash, in hexadecimal.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ChainHash(String);

impl ChainHash {
    /// What the first fact of a journal is bound to.
    pub fn of_nothing() -> Self {
        Self::of(&[b"ums-journal facts 1"])
    }

    /// A hash that was written down.
    pub fn from_text(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Self(text.to_owned()))
    }

    /// The digest of a fact's [text](RecordedFact::text), for a store that keeps it only where the
    /// text is no longer the one that was first written.
    pub fn of_text(text: &str) -> Self {
        Self::of(&[text.as_bytes()])
    }

    /// The hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part);
        }
        Self(hex(&hash.finalize()))
    }

    fn next(&self, number: u64, digest: &Self) -> Self {
        let number = number.to_string();
        Self::of(&[
            self.0.as_bytes(),
            b" ",
            number.as_bytes(),
            b" ",
            digest.0.as_bytes(),
        ])
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChainHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| serde::de::Error::custom("it is no hash"))
    }
}

/// A fact as a journal holds it: with its place, the store's time, and the hash that binds it to
/// all before it.
///
/// A store keeps [`text`](Self::text), [`digest`](Self::digest) and [`chain`](Self::chain) as they
/// are and makes the rest from them, so that a hash is still true when a later version of this
/// crate would write the same fact in other words.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedFact {
    number: u64,
    at: Stamp,
    fact: Fact,
    text: String,
    digest: ChainHash,
    chain: ChainHash,
}

impl RecordedFact {
    /// The fact that follows the one which `before` is the chain's hash of.
    ///
    /// # Errors
    ///
    /// Returns an error if the fact cannot be written as JSON.
    pub fn new(
        number: u64,
        before: &ChainHash,
        at: Stamp,
        fact: Fact,
    ) -> Result<Self, serde_json::Error> {
        let text = text_of(&at, &fact)?;
        let digest = ChainHash::of_text(&text);
        let chain = before.next(number, &digest);
        Ok(Self {
            number,
            at,
            fact,
            text,
            digest,
            chain,
        })
    }

    /// A fact read back from what a store keeps of it.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is no fact.
    pub fn from_text(
        number: u64,
        text: String,
        digest: ChainHash,
        chain: ChainHash,
    ) -> Result<Self, serde_json::Error> {
        let OwnedText { at, fact } = serde_json::from_str(&text)?;
        Ok(Self {
            number,
            at,
            fact,
            text,
            digest,
            chain,
        })
    }

    /// The same fact in another place: what a journal is given that comes from elsewhere.
    #[must_use]
    pub fn moved_to(&self, number: u64, before: &ChainHash) -> Self {
        Self {
            number,
            chain: before.next(number, &self.digest),
            ..self.clone()
        }
    }

    /// The same without what only a reader of the history needs. The hash of the whole fact stays,
    /// so that the chain stays.
    ///
    /// # Errors
    ///
    /// Returns an error if the fact cannot be written as JSON.
    pub fn buried(&self) -> Result<Self, serde_json::Error> {
        let fact = self.fact.without_details();
        let text = text_of(&self.at, &fact)?;
        Ok(Self {
            fact,
            text,
            ..self.clone()
        })
    }

    /// Its place in the journal: 1 for the first, without gaps, in the order of commits.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// When it was written down, by the store's clock.
    pub fn at(&self) -> &Stamp {
        &self.at
    }

    /// The fact.
    pub fn fact(&self) -> &Fact {
        &self.fact
    }

    /// Time and fact as JSON: what the digest is of, unless the details were taken out.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The hash of the text as it was first written.
    pub fn digest(&self) -> &ChainHash {
        &self.digest
    }

    /// The hash that binds it to all facts before it.
    pub fn chain(&self) -> &ChainHash {
        &self.chain
    }

    /// Whether its text is still the one that its digest is of.
    pub fn is_whole(&self) -> bool {
        ChainHash::of_text(&self.text) == self.digest
    }

    /// Whether it follows the fact that `before` is the chain's hash of.
    pub fn follows(&self, before: &ChainHash) -> bool {
        before.next(self.number, &self.digest) == self.chain
    }
}

/// Without the text, which has the same in it as the fact, and may have what the fact does not
/// show.
impl fmt::Debug for RecordedFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedFact")
            .field("number", &self.number)
            .field("at", &self.at)
            .field("fact", &self.fact)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

fn text_of(at: &Stamp, fact: &Fact) -> Result<String, serde_json::Error> {
    // Most facts fit, so that the text is not moved as it grows.
    let mut text = Vec::with_capacity(768);
    serde_json::to_writer(&mut text, &Text { at, fact })?;
    String::from_utf8(text).map_err(<serde_json::Error as serde::ser::Error>::custom)
}

#[derive(Serialize)]
struct Text<'a> {
    at: &'a Stamp,
    fact: &'a Fact,
}

#[derive(Deserialize)]
struct OwnedText {
    at: Stamp,
    fact: Fact,
}

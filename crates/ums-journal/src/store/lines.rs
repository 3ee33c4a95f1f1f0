//! A journal as lines of JSON, and whether its facts are all there.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::call::ids::CallId;
use crate::fact::entry::FactKind;
use crate::fact::recorded::{ChainHash, RecordedFact};
use crate::store::contract::Store;
use crate::store::error::StoreError;
use crate::store::head::{Head, Memory, Witness};

/// A fact as one line of an export: its number, its hashes, and its text word for word.
///
/// [`fact_of_line`] reads it back, and [`StoreCommand::Restore`](crate::StoreCommand::Restore)
/// writes it into a journal.
pub fn line_of_fact(fact: &RecordedFact) -> String {
    // The text is JSON: it was made as such, or read as such.
    format!(
        r#"{{"number":{},"digest":"{}","chain":"{}","entry":{}}}"#,
        fact.number(),
        fact.digest(),
        fact.chain(),
        fact.text()
    )
}

/// The fact of a line of an export.
///
/// # Errors
///
/// Returns an error if the line is none of an export.
pub fn fact_of_line(line: &str) -> Result<RecordedFact, InvalidLine> {
    let invalid = |source: serde_json::Error| InvalidLine(source);
    let line: Line<'_> = serde_json::from_str(line).map_err(invalid)?;
    let text = line.entry.get().to_owned();
    RecordedFact::from_text(line.number, text, line.digest, line.chain).map_err(invalid)
}

#[derive(Deserialize)]
struct Line<'a> {
    number: u64,
    digest: ChainHash,
    chain: ChainHash,
    #[serde(borrow)]
    entry: &'a RawValue,
}

/// A line that is none of an export.
#[derive(Debug, thiserror::Error)]
#[error("the line is no fact of a journal")]
pub struct InvalidLine(#[source] serde_json::Error);

/// Whether facts follow each other without a gap, none changed and none left out.
///
/// Hand it every fact from the first one on, and compare [`head`](Self::head) with what the journal
/// says, and with a witness.
#[derive(Clone, Debug)]
pub struct ChainCheck {
    facts: u64,
    chain: ChainHash,
    changed: u64,
    /// Calls that lack details of which no fact has said so yet, and their first facts that do.
    unexplained: BTreeMap<CallId, u64>,
}

impl Default for ChainCheck {
    fn default() -> Self {
        Self::new()
    }
}

impl ChainCheck {
    /// Before the first fact.
    pub fn new() -> Self {
        Self {
            facts: 0,
            chain: ChainHash::of_nothing(),
            changed: 0,
            unexplained: BTreeMap::new(),
        }
    }

    /// Takes the next fact.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not follow the one before, or if its text is neither the one
    /// that its digest is of nor that without its details.
    pub fn take(&mut self, fact: &RecordedFact) -> Result<(), BrokenChain> {
        let number = self.facts + 1;
        let broken = || BrokenChain { number };
        if fact.number() != number || !fact.follows(&self.chain) {
            return Err(broken());
        }
        if !fact.is_whole() {
            let call = fact.fact().call.as_ref().ok_or_else(broken)?;
            let buried = fact.buried().map_err(|_| broken())?;
            if buried.text() != fact.text() {
                return Err(broken());
            }
            self.changed += 1;
            self.unexplained.entry(call.clone()).or_insert(number);
        }
        if let FactKind::Buried(buried) = &fact.fact().what {
            for call in &buried.calls {
                self.unexplained.remove(call);
            }
        }
        self.facts = number;
        self.chain = fact.chain().clone();
        Ok(())
    }

    /// After the last fact: whether each call that lacks details is one of which a later fact says
    /// that they were taken out.
    ///
    /// # Errors
    ///
    /// Returns an error if one is not: somebody has changed its text.
    pub fn finish(&self) -> Result<(), BrokenChain> {
        match self.unexplained.values().min() {
            Some(&number) => Err(BrokenChain { number }),
            None => Ok(()),
        }
    }

    /// The number of the last fact, and the hash that binds all of them.
    pub fn head(&self) -> (u64, &ChainHash) {
        (self.facts, &self.chain)
    }

    /// How many facts no longer have the text that they were written with: those whose details were
    /// taken out, and no other should.
    pub fn without_details(&self) -> u64 {
        self.changed
    }
}

/// A fact that does not follow the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BrokenChain {
    /// The number of the fact that is missing or changed.
    pub number: u64,
}

impl fmt::Display for BrokenChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fact {} is missing or was changed", self.number)
    }
}

impl std::error::Error for BrokenChain {}

/// What became of a journal since a witness saw it.
///
/// # Errors
///
/// Returns an error if the journal cannot be read.
pub async fn compare_with_witness(
    store: &dyn Store,
    witness: &Witness,
) -> Result<Memory, StoreError> {
    let head: Head = store.head().await?;
    if head.journal != witness.journal {
        return Ok(Memory::OtherJournal);
    }
    if head.facts < witness.facts {
        return Ok(Memory::Younger);
    }
    let chain = match witness.facts.checked_sub(1) {
        None => ChainHash::of_nothing(),
        Some(before) => match store.facts(before, 1).await?.first() {
            Some(fact) => fact.chain().clone(),
            None => return Ok(Memory::Younger),
        },
    };
    Ok(if chain == witness.chain {
        Memory::Whole
    } else {
        Memory::OtherHistory
    })
}

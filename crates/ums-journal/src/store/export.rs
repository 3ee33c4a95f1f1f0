//! An export: a line that says of which journal, a line for each fact, and one that says where it
//! ends, so that one that was cut, changed or put in another order is known as such.

use serde::{Deserialize, Serialize};

use crate::call::ids::JournalId;
use crate::call::journal_key::JournalKey;
use crate::fact::entry::KeyOfJournal;
use crate::fact::recorded::{ChainHash, RecordedFact};
use crate::store::lines::{ChainCheck, InvalidLine, fact_of_line};

/// The version of the form that is written.
const FORM: u32 = 1;

/// The first line of an export. **It has the journal's key in it**, so that calls are known again
/// in another journal: keep an export as the journal itself, where nobody else can read it.
///
/// # Errors
///
/// Returns an error if it cannot be written as JSON.
pub fn first_line_of_export(
    journal: &JournalId,
    key: &JournalKey,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&First {
        export: FORM,
        of: KeyOfJournal::new(journal.clone(), key),
    })
}

/// The last line of an export with so many facts, which this hash binds.
///
/// # Errors
///
/// Returns an error if it cannot be written as JSON.
pub fn last_line_of_export(facts: u64, chain: &ChainHash) -> Result<String, serde_json::Error> {
    let end = ExportEnd {
        facts,
        chain: chain.clone(),
    };
    serde_json::to_string(&Last { end })
}

#[derive(Serialize, Deserialize)]
struct First {
    export: u32,
    of: KeyOfJournal,
}

#[derive(Serialize, Deserialize)]
struct Last {
    end: ExportEnd,
}

/// Where an export ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportEnd {
    /// How many facts it has.
    pub facts: u64,
    /// The hash that binds them.
    pub chain: ChainHash,
}

/// Goes through an export line by line. Nothing of it is to be believed before
/// [`finish`](Self::finish).
#[derive(Debug, Default)]
pub struct ExportCheck {
    of: Option<KeyOfJournal>,
    chain: ChainCheck,
    has_ended: bool,
}

impl ExportCheck {
    /// Before the first line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next line, and says which fact it is. The first and the last line are none.
    ///
    /// # Errors
    ///
    /// Returns an error if it is none that may follow here.
    pub fn take(&mut self, line: &str) -> Result<Option<RecordedFact>, InvalidExport> {
        if self.has_ended {
            return Err(InvalidExport::Further);
        }
        if self.of.is_none() {
            let first = serde_json::from_str::<First>(line);
            return match first {
                Ok(first) if first.export == FORM && first.of.key().is_some() => {
                    self.of = Some(first.of);
                    Ok(None)
                }
                Ok(first) => Err(InvalidExport::Form(first.export)),
                Err(_) => match fact_of_line(line) {
                    Ok(_) => Err(InvalidExport::NoFirstLine),
                    Err(error) => Err(error.into()),
                },
            };
        }
        if let Ok(last) = serde_json::from_str::<Last>(line) {
            let (facts, chain) = self.chain.head();
            if (last.end.facts, &last.end.chain) != (facts, chain) {
                return Err(InvalidExport::OtherEnd {
                    said: last.end.facts,
                    found: facts,
                });
            }
            self.has_ended = true;
            return Ok(None);
        }
        let fact = fact_of_line(line)?;
        self.chain.take(&fact).map_err(InvalidExport::Broken)?;
        Ok(Some(fact))
    }

    /// After the last line: the journal that it is of, with its key.
    ///
    /// # Errors
    ///
    /// Returns an error if the export has no end, or a fact was changed.
    pub fn finish(self) -> Result<KeyOfJournal, InvalidExport> {
        let of = self.of.ok_or(InvalidExport::NoFirstLine)?;
        if !self.has_ended {
            return Err(InvalidExport::Cut);
        }
        self.chain.finish().map_err(InvalidExport::Broken)?;
        Ok(of)
    }
}

/// Why an export is not to be believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidExport {
    /// It does not say of which journal it is: its beginning is missing, or an older version made
    /// it.
    #[error("the first line does not say of which journal the export is: export it again")]
    NoFirstLine,
    /// It is of a form that is not known.
    #[error("the export is of form {0}, which this program does not know")]
    Form(u32),
    /// A line is none of an export.
    #[error(transparent)]
    Line(#[from] InvalidLine),
    /// A fact is missing, was changed or is in another place.
    #[error(transparent)]
    Broken(crate::store::lines::BrokenChain),
    /// The end that it states is not the one that it has.
    #[error("the export says that it has {said} facts, and has {found}, or others")]
    OtherEnd {
        /// How many it says.
        said: u64,
        /// How many there are.
        found: u64,
    },
    /// Something comes after its end.
    #[error("the export goes on after its end")]
    Further,
    /// Its end is missing.
    #[error("the end of the export is missing: it was cut, or not written to its end")]
    Cut,
}

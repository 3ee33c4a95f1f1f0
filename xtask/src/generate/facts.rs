//! All facts of `fixtures/documented/` together.

use std::path::Path;

use anyhow::Result;

use super::documented::Checked;
use super::operation::Operation;
use super::reply_codes::{self, ReplyCode};
use super::tree;

/// The facts of `fixtures/documented/`, read and found free of contradiction.
pub(crate) struct Documented {
    pub(crate) operations: Vec<Operation>,
    pub(crate) reply_codes: Vec<Checked<ReplyCode>>,
}

const REPLY_CODES: &str = "reply_codes.json";

pub(crate) fn read(documented: &Path) -> Result<Documented> {
    let mut operations = Vec::new();
    for file in tree::json_files(documented)? {
        if file != REPLY_CODES {
            operations.push(Operation::read(documented, &file)?);
        }
    }
    let reply_codes = reply_codes::read(documented, REPLY_CODES)?;
    Ok(Documented {
        operations,
        reply_codes,
    })
}

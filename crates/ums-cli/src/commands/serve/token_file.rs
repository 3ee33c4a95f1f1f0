//! Where the tokens of a server are kept.

use std::path::PathBuf;

use ums_server::TokenFile;

use crate::config::journal::{make_directory, state_directory};
use crate::failure::{Failure, FailureKind, OrFail};

/// The file of tokens that was given, or the usual one.
///
/// # Errors
///
/// There is nowhere to put it.
pub(super) fn token_file(given: Option<&PathBuf>) -> Result<TokenFile, Failure> {
    const FILE: &str = "tokens.json";
    let path = match given {
        Some(path) => path.clone(),
        None => {
            let path = state_directory()?.join(FILE);
            make_directory(&path).or_fail(FailureKind::System)?;
            path
        }
    };
    Ok(TokenFile::new(path))
}

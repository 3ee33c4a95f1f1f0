//! What is not as a case of the kit wants it.

use std::fmt;

use crate::store::error::StoreError;

pub(super) type CaseResult<T = ()> = Result<T, Fault>;

/// What is not as it should be, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub(super) String);

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self(format!("the store fails: {error}"))
    }
}

impl From<String> for Fault {
    fn from(words: String) -> Self {
        Self(words)
    }
}

impl From<&str> for Fault {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}

/// That two things are equal.
pub(super) fn equal<T: PartialEq + fmt::Debug>(found: T, expected: T, what: &str) -> CaseResult {
    if found == expected {
        return Ok(());
    }
    Err(Fault(format!("{what} is {found:?}, not {expected:?}")))
}

/// That something is so.
pub(super) fn must(is_so: bool, what: &str) -> CaseResult {
    if is_so {
        Ok(())
    } else {
        Err(Fault::from(what))
    }
}

//! Why a command comes to nothing.

use ums_journal::Refused;

/// Why a command comes to nothing.
#[derive(Debug)]
pub(crate) enum Stop {
    /// By what the journal holds: nothing else of the group is touched.
    Refused(Refused),
    /// By SQLite: nothing of the group takes place.
    Failed(rusqlite::Error),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

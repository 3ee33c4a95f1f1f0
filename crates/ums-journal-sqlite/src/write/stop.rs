//! Why a command comes to nothing.

use ums_journal::StoreRefusal;

/// Why a command comes to nothing.
#[derive(Debug)]
pub(crate) enum Stop {
    /// By what the journal holds: nothing else of the group is touched.
    Refused(StoreRefusal),
    /// By SQLite: nothing of the group takes place.
    Failed(rusqlite::Error),
}

impl From<StoreRefusal> for Stop {
    fn from(refused: StoreRefusal) -> Self {
        Self::Refused(refused)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

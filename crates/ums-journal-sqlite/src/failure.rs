//! What a failure of SQLite means for whoever asked.

use rusqlite::{Error, ErrorCode, ffi};
use ums_journal::{Committed, StoreError, StoreErrorKind};

pub(crate) fn store_error(source: Error, committed: Committed) -> StoreError {
    StoreError::new(kind_of(&source), committed).with_source(source)
}

pub(crate) fn kind_of(error: &Error) -> StoreErrorKind {
    if is_lost_sync(error) {
        return StoreErrorKind::NotDurable;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreErrorKind::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::TimedOut,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Damaged,
        None => StoreErrorKind::Damaged,
        Some(_) => StoreErrorKind::Unavailable,
    }
}

/// Whether nothing more may be written after it: the file is damaged, or the kernel has lost pages
/// that it was told to keep, and a later sync that succeeds would not say so.
pub(crate) fn is_final(error: &Error) -> bool {
    is_lost_sync(error) || kind_of(error) == StoreErrorKind::Damaged
}

fn is_lost_sync(error: &Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        extended,
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}

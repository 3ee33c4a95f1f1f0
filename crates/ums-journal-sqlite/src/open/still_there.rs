//! Whether the file that is open is still the one at its place.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ums_journal::{Committed, StoreError, StoreErrorKind};

/// The file that is open, as its place knows it. A file that was removed, put back from a copy or
/// exchanged goes on to be written by whoever has it open, and nobody reads it again.
#[derive(Debug)]
pub(crate) struct StillThere {
    path: PathBuf,
    file: Option<(u64, u64)>,
    /// A journal only grows.
    size: AtomicU64,
}

impl StillThere {
    pub(crate) fn new(path: &Path) -> Self {
        let found = std::fs::metadata(path).ok();
        Self {
            path: path.to_owned(),
            size: AtomicU64::new(found.as_ref().map_or(0, Metadata::len)),
            file: found.as_ref().and_then(which),
        }
    }

    /// # Errors
    ///
    /// There is another file, none, or less than there was: nothing more may be written.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let Some(file) = self.file else {
            return Ok(());
        };
        let is_it = std::fs::metadata(&self.path).is_ok_and(|found| {
            let before = self.size.fetch_max(found.len(), Ordering::Relaxed);
            which(&found) == Some(file) && found.len() >= before
        });
        match is_it {
            true => Ok(()),
            false => Err(StoreError::new(StoreErrorKind::NotDurable, Committed::No)),
        }
    }
}

/// The file system and the number of the file in it.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn which(found: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    Some((found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn which(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_exchanged_or_shorter_is_another_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        let other = directory.path().join("other");
        let begin = || {
            std::fs::write(&path, "0123456789").unwrap();
            StillThere::new(&path)
        };
        let open = begin();
        open.check().unwrap();
        std::fs::write(&path, "0123456789 and more").unwrap();
        open.check().unwrap();
        // As long as at first, and shorter than since.
        std::fs::write(&path, "0123456789").unwrap();
        assert_eq!(open.check().unwrap_err().kind(), StoreErrorKind::NotDurable);

        let open = begin();
        std::fs::write(&other, "0123456789").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(open.check().is_err());

        let open = begin();
        std::fs::remove_file(&path).unwrap();
        assert!(open.check().is_err());
    }
}

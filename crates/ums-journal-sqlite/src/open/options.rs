//! Where a journal is, and what is known of its place that cannot be seen.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ums_journal::StoreClock;

/// Where a journal is, and how it is opened.
#[derive(Clone)]
pub struct SqliteOptions {
    pub(crate) path: PathBuf,
    pub(crate) is_made: bool,
    pub(crate) clock: Option<Arc<dyn StoreClock>>,
    pub(crate) machine_id: Option<String>,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: usize,
    pub(crate) may_be_in_memory: bool,
    pub(crate) others_are_off: bool,
    pub(crate) whole_check_up_to: u64,
}

impl SqliteOptions {
    /// The journal in this file. It is made when there is none.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            is_made: true,
            clock: None,
            machine_id: None,
            busy_timeout: Duration::from_secs(5),
            readers: 2,
            may_be_in_memory: false,
            others_are_off: false,
            whole_check_up_to: 16 << 20,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Only a journal that is there already is opened: an empty one in its place is another one.
    #[must_use]
    pub fn must_exist(self) -> Self {
        Self {
            is_made: false,
            ..self
        }
    }

    /// How long a process waits for another one that is writing: 5 seconds unless said otherwise.
    #[must_use]
    pub fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        Self {
            busy_timeout,
            ..self
        }
    }

    /// How many threads read, each on a connection of its own: 2 unless said otherwise, never less
    /// than 1.
    #[must_use]
    pub fn with_readers(self, readers: usize) -> Self {
        Self {
            readers: readers.max(1),
            ..self
        }
    }

    /// Every page of a file that is no larger than this is read before it is used, in bytes: 16 MiB
    /// unless said otherwise, and `u64::MAX` for a check of any file. A larger one is read whole
    /// only when the machine has started anew since the journal was left open.
    #[must_use]
    pub fn with_whole_check_up_to(self, bytes: u64) -> Self {
        Self {
            whole_check_up_to: bytes,
            ..self
        }
    }

    /// What this machine is told from others by, where `/etc/machine-id` does not say it: so in
    /// many containers. It must be the same for all processes of one machine, and no other
    /// machine's.
    #[must_use]
    pub fn with_machine_id(self, machine_id: impl Into<String>) -> Self {
        Self {
            machine_id: Some(machine_id.into()),
            ..self
        }
    }

    /// A person's word that no process of another machine works on this file any more: it was moved
    /// here, or put back. The leases of other machines have ended then.
    #[must_use]
    pub fn with_other_machines_off(self) -> Self {
        Self {
            others_are_off: true,
            ..self
        }
    }

    /// A file system in memory is good enough: for tests, never for money.
    #[must_use]
    pub fn in_memory_for_tests(self) -> Self {
        Self {
            may_be_in_memory: true,
            ..self
        }
    }

    /// Another clock than the machine's: for tests, never for money.
    #[must_use]
    pub fn with_clock_for_tests(self, clock: Arc<dyn StoreClock>) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

//! A file outside a journal, in which is remembered how far the journal is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ums_journal::Witness;

/// A file outside a journal, in which is remembered how far the journal is. Several processes may
/// keep one: none takes back what another one has remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessFile {
    path: PathBuf,
}

/// A file in which a process remembers the journal, that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the witness of the journal, {}, cannot be used", path.display())]
#[non_exhaustive]
pub struct WitnessError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

impl WitnessError {
    /// That this file cannot be used.
    pub fn new(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self {
            path: path.into(),
            source,
        }
    }
}

impl WitnessFile {
    /// The file of this name, whose directory must be there when something is to be remembered.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it remembers. `None` when there is no such file.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be read, or holds something else.
    pub fn read(&self) -> Result<Option<Witness>, WitnessError> {
        self.told(self.remembered())
    }

    /// Has it remember how far the journal is, unless it knows a later state of it, or another
    /// journal: that one a person has accepted since.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be read or written, or if another process keeps it for long.
    pub fn keep(&self, witness: &Witness) -> Result<(), WitnessError> {
        self.told(self.locked(|| match self.remembered()? {
            Some(known) if known.journal != witness.journal => Ok(()),
            Some(known) if known.facts >= witness.facts => Ok(()),
            _ => self.write(witness),
        }))
    }

    /// Has it remember this and nothing else, whatever it holds: a person has accepted the journal
    /// as it is.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be written, or if another process keeps it for long.
    pub fn replace(&self, witness: &Witness) -> Result<(), WitnessError> {
        self.told(self.locked(|| self.write(witness)))
    }

    fn told<T>(&self, done: io::Result<T>) -> Result<T, WitnessError> {
        done.map_err(|source| WitnessError {
            path: self.path.clone(),
            source,
        })
    }

    fn remembered(&self) -> io::Result<Option<Witness>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, witness: &Witness) -> io::Result<()> {
        // Processes of several machines may share the directory, and a lock may not hold there.
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let written = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let beside = self.beside(&format!(".{process}-{written}"));
        let text = serde_json::to_string(witness)?;
        let renamed = (|| {
            let mut file = for_its_owner().create(true).truncate(true).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &self.path)
        })();
        if renamed.is_err() {
            // What is left of it is in nobody's way.
            let _ = fs::remove_file(&beside);
        }
        renamed?;
        sync_directory(&self.path)
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    }

    /// While nobody else writes it.
    fn locked<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let lock = for_its_owner().create(true).open(self.beside(".lock"))?;
        lock_for_writing(&lock)?;
        work()
    }
}

fn for_its_owner() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The lock ends with the file, and with the process at the latest.
#[cfg(unix)]
fn lock_for_writing(file: &File) -> io::Result<()> {
    use std::thread::sleep;
    use std::time::Duration;

    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    // Whoever holds it writes one small file. A process that stands still must not hold up a call
    // for ever: that call is not sent then.
    const TRIES: u32 = 3_000;
    const PAUSE: Duration = Duration::from_millis(10);
    for _ in 0..TRIES {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => sleep(PAUSE),
            Err(Errno::INTR) => {}
            done => return done.map_err(io::Error::from),
        }
    }
    Err(ErrorKind::WouldBlock.into())
}

#[cfg(not(unix))]
fn lock_for_writing(_: &File) -> io::Result<()> {
    Ok(())
}

/// A file whose name is not on the disk is lost with the next power cut.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use ums_journal::{ChainHash, Head, JournalId, ManualClock, StoreClock};

    use super::*;

    fn witness(journal: &str, facts: u64) -> Witness {
        let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH);
        let chain = ChainHash::of_text(&facts.to_string());
        let journal = JournalId::new(journal).unwrap();
        Witness::of(&Head::new(journal, facts, chain, clock.now()))
    }

    #[test]
    fn it_goes_forward_only() {
        let directory = tempfile::tempdir().unwrap();
        let file = WitnessFile::new(directory.path().join("witness.json"));
        assert_eq!(file.read().unwrap(), None);
        file.keep(&witness("one", 7)).unwrap();
        file.keep(&witness("one", 3)).unwrap();
        assert_eq!(file.read().unwrap(), Some(witness("one", 7)));
        file.keep(&witness("other", 9)).unwrap();
        assert_eq!(file.read().unwrap(), Some(witness("one", 7)));
        file.replace(&witness("other", 2)).unwrap();
        assert_eq!(file.read().unwrap(), Some(witness("other", 2)));
    }

    #[test]
    fn whoever_writes_at_once_takes_nothing_back() {
        let directory = tempfile::tempdir().unwrap();
        let file = WitnessFile::new(directory.path().join("witness.json"));
        let start = Barrier::new(4);
        std::thread::scope(|scope| {
            for worker in 0..4_u64 {
                let (file, start) = (&file, &start);
                scope.spawn(move || {
                    start.wait();
                    for step in 0..5 {
                        file.keep(&witness("one", step * 4 + worker)).unwrap();
                        let known = file.read().unwrap().unwrap().facts;
                        assert!(known >= step * 4 + worker);
                    }
                });
            }
        });
        assert_eq!(file.read().unwrap(), Some(witness("one", 19)));
        // Nothing is left beside it but the lock.
        let names = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(names, 2);
    }

    #[test]
    fn what_is_no_witness_is_an_error_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("witness.json");
        for text in ["", "{}", "{\"journal\":\"one\",\"facts\":1", "\u{0}\u{1}"] {
            fs::write(&path, text).unwrap();
            let file = WitnessFile::new(&path);
            assert_eq!(file.read().unwrap_err().path, path);
            assert!(file.keep(&witness("one", 1)).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}

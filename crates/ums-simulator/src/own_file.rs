//! Files that the simulator writes: for their owner alone, whole or not at all, and never through a
//! link.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom as _, SystemRandom};

/// The content; none if there is no such file.
///
/// # Errors
///
/// Returns an error if it is a link or no regular file, or cannot be read.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    if !is_there(path)? {
        return Ok(None);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    follow_no_link(&mut options);
    let mut content = Vec::new();
    options.open(path)?.read_to_end(&mut content)?;
    Ok(Some(content))
}

/// Writes the file anew: beside it, flushed to the disk, then put in its place, so that it is
/// always one whole content. On Unix only its owner can read it.
///
/// # Errors
///
/// Returns an error if there is a link or no regular file in its place, or it cannot be written.
/// What was there stays then.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    is_there(path)?;
    let aside = aside(path)?;
    let written = write_new(&aside, content).and_then(|()| std::fs::rename(&aside, path));
    if let Err(error) = written {
        // If it cannot be removed either, the error to tell is still the first.
        let _ = std::fs::remove_file(&aside);
        return Err(error);
    }
    sync_directory(path)
}

/// Whether there is a regular file. Anything else in its place is an error.
fn is_there(path: &Path) -> io::Result<bool> {
    let kind = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if kind.is_file() {
        return Ok(true);
    }
    let what = if kind.is_symlink() {
        "it is a symbolic link, which is not followed: name the file itself"
    } else {
        "it is no regular file"
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// A name beside the file that nobody can guess.
fn aside(path: &Path) -> io::Result<PathBuf> {
    let mut random = [0_u8; 8];
    let drawn = SystemRandom::new().fill(&mut random);
    drawn.map_err(|_| io::Error::other("there are no random numbers"))?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}.new", u64::from_ne_bytes(random)));
    Ok(PathBuf::from(name))
}

/// A file that is not there yet, whose owner alone can use it.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // With `create_new`, a link in its place is an error too.
    options.write(true).create_new(true);
    follow_no_link(&mut options);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(unix)]
fn follow_no_link(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;
    // Without NONBLOCK, opening a pipe that was put in its place would wait.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    options.custom_flags(flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn follow_no_link(_: &mut OpenOptions) {}

/// Until its directory is flushed too, the new file may be lost with the machine.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_written_is_its_owners_alone_whatever_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        assert_eq!(read(&path).unwrap(), None);
        replace(&path, b"one").unwrap();
        assert_eq!(mode(&path), 0o600);
        let open = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(&path, open).unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(read(&path).unwrap().as_deref(), Some(&b"two"[..]));
        assert_eq!(names(dir.path()), ["file"]);
    }

    #[test]
    fn a_link_is_neither_read_nor_written_nor_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        let link = dir.path().join("link");
        std::fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        for result in [read(&link).map(|_| ()), replace(&link, b"new")] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains("symbolic link"), "{error}");
        }
        // Nor is one that leads nowhere.
        let nowhere = dir.path().join("nowhere");
        symlink(dir.path().join("absent"), &nowhere).unwrap();
        assert!(read(&nowhere).is_err());
        replace(&nowhere, b"new").unwrap_err();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(names(dir.path()), ["link", "nowhere", "victim"]);
    }

    /// What another user has put where the file is written first.
    #[test]
    fn a_link_that_waits_beside_it_catches_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        let path = dir.path().join("file");
        symlink(&victim, dir.path().join("file.new")).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
        let caught = dir.path().join("caught");
        symlink(&victim, &caught).unwrap();
        write_new(&caught, b"new").unwrap_err();
        assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    }

    #[test]
    fn a_directory_is_no_file_and_a_failure_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("below");
        std::fs::create_dir(&below).unwrap();
        for result in [read(&below).map(|_| ()), replace(&below, b"new")] {
            assert_eq!(result.unwrap_err().to_string(), "it is no regular file");
        }
        assert!(replace(&dir.path().join("absent/file"), b"new").is_err());
        assert_eq!(names(dir.path()), ["below"]);
    }
}

//! Files that a person names: read whole, never without end, and only when they are files; written
//! so that nothing else is overwritten.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use crate::language::{Message, Told};

/// What a file holds, and what is known of the file itself.
pub(crate) struct Contents {
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: Metadata,
}

/// The whole of a regular file that is no longer than `most`.
///
/// Neither a pipe that nobody writes to nor a device that never ends holds this up: they are no
/// regular files.
///
/// # Errors
///
/// Names what is wrong, and not the file, whose name may be a secret in the wrong place.
pub(crate) fn read(path: &Path, most: u64) -> Result<Contents, Unreadable> {
    // Looked at before it is opened, since opening a device may do something; and after it, since
    // by then it may be another.
    let file = opened(path)?;
    let metadata = file.metadata().map_err(Unreadable::Io)?;
    let bytes = up_to(file, most)?;
    Ok(Contents { bytes, metadata })
}

/// A regular file that is open, to be read piece by piece however long it is.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn opened(path: &Path) -> Result<File, Unreadable> {
    regular(&fs::metadata(path).map_err(Unreadable::Io)?)?;
    let file = open(path).map_err(Unreadable::Io)?;
    regular(&file.metadata().map_err(Unreadable::Io)?)?;
    Ok(file)
}

/// All that comes, if it is no longer than `most`.
///
/// # Errors
///
/// It is longer, or reading fails.
pub(crate) fn up_to(from: impl Read, most: u64) -> Result<Vec<u8>, Unreadable> {
    // A secret is short and fits at once, so that no copy is left where a buffer was before it
    // grew.
    let mut bytes = Vec::with_capacity(most.min(8192) as usize + 1);
    from.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(Unreadable::Io)?;
    if bytes.len() as u64 > most {
        return Err(Unreadable::TooLong(most));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    // Without these a pipe waits for its writer, and a terminal becomes ours.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

fn regular(metadata: &Metadata) -> Result<(), Unreadable> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(Unreadable::Directory)
    } else {
        Err(Unreadable::Special)
    }
}

/// Why a file could not be read. Never says which.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Directory,
    /// A pipe, a device, a socket.
    Special,
    /// Longer than this.
    TooLong(u64),
    Io(io::Error),
}

impl Unreadable {
    /// Whether there is no such file.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == ErrorKind::NotFound)
    }
}

impl Told for Unreadable {
    fn told(&self) -> Message {
        match self {
            Self::Directory => Message::new("it is a directory", "这是一个目录"),
            Self::Special => Message::new(
                "it is a pipe, a device or a socket; give a regular file (for standard input \
                 give -, where a flag takes it)",
                "这是管道、设备或套接字；请给出普通文件（标准输入请用 -，仅限支持它的选项）",
            ),
            Self::TooLong(most) => Message::new(
                format!("it is longer than {most} bytes"),
                format!("超过 {most} 字节"),
            ),
            Self::Io(error) => error.told(),
        }
    }
}

/// Puts a file in place that holds these bytes: written aside, flushed to the disk, then renamed,
/// so that it is never half a file. Only its owner can use it unless `mode` says otherwise (of
/// which the umask takes its part).
///
/// # Errors
///
/// It cannot be written, or a symbolic link or anything else but a regular file stands there
/// already.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Unwritable> {
    match fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => Err(Unwritable::Occupied),
        _ => replace(path, bytes, mode).map_err(Unwritable::Io),
    }
}

fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let mut aside = std::ffi::OsString::from(".");
    aside.push(name);
    aside.push(format!(".{}.new", std::process::id()));
    let aside = path.with_file_name(aside);
    let mut file = create_new(&aside, mode)?;
    let placed = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&aside, path));
    if placed.is_err() {
        // It is ours, and no use to anyone.
        let _ = fs::remove_file(&aside);
    }
    placed
}

/// Why a file could not be put in place. Never says which.
#[derive(Debug)]
pub(crate) enum Unwritable {
    /// Anything but a regular file stands there.
    Occupied,
    Io(io::Error),
}

impl Told for Unwritable {
    fn told(&self) -> Message {
        match self {
            Self::Occupied => Message::new(
                "a symbolic link, or anything else but a file, stands there; give another name, \
                 or remove it first",
                "该处已有符号链接或其他非普通文件；请换一个名称，或先将其删除",
            ),
            Self::Io(error) => error.told(),
        }
    }
}

/// Never one that exists, nor through a link.
fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_at_the_limit_is_read_and_one_above_it_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for (length, most, is_read) in [
            (0, 0, true),
            (1, 0, false),
            (4096, 4096, true),
            (4097, 4096, false),
            (100_000, 100_000, true),
            (100_001, 100_000, false),
        ] {
            fs::write(&path, vec![b'x'; length]).unwrap();
            match read(&path, most) {
                Ok(contents) => assert_eq!((contents.bytes.len(), is_read), (length, true)),
                Err(error) => {
                    assert!(matches!(error, Unreadable::TooLong(limit) if limit == most));
                    assert!(!is_read, "{length}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let socket = directory.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [
            &pipe,
            &socket,
            Path::new("/dev/zero"),
            Path::new("/dev/null"),
        ] {
            let error = read(path, 10).err().unwrap();
            assert!(matches!(error, Unreadable::Special), "{path:?}: {error:?}");
        }
        let error = read(directory.path(), 10).err().unwrap();
        assert!(matches!(error, Unreadable::Directory), "{error:?}");
        // Opened all the same, a pipe does not wait for its writer.
        assert!(open(&pipe).is_ok());
    }

    #[test]
    fn a_file_is_written_for_its_owner_and_in_one_piece() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for content in ["first", "second, which is longer", ""] {
            write(&path, content.as_bytes(), 0o600).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert_eq!(mode(&path), 0o600);
        }
        let names = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(names, 1, "nothing is left aside");
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let victim = directory.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let path = directory.path().join("file");
        symlink(&victim, &path).unwrap();
        assert!(write(&path, b"new", 0o600).is_err());
        assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
        // Nor where it is written aside.
        fs::remove_file(&path).unwrap();
        let aside = format!(".file.{}.new", std::process::id());
        symlink(&victim, directory.path().join(aside)).unwrap();
        assert!(write(&path, b"new", 0o600).is_err());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        assert!(!path.exists());
        assert!(write(directory.path(), b"new", 0o600).is_err());
    }
}

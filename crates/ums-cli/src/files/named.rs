//! Reading what a flag names: a file, or stdin for `-`.

use std::io::{self, BufRead, Cursor, Read, Seek};
use std::path::Path;

use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::file;
use crate::files::secret;
use crate::print::visible::visible;

/// All bytes of a file, or of stdin for `-`, up to a limit that is there so that a wrong file does
/// not fill the memory.
///
/// # Errors
///
/// It cannot be read, or is longer than the limit. Told with the flag.
pub(crate) fn bytes(flag: &'static str, path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if is_stdin(path) {
        file::up_to(io::stdin().lock(), LIMIT)
    } else {
        file::read(path, LIMIT).map(|contents| contents.bytes)
    };
    read.or_fail(FailureKind::InvalidInput)
        .map_err(|failure| cannot_be_read(failure, flag, path))
}

fn cannot_be_read(failure: Failure, flag: &'static str, path: &Path) -> Failure {
    let name = visible(&path.display().to_string());
    let what = (format!("{name} cannot be read"), format!("无法读取 {name}"));
    failure.about(what).named(flag)
}

/// What can be read more than once.
pub(crate) trait Readable: Read + Seek {}

impl<T: Read + Seek> Readable for T {}

/// A file, however long it is, or stdin for `-`, which is read whole first.
///
/// # Errors
///
/// It cannot be read. Told with the flag.
pub(crate) fn readable(flag: &'static str, path: &Path) -> Result<Box<dyn Readable>, Failure> {
    /// What comes by stdin is kept in memory.
    const MOST: u64 = 1 << 30;
    let read: Result<Box<dyn Readable>, _> = if is_stdin(path) {
        let bytes = file::up_to(io::stdin().lock(), MOST);
        bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Readable>)
    } else {
        file::opened(path).map(|file| Box::new(file) as Box<dyn Readable>)
    };
    read.or_fail(FailureKind::InvalidInput)
        .map_err(|failure| cannot_be_read(failure, flag, path))
}

/// A customer's code from a file, or the next line of stdin for `-`, as a scanner types it.
///
/// # Errors
///
/// As of [`bytes`]; the name of a file that is not there is not told, as it may be the code.
pub(crate) fn code(flag: &'static str, path: &Path) -> Result<String, Failure> {
    /// Far above any code.
    const MOST: u64 = 4096;
    let read = || {
        let bytes = if is_stdin(path) {
            let mut line = Vec::new();
            io::stdin()
                .lock()
                .take(MOST)
                .read_until(b'\n', &mut line)
                .or_fail(FailureKind::InvalidInput)?;
            line
        } else {
            let what = ("the file of the customer's code", "支付码文件");
            let (contents, _) = secret::contents(what, path)?;
            contents.bytes
        };
        String::from_utf8(bytes)
            .map(|text| text.trim().to_owned())
            .map_err(|_| Failure::text(FailureKind::InvalidInput, ("not text", "不是文本")))
    };
    read().map_err(|failure| failure.named(flag))
}

/// Whether the path means stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

const LIMIT: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_at_the_limit_is_read_and_one_above_it_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for (length, read) in [(0, true), (LIMIT, true), (LIMIT + 1, false)] {
            std::fs::write(&path, vec![b'x'; length as usize]).unwrap();
            let bytes = bytes("--body", &path);
            assert_eq!(bytes.is_ok(), read, "{length}");
            if let Ok(bytes) = bytes {
                assert_eq!(bytes.len() as u64, length);
            }
        }
    }
}

//! Reading what a flag names: a file, or stdin for `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::{Failure, FailureKind, OrFail};

/// All bytes of a file, or of stdin for `-`, up to a limit that is there so that
/// a wrong file does not fill the memory.
///
/// # Errors
///
/// It cannot be read, or is longer than the limit. Told with the flag.
pub(crate) fn bytes(flag: &'static str, path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if is_stdin(path) {
        read_up_to_limit(io::stdin().lock())
    } else {
        File::open(path).and_then(read_up_to_limit)
    };
    let bytes = read
        .or_fail(FailureKind::InvalidInput)
        .map_err(|failure| failure.about(format!("{flag}: {} cannot be read", path.display())))?;
    if bytes.len() as u64 > LIMIT {
        let message = format!("{flag}: {} is longer than 4 MiB", path.display());
        return Err(Failure::text(FailureKind::InvalidInput, message));
    }
    Ok(bytes)
}

/// Whether the path means stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

const LIMIT: u64 = 4 << 20;

fn read_up_to_limit(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

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

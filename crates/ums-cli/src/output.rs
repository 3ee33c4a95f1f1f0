//! Writing to stdout and stderr without ever panicking: a reader that hangs up
//! must not change how a command ends.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// The result, on stdout, with a newline after it, flushed.
///
/// # Errors
///
/// It could not be written. A closed pipe is no error: its reader had enough.
pub(crate) fn result(text: impl Display) -> io::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// The result as bytes that end as they should.
///
/// # Errors
///
/// As [`result`].
pub(crate) fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// A line for the person, on stderr. There is nobody to tell when that fails.
pub(crate) fn talk(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

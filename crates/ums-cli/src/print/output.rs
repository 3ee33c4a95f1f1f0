//! Writing to stdout and stderr: never a panic, since a reader that hangs up must not change how a
//! command ends; and never a character that a terminal obeys.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::language::spoken;
use crate::print::visible::{visible, visible_lines};

/// The result, on stdout, with a newline after it, flushed.
///
/// # Errors
///
/// It could not be written. A closed pipe is no error: its reader had enough.
pub(crate) fn result(text: impl Display) -> io::Result<()> {
    lines(&format!("{text}\n"))
}

/// The result as lines that end as they should.
///
/// # Errors
///
/// As [`result`].
pub(crate) fn lines(text: &str) -> io::Result<()> {
    bytes(visible_lines(text).as_bytes())
}

/// The result as bytes of this program's own making: nothing of them is looked at.
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

/// One line for the person, on stderr. There is nobody to tell when that fails.
pub(crate) fn talk(line: impl Display) {
    let line = visible(&line.to_string());
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// What is said when the result could not be written.
pub(crate) fn cannot_be_written(error: &io::Error) {
    talk(format_args!(
        "{}: {error}",
        spoken("error: stdout cannot be written", "错误：无法写入标准输出")
    ));
}

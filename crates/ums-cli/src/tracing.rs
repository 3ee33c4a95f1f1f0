//! `-v`: what happens, on stderr.

use std::io::{self, Write};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

use crate::print::visible::visible_lines;

/// Prints the events of this workspace's crates, and of no other: what those below may print at
/// their own levels is not ours to vouch for.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let layer = fmt::layer()
        .with_writer(|| Screen)
        .with_ansi(false)
        .with_span_events(fmt::format::FmtSpan::CLOSE)
        .with_filter(Targets::new().with_target("ums", level));
    // There is no other subscriber that this one could lose against.
    let _ = registry().with(layer).try_init();
}

/// stderr, where no event can do to the terminal what a stranger wrote into it. Each event comes as
/// one buffer.
struct Screen;

impl Write for Screen {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = visible_lines(&String::from_utf8_lossy(event));
        io::stderr().lock().write_all(text.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

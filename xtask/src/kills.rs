//! `cargo xtask kills`: processes with durable calls killed and stopped at every step, into
//! `docs/kills.md`.

use anyhow::Result;

use crate::simulate::prove;
use crate::workspace::root;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let page = root().join("docs").join("kills.md");
    let mut call = vec!["kills".to_owned()];
    call.extend(arguments.iter().cloned());
    if !arguments.iter().any(|argument| argument == "--write") {
        call.extend(["--write".to_owned(), page.display().to_string()]);
    }
    prove(&call)
}

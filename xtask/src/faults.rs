//! `cargo xtask faults`: each fault and each cut against the client, into `docs/faults.md`.

use anyhow::Result;

use crate::simulate::prove;
use crate::workspace::root;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let page = root().join("docs").join("faults.md");
    if let Some(docs) = page.parent() {
        std::fs::create_dir_all(docs)?;
    }
    let mut call = vec!["faults".to_owned()];
    call.extend(arguments.iter().cloned());
    if !arguments.iter().any(|argument| argument == "--write") {
        call.extend(["--write".to_owned(), page.display().to_string()]);
    }
    prove(&call)
}

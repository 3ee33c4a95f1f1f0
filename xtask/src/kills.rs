//! `cargo xtask kills`: processes with durable calls killed and stopped at every step, into
//! `docs/kills.md`, or with `--store postgres` into `docs/kills-postgres.md`.

use anyhow::Result;

use crate::simulate::prove;
use crate::workspace::root;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut words = arguments.iter().map(String::as_str);
    let is_postgres = words.any(|word| word == "--store") && words.next() == Some("postgres");
    let name = match is_postgres {
        true => "kills-postgres.md",
        false => "kills.md",
    };
    let page = root().join("docs").join(name);
    let mut call = vec!["kills".to_owned()];
    call.extend(arguments.iter().cloned());
    if !arguments.iter().any(|argument| argument == "--write") {
        call.extend(["--write".to_owned(), page.display().to_string()]);
    }
    prove(&call)
}

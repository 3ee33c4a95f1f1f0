//! Whether the pages that say where things are name what is there.

use std::path::Path;

use anyhow::{Context, Result};

/// The pages, and the folders that a path in them may begin with.
const PAGES: [&str; 5] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/outcomes.md",
    "docs/protocol.md",
];
const BEGINNINGS: [&str; 7] = [
    "crates/",
    "clients/",
    "xtask/",
    "fixtures/",
    "docs/",
    "examples/",
    "bench/",
];

/// Adds a fault for each path in backticks that leads nowhere. A word in capitals stands for any
/// name.
pub(super) fn check(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    for page in PAGES {
        let text = std::fs::read_to_string(root.join(page)).with_context(|| page.to_owned())?;
        for path in paths(&text) {
            if !root.join(path).exists() {
                faults.push(format!("{page} names {path}, which is not there"));
            }
        }
    }
    Ok(())
}

fn paths(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let paths = quoted.filter(|path| {
        BEGINNINGS
            .iter()
            .any(|beginning| path.starts_with(beginning))
    });
    // Of `file.rs::a_test` the file is looked for.
    let paths = paths.map(|path| path.split_once("::").map_or(path, |(file, _)| file));
    paths.filter(|path| {
        let is_any =
            |part: &str| part.chars().any(char::is_uppercase) && !part.contains(char::is_lowercase);
        !path.contains([' ', '*', '…']) && !path.split(['/', '.']).any(is_any)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_looked_for() {
        let text = "`crates/a/src/b.rs::works`, `cargo xtask`, `crates/x/FAMILY/NAME.rs`\n| `fixtures/` | `docs/*.md` |";
        assert_eq!(
            paths(text).collect::<Vec<_>>(),
            ["crates/a/src/b.rs", "fixtures/"]
        );
    }
}

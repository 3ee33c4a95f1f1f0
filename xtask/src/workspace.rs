//! Where the workspace is, and how cargo is asked about it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The directory of the workspace's own `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// Runs cargo in the workspace and gives its standard output.
pub(crate) fn cargo(arguments: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .with_context(|| format!("cargo {} could not be started", arguments.join(" ")))?;
    if !output.status.success() {
        bail!(
            "cargo {} failed:\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout).context("cargo printed something that is not UTF-8")
}

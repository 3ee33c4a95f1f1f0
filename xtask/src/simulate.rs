//! `cargo xtask simulate`: random histories against the client, each from its seed.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::root;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut call = vec!["simulate".to_owned()];
    call.extend(arguments.iter().cloned());
    prove(&call)
}

/// Runs the crate `ums-proof`, optimised, on this terminal.
pub(crate) fn prove(arguments: &[String]) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "ums-proof",
            "--",
        ])
        .args(arguments)
        .current_dir(root())
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("ums-proof {}: {status}", arguments.join(" "));
    }
    Ok(())
}

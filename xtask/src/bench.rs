//! `cargo xtask bench`: starts the benchmarks of `bench/`, a workspace of its own.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::root;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--locked", "--"])
        .args(arguments)
        .current_dir(root().join("bench"))
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("the benchmark failed");
    }
    Ok(())
}

//! `cargo xtask examples`: the examples that are crates of their own build and pass their tests.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::workspace::{cargo, root};

/// Each a directory below `examples/`, outside the workspace so that it has nothing but what is
/// public.
const EXAMPLES: &[&str] = &["netpay"];

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        bail!("it takes no arguments");
    }
    // What the workspace has built already need not be built again.
    let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = given.unwrap_or_else(|| root().join("target"));
    for example in EXAMPLES {
        let manifest = format!("examples/{example}/Cargo.toml");
        cargo(&[
            "test",
            "--quiet",
            "--manifest-path",
            &manifest,
            "--target-dir",
            &target.to_string_lossy(),
        ])?;
        println!("examples: {example} builds and passes its tests");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An example that is added has to be listed.
    #[test]
    fn every_crate_below_examples_is_listed() {
        let mut found: Vec<String> = std::fs::read_dir(root().join("examples"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("Cargo.toml").exists())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        found.sort();
        assert_eq!(found, EXAMPLES);
    }
}

//! What depending on `ums-client` costs: crates in the tree, and the time of a build from nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use crate::results;

#[derive(Serialize, Deserialize)]
pub(crate) struct Weight {
    pub(crate) crates: usize,
    pub(crate) cold_build_seconds: f64,
}

pub(crate) fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let tree = Command::new("cargo")
        .args([
            "tree",
            "--locked",
            "-p",
            "ums-client",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(&root)
        .output()?;
    ensure!(tree.status.success(), "cargo tree failed");
    let tree = String::from_utf8(tree.stdout)?;
    let crates: BTreeSet<&str> = tree
        .lines()
        .map(|line| {
            line.trim_end_matches(" (*)")
                .trim_end_matches(" (proc-macro)")
        })
        .filter(|line| !line.is_empty())
        .collect();
    let fresh = results::scratch()?.join("cold-build");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    let started = Instant::now();
    let built = Command::new("cargo")
        .args([
            "build",
            "--quiet",
            "--release",
            "--locked",
            "-p",
            "ums-client",
        ])
        .current_dir(&root)
        .env("CARGO_TARGET_DIR", &fresh)
        .status()?;
    let cold_build_seconds = started.elapsed().as_secs_f64();
    ensure!(built.success(), "the build failed");
    std::fs::remove_dir_all(&fresh)?;
    let weight = Weight {
        crates: crates.len(),
        cold_build_seconds,
    };
    println!(
        "{} crates, built from nothing in {cold_build_seconds:.1} s",
        weight.crates
    );
    results::save("weight", &weight)
}

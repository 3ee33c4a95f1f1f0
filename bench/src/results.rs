//! What was measured, kept in `bench/results/` for the report.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn load<T: DeserializeOwned>(name: &str) -> Result<Option<T>> {
    let path = path(name);
    match std::fs::read(&path) {
        Ok(text) => {
            let value = serde_json::from_slice(&text);
            Ok(Some(value.with_context(|| {
                format!("{} cannot be read", path.display())
            })?))
        }
        Err(_) => Ok(None),
    }
}

pub(crate) fn save<T: Serialize>(name: &str, value: &T) -> Result<()> {
    let path = path(name);
    std::fs::create_dir_all(path.parent().context("a directory")?)?;
    std::fs::write(&path, serde_json::to_string_pretty(value)? + "\n")
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// A directory for what is compiled and written on the way.
pub(crate) fn scratch() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let directory = program
        .parent()
        .unwrap_or(Path::new("."))
        .join("ums-bench-scratch");
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("results/{name}.json"))
}

//! `cargo xtask peers`: other clients under the simulator's faults, into `docs/peers.md`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::root;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        bail!("takes no argument, got {arguments:?}");
    }
    let work = root().join("target").join("peers");
    std::fs::create_dir_all(&work)?;
    // A peer that cannot be installed is said to be missing on the page.
    for (name, install) in INSTALLS {
        if let Err(why) = install(&work) {
            eprintln!("NOT INSTALLED: {name}: {why:#}");
        }
    }
    let page = root().join("docs").join("peers.md");
    let mut measure = Command::new(env!("CARGO"));
    measure
        .args(["run", "--quiet", "--locked", "--manifest-path"])
        .arg(root().join("peers/rust/Cargo.toml"))
        .arg("--target-dir")
        .arg(work.join("rust"))
        .args(["--", "measure"])
        .arg(&work)
        .arg(&page);
    finish(&mut measure)
}

type Install = fn(&Path) -> Result<()>;

const INSTALLS: &[(&str, Install)] = &[("Python", python), ("Node", node), ("Java", java)];

fn python(work: &Path) -> Result<()> {
    let environment = work.join("python");
    finish(
        Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment),
    )?;
    let packages = ["install", "--quiet", "requests", "httpx"];
    finish(Command::new(environment.join("bin/pip")).args(packages))
}

fn node(work: &Path) -> Result<()> {
    let folder = work.join("node");
    std::fs::create_dir_all(&folder)?;
    let packages = ["install", "--silent", "--no-save", "stripe"];
    finish(
        Command::new("npm")
            .args(packages)
            .arg("--prefix")
            .arg(folder),
    )
}

fn java(work: &Path) -> Result<()> {
    let compiled = work.join("java");
    finish(
        Command::new("javac")
            .args([OsStr::new("-encoding"), OsStr::new("UTF-8")])
            .arg("-d")
            .arg(compiled)
            .arg(root().join("peers/java/Peer.java")),
    )
}

fn finish(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let status = command
        .status()
        .with_context(|| format!("{} could not be started", program.display()))?;
    if !status.success() {
        bail!("{}: {status}", program.display());
    }
    Ok(())
}

//! Instruction counts: what each step of a call costs, whatever the machine is doing meanwhile.
//!
//! valgrind runs this program with few and with many repetitions of one step; the difference, divided, is the step
//! alone. valgrind's processor has no SHA instructions, so the hashing is counted in its portable form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::step::STEPS;

/// More than this above the committed count fails the check.
const TOLERANCE: f64 = 0.03;

/// So many more are no change: a step of two hundred instructions moves by a few with the path it is built in.
const SLACK: u64 = 20;

type Counts = BTreeMap<String, u64>;

/// `counts [--check] [STEP …]`
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let check = arguments.first().is_some_and(|first| first == "--check");
    let wanted = &arguments[usize::from(check)..];
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.json");
    let committed: Counts = match std::fs::read(&file) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(_) => Counts::new(),
    };
    let mut counted = committed.clone();
    let mut over = Vec::new();
    println!(
        "{:32} {:>12} {:>12} {:>8}",
        "instructions", "committed", "now", "change"
    );
    for step in STEPS {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == step.name) {
            continue;
        }
        let now = count(step.name)?;
        let before = committed.get(step.name).copied();
        let change = before.map_or(0.0, |before| now as f64 / before as f64 - 1.0);
        let shown = before.map_or("-".to_owned(), |before| before.to_string());
        println!(
            "{:32} {shown:>12} {now:>12} {:>+7.1}%",
            step.name,
            change * 100.0
        );
        if change > TOLERANCE && now > before.unwrap_or_default() + SLACK {
            over.push(step.name);
        }
        if check && before.is_none() {
            over.push(step.name);
        }
        counted.insert(step.name.to_owned(), now);
    }
    if !check {
        std::fs::write(&file, serde_json::to_string_pretty(&counted)? + "\n")?;
        return Ok(());
    }
    if !over.is_empty() {
        bail!(
            "more than {} % above {}: {}. If that is the price of something worth it, run `cargo xtask bench counts`, \
             commit the file, and give the reason in the commit",
            TOLERANCE * 100.0,
            file.display(),
            over.join(", ")
        );
    }
    Ok(())
}

fn count(step: &str) -> Result<u64> {
    const FEW: u64 = 20;
    const MANY: u64 = 120;
    let difference = instructions(step, MANY)?.checked_sub(instructions(step, FEW)?);
    let difference = difference.context("more repetitions took fewer instructions")?;
    Ok(difference / (MANY - FEW))
}

fn instructions(step: &str, repetitions: u64) -> Result<u64> {
    let out = scratch(step)?;
    let program = std::env::current_exe()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(["step", step, &repetitions.to_string()])
        .output()
        .context(
            "valgrind could not be started: install it, on Debian with apt-get install valgrind",
        )?;
    ensure!(
        output.status.success(),
        "valgrind failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::fs::read_to_string(&out)?;
    std::fs::remove_file(&out)?;
    text.lines()
        .find_map(|line| {
            line.strip_prefix("totals: ")
                .or_else(|| line.strip_prefix("summary: "))
        })
        .and_then(|total| total.trim().parse().ok())
        .context("callgrind wrote no total")
}

fn scratch(step: &str) -> Result<PathBuf> {
    let directory = std::env::temp_dir();
    Ok(directory.join(format!("ums-bench-{step}-{}.callgrind", std::process::id())))
}

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
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "ums-proof",
            "--",
        ])
        .args(arguments)
        .current_dir(root());
    succeeds(cargo).with_context(|| format!("ums-proof {}", arguments.join(" ")))
}

/// A command that ends with anything but success is an error.
fn succeeds(mut command: Command) -> Result<()> {
    let status = command.status().context("it could not be started")?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_that_finds_something_fails_the_chore() {
        let shell = |script: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]);
            succeeds(shell)
        };
        assert!(shell("exit 0").is_ok());
        for script in ["exit 1", "exit 2", "kill -9 $$"] {
            assert!(shell(script).is_err(), "{script}");
        }
        assert!(succeeds(Command::new("/no/such/program")).is_err());
    }
}

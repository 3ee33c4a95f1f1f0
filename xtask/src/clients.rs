//! The clients of `clients/`, each held against a real `ums serve` with faults on both sides.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::root;

/// How the client of a language is built, and its programs. `{out}` is a directory for what is
/// compiled; commands run in the client's directory.
pub(crate) struct ClientPrograms {
    pub(crate) build: &'static [&'static [&'static str]],
    /// Does what each line of its input says.
    pub(crate) suite: &'static [&'static str],
    /// Takes a payment, and tells by the same command what became of it.
    pub(crate) example: &'static [&'static str],
    /// What the platform's own sample does, in the languages that it has samples in.
    pub(crate) flow: Option<&'static [&'static str]>,
}

/// The programs that the clients are held by.
pub(crate) struct Harness {
    ums: PathBuf,
    proof: PathBuf,
}

impl Harness {
    /// Builds them.
    pub(crate) fn build() -> Result<Self> {
        let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = given.unwrap_or_else(|| root().join("target"));
        crate::workspace::cargo(&[
            "build",
            "--quiet",
            "--package",
            "ums-cli",
            "--package",
            "ums-proof",
            "--target-dir",
            &target.to_string_lossy(),
        ])?;
        let ums = target.join("debug/ums");
        let asked = Command::new(&ums)
            .args(["serve", "--help"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !asked.context("ums could not be started")?.success() {
            bail!("ums has no `serve`, which the clients of clients/ are held against");
        }
        let proof = target.join("debug/ums-proof");
        Ok(Self { ums, proof })
    }

    /// Builds the client of a language, and holds it.
    pub(crate) fn hold(&self, name: &str, client: &ClientPrograms) -> Result<()> {
        let directory = root().join("clients").join(name);
        let work = root().join("target/interop").join(format!("{name}-client"));
        let out = work.join("out");
        if work.exists() {
            std::fs::remove_dir_all(&work)
                .with_context(|| format!("{} cannot be emptied", work.display()))?;
        }
        std::fs::create_dir_all(&out)
            .with_context(|| format!("{} cannot be made", out.display()))?;
        let fill = |words: &[&str]| -> Vec<String> {
            let out = out.to_string_lossy();
            words
                .iter()
                .map(|word| word.replace("{out}", &out))
                .collect()
        };
        for command in client.build {
            let words = fill(command);
            let (program, arguments) = words.split_first().context("an empty command")?;
            succeeds(
                Command::new(program)
                    .args(arguments)
                    .current_dir(&directory),
            )?;
        }
        let words = |words: &[&str]| serde_json::to_string(&fill(words));
        let mut proof = Command::new(&self.proof);
        proof
            .arg("clients")
            .args([Path::new("--ums"), &self.ums])
            .args([
                Path::new("--cases"),
                &root().join("fixtures/clients/cases.json"),
            ])
            .args([Path::new("--work"), &work])
            .args([Path::new("--in"), &directory])
            .args(["--name", name])
            .args(["--suite", &words(client.suite)?])
            .args(["--example", &words(client.example)?]);
        if let Some(flow) = client.flow {
            proof.args(["--flow", &words(flow)?]);
        }
        succeeds(&mut proof)
    }
}

fn succeeds(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let status = command.status();
    let status = status.with_context(|| format!("{} could not be started", program.display()))?;
    if !status.success() {
        bail!("{}: {status}", program.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client is one file that is copied: it must stay one that a person reads. Comments and
    /// empty lines are not counted.
    #[test]
    fn each_client_is_one_file_of_at_most_250_lines() {
        let clients = [
            "go/ums/ums.go",
            "java/Ums.java",
            "node/ums.mjs",
            "php/ums.php",
            "python/ums.py",
        ];
        for client in clients {
            let path = root().join("clients").join(client);
            let text = std::fs::read_to_string(&path).unwrap();
            let is_code = |line: &&str| {
                let line = line.trim_start();
                !line.is_empty() && !["//", "/*", "*", "#"].iter().any(|it| line.starts_with(it))
            };
            let lines = text.lines().filter(is_code).count();
            assert!(lines <= 250, "{client} has {lines} lines");
        }
    }
}

//! Everybody who makes calls: the Rust callers of this program, and clients in other languages under `peers/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::load::Sample;

/// Who calls.
pub(crate) struct Peer {
    /// In tables and on the command line.
    pub(crate) name: &'static str,
    language: Language,
    /// What the language's program is told to do.
    mode: &'static str,
    /// Long enough for it to run at its full speed; in milliseconds.
    pub(crate) warm_up: u64,
    pub(crate) measure: u64,
    /// It opens a TLS connection for each call, which makes sense over TLS alone.
    pub(crate) anew: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Rust,
    Python,
    Node,
    Java,
    Go,
    Php,
}

const fn rust(name: &'static str) -> Peer {
    Peer {
        name,
        language: Language::Rust,
        mode: name,
        warm_up: 300,
        measure: 600,
        anew: false,
    }
}

const fn other(name: &'static str, language: Language, mode: &'static str) -> Peer {
    Peer {
        name,
        language,
        mode,
        warm_up: 700,
        measure: 800,
        anew: false,
    }
}

pub(crate) const PEERS: &[Peer] = &[
    rust("facade"),
    rust("hyper-util"),
    rust("hyper-util-timeout"),
    rust("hyper-util-bare"),
    rust("hyper"),
    rust("hyper-bare"),
    rust("reqwest"),
    rust("ureq"),
    Peer {
        anew: true,
        ..rust("facade-anew")
    },
    Peer {
        anew: true,
        ..rust("hyper-util-anew")
    },
    other("node-fetch", Language::Node, "fetch"),
    other("go-net-http", Language::Go, "client"),
    other("php-curl", Language::Php, "curl"),
    Peer {
        warm_up: 4000,
        measure: 3000,
        ..other("java-httpclient", Language::Java, "client")
    },
    other("python-httpx", Language::Python, "httpx"),
    other("python-requests", Language::Python, "requests"),
];

/// Who is not there, and what is missing.
pub(crate) struct Absent(pub(crate) String);

impl Peer {
    /// What it is, with its version, or why it cannot run. Compiles what has to be compiled.
    pub(crate) fn version(&self, built: &Path) -> Result<String, Absent> {
        let what = match self.language {
            Language::Rust => return Ok("this workspace's Cargo.lock and bench/Cargo.lock".into()),
            Language::Python => &["version", self.mode][..],
            _ => &["version"][..],
        };
        self.language
            .prepare(built)
            .map_err(|error| Absent(format!("{error:#}")))?;
        let mut command = self.language.command(built);
        let output = command.args(what).stderr(Stdio::null()).output();
        match output {
            Ok(output) if output.status.success() => {
                Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
            }
            _ => Err(Absent(format!(
                "{} cannot run {}",
                command.get_program().display(),
                self.mode
            ))),
        }
    }

    /// Calls for a while, on the first core.
    pub(crate) fn call(
        &self,
        built: &Path,
        base: &str,
        ca: &Path,
        concurrency: usize,
    ) -> Result<Sample> {
        let mut command = Command::new("taskset");
        let caller = self.language.command(built);
        command
            .args(["-c", "0"])
            .arg(caller.get_program())
            .args(caller.get_args());
        let output = command
            .env("NODE_EXTRA_CA_CERTS", ca)
            .arg(self.mode)
            .arg(base)
            .arg(ca)
            .args([concurrency as u64, self.warm_up, self.measure].map(|number| number.to_string()))
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(
            output.status.success(),
            "{} failed at {base}, concurrency {concurrency}",
            self.name
        );
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "{} printed {:?}",
                self.name,
                String::from_utf8_lossy(&output.stdout)
            )
        })
    }
}

impl Peer {
    /// Nanoseconds for one signature of a body of this many bytes.
    pub(crate) fn sign(&self, built: &Path, length: usize, count: usize) -> Result<f64> {
        let mut command = self.language.command(built);
        let output = command
            .arg("sign")
            .args([length, count].map(|number| number.to_string()))
            .output()?;
        ensure!(output.status.success(), "{} cannot sign", self.name);
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }

    /// Whether it is measured as a process that makes one call.
    pub(crate) fn makes_single_calls(&self) -> bool {
        self.language != Language::Rust && self.mode != "httpx"
    }

    /// A process that makes one call.
    pub(crate) fn once(&self, built: &Path, base: &str, ca: &Path) -> Command {
        let mut command = self.language.command(built);
        command
            .env("NODE_EXTRA_CA_CERTS", ca)
            .arg("once")
            .arg(base)
            .arg(ca);
        command
    }
}

impl Language {
    fn prepare(self, built: &Path) -> Result<()> {
        match self {
            Self::Java => {
                let classes = built.join("java");
                std::fs::create_dir_all(&classes)?;
                run(Command::new("javac")
                    .args(["-encoding", "UTF-8", "-d"])
                    .arg(&classes)
                    .arg(signers().join("java/Signer.java"))
                    .arg(peers().join("java/Bench.java")))
            }
            Self::Go => {
                let source = built.join("go");
                std::fs::create_dir_all(&source)?;
                for (from, name) in [
                    (signers(), "signer.go"),
                    (signers(), "go.mod"),
                    (peers(), "bench.go"),
                ] {
                    std::fs::copy(from.join("go").join(name), source.join(name))?;
                }
                run(Command::new("go")
                    .args(["build", "-o", "bench", "."])
                    .current_dir(&source))
            }
            _ => Ok(()),
        }
    }

    fn command(self, built: &Path) -> Command {
        let with = |program: &str, script: PathBuf| {
            let mut command = Command::new(program);
            command.arg(script);
            command
        };
        match self {
            Self::Rust => {
                let program = std::env::current_exe().unwrap_or_else(|_| "ums-bench".into());
                with(&program.to_string_lossy(), "caller".into())
            }
            Self::Python => with("python3", peers().join("python/bench.py")),
            Self::Node => with("node", peers().join("node/bench.mjs")),
            Self::Php => with("php", peers().join("php/bench.php")),
            Self::Go => Command::new(built.join("go/bench")),
            Self::Java => {
                let mut command = Command::new("java");
                command.arg("-cp").arg(built.join("java")).arg("Bench");
                command
            }
        }
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    ensure!(
        status.success(),
        "{} failed",
        command.get_program().display()
    );
    Ok(())
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn signers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/signers")
}

//! Whole processes: `ums` beside curl and beside other languages doing the same.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::by_hand::ByHand;
use crate::peer::{Absent, PEERS};
use crate::simulator::Running;
use crate::statistics::Spread;
use crate::{payload, results};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) what: String,
    /// Milliseconds.
    pub(crate) wall: Spread,
    pub(crate) cpu: Spread,
    pub(crate) peak_kib: f64,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct CommandLine {
    pub(crate) runs: Vec<Run>,
    pub(crate) binary_bytes: u64,
    pub(crate) not_run: Vec<String>,
}

struct Figures {
    what: String,
    wall: Vec<f64>,
    cpu: Vec<f64>,
    peak: Vec<f64>,
}

pub(crate) fn main() -> Result<()> {
    let directory = results::scratch()?;
    let ums = build()?;
    let key_file = directory.join("app.key");
    std::fs::write(&key_file, payload::APP_KEY)?;
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600))?;
    }
    let body_file = directory.join("body.json");
    let by_hand = ByHand::new();
    std::fs::write(&body_file, by_hand.body())?;
    let ca_file = directory.join("simulator-ca.pem");
    let plain = Running::start(&["simulator-child", "plain"])?;
    let tls = Running::start(&["simulator-child", "tls", &ca_file.to_string_lossy()])?;
    let bases = [
        ("plain", format!("http://{}", plain.address)),
        ("TLS", format!("https://{}", tls.address)),
    ];

    let mut commands: Vec<(String, Box<dyn Fn() -> Command>)> = Vec::new();
    commands.push((
        "empty process (true)".into(),
        Box::new(|| Command::new("/bin/true")),
    ));
    let program = ums.clone();
    commands.push((
        "ums --version".into(),
        Box::new(move || with(&program, ["--version"])),
    ));
    let (program, key, body) = (ums.clone(), key_file.clone(), body_file.clone());
    commands.push((
        "ums sign".into(),
        Box::new(move || {
            let mut command = with(
                &program,
                ["sign", "--app-id", payload::APP_ID, "--app-key-file"],
            );
            command.arg(&key).arg("--body").arg(&body);
            command
        }),
    ));
    for (kind, base) in &bases {
        let (program, base_url, key, ca) =
            (ums.clone(), base.clone(), key_file.clone(), ca_file.clone());
        commands.push((
            format!("ums void, {kind}"),
            Box::new(move || {
                let mut command = with(
                    &program,
                    ["void", "--base-url", &base_url, "--app-id", payload::APP_ID],
                );
                command.arg("--app-key-file").arg(&key);
                if base_url.starts_with("https") {
                    command.arg("--ca").arg(&ca);
                }
                command.args([
                    "--merchant-code",
                    payload::MERCHANT_CODE,
                    "--terminal-code",
                    payload::TERMINAL_CODE,
                ]);
                command.args(["--original-order-id", payload::ORDER_ID, "--yes"]);
                command
            }),
        ));
        let (url, body, ca) = (
            format!("{base}{}", payload::PATH),
            body_file.clone(),
            ca_file.clone(),
        );
        commands.push((
            format!("curl, {kind}"),
            Box::new(move || {
                // Signed beforehand: curl does not sign.
                let by_hand = ByHand::new();
                let authorization =
                    format!("Authorization: {}", by_hand.authorization(&by_hand.body()));
                let mut command = Command::new("curl");
                command
                    .args(["--silent", "--fail", "--noproxy", "*", "--cacert"])
                    .arg(&ca);
                command.args([
                    "-H",
                    "Content-Type: application/json",
                    "-H",
                    &authorization,
                    "--data-binary",
                ]);
                let mut data = OsString::from("@");
                data.push(&body);
                command.arg(data).arg(&url);
                command
            }),
        ));
    }
    let mut not_run = Vec::new();
    for peer in PEERS.iter().filter(|peer| peer.makes_single_calls()) {
        if let Err(Absent(why)) = peer.version(&directory) {
            eprintln!("command-line: ATTENTION, {} WAS NOT RUN: {why}", peer.name);
            not_run.push(format!("{}: {why}", peer.name));
            continue;
        }
        for (kind, base) in &bases {
            let (built, base, ca) = (directory.clone(), base.clone(), ca_file.clone());
            commands.push((
                format!("{}, {kind}", peer.name),
                Box::new(move || peer.once(&built, &base, &ca)),
            ));
        }
    }

    let mut figures: Vec<Figures> = commands
        .iter()
        .map(|(what, _)| Figures {
            what: what.clone(),
            wall: Vec::new(),
            cpu: Vec::new(),
            peak: Vec::new(),
        })
        .collect();
    const ROUNDS: usize = 21;
    for round in 0..ROUNDS {
        for ((_, make), figures) in commands.iter().zip(&mut figures) {
            // The slow ones do not need as many.
            if round >= 7 && figures.wall.iter().sum::<f64>() > 700.0 {
                continue;
            }
            measure(make(), figures)?;
        }
    }
    let mut kept = CommandLine {
        runs: Vec::new(),
        binary_bytes: std::fs::metadata(&ums)?.len(),
        not_run,
    };
    println!(
        "{:32} {:>9} {:>9} {:>9}",
        "one process", "wall ms", "CPU ms", "peak KiB"
    );
    for figures in figures {
        let spread = |all: Vec<f64>| Spread::of(all).context("no rounds");
        let run = Run {
            what: figures.what,
            wall: spread(figures.wall)?,
            cpu: spread(figures.cpu)?,
            peak_kib: spread(figures.peak)?.median,
        };
        println!(
            "{:32} {:>9.2} {:>9.2} {:>9.0}",
            run.what, run.wall.median, run.cpu.median, run.peak_kib
        );
        kept.runs.push(run);
    }
    println!("ums: {} bytes", kept.binary_bytes);
    results::save("command-line", &kept)
}

fn with<'a>(program: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The release binary of the workspace.
fn build() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new("cargo")
        .args([
            "build",
            "--quiet",
            "--release",
            "--locked",
            "-p",
            "ums-cli",
            "--message-format=json",
        ])
        .current_dir(&root)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "ums cannot be built");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from))
        .next_back()
        .context("cargo named no program")
}

fn measure(mut command: Command, figures: &mut Figures) -> Result<()> {
    let mut child_command = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    child_command = child_command.env("LC_ALL", "C");
    let started = Instant::now();
    let mut child = child_command.spawn()?;
    let stderr = child.stderr.take();
    let mut status = 0;
    // SAFETY: both places are valid for writing, and the child is ours and not yet waited for.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let waited = libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage);
        ensure!(waited > 0, "the child could not be waited for");
        usage
    };
    figures.wall.push(started.elapsed().as_secs_f64() * 1e3);
    if !ExitStatus::from_raw(status).success() {
        let text = stderr
            .map(std::io::read_to_string)
            .transpose()?
            .unwrap_or_default();
        anyhow::bail!("{} failed: {text}", figures.what);
    }
    let milliseconds = |time: libc::timeval| time.tv_sec as f64 * 1e3 + time.tv_usec as f64 / 1e3;
    figures
        .cpu
        .push(milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
    figures.peak.push(usage.ru_maxrss as f64);
    Ok(())
}

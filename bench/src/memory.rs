//! What ten thousand calls that wait for their replies weigh.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use ums_client::Outcome;

use crate::caller::{Task, facade};
use crate::gateway::Gateway;
use crate::load::Plan;
use crate::{process, results};

pub(crate) const CALLS: usize = 9_000;

#[derive(Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) calls: usize,
    /// KiB for each call in flight.
    pub(crate) plain_kib: f64,
    pub(crate) tls_kib: f64,
    /// Bytes of a call's future.
    pub(crate) future_bytes: usize,
}

#[derive(Serialize, Deserialize)]
struct Held {
    before_kib: u64,
    held_kib: u64,
    future_bytes: usize,
}

pub(crate) fn main() -> Result<()> {
    raise_limit()?;
    let gateway = Gateway::start(&results::scratch()?)?;
    let plain = held(&gateway, false)?;
    let tls = held(&gateway, true)?;
    let each = |held: &Held| (held.held_kib - held.before_kib) as f64 / CALLS as f64;
    let memory = Memory {
        calls: CALLS,
        plain_kib: each(&plain),
        tls_kib: each(&tls),
        future_bytes: plain.future_bytes,
    };
    results::save("memory", &memory)?;
    println!(
        "{CALLS} calls in flight: {:.1} KiB each plain, {:.1} KiB with TLS; the future {} bytes",
        memory.plain_kib, memory.tls_kib, memory.future_bytes
    );
    Ok(())
}

fn held(gateway: &Gateway, tls: bool) -> Result<Held> {
    gateway.hold(true)?;
    let before = gateway.counts()?.requests;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("held")
        .arg(gateway.base(tls))
        .arg(&gateway.ca_file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().context("no input")?;
    let mut stdout = BufReader::new(child.stdout.take().context("no output")?);
    while gateway.counts()?.requests < before + CALLS as u64 {
        ensure!(
            child.try_wait()?.is_none(),
            "the calls ended before they were answered"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    writeln!(stdin, "measure")?;
    let mut line = String::new();
    stdout.read_line(&mut line)?;
    let held = serde_json::from_str(&line)?;
    gateway.hold(false)?;
    ensure!(
        child.wait()?.success(),
        "a held call was not approved in the end"
    );
    Ok(held)
}

/// `ums-bench held BASE CA_FILE`: makes the calls, and tells its memory when asked.
pub(crate) fn child(base: &str, ca_file: &str) -> Result<()> {
    raise_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let task = Task {
        base: base.into(),
        ca_file: ca_file.into(),
        plan: Plan {
            concurrency: CALLS,
            warm_up: Duration::ZERO,
            measure: Duration::ZERO,
        },
    };
    let client = facade::patient_client(&task)?;
    let void = facade::void()?;
    let future_bytes = std::mem::size_of_val(&client.void_payment(&void));
    let (asked, asking) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = std::io::stdin().read_line(&mut line);
        let _ = asked.send(());
    });
    runtime.block_on(async {
        let mut calls = Vec::with_capacity(CALLS);
        let before_kib = process::resident_kib();
        for count in 0..CALLS {
            let (client, void) = (client.clone(), void.clone());
            calls.push(tokio::spawn(async move {
                matches!(client.void_payment(&void).await, Outcome::Approved(_))
            }));
            // The gateway's queue of connections is not endless.
            if count % 100 == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let _ = asking.await;
        let held = Held {
            before_kib,
            held_kib: process::resident_kib(),
            future_bytes,
        };
        println!("{}", serde_json::to_string(&held)?);
        for call in calls {
            ensure!(call.await?, "a call was not approved");
        }
        Ok(())
    })
}

/// A descriptor for each call, on either side.
fn raise_limit() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    )?;
    Ok(())
}

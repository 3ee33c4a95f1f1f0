//! Puts each peer to each fault, and reads in the simulator's ledger what came.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use ums_auth::open_body_sig::Signer;
use ums_auth::{AppId, AppKey, Nonce, Timestamp};
use ums_simulator::{ConnectionUse, FaultRule, Order, RequestRecord, Running, Simulator};

use crate::faults::{FAULTS, Struck};
use crate::peer::{VOID_PATH, WARM_ORDER};

const ORDER: &str = "20230718110248029165883554";

/// What one peer did.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// As the peer names itself.
    pub(crate) title: String,
    /// Or why it was not run.
    pub(crate) calls: Result<Vec<Call>, String>,
}

/// What became of one call.
pub(crate) struct Call {
    pub(crate) struck: &'static Struck,
    /// Whether a good exchange went before.
    pub(crate) reused: bool,
    /// Whether the peer did send on the connection of the good exchange.
    pub(crate) kept: bool,
    /// Requests of which any byte came.
    pub(crate) begun: usize,
    /// Requests that came whole.
    pub(crate) whole: usize,
    pub(crate) told: Told,
}

pub(crate) enum Told {
    Reply,
    Error(String),
    /// Nothing within half a minute, though the peer was given two seconds.
    Nothing,
}

struct Peer {
    name: &'static str,
    /// `{work}` is where `cargo xtask peers` installs, `{self}` this program.
    command: &'static [&'static str],
}

const PEERS: &[Peer] = &[
    Peer {
        name: "ums-client",
        command: &["{self}", "peer", "ums"],
    },
    Peer {
        name: "ums-client with re-sending",
        command: &["{self}", "peer", "ums-resend"],
    },
    Peer {
        name: "reqwest",
        command: &["{self}", "peer", "reqwest"],
    },
    Peer {
        name: "ureq",
        command: &["{self}", "peer", "ureq"],
    },
    Peer {
        name: "Python requests",
        command: &["{work}/python/bin/python", "python/peer.py", "requests"],
    },
    Peer {
        name: "Python httpx",
        command: &["{work}/python/bin/python", "python/peer.py", "httpx"],
    },
    Peer {
        name: "Java HttpURLConnection",
        command: &["java", "-cp", "{work}/java", "Peer", "HttpURLConnection"],
    },
    Peer {
        name: "Java HttpClient",
        command: &["java", "-cp", "{work}/java", "Peer", "HttpClient"],
    },
    Peer {
        name: "Node fetch",
        command: &["node", "node/peer.cjs", "fetch", "{work}/node"],
    },
    Peer {
        name: "stripe-node",
        command: &["node", "node/peer.cjs", "stripe", "{work}/node"],
    },
    Peer {
        name: "PHP curl",
        command: &["php", "php/peer.php"],
    },
];

#[tokio::main]
pub(crate) async fn all(work: &Path) -> Result<Vec<Measured>> {
    let mut running = Vec::new();
    for peer in PEERS {
        let work = work.to_owned();
        running.push(tokio::spawn(async move { one(peer, &work).await }));
    }
    let mut results = Vec::new();
    for result in running {
        results.push(result.await?);
    }
    Ok(results)
}

async fn one(peer: &'static Peer, work: &Path) -> Measured {
    let mut title = String::new();
    let calls = calls(peer, work, &mut title)
        .await
        .map_err(|error| format!("{error:#}"));
    eprintln!("{}: done", peer.name);
    Measured {
        name: peer.name,
        title,
        calls,
    }
}

async fn calls(peer: &'static Peer, work: &Path, title: &mut String) -> Result<Vec<Call>> {
    let mut process = Process::start(peer, work).await?;
    title.clone_from(&process.title);
    let mut calls = Vec::new();
    for struck in FAULTS {
        for reused in [false, true] {
            if reused && struck.fresh_only {
                continue;
            }
            let call = strike(&mut process, struck, reused)
                .await
                .with_context(|| format!("{}, reused: {reused}", struck.fault))?;
            if matches!(call.told, Told::Nothing) {
                process = Process::start(peer, work).await?;
            }
            calls.push(call);
        }
    }
    Ok(calls)
}

/// A peer that runs.
struct Process {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    title: String,
}

impl Process {
    async fn start(peer: &Peer, work: &Path) -> Result<Self> {
        let own = std::env::current_exe()?;
        let words = peer.command.iter().map(|word| {
            OsString::from(
                word.replace("{work}", &work.display().to_string())
                    .replace("{self}", &own.display().to_string()),
            )
        });
        let words: Vec<_> = words.collect();
        let (program, arguments) = words.split_first().context("a command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let input = child.stdin.take().context("its input")?;
        let mut output = BufReader::new(child.stdout.take().context("its output")?).lines();
        let title = timeout(Duration::from_secs(60), output.next_line())
            .await??
            .context("it ended before it said its name")?;
        Ok(Self {
            _child: child,
            input,
            output,
            title,
        })
    }

    async fn call(&mut self, line: &str) -> Result<Told> {
        self.input.write_all(line.as_bytes()).await?;
        self.input.write_all(b"\n").await?;
        self.input.flush().await?;
        let Ok(answer) = timeout(Duration::from_secs(30), self.output.next_line()).await else {
            return Ok(Told::Nothing);
        };
        let answer = answer?.ok_or_else(|| anyhow!("it ended"))?;
        let mut fields = answer.split('\t');
        match (fields.next(), fields.next()) {
            (Some("reply"), Some(_status)) => Ok(Told::Reply),
            (Some("error"), Some(value)) => Ok(Told::Error(value.to_owned())),
            _ => bail!("it answered {answer:?}"),
        }
    }
}

/// One call against a simulator of its own, so that no connection is left from
/// an earlier one.
async fn strike(process: &mut Process, struck: &'static Struck, reused: bool) -> Result<Call> {
    let gateway = Simulator::builder()
        .order(Order::paid(ORDER).amount(100))
        .order(Order::paid(WARM_ORDER).amount(100))
        .start()
        .await?;
    gateway.fault(rule(struck, reused)?)?;
    let signed = |order: &str, nonce: &str| -> Result<(String, String)> {
        let body = format!(
            "{{\"merchantCode\":\"{}\",\"terminalCode\":\"{}\",\"originalOrderId\":\"{order}\"}}",
            Simulator::DEMO_MERCHANT_CODE,
            Simulator::DEMO_TERMINAL_CODE
        );
        let signer = Signer::new(
            AppId::new(Simulator::DEMO_APP_ID)?,
            &AppKey::new(Simulator::DEMO_APP_KEY)?,
        );
        #[expect(
            clippy::disallowed_methods,
            reason = "a program of its own: the simulator it calls goes by the machine's clock"
        )]
        let now = Timestamp::at(&chrono::Utc::now())?;
        let authorization = signer.sign(body.as_bytes(), now, &Nonce::new(nonce)?);
        Ok((authorization.header(), body))
    };
    let (authorization, body) = signed(ORDER, "0002")?;
    let (warm, warm_body) = if reused {
        signed(WARM_ORDER, "0001")?
    } else {
        Default::default()
    };
    let url = format!("{}{VOID_PATH}", gateway.url());
    let told = process
        .call(&format!(
            "{url}\t{authorization}\t{body}\t2000\t{warm}\t{warm_body}\t{ORDER}"
        ))
        .await?;
    let posts = posts(&gateway, reused).await?;
    Ok(Call {
        struck,
        reused,
        kept: posts.iter().any(|post| post.index_on_connection > 0),
        begun: posts.len(),
        whole: posts
            .iter()
            .filter(|post| post.complete_us.is_some())
            .count(),
        told,
    })
}

/// Strikes each send on such a connection, also those that a peer adds.
fn rule(struck: &Struck, reused: bool) -> Result<FaultRule> {
    let rule = FaultRule::named(struck.fault)?.always();
    Ok(match reused {
        true => rule.on(ConnectionUse::Reused),
        false => rule,
    })
}

/// The POSTs that came, begun and whole, but for the good exchange. A redirect
/// that a peer follows with GET carries nothing out.
async fn posts(gateway: &Running, reused: bool) -> Result<Vec<RequestRecord>> {
    // A peer may know of the end a moment before the ledger does.
    tokio::time::sleep(Duration::from_millis(30)).await;
    let mut requests = gateway.ledger().requests();
    if reused {
        let whole = requests
            .first()
            .is_some_and(|one| one.complete_us.is_some());
        anyhow::ensure!(whole, "the good exchange never came");
        requests.remove(0);
    }
    requests.retain(|one| one.method.is_empty() || one.method == "POST");
    Ok(requests)
}

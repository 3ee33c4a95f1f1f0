//! How many voids the simulator verifies and answers, beside a load that costs as little as it can: requests signed
//! beforehand, written and read over plain sockets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use ums_simulator::{FaultRule, Order, Tls};

use crate::by_hand::ByHand;
use crate::statistics::Spread;
use crate::{payload, results};

const CONNECTIONS: usize = 64;
const EACH: usize = 2_000;

#[derive(Serialize, Deserialize)]
pub(crate) struct Simulator {
    pub(crate) voids_per_second: Spread,
    pub(crate) rounds: usize,
}

pub(crate) fn main() -> Result<()> {
    const ROUNDS: usize = 5;
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let running = Running::start(&["simulator-child", "plain"])?;
        rates.push(rate(&running.address)?);
    }
    let simulator = Simulator {
        voids_per_second: Spread::of(rates).context("no rounds")?,
        rounds: ROUNDS,
    };
    results::save("simulator", &simulator)?;
    let Spread { median, low, high } = simulator.voids_per_second;
    println!("simulator: {median:.0} verified voids a second [{low:.0}, {high:.0}]");
    Ok(())
}

fn rate(address: &str) -> Result<f64> {
    let by_hand = Arc::new(ByHand::new());
    // Each order once: every reply is an approval, and every nonce is new.
    let batches: Vec<Vec<Vec<u8>>> = (0..CONNECTIONS)
        .map(|caller| {
            (0..EACH)
                .map(|turn| request(&by_hand, caller * EACH + turn))
                .collect()
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut callers = Vec::new();
        let started = Instant::now();
        for batch in batches {
            let address = address.to_owned();
            callers.push(tokio::spawn(async move { caller(&address, batch).await }));
        }
        for caller in callers {
            caller.await??;
        }
        Ok((CONNECTIONS * EACH) as f64 / started.elapsed().as_secs_f64())
    })
}

async fn caller(address: &str, requests: Vec<Vec<u8>>) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 4096];
    for request in requests {
        stream.write_all(&request).await?;
        let mut filled = 0;
        loop {
            let count = stream.read(&mut buffer[filled..]).await?;
            ensure!(count > 0, "the simulator closed the connection");
            filled += count;
            // Its replies end with their JSON.
            if buffer[..filled].ends_with(b"}") {
                break;
            }
        }
        ensure!(
            buffer[..filled]
                .windows(14)
                .any(|part| part == b"\"errCode\":\"00\""),
            "not approved: {}",
            String::from_utf8_lossy(&buffer[..filled])
        );
    }
    Ok(())
}

fn order_id(number: usize) -> String {
    format!("2023071811024802916{number:07}")
}

fn request(by_hand: &ByHand, number: usize) -> Vec<u8> {
    let body = String::from_utf8(by_hand.body()).expect("UTF-8");
    let body = body.replace(payload::ORDER_ID, &order_id(number));
    format!(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n{body}",
        payload::PATH,
        by_hand.authorization(body.as_bytes()),
        body.len()
    )
    .into_bytes()
}

/// A simulator in a process of its own, with an order for each call. It stops when dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: String,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().to_owned();
        ensure!(!address.is_empty(), "the simulator told no address");
        Ok(Self { child, address })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `ums-bench simulator-child plain | tls CA_FILE | faults`: prints its address, runs until its input ends.
pub(crate) fn child(arguments: &[String]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let orders = (0..CONNECTIONS * EACH).map(|number| Order::paid(order_id(number)).amount(1));
        let mut builder = ums_simulator::Simulator::builder()
            .ledger_limit(1000)
            .repeated_void(ums_simulator::RepeatedVoid::Approve)
            .order(Order::paid(payload::ORDER_ID).amount(1))
            .orders(orders);
        match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["tls", ca_file] => {
                let tls = Tls::generate()?;
                tls.write_ca(ca_file.as_ref())?;
                builder = builder.tls(tls);
            }
            ["faults"] => {
                for (seed, fault) in (1..).zip(FAULTS) {
                    builder = builder.fault(
                        FaultRule::named(fault)?
                            .always()
                            .with_probability(0.01, seed),
                    );
                }
            }
            _ => {}
        }
        let running = builder.start().await?;
        println!("{}", running.address());
        std::io::stdout().flush()?;
        let (gone, parent) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            let _ = gone.send(());
        });
        let _ = parent.await;
        Ok(())
    })
}

/// One call in a hundred each: together five.
const FAULTS: [&str; 5] = [
    "fin-after-request",
    "fin-after-reply",
    "bad-status-line",
    "duplicate-key",
    "code-unlisted",
];

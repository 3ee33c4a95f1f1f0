//! Round trips over loopback, client beside client: one short run of each, one after the other, round by round, so
//! that whatever else the machine does falls on all alike. The ratios are of runs of the same round.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use crate::gateway::Gateway;
use crate::load::Sample;
use crate::peer::{Absent, PEERS, Peer};
use crate::results;
use crate::statistics::Spread;

/// What everything is compared with.
pub(crate) const REFERENCE: &str = "hyper-util";
pub(crate) const CONCURRENCIES: [usize; 4] = [1, 16, 64, 256];
/// Where a connection for each call is measured.
const ANEW_AT: usize = 64;

/// One client at one concurrency, over all rounds.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) client: String,
    pub(crate) tls: bool,
    pub(crate) concurrency: usize,
    pub(crate) rounds: usize,
    pub(crate) rate: Spread,
    /// Microseconds.
    pub(crate) cpu_per_call: Spread,
    pub(crate) p50: Spread,
    pub(crate) p99: Spread,
    pub(crate) p999: Spread,
    pub(crate) peak_kib: f64,
    pub(crate) allocations: Option<f64>,
    pub(crate) allocated_bytes: Option<f64>,
    /// The most connections that one run opened.
    pub(crate) connections: u64,
    /// Rate and CPU per call, relative to the reference in the same round.
    pub(crate) rate_ratio: Option<Spread>,
    pub(crate) cpu_ratio: Option<Spread>,
}

/// What is kept of the round trips.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct RoundTrips {
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) not_run: BTreeMap<String, String>,
    pub(crate) cells: Vec<Cell>,
}

struct Settings {
    rounds: usize,
    concurrencies: Vec<usize>,
    kinds: Vec<bool>,
    clients: Option<Vec<String>>,
}

/// `round-trips [--rounds N] [--concurrency N,…] [--plain | --tls] [--clients NAME,…]`
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let settings = Settings::parse(arguments)?;
    let directory = results::scratch()?;
    let mut kept: RoundTrips = results::load("round-trips")?.unwrap_or_default();
    let mut peers = Vec::new();
    for peer in PEERS.iter().filter(|peer| settings.wants(peer)) {
        match peer.version(&directory) {
            Ok(version) => {
                kept.not_run.remove(peer.name);
                kept.versions.insert(peer.name.into(), version);
                peers.push(peer);
            }
            Err(Absent(why)) => {
                eprintln!("round-trips: ATTENTION, {} WAS NOT RUN: {why}", peer.name);
                kept.not_run.insert(peer.name.into(), why);
            }
        }
    }
    let gateway = Gateway::start(&directory)?;
    let mut samples: BTreeMap<(bool, usize), Vec<Vec<Option<Sample>>>> = BTreeMap::new();
    for round in 0..settings.rounds {
        for &tls in &settings.kinds {
            for &concurrency in &settings.concurrencies {
                let mut row = Vec::new();
                for peer in &peers {
                    if peer.anew && !(tls && concurrency == ANEW_AT) {
                        row.push(None);
                        continue;
                    }
                    let before = gateway.counts()?;
                    let sample = peer.call(
                        &directory,
                        &gateway.base(tls),
                        &gateway.ca_file,
                        concurrency,
                    );
                    let after = gateway.counts()?;
                    let mut sample = match sample {
                        Ok(sample) => sample,
                        Err(error) => {
                            eprintln!("round-trips: {error:#}");
                            row.push(None);
                            continue;
                        }
                    };
                    sample.connections = Some(after.connections - before.connections);
                    eprintln!(
                        "round {} {:5} c={concurrency:<4} {:20} {:9.0}/s {:7.2} µs CPU",
                        round + 1,
                        if tls { "TLS" } else { "plain" },
                        peer.name,
                        sample.rate(),
                        sample.cpu_per_call(),
                    );
                    row.push(Some(sample));
                }
                samples.entry((tls, concurrency)).or_default().push(row);
            }
        }
    }
    for ((tls, concurrency), rounds) in &samples {
        for cell in cells(*tls, *concurrency, &peers, rounds) {
            kept.cells.retain(|old| {
                (&old.client, old.tls, old.concurrency)
                    != (&cell.client, cell.tls, cell.concurrency)
            });
            kept.cells.push(cell);
        }
    }
    results::save("round-trips", &kept)?;
    print(&kept, &settings);
    Ok(())
}

impl Settings {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut settings = Self {
            rounds: 7,
            concurrencies: CONCURRENCIES.to_vec(),
            kinds: vec![false, true],
            clients: None,
        };
        let mut arguments = arguments.iter();
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().map_or("", String::as_str);
            match flag.as_str() {
                "--plain" => settings.kinds = vec![false],
                "--tls" => settings.kinds = vec![true],
                "--rounds" => settings.rounds = value().parse()?,
                "--concurrency" => {
                    settings.concurrencies = value()
                        .split(',')
                        .map(str::parse)
                        .collect::<Result<_, _>>()?;
                }
                "--clients" => {
                    settings.clients = Some(value().split(',').map(str::to_owned).collect());
                }
                other => bail!("round-trips: there is no option {other}"),
            }
        }
        Ok(settings)
    }

    fn wants(&self, peer: &Peer) -> bool {
        self.clients
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| name == peer.name))
    }
}

fn cells(
    tls: bool,
    concurrency: usize,
    peers: &[&Peer],
    rounds: &[Vec<Option<Sample>>],
) -> Vec<Cell> {
    let reference = peers.iter().position(|peer| peer.name == REFERENCE);
    let cell = |(place, peer): (usize, &&Peer)| {
        let own: Vec<&Sample> = rounds
            .iter()
            .filter_map(|row| row[place].as_ref())
            .collect();
        let of = |figure: fn(&Sample) -> f64| Spread::of(own.iter().map(|sample| figure(sample)));
        let ratio = |figure: fn(&Sample) -> f64| {
            let pairs = rounds
                .iter()
                .filter_map(|row| Some((row[place].as_ref()?, row[reference?].as_ref()?)));
            Spread::of(pairs.map(|(own, reference)| figure(own) / figure(reference)))
        };
        Some(Cell {
            client: peer.name.into(),
            tls,
            concurrency,
            rounds: own.len(),
            rate: of(Sample::rate)?,
            cpu_per_call: of(Sample::cpu_per_call)?,
            p50: of(|sample| sample.p50)?,
            p99: of(|sample| sample.p99)?,
            p999: of(|sample| sample.p999)?,
            peak_kib: of(|sample| sample.peak_kib as f64)?.median,
            allocations: Spread::of(own.iter().filter_map(|sample| sample.allocations))
                .map(|spread| spread.median),
            allocated_bytes: Spread::of(own.iter().filter_map(|sample| sample.allocated_bytes))
                .map(|spread| spread.median),
            connections: own.iter().filter_map(|sample| sample.connections).max()?,
            rate_ratio: ratio(Sample::rate),
            cpu_ratio: ratio(Sample::cpu_per_call),
        })
    };
    peers.iter().enumerate().filter_map(cell).collect()
}

fn print(kept: &RoundTrips, settings: &Settings) {
    for &tls in &settings.kinds {
        for &concurrency in &settings.concurrencies {
            println!(
                "\n{} c={concurrency:<11} {:>9} {:>8} {:>8} {:>8} {:>8} {:>7} {:>6} {:>15} {:>15}",
                if tls { "TLS  " } else { "plain" },
                "calls/s",
                "CPU µs",
                "p50 µs",
                "p99 µs",
                "peak KiB",
                "allocs",
                "conns",
                "rate ratio",
                "CPU ratio"
            );
            for cell in kept
                .cells
                .iter()
                .filter(|cell| (cell.tls, cell.concurrency) == (tls, concurrency))
            {
                let ratio = |ratio: Option<Spread>| {
                    ratio.map_or(String::new(), |r| {
                        format!("{:.2} [{:.2},{:.2}]", r.median, r.low, r.high)
                    })
                };
                println!(
                    "{:20} {:>9.0} {:>8.2} {:>8.0} {:>8.0} {:>8.0} {:>7.1} {:>6} {:>15} {:>15}",
                    cell.client,
                    cell.rate.median,
                    cell.cpu_per_call.median,
                    cell.p50.median,
                    cell.p99.median,
                    cell.peak_kib,
                    cell.allocations.unwrap_or(f64::NAN),
                    cell.connections,
                    ratio(cell.rate_ratio),
                    ratio(cell.cpu_ratio),
                );
            }
        }
    }
}

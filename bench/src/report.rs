//! `docs/performance.md` and its plots, made from `bench/results/`. What a person adds is in `notes.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::command_line::CommandLine;
use crate::memory::Memory;
use crate::plot::{Line, plot};
use crate::results;
use crate::round_trips::{CONCURRENCIES, Cell, REFERENCE, RoundTrips};
use crate::signing::{LENGTHS, Signing};
use crate::simulator::Simulator;
use crate::soak::Soak;
use crate::weight::Weight;

const FACADE: &str = "facade";
/// Drawn; the rest would only be lines at the bottom.
const DRAWN: [&str; 6] = [
    "facade",
    "hyper-util",
    "hyper",
    "reqwest",
    "go-net-http",
    "node-fetch",
];

pub(crate) fn main() -> Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    std::fs::create_dir_all(&docs)?;
    let trips: RoundTrips = results::load("round-trips")?.unwrap_or_default();
    let mut text = String::from(HEAD);
    targets(&mut text, &trips)?;
    text += "\n## Round trips\n\n";
    text += ROUND_TRIPS;
    for tls in [false, true] {
        for concurrency in CONCURRENCIES {
            round_trips(&mut text, &trips, tls, concurrency)?;
        }
    }
    missing(
        &mut text,
        trips
            .not_run
            .iter()
            .map(|(name, why)| format!("{name}: {why}")),
    )?;
    for (name, title, log, figure) in [
        (
            "throughput",
            "calls per second",
            false,
            (|cell| cell.rate.median) as fn(&Cell) -> f64,
        ),
        ("p99", "p99 in microseconds", true, |cell| cell.p99.median),
    ] {
        for tls in [false, true] {
            let kind = if tls { "tls" } else { "plain" };
            let lines = lines(&trips, tls, figure);
            if lines.is_empty() {
                continue;
            }
            let title = format!("{title}, {kind}");
            std::fs::write(
                docs.join(format!("performance-{name}-{kind}.svg")),
                plot(&title, &lines, log),
            )?;
            writeln!(text, "![{title}](performance-{name}-{kind}.svg)")?;
        }
    }
    signing(&mut text)?;
    counts(&mut text)?;
    command_line(&mut text)?;
    soak(&mut text)?;
    text += "\n";
    text += &std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("notes.md"))?;
    let path = docs.join("performance.md");
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

const HEAD: &str = "\
# Performance

Made by `cargo xtask bench report` from the last measurements in `bench/results/`; do not edit it. All of it again, in
about an hour: `cargo xtask bench`. One part: `cargo xtask bench help` lists them.

The figures are ratios of runs beside each other. Absolute figures say as much about the machine (two virtual cores,
shared) and what else it was doing as about the programs.

";

const ROUND_TRIPS: &str = "\
One process for each client, held to the first core, calls a responder held to the second, which answers every request
with the documented reply and verifies nothing. Callers run in a closed loop. Each client sends the same fields, draws a
nonce, takes the time, signs, and reads the reply; `hyper-util` is the reference: its pooled client, with signing and JSON
written by hand. `-bare` sends the same bytes each time, without signing or JSON. `-timeout` has a deadline for each call,
as the facade has. `-anew` makes a client with its TLS handshake for each call, as the public UMS SDKs do. PHP has no
threads: its callers are handles of curl_multi. Java has no JSON: it picks the code out of the text. The clients take turns,
round by round; a figure is the median of the rounds, in brackets the middle half, and ratios are of the same round.
CPU is the client's, in microseconds a call. Allocations are counted in Rust only.

";

fn targets(text: &mut String, trips: &RoundTrips) -> Result<()> {
    *text += "## Targets\n\n| target | wanted | measured | |\n|---|---|---|---|\n";
    let mut row = |what: &str, wanted: &str, measured: Option<(String, bool)>| {
        let (measured, met) = match measured {
            Some((measured, true)) => (measured, "met"),
            Some((measured, false)) => (measured, "**missed**"),
            None => ("not measured".to_owned(), ""),
        };
        writeln!(text, "| {what} | {wanted} | {measured} | {met} |")
    };
    let cell = |client: &str, tls: bool, concurrency: usize| {
        trips.cells.iter().find(|cell| {
            (cell.client.as_str(), cell.tls, cell.concurrency) == (client, tls, concurrency)
        })
    };
    for tls in [false, true] {
        let kind = if tls { "TLS" } else { "plain" };
        for concurrency in [64, 256] {
            let own = cell(FACADE, tls, concurrency);
            let rate = own.and_then(|own| own.rate_ratio).map(|ratio| ratio.median);
            row(
                &format!("throughput over {REFERENCE} by hand, {kind}, {concurrency} callers"),
                "≥ 0.95 (reach 1.10)",
                rate.map(|rate| (format!("{rate:.2}"), rate >= 0.95)),
            )?;
            let cpu = own.and_then(|own| own.cpu_ratio).map(|ratio| ratio.median);
            row(
                &format!("CPU a call over the same, {kind}, {concurrency} callers"),
                "≤ 1.05",
                cpu.map(|cpu| (format!("{cpu:.2}"), cpu <= 1.05)),
            )?;
        }
        let against = |client: &str, figure: fn(&Cell, &Cell) -> f64| {
            Some(figure(cell(FACADE, tls, 64)?, cell(client, tls, 64)?))
        };
        let rate: fn(&Cell, &Cell) -> f64 = |own, other| own.rate.median / other.rate.median;
        let cpu: fn(&Cell, &Cell) -> f64 =
            |own, other| other.cpu_per_call.median / own.cpu_per_call.median;
        for (client, least, what, figure) in [
            ("reqwest", 1.3, "throughput", rate),
            ("python-requests", 30.0, "CPU", cpu),
            ("java-httpclient", 10.0, "CPU", cpu),
        ] {
            row(
                &format!("{what} against {client}, {kind}, 64 callers"),
                &format!("≥ {least}×"),
                against(client, figure).map(|times| (format!("{times:.1}×"), times >= least)),
            )?;
        }
        let connections = cell(FACADE, tls, 64).map(|own| own.connections);
        row(
            &format!("connections of 64 callers, {kind}"),
            "≤ 68",
            connections.map(|count| (count.to_string(), count <= 68)),
        )?;
        let allocations = cell(FACADE, tls, 64)
            .and_then(|own| own.allocations)
            .zip(cell("hyper-util-bare", tls, 64).and_then(|bare| bare.allocations))
            .map(|(own, bare)| own - bare);
        row(
            &format!("allocations a call above bare hyper-util, {kind}"),
            "≤ 12",
            allocations.map(|more| (format!("{more:.1}"), more <= 12.0)),
        )?;
        let memory: Option<Memory> = results::load("memory")?;
        let (limit, kib) = if tls {
            (30.0, memory.map(|m| m.tls_kib))
        } else {
            (24.0, memory.map(|m| m.plain_kib))
        };
        row(
            &format!(
                "memory of each of {} calls in flight, {kind}",
                crate::memory::CALLS
            ),
            &format!("≤ {limit} KiB"),
            kib.map(|kib| (format!("{kib:.1} KiB"), kib <= limit)),
        )?;
    }
    let anew = cell(FACADE, true, 64)
        .zip(cell("facade-anew", true, 64))
        .map(|(kept, anew)| kept.rate.median / anew.rate.median);
    row(
        "throughput over the SDK pattern, 64 callers",
        "≥ 15×",
        anew.map(|times| (format!("{times:.0}×"), times >= 15.0)),
    )?;

    let signing: Signing = results::load("signing")?.unwrap_or_default();
    for (what, length, most) in [
        ("sign", 300, 1.6),
        ("sign-with-nonce-and-clock", 300, 2.0),
        ("sign", 4096, 1.10),
        ("sign", 1 << 20, 1.01),
    ] {
        let found = signing
            .timings
            .iter()
            .find(|timing| (timing.what.as_str(), timing.length) == (what, length));
        let ratio = found.and_then(|timing| timing.fastest_ratio);
        row(
            &format!("{what}, {length} bytes, over its compressions"),
            &format!("≤ {most}"),
            ratio.map(|ratio| (format!("{ratio:.3}"), ratio <= most)),
        )?;
    }
    let counts = committed_counts()?;
    let decode = counts
        .get("decode-reply")
        .zip(counts.get("decode-reply-derive"));
    let decode = decode.map(|(own, derive)| *own as f64 / *derive as f64);
    row(
        "decode over serde_json's plain derive, instructions",
        "≤ 1.5",
        decode.map(|ratio| (format!("{ratio:.2}"), ratio <= 1.5)),
    )?;

    let line: CommandLine = results::load("command-line")?.unwrap_or_default();
    let wall = |what: &str| {
        line.runs
            .iter()
            .find(|run| run.what == what)
            .map(|run| run.wall.median)
    };
    let size = (line.binary_bytes > 0).then_some(line.binary_bytes as f64 / 1e6);
    row(
        "`ums` release binary",
        "≤ 6 MB",
        size.map(|size| (format!("{size:.2} MB"), size <= 6.0)),
    )?;
    let version = wall("ums --version")
        .zip(wall("empty process (true)"))
        .map(|(own, empty)| own - empty);
    row(
        "`ums --version` above an empty process",
        "≤ 2 ms",
        version.map(|ms| (format!("{ms:.2} ms"), ms <= 2.0)),
    )?;
    for kind in ["plain", "TLS"] {
        let ratio = wall(&format!("ums void, {kind}"))
            .zip(wall(&format!("curl, {kind}")))
            .map(|(own, curl)| own / curl);
        row(
            &format!("`ums void` over curl, {kind}"),
            "≤ 0.5",
            ratio.map(|ratio| (format!("{ratio:.2}"), ratio <= 0.5)),
        )?;
    }
    let simulator: Option<Simulator> = results::load("simulator")?;
    row(
        "simulator, verified voids a second beside their load",
        "≥ 40 000",
        simulator
            .map(|found| found.voids_per_second.median)
            .map(|rate| (format!("{rate:.0}"), rate >= 40e3)),
    )?;
    let weight: Option<Weight> = results::load("weight")?;
    let crates = weight.as_ref().map(|weight| weight.crates);
    row(
        "crates in the tree of ums-client",
        "≤ 75",
        crates.map(|crates| (crates.to_string(), crates <= 75)),
    )?;
    let seconds = weight.map(|weight| weight.cold_build_seconds);
    row(
        "its build from nothing, release",
        "≤ 60 s",
        seconds.map(|time| (format!("{time:.0} s"), time <= 60.0)),
    )?;
    let soak: Option<Soak> = results::load("soak")?;
    let growth = soak.map(|soak| (soak.growth_kib, soak.minutes.len()));
    row(
        "memory that a soak adds after its first minute",
        "< 1 MiB in 30 minutes",
        growth.map(|(kib, minutes)| (format!("{kib} KiB in {minutes} minutes"), kib < 1024)),
    )?;
    Ok(())
}

fn round_trips(text: &mut String, trips: &RoundTrips, tls: bool, concurrency: usize) -> Result<()> {
    let mut cells: Vec<&Cell> = trips
        .cells
        .iter()
        .filter(|cell| (cell.tls, cell.concurrency) == (tls, concurrency))
        .collect();
    if cells.is_empty() {
        return Ok(());
    }
    cells.sort_by(|one, other| other.rate.median.total_cmp(&one.rate.median));
    let kind = if tls { "TLS" } else { "Plain" };
    let callers = if concurrency == 1 {
        "caller"
    } else {
        "callers"
    };
    writeln!(text, "### {kind}, {concurrency} {callers}\n")?;
    *text += "| client | calls/s | over hyper-util | CPU µs | over hyper-util | p50 µs | p99 µs | p99.9 µs | peak MiB | allocations | connections |\n";
    *text += "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
    for cell in cells {
        let ratio = |ratio: Option<crate::statistics::Spread>| {
            ratio.map_or("".into(), |r| {
                format!("{:.2} [{:.2}, {:.2}]", r.median, r.low, r.high)
            })
        };
        writeln!(
            text,
            "| {} | {:.0} | {} | {:.1} | {} | {:.0} | {:.0} | {:.0} | {:.1} | {} | {} |",
            cell.client,
            cell.rate.median,
            ratio(cell.rate_ratio),
            cell.cpu_per_call.median,
            ratio(cell.cpu_ratio),
            cell.p50.median,
            cell.p99.median,
            cell.p999.median,
            cell.peak_kib / 1024.0,
            cell.allocations
                .map_or(String::new(), |count| format!("{count:.1}")),
            cell.connections,
        )?;
    }
    text.push('\n');
    Ok(())
}

fn missing(text: &mut String, not_run: impl Iterator<Item = String>) -> Result<()> {
    for line in not_run {
        writeln!(text, "**Not run**: {line}\n")?;
    }
    Ok(())
}

fn lines(trips: &RoundTrips, tls: bool, figure: fn(&Cell) -> f64) -> Vec<Line> {
    DRAWN
        .iter()
        .map(|client| Line {
            name: (*client).to_owned(),
            points: CONCURRENCIES
                .iter()
                .filter_map(|&concurrency| {
                    let cell = trips.cells.iter().find(|cell| {
                        (cell.client.as_str(), cell.tls, cell.concurrency)
                            == (*client, tls, concurrency)
                    })?;
                    Some((concurrency as f64, figure(cell)))
                })
                .collect(),
        })
        .filter(|line| !line.points.is_empty())
        .collect()
}

fn signing(text: &mut String) -> Result<()> {
    let Some(signing) = results::load::<Signing>("signing")? else {
        return Ok(());
    };
    *text += "\n## Signing\n\nOne OPEN-BODY-SIG header, in nanoseconds; with criterion, and in other languages with the signers of `examples/signers/`,\n\
        which draw a nonce and take the time as well. `compressions` is the SHA-256 that no signer can avoid, timed with sha2's block\n\
        function before and after the others. The ratio is to it, of the medians and of the fastest samples, which what else the\n\
        machine does cannot make shorter.\n\n";
    *text += "| signer | 300 B | ratio | fastest | 4 KiB | ratio | fastest | 1 MiB | ratio | fastest |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
    let mut names: Vec<&str> = Vec::new();
    for timing in &signing.timings {
        if !names.contains(&timing.what.as_str()) {
            names.push(&timing.what);
        }
    }
    for name in names {
        write!(text, "| {name} ")?;
        for length in LENGTHS {
            let found = signing
                .timings
                .iter()
                .find(|timing| (timing.what.as_str(), timing.length) == (name, length));
            match found {
                Some(timing) => {
                    let ratio = |ratio: Option<f64>| {
                        ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"))
                    };
                    write!(
                        text,
                        "| {:.0} | {} | {} ",
                        timing.nanoseconds.median,
                        ratio(timing.ratio),
                        ratio(timing.fastest_ratio)
                    )?;
                }
                None => *text += "| | | ",
            }
        }
        *text += "|\n";
    }
    text.push('\n');
    missing(text, signing.not_run.into_iter())
}

fn committed_counts() -> Result<BTreeMap<String, u64>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.json");
    Ok(serde_json::from_slice(&std::fs::read(file)?)?)
}

fn counts(text: &mut String) -> Result<()> {
    *text += "\n## Instructions\n\nOf each step of a call, counted by valgrind: the same on every machine. CI compares with `bench/counts.json` and fails above\n\
        +3 % (`cargo xtask bench counts --check`). valgrind's processor has no SHA instructions, so hashing counts in its portable\n\
        form. `call` is a whole call of the facade over a connection in memory; `call-bare-stream` is what of it belongs to the\n\
        other end.\n\n| step | instructions |\n|---|--:|\n";
    for (step, count) in committed_counts()? {
        writeln!(text, "| {step} | {count} |")?;
    }
    Ok(())
}

fn command_line(text: &mut String) -> Result<()> {
    let Some(line) = results::load::<CommandLine>("command-line")? else {
        return Ok(());
    };
    *text += "\n## The command line\n\nWhole processes, one after the other, round by round, against the simulator, which verifies each signature. curl is given\n\
        a signature made beforehand; the others sign.\n\n| process | wall ms | CPU ms | peak MiB |\n|---|--:|--:|--:|\n";
    for run in &line.runs {
        writeln!(
            text,
            "| {} | {:.2} [{:.2}, {:.2}] | {:.2} | {:.1} |",
            run.what,
            run.wall.median,
            run.wall.low,
            run.wall.high,
            run.cpu.median,
            run.peak_kib / 1024.0
        )?;
    }
    text.push('\n');
    missing(text, line.not_run.into_iter())
}

fn soak(text: &mut String) -> Result<()> {
    let Some(soak) = results::load::<Soak>("soak")? else {
        return Ok(());
    };
    writeln!(
        text,
        "\n## Soak\n\n{} minutes at {:.0} calls a second, half of what went at most, five calls in a hundred struck by a fault: {}.\n\n\
        | minute | calls | KiB | descriptors | CPU µs a call |\n|--:|--:|--:|--:|--:|",
        soak.minutes.len(),
        soak.target_rate,
        soak.outcomes
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect::<Vec<_>>()
            .join(", ")
    )?;
    for (number, minute) in soak.minutes.iter().enumerate() {
        writeln!(
            text,
            "| {} | {} | {} | {} | {:.1} |",
            number + 1,
            minute.calls,
            minute.resident_kib,
            minute.descriptors,
            minute.cpu_per_call
        )?;
    }
    Ok(())
}

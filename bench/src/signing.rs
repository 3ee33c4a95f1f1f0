//! Signing: our signer against the hashing that it cannot avoid, and beside other languages.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::peer::{Absent, PEERS};
use crate::results;
use crate::statistics::Spread;

pub(crate) const LENGTHS: [usize; 3] = [300, 4096, 1 << 20];

/// Nanoseconds for one signature.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Timing {
    pub(crate) what: String,
    pub(crate) length: usize,
    pub(crate) nanoseconds: Spread,
    /// Relative to the compressions, by the medians and by the fastest samples.
    pub(crate) ratio: Option<f64>,
    pub(crate) fastest_ratio: Option<f64>,
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Signing {
    pub(crate) timings: Vec<Timing>,
    pub(crate) not_run: Vec<String>,
}

/// Criterion's own file of raw samples.
#[derive(Deserialize)]
struct Samples {
    iters: Vec<f64>,
    times: Vec<f64>,
}

const OURS: [&str; 6] = [
    "compressions",
    "compressions-again",
    "sign",
    "sign-with-nonce-and-clock",
    "plain-rustcrypto",
    "plain-ring",
];

pub(crate) fn main() -> Result<()> {
    let directory = results::scratch()?;
    let home = directory.join("criterion");
    let status = Command::new("cargo")
        .args([
            "bench", "--quiet", "--locked", "--bench", "signing", "--", "--noplot",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CRITERION_HOME", &home)
        .status()?;
    ensure!(status.success(), "cargo bench failed");
    let mut signing = Signing::default();
    for length in LENGTHS {
        let reference: Vec<f64> = ["compressions", "compressions-again"]
            .iter()
            .map(|name| samples(&home, name, length))
            .collect::<Result<Vec<_>>>()?
            .concat();
        let (reference_median, reference_least) = (median(&reference)?, least(&reference));
        for what in OURS {
            let own = samples(&home, what, length)?;
            signing.timings.push(Timing {
                what: what.into(),
                length,
                nanoseconds: Spread::of(own.iter().copied()).context("no samples")?,
                ratio: Some(median(&own)? / reference_median),
                fastest_ratio: Some(least(&own) / reference_least),
            });
        }
    }
    for name in [
        "python-requests",
        "node-fetch",
        "java-httpclient",
        "go-net-http",
        "php-curl",
    ] {
        let peer = PEERS
            .iter()
            .find(|peer| peer.name == name)
            .context("a peer")?;
        if let Err(Absent(why)) = peer.version(&directory) {
            eprintln!("signing: ATTENTION, {name} WAS NOT RUN: {why}");
            signing.not_run.push(format!("{name}: {why}"));
            continue;
        }
        for (length, count) in LENGTHS.into_iter().zip([20_000, 10_000, 60]) {
            let runs = (0..3)
                .map(|_| peer.sign(&directory, length, count))
                .collect::<Result<Vec<_>>>()?;
            signing.timings.push(Timing {
                what: name.split('-').next().unwrap_or(name).into(),
                length,
                nanoseconds: Spread::of(runs).context("no runs")?,
                ratio: None,
                fastest_ratio: None,
            });
        }
    }
    results::save("signing", &signing)?;
    println!(
        "{:28} {:>8} {:>12} {:>8} {:>8}",
        "nanoseconds to sign", "bytes", "median", "ratio", "fastest"
    );
    for timing in &signing.timings {
        let ratio = |ratio: Option<f64>| ratio.map_or("-".into(), |ratio| format!("{ratio:.3}"));
        println!(
            "{:28} {:>8} {:>12.0} {:>8} {:>8}",
            timing.what,
            timing.length,
            timing.nanoseconds.median,
            ratio(timing.ratio),
            ratio(timing.fastest_ratio)
        );
    }
    Ok(())
}

fn samples(home: &Path, what: &str, length: usize) -> Result<Vec<f64>> {
    let path = home.join(format!("signing/{what}/{length}/new/sample.json"));
    let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let samples: Samples = serde_json::from_slice(&text)?;
    Ok(samples
        .times
        .iter()
        .zip(&samples.iters)
        .map(|(time, count)| time / count)
        .collect())
}

fn median(samples: &[f64]) -> Result<f64> {
    Ok(Spread::of(samples.iter().copied())
        .context("no samples")?
        .median)
}

/// What others on the machine can only make longer.
fn least(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(f64::INFINITY, f64::min)
}

//! A long run at half the rate that the client can do, with one call in twenty struck by a fault: memory must stay
//! flat, no descriptor may leak, nothing may slow down.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use ums_client::Client;

use crate::caller::facade;
use crate::simulator::Running;
use crate::{process, results};

const CALLERS: usize = 16;

/// What was seen in one minute, or what was left of it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Minute {
    pub(crate) calls: u64,
    pub(crate) resident_kib: u64,
    pub(crate) descriptors: usize,
    /// Microseconds.
    pub(crate) cpu_per_call: f64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Soak {
    pub(crate) minutes: Vec<Minute>,
    pub(crate) target_rate: f64,
    pub(crate) outcomes: BTreeMap<String, u64>,
    /// From the end of the first minute to the end.
    pub(crate) growth_kib: i64,
}

/// `soak [--minutes N]`
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let minutes: usize = match arguments {
        [] => 30,
        [flag, number] if flag == "--minutes" => number.parse()?,
        _ => anyhow::bail!("soak: expected nothing or --minutes N"),
    };
    ensure!(minutes >= 2, "the first minute only warms up");
    let simulator = Running::start(&["simulator-child", "faults"])?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let soak = runtime.block_on(async {
        let client = facade::client_for(
            &format!("http://{}", simulator.address),
            Duration::from_secs(10),
        )?;
        let fastest = burst(&client).await;
        run(&client, minutes, fastest / 2.0).await
    })?;
    results::save("soak", &soak)?;
    for (number, minute) in soak.minutes.iter().enumerate() {
        println!(
            "minute {:>2}: {:>8} calls {:>7} KiB {:>4} descriptors {:>7.2} µs CPU a call",
            number + 1,
            minute.calls,
            minute.resident_kib,
            minute.descriptors,
            minute.cpu_per_call
        );
    }
    println!(
        "{:?}; growth after the first minute {} KiB",
        soak.outcomes, soak.growth_kib
    );
    Ok(())
}

/// Calls a second when nothing holds them back.
async fn burst(client: &Client) -> f64 {
    let over = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (client, over) = (client.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut calls = 0_u32;
                while !over.load(Ordering::Relaxed) {
                    let _ = facade::outcome(&client).await;
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let started = Instant::now();
    tokio::time::sleep(Duration::from_secs(5)).await;
    over.store(true, Ordering::Relaxed);
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.unwrap_or(0);
    }
    f64::from(calls) / started.elapsed().as_secs_f64()
}

async fn run(client: &Client, minutes: usize, rate: f64) -> Result<Soak> {
    let over = Arc::new(AtomicBool::new(false));
    let calls = Arc::new(AtomicU64::new(0));
    let pace = Duration::from_secs_f64(CALLERS as f64 / rate);
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (client, over, calls) = (client.clone(), Arc::clone(&over), Arc::clone(&calls));
            tokio::spawn(async move {
                let mut outcomes = BTreeMap::<&'static str, u64>::new();
                let mut next = tokio::time::Instant::now();
                while !over.load(Ordering::Relaxed) {
                    *outcomes.entry(facade::outcome(&client).await).or_default() += 1;
                    calls.fetch_add(1, Ordering::Relaxed);
                    // Late calls are not caught up with: half the rate is the most.
                    next = (next + pace).max(tokio::time::Instant::now());
                    tokio::time::sleep_until(next).await;
                }
                outcomes
            })
        })
        .collect();
    let mut seen: Vec<Minute> = Vec::new();
    let mut before = (0, process::cpu());
    for _ in 0..minutes {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let now = (calls.load(Ordering::Relaxed), process::cpu());
        let done = now.0 - before.0;
        seen.push(Minute {
            calls: done,
            resident_kib: process::resident_kib(),
            descriptors: process::descriptors(),
            cpu_per_call: (now.1 - before.1).as_secs_f64() * 1e6 / done.max(1) as f64,
        });
        before = now;
    }
    over.store(true, Ordering::Relaxed);
    let mut outcomes = BTreeMap::new();
    for caller in callers {
        for (outcome, count) in caller.await? {
            *outcomes.entry(outcome.to_owned()).or_default() += count;
        }
    }
    let at = |place: usize| {
        seen.get(place)
            .map_or(0, |minute: &Minute| minute.resident_kib as i64)
    };
    Ok(Soak {
        growth_kib: at(minutes - 1) - at(0),
        target_rate: rate,
        outcomes,
        minutes: seen,
    })
}

//! Callers in a closed loop: each sends its next call when it has the reply to the last.

use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::{allocations, process};

/// What one caller process measured. Callers in other languages print the same JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) calls: u64,
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// Percentiles in microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    pub(crate) peak_kib: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allocations: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allocated_bytes: Option<f64>,
    /// Connections opened up to the end of the warm-up, and during the measurement. Filled in by the parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) connections: Option<u64>,
}

impl Sample {
    pub(crate) fn rate(&self) -> f64 {
        self.calls as f64 / self.seconds
    }

    pub(crate) fn cpu_per_call(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.calls as f64
    }
}

/// How hard and how long.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) concurrency: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measure: Duration,
}

#[derive(Default)]
struct Phase {
    measuring: AtomicBool,
    over: AtomicBool,
}

/// Latencies in nanoseconds, shared by all callers: one of each would weigh more than the calls do.
#[derive(Clone)]
struct Latencies(Arc<Mutex<Histogram<u64>>>);

impl Latencies {
    fn new() -> Self {
        let histogram = Histogram::new_with_bounds(100, 120_000_000_000, 3);
        Self(Arc::new(Mutex::new(histogram.expect("valid bounds"))))
    }

    fn record(&self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.0.lock().expect("no panic").saturating_record(nanos);
    }
}

/// The readings between two moments.
struct Meter {
    started: Instant,
    cpu: Duration,
    allocations: (u64, u64),
}

impl Meter {
    fn start() -> Self {
        Self {
            allocations: allocations::so_far(),
            cpu: process::cpu(),
            started: Instant::now(),
        }
    }

    fn stop(self, latencies: &Latencies) -> Result<Sample> {
        let seconds = self.started.elapsed().as_secs_f64();
        let cpu_seconds = (process::cpu() - self.cpu).as_secs_f64();
        let (allocations, bytes) = allocations::so_far();
        let latencies = latencies.0.lock().expect("no panic");
        let calls = latencies.len();
        ensure!(calls > 0, "no call ended within the measurement");
        let percentile = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
        Ok(Sample {
            calls,
            seconds,
            cpu_seconds,
            p50: percentile(0.5),
            p99: percentile(0.99),
            p999: percentile(0.999),
            peak_kib: process::peak_kib(),
            allocations: Some((allocations - self.allocations.0) as f64 / calls as f64),
            allocated_bytes: Some((bytes - self.allocations.1) as f64 / calls as f64),
            connections: None,
        })
    }
}

/// Runs async callers on one thread. `call` makes one call and says whether it was approved.
pub(crate) fn run<F, C>(plan: Plan, call: C) -> Result<Sample>
where
    C: Fn() -> F + Clone + Send + 'static,
    F: Future<Output = bool> + Send,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let phase = Arc::new(Phase::default());
        let latencies = Latencies::new();
        let callers: Vec<_> = (0..plan.concurrency)
            .map(|_| {
                let call = call.clone();
                let phase = Arc::clone(&phase);
                let latencies = latencies.clone();
                tokio::spawn(async move {
                    while !phase.over.load(Ordering::Relaxed) {
                        let started = Instant::now();
                        if !call().await {
                            return false;
                        }
                        if phase.measuring.load(Ordering::Relaxed) {
                            latencies.record(started.elapsed());
                        }
                    }
                    true
                })
            })
            .collect();
        tokio::time::sleep(plan.warm_up).await;
        let meter = Meter::start();
        phase.measuring.store(true, Ordering::Relaxed);
        tokio::time::sleep(plan.measure).await;
        phase.measuring.store(false, Ordering::Relaxed);
        phase.over.store(true, Ordering::Relaxed);
        let sample = meter.stop(&latencies);
        for caller in callers {
            ensure!(caller.await?, "a call was not approved");
        }
        sample
    })
}

/// Runs blocking callers, each on its own thread.
pub(crate) fn run_blocking<C>(plan: Plan, call: C) -> Result<Sample>
where
    C: Fn() -> bool + Clone + Send + 'static,
{
    let phase = Arc::new(Phase::default());
    let latencies = Latencies::new();
    let callers: Vec<_> = (0..plan.concurrency)
        .map(|_| {
            let call = call.clone();
            let phase = Arc::clone(&phase);
            let latencies = latencies.clone();
            std::thread::spawn(move || {
                while !phase.over.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    if !call() {
                        return false;
                    }
                    if phase.measuring.load(Ordering::Relaxed) {
                        latencies.record(started.elapsed());
                    }
                }
                true
            })
        })
        .collect();
    std::thread::sleep(plan.warm_up);
    let meter = Meter::start();
    phase.measuring.store(true, Ordering::Relaxed);
    std::thread::sleep(plan.measure);
    phase.measuring.store(false, Ordering::Relaxed);
    phase.over.store(true, Ordering::Relaxed);
    let sample = meter.stop(&latencies);
    for caller in callers {
        ensure!(caller.join().unwrap_or(false), "a call was not approved");
    }
    sample
}

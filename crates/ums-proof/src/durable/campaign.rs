//! Many histories of durable calls, on all cores.

use std::collections::BTreeMap;
use std::thread;

use super::breakage::Breakage;
use super::play::play;
use super::played::DurablePlayed;
use crate::history::each_seed::{SeedSummary, each_seed};

/// Histories to be played: the first has the seed `seed`, each further one the next number.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct DurableCampaign {
    /// How many.
    pub histories: u64,
    /// The first one's seed.
    pub seed: u64,
    /// On how many threads.
    pub threads: usize,
    /// Which rule is taken out.
    pub breakage: Breakage,
}

/// What became of them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DurableSummary {
    /// Histories that were played. Fewer than asked for when too many failed.
    pub histories: u64,
    /// Calls in their journals at the end.
    pub calls: u64,
    /// How they stood at the end.
    pub ends: BTreeMap<&'static str, u64>,
    /// What happened, and how often.
    pub counts: BTreeMap<&'static str, u64>,
    /// Complete requests that the gateways read.
    pub complete_requests: u64,
    /// Movements of money.
    pub applied: u64,
    /// Seeds of histories in which something was wrong, with what it was.
    pub failed: Vec<(u64, Vec<String>)>,
}

impl DurableCampaign {
    /// This many histories from this seed on, of the protocol as it is, on all cores.
    pub fn new(histories: u64, seed: u64) -> Self {
        Self {
            histories,
            seed,
            threads: thread::available_parallelism().map_or(1, usize::from),
            breakage: Breakage::None,
        }
    }

    /// With a rule taken out.
    #[must_use]
    pub fn breakage(mut self, breakage: Breakage) -> Self {
        self.breakage = breakage;
        self
    }

    /// Plays them. `progress` is told now and then how many are done.
    ///
    /// # Errors
    ///
    /// In words, when a history cannot be set up.
    pub fn run(&self, progress: impl Fn(u64) + Sync) -> Result<DurableSummary, String> {
        each_seed(
            self.seed,
            self.histories,
            self.threads,
            |seed, summary: &mut DurableSummary| {
                summary.note(seed, play(seed, self.breakage, false)?);
                Ok(())
            },
            progress,
        )
    }
}

impl DurableSummary {
    fn note(&mut self, seed: u64, played: DurablePlayed) {
        self.histories += 1;
        self.calls += played.calls;
        add(&mut self.ends, played.ends);
        add(&mut self.counts, played.counts);
        self.complete_requests += played.complete_requests;
        self.applied += played.applied;
        if !played.wrong.is_empty() {
            self.failed.push((seed, played.wrong));
        }
    }
}

impl SeedSummary for DurableSummary {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.calls += other.calls;
        add(&mut self.ends, other.ends);
        add(&mut self.counts, other.counts);
        self.complete_requests += other.complete_requests;
        self.applied += other.applied;
        self.failed.extend(other.failed);
    }

    fn histories(&self) -> u64 {
        self.histories
    }

    fn failed(&mut self) -> &mut Vec<(u64, Vec<String>)> {
        &mut self.failed
    }
}

fn add(to: &mut BTreeMap<&'static str, u64>, more: BTreeMap<&'static str, u64>) {
    for (what, count) in more {
        *to.entry(what).or_default() += count;
    }
}

//! Many histories, on all cores.

use std::collections::BTreeMap;
use std::thread;

use super::each_seed::{SeedSummary, each_seed};
use super::plan::{World, is_of_holds};
use super::play::{Conduct, Played, play};

/// Histories to be played: the first has the seed `seed`, each further one the next number.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Campaign {
    /// How many.
    pub histories: u64,
    /// The first one's seed.
    pub seed: u64,
    /// On how many threads.
    pub threads: usize,
    /// Which gateways they may meet.
    pub world: World,
    /// How the callers behave.
    pub conduct: Conduct,
    /// Whether only the seeds count whose histories are about holds (担保): about one in six.
    pub only_holds: bool,
}

/// What became of them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Histories that were played. Fewer than asked for when too many failed.
    pub histories: u64,
    /// How often each outcome was seen; `dropped` for calls that were cancelled.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// How often each was found out by asking, or told at the till.
    pub found: BTreeMap<&'static str, u64>,
    /// Questions that were asked for that.
    pub questions: u64,
    /// Complete requests that the gateways read.
    pub complete_requests: u64,
    /// Requests on a connection that had served before.
    pub reused: u64,
    /// Movements of money.
    pub applied: u64,
    /// Calls that were tried again because nothing had left.
    pub resent: u64,
    /// Completions of holds of which a second query confirmed that they were this very call.
    pub confirmed: u64,
    /// Seeds of histories in which something was wrong, with what it was.
    pub failed: Vec<(u64, Vec<String>)>,
}

impl Campaign {
    /// This many histories from this seed on, by an honest caller, on all cores.
    pub fn new(histories: u64, seed: u64) -> Self {
        Self {
            histories,
            seed,
            threads: thread::available_parallelism().map_or(1, usize::from),
            world: World::default(),
            conduct: Conduct::HONEST,
            only_holds: false,
        }
    }

    /// Only the histories about holds (担保) among them.
    #[must_use]
    pub fn only_holds(mut self) -> Self {
        self.only_holds = true;
        self
    }

    /// Other gateways.
    #[must_use]
    pub fn world(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    /// Callers that behave otherwise.
    #[must_use]
    pub fn conduct(mut self, conduct: Conduct) -> Self {
        self.conduct = conduct;
        self
    }

    /// Plays them. `progress` is told now and then how many are done.
    ///
    /// # Errors
    ///
    /// In words, when a history cannot be set up.
    pub fn run(&self, progress: impl Fn(u64) + Sync) -> Result<Summary, String> {
        each_seed(
            self.seed,
            self.histories,
            self.threads,
            |seed, summary: &mut Summary| {
                if !self.only_holds || is_of_holds(seed) {
                    summary.note(seed, play(seed, self.world, self.conduct, false)?);
                }
                Ok(())
            },
            progress,
        )
    }
}

impl Summary {
    /// Calls, whatever became of them.
    pub fn calls(&self) -> u64 {
        self.outcomes.values().sum()
    }

    fn note(&mut self, seed: u64, played: Played) {
        self.histories += 1;
        for (kind, count) in played.outcomes {
            *self.outcomes.entry(kind).or_default() += count;
        }
        for (kind, count) in played.found {
            *self.found.entry(kind).or_default() += count;
        }
        self.questions += played.questions;
        self.complete_requests += played.complete_requests;
        self.reused += played.reused;
        self.applied += played.applied;
        self.resent += played.resent;
        self.confirmed += played.confirmed;
        if !played.wrong.is_empty() {
            self.failed.push((seed, played.wrong));
        }
    }
}

impl SeedSummary for Summary {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        for (kind, count) in other.outcomes {
            *self.outcomes.entry(kind).or_default() += count;
        }
        for (kind, count) in other.found {
            *self.found.entry(kind).or_default() += count;
        }
        self.questions += other.questions;
        self.complete_requests += other.complete_requests;
        self.reused += other.reused;
        self.applied += other.applied;
        self.resent += other.resent;
        self.confirmed += other.confirmed;
        self.failed.extend(other.failed);
    }

    fn histories(&self) -> u64 {
        self.histories
    }

    fn failed(&mut self) -> &mut Vec<(u64, Vec<String>)> {
        &mut self.failed
    }
}

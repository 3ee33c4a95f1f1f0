//! Many cases, several at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use ums_simulator::{FaultRule, LedgerRequest, Running, Simulator};

use super::case::{CasePlan, Course, Moment, Played};
use super::child::Start;
use super::cluster::Cluster;
use super::gateway::{order_id, order_of};
use super::judge::judge;
use super::place::Place;
use crate::history::in_words;

/// Cases to be played.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KillCampaign {
    /// The program that is started to be killed: this one.
    pub program: PathBuf,
    /// How many cases in which a process is killed.
    pub kills: u64,
    /// How many in which one is stopped.
    pub stalls: u64,
    /// What the cases are drawn from.
    pub seed: u64,
    /// How many are played at once.
    pub at_once: usize,
    /// Which store the journals are in.
    pub store: KillStore,
}

/// Which store the journals of the cases are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KillStore {
    /// A file each.
    #[default]
    Sqlite,
    /// A schema each of a cluster that is made for the cases.
    Postgres,
}

/// What became of the cases of one step.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StepTally {
    /// How many cases.
    pub cases: u64,
    /// In how many the process came to the step.
    pub reached: u64,
    /// How their calls stood in the end.
    pub ends: BTreeMap<&'static str, u64>,
}

/// What became of all.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KillSummary {
    /// Which store the journals were in.
    pub store: KillStore,
    /// Cases in which a process was killed.
    pub kills: u64,
    /// Cases in which one was stopped.
    pub stalls: u64,
    /// Processes that were killed.
    pub processes_killed: u64,
    /// Requests of which the journal has nothing, or calls that were told and are not there.
    pub lost_intents: u64,
    /// Orders with two complete requests.
    pub sent_twice: u64,
    /// How the calls stood in the end.
    pub ends: BTreeMap<&'static str, u64>,
    /// By what happened, and where.
    pub steps: BTreeMap<String, StepTally>,
    /// What was wrong. Empty when all promises were kept.
    pub wrong: Vec<String>,
}

impl KillCampaign {
    /// So many cases with this program.
    pub fn new(program: PathBuf, kills: u64, stalls: u64, seed: u64) -> Self {
        Self {
            program,
            kills,
            stalls,
            seed,
            at_once: 24,
            store: KillStore::Sqlite,
        }
    }

    /// Plays them. `progress` is told now and then how many are done.
    ///
    /// # Errors
    ///
    /// In words, when a case cannot be set up.
    pub fn run(&self, progress: impl Fn(u64) + Sync) -> Result<KillSummary, String> {
        let place = std::env::temp_dir().join(format!("ums-kills-{}", std::process::id()));
        std::fs::create_dir_all(&place).map_err(in_words)?;
        let result = self.run_in(&place, &progress);
        let _ = std::fs::remove_dir_all(&place);
        result
    }

    fn run_in(
        &self,
        place: &Path,
        progress: &(impl Fn(u64) + Sync),
    ) -> Result<KillSummary, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(in_words)?;
        let plans: Vec<CasePlan> = (0..self.kills + self.stalls)
            .map(|number| CasePlan::draw(number, self.seed, number >= self.kills))
            .collect();
        let gateway = runtime.block_on(gateway(&plans))?;
        let cluster = match self.store {
            KillStore::Sqlite => None,
            KillStore::Postgres => Some(Cluster::start()?),
        };
        let all = self.play_all(place, cluster.as_ref(), &plans, &gateway, progress);
        let ledger = gateway.ledger().snapshot();
        let mut by_order: BTreeMap<&str, Vec<&LedgerRequest>> = BTreeMap::new();
        for request in &ledger.requests {
            if let Some(order) = &request.order {
                by_order.entry(order).or_default().push(request);
            }
        }
        let mut summary = KillSummary {
            store: self.store,
            ..KillSummary::default()
        };
        for played in all {
            match played {
                Ok(played) => {
                    let order = order_id(played.plan.number);
                    let requests = by_order.get(order.as_str());
                    summary.note(&played, requests.map_or(&[], Vec::as_slice));
                }
                Err(error) => summary.wrong.push(error),
            }
        }
        runtime.block_on(gateway.shutdown());
        Ok(summary)
    }

    fn play_all(
        &self,
        place: &Path,
        cluster: Option<&Cluster>,
        plans: &[CasePlan],
        gateway: &Running,
        progress: &(impl Fn(u64) + Sync),
    ) -> Vec<Result<Played, String>> {
        let next = AtomicU64::new(0);
        let done = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..self.at_once.max(1) {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let place_of = usize::try_from(number).unwrap_or(usize::MAX);
                        let Some(plan) = plans.get(place_of) else {
                            return;
                        };
                        let home = place.join(number.to_string());
                        let journal = match cluster {
                            None => Place::sqlite(home.join("journal.sqlite3")),
                            Some(cluster) => {
                                Place::postgres(cluster.url(), format!("case_{number}"))
                            }
                        };
                        let start = Start {
                            program: &self.program,
                            journal: &journal,
                            gateway: gateway.address(),
                            what: plan.what,
                            order: order_id(plan.number),
                        };
                        let played = std::fs::create_dir_all(&home)
                            .map_err(in_words)
                            .and_then(|()| plan.play(&start))
                            .map_err(|error| format!("case {number}, {plan:?}: {error}"));
                        let _ = std::fs::remove_dir_all(&home);
                        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                        done.push(played);
                        progress(done.len() as u64);
                    }
                });
            }
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn gateway(plans: &[CasePlan]) -> Result<Running, String> {
    let mut builder = Simulator::builder()
        .orders(plans.iter().map(|plan| order_of(plan.number)))
        .whole_ledger()
        .listen(([127, 0, 0, 1], 0).into());
    for plan in plans {
        if let Some(fault) = plan.fault {
            let rule = FaultRule::named(fault).map_err(in_words)?;
            let operation = match plan.what {
                super::gateway::What::Void => ums_simulator::SimulatedOperation::Void,
                super::gateway::What::Refund => ums_simulator::SimulatedOperation::Refund,
            };
            let order = order_id(plan.number);
            builder = builder.fault(rule.for_operation(operation).for_order(order).always());
        }
    }
    builder.start().await.map_err(in_words)
}

impl KillSummary {
    fn note(&mut self, played: &Played, requests: &[&LedgerRequest]) {
        let verdict = judge(played, requests);
        let plan = &played.plan;
        let label = match plan.course {
            Course::Fresh(moment) => format!("killed {}", name_of(moment)),
            Course::Resumed(first, next) => {
                format!("killed {}, then {}", name_of(first), name_of(next))
            }
            Course::Stall(step, _) => format!("stopped at {step}"),
        };
        match plan.course {
            Course::Stall(..) => self.stalls += 1,
            _ => self.kills += 1,
        }
        let killed = played.ended.iter().filter(|ended| ended.killed);
        self.processes_killed += killed.count() as u64;
        self.lost_intents += verdict.lost_intents;
        self.sent_twice += verdict.sent_twice;
        *self.ends.entry(verdict.end).or_default() += 1;
        let tally = self.steps.entry(label).or_default();
        tally.cases += 1;
        tally.reached += u64::from(played.reached);
        *tally.ends.entry(verdict.end).or_default() += 1;
        for wrong in verdict.wrong {
            let told: Vec<_> = played.ended.iter().map(|ended| &ended.told).collect();
            self.wrong.push(format!(
                "case {}, {plan:?}: {wrong} ({told:?})",
                plan.number
            ));
        }
    }
}

fn name_of(moment: Moment) -> String {
    match moment {
        Moment::At(step) => format!("at {step}"),
        Moment::After(_) => "at random".to_owned(),
    }
}

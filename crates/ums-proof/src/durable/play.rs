//! Plays a history of durable calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use ums_client::auth::{AppId, AppKey};
use ums_client::{Client, Clock as _, Jitter, OnDiscrepancy};
use ums_durable::journal::{JournalId, JournalKey, MemoryStore};
use ums_durable::{Durable, Settings};
use ums_simulator::{Order, Simulator};

use super::book::Book;
use super::breakage::Breakage;
use super::clock::{Machine, MachineClock, SetStoreClock};
use super::ground::{Ground, Host, Life, Shared};
use super::in_turn::InTurn;
use super::judge::{Evidence, judge};
use super::link::ProcessLinks;
use super::person::{close_by_time, close_one, state, take_for_unsent};
use super::plan::{DurablePlan, Mishap, PlannedMishap, When};
use super::played::DurablePlayed;
use super::process::Process;
use super::store::ProcessStore;
use super::submitter::submit;
use super::upheaval::happen;
use crate::history::clock::SetClock;
use crate::history::in_words;
use crate::history::link::Links;
use crate::history::nonces::CallNonces;
use crate::history::plan::Target;
use crate::history::witness::Witness;

/// Plays the history of `seed`.
///
/// # Errors
///
/// In words, when a history cannot be set up. That says nothing of what is judged.
pub fn play(seed: u64, breakage: Breakage, trace: bool) -> Result<DurablePlayed, String> {
    let plan = DurablePlan::draw(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(in_words)?;
    runtime.block_on(play_plan(plan, breakage, trace))
}

async fn play_plan(
    plan: DurablePlan,
    breakage: Breakage,
    trace: bool,
) -> Result<DurablePlayed, String> {
    let ground = set_up(plan, breakage, trace)?;
    for rule in &ground.plan.rules {
        ground.witness.note(|| format!("rule {rule:?}"));
    }
    let mut beside: Vec<JoinHandle<Result<(), String>>> = Vec::new();
    for number in 0..ground.plan.processes {
        beside.push(tokio::spawn(live(ground.clone(), number)));
    }
    for mishap in &ground.plan.mishaps {
        if let When::At(at) = mishap.when {
            beside.push(tokio::spawn(strike(ground.clone(), *mishap, at)));
        }
    }
    for at in &ground.plan.late_commits {
        beside.push(tokio::spawn(carry_out_late(ground.clone(), *at)));
    }
    if let Some(at) = ground.plan.person {
        beside.push(tokio::spawn(close_one(ground.clone(), at)));
    }
    if let Some(upheaval) = ground.plan.upheaval {
        beside.push(tokio::spawn(happen(ground.clone(), upheaval)));
    }
    match breakage {
        Breakage::ClosedByTime => beside.push(tokio::spawn(close_by_time(ground.clone()))),
        Breakage::AbandonedIsNotSent => {
            beside.push(tokio::spawn(take_for_unsent(ground.clone())));
        }
        _ => {}
    }
    let submitters = (0..ground.plan.submissions.len())
        .map(|number| tokio::spawn(submit(ground.clone(), number)))
        .collect::<Vec<_>>();
    for (number, submitter) in submitters.into_iter().enumerate() {
        match timeout(LONGEST, submitter).await {
            Ok(Ok(done)) => done?,
            Ok(Err(error)) => return Ok(DurablePlayed::broken(format!("a panic: {error}"))),
            Err(_) => {
                let wrong = format!("submission {number} never hears anything");
                ground.book.lock().wrong.push(wrong);
            }
        }
    }
    go_on(&ground).await;
    for task in &beside {
        task.abort();
    }
    for task in beside {
        match task.await {
            Ok(done) => done?,
            Err(error) if error.is_panic() => {
                return Ok(DurablePlayed::broken(format!("a panic: {error}")));
            }
            Err(_) => {}
        }
    }
    for host in &ground.hosts {
        if let Some(life) = host.life.replace(None) {
            ground.book.lock().add("stalls", life.process.stalls());
            // Its resolver too: it would ask and ask for as long as the gateway is given to rest.
            life.process.suffer(Mishap::Death(Duration::ZERO));
            life.durable.crash();
        }
    }
    // What is still under way at the gateway, or should not be, comes to rest.
    sleep(GATEWAY_RESTS).await;
    if ground.plan.statement {
        state(&ground).await?;
    }
    judge(&Evidence {
        plan: &ground.plan,
        store: &ground.store,
        ledger: ground.simulator.ledger().snapshot(),
        orders: ground.simulator.orders(),
        witness: &ground.witness,
        book: &ground.book,
    })
    .await
}

/// By when every planned mishap has happened, a person's closing too.
const HAPPENS_UNTIL: Duration = Duration::from_secs(61);
/// No submission takes longer.
const LONGEST: Duration = Duration::from_secs(3600);
/// Longer than anything that is carried out late.
const GATEWAY_RESTS: Duration = Duration::from_secs(1800);

/// Goes on until nothing is open any more, or everything that can be found out was.
async fn go_on(ground: &Ground) {
    while !is_over(ground) {
        if Instant::now() >= ground.start + HAPPENS_UNTIL {
            return come_to_rest(ground).await;
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// Whether every call is decided, and nobody stands still who could go on with one.
fn is_over(ground: &Ground) -> bool {
    ground.store.carry_out_late();
    let stands = ground.hosts.iter().any(|host| {
        let life = host.life.get();
        life.as_ref()
            .is_some_and(|life| life.process.stands_still())
    });
    !stands && !ground.store.has_open()
}

/// Everything is repaired, and there is time to find out what can be found out.
async fn come_to_rest(ground: &Ground) {
    ground.witness.note(|| "everything is repaired".to_owned());
    ground.repaired.store(true, Ordering::Relaxed);
    ground.store.carry_out_late();
    for host in &ground.hosts {
        host.over.replace(true);
        if let Some(life) = host.life.get() {
            life.process.spare();
        }
    }
    let plan = &ground.plan;
    let settles = plan.timeout + plan.send_window + plan.late_window;
    let least = plan.lease * 3 + settles + Duration::from_secs(60);
    let until = Instant::now() + least.max(plan.rests);
    while Instant::now() < until && !is_over(ground) {
        sleep(Duration::from_secs(2)).await;
    }
}

fn set_up(plan: DurablePlan, breakage: Breakage, trace: bool) -> Result<Ground, String> {
    let mut rng = Rng::with_seed(plan.seed);
    let start = Instant::now();
    let witness = Witness::new(plan.processes, false, trace);
    let simulator = simulator(&plan)?;
    let machine = Machine::new(start);
    let clock = SetStoreClock {
        machine: machine.clone(),
        day: SetClock::new(plan.begins, &plan.store_jumps),
    };
    let journal = JournalId::new("journal-of-a-history").map_err(in_words)?;
    let store = MemoryStore::new(journal, JournalKey::new([7; 32]), Arc::new(clock));
    let host = |_| Host {
        life: InTurn::new(None),
        process: Mutex::new(None),
        over: InTurn::new(false),
    };
    Ok(Ground(Arc::new(Shared {
        hosts: (0..plan.processes).map(host).collect(),
        start,
        witness,
        book: Book::default(),
        simulator,
        store,
        machine,
        together: Arc::default(),
        breakage,
        repaired: Arc::new(AtomicBool::new(false)),
        rng: Mutex::new(rng.fork()),
        plan,
    })))
}

/// Lives until the history is over: after each death another life begins.
async fn live(ground: Ground, number: usize) -> Result<(), String> {
    let all = ground.plan.mishaps.iter().copied();
    let mut to_come: Vec<PlannedMishap> = all.filter(|one| one.process == number).collect();
    loop {
        let process = Process::new(number, ground.witness.clone(), &of_one_life(&mut to_come));
        let host = ground.host(number)?;
        *host.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process.clone());
        if host.over.get() {
            process.spare();
        }
        let built = process.run(durable(&ground, &process)?.build()).await;
        match built {
            Some(Ok(durable)) => {
                let life = Life {
                    durable: durable.clone(),
                    process: process.clone(),
                };
                let resolving = durable.clone();
                let resolver = async move { resolving.run_resolver(std::future::pending()).await };
                let resolver = tokio::spawn(process.run(resolver));
                ground.host(number)?.life.replace(Some(life));
                process.death().await;
                ground.witness.note(|| format!("process {number} is dead"));
                ground.host(number)?.life.replace(None);
                resolver.abort();
                durable.crash();
                ground.book.count("deaths");
                ground.book.lock().add("stalls", process.stalls());
            }
            Some(Err(_)) => sleep(Duration::from_millis(500)).await,
            None => ground.book.count("deaths"),
        }
        if process.is_dead() {
            let downtime = process.death().await;
            let over = ground.host(number)?.over.wait_for(|over| *over);
            let _ = timeout(downtime, over).await;
        }
    }
}

/// Takes what happens in the next life: up to its death.
fn of_one_life(to_come: &mut Vec<PlannedMishap>) -> Vec<PlannedMishap> {
    let is_death = |one: &PlannedMishap| matches!(one.what, Mishap::Death(_));
    let last = to_come
        .iter()
        .position(|one| is_death(one) && matches!(one.when, When::Step(_)));
    let count = last.map_or(to_come.len(), |last| last + 1);
    to_come.drain(..count).collect()
}

async fn strike(ground: Ground, mishap: PlannedMishap, at: Duration) -> Result<(), String> {
    sleep_until(ground.start + at).await;
    let life = ground.host(mishap.process)?.life.get();
    if let Some(life) = life {
        ground
            .witness
            .note(|| format!("process {}: {:?}", mishap.process, mishap.what));
        life.process.suffer(mishap.what);
    }
    Ok(())
}

async fn carry_out_late(ground: Ground, at: Duration) -> Result<(), String> {
    sleep_until(ground.start + at).await;
    let groups = ground.store.carry_out_late();
    if groups > 0 {
        ground
            .witness
            .note(|| format!("{groups} groups are carried out late"));
        ground.book.lock().add("late commits", groups as u64);
    }
    Ok(())
}

fn durable(ground: &Ground, process: &Process) -> Result<ums_durable::DurableBuilder, String> {
    let plan = &ground.plan;
    let store = ProcessStore::new(
        &ground.store,
        process.clone(),
        ground.witness.clone(),
        ground.book.clone(),
        ground.breakage,
        plan.store,
        Arc::clone(&ground.repaired),
        plan.begin_together.then(|| Arc::clone(&ground.together)),
        ground.fork(),
    );
    let late_window = match ground.breakage {
        Breakage::NoWait => Duration::ZERO,
        _ => plan.late_window,
    };
    let settings = Settings::new()
        .lease(plan.lease)
        .longest_limit(plan.timeout)
        .send_window(plan.send_window)
        .late_window(late_window)
        .pace(Duration::from_secs(3), Duration::from_secs(40))
        .question_limit(Duration::from_secs(5));
    let gate: Arc<dyn ums_durable::TaskGate> = Arc::new(process.clone());
    Ok(Durable::builder(client(ground, process)?, store)
        .settings(settings)
        .names(CallNonces(Mutex::new(ground.fork())))
        .task_gate(gate))
}

fn client(ground: &Ground, process: &Process) -> Result<Client, String> {
    let plan = &ground.plan;
    let url: ums_client::transport::BaseUrl = "http://localhost".parse().map_err(in_words)?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID).map_err(in_words)?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).map_err(in_words)?;
    let links = Links::new(
        ground.simulator.clone(),
        None,
        ground.witness.clone(),
        plan.link,
        ground.rng().u64(..),
    );
    let links = ProcessLinks {
        links,
        process: process.clone(),
        witness: ground.witness.clone(),
        book: ground.book.clone(),
    };
    let jumps = plan.client_jumps.get(process.number());
    let jumps = jumps.map_or(&[][..], Vec::as_slice);
    let clock = MachineClock {
        machine: ground.machine.clone(),
        stands: ground.breakage == Breakage::LeaseIsFence,
    };
    Client::builder(url, app_id, &app_key)
        .timeout(plan.timeout)
        .connect_timeout(plan.connect_timeout)
        .resend(plan.resend)
        .jitter(Pauses(Mutex::new(ground.fork())))
        .on_discrepancy(OnDiscrepancy::Unknown)
        .clock(SetClock::starting(ground.start, plan.begins, jumps))
        .boot_clock(clock)
        .nonces(CallNonces(Mutex::new(ground.fork())))
        .connector(links)
        .build()
        .map_err(in_words)
}

fn simulator(plan: &DurablePlan) -> Result<Simulator, String> {
    let clock = SetClock::new(plan.begins, &plan.gateway_jumps);
    let booked = |number| {
        let target = Target::Booked(number);
        Order::paid(target.ums_order_id().unwrap_or_default())
            .merchant_order_id(target.merchant_order_id())
            .amount(target.amount())
    };
    let mut builder = Simulator::builder()
        .clock(move || clock.now())
        .orders((0..plan.orders).map(booked))
        .repeated_void(plan.repeated_void)
        .pending_void(plan.pending_void)
        .late_query(plan.late_query);
    for rule in &plan.rules {
        builder = builder.fault(rule.clone());
    }
    builder.build().map_err(in_words)
}

/// Pauses drawn from the seed.
struct Pauses(Mutex<Rng>);

impl Jitter for Pauses {
    fn next_pause(&self, bound: Duration) -> Duration {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bound.mul_f64(rng.f64())
    }
}

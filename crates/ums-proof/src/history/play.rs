//! Plays a history.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::time::sleep;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::RefusalCodes;
use ums_client::{AccessTokens, Asked, Client, Conclusion, Jitter, MemoryJournal, TillReport};
use ums_simulator::{Order, Simulator};

use super::caller::Caller;
use super::clock::{PacedClock, SetClock};
use super::hold_reading::HoldReading;
use super::in_words;
use super::judge::{Evidence, judge};
use super::link::Links;
use super::nonces::CallNonces;
use super::plan::{Plan, Target, World};
use super::recorder::{Records, open_calls};
use super::token_gate::TokenGate;
use super::witness::Witness;
use crate::verdict::{Claim, Found, Said};

/// How a caller uses the client. The honest one reads what it is told as it is and calls once; the
/// others are there to show that a broken one is caught.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Conduct {
    /// What is made of an outcome.
    pub read: fn(&Said<'_>) -> Claim,
    /// Whether the same call is sent once more after it.
    pub again: fn(&Said<'_>) -> bool,
    /// What is made of the conclusion after these questions.
    pub find: fn(&Conclusion, &[Asked]) -> Found,
    /// What is made of a report at the till.
    pub at_till: fn(&TillReport) -> Found,
    /// What is made of an answer about a hold, if not what it says.
    pub holds: Option<HoldReading>,
}

impl Conduct {
    /// Reads everything as it is, and calls once.
    pub const HONEST: Self = Self {
        read: Claim::of,
        again: |_| false,
        find: |conclusion, _| Found::of(conclusion),
        at_till: Found::at_till,
        holds: None,
    };

    /// Reads outcomes otherwise.
    #[must_use]
    pub fn reading(mut self, read: fn(&Said<'_>) -> Claim) -> Self {
        self.read = read;
        self
    }

    /// Sends once more after some outcomes.
    #[must_use]
    pub fn repeating(mut self, again: fn(&Said<'_>) -> bool) -> Self {
        self.again = again;
        self
    }

    /// Reads conclusions otherwise.
    #[must_use]
    pub fn finding(mut self, find: fn(&Conclusion, &[Asked]) -> Found) -> Self {
        self.find = find;
        self
    }

    /// Reads reports at the till otherwise.
    #[must_use]
    pub fn at_till(mut self, at_till: fn(&TillReport) -> Found) -> Self {
        self.at_till = at_till;
        self
    }

    /// Reads answers about holds otherwise.
    #[must_use]
    pub fn reading_holds(mut self, reading: HoldReading) -> Self {
        self.holds = Some(reading);
        self
    }
}

/// What became of a history.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Played {
    /// How often each outcome was seen; `dropped` for calls that were cancelled.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// How often each was found out by asking, or told at the till.
    pub found: BTreeMap<&'static str, u64>,
    /// Questions that were asked for that.
    pub questions: u64,
    /// Complete requests that the gateway read.
    pub complete_requests: u64,
    /// Requests on a connection that had served before.
    pub reused: u64,
    /// Movements of money.
    pub applied: u64,
    /// Calls that were tried again because nothing had left.
    pub resent: u64,
    /// Completions of holds of which a second query confirmed that they were this very call.
    pub confirmed: u64,
    /// What was wrong. Empty when all promises were kept.
    pub wrong: Vec<String>,
    /// Everything that happened, if that was asked for.
    pub trace: Option<String>,
}

/// Plays the history of `seed`.
///
/// # Errors
///
/// In words, when a history cannot be set up. That says nothing of the client.
pub fn play(seed: u64, world: World, conduct: Conduct, trace: bool) -> Result<Played, String> {
    let plan = Plan::draw(seed, world);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(in_words)?;
    runtime.block_on(play_plan(plan, conduct, trace))
}

async fn play_plan(mut plan: Plan, conduct: Conduct, trace: bool) -> Result<Played, String> {
    let mut rng = Rng::with_seed(plan.seed);
    let witness = Witness::new(plan.calls(), plan.recorder.is_some(), trace);
    let simulator = simulator(&plan)?;
    let gate = match plan.tokens {
        None => None,
        Some(tokens) => {
            let clock = SetClock::new(plan.begins, &plan.gateway_jumps);
            Some(TokenGate::new(tokens, clock, witness.clone(), rng.u64(..))?)
        }
    };
    let links = Links::new(
        simulator.clone(),
        gate,
        witness.clone(),
        plan.link,
        rng.u64(..),
    );
    let journal = plan.recorder.as_ref().filter(|plan| plan.journal);
    let journal = journal.map(|_| MemoryJournal::new());
    let client = client(&plan, links, &witness, journal.clone(), rng.u64(..))?;
    witness.note(|| format!("late by less than {:?}", plan.late_window));
    for rule in &plan.rules {
        witness.note(|| format!("rule {rule:?}"));
    }

    let mut callers = Vec::with_capacity(plan.callers.len());
    let mut first = 0;
    for steps in std::mem::take(&mut plan.callers) {
        let caller = Caller {
            client: client.clone(),
            witness: witness.clone(),
            conduct,
            clock: SetClock::new(plan.begins, &plan.client_jumps),
            timeout: plan.timeout,
            most_delay: plan.recorder.as_ref().map_or(Duration::ZERO, |recorder| {
                Duration::from_millis(recorder.most_delay)
            }),
            has_recorder: plan.recorder.is_some(),
            orders: simulator.orders(),
        };
        let count = steps.len();
        callers.push(tokio::spawn(caller.run(first, steps)));
        first += count;
    }
    drop(client);
    let mut calls = Vec::with_capacity(first);
    for caller in callers {
        match caller.await {
            Ok(of_caller) => calls.append(&mut of_caller?),
            Err(error) => return Ok(Played::broken(format!("a caller panicked: {error}"))),
        }
    }
    // What is still under way at the gateway, or should not be, comes to rest.
    sleep(REST).await;
    let open = match &journal {
        None => None,
        Some(journal) => Some(open_calls(journal).await?),
    };
    Ok(judge(&Evidence {
        plan: &plan,
        calls: &calls,
        ledger: simulator.ledger().snapshot(),
        orders: simulator.orders(),
        witness: &witness,
        open,
    }))
}

/// Longer than anything that is carried out late.
const REST: Duration = Duration::from_secs(1800);

fn simulator(plan: &Plan) -> Result<Simulator, String> {
    use ums_client::Clock as _;

    let clock = SetClock::new(plan.begins, &plan.gateway_jumps);
    let booked = |number| {
        let target = Target::Booked(number);
        Order::paid(target.ums_order_id().unwrap_or_default())
            .merchant_order_id(target.merchant_order_id())
            .amount(target.amount())
    };
    let hold = |number| {
        let target = Target::BookedHold(number);
        Order::held(target.ums_order_id().unwrap_or_default(), target.trace())
            .merchant_order_id(target.merchant_order_id())
            .amount(target.amount())
    };
    let mut builder = Simulator::builder()
        .clock(move || clock.now())
        .orders((0..plan.orders).map(booked))
        .orders((0..plan.holds).map(hold))
        .completion_time(plan.completion_time)
        .repeated_void(plan.repeated_void)
        .pending_void(plan.pending_void)
        .late_query(plan.late_query);
    for rule in &plan.rules {
        builder = builder.fault(rule.clone());
    }
    builder.build().map_err(in_words)
}

fn client(
    plan: &Plan,
    links: Links,
    witness: &Witness,
    journal: Option<MemoryJournal>,
    seed: u64,
) -> Result<Client, String> {
    let url: ums_client::transport::BaseUrl = "http://localhost".parse().map_err(in_words)?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID).map_err(in_words)?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).map_err(in_words)?;
    let mut rng = Rng::with_seed(seed);
    // In a third of the histories, one that slow recorders and slow connections miss.
    let send_window = match seed % 3 {
        0 => Duration::from_millis(100),
        _ => Duration::from_secs(5),
    };
    let mut builder = Client::builder(url, app_id, &app_key)
        .timeout(plan.timeout)
        .connect_timeout(plan.connect_timeout)
        .resend(plan.resend)
        .jitter(Pauses(Mutex::new(rng.fork())))
        .on_discrepancy(plan.on_discrepancy)
        .clock(SetClock::new(plan.begins, &plan.client_jumps))
        .boot_clock(PacedClock::new())
        .send_window(send_window)
        .nonces(CallNonces(Mutex::new(rng.fork())))
        .connector(links);
    if plan.unionpay {
        builder = builder.refusal_codes(RefusalCodes::unionpay());
    }
    if plan.tokens.is_some() {
        builder = builder.access_tokens(AccessTokens::new());
    }
    if let Some(limit) = plan.concurrency {
        builder = builder.concurrency(limit);
    }
    if let Some(recorder) = &plan.recorder {
        builder = builder.recorder(Records {
            witness: witness.clone(),
            fails: recorder.fails,
            most_delay: recorder.most_delay,
            journal,
            rng: Mutex::new(rng),
        });
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

impl Played {
    fn broken(wrong: String) -> Self {
        Self {
            wrong: vec![wrong],
            ..Self::default()
        }
    }
}

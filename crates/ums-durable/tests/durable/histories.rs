//! Many histories of a few processes, a store that fails and a gateway that loses answers: whatever
//! happens, one order is voided once, and in the end the journal says what the gateway did.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use ums_durable::{Durable, SubmitError, SubmitOptions};
use ums_journal::{Filter, ListOrder, RecordedOutcome, StoreFault, StoreStep};
use ums_simulator::Simulator;

use crate::ground::{FAILS, Faults, Ground, LEASE, key, void};

const GATEWAY: [&str; 8] = [
    "silence",
    "silence-applied",
    "fin-after-request",
    "fin-after-request-applied",
    "reset-on-accept",
    "silence-applied-late@40",
    "late-reply-applied@3000",
    "status-504-applied-late@90",
];

const STORE: [StoreFault; 4] = [
    FAILS,
    StoreFault::AnswerLost,
    StoreFault::Lost,
    StoreFault::CarriedOutLater,
];

const STEPS: [StoreStep; 4] = [
    StoreStep::Commit,
    StoreStep::Commit,
    StoreStep::Search,
    StoreStep::Head,
];

/// What callers were told in one history.
#[derive(Default)]
struct Told {
    approved: u32,
    recorded: Vec<&'static str>,
}

async fn history(seed: u64) {
    let mut random = Rng::with_seed(seed);
    let ground = Ground::new();
    for _ in 0..random.u32(0..3) {
        let fault = GATEWAY[random.usize(..GATEWAY.len())];
        ground.simulator.fault(fault).unwrap();
    }
    let mut told = Told::default();
    let faults = Arc::new(Faults::default());
    for _ in 0..random.u32(1..5) {
        faults.clear();
        let durable = ground.with_faults(&faults).await;
        for _ in 0..random.u32(0..3) {
            let step = STEPS[random.usize(..STEPS.len())];
            let fault = STORE[random.usize(..STORE.len())];
            faults.at(step, random.u32(0..5), fault);
        }
        run(&ground, &durable, &mut random, &mut told).await;
        if random.bool() {
            ground.store.carry_out_late();
        }
        if random.bool() {
            durable.crash();
        }
    }
    check(seed, &ground, &told, &faults).await;
}

async fn run(ground: &Ground, durable: &Durable, random: &mut Rng, told: &mut Told) {
    let resolver = random.bool().then(|| {
        let durable = durable.clone();
        let time = Duration::from_secs(random.u64(1..400));
        tokio::spawn(async move { durable.run_resolver(tokio::time::sleep(time)).await })
    });
    for _ in 0..random.u32(1..4) {
        let name = if random.bool() { "k1" } else { "k2" };
        let options = match random.u32(0..3) {
            0 => SubmitOptions::new().wait(Duration::from_millis(random.u64(0..4000))),
            _ => SubmitOptions::new(),
        };
        let call = durable.submit_with(key(name), void(), options);
        let patience = Duration::from_millis(random.u64(1..20_000));
        match tokio::time::timeout(patience, call).await {
            Ok(Ok(answer)) => {
                told.approved += u32::from(answer.is_approved());
                if answer.recorded {
                    told.recorded.push(name);
                }
            }
            Ok(Err(SubmitError::Invalid(error))) => panic!("{error}"),
            Ok(Err(_)) | Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(random.u64(0..200_000))).await;
    }
    if random.bool() {
        ground.simulator.clear_faults();
    }
    if let Some(resolver) = resolver {
        resolver.abort();
    }
}

async fn check(seed: u64, ground: &Ground, told: &Told, faults: &Faults) {
    faults.clear();
    ground.simulator.clear_faults();
    ground.store.carry_out_late();
    tokio::time::sleep(Duration::from_secs(100) + LEASE).await;
    let last = ground.durable().await;
    last.resolve_open(Duration::from_secs(1800)).await.unwrap();
    let calls = last
        .calls(&Filter::new(), ListOrder::OldestFirst, None, 9)
        .await
        .unwrap()
        .calls;
    let executed = calls
        .iter()
        .filter(|call| call.view.counts_as_executed())
        .count();
    let applied = ground.applied();
    assert!(applied <= 1, "{seed}: voided {applied} times");
    assert_eq!(executed as u64, applied, "{seed}: {calls:#?}");
    if told.approved > 0 {
        assert_eq!(applied, 1, "{seed}: told as approved");
    }
    for call in &calls {
        assert!(!call.view.is_open(), "{seed}: {call:#?}");
        assert!(!call.view.contradicted, "{seed}: {call:#?}");
    }
    for name in &told.recorded {
        let kept = last
            .call_by_key(Simulator::DEMO_MERCHANT_CODE, key(name))
            .await
            .unwrap();
        assert!(kept.is_some(), "{seed}: {name} was lost");
    }
    // Each request but the last was known not to have been carried out before the next one left.
    let requests = ground.simulator.ledger().requests();
    let voids = requests
        .iter()
        .filter(|request| request.path.ends_with("/voidpayment"));
    let moved = voids
        .clone()
        .position(|request| request.applied_us.is_some());
    if let Some(moved) = moved {
        let after = voids.count() - moved - 1;
        assert_eq!(after, 0, "{seed}: sent again after it was carried out");
    }
    // And the keys go on telling it.
    for name in ["k1", "k2", "k3"] {
        let answer = last.submit(key(name), void()).await;
        let is_done = answer
            .as_ref()
            .is_ok_and(|answer| answer.outcome() == Some(RecordedOutcome::Approved));
        if applied == 1 {
            assert!(
                is_done || answer.is_err() || answer.unwrap().is_replay,
                "{seed}"
            );
        }
    }
    assert_eq!(
        ground.applied(),
        1,
        "{seed}: and it can be voided in the end"
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_it_is_voided_once_and_known() {
    for seed in 0..150 {
        history(seed).await;
    }
}

//! A payment at the till, and what a crash leaves of it.

use std::time::Duration;

use ums_client::{TillPolicy, TillResult};
use ums_durable::{SubmitOptions, TillAnswer};
use ums_journal::{
    AttemptNumber, EndedFact, Fact, FactId, FactKind, OutcomeKind, RecordedOutcome, Store as _,
    StoreCommand,
};
use ums_simulator::Simulator;

use crate::ground::{Ground, LEASE, key, pay, view};

async fn at_till(ground: &Ground, code: &str) -> TillAnswer {
    let (policy, options) = (TillPolicy::default(), SubmitOptions::new());
    let durable = ground.durable().await;
    let paying = pay("M1", code);
    durable
        .pay_at_till(key("p"), paying, policy, options)
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_result_is_told() {
    for (code, expected, taken) in [
        ("280000000000000001", TillResult::Paid, false),
        ("995700000000000001", TillResult::NotPaid, false),
        // No answer, and made.
        ("990000000000000001", TillResult::Paid, false),
        // No answer, and not made.
        ("990100000000000001", TillResult::NotPaid, false),
        // Waits for longer than the customer does, and is not taken back by a void (57).
        ("992002000000000001", TillResult::ToVerify, true),
        // Waits for a while, and is paid.
        ("992000200000000001", TillResult::Paid, false),
    ] {
        let ground = Ground::new();
        let told = at_till(&ground, code).await;
        assert_eq!(told.result, expected, "{code}: {told:?}");
        assert_eq!(told.take_back.is_some(), taken, "{code}");
        assert_eq!(ground.sent("/pay"), 1);
        assert_eq!(ground.voids_sent(), usize::from(taken));
        // The same again says the same, and nothing runs.
        let again = at_till(&ground, code).await;
        assert_eq!(again.result, expected, "{code}: {again:?}");
        assert_eq!(ground.sent("/pay"), 1);
        assert_eq!(ground.voids_sent(), usize::from(taken));
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_is_taken_back_is_known_as_that() {
    let ground = Ground::new();
    // Made, but no query tells before the time to take it back.
    let silent = ums_simulator::FaultRule::named("status-504").unwrap();
    let silent = silent.for_operation(ums_simulator::SimulatedOperation::Query);
    ground.simulator.fault(silent.times(12)).unwrap();
    let told = at_till(&ground, "991000000000000001").await;
    assert_eq!(told.result, TillResult::TakenBack, "{told:?}");
    let durable = ground.durable().await;
    let payment = view(&durable, &told.payment.call).await;
    assert_eq!(payment.executed, Some(true));
    assert!(!payment.stands && !payment.is_open());
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_at_any_second_it_goes_on_and_pays_once() {
    for second in [1, 4, 6, 10, 30, 44, 46, 50, 58] {
        let ground = Ground::new();
        let durable = ground.durable().await;
        let (policy, options) = (TillPolicy::default(), SubmitOptions::new());
        let paying = pay("M1", "992002000000000001");
        let flow = durable.pay_at_till(key("p"), paying, policy, options);
        let died = tokio::time::timeout(Duration::from_secs(second), flow).await;
        assert!(died.is_err());
        durable.crash();
        tokio::time::sleep(LEASE).await;
        let told = at_till(&ground, "992002000000000001").await;
        assert_eq!(told.result, TillResult::ToVerify, "{second}: {told:?}");
        assert_eq!(ground.sent("/pay"), 1, "{second}");
        assert!(ground.voids_sent() <= 1, "{second}");
        // The customer pays at last.
        tokio::time::sleep(Duration::from_secs(200)).await;
        let durable = ground.durable().await;
        durable
            .resolve_open(Duration::from_secs(300))
            .await
            .unwrap();
        let merchant = Simulator::DEMO_MERCHANT_CODE;
        let payment = durable
            .call_by_key(merchant, key("p"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            payment.view.outcome,
            Some(RecordedOutcome::Approved),
            "{second}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_cashier_who_hangs_up_leaves_a_flow_that_goes_on() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    let (policy, options) = (TillPolicy::default(), SubmitOptions::new());
    let flow = durable.pay_at_till(key("p"), pay("M1", "992000300000000001"), policy, options);
    assert!(
        tokio::time::timeout(Duration::from_secs(2), flow)
            .await
            .is_err()
    );
    tokio::time::sleep(Duration::from_secs(45)).await;
    let merchant = Simulator::DEMO_MERCHANT_CODE;
    let payment = durable
        .call_by_key(merchant, key("p"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(payment.view.outcome, Some(RecordedOutcome::Approved));
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_back_is_never_paid_again() {
    let ground = Ground::new();
    let told = at_till(&ground, "992002000000000001").await;
    assert!(told.take_back.is_some());
    // The process that paid learns late that nothing of it was sent.
    let call = ground.store.call(&told.payment.call).await.unwrap();
    let (_, plan) = call.unwrap().view.attempts[0].sending.clone().unwrap();
    let ended = EndedFact::new(OutcomeKind::NotSent).with_nonce(plan.nonce);
    let id = FactId::new("late").unwrap();
    let what = FactKind::Ended(ended);
    let fact = Fact::new(id, told.payment.call.clone(), AttemptNumber::FIRST, what);
    let group = vec![StoreCommand::Record(Box::new(fact))];
    assert!(ground.store.commit(group).await.unwrap()[0].is_ok());
    let again = at_till(&ground, "992002000000000001").await;
    assert_eq!(again.result, TillResult::NotPaid);
    assert_eq!(ground.sent("/pay"), 1);
}

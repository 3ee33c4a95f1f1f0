//! What takes a payment back, and what is told of the payment then.

use std::time::Duration;

use ums_client::{TillPolicy, TillResult};
use ums_durable::{Durable, SubmitOptions, record_of};
use ums_journal::{CallId, NextStep, OutcomeKind, OutcomeRecord, RecordedOutcome, State};
use ums_model::{Fen, MerchantCode, MerchantOrderId, Refund, RefundRequestId, TerminalCode};
use ums_simulator::Simulator;

use crate::ground::{Ground, key, pay, read, view, void_by_merchant_order, void_of};

const PAID: &str = "280000000000000001";
/// Made, and the answer is held.
const SILENT: &str = "990000000000000001";

async fn paid(durable: &Durable, order: &str) -> CallId {
    let paid = durable.submit(key(order), pay(order, PAID)).await.unwrap();
    assert!(paid.is_approved());
    assert_eq!(paid.record.unwrap().next_step, NextStep::Done);
    paid.call
}

/// What whoever pays again is told.
async fn replayed(durable: &Durable, order: &str) -> OutcomeRecord {
    let again = durable.submit(key(order), pay(order, PAID)).await.unwrap();
    assert!(again.is_replay);
    again.record.unwrap()
}

fn refund_of(order: &str, id: &str, fen: u64) -> Refund {
    Refund::new(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        MerchantOrderId::new(order).unwrap(),
        RefundRequestId::new(id).unwrap(),
        Fen::new(fen),
    )
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_was_voided_since_is_no_longer_told_as_paid() {
    for by_ums in [false, true] {
        let ground = Ground::new();
        let till = ground.durable().await;
        let call = paid(&till, "M1").await;
        let told = replayed(&till, "M1").await;
        assert_eq!((told.stands, told.next_step), (Some(true), NextStep::Done));
        // Another process voids it, by the other id in one case: the reply to the payment had both.
        let other = ground.durable().await;
        let merchant = Simulator::DEMO_MERCHANT_CODE;
        let order = ground
            .simulator
            .orders()
            .find_merchant_order(merchant, "M1");
        let void = match by_ums {
            true => void_of(&order.unwrap().order_id),
            false => void_by_merchant_order("M1"),
        };
        let void = other.submit(key("v"), void).await.unwrap();
        assert!(void.is_approved());
        let told = replayed(&till, "M1").await;
        assert_eq!(told.outcome, RecordedOutcome::Approved);
        let (stands, next) = (told.stands, told.next_step);
        assert_eq!((stands, next), (Some(false), NextStep::DoNotDeliver));
        assert!(told.history.iter().any(|fact| {
            fact.fact == "taken_back" && fact.evidence.as_deref() == Some(void.call.as_str())
        }));
        assert_eq!(view(&till, &call).await.state, State::Ended);
    }
}

#[tokio::test(start_paused = true)]
async fn refunds_are_told_of_the_payment() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    paid(&durable, "M1").await;
    for (id, fen, refunded, stands) in [
        ("R1", 1000, 1000, Some(true)),
        ("R2", 3000, 4000, Some(true)),
        ("R3", 160, 4160, Some(false)),
    ] {
        let refund = refund_of("M1", id, fen);
        let refunded_now = durable.submit(key(id), refund).await.unwrap();
        assert!(refunded_now.is_approved(), "{refunded_now:?}");
        let told = replayed(&durable, "M1").await;
        assert_eq!((told.refunded_fen, told.stands), (Some(refunded), stands));
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_void_is_unknown_nobody_says_that_the_payment_stands() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    paid(&durable, "M1").await;
    ground.simulator.fault("fin-after-request-applied").unwrap();
    let void = durable.submit(key("v"), void_by_merchant_order("M1")).await;
    assert_eq!(void.unwrap().outcome(), Some(RecordedOutcome::Unknown));
    let told = replayed(&durable, "M1").await;
    assert_eq!(told.outcome, RecordedOutcome::Approved);
    assert_eq!((told.stands, told.next_step), (None, NextStep::Query));
    let (policy, options) = (TillPolicy::default(), SubmitOptions::new());
    let till = durable.pay_at_till(key("M1"), pay("M1", PAID), policy, options);
    assert_eq!(till.await.unwrap().result, TillResult::ToVerify);
    assert_eq!(
        durable
            .resolve_open(Duration::from_secs(600))
            .await
            .unwrap(),
        0
    );
    let told = replayed(&durable, "M1").await;
    assert!(told.stands.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_approved_void_closes_the_open_payment_and_asks_nothing() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    let options = SubmitOptions::new().limit(Duration::from_millis(300));
    let open = durable
        .submit_with(key("M1"), pay("M1", SILENT), options)
        .await
        .unwrap();
    assert_eq!(open.outcome(), Some(RecordedOutcome::Unknown));
    let void = durable
        .submit(key("v"), void_by_merchant_order("M1"))
        .await
        .unwrap();
    assert!(void.is_approved());
    assert_eq!(ground.sent("/query"), 0);
    let call = read(&durable, &open.call).await;
    assert!(!call.view.is_open());
    let told = record_of(&call).unwrap();
    assert_eq!(told.outcome, RecordedOutcome::Approved);
    assert_eq!(
        (told.stands, told.next_step),
        (Some(false), NextStep::DoNotDeliver)
    );
    assert_eq!(told.state.as_deref(), Some("resolved"));
    assert_eq!(durable.resolve_open(Duration::ZERO).await.unwrap(), 0);
    assert_eq!(call.view.attempts[0].outcome, Some(OutcomeKind::Approved));
}

/// The payment's own process waits for its answer while another one takes the payment back.
#[tokio::test(start_paused = true)]
async fn a_payment_that_is_taken_back_while_it_runs_is_told_as_that() {
    // The answer comes after the void, or never.
    for fault in ["late-reply-applied@3000", "silence-applied"] {
        let ground = Ground::new();
        ground.simulator.fault(fault).unwrap();
        let (till, other) = (ground.durable().await, ground.durable().await);
        let paying = tokio::spawn(async move { till.submit(key("M1"), pay("M1", PAID)).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let void = other.submit(key("v"), void_by_merchant_order("M1")).await;
        assert!(void.unwrap().is_approved(), "{fault}");
        let told = paying.await.unwrap().unwrap();
        assert!(told.is_own, "{fault}");
        let record = told.record.unwrap();
        assert_eq!(record.outcome, RecordedOutcome::Approved, "{fault}");
        assert_eq!(record.stands, Some(false), "{fault}");
        assert_eq!(ground.sent("/query"), 0, "{fault}");
    }
}

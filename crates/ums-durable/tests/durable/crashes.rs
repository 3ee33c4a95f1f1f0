//! Processes that die, and what the next one makes of it.

use std::sync::Arc;
use std::time::Duration;

use ums_client::transport::BaseUrl;
use ums_durable::{Durable, SubmitOptions};
use ums_journal::{AlarmKind, CallerText, Closed, ClosedAs, RecordedOutcome, State, StoreStep};
use ums_simulator::Simulator;

use crate::ground::{FAILS, Faults, Ground, LEASE, key, read, view, void};

/// Dies while its request is answered.
async fn dies_while_sending(ground: &Ground, fault: &str) {
    ground.simulator.fault(fault).unwrap();
    let durable = ground.durable().await;
    let call = durable.submit(key("k1"), void());
    let died = tokio::time::timeout(Duration::from_secs(1), call).await;
    assert!(died.is_err());
    durable.crash();
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_sending_is_unknown_and_is_found_out() {
    let ground = Ground::new();
    dies_while_sending(&ground, "silence-applied").await;
    let next = ground.durable().await;
    // Its lease runs still.
    assert_eq!(next.recover().await.unwrap(), 0);
    tokio::time::sleep(LEASE).await;
    assert_eq!(next.recover().await.unwrap(), 1);
    let answer = next.submit(key("k1"), void()).await.unwrap();
    assert!(answer.is_replay);
    assert_eq!(answer.outcome(), Some(RecordedOutcome::Unknown));
    assert_eq!(next.resolve_open(Duration::from_secs(10)).await.unwrap(), 0);
    let answer = next.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::Approved));
    assert_eq!(answer.state, State::Resolved);
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_joins_a_dead_call_takes_it_up() {
    let ground = Ground::new();
    dies_while_sending(&ground, "silence-applied").await;
    let next = ground.durable().await;
    let options = ums_durable::SubmitOptions::new().wait(Duration::from_secs(60));
    let answer = next.submit_with(key("k1"), void(), options).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::Unknown));
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn not_carried_out_is_believed_late_and_only_then() {
    let ground = Ground::new();
    dies_while_sending(&ground, "silence").await;
    let next = ground.durable().await;
    tokio::time::sleep(LEASE).await;
    // 5 s of the deadline, 5 s of the send window, 120 s of the late window, counted from when this
    // process first saw it unknown.
    assert_eq!(
        next.resolve_open(Duration::from_secs(129)).await.unwrap(),
        1
    );
    assert_eq!(next.resolve_open(Duration::from_secs(70)).await.unwrap(), 0);
    let answer = next.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::NotExecuted));
    assert!(answer.record.unwrap().as_of.is_some());
    assert_eq!(ground.applied(), 0);
    // A void may be made once more, under another key.
    assert!(next.submit(key("k2"), void()).await.unwrap().is_approved());
}

#[tokio::test(start_paused = true)]
async fn an_end_that_comes_after_the_recovery_counts_and_contradicts_what_was_said() {
    let ground = Ground::new();
    ground.simulator.fault("late-reply-applied@40000").unwrap();
    // Its word never reaches the store, so that its lease ends while it waits for the answer.
    let faults = Arc::new(Faults::default());
    faults.at(StoreStep::Heartbeat, u32::MAX, FAILS);
    let durable = ground.with_faults(&faults).await;
    let slow = {
        let durable = durable.clone();
        let options = SubmitOptions::new().limit(Duration::from_secs(60));
        tokio::spawn(async move { durable.submit_with(key("k1"), void(), options).await })
    };
    tokio::time::sleep(LEASE + Duration::from_secs(1)).await;
    let other = ground.durable().await;
    assert_eq!(other.recover().await.unwrap(), 1);
    let merchant = Simulator::DEMO_MERCHANT_CODE;
    let call = other
        .call_by_key(merchant, key("k1"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(call.view.outcome, Some(RecordedOutcome::Unknown));
    let text = |text: &str| CallerText::new(text).unwrap();
    let closed = Closed::new(
        ClosedAs::Declined,
        text("a person"),
        text("-"),
        text("statement"),
    );
    let closing = other
        .prepare_close_by_statement(&call.id, closed)
        .await
        .unwrap();
    let closed = other.confirm_close(closing).await.unwrap();
    assert_eq!(closed.view.outcome, Some(RecordedOutcome::Declined));

    let answer = slow.await.unwrap().unwrap();
    assert!(answer.is_approved() && answer.recorded);
    let now = view(&other, &call.id).await;
    assert_eq!(now.state, State::Contradicted);
    assert_eq!(now.outcome, Some(RecordedOutcome::Approved));
    let alarms: Vec<_> = now.alarms.iter().map(|alarm| alarm.alarm).collect();
    assert_eq!(alarms, [AlarmKind::Contradicted]);
}

#[tokio::test(start_paused = true)]
async fn no_other_gateway_is_asked_about_a_call() {
    let ground = Ground::new();
    dies_while_sending(&ground, "silence-applied").await;
    tokio::time::sleep(LEASE).await;
    let url: BaseUrl = "http://127.0.0.1:9".parse().unwrap();
    let elsewhere = ums_client::Client::new(
        url,
        ums_client::auth::AppId::new("another-app").unwrap(),
        &ums_client::auth::AppKey::new("another-key").unwrap(),
    )
    .unwrap();
    let other = Durable::builder(elsewhere, ground.store.clone())
        .build()
        .await
        .unwrap();
    for _ in 0..2 {
        assert_eq!(
            other.resolve_open(Duration::from_secs(30)).await.unwrap(),
            0
        );
    }
    let call = ground.durable().await;
    let call = call
        .call_by_key(Simulator::DEMO_MERCHANT_CODE, key("k1"))
        .await
        .unwrap()
        .unwrap();
    let alarms: Vec<_> = call.view.alarms.iter().map(|alarm| alarm.alarm).collect();
    assert_eq!(alarms, [AlarmKind::NoProfile]);
    assert!(call.view.is_open());
    // The right one asks by the client it is given for it.
    let both = Durable::builder(
        ums_client::Client::new(
            "http://127.0.0.1:9".parse::<BaseUrl>().unwrap(),
            ums_client::auth::AppId::new("another-app").unwrap(),
            &ums_client::auth::AppKey::new("another-key").unwrap(),
        )
        .unwrap(),
        ground.store.clone(),
    )
    .asks_also_by(ground.client())
    .build()
    .await
    .unwrap();
    assert_eq!(both.resolve_open(Duration::from_secs(30)).await.unwrap(), 0);
    assert!(!read(&both, &call.id).await.view.is_open());
}

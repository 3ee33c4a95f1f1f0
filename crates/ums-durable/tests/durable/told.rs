//! Where an answer comes from, and what nobody knows of it.

use std::time::Duration;

use ums_journal::RecordedOutcome;
use ums_simulator::Simulator;

use crate::ground::{Ground, LEASE, key, void};

#[tokio::test(start_paused = true)]
async fn whoever_joins_a_call_sent_nothing() {
    let ground = Ground::new();
    ground.simulator.fault("late-reply-applied@2000").unwrap();
    let (one, other) = (ground.durable().await, ground.durable().await);
    let here = one.submit(key("k1"), void());
    let beside = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        tokio::join!(
            one.submit(key("k1"), void()),
            other.submit(key("k1"), void())
        )
    };
    let (own, (joined, elsewhere)) = tokio::join!(here, beside);
    for (answer, is_own) in [(own, true), (joined, false), (elsewhere, false)] {
        let answer = answer.unwrap();
        assert!(answer.is_approved() && !answer.is_replay);
        assert_eq!(answer.is_own, is_own);
        assert_eq!(answer.record.unwrap().replayed, Some(!is_own));
    }
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn of_a_call_whose_process_died_nobody_knows_how_much_was_sent() {
    let ground = Ground::new();
    ground.simulator.fault("silence-applied").unwrap();
    let durable = ground.durable().await;
    let sending = durable.submit(key("k1"), void());
    let died = tokio::time::timeout(Duration::from_secs(1), sending).await;
    assert!(died.is_err());
    durable.crash();
    tokio::time::sleep(LEASE).await;
    let next = ground.durable().await;
    let answer = next.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::Unknown));
    assert!(!answer.is_own);
    let record = answer.record.unwrap();
    assert_eq!(record.replayed, Some(true));
    assert_eq!(record.evidence.requests_sent, None);
    // What was counted is told as it was.
    let merchant = Simulator::DEMO_MERCHANT_CODE;
    assert!(
        next.call_by_key(merchant, key("k1"))
            .await
            .unwrap()
            .is_some()
    );
    ground.simulator.fault("fin-after-request").unwrap();
    let lost = next.submit(key("k2"), crate::ground::void_of("U2")).await;
    assert!(!lost.unwrap().is_approved());
    let counted = next
        .submit(key("k2"), crate::ground::void_of("U2"))
        .await
        .unwrap();
    assert_eq!(counted.record.unwrap().evidence.requests_sent, Some(1));
}

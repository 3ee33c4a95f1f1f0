//! Calls that a person closes.

use std::sync::Arc;
use std::time::Duration;

use ums_durable::{CloseError, Durable, JournalError};
use ums_journal::{
    AlarmKind, CallId, CallerText, Closed, ClosedAs, JournalId, JournalKey, ManualClock,
    MemoryStore, RecordedOutcome, State, StoreRefusal,
};

use crate::ground::{Ground, Time, key, refund, view, void};

fn closed(closed_as: ClosedAs) -> Closed {
    let text = |text: &str| CallerText::new(text).unwrap();
    Closed::new(
        closed_as,
        text("a person"),
        text("asked UMS"),
        text("letter 17"),
    )
}

async fn unknown(ground: &Ground, durable: &Durable, fault: &str) -> CallId {
    ground.simulator.fault(fault).unwrap();
    durable.submit(key("k1"), void()).await.unwrap().call
}

fn refusal(error: CloseError) -> StoreRefusal {
    match error {
        CloseError::Journal(JournalError::Refused(refused)) => refused,
        other => panic!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_closes_a_call_in_two_steps() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    let call = unknown(&ground, &durable, "fin-after-request").await;
    // As declined only after the wait.
    let early = durable
        .prepare_close(&call, closed(ClosedAs::Declined))
        .await;
    assert!(matches!(
        refusal(early.unwrap_err()),
        StoreRefusal::TooEarly { .. }
    ));
    let stored = durable.call(&call).await.unwrap().unwrap();
    let wait = durable.settles_in(&stored).await.unwrap().unwrap();
    assert!(
        wait > Duration::from_secs(125) && wait <= Duration::from_secs(130),
        "{wait:?}"
    );
    tokio::time::sleep(wait).await;

    let closing = durable
        .prepare_close(&call, closed(ClosedAs::Declined))
        .await
        .unwrap();
    assert!(closing.frees_its_identity);
    assert!(view(&durable, &call).await.is_open());
    // Another process that is told the token prepares the same.
    let other = ground.durable().await;
    let same = other
        .prepare_close(&call, closed(ClosedAs::Declined))
        .await
        .unwrap();
    assert_eq!(same.token, closing.token);
    let another = other
        .prepare_close(&call, closed(ClosedAs::Approved))
        .await
        .unwrap();
    assert_ne!(another.token, closing.token);
    for closing in [same, closing] {
        let now = durable.confirm_close(closing).await.unwrap().view;
        assert_eq!(now.state, State::Closed);
        assert_eq!(now.outcome, Some(RecordedOutcome::Declined));
        assert!(!now.is_open());
    }
    // The order is free.
    assert!(
        durable
            .submit(key("k2"), refund("R1"))
            .await
            .unwrap()
            .is_approved()
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_found_out_meanwhile_is_not_closed() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    let call = unknown(&ground, &durable, "fin-after-request-applied").await;
    let closing = durable
        .prepare_close(&call, closed(ClosedAs::Approved))
        .await
        .unwrap();
    assert_eq!(
        durable.resolve_open(Duration::from_secs(10)).await.unwrap(),
        0
    );
    let error = durable.confirm_close(closing).await.unwrap_err();
    assert!(matches!(error, CloseError::Changed(_)), "{error}");
    let again = durable
        .prepare_close(&call, closed(ClosedAs::Approved))
        .await;
    assert!(matches!(
        refusal(again.unwrap_err()),
        StoreRefusal::NotOpen { .. }
    ));
    let nobody = CallId::new("nobody").unwrap();
    let error = durable
        .prepare_close(&nobody, closed(ClosedAs::Approved))
        .await
        .unwrap_err();
    assert!(matches!(error, CloseError::NoSuchCall(_)));
}

/// A clock of the journal that jumps ahead does not close a call early: this process's own counts,
/// too.
#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_closes_nothing_as_declined() {
    let mut ground = Ground::new();
    let clock = Arc::new(ManualClock::new(ground.time.now()));
    let id = JournalId::new("journal-1").unwrap();
    ground.store = MemoryStore::new(id, JournalKey::new([7; 32]), Arc::clone(&clock) as _);
    let durable = ground.durable().await;
    let call = unknown(&ground, &durable, "fin-after-request").await;
    clock.advance(Duration::from_secs(3600));
    let early = durable
        .prepare_close(&call, closed(ClosedAs::Declined))
        .await;
    let CloseError::OwnClock { wait, .. } = early.unwrap_err() else {
        panic!("another error");
    };
    assert_eq!(wait, Duration::from_secs(130));
    let stored = durable.call(&call).await.unwrap().unwrap();
    assert_eq!(durable.settles_in(&stored).await.unwrap(), Some(wait));
    // What needs no wait needs none here either.
    for closing in [
        durable
            .prepare_close(&call, closed(ClosedAs::Approved))
            .await,
        durable
            .prepare_close_by_statement(&call, closed(ClosedAs::Declined))
            .await,
    ] {
        assert!(closing.is_ok());
    }
    // Whoever prepares it where the clock is ahead does not have it confirmed where it is not.
    let mut ahead = ground.clone();
    ahead.time = Time::at("2023-07-18T16:00:00+08:00");
    let prepared = ahead.durable().await;
    let prepared = prepared.prepare_close(&call, closed(ClosedAs::Declined));
    let confirmed = durable.confirm_close(prepared.await.unwrap()).await;
    assert!(matches!(confirmed, Err(CloseError::OwnClock { .. })));
    assert!(view(&durable, &call).await.is_open());

    tokio::time::sleep(wait - Duration::from_millis(1)).await;
    let early = durable
        .prepare_close(&call, closed(ClosedAs::Declined))
        .await;
    assert!(matches!(early, Err(CloseError::OwnClock { .. })));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let closing = durable.prepare_close(&call, closed(ClosedAs::Declined));
    let closed = durable.confirm_close(closing.await.unwrap()).await.unwrap();
    assert_eq!(closed.view.outcome, Some(RecordedOutcome::Declined));
}

#[tokio::test(start_paused = true)]
async fn a_statement_needs_no_wait() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    let call = unknown(&ground, &durable, "fin-after-request").await;
    let by_statement = durable.prepare_close_by_statement(&call, closed(ClosedAs::Declined));
    let now = durable
        .confirm_close(by_statement.await.unwrap())
        .await
        .unwrap();
    assert_eq!(now.view.outcome, Some(RecordedOutcome::Declined));
    let alarms: Vec<AlarmKind> = now.view.alarms.iter().map(|alarm| alarm.alarm).collect();
    assert_eq!(alarms, []);
}

//! What comes of a call that comes with a key, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use ums_durable::{Durable, Settings, SubmitError, SubmitOptions};
use ums_journal::{CallId, MayRepeat, RecordedOutcome, State, StoreRefusal};

use crate::ground::{Ground, key, pay, read, refund, view, void, void_by_merchant_order, void_of};

#[tokio::test]
async fn a_key_runs_once_and_is_answered_ever_after() {
    let (ground, _gateway) = Ground::over_sockets().await;
    let durable = ground.durable().await;
    let first = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(first.outcome(), Some(RecordedOutcome::Approved));
    assert!(!first.is_replay && first.recorded);
    assert_eq!(first.state, State::Ended);

    // The same process, and another one later.
    for durable in [durable, ground.durable().await] {
        let again = durable.submit(key("k1"), void()).await.unwrap();
        assert!(again.is_replay && again.recorded);
        assert_eq!(again.call, first.call);
        assert_eq!(again.outcome(), Some(RecordedOutcome::Approved));
        let (told, kept) = (
            first.record.as_ref().unwrap(),
            again.record.as_ref().unwrap(),
        );
        assert_eq!(kept.err_code, told.err_code);
        assert_eq!(kept.reply, told.reply);
        assert_eq!(kept.request, told.request);
        assert_eq!(kept.next_step, told.next_step);
        assert_eq!(kept.evidence.last, told.evidence.last);
    }
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_hundred_callers_at_once_are_one_request_with_one_answer() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("late-reply-applied@200").unwrap();
    let durable = ground.durable().await;
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let durable = durable.clone();
            tokio::spawn(async move { durable.submit(key("k1"), void()).await.unwrap() })
        })
        .collect();
    let mut calls = std::collections::BTreeSet::new();
    for caller in callers {
        let answer = caller.await.unwrap();
        assert!(answer.is_approved());
        calls.insert(answer.call);
    }
    assert_eq!(calls.len(), 1);
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn what_runs_in_another_process_is_joined() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("late-reply-applied@300").unwrap();
    let (one, other) = (ground.durable().await, ground.durable().await);
    let first = tokio::spawn(async move { one.submit(key("k1"), void()).await.unwrap() });
    gateway.ledger().until(|totals| totals.requests == 1).await;
    let joined = other.submit(key("k1"), void()).await.unwrap();
    let first = first.await.unwrap();
    assert!(joined.is_approved() && first.is_approved());
    assert_eq!(joined.call, first.call);
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn two_processes_that_race_for_one_key_send_one_request() {
    let (ground, _gateway) = Ground::over_sockets().await;
    let barrier = Arc::new(tokio::sync::Barrier::new(8));
    let mut racing = Vec::new();
    for _ in 0..8 {
        let (durable, barrier) = (ground.durable().await, Arc::clone(&barrier));
        racing.push(tokio::spawn(async move {
            barrier.wait().await;
            durable.submit(key("k1"), void()).await.unwrap()
        }));
    }
    for one in racing {
        assert!(one.await.unwrap().is_approved());
    }
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_key_of_another_request_is_refused() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("late-reply-applied@200").unwrap();
    let durable = ground.durable().await;
    let runs = {
        let durable = durable.clone();
        tokio::spawn(async move { durable.submit(key("k1"), void()).await.unwrap() })
    };
    gateway.ledger().until(|totals| totals.requests == 1).await;
    let refused = |error: SubmitError| {
        assert_eq!(error.may_repeat(), MayRepeat::NewKey);
        matches!(
            error,
            SubmitError::Refused(StoreRefusal::KeyOfAnotherRequest { .. })
        )
    };
    // While it runs, and after.
    assert!(refused(
        durable.submit(key("k1"), refund("R1")).await.unwrap_err()
    ));
    assert!(runs.await.unwrap().is_approved());
    assert!(refused(
        durable.submit(key("k1"), refund("R1")).await.unwrap_err()
    ));
    assert_eq!(ground.sent("/refund"), 0);
}

#[tokio::test]
async fn another_key_for_the_same_operation_is_refused_while_open_and_when_done() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("fin-after-request-applied").unwrap();
    let durable = ground.durable().await;
    let first = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(first.outcome(), Some(RecordedOutcome::Unknown));
    let refused = |error: SubmitError, call: &CallId| {
        assert_eq!(error.call(), Some(call));
        assert_eq!(error.may_repeat(), MayRepeat::No);
        matches!(
            error,
            SubmitError::Refused(StoreRefusal::SameIdentity { .. })
        )
    };
    let error = durable.submit(key("k2"), void()).await.unwrap_err();
    assert!(refused(error, &first.call));
    // No refund on top of an unknown void.
    let busy = durable.submit(key("k3"), refund("R1")).await.unwrap_err();
    assert!(matches!(
        &busy,
        SubmitError::Refused(StoreRefusal::OrderBusy { calls }) if *calls == [first.call.clone()]
    ));
    assert_eq!(
        durable.resolve_open(Duration::from_secs(4)).await.unwrap(),
        0
    );
    let error = durable.submit(key("k2"), void()).await.unwrap_err();
    assert!(refused(error, &first.call));
    assert_eq!(ground.voids_sent(), 1);
    assert_eq!(ground.sent("/refund"), 0);
}

#[tokio::test]
async fn a_person_may_go_on_in_spite_of_an_open_call() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("fin-after-request").unwrap();
    let durable = ground.durable().await;
    let first = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(first.outcome(), Some(RecordedOutcome::Unknown));
    let options = SubmitOptions::new().despite([first.call.clone()]);
    let second = durable.submit_with(key("k2"), refund("R1"), options).await;
    assert!(second.unwrap().is_approved());
}

#[tokio::test]
async fn after_a_refusal_another_key_is_a_new_call() {
    let (ground, _gateway) = Ground::over_sockets().await;
    let durable = ground.durable().await;
    // 57: it was refunded in part before.
    assert!(
        durable
            .submit(key("r"), refund("R1"))
            .await
            .unwrap()
            .is_approved()
    );
    for number in ["k1", "k2"] {
        let declined = durable.submit(key(number), void()).await.unwrap();
        assert_eq!(declined.outcome(), Some(RecordedOutcome::Declined));
        assert!(!declined.is_replay);
    }
    assert_eq!(ground.voids_sent(), 2);
}

#[tokio::test]
async fn what_was_not_sent_is_tried_again_under_its_key() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("reset-on-accept").unwrap();
    let durable = ground.durable().await;
    let first = durable.submit(key("k1"), void()).await.unwrap();
    if first.outcome() == Some(RecordedOutcome::Unknown) {
        // The reset came after the first byte had left.
        return;
    }
    assert_eq!(first.outcome(), Some(RecordedOutcome::NotSent));
    assert!(first.recorded);
    let second = durable.submit(key("k1"), void()).await.unwrap();
    assert!(second.is_approved() && !second.is_replay);
    assert_eq!(second.call, first.call);
    assert_eq!(view(&durable, &first.call).await.attempts.len(), 2);
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_gateway_that_refuses_connections_leaves_an_attempt_that_was_not_sent() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.shutdown().await;
    let durable = ground.durable().await;
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::NotSent));
    let first = view(&durable, &answer.call).await;
    assert!(first.attempts[0].sending.is_none());
    assert!(!first.is_open());
    // A further attempt is of the same call.
    let again = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(again.call, answer.call);
    assert_eq!(view(&durable, &answer.call).await.attempts.len(), 2);
}

#[tokio::test]
async fn the_open_payment_of_an_order_may_be_taken_back() {
    let (ground, _gateway) = Ground::over_sockets().await;
    let durable = ground.durable().await;
    let options = SubmitOptions::new().limit(Duration::from_millis(300));
    // The customer has paid, and the answer is held.
    let paying = pay("M1", "990000000000000001");
    let open = durable
        .submit_with(key("p"), paying, options)
        .await
        .unwrap();
    assert_eq!(open.outcome(), Some(RecordedOutcome::Unknown));
    let taken = durable.submit(key("v"), void_by_merchant_order("M1")).await;
    assert!(taken.unwrap().is_approved());
    assert_eq!(
        durable.resolve_open(Duration::from_secs(5)).await.unwrap(),
        0
    );
    let payment = view(&durable, &open.call).await;
    assert_eq!(payment.executed, Some(true));
    assert!(!payment.stands);
}

#[tokio::test]
async fn a_caller_that_hangs_up_cancels_nothing() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("late-reply-applied@200").unwrap();
    let durable = ground.durable().await;
    let call = durable.submit(key("k1"), void());
    let hung_up = tokio::time::timeout(Duration::from_millis(50), call).await;
    assert!(hung_up.is_err());
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert!(answer.is_approved());
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_caller_that_waits_no_longer_has_the_id_of_a_call_that_goes_on() {
    let (ground, gateway) = Ground::over_sockets().await;
    gateway.fault("late-reply-applied@300").unwrap();
    let durable = ground.durable().await;
    let options = SubmitOptions::new().wait(Duration::from_millis(50));
    let running = durable
        .submit_with(key("k1"), void(), options)
        .await
        .unwrap();
    assert!(running.is_running() && running.recorded);
    assert!(read(&durable, &running.call).await.view.is_running());
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert!(answer.is_approved());
    assert_eq!(answer.call, running.call);
}

#[tokio::test]
async fn the_ids_of_an_order_are_one_after_a_reply_with_both() {
    let (ground, _gateway) = Ground::over_sockets().await;
    let durable = ground.durable().await;
    let paid = durable
        .submit(key("p"), pay("M1", "280000000000000001"))
        .await
        .unwrap();
    assert!(paid.is_approved());
    let order = ground
        .simulator
        .orders()
        .find_merchant_order(ums_simulator::Simulator::DEMO_MERCHANT_CODE, "M1");
    let by_ums = void_of(&order.unwrap().order_id);
    let first: Durable = durable.clone();
    assert!(first.submit(key("v1"), by_ums).await.unwrap().is_approved());
    let error = durable
        .submit(key("v2"), void_by_merchant_order("M1"))
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        SubmitError::Refused(StoreRefusal::SameIdentity { .. })
    ));
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn what_is_not_wanted_any_more_is_not_sent() {
    let (ground, _gateway) = Ground::over_sockets().await;
    let durable = ground.durable().await;
    let past = ground.time.now() - chrono::TimeDelta::seconds(1);
    let options = SubmitOptions::new().not_after(past);
    let error = durable
        .submit_with(key("k1"), void(), options)
        .await
        .unwrap_err();
    assert!(matches!(error, SubmitError::TooLate(_)));
    assert_eq!(ground.voids_sent(), 0);
    // The key is not used up.
    assert!(
        durable
            .submit(key("k1"), void())
            .await
            .unwrap()
            .is_approved()
    );
}

#[tokio::test]
async fn a_caller_that_does_not_wait_at_all_has_its_call_made() {
    let (ground, _gateway) = Ground::over_sockets().await;
    let durable = ground.durable().await;
    for round in 0..20 {
        let order = format!("M{round}");
        let (name, paying) = (key(&order), pay(&order, "280000000000000001"));
        let options = SubmitOptions::new().wait(Duration::ZERO);
        let first = durable
            .submit_with(name.clone(), paying.clone(), options)
            .await
            .unwrap();
        let answer = durable.submit(name, paying).await.unwrap();
        assert!(answer.is_approved(), "{answer:?}");
        assert_eq!(answer.call, first.call);
        assert_eq!(view(&durable, &answer.call).await.attempts.len(), 1);
    }
    assert_eq!(ground.sent("/pay"), 20);
}

#[tokio::test]
async fn a_call_that_is_refused_after_its_caller_has_left_was_not_sent() {
    let (ground, gateway) = Ground::over_sockets().await;
    let settings = Settings::new().question_limit(Duration::from_millis(300));
    let durable = ground.builder().settings(settings).build().await.unwrap();
    // The question is not answered.
    gateway.fault("silence").unwrap();
    let options = SubmitOptions::new()
        .ask_first()
        .wait(Duration::from_millis(50));
    let first = durable
        .submit_with(key("k1"), void(), options)
        .await
        .unwrap();
    assert!(first.is_running());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let now = view(&durable, &first.call).await;
    assert_eq!(now.outcome, Some(RecordedOutcome::NotSent));
    assert_eq!(ground.voids_sent(), 0);
}

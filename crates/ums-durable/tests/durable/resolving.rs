//! Finding out what became of calls, on a clock that the test moves.

use std::time::Duration;

use chrono::NaiveDate;
use ums_durable::{Settings, due_again};
use ums_journal::{AlarmKind, FactKind, RecordedOutcome, State, StoredCall};

use crate::ground::{Ground, key, pay, read, view, void, void_by_merchant_order};

fn alarms(call: &StoredCall) -> Vec<AlarmKind> {
    call.view.alarms.iter().map(|alarm| alarm.alarm).collect()
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn a_resolver_in_the_background_finds_out_what_became_of_a_call() {
    let ground = Ground::new();
    ground.simulator.fault("fin-after-request-applied").unwrap();
    let durable = ground.durable().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let resolver = {
        let durable = durable.clone();
        tokio::spawn(async move {
            durable
                .run_resolver(async move { stopped.await.unwrap() })
                .await;
        })
    };
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::Unknown));
    tokio::time::sleep(Duration::from_secs(4)).await;
    let found = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(found.outcome(), Some(RecordedOutcome::Approved));
    stop.send(()).unwrap();
    resolver.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_day_that_ends_is_an_alarm_and_then_only_the_statement_can_tell() {
    let ground = Ground::new();
    ground.simulator.fault("fin-after-request").unwrap();
    // No query is ever answered.
    let durable = ground.durable().await;
    let call = durable.submit(key("k1"), void()).await.unwrap().call;
    let silent = ums_simulator::FaultRule::named("fin-after-request")
        .unwrap()
        .always();
    ground.simulator.fault(silent).unwrap();
    durable.resolve_open(6 * HOUR).await.unwrap();
    assert_eq!(alarms(&read(&durable, &call).await), []);
    durable.resolve_open(2 * HOUR).await.unwrap();
    let late = read(&durable, &call).await;
    assert_eq!(alarms(&late), [AlarmKind::DayEnds]);
    assert_eq!(late.view.state, State::Resolving);
    durable.resolve_open(2 * HOUR).await.unwrap();
    let over = read(&durable, &call).await;
    assert_eq!(over.view.state, State::AwaitingStatement);
    let day = over.facts.iter().find_map(|fact| match &fact.fact().what {
        FactKind::AwaitingStatement(awaiting) => Some(awaiting.day),
        _ => None,
    });
    assert_eq!(day, NaiveDate::from_ymd_opt(2023, 7, 18));
    assert!(over.view.is_open());
}

#[tokio::test(start_paused = true)]
async fn carried_out_is_believed_on_the_next_day_too() {
    let ground = Ground::at("2023-07-18T23:58:30+08:00");
    ground.simulator.fault("fin-after-request-applied").unwrap();
    let durable = ground.durable().await;
    let call = durable.submit(key("k1"), void()).await.unwrap().call;
    let silent = ums_simulator::FaultRule::named("fin-after-request")
        .unwrap()
        .times(8);
    ground.simulator.fault(silent).unwrap();
    // It cannot pass its wait before midnight, so that it waits for the statement at once.
    durable.resolve_open(Duration::from_secs(5)).await.unwrap();
    let near = read(&durable, &call).await;
    assert_eq!(near.view.state, State::AwaitingStatement);
    assert_eq!(alarms(&near), [AlarmKind::DayEnds]);
    // The gateway's day is the next one by then: the query names the day of the call.
    durable.resolve_open(2 * HOUR).await.unwrap();
    let found = view(&durable, &call).await;
    assert_eq!(found.outcome, Some(RecordedOutcome::Approved), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_is_stated_to_have_failed_is_asked_about_again() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    // It fails, and is made 60 seconds later all the same.
    let paying = pay("M1", "995000600000000001");
    let call = durable.submit(key("p"), paying).await.unwrap().call;
    durable.resolve_open(Duration::from_secs(30)).await.unwrap();
    let failed = view(&durable, &call).await;
    assert_eq!(failed.outcome, Some(RecordedOutcome::NotExecuted));
    assert!(failed.definite_state_seen);
    let resolver = {
        let durable = durable.clone();
        tokio::spawn(async move {
            durable
                .run_resolver(tokio::time::sleep(Duration::from_secs(300)))
                .await;
        })
    };
    resolver.await.unwrap();
    let found = read(&durable, &call).await;
    assert_eq!(found.view.outcome, Some(RecordedOutcome::Approved));
    assert_eq!(alarms(&found), [AlarmKind::Contradicted]);
}

/// A command that runs once keeps no process: what it leaves is due later, for whoever asks then.
#[tokio::test(start_paused = true)]
async fn a_failed_payment_that_a_command_leaves_is_due_again_after_the_late_window() {
    let ground = Ground::new();
    let due = async |ground: &Ground| {
        let due = due_again(&ground.store, &Settings::new(), ground.time.now()).await;
        due.unwrap()
            .into_iter()
            .map(|call| call.id)
            .collect::<Vec<_>>()
    };
    let command = ground.durable().await;
    // It fails, and is made 60 seconds later all the same.
    let paying = pay("M1", "995000600000000001");
    let call = command.submit(key("p"), paying).await.unwrap().call;
    command.resolve_open(Duration::from_secs(30)).await.unwrap();
    assert!(command.close(Duration::ZERO).await.is_empty());
    let failed = view(&command, &call).await;
    assert_eq!(failed.outcome, Some(RecordedOutcome::NotExecuted));
    assert_eq!(due(&ground).await, []);
    tokio::time::sleep(Duration::from_secs(130)).await;
    assert_eq!(due(&ground).await, std::slice::from_ref(&call));
    let next = ground.durable().await;
    let found = next.resolve(&call, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!(found.view.outcome, Some(RecordedOutcome::Approved));
    assert_eq!(alarms(&found), [AlarmKind::Contradicted]);
    assert_eq!(due(&ground).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_failed_for_good_is_asked_about_twice_more_and_whenever_it_is_named() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    let due = async || {
        let due = due_again(&ground.store, &Settings::new(), ground.time.now()).await;
        due.unwrap().len()
    };
    // Refused by a code that is in no table, and stated to have failed.
    let paying = pay("M1", "995100000000000001");
    let call = durable.submit(key("p"), paying).await.unwrap().call;
    durable.resolve_open(Duration::from_secs(30)).await.unwrap();
    let asked = ground.sent("/query");
    // Named, it is asked about though its time has not come.
    durable.resolve(&call, Duration::ZERO).await.unwrap();
    assert_eq!(ground.sent("/query"), asked + 1);
    tokio::time::sleep(Duration::from_secs(130)).await;
    assert_eq!(due().await, 1);
    durable.resolve_open(Duration::ZERO).await.unwrap();
    assert_eq!((ground.sent("/query"), due().await), (asked + 2, 0));
    // Nine hours later its day is about to end.
    tokio::time::sleep(9 * HOUR - Duration::from_secs(600)).await;
    assert_eq!(due().await, 1);
    let other = ground.durable().await;
    other.resolve_open(Duration::ZERO).await.unwrap();
    assert_eq!((ground.sent("/query"), due().await), (asked + 3, 0));
    tokio::time::sleep(HOUR).await;
    durable.resolve(&call, Duration::ZERO).await.unwrap();
    assert_eq!(ground.sent("/query"), asked + 3, "after its day");
    let failed = view(&durable, &call).await;
    assert_eq!(failed.outcome, Some(RecordedOutcome::NotExecuted));
}

#[tokio::test(start_paused = true)]
async fn two_processes_do_not_ask_about_one_call() {
    let ground = Ground::new();
    ground.simulator.fault("fin-after-request").unwrap();
    let (one, other) = (ground.durable().await, ground.durable().await);
    let call = one.submit(key("k1"), void()).await.unwrap().call;
    one.resolve_open(Duration::from_secs(4)).await.unwrap();
    let asked = ground.sent("/query");
    assert!(asked > 0);
    assert_eq!(other.resolve_open(Duration::from_secs(8)).await.unwrap(), 0);
    assert_eq!(ground.sent("/query"), asked);
    assert!(view(&other, &call).await.is_open());
}

#[tokio::test(start_paused = true)]
async fn clocks_that_jump_ahead_do_not_make_it_believe_sooner() {
    let ground = Ground::new();
    ground.simulator.fault("fin-after-request").unwrap();
    let durable = ground.durable().await;
    let call = durable.submit(key("k1"), void()).await.unwrap().call;
    // The store's clock and the time of day; not the one of this process.
    ground.time.jump(chrono::TimeDelta::minutes(10));
    durable.resolve_open(Duration::from_secs(60)).await.unwrap();
    assert!(view(&durable, &call).await.is_open());
    durable
        .resolve_open(Duration::from_secs(120))
        .await
        .unwrap();
    let found = view(&durable, &call).await;
    assert_eq!(found.outcome, Some(RecordedOutcome::NotExecuted));
}

#[tokio::test(start_paused = true)]
async fn a_payment_is_not_said_to_stand_while_a_void_of_it_may_be_under_way() {
    let ground = Ground::new();
    let durable = ground.durable().await;
    // Paid, and the answer is held; the void is carried out a minute after its answer was lost.
    let payment = durable
        .submit(key("p"), pay("M1", "990000000000000001"))
        .await
        .unwrap();
    ground.simulator.fault("silence-applied-late@60").unwrap();
    let void = durable
        .submit(key("v"), void_by_merchant_order("M1"))
        .await
        .unwrap();
    assert_eq!(void.outcome(), Some(RecordedOutcome::Unknown));
    durable.resolve_open(Duration::from_secs(40)).await.unwrap();
    assert!(view(&durable, &payment.call).await.is_open());
    durable.resolve_open(Duration::from_secs(60)).await.unwrap();
    let paid = view(&durable, &payment.call).await;
    assert_eq!((paid.executed, paid.stands), (Some(true), false));
    assert_eq!(view(&durable, &void.call).await.executed, Some(true));
}

#[tokio::test(start_paused = true)]
async fn one_failed_question_starts_the_count_of_answers_again() {
    let ground = Ground::new();
    ground.simulator.fault("fin-after-request").unwrap();
    let durable = ground.durable().await;
    let call = durable.submit(key("k1"), void()).await.unwrap().call;
    durable
        .resolve_open(Duration::from_secs(125))
        .await
        .unwrap();
    assert!(view(&durable, &call).await.is_open());
    // From now on each second question fails.
    let every_second = ums_simulator::FaultRule::named("fin-after-request")
        .unwrap()
        .always();
    ground.simulator.fault(every_second.every(2)).unwrap();
    durable
        .resolve_open(Duration::from_secs(600))
        .await
        .unwrap();
    assert!(view(&durable, &call).await.is_open());
    ground.simulator.clear_faults();
    durable
        .resolve_open(Duration::from_secs(200))
        .await
        .unwrap();
    assert!(!view(&durable, &call).await.is_open());
}

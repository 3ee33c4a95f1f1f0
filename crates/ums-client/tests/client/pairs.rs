//! What must hold where two conditions meet.
//!
//! | conditions | what must hold |
//! |---|---|
//! | slow connect × slow reply | one deadline for both, from the call's begin; the timestamp is drawn when the connection stands |
//! | resend × deadline | no dial, pause or reply of a later attempt outlives the call's deadline |
//! | resend × recorder | each attempt's `sending` is recorded before it; what a recorder refuses is not tried again; nothing is recorded or sent after unknown |
//! | recorder × deadline | a step that hangs is given up at the deadline (an end two seconds after the answer), and the call ends truly |
//! | token × deadline, resend, cancel | the fetch is part of the call; a dropped one leaves neither a place taken nor a request |
//! | queue × close × deadline | waiting counts; who waits is told at once that the client closes; a place is free when the outcome is recorded |
//! | clock skew × token, resend | a refusal explains itself by the clock before the token; each attempt has the time of its own |
//! | no limit × each of them | `Duration::MAX` is a limit like any other |

use std::time::Duration;

use ums_client::model::Effect;
use ums_client::transport::{Connect, ConnectFuture};
use ums_client::{
    AccessTokens, AttemptPhase, Call, CallState, Concurrency, Journal, Language, MemoryJournal,
    NextStep, OnDiscrepancy, OutcomeKind, Reason, Resend,
};

use crate::paced::{APPROVED, Plan, Step, Steps, TOKEN, World, approve, begun, void};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn slow_connect_and_slow_reply_share_one_deadline() {
    for opens in [0, 1, 3_000, 6_000, 9_999, 10_000, 12_000] {
        for answers in [0, 1, 3_000, 6_000, 9_999, 10_000, 12_000] {
            let world = World::new([approve(opens, answers)]);
            let client = world
                .builder()
                .connect_timeout(60 * SECOND)
                .build()
                .unwrap();
            let outcome = void(&client).await;
            let case = format!("{opens} {answers}: {outcome}");
            let ends = (opens + answers).min(10_000);
            assert_eq!(world.millis(), ends, "{case}");
            assert_eq!(
                outcome.evidence().elapsed.as_millis(),
                u128::from(ends),
                "{case}"
            );

            let attempt = &outcome.evidence().attempt;
            let progress = attempt.progress.as_ref().unwrap();
            if opens >= 10_000 {
                assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{case}");
                assert_eq!(outcome.reason(), Some("deadline"), "{case}");
                // On the stroke of ten, either may come first.
                let connecting = progress.phase == AttemptPhase::Connecting;
                assert!(connecting || opens == 10_000, "{case}");
                assert_eq!(world.times("request").len(), 0, "{case}");
                continue;
            }
            assert_eq!(world.times("request"), [opens], "{case}");
            assert_eq!(
                progress.timings.connected.unwrap().as_millis(),
                opens.into()
            );
            // Of the moment in which the connection stood.
            let timestamp = attempt.timestamp.unwrap();
            let signed = format!("0900{:02}", opens / 1000);
            assert_eq!(&timestamp.as_str()[8..], signed, "{case}");
            assert_eq!(world.times(&format!("signed {signed}")), [opens], "{case}");
            if opens + answers < 10_000 {
                assert!(outcome.is_approved(), "{case}");
            } else if opens + answers > 10_000 {
                assert_eq!(outcome.kind(), OutcomeKind::Unknown, "{case}");
                assert_eq!(outcome.reason(), Some("deadline"), "{case}");
                assert_eq!(progress.phase, AttemptPhase::AwaitingReply, "{case}");
            }
        }
    }
}

/// Whichever of the two limits ends first ends the dial.
#[tokio::test(start_paused = true)]
async fn a_slow_connect_ends_by_its_own_limit_or_the_calls() {
    for (limit, ends, reason) in [
        (4, 4, "connect_timeout"),
        (10, 10, "deadline"),
        (30, 10, "deadline"),
    ] {
        let world = World::new([Plan::Hang]);
        let client = world
            .builder()
            .connect_timeout(limit * SECOND)
            .build()
            .unwrap();
        let outcome = void(&client).await;
        assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{outcome}");
        assert_eq!(outcome.reason(), Some(reason), "{limit}");
        assert_eq!(world.millis(), ends * 1000, "{limit}");
    }
}

/// What the attempts meet; how the call ends, when, and what went out.
#[tokio::test(start_paused = true)]
async fn no_attempt_outlives_the_deadline_of_the_call() {
    use OutcomeKind::{Approved, NotSent, Unknown};
    for (plans, kind, reason, ends, dials, requests) in [
        // A dial that hangs, in each place.
        (
            &[Plan::Refuse(2_000), Plan::Hang][..],
            NotSent,
            Some("deadline"),
            10_000,
            2,
            0,
        ),
        (
            &[Plan::Refuse(4_000), Plan::Refuse(4_000), Plan::Hang],
            NotSent,
            Some("deadline"),
            10_000,
            3,
            0,
        ),
        // A reply that does not come.
        (
            &[Plan::Refuse(2_000), Plan::Silence(2_000)],
            Unknown,
            Some("deadline"),
            10_000,
            2,
            1,
        ),
        (
            &[Plan::Refuse(5_000), approve(4_000, 2_000)],
            Unknown,
            Some("deadline"),
            10_000,
            2,
            1,
        ),
        // In time, just.
        (
            &[Plan::Refuse(5_000), approve(4_000, 999)],
            Approved,
            None,
            9_999,
            2,
            1,
        ),
        // As many as were asked for, and one more.
        (
            &[Plan::Refuse(1_000); 4],
            NotSent,
            Some("connect"),
            4_000,
            4,
            0,
        ),
        // What may have arrived is not sent again, whatever time is left.
        (
            &[Plan::Refuse(1_000), Plan::Close(0, 0)],
            Unknown,
            Some("closed"),
            1_000,
            2,
            1,
        ),
    ] {
        let world = World::new(plans.iter().copied().chain([approve(0, 0)]));
        let client = world
            .builder()
            .connect_timeout(60 * SECOND)
            .resend(Resend::UpTo(3))
            .build()
            .unwrap();
        let outcome = void(&client).await;
        let case = format!("{plans:?}: {outcome}");
        assert_eq!((outcome.kind(), outcome.reason()), (kind, reason), "{case}");
        assert_eq!(world.millis(), ends, "{case}");
        assert_eq!(world.times("dial").len(), dials, "{case}");
        assert_eq!(world.times("request").len(), requests, "{case}");
        assert_eq!(outcome.evidence().attempts().count(), dials, "{case}");
        assert_eq!(outcome.evidence().requests_sent(), requests, "{case}");
    }
}

/// One byte is enough, whatever ends it and however many attempts are allowed.
#[tokio::test(start_paused = true)]
async fn what_left_in_part_is_unknown_and_not_tried_again() {
    for (bytes, closes, ends) in [
        (1, 3_000, 3_000),
        (200, 3_000, 3_000),
        (1, 60_000, 10_000),
        (200, 60_000, 10_000),
    ] {
        let world = World::new([Plan::TakePart(bytes, closes), approve(0, 0)]);
        let client = world.builder().resend(Resend::UpTo(3)).build().unwrap();
        let outcome = void(&client).await;
        assert_eq!(outcome.kind(), OutcomeKind::Unknown, "{bytes}: {outcome}");
        assert_eq!(world.millis(), ends, "{bytes}: {outcome}");
        let progress = outcome.evidence().attempt.progress.as_ref().unwrap();
        assert!(
            progress.request_bytes_written >= bytes as u64,
            "{progress:?}"
        );
        assert_eq!(world.times("dial").len(), 1, "{bytes}");
    }
}

/// A connect timeout is a failure like others, and the attempts after it have what the deadline
/// leaves.
#[tokio::test(start_paused = true)]
async fn a_connect_timeout_is_tried_again_within_the_deadline() {
    let world = World::new([Plan::Hang, Plan::Hang, Plan::Hang]);
    let builder = world.builder().connect_timeout(4 * SECOND);
    let client = builder.resend(Resend::UpTo(5)).build().unwrap();
    let outcome = void(&client).await;
    assert_eq!(outcome.reason(), Some("deadline"), "{outcome}");
    assert_eq!(world.times("dial"), [0, 4_000, 8_000]);
    assert_eq!(world.millis(), 10_000);
    let kinds = outcome
        .evidence()
        .attempts()
        .map(|attempt| attempt.failure.unwrap());
    let expected = [
        Reason::ConnectTimeout,
        Reason::ConnectTimeout,
        Reason::Deadline,
    ];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
}

/// A pooled connection found closed is replaced without being asked for, and its replacement has
/// the same deadline.
#[tokio::test(start_paused = true)]
async fn the_replacement_of_a_stale_connection_keeps_the_deadline() {
    let mut world = World::new([approve(0, 0), Plan::Hang]);
    world.keeps_connections = true;
    // So that the call is under way for some time when the connection is found closed.
    let mut recorder = Steps::new(&world);
    recorder.sending = Step::Slow(3_000);
    let client = world
        .builder()
        .recorder(recorder)
        .connect_timeout(60 * SECOND)
        .build()
        .unwrap();
    assert!(void(&client).await.is_approved());
    world.cut_writes();
    let outcome = void(&client).await;
    assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{outcome}");
    assert_eq!(outcome.reason(), Some("deadline"));
    assert_eq!(outcome.evidence().elapsed, 10 * SECOND);
    assert_eq!(outcome.evidence().attempts().count(), 2);
    assert_eq!(world.times("request").len(), 1);
}

/// Each attempt is signed with the time of its own.
#[tokio::test(start_paused = true)]
async fn each_attempt_has_a_timestamp_and_a_nonce_of_its_own() {
    let mut world = World::new([approve(0, 0), Plan::Refuse(3_000), approve(2_000, 0)]);
    world.keeps_connections = true;
    let client = world.builder().resend(Resend::UpTo(1)).build().unwrap();
    let first = void(&client).await;
    assert!(first.is_approved(), "{first}");
    world.cut_writes();
    let outcome = void(&client).await;
    assert!(outcome.is_approved(), "{outcome}");
    assert_eq!(world.times("signed 090005"), [5_000]);
    assert_ne!(first.evidence().attempt.id, outcome.evidence().attempt.id);
    assert_ne!(outcome.evidence().call, outcome.evidence().attempt.id);
}

/// Where the recorder fails, with attempts to spare; what is done then.
#[tokio::test(start_paused = true)]
async fn what_the_recorder_refuses_is_not_tried_again() {
    use OutcomeKind::{Approved, NotSent, Unknown};
    let fails = Step::Fails;
    let refused = [Plan::Refuse(0), approve(0, 0)];
    let silent = [Plan::Refuse(0), Plan::Silence(0)];
    for (plans, steps, kind, reason, log) in [
        (
            refused,
            [fails, Step::Done, Step::Done],
            NotSent,
            Some("not_recorded"),
            &["intent 0"][..],
        ),
        (
            refused,
            [Step::Done, fails, Step::Done],
            NotSent,
            Some("not_recorded"),
            &[
                "intent 0",
                "dial 0",
                "dial 0",
                "sending 0",
                "ended not_sent 0",
            ],
        ),
        (
            refused,
            [Step::Done, Step::Done, fails],
            Approved,
            None,
            &[
                "intent 0",
                "dial 0",
                "dial 0",
                "sending 0",
                "request 0",
                "signed 090000 0",
                "ended approved 0",
            ],
        ),
        (
            silent,
            [Step::Done, Step::Done, fails],
            Unknown,
            Some("deadline"),
            &[
                "intent 0",
                "dial 0",
                "dial 0",
                "sending 0",
                "request 0",
                "signed 090000 0",
                "ended unknown 10000",
            ],
        ),
    ] {
        let world = World::new(plans.into_iter().chain([approve(0, 0)]));
        let mut recorder = Steps::new(&world);
        [recorder.intent, recorder.sending, recorder.ended] = steps;
        let builder = world.builder().resend(Resend::UpTo(3));
        let client = builder.recorder(recorder).build().unwrap();
        let outcome = void(&client).await;
        assert_eq!(
            (outcome.kind(), outcome.reason()),
            (kind, reason),
            "{steps:?}: {outcome}"
        );
        assert_eq!(world.log(), log, "{steps:?}");
        let unrecorded = matches!(steps[2], Step::Fails).then_some("the disk is full");
        assert_eq!(
            outcome.evidence().not_recorded.as_deref(),
            unrecorded,
            "{steps:?}"
        );
    }
}

/// A stale connection: two attempts are recorded, under one call, each with the nonce it goes out
/// with. A recorder that fails at the second leaves the call not sent.
#[tokio::test(start_paused = true)]
async fn each_attempt_is_recorded_with_the_nonce_it_is_signed_with() {
    for fails in [false, true] {
        let mut world = World::new([approve(0, 0), approve(0, 0)]);
        world.keeps_connections = true;
        let mut recorder = Steps::new(&world);
        if fails {
            recorder.sending = Step::FailsAt(3);
        }
        let sent = recorder.sent.clone();
        let client = world.builder().recorder(recorder).build().unwrap();
        assert!(void(&client).await.is_approved());
        // Found only when something is written: after it was recorded.
        world.cut_writes();
        let outcome = void(&client).await;
        let evidence = outcome.evidence();
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), 3, "{sent:?}");
        let call = evidence.call.unwrap().to_string();
        assert_eq!((&sent[1].0, &sent[2].0), (&call, &call));
        assert_ne!(sent[1].1, sent[2].1);
        assert_eq!(evidence.earlier[0].id.unwrap().to_string(), sent[1].1);
        assert_eq!(evidence.attempt.id.unwrap().to_string(), sent[2].1);
        if fails {
            assert_eq!(outcome.reason(), Some("not_recorded"), "{outcome}");
            assert_eq!(world.times("request").len(), 1);
        } else {
            assert!(outcome.is_approved(), "{outcome}");
            assert_eq!(world.times("request").len(), 2);
        }
    }
}

/// After unknown the journal hears of no further attempt, and holds the call.
#[tokio::test(start_paused = true)]
async fn an_unknown_call_has_one_attempt_however_many_are_allowed() {
    for plan in [
        Plan::Silence(0),
        Plan::Close(0, 0),
        Plan::Answer(0, 0, 502, "<html>"),
        Plan::Answer(0, 0, 200, r#"{"errCode":"94"}"#),
    ] {
        let world = World::new([Plan::Refuse(0), plan, approve(0, 0)]);
        let journal = MemoryJournal::new();
        let builder = world.builder().resend(Resend::UpTo(9));
        let client = builder.recorder(journal.clone()).build().unwrap();
        let outcome = void(&client).await;
        assert!(outcome.is_unknown(), "{plan:?}: {outcome}");
        assert_eq!(outcome.evidence().not_recorded, None);
        let open = journal.unfinished().await.unwrap();
        assert_eq!(open.len(), 1, "{plan:?}");
        assert_eq!(open[0].attempts.len(), 1, "{plan:?}");
        let attempt = open[0].attempts[0].attempt;
        assert_eq!(Some(attempt), outcome.evidence().attempt.id);
        assert_eq!(open[0].state, CallState::Unknown, "{plan:?}");
        assert_eq!(world.times("request").len(), 1, "{plan:?}");
    }
}

/// Which step hangs; how the call ends, and when the caller hears of it.
#[tokio::test(start_paused = true)]
async fn a_recorder_that_hangs_holds_no_call_past_its_time() {
    use OutcomeKind::{Approved, NotSent, Unknown};
    let hangs = Step::Hangs;
    let done = Step::Done;
    for (plan, steps, kind, told) in [
        (approve(0, 0), [hangs, done, done], NotSent, 10_000),
        (approve(0, 0), [done, hangs, done], NotSent, 10_000),
        (approve(9_000, 0), [done, hangs, done], NotSent, 10_000),
        // The end may take until the deadline, and two seconds at least.
        (approve(0, 0), [done, done, hangs], Approved, 10_000),
        (approve(0, 9_000), [done, done, hangs], Approved, 11_000),
        (Plan::Silence(0), [done, done, hangs], Unknown, 12_000),
        (approve(0, 0), [done, hangs, hangs], NotSent, 12_000),
        // Time that a step takes is the call's.
        (
            approve(2_000, 5_000),
            [done, Step::Slow(4_000), done],
            Unknown,
            10_000,
        ),
        (
            approve(2_000, 3_000),
            [done, Step::Slow(4_000), done],
            Approved,
            9_000,
        ),
    ] {
        let world = World::new([plan]);
        let mut recorder = Steps::new(&world);
        [recorder.intent, recorder.sending, recorder.ended] = steps;
        let client = world.builder().recorder(recorder).build().unwrap();
        let outcome = void(&client).await;
        let case = format!("{plan:?} {steps:?}: {outcome}");
        assert_eq!(outcome.kind(), kind, "{case}");
        assert_eq!(world.millis(), told, "{case}");
        if kind == NotSent {
            assert_eq!(outcome.reason(), Some("not_recorded"), "{case}");
            assert_eq!(world.times("request").len(), 0, "{case}");
        }
        let end_hung = matches!(steps[2], Step::Hangs);
        assert_eq!(
            outcome.evidence().not_recorded.is_some(),
            end_hung,
            "{case}"
        );
        if matches!(steps[0], Step::Hangs) {
            assert_eq!(world.times("dial").len(), 0, "{case}");
        }
    }
}

fn with_token(world: &World) -> ums_client::ClientBuilder {
    world.builder().access_tokens(AccessTokens::new())
}

const TOKEN_AT_ONCE: Plan = Plan::Answer(0, 0, 200, TOKEN);

/// The token server and the gateway are one host here: each connection is planned for one of the
/// two.
#[tokio::test(start_paused = true)]
async fn fetching_a_token_is_part_of_the_call() {
    use OutcomeKind::{Approved, NotSent, Unknown};
    let closed = |opens, answers| Plan::Answer(opens, answers, 200, TOKEN);
    for (plan, kind, reason, ends) in [
        (closed(3_000, 3_000), Approved, None, 6_000),
        (closed(3_000, 8_000), NotSent, Some("token"), 10_000),
        (Plan::Silence(0), NotSent, Some("token"), 10_000),
        (Plan::Hang, NotSent, Some("token"), 10_000),
        (Plan::Refuse(500), NotSent, Some("token"), 500),
    ] {
        let world = World::new([plan, approve(0, 0)]);
        let builder = with_token(&world).connect_timeout(60 * SECOND);
        let outcome = void(&builder.build().unwrap()).await;
        assert_eq!(
            (outcome.kind(), outcome.reason()),
            (kind, reason),
            "{plan:?}: {outcome}"
        );
        assert_eq!(world.millis(), ends, "{plan:?}");
        assert_eq!(
            world.times("request").len(),
            usize::from(kind == Approved),
            "{plan:?}"
        );
    }
    // The fetch has used up what the reply would need.
    let world = World::new([closed(0, 6_000), approve(2_000, 5_000)]);
    let builder = with_token(&world);
    let outcome = void(&builder.build().unwrap()).await;
    assert_eq!(outcome.kind(), Unknown, "{outcome}");
    assert_eq!(world.times("request"), [8_000]);
    assert_eq!(world.millis(), 10_000);
}

/// A token that was fetched for one attempt serves the next.
#[tokio::test(start_paused = true)]
async fn a_token_is_fetched_once_for_all_attempts_of_a_call() {
    let world = World::new([
        TOKEN_AT_ONCE,
        Plan::Refuse(0),
        Plan::Refuse(0),
        approve(0, 0),
    ]);
    let builder = with_token(&world);
    let client = builder.resend(Resend::UpTo(2)).build().unwrap();
    let outcome = void(&client).await;
    assert!(outcome.is_approved(), "{outcome}");
    assert_eq!(
        (world.times("token").len(), world.times("request").len()),
        (1, 1)
    );
    assert_eq!(outcome.evidence().attempts().count(), 3);
}

/// A token that cannot be had is not what `Resend` tries again.
#[tokio::test(start_paused = true)]
async fn a_failed_fetch_is_not_tried_again_by_the_call() {
    for plan in [
        Plan::Refuse(0),
        Plan::Close(0, 0),
        Plan::Answer(0, 0, 500, "{}"),
    ] {
        let world = World::new([plan, TOKEN_AT_ONCE, approve(0, 0)]);
        let builder = with_token(&world).resend(Resend::UpTo(3));
        let outcome = void(&builder.build().unwrap()).await;
        assert_eq!(outcome.reason(), Some("token"), "{plan:?}: {outcome}");
        assert_eq!(world.times("dial").len(), 1, "{plan:?}");
    }
}

/// A call that is dropped while it waits for a token was not sent, has given its place back, and
/// the journal says how far it was.
#[tokio::test(start_paused = true)]
async fn a_call_dropped_while_fetching_leaves_nothing_behind() {
    let world = World::new([Plan::Silence(0), TOKEN_AT_ONCE, approve(0, 0)]);
    let journal = MemoryJournal::new();
    let builder = with_token(&world);
    let builder = builder
        .recorder(journal.clone())
        .concurrency(Concurrency::new(1, 1));
    let client = builder.build().unwrap();
    let dropped = begun(&client).await;
    let waiting = begun(&client).await;
    tokio::time::sleep(2 * SECOND).await;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    let outcome = waiting.await.unwrap();
    assert!(outcome.is_approved(), "{outcome}");
    assert_eq!(outcome.evidence().elapsed, 2 * SECOND);
    let open = journal.unfinished().await.unwrap();
    assert_eq!(open.len(), 1);
    assert!(!open[0].may_have_been_sent());
    assert!(client.close(Duration::ZERO).await.is_empty());
    assert_eq!(world.times("request").len(), 1);
}

/// One at a time: the first is answered after so long; the second has what its own deadline leaves
/// it.
#[tokio::test(start_paused = true)]
async fn waiting_in_the_queue_counts() {
    use OutcomeKind::{Approved, NotSent, Unknown};
    for (first, second, begins, kind, reason, ends) in [
        (approve(0, 4_000), approve(0, 0), 0, Approved, None, 4_000),
        (
            approve(0, 4_000),
            approve(0, 7_000),
            0,
            Unknown,
            Some("deadline"),
            10_000,
        ),
        (
            approve(0, 4_000),
            Plan::Hang,
            0,
            NotSent,
            Some("deadline"),
            10_000,
        ),
        (
            approve(0, 9_500),
            Plan::Silence(0),
            1_000,
            Unknown,
            Some("deadline"),
            11_000,
        ),
        (Plan::Silence(0), approve(0, 0), 500, Approved, None, 10_000),
    ] {
        let world = World::new([first, second]);
        let builder = world.builder();
        let builder = builder.connect_timeout(60 * SECOND);
        let client = builder.concurrency(Concurrency::new(1, 1)).build().unwrap();
        let holding = begun(&client).await;
        tokio::time::sleep(Duration::from_millis(begins)).await;
        let outcome = void(&client).await;
        let case = format!("{first:?} {second:?}: {outcome}");
        assert_eq!((outcome.kind(), outcome.reason()), (kind, reason), "{case}");
        assert_eq!(world.millis(), ends, "{case}");
        let _ = holding.await.unwrap();
    }
    // Never admitted: at its own deadline it is told so.
    let world = World::new([Plan::Silence(0)]);
    let mut recorder = Steps::new(&world);
    recorder.ended = Step::Hangs;
    let builder = world.builder().concurrency(Concurrency::new(1, 1));
    let client = builder.recorder(recorder).build().unwrap();
    let holding = begun(&client).await;
    tokio::time::sleep(SECOND).await;
    let outcome = void(&client).await;
    assert_eq!(outcome.reason(), Some("overloaded"), "{outcome}");
    assert_eq!(outcome.evidence().elapsed, 10 * SECOND);
    assert_eq!(world.times("intent"), [0], "nothing of it was recorded");
    let _ = holding.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn closing_ends_the_queue_at_once_and_waits_for_the_rest() {
    let world = World::new([approve(0, 6_000)]);
    let mut recorder = Steps::new(&world);
    recorder.ended = Step::Slow(1_000);
    let builder = world.builder().concurrency(Concurrency::new(1, 2));
    let client = builder.recorder(recorder).build().unwrap();
    let running = begun(&client).await;
    let queued = [begun(&client).await, begun(&client).await];
    tokio::time::sleep(2 * SECOND).await;
    let closing = tokio::spawn({
        let client = client.clone();
        async move { client.close(Duration::MAX).await }
    });
    for queued in queued {
        let outcome = queued.await.unwrap();
        assert_eq!(outcome.reason(), Some("client_closed"), "{outcome}");
        assert_eq!(world.millis(), 2_000);
    }
    assert!(closing.await.unwrap().is_empty());
    assert_eq!(world.millis(), 7_000, "the outcome is recorded");
    assert!(running.await.unwrap().is_approved());
    assert_eq!(world.times("intent"), [0]);
}

/// With one place, the next call begins when the end of the first is recorded or given up.
#[tokio::test(start_paused = true)]
async fn a_place_is_free_when_the_outcome_is_recorded() {
    for (ended, free) in [
        (Step::Slow(3_000), 3_000),
        (Step::Hangs, 10_000),
        (Step::Fails, 0),
    ] {
        let world = World::new([approve(0, 0), approve(0, 0)]);
        let mut recorder = Steps::new(&world);
        recorder.ended = ended;
        let builder = world.builder().concurrency(Concurrency::new(1, 1));
        let client = builder.recorder(recorder).build().unwrap();
        let first = begun(&client).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        let _ = void(&client).await;
        let second = world.times("intent")[1];
        assert_eq!(second, free.max(1), "{ended:?}");
        let _ = first.await.unwrap();
    }
}

/// The clock explains the refusal before the token does, which is dropped all the same; and a
/// re-send has the time of its own.
#[tokio::test(start_paused = true)]
async fn a_refusal_by_a_skewed_clock_says_so_and_drops_the_token() {
    const REFUSED: &str = r#"{"errCode":"1000"}"#;
    for (skew, next) in [(0, NextStep::NewToken), (-600, NextStep::FixClock)] {
        let mut world = World::new([
            TOKEN_AT_ONCE,
            Plan::Answer(0, 2_000, 412, REFUSED),
            TOKEN_AT_ONCE,
            approve(0, 0),
        ]);
        world.skew = skew;
        let builder = with_token(&world);
        let client = builder.build().unwrap();
        let refused = void(&client).await;
        assert_eq!(refused.kind(), OutcomeKind::Declined, "{refused}");
        assert_eq!(refused.next_step(), next, "{skew}");
        assert!(refused.evidence().token_dropped, "{skew}");
        let ahead = refused
            .evidence()
            .clock_ahead
            .map(|ahead| ahead.num_seconds());
        assert_eq!(ahead, (skew != 0).then_some(-skew), "{skew}");
        assert!(void(&client).await.is_approved());
        assert_eq!(world.times("token").len(), 2, "{skew}");
    }
}

/// "For ever", wherever a length of time is taken.
#[tokio::test(start_paused = true)]
async fn no_limit_panics_however_long() {
    for limit in [
        Duration::MAX,
        Duration::from_secs(u64::MAX / 2),
        Duration::from_secs(1 << 62),
    ] {
        let world = World::new([
            Plan::Answer(1_000, 1_000, 200, TOKEN),
            Plan::Refuse(1_000),
            approve(40_000, 40_000),
            Plan::Silence(0),
        ]);
        let builder = with_token(&world);
        let client = builder
            .timeout(limit)
            .connect_timeout(limit)
            .resend(Resend::UpTo(1))
            .concurrency(Concurrency::new(2, 2))
            .recorder(Steps::new(&world))
            .build()
            .unwrap();
        let outcome = void(&client).await;
        assert!(outcome.is_approved(), "{limit:?}: {outcome}");
        assert_eq!(world.millis(), 83_000, "{limit:?}");
        let open = begun(&client).await;
        tokio::time::sleep(SECOND).await;
        let closing = tokio::time::timeout(60 * SECOND, client.close(limit)).await;
        assert!(closing.is_err(), "{limit:?}: it waits for what never ends");
        open.abort();
        assert!(client.close(limit).await.is_empty(), "{limit:?}");
    }
}

/// A dial whose error quotes a card number and steers a terminal.
struct Hostile;

impl Connect for Hostile {
    fn connect(&self) -> ConnectFuture {
        let text = "no route for 4111-1111-1111-1111\u{202e}\u{1b}[2J";
        Box::pin(async move { Err(std::io::Error::other(text)) })
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_error_quotes_is_masked_in_the_evidence_and_in_sentences() {
    let world = World::new([]);
    let client = world.builder().connector(Hostile).build().unwrap();
    let outcome = void(&client).await;
    let detail = outcome.evidence().attempt.detail.as_deref().unwrap();
    let masked = "no route for 4111-11**-****-1111";
    assert!(
        detail.ends_with(&format!(r"{masked}\u{{202e}}\u{{1b}}[2J")),
        "{detail}"
    );
    for language in [Language::English, Language::Chinese] {
        let told = outcome.explain(language);
        // In Chinese the cause has a name of its own, and its words stay away.
        let is_quoted = language == Language::English;
        assert_eq!(told.contains(masked), is_quoted, "{told}");
        assert!(!told.contains("4111-1111"), "{told}");
    }
    assert!(!format!("{:?}", outcome.evidence()).contains("4111-1111"));
}

/// What a reply quotes: another order that is a card number, and a text in Chinese with one in
/// groups.
#[tokio::test(start_paused = true)]
async fn what_a_reply_quotes_is_masked_in_both_languages() {
    const OTHER: &str = r#"{"errCode":"00","orderId":"4111111111111111"}"#;
    const NOT_KNOWN: &str =
        r#"{"errCode":"94","errInfo":"付款卡4111 1111 1111 1111，请联系发卡行"}"#;
    const NO_ORDER: &str =
        r#"{"errCode":"4111-1111-1111-1111","errInfo":"卡号：4111-1111-1111-1111"}"#;
    for body in [OTHER, NOT_KNOWN, NO_ORDER] {
        let world = World::new([Plan::Answer(0, 0, 200, body)]);
        let builder = world.builder().on_discrepancy(OnDiscrepancy::Unknown);
        let outcome = void(&builder.build().unwrap()).await;
        assert!(outcome.is_unknown(), "{outcome}");
        for language in [Language::English, Language::Chinese] {
            let told = outcome.explain(language);
            assert!(told.contains("4111") && told.contains('*'), "{told}");
            let joined: String = told.chars().filter(|c| !" -".contains(*c)).collect();
            assert!(!joined.contains("41111111"), "{told}");
        }
    }
}

/// An untyped call has no order to name, and is bounded like the others.
#[tokio::test(start_paused = true)]
async fn an_untyped_call_has_the_same_deadline() {
    let world = World::new([Plan::Answer(6_000, 6_000, 200, APPROVED)]);
    let client = world.builder().build().unwrap();
    let call = Call::of_bytes("/v1/x", "{}", Effect::MovesMoney);
    let outcome = client.call(&call).await;
    assert_eq!(outcome.reason(), Some("deadline"), "{outcome}");
    assert_eq!(world.millis(), 10_000);
}

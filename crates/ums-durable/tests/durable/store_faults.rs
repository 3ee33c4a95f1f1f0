//! A store that fails, before, after or without saying which.

use std::sync::Arc;
use std::time::Duration;

use ums_durable::SubmitError;
use ums_journal::{Filter, ListOrder, RecordedOutcome, StoreFault, StoreStep};

use crate::ground::{FAILS, Faults, Ground, key, view, void};

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_the_journal_does_not_have() {
    for fault in [
        FAILS,
        StoreFault::AnswerLost,
        StoreFault::Lost,
        StoreFault::CarriedOutLater,
    ] {
        let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
        let durable = ground.with_faults(&faults).await;
        faults.at(StoreStep::Commit, 0, fault);
        match durable.submit(key("k1"), void()).await {
            Err(SubmitError::Journal(_)) => assert_eq!(fault, FAILS),
            Ok(answer) => assert_eq!(
                answer.outcome(),
                Some(RecordedOutcome::NotSent),
                "{fault:?}"
            ),
            Err(other) => panic!("{fault:?}: {other}"),
        }
        assert_eq!(ground.voids_sent(), 0, "{fault:?}");
        // Whatever comes late: nothing is left open, and the key goes on.
        ground.store.carry_out_late();
        tokio::time::sleep(Duration::from_secs(1)).await;
        durable.recover().await.unwrap();
        let open = durable
            .calls(&Filter::open(), ListOrder::OldestFirst, None, 9)
            .await
            .unwrap();
        assert!(open.calls.is_empty(), "{fault:?}: {open:?}");
        let again = durable.submit(key("k1"), void()).await.unwrap();
        assert!(again.is_approved(), "{fault:?}: {again:?}");
        assert_eq!(ground.voids_sent(), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_is_not_written_down_is_told_and_written_down_later() {
    for fault in [
        FAILS,
        StoreFault::AnswerLost,
        StoreFault::Lost,
        StoreFault::CarriedOutLater,
    ] {
        let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
        let durable = ground.with_faults(&faults).await;
        // The store stays away for a while after the first byte.
        for nth in 1..8 {
            faults.at(StoreStep::Commit, nth, fault);
        }
        let answer = durable.submit(key("k1"), void()).await.unwrap();
        assert!(answer.is_approved());
        assert!(!answer.recorded, "{fault:?}");
        // Whoever asks meanwhile is told the same, and nothing runs.
        let asked = tokio::time::Instant::now();
        let joined = durable.submit(key("k1"), void()).await.unwrap();
        assert!(joined.is_approved() && !joined.is_replay);
        assert!(answer.is_own && !joined.is_own);
        assert_eq!(answer.record.unwrap().replayed, Some(false));
        assert_eq!(joined.record.unwrap().replayed, Some(true));
        assert_eq!(asked.elapsed(), Duration::ZERO);
        tokio::time::sleep(Duration::from_secs(60)).await;
        ground.store.carry_out_late();
        let kept = view(&durable, &answer.call).await;
        assert_eq!(kept.outcome, Some(RecordedOutcome::Approved), "{fault:?}");
        assert!(!kept.contradicted);
        let replay = durable.submit(key("k1"), void()).await.unwrap();
        assert!(replay.is_replay && replay.recorded);
        assert_eq!(ground.voids_sent(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_journal_nothing_is_sent() {
    let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
    let durable = ground.with_faults(&faults).await;
    faults.at(StoreStep::Search, u32::MAX, FAILS);
    faults.at(StoreStep::Commit, u32::MAX, FAILS);
    let error = durable.submit(key("k1"), void()).await.unwrap_err();
    assert!(matches!(error, SubmitError::Journal(_)));
    faults.clear();
    assert!(
        durable
            .submit(key("k1"), void())
            .await
            .unwrap()
            .is_approved()
    );
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_late_commit_of_the_same_process_is_ended_by_it() {
    let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
    let durable = ground.with_faults(&faults).await;
    faults.at(StoreStep::Commit, 0, StoreFault::CarriedOutLater);
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::NotSent));
    // It comes when everything else is over, as a further attempt that nobody makes.
    assert_eq!(ground.store.carry_out_late(), 1);
    assert!(view(&durable, &answer.call).await.is_running());
    assert_eq!(durable.recover().await.unwrap(), 1);
    let ended = view(&durable, &answer.call).await;
    assert_eq!(ended.outcome, Some(RecordedOutcome::NotSent));
    assert!(!ended.is_open());
    assert_eq!(ground.voids_sent(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_submits_after_a_late_commit_does_not_wait_for_nobody() {
    let (ground, faults) = (Ground::new(), Arc::new(Faults::default()));
    let durable = ground.with_faults(&faults).await;
    faults.at(StoreStep::Commit, 0, StoreFault::CarriedOutLater);
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::NotSent));
    assert_eq!(ground.store.carry_out_late(), 1);
    let again = durable.submit(key("k1"), void()).await.unwrap();
    assert!(again.is_approved() && !again.is_replay);
    assert_eq!(ground.voids_sent(), 1);
}

//! A journal that has forgotten what it held.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use ums_durable::{Amnesia, Durable, SubmitError, WitnessFile};
use ums_journal::{
    AlarmKind, CallId, CallPage, CallerText, CommandResult, Cursor, Filter, Head, JournalId,
    JournalKey, ListOrder, ManualClock, MemoryStore, Owner, RecordedFact, RecordedOutcome, Store,
    StoreCommand, StoreFuture, StoredCall,
};

use crate::ground::{Ground, key, pay, view, void};

fn text(text: &str) -> CallerText {
    CallerText::new(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_was_lost_refuses_money_until_a_person_accepts_it() {
    let directory = tempfile::tempdir().unwrap();
    let witness = directory.path().join("witness.json");
    let ground = Ground::new();
    let durable = ground.builder().witness(&witness).build().await.unwrap();
    assert!(
        durable
            .submit(key("k1"), void())
            .await
            .unwrap()
            .is_approved()
    );
    durable.close(Duration::ZERO).await;

    // Yesterday's file: the same journal with nothing in it.
    let lost = ground.with_an_empty_journal();
    let durable = lost.builder().witness(&witness).build().await.unwrap();
    assert!(matches!(durable.amnesia(), Some(Amnesia::Younger { .. })));
    let error = durable.submit(key("k1"), void()).await.unwrap_err();
    assert!(matches!(
        error,
        SubmitError::Amnesia(Amnesia::Younger { .. })
    ));

    durable
        .accept(text("a person"), text("the disk was lost"))
        .await
        .unwrap();
    assert_eq!(durable.amnesia(), None);
    // It asks first: it was carried out already, and the journal knows it again.
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::Approved));
    assert_eq!(ground.voids_sent(), 1);
    // What the platform has no trace of is sent once nothing forgotten can be carried out any more.
    tokio::time::sleep(WAIT).await;
    let paid = durable
        .submit(key("p"), pay("M1", "280000000000000001"))
        .await
        .unwrap();
    assert!(paid.is_approved());
    // What it does not answer for certain is not.
    lost.simulator.fault("fin-after-request").unwrap();
    let error = durable
        .submit(key("q"), pay("M2", "280000000000000001"))
        .await
        .unwrap_err();
    assert!(matches!(error, SubmitError::NotCertain));
    assert_eq!(ground.sent("/pay"), 1);

    // The witness knows the new one.
    durable.close(Duration::ZERO).await;
    let again = lost.builder().witness(&witness).build().await.unwrap();
    assert_eq!(again.amnesia(), None);
    // Two days later nothing asks first any more.
    tokio::time::sleep(Duration::from_secs(48 * 3600)).await;
    let asked = ground.sent("/query");
    assert!(
        again
            .submit(key("r"), pay("M3", "280000000000000001"))
            .await
            .unwrap()
            .is_approved()
    );
    assert_eq!(ground.sent("/query"), asked);
}

/// A journal whose clock somebody moves, that a person has accepted after it was lost.
async fn accepted(clock: &Arc<ManualClock>) -> (Ground, Durable) {
    let mut ground = Ground::new();
    clock.set(ground.time.now());
    let id = JournalId::new("journal-1").unwrap();
    ground.store = MemoryStore::new(id, JournalKey::new([7; 32]), Arc::clone(clock) as _);
    let durable = ground.durable().await;
    let (by, reason) = (text("a person"), text("the disk was lost"));
    durable.accept(by, reason).await.unwrap();
    (ground, durable)
}

/// When a payment may be tried again that the platform has no trace of; `None` when it was sent.
async fn not_certain_before(durable: &Durable, name: &str) -> Option<DateTime<Utc>> {
    let pay = pay(name, "280000000000000001");
    match durable.submit(key(name), pay).await {
        Err(SubmitError::NotCertainBefore(time)) => Some(time),
        other => {
            assert!(other.unwrap().is_approved());
            None
        }
    }
}

/// The longest time that a call has, the send window and the late window.
const WAIT: Duration = Duration::from_secs(120 + 5 + 120);
const MOMENT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn what_is_not_found_is_believed_once_nothing_forgotten_can_be_carried_out() {
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let (ground, durable) = accepted(&clock).await;
    let ends = ground.time.now() + WAIT;
    assert_eq!(not_certain_before(&durable, "M1").await, Some(ends));
    clock.advance(WAIT - MOMENT);
    tokio::time::sleep(WAIT - MOMENT).await;
    assert_eq!(not_certain_before(&durable, "M1").await, Some(ends));
    assert_eq!(ground.sent("/pay"), 0);
    clock.advance(MOMENT);
    tokio::time::sleep(MOMENT).await;
    assert_eq!(not_certain_before(&durable, "M1").await, None);
    assert_eq!(ground.sent("/pay"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_process_hears_that_another_one_had_the_journal_accepted() {
    let ground = Ground::new();
    let (one, other) = (ground.durable().await, ground.durable().await);
    let (by, reason) = (text("a person"), text("the disk was lost"));
    other.accept(by, reason).await.unwrap();
    let later = Duration::from_secs(10);
    tokio::time::sleep(later).await;
    let ends = ground.time.now() + WAIT;
    one.head().await.unwrap();
    assert_eq!(not_certain_before(&one, "M1").await, Some(ends));
    assert_eq!(
        not_certain_before(&other, "M1").await,
        Some(ends - TimeDelta::from_std(later).unwrap())
    );
    tokio::time::sleep(WAIT).await;
    assert_eq!(not_certain_before(&one, "M1").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_clock_of_the_journal_that_jumps_ends_that_wait_not_alone() {
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let (ground, durable) = accepted(&clock).await;
    let ends = ground.time.now() + WAIT;
    clock.advance(Duration::from_secs(3600));
    // Nor does it for a process that has begun since.
    for durable in [&durable, &ground.durable().await] {
        assert_eq!(not_certain_before(durable, "M1").await, Some(ends));
    }
    tokio::time::sleep(WAIT).await;
    // One that begins after the wait need not wait once more.
    assert_eq!(
        not_certain_before(&ground.durable().await, "M1").await,
        None
    );
    assert_eq!(not_certain_before(&durable, "M2").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_clock_of_a_process_that_jumps_ends_that_wait_not_alone() {
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let (ground, durable) = accepted(&clock).await;
    ground.time.jump(TimeDelta::days(3));
    for durable in [&durable, &ground.durable().await] {
        assert!(not_certain_before(durable, "M1").await.is_some());
    }
    tokio::time::sleep(WAIT).await;
    assert!(not_certain_before(&durable, "M1").await.is_some());
    clock.advance(WAIT);
    assert_eq!(not_certain_before(&durable, "M1").await, None);
    // It is asked first until the journal's clock says so, too.
    assert!(ground.sent("/query") > 0);
    let asked = ground.sent("/query");
    assert_eq!(not_certain_before(&durable, "M2").await, None);
    assert_eq!(ground.sent("/query"), asked + 1);
    clock.set(ground.time.now());
    assert_eq!(not_certain_before(&durable, "M3").await, None);
    assert_eq!(ground.sent("/query"), asked + 1);
}

#[tokio::test(start_paused = true)]
async fn another_journal_than_the_pinned_one_refuses_money() {
    let ground = Ground::new();
    let meant = JournalId::new("journal-9").unwrap();
    let durable = ground
        .builder()
        .journal(meant.clone())
        .build()
        .await
        .unwrap();
    let error = durable.submit(key("k1"), void()).await.unwrap_err();
    let SubmitError::Amnesia(Amnesia::OtherJournal { expected, found }) = error else {
        panic!("{error}");
    };
    assert_eq!((expected, found.as_str()), (meant, "journal-1"));
    assert_eq!(ground.voids_sent(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_lost_under_a_process_refuses_it() {
    let ground = Ground::new();
    let journal = Arc::new(Replaced(Mutex::new(ground.store.clone())));
    let durable = Durable::over(ground.client(), journal.clone())
        .build()
        .await
        .unwrap();
    assert!(
        durable
            .submit(key("k1"), void())
            .await
            .unwrap()
            .is_approved()
    );
    durable.head().await.unwrap();
    *journal.0.lock().unwrap() = ground.with_an_empty_journal().store;
    let error = durable
        .submit(key("p"), pay("M1", "280000000000000001"))
        .await
        .unwrap_err();
    assert!(matches!(error, SubmitError::Amnesia(_)), "{error}");
    assert_eq!(ground.sent("/pay"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_owner_writes_a_call_again_that_the_journal_has_forgotten() {
    let ground = Ground::new();
    ground.simulator.fault("late-reply-applied@2000").unwrap();
    let journal = Arc::new(Replaced(Mutex::new(ground.store.clone())));
    let durable = Durable::over(ground.client(), journal.clone())
        .build()
        .await
        .unwrap();
    let runs = {
        let durable = durable.clone();
        tokio::spawn(async move { durable.submit(key("k1"), void()).await.unwrap() })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    let lost = ground.with_an_empty_journal();
    *journal.0.lock().unwrap() = lost.store.clone();
    let answer = runs.await.unwrap();
    assert!(answer.is_approved() && answer.recorded);
    let kept = view(&lost.durable().await, &answer.call).await;
    assert_eq!(kept.outcome, Some(RecordedOutcome::Approved));
    let alarms: Vec<_> = kept.alarms.iter().map(|alarm| alarm.alarm).collect();
    assert_eq!(alarms, [AlarmKind::WrittenAgain]);
}

/// A crash between the begin and the answer, after which the journal has lost both.
#[tokio::test(start_paused = true)]
async fn a_witness_that_hears_before_the_first_byte_knows_of_a_call_whose_process_died() {
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (
        directory.path().join("one.json"),
        directory.path().join("other.json"),
    );
    let ground = Ground::new();
    ground.simulator.fault("late-reply-applied@2000").unwrap();
    let durable = ground.builder().witness(&one).witness(&other);
    let durable = durable.witness_before_sending().build().await.unwrap();
    let runs = {
        let durable = durable.clone();
        tokio::spawn(async move { durable.submit(key("k1"), void()).await })
    };
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(ground.voids_sent(), 1);
    runs.abort();
    durable.crash();
    for file in [&one, &other] {
        let known = WitnessFile::new(file).read().unwrap().unwrap();
        assert_eq!(known.facts, 2, "intended and sending");
    }

    // One of the two is enough.
    std::fs::remove_file(&one).unwrap();
    let lost = ground.with_an_empty_journal();
    let durable = lost.builder().witness(&one).witness(&other);
    let durable = durable.build().await.unwrap();
    let error = durable.submit(key("k1"), void()).await.unwrap_err();
    assert!(
        matches!(error, SubmitError::Amnesia(Amnesia::Younger { .. })),
        "{error}"
    );
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_that_the_witness_cannot_hear_of() {
    let directory = tempfile::tempdir().unwrap();
    let witness = directory.path().join("witness.json");
    let ground = Ground::new();
    let durable = ground.builder().witness(&witness).witness_before_sending();
    let durable = durable.build().await.unwrap();
    std::fs::write(&witness, "no witness").unwrap();
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert_eq!(answer.outcome(), Some(RecordedOutcome::NotSent));
    assert_eq!(ground.voids_sent(), 0);
    // The same key goes on once it can.
    std::fs::remove_file(&witness).unwrap();
    let answer = durable.submit(key("k1"), void()).await.unwrap();
    assert!(answer.is_approved());
}

/// A journal in the place of which another one may be put.
struct Replaced(Mutex<MemoryStore>);

impl Replaced {
    fn now(&self) -> MemoryStore {
        self.0.lock().unwrap().clone()
    }
}

impl Store for Replaced {
    fn key(&self) -> StoreFuture<'_, JournalKey> {
        Box::pin(async { self.now().key().await })
    }

    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>> {
        Box::pin(async { self.now().other_keys().await })
    }

    fn head(&self) -> StoreFuture<'_, Head> {
        Box::pin(async { self.now().head().await })
    }

    fn commit(&self, group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>> {
        Box::pin(async { self.now().commit(group).await })
    }

    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move { self.now().heartbeat(owner, lease).await })
    }

    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>> {
        Box::pin(async { self.now().call(call).await })
    }

    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage> {
        Box::pin(async move { self.now().search(filter, order, after, limit).await })
    }

    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>> {
        Box::pin(async move { self.now().facts(after, limit).await })
    }
}

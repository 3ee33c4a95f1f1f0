//! What goes wrong with a handle, and what is known of it then.

use std::sync::atomic::{AtomicBool, Ordering};

use ums_model::Effect;

use super::*;
use crate::{
    Accept, Accepted, Begin, CallerText, ClaimCall, Close, Closed, ClosedAs, FactId, Fingerprints,
    Identity, Key, KeyScope, ManualClock, OrderIdKind, OrderRole, SendPlan, StoreReceipt,
    StoreRefusal, StoredBody, StoredOrderId, StoredRequest,
};

/// One step goes wrong in one way, once.
struct Once(StoreStep, StoreFault, AtomicBool);

impl StoreFaults for Once {
    fn next(&self, step: StoreStep) -> StoreFault {
        if step == self.0 && !self.2.swap(true, Ordering::Relaxed) {
            self.1
        } else {
            StoreFault::None
        }
    }
}

fn store() -> MemoryStore {
    let clock = ManualClock::new("2023-07-18T15:04:05+08:00".parse().unwrap());
    let id = JournalId::new("journal").unwrap();
    MemoryStore::new(id, JournalKey::new([7; 32]), Arc::new(clock))
}

fn with(store: &MemoryStore, step: StoreStep, fault: StoreFault) -> MemoryStore {
    store.with_faults(Arc::new(Once(step, fault, AtomicBool::new(false))))
}

fn group(fact: &str) -> Vec<StoreCommand> {
    let text = CallerText::new("made up").unwrap();
    let journal = JournalId::new("journal").unwrap();
    let accepted = Accepted::new(journal, text.clone(), text);
    let accept = Accept::new(FactId::new(fact).unwrap(), accepted);
    vec![StoreCommand::Accept(accept)]
}

async fn facts(store: &MemoryStore) -> u64 {
    store.head().await.unwrap().facts
}

#[tokio::test]
async fn an_error_says_what_is_known_of_the_commit() {
    let unavailable = StoreErrorKind::Unavailable;
    for (fault, committed, at_once, late) in [
        (StoreFault::Fails(unavailable), Committed::No, 0, 0),
        (StoreFault::AnswerLost, Committed::NotKnown, 1, 1),
        (StoreFault::Lost, Committed::NotKnown, 0, 0),
        (StoreFault::CarriedOutLater, Committed::NotKnown, 0, 1),
    ] {
        let store = store();
        let bad = with(&store, StoreStep::Commit, fault);
        let error = bad.commit(group("f1")).await.unwrap_err();
        assert_eq!(error.committed(), committed, "{fault:?}");
        assert_eq!(facts(&store).await, at_once, "{fault:?}");
        let carried_out = store.carry_out_late();
        assert_eq!(u64::try_from(carried_out).unwrap(), late - at_once);
        assert_eq!(facts(&store).await, late, "{fault:?}");

        // Asked for once more, it is there once.
        let receipts = bad.commit(group("f1")).await.unwrap();
        assert_eq!(receipts, [Ok(StoreReceipt::Accepted)], "{fault:?}");
        assert_eq!(facts(&store).await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn every_step_can_fail() {
    let unavailable = StoreErrorKind::Unavailable;
    for step in StoreStep::ALL {
        let bad = with(&store(), *step, StoreFault::Fails(unavailable));
        let (owner, call) = (Owner::new("p").unwrap(), CallId::new("c").unwrap());
        let lease = Duration::from_secs(1);
        let filter = Filter::new();
        let errors = [
            bad.key().await.err(),
            bad.head().await.err(),
            bad.commit(Vec::new()).await.err(),
            bad.heartbeat(&owner, lease).await.err(),
            bad.call(&call).await.err(),
            bad.search(&filter, ListOrder::OldestFirst, None, 1)
                .await
                .err(),
            bad.facts(0, 1).await.err(),
        ];
        let failed: Vec<_> = errors.iter().flatten().map(StoreError::kind).collect();
        assert_eq!(failed, [unavailable], "{step}");
    }
}

#[tokio::test]
async fn a_step_that_is_not_begun_does_nothing() {
    let store = store();
    drop(store.commit(group("f1")));
    assert_eq!(facts(&store).await, 0);
}

fn begin(store: &MemoryStore, key: &JournalKey) -> StoreCommand {
    let scope = KeyScope::new("gateway", "app", "merchant");
    let prints = Fingerprints::new(key, "void_payment", "{}").unwrap();
    let order = StoredOrderId::new(&scope, OrderIdKind::Merchant, "M1");
    let request = StoredRequest::new(
        scope.key(Key::new("k").unwrap()),
        prints.newest().unwrap().clone(),
        "void_payment",
        "/path",
        Effect::MovesMoney,
        StoredBody::new(key, b"{}"),
    )
    .with_identity(Identity::new("void_payment", [order]), OrderRole::TakeBack);
    let plan = SendPlan::new("n", store.shared.clock.now().at, SETTLES_AFTER);
    let (call, owner) = (CallId::new("c1").unwrap(), Owner::new("p1").unwrap());
    let begin = Begin::new(call, request, prints, owner, LEASE).with_plan(plan);
    StoreCommand::Begin(Box::new(begin))
}

const LEASE: Duration = Duration::from_secs(15);
const SETTLES_AFTER: Duration = Duration::from_secs(150);

async fn one(store: &MemoryStore, command: StoreCommand) -> CommandResult {
    store.commit(vec![command]).await.unwrap().remove(0)
}

fn close(fact: &str) -> StoreCommand {
    let text = |text| CallerText::new(text).unwrap();
    let closed = Closed::new(ClosedAs::Declined, text("by"), text("why"), text("slip"));
    let (fact, call) = (FactId::new(fact).unwrap(), CallId::new("c1").unwrap());
    StoreCommand::Close(Box::new(Close::new(fact, call, closed)))
}

#[tokio::test]
async fn after_a_boot_no_lease_runs_and_a_wait_counts_from_the_boot() {
    let clock = Arc::new(ManualClock::new(
        "2023-07-18T15:04:05+08:00".parse().unwrap(),
    ));
    let id = JournalId::new("journal").unwrap();
    let store = MemoryStore::new(id, JournalKey::new([7; 32]), Arc::clone(&clock) as Arc<_>);
    let key = store.key().await.unwrap();
    one(&store, begin(&store, &key)).await.unwrap();

    clock.reboot("boot-2");
    clock.advance(Duration::from_secs(1));
    let claim = ClaimCall::new(CallId::new("c1").unwrap(), Owner::new("p2").unwrap(), LEASE);
    one(&store, StoreCommand::Claim(claim)).await.unwrap();
    let wait = Some(SETTLES_AFTER - Duration::from_secs(1));
    let call = CallId::new("c1").unwrap();
    let early = StoreRefusal::TooEarly { call, wait };
    assert_eq!(one(&store, close("f1")).await, Err(early));

    // What a person makes of the time of day shortens no wait.
    clock.set("2024-01-01T00:00:00+08:00".parse().unwrap());
    assert!(one(&store, close("f2")).await.is_err());
    clock.advance(SETTLES_AFTER);
    assert_eq!(one(&store, close("f3")).await, Ok(StoreReceipt::Closed));
}

#[tokio::test]
async fn a_begin_whose_answer_was_lost_is_found_by_its_key() {
    let store = store();
    let key = store.key().await.unwrap();
    let bad = with(&store, StoreStep::Commit, StoreFault::AnswerLost);
    let error = bad.commit(vec![begin(&store, &key)]).await.unwrap_err();
    assert_eq!(error.committed(), Committed::NotKnown);
    let again = one(&bad, begin(&store, &key)).await;
    assert!(matches!(again, Ok(StoreReceipt::Joined(_))), "{again:?}");
}

#[test]
fn a_store_prints_no_key() {
    assert_eq!(
        format!("{:?}", store()),
        r#"MemoryStore { journal: JournalId("journal"), facts: 0, .. }"#
    );
}

#[tokio::test]
async fn a_copy_that_is_put_back_has_forgotten_what_came_after_it() {
    let store = store();
    let other = store.clone();
    store.commit(group("f1")).await.unwrap();
    let copy = store.copy();
    let late = with(&store, StoreStep::Commit, StoreFault::CarriedOutLater);
    late.commit(group("f2")).await.unwrap_err();
    store.commit(group("f3")).await.unwrap();
    assert_eq!(facts(&other).await, 2);

    store.put_back(copy);
    assert_eq!(facts(&other).await, 1);
    assert_eq!(store.carry_out_late(), 0);
    other.commit(group("f3")).await.unwrap();
    assert_eq!(facts(&store).await, 2);
}

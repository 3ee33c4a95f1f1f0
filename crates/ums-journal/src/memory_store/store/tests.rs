//! What goes wrong with a handle, and what is known of it then.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::call::ids::FactId;
use crate::call::text::CallerText;
use crate::fact::entry::Accepted;
use crate::memory_store::clock::ManualClock;
use crate::store::command::{Accept, StoreReceipt};

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

#[test]
fn a_store_prints_no_key() {
    assert_eq!(
        format!("{:?}", store()),
        r#"MemoryStore { journal: JournalId("journal"), facts: 0, .. }"#
    );
}

//! The store in memory, as the kit wants one.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::{
    JournalId, JournalKey, ManualClock, MemoryStore, Store, StoreUnderTest, check_store,
    store_cases,
};

type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A journal in memory whose clock the kit moves.
pub(super) struct InMemory {
    pub(super) store: MemoryStore,
    clock: Arc<ManualClock>,
}

impl InMemory {
    /// An empty journal, under a made-up key of its own.
    pub(super) fn new() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let at = "2023-07-18T15:04:05+08:00".parse().unwrap();
        let clock = Arc::new(ManualClock::new(at));
        let id = JournalId::new(format!("journal-{number}")).unwrap();
        let key = JournalKey::new([u8::try_from(number % 251).unwrap(); 32]);
        let store = MemoryStore::new(id, key, Arc::clone(&clock) as Arc<_>);
        Self { store, clock }
    }

    pub(super) fn pass(&self, by: Duration) {
        self.clock.advance(by);
    }
}

impl StoreUnderTest for InMemory {
    fn open(&self) -> Soon<'_, Arc<dyn Store>> {
        let store: Arc<dyn Store> = Arc::new(self.store.clone());
        Box::pin(async { store })
    }

    fn advance(&self, by: Duration) -> Soon<'_, ()> {
        self.pass(by);
        Box::pin(async {})
    }
}

#[tokio::test]
async fn the_store_in_memory_keeps_the_whole_contract() {
    let faults = check_store(async || Box::new(InMemory::new()) as Box<dyn StoreUnderTest>).await;
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_of_the_readme_names_cases() {
    let readme = include_str!("../../../../README.md");
    let rows = readme.lines().filter(|line| line.starts_with("| "));
    let quoted = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let named: Vec<_> = quoted
        .filter(|name| name.matches('_').count() > 3)
        .collect();
    assert!(named.len() > 20, "{}", named.len());
    for name in named {
        assert!(store_cases().any(|case| case.name == name), "{name}");
    }
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names: Vec<_> = store_cases().map(|case| case.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count >= 80, "{count} cases");
}

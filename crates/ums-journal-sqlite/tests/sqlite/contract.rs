//! The contract of a store, case by case.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use ums_journal::{ManualClock, Store, StoreUnderTest, check_store, store_cases};
use ums_journal_sqlite::{SqliteOptions, SqliteStore};

type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct InFile {
    directory: TempDir,
    clock: Arc<ManualClock>,
}

impl InFile {
    fn new() -> Self {
        let at = "2023-07-18T15:04:05+08:00".parse().unwrap();
        Self {
            directory: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::new(at)),
        }
    }
}

impl StoreUnderTest for InFile {
    fn open(&self) -> Soon<'_, Arc<dyn Store>> {
        let options = SqliteOptions::new(self.directory.path().join("journal.sqlite3"))
            .with_clock_for_tests(Arc::clone(&self.clock) as Arc<_>);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&options).unwrap());
        Box::pin(async { store })
    }

    fn advance(&self, by: Duration) -> Soon<'_, ()> {
        self.clock.advance(by);
        Box::pin(async {})
    }
}

#[tokio::test]
async fn it_keeps_the_whole_contract() {
    let faults = check_store(async || Box::new(InFile::new()) as Box<dyn StoreUnderTest>).await;
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(store_cases().count() >= 80);
}

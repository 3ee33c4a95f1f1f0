//! The contract of a store, case by case.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use ums_journal::{ManualClock, Store, StoreUnderTest, check_store_case, store_cases};
use ums_journal_sqlite::{SqliteOptions, SqliteStore};

use crate::calls::directory;

type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct InFile {
    directory: TempDir,
    clock: Arc<ManualClock>,
}

impl InFile {
    fn new() -> Self {
        let at = "2023-07-18T15:04:05+08:00".parse().unwrap();
        Self {
            directory: directory(),
            clock: Arc::new(ManualClock::new(at)),
        }
    }
}

impl StoreUnderTest for InFile {
    fn open(&self) -> Soon<'_, Arc<dyn Store>> {
        let options = SqliteOptions::new(self.directory.path().join("journal.sqlite3"))
            .in_memory_for_tests()
            .with_clock_for_tests(Arc::clone(&self.clock) as Arc<_>);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&options).unwrap());
        Box::pin(async { store })
    }

    fn advance(&self, by: Duration) -> Soon<'_, ()> {
        self.clock.advance(by);
        Box::pin(async {})
    }
}

/// Every fourth case from this one on: the tests run at the same time.
fn check(part: usize) {
    let make = async || Box::new(InFile::new()) as Box<dyn StoreUnderTest>;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let cases = store_cases().skip(part).step_by(PARTS);
    let faults = cases.filter_map(|case| runtime.block_on(check_store_case(case, &make)).err());
    let faults: Vec<_> = faults.map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

const PARTS: usize = 4;

#[test]
fn it_keeps_the_first_quarter_of_the_contract() {
    assert!(store_cases().count() >= 80);
    check(0);
}

#[test]
fn it_keeps_the_second_quarter_of_the_contract() {
    check(1);
}

#[test]
fn it_keeps_the_third_quarter_of_the_contract() {
    check(2);
}

#[test]
fn it_keeps_the_last_quarter_of_the_contract() {
    check(3);
}

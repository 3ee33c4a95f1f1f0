//! The contract of a store, case by case.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ums_journal::{ManualClock, Store, StoreUnderTest, check_store_case, store_cases};
use ums_journal_postgres::PostgresStore;

use crate::cluster::{fresh_schema, options_of, runtime, shared};

type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A journal in a schema of its own.
pub(crate) struct InSchema {
    url: String,
    schema: String,
    clock: Arc<ManualClock>,
}

impl InSchema {
    pub(crate) fn new(url: &str) -> Self {
        let at = "2023-07-18T15:04:05+08:00".parse().unwrap();
        Self {
            url: url.to_owned(),
            schema: fresh_schema(),
            clock: Arc::new(ManualClock::new(at)),
        }
    }
}

impl StoreUnderTest for InSchema {
    fn open(&self) -> Soon<'_, Arc<dyn Store>> {
        let options = options_of(&self.url, &self.schema)
            .with_clock_for_tests(Arc::clone(&self.clock) as Arc<_>);
        Box::pin(async move {
            let store: Arc<dyn Store> = Arc::new(PostgresStore::open(&options).await.unwrap());
            store
        })
    }

    fn advance(&self, by: Duration) -> Soon<'_, ()> {
        self.clock.advance(by);
        Box::pin(async {})
    }
}

/// Every fourth case from this one on: the tests run at the same time.
pub(crate) fn check(url: &str, part: usize) {
    let make = async || Box::new(InSchema::new(url)) as Box<dyn StoreUnderTest>;
    let runtime = runtime();
    let cases = store_cases().skip(part).step_by(PARTS);
    let faults = cases.filter_map(|case| runtime.block_on(check_store_case(case, &make)).err());
    let faults: Vec<_> = faults.map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

pub(crate) const PARTS: usize = 4;

#[test]
fn it_keeps_the_first_quarter_of_the_contract() {
    assert!(store_cases().count() >= 80);
    let Some(cluster) = shared() else { return };
    check(&cluster.url(), 0);
}

#[test]
fn it_keeps_the_second_quarter_of_the_contract() {
    let Some(cluster) = shared() else { return };
    check(&cluster.url(), 1);
}

#[test]
fn it_keeps_the_third_quarter_of_the_contract() {
    let Some(cluster) = shared() else { return };
    check(&cluster.url(), 2);
}

#[test]
fn it_keeps_the_last_quarter_of_the_contract() {
    let Some(cluster) = shared() else { return };
    check(&cluster.url(), 3);
}

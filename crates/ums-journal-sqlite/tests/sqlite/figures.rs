//! How fast it is. Run by hand, in release: `cargo test --release -p ums-journal-sqlite -- --ignored
//! --nocapture figures`.

use std::sync::Arc;

use tokio::time::Instant;
use ums_journal::{Filter, ListOrder, OutcomeKind, Store, StoreCommand, StoreReceipt, Ticket};

use crate::calls::{begin, ended, open, owner};

async fn one(store: &dyn Store, command: StoreCommand) -> StoreReceipt {
    let mut results = store.commit(vec![command]).await.unwrap();
    results.remove(0).unwrap()
}

async fn begun(store: &dyn Store, command: StoreCommand) -> Ticket {
    match one(store, command).await {
        StoreReceipt::Begun(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

/// Begins and ends voids with so many callers at once; says how many pairs a second that makes.
fn pairs(callers: usize, pairs: usize) -> f64 {
    // Beside the build's directory: a file system that syncs.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Arc::new(open(directory.path()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let key = store.key().await.unwrap();
        let start = Instant::now();
        let callers: Vec<_> = (0..callers)
            .map(|caller| {
                let (store, key) = (Arc::clone(&store), key.clone());
                let each = pairs / callers;
                tokio::spawn(async move {
                    let owner = owner("process-1");
                    for number in 0..each {
                        let name = format!("110248{caller:04}{number:08}");
                        let ticket = begun(&*store, begin(&key, &name, &owner)).await;
                        one(&*store, ended(&ticket, OutcomeKind::Approved)).await;
                    }
                })
            })
            .collect();
        let count = callers.len() * (pairs / callers.len());
        for caller in callers {
            caller.await.unwrap();
        }
        let passed = start.elapsed();
        let size: u64 = ["journal.sqlite3", "journal.sqlite3-wal"]
            .iter()
            .filter_map(|name| std::fs::metadata(directory.path().join(name)).ok())
            .map(|metadata| metadata.len())
            .sum();
        println!("{} bytes a call, the log with it", size / count as u64);
        count as f64 / passed.as_secs_f64()
    })
}

#[test]
#[ignore = "figures, run by hand"]
fn figures_of_pairs() {
    for (callers, count) in [(1, 2_000), (16, 16_000), (256, 100_000)] {
        println!(
            "{callers} callers: {:.0} pairs a second",
            pairs(callers, count)
        );
    }
}

#[test]
#[ignore = "figures, run by hand"]
fn figures_of_a_long_journal() {
    const CALLS: usize = 200_000;
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = open(directory.path());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let key = store.key().await.unwrap();
        let owner = owner("process-1");
        let name = |number: usize| format!("110248{number:012}");
        let start = Instant::now();
        for batch in 0..CALLS / 500 {
            let numbers = batch * 500..(batch + 1) * 500;
            let group = numbers
                .map(|number| begin(&key, &name(number), &owner))
                .collect();
            let begun = store.commit(group).await.unwrap();
            let ends = begun
                .iter()
                .skip(usize::from(batch % 10 == 0))
                .map(|begun| {
                    let Ok(StoreReceipt::Begun(ticket)) = begun else {
                        panic!("{begun:?}");
                    };
                    ended(ticket, OutcomeKind::Approved)
                });
            store.commit(ends.collect()).await.unwrap();
        }
        println!("{CALLS} calls written in {:?}", start.elapsed());
        let size = std::fs::metadata(directory.path().join("journal.sqlite3"));
        println!("{} bytes a call", size.unwrap().len() / CALLS as u64);
        let filters = [
            (
                "order",
                Filter::new().with_order(format!("20230718{}", name(77_777))),
            ),
            ("open", Filter::open()),
        ];
        for (what, filter) in filters {
            let start = Instant::now();
            let page = store.search(&filter, ListOrder::NewestFirst, None, 50);
            let found = page.await.unwrap().calls.len();
            println!("{what}: {found} calls in {:?}", start.elapsed());
        }
    });
    let path = directory.path().to_owned();
    drop(store);
    let opening = runtime.block_on(async {
        let start = Instant::now();
        drop(open(&path));
        start.elapsed()
    });
    println!("opened again, with its check, in {opening:?}");
}

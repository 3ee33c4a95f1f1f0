//! How fast a journal on this disk is, as one line of JSON:
//!
//! ```text
//! cargo run --release -p ums-journal-sqlite --example load -- --callers 256 --pairs 200000
//! cargo run --release -p ums-journal-sqlite --example load -- --long 1000000
//! ```
//!
//! The first has so many callers begin and end voids, one after the other. The second writes so
//! many calls, and then reads. `--place DIR` is where (`target` unless said otherwise); a place in
//! memory leaves the disk out and shows what the store costs.
#![allow(
    clippy::cast_precision_loss,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for whoever measures"
)]

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;
use ums_journal::{
    Begin, CallId, ChainCheck, EndedFact, Fact, FactId, FactKind, Filter, Fingerprint,
    Fingerprints, Identity, JournalKey, Key, KeyScope, ListOrder, OrderIdKind, OrderRole,
    OutcomeKind, Owner, SendPlan, Store, StoreCommand, StoreReceipt, StoredBody, StoredOrderId,
    StoredRequest, Ticket,
};
use ums_journal_sqlite::{SqliteOptions, SqliteStore};
use ums_model::Effect;

const LEASE: Duration = Duration::from_secs(15);
const MERCHANT: &str = "103290070111417";

fn main() {
    let mut callers = 256;
    let mut pairs = 100_000;
    let mut long = None;
    let mut place = PathBuf::from("target");
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap();
        match name.as_str() {
            "--callers" => callers = value.parse().unwrap(),
            "--pairs" => pairs = value.parse().unwrap(),
            "--long" => long = Some(value.parse().unwrap()),
            "--place" => place = value.into(),
            _ => panic!("--callers N, --pairs N, --long N, --place DIR"),
        }
    }
    let directory = tempfile::tempdir_in(&place).unwrap();
    let found = match long {
        Some(calls) => of_a_long_journal(directory.path(), calls),
        None => of_pairs(directory.path(), callers, pairs),
    };
    println!("{found}");
}

fn options(directory: &Path) -> SqliteOptions {
    SqliteOptions::new(directory.join("journal.sqlite3"))
        .with_machine_id("made-up machine")
        .in_memory_for_tests()
}

fn open(directory: &Path) -> SqliteStore {
    SqliteStore::open(&options(directory)).unwrap()
}

/// What looks random, and is the same each time.
fn id(what: &str, number: usize) -> String {
    let hash = Sha256::digest(format!("{what} {number}"));
    base16ct::lower::encode_string(&hash[..16])
}

/// The order of this number, as the platform counts them.
fn order(number: usize) -> String {
    format!("20230718110248{number:012}")
}

fn begin(key: &JournalKey, number: usize, owner: &Owner) -> StoreCommand {
    let order = order(number);
    let body = format!(
        r#"{{"merchantCode":"{MERCHANT}","terminalCode":"12340511","originalOrderId":"{order}"}}"#
    );
    let scope = KeyScope::new(
        "https://gateway.example",
        "10037e6f6394ab6801639f2a3d5f0003",
        MERCHANT,
    );
    let fingerprint = Fingerprint::new(key, "void_payment", &body).unwrap();
    let fingerprints = Fingerprints::new(key, "void_payment", &body).unwrap();
    let order = StoredOrderId::new(&scope, OrderIdKind::Ums, order);
    let mut request = StoredRequest::new(
        scope.key(Key::new(format!("shop-17/{number:08}")).unwrap()),
        fingerprint,
        "void_payment",
        "/v6/poslink/transaction/voidpayment",
        Effect::MovesMoney,
        StoredBody::new(key, body.as_bytes()),
    )
    .with_identity(Identity::new("void_payment", [order]), OrderRole::TakeBack)
    .with_repeat(true)
    .with_profile("shop");
    request.terminal = Some("12340511".to_owned());
    let call = CallId::new(id("call", number)).unwrap();
    let begin = Begin::new(call, request, fingerprints, owner.clone(), LEASE);
    let plan = SendPlan::new(id("nonce", number), DateTime::UNIX_EPOCH, LEASE);
    StoreCommand::Begin(Box::new(begin.with_plan(plan)))
}

fn ended(ticket: &Ticket, number: usize) -> StoreCommand {
    let what = FactKind::Ended(EndedFact::new(OutcomeKind::Approved).with_err_code("00"));
    let id = FactId::new(id("fact", number)).unwrap();
    let fact = Fact::new(id, ticket.call.clone(), ticket.attempt, what);
    StoreCommand::Record(Box::new(fact))
}

async fn begun(store: &SqliteStore, command: StoreCommand) -> Ticket {
    match store.commit(vec![command]).await.unwrap().remove(0) {
        Ok(StoreReceipt::Begun(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

fn of_pairs(directory: &Path, callers: usize, pairs: usize) -> Value {
    let sync = sync_of(directory);
    let store = Arc::new(open(directory));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let cpu = cpu();
    let start = Instant::now();
    let mut waits = runtime.block_on(async {
        let key = store.key().await.unwrap();
        let each = pairs / callers;
        let callers: Vec<_> = (0..callers)
            .map(|caller| {
                let (store, key) = (Arc::clone(&store), key.clone());
                tokio::spawn(async move {
                    let owner = Owner::new(id("owner", 0)).unwrap();
                    let mut waits = Vec::with_capacity(each);
                    for number in 0..each {
                        // The callers' orders come in turn, as the platform numbers them.
                        let number = number * callers + caller;
                        let begin = begin(&key, number, &owner);
                        let start = Instant::now();
                        let ticket = begun(&store, begin).await;
                        let ended = ended(&ticket, number);
                        store.commit(vec![ended]).await.unwrap()[0]
                            .as_ref()
                            .unwrap();
                        waits.push(start.elapsed());
                    }
                    waits
                })
            })
            .collect();
        let mut waits = Vec::new();
        for caller in callers {
            waits.extend(caller.await.unwrap());
        }
        waits
    });
    let passed = start.elapsed().as_secs_f64();
    let cpu = self::cpu() - cpu;
    drop(store);
    waits.sort_unstable();
    let of = |part: usize| milliseconds(waits[(waits.len() - 1) * part / 100]);
    let size = fs::metadata(directory.join("journal.sqlite3"))
        .unwrap()
        .len();
    json!({
        "callers": callers,
        "pairs": waits.len(),
        "pairs_per_second": (waits.len() as f64 / passed).round(),
        "pair_ms": {"least": of(0), "median": of(50), "p99": of(99)},
        "write_and_sync_ms": sync,
        "cpu_us_per_pair": (cpu * 1e6 / waits.len() as f64).round(),
        "bytes_per_call": size / waits.len() as u64,
    })
}

fn of_a_long_journal(directory: &Path, calls: usize) -> Value {
    const GROUP: usize = 128;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let store = open(directory);
    let start = Instant::now();
    let mut costs = Vec::new();
    runtime.block_on(async {
        let key = store.key().await.unwrap();
        let owner = Owner::new(id("owner", 0)).unwrap();
        for first in (0..calls).step_by(GROUP) {
            let numbers = first..calls.min(first + GROUP);
            let group = numbers.clone().map(|number| begin(&key, number, &owner));
            let group = group.collect();
            let start = Instant::now();
            let begun = store.commit(group).await.unwrap();
            let mut cost = start.elapsed();
            let ends = begun.iter().zip(numbers).filter_map(|(begun, number)| {
                let Ok(StoreReceipt::Begun(ticket)) = begun else {
                    panic!("{begun:?}");
                };
                // One of ten thousand stays open.
                (number % 10_000 != 0).then(|| ended(ticket, number))
            });
            let ends = ends.collect();
            let start = Instant::now();
            let ended = store.commit(ends).await.unwrap();
            cost += start.elapsed();
            costs.push(cost.as_secs_f64() * 1e6 / begun.len() as f64);
            assert!(ended.iter().all(Result::is_ok));
        }
    });
    let written = start.elapsed();
    costs.sort_by(f64::total_cmp);
    let listed = |what: &str, filter: Filter| {
        let mut times: Vec<_> = (0..21)
            .map(|_| {
                let start = Instant::now();
                let page = store.search(&filter, ListOrder::NewestFirst, None, 50);
                let page = runtime.block_on(page).unwrap();
                assert!(!page.calls.is_empty(), "{what}");
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        milliseconds(times[10])
    };
    let by_order = listed("order", Filter::new().with_order(order(calls / 3)));
    let open_list = listed("open", Filter::open());
    let start = Instant::now();
    let facts = runtime.block_on(async {
        let mut check = ChainCheck::new();
        loop {
            let facts = store.facts(check.head().0, 4096).await.unwrap();
            if facts.is_empty() {
                return check.head().0;
            }
            facts.iter().for_each(|fact| check.take(fact).unwrap());
        }
    });
    let chain = start.elapsed();
    let start = Instant::now();
    let checked = runtime.block_on(store.check()).unwrap();
    assert!(checked.tables.is_empty(), "{checked:?}");
    let check = start.elapsed();
    drop(store);
    let size = fs::metadata(directory.join("journal.sqlite3"))
        .unwrap()
        .len();
    let start = Instant::now();
    drop(open(directory));
    let opened = start.elapsed();
    json!({
        "calls": calls,
        "facts": facts,
        // In groups of 128. In memory that is what the store itself takes; the least of it is what
        // it takes when nobody else has the machine.
        "us_per_pair": {"least": costs[0].round(), "median": costs[costs.len() / 2].round()},
        "written_s": written.as_secs_f64(),
        "bytes_per_call": size / calls as u64,
        "search_by_order_ms": by_order,
        "open_list_ms": open_list,
        "chain_s": chain.as_secs_f64(),
        "check_s": check.as_secs_f64(),
        "open_again_ms": milliseconds(opened),
    })
}

/// What a page at the end of a file and its sync take here: no store can answer sooner.
fn sync_of(directory: &Path) -> Value {
    let path = directory.join("raw");
    let file: File = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(&path)
        .unwrap();
    let mut times: Vec<_> = (0..200u64)
        .map(|number| {
            let start = Instant::now();
            file.write_all_at(&[0xa5; 4096], number * 4096).unwrap();
            file.sync_all().unwrap();
            start.elapsed()
        })
        .collect();
    fs::remove_file(path).unwrap();
    times.sort_unstable();
    json!({"least": milliseconds(times[0]), "median": milliseconds(times[times.len() / 2])})
}

/// What this process has used, in seconds.
fn cpu() -> f64 {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(clock.tv_sec).unwrap(),
        u32::try_from(clock.tv_nsec).unwrap(),
    )
    .as_secs_f64()
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

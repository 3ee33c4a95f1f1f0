//! How fast a journal in PostgreSQL is: voids that are begun, sent and ended, with so many callers
//! at once; then what is found in a long journal.
//!
//! ```text
//! cargo run --release -p ums-journal-postgres --example load -- postgres://user@host/database [CALLS]
//! ```
//!
//! It makes a schema `ums_load`, which must not be there, and leaves it.
#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use tokio::time::Instant;
use ums_journal::{
    Begin, CallId, EndedFact, Fact, FactId, FactKind, Filter, Fingerprints, Identity, JournalKey,
    Key, KeyScope, ListOrder, OrderIdKind, OrderRole, OutcomeKind, Owner, SendPlan, Store,
    StoreCommand, StoreReceipt, StoredBody, StoredOrderId, StoredRequest, Ticket,
};
use ums_journal_postgres::{PostgresOptions, PostgresStore};
use ums_model::Effect;

type Done<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Done {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("which database? postgres://…")?;
    let calls: u64 = arguments.next().map_or(Ok(0), |calls| calls.parse())?;
    let options = PostgresOptions::from_url(&url)?.with_schema("ums_load")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let store = Arc::new(PostgresStore::open(&options).await?);
        for (callers, each) in [(1, 1_000), (64, 400), (256, 200)] {
            pairs(&store, callers, each).await?;
        }
        if calls > 0 {
            long(&store, calls).await?;
        }
        Ok(())
    })
}

/// Has so many callers begin and end voids, each so many.
async fn pairs(store: &Arc<PostgresStore>, callers: u64, each: u64) -> Done {
    let key = store.key().await?;
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, key) = (Arc::clone(store), key.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for number in 0..each {
                    let name = format!("{callers:03}{caller:04}{number:08}");
                    let start = Instant::now();
                    let ticket = begun(&store, begin(&key, &name)?).await?;
                    one(&store, ended(&ticket)?).await?;
                    waits.push(start.elapsed());
                }
                Done::Ok(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    let passed = start.elapsed().as_secs_f64();
    waits.sort();
    let at = |part: usize| {
        waits
            .get(waits.len() * part / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{callers} callers: {:.0} pairs a second; half of them within {:?}, 99 in 100 within {:?}",
        waits.len() as f64 / passed,
        at(50),
        at(99)
    );
    Ok(())
}

/// Writes a long journal, and looks for something in it.
async fn long(store: &Arc<PostgresStore>, calls: u64) -> Done {
    const BATCH: u64 = 250;
    let key = store.key().await?;
    let name = |number: u64| format!("9{number:014}");
    let start = Instant::now();
    for batch in 0..calls / BATCH {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        let group = numbers.map(|number| begin(&key, &name(number)));
        let begun = store.commit(group.collect::<Done<_>>()?).await?;
        let mut ends = Vec::new();
        // One in ten thousand stays open.
        for begun in begun.iter().skip(usize::from(batch % 40 == 0)) {
            match begun {
                Ok(StoreReceipt::Begun(ticket)) => ends.push(ended(ticket)?),
                other => return Err(format!("{other:?}").into()),
            }
        }
        store.commit(ends).await?;
    }
    println!("{calls} calls written in {:?}", start.elapsed());
    for (what, filter) in [
        (
            "by order",
            Filter::new().with_order(format!("20230718{}", name(calls / 3))),
        ),
        ("open", Filter::open()),
    ] {
        for _ in 0..3 {
            let start = Instant::now();
            let page = store.search(&filter, ListOrder::NewestFirst, None, 50);
            let found = page.await?.calls.len();
            println!("{what}: {found} calls in {:?}", start.elapsed());
        }
    }
    Ok(())
}

async fn one(store: &PostgresStore, command: StoreCommand) -> Done<StoreReceipt> {
    let result = store.commit(vec![command]).await?.pop();
    Ok(result.ok_or("no result")??)
}

async fn begun(store: &PostgresStore, command: StoreCommand) -> Done<Ticket> {
    match one(store, command).await? {
        StoreReceipt::Begun(ticket) => Ok(ticket),
        other => Err(format!("{other:?}").into()),
    }
}

fn begin(key: &JournalKey, name: &str) -> Done<StoreCommand> {
    let order = format!("20230718{name}");
    let body = format!(
        r#"{{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"{order}"}}"#
    );
    let scope = KeyScope::new("https://gateway.example", "made-up-app", "103290070111417");
    let fingerprints = Fingerprints::new(key, "void_payment", &body)?;
    let request = StoredRequest::new(
        scope.key(Key::new(name)?),
        fingerprints.newest().cloned().ok_or("there is one")?,
        "void_payment",
        "/v6/poslink/transaction/voidpayment",
        Effect::MovesMoney,
        StoredBody::new(key, body.as_bytes()),
    )
    .with_identity(
        Identity::new(
            "void_payment",
            [StoredOrderId::new(&scope, OrderIdKind::Ums, order)],
        ),
        OrderRole::TakeBack,
    )
    .with_repeat(true)
    .with_amount(Some(4160))
    .with_profile("shop");
    let lease = Duration::from_secs(15);
    let (call, owner) = (CallId::new(format!("c{name}"))?, Owner::new("process-1")?);
    let plan = SendPlan::new("made-up-nonce", DateTime::UNIX_EPOCH, lease);
    let begin = Begin::new(call, request, fingerprints, owner, lease).with_plan(plan);
    Ok(StoreCommand::Begin(Box::new(begin)))
}

fn ended(ticket: &Ticket) -> Done<StoreCommand> {
    let id = FactId::new(format!("e{}", ticket.call))?;
    let what = FactKind::Ended(EndedFact::new(OutcomeKind::Approved).with_err_code("00"));
    let fact = Fact::new(id, ticket.call.clone(), ticket.attempt, what);
    Ok(StoreCommand::Record(Box::new(fact)))
}

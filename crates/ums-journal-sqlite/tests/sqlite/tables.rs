//! Tables that somebody has emptied or changed: a check finds and names each.

use std::path::Path;

use chrono::NaiveDate;
use rusqlite::Connection;
use ums_journal::{
    Accept, Accepted, CallerText, CheckedJournal, FactId, JournalId, Link, OrderIdKind,
    OutcomeKind, Store, StoreCommand, StoreError, StoreReceipt, StoredOrderId, TakeTraceNumbers,
    TraceLine,
};

use crate::calls::{begin, directory, ended, open, owner};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// A journal with something in each table.
fn filled(directory: &Path) {
    let store = open(directory);
    runtime().block_on(async {
        let (key, owner) = (store.key().await.unwrap(), owner("process-1"));
        let group = (0..4).map(|number| begin(&key, &format!("1102480{number}"), &owner));
        for (number, begun) in store
            .commit(group.collect())
            .await
            .unwrap()
            .into_iter()
            .enumerate()
        {
            let Ok(StoreReceipt::Begun(ticket)) = begun else {
                panic!("{begun:?}");
            };
            let how = [OutcomeKind::Approved, OutcomeKind::Declined];
            if let Some(how) = how.get(number) {
                let end = ended(&ticket, *how);
                store.commit(vec![end]).await.unwrap()[0].as_ref().unwrap();
            }
            if number == 2 {
                let call = store.call(&ticket.call).await.unwrap().unwrap();
                let scope = call.view.request.key.scope.clone();
                let own = call.view.request.order()[0].clone();
                let other = StoredOrderId::new(&scope, OrderIdKind::Merchant, "M-1");
                let link = Link::new(fact("linked"), ticket.call, ticket.attempt, own, other);
                store
                    .commit(vec![StoreCommand::Link(Box::new(link))])
                    .await
                    .unwrap()[0]
                    .as_ref()
                    .unwrap();
            }
        }
        let day = NaiveDate::from_ymd_opt(2023, 7, 18).unwrap();
        let line = TraceLine::new("gateway", "merchant", "terminal", day);
        let head = store.head().await.unwrap();
        let accepted = Accepted::new(head.journal, text("a person"), text("a reason"));
        let group = vec![
            StoreCommand::TakeTraceNumbers(TakeTraceNumbers::new(fact("numbers"), line, 5)),
            StoreCommand::Accept(Accept::new(fact("accepted"), accepted)),
        ];
        for result in store.commit(group).await.unwrap() {
            result.unwrap();
        }
    });
}

fn fact(id: &str) -> FactId {
    FactId::new(id).unwrap()
}

fn text(text: &str) -> CallerText {
    CallerText::new(text).unwrap()
}

fn check(directory: &Path) -> Result<CheckedJournal, StoreError> {
    let store = open(directory);
    runtime().block_on(store.check())
}

/// What a check says after this statement.
fn after(statement: &str) -> Result<CheckedJournal, StoreError> {
    let directory = directory();
    filled(directory.path());
    let db = Connection::open(directory.path().join("journal.sqlite3")).unwrap();
    let changed = db.execute(statement, []).unwrap();
    assert!(changed > 0, "{statement}");
    drop(db);
    check(directory.path())
}

#[test]
fn a_journal_that_nobody_has_changed_is_whole() {
    let directory = directory();
    filled(directory.path());
    let checked = check(directory.path()).unwrap();
    assert_eq!(checked.tables, []);
    assert_eq!((checked.broken, checked.without_details), (None, 0));
    let store = open(directory.path());
    let head = runtime().block_on(store.head()).unwrap();
    assert_eq!((checked.facts, checked.chain), (head.facts, head.chain));
}

#[test]
fn a_table_that_was_emptied_or_changed_is_named() {
    for (statement, table) in [
        ("DELETE FROM calls", "calls"),
        (
            "DELETE FROM calls WHERE number = (SELECT min(number) FROM calls)",
            "calls",
        ),
        (
            "UPDATE calls SET state = (SELECT min(number) FROM words)",
            "calls",
        ),
        ("UPDATE calls SET is_open = 0 WHERE is_open = 1", "calls"),
        ("UPDATE calls SET amount_fen = 1 WHERE number = 1", "calls"),
        ("DELETE FROM call_ids", "call_ids"),
        ("UPDATE call_ids SET call = 1", "call_ids"),
        ("DELETE FROM fact_ids", "fact_ids"),
        ("DELETE FROM keys", "keys"),
        ("UPDATE keys SET twin = call WHERE call = 1", "keys"),
        ("DELETE FROM order_ids", "order_ids"),
        ("DELETE FROM order_calls", "order_calls"),
        (
            "UPDATE order_calls SET call = 1 WHERE call <> 1",
            "order_calls",
        ),
        ("DELETE FROM guards", "guards"),
        ("DELETE FROM guards WHERE what = 0", "guards"),
        ("UPDATE guards SET call = 99", "guards"),
        ("DELETE FROM trace_numbers", "trace_numbers"),
        ("UPDATE trace_numbers SET last = 1", "trace_numbers"),
        ("UPDATE journal SET accepted = NULL", "journal"),
        (
            "UPDATE facts SET before = NULL WHERE before IS NOT NULL",
            "facts",
        ),
    ] {
        // The row of a call that is gone leaves its other rows.
        let checked = after(statement).unwrap();
        let tables: Vec<_> = checked.tables.iter().map(|fault| fault.table).collect();
        assert!(tables.contains(&table), "{statement}: {tables:?}");
    }
    // Without it the two ids of one order are two orders.
    let tables = after("DELETE FROM joined_places").unwrap().tables;
    assert!(!tables.is_empty());
}

#[test]
fn a_text_that_was_changed_is_found_though_its_digest_was_left() {
    let changed = "UPDATE facts SET text = '{}', template = NULL WHERE number = 1";
    after(changed).unwrap_err();
    // With the digest of what it was the chain holds: the text does not.
    let directory = directory();
    filled(directory.path());
    let store = open(directory.path());
    let facts = runtime().block_on(store.facts(0, 1)).unwrap();
    drop(store);
    let text = facts[0].text().replace("11024800", "11024899");
    assert_ne!(text, facts[0].text());
    let digest = base16ct::lower::decode_vec(facts[0].digest().as_str()).unwrap();
    let db = Connection::open(directory.path().join("journal.sqlite3")).unwrap();
    let set = "UPDATE facts SET text = ?1, template = NULL, digest = ?2 WHERE number = 1";
    db.execute(set, (text, digest)).unwrap();
    drop(db);
    let error = check(directory.path()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap();
    assert!(
        cause
            .to_string()
            .contains("fact 1 is missing or was changed"),
        "{cause}"
    );
}

#[test]
fn a_journal_id_that_was_changed_is_not_that_of_the_acceptance() {
    let checked = after("UPDATE journal SET id = 'another'").unwrap();
    assert_eq!(checked.tables.len(), 1);
    assert_eq!(checked.tables[0].table, "journal");
    assert!(JournalId::new("another").is_ok());
}

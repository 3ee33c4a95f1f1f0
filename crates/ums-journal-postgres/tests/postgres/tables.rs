//! Tables that somebody has emptied or changed: a check finds and names each.

use ums_journal::{OutcomeKind, Store, StoreCommand, StoreReceipt};

use crate::calls::{begin, ended, owner};
use crate::cluster::{Cluster, fresh_schema, runtime, shared};

/// A journal with some calls; the schema that it is in.
async fn filled(cluster: &Cluster) -> String {
    let schema = fresh_schema();
    let store = cluster.open(&schema).await;
    let (key, owner) = (store.key().await.unwrap(), owner("process-1"));
    for number in 0..3 {
        let begun: Vec<StoreCommand> = vec![begin(&key, &format!("1102480{number}"), &owner)];
        let begun = store.commit(begun).await.unwrap().remove(0);
        let Ok(StoreReceipt::Begun(ticket)) = begun else {
            panic!("{begun:?}");
        };
        if number > 0 {
            let end = ended(&ticket, OutcomeKind::Approved);
            store.commit(vec![end]).await.unwrap()[0].as_ref().unwrap();
        }
    }
    schema
}

#[test]
fn a_table_that_was_emptied_or_changed_is_named() {
    let Some(cluster) = shared() else {
        return;
    };
    runtime().block_on(async {
        for (statement, table) in [
            ("", ""),
            ("DELETE FROM S.calls", "calls"),
            ("UPDATE S.states SET is_open = false", "calls"),
            (
                "UPDATE S.calls SET id = id || 'x' WHERE number = 1",
                "call_ids",
            ),
            ("DELETE FROM S.fact_ids", "fact_ids"),
            ("DELETE FROM S.keys", "keys"),
            ("DELETE FROM S.order_ids", "order_ids"),
            ("DELETE FROM S.order_calls", "order_calls"),
            ("DELETE FROM S.guards", "guards"),
            ("UPDATE S.guards SET call = 99", "guards"),
            (
                "INSERT INTO S.trace_numbers VALUES ('g', 'm', 't', '2023-07-18', 7)",
                "trace_numbers",
            ),
            ("UPDATE S.journal SET accepted = 1", "journal"),
            ("UPDATE S.facts SET call = 1", "facts"),
        ] {
            let schema = filled(cluster).await;
            if !statement.is_empty() {
                cluster.sql(&statement.replace("S.", &format!("{schema}.")));
            }
            let store = cluster.open(&schema).await;
            let checked = store.check().await.unwrap();
            let tables: Vec<_> = checked.tables.iter().map(|fault| fault.table).collect();
            if table.is_empty() {
                assert_eq!(tables, [""; 0]);
                assert_eq!(checked.facts, store.head().await.unwrap().facts);
            } else {
                assert!(tables.contains(&table), "{statement}: {tables:?}");
            }
        }
    });
}

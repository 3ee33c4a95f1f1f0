//! A journal in a file, for processes one after another and beside each other.

use std::sync::Arc;
use std::time::Duration;

use ums_durable::{Durable, SubmitOptions};
use ums_journal::RecordedOutcome;
use ums_journal_sqlite::{SqliteOptions, SqliteStore};

use crate::ground::{Ground, key, pay, read, void};

#[tokio::test]
async fn a_journal_in_a_file_outlives_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let witness = directory.path().join("witness.json");
    let (ground, gateway) = Ground::over_sockets().await;
    let time = Arc::new(ground.time.clone());
    let options = SqliteOptions::new(directory.path().join("journal.sqlite3"));
    let options = options.with_clock_for_tests(time);
    let process = async || {
        let store = SqliteStore::open(&options).unwrap();
        let durable = Durable::builder(ground.client(), store).profile("shop");
        durable.witness(&witness).build().await.unwrap()
    };
    let (one, beside) = (process().await, process().await);
    gateway.fault("fin-after-request-applied").unwrap();
    let first = one.submit(key("k1"), void()).await.unwrap();
    assert_eq!(first.outcome(), Some(RecordedOutcome::Unknown));
    let code = "280000000000000001";
    let options = SubmitOptions::new().limit(Duration::from_secs(5));
    let paid = beside
        .submit_with(key("p"), pay("M1", code), options)
        .await
        .unwrap();
    assert!(paid.is_approved() && paid.recorded);
    let stored = read(&beside, &paid.call).await;
    let body = stored.view.request.body.clone().unwrap();
    assert!(body.has_marks() && !format!("{stored:?}").contains(code));
    one.close(Duration::ZERO).await;
    beside.close(Duration::ZERO).await;
    drop((one, beside));

    let next = process().await;
    assert_eq!(next.amnesia(), None);
    assert_eq!(next.resolve_open(Duration::from_secs(10)).await.unwrap(), 0);
    let answer = next.submit(key("k1"), void()).await.unwrap();
    assert!(answer.is_replay && answer.is_approved());
    assert_eq!(
        answer.view.unwrap().request.profile.as_deref(),
        Some("shop")
    );
    assert_eq!(ground.voids_sent(), 1);
}

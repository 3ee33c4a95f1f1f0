//! The connection cut at bytes of request and reply, over real sockets. The command `ums-proof
//! faults` cuts at every byte; this takes every 23rd.

use ums_proof::cuts;
use ums_proof::verdict::Claim;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_call_is_unknown_and_never_sent_again() {
    let cuts = cuts::run([23, 0, 0, 97], Claim::of).await.unwrap();
    assert!(cuts.wrong.is_empty(), "{:#?}", cuts.wrong);
    assert!(cuts.runs > 150, "{}", cuts.runs);
    for row in &cuts.rows {
        assert!(!row.places.is_empty(), "{row:?}");
        assert_eq!(
            row.places.len(),
            row.seen.values().sum::<usize>(),
            "{row:?}"
        );
        assert!(row.seen.keys().eq([&"unknown"]), "{row:?}");
        assert!(row.most_requests <= 1, "{row:?}");
    }
}

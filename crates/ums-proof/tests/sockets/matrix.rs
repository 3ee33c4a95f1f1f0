//! Every fault once in each mode, over real sockets.

use ums_proof::matrix;
use ums_proof::verdict::Claim;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_in_every_mode_ends_in_a_true_and_tight_outcome() {
    let faults = matrix::faults_with("");
    let matrix = matrix::run(faults.clone(), 1, Claim::of).await.unwrap();
    assert!(matrix.wrong.is_empty(), "{:#?}", matrix.wrong);
    let with_tls_only = faults.iter().filter(|fault| fault.needs_tls).count();
    assert_eq!(matrix.runs, 4 * faults.len() - 2 * with_tls_only);
    assert!(faults.len() >= 60);
    assert!(matrix.rows.iter().all(|row| row.most_requests <= 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_call_about_a_hold_ends_in_a_true_and_tight_outcome() {
    let faults = matrix::faults_with("");
    let matrix = matrix::run_holds(&faults, 1, 1, Claim::of).await.unwrap();
    assert!(matrix.wrong.is_empty(), "{:#?}", matrix.wrong);
    assert!(matrix.runs > 3 * 200, "{}", matrix.runs);
    for (operation, seen) in &matrix.seen {
        for kind in ["approved", "declined", "unknown"] {
            assert!(seen.contains_key(kind), "{operation:?}: {seen:?}");
        }
    }
    assert_eq!(matrix.seen.len(), 3);
}

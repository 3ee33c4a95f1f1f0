//! Many seeds, on all cores, until too many have failed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What is summed up over many seeds.
pub(crate) trait SeedSummary: Default + Send {
    fn add(&mut self, other: Self);

    /// How many histories were played.
    fn histories(&self) -> u64;

    /// Seeds in which something was wrong.
    fn failed(&mut self) -> &mut Vec<(u64, Vec<String>)>;
}

/// After so many failures nothing new is learned.
const ENOUGH_FAILURES: usize = 20;

/// Histories between two reports of a thread.
const BLOCK: u64 = 256;

/// Plays each seed once; a panic is a finding too.
pub(crate) fn each_seed<S: SeedSummary>(
    seed: u64,
    count: u64,
    threads: usize,
    play: impl Fn(u64, &mut S) -> Result<(), String> + Sync,
    progress: impl Fn(u64) + Sync,
) -> Result<S, String> {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let result = Mutex::new(Ok(S::default()));
    let one_block = |begin: u64, end: u64| {
        let mut summary = S::default();
        for number in begin..end {
            let seed = seed.wrapping_add(number);
            // A panic is a finding too, and its seed must not be lost.
            let played = catch_unwind(AssertUnwindSafe(|| play(seed, &mut summary)));
            match played {
                Ok(played) => played?,
                Err(_) => summary.failed().push((seed, vec!["a panic".to_owned()])),
            }
        }
        Ok(summary)
    };
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let begin = next.fetch_add(BLOCK, Ordering::Relaxed);
                    if begin >= count {
                        return;
                    }
                    let block = one_block(begin, count.min(begin + BLOCK));
                    let mut result = result.lock().unwrap_or_else(PoisonError::into_inner);
                    match (&mut *result, block) {
                        (Ok(summary), Ok(block)) => {
                            summary.add(block);
                            if summary.failed().len() >= ENOUGH_FAILURES {
                                stop.store(true, Ordering::Relaxed);
                            }
                            progress(summary.histories());
                        }
                        (result, Err(error)) => {
                            *result = Err(error);
                            stop.store(true, Ordering::Relaxed);
                        }
                        (Err(_), Ok(_)) => return,
                    }
                }
            });
        }
    });
    let mut result = result.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Ok(summary) = &mut result {
        summary.failed().sort();
    }
    result
}

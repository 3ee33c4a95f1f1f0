//! Trace numbers are given out once.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::fact::entry::TraceLine;
use crate::store::command::{StoreCommand, StoreReceipt, TakeTraceNumbers};
use crate::store::refused::StoreRefusal;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{Process, fresh_fact, side_by_side};

fn line(terminal: &str, day: u32) -> TraceLine {
    let day = NaiveDate::from_ymd_opt(2023, 7, day).unwrap_or_default();
    TraceLine::new("https://gateway.example", "103290070111417", terminal, day)
}

fn take(line: TraceLine, count: u32) -> CaseResult<StoreCommand> {
    let take = TakeTraceNumbers::new(fresh_fact()?, line, count);
    Ok(StoreCommand::TakeTraceNumbers(take))
}

async fn taken(process: &Process, line: TraceLine, count: u32) -> CaseResult<(u32, u32)> {
    match process.done(take(line, count)?).await? {
        StoreReceipt::TraceNumbers(first, count) => Ok((first, count)),
        other => Err(Fault(format!("trace numbers come to {other:?}"))),
    }
}

cases! {
    trace_numbers_begin_at_one_and_follow(ground) {
        let one = ground.process().await?;
        equal(taken(&one, line("1", 18), 16).await?, (1, 16), "the first block")?;
        equal(taken(&one, line("1", 18), 1).await?, (17, 1), "the second block")?;
    }

    no_trace_number_is_given_out_again_after_a_crash(ground) {
        let one = ground.process().await?;
        taken(&one, line("1", 18), 16).await?;
        let after = ground.after_crash().await?;
        equal(taken(&after, line("1", 18), 16).await?, (17, 16), "the block after a crash")?;
    }

    each_terminal_and_each_day_has_its_own(ground) {
        let one = ground.process().await?;
        for line in [line("1", 18), line("2", 18), line("1", 19)] {
            equal(taken(&one, line, 16).await?, (1, 16), "the first block")?;
        }
    }

    processes_never_share_a_trace_number(ground) {
        let (one, two) = ground.two().await?;
        let mut seen = BTreeSet::new();
        for _ in 0..8 {
            let blocks = side_by_side(vec![
                taken(&one, line("1", 18), 5),
                taken(&two, line("1", 18), 5),
            ])
            .await;
            for block in blocks {
                let (first, count) = block?;
                for number in first..first + count {
                    must(seen.insert(number), "a number is given out twice")?;
                }
            }
        }
        equal(seen.len(), 80, "how many numbers were given out")?;
    }

    a_block_that_is_asked_for_twice_is_one(ground) {
        let one = ground.process().await?;
        let again = take(line("1", 18), 16)?;
        for _ in 0..2 {
            let numbers = one.done(again.clone()).await?;
            equal(numbers, StoreReceipt::TraceNumbers(1, 16), "the block")?;
        }
        equal(one.count().await?, 1, "the number of facts")?;
    }

    the_last_trace_number_is_the_end(ground) {
        let one = ground.process().await?;
        taken(&one, line("1", 18), TakeTraceNumbers::LAST - 3).await?;
        equal(taken(&one, line("1", 18), 16).await?, (999_997, 3), "what is left")?;
        let refused = one.refusal(take(line("1", 18), 1)?).await?;
        equal(refused, StoreRefusal::NoTraceNumbers, "the refusal")?;
        equal(taken(&one, line("1", 19), 1).await?, (1, 1), "the next day")?;
    }
}

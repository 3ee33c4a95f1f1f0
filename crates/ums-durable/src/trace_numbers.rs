//! System trace numbers (系统跟踪号): unique per trading day, merchant and terminal, and never
//! given out twice, whatever crashes.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use tokio::sync::Mutex;
use ums_journal::{StoreCommand, StoreReceipt, StoreRefusal, TakeTraceNumbers, TraceLine};
use ums_model::SystemTraceNumber;

use crate::answer::journal_error::JournalError;
use crate::process::days::CLOCK_TOLERANCE;
use crate::process::write::{WriteError, unexpected, write};
use crate::shared::Shared;

/// How many numbers are taken at once: those that a crash leaves unused are lost.
const BLOCK: u32 = 16;

/// The numbers that were taken and not given out yet. None outlives its day.
#[derive(Debug, Default)]
pub(crate) struct TraceNumbers(Mutex<BTreeMap<TraceLine, Block>>);

#[derive(Clone, Copy, Debug)]
struct Block {
    next: u32,
    left: u32,
}

/// Why there is no trace number.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceNumberError {
    /// All 999999 of the terminal's day are given out.
    #[error("no trace numbers are left for this terminal on this day")]
    Exhausted,
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(JournalError),
}

impl From<WriteError> for TraceNumberError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(StoreRefusal::NoTraceNumbers) => Self::Exhausted,
            error => Self::Journal(error.into()),
        }
    }
}

impl TraceNumbers {
    /// The next number of a terminal.
    pub(crate) async fn next(
        &self,
        shared: &Shared,
        merchant: &str,
        terminal: &str,
    ) -> Result<SystemTraceNumber, TraceNumberError> {
        let mut blocks = self.0.lock().await;
        let (now, days) = (shared.client.time(), shared.days());
        let near = |by: TimeDelta| now.checked_add_signed(by).unwrap_or(now);
        let earliest = days.day_of(near(-CLOCK_TOLERANCE));
        let latest = days.day_of(near(CLOCK_TOLERANCE));
        blocks.retain(|line, _| line.day >= earliest);
        let gateway = shared.client.base_url().to_string();
        let line = |day: NaiveDate| TraceLine::new(&*gateway, merchant, terminal, day);
        let number = match latest == earliest {
            true => next_of(&mut blocks, shared, &line(earliest)).await?,
            false => of_both(shared, &line(earliest), &line(latest)).await?,
        };
        SystemTraceNumber::new(format!("{number:06}")).map_err(|_| TraceNumberError::Exhausted)
    }
}

async fn next_of(
    blocks: &mut BTreeMap<TraceLine, Block>,
    shared: &Shared,
    line: &TraceLine,
) -> Result<u32, WriteError> {
    let block = match blocks.get(line).copied().filter(|block| block.left > 0) {
        Some(block) => block,
        None => take(shared, line, BLOCK).await?,
    };
    let rest = Block {
        next: block.next.saturating_add(1),
        left: block.left.saturating_sub(1),
    };
    blocks.insert(line.clone(), rest);
    Ok(block.next)
}

/// A number that nobody else has on either day: about midnight it may be either by the platform's
/// clock.
async fn of_both(shared: &Shared, one: &TraceLine, other: &TraceLine) -> Result<u32, WriteError> {
    let (mut a, mut b) = (take(shared, one, 1).await?, take(shared, other, 1).await?);
    loop {
        let number = a.next.max(b.next);
        if number <= a.last() && number <= b.last() {
            return Ok(number);
        }
        if a.last() < b.next {
            a = take(shared, one, b.next - a.last()).await?;
        } else {
            b = take(shared, other, a.next - b.last()).await?;
        }
    }
}

impl Block {
    fn last(&self) -> u32 {
        self.next.saturating_add(self.left).saturating_sub(1)
    }
}

async fn take(shared: &Shared, line: &TraceLine, count: u32) -> Result<Block, WriteError> {
    let take = TakeTraceNumbers::new(shared.ids.fact()?, line.clone(), count);
    // Numbers whose taking is in doubt are never given out: others are taken under another name.
    match write(&*shared.store, vec![StoreCommand::TakeTraceNumbers(take)]).await? {
        StoreReceipt::TraceNumbers(next, left) => Ok(Block { next, left }),
        _ => Err(unexpected()),
    }
}

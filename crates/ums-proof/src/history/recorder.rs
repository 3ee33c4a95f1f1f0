//! A recorder that is sometimes late and sometimes in vain, and tells the witness what it recorded.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::time::sleep;
use ums_client::model::Effect;
use ums_client::{Ended, Intent, Journal as _, MemoryJournal, Recorder, Recording, Sending};

use super::nonces::call_named;
use super::witness::Witness;

pub(crate) struct Records {
    pub(crate) witness: Witness,
    pub(crate) fails: u8,
    pub(crate) most_delay: u64,
    pub(crate) journal: Option<MemoryJournal>,
    pub(crate) rng: Mutex<Rng>,
}

impl Records {
    /// Waits, and says whether the step may be taken as recorded.
    async fn step(&self) -> bool {
        let (delay, fails) = {
            let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
            (rng.u64(0..=self.most_delay), rng.u8(0..100) < self.fails)
        };
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        !fails
    }
}

impl Recorder for Records {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        Box::pin(async move {
            if !self.step().await {
                return Err("the intent was not recorded".into());
            }
            if let Some(journal) = &self.journal {
                journal.intent(intent).await?;
            }
            self.witness
                .update_current(|sight| sight.intent_recorded = true);
            Ok(())
        })
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        Box::pin(async move {
            if !self.step().await {
                return Err("the sending was not recorded".into());
            }
            if let Some(journal) = &self.journal {
                journal.sending(sending).await?;
            }
            self.witness.update_current(|sight| {
                sight.sending_recorded = true;
                sight.signed_at.get_or_insert(sending.timestamp);
            });
            Ok(())
        })
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        Box::pin(async move {
            self.step().await;
            if let Some(journal) = &self.journal {
                journal.ended(ended).await?;
            }
            let kind = ended.outcome;
            self.witness.update_current(|sight| {
                // Of the operation itself, which comes before any question.
                sight.end_recorded.get_or_insert(kind);
            });
            Ok(())
        })
    }
}

/// Calls that the journal holds as open, by what moves money.
pub(crate) async fn open_calls(journal: &MemoryJournal) -> Result<BTreeSet<usize>, String> {
    let unfinished = journal
        .unfinished()
        .await
        .map_err(|error| error.to_string())?;
    let moving = unfinished
        .iter()
        .filter(|call| call.effect != Effect::ReadOnly);
    Ok(moving
        .filter_map(|call| call_named(call.call.as_str()))
        .collect())
}

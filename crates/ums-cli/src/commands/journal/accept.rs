//! `ums journal accept`.

use ums_client::{Clock, NonceSource, RandomNonces, SystemClock};
use ums_durable::journal::{Accept, Accepted, FactId, StoreCommand};

use super::opened::{Opened, set};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::input::journalling::{JournalFlag, caller_text};
use crate::journal::memory::JournalMemory;
use crate::journal::open::{open, open_there};
use crate::journal::person::this_person;
use crate::print::output;

/// Accept a journal that may have forgotten calls: a backup put back, a file made anew
///
/// Until the end of the next day every call that moves money then asks by query first, and is sent
/// only where the platform has no trace of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Why it is accepted
    #[arg(long, value_name = "TEXT", required = true)]
    reason: String,

    #[command(flatten)]
    journal: JournalFlag,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let reason = caller_text("--reason", &self.reason)?;
        let by = this_person().ok_or_else(|| {
            missing((
                "nobody is known to run this: set USER",
                "无法得知操作人：请设置 USER",
            ))
        })?;
        let place = set(context)?;
        let mut memory = JournalMemory::of(&context.settings()?, &place)?;
        // One that is gone is accepted as an empty one. What cannot be read is written anew.
        let opened = match memory.knows_one() {
            Ok(false) => Opened::at(&place, open_there)?,
            _ => Opened::at(&place, open)?,
        };
        let head = || {
            let head = opened.runtime.block_on(opened.store.head());
            head.or_fail(FailureKind::Journal)
        };
        let before = head()?;
        let nonce = RandomNonces::new()
            .next_nonce()
            .or_fail(FailureKind::System)?;
        let fact = FactId::new(nonce.as_str()).or_fail(FailureKind::System)?;
        let accepted = Accepted::new(before.journal.clone(), by, reason);
        let accepted = accepted.with_own_time(SystemClock::default().now());
        let group = vec![StoreCommand::Accept(Accept::new(fact, accepted))];
        let results = opened.runtime.block_on(opened.store.commit(group));
        for result in results.or_fail(FailureKind::Journal)? {
            result.or_fail(FailureKind::Journal)?;
        }
        let head = head()?;
        memory.accept(&head)?;
        let text = match context.json {
            true => serde_json::json!({ "journal": head.journal.as_str(), "accepted": true })
                .to_string(),
            false => format!(
                "{}{}",
                context.say("Accepted: journal ", "已接受交易流水 "),
                head.journal
            ),
        };
        output::result(text).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }
}

//! `ums journal resolve`.

use std::sync::Arc;

use ums_durable::Durable;
use ums_durable::journal::{CallId, Filter, ListOrder, StoredCall};

use super::list::show;
use super::opened::{Opened, set};
use crate::call::carry_out::until_end_or_signal;
use crate::call::interrupt::Witness;
use crate::call::kept::resolve;
use crate::config::credentials;
use crate::config::destination::Destination;
use crate::config::journal::times;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::input::journalling::{JournalFlag, Times, call_id};
use crate::input::resolving::within;
use crate::journal::open::open_there;
use crate::print::output;

/// Ask what became of open calls, and write it down. Nothing is sent again
///
/// "Carried out" is believed at once; "not carried out" when two answers in a row say so, and where
/// the platform has no trace of a call, only later than its deadline and the late window. A call
/// whose process has died is taken up when that process has said nothing for the time of --lease.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The calls
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    ids: Vec<String>,

    /// Every open call of this gateway, AppId and merchant
    #[arg(long)]
    all: bool,

    /// Pause before the next question; later pauses grow [default: 3]
    #[arg(id = "resolve_pace", long = "pace", value_name = "SECONDS")]
    pace: Option<String>,

    /// No question starts later than this, for each call [default: 180]
    #[arg(id = "resolve_within", long = "within", value_name = "SECONDS")]
    within: Option<String>,

    #[command(flatten)]
    journal: JournalFlag,

    #[command(flatten)]
    times: Times,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let settings = context.settings()?;
        let place = set(context)?;
        let (times, within) = (times(&settings)?, within(&settings)?);
        let destination = Destination::of(&settings)?;
        let credentials = credentials::of(&settings)?;
        let witness = Witness::default();
        witness.resolving();
        let client = destination
            .client(credentials)
            .recorder(witness.clone())
            .build()
            .or_fail(FailureKind::Configuration)?;
        let opened = Opened::at(&place, open_there)?;
        opened.warn(&settings, &place);
        let ids = self.calls(&opened)?;
        for id in &ids {
            let _ = opened.call(id)?;
        }
        let store = Arc::clone(&opened.store);
        let work = async {
            let mut found: Vec<StoredCall> = Vec::new();
            for id in &ids {
                let durable = Durable::over(client.clone(), Arc::clone(&store));
                let durable = durable.settings(times.clone()).build().await;
                let durable = durable.or_fail(FailureKind::Journal)?;
                found.extend(resolve(&durable, id, within).await?);
            }
            Ok::<_, Failure>(found)
        };
        let (ended, _) = until_end_or_signal(work, &witness, context)?;
        let found = match ended {
            Some(found) => found?,
            // What was written down until the signal came is in the journal.
            None => ids
                .iter()
                .map(|id| opened.call(id))
                .collect::<Result<_, _>>()?,
        };
        if found.is_empty() && !context.json {
            let none = context.say("No call is open.", "没有待核实的交易。");
            output::result(none).or_fail(FailureKind::System)?;
        }
        let exits: Vec<Exit> = found
            .iter()
            .map(|call| show(call, &settings, context))
            .collect();
        Ok(worst(&exits))
    }

    fn calls(&self, opened: &Opened) -> Result<Vec<CallId>, Failure> {
        if !self.all {
            return self.ids.iter().map(|id| call_id(id)).collect();
        }
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let filter = Filter::open();
            let search = opened
                .store
                .search(&filter, ListOrder::OldestFirst, after, 200);
            let page = opened
                .runtime
                .block_on(search)
                .or_fail(FailureKind::Journal)?;
            ids.extend(page.calls.into_iter().map(|call| call.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if ids.len() > MOST {
            return Err(missing((
                format!("{} calls are open; name those to ask about", ids.len()),
                format!("待核实的交易有 {} 笔；请指明要核实哪些", ids.len()),
            )));
        }
        Ok(ids)
    }
}

/// So many are asked about one after the other.
const MOST: usize = 10_000;

/// 5 if any stays unknown, else 4, else 3, else 0.
pub(super) fn worst(exits: &[Exit]) -> Exit {
    [Exit::Unknown, Exit::NotSent, Exit::Declined]
        .into_iter()
        .find(|exit| exits.contains(exit))
        .unwrap_or(Exit::Success)
}

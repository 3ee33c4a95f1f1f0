//! `ums journal close`.

use clap::builder::PossibleValuesParser;
use ums_client::{NonceSource, RandomNonces};
use ums_durable::journal::{Close, Closed, ClosedAs, FactId, StoreCommand};

use super::list::{print_table, show};
use super::opened::Opened;
use crate::call::kept::rows_of;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::input::journalling::{JournalFlag, call_id, caller_text};
use crate::journal::person::this_person;
use crate::print::output::talk;
use crate::report::Report;

/// Close an unknown call by your own word, with a reason and evidence
///
/// For what no query can tell any more. Without --yes it says what it would mean, and nothing is
/// written down. A statement may contradict it later, and that is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The call
    #[arg(value_name = "ID")]
    id: String,

    /// What became of it
    #[arg(id = "closed_as", long = "as", value_name = "WHAT", required = true)]
    #[arg(value_parser = PossibleValuesParser::new(["approved", "declined"]))]
    closed_as: String,

    /// Why it is closed by hand
    #[arg(long, value_name = "TEXT", required = true)]
    reason: String,

    /// What shows it: a statement's file and row, a slip, who said so at UMS
    #[arg(long, value_name = "TEXT", required = true)]
    evidence: String,

    #[command(flatten)]
    journal: JournalFlag,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let settings = context.settings()?;
        let id = call_id(&self.id)?;
        let reason = caller_text("--reason", &self.reason)?;
        let evidence = caller_text("--evidence", &self.evidence)?;
        let by = this_person().ok_or_else(|| {
            missing((
                "nobody is known to run this: set USER",
                "无法得知操作人：请设置 USER",
            ))
        })?;
        let opened = Opened::there(context)?;
        let call = opened.call(&id)?;
        let closed_as = match self.closed_as.as_str() {
            "approved" => ClosedAs::Approved,
            _ => ClosedAs::Declined,
        };
        if !context.yes {
            let report = Report::of_known(&call, None, None, context.language);
            let (english, chinese) = meaning(closed_as);
            let sentence = context.say(english, chinese);
            if context.json {
                talk(sentence);
                crate::call::carry_out::print(&report, Vec::new(), context);
            } else {
                print_table(sentence, &rows_of(&report, context.language));
            }
            return Ok(Exit::Usage);
        }
        let nonce = RandomNonces::new()
            .next_nonce()
            .or_fail(FailureKind::System)?;
        let fact = FactId::new(nonce.as_str()).or_fail(FailureKind::System)?;
        let close = Close::new(
            fact,
            id.clone(),
            Closed::new(closed_as, by, reason, evidence),
        );
        let group = vec![StoreCommand::Close(Box::new(close))];
        let results = opened.runtime.block_on(opened.store.commit(group));
        let results = results.or_fail(FailureKind::Journal)?;
        for result in results {
            result.or_fail(FailureKind::CallInTheWay)?;
        }
        let call = opened.call(&id)?;
        show(&call, &settings, context);
        Ok(Exit::Success)
    }
}

/// What closing a call means.
fn meaning(closed_as: ClosedAs) -> (&'static str, &'static str) {
    match closed_as {
        ClosedAs::Approved => (
            "Nothing is closed yet. Closed as approved, this call counts as carried out: the same \
             operation on the order is refused from then on, and other operations on it may begin. \
             Your name, the reason and the evidence are written down and stay. To do so, run it \
             again with --yes.",
            "尚未关闭。若关闭为成功，则该笔视为已执行：此后该订单上的同一操作会被拒绝，其他操作可以进行。\
             操作人、原因和依据将被永久记录。确认无误后，请加 --yes 再次运行。",
        ),
        ClosedAs::Declined => (
            "Nothing is closed yet. Closed as declined, this call counts as not carried out: the \
             same operation on the order may be done again, and if it was carried out after all, \
             money moves twice. Your name, the reason and the evidence are written down and stay. \
             To do so, run it again with --yes.",
            "尚未关闭。若关闭为失败，则该笔视为未执行：此后可以重新办理同一操作；如果它其实已经执行，\
             资金会变动两次。操作人、原因和依据将被永久记录。确认无误后，请加 --yes 再次运行。",
        ),
    }
}

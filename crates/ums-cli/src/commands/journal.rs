//! `ums journal`.

mod accept;
mod close;
mod copy;
mod list;
mod opened;
mod resolve;
mod summary;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Look at the journal of calls, and find out what became of those that are open
///
/// Every command that moves money writes down in the journal what it is about to do before it sends
/// anything, and then how it ended. So nothing is lost when a process or the machine dies, and the
/// same command again sends nothing twice: it says what became of the first one.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
The journal is the SQLite file $XDG_STATE_HOME/ums/journal.sqlite3, or else
~/.local/state/ums/journal.sqlite3, unless --journal, UMS_JOURNAL or journal in a
profile says otherwise: sqlite:PATH or postgres://…; with none no journal is kept. It
must be on a disk of this machine, readable and writable by you alone. When it cannot
be used, nothing is sent.

Which journal that is and how far it is are remembered in witness/ beside the state and
beside the configuration; journal_id in a profile names the one that is meant. Where a
journal has forgotten something, was lost or is another one, nothing is sent until it is
put back, or ums journal accept says that it is to go on; other commands warn.

A call that is open is unknown: only a fact closes it, and no other call that moves
money may begin on its order meanwhile. list --open says what to do with each.

ums api keeps no journal, and ums resolve writes into none: of a call in the journal
ums journal resolve does.

Examples:
  ums journal list --open
  ums journal resolve --profile shop --all
  ums journal show 5f0c9d7e2b4a4e0f
  ums journal summary --by terminal --day 2023-11-25
  ums journal export > journal.jsonl";

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(list::ShowArgs),
    Resolve(resolve::Args),
    Close(close::Args),
    Accept(accept::Args),
    Summary(summary::Args),
    Export(copy::ExportArgs),
    Import(copy::ImportArgs),
    Check(copy::CheckArgs),
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        match &self.command {
            Command::List(args) => args.run(context),
            Command::Show(args) => args.run(context),
            Command::Resolve(args) => args.run(context),
            Command::Close(args) => args.run(context),
            Command::Accept(args) => args.run(context),
            Command::Summary(args) => args.run(context),
            Command::Export(args) => args.run(context),
            Command::Import(args) => args.run(context),
            Command::Check(args) => args.run(context),
        }
    }
}

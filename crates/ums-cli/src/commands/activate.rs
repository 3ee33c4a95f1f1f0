//! `ums activate`.

use ums_client::model::{ActivateTerminal, ActivateTerminalReply};

use crate::call::{Call, carry_out};
use crate::context::Context;
use crate::entry::{self, Entry, Label};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fields::Merchant;
use crate::report;
use crate::settings::Settings;

/// Activate a terminal (激活终端)
///
/// Moves no money, and doing it again does no harm. POS通 needs it for guaranteed
/// payments (担保) and where UMS asks for it; for nothing else.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help(NOTES, EXAMPLES))]
pub(crate) struct Args {
    #[command(flatten)]
    merchant: Merchant,
}

const NOTES: &str = "\
Known at v2 only. It exits with 0 when it is answered with 00, with 3 when it was
refused.";

const EXAMPLES: &str = "\
Examples:
  ums activate --profile shop
  ums activate --profile shop --terminal-code 12340511 --json";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out(self, context)
    }
}

impl Call for Args {
    type Operation = ActivateTerminal;

    const NAME: &'static str = "activate_terminal";
    const TITLE: Label = ("Activate", "激活终端");

    fn operation(&self, settings: &Settings<'_>) -> Result<ActivateTerminal, Failure> {
        let (merchant_code, terminal_code) = Merchant::of(settings)?;
        Ok(ActivateTerminal::new(merchant_code, terminal_code))
    }

    fn of_request(&self, activate: &ActivateTerminal) -> Vec<Entry> {
        entry::merchant(activate.merchant_code(), activate.terminal_code()).into()
    }

    fn of_reply(&self, _: &ActivateTerminalReply) -> Vec<Entry> {
        Vec::new()
    }
}

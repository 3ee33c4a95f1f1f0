//! `ums completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::output;

/// Print the completions for a shell
///
/// They are in English, whatever --lang says.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

const HELP: &str = "\
Example:
  ums completions bash > ~/.local/share/bash-completion/completions/ums";

impl Args {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        // Into memory first: the generator panics on a closed pipe.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "ums", &mut script);
        output::bytes(&script).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }
}

//! `ums completions`.

use clap::Command;
use clap_complete::Shell;

use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::print::output;

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
    pub(crate) fn run(&self, ums: &mut Command) -> Result<Exit, Failure> {
        // Into memory first: the generator panics on a closed pipe.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, ums, "ums", &mut script);
        output::bytes(&script).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }
}

//! `ums man`.

use std::io;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_mangen::Man;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::file;
use crate::output;

/// Print the manual page, or write one for each command
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Directory to write ums.1, ums-void.1 and the others to
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

const HELP: &str = "\
Example:
  ums man --dir ~/.local/share/man/man1";

impl Args {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        match &self.dir {
            Some(dir) => {
                let mut ums = Cli::command().disable_help_subcommand(true);
                ums.build();
                std::fs::create_dir_all(dir)
                    .and_then(|()| write(ums, dir))
                    .or_fail(FailureKind::System)
                    .map_err(|failure| {
                        failure.about(format!("--dir: {} cannot be written to", dir.display()))
                    })?;
            }
            None => {
                let mut page = Vec::new();
                Man::new(Cli::command())
                    .render(&mut page)
                    .and_then(|()| output::bytes(&page))
                    .or_fail(FailureKind::System)?;
            }
        }
        Ok(Exit::Success)
    }
}

/// A page for the command and one for each below it, which all may read.
fn write(command: clap::Command, dir: &Path) -> io::Result<()> {
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        write(below.clone(), dir)?;
    }
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render(&mut page)?;
    file::write(&dir.join(man.get_filename()), &page, 0o644)
}

//! `ums man`.

use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;

use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::file::{self, Unwritable};
use crate::print::output;
use crate::print::visible::visible;

/// Print the manual page, or write one for each command
///
/// The pages are in English, whatever --lang says.
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
    pub(crate) fn run(&self, ums: Command) -> Result<Exit, Failure> {
        match &self.dir {
            Some(dir) => {
                let mut ums = ums.disable_help_subcommand(true);
                ums.build();
                std::fs::create_dir_all(dir)
                    .map_err(Unwritable::Io)
                    .and_then(|()| write(ums, dir))
                    .or_fail(FailureKind::System)
                    .map_err(|failure| {
                        let name = visible(&dir.display().to_string());
                        failure.about((
                            format!("--dir: {name} cannot be written to"),
                            format!("--dir：无法写入 {name}"),
                        ))
                    })?;
            }
            None => {
                let mut page = Vec::new();
                Man::new(ums)
                    .render(&mut page)
                    .and_then(|()| output::bytes(&page))
                    .or_fail(FailureKind::System)?;
            }
        }
        Ok(Exit::Success)
    }
}

/// A page for the command and one for each below it, which all may read.
fn write(command: Command, dir: &Path) -> Result<(), Unwritable> {
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        write(below.clone(), dir)?;
    }
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render(&mut page).map_err(Unwritable::Io)?;
    file::write(&dir.join(man.get_filename()), &page, 0o644)
}

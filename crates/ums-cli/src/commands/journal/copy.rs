//! `ums journal export`, `import` and `check`.

use std::io::IsTerminal;
use std::path::PathBuf;

use ums_durable::journal::{
    ChainCheck, ChainHash, RecordedFact, StoreCommand, StoreReceipt, fact_of_line, line_of_fact,
};

use super::opened::{Opened, set};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::named;
use crate::input::fields::missing;
use crate::input::journalling::JournalFlag;
use crate::journal::open::open;
use crate::language::Message;
use crate::print::output;

const PAGE: usize = 1000;

/// Print the whole journal as JSON Lines, one fact a line
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    journal: JournalFlag,
}

/// Write the facts of an export into the journal; those that are there stay
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// File that holds an export; - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    journal: JournalFlag,
}

/// Go through every fact, and say whether one is missing or was changed
#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The head that an earlier check printed: the journal must still have it
    #[arg(long, value_name = "FACTS:HASH")]
    head: Option<String>,

    #[command(flatten)]
    journal: JournalFlag,
}

impl ExportArgs {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let opened = Opened::there(context)?;
        each_page(&opened, |facts| {
            let lines = facts.iter().map(|fact| line_of_fact(fact) + "\n");
            let text: String = lines.collect();
            // Each byte counts for the hashes, but a terminal obeys some.
            let written = match std::io::stdout().is_terminal() {
                true => output::lines(&text),
                false => output::bytes(text.as_bytes()),
            };
            written.or_fail(FailureKind::System)
        })?;
        Ok(Exit::Success)
    }
}

impl ImportArgs {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let bytes = named::bytes("FILE", &self.file)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| missing(("it is not UTF-8", "编码不是 UTF-8")))?;
        let mut facts = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let line = fact_of_line(line).or_fail(FailureKind::InvalidInput);
            let number = at + 1;
            let place = Message::new(format!("line {number}"), format!("第 {number} 行"));
            facts.push(line.map_err(|failure| failure.about(place))?);
        }
        // Nothing is written unless every line can be read.
        let opened = Opened::at(&set(context)?, open)?;
        let mut added = 0;
        for group in facts.chunks(PAGE) {
            let commit = opened
                .store
                .commit(vec![StoreCommand::Restore(group.to_vec())]);
            let results = opened
                .runtime
                .block_on(commit)
                .or_fail(FailureKind::Journal)?;
            for result in results {
                if let StoreReceipt::Restored(new) = result.or_fail(FailureKind::Journal)? {
                    added += new;
                }
            }
        }
        let text = match context.json {
            true => serde_json::json!({ "facts": facts.len(), "added": added }).to_string(),
            false => match context.language {
                ums_client::Language::Chinese => {
                    format!("共 {} 条记录，新写入 {added} 条。", facts.len())
                }
                _ => format!("{} facts, {added} of them new here.", facts.len()),
            },
        };
        output::result(text).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }
}

impl CheckArgs {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let known = self.head.as_deref().map(head_of).transpose()?;
        let opened = Opened::there(context)?;
        let head = opened.runtime.block_on(opened.store.head());
        let head = head.or_fail(FailureKind::Journal)?;
        let mut check = ChainCheck::new();
        let mut has_known = known
            .as_ref()
            .is_none_or(|(facts, chain)| *facts == 0 && *chain == ChainHash::of_nothing());
        each_page(&opened, |facts| {
            for fact in facts {
                check.take(fact).or_fail(FailureKind::Journal)?;
                let (number, chain) = check.head();
                has_known |= known
                    .as_ref()
                    .is_some_and(|(known, hash)| number == *known && hash == chain);
            }
            Ok(())
        })?;
        let (facts, chain) = check.head();
        // Facts may have been added since the head was read.
        let is_whole = facts >= head.facts;
        if !is_whole || !has_known {
            let (english, chinese) = match is_whole {
                false => ("its last facts are missing", "缺少最后的记录"),
                true => (
                    "it does not have the facts of that head: it has forgotten some, or is another \
                     journal",
                    "其中没有该校验值对应的记录：可能丢失了记录，或不是同一份流水",
                ),
            };
            return Err(Failure::text(
                FailureKind::JournalNotAccepted,
                (english, chinese),
            ));
        }
        let text = match context.json {
            true => serde_json::json!({
                "journal": head.journal.as_str(),
                "facts": facts,
                "chain": chain.as_str(),
                "head": format!("{facts}:{chain}"),
                "without_details": check.without_details(),
            })
            .to_string(),
            false => match context.language {
                ums_client::Language::Chinese => {
                    format!(
                        "完整：流水 {}，共 {facts} 条记录，校验值 {facts}:{chain}",
                        head.journal
                    )
                }
                _ => format!(
                    "Whole: journal {}, {facts} facts, head {facts}:{chain}",
                    head.journal
                ),
            },
        };
        output::result(text).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }
}

fn head_of(text: &str) -> Result<(u64, ChainHash), Failure> {
    let parts = text.split_once(':');
    let head =
        parts.and_then(|(facts, hash)| Some((facts.parse().ok()?, ChainHash::from_text(hash)?)));
    head.ok_or_else(|| {
        missing((
            "must be FACTS:HASH as ums journal check printed it",
            "应为 ums journal check 输出的校验值",
        ))
        .named("--head")
    })
}

fn each_page(
    opened: &Opened,
    mut take: impl FnMut(&[RecordedFact]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let facts = opened.runtime.block_on(opened.store.facts(after, PAGE));
        let facts = facts.or_fail(FailureKind::Journal)?;
        let Some(last) = facts.last() else {
            return Ok(());
        };
        after = last.number();
        take(&facts)?;
    }
}

//! `ums journal export`, `import` and `check`.

use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;

use ums_durable::journal::{
    ChainHash, ExportCheck, KeyOfJournal, RecordedFact, StoreCommand, StoreError, StoreReceipt,
    first_line_of_export, last_line_of_export, line_of_fact,
};

use super::opened::{Opened, set};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::named::{self, Readable};
use crate::input::fields::missing;
use crate::input::journalling::JournalFlag;
use crate::journal::open::open;
use crate::language::{Message, Told};
use crate::print::output;

const PAGE: usize = 1000;

/// Print the whole journal as JSON Lines, one fact a line
///
/// The first line has the key in it that requests are told apart by: with it the calls are known
/// again where the export is imported. Keep an export where nobody else can read it.
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
        let (key, head) = opened
            .runtime
            .block_on(async {
                let key = opened.store.key().await?;
                Ok::<_, StoreError>((key, opened.store.head().await?))
            })
            .or_fail(FailureKind::Journal)?;
        let first = first_line_of_export(&head.journal, &key);
        write_lines(&(first.or_fail(FailureKind::System)? + "\n"))?;
        let (mut facts, mut chain) = (0, ChainHash::of_nothing());
        each_page(&opened, |page| {
            let lines = page.iter().map(|fact| line_of_fact(fact) + "\n");
            let text: String = lines.collect();
            if let Some(last) = page.last() {
                (facts, chain) = (last.number(), last.chain().clone());
            }
            write_lines(&text)
        })?;
        let last = last_line_of_export(facts, &chain);
        write_lines(&(last.or_fail(FailureKind::System)? + "\n"))?;
        Ok(Exit::Success)
    }
}

impl ImportArgs {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let mut export = named::readable("FILE", &self.file)?;
        // Nothing is written unless all of it is as it was exported. It is read twice, so that one
        // of any length can be.
        let of = each_fact(&mut *export, |_| Ok(()))?;
        export.rewind().or_fail(FailureKind::InvalidInput)?;
        let opened = Opened::at(&set(context)?, open)?;
        let head = opened.runtime.block_on(opened.store.head());
        let head = head.or_fail(FailureKind::Journal)?;
        if of.journal != head.journal {
            let key = of.fact().or_fail(FailureKind::InvalidInput)?;
            let key = RecordedFact::new(1, &ChainHash::of_nothing(), head.now, key);
            restore(&opened, vec![key.or_fail(FailureKind::System)?])?;
        }
        let (mut facts, mut added) = (0_usize, 0);
        let mut page = Vec::with_capacity(PAGE);
        each_fact(&mut *export, |fact| {
            facts += 1;
            page.push(fact);
            if page.len() == PAGE {
                added += restore(&opened, std::mem::take(&mut page))?;
            }
            Ok(())
        })?;
        if !page.is_empty() {
            added += restore(&opened, page)?;
        }
        let text = match context.json {
            true => serde_json::json!({ "facts": facts, "added": added }).to_string(),
            false => match context.language {
                ums_client::Language::Chinese => {
                    format!("共 {facts} 条记录，新写入 {added} 条。")
                }
                _ => format!("{facts} facts, {added} of them new here."),
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
        let checked = opened.runtime.block_on(opened.store.check());
        let checked = checked.or_fail(FailureKind::Journal)?;
        if let Some(broken) = &checked.broken {
            return Err(Failure::new(FailureKind::Journal, broken));
        }
        if let Some((first, others)) = checked.tables.split_first() {
            let failure = Failure::new(FailureKind::Journal, first);
            return Err(others.iter().fold(failure, |failure, fault| {
                failure.and(Message::new("; ", "；")).and(fault.told())
            }));
        }
        let has_known = match &known {
            None => true,
            Some((0, chain)) => *chain == ChainHash::of_nothing(),
            Some((facts, chain)) => {
                let fact = opened.store.facts(facts - 1, 1);
                let fact = opened
                    .runtime
                    .block_on(fact)
                    .or_fail(FailureKind::Journal)?;
                fact.first().is_some_and(|fact| fact.chain() == chain)
            }
        };
        let (facts, chain) = (checked.facts, &checked.chain);
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
                "without_details": checked.without_details,
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

/// Hands out each fact of an export, once it follows those before it, and says of which journal it
/// is.
fn each_fact(
    export: &mut dyn Readable,
    mut take: impl FnMut(RecordedFact) -> Result<(), Failure>,
) -> Result<KeyOfJournal, Failure> {
    /// Far above any fact.
    const LONGEST: u64 = 16 << 20;
    let mut check = ExportCheck::new();
    let mut export = BufReader::new(export);
    let (mut number, mut line) = (0_usize, Vec::new());
    let about = |number: usize| Message::new(format!("line {number}"), format!("第 {number} 行"));
    loop {
        line.clear();
        let mut rest = export.by_ref().take(LONGEST);
        let read = rest.read_until(b'\n', &mut line);
        let read = read.or_fail(FailureKind::InvalidInput)?;
        if read == 0 {
            break;
        }
        number += 1;
        let text = std::str::from_utf8(&line)
            .map_err(|_| missing(("it is not UTF-8", "编码不是 UTF-8")))
            .map_err(|failure| failure.about(about(number)))?;
        if text.trim().is_empty() {
            continue;
        }
        let fact = check.take(text.trim()).or_fail(FailureKind::InvalidInput);
        if let Some(fact) = fact.map_err(|failure| failure.about(about(number)))? {
            take(fact)?;
        }
    }
    let of = check.finish().or_fail(FailureKind::InvalidInput);
    of.map_err(|failure| failure.about(about(number)))
}

fn restore(opened: &Opened, facts: Vec<RecordedFact>) -> Result<usize, Failure> {
    let commit = opened.store.commit(vec![StoreCommand::Restore(facts)]);
    let results = opened.runtime.block_on(commit);
    let mut added = 0;
    for result in results.or_fail(FailureKind::Journal)? {
        if let StoreReceipt::Restored(new) = result.or_fail(FailureKind::Journal)? {
            added += new;
        }
    }
    Ok(added)
}

/// Each byte counts for the hashes, but a terminal obeys some.
fn write_lines(text: &str) -> Result<(), Failure> {
    let written = match std::io::stdout().is_terminal() {
        true => output::lines(text),
        false => output::bytes(text.as_bytes()),
    };
    written.or_fail(FailureKind::System)
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

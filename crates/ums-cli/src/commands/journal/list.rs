//! `ums journal list` and `ums journal show`.

use std::io;

use ums_client::Language;
use ums_client::journal::OutcomeRecord;
use ums_client::model::{Fen, Resolve};
use ums_durable::journal::{Cursor, Filter, ListOrder, State, StoredCall};

use super::opened::Opened;
use crate::call::kept::rows_of;
use crate::config::settings::Settings;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::journalling::{JournalFlag, call_id};
use crate::journal::known::{known, what};
use crate::language::{say, word};
use crate::past::next_command;
use crate::print::entry::in_yuan;
use crate::print::output;
use crate::print::table::{Row, table};
use crate::report::Report;

/// List calls; those that are open with what to do about each
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only those of which it is not known what became of them
    #[arg(long)]
    open: bool,

    /// Only those on the order with this id, the platform's or your own
    #[arg(long, value_name = "ID")]
    order: Option<String>,

    #[command(flatten)]
    journal: JournalFlag,
}

/// Show one call with its history
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// The call
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    journal: JournalFlag,
}

const PAGE: usize = 200;

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let settings = context.settings()?;
        let opened = Opened::there(context)?;
        let mut filter = match self.open {
            true => Filter::open(),
            false => Filter::new(),
        };
        filter.order.clone_from(&self.order);
        let (mut after, mut found) = (None, 0_usize);
        loop {
            let page = page(&opened, &filter, after)?;
            for call in &page.calls {
                found += 1;
                print_call(call, self.open, &settings, context);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        if found == 0 && !context.json {
            let (english, chinese) = match self.open {
                true => ("No call is open.", "没有待核实的交易。"),
                false => ("There are no such calls.", "没有符合条件的交易。"),
            };
            print_text(context.say(english, chinese));
        }
        Ok(Exit::Success)
    }
}

fn page(
    opened: &Opened,
    filter: &Filter,
    after: Option<Cursor>,
) -> Result<ums_durable::journal::CallPage, Failure> {
    let search = opened
        .store
        .search(filter, ListOrder::OldestFirst, after, PAGE);
    opened
        .runtime
        .block_on(search)
        .or_fail(FailureKind::Journal)
}

fn print_call(call: &StoredCall, is_open: bool, settings: &Settings<'_>, context: &Context<'_>) {
    let language = context.language;
    let record = record_of(call, settings, language);
    if context.json {
        let mut record = record;
        record.history.clear();
        match serde_json::to_string(&record) {
            Ok(line) => print_text(&line),
            Err(error) => output::cannot_be_written(&io::Error::from(error)),
        }
        return;
    }
    print_text(&line(call, &record, language));
    if is_open {
        let todo = todo(call, &record, language);
        print_text(&format!("  {todo}\n"));
    }
}

fn print_text(text: &str) {
    if let Err(error) = output::result(text) {
        output::cannot_be_written(&error);
    }
}

/// The record of a call with the command to run now.
pub(super) fn record_of(
    call: &StoredCall,
    settings: &Settings<'_>,
    language: Language,
) -> OutcomeRecord {
    let mut record = known(call, language);
    let command = next_command::of_kept(record.next_step, call.id.as_str(), settings);
    if let Some(command) = command {
        record.next = command.after(&record.next, language);
    }
    record
}

/// One call on one line: its id, when it began, what it is, on what, for how much, what became of
/// it.
fn line(call: &StoredCall, record: &OutcomeRecord, language: Language) -> String {
    let operation = word(&call.view.request.operation, language);
    let order = record
        .order
        .ums
        .as_deref()
        .or(record.order.merchant.as_deref());
    let amount = record.amount_fen.map(Fen::new);
    let amount = amount.map_or("-".to_owned(), |fen| in_yuan(fen).said(language).to_owned());
    let began = ums_client::journal::to_china_time(call.view.began.at);
    let began = began.get(..19).unwrap_or_default().replace('T', " ");
    let outcome = match call.view.is_running() {
        true => say(language, "running", "进行中"),
        false => word(record.outcome.as_str(), language),
    };
    let order = order.unwrap_or("-");
    let marks = marks(call, record, language);
    format!(
        "{}  {began}  {operation}  {order}  {amount}  {outcome}{marks}",
        call.id
    )
}

/// What else must be seen beside the outcome: that what was carried out is not in force any more,
/// and that what is known is not what was told.
fn marks(call: &StoredCall, record: &OutcomeRecord, language: Language) -> String {
    let is_taken_back = record.stands == Some(false);
    [
        (is_taken_back, ", taken back", "，已撤回"),
        (call.view.contradicted, ", contradicted", "，前后矛盾"),
    ]
    .into_iter()
    .filter(|(is, ..)| *is)
    .map(|(_, english, chinese)| say(language, english, chinese))
    .collect()
}

/// What to do about an open call.
pub(super) fn todo(call: &StoredCall, record: &OutcomeRecord, language: Language) -> String {
    let view = &call.view;
    let request = view.request.to_request().ok();
    let can_be_asked = request.is_some_and(|request| request.query().is_some());
    let id = &call.id;
    match view.state {
        State::Intended | State::Sending if call.is_held() => say(
            language,
            "A process is at it now. Wait, then look again.",
            "有进程正在处理，请稍候再查看。",
        )
        .to_owned(),
        State::Intended => match language {
            Language::Chinese => format!(
                "处理该笔的进程已中断，请求并未发送；重新运行同一命令即可。{}",
                record.next
            ),
            _ => format!(
                "Its process died before anything was sent; the same command again goes on with \
                 it. {}",
                record.next
            ),
        },
        State::AwaitingStatement => by_statement(id.as_str(), language),
        _ if !can_be_asked => by_statement(id.as_str(), language),
        State::Sending => match language {
            Language::Chinese => format!("处理该笔的进程已中断，请求可能已发出。{}", record.next),
            _ => format!(
                "Its process died, and the request may have left. {}",
                record.next
            ),
        },
        _ => format!("{} {}", what(record, language), record.next),
    }
}

fn by_statement(id: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "已无法通过查询核实：请以银联商务对账单为准，或向银联商务核实，然后运行：\
             ums journal close {id} --as approved|declined --reason … --evidence …"
        ),
        _ => format!(
            "No query can tell: look at the platform's statement, or ask UMS, and then run: \
             ums journal close {id} --as approved|declined --reason … --evidence …"
        ),
    }
}

impl ShowArgs {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let settings = context.settings()?;
        let opened = Opened::there(context)?;
        let call = opened.call(&call_id(&self.id)?)?;
        Ok(show(&call, &settings, context))
    }
}

/// Prints one call with its history.
pub(super) fn show(call: &StoredCall, settings: &Settings<'_>, context: &Context<'_>) -> Exit {
    let language = context.language;
    let step = known(call, language).next_step;
    let command = next_command::of_kept(step, call.id.as_str(), settings);
    let report = Report::of_known(call, None, command.as_ref(), language);
    let mut rows = rows_of(&report, language);
    rows.extend(of_call(report.record(), language));
    rows.extend(history(report.record(), language));
    crate::call::carry_out::print(&report, rows, context);
    report.exit()
}

fn of_call(record: &OutcomeRecord, language: Language) -> Vec<Row> {
    let row = |english, chinese, value: &Option<String>| {
        let value = value.clone()?;
        Some((say(language, english, chinese), value))
    };
    [
        row("key", "幂等键", &record.key),
        row("profile", "配置档案", &record.profile),
        row("store", "门店编号", &record.store_id),
        row("operator", "操作员编号", &record.operator_id),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn history(record: &OutcomeRecord, language: Language) -> Vec<Row> {
    let facts = record.history.iter();
    facts
        .map(|fact| {
            let texts = [
                Some(word(&fact.fact, language)),
                fact.says.as_deref().map(|says| word(says, language)),
                fact.reason.as_deref(),
                fact.evidence.as_deref(),
                fact.by.as_deref(),
            ];
            let texts: Vec<_> = texts.into_iter().flatten().collect();
            let at = fact.at.get(..23).unwrap_or_default().replace('T', " ");
            let text = format!("{at}  {}", texts.join("  "));
            (say(language, "fact", "记录"), text)
        })
        .collect()
}

/// A table of rows below a sentence.
pub(super) fn print_table(sentence: &str, rows: &[Row]) {
    let text = format!("{sentence}\n\n{}", table(rows));
    if let Err(error) = output::lines(&text) {
        output::cannot_be_written(&error);
    }
}

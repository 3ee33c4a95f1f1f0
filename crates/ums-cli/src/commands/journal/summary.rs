//! `ums journal summary`.

use chrono::{NaiveDate, TimeDelta};
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use ums_client::model::Fen;
use ums_client::{Clock, Language, SystemClock};
use ums_durable::{Sum, SummaryBy, SummaryRow, summarize};

use super::list::print_table;
use super::opened::Opened;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::input::journalling::JournalFlag;
use crate::language::say;
use crate::print::entry::in_yuan;
use crate::print::output;
use crate::print::table::Row;

/// Count a day's calls for the shift's close: how many, how much, and what is still open
///
/// Payments and completed holds are taken; voids, reversals and refunds are given back. What is
/// unknown counts as neither, and must be 0 before a till is closed. The command exits with 5 while
/// it is not.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to count apart
    #[arg(long, value_name = "WHAT", required = true)]
    #[arg(value_parser = PossibleValuesParser::new(["terminal", "operator", "store", "wallet"]))]
    by: String,

    /// The day in China on which the calls began [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<String>,

    #[command(flatten)]
    journal: JournalFlag,
}

/// A sum, for a script.
#[derive(Serialize)]
struct SumOfCalls {
    count: u64,
    fen: u64,
    /// Of how many the amount is not known, so that they are not in the sum.
    without_amount: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    day: String,
    by: &'a str,
    name: Option<&'a str>,
    taken: SumOfCalls,
    taken_back: SumOfCalls,
    refunded: SumOfCalls,
    unknown: SumOfCalls,
    net_fen: i128,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let day = self.day()?;
        let opened = Opened::there(context)?;
        let by = match self.by.as_str() {
            "terminal" => SummaryBy::Terminal,
            "operator" => SummaryBy::Operator,
            "store" => SummaryBy::Store,
            _ => SummaryBy::Wallet,
        };
        let groups = summarize(&*opened.store, by, day);
        let groups = opened.runtime.block_on(groups);
        let groups = groups.or_fail(FailureKind::Journal)?;
        let unknown: u64 = groups.values().map(|group| group.unknown.count).sum();
        for (name, group) in &groups {
            self.print(day, name.as_deref(), group, context);
        }
        if groups.is_empty() && !context.json {
            let none = context.say("There are no calls of that day.", "当日没有交易。");
            output::result(none).or_fail(FailureKind::System)?;
        }
        Ok(match unknown {
            0 => Exit::Success,
            _ => Exit::Unknown,
        })
    }

    fn day(&self) -> Result<NaiveDate, Failure> {
        const EAST: i32 = 8 * 3600;
        let Some(text) = &self.day else {
            let there = SystemClock::default().now() + TimeDelta::seconds(EAST.into());
            return Ok(there.date_naive());
        };
        text.parse().map_err(|_| {
            missing(("must be a day as YYYY-MM-DD", "应为 YYYY-MM-DD 格式的日期")).named("--day")
        })
    }

    fn print(&self, day: NaiveDate, name: Option<&str>, group: &SummaryRow, context: &Context<'_>) {
        let language = context.language;
        if context.json {
            let line = Line {
                day: day.to_string(),
                by: &self.by,
                name,
                taken: sum(&group.paid),
                taken_back: sum(&group.taken_back),
                refunded: sum(&group.refunded),
                unknown: sum(&group.unknown),
                net_fen: group.net_fen(),
            };
            let text = serde_json::to_string(&line).map_err(std::io::Error::from);
            if let Err(error) = text.and_then(output::result) {
                output::cannot_be_written(&error);
            }
            return;
        }
        let what = match self.by.as_str() {
            "terminal" => say(language, "terminal", "终端"),
            "operator" => say(language, "operator", "操作员"),
            "store" => say(language, "store", "门店"),
            _ => say(language, "wallet", "支付渠道"),
        };
        let name = name.unwrap_or(say(language, "not named", "未注明"));
        let rows: [Row; 5] = [
            (say(language, "taken", "收款"), shown(&group.paid, language)),
            (
                say(language, "voided or reversed", "撤销、冲正"),
                shown(&group.taken_back, language),
            ),
            (
                say(language, "refunded", "退款"),
                shown(&group.refunded, language),
            ),
            (say(language, "net", "实收"), net(group.net_fen(), language)),
            (
                say(language, "unknown, must be 0", "待核实（应为 0）"),
                shown(&group.unknown, language),
            ),
        ];
        print_table(&format!("{day}  {what} {name}"), &rows);
    }
}

fn sum(sum: &Sum) -> SumOfCalls {
    SumOfCalls {
        count: sum.count,
        fen: sum.fen,
        without_amount: sum.without_amount,
    }
}

fn shown(sum: &Sum, language: Language) -> String {
    let amount = net(i128::from(sum.fen), language);
    let count = sum.count;
    let text = match language {
        Language::Chinese => format!("{count} 笔，{amount}"),
        _ => format!("{count}, {amount}"),
    };
    match (sum.without_amount, language) {
        (0, _) => text,
        (some, Language::Chinese) => format!("{text}（另有 {some} 笔金额未知）"),
        (some, _) => format!("{text} (the amounts of {some} are not known)"),
    }
}

fn net(fen: i128, language: Language) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let size = u64::try_from(fen.unsigned_abs()).ok();
    let amount = size.map(Fen::new);
    match amount {
        Some(amount) => format!("{sign}{}", in_yuan(amount).said(language)),
        None => match language {
            Language::Chinese => format!("{fen} 分"),
            _ => format!("{fen} fen"),
        },
    }
}

//! `ums journal summary`.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use ums_client::journal::OutcomeRecord;
use ums_client::model::{Fen, OPERATIONS, PosOperation};
use ums_client::{Clock, Language, SystemClock};
use ums_durable::journal::{Filter, ListOrder, StoredCall};

use super::list::print_table;
use super::opened::Opened;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::input::journalling::JournalFlag;
use crate::journal::known::known;
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

/// Some calls, counted and added up, in fen.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Sum {
    count: u64,
    fen: u64,
    /// How many of them do not say their amount, so that they are not in the sum.
    without_amount: u64,
}

/// What was counted of one terminal, operator, store or wallet.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Group {
    taken: Sum,
    taken_back: Sum,
    refunded: Sum,
    unknown: Sum,
}

#[derive(Serialize)]
struct Line<'a> {
    day: String,
    by: &'a str,
    name: Option<&'a str>,
    #[serde(flatten)]
    group: &'a Group,
    net_fen: i128,
}

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let day = self.day()?;
        let opened = Opened::there(context)?;
        let filter = Filter::new().with_trading_day(day);
        let mut groups: BTreeMap<Option<String>, Group> = BTreeMap::new();
        let mut after = None;
        loop {
            let search = opened
                .store
                .search(&filter, ListOrder::OldestFirst, after, 200);
            let page = opened
                .runtime
                .block_on(search)
                .or_fail(FailureKind::Journal)?;
            for call in page
                .calls
                .iter()
                .filter(|call| call.view.request.moves_money)
            {
                let amount = self.amount(&opened, call)?;
                let record = known(call, Language::English);
                let name = match self.by.as_str() {
                    "terminal" => record.terminal.clone(),
                    "operator" => record.operator_id.clone(),
                    "store" => record.store_id.clone(),
                    _ => record.wallet.clone(),
                };
                groups.entry(name).or_default().count(call, &record, amount);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
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

    /// How much a call moved: what it asked for, or what its payment did.
    fn amount(&self, opened: &Opened, call: &StoredCall) -> Result<Option<u64>, Failure> {
        if let Some(fen) = known(call, Language::English).amount_fen {
            return Ok(Some(fen));
        }
        for id in call.view.request.order() {
            let filter = Filter::new().with_order(id.id.clone());
            let search = opened
                .store
                .search(&filter, ListOrder::OldestFirst, None, 50);
            let page = opened
                .runtime
                .block_on(search)
                .or_fail(FailureKind::Journal)?;
            let payment = page
                .calls
                .iter()
                .find(|other| kind(other) == Some(Kind::Taken) && other.view.counts_as_executed());
            if let Some(payment) = payment {
                return Ok(known(payment, Language::English).amount_fen);
            }
        }
        Ok(None)
    }

    fn print(&self, day: NaiveDate, name: Option<&str>, group: &Group, context: &Context<'_>) {
        let language = context.language;
        if context.json {
            let line = Line {
                day: day.to_string(),
                by: &self.by,
                name,
                group,
                net_fen: group.net(),
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
            (say(language, "taken", "收款"), group.taken.shown(language)),
            (
                say(language, "voided or reversed", "撤销、冲正"),
                group.taken_back.shown(language),
            ),
            (
                say(language, "refunded", "退款"),
                group.refunded.shown(language),
            ),
            (say(language, "net", "实收"), net(group.net(), language)),
            (
                say(language, "unknown, must be 0", "待核实（应为 0）"),
                group.unknown.shown(language),
            ),
        ];
        print_table(&format!("{day}  {what} {name}"), &rows);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Taken,
    TakenBack,
    Refunded,
}

/// What an operation does with money; `None` of a hold, which takes none.
fn kind(call: &StoredCall) -> Option<Kind> {
    let name = &call.view.request.operation;
    let spec = OPERATIONS.iter().find(|spec| spec.name == name)?;
    match spec.kind {
        PosOperation::Pay
        | PosOperation::CompleteAuthorization
        | PosOperation::QuickCompleteAuthorization => Some(Kind::Taken),
        PosOperation::VoidPayment | PosOperation::ReversePayment => Some(Kind::TakenBack),
        PosOperation::Refund => Some(Kind::Refunded),
        _ => None,
    }
}

impl Group {
    fn count(&mut self, call: &StoredCall, record: &OutcomeRecord, amount: Option<u64>) {
        if call.view.is_open() {
            self.unknown.add(amount);
            return;
        }
        if !call.view.counts_as_executed() {
            return;
        }
        match kind(call) {
            Some(Kind::Taken) => self.taken.add(amount),
            Some(Kind::TakenBack) => self.taken_back.add(amount),
            Some(Kind::Refunded) => self.refunded.add(record.refunded_fen.or(amount)),
            None => {}
        }
    }

    fn net(&self) -> i128 {
        i128::from(self.taken.fen) - i128::from(self.taken_back.fen) - i128::from(self.refunded.fen)
    }
}

impl Sum {
    fn add(&mut self, amount: Option<u64>) {
        self.count += 1;
        match amount {
            Some(fen) => self.fen = self.fen.saturating_add(fen),
            None => self.without_amount += 1,
        }
    }

    fn shown(&self, language: Language) -> String {
        let amount = net(i128::from(self.fen), language);
        let Self {
            count,
            without_amount,
            ..
        } = self;
        let text = match language {
            Language::Chinese => format!("{count} 笔，{amount}"),
            _ => format!("{count}, {amount}"),
        };
        match (without_amount, language) {
            (0, _) => text,
            (some, Language::Chinese) => format!("{text}（另有 {some} 笔金额未知）"),
            (some, _) => format!("{text} (the amounts of {some} are not known)"),
        }
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

//! What a shift or a day came to, for closing it: what is unknown must be nothing.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;
use ums_journal::{
    FactKind, Filter, OrderRole, Store, StoredCall, StoredOrderId, TakeBackProgress,
};

use crate::answer::journal_error::JournalError;
use crate::process::write::WriteError;
use crate::resolver::take_up::every_in;

/// What calls are summed up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SummaryBy {
    /// The terminal (终端号).
    Terminal,
    /// The operator (操作员编号).
    Operator,
    /// The store (门店号).
    Store,
    /// The wallet, as the platform's replies name it.
    Wallet,
}

/// What the calls of one terminal, operator, store or wallet came to that began on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SummaryRow {
    /// Payments that were carried out, and completions of holds.
    pub paid: Sum,
    /// Payments that were taken back as a whole.
    pub taken_back: Sum,
    /// Refunds that were carried out.
    pub refunded: Sum,
    /// Calls of which it is not known what became of them: must be nothing before a shift is
    /// closed.
    pub unknown: Sum,
}

/// How many, and of how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Of how much, in fen.
    pub fen: u64,
    /// Of how many the amount is not known to this journal.
    pub without_amount: u64,
}

impl SummaryRow {
    /// What was received: paid, less what was taken back and refunded, in fen.
    pub fn net_fen(&self) -> i128 {
        let out = i128::from(self.taken_back.fen) + i128::from(self.refunded.fen);
        i128::from(self.paid.fen) - out
    }
}

impl Sum {
    fn add(&mut self, fen: Option<u64>) {
        self.count += 1;
        self.fen = self.fen.saturating_add(fen.unwrap_or_default());
        self.without_amount += u64::from(fen.is_none());
    }
}

/// Sums up the calls of a journal that began on a day (UTC+8), for closing a shift: what is unknown
/// must be nothing. What names no terminal, operator, store or wallet is under `None`.
///
/// # Errors
///
/// Returns an error if the journal cannot be read.
pub async fn summarize(
    store: &dyn Store,
    by: SummaryBy,
    day: NaiveDate,
) -> Result<BTreeMap<Option<String>, SummaryRow>, JournalError> {
    Ok(summary(store, by, day).await?)
}

async fn summary(
    store: &dyn Store,
    by: SummaryBy,
    day: NaiveDate,
) -> Result<BTreeMap<Option<String>, SummaryRow>, WriteError> {
    let calls = every_in(store, &Filter::new().with_trading_day(day)).await?;
    let mut rows: BTreeMap<Option<String>, SummaryRow> = BTreeMap::new();
    for call in &calls {
        let view = &call.view;
        if !view.request.moves_money {
            continue;
        }
        let row = rows.entry(group_of(call, by)).or_default();
        if view.is_open() {
            row.unknown.add(view.request.amount_fen);
        }
        if !view.counts_as_executed() {
            continue;
        }
        match (view.request.role, view.request.operation.as_str()) {
            (OrderRole::Payment, _) => {
                row.paid.add(view.request.amount_fen);
                // Undone, and by no call of this journal.
                let here = view.taken_back().iter();
                let mut here = here.filter(|word| word.progress == TakeBackProgress::Done);
                let is_here = here.next().is_some() || is_taken_back_here(store, call).await?;
                if !view.stands && !is_here {
                    row.taken_back.add(view.request.amount_fen);
                }
            }
            (OrderRole::TakeBack, _) => {
                let amount = taken_back_fen(store, call).await?;
                row.taken_back.add(amount);
            }
            (_, "refund") => row.refunded.add(view.request.amount_fen),
            (_, "complete_authorization" | "quick_complete_authorization") => {
                row.paid.add(view.request.amount_fen);
            }
            _ => {}
        }
    }
    rows.retain(|_, row| *row != SummaryRow::default());
    Ok(rows)
}

fn group_of(call: &StoredCall, by: SummaryBy) -> Option<String> {
    let request = &call.view.request;
    match by {
        SummaryBy::Terminal => request.terminal.clone(),
        SummaryBy::Operator => request.operator_id.clone(),
        SummaryBy::Store => request.store_id.clone(),
        SummaryBy::Wallet => reply_member(call, "thirdPartyName"),
    }
}

/// The amount of the payment that was taken back: as this journal has it, or as the reply says.
async fn taken_back_fen(store: &dyn Store, call: &StoredCall) -> Result<Option<u64>, WriteError> {
    for other in on_order(store, call.view.request.order()).await? {
        if other.view.request.role == OrderRole::Payment && other.view.request.amount_fen.is_some()
        {
            return Ok(other.view.request.amount_fen);
        }
    }
    let said = reply_member(call, "transactionAmount");
    Ok(said.and_then(|fen| fen.parse().ok()))
}

/// Whether a call of this journal has taken the payment back.
async fn is_taken_back_here(store: &dyn Store, call: &StoredCall) -> Result<bool, WriteError> {
    let others = on_order(store, call.view.request.order()).await?;
    Ok(others.iter().any(|other| {
        other.view.request.role == OrderRole::TakeBack && other.view.counts_as_executed()
    }))
}

async fn on_order(
    store: &dyn Store,
    order: &[StoredOrderId],
) -> Result<Vec<StoredCall>, WriteError> {
    let Some(id) = order.first() else {
        return Ok(Vec::new());
    };
    let mut filter = Filter::new().with_order(id.id.clone());
    filter.gateway = Some(id.gateway.clone());
    filter.merchant = Some(id.merchant.clone());
    every_in(store, &filter).await
}

/// A member of the reply that a call ended with, as text.
fn reply_member(call: &StoredCall, name: &str) -> Option<String> {
    let replies = call
        .facts
        .iter()
        .rev()
        .filter_map(|fact| match &fact.fact().what {
            FactKind::Ended(ended) => ended.reply.as_ref(),
            _ => None,
        });
    let mut found = replies.filter_map(|reply| {
        let reply: Value = serde_json::from_str(reply.get()).ok()?;
        match reply.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    });
    found.next()
}

//! Which calls fulfil a filter, by indexes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use ums_journal::{CallPage, Cursor, Filter, ListOrder, Stamp};

use crate::kept::db::Db;
use crate::kept::id::Id;
use crate::read::history::{signed, stored_call, unsigned};

/// One page of a list, as of one moment: inside a transaction.
pub(crate) fn search(
    db: &Db,
    filter: &Filter,
    order: ListOrder,
    after: Option<Cursor>,
    limit: usize,
    now: &Stamp,
    others_are_off: bool,
) -> rusqlite::Result<CallPage> {
    let mut query = Query::default();
    query.filter(filter, now, others_are_off);
    let (beyond, direction) = match order {
        ListOrder::OldestFirst => (">", "ASC"),
        ListOrder::NewestFirst => ("<", "DESC"),
    };
    if let Some(after) = after {
        query.add(&format!("calls.number {beyond} ?"), [integer(after.get())]);
    }
    let text = format!(
        "SELECT calls.number FROM calls WHERE {} ORDER BY calls.number {direction} LIMIT ?",
        query.conditions()
    );
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    query.values.push(Value::Integer(most));
    let mut found = db.prepare_cached(&text)?;
    let found = found.query_map(params_from_iter(query.values), |row| row.get(0))?;
    let mut found: Vec<i64> = found.collect::<Result<_, _>>()?;
    let is_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|number| Cursor::new(unsigned(*number)));
    let mut calls = Vec::with_capacity(found.len());
    for number in found {
        calls.extend(stored_call(db, number, now, others_are_off)?);
    }
    Ok(CallPage::new(calls, last.filter(|_| is_more)))
}

const WORD: &str = "(SELECT number FROM words WHERE text = ?)";

#[derive(Default)]
struct Query {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Query {
    fn conditions(&self) -> String {
        if self.conditions.is_empty() {
            "TRUE".to_owned()
        } else {
            self.conditions.join(" AND ")
        }
    }

    fn add(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push(condition.to_owned());
        self.values.extend(values);
    }

    fn equal(&mut self, column: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.add(&format!("{column} = {WORD}"), [Value::Text(value.into())]);
        }
    }

    fn filter(&mut self, filter: &Filter, now: &Stamp, others_are_off: bool) {
        // The words stand in the text, so that SQLite sees which partial index serves.
        match filter.open {
            Some(true) => self.add("is_open = 1", []),
            Some(false) => self.add("is_open = 0", []),
            None => {}
        }
        if let Some(key) = &filter.key {
            let condition = format!(
                "calls.number IN (SELECT call FROM keys \
                 WHERE key = ? AND merchant = {WORD} AND app_id = {WORD} AND gateway = {WORD})"
            );
            let scope = &key.scope;
            let parts = [&scope.merchant, &scope.app_id, &scope.gateway];
            let parts = parts.map(|part| Value::Text(part.clone()));
            let key = Id(key.key.as_str()).value();
            self.add(&condition, std::iter::once(key).chain(parts));
        }
        if let Some(id) = &filter.order {
            let condition = "calls.number IN (SELECT call FROM order_calls \
                WHERE order_calls.place IN (SELECT coalesce(kept, order_ids.place) FROM order_ids \
                LEFT JOIN joined_places USING (place) WHERE id = ?))";
            self.add(condition, [Id(id).value()]);
        }
        self.equal("gateway", filter.gateway.as_deref());
        self.equal("merchant", filter.merchant.as_deref());
        self.equal("operation", filter.operation.as_deref());
        self.equal("profile", filter.profile.as_deref());
        if let Some(amount) = filter.amount_fen {
            self.add("amount_fen = ?", [integer(amount)]);
        }
        self.equal("state", filter.state.map(|state| state.as_str()));
        self.equal("outcome", filter.outcome.map(|outcome| outcome.as_str()));
        if let Some(since) = filter.since {
            self.add("began_ms >= ?", [Value::Integer(milliseconds_up(since))]);
        }
        if let Some(until) = filter.until {
            self.add("began_ms < ?", [Value::Integer(milliseconds_up(until))]);
        }
        self.equal("holder", filter.owner.as_ref().map(|owner| owner.as_str()));
        if let Some(is_abandoned) = filter.abandoned {
            self.abandoned(is_abandoned, now, others_are_off);
        }
        if let Some(least) = filter.older_than {
            let least = duration_up(least);
            let now = now.at.timestamp_millis();
            self.add(
                "max(? - began_ms, 0) >= ?",
                [Value::Integer(now), Value::Integer(least)],
            );
        }
    }

    /// The same as [`is_alive`](crate::read::history::is_alive), in SQL.
    fn abandoned(&mut self, is_abandoned: bool, now: &Stamp, others_are_off: bool) {
        let not = if is_abandoned { "NOT " } else { "" };
        let others = if others_are_off { "FALSE" } else { "TRUE" };
        let condition = format!(
            "holder IS NOT NULL AND {not}EXISTS (SELECT 1 FROM leases WHERE owner = holder \
             AND CASE WHEN machine <> ? THEN {others} \
             ELSE boot = ? AND max(? - ticks, 0) < lease_ms END)"
        );
        let values = [
            Value::Text(now.machine.clone()),
            Value::Text(now.boot.clone()),
            integer(now.ticks),
        ];
        self.add(&condition, values);
    }
}

fn integer(number: u64) -> Value {
    Value::Integer(signed(number))
}

/// Times are kept in milliseconds: what is later than a millisecond's start is in the next one.
fn milliseconds_up(at: DateTime<Utc>) -> i64 {
    let whole = at.timestamp_millis();
    let is_between = !at.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    whole.saturating_add(i64::from(is_between))
}

fn duration_up(duration: Duration) -> i64 {
    let whole = duration.as_nanos().div_ceil(1_000_000);
    i64::try_from(whole).unwrap_or(i64::MAX)
}

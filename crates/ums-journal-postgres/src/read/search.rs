//! Which calls fulfil a filter, by indexes.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};
use ums_journal::{CallPage, Cursor, Filter, ListOrder};

use crate::failure::Failure;
use crate::open::connection::Target;
use crate::read::history::{FACT, HOLDING, signed, stored_calls};

/// One page of a list, in one statement.
pub(crate) async fn search(
    client: &Client,
    target: &Target,
    system: &str,
    filter: &Filter,
    order: ListOrder,
    after: Option<Cursor>,
    limit: usize,
) -> Result<CallPage, Failure> {
    let mut query = Query::default();
    query.filter(filter, target, system);
    let (beyond, direction) = match order {
        ListOrder::OldestFirst => (">", "ASC"),
        ListOrder::NewestFirst => ("<", "DESC"),
    };
    if let Some(after) = after {
        let after = query.number(after.get());
        query.conditions.push(format!("c.number {beyond} {after}"));
    }
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let most = query.number(most);
    let now = target.now_sql();
    let text = target.sql(&format!(
        "WITH page AS MATERIALIZED (SELECT c.number FROM {{schema}}.calls c \
         JOIN {{schema}}.states s ON s.call = c.number WHERE {} \
         ORDER BY c.number {direction} LIMIT {most}) \
         SELECT {FACT}, {HOLDING}, {now} FROM page p \
         JOIN {{schema}}.facts f ON f.call = p.number \
         JOIN {{schema}}.states s ON s.call = p.number \
         LEFT JOIN {{schema}}.leases l ON l.owner = s.holder ORDER BY f.number",
        query.conditions()
    ));
    let values: Vec<(&(dyn ToSql + Sync), Type)> = query
        .values
        .iter()
        .map(|value| match value {
            Value::Text(text) => (text as &(dyn ToSql + Sync), Type::TEXT),
            Value::Number(number) => (number as &(dyn ToSql + Sync), Type::INT8),
        })
        .collect();
    let rows = client.query_typed(&text, &values).await?;
    let Some(first) = rows.first() else {
        return Ok(CallPage::default());
    };
    let now = target.stamp(system, first.try_get(12)?);
    let mut calls = stored_calls(&rows, &now)?;
    if order == ListOrder::NewestFirst {
        calls.reverse();
    }
    let is_more = calls.len() > limit;
    calls.truncate(limit);
    let last = calls.last().map(|last| Cursor::new(last.view.first_fact));
    Ok(CallPage::new(calls, last.filter(|_| is_more)))
}

enum Value {
    Text(String),
    Number(i64),
}

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

    fn value(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn number(&mut self, number: u64) -> String {
        self.value(Value::Number(signed(number)))
    }

    fn text(&mut self, text: &str) -> String {
        self.value(Value::Text(text.to_owned()))
    }

    fn add(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    fn equal(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            let value = self.text(value);
            self.add(format!("{column} = {value}"));
        }
    }

    fn filter(&mut self, filter: &Filter, target: &Target, system: &str) {
        // The words stand in the text, so that the planner sees which partial index serves.
        match filter.open {
            Some(true) => self.add("s.is_open"),
            Some(false) => self.add("NOT s.is_open"),
            None => {}
        }
        if let Some(key) = &filter.key {
            let (name, merchant) = (self.text(key.key.as_str()), self.text(&key.scope.merchant));
            let (app_id, gateway) = (self.text(&key.scope.app_id), self.text(&key.scope.gateway));
            self.add(format!(
                "c.number IN (SELECT call FROM {{schema}}.keys WHERE key = {name} \
                 AND merchant = {merchant} AND app_id = {app_id} AND gateway = {gateway})"
            ));
        }
        if let Some(id) = &filter.order {
            let id = self.text(id);
            self.add(format!(
                "c.number IN (SELECT oc.call FROM {{schema}}.order_ids o \
                 JOIN {{schema}}.order_calls oc USING (place) WHERE o.id = {id})"
            ));
        }
        self.equal("c.gateway", filter.gateway.as_deref());
        self.equal("c.merchant", filter.merchant.as_deref());
        self.equal("c.operation", filter.operation.as_deref());
        self.equal("c.profile", filter.profile.as_deref());
        if let Some(amount) = filter.amount_fen {
            let amount = self.number(amount);
            self.add(format!("c.amount_fen = {amount}"));
        }
        self.equal("s.state", filter.state.map(|state| state.as_str()));
        self.equal("s.outcome", filter.outcome.map(|outcome| outcome.as_str()));
        if let Some(since) = filter.since {
            let since = self.value(Value::Number(milliseconds_up(since)));
            self.add(format!("c.began_ms >= {since}"));
        }
        if let Some(until) = filter.until {
            let until = self.value(Value::Number(milliseconds_up(until)));
            self.add(format!("c.began_ms < {until}"));
        }
        self.equal(
            "s.holder",
            filter.owner.as_ref().map(|owner| owner.as_str()),
        );
        if let Some(is_abandoned) = filter.abandoned {
            self.abandoned(is_abandoned, target, system);
        }
        if let Some(least) = filter.older_than {
            let least = self.value(Value::Number(duration_up(least)));
            let now = target.now_sql();
            self.add(format!("greatest({now} - c.began_ms, 0) >= {least}"));
        }
    }

    fn abandoned(&mut self, is_abandoned: bool, target: &Target, system: &str) {
        let not = if is_abandoned { "NOT " } else { "" };
        let (ticks, machine, boot) = target.ticks_sql(system);
        let (machine, boot) = (self.text(&machine), self.text(&boot));
        self.add(format!(
            "s.holder IS NOT NULL AND {not}EXISTS (SELECT FROM {{schema}}.leases alive \
             WHERE alive.owner = s.holder AND alive.machine = {machine} AND alive.boot = {boot} \
             AND greatest({ticks} - alive.ticks, 0) < alive.lease_ms)"
        ));
    }
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

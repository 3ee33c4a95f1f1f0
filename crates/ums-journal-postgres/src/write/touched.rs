//! What a group looks at, read under the lock that its transaction holds.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::NaiveDate;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};
use ums_journal::{Excerpt, OrderIdKind, Owner, Stamp, StoredOrderId, Touched, TraceLine};

use crate::failure::Failure;
use crate::open::connection::Target;
use crate::read::history::{CallRows, FACT, HOLDING, fact_of, signed, unsigned};

/// Where the ids of orders are: those of one order have one place.
#[derive(Default)]
pub(crate) struct Places {
    of: HashMap<StoredOrderId, i64>,
    /// The last place that there is.
    pub(crate) last: i64,
}

impl Places {
    pub(crate) fn get(&self, id: &StoredOrderId) -> Option<i64> {
        self.of.get(id).copied()
    }

    /// The place of an id that was read, and whether it is a new one.
    pub(crate) fn get_or_new(&mut self, id: &StoredOrderId) -> (i64, bool) {
        if let Some(place) = self.get(id) {
            return (place, false);
        }
        self.last += 1;
        self.of.insert(id.clone(), self.last);
        (self.last, true)
    }

    /// Makes two places one.
    pub(crate) fn join(&mut self, kept: i64, gone: i64) {
        for place in self.of.values_mut().filter(|place| **place == gone) {
            *place = kept;
        }
    }
}

/// The rows that an excerpt is made of.
#[derive(Default)]
pub(crate) struct TouchedRows {
    calls: Vec<Row>,
    order_ids: Vec<Row>,
    facts: Vec<Row>,
    trace_numbers: Vec<Row>,
    leases: Vec<Row>,
}

/// The calls and the places of orders that are named, those that hang on them, and the ids of all
/// these orders.
const TOUCHED: &str = "WITH direct AS MATERIALIZED (\
     SELECT number FROM {schema}.calls WHERE id = ANY($1) \
     UNION SELECT k.call FROM unnest($2, $3, $4, $5) AS w (key, merchant, app_id, gateway) \
         JOIN {schema}.keys k USING (key, merchant, app_id, gateway){burials}), \
     places AS MATERIALIZED (\
     SELECT o.place FROM unnest($6, $7, $8, $9) AS w (id, merchant, gateway, kind) \
         JOIN {schema}.order_ids o USING (id, merchant, gateway, kind) \
     UNION SELECT oc.place FROM direct d JOIN {schema}.order_calls oc ON oc.call = d.number), \
     touched AS MATERIALIZED (SELECT number FROM direct \
     UNION SELECT oc.call FROM places p JOIN {schema}.order_calls oc USING (place)) \
     SELECT {fact}, {holding}, NULL AS place, NULL AS gateway, NULL AS merchant, NULL AS kind, \
         NULL AS id FROM touched t JOIN {schema}.facts f ON f.call = t.number \
         JOIN {schema}.states s ON s.call = t.number \
         LEFT JOIN {schema}.leases l ON l.owner = s.holder \
     UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
         o.place, o.gateway, o.merchant, o.kind, o.id \
         FROM places p JOIN {schema}.order_ids o USING (place) \
     ORDER BY number, place";

/// Asks for all of it at once, behind what was sent before.
pub(crate) async fn read(
    client: &Client,
    target: &Target,
    touched: &Touched,
    holders: &[&str],
) -> Result<TouchedRows, Failure> {
    let (calls, facts, trace_numbers, leases) = tokio::join!(
        biased;
        calls(client, target, touched),
        facts(client, target, touched),
        trace_numbers(client, target, touched),
        leases(client, target, holders)
    );
    // Rows of order ids have no fact, and come last.
    let mut calls = calls?;
    let is_fact = |row: &Row| matches!(row.try_get::<_, Option<i64>>(0), Ok(Some(_)));
    let order_ids = calls.split_off(calls.partition_point(is_fact));
    Ok(TouchedRows {
        calls,
        order_ids,
        facts: facts?,
        trace_numbers: trace_numbers?,
        leases: leases?,
    })
}

async fn leases(client: &Client, target: &Target, holders: &[&str]) -> Result<Vec<Row>, Failure> {
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let text = target.sql(
        "SELECT owner, machine, boot, ticks, lease_ms FROM {schema}.leases WHERE owner = ANY($1)",
    );
    Ok(client
        .query_typed(&text, &[(&holders, Type::TEXT_ARRAY)])
        .await?)
}

async fn calls(client: &Client, target: &Target, touched: &Touched) -> Result<Vec<Row>, Failure> {
    if touched.calls.is_empty()
        && touched.keys.is_empty()
        && touched.orders.is_empty()
        && touched.burials.is_empty()
    {
        return Ok(Vec::new());
    }
    let calls: Vec<&str> = touched.calls.iter().map(|call| call.as_str()).collect();
    let keys = || touched.keys.iter();
    let keys: [Vec<&str>; 4] = [
        keys().map(|key| key.key.as_str()).collect(),
        keys().map(|key| key.scope.merchant.as_str()).collect(),
        keys().map(|key| key.scope.app_id.as_str()).collect(),
        keys().map(|key| key.scope.gateway.as_str()).collect(),
    ];
    let ids = || touched.orders.iter();
    let ids: [Vec<&str>; 4] = [
        ids().map(|id| id.id.as_str()).collect(),
        ids().map(|id| id.merchant.as_str()).collect(),
        ids().map(|id| id.gateway.as_str()).collect(),
        ids().map(|id| id.kind.as_str()).collect(),
    ];
    let mut values: Vec<(&(dyn ToSql + Sync), Type)> = vec![(&calls, Type::TEXT_ARRAY)];
    values.extend(keys.iter().map(|column| column as _).map(text_array));
    values.extend(ids.iter().map(|column| column as _).map(text_array));
    let mut burials = String::new();
    for bury in &touched.burials {
        let least = i64::try_from(bury.unchanged_for.as_millis()).unwrap_or(i64::MAX);
        burials.push_str(&format!(
            " UNION (SELECT call FROM {{schema}}.states WHERE may_go \
             AND changed_ms <= {} - {least} ORDER BY call LIMIT {})",
            target.now_sql(),
            i64::try_from(bury.limit).unwrap_or(i64::MAX),
        ));
    }
    let text = TOUCHED
        .replace("{burials}", &burials)
        .replace("{fact}", FACT)
        .replace("{holding}", HOLDING);
    let text = target.sql(&text);
    Ok(client.query_typed(&text, &values).await?)
}

fn text_array(column: &(dyn ToSql + Sync)) -> (&(dyn ToSql + Sync), Type) {
    (column, Type::TEXT_ARRAY)
}

async fn facts(client: &Client, target: &Target, touched: &Touched) -> Result<Vec<Row>, Failure> {
    if touched.facts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = touched.facts.iter().map(|id| id.as_str()).collect();
    let text = target.sql(&format!(
        "SELECT {FACT} FROM {{schema}}.fact_ids i JOIN {{schema}}.facts f ON f.number = i.fact \
         WHERE i.id = ANY($1) ORDER BY f.number"
    ));
    Ok(client
        .query_typed(&text, &[(&ids, Type::TEXT_ARRAY)])
        .await?)
}

async fn trace_numbers(
    client: &Client,
    target: &Target,
    touched: &Touched,
) -> Result<Vec<Row>, Failure> {
    if touched.trace_lines.is_empty() {
        return Ok(Vec::new());
    }
    let lines = || touched.trace_lines.iter();
    let days: Vec<String> = lines().map(|line| line.day.to_string()).collect();
    let columns: [Vec<&str>; 4] = [
        lines().map(|line| line.gateway.as_str()).collect(),
        lines().map(|line| line.merchant.as_str()).collect(),
        lines().map(|line| line.terminal.as_str()).collect(),
        days.iter().map(String::as_str).collect(),
    ];
    let values: Vec<_> = columns
        .iter()
        .map(|column| column as _)
        .map(text_array)
        .collect();
    let text = target.sql(
        "SELECT t.gateway, t.merchant, t.terminal, t.day::text, t.last \
         FROM unnest($1, $2, $3, $4) AS w (gateway, merchant, terminal, day) \
         JOIN {schema}.trace_numbers t ON t.gateway = w.gateway AND t.merchant = w.merchant \
         AND t.terminal = w.terminal AND t.day = w.day::date",
    );
    Ok(client.query_typed(&text, &values).await?)
}

impl TouchedRows {
    /// Puts all of it into the excerpt, and where orders are into the places.
    pub(crate) fn put_into(
        &self,
        excerpt: &mut Excerpt,
        places: &mut Places,
        now: &Stamp,
    ) -> Result<(), Failure> {
        // The ids of one order come one behind the other.
        let mut last: Option<(i64, StoredOrderId)> = None;
        for row in &self.order_ids {
            let (place, id) = order_id_of(row)?;
            if let Some((known, other)) = &last
                && *known == place
            {
                excerpt.add_link(other, &id);
            }
            places.of.insert(id.clone(), place);
            last = Some((place, id));
        }
        let calls: BTreeMap<i64, CallRows> = CallRows::of(&self.calls, now)?;
        for call in calls.into_values() {
            if let (Some(owner), Some((since, lease))) = (&call.holder, call.lease) {
                excerpt.add_lease(owner.clone(), since, lease);
            }
            excerpt.add_call(call.facts, call.epoch, call.holder);
        }
        for row in &self.leases {
            let Ok(owner) = Owner::new(row.try_get::<_, &str>(0)?) else {
                continue;
            };
            let mut since = now.clone();
            since.machine = row.try_get(1)?;
            since.boot = row.try_get(2)?;
            since.ticks = unsigned(row.try_get(3)?);
            let lease = Duration::from_millis(unsigned(row.try_get(4)?));
            excerpt.add_lease(owner, since, lease);
        }
        for row in &self.facts {
            excerpt.add_fact(fact_of(row)?);
        }
        for row in &self.trace_numbers {
            let day: String = row.try_get(3)?;
            let day = day.parse::<NaiveDate>().unwrap_or_default();
            let (gateway, merchant): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
            let (terminal, last): (&str, i32) = (row.try_get(2)?, row.try_get(4)?);
            let line = TraceLine::new(gateway, merchant, terminal, day);
            excerpt.add_trace_number(line, u32::try_from(last).unwrap_or_default());
        }
        Ok(())
    }
}

fn order_id_of(row: &Row) -> Result<(i64, StoredOrderId), Failure> {
    let (gateway, merchant): (&str, &str) = (row.try_get(13)?, row.try_get(14)?);
    let (kind, id): (&str, String) = (row.try_get(15)?, row.try_get(16)?);
    // A kind that only a newer program knows has a schema of its own.
    let kind = kind.parse().unwrap_or(OrderIdKind::Merchant);
    let scope = ums_journal::KeyScope::new(gateway, "", merchant);
    Ok((row.try_get(12)?, StoredOrderId::new(&scope, kind, id)))
}

/// The number of a call: that of its first fact.
pub(crate) fn number_of(view: &ums_journal::View) -> i64 {
    signed(view.first_fact)
}

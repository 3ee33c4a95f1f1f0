//! Whether the tables still say what the facts say, from one moment of the database.

use std::collections::HashMap;

use tokio_postgres::{Client, Row};
use ums_journal::{CallRow, CheckedJournal, JournalId, StoreErrorKind, TablesCheck, TraceLine};

use crate::failure::Failure;
use crate::open::connection::{Target, in_time};
use crate::read::history::{FACT, fact_of, unsigned};

/// Goes through every fact and every table once.
pub(crate) async fn check(
    client: &Client,
    target: &Target,
    journal: &JournalId,
) -> Result<CheckedJournal, Failure> {
    let moment = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    run(client, target, moment).await?;
    let tables = Tables { client, target };
    let checked = tables.check(journal).await?;
    run(client, target, "COMMIT").await?;
    Ok(checked)
}

async fn run(client: &Client, target: &Target, statement: &str) -> Result<(), Failure> {
    in_time(target.patience, async {
        Ok(client.batch_execute(statement).await?)
    })
    .await
}

struct Tables<'a> {
    client: &'a Client,
    target: &'a Target,
}

impl Tables<'_> {
    async fn check(&self, journal: &JournalId) -> Result<CheckedJournal, Failure> {
        let mut last_facts = HashMap::new();
        let last = "SELECT call, max(number) FROM {schema}.facts WHERE call IS NOT NULL \
            GROUP BY call";
        self.each(last, |row| {
            last_facts.insert(number(row, 0)?, number(row, 1)?);
            Ok(())
        })
        .await?;
        let mut check = TablesCheck::new(journal.clone(), last_facts).with_few_guards();
        let facts = format!("SELECT {FACT}, f.call FROM {{schema}}.facts f ORDER BY f.number");
        self.each(&facts, |row| {
            let place = check.take(&fact_of(row)?);
            let place =
                place.map_err(|error| Failure::new(StoreErrorKind::Damaged, error.to_string()))?;
            if place.first != row.try_get::<_, Option<i64>>(5)?.map(unsigned) {
                check.found_stray();
            }
            Ok(())
        })
        .await?;
        check.end_facts();
        self.each("SELECT id, number FROM {schema}.calls", |row| {
            check.found_call_id(row.try_get(0)?, number(row, 1)?);
            Ok(())
        })
        .await?;
        self.each("SELECT id, fact FROM {schema}.fact_ids", |row| {
            check.found_fact_id(row.try_get(0)?, number(row, 1)?);
            Ok(())
        })
        .await?;
        let calls = "SELECT number, gateway, merchant, operation, profile, amount_fen, began_ms, \
            changed_ms, is_open, state, outcome \
            FROM {schema}.calls JOIN {schema}.states ON call = number";
        self.each(calls, |row| {
            check.found_call(&CallRow {
                number: number(row, 0)?,
                gateway: row.try_get(1)?,
                merchant: row.try_get(2)?,
                operation: row.try_get(3)?,
                profile: row.try_get(4)?,
                amount_fen: row.try_get::<_, Option<i64>>(5)?.map(unsigned),
                began_ms: row.try_get(6)?,
                changed_ms: row.try_get(7)?,
                is_open: row.try_get(8)?,
                state: row.try_get(9)?,
                outcome: row.try_get(10)?,
            });
            Ok(())
        })
        .await?;
        let keys = "SELECT key, merchant, app_id, gateway, twin <> 0, call FROM {schema}.keys";
        self.each(keys, |row| {
            check.found_key(four(row)?, row.try_get(4)?, number(row, 5)?);
            Ok(())
        })
        .await?;
        let order_ids = "SELECT id, merchant, gateway, kind, place FROM {schema}.order_ids";
        self.each(order_ids, |row| {
            check.found_order_id(four(row)?, row.try_get(4)?);
            Ok(())
        })
        .await?;
        self.each("SELECT place, call FROM {schema}.order_calls", |row| {
            check.found_order_call(row.try_get(0)?, number(row, 1)?);
            Ok(())
        })
        .await?;
        self.each("SELECT place, what, call FROM {schema}.guards", |row| {
            let what: &str = row.try_get(1)?;
            let what = match what.split_once(' ') {
                Some((operation, refund)) => (operation, Some(refund)),
                None => (what, None),
            };
            check.found_guard(row.try_get(0)?, Some(what), number(row, 2)?);
            Ok(())
        })
        .await?;
        let trace_numbers = "SELECT gateway, merchant, terminal, to_char(day, 'YYYY-MM-DD'), last \
            FROM {schema}.trace_numbers";
        self.each(trace_numbers, |row| {
            let damaged = || Failure::new(StoreErrorKind::Damaged, "a day is none");
            let day: &str = row.try_get(3)?;
            let day = day.parse().map_err(|_| damaged())?;
            let text = |column: usize| row.try_get::<_, &str>(column);
            let line = TraceLine::new(text(0)?, text(1)?, text(2)?, day);
            let last = u32::try_from(row.try_get::<_, i32>(4)?).map_err(|_| damaged())?;
            check.found_trace_numbers(&line, last);
            Ok(())
        })
        .await?;
        self.each("SELECT accepted FROM {schema}.journal", |row| {
            check.found_accepted(row.try_get::<_, Option<i64>>(0)?.map(unsigned));
            Ok(())
        })
        .await?;
        Ok(check.finish())
    }

    /// Page by page, so that no table has to be in memory, and each answer comes in time.
    async fn each(
        &self,
        rows: &str,
        mut take: impl FnMut(&Row) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let rows = self.target.sql(rows);
        let cursor = format!("DECLARE ums_check NO SCROLL CURSOR FOR {rows}");
        run(self.client, self.target, &cursor).await?;
        loop {
            let page = async {
                let next = "FETCH 2000 FROM ums_check";
                Ok(self.client.query_typed(next, &[]).await?)
            };
            let page = in_time(self.target.patience, page).await?;
            if page.is_empty() {
                return run(self.client, self.target, "CLOSE ums_check").await;
            }
            page.iter().try_for_each(&mut take)?;
        }
    }
}

fn four(row: &Row) -> Result<[&str; 4], Failure> {
    Ok([
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
    ])
}

fn number(row: &Row, column: usize) -> Result<u64, Failure> {
    Ok(unsigned(row.try_get(column)?))
}

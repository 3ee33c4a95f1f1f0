//! Facts as rows, and rows as facts again.

use std::time::Duration;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};
use ums_journal::{
    CallId, Epoch, FactKind, Head, Holder, JournalId, JournalKey, KeyOfJournal, Owner, Passed,
    RecordedFact, Stamp, StoreErrorKind, StoredCall,
};

use crate::failure::Failure;
use crate::open::connection::Target;
use crate::open::server::hash;

/// What is read of a fact `f`, of its call's state `s`, and of the lease `l` of who holds it. What
/// reads it is [`fact_of`] and [`CallRows`].
pub(crate) const FACT: &str = "f.number, f.text, f.digest, f.chain, f.is_buried";
pub(crate) const HOLDING: &str =
    "f.call, s.epoch, s.holder, l.machine, l.boot, l.ticks, l.lease_ms";

pub(crate) fn fact_of(row: &Row) -> Result<RecordedFact, Failure> {
    let damaged = || Failure::new(StoreErrorKind::Damaged, "the text of a fact was changed");
    let number = unsigned(row.try_get(0)?);
    let (digest, chain) = (hash(row, 2)?, hash(row, 3)?);
    let fact = RecordedFact::from_text(number, row.try_get(1)?, digest, chain);
    let fact = fact.map_err(|_| damaged())?;
    if !fact.is_whole() && !row.try_get::<_, bool>(4)? {
        return Err(damaged());
    }
    Ok(fact)
}

/// A call as its rows come: facts, and who holds it.
pub(crate) struct CallRows {
    pub(crate) facts: Vec<RecordedFact>,
    pub(crate) epoch: Epoch,
    pub(crate) holder: Option<Owner>,
    pub(crate) lease: Option<(Stamp, Duration)>,
}

impl CallRows {
    /// The calls of these rows, which have [`FACT`] and [`HOLDING`] and are in the order of facts.
    /// The calls are in the order in which they began.
    pub(crate) fn of(
        rows: &[Row],
        now: &Stamp,
    ) -> Result<std::collections::BTreeMap<i64, Self>, Failure> {
        let mut calls = std::collections::BTreeMap::<i64, Self>::new();
        for row in rows {
            let fact = fact_of(row)?;
            let call: i64 = row.try_get(5)?;
            if let Some(known) = calls.get_mut(&call) {
                known.facts.push(fact);
                continue;
            }
            let holder: Option<String> = row.try_get(7)?;
            let holder = holder.and_then(|holder| Owner::new(holder).ok());
            let lease = match row.try_get::<_, Option<String>>(8)? {
                Some(machine) => {
                    let mut since = now.clone();
                    since.machine = machine;
                    since.boot = row.try_get(9)?;
                    since.ticks = unsigned(row.try_get(10)?);
                    let lease = Duration::from_millis(unsigned(row.try_get(11)?));
                    Some((since, lease))
                }
                None => None,
            };
            let epoch = Epoch::new(unsigned(row.try_get(6)?));
            calls.insert(
                call,
                Self {
                    facts: vec![fact],
                    epoch,
                    holder,
                    lease,
                },
            );
        }
        Ok(calls)
    }

    fn stored(self, now: &Stamp) -> Option<StoredCall> {
        let is_alive = self.lease.is_some_and(|(since, lease)| {
            matches!(now.passed_since(&since), Passed::Exactly(passed) if passed < lease)
        });
        let holder = self.holder.map(|owner| Holder::new(owner, is_alive));
        let id = self.facts.first()?.fact().call.clone()?;
        StoredCall::new(id, self.facts, self.epoch, holder)
    }
}

/// The calls of these rows as they are given out, in the order in which they began.
pub(crate) fn stored_calls(rows: &[Row], now: &Stamp) -> Result<Vec<StoredCall>, Failure> {
    let calls = CallRows::of(rows, now)?.into_values();
    Ok(calls.filter_map(|call| call.stored(now)).collect())
}

/// A call with its history, in one statement.
pub(crate) async fn call(
    client: &Client,
    target: &Target,
    system: &str,
    id: &CallId,
) -> Result<Option<StoredCall>, Failure> {
    let now = target.now_sql();
    let query = target.sql(&format!(
        "SELECT {FACT}, {HOLDING}, {now} FROM {{schema}}.calls c \
         JOIN {{schema}}.facts f ON f.call = c.number JOIN {{schema}}.states s ON s.call = c.number \
         LEFT JOIN {{schema}}.leases l ON l.owner = s.holder WHERE c.id = $1 ORDER BY f.number"
    ));
    let rows = client
        .query_typed(&query, &[(&id.as_str(), Type::TEXT)])
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let now = target.stamp(system, first.try_get(12)?);
    Ok(stored_calls(&rows, &now)?.pop())
}

/// The facts after that number, at most `limit`.
pub(crate) async fn facts_after(
    client: &Client,
    target: &Target,
    after: u64,
    limit: usize,
) -> Result<Vec<RecordedFact>, Failure> {
    let query = target.sql(&format!(
        "SELECT {FACT} FROM {{schema}}.facts f WHERE f.number > $1 ORDER BY f.number LIMIT $2"
    ));
    let (after, limit) = (signed(after), i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = client
        .query_typed(&query, &[(&after, Type::INT8), (&limit, Type::INT8)])
        .await?;
    rows.iter().map(fact_of).collect()
}

/// The keys of other journals whose calls are in this one.
pub(crate) async fn other_keys(
    client: &Client,
    target: &Target,
) -> Result<Vec<JournalKey>, Failure> {
    let query = target.sql(&format!(
        "SELECT {FACT} FROM {{schema}}.fact_ids i JOIN {{schema}}.facts f ON f.number = i.fact \
         WHERE i.id > $1 AND i.id < $2 ORDER BY f.number"
    ));
    // The ids of such facts begin alike.
    let begins = KeyOfJournal::ID;
    let ends = format!("{begins}\u{7f}");
    let rows = client
        .query_typed(&query, &[(&begins, Type::TEXT), (&ends, Type::TEXT)])
        .await?;
    let facts = rows.iter().map(fact_of);
    let keys = facts.filter_map(|fact| match fact {
        Ok(fact) => match &fact.fact().what {
            FactKind::KeyOfJournal(other) => other.key().map(Ok),
            _ => None,
        },
        Err(error) => Some(Err(error)),
    });
    keys.collect()
}

/// Which journal it is and how far, in one statement.
pub(crate) async fn head(
    client: &Client,
    target: &Target,
    system: &str,
    journal: &JournalId,
) -> Result<Head, Failure> {
    let now = target.now_sql();
    let query = target.sql(&format!(
        "SELECT {FACT}, h.facts, h.chain, j.id, {now} \
         FROM {{schema}}.head h CROSS JOIN {{schema}}.journal j \
         LEFT JOIN {{schema}}.facts f ON f.number = j.accepted"
    ));
    let row = client.query_typed_one(&query, &[]).await?;
    if row.try_get::<_, &str>(7)? != journal.as_str() {
        return Err(Failure::new(
            StoreErrorKind::Foreign,
            "another journal is in the place of the one that was opened",
        ));
    }
    let now = target.stamp(system, row.try_get(8)?);
    let head = Head::new(
        journal.clone(),
        unsigned(row.try_get(5)?),
        hash(&row, 6)?,
        now,
    );
    if row.try_get::<_, Option<i64>>(0)?.is_none() {
        return Ok(head);
    }
    let fact = fact_of(&row)?;
    Ok(match &fact.fact().what {
        FactKind::Accepted(accepted) => head.with_accepted(fact.number(), accepted.clone()),
        _ => head,
    })
}

/// PostgreSQL's integers have a sign; what is counted here stays far below their end.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

//! Heartbeats, on a connection of their own: they wait for no group.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_postgres::types::{ToSql, Type};
use ums_journal::{Committed, Owner, StoreError};

use crate::failure::Failure;
use crate::open::connection::{Connection, Target, in_time};
use crate::open::link::Link;
use crate::open::server::Expected;

/// That a process lives.
pub(crate) struct Beat {
    pub(crate) owner: Owner,
    pub(crate) lease: Duration,
    pub(crate) until: Instant,
    pub(crate) answer: oneshot::Sender<Result<bool, StoreError>>,
}

/// Writes heartbeats until nobody can ask any more.
pub(crate) async fn run(target: Target, expected: Expected, mut waiting: mpsc::Receiver<Beat>) {
    let mut link = Link::new(target.clone(), expected.clone());
    while let Some(beat) = waiting.recv().await {
        if beat.answer.is_closed() {
            continue;
        }
        let written = write(&mut link, &target, &expected, &beat).await;
        // Whoever asked may have gone.
        let _ = beat.answer.send(written);
    }
}

async fn write(
    link: &mut Link,
    target: &Target,
    expected: &Expected,
    beat: &Beat,
) -> Result<bool, StoreError> {
    let mut is_first = true;
    loop {
        let connection = link.get(beat.until).await;
        let connection = connection.map_err(|failure| failure.with_committed(Committed::No))?;
        let failure = match in_time(target.patience, one(connection, target, expected, beat)).await
        {
            Ok(had_ended) => return Ok(had_ended),
            Err(failure) => failure,
        };
        link.cut();
        // A heartbeat may be written twice: the lease is then as long, from a little later.
        if !failure.is_cut || !is_first || Instant::now() >= beat.until {
            return Err(failure.with_committed(Committed::NotKnown));
        }
        is_first = false;
    }
}

async fn one(
    connection: &Connection,
    target: &Target,
    expected: &Expected,
    beat: &Beat,
) -> Result<bool, Failure> {
    let (ticks, machine, boot) = target.ticks_sql(&expected.system.id);
    let text = target.sql(&format!(
        "WITH old AS (SELECT NOT (machine = $2 AND boot = $3 \
         AND greatest({ticks} - ticks, 0) < lease_ms) AS had_ended \
         FROM {{schema}}.leases WHERE owner = $1) \
         INSERT INTO {{schema}}.leases (owner, machine, boot, ticks, lease_ms) \
         VALUES ($1, $2, $3, {ticks}, $4) \
         ON CONFLICT (owner) DO UPDATE SET machine = excluded.machine, boot = excluded.boot, \
         ticks = excluded.ticks, lease_ms = excluded.lease_ms \
         RETURNING coalesce((SELECT had_ended FROM old), false)"
    ));
    let lease = i64::try_from(beat.lease.as_millis()).unwrap_or(i64::MAX);
    let values: [(&(dyn ToSql + Sync), Type); 4] = [
        (&beat.owner.as_str(), Type::TEXT),
        (&machine, Type::TEXT),
        (&boot, Type::TEXT),
        (&lease, Type::INT8),
    ];
    let row = connection.client.query_typed_one(&text, &values).await?;
    Ok(row.try_get(0)?)
}

//! Facts as rows, and rows as facts again.

use std::error::Error;

use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use ums_journal::{
    Accepted, CallId, ChainHash, Epoch, FactKind, Head, Holder, JournalId, JournalKey,
    KeyOfJournal, Owner, Passed, RecordedFact, Stamp, StoredCall,
};

use crate::kept::db::Db;
use crate::kept::id::Id;

/// A fact, with the hash of the chain before it.
const FACT: &str = "SELECT facts.number, facts.text, facts.template, facts.digest, facts.chain, \
    earlier.chain, facts.before FROM facts \
    LEFT JOIN facts AS earlier ON earlier.number = facts.number - 1";

/// The number of the last fact, and the hash that binds all of them.
pub(crate) fn end(db: &Connection) -> rusqlite::Result<(u64, ChainHash)> {
    let last = "SELECT number, chain FROM facts ORDER BY number DESC LIMIT 1";
    let mut last = db.prepare_cached(last)?;
    let last = last.query_row([], |row| Ok((unsigned(row.get(0)?), hash(row, 1)?)));
    Ok(last.optional()?.unwrap_or((0, ChainHash::of_nothing())))
}

pub(crate) fn head(db: &Db, journal: &JournalId, now: Stamp) -> rusqlite::Result<Head> {
    let (facts, chain) = end(db)?;
    let head = Head::new(journal.clone(), facts, chain, now);
    Ok(match accepted(db)? {
        Some((number, accepted)) => head.with_accepted(number, accepted),
        None => head,
    })
}

fn accepted(db: &Db) -> rusqlite::Result<Option<(u64, Accepted)>> {
    let accepted = format!("{FACT} WHERE facts.number = (SELECT accepted FROM journal)");
    let fact = db
        .prepare_cached(&accepted)?
        .query_row([], |row| recorded_fact(db, row))
        .optional()?;
    Ok(fact.and_then(|fact| match &fact.fact().what {
        FactKind::Accepted(accepted) => Some((fact.number(), accepted.clone())),
        _ => None,
    }))
}

/// The keys of other journals whose calls are in this one.
pub(crate) fn other_keys(db: &Db) -> rusqlite::Result<Vec<JournalKey>> {
    // The ids of such facts are texts that begin alike, with a sign before them all after it.
    let begins = KeyOfJournal::ID;
    let ends = format!("{begins}\u{7f}");
    let facts = "SELECT fact FROM fact_ids WHERE id > ?1 AND id < ?2";
    let mut facts = db.prepare_cached(facts)?;
    let numbers = facts.query_map(params![begins, ends], |row| row.get(0))?;
    let numbers: Vec<i64> = numbers.collect::<rusqlite::Result<_>>()?;
    let mut keys = Vec::new();
    for number in numbers {
        let fact = fact_at(db, number)?;
        if let Some(FactKind::KeyOfJournal(other)) = fact.as_ref().map(|fact| &fact.fact().what) {
            keys.extend(other.key());
        }
    }
    Ok(keys)
}

/// The facts after that number, at most `limit`.
pub(crate) fn facts_after(
    db: &Db,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<RecordedFact>> {
    let mut before = match after {
        0 => ChainHash::of_nothing(),
        _ => {
            let chain = "SELECT chain FROM facts WHERE number = ?1";
            let mut chain = db.prepare_cached(chain)?;
            let chain = chain.query_row(params![signed(after)], |row| hash(row, 0));
            match chain.optional()? {
                Some(chain) => chain,
                // Nothing is after what is not there yet.
                None => return Ok(Vec::new()),
            }
        }
    };
    let facts = "SELECT number, text, template, digest, chain FROM facts \
        WHERE number > ?1 ORDER BY number LIMIT ?2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut facts = db.prepare_cached(facts)?;
    let mut rows = facts.query(params![signed(after), limit])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        let fact = fact_after(db, row, &before)?;
        before = fact.chain().clone();
        facts.push(fact);
    }
    Ok(facts)
}

/// The facts of the call with this number.
pub(crate) fn facts_of(db: &Db, call: i64) -> rusqlite::Result<Vec<RecordedFact>> {
    let last = "SELECT last_fact FROM calls WHERE number = ?1";
    let mut last = db.prepare_cached(last)?;
    let last: Option<i64> = last.query_row(params![call], |row| row.get(0)).optional()?;
    let fact = format!("{FACT} WHERE facts.number = ?1");
    let mut fact = db.prepare_cached(&fact)?;
    let mut facts = Vec::new();
    let mut next = last;
    while let Some(number) = next {
        let found = fact.query_row(params![number], |row| {
            Ok((recorded_fact(db, row)?, row.get(6)?))
        })?;
        facts.push(found.0);
        let before: Option<i64> = found.1;
        if before.is_some_and(|before| before >= number) {
            return Err(no_value("a fact that comes before itself"));
        }
        next = before;
    }
    facts.reverse();
    Ok(facts)
}

/// The fact with this number.
pub(crate) fn fact_at(db: &Db, number: i64) -> rusqlite::Result<Option<RecordedFact>> {
    let fact = format!("{FACT} WHERE facts.number = ?1");
    let mut fact = db.prepare_cached(&fact)?;
    fact.query_row(params![number], |row| recorded_fact(db, row))
        .optional()
}

/// The number of a call.
pub(crate) fn number_of(db: &Connection, call: &CallId) -> rusqlite::Result<Option<i64>> {
    let mut number = db.prepare_cached("SELECT call FROM call_ids WHERE id = ?1")?;
    let number = number.query_row(params![Id(call.as_str())], |row| row.get(0));
    number.optional()
}

/// Who holds the call with this number, and its epoch.
pub(crate) fn holding_of(db: &Connection, call: i64) -> rusqlite::Result<(Option<Owner>, Epoch)> {
    let holding = "SELECT text, epoch FROM calls LEFT JOIN words ON words.number = holder \
        WHERE calls.number = ?1";
    let mut holding = db.prepare_cached(holding)?;
    holding.query_row(params![call], |row| {
        let holder: Option<String> = row.get(0)?;
        let holder = holder.map(|holder| Owner::new(holder).map_err(|error| no_text(0, error)));
        Ok((holder.transpose()?, Epoch::new(unsigned(row.get(1)?))))
    })
}

/// The call with this number, with its history.
pub(crate) fn stored_call(
    db: &Db,
    call: i64,
    now: &Stamp,
    others_are_off: bool,
) -> rusqlite::Result<Option<StoredCall>> {
    let facts = facts_of(db, call)?;
    let Some(id) = facts.first().and_then(|first| first.fact().call.clone()) else {
        return Ok(None);
    };
    let (holder, epoch) = holding_of(db, call)?;
    let holder = match holder {
        Some(owner) => {
            let is_alive = is_alive(db, &owner, now, others_are_off)?;
            Some(Holder::new(owner, is_alive))
        }
        None => None,
    };
    Ok(StoredCall::new(id, facts, epoch, holder))
}

/// Whether a process lives, as far as this machine's clock can tell.
///
/// A lease of another boot has ended: no process lives across one. Of another machine's lease it
/// cannot tell, so it has not ended until a person says that the other machine is off.
pub(crate) fn is_alive(
    db: &Connection,
    owner: &Owner,
    now: &Stamp,
    others_are_off: bool,
) -> rusqlite::Result<bool> {
    let lease = "SELECT machine, boot, ticks, lease_ms FROM leases \
        WHERE owner = (SELECT number FROM words WHERE text = ?1)";
    let mut lease = db.prepare_cached(lease)?;
    let lease = lease.query_row(params![owner.as_str()], |row| {
        let mut since = now.clone();
        since.machine = row.get(0)?;
        since.boot = row.get(1)?;
        since.ticks = unsigned(row.get(2)?);
        Ok((since, unsigned(row.get(3)?)))
    });
    Ok(lease
        .optional()?
        .is_some_and(|(since, lease_ms)| match now.passed_since(&since) {
            Passed::Exactly(passed) => passed.as_millis() < u128::from(lease_ms),
            Passed::OtherMachine => !others_are_off,
            _ => false,
        }))
}

fn recorded_fact(db: &Db, row: &Row<'_>) -> rusqlite::Result<RecordedFact> {
    let before = match row.get(0)? {
        1 => ChainHash::of_nothing(),
        _ => hash(row, 5)?,
    };
    fact_after(db, row, &before)
}

/// The fact of a row, which must follow the one that `before` is the chain's hash of.
pub(crate) fn fact_after(
    db: &Db,
    row: &Row<'_>,
    before: &ChainHash,
) -> rusqlite::Result<RecordedFact> {
    let number = unsigned(row.get(0)?);
    let text = match row.get_ref(1)? {
        ValueRef::Blob(difference) => {
            let template = db.template(row.get(2)?)?;
            let template = template.ok_or_else(|| no_text(2, "it is no template"))?;
            let text = template.text(difference);
            text.map_err(|error| no_text(1, error))?
        }
        text => text.as_str()?.to_owned(),
    };
    let digest = match row.get_ref(3)? {
        ValueRef::Null => ChainHash::of_text(&text),
        _ => hash(row, 3)?,
    };
    let fact = RecordedFact::from_text(number, text, digest, hash(row, 4)?);
    let fact = fact.map_err(|error| no_text(1, error))?;
    if !fact.follows(before) {
        return Err(no_text(1, format!("fact {number} was changed")));
    }
    Ok(fact)
}

fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<ChainHash> {
    let bytes = row.get_ref(column)?.as_blob()?;
    let hash = ChainHash::from_text(&base16ct::lower::encode_string(bytes));
    hash.ok_or_else(|| no_text(column, "it is no hash"))
}

/// A hash as it is kept.
pub(crate) fn bytes_of(hash: &ChainHash) -> rusqlite::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    base16ct::lower::decode(hash.as_str(), &mut bytes)
        .map_err(|error| no_value(error.to_string()))?;
    Ok(bytes)
}

/// What cannot be kept. There is nothing of the kind.
pub(crate) fn no_value(error: impl Into<Box<dyn Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

pub(crate) fn no_text(
    column: usize,
    error: impl Into<Box<dyn Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

/// SQLite's integers have a sign; what is counted here stays far below their end.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

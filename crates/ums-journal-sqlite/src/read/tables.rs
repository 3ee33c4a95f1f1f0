//! Whether the tables still say what the facts say, from one moment of the file.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::Row;
use rusqlite::types::ValueRef;
use ums_journal::{CallRow, ChainHash, CheckedJournal, JournalId, TablesCheck, TraceLine};

use crate::kept::db::Db;
use crate::read::history::{fact_after, no_text, unsigned};

/// Goes through every fact and every table once.
pub(crate) fn check(db: &Db, journal: &JournalId) -> rusqlite::Result<CheckedJournal> {
    let mut check = TablesCheck::new(journal.clone(), last_facts(db)?);
    facts(db, &mut check)?;
    check.end_facts();
    let words = Words::of(db)?;
    each(db, "SELECT id, call FROM call_ids", |row| {
        check.found_call_id(&id(row, 0)?, number(row, 1)?);
        Ok(())
    })?;
    each(db, "SELECT id, fact FROM fact_ids", |row| {
        check.found_fact_id(&id(row, 0)?, number(row, 1)?);
        Ok(())
    })?;
    let calls = "SELECT number, gateway, merchant, operation, profile, amount_fen, began_ms, \
        changed_ms, is_open, state, outcome FROM calls";
    each(db, calls, |row| {
        check.found_call(&CallRow {
            number: number(row, 0)?,
            gateway: words.at(row, 1)?,
            merchant: words.at(row, 2)?,
            operation: words.at(row, 3)?,
            profile: words.some(row, 4)?,
            amount_fen: row.get::<_, Option<i64>>(5)?.map(unsigned),
            began_ms: row.get(6)?,
            changed_ms: row.get(7)?,
            // Only what a search finds as open is open.
            is_open: row.get::<_, i64>(8)? == 1,
            state: words.at(row, 9)?,
            outcome: words.some(row, 10)?,
        });
        Ok(())
    })?;
    let keys = "SELECT key, merchant, app_id, gateway, twin, call FROM keys";
    each(db, keys, |row| {
        let key = id(row, 0)?;
        let key = [
            &*key,
            words.at(row, 1)?,
            words.at(row, 2)?,
            words.at(row, 3)?,
        ];
        check.found_key(key, row.get::<_, i64>(4)? != 0, number(row, 5)?);
        Ok(())
    })?;
    let order_ids = "SELECT id, merchant, gateway, kind, coalesce(kept, order_ids.place) \
        FROM order_ids LEFT JOIN joined_places USING (place)";
    each(db, order_ids, |row| {
        let id = id(row, 0)?;
        let id = [
            &*id,
            words.at(row, 1)?,
            words.at(row, 2)?,
            words.at(row, 3)?,
        ];
        check.found_order_id(id, row.get(4)?);
        Ok(())
    })?;
    each(db, "SELECT place, call FROM order_calls", |row| {
        check.found_order_call(row.get(0)?, number(row, 1)?);
        Ok(())
    })?;
    each(db, "SELECT place, what, call FROM guards", |row| {
        let (place, call) = (row.get(0)?, number(row, 2)?);
        match row.get_ref(1)? {
            ValueRef::Integer(0) => check.found_guard(place, None, call),
            ValueRef::Integer(_) => {
                check.found_guard(place, Some((words.at(row, 1)?, None)), call);
            }
            what => {
                let what = what.as_str()?;
                let parts = what.split_once(' ');
                let what = parts.map(|(operation, refund)| (operation, Some(refund)));
                check.found_guard(place, Some(what.unwrap_or_default()), call);
            }
        }
        Ok(())
    })?;
    let trace_numbers = "SELECT gateway, merchant, terminal, day, last FROM trace_numbers";
    each(db, trace_numbers, |row| {
        let text = |column: usize| row.get::<_, String>(column);
        let day = text(3)?.parse();
        let day = day.map_err(|_| no_text(3, "it is no day"))?;
        let line = TraceLine::new(text(0)?, text(1)?, text(2)?, day);
        check.found_trace_numbers(&line, row.get(4)?);
        Ok(())
    })?;
    each(db, "SELECT accepted FROM journal", |row| {
        check.found_accepted(row.get::<_, Option<i64>>(0)?.map(unsigned));
        Ok(())
    })?;
    Ok(check.finish())
}

fn last_facts(db: &Db) -> rusqlite::Result<HashMap<u64, u64>> {
    let mut last_facts = HashMap::new();
    each(db, "SELECT number, last_fact FROM calls", |row| {
        last_facts.insert(number(row, 0)?, number(row, 1)?);
        Ok(())
    })?;
    Ok(last_facts)
}

fn facts(db: &Db, check: &mut TablesCheck) -> rusqlite::Result<()> {
    let mut before = ChainHash::of_nothing();
    let facts = "SELECT number, text, template, digest, chain, before FROM facts ORDER BY number";
    each(db, facts, |row| {
        let fact = fact_after(db, row, &before)?;
        before = fact.chain().clone();
        let place = check.take(&fact).map_err(|error| no_text(1, error))?;
        if place.before != row.get::<_, Option<i64>>(5)?.map(unsigned) {
            check.found_stray();
        }
        Ok(())
    })
}

fn each(
    db: &Db,
    rows: &str,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut rows = db.prepare(rows)?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

/// The words, by their numbers. A number without a word is none.
struct Words(HashMap<i64, String>);

impl Words {
    fn of(db: &Db) -> rusqlite::Result<Self> {
        let mut words = HashMap::new();
        each(db, "SELECT number, text FROM words", |row| {
            words.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
        Ok(Self(words))
    }

    fn at(&self, row: &Row<'_>, column: usize) -> rusqlite::Result<&str> {
        let number: i64 = row.get(column)?;
        Ok(self.0.get(&number).map_or("", String::as_str))
    }

    fn some(&self, row: &Row<'_>, column: usize) -> rusqlite::Result<Option<&str>> {
        match row.get_ref(column)? {
            ValueRef::Null => Ok(None),
            _ => self.at(row, column).map(Some),
        }
    }
}

/// An id as it was before it was kept short.
fn id<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Cow<'a, str>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Cow::Owned(base16ct::lower::encode_string(bytes)),
        text => Cow::Borrowed(text.as_str()?),
    })
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(unsigned(row.get(column)?))
}

//! The unique rows that hold an order and an identity: one call each, among all processes.
//!
//! What may begin is decided by the contract's rules, from what is read under the lock of the file.
//! These rows are what a call must get in the statement that inserts it, so that no two calls hold
//! the same even where a read has missed one.

use std::rc::Rc;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, params};
use ums_journal::{CallId, Identity, OrderRole, StoreRefusal};

use crate::write::rows::{Held, Row, Tables};
use crate::write::stop::Stop;

const TAKE: &str =
    "INSERT INTO guards (place, what, call) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

const TAKE_BOTH: &str = "INSERT INTO guards (place, what, call) \
    VALUES (?1, ?2, ?4), (?1, ?3, ?4) ON CONFLICT DO NOTHING";

/// The guard of the order itself. No word has this number.
const ORDER: Value = Value::Integer(0);

impl Tables<'_> {
    /// Takes what a call that begins must hold, or refuses it.
    pub(super) fn take_guards(&mut self, number: i64, despite: &[CallId]) -> Result<(), Stop> {
        let Some(row) = self.at(number)? else {
            return Ok(());
        };
        let held = Held::by(&row.view);
        let identity = self.identity(&row)?;
        for place in self.places_of(&row)?.iter() {
            if held.identity
                && held.order
                && let Some(identity) = &identity
                && self.execute(TAKE_BOTH, params![place, identity, ORDER, number])? == 2
            {
                continue;
            }
            if held.identity
                && let Some(identity) = &identity
                && let Some(holder) = self.take(*place, identity, number)?
            {
                if !despite.contains(&holder.id) {
                    let call = holder.id.clone();
                    return Err(StoreRefusal::SameIdentity { call }.into());
                }
                self.replace(*place, identity, number)?;
            }
            if held.order
                && let Some(holder) = self.take(*place, &ORDER, number)?
            {
                let is_free = row.view.request.role == OrderRole::TakeBack
                    && holder.view.request.role == OrderRole::Payment;
                if !is_free && !despite.contains(&holder.id) {
                    let calls = vec![holder.id.clone()];
                    return Err(StoreRefusal::OrderBusy { calls }.into());
                }
                self.replace(*place, &ORDER, number)?;
            }
        }
        drop(row);
        self.change(number, |row| row.held = held);
        Ok(())
    }

    /// Sets the guards of a call by what is known of it now.
    pub(super) fn follow_guards(&mut self, row: &Row) -> Result<(), Stop> {
        let (before, after) = (row.held, Held::by(&row.view));
        if before == after {
            return Ok(());
        }
        let identity = self.identity(row)?;
        for place in self.places_of(row)?.iter() {
            if before.order != after.order {
                self.follow(*place, &ORDER, row.number, after.order)?;
            }
            if before.identity != after.identity
                && let Some(identity) = &identity
            {
                self.follow(*place, identity, row.number, after.identity)?;
            }
        }
        Ok(())
    }

    fn follow(&mut self, place: i64, what: &Value, call: i64, holds: bool) -> Result<(), Stop> {
        if holds {
            // What has happened has happened: a call that holds it already goes on holding it.
            self.execute(TAKE, params![place, what, call])?;
            return Ok(());
        }
        let let_go = "DELETE FROM guards WHERE place = ?1 AND what = ?2 AND call = ?3";
        if self.execute(let_go, params![place, what, call])? == 0 {
            return Ok(());
        }
        for other in self.calls_at(place)? {
            if other == call {
                continue;
            }
            let Some(other) = self.at(other)? else {
                continue;
            };
            let held = Held::by(&other.view);
            let takes_over = if *what == ORDER {
                held.order
            } else {
                held.identity && self.identity(&other)?.as_ref() == Some(what)
            };
            if takes_over {
                self.execute(TAKE, params![place, what, other.number])?;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes a guard, or says who has it.
    fn take(&mut self, place: i64, what: &Value, call: i64) -> Result<Option<Rc<Row>>, Stop> {
        if self.execute(TAKE, params![place, what, call])? == 1 {
            return Ok(None);
        }
        let holder = "SELECT call FROM guards WHERE place = ?1 AND what = ?2";
        let mut holder = self.db.prepare_cached(holder)?;
        let holder = holder.query_row(params![place, what], |row| row.get(0));
        Ok(match holder.optional()? {
            Some(holder) if holder != call => self.at(holder)?,
            _ => None,
        })
    }

    fn replace(&mut self, place: i64, what: &Value, call: i64) -> Result<(), Stop> {
        let replace = "UPDATE guards SET call = ?3 WHERE place = ?1 AND what = ?2";
        self.execute(replace, params![place, what, call])?;
        Ok(())
    }

    /// An operation, and the refund where it is one: unique at a place among calls that hold
    /// theirs.
    fn identity(&mut self, row: &Row) -> rusqlite::Result<Option<Value>> {
        let Some(Identity {
            operation,
            refund_request_id,
            ..
        }) = &row.view.request.identity
        else {
            return Ok(None);
        };
        Ok(Some(match refund_request_id {
            Some(refund) => Value::Text(format!("{operation} {refund}")),
            None => Value::Integer(self.word(operation)?),
        }))
    }
}

//! Which ids are of one order, and which calls are on it.

use std::collections::BTreeSet;
use std::rc::Rc;

use rusqlite::{OptionalExtension as _, params};
use ums_journal::StoredOrderId;

use crate::write::rows::Tables;
use crate::write::stop::Stop;

impl Tables<'_> {
    /// The calls on the order with any of these ids, in the order in which they began.
    pub(super) fn calls_on(&mut self, ids: &[StoredOrderId]) -> rusqlite::Result<Vec<i64>> {
        let mut calls = BTreeSet::new();
        for place in self.places(ids)? {
            calls.extend(self.calls_at(place)?);
        }
        Ok(calls.into_iter().collect())
    }

    /// The calls at one place, in the order in which they began.
    pub(super) fn calls_at(&self, place: i64) -> rusqlite::Result<Vec<i64>> {
        let calls = "SELECT call FROM order_calls WHERE place = ?1 ORDER BY call";
        let mut calls = self.db.prepare_cached(calls)?;
        calls.query_map(params![place], |row| row.get(0))?.collect()
    }

    /// The places of those ids that have one.
    pub(super) fn places(&mut self, ids: &[StoredOrderId]) -> rusqlite::Result<Vec<i64>> {
        let mut places = BTreeSet::new();
        for id in ids {
            places.extend(self.place(id)?);
        }
        Ok(places.into_iter().collect())
    }

    fn place(&self, id: &StoredOrderId) -> rusqlite::Result<Option<i64>> {
        let place = "SELECT place FROM order_ids \
            WHERE id = ?1 AND merchant = ?2 AND gateway = ?3 AND kind = ?4";
        let values = params![id.id, id.merchant, id.gateway, id.kind.as_str()];
        let mut place = self.db.prepare_cached(place)?;
        place.query_row(values, |row| row.get(0)).optional()
    }

    fn place_or_new(&mut self, id: &StoredOrderId) -> rusqlite::Result<i64> {
        if let Some(place) = self.place(id)? {
            return Ok(place);
        }
        let place = "SELECT coalesce(max(place), 0) + 1 FROM order_ids";
        let place: i64 = self
            .db
            .prepare_cached(place)?
            .query_row([], |row| row.get(0))?;
        self.execute(
            "INSERT INTO order_ids (id, merchant, gateway, kind, place) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id.id, id.merchant, id.gateway, id.kind.as_str(), place],
        )?;
        Ok(place)
    }

    /// Puts a new call on the order with these ids.
    pub(super) fn settle(
        &mut self,
        call: i64,
        ids: &[StoredOrderId],
    ) -> rusqlite::Result<Rc<[i64]>> {
        let mut places = BTreeSet::new();
        for id in ids {
            places.insert(self.place_or_new(id)?);
        }
        for place in &places {
            self.execute(
                "INSERT INTO order_calls (place, call) VALUES (?1, ?2)",
                params![place, call],
            )?;
        }
        Ok(places.into_iter().collect())
    }

    /// Whether both ids are known to be of one order.
    pub(super) fn is_one_order(
        &self,
        one: &StoredOrderId,
        other: &StoredOrderId,
    ) -> rusqlite::Result<bool> {
        let place = self.place(one)?;
        Ok(place.is_some() && place == self.place(other)?)
    }

    /// Makes two orders one.
    pub(super) fn join(&mut self, one: &StoredOrderId, other: &StoredOrderId) -> Result<(), Stop> {
        let (kept, gone) = (self.place_or_new(one)?, self.place_or_new(other)?);
        if kept == gone {
            return Ok(());
        }
        let moved = self.calls_at(gone)?;
        self.forget_places(&moved);
        // Of two calls that hold the same, the one that was there goes on; the other one takes over
        // when it lets go.
        for text in [
            "UPDATE order_ids SET place = ?1 WHERE place = ?2",
            "UPDATE OR IGNORE order_calls SET place = ?1 WHERE place = ?2",
            "UPDATE OR IGNORE guards SET place = ?1 WHERE place = ?2",
        ] {
            self.execute(text, params![kept, gone])?;
        }
        for text in [
            "DELETE FROM order_calls WHERE place = ?1",
            "DELETE FROM guards WHERE place = ?1",
        ] {
            self.execute(text, params![gone])?;
        }
        Ok(())
    }
}

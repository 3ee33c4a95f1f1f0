//! Which ids are of one order, and which calls are on it.

use std::collections::BTreeSet;
use std::rc::Rc;

use rusqlite::{OptionalExtension as _, params};
use ums_journal::StoredOrderId;

use crate::kept::id::Id;
use crate::write::rows::Tables;
use crate::write::stop::Stop;

/// The places that a fact may make: its number, so many times, and on from there.
const PLACES_OF_A_FACT: i64 = 256;
const LAST: i64 = PLACES_OF_A_FACT - 1;

impl Tables<'_> {
    /// The calls at any of these places, in the order in which they began.
    pub(super) fn calls_on(&mut self, places: &[i64]) -> rusqlite::Result<Vec<i64>> {
        if let [place] = places {
            return self.calls_at(*place);
        }
        let mut calls = BTreeSet::new();
        for place in places {
            calls.extend(self.calls_at(*place)?);
        }
        Ok(calls.into_iter().collect())
    }

    /// The calls at one place, in the order in which they began.
    pub(super) fn calls_at(&mut self, place: i64) -> rusqlite::Result<Vec<i64>> {
        if let Some(calls) = self.on_places().get(&place) {
            return Ok(calls.clone());
        }
        let calls = "SELECT call FROM order_calls WHERE place = ?1 ORDER BY call";
        let mut calls = self.db.prepare_cached(calls)?;
        let calls = calls.query_map(params![place], |row| row.get(0))?;
        let calls: Vec<_> = calls.collect::<rusqlite::Result<_>>()?;
        self.on_places().insert(place, calls.clone());
        Ok(calls)
    }

    /// The places of those ids that have one.
    pub(super) fn places(&mut self, ids: &[StoredOrderId]) -> rusqlite::Result<Vec<i64>> {
        let mut places = BTreeSet::new();
        for id in ids {
            places.extend(self.place(id)?);
        }
        Ok(places.into_iter().collect())
    }

    fn place(&mut self, id: &StoredOrderId) -> rusqlite::Result<Option<i64>> {
        let place = "SELECT coalesce(kept, order_ids.place) FROM order_ids \
            LEFT JOIN joined_places USING (place) \
            WHERE id = ?1 AND merchant = ?2 AND gateway = ?3 AND kind = ?4";
        let (Some(merchant), Some(gateway), Some(kind)) = (
            self.known_word(&id.merchant)?,
            self.known_word(&id.gateway)?,
            self.known_word(id.kind.as_str())?,
        ) else {
            return Ok(None);
        };
        let values = params![Id(&id.id), merchant, gateway, kind];
        let mut place = self.db.prepare_cached(place)?;
        place.query_row(values, |row| row.get(0)).optional()
    }

    /// The place of an id, which is a new one if it has none: then the `nth` that this fact makes.
    fn place_or_new(&mut self, id: &StoredOrderId, fact: i64, nth: usize) -> rusqlite::Result<i64> {
        // Ids of one order may share a place, so it does no harm when a fact makes more.
        let new = fact * PLACES_OF_A_FACT + i64::try_from(nth).map_or(LAST, |nth| nth.min(LAST));
        let (merchant, gateway) = (self.word(&id.merchant)?, self.word(&id.gateway)?);
        let kind = self.word(id.kind.as_str())?;
        let taken = self.execute(
            "INSERT INTO order_ids (id, merchant, gateway, kind, place) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO NOTHING",
            params![Id(&id.id), merchant, gateway, kind, new],
        )?;
        if taken == 1 {
            return Ok(new);
        }
        let missing = rusqlite::Error::QueryReturnedNoRows;
        self.place(id)?.ok_or(missing)
    }

    /// Puts a new call on the order with these ids.
    pub(super) fn settle(
        &mut self,
        call: i64,
        ids: &[StoredOrderId],
    ) -> rusqlite::Result<Rc<[i64]>> {
        let mut places = BTreeSet::new();
        for (nth, id) in ids.iter().enumerate() {
            places.insert(self.place_or_new(id, call, nth)?);
        }
        for place in &places {
            self.execute(
                "INSERT INTO order_calls (place, call) VALUES (?1, ?2)",
                params![place, call],
            )?;
            if *place >= call * PLACES_OF_A_FACT {
                // Nobody else can be at a place that is new.
                self.on_places().insert(*place, vec![call]);
            } else if let Some(calls) = self.on_places().get_mut(place) {
                calls.push(call);
            }
        }
        Ok(places.into_iter().collect())
    }

    /// Whether both ids are known to be of one order.
    pub(super) fn is_one_order(
        &mut self,
        one: &StoredOrderId,
        other: &StoredOrderId,
    ) -> rusqlite::Result<bool> {
        let place = self.place(one)?;
        Ok(place.is_some() && place == self.place(other)?)
    }

    /// Makes two orders one.
    pub(super) fn join(
        &mut self,
        fact: i64,
        one: &StoredOrderId,
        other: &StoredOrderId,
    ) -> Result<(), Stop> {
        let kept = self.place_or_new(one, fact, 0)?;
        let gone = self.place_or_new(other, fact, 1)?;
        if kept == gone {
            return Ok(());
        }
        let moved = self.calls_at(gone)?;
        self.forget_places(&moved);
        self.on_places().remove(&kept);
        self.on_places().remove(&gone);
        // Of two calls that hold the same, the one that was there goes on; the other one takes over
        // when it lets go.
        for text in [
            "UPDATE joined_places SET kept = ?1 WHERE kept = ?2",
            "INSERT INTO joined_places (place, kept) VALUES (?2, ?1)",
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

//! Which calls of a store in memory fulfil a filter.

use crate::call::stamp::Stamp;
use crate::memory_store::tables::{Row, Tables};
use crate::store::filter::{CallPage, Cursor, Filter, ListOrder};

impl Tables {
    pub(super) fn search(
        &self,
        filter: &Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
        now: &Stamp,
    ) -> CallPage {
        let is_left = |number: u64| match (after, order) {
            (None, _) => true,
            (Some(after), ListOrder::OldestFirst) => number > after.get(),
            (Some(after), ListOrder::NewestFirst) => number < after.get(),
        };
        let found = self.began.iter().filter(|(number, call)| {
            let row = self.rows.get(*call);
            is_left(**number) && row.is_some_and(|row| self.fulfils(row, filter, now))
        });
        let mut found: Vec<_> = match order {
            ListOrder::OldestFirst => found.take(limit.saturating_add(1)).collect(),
            ListOrder::NewestFirst => found.rev().take(limit.saturating_add(1)).collect(),
        };
        let is_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().map(|(number, _)| Cursor::new(**number));
        let calls = found.iter().filter_map(|(_, call)| self.call(call, now));
        CallPage::new(calls.collect(), next.filter(|_| is_more))
    }

    fn fulfils(&self, row: &Row, filter: &Filter, now: &Stamp) -> bool {
        let (view, request) = (&row.view, &row.view.request);
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let names_order = |wanted: &String| {
            let ids = request.order().iter().flat_map(|id| self.ids_with(id));
            ids.into_iter().any(|id| id.id == *wanted)
        };
        let began = view.began.at;
        let age = now
            .at
            .signed_duration_since(began)
            .to_std()
            .unwrap_or_default();
        let holder = row.holder.as_ref();
        let is_abandoned =
            |wanted: bool| holder.is_some_and(|holder| self.is_alive(holder, now) != wanted);
        filter.open.is_none_or(|open| view.is_open() == open)
            && filter.key.as_ref().is_none_or(|key| request.key == *key)
            && filter.order.as_ref().is_none_or(names_order)
            && is(&filter.gateway, Some(&request.key.scope.gateway))
            && is(&filter.merchant, Some(&request.key.scope.merchant))
            && is(&filter.operation, Some(&request.operation))
            && is(&filter.profile, request.profile.as_deref())
            && (filter.amount_fen.is_none() || filter.amount_fen == request.amount_fen)
            && filter.state.is_none_or(|state| view.state == state)
            && (filter.outcome.is_none() || filter.outcome == view.outcome)
            && filter.since.is_none_or(|since| began >= since)
            && filter.until.is_none_or(|until| began < until)
            && (filter.owner.is_none() || filter.owner.as_ref() == holder)
            && filter.abandoned.is_none_or(is_abandoned)
            && filter.older_than.is_none_or(|least| age >= least)
    }
}

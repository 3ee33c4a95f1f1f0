//! What a store in memory holds: the facts, and what is made from them to find them by.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::call::identity::StoredOrderId;
use crate::call::ids::{CallId, Epoch, FactId, JournalId, Owner};
use crate::call::journal_key::JournalKey;
use crate::call::key::ScopedKey;
use crate::call::stamp::{Passed, Stamp};
use crate::fact::entry::{Accepted, Fact, FactKind, TraceLine};
use crate::fact::recorded::{ChainHash, RecordedFact};
use crate::fact::view::View;
use crate::store::call::{Holder, StoredCall};
use crate::store::head::Head;

#[derive(Clone)]
pub(super) struct Tables {
    pub(super) journal: JournalId,
    pub(super) key: JournalKey,
    /// The facts that are here, in their order: all of them, or those of an excerpt.
    pub(super) facts: Vec<RecordedFact>,
    end: (u64, ChainHash),
    pub(super) ids: HashMap<FactId, usize>,
    /// Whose details were taken out since this was made.
    pub(super) buried: Vec<usize>,
    pub(super) rows: HashMap<CallId, Row>,
    /// The calls that have begun or changed since this was made.
    pub(super) changed: BTreeSet<CallId>,
    /// The calls in the order in which they began, by the number of the first fact.
    pub(super) began: BTreeMap<u64, CallId>,
    pub(super) keys: HashMap<ScopedKey, CallId>,
    /// Which order each id is of.
    places: HashMap<StoredOrderId, usize>,
    orders: Vec<KnownOrder>,
    pub(super) leases: HashMap<Owner, (Stamp, Duration)>,
    pub(super) trace_numbers: HashMap<TraceLine, u32>,
    accepted: Option<(u64, Accepted)>,
}

/// What is not in the facts of a call, and what they say.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) facts: Vec<usize>,
    pub(super) view: View,
    pub(super) epoch: Epoch,
    pub(super) holder: Option<Owner>,
}

#[derive(Clone, Default)]
struct KnownOrder {
    ids: BTreeSet<StoredOrderId>,
    calls: BTreeSet<(u64, CallId)>,
}

/// A fact that cannot be written as JSON. There is none.
#[derive(Debug)]
pub(super) struct Unwritable;

impl Tables {
    pub(super) fn new(journal: JournalId, key: JournalKey) -> Self {
        Self {
            journal,
            key,
            facts: Vec::new(),
            end: (0, ChainHash::of_nothing()),
            ids: HashMap::new(),
            buried: Vec::new(),
            rows: HashMap::new(),
            changed: BTreeSet::new(),
            began: BTreeMap::new(),
            keys: HashMap::new(),
            places: HashMap::new(),
            orders: Vec::new(),
            leases: HashMap::new(),
            trace_numbers: HashMap::new(),
            accepted: None,
        }
    }

    pub(super) fn head(&self, now: Stamp) -> Head {
        let (number, chain) = self.end();
        let head = Head::new(self.journal.clone(), number, chain, now);
        match &self.accepted {
            Some((number, accepted)) => head.with_accepted(*number, accepted.clone()),
            None => head,
        }
    }

    /// The number of the last fact, and the hash that binds all of them.
    pub(super) fn end(&self) -> (u64, ChainHash) {
        self.end.clone()
    }

    /// Goes on after this fact, wherever it is.
    pub(super) fn go_on_after(&mut self, number: u64, chain: ChainHash) {
        self.end = (number, chain);
    }

    /// Adds a fact at the end, written down now.
    pub(super) fn append(&mut self, fact: Fact, now: &Stamp) -> Result<(), Unwritable> {
        let (number, chain) = self.end();
        let recorded = RecordedFact::new(number + 1, &chain, now.clone(), fact);
        self.add_at_end(recorded.map_err(|_| Unwritable)?);
        Ok(())
    }

    /// Adds a fact at the end that was written down elsewhere.
    pub(super) fn append_from_elsewhere(&mut self, fact: &RecordedFact) {
        let (number, chain) = self.end();
        self.add_at_end(fact.moved_to(number + 1, &chain));
    }

    fn add_at_end(&mut self, recorded: RecordedFact) {
        self.end = (recorded.number(), recorded.chain().clone());
        self.add(recorded);
    }

    /// Adds a fact that is written down and is looked for by its id alone.
    pub(super) fn add_found(&mut self, recorded: RecordedFact) {
        self.ids
            .insert(recorded.fact().id.clone(), self.facts.len());
        self.facts.push(recorded);
    }

    /// Adds a fact with what is found by it.
    fn add(&mut self, recorded: RecordedFact) {
        let place = self.facts.len();
        self.facts.push(recorded.clone());
        let (number, fact) = (recorded.number(), recorded.fact());
        self.ids.insert(fact.id.clone(), place);
        match &fact.what {
            FactKind::TraceNumbersTaken(taken) => {
                let last = self.trace_numbers.entry(taken.line.clone()).or_default();
                *last = (*last).max(taken.first + taken.count - 1);
            }
            FactKind::Accepted(accepted) if accepted.journal == self.journal => {
                self.accepted = Some((number, accepted.clone()));
            }
            FactKind::Linked(linked) => {
                self.join(&linked.one, &linked.other);
            }
            _ => {}
        }
        let Some(call) = &fact.call else { return };
        if let Some(row) = self.rows.get_mut(call) {
            row.facts.push(place);
            row.view.add(&recorded);
            self.changed.insert(call.clone());
        } else if let Some(view) = View::of([&recorded]) {
            self.begin_row(call, number, vec![place], view);
            self.changed.insert(call.clone());
        }
    }

    /// Adds a call that is written down, with all its facts. `None` when it does not begin there.
    pub(super) fn add_known(
        &mut self,
        facts: Vec<RecordedFact>,
        epoch: Epoch,
        holder: Option<Owner>,
    ) -> Option<CallId> {
        let view = View::of(&facts)?;
        let call = facts.first()?.fact().call.clone()?;
        let mut places = Vec::with_capacity(facts.len());
        for fact in facts {
            places.push(self.facts.len());
            self.ids.insert(fact.fact().id.clone(), self.facts.len());
            self.facts.push(fact);
        }
        self.begin_row(&call, view.first_fact, places, view);
        if let Some(row) = self.rows.get_mut(&call) {
            row.epoch = epoch;
            row.holder = holder;
        }
        Some(call)
    }

    /// What has changed until now was written, or is of no interest.
    pub(super) fn forget_changes(&mut self) {
        self.changed.clear();
        self.buried.clear();
    }

    /// A call that is about to be changed.
    pub(super) fn row_mut(&mut self, call: &CallId) -> Option<&mut Row> {
        let row = self.rows.get_mut(call)?;
        self.changed.insert(call.clone());
        Some(row)
    }

    fn begin_row(&mut self, call: &CallId, number: u64, facts: Vec<usize>, view: View) {
        for id in view.request.order() {
            let order = self.order_of(id);
            self.orders[order].calls.insert((number, call.clone()));
        }
        self.began.insert(number, call.clone());
        // Of calls with one key, it is that of the first.
        let has_key = self.keys.get(&view.request.key);
        let has_key = has_key.and_then(|call| self.rows.get(call));
        if has_key.is_none_or(|first| number < first.view.first_fact) {
            self.keys.insert(view.request.key.clone(), call.clone());
        }
        let row = Row {
            facts,
            epoch: view.epoch,
            holder: None,
            view,
        };
        self.rows.insert(call.clone(), row);
    }

    /// Takes the details out of the facts of a call.
    pub(super) fn bury(&mut self, call: &CallId) -> Result<(), Unwritable> {
        self.changed.insert(call.clone());
        let Some(row) = self.rows.get_mut(call) else {
            return Ok(());
        };
        for place in &row.facts {
            self.facts[*place] = self.facts[*place].buried().map_err(|_| Unwritable)?;
            self.buried.push(*place);
        }
        if let Some(view) = View::of(row.facts.iter().map(|place| &self.facts[*place])) {
            row.view = view;
        }
        Ok(())
    }

    pub(super) fn call(&self, call: &CallId, now: &Stamp) -> Option<StoredCall> {
        let row = self.rows.get(call)?;
        let facts = row.facts.iter().map(|place| self.facts[*place].clone());
        let holder = row.holder.as_ref();
        let holder = holder.map(|owner| Holder::new(owner.clone(), self.is_alive(owner, now)));
        Some(StoredCall {
            id: call.clone(),
            facts: facts.collect(),
            // What the facts say was made as they came: it is the same as made anew.
            view: row.view.clone(),
            epoch: row.epoch,
            holder,
        })
    }

    /// The calls on the order with any of these ids, in the order in which they began.
    pub(super) fn calls_on(&self, ids: &[StoredOrderId]) -> Vec<CallId> {
        let orders: BTreeSet<_> = ids.iter().filter_map(|id| self.places.get(id)).collect();
        let calls = orders
            .into_iter()
            .flat_map(|order| &self.orders[*order].calls);
        let calls: BTreeSet<_> = calls.collect();
        calls.into_iter().map(|(_, call)| call.clone()).collect()
    }

    /// Every id of the order with this id, itself included.
    pub(super) fn ids_with(&self, id: &StoredOrderId) -> Vec<&StoredOrderId> {
        let order = self.places.get(id).map(|order| &self.orders[*order]);
        order.map_or_else(Vec::new, |order| order.ids.iter().collect())
    }

    pub(super) fn renew(&mut self, owner: &Owner, lease: Duration, now: &Stamp) -> bool {
        let had_ended = self.leases.contains_key(owner) && !self.is_alive(owner, now);
        self.leases.insert(owner.clone(), (now.clone(), lease));
        had_ended
    }

    pub(super) fn is_alive(&self, owner: &Owner, now: &Stamp) -> bool {
        self.leases.get(owner).is_some_and(|(since, lease)| {
            // A lease of another boot has ended: no process lives across one.
            matches!(now.passed_since(since), Passed::Exactly(passed) if passed < *lease)
        })
    }

    /// Makes two orders one.
    pub(super) fn join(&mut self, one: &StoredOrderId, other: &StoredOrderId) {
        let (one, other) = (self.order_of(one), self.order_of(other));
        if one == other {
            return;
        }
        let gone = std::mem::take(&mut self.orders[other]);
        for id in &gone.ids {
            self.places.insert(id.clone(), one);
        }
        self.orders[one].ids.extend(gone.ids);
        self.orders[one].calls.extend(gone.calls);
    }

    fn order_of(&mut self, id: &StoredOrderId) -> usize {
        if let Some(order) = self.places.get(id) {
            return *order;
        }
        let order = self.orders.len();
        self.orders.push(KnownOrder {
            ids: BTreeSet::from([id.clone()]),
            calls: BTreeSet::new(),
        });
        self.places.insert(id.clone(), order);
        order
    }
}

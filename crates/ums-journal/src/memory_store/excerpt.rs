//! The part of a journal that groups of commands look at, in memory: how a store in a database
//! decides and writes a whole group in two steps.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use crate::call::identity::StoredOrderId;
use crate::call::ids::{CallId, Epoch, JournalId, Owner};
use crate::call::journal_key::JournalKey;
use crate::call::key::ScopedKey;
use crate::call::stamp::Stamp;
use crate::fact::entry::{FactKind, TraceLine};
use crate::fact::recorded::{ChainHash, RecordedFact};
use crate::fact::view::View;
use crate::memory_store::carry_out::carry_out;
use crate::memory_store::tables::{Row, Tables};
use crate::memory_store::touched::Touched;
use crate::store::command::StoreCommand;
use crate::store::contract::CommandResult;

/// The part of a journal that groups of commands look at, in memory.
///
/// A store reads what is [touched](crate::Touched) by a group under the lock that its transaction
/// holds, has the group carried out here, and writes [what has changed](Self::changes) in the same
/// transaction. What a command comes to is decided as in a [`MemoryStore`](crate::MemoryStore).
///
/// It may be kept for the next group once its changes are [written](Self::written), for as long as
/// nobody else has written: then only what is [missing](Self::missing) is to be read, and the
/// leases, which others renew.
pub struct Excerpt {
    tables: Tables,
    known_facts: usize,
    known: HashMap<CallId, Known>,
    known_leases: HashMap<Owner, (Stamp, Duration)>,
    /// The orders of which all calls are here, by the ids that they were read by.
    whole_orders: HashSet<StoredOrderId>,
    /// The keys of which is known which call has them.
    whole_keys: HashSet<ScopedKey>,
}

/// What was known of a call before the group.
#[derive(PartialEq, Eq)]
struct Known {
    facts: usize,
    epoch: Epoch,
    holder: Option<Owner>,
    held_identity: bool,
}

impl Known {
    fn of(row: &Row) -> Self {
        Self {
            facts: row.facts.len(),
            epoch: row.epoch,
            holder: row.holder.clone(),
            held_identity: row.view.holds_identity(),
        }
    }
}

impl Excerpt {
    /// Nothing yet of the journal.
    pub fn new(journal: JournalId) -> Self {
        // No command hashes anything under the journal's key.
        let tables = Tables::new(journal, JournalKey::new([0; 32]));
        Self {
            tables,
            known_facts: 0,
            known: HashMap::new(),
            known_leases: HashMap::new(),
            whole_orders: HashSet::new(),
            whole_keys: HashSet::new(),
        }
    }

    /// How many calls it holds.
    pub fn calls(&self) -> usize {
        self.tables.rows.len()
    }

    /// What is to be read beside what is here.
    pub fn missing(&self, touched: &Touched) -> Touched {
        let tables = &self.tables;
        let is_whole = |call: &CallId| {
            tables.rows.get(call).is_some_and(|row| {
                let mut ids = row.view.request.order().iter();
                ids.all(|id| self.whole_orders.contains(id))
            })
        };
        let mut missing = touched.clone();
        missing.calls.retain(|call| !is_whole(call));
        missing.keys.retain(|key| {
            let call = tables.keys.get(key);
            !self.whole_keys.contains(key) || call.is_some_and(|call| !is_whole(call))
        });
        missing.orders.retain(|id| !self.whole_orders.contains(id));
        missing.facts.retain(|id| !tables.ids.contains_key(id));
        missing
    }

    /// What was missing was read, and all that was found of it is here.
    pub fn set_read(&mut self, missing: &Touched) {
        let by_key = missing
            .keys
            .iter()
            .filter_map(|key| self.tables.keys.get(key));
        for call in missing.calls.iter().chain(by_key) {
            if let Some(row) = self.tables.rows.get(call) {
                self.whole_orders
                    .extend(row.view.request.order().iter().cloned());
            }
        }
        self.whole_orders.extend(missing.orders.iter().cloned());
        self.whole_keys.extend(missing.keys.iter().cloned());
    }

    /// The processes that hold calls which are here, and are touched: whether they live is to be
    /// read each time.
    pub fn holders(&self, touched: &Touched) -> BTreeSet<&Owner> {
        let by_key = touched
            .keys
            .iter()
            .filter_map(|key| self.tables.keys.get(key));
        let calls = touched.calls.iter().chain(by_key);
        let rows = calls.filter_map(|call| self.tables.rows.get(call));
        rows.filter_map(|row| row.holder.as_ref()).collect()
    }

    /// Takes in how many facts there are, and the hash that binds them.
    pub fn set_end(&mut self, facts: u64, chain: ChainHash) {
        self.tables.go_on_after(facts, chain);
    }

    /// Takes in a call with all its facts, in their order, and who holds it. Of two calls that have
    /// one key, the one that has it for itself comes first.
    pub fn add_call(&mut self, facts: Vec<RecordedFact>, epoch: Epoch, holder: Option<Owner>) {
        let first = facts.first().and_then(|first| first.fact().call.as_ref());
        if first.is_some_and(|call| self.tables.rows.contains_key(call)) {
            return;
        }
        if let Some(call) = self.tables.add_known(facts, epoch, holder) {
            self.known_facts = self.tables.facts.len();
            if let Some(row) = self.tables.rows.get(&call) {
                self.known.insert(call, Known::of(row));
            }
        }
    }

    /// Takes in a fact that is looked for by its id.
    pub fn add_fact(&mut self, fact: RecordedFact) {
        if !self.tables.ids.contains_key(&fact.fact().id) {
            self.tables.add_found(fact);
            self.known_facts = self.tables.facts.len();
        }
    }

    /// Takes in that two ids are of one order.
    pub fn add_link(&mut self, one: &StoredOrderId, other: &StoredOrderId) {
        self.tables.join(one, other);
    }

    /// Takes in since when a process has a lease, and for how long.
    pub fn add_lease(&mut self, owner: Owner, since: Stamp, lease: Duration) {
        let lease = (since, lease);
        self.known_leases.insert(owner.clone(), lease.clone());
        self.tables.leases.insert(owner, lease);
    }

    /// Takes in the last trace number that anybody got.
    pub fn add_trace_number(&mut self, line: TraceLine, last: u32) {
        self.tables.trace_numbers.insert(line, last);
    }

    /// Carries the commands out, in their order, each after what those before it wrote. `None` when
    /// a fact cannot be written as JSON: there is none.
    pub fn carry_out(
        &mut self,
        group: Vec<StoreCommand>,
        now: &Stamp,
    ) -> Option<Vec<CommandResult>> {
        carry_out(&mut self.tables, group, now).ok()
    }

    /// What is to be written.
    pub fn changes(&self) -> Changes<'_> {
        let tables = &self.tables;
        let added = tables.facts.get(self.known_facts..).unwrap_or_default();
        let buried: HashSet<usize> = tables.buried.iter().copied().collect();
        let changed = tables.changed.iter();
        let mut calls: Vec<_> = changed
            .filter_map(|call| self.changed(call, &buried))
            .collect();
        calls.sort_by_key(|call| call.view.first_fact);
        let mut leases: Vec<_> = tables
            .leases
            .iter()
            .filter(|(owner, lease)| self.known_leases.get(*owner) != Some(lease))
            .map(|(owner, (_, lease))| (owner, *lease))
            .collect();
        leases.sort();
        let buried = tables.buried.iter().map(|place| &tables.facts[*place]);
        Changes {
            facts: added,
            buried: buried.collect(),
            calls,
            leases,
            end: tables.end(),
        }
    }

    /// The changes were written, and nobody else writes in between.
    pub fn written(&mut self) {
        for call in &self.tables.changed {
            if let Some(row) = self.tables.rows.get(call) {
                self.known.insert(call.clone(), Known::of(row));
            }
        }
        self.known_facts = self.tables.facts.len();
        self.known_leases.clone_from(&self.tables.leases);
        self.tables.forget_changes();
    }

    fn changed<'a>(&'a self, call: &'a CallId, buried: &HashSet<usize>) -> Option<ChangedCall<'a>> {
        let row = self.tables.rows.get(call)?;
        let known = self.known.get(call);
        let is_buried = row.facts.iter().any(|place| buried.contains(place));
        if !is_buried && known == Some(&Known::of(row)) {
            return None;
        }
        Some(ChangedCall {
            id: call,
            view: &row.view,
            epoch: row.epoch,
            holder: row.holder.as_ref(),
            is_new: known.is_none(),
            held_identity: known.is_some_and(|known| known.held_identity),
            has_key: self.tables.keys.get(&row.view.request.key) == Some(call),
            is_despite: self.is_despite(row),
        })
    }

    fn is_despite(&self, row: &Row) -> bool {
        let first = row
            .facts
            .first()
            .and_then(|place| self.tables.facts.get(*place));
        first.is_some_and(|first| match &first.fact().what {
            FactKind::Intended(intended) => !intended.despite.is_empty(),
            _ => false,
        })
    }
}

/// What a group has changed, to be written down in one transaction.
#[derive(Debug)]
#[non_exhaustive]
pub struct Changes<'a> {
    /// The facts that are added at the end.
    pub facts: &'a [RecordedFact],
    /// The facts whose details are taken out: their new texts.
    pub buried: Vec<&'a RecordedFact>,
    /// The calls that have begun or changed, in the order in which they began.
    pub calls: Vec<ChangedCall<'a>>,
    /// The leases that are renewed now, in the order of their owners.
    pub leases: Vec<(&'a Owner, Duration)>,
    /// The number of the last fact, and the hash that binds all of them.
    pub end: (u64, ChainHash),
}

/// A call that has begun or changed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ChangedCall<'a> {
    /// The call.
    pub id: &'a CallId,
    /// What is known of it now.
    pub view: &'a View,
    /// How often it has changed hands.
    pub epoch: Epoch,
    /// Who holds it.
    pub holder: Option<&'a Owner>,
    /// Whether it has begun in this group.
    pub is_new: bool,
    /// Whether it held its identity before.
    pub held_identity: bool,
    /// Whether its key is its own: of calls that were restored beside others it is not.
    pub has_key: bool,
    /// Whether it began in spite of other calls.
    pub is_despite: bool,
}

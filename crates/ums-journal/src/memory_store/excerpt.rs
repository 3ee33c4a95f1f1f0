//! The part of a journal that a group of commands looks at, in memory: how a store in a database
//! decides and writes a whole group in two steps.

use std::collections::HashMap;
use std::time::Duration;

use crate::call::identity::StoredOrderId;
use crate::call::ids::{CallId, Epoch, JournalId, Owner};
use crate::call::journal_key::JournalKey;
use crate::call::stamp::Stamp;
use crate::fact::entry::{FactKind, TraceLine};
use crate::fact::recorded::{ChainHash, RecordedFact};
use crate::fact::view::View;
use crate::memory_store::carry_out::carry_out;
use crate::memory_store::tables::{Row, Tables};
use crate::store::command::StoreCommand;
use crate::store::contract::CommandResult;

/// The part of a journal that a group of commands looks at, in memory.
///
/// A store reads what is [touched](crate::Touched) by a group under the lock that its transaction
/// holds, has the group carried out here, and writes [what has changed](Self::changes) in the same
/// transaction. What a command comes to is decided as in a [`MemoryStore`](crate::MemoryStore).
pub struct Excerpt {
    tables: Tables,
    now: Stamp,
    known_facts: usize,
    known: HashMap<CallId, Known>,
    known_leases: HashMap<Owner, (Stamp, Duration)>,
}

/// What was known of a call before the group.
struct Known {
    facts: usize,
    epoch: Epoch,
    holder: Option<Owner>,
    held_identity: bool,
}

impl Excerpt {
    /// Nothing yet of the journal, which has so many facts, bound by this hash, at this time of the
    /// store.
    #[must_use]
    pub fn new(journal: JournalId, facts: u64, chain: ChainHash, now: Stamp) -> Self {
        // No command hashes anything under the journal's key.
        let mut tables = Tables::new(journal, JournalKey::new([0; 32]));
        tables.go_on_after(facts, chain);
        Self {
            tables,
            now,
            known_facts: 0,
            known: HashMap::new(),
            known_leases: HashMap::new(),
        }
    }

    /// Takes in a call with all its facts, in their order, and who holds it. Of two calls that have
    /// one key, the one that has it for itself comes first.
    ///
    /// A call that does not begin among its facts is left out, and `false` is the answer.
    pub fn add_call(
        &mut self,
        facts: Vec<RecordedFact>,
        epoch: Epoch,
        holder: Option<Owner>,
    ) -> bool {
        let Some(call) = self.tables.add_known(facts, epoch, holder.clone()) else {
            return false;
        };
        self.known_facts = self.tables.facts.len();
        if let Some(row) = self.tables.rows.get(&call) {
            let known = Known {
                facts: row.facts.len(),
                epoch,
                holder,
                held_identity: row.view.holds_identity(),
            };
            self.known.insert(call, known);
        }
        true
    }

    /// Takes in a fact that is looked for by its id.
    pub fn add_fact(&mut self, fact: RecordedFact) {
        if !self.tables.ids.contains_key(&fact.fact().id) {
            self.tables.add(fact);
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
    pub fn carry_out(&mut self, group: Vec<StoreCommand>) -> Option<Vec<CommandResult>> {
        carry_out(&mut self.tables, group, &self.now).ok()
    }

    /// What is to be written.
    #[must_use]
    pub fn changes(&self) -> Changes<'_> {
        let tables = &self.tables;
        let added = tables.facts.get(self.known_facts..).unwrap_or_default();
        let buried = tables.buried.iter().map(|place| &tables.facts[*place]);
        let calls = tables.began.values();
        let mut leases: Vec<_> = tables
            .leases
            .iter()
            .filter(|(owner, lease)| self.known_leases.get(*owner) != Some(lease))
            .map(|(owner, (_, lease))| (owner, *lease))
            .collect();
        leases.sort();
        Changes {
            facts: added,
            buried: buried.collect(),
            calls: calls.filter_map(|call| self.changed(call)).collect(),
            leases,
            end: tables.end(),
        }
    }

    fn changed<'a>(&'a self, call: &'a CallId) -> Option<ChangedCall<'a>> {
        let row = self.tables.rows.get(call)?;
        let known = self.known.get(call);
        let is_same = known.is_some_and(|known| {
            known.facts == row.facts.len()
                && known.epoch == row.epoch
                && known.holder == row.holder
                && !self.is_buried(row)
        });
        (!is_same).then(|| ChangedCall {
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
        let first = row.facts.first().and_then(|place| self.tables.facts.get(*place));
        first.is_some_and(|first| match &first.fact().what {
            FactKind::Intended(intended) => !intended.despite.is_empty(),
            _ => false,
        })
    }

    fn is_buried(&self, row: &Row) -> bool {
        let buried = &self.tables.buried;
        row.facts.iter().any(|place| buried.contains(place))
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

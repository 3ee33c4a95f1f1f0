//! Whether the tables that a store makes from its facts still say what the facts say.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, Hash};

use crate::call::identity::StoredOrderId;
use crate::call::ids::{CallId, JournalId};
use crate::call::key::ScopedKey;
use crate::fact::entry::{FactKind, TraceLine};
use crate::fact::recorded::{ChainHash, RecordedFact};
use crate::fact::view::View;
use crate::store::contract::Store;
use crate::store::error::{Committed, StoreError, StoreErrorKind};
use crate::store::lines::{BrokenChain, ChainCheck};

/// What a journal was found to be by going through all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckedJournal {
    /// How many facts it has.
    pub facts: u64,
    /// The hash that binds them.
    pub chain: ChainHash,
    /// How many of them have had their details taken out.
    pub without_details: u64,
    /// The first fact that lacks details of which no fact says that they were taken out.
    pub broken: Option<BrokenChain>,
    /// The tables that do not say what the facts say.
    pub tables: Vec<TableFault>,
}

/// A table that does not say what the facts say: somebody has changed it, or the store is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the table {table} is not what the facts say: it has {found} rows, and should have {expected}"
)]
#[non_exhaustive]
pub struct TableFault {
    /// Its name.
    pub table: &'static str,
    /// How many rows the facts make.
    pub expected: u64,
    /// How many it has. Where there are as many, they are others.
    pub found: u64,
}

/// The facts of a store alone, page by page, for one that makes no tables of them.
pub(crate) async fn check_facts<S: Store + ?Sized>(
    store: &S,
) -> Result<CheckedJournal, StoreError> {
    const PAGE: usize = 4096;
    let mut chain = ChainCheck::new();
    loop {
        let facts = store.facts(chain.head().0, PAGE).await?;
        if facts.is_empty() {
            return Ok(CheckedJournal::of(&chain, Vec::new()));
        }
        for fact in &facts {
            chain.take(fact).map_err(damaged)?;
        }
    }
}

fn damaged(error: BrokenChain) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, Committed::No).with_source(error)
}

impl CheckedJournal {
    fn of(chain: &ChainCheck, tables: Vec<TableFault>) -> Self {
        let (facts, hash) = chain.head();
        Self {
            facts,
            chain: hash.clone(),
            without_details: chain.without_details(),
            broken: chain.finish().err(),
            tables,
        }
    }
}

/// Holds the tables of a store against its facts, in one pass over each, without keeping them.
///
/// First it takes every fact, then, after [`end_facts`](Self::end_facts), every row. Rows are
/// compared by sums of their hashes, which are other ones each time.
#[derive(Debug)]
pub struct TablesCheck {
    journal: JournalId,
    hashes: RandomState,
    chain: ChainCheck,
    /// The last fact of each call, as the store has it.
    last_facts: HashMap<u64, u64>,
    /// The calls of which further facts are to come.
    under_way: HashMap<CallId, View>,
    accepted: Option<u64>,
    trace_numbers: HashMap<TraceLine, u32>,
    orders: Orders,
    sums: [Sums; TABLES.len()],
    /// The keys that a call has.
    keys: HashSet<u64>,
    /// Facts that are not where the store has them among those of their call.
    strays: u64,
    /// Ids of one order that the store has at two places.
    split: u64,
}

const TABLES: [&str; 9] = [
    "calls",
    "call_ids",
    "fact_ids",
    "keys",
    "order_ids",
    "order_calls",
    "guards",
    "trace_numbers",
    "journal",
];
const CALLS: usize = 0;
const CALL_IDS: usize = 1;
const FACT_IDS: usize = 2;
const KEYS: usize = 3;
const ORDER_IDS: usize = 4;
const ORDER_CALLS: usize = 5;
const GUARDS: usize = 6;
const TRACE_NUMBERS: usize = 7;
const JOURNAL: usize = 8;

#[derive(Debug, Default)]
struct Sums {
    expected: u64,
    expected_rows: u64,
    found: u64,
    found_rows: u64,
}

/// The ids of orders that facts name, and which of them are of one order.
#[derive(Debug, Default)]
struct Orders {
    numbers: HashMap<u64, usize>,
    /// Another id of the same order, or itself.
    linked: Vec<usize>,
    /// Where the store has each.
    places: Vec<Option<i64>>,
    /// A call, and an id that it names.
    calls: Vec<(u64, usize)>,
    /// What calls hold at an id, or have held.
    named: Vec<Named>,
    /// What the store has held at a place.
    guards: Vec<(i64, u64, u64)>,
    /// Whether orders have none, and what a second call holds may have none.
    has_few_guards: bool,
}

#[derive(Clone, Copy, Debug)]
struct Named {
    id: usize,
    what: u64,
    call: u64,
    is_held: bool,
}

impl Orders {
    fn number(&mut self, hash: u64) -> usize {
        let next = self.linked.len();
        let number = *self.numbers.entry(hash).or_insert(next);
        if number == next {
            self.linked.push(next);
            self.places.push(None);
        }
        number
    }

    fn root(&self, mut number: usize) -> usize {
        while let Some(&next) = self.linked.get(number)
            && next != number
        {
            number = next;
        }
        number
    }

    fn link(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(linked) = self.linked.get_mut(other) {
            *linked = one;
        }
    }

    fn place(&self, number: usize) -> Option<i64> {
        self.places.get(self.root(number)).copied().flatten()
    }
}

/// Where a fact is among those of its call. Nowhere, when it is one of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlaceInCall {
    /// The number of the call's first fact.
    pub first: Option<u64>,
    /// The number of the one before it.
    pub before: Option<u64>,
}

/// A row of the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    clippy::exhaustive_structs,
    reason = "the columns of a call, as its view and its request have them: each store reads them"
)]
pub struct CallRow<'a> {
    pub number: u64,
    pub gateway: &'a str,
    pub merchant: &'a str,
    pub operation: &'a str,
    pub profile: Option<&'a str>,
    pub amount_fen: Option<u64>,
    pub began_ms: i64,
    pub changed_ms: i64,
    pub is_open: bool,
    pub state: &'a str,
    pub outcome: Option<&'a str>,
}

impl TablesCheck {
    /// Before the first fact. `last_facts`: the number of each call's last fact by that of its
    /// first, as the store has it.
    pub fn new(journal: JournalId, last_facts: HashMap<u64, u64>) -> Self {
        Self {
            journal,
            hashes: RandomState::new(),
            chain: ChainCheck::new(),
            last_facts,
            under_way: HashMap::new(),
            accepted: None,
            trace_numbers: HashMap::new(),
            orders: Orders::default(),
            sums: std::array::from_fn(|_| Sums::default()),
            keys: HashSet::new(),
            strays: 0,
            split: 0,
        }
    }

    /// Takes the next fact, and says where it is among those of its call.
    ///
    /// # Errors
    ///
    /// Returns an error as [`ChainCheck::take`] does.
    pub fn take(&mut self, fact: &RecordedFact) -> Result<PlaceInCall, BrokenChain> {
        self.chain.take(fact)?;
        let entry = fact.fact();
        // The id of a step has its call's id in it, and is looked for among the facts of that call.
        if !entry.id.as_str().contains('/') {
            self.expect(FACT_IDS, (entry.id.as_str(), fact.number()));
        }
        match &entry.what {
            FactKind::Linked(linked) => {
                let one = self.order(&linked.one);
                let other = self.order(&linked.other);
                self.orders.link(one, other);
            }
            FactKind::Accepted(accepted) if accepted.journal == self.journal => {
                self.accepted = Some(fact.number());
            }
            FactKind::TraceNumbersTaken(taken) => {
                let last = taken.first.saturating_add(taken.count).saturating_sub(1);
                let known = self.trace_numbers.entry(taken.line.clone()).or_default();
                *known = last.max(*known);
            }
            _ => {}
        }
        let Some(call) = &entry.call else {
            return Ok(PlaceInCall::default());
        };
        let (view, before) = match self.under_way.remove(call) {
            Some(mut view) => {
                let before = view.last_fact;
                view.add(fact);
                (view, Some(before))
            }
            None => match View::of([fact]) {
                Some(view) => {
                    self.begin(call, &view);
                    (view, None)
                }
                None => {
                    // Its call has ended by what the store says, or has no row.
                    self.strays += 1;
                    return Ok(PlaceInCall::default());
                }
            },
        };
        let first = view.first_fact;
        if self.last_facts.get(&view.first_fact) == Some(&fact.number()) {
            self.last_facts.remove(&view.first_fact);
            self.end(&view);
        } else {
            self.under_way.insert(call.clone(), view);
        }
        Ok(PlaceInCall {
            first: Some(first),
            before,
        })
    }

    /// The store guards no orders, and what a call has held in spite of another one only as long as
    /// that other one did.
    #[must_use]
    pub fn with_few_guards(mut self) -> Self {
        self.orders.has_few_guards = true;
        self
    }

    /// A fact that the store has elsewhere among those of its call.
    pub fn found_stray(&mut self) {
        self.strays += 1;
    }

    /// After the last fact, and before any row.
    pub fn end_facts(&mut self) {
        // Calls of which the store does not say the end.
        let under_way = std::mem::take(&mut self.under_way);
        for view in under_way.values() {
            self.strays += 1;
            self.end(view);
        }
    }

    /// A row of the calls' ids.
    pub fn found_call_id(&mut self, id: &str, call: u64) {
        self.find(CALL_IDS, (id, call));
    }

    /// A row of the facts' ids.
    pub fn found_fact_id(&mut self, id: &str, fact: u64) {
        self.find(FACT_IDS, (id, fact));
    }

    /// A row of the calls.
    pub fn found_call(&mut self, row: &CallRow<'_>) {
        self.find(CALLS, row);
    }

    /// A row of the keys: key, merchant, AppId, gateway, whether the call is a twin, the call.
    pub fn found_key(&mut self, key: [&str; 4], is_twin: bool, call: u64) {
        self.find(KEYS, (key, is_twin, call));
    }

    /// A row of the orders' ids: id, merchant, gateway, kind, and the place where it is now.
    pub fn found_order_id(&mut self, id: [&str; 4], place: i64) {
        let hash = self.hash(id);
        self.find(ORDER_IDS, id);
        let Some(&number) = self.orders.numbers.get(&hash) else {
            return;
        };
        let root = self.orders.root(number);
        match self.orders.places.get_mut(root) {
            Some(known @ None) => *known = Some(place),
            // Two ids of one order are at one place.
            Some(Some(known)) if *known != place => self.split += 1,
            _ => {}
        }
    }

    /// A row of the calls on orders. All rows of the ids come before.
    pub fn found_order_call(&mut self, place: i64, call: u64) {
        self.find(ORDER_CALLS, (place, call));
    }

    /// A row of the guards: of an order itself (`None`), or of an operation and its refund.
    pub fn found_guard(&mut self, place: i64, what: Option<(&str, Option<&str>)>, call: u64) {
        let what = self.hash(what);
        self.orders.guards.push((place, what, call));
    }

    /// A row of the trace numbers.
    pub fn found_trace_numbers(&mut self, line: &TraceLine, last: u32) {
        self.find(TRACE_NUMBERS, (line, last));
    }

    /// Which fact it was last accepted by.
    pub fn found_accepted(&mut self, accepted: Option<u64>) {
        self.find(JOURNAL, accepted);
    }

    /// After the last row.
    pub fn finish(mut self) -> CheckedJournal {
        let accepted = self.accepted;
        self.expect(JOURNAL, accepted);
        for (line, last) in std::mem::take(&mut self.trace_numbers) {
            self.expect(TRACE_NUMBERS, (&line, last));
        }
        let mut orders = std::mem::take(&mut self.orders);
        let calls = std::mem::take(&mut orders.calls);
        let mut places: Vec<_> = calls
            .iter()
            .map(|(call, id)| (*call, orders.place(*id).unwrap_or(i64::MIN)))
            .collect();
        places.sort_unstable();
        places.dedup();
        for (call, place) in places {
            self.expect(ORDER_CALLS, (place, call));
        }
        let guards = guards(&orders);
        let mut tables: Vec<_> = TABLES
            .iter()
            .zip(&self.sums)
            .filter(|(_, sums)| {
                (sums.expected, sums.expected_rows) != (sums.found, sums.found_rows)
            })
            .map(|(table, sums)| TableFault {
                table,
                expected: sums.expected_rows,
                found: sums.found_rows,
            })
            .collect();
        tables.extend(guards);
        let (facts, _) = self.chain.head();
        let ids = self.sums.get(ORDER_IDS).map_or(0, |sums| sums.found_rows);
        let others = [
            (self.strays, "facts", facts),
            (self.split, TABLES[ORDER_IDS], ids),
        ];
        for (count, table, rows) in others {
            if count > 0 && tables.iter().all(|fault| fault.table != table) {
                tables.push(TableFault {
                    table,
                    expected: rows,
                    found: rows,
                });
            }
        }
        CheckedJournal::of(&self.chain, tables)
    }

    fn begin(&mut self, call: &CallId, view: &View) {
        let number = view.first_fact;
        self.expect(CALL_IDS, (call.as_str(), number));
        let ScopedKey { scope, key } = &view.request.key;
        let key = [key.as_str(), &scope.merchant, &scope.app_id, &scope.gateway];
        let hash = self.hash(key);
        let is_twin = !self.keys.insert(hash);
        self.expect(KEYS, (key, is_twin, number));
    }

    fn end(&mut self, view: &View) {
        let (number, request) = (view.first_fact, &view.request);
        let scope = &request.key.scope;
        let row = CallRow {
            number,
            gateway: &scope.gateway,
            merchant: &scope.merchant,
            operation: &request.operation,
            profile: request.profile.as_deref(),
            amount_fen: request.amount_fen,
            began_ms: view.began.at.timestamp_millis(),
            changed_ms: view.changed.at.timestamp_millis(),
            is_open: view.is_open(),
            state: view.state.as_str(),
            outcome: view.outcome.map(|outcome| outcome.as_str()),
        };
        self.expect(CALLS, row);
        let identity = request.identity.as_ref();
        let identity = identity.map(|identity| {
            let refund = identity.refund_request_id.as_deref();
            self.hash(Some((identity.operation.as_str(), refund)))
        });
        let identity = identity.map(|what| (what, view.holds_identity()));
        let has_guard = !self.orders.has_few_guards;
        let order = has_guard.then(|| self.hash(None::<(&str, Option<&str>)>));
        let order = order.map(|what| (what, view.holds_order()));
        for id in request.order() {
            let id = self.order(id);
            self.orders.calls.push((number, id));
            for (what, is_held) in [identity, order].into_iter().flatten() {
                self.orders.named.push(Named {
                    id,
                    what,
                    call: number,
                    is_held,
                });
            }
        }
    }

    fn order(&mut self, id: &StoredOrderId) -> usize {
        let id = [id.id.as_str(), &id.merchant, &id.gateway, id.kind.as_str()];
        let (hash, before) = (self.hash(id), self.orders.linked.len());
        let number = self.orders.number(hash);
        if number == before {
            self.expect(ORDER_IDS, id);
        }
        number
    }

    fn expect(&mut self, table: usize, row: impl Hash) {
        let hash = self.hash(row);
        if let Some(sums) = self.sums.get_mut(table) {
            sums.expected = sums.expected.wrapping_add(hash);
            sums.expected_rows += 1;
        }
    }

    fn find(&mut self, table: usize, row: impl Hash) {
        let hash = self.hash(row);
        if let Some(sums) = self.sums.get_mut(table) {
            sums.found = sums.found.wrapping_add(hash);
            sums.found_rows += 1;
        }
    }

    fn hash(&self, row: impl Hash) -> u64 {
        self.hashes.hash_one(row)
    }
}

/// The guards that are not held by a call that holds what they stand for, or are not there.
fn guards(orders: &Orders) -> Option<TableFault> {
    let named = orders.named.iter();
    let mut named: Vec<_> = named
        .map(|named| {
            let place = orders.place(named.id).unwrap_or(i64::MIN);
            ((place, named.what), named.call, named.is_held)
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    let mut guards: Vec<_> = orders
        .guards
        .iter()
        .map(|(place, what, call)| ((*place, *what), *call))
        .collect();
    guards.sort_unstable();
    let is_held = |guard: &((i64, u64), u64)| {
        let held = (guard.0, guard.1, true);
        named.binary_search(&held).is_ok()
    };
    let mut are_right = guards.iter().all(is_held);
    let mut expected = 0;
    for of_one in named.chunk_by(|one, other| one.0 == other.0) {
        let Some((what, call, _)) = of_one.iter().find(|(.., is_held)| *is_held) else {
            continue;
        };
        expected += 1;
        let is_guarded = match orders.has_few_guards {
            // A call that another one stood in the way of may have none.
            true => of_one.len() > 1 || guards.binary_search(&(*what, *call)).is_ok(),
            false => {
                let first = guards.partition_point(|guard| guard.0 < *what);
                guards.get(first).is_some_and(|guard| guard.0 == *what)
            }
        };
        are_right &= is_guarded;
    }
    (!are_right).then_some(TableFault {
        table: TABLES[GUARDS],
        expected,
        found: guards.len() as u64,
    })
}

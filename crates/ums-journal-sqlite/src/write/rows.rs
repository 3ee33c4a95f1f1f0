//! What the writer knows of calls inside a transaction, and how it becomes rows.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use rusqlite::{OptionalExtension as _, params};
use ums_journal::{
    CallId, ChainHash, Epoch, Fact, FactId, FactKind, Holder, JournalId, Owner, RecordedFact,
    Stamp, StoreRefusal, StoredCall, View,
};

use crate::kept::db::Db;
use crate::kept::id::Id;
use crate::read::history::{
    bytes_of, end, fact_at, facts_of, holding_of, is_alive, no_value, number_of, signed,
};
use crate::write::stop::Stop;
use crate::write::texts::Texts;

/// What the writer keeps of the file from one transaction to the next. It is good as long as nobody
/// else writes.
#[derive(Default)]
pub(crate) struct Known {
    end: Option<(u64, ChainHash)>,
    rows: HashMap<i64, Rc<Row>>,
    numbers: HashMap<CallId, i64>,
    /// The calls at places.
    on_places: HashMap<i64, Vec<i64>>,
    renewed: HashMap<Owner, Duration>,
    texts: Texts,
}

impl Known {
    const MOST: usize = 4096;

    /// Before a transaction.
    pub(crate) fn start(&mut self) {
        self.renewed.clear();
        if self.rows.len() > Self::MOST {
            self.rows.clear();
            self.numbers.clear();
        }
        if self.on_places.len() > Self::MOST {
            self.on_places.clear();
        }
    }

    pub(crate) fn forget_all(&mut self) {
        *self = Self::default();
    }
}

/// What is not in the facts of a call, and what they say.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) number: i64,
    pub(super) id: CallId,
    pub(super) facts: Vec<Rc<RecordedFact>>,
    pub(super) view: Rc<View>,
    pub(super) epoch: Epoch,
    pub(super) holder: Option<Owner>,
    /// What its guards were set by.
    pub(super) held: Held,
    /// Where the ids of its order are.
    pub(super) places: Option<Rc<[i64]>>,
    is_saved: bool,
}

/// What a call holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) identity: bool,
    pub(super) order: bool,
}

impl Held {
    pub(super) fn by(view: &View) -> Self {
        Self {
            identity: view.holds_identity(),
            order: view.holds_order(),
        }
    }
}

/// The tables inside one transaction.
pub(crate) struct Tables<'a> {
    pub(super) db: &'a Db,
    pub(super) journal: &'a JournalId,
    pub(super) now: Stamp,
    pub(super) others_are_off: bool,
    /// Whether what is added comes from elsewhere, and stays whatever it takes.
    pub(super) is_restoring: bool,
    known: &'a mut Known,
    changed: Vec<i64>,
    has_written: bool,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(
        db: &'a Db,
        known: &'a mut Known,
        journal: &'a JournalId,
        now: Stamp,
        others_are_off: bool,
    ) -> Self {
        Self {
            db,
            journal,
            now,
            others_are_off,
            is_restoring: false,
            known,
            changed: Vec::new(),
            has_written: false,
        }
    }

    /// Before a command.
    pub(crate) fn start(&mut self) {
        self.changed.clear();
        self.has_written = false;
        self.is_restoring = false;
    }

    /// Whether the command has written anything yet.
    pub(crate) fn has_written(&self) -> bool {
        self.has_written
    }

    /// What a command writes from here on can be taken back.
    pub(crate) fn savepoint(&mut self) -> rusqlite::Result<()> {
        self.run("SAVEPOINT command")
    }

    /// After a command that took place.
    pub(crate) fn release(&mut self) -> rusqlite::Result<()> {
        self.run("RELEASE command")
    }

    /// After a command that did not.
    pub(crate) fn roll_back(&mut self) -> rusqlite::Result<()> {
        if self.has_written {
            self.run("ROLLBACK TO command")?;
            self.known.forget_all();
            self.db.forget_templates();
        }
        self.run("RELEASE command")
    }

    pub(super) fn texts(&mut self) -> &mut Texts {
        &mut self.known.texts
    }

    pub(super) fn on_places(&mut self) -> &mut HashMap<i64, Vec<i64>> {
        &mut self.known.on_places
    }

    fn run(&self, text: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(text)?.execute([]).map(drop)
    }

    /// Carries one statement out, and says how many rows it changed.
    pub(super) fn execute(
        &mut self,
        text: &str,
        values: impl rusqlite::Params,
    ) -> rusqlite::Result<usize> {
        let changed = self.db.prepare_cached(text)?.execute(values)?;
        self.has_written |= changed > 0;
        Ok(changed)
    }

    /// Adds a fact at the end, written down now.
    pub(super) fn append(&mut self, fact: Fact) -> Result<(), Stop> {
        self.take_fact_id(&fact.id)?;
        self.append_taken(fact)
    }

    /// Adds a fact whose id is taken.
    pub(super) fn append_taken(&mut self, fact: Fact) -> Result<(), Stop> {
        let (number, chain) = self.end()?;
        let recorded = RecordedFact::new(number + 1, &chain, self.now.clone(), fact);
        let recorded = recorded.map_err(no_value)?;
        let call = match &recorded.fact().call {
            Some(call) => self.find(call)?.map(|row| row.number),
            None => None,
        };
        self.add(recorded, call)
    }

    /// Adds the first fact of a call, whose id nobody has.
    pub(super) fn append_first(&mut self, fact: Fact) -> Result<(), Stop> {
        if let Some(call) = &fact.call {
            self.take_call_id(call)?;
        }
        let (number, chain) = self.end()?;
        let recorded = RecordedFact::new(number + 1, &chain, self.now.clone(), fact);
        self.begin_call(recorded.map_err(no_value)?)
    }

    /// Adds a fact at the end that was written down elsewhere.
    pub(super) fn append_from_elsewhere(&mut self, fact: &RecordedFact) -> Result<(), Stop> {
        let (number, chain) = self.end()?;
        self.take_fact_id(&fact.fact().id)?;
        let moved = fact.moved_to(number + 1, &chain);
        let call = match &moved.fact().call {
            Some(call) => self.find(call)?.map(|row| row.number),
            None => None,
        };
        match (call, &moved.fact().call) {
            (None, Some(id)) if matches!(moved.fact().what, FactKind::Intended(_)) => {
                self.take_call_id(id)?;
                self.begin_call(moved)
            }
            _ => self.add(moved, call),
        }
    }

    /// Takes the id of a call for the next fact.
    fn take_call_id(&mut self, call: &CallId) -> Result<(), Stop> {
        let (number, _) = self.end()?;
        let taken = self.execute(
            "INSERT INTO call_ids (id, call) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![Id(call.as_str()), signed(number + 1)],
        )?;
        match taken {
            0 => Err(StoreRefusal::IdTaken { call: call.clone() }.into()),
            _ => Ok(()),
        }
    }

    fn take_fact_id(&mut self, id: &FactId) -> Result<(), Stop> {
        match self.may_take_fact_id(id)? {
            true => Ok(()),
            false => Err(StoreRefusal::OtherFact.into()),
        }
    }

    /// Takes the id of a fact for the next one, unless another fact has it.
    pub(super) fn may_take_fact_id(&mut self, id: &FactId) -> rusqlite::Result<bool> {
        if is_of_step(id) {
            return Ok(true);
        }
        let (number, _) = self.end()?;
        let taken = self.execute(
            "INSERT INTO fact_ids (id, fact) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![Id(id.as_str()), signed(number + 1)],
        )?;
        Ok(taken == 1)
    }

    /// The number of the last fact, and the hash that binds all of them.
    pub(super) fn end(&mut self) -> rusqlite::Result<(u64, ChainHash)> {
        if let Some(end) = &self.known.end {
            return Ok(end.clone());
        }
        let end = end(self.db)?;
        self.known.end = Some(end.clone());
        Ok(end)
    }

    /// Writes a fact at the end, after that one of its call if it has one.
    fn write(&mut self, recorded: &RecordedFact, before: Option<i64>) -> Result<(), Stop> {
        // The digest of a text that was taken out of elsewhere is no longer that of the text.
        let digest = if self.is_restoring && !recorded.is_whole() {
            Some(bytes_of(recorded.digest())?)
        } else {
            None
        };
        self.insert(recorded, before, digest)?;
        self.known.end = Some((recorded.number(), recorded.chain().clone()));
        Ok(())
    }

    fn add(&mut self, recorded: RecordedFact, call: Option<i64>) -> Result<(), Stop> {
        let before = match call {
            Some(call) => self.at(call)?.and_then(|row| row.last()),
            None => None,
        };
        self.write(&recorded, before)?;
        let number = signed(recorded.number());
        match &recorded.fact().what {
            FactKind::TraceNumbersTaken(taken) => {
                let (line, last) = (&taken.line, taken.first + taken.count - 1);
                self.execute(
                    "INSERT INTO trace_numbers (gateway, merchant, terminal, day, last) \
                     VALUES (?1, ?2, ?3, ?4, ?5) \
                     ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
                    params![
                        line.gateway,
                        line.merchant,
                        line.terminal,
                        line.day.to_string(),
                        last
                    ],
                )?;
            }
            FactKind::Accepted(accepted) if accepted.journal == *self.journal => {
                self.execute("UPDATE journal SET accepted = ?1", params![number])?;
            }
            FactKind::Linked(linked) => self.join(number, &linked.one, &linked.other)?,
            _ => {}
        }
        if let Some(call) = call {
            let recorded = Rc::new(recorded);
            self.change(call, |row| {
                Rc::make_mut(&mut row.view).add(&recorded);
                row.facts.push(recorded);
            });
        }
        Ok(())
    }

    fn begin_call(&mut self, first: RecordedFact) -> Result<(), Stop> {
        self.write(&first, None)?;
        let number = signed(first.number());
        let (Some(view), Some(id)) = (View::of([&first]), first.fact().call.clone()) else {
            return Ok(());
        };
        self.take_key(number, &view)?;
        let places = self.settle(number, view.request.order())?;
        let row = Row {
            number,
            id: id.clone(),
            facts: vec![Rc::new(first)],
            epoch: view.epoch,
            view: Rc::new(view),
            holder: None,
            held: Held::default(),
            places: Some(places),
            is_saved: false,
        };
        self.known.numbers.insert(id, number);
        self.known.rows.insert(number, Rc::new(row));
        self.changed.push(number);
        Ok(())
    }

    fn take_key(&mut self, number: i64, view: &View) -> Result<(), Stop> {
        const INSERT: &str = "INSERT INTO keys (key, merchant, app_id, gateway, twin, call) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let key = &view.request.key;
        let merchant = self.word(&key.scope.merchant)?;
        let app_id = self.word(&key.scope.app_id)?;
        let gateway = self.word(&key.scope.gateway)?;
        let name = Id(key.key.as_str()).value();
        let values = |twin: i64| (name.clone(), merchant, app_id, gateway, twin, number);
        if self.execute(INSERT, values(0))? == 1 {
            return Ok(());
        }
        if self.is_restoring {
            self.execute(INSERT, values(number))?;
            return Ok(());
        }
        let call = match self.with_key(key)? {
            Some(row) => row.id.clone(),
            None => return Err(no_value("a key that is taken by no call").into()),
        };
        Err(StoreRefusal::KeyOfAnotherRequest { call }.into())
    }

    /// The call that has the key.
    pub(super) fn with_key(
        &mut self,
        key: &ums_journal::ScopedKey,
    ) -> rusqlite::Result<Option<Rc<Row>>> {
        let call = "SELECT call FROM keys \
            WHERE key = ?1 AND merchant = ?2 AND app_id = ?3 AND gateway = ?4 AND twin = 0";
        let scope = &key.scope;
        let (Some(merchant), Some(app_id), Some(gateway)) = (
            self.known_word(&scope.merchant)?,
            self.known_word(&scope.app_id)?,
            self.known_word(&scope.gateway)?,
        ) else {
            return Ok(None);
        };
        let values = params![Id(key.key.as_str()), merchant, app_id, gateway];
        let call = self
            .db
            .prepare_cached(call)?
            .query_row(values, |row| row.get(0));
        match call.optional()? {
            Some(call) => self.at(call),
            None => Ok(None),
        }
    }

    /// The call with this id.
    pub(super) fn find(&mut self, call: &CallId) -> rusqlite::Result<Option<Rc<Row>>> {
        let number = match self.known.numbers.get(call) {
            Some(number) => Some(*number),
            None => number_of(self.db, call)?,
        };
        match number {
            Some(number) => self.at(number),
            None => Ok(None),
        }
    }

    /// The call with this id, or a refusal.
    pub(super) fn row(&mut self, call: &CallId) -> Result<Rc<Row>, Stop> {
        let no_such = || StoreRefusal::NoSuchCall { call: call.clone() };
        Ok(self.find(call)?.ok_or_else(no_such)?)
    }

    /// The call with this number.
    pub(super) fn at(&mut self, number: i64) -> rusqlite::Result<Option<Rc<Row>>> {
        if let Some(row) = self.known.rows.get(&number) {
            return Ok(Some(Rc::clone(row)));
        }
        let facts = facts_of(self.db, number)?;
        let id = facts.first().and_then(|first| first.fact().call.clone());
        let (Some(id), Some(view)) = (id, View::of(&facts)) else {
            return Ok(None);
        };
        let (holder, epoch) = holding_of(self.db, number)?;
        let row = Rc::new(Row {
            number,
            id: id.clone(),
            facts: facts.into_iter().map(Rc::new).collect(),
            epoch,
            held: Held::by(&view),
            view: Rc::new(view),
            holder,
            places: None,
            is_saved: true,
        });
        self.known.numbers.insert(id, number);
        self.known.rows.insert(number, Rc::clone(&row));
        Ok(Some(row))
    }

    /// Changes what is known of a call, to be written at the end of the command.
    pub(super) fn change(&mut self, number: i64, change: impl FnOnce(&mut Row)) {
        self.has_written = true;
        if let Some(row) = self.known.rows.get_mut(&number) {
            change(Rc::make_mut(row));
            if !self.changed.contains(&number) {
                self.changed.push(number);
            }
        }
    }

    /// The rows of calls are where they say no longer.
    pub(super) fn forget_places(&mut self, calls: &[i64]) {
        for call in calls {
            if let Some(row) = self.known.rows.get_mut(call) {
                Rc::make_mut(row).places = None;
            }
        }
    }

    /// Where the ids of a call's order are.
    pub(super) fn places_of(&mut self, row: &Row) -> rusqlite::Result<Rc<[i64]>> {
        if let Some(places) = &row.places {
            return Ok(Rc::clone(places));
        }
        let places: Rc<[i64]> = self.places(row.view.request.order())?.into();
        if let Some(known) = self.known.rows.get_mut(&row.number) {
            Rc::make_mut(known).places = Some(Rc::clone(&places));
        }
        Ok(places)
    }

    /// Writes what the command has changed.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        let mut changed = std::mem::take(&mut self.changed);
        for number in &changed {
            self.save(*number)?;
            self.forget_if_done(*number);
        }
        changed.clear();
        self.changed = changed;
        Ok(())
    }

    /// What has ended is seldom asked about again.
    fn forget_if_done(&mut self, number: i64) {
        let row = self.known.rows.get(&number);
        if !row.is_some_and(|row| row.holder.is_none() && !row.view.is_open()) {
            return;
        }
        if let Some(row) = self.known.rows.remove(&number) {
            self.known.numbers.remove(&row.id);
            for place in row.places.iter().flat_map(|places| places.iter()) {
                self.known.on_places.remove(place);
            }
        }
    }

    fn save(&mut self, number: i64) -> Result<(), Stop> {
        const UPDATE: &str = "UPDATE calls SET epoch = ?2, holder = ?3, is_open = ?4, \
            is_buried = ?5, state = ?6, outcome = ?7, changed_ms = ?8, last_fact = ?9 \
            WHERE number = ?1";
        const INSERT: &str = "INSERT INTO calls (number, epoch, holder, is_open, is_buried, \
            state, outcome, changed_ms, last_fact, gateway, merchant, operation, profile, \
            amount_fen, began_ms) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let Some(row) = self.known.rows.get(&number).map(Rc::clone) else {
            return Ok(());
        };
        let (view, request) = (&row.view, &row.view.request);
        let mut word = |text: Option<&str>| text.map(|text| self.word(text)).transpose();
        let holder = word(row.holder.as_ref().map(Owner::as_str))?;
        let outcome = word(view.outcome.map(|outcome| outcome.as_str()))?;
        let state = word(Some(view.state.as_str()))?;
        let epoch = signed(row.epoch.get());
        let changed = view.changed.at.timestamp_millis();
        let (is_open, is_buried) = (view.is_open(), request.body.is_none());
        let last = row.last();
        if row.is_saved {
            let values = params![
                number, epoch, holder, is_open, is_buried, state, outcome, changed, last
            ];
            self.execute(UPDATE, values)?;
        } else {
            let scope = &request.key.scope;
            let gateway = word(Some(&scope.gateway))?;
            let merchant = word(Some(&scope.merchant))?;
            let operation = word(Some(&request.operation))?;
            let profile = word(request.profile.as_deref())?;
            let values = params![
                number,
                epoch,
                holder,
                is_open,
                is_buried,
                state,
                outcome,
                changed,
                last,
                gateway,
                merchant,
                operation,
                profile,
                request.amount_fen.map(signed),
                view.began.at.timestamp_millis()
            ];
            self.execute(INSERT, values)?;
        }
        self.follow_guards(&row)?;
        let held = Held::by(&row.view);
        drop(row);
        if let Some(row) = self.known.rows.get_mut(&number) {
            let row = Rc::make_mut(row);
            row.held = held;
            row.is_saved = true;
        }
        Ok(())
    }

    /// The fact with this id, which belongs to this call if it belongs to any.
    pub(super) fn with_id(
        &mut self,
        id: &FactId,
        call: Option<&CallId>,
    ) -> Result<Option<Rc<RecordedFact>>, Stop> {
        if !is_of_step(id) {
            let number = "SELECT fact FROM fact_ids WHERE id = ?1";
            let mut number = self.db.prepare_cached(number)?;
            let number = number.query_row(params![Id(id.as_str())], |row| row.get(0));
            return Ok(match number.optional()? {
                Some(number) => fact_at(self.db, number)?.map(Rc::new),
                None => None,
            });
        }
        let row = match call {
            Some(call) => self.find(call)?,
            None => None,
        };
        Ok(row.and_then(|row| {
            let known = row.facts.iter().find(|known| known.fact().id == *id);
            known.map(Rc::clone)
        }))
    }

    /// A call as it is given out.
    pub(super) fn stored(&mut self, row: &Row) -> Result<StoredCall, Stop> {
        let holder = match &row.holder {
            Some(owner) => Some(Holder::new(owner.clone(), self.is_alive(owner)?)),
            None => None,
        };
        let facts = row.facts.iter().map(|fact| RecordedFact::clone(fact));
        let stored = StoredCall::new(row.id.clone(), facts.collect(), row.epoch, holder);
        stored.ok_or_else(|| no_value("a call that does not begin").into())
    }

    pub(super) fn is_alive(&self, owner: &Owner) -> rusqlite::Result<bool> {
        is_alive(self.db, owner, &self.now, self.others_are_off)
    }

    /// Says that a process lives, and whether its lease had ended.
    pub(crate) fn renew(&mut self, owner: &Owner, lease: Duration) -> rusqlite::Result<bool> {
        // The clock is read once in a transaction.
        if self.known.renewed.get(owner) == Some(&lease) {
            return Ok(false);
        }
        let number = self.word(owner.as_str())?;
        let has_lease = "SELECT count(*) FROM leases WHERE owner = ?1";
        let mut has_lease = self.db.prepare_cached(has_lease)?;
        let has_lease: i64 = has_lease.query_row(params![number], |row| row.get(0))?;
        let had_ended = has_lease > 0 && !self.is_alive(owner)?;
        let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        let (machine, boot) = (self.now.machine.clone(), self.now.boot.clone());
        let ticks = signed(self.now.ticks);
        self.execute(
            "INSERT INTO leases (owner, machine, boot, ticks, lease_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET machine = excluded.machine, \
             boot = excluded.boot, ticks = excluded.ticks, lease_ms = excluded.lease_ms",
            params![number, machine, boot, ticks, lease_ms],
        )?;
        self.known.renewed.insert(owner.clone(), lease);
        Ok(had_ended)
    }
}

impl Row {
    /// The number of its last fact.
    fn last(&self) -> Option<i64> {
        self.facts.last().map(|last| signed(last.number()))
    }

    /// Makes the view anew.
    pub(super) fn see(&mut self) {
        if let Some(view) = View::of(self.facts.iter().map(|fact| &**fact)) {
            self.view = Rc::new(view);
        }
    }
}

/// Whether the id is one that a store makes: a caller's own has no slash.
fn is_of_step(id: &FactId) -> bool {
    id.as_str().contains('/')
}

//! How each command is carried out: what the contract's rules decide, written down.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use rusqlite::{OptionalExtension as _, params};
use ums_journal::{
    Accept, Alarm, AlarmKind, AttemptNumber, Begin, BeginDecision, Buried, Bury, CallId, ClaimCall,
    ClaimDecision, Close, CountedBy, Epoch, Fact, FactId, FactKind, Holding, Intended, Link,
    OutcomeKind, RecordedFact, Recovered, SendAttempt, SendPlan, SendingFact, StoreCommand,
    StoreReceipt, StoreRefusal, StoredOrderId, Surroundings, TakeTraceNumbers, Ticket,
    TraceNumbersTaken, View, alarm_after, counted_on_one_order, decide_begin, decide_bury,
    decide_claim, decide_close, decide_journal, decide_record, decide_release, decide_send,
    decide_trace_numbers, is_counted_by, is_let_go, may_be_buried, speaks_anew, taken_back_now,
    takes_back,
};

use crate::read::history::{bytes_of, no_value, signed};
use crate::write::rows::{Row, Tables};
use crate::write::stop::Stop;

type Carried = Result<StoreReceipt, Stop>;

impl Tables<'_> {
    /// Carries one command out, inside its savepoint.
    pub(crate) fn carry_out(&mut self, command: &StoreCommand) -> Carried {
        match command {
            StoreCommand::Begin(begin) => self.begin(begin),
            StoreCommand::Send(send) => self.send(send),
            StoreCommand::Record(fact) => self.record(fact),
            StoreCommand::Link(link) => self.link(Link::clone(link)),
            StoreCommand::Claim(claim) => self.claim(claim),
            StoreCommand::Release(ticket) => self.give_back(ticket),
            StoreCommand::Close(close) => self.close(close),
            StoreCommand::TakeTraceNumbers(take) => self.take_trace_numbers(take.clone()),
            StoreCommand::Accept(accept) => self.accept(accept.clone()),
            StoreCommand::Bury(bury) => self.bury_old(bury.clone()),
            StoreCommand::Restore(facts) => self.restore(facts),
            _ => Err(no_value("a command of a newer contract").into()),
        }
    }

    fn begin(&mut self, begin: &Begin) -> Carried {
        let (facts, _) = self.end()?;
        decide_journal(begin, self.journal, facts)?;
        let known = self.with_key(&begin.request.key)?;
        let on_order = self.rows_on(begin.request.order())?;
        let on_order: Vec<_> = on_order.iter().map(|row| (&row.id, &*row.view)).collect();
        let same_key = known.as_ref().map(|row| (&row.id, &*row.view));
        let decision = decide_begin(begin, Surroundings::new(same_key, &on_order))?;
        let (call, attempt, epoch) = match (decision, known) {
            (BeginDecision::Join, Some(known)) => {
                return Ok(StoreReceipt::Joined(Box::new(self.stored(&known)?)));
            }
            (BeginDecision::Replay, Some(known)) => {
                return Ok(StoreReceipt::Replayed(Box::new(self.stored(&known)?)));
            }
            (BeginDecision::Again, Some(known)) => {
                let attempt = known.view.attempt().next();
                (known.id.clone(), attempt, known.epoch.next())
            }
            _ => (begin.call.clone(), AttemptNumber::FIRST, Epoch::new(1)),
        };
        let ticket = Ticket::new(call, attempt, begin.owner.clone(), epoch);
        if attempt == AttemptNumber::FIRST {
            let first = FactKind::Intended(Box::new(Intended::new(
                begin.request.clone(),
                ticket.owner.clone(),
                epoch,
                begin.despite.clone(),
                begin.by.clone(),
            )));
            self.append_first(Fact::of_step(&ticket.call, attempt, first))?;
        } else {
            let holding = Holding::new(ticket.owner.clone(), epoch, begin.despite.clone());
            let first = FactKind::IntendedAgain(holding);
            self.append(Fact::of_step(&ticket.call, attempt, first))?;
        }
        if let Some(plan) = &begin.plan {
            self.append(sending(&ticket, plan.clone()))?;
        }
        self.renew(&begin.owner, begin.lease)?;
        let number = self.hold(&ticket)?;
        self.take_guards(number, &begin.despite)?;
        self.follow_sending(&ticket)?;
        Ok(StoreReceipt::Begun(ticket))
    }

    fn send(&mut self, send: &SendAttempt) -> Carried {
        let row = self.row(&send.ticket.call)?;
        let places = self.places_of(&row)?;
        let on_order = self.rows_at(&places)?;
        let on_order: Vec<_> = on_order.iter().map(|row| (&row.id, &*row.view)).collect();
        decide_send(send, &row.view, row.holder.as_ref(), row.epoch, &on_order)?;
        drop(row);
        let mut ticket = send.ticket.clone();
        if let Some(not_sent) = &send.not_sent {
            self.check_id(not_sent)?;
            self.append(not_sent.clone())?;
            ticket.attempt = ticket.attempt.next();
        }
        self.append(sending(&ticket, send.plan.clone()))?;
        self.follow_sending(&ticket)?;
        Ok(StoreReceipt::Sent(ticket))
    }

    fn record(&mut self, fact: &Fact) -> Carried {
        if !fact.what.is_learnt() {
            return Err(StoreRefusal::NotLearnt.into());
        }
        let Some(call) = &fact.call else {
            return Err(StoreRefusal::NotLearnt.into());
        };
        let decided = match self.find(call)? {
            Some(row) => decide_record(fact, &row.view),
            None => Err(StoreRefusal::NoSuchCall { call: call.clone() }),
        };
        // A fact that is there already is answered as such, whatever the rules say of it by now.
        if decided.is_err() || !self.may_take_fact_id(&fact.id)? {
            if self.check_id(fact)? {
                return Ok(StoreReceipt::Recorded(false));
            }
            decided?;
        }
        self.learn(call, fact.clone())?;
        Ok(StoreReceipt::Recorded(true))
    }

    fn close(&mut self, close: &Close) -> Carried {
        let row = self.row(&close.call)?;
        let attempt = row.view.attempt();
        let what = FactKind::Closed(close.closed.clone());
        let fact = Fact::new(close.fact.clone(), close.call.clone(), attempt, what);
        if self.check_id(&fact)? {
            return Ok(StoreReceipt::Closed);
        }
        decide_close(close, &row.view, &self.now)?;
        drop(row);
        if !self.may_take_fact_id(&fact.id)? {
            return Err(StoreRefusal::OtherFact.into());
        }
        self.learn(&close.call, fact)?;
        Ok(StoreReceipt::Closed)
    }

    /// Adds a fact of a call whose id is taken, and what follows from it.
    fn learn(&mut self, call: &CallId, fact: Fact) -> Result<(), Stop> {
        let before = Rc::clone(&self.row(call)?.view);
        let (id, attempt) = (fact.id.clone(), fact.attempt);
        self.append_taken(fact)?;
        self.conclude(call, &before, &id, attempt)?;
        let row = self.row(call)?;
        if speaks_anew(&before, &row.view) {
            let places = self.places_of(&row)?;
            drop(row);
            self.follow_take_backs(&places, &id)?;
        }
        Ok(())
    }

    /// Writes down what follows for a call from a fact that was added to it.
    fn conclude(
        &mut self,
        call: &CallId,
        before: &View,
        id: &FactId,
        attempt: Option<AttemptNumber>,
    ) -> Result<(), Stop> {
        let (number, after) = {
            let row = self.row(call)?;
            (row.number, Rc::clone(&row.view))
        };
        if is_let_go(before, &after) {
            self.change(number, |row| row.holder = None);
        }
        if let Some(alarm) = alarm_after(before, &after) {
            let alarm = FactKind::Alarm(Alarm::new(alarm));
            self.append(beside(call, attempt, id, "contradicted", alarm))?;
        }
        if after.counts_as_executed() && !before.counts_as_executed()
            || after.is_found_only() != before.is_found_only()
        {
            self.count_once(call, id)?;
        }
        Ok(())
    }

    /// Writes down on a payment that a call which takes it back may be on the wire.
    fn follow_sending(&mut self, ticket: &Ticket) -> Result<(), Stop> {
        let row = self.row(&ticket.call)?;
        if !takes_back(&row.view) || !row.view.may_have_been_sent() {
            return Ok(());
        }
        let places = self.places_of(&row)?;
        drop(row);
        let id = FactId::of_step(&ticket.call, ticket.attempt, "sending");
        self.follow_take_backs(&places, &id)
    }

    /// Writes down on the payments of an order what its other calls mean for them by now.
    fn follow_take_backs(&mut self, places: &[i64], id: &FactId) -> Result<(), Stop> {
        let on_order = self.rows_at(places)?;
        let views: Vec<_> = on_order.iter().map(|row| (&row.id, &*row.view)).collect();
        let words = taken_back_now(&views);
        drop(on_order);
        for word in words {
            let payment = word.payment.clone();
            let before = Rc::clone(&self.row(&payment)?.view);
            let (number, _) = self.end()?;
            let fact = word.into_fact(id, number);
            let (own, attempt) = (fact.id.clone(), fact.attempt);
            self.append(fact)?;
            self.conclude(&payment, &before, &own, attempt)?;
        }
        Ok(())
    }

    /// Has a movement of money that two calls were found to have made counted by one of them.
    fn count_once(&mut self, call: &CallId, id: &FactId) -> Result<(), Stop> {
        let this = self.row(call)?;
        let places = self.places_of(&this)?;
        for that in self.rows_at(&places)? {
            if that.number == this.number {
                continue;
            }
            let (found, counts) = if is_counted_by(&this.view, &that.view) {
                (&this, &that)
            } else if is_counted_by(&that.view, &this.view) {
                (&that, &this)
            } else {
                continue;
            };
            let attempt = Some(found.view.attempt());
            let counted = FactKind::CountedBy(CountedBy::new(counts.id.clone()));
            return self.append(beside(&found.id, attempt, id, "counted", counted));
        }
        Ok(())
    }

    fn link(&mut self, link: Link) -> Carried {
        let (call, attempt) = link.call.unzip();
        let known = match call {
            Some(call) => self.find(&call)?.map(|row| row.id.clone()),
            None => None,
        };
        let linked = link.linked;
        let what = FactKind::Linked(linked.clone());
        let fact = match (known, attempt) {
            (Some(call), Some(attempt)) => Fact::new(link.fact.clone(), call, attempt, what),
            _ => Fact::of_journal(link.fact.clone(), what),
        };
        if self.check_id(&fact)? {
            return Ok(StoreReceipt::Linked(Vec::new()));
        }
        let is_one = self.is_one_order(&linked.one, &linked.other)?;
        let ones = self.open_on(&linked.one)?;
        let others = self.open_on(&linked.other)?;
        self.append(fact)?;
        if is_one {
            return Ok(StoreReceipt::Linked(Vec::new()));
        }
        let places = self.places(std::slice::from_ref(&linked.one))?;
        self.follow_take_backs(&places, &link.fact)?;
        let mut joined = Vec::new();
        for one in &ones {
            for other in others.iter().filter(|other| *other != one) {
                self.alarm(one, other, &link.fact, AlarmKind::LinkJoinedOpenCalls)?;
                self.alarm(other, one, &link.fact, AlarmKind::LinkJoinedOpenCalls)?;
                joined.push((one.clone(), other.clone()));
            }
        }
        self.count_on_one_order(&linked.one, &link.fact)?;
        Ok(StoreReceipt::Linked(joined))
    }

    /// Has movements of money counted once that calls on two orders made, which are one now.
    fn count_on_one_order(&mut self, order: &StoredOrderId, id: &FactId) -> Result<(), Stop> {
        let rows = self.rows_on(std::slice::from_ref(order))?;
        let calls: Vec<_> = rows.iter().map(|row| (&row.id, &*row.view)).collect();
        for (found, counts) in counted_on_one_order(&calls) {
            let what = format!("counted/{found}");
            let attempt = Some(self.row(found)?.view.attempt());
            let counted = FactKind::CountedBy(CountedBy::new(counts.clone()));
            self.append(beside(found, attempt, id, &what, counted))?;
        }
        Ok(())
    }

    fn alarm(
        &mut self,
        call: &CallId,
        other: &CallId,
        id: &FactId,
        alarm: AlarmKind,
    ) -> Result<(), Stop> {
        let attempt = Some(self.row(call)?.view.attempt());
        let alarm = FactKind::Alarm(Alarm::new(alarm).with_other(other.clone()));
        self.append(beside(call, attempt, id, &format!("{call}/{other}"), alarm))
    }

    fn claim(&mut self, claim: &ClaimCall) -> Carried {
        let row = self.row(&claim.call)?;
        let holder = match &row.holder {
            Some(owner) => Some((owner, self.is_alive(owner)?)),
            None => None,
        };
        let decision = decide_claim(&claim.call, &claim.owner, &row.view, holder)?;
        let (attempt, epoch) = (row.view.attempt(), row.epoch.next());
        drop(row);
        let ticket = Ticket::new(claim.call.clone(), attempt, claim.owner.clone(), epoch);
        let owner = || claim.owner.clone();
        let recovered = |outcome| FactKind::Recovered(Recovered::new(outcome, owner(), epoch));
        let what = match decision {
            ClaimDecision::NotSent => Some(recovered(OutcomeKind::NotSent)),
            ClaimDecision::Unknown => Some(recovered(OutcomeKind::Unknown)),
            ClaimDecision::Resolve => Some(FactKind::Resolving(Holding::new(
                owner(),
                epoch,
                Vec::new(),
            ))),
            ClaimDecision::GoOn => None,
            _ => return Err(no_value("a decision of a newer contract").into()),
        };
        if let Some(what) = what {
            let step = format!("{}/{}", what.as_str(), epoch.get());
            let id = FactId::of_step(&claim.call, attempt, &step);
            self.append(Fact::new(id, claim.call.clone(), attempt, what))?;
        }
        self.renew(&claim.owner, claim.lease)?;
        let number = self.hold(&ticket)?;
        if !self.row(&claim.call)?.view.is_open() {
            self.change(number, |row| row.holder = None);
        }
        let row = self.row(&claim.call)?;
        let known = self.stored(&row)?;
        Ok(StoreReceipt::Claimed(ticket, Box::new(known)))
    }

    fn give_back(&mut self, ticket: &Ticket) -> Carried {
        let row = self.row(&ticket.call)?;
        decide_release(ticket, &row.view, row.holder.as_ref(), row.epoch)?;
        let number = row.number;
        drop(row);
        self.change(number, |row| row.holder = None);
        Ok(StoreReceipt::Released)
    }

    fn take_trace_numbers(&mut self, take: TakeTraceNumbers) -> Carried {
        if let Some(known) = self.with_id(&take.fact, None)? {
            return match &known.fact().what {
                FactKind::TraceNumbersTaken(taken) if taken.line == take.line => {
                    Ok(StoreReceipt::TraceNumbers(taken.first, taken.count))
                }
                _ => Err(StoreRefusal::OtherFact.into()),
            };
        }
        let line = &take.line;
        let taken = "SELECT last FROM trace_numbers \
            WHERE gateway = ?1 AND merchant = ?2 AND terminal = ?3 AND day = ?4";
        let day = line.day.to_string();
        let values = params![line.gateway, line.merchant, line.terminal, day];
        let taken = self
            .db
            .prepare_cached(taken)?
            .query_row(values, |row| row.get(0));
        let taken: Option<u32> = taken.optional()?;
        let (first, count) = decide_trace_numbers(&take, taken.unwrap_or_default())?;
        let taken = TraceNumbersTaken::new(take.line, first, count);
        let what = FactKind::TraceNumbersTaken(taken);
        self.append(Fact::of_journal(take.fact, what))?;
        Ok(StoreReceipt::TraceNumbers(first, count))
    }

    fn accept(&mut self, accept: Accept) -> Carried {
        if accept.accepted.journal != *self.journal {
            let found = self.journal.clone();
            return Err(StoreRefusal::OtherJournal { found }.into());
        }
        let fact = Fact::of_journal(accept.fact, FactKind::Accepted(accept.accepted));
        if !self.check_id(&fact)? {
            self.append(fact)?;
        }
        Ok(StoreReceipt::Accepted)
    }

    fn bury_old(&mut self, bury: Bury) -> Carried {
        decide_bury(&bury)?;
        if self.with_id(&bury.fact, None)?.is_some() {
            return Err(StoreRefusal::OtherFact.into());
        }
        let mut old = Vec::new();
        for number in self.unchanged_for(bury.unchanged_for)? {
            if old.len() == bury.limit {
                break;
            }
            let row = self.at(number)?;
            old.extend(row.filter(|row| may_be_buried(&bury, &row.view, &self.now)));
        }
        let calls: Vec<_> = old.iter().map(|row| row.id.clone()).collect();
        if !calls.is_empty() {
            let what = FactKind::Buried(Buried::new(calls.clone()));
            self.append(Fact::of_journal(bury.fact, what))?;
        }
        for row in old {
            self.bury(&row)?;
        }
        Ok(StoreReceipt::Buried(calls))
    }

    /// The calls that may be old enough, in the order in which they began.
    fn unchanged_for(&self, least: Duration) -> rusqlite::Result<Vec<i64>> {
        let least = i64::try_from(least.as_millis()).unwrap_or(i64::MAX);
        let until = self.now.at.timestamp_millis().saturating_sub(least);
        let old = "SELECT number FROM calls \
            WHERE is_open = 0 AND is_buried = 0 AND changed_ms <= ?1 ORDER BY number";
        let mut old = self.db.prepare_cached(old)?;
        old.query_map(params![until], |row| row.get(0))?.collect()
    }

    /// Takes the details out of the facts of a call.
    fn bury(&mut self, row: &Row) -> Result<(), Stop> {
        let mut facts = Vec::with_capacity(row.facts.len());
        for fact in &row.facts {
            let buried = fact.buried().map_err(no_value)?;
            self.execute(
                "UPDATE facts SET text = ?2, template = NULL, digest = ?3 WHERE number = ?1",
                params![
                    signed(buried.number()),
                    buried.text(),
                    bytes_of(buried.digest())?
                ],
            )?;
            facts.push(Rc::new(buried));
        }
        self.change(row.number, |row| {
            row.facts = facts;
            row.see();
        });
        Ok(())
    }

    fn restore(&mut self, facts: &[RecordedFact]) -> Carried {
        self.is_restoring = true;
        let mut begun = BTreeSet::new();
        for fact in facts {
            let Some(call) = &fact.fact().call else {
                continue;
            };
            if matches!(fact.fact().what, FactKind::Intended(_)) {
                begun.insert(call);
            }
            if !begun.contains(call) && self.find(call)?.is_none() {
                return Err(StoreRefusal::NoSuchCall { call: call.clone() }.into());
            }
        }
        let mut added = 0;
        let mut touched = BTreeSet::new();
        for fact in facts {
            if self
                .with_id(&fact.fact().id, fact.fact().call.as_ref())?
                .is_some()
            {
                continue;
            }
            if let Some(call) = &fact.fact().call {
                touched.insert((self.find(call)?.is_some(), call.clone()));
            }
            self.append_from_elsewhere(fact)?;
            added += 1;
        }
        let mut restored = Vec::new();
        for (was_known, call) in touched {
            let row = self.row(&call)?;
            let (number, view) = (row.number, Rc::clone(&row.view));
            drop(row);
            let order = view.request.order().to_vec();
            restored.push((call.clone(), view.attempt(), order));
            self.change(number, |row| {
                row.epoch = row.epoch.max(view.epoch);
                if !view.is_running() || !was_known {
                    row.holder = None;
                }
            });
            if was_known {
                continue;
            }
            if let Some(other) = self.twin_of(&call, &view)? {
                let id = FactId::of_step(&call, view.attempt(), "restored");
                self.alarm(&call, &other, &id, AlarmKind::RestoredTwice)?;
            }
        }
        for (call, attempt, order) in restored {
            let places = self.places(&order)?;
            let id = FactId::of_step(&call, attempt, "restored");
            self.follow_take_backs(&places, &id)?;
        }
        Ok(StoreReceipt::Restored(added))
    }

    /// Another call that has the key of this one, or holds the identity that it holds.
    fn twin_of(&mut self, call: &CallId, view: &View) -> Result<Option<CallId>, Stop> {
        let has_key = self.with_key(&view.request.key)?;
        if let Some(other) = has_key.filter(|other| other.id != *call) {
            return Ok(Some(other.id.clone()));
        }
        let Some(identity) = &view.request.identity else {
            return Ok(None);
        };
        let mut others = self.rows_on(&identity.order)?.into_iter();
        let other = others.find(|other| {
            let theirs = other.view.request.identity.as_ref();
            other.id != *call
                && view.holds_identity()
                && other.view.holds_identity()
                && theirs.is_some_and(|theirs| theirs.is_like(identity))
        });
        Ok(other.map(|other| other.id.clone()))
    }

    fn rows_on(&mut self, ids: &[StoredOrderId]) -> rusqlite::Result<Vec<Rc<Row>>> {
        let places = self.places(ids)?;
        self.rows_at(&places)
    }

    fn rows_at(&mut self, places: &[i64]) -> rusqlite::Result<Vec<Rc<Row>>> {
        let mut rows = Vec::new();
        for number in self.calls_on(places)? {
            rows.extend(self.at(number)?);
        }
        Ok(rows)
    }

    fn open_on(&mut self, id: &StoredOrderId) -> rusqlite::Result<Vec<CallId>> {
        let rows = self.rows_on(std::slice::from_ref(id))?.into_iter();
        let open = rows.filter(|row| row.view.holds_order());
        Ok(open.map(|row| row.id.clone()).collect())
    }

    fn hold(&mut self, ticket: &Ticket) -> Result<i64, Stop> {
        let number = self.row(&ticket.call)?.number;
        self.change(number, |row| {
            row.holder = Some(ticket.owner.clone());
            row.epoch = ticket.epoch;
        });
        Ok(number)
    }

    /// Whether the fact is there already.
    fn check_id(&mut self, fact: &Fact) -> Result<bool, Stop> {
        match self.with_id(&fact.id, fact.call.as_ref())? {
            None => Ok(false),
            Some(known) if known.fact() == fact => Ok(true),
            Some(known) if known.fact() == &fact.without_details() => Ok(true),
            Some(_) => Err(StoreRefusal::OtherFact.into()),
        }
    }
}

fn sending(ticket: &Ticket, plan: SendPlan) -> Fact {
    let what = SendingFact::new(ticket.owner.clone(), ticket.epoch, plan);
    Fact::of_step(&ticket.call, ticket.attempt, FactKind::Sending(what))
}

/// An entry that belongs to another fact.
fn beside(
    call: &CallId,
    attempt: Option<AttemptNumber>,
    id: &FactId,
    what: &str,
    kind: FactKind,
) -> Fact {
    let id = FactId::beside(id, what);
    Fact::new(
        id,
        call.clone(),
        attempt.unwrap_or(AttemptNumber::FIRST),
        kind,
    )
}

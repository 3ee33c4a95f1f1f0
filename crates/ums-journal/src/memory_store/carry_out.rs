//! How a store in memory carries a command out.

use std::collections::BTreeSet;

use crate::call::identity::StoredOrderId;
use crate::call::ids::{AttemptNumber, CallId, Epoch, FactId, Owner};
use crate::call::stamp::Stamp;
use crate::fact::entry::{
    Alarm, AlarmKind, Buried, CountedBy, Fact, FactKind, Holding, Intended, Recovered, SendPlan,
    SendingFact, TraceNumbersTaken,
};
use crate::fact::recorded::RecordedFact;
use crate::fact::view::View;
use crate::memory_store::tables::{Row, Tables, Unwritable};
use crate::outcome_kind::OutcomeKind;
use crate::store::command::{
    Accept, Begin, Bury, ClaimCall, Close, Link, SendAttempt, StoreCommand, StoreReceipt,
    TakeTraceNumbers, Ticket,
};
use crate::store::contract::CommandResult;
use crate::store::refused::StoreRefusal;
use crate::store::rules::{
    BeginDecision, ClaimDecision, Surroundings, alarm_after, counted_on_one_order, decide_begin,
    decide_bury, decide_claim, decide_close, decide_journal, decide_record, decide_release,
    decide_send, decide_trace_numbers, is_counted_by, is_let_go, may_be_buried,
};
use crate::store::taken_back::{speaks_anew, taken_back_now, takes_back};

/// Why a command comes to nothing.
pub(super) enum Stop {
    Refused(StoreRefusal),
    Unwritable,
}

impl From<StoreRefusal> for Stop {
    fn from(refused: StoreRefusal) -> Self {
        Self::Refused(refused)
    }
}

impl From<Unwritable> for Stop {
    fn from(_: Unwritable) -> Self {
        Self::Unwritable
    }
}

type Carried = Result<StoreReceipt, Stop>;

/// Carries a group out, each command after what those before it wrote.
pub(super) fn carry_out(
    tables: &mut Tables,
    group: Vec<StoreCommand>,
    now: &Stamp,
) -> Result<Vec<CommandResult>, Unwritable> {
    let each = group
        .into_iter()
        .map(|command| match tables.carry_out(command, now) {
            Ok(receipt) => Ok(Ok(receipt)),
            Err(Stop::Refused(refused)) => Ok(Err(refused)),
            Err(Stop::Unwritable) => Err(Unwritable),
        });
    each.collect()
}

impl Tables {
    fn carry_out(&mut self, command: StoreCommand, now: &Stamp) -> Carried {
        match command {
            StoreCommand::Begin(begin) => self.begin(*begin, now),
            StoreCommand::Send(send) => self.send(*send, now),
            StoreCommand::Record(fact) => self.record(*fact, now),
            StoreCommand::Link(link) => self.link(*link, now),
            StoreCommand::Claim(claim) => self.claim(&claim, now),
            StoreCommand::Release(ticket) => self.release(&ticket),
            StoreCommand::Close(close) => self.close(*close, now),
            StoreCommand::TakeTraceNumbers(take) => self.take_trace_numbers(take, now),
            StoreCommand::Accept(accept) => self.accept(accept, now),
            StoreCommand::Bury(bury) => self.bury_old(bury, now),
            StoreCommand::Restore(facts) => self.restore(&facts, now),
        }
    }

    fn begin(&mut self, begin: Begin, now: &Stamp) -> Carried {
        let (facts, _) = self.end();
        decide_journal(&begin, &self.journal, facts)?;
        let key = self.keys.get(&begin.request.key).cloned();
        let on_order = self.calls_on(begin.request.order());
        let view = |call: &CallId| self.rows.get(call).map(|row| &row.view);
        let same_key = key.as_ref().and_then(|call| Some((call, view(call)?)));
        let on_order: Vec<_> = on_order
            .iter()
            .filter_map(|call| Some((call, view(call)?)))
            .collect();
        let decision = decide_begin(&begin, Surroundings::new(same_key, &on_order))?;
        let known = key.and_then(|call| self.call(&call, now));
        let (call, attempt, epoch) = match (decision, known) {
            (BeginDecision::Join, Some(known)) => {
                return Ok(StoreReceipt::Joined(Box::new(known)));
            }
            (BeginDecision::Replay, Some(known)) => {
                return Ok(StoreReceipt::Replayed(Box::new(known)));
            }
            (BeginDecision::Again, Some(known)) => {
                let attempt = known.view.attempt().next();
                (known.id, attempt, known.epoch.next())
            }
            _ if self.rows.contains_key(&begin.call) => {
                return Err(StoreRefusal::IdTaken { call: begin.call }.into());
            }
            _ => (begin.call, AttemptNumber::FIRST, Epoch::new(1)),
        };
        self.renew(&begin.owner, begin.lease, now);
        let ticket = Ticket::new(call, attempt, begin.owner, epoch);
        let first = if attempt == AttemptNumber::FIRST {
            FactKind::Intended(Box::new(Intended::new(
                begin.request,
                ticket.owner.clone(),
                epoch,
                begin.despite,
                begin.by,
            )))
        } else {
            let holding = Holding::new(ticket.owner.clone(), epoch, begin.despite);
            FactKind::IntendedAgain(holding)
        };
        self.append(Fact::of_step(&ticket.call, attempt, first), now)?;
        if let Some(plan) = begin.plan {
            self.append(sending(&ticket, plan), now)?;
        }
        self.hold(&ticket);
        self.follow_sending(&ticket, now)?;
        Ok(StoreReceipt::Begun(ticket))
    }

    fn send(&mut self, send: SendAttempt, now: &Stamp) -> Carried {
        let row = self.row(&send.ticket.call)?;
        let on_order = self.calls_on(row.view.request.order());
        let on_order: Vec<_> = on_order
            .iter()
            .filter_map(|call| Some((call, &self.rows.get(call)?.view)))
            .collect();
        decide_send(&send, &row.view, row.holder.as_ref(), row.epoch, &on_order)?;
        let mut ticket = send.ticket;
        if let Some(not_sent) = send.not_sent {
            self.check_id(&not_sent)?;
            self.append(not_sent, now)?;
            ticket.attempt = ticket.attempt.next();
        }
        self.append(sending(&ticket, send.plan), now)?;
        self.follow_sending(&ticket, now)?;
        Ok(StoreReceipt::Sent(ticket))
    }

    fn record(&mut self, fact: Fact, now: &Stamp) -> Carried {
        if !fact.what.is_learnt() {
            return Err(StoreRefusal::NotLearnt.into());
        }
        let Some(call) = fact.call.clone() else {
            return Err(StoreRefusal::NotLearnt.into());
        };
        if self.check_id(&fact)? {
            return Ok(StoreReceipt::Recorded(false));
        }
        decide_record(&fact, &self.row(&call)?.view)?;
        self.learn(&call, fact, now)?;
        Ok(StoreReceipt::Recorded(true))
    }

    fn close(&mut self, close: Close, now: &Stamp) -> Carried {
        let row = self.row(&close.call)?;
        let attempt = row.view.attempt();
        let what = FactKind::Closed(close.closed.clone());
        let fact = Fact::new(close.fact.clone(), close.call.clone(), attempt, what);
        if self.check_id(&fact)? {
            return Ok(StoreReceipt::Closed);
        }
        decide_close(&close, &row.view, now)?;
        self.learn(&close.call, fact, now)?;
        Ok(StoreReceipt::Closed)
    }

    /// Adds a fact of a call, and what follows from it.
    fn learn(&mut self, call: &CallId, fact: Fact, now: &Stamp) -> Result<(), Stop> {
        let before = self.row(call)?.view.clone();
        let (id, attempt) = (fact.id.clone(), fact.attempt);
        self.append(fact, now)?;
        self.follow(call, &before, (&id, attempt), now)?;
        if speaks_anew(&before, &self.row(call)?.view) {
            let order = before.request.order().to_vec();
            self.follow_take_backs(&order, &id, now)?;
        }
        Ok(())
    }

    /// Writes down what follows for a call from a fact that was added to it.
    fn follow(
        &mut self,
        call: &CallId,
        before: &View,
        (id, attempt): (&FactId, Option<AttemptNumber>),
        now: &Stamp,
    ) -> Result<(), Stop> {
        let after = self.row(call)?.view.clone();
        if is_let_go(before, &after)
            && let Some(row) = self.row_mut(call)
        {
            row.holder = None;
        }
        let beside = |what: &str, kind: FactKind| Fact {
            id: FactId::beside(id, what),
            call: Some(call.clone()),
            attempt,
            what: kind,
        };
        if let Some(alarm) = alarm_after(before, &after) {
            let alarm = FactKind::Alarm(Alarm::new(alarm));
            self.append(beside("contradicted", alarm), now)?;
        }
        if after.counts_as_executed() && !before.counts_as_executed() {
            self.count_once(call, id, now)?;
        }
        Ok(())
    }

    /// Writes down on a payment that a call which takes it back may be on the wire.
    fn follow_sending(&mut self, ticket: &Ticket, now: &Stamp) -> Result<(), Stop> {
        let view = &self.row(&ticket.call)?.view;
        if !takes_back(view) || !view.may_have_been_sent() {
            return Ok(());
        }
        let order = view.request.order().to_vec();
        let id = FactId::of_step(&ticket.call, ticket.attempt, "sending");
        self.follow_take_backs(&order, &id, now)
    }

    /// Writes down on the payments of an order what its other calls mean for them by now.
    fn follow_take_backs(
        &mut self,
        order: &[StoredOrderId],
        id: &FactId,
        now: &Stamp,
    ) -> Result<(), Stop> {
        let on_order = self.calls_on(order);
        let views: Vec<_> = on_order
            .iter()
            .filter_map(|call| Some((call, &self.rows.get(call)?.view)))
            .collect();
        for word in taken_back_now(&views) {
            let before = self.row(&word.payment)?.view.clone();
            let (number, _) = self.end();
            let fact = word.into_fact(id, number);
            let (payment, own, attempt) = (fact.call.clone(), fact.id.clone(), fact.attempt);
            self.append(fact, now)?;
            if let Some(payment) = payment {
                self.follow(&payment, &before, (&own, attempt), now)?;
            }
        }
        Ok(())
    }

    /// Has a movement of money that two calls were found to have made counted by one of them.
    fn count_once(&mut self, call: &CallId, id: &FactId, now: &Stamp) -> Result<(), Stop> {
        let order = self.row(call)?.view.request.order().to_vec();
        for other in self.calls_on(&order) {
            let (this, that) = (&self.row(call)?.view, &self.row(&other)?.view);
            let pair = if other == *call {
                None
            } else if is_counted_by(this, that) {
                Some((call, &other))
            } else if is_counted_by(that, this) {
                Some((&other, call))
            } else {
                None
            };
            let Some((found, counts)) = pair else {
                continue;
            };
            let fact = Fact {
                id: FactId::beside(id, "counted"),
                call: Some(found.clone()),
                attempt: Some(self.row(found)?.view.attempt()),
                what: FactKind::CountedBy(CountedBy::new(counts.clone())),
            };
            self.append(fact, now)?;
            return Ok(());
        }
        Ok(())
    }

    fn link(&mut self, link: Link, now: &Stamp) -> Carried {
        let (call, attempt) = link.call.unzip();
        let known = call.filter(|call| self.rows.contains_key(call));
        let linked = link.linked;
        let fact = Fact {
            id: link.fact.clone(),
            attempt: attempt.filter(|_| known.is_some()),
            call: known,
            what: FactKind::Linked(linked.clone()),
        };
        if self.check_id(&fact)? {
            return Ok(StoreReceipt::Linked(Vec::new()));
        }
        let is_one = self.ids_with(&linked.one).contains(&&linked.other);
        let open = |tables: &Self, id| {
            let calls = tables.calls_on(std::slice::from_ref(id)).into_iter();
            let holds = |call: &CallId| {
                tables
                    .rows
                    .get(call)
                    .is_some_and(|row| row.view.holds_order())
            };
            calls.filter(holds).collect::<Vec<_>>()
        };
        let (ones, others) = (open(self, &linked.one), open(self, &linked.other));
        self.append(fact, now)?;
        if is_one {
            return Ok(StoreReceipt::Linked(Vec::new()));
        }
        self.follow_take_backs(std::slice::from_ref(&linked.one), &link.fact, now)?;
        let mut joined = Vec::new();
        for one in &ones {
            for other in others.iter().filter(|other| *other != one) {
                self.alarm(one, other, &link.fact, AlarmKind::LinkJoinedOpenCalls, now)?;
                self.alarm(other, one, &link.fact, AlarmKind::LinkJoinedOpenCalls, now)?;
                joined.push((one.clone(), other.clone()));
            }
        }
        self.count_on_one_order(&linked.one, &link.fact, now)?;
        Ok(StoreReceipt::Linked(joined))
    }

    /// Has movements of money counted once that calls on two orders made, which are one now.
    fn count_on_one_order(
        &mut self,
        id: &StoredOrderId,
        beside: &FactId,
        now: &Stamp,
    ) -> Result<(), Stop> {
        let on_order = self.calls_on(std::slice::from_ref(id));
        let views: Vec<_> = on_order
            .iter()
            .filter_map(|call| Some((call, &self.rows.get(call)?.view)))
            .collect();
        let counted = counted_on_one_order(&views).into_iter();
        let facts: Vec<_> = counted
            .filter_map(|(found, counts)| {
                Some(Fact {
                    id: FactId::beside(beside, &format!("counted/{found}")),
                    call: Some(found.clone()),
                    attempt: Some(self.rows.get(found)?.view.attempt()),
                    what: FactKind::CountedBy(CountedBy::new(counts.clone())),
                })
            })
            .collect();
        for fact in facts {
            self.append(fact, now)?;
        }
        Ok(())
    }

    fn alarm(
        &mut self,
        call: &CallId,
        other: &CallId,
        beside: &FactId,
        alarm: AlarmKind,
        now: &Stamp,
    ) -> Result<(), Stop> {
        let fact = Fact {
            id: FactId::beside(beside, &format!("{call}/{other}")),
            call: Some(call.clone()),
            attempt: Some(self.row(call)?.view.attempt()),
            what: FactKind::Alarm(Alarm::new(alarm).with_other(other.clone())),
        };
        self.append(fact, now)?;
        Ok(())
    }

    fn claim(&mut self, claim: &ClaimCall, now: &Stamp) -> Carried {
        let row = self.row(&claim.call)?;
        let holder = row.holder.as_ref();
        let holder = holder.map(|owner| (owner, self.is_alive(owner, now)));
        let decision = decide_claim(&claim.call, &claim.owner, &row.view, holder)?;
        let (attempt, epoch) = (row.view.attempt(), row.epoch.next());
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
        };
        if let Some(what) = what {
            let step = format!("{}/{}", what.as_str(), epoch.get());
            let id = FactId::of_step(&claim.call, attempt, &step);
            self.append(Fact::new(id, claim.call.clone(), attempt, what), now)?;
        }
        self.renew(&claim.owner, claim.lease, now);
        self.hold(&ticket);
        if !self.row(&claim.call)?.view.is_open()
            && let Some(row) = self.row_mut(&claim.call)
        {
            row.holder = None;
        }
        match self.call(&claim.call, now) {
            Some(known) => Ok(StoreReceipt::Claimed(ticket, Box::new(known))),
            None => Err(no_such(&claim.call).into()),
        }
    }

    fn release(&mut self, ticket: &Ticket) -> Carried {
        let row = self.row(&ticket.call)?;
        decide_release(ticket, &row.view, row.holder.as_ref(), row.epoch)?;
        if let Some(row) = self.row_mut(&ticket.call) {
            row.holder = None;
        }
        Ok(StoreReceipt::Released)
    }

    fn take_trace_numbers(&mut self, take: TakeTraceNumbers, now: &Stamp) -> Carried {
        if let Some(place) = self.ids.get(&take.fact) {
            return match &self.facts[*place].fact().what {
                FactKind::TraceNumbersTaken(taken) if taken.line == take.line => {
                    Ok(StoreReceipt::TraceNumbers(taken.first, taken.count))
                }
                _ => Err(StoreRefusal::OtherFact.into()),
            };
        }
        let taken = self.trace_numbers.get(&take.line).copied();
        let (first, count) = decide_trace_numbers(&take, taken.unwrap_or_default())?;
        let taken = TraceNumbersTaken::new(take.line, first, count);
        let what = FactKind::TraceNumbersTaken(taken);
        self.append(Fact::of_journal(take.fact, what), now)?;
        Ok(StoreReceipt::TraceNumbers(first, count))
    }

    fn accept(&mut self, accept: Accept, now: &Stamp) -> Carried {
        if accept.accepted.journal != self.journal {
            let found = self.journal.clone();
            return Err(StoreRefusal::OtherJournal { found }.into());
        }
        let fact = Fact::of_journal(accept.fact, FactKind::Accepted(accept.accepted));
        if !self.check_id(&fact)? {
            self.append(fact, now)?;
        }
        Ok(StoreReceipt::Accepted)
    }

    fn bury_old(&mut self, bury: Bury, now: &Stamp) -> Carried {
        decide_bury(&bury)?;
        if self.ids.contains_key(&bury.fact) {
            return Err(StoreRefusal::OtherFact.into());
        }
        let old = self.began.values().filter(|call| {
            let row = self.rows.get(*call);
            row.is_some_and(|row| may_be_buried(&bury, &row.view, now))
        });
        let calls: Vec<_> = old.take(bury.limit).cloned().collect();
        if !calls.is_empty() {
            let what = FactKind::Buried(Buried::new(calls.clone()));
            self.append(Fact::of_journal(bury.fact, what), now)?;
        }
        for call in &calls {
            self.bury(call)?;
        }
        Ok(StoreReceipt::Buried(calls))
    }

    fn restore(&mut self, facts: &[RecordedFact], now: &Stamp) -> Carried {
        let mut begun = BTreeSet::new();
        for fact in facts {
            let Some(call) = &fact.fact().call else {
                continue;
            };
            if matches!(fact.fact().what, FactKind::Intended(_)) {
                begun.insert(call);
            }
            if !begun.contains(call) && !self.rows.contains_key(call) {
                return Err(no_such(call).into());
            }
        }
        let known = self.facts.len();
        let mut touched = BTreeSet::new();
        for fact in facts {
            if self.ids.contains_key(&fact.fact().id) {
                continue;
            }
            if let Some(call) = &fact.fact().call {
                touched.insert((self.rows.contains_key(call), call.clone()));
            }
            self.append_from_elsewhere(fact);
        }
        let added = self.facts.len() - known;
        let mut restored = Vec::new();
        for (was_known, call) in touched {
            let view = self.row(&call)?.view.clone();
            restored.push((call.clone(), view.attempt(), view.request.order().to_vec()));
            if let Some(row) = self.row_mut(&call) {
                row.epoch = row.epoch.max(view.epoch);
                if !view.is_running() || !was_known {
                    row.holder = None;
                }
            }
            if was_known {
                continue;
            }
            if let Some(other) = self.twin_of(&call, &view) {
                let beside = FactId::of_step(&call, view.attempt(), "restored");
                self.alarm(&call, &other, &beside, AlarmKind::RestoredTwice, now)?;
            }
        }
        for (call, attempt, order) in restored {
            let id = FactId::of_step(&call, attempt, "restored");
            self.follow_take_backs(&order, &id, now)?;
        }
        Ok(StoreReceipt::Restored(added))
    }

    /// Another call that has the key of this one, or holds the identity that it holds.
    fn twin_of(&self, call: &CallId, view: &View) -> Option<CallId> {
        let has_key = self.keys.get(&view.request.key);
        if let Some(other) = has_key.filter(|other| *other != call) {
            return Some(other.clone());
        }
        let identity = view.request.identity.as_ref()?;
        let others = self.calls_on(&identity.order).into_iter();
        let mut others = others.filter(|other| other != call && view.holds_identity());
        others.find(|other| {
            self.rows.get(other).is_some_and(|row| {
                let theirs = row.view.request.identity.as_ref();
                row.view.holds_identity() && theirs.is_some_and(|theirs| theirs.is_like(identity))
            })
        })
    }

    fn row(&self, call: &CallId) -> Result<&Row, StoreRefusal> {
        self.rows.get(call).ok_or_else(|| no_such(call))
    }

    fn hold(&mut self, ticket: &Ticket) {
        if let Some(row) = self.row_mut(&ticket.call) {
            row.holder = Some(Owner::clone(&ticket.owner));
            row.epoch = ticket.epoch;
        }
    }

    /// Whether the fact is there already.
    fn check_id(&self, fact: &Fact) -> Result<bool, StoreRefusal> {
        match self.ids.get(&fact.id) {
            None => Ok(false),
            Some(place) if self.facts[*place].fact() == fact => Ok(true),
            Some(place) if self.facts[*place].fact() == &fact.without_details() => Ok(true),
            Some(_) => Err(StoreRefusal::OtherFact),
        }
    }
}

fn sending(ticket: &Ticket, plan: SendPlan) -> Fact {
    let what = SendingFact::new(ticket.owner.clone(), ticket.epoch, plan);
    Fact::of_step(&ticket.call, ticket.attempt, FactKind::Sending(what))
}

fn no_such(call: &CallId) -> StoreRefusal {
    StoreRefusal::NoSuchCall { call: call.clone() }
}

//! Judges a history of durable calls, by the gateway's ledger, by what left on the wires and when,
//! by what processes asked their stores for, and by what callers were told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ums_durable::journal::{
    AlarmKind, CallId, Filter, ListOrder, MemoryStore, OutcomeKind, RecordedOutcome, Store as _,
    StoreRefusal, StoredCall, StoredFinding, TakeBackProgress,
};
use ums_simulator::{Change, LedgerRequest, OrderState, Orders, Simulator, Snapshot};

use super::book::{AnswerSeen, AttemptSeen, Book, Said, Seen, Told};
use super::link::nonce_of;
use super::plan::DurablePlan;
use super::played::DurablePlayed;
use super::store::act_of;
use crate::history::caller::refund_request_id;
use crate::history::in_words;
use crate::history::plan::{Act, Names, Target};
use crate::history::witness::Witness;

/// All that is known at the end.
pub(crate) struct Evidence<'a> {
    pub(crate) plan: &'a DurablePlan,
    pub(crate) store: &'a MemoryStore,
    pub(crate) ledger: Snapshot,
    pub(crate) orders: Orders,
    pub(crate) witness: &'a Witness,
    pub(crate) book: &'a Book,
}

pub(crate) async fn judge(evidence: &Evidence<'_>) -> Result<DurablePlayed, String> {
    let totals = evidence.ledger.totals;
    let calls = every_call(evidence.store).await?;
    let open = open_calls(evidence.store).await?;
    let mut seen = evidence.book.lock();
    let mut played = DurablePlayed {
        calls: calls.len() as u64,
        counts: std::mem::take(&mut seen.counts),
        complete_requests: totals.complete_requests,
        applied: totals.applied,
        wrong: std::mem::take(&mut seen.wrong),
        ..DurablePlayed::default()
    };
    for call in calls.values() {
        *played.ends.entry(end_of(call)).or_default() += 1;
        if call.view.contradicted {
            *played.counts.entry("contradicted").or_default() += 1;
        }
    }
    if totals.waiting > 0 {
        played
            .wrong
            .push("the gateway has not come to rest".to_owned());
    }
    let judged = Judged {
        plan: evidence.plan,
        seen: &seen,
        truth: Truth::new(evidence.plan, &evidence.ledger, &evidence.orders),
        calls: &calls,
        open: &open,
    };
    judged.requests(&mut played.wrong);
    judged.pairs(&mut played.wrong);
    judged.answers(&mut played.wrong);
    judged.keys(&mut played.wrong);
    judged.ends(&mut played.wrong);
    judged.counted_once(&mut played.wrong);
    evidence
        .witness
        .note(|| format!("ledger {:?}", evidence.ledger));
    let (wrong, trace) = evidence.witness.end();
    played.wrong.extend(wrong);
    played.trace = trace;
    Ok(played)
}

/// Why a call's stored state is not what somebody was told a moment ago, and told that it is
/// written down.
pub(crate) fn answer_differs(
    told: &Told,
    key: &str,
    stored: Option<&StoredCall>,
) -> Option<String> {
    let Some(stored) = stored else {
        return Some("told as written down, and the journal has no such call".to_owned());
    };
    let view = &stored.view;
    if view.request.key.key.as_str() != key {
        return Some(format!(
            "it has the key {:?}",
            view.request.key.key.as_str()
        ));
    }
    let same = match told.outcome {
        None => true,
        Some(RecordedOutcome::Approved) => view.executed == Some(true),
        Some(RecordedOutcome::Declined | RecordedOutcome::NotExecuted) => {
            view.executed == Some(false) || view.contradicted
        }
        Some(RecordedOutcome::NotSent) => {
            view.outcome == Some(RecordedOutcome::NotSent)
                || view.attempts.len() > 1
                || view.contradicted
        }
        Some(_) => !view.is_running() || view.attempts.len() > 1,
    };
    (!same).then(|| {
        let outcome = view.outcome;
        format!("told as written down, and the journal says {outcome:?}")
    })
}

/// What really happened, by the gateway's own books.
pub(crate) struct Truth<'a> {
    plan: &'a DurablePlan,
    ledger: &'a Snapshot,
    orders: &'a Orders,
    by_nonce: BTreeMap<String, Vec<&'a LedgerRequest>>,
}

impl<'a> Truth<'a> {
    pub(crate) fn new(plan: &'a DurablePlan, ledger: &'a Snapshot, orders: &'a Orders) -> Self {
        let mut by_nonce: BTreeMap<String, Vec<&LedgerRequest>> = BTreeMap::new();
        for request in &ledger.requests {
            let nonce = request.authorization.as_deref().and_then(nonce_of);
            if let Some(nonce) = nonce {
                by_nonce.entry(nonce).or_default().push(request);
            }
        }
        Self {
            plan,
            ledger,
            orders,
            by_nonce,
        }
    }

    /// Whether what the operation asks for was the case by then, by whatever request.
    pub(crate) fn is_done(&self, act: usize, at: Duration) -> bool {
        let Some(act) = self.plan.acts.get(act).copied() else {
            return false;
        };
        let target = target_of(act);
        let order = self
            .orders
            .find_merchant_order(Simulator::DEMO_MERCHANT_CODE, &target.merchant_order_id());
        let Some(order) = order else { return false };
        let mut changes = self.ledger.requests.iter().filter_map(changed);
        let mut by = |is: &dyn Fn(&Change) -> bool| {
            changes
                .any(|(change, when)| when <= at && change.order_id == order.order_id && is(change))
        };
        match act {
            Act::Void(..) => by(&|change| change.to == OrderState::Voided),
            Act::Pay { .. } => by(&|change| change.from.is_none() || change.to == OrderState::Paid),
            Act::Refund {
                request, amount, ..
            } => {
                let id = refund_request_id(request);
                by(&|change| {
                    change.refund_request_id.as_ref() == Some(&id) && change.amount == amount
                })
            }
            Act::Reverse(_) => {
                by(&|change| change.to == OrderState::Reversed)
                    || matches!(order.state, OrderState::Reversed | OrderState::Failed)
            }
            _ => false,
        }
    }

    /// Whether money of the operation's order was given back by then.
    fn is_taken_back(&self, act: usize, at: Duration) -> bool {
        let Some(act) = self.plan.acts.get(act).copied() else {
            return false;
        };
        let order = target_of(act).merchant_order_id();
        let order = self
            .orders
            .find_merchant_order(Simulator::DEMO_MERCHANT_CODE, &order);
        let mut changes = self.ledger.requests.iter().filter_map(changed);
        changes.any(|(change, when)| {
            let is_back = matches!(
                change.to,
                OrderState::Voided | OrderState::Refunded | OrderState::Reversed
            );
            let is_of_order = order
                .as_ref()
                .is_some_and(|order| order.order_id == change.order_id);
            when <= at && is_of_order && (is_back || change.refund_request_id.is_some())
        })
    }

    fn is_reversed(&self, act: usize, at: Duration) -> bool {
        let order = self.plan.acts.get(act).map(|act| target_of(*act));
        let order = order.and_then(|target| {
            let id = target.merchant_order_id();
            self.orders
                .find_merchant_order(Simulator::DEMO_MERCHANT_CODE, &id)
        });
        let mut changes = self.ledger.requests.iter().filter_map(changed);
        order.is_some_and(|order| {
            changes.any(|(change, when)| {
                let is_it = change.order_id == order.order_id;
                is_it && change.to == OrderState::Reversed && when <= at
            })
        })
    }

    /// The movement of money that an attempt made.
    fn applied(&self, nonce: &str) -> Option<(&'a Change, Duration)> {
        let requests = self.by_nonce.get(nonce)?;
        requests.iter().copied().find_map(changed)
    }

    /// Whether the gateway approved the attempt before it read it, whatever became of it: nobody
    /// can see through that.
    fn is_lie(&self, nonce: &str) -> bool {
        let requests = self.by_nonce.get(nonce).into_iter().flatten();
        requests.copied().any(|request| {
            let fault = request.fault.as_deref();
            fault.is_some_and(|fault| fault.starts_with("early-reply-applied"))
        })
    }
}

struct Judged<'a> {
    plan: &'a DurablePlan,
    seen: &'a Seen,
    truth: Truth<'a>,
    calls: &'a BTreeMap<CallId, StoredCall>,
    open: &'a BTreeSet<CallId>,
}

impl Judged<'_> {
    /// Each request by itself.
    fn requests(&self, wrong: &mut Vec<String>) {
        for request in &self.truth.ledger.requests {
            let is_question = request
                .operation
                .is_none_or(|operation| QUESTIONS.contains(&operation));
            if is_question || !request.body_complete {
                continue;
            }
            let nonce = request.authorization.as_deref().and_then(nonce_of);
            let attempt = nonce
                .as_ref()
                .and_then(|nonce| self.seen.attempts.get(nonce));
            if attempt.is_none() {
                wrong.push(format!("a request of no call: {request:?}"));
            }
        }
        for (nonce, requests) in &self.truth.by_nonce {
            let whole = requests.iter().filter(|request| request.body_complete);
            if whole.count() > 1 {
                wrong.push(format!("two requests have the nonce {nonce}"));
            }
        }
        for (nonce, attempt) in &self.seen.attempts {
            let (Some(first), Some(last)) = (attempt.first_byte, attempt.last_byte) else {
                continue;
            };
            if attempt.allowed.is_none_or(|allowed| allowed > first) {
                wrong.push(format!(
                    "{nonce}: a byte left before the journal had it ({attempt:?})"
                ));
            }
            // The clock is read before the journal is asked, so that this is no less than it may
            // be.
            if last > attempt.asked + self.plan.send_window {
                wrong.push(format!(
                    "{nonce}: a byte left after its send window ({attempt:?})"
                ));
            }
        }
    }

    /// Attempts of one operation, and those of two on one order.
    fn pairs(&self, wrong: &mut Vec<String>) {
        let mut sent: Vec<_> = self
            .seen
            .attempts
            .iter()
            .filter_map(|(nonce, attempt)| Some((attempt.first_byte?, nonce, attempt)))
            .collect();
        sent.sort_by_key(|(first, ..)| *first);
        for (place, (_, nonce, attempt)) in sent.iter().enumerate() {
            for (_, later_nonce, later) in sent.iter().skip(place + 1) {
                let one = (nonce.as_str(), *attempt);
                let two = (later_nonce.as_str(), *later);
                let (act, later_act) = (attempt.beginning.act, later.beginning.act);
                let is_one = self.identity(act) == self.identity(later_act);
                if is_one || (self.is_like(act, later_act) && self.is_linked(act, later.asked)) {
                    wrong.extend(self.of_one_identity(one, two));
                } else if order_of(self.act(attempt.beginning.act))
                    == order_of(self.act(later.beginning.act))
                {
                    wrong.extend(self.of_one_order(attempt, later));
                }
            }
        }
    }

    /// A later attempt of the same operation may be sent only if nobody can carry the earlier one
    /// out any more, and somebody knows.
    fn of_one_identity(
        &self,
        (nonce, one): (&str, &AttemptSeen),
        (later_nonce, two): (&str, &AttemptSeen),
    ) -> Option<String> {
        let both = || format!("({one:?}, {two:?})");
        let applied = self.truth.applied(nonce);
        if applied.is_some() && self.truth.applied(later_nonce).is_some() {
            return Some(format!("money moved twice {}", both()));
        }
        // A payment that was reversed is one that failed: who has forgotten it may try again.
        let is_payment = matches!(self.act(one.beginning.act), Some(Act::Pay { .. }));
        let is_undone = is_payment
            && self.is_forgotten(&one.beginning.key)
            && self.truth.is_reversed(one.beginning.act, two.asked);
        if applied.is_some() && !is_undone {
            return Some(format!("sent again, and it was carried out {}", both()));
        }
        if self.is_forgotten(&one.beginning.key) {
            // Nothing of it is known: that it can still be carried out is waited for.
            return None;
        }
        let call = one.ticket.as_ref().map(|(call, _)| call);
        let begins = two.asked;
        let declined = one
            .ended
            .is_some_and(|(at, outcome)| outcome == OutcomeKind::Declined && at <= begins);
        let found = one.resolved.filter(|(at, _)| *at <= begins);
        let is_found = found.is_some_and(|(_, finding)| match finding {
            StoredFinding::StatedFailure => self.may_be_repeated(one.beginning.act),
            StoredFinding::Absent => {
                let last = one.last_byte.unwrap_or_default();
                self.may_be_repeated(one.beginning.act) && begins >= last + self.plan.late_window
            }
            _ => false,
        });
        let is_closed = call.is_some_and(|call| {
            let closed = self.seen.closed.get(call);
            closed.is_some_and(|(at, declined)| *declined && *at <= begins)
        });
        let is_despised = call.is_some_and(|call| two.beginning.despite.contains(call));
        (!declined && !is_found && !is_closed && !is_despised)
            .then(|| format!("sent again while it was open {}", both()))
    }

    /// When a void or a refund of a payment was known to be carried out, which shows that the
    /// payment was, too.
    fn taken_back(&self, payment: &AttemptSeen) -> Option<Duration> {
        let known = self
            .taking_back(payment.beginning.act)
            .flat_map(|(_, other)| {
                let ended = other.ended.filter(|(_, it)| *it == OutcomeKind::Approved);
                let found = other.resolved.filter(|(_, it)| {
                    matches!(
                        it,
                        StoredFinding::Executed | StoredFinding::ExecutedAndUndone
                    )
                });
                let call = other.ticket.as_ref().map(|(call, _)| call);
                let closed = call.and_then(|call| self.seen.closed.get(call));
                let closed = closed.filter(|(_, declined)| !declined);
                let times = [
                    ended.map(|it| it.0),
                    found.map(|it| it.0),
                    closed.map(|it| it.0),
                ];
                times.into_iter().flatten()
            });
        known.min()
    }

    /// No operation is begun on an order on which another one is open, unless somebody says so, or
    /// it takes an open payment back.
    fn of_one_order(&self, one: &AttemptSeen, two: &AttemptSeen) -> Option<String> {
        if self.is_forgotten(&one.beginning.key) {
            return None;
        }
        let is_free = matches!(self.act(one.beginning.act), Some(Act::Pay { .. }))
            && matches!(
                self.act(two.beginning.act),
                Some(Act::Void(..) | Act::Reverse(_))
            );
        let call = one.ticket.as_ref().map(|(call, _)| call);
        let closed = call.and_then(|call| self.seen.closed.get(call));
        let closed = closed.map(|(at, _)| *at);
        let taken_back = self.taken_back(one);
        let known = one.decided().into_iter().chain(closed).chain(taken_back);
        let decided = known.min();
        let is_despised = call.is_some_and(|call| two.beginning.despite.contains(call));
        // By the answer to the later call's question to its store. Its further attempts go on with
        // it.
        let (one, two) = (&one.beginning, &two.beginning);
        let begins = two.begun.unwrap_or(two.asked);
        let was_open = one.begun.is_some_and(|at| at < two.asked)
            && decided.is_none_or(|decided| decided > begins);
        (was_open && !is_free && !is_despised)
            .then(|| format!("begun while another one was open on its order ({one:?}, {two:?})"))
    }

    /// What callers were told.
    fn answers(&self, wrong: &mut Vec<String>) {
        for answer in &self.seen.answers {
            let found = match &answer.said {
                Said::Told(told) => self.told(answer, told),
                Said::Refused(refused) => self.refused(answer, refused),
                Said::Error(_) => self.error(answer),
            };
            wrong.extend(found.map(|found| format!("{found} ({answer:?})")));
        }
    }

    fn told(&self, answer: &AnswerSeen, told: &Told) -> Option<String> {
        if self.is_forgotten(&answer.key) {
            return None;
        }
        let stored = self.calls.get(&told.call);
        if let Some(act) = stored.and_then(act_of)
            && !self.is_same_request(act, answer.act)
        {
            return Some("told about another request".to_owned());
        }
        let outcome = told.outcome?;
        let own = self.of_call(&told.call);
        match outcome {
            RecordedOutcome::Approved => {
                let is_deceived = self.is_deceived(answer.act);
                let is_gone = self.truth.is_taken_back(answer.act, answer.at);
                if told.stands == Some(false) {
                    let wrong = "told undone, and nobody has undone it";
                    let is_erred = self.has_erred_taking_back(answer.act);
                    return (!is_gone && !is_deceived && !is_erred).then(|| wrong.to_owned());
                }
                let is_done = self.truth.is_done(answer.act, answer.at) || is_deceived;
                let is_wrong = !is_done && !self.seen.erred.contains(&told.call);
                is_wrong.then(|| "told approved, and nobody has done it".to_owned())
            }
            RecordedOutcome::Declined | RecordedOutcome::NotExecuted => {
                let moved = self.has_moved(answer.act, &own, answer.at);
                moved.then(|| format!("told {outcome:?}, and it was carried out"))
            }
            RecordedOutcome::NotSent => {
                // Somebody else may have submitted it again since it ended so.
                let ended = self.seen.not_sent.get(&told.call);
                let left = own.iter().any(|(_, attempt)| {
                    let left = attempt.first_byte.is_some() && attempt.asked <= answer.at;
                    let is_newer = ended.is_some_and(|ended| *ended <= attempt.asked);
                    left && (!is_newer || self.is_alone(&answer.key))
                });
                left.then(|| "told not sent, and bytes of it left".to_owned())
            }
            _ => None,
        }
    }

    fn refused(&self, answer: &AnswerSeen, refused: &StoreRefusal) -> Option<String> {
        match refused {
            StoreRefusal::KeyOfAnotherRequest { call } => {
                let act = self.calls.get(call).and_then(act_of);
                let is_same = act.is_some_and(|act| self.is_same_request(act, answer.act));
                is_same.then(|| "refused as another request, and it is the same".to_owned())
            }
            StoreRefusal::SameIdentity { call } | StoreRefusal::NotCertain { call } => {
                if self.seen.forgotten.is_some() && !self.calls.contains_key(call) {
                    return None;
                }
                let act = self.calls.get(call).and_then(act_of);
                let is_like = act.is_some_and(|act| self.is_like(act, answer.act));
                (!is_like).then(|| "refused for a call that is not like it".to_owned())
            }
            _ => None,
        }
    }

    /// Whoever submits a key alone, and is told that it did not begin, has nothing on the wire.
    fn error(&self, answer: &AnswerSeen) -> Option<String> {
        let is_alone = self.is_alone(&answer.key);
        let mut attempts = self.seen.attempts.values();
        let left = attempts.any(|attempt| {
            let left = attempt.first_byte.is_some_and(|first| first <= answer.at);
            attempt.beginning.key == answer.key && left
        });
        // An earlier try of the same submission may have been left behind by a death.
        let tried_before = self
            .seen
            .answers
            .iter()
            .any(|other| other.submission == answer.submission && other.at < answer.at);
        let has_died = self
            .plan
            .mishaps
            .iter()
            .any(|mishap| matches!(mishap.what, super::plan::Mishap::Death(_)));
        (is_alone && left && !tried_before && !has_died)
            .then(|| "told that nothing was sent, and bytes of it left".to_owned())
    }

    /// What was said of one key, all of it together, and what the journal says in the end.
    fn keys(&self, wrong: &mut Vec<String>) {
        let mut by_key: BTreeMap<&str, Vec<(&AnswerSeen, &Told)>> = BTreeMap::new();
        for answer in &self.seen.answers {
            if let Said::Told(told) = &answer.said {
                by_key.entry(&answer.key).or_default().push((answer, told));
            }
        }
        by_key.retain(|key, _| !self.is_forgotten(key));
        for (key, told) in by_key {
            let recorded = told.iter().filter(|(_, told)| told.recorded);
            let ids: BTreeSet<_> = recorded.map(|(_, told)| &told.call).collect();
            if ids.len() > 1 {
                wrong.push(format!("{key} was told as more than one call: {ids:?}"));
            }
            let definite: Vec<_> = told
                .iter()
                .filter_map(|(_, told)| Some((moved(told.outcome?)?, *told)))
                .collect();
            for pair in definite.windows(2) {
                let [(one, _), (two, later)] = pair else {
                    continue;
                };
                let errs = self.seen.erred.contains(&later.call);
                if one != two && !later.contradicted && !errs {
                    wrong.push(format!(
                        "{key}: an answer was withdrawn in silence ({later:?})"
                    ));
                }
            }
            let Some((said, last)) = definite.last() else {
                continue;
            };
            let Some(stored) = self.calls.get(&last.call) else {
                continue;
            };
            let view = &stored.view;
            let has_alarm = view
                .alarms
                .iter()
                .any(|alarm| alarm.alarm == AlarmKind::Contradicted);
            // What was never written down is open where whoever knew it has died.
            let is_open = !last.recorded && view.executed.is_none();
            if view.executed != Some(*said) && !is_open && !(view.contradicted && has_alarm) {
                wrong.push(format!(
                    "{key}: the journal says {:?} in the end, without an alarm ({last:?})",
                    view.outcome
                ));
            }
        }
    }

    /// Every call in the end, and every key that was used.
    fn ends(&self, wrong: &mut Vec<String>) {
        let keys: BTreeSet<&str> = self
            .calls
            .values()
            .map(|call| call.view.request.key.key.as_str())
            .collect();
        for (nonce, attempt) in &self.seen.attempts {
            let is_forgotten = self.is_forgotten(&attempt.beginning.key);
            let may_have_left = attempt.first_byte.is_some() && !is_forgotten;
            if may_have_left && !keys.contains(attempt.beginning.key.as_str()) {
                wrong.push(format!(
                    "{nonce}: the journal has lost {}",
                    attempt.beginning.key
                ));
            }
            let known = attempt.ticket.as_ref();
            let stored = known.and_then(|(call, number)| {
                let call = self.calls.get(call)?;
                let mut attempts = call.view.attempts.iter();
                attempts.find(|known| known.number.get() == *number)
            });
            if may_have_left && stored.is_none_or(|stored| stored.sending.is_none()) {
                wrong.push(format!("{nonce}: the journal has lost it ({attempt:?})"));
            }
        }
        for answer in &self.seen.answers {
            if let Said::Told(told) = &answer.said
                && told.recorded
                && !self.calls.contains_key(&told.call)
                && !self.is_forgotten(&answer.key)
            {
                wrong.push(format!("the journal has lost {} ({answer:?})", told.call));
            }
        }
        for (id, call) in self.calls {
            let view = &call.view;
            // What had shown that it was made was withdrawn by the statement, when all was over: it
            // is open for the next one.
            let mut words = view.taken_back().iter();
            let is_open_again = words.any(|word| word.progress == TakeBackProgress::NotDone);
            if view.is_running() && !is_open_again {
                wrong.push(format!("{id} is running when all is over: {view:?}"));
            }
            let is_open = self.open.contains(id) && !is_open_again;
            if self.plan.statement && is_open && view.request.moves_money {
                wrong.push(format!("{id} is open after the statement: {view:?}"));
            }
            if self.is_forgotten(view.request.key.key.as_str()) {
                continue;
            }
            let own = self.of_call(id);
            let Some(act) = act_of(call) else { continue };
            let moved = self.has_moved(act, &own, Duration::MAX);
            let is_deceived = self.is_deceived(act) || self.has_erred_taking_back(act);
            let left = own.iter().any(|(_, attempt)| attempt.first_byte.is_some());
            match view.executed {
                Some(true) if !view.stands && self.truth.is_taken_back(act, Duration::MAX) => {}
                Some(true) if !self.truth.is_done(act, Duration::MAX) && !is_deceived => {
                    wrong.push(format!(
                        "{id} is approved in the end, and nobody has done it"
                    ));
                }
                Some(false) if moved => {
                    wrong.push(format!(
                        "{id} is {:?} in the end, and was carried out",
                        view.outcome
                    ));
                }
                None if !self.open.contains(id) => {
                    wrong.push(format!("{id} is unknown in the end, and in no list"));
                }
                None if !left && !view.is_running() => {
                    let may_have_been = view.attempts.last();
                    if may_have_been.is_some_and(|attempt| attempt.sending.is_none()) {
                        wrong.push(format!("{id} is unknown, and was never let go"));
                    }
                }
                _ => {}
            }
        }
    }

    /// One movement of money is counted by one call, of those whose ids of the order are known to
    /// be of one.
    fn counted_once(&self, wrong: &mut Vec<String>) {
        let counting: Vec<_> = self
            .calls
            .iter()
            .filter(|(_, call)| call.view.counts_as_executed())
            .filter_map(|(id, call)| Some((id, act_of(call)?)))
            .collect();
        for (place, (id, act)) in counting.iter().enumerate() {
            for (other, other_act) in counting.iter().skip(place + 1) {
                let is_one = self.identity(*act) == self.identity(*other_act);
                let is_linked =
                    self.is_like(*act, *other_act) && self.is_linked(*act, Duration::MAX);
                let is_found = |id: &CallId| {
                    let call = self.calls.get(id);
                    call.is_some_and(|call| call.view.is_found_only())
                };
                // A reply is about its own request: two of them may both approve.
                if (is_one || is_linked) && (is_found(id) || is_found(other)) {
                    wrong.push(format!("{id} and {other} count one movement of money"));
                }
            }
        }
    }

    /// Whether a process had written down by then that both ids of the operation's order are of
    /// one.
    fn is_linked(&self, act: usize, by: Duration) -> bool {
        let Some(target) = self.act(act).map(target_of) else {
            return false;
        };
        let (merchant, ums) = (target.merchant_order_id(), target.ums_order_id());
        let of_order = |id: &str| id == merchant || ums.as_deref() == Some(id);
        let mut links = self.seen.links.iter();
        links.any(|(one, other, at)| *at < by && of_order(&one.id) && of_order(&other.id))
    }

    /// Whether the journal has forgotten something of this key.
    fn is_forgotten(&self, key: &str) -> bool {
        let Some((copied, lost)) = self.seen.forgotten else {
            return false;
        };
        let is_then = |at: Duration| (copied..=lost).contains(&at);
        let mut begun = self.seen.calls.values();
        let mut answers = self.seen.answers.iter();
        if begun.any(|call| call.key == key && is_then(call.asked))
            || answers.any(|answer| answer.key == key && is_then(answer.at))
        {
            return true;
        }
        self.seen.attempts.values().any(|attempt| {
            let told = attempt.decided().filter(|at| *at <= lost);
            let last = [attempt.last_byte, attempt.allowed, told];
            let last = last.into_iter().flatten().max().unwrap_or(attempt.asked);
            attempt.beginning.key == key && attempt.asked <= lost && last >= copied
        })
    }

    /// Whether money moved by these attempts, whenever that was, and was not reversed by then: a
    /// reversal makes a payment one that failed.
    fn has_moved(&self, act: usize, own: &[(&str, &AttemptSeen)], at: Duration) -> bool {
        let moved = own
            .iter()
            .any(|(nonce, _)| self.truth.applied(nonce).is_some());
        moved
            && !(matches!(self.act(act), Some(Act::Pay { .. })) && self.truth.is_reversed(act, at))
    }

    /// Whether a key is submitted once only.
    fn is_alone(&self, key: &str) -> bool {
        let submissions = self.plan.submissions.iter();
        submissions
            .filter(|one| format!("K{}", one.key) == key)
            .count()
            == 1
    }

    /// The attempts of a call, by their nonces.
    fn of_call(&self, call: &CallId) -> Vec<(&str, &AttemptSeen)> {
        let attempts = self.seen.attempts.iter();
        attempts
            .filter(|(_, attempt)| {
                let ticket = attempt.ticket.as_ref();
                ticket.is_some_and(|(of, _)| of == call)
            })
            .map(|(nonce, attempt)| (nonce.as_str(), attempt))
            .collect()
    }

    /// Whether the gateway has said of an operation that it was carried out, which it was not; of a
    /// payment also of what takes it back, which shows that it was made.
    fn is_deceived(&self, act: usize) -> bool {
        let mut taking_back = self.taking_back(act);
        self.same_as(act).any(|nonce| self.truth.is_lie(nonce))
            || taking_back.any(|(nonce, _)| self.truth.is_lie(nonce))
    }

    /// Whether a person has said so of what takes it back, and was wrong.
    fn has_erred_taking_back(&self, act: usize) -> bool {
        let mut calls = self
            .taking_back(act)
            .filter_map(|(_, it)| it.ticket.as_ref());
        calls.any(|(call, _)| self.seen.erred.contains(call))
    }

    /// The voids and refunds on the order of a payment.
    fn taking_back(&self, act: usize) -> impl Iterator<Item = (&str, &AttemptSeen)> {
        let order = order_of(self.act(act));
        let is_pay = matches!(self.act(act), Some(Act::Pay { .. }));
        let attempts = self.seen.attempts.iter().filter(move |(_, other)| {
            let other = self.act(other.beginning.act);
            let takes_back = matches!(other, Some(Act::Void(..) | Act::Refund { .. }));
            is_pay && takes_back && order_of(other) == order
        });
        attempts.map(|(nonce, attempt)| (nonce.as_str(), attempt))
    }

    /// The nonces of all attempts of the same operation, under whatever key.
    fn same_as(&self, act: usize) -> impl Iterator<Item = &str> {
        let identity = self.identity(act);
        let attempts = self.seen.attempts.iter();
        attempts
            .filter(move |(_, attempt)| self.identity(attempt.beginning.act) == identity)
            .map(|(nonce, _)| nonce.as_str())
    }

    fn act(&self, act: usize) -> Option<Act> {
        self.plan.acts.get(act).copied()
    }

    fn is_same_request(&self, one: usize, other: usize) -> bool {
        let (Some(one_is), Some(other_is)) = (self.act(one), self.act(other)) else {
            return false;
        };
        match (one_is, other_is) {
            // Each has a code of its own.
            (Act::Pay { .. }, Act::Pay { .. }) => one == other,
            _ => format!("{one_is:?}") == format!("{other_is:?}"),
        }
    }

    /// What tells an operation from others on its order.
    fn identity(&self, act: usize) -> Option<(u8, Order, u8)> {
        let act = self.act(act)?;
        let order = order_of(Some(act))?;
        Some(match act {
            Act::Void(..) => (0, order, 0),
            Act::Refund { request, .. } => (1, order, request),
            Act::Reverse(_) => (2, order, 0),
            Act::Pay { .. } => (3, order, 0),
            _ => return None,
        })
    }

    /// Whether they are the same operation on one order, by whatever names.
    fn is_like(&self, one: usize, other: usize) -> bool {
        let by_order = |act| {
            let (operation, (order, _), refund) = self.identity(act)?;
            Some((operation, order, refund))
        };
        by_order(one).is_some() && by_order(one) == by_order(other)
    }

    /// Whether it may be made once more when it was found not to have been carried out.
    fn may_be_repeated(&self, act: usize) -> bool {
        matches!(self.act(act), Some(Act::Void(..) | Act::Reverse(_)))
    }
}

/// An order by the name that an operation gives it: that two names are of one, nobody knows before
/// a reply has told.
type Order = (String, bool);

fn order_of(act: Option<Act>) -> Option<Order> {
    let (target, names) = match act? {
        Act::Void(target, names) | Act::Refund { target, names, .. } => (target, names),
        Act::Pay { target, .. } | Act::Reverse(target) => (target, Names::Merchant),
        _ => return None,
    };
    let by_ums = names == Names::Ums && target.ums_order_id().is_some();
    Some((target.merchant_order_id(), by_ums))
}

fn target_of(act: Act) -> Target {
    match act {
        Act::Void(target, _)
        | Act::Refund { target, .. }
        | Act::Pay { target, .. }
        | Act::Reverse(target)
        | Act::Query(target, _)
        | Act::Authorize { target, .. }
        | Act::QueryHold(target, _) => target,
        Act::Complete(what) | Act::Release(what) => what.target,
    }
}

const QUESTIONS: [ums_simulator::SimulatedOperation; 4] = [
    ums_simulator::SimulatedOperation::Query,
    ums_simulator::SimulatedOperation::QueryRefund,
    ums_simulator::SimulatedOperation::QueryAuthorization,
    ums_simulator::SimulatedOperation::QueryAuthorizationByTrace,
];

/// Whether money moved, where an answer says so for certain. What was not sent may be sent later,
/// under the same key.
fn moved(outcome: RecordedOutcome) -> Option<bool> {
    match outcome {
        RecordedOutcome::Approved => Some(true),
        RecordedOutcome::Declined | RecordedOutcome::NotExecuted => Some(false),
        _ => None,
    }
}

fn changed(request: &LedgerRequest) -> Option<(&Change, Duration)> {
    let change = request.applied.as_ref()?;
    Some((change, Duration::from_micros(request.applied_us?)))
}

fn end_of(call: &StoredCall) -> &'static str {
    match (call.view.outcome, call.view.state) {
        (None, _) => "running",
        (Some(RecordedOutcome::Unknown), ums_durable::journal::State::AwaitingStatement) => {
            "awaiting_statement"
        }
        (Some(outcome), _) => outcome.as_str(),
    }
}

async fn every_call(store: &MemoryStore) -> Result<BTreeMap<CallId, StoredCall>, String> {
    let found = store
        .search(&Filter::new(), ListOrder::OldestFirst, None, 1000)
        .await
        .map_err(in_words)?;
    let calls = found.calls.into_iter();
    Ok(calls.map(|call| (call.id.clone(), call)).collect())
}

async fn open_calls(store: &MemoryStore) -> Result<BTreeSet<CallId>, String> {
    let found = store
        .search(&Filter::open(), ListOrder::OldestFirst, None, 1000)
        .await
        .map_err(in_words)?;
    Ok(found.calls.into_iter().map(|call| call.id).collect())
}

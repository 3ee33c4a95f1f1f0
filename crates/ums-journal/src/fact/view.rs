//! From the facts of a call to what is known of it now.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::call::identity::StoredOrderId;
use crate::call::ids::{AttemptNumber, CallId, Epoch, Owner};
use crate::call::stamp::{Passed, Stamp};
use crate::fact::entry::{
    Alarm, ClosedAs, EndedFact, FactKind, Holding, Intended, Recovered, SendPlan, StoredFinding,
};
use crate::fact::recorded::RecordedFact;
use crate::fact::request::StoredRequest;
use crate::fact::state::State;
use crate::fact::taken_back::{TakeBacks, TakenBack};
use crate::outcome_kind::OutcomeKind;
use crate::reason::Reason;
use crate::record::RecordedOutcome;

/// What is known of a call now: made from its facts and from nothing else.
///
/// * That money moved is believed from whoever says so, and stays believed: a platform's reply, its
///   answer to a question, its statement.
/// * A refusal of the platform, the proof that nothing was sent, and its statement come next; then
///   what a person closed it as, the last word of a person counting; then what a question found
///   missing.
/// * Without any of these the call is open, however long ago it began and however often it was
///   asked about.
///
/// So two facts say the same in either order; only a person may change their mind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct View {
    /// What it asks for.
    pub request: StoredRequest,
    /// The calls that it last began in spite of: neither its begin nor its sending waits for them.
    pub despite: Vec<CallId>,
    /// How far it got.
    pub state: State,
    /// How it ended, by today's knowledge. `None` while it has not ended.
    pub outcome: Option<RecordedOutcome>,
    /// Whether the money moved; `None` while that is not known.
    pub executed: Option<bool>,
    /// Whether what was carried out still stands, as far as that is known.
    pub stands: bool,
    /// Whether a call that would take it back, or the rest of it, is open: then nobody knows
    /// whether it stands.
    pub may_be_undone: bool,
    /// How much of a payment was refunded by calls of this journal, in fen.
    pub refunded_fen: Option<u64>,
    /// The time as of which it was found not to have been carried out.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether two facts differ in whether money moved, so that an answer that was given was wrong.
    pub contradicted: bool,
    /// The attempts, oldest first. Never empty.
    pub attempts: Vec<AttemptView>,
    /// The call that counts this movement of money, where another one does.
    pub counted_by: Option<CallId>,
    /// What a person should look at, oldest first.
    pub alarms: Vec<Alarm>,
    /// The links that its replies have shown, oldest first.
    pub links: Vec<(StoredOrderId, StoredOrderId)>,
    /// Whether a query has seen it in a definite state.
    pub definite_state_seen: bool,
    /// When it began.
    pub began: Stamp,
    /// When its last fact was written down.
    pub changed: Stamp,
    /// The number of its first fact: its place among the calls.
    pub first_fact: u64,
    /// The number of its last fact. The view with the higher one is the newer.
    pub last_fact: u64,
    /// The highest epoch that its facts name.
    pub epoch: Epoch,
    /// The process that its last step was taken by.
    pub owner: Owner,
    take_backs: TakeBacks,
}

/// What is known of an attempt now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptView {
    /// Its number.
    pub number: AttemptNumber,
    /// When it may have put its first byte on the wire, and what was settled before.
    pub sending: Option<(Stamp, SendPlan)>,
    /// How it ended, by today's knowledge.
    pub outcome: Option<OutcomeKind>,
    /// Whether money moved by it; `None` while that is not known.
    pub executed: Option<bool>,
    /// Whether two facts about it differ in that.
    pub contradicted: bool,
    words: Words,
}

/// Everything that was said of one attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Words {
    progress: Progress,
    /// The platform says that money moved: the first such word.
    moved: Option<Word>,
    undone: bool,
    /// Whether a reply to the attempt itself says so.
    replied: bool,
    /// Whether its own reply was about something else, or said that the order is another payment's:
    /// what is done to the order then says nothing of it.
    is_about_another: bool,
    /// The platform says that it did not, or nothing was sent: the first such word.
    not_moved: Option<Word>,
    /// The last word of a person.
    person: Option<ClosedAs>,
    /// Whether any person has said that it moved, and that it did not.
    persons: (bool, bool),
    /// The last time as of which the platform stated that it failed.
    failed: Option<DateTime<Utc>>,
    /// The last time as of which nothing of it was found.
    absent: Option<Stamp>,
    /// When it was told that its last bytes may have been written after its send window.
    late: Option<Stamp>,
    /// The last time as of which it was found not to have been carried out, as far as that can be
    /// believed.
    missing: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Intended,
    Sending,
    Unknown,
    Resolving,
    AwaitingStatement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Ended(OutcomeKind),
    Resolved,
    Stated,
}

impl View {
    /// What these facts of one call say, which are in the order of their numbers. `None` when the
    /// call does not begin among them.
    pub fn of<'a>(
        facts: impl IntoIterator<Item = &'a RecordedFact, IntoIter: Clone>,
    ) -> Option<Self> {
        let facts = facts.into_iter();
        let began = facts.clone().find_map(|recorded| {
            let FactKind::Intended(intended) = &recorded.fact().what else {
                return None;
            };
            Some((recorded, intended))
        });
        let (first, intended) = began?;
        let mut view = Self::begun(first, intended);
        for fact in facts {
            view.take(fact);
        }
        view.conclude();
        Some(view)
    }

    /// What is known once the call has this fact too, whose number is higher than those of all
    /// before it: the same as [`of`](Self::of) all of them.
    pub fn add(&mut self, fact: &RecordedFact) {
        self.take(fact);
        self.conclude();
    }

    fn begun(first: &RecordedFact, intended: &Intended) -> Self {
        Self {
            request: intended.request.clone(),
            despite: intended.despite.clone(),
            state: State::Intended,
            outcome: None,
            executed: None,
            stands: true,
            may_be_undone: false,
            refunded_fen: None,
            as_of: None,
            contradicted: false,
            attempts: vec![AttemptView::new(AttemptNumber::FIRST)],
            counted_by: None,
            alarms: Vec::new(),
            links: Vec::new(),
            definite_state_seen: false,
            began: first.at().clone(),
            changed: first.at().clone(),
            first_fact: first.number(),
            last_fact: first.number(),
            epoch: intended.epoch,
            owner: intended.owner.clone(),
            take_backs: TakeBacks::default(),
        }
    }

    fn take(&mut self, recorded: &RecordedFact) {
        if recorded.number() >= self.last_fact {
            self.last_fact = recorded.number();
            self.changed = recorded.at().clone();
        }
        let fact = recorded.fact();
        match &fact.what {
            FactKind::IntendedAgain(Holding { owner, epoch, .. })
            | FactKind::Resolving(Holding { owner, epoch, .. })
            | FactKind::Recovered(Recovered { owner, epoch, .. }) => self.held(owner, *epoch),
            FactKind::Sending(sending) => self.held(&sending.owner, sending.epoch),
            FactKind::Alarm(alarm) => self.alarms.push(alarm.clone()),
            FactKind::CountedBy(counted) => self.counted_by = Some(counted.call.clone()),
            FactKind::Linked(linked) => {
                self.links.push((linked.one.clone(), linked.other.clone()));
            }
            FactKind::Asked(asked) => self.definite_state_seen |= asked.is_definite,
            FactKind::TakenBack(taken) => self.take_backs.hear(taken),
            _ => {}
        }
        if let FactKind::IntendedAgain(holding) = &fact.what {
            self.despite.clone_from(&holding.despite);
        }
        let Some(number) = fact.attempt else { return };
        let begins = matches!(
            fact.what,
            FactKind::IntendedAgain(_) | FactKind::Sending(_) | FactKind::Intended(_)
        );
        let place = self
            .attempts
            .iter()
            .position(|known| known.number == number);
        let place = match place {
            Some(place) => place,
            None if begins => {
                self.attempts.push(AttemptView::new(number));
                self.attempts.len() - 1
            }
            // A fact of an attempt that this call never made moves none of its own.
            None => return,
        };
        self.attempts[place].take(&fact.what, recorded.at());
    }

    fn held(&mut self, owner: &Owner, epoch: Epoch) {
        if epoch >= self.epoch {
            self.epoch = epoch;
            self.owner = owner.clone();
        }
    }

    fn conclude(&mut self) {
        self.attempts.sort_by_key(|attempt| attempt.number);
        let last = self.attempts.len().saturating_sub(1);
        let is_proven = self.take_backs.show_that_it_was_made();
        for (place, attempt) in self.attempts.iter_mut().enumerate() {
            attempt.conclude(is_proven && place == last);
        }
        self.contradicted = self.attempts.iter().any(|attempt| attempt.contradicted)
            || self.take_backs.is_withdrawn;
        let moved = self
            .attempts
            .iter()
            .rfind(|known| known.executed == Some(true));
        let Some(last) = self.attempts.last() else {
            return;
        };
        let decides = moved.unwrap_or(last);
        self.executed = if moved.is_some() {
            Some(true)
        } else {
            last.executed
        };
        let undone = self.take_backs.leave_nothing_of(self.request.amount_fen);
        self.stands = !decides.words.undone && undone != Some(true);
        self.may_be_undone = self.stands && undone.is_none();
        self.refunded_fen = self.take_backs.refunded_fen();
        self.as_of = match decides.outcome_of_record() {
            Some(RecordedOutcome::NotExecuted) => decides.words.missing,
            _ => None,
        };
        self.state = match last.state() {
            // Nothing that is known of another attempt ends the one that is under way.
            open @ (State::Intended | State::Sending) => open,
            open if last.executed.is_none() => open,
            _ if self.contradicted => State::Contradicted,
            _ => decides.state(),
        };
        let outcome = if last.executed.is_none() {
            last.outcome_of_record()
        } else {
            decides.outcome_of_record()
        };
        self.outcome = match outcome {
            Some(RecordedOutcome::Approved) if !self.request.moves_money => {
                Some(RecordedOutcome::Answered)
            }
            outcome => outcome,
        };
    }

    /// The attempt that counts now.
    pub fn attempt(&self) -> AttemptNumber {
        let last = self.attempts.last();
        last.map_or(AttemptNumber::FIRST, |attempt| attempt.number)
    }

    /// Whether a process may still be at it: nothing says how it ended, not even that this is
    /// unknown.
    pub fn is_running(&self) -> bool {
        matches!(self.state, State::Intended | State::Sending)
    }

    /// Whether it is not known what became of it. A question that ended without an answer is not
    /// open: whoever wants to know asks again.
    pub fn is_open(&self) -> bool {
        let is_decided = self
            .attempts
            .last()
            .is_some_and(|attempt| attempt.executed.is_some());
        self.is_running() || (self.request.moves_money && !is_decided)
    }

    /// Whether no other call may be the same operation on the same order: it is open, it was
    /// carried out, or it was found missing and is no operation that may be made once more.
    pub fn holds_identity(&self) -> bool {
        self.request.moves_money
            && (self.is_open() || self.executed == Some(true) || self.is_held_not_executed())
    }

    /// Whether it was found not to have been carried out, which nobody is sure enough of to take
    /// the customer's money again.
    pub fn is_held_not_executed(&self) -> bool {
        let is_final = self
            .attempts
            .last()
            .is_some_and(|attempt| attempt.words.not_moved.is_some());
        self.outcome == Some(RecordedOutcome::NotExecuted)
            && !is_final
            && !self.request.may_be_repeated
    }

    /// Whether other calls that move money on its order must wait.
    pub fn holds_order(&self) -> bool {
        self.request.moves_money && self.is_open()
    }

    /// Whether money moved, and no other call counts it.
    pub fn counts_as_executed(&self) -> bool {
        self.executed == Some(true) && self.counted_by.is_none()
    }

    /// Whether that money moved is known by what was found, and by no reply to the call itself:
    /// what was found may have been another call's doing.
    pub fn is_found_only(&self) -> bool {
        let moved = self
            .attempts
            .iter()
            .filter(|known| known.executed == Some(true));
        moved.clone().count() > 0 && moved.clone().all(|attempt| !attempt.words.replied)
    }

    /// What other calls on its order mean for a payment: the last word of each.
    pub fn taken_back(&self) -> &[TakenBack] {
        self.take_backs.all()
    }

    /// Whether its last attempt may have been sent.
    pub fn may_have_been_sent(&self) -> bool {
        let last = self.attempts.last();
        last.is_some_and(|attempt| attempt.sending.is_some() && !attempt.is_unsent())
    }

    /// Whether money moved by more than one attempt.
    pub fn executed_twice(&self) -> bool {
        let moved = self
            .attempts
            .iter()
            .filter(|known| known.executed == Some(true));
        moved.count() > 1
    }

    /// How long "not carried out" must still wait, counted at `now`; zero when it need not.
    ///
    /// `None` when no clock can tell: the attempt was sent by another machine.
    pub fn settles_in(&self, now: &Stamp) -> Option<Duration> {
        let Some((since, wait)) = self.attempts.last().and_then(AttemptView::wait) else {
            return Some(Duration::ZERO);
        };
        match now.passed_since(since) {
            Passed::Exactly(passed) | Passed::AtLeast(passed) => Some(wait.saturating_sub(passed)),
            Passed::OtherMachine => None,
        }
    }
}

impl AttemptView {
    fn new(number: AttemptNumber) -> Self {
        Self {
            number,
            sending: None,
            outcome: None,
            executed: None,
            contradicted: false,
            words: Words::default(),
        }
    }

    fn take(&mut self, what: &FactKind, at: &Stamp) {
        let words = &mut self.words;
        match what {
            FactKind::Sending(sending) => {
                self.sending = Some((at.clone(), sending.plan.clone()));
                words.reach(Progress::Sending);
            }
            FactKind::Ended(ended) => {
                words.end(ended.outcome);
                words.is_about_another |= is_about_another(ended);
                if ended.late_write {
                    latest(&mut words.late, at);
                }
            }
            FactKind::Recovered(recovered) => words.end(recovered.outcome),
            FactKind::Resolving(_) => words.reach(Progress::Resolving),
            FactKind::AwaitingStatement(_) => words.reach(Progress::AwaitingStatement),
            FactKind::Resolved(resolved) => match resolved.finding {
                finding if finding.is_executed() => {
                    words.moved.get_or_insert(Word::Resolved);
                    words.undone |= finding == StoredFinding::ExecutedAndUndone;
                }
                StoredFinding::Absent => latest(&mut words.absent, &resolved.asked_at),
                _ => words.failed = words.failed.max(Some(resolved.asked_at.at)),
            },
            FactKind::Stated(stated) => {
                let word = if stated.is_executed {
                    &mut words.moved
                } else {
                    &mut words.not_moved
                };
                word.get_or_insert(Word::Stated);
            }
            FactKind::Closed(closed) => {
                words.person = Some(closed.closed_as);
                match closed.closed_as {
                    ClosedAs::Approved => words.persons.0 = true,
                    ClosedAs::Declined => words.persons.1 = true,
                }
            }
            _ => {}
        }
    }

    /// Whether it is known that no byte of it was sent.
    fn is_unsent(&self) -> bool {
        self.words.not_moved == Some(Word::Ended(OutcomeKind::NotSent))
    }

    /// Since when, and for how long, "not carried out" must wait: from when it may have been sent,
    /// or from when it was told that it was sent late. `None` when it never was.
    pub fn wait(&self) -> Option<(&Stamp, Duration)> {
        let (sent, plan) = self.sending.as_ref()?;
        let since = self.words.late.as_ref().unwrap_or(sent);
        Some((since, plan.settles_after()))
    }

    /// The last time as of which nothing of it was found, if that can be believed: what was asked
    /// before the wait was over that a late write began anew says nothing.
    fn believed_absent(&self) -> Option<DateTime<Utc>> {
        let absent = self.words.absent.as_ref()?;
        let is_believed = match (self.words.late.as_ref(), self.wait()) {
            (Some(_), Some((since, wait))) => absent.passed_since(since).is_at_least(wait),
            _ => true,
        };
        is_believed.then_some(absent.at)
    }

    fn conclude(&mut self, is_proven: bool) {
        let absent = self.believed_absent();
        self.words.missing = self.words.failed.max(absent);
        let words = &self.words;
        let is_its_own = self.sending.is_some() && !self.is_unsent() && !words.is_about_another;
        // What its own reply says of it is more than what a reply to another call shows.
        let is_refused = matches!(words.not_moved, Some(Word::Ended(_)));
        let is_proven = is_proven && is_its_own && !is_refused;
        self.executed = match (words.moved, words.not_moved, words.person, words.missing) {
            (Some(_), ..) => Some(true),
            _ if is_proven => Some(true),
            (_, Some(_), ..) => Some(false),
            (_, _, Some(person), _) => Some(person == ClosedAs::Approved),
            (_, _, _, Some(_)) => Some(false),
            _ => None,
        };
        let yes = words.moved.is_some() || words.persons.0 || is_proven;
        let no = words.not_moved.is_some() || words.persons.1 || words.missing.is_some();
        let is_withdrawn = words.absent.is_some() && absent.is_none() && self.executed.is_none();
        self.contradicted = (yes && no) || is_withdrawn;
        self.outcome = match (self.executed, words.not_moved, words.progress) {
            (Some(true), ..) => Some(OutcomeKind::Approved),
            (Some(false), Some(Word::Ended(outcome)), _) => Some(outcome),
            (Some(false), ..) => Some(OutcomeKind::Declined),
            (None, _, Progress::Intended | Progress::Sending) => None,
            (None, ..) => Some(OutcomeKind::Unknown),
        };
    }

    fn outcome_of_record(&self) -> Option<RecordedOutcome> {
        let words = &self.words;
        let is_found = match (words.not_moved, words.person) {
            (Some(word), _) => word == Word::Stated,
            (None, Some(_)) => false,
            (None, None) => words.missing.is_some(),
        };
        match (self.executed, self.outcome) {
            (Some(false), _) if is_found => Some(RecordedOutcome::NotExecuted),
            (_, outcome) => outcome.map(RecordedOutcome::from),
        }
    }

    fn state(&self) -> State {
        let words = &self.words;
        let word = match self.executed {
            Some(true) => words.moved,
            _ => words.not_moved,
        };
        match (self.executed, word, words.person, words.progress) {
            (Some(_), Some(Word::Ended(_)), ..) => State::Ended,
            (Some(_), Some(Word::Resolved | Word::Stated), ..) => State::Resolved,
            (Some(_), None, Some(_), _) => State::Closed,
            (Some(_), None, None, _) => State::Resolved,
            (None, _, _, Progress::Intended) => State::Intended,
            (None, _, _, Progress::Sending) => State::Sending,
            (None, _, _, Progress::Unknown) => State::Ended,
            (None, _, _, Progress::Resolving) => State::Resolving,
            (None, _, _, Progress::AwaitingStatement) => State::AwaitingStatement,
        }
    }
}

impl Words {
    /// Goes on to a later step; an earlier one, told late, takes nothing back.
    fn reach(&mut self, progress: Progress) {
        if progress.rank() >= self.progress.rank() {
            self.progress = progress;
        }
    }

    fn end(&mut self, outcome: OutcomeKind) {
        match outcome {
            OutcomeKind::Approved => {
                self.moved.get_or_insert(Word::Ended(outcome));
                self.replied = true;
            }
            OutcomeKind::Declined | OutcomeKind::NotSent => {
                self.not_moved.get_or_insert(Word::Ended(outcome));
            }
            OutcomeKind::Unknown => self.reach(Progress::Unknown),
        }
    }
}

fn latest(known: &mut Option<Stamp>, stamp: &Stamp) {
    if known.as_ref().is_none_or(|known| known.at <= stamp.at) {
        *known = Some(stamp.clone());
    }
}

/// Whether a reply was about something else than the request: another order or amount, or an order
/// id under which another payment was made (94).
fn is_about_another(ended: &EndedFact) -> bool {
    ended.reason.as_deref() == Some(Reason::Discrepancy.as_str())
        || ended.err_code.as_deref() == Some("94")
}

impl Progress {
    fn rank(self) -> u8 {
        match self {
            Self::Intended => 0,
            Self::Sending => 1,
            Self::Unknown => 2,
            Self::Resolving => 3,
            Self::AwaitingStatement => 4,
        }
    }
}

#[cfg(test)]
mod tests;

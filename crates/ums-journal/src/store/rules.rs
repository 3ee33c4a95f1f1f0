//! What a store decides, from what it has read under its locks. Every store decides by these.

use std::time::Duration;

use crate::call::identity::OrderRole;
use crate::call::ids::{CallId, Epoch, JournalId, Owner};
use crate::call::stamp::Stamp;
use crate::fact::entry::{AlarmKind, ClosedAs, Fact, FactKind, StoredFinding};
use crate::fact::request::StoredRequest;
use crate::fact::state::State;
use crate::fact::view::View;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{Begin, Bury, Close, SendAttempt, TakeTraceNumbers, Ticket};
use crate::store::refused::StoreRefusal;

/// What [`decide_begin`] decides from: all that is on the key and on the order, read under the
/// locks that the transaction holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Surroundings<'a> {
    /// The call that has the key.
    pub same_key: Option<(&'a CallId, &'a View)>,
    /// The calls that name an id of the order, or one that is linked with such an id, in the order
    /// in which they began. At least those that hold their identity or their order.
    pub on_order: &'a [(&'a CallId, &'a View)],
}

impl<'a> Surroundings<'a> {
    /// What is on the key and on the order.
    pub fn new(
        same_key: Option<(&'a CallId, &'a View)>,
        on_order: &'a [(&'a CallId, &'a View)],
    ) -> Self {
        Self { same_key, on_order }
    }
}

/// What a [`Begin`] comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeginDecision {
    /// A new call.
    New,
    /// A further attempt of the call that has the key.
    Again,
    /// The call that has the key may be running.
    Join,
    /// The call that has the key has ended, or is unknown.
    Replay,
}

/// Whether a call belongs into a journal with this id, which has so many facts.
///
/// # Errors
///
/// Returns an error if it is another journal, or one that has forgotten facts.
pub fn decide_journal(begin: &Begin, journal: &JournalId, facts: u64) -> Result<(), StoreRefusal> {
    match &begin.journal {
        Some((wanted, _)) if wanted != journal => Err(StoreRefusal::OtherJournal {
            found: journal.clone(),
        }),
        Some((_, remembered)) if facts < *remembered => Err(StoreRefusal::Younger { found: facts }),
        _ => Ok(()),
    }
}

/// What a call that is to begin comes to.
///
/// # Errors
///
/// Returns an error if the key belongs to another request, or if a call is in the way.
pub fn decide_begin(
    begin: &Begin,
    surroundings: Surroundings<'_>,
) -> Result<BeginDecision, StoreRefusal> {
    let decision = match surroundings.same_key {
        None => BeginDecision::New,
        Some((call, view)) => {
            if !begin.fingerprints.match_kept(&view.request.fingerprint) {
                return Err(StoreRefusal::KeyOfAnotherRequest { call: call.clone() });
            }
            if view.is_running() {
                return Ok(BeginDecision::Join);
            }
            if view.outcome != Some(RecordedOutcome::NotSent) {
                return Ok(BeginDecision::Replay);
            }
            BeginDecision::Again
        }
    };
    let itself = surroundings.same_key.map(|(call, _)| call);
    let others = surroundings.on_order.iter().copied();
    let others: Vec<_> = others.filter(|(call, _)| Some(*call) != itself).collect();
    check_others(&begin.request, &begin.despite, &others)?;
    Ok(decision)
}

/// Whether no other call on the order is in the way of a request, but those that it begins in spite
/// of.
fn check_others(
    request: &StoredRequest,
    despite: &[CallId],
    others: &[(&CallId, &View)],
) -> Result<(), StoreRefusal> {
    check_identity(request, despite, others)?;
    check_order(request, despite, others)
}

fn check_identity(
    request: &StoredRequest,
    despite: &[CallId],
    others: &[(&CallId, &View)],
) -> Result<(), StoreRefusal> {
    let Some(identity) = &request.identity else {
        return Ok(());
    };
    let same = others.iter().filter(|(_, view)| {
        let theirs = view.request.identity.as_ref();
        theirs.is_some_and(|theirs| theirs.is_like(identity)) && view.holds_identity()
    });
    for &(call, view) in same {
        if !view.is_held_not_executed() {
            return Err(StoreRefusal::SameIdentity { call: call.clone() });
        }
        if !despite.contains(call) {
            return Err(StoreRefusal::NotCertain { call: call.clone() });
        }
    }
    Ok(())
}

fn check_order(
    request: &StoredRequest,
    despite: &[CallId],
    others: &[(&CallId, &View)],
) -> Result<(), StoreRefusal> {
    if !request.moves_money {
        return Ok(());
    }
    let is_free = |view: &View| {
        request.role == OrderRole::TakeBack && view.request.role == OrderRole::Payment
    };
    let busy = others
        .iter()
        .filter(|(call, view)| view.holds_order() && !is_free(view) && !despite.contains(call))
        .map(|(call, _)| (*call).clone());
    let calls: Vec<_> = busy.collect();
    if calls.is_empty() {
        return Ok(());
    }
    Err(StoreRefusal::OrderBusy { calls })
}

/// Whether an attempt may be sent: the fence, and then the identity and the order once more.
///
/// `holder` and `epoch` are those of the call's row; the ticket's must be the same, and the call
/// must be at the ticket's attempt. Nothing is sent once money is known to have moved by an earlier
/// attempt that was taken for not sent.
///
/// `on_order` is what [`Surroundings::on_order`] is for a call that begins, read under the same
/// locks: since this call began, a reply may have shown that another one is on its order, or
/// somebody may have begun to take its payment back. What it began in spite of is not in its way.
///
/// # Errors
///
/// Returns an error if the ticket is no longer good, if the proof that the last attempt was not
/// sent is none, or if another call is in the way.
pub fn decide_send(
    send: &SendAttempt,
    view: &View,
    holder: Option<&Owner>,
    epoch: Epoch,
    on_order: &[(&CallId, &View)],
) -> Result<(), StoreRefusal> {
    let ticket = &send.ticket;
    let fenced = || StoreRefusal::Fenced {
        call: ticket.call.clone(),
    };
    let is_held = holder == Some(&ticket.owner) && epoch == ticket.epoch;
    let has_moved = view.executed == Some(true);
    if !is_held || has_moved || view.attempt() != ticket.attempt || !view.is_running() {
        return Err(fenced());
    }
    let is_sending = view
        .attempts
        .last()
        .is_some_and(|attempt| attempt.sending.is_some());
    match &send.not_sent {
        None if is_sending => return Err(fenced()),
        None => {}
        Some(fact) => {
            let names_it =
                fact.call.as_ref() == Some(&ticket.call) && fact.attempt == Some(ticket.attempt);
            let is_proof = matches!(
                &fact.what,
                FactKind::Ended(ended) if ended.outcome == OutcomeKind::NotSent
            );
            if !names_it || !is_proof {
                return Err(StoreRefusal::NotLearnt);
            }
        }
    }
    let others = on_order.iter().copied();
    let others: Vec<_> = others.filter(|(call, _)| **call != ticket.call).collect();
    check_others(&view.request, &view.despite, &others)
}

/// Whether a fact may be written down. `view` is of the call that it names, before it.
///
/// # Errors
///
/// Returns an error if it is a step of a store, names an attempt that was never made, says that one
/// was not sent which was made under another nonce, or says too early that something was not
/// carried out.
pub fn decide_record(fact: &Fact, view: &View) -> Result<(), StoreRefusal> {
    if !fact.what.is_learnt() {
        return Err(StoreRefusal::NotLearnt);
    }
    let (Some(call), Some(number)) = (&fact.call, fact.attempt) else {
        return Err(StoreRefusal::NotLearnt);
    };
    let attempt = view.attempts.iter().find(|known| known.number == number);
    let Some(attempt) = attempt else {
        return Err(StoreRefusal::NoSuchAttempt { call: call.clone() });
    };
    let is_running = view.is_running() && number == view.attempt();
    match &fact.what {
        // That an attempt is not sending is the journal's own word: then it never will be.
        FactKind::Ended(ended)
            if ended.outcome == OutcomeKind::NotSent
                && let Some((_, plan)) = &attempt.sending
                && ended.nonce.as_ref() != Some(&plan.nonce) =>
        {
            Err(StoreRefusal::OtherAttempt { call: call.clone() })
        }
        FactKind::AwaitingStatement(_) if is_running => {
            Err(StoreRefusal::StillRunning { call: call.clone() })
        }
        FactKind::Resolved(resolved) if !resolved.finding.is_executed() => {
            if is_running {
                return Err(StoreRefusal::StillRunning { call: call.clone() });
            }
            if resolved.finding == StoredFinding::Absent
                && let Some((since, wait)) = attempt.wait()
                && !resolved.asked_at.passed_since(since).is_at_least(wait)
            {
                let wait = view.settles_in(&resolved.asked_at);
                return Err(StoreRefusal::TooEarly {
                    call: call.clone(),
                    wait,
                });
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether a person may close a call.
///
/// # Errors
///
/// Returns an error if it is known what became of it, if it may still be running, or if it is too
/// early to say that it was not carried out.
pub fn decide_close(close: &Close, view: &View, now: &Stamp) -> Result<(), StoreRefusal> {
    let call = close.call.clone();
    if !view.is_open() {
        return Err(StoreRefusal::NotOpen { call });
    }
    if view.is_running() {
        return Err(StoreRefusal::StillRunning { call });
    }
    if close.closed.closed_as == ClosedAs::Approved || close.with_statement {
        return Ok(());
    }
    match view.settles_in(now) {
        Some(Duration::ZERO) => Ok(()),
        wait => Err(StoreRefusal::TooEarly { call, wait }),
    }
}

/// What whoever claims a call finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimDecision {
    /// It was never sent: that is written down, and it is no longer open.
    NotSent,
    /// It may have been sent: that it is unknown is written down.
    Unknown,
    /// It is unknown, and being asked about from now on.
    Resolve,
    /// It is being asked about already, or only a statement can tell.
    GoOn,
}

/// Whether a call may be taken, and what that means for it. `holder` is who holds it, and whether
/// that process lives.
///
/// # Errors
///
/// Returns an error if a process that lives holds it, or if it is known what became of it.
pub fn decide_claim(
    call: &CallId,
    owner: &Owner,
    view: &View,
    holder: Option<(&Owner, bool)>,
) -> Result<ClaimDecision, StoreRefusal> {
    if !view.is_open() {
        return Err(StoreRefusal::NotOpen { call: call.clone() });
    }
    // Its own process ends what runs; a resolver of that process may take up again what it asks
    // about.
    let is_taken = |holder: &Owner| view.is_running() || holder != owner;
    if let Some((holder, true)) = holder
        && is_taken(holder)
    {
        return Err(StoreRefusal::Held {
            call: call.clone(),
            owner: holder.clone(),
        });
    }
    Ok(match view.state {
        State::Intended => ClaimDecision::NotSent,
        State::Sending => ClaimDecision::Unknown,
        State::Ended | State::Contradicted => ClaimDecision::Resolve,
        _ => ClaimDecision::GoOn,
    })
}

/// Whether a call may be given back.
///
/// # Errors
///
/// Returns an error if it is in other hands.
pub fn decide_release(
    ticket: &Ticket,
    view: &View,
    holder: Option<&Owner>,
    epoch: Epoch,
) -> Result<(), StoreRefusal> {
    let call = ticket.call.clone();
    if holder != Some(&ticket.owner) || epoch != ticket.epoch {
        return Err(StoreRefusal::Fenced { call });
    }
    if view.is_running() {
        return Err(StoreRefusal::StillRunning { call });
    }
    Ok(())
}

/// Who holds a call after a fact: nobody, once it no longer runs or is no longer open.
pub fn is_let_go(before: &View, after: &View) -> bool {
    (before.is_running() && !after.is_running()) || !after.is_open()
}

/// The alarm that belongs beside a fact, if what is known now contradicts an answer only since.
pub fn alarm_after(before: &View, after: &View) -> Option<AlarmKind> {
    (after.contradicted && !before.contradicted).then_some(AlarmKind::Contradicted)
}

/// The trace numbers that are given out next: the first, and how many. `taken` is the last number
/// that anybody got of this terminal on this day, 0 when none.
///
/// # Errors
///
/// Returns an error if none is left.
pub fn decide_trace_numbers(
    take: &TakeTraceNumbers,
    taken: u32,
) -> Result<(u32, u32), StoreRefusal> {
    let left = TakeTraceNumbers::LAST.saturating_sub(taken);
    match take.count.min(left) {
        0 => Err(StoreRefusal::NoTraceNumbers),
        count => Ok((taken + 1, count)),
    }
}

/// Whether details may go at all after so long.
///
/// # Errors
///
/// Returns an error if that is shorter than everything is kept.
pub fn decide_bury(bury: &Bury) -> Result<(), StoreRefusal> {
    if bury.unchanged_for < Bury::KEPT_AT_LEAST {
        return Err(StoreRefusal::KeptLonger);
    }
    Ok(())
}

/// Whether the details of a call may go: it is not open, nothing is contradicted, and nothing has
/// happened to it for that long.
pub fn may_be_buried(bury: &Bury, view: &View, now: &Stamp) -> bool {
    let age = now.at.signed_duration_since(view.changed.at).to_std();
    !view.is_open()
        && view.request.body.is_some()
        && !view.contradicted
        && age.is_ok_and(|age| age >= bury.unchanged_for)
}

/// Whether another call counts the movement of money that this one was found to have made: they are
/// the same operation on what turned out to be one order, and it was known first there.
///
/// Only what was found is counted so: a reply is about its own request.
pub fn is_counted_by(found: &View, other: &View) -> bool {
    if !found.is_found_only() || !found.counts_as_executed() {
        return false;
    }
    let is_like = match (&found.request.identity, &other.request.identity) {
        (Some(one), Some(another)) => one.is_like(another),
        _ => false,
    };
    is_like && other.counts_as_executed()
}

/// Of the calls on one order, which are in the order in which they began, those whose movement of
/// money another one counts, and which: what is to be written down when a link has made two orders
/// one. Of two that were both only found, the one that began first counts.
pub fn counted_on_one_order<'a>(calls: &[(&'a CallId, &'a View)]) -> Vec<(&'a CallId, &'a CallId)> {
    let mut counted: Vec<(&CallId, &CallId)> = Vec::new();
    for (call, view) in calls.iter().rev() {
        let counts = calls.iter().find(|(other, other_view)| {
            let is_other = other != call && counted.iter().all(|(known, _)| known != other);
            is_other && is_counted_by(view, other_view)
        });
        counted.extend(counts.map(|(other, _)| (*call, *other)));
    }
    counted
}

//! Judges a history by the ledger and the order book, after everything has come to rest.

use std::collections::BTreeSet;
use std::time::Duration;

use ums_client::{Basis, OutcomeKind};
use ums_simulator::{
    Change, LedgerRequest, Order, OrderState, Orders, SimulatedOperation, Simulator, Snapshot,
};

use super::caller::{Called, Ended, Told, refund_request_id};
use super::nonces::call_of;
use super::plan::{Act, Plan, Target};
use super::play::Played;
use super::witness::{Sight, Witness};
use crate::verdict::{Course, Found, Truth, check, check_found};

/// All that is known at the end.
pub(crate) struct Evidence<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) calls: &'a [Called],
    pub(crate) ledger: Snapshot,
    pub(crate) orders: Orders,
    pub(crate) witness: &'a Witness,
    /// Calls that the journal holds as open, if there is one.
    pub(crate) open: Option<BTreeSet<usize>>,
}

pub(crate) fn judge(evidence: &Evidence<'_>) -> Played {
    let ledger = &evidence.ledger;
    let totals = ledger.totals;
    let requests = ledger.requests.iter();
    let ended = || {
        evidence
            .calls
            .iter()
            .filter_map(|called| called.ended.as_ref())
    };
    let mut played = Played {
        complete_requests: totals.complete_requests,
        reused: requests
            .filter(|request| request.index_on_connection > 0)
            .count() as u64,
        applied: totals.applied,
        resent: ended().filter(|ended| ended.resent).count() as u64,
        ..Played::default()
    };
    if totals.waiting > 0 {
        played
            .wrong
            .push("the gateway has not come to rest".to_owned());
    }
    let of_calls = by_call(ledger, evidence.calls, &mut played.wrong);
    for (called, requests) in evidence.calls.iter().zip(&of_calls) {
        let kind = called.ended.as_ref().map(|ended| ended.claim.kind);
        let name = kind.map_or("dropped", OutcomeKind::as_str);
        *played.outcomes.entry(name).or_default() += 1;
        if let Some(told) = called.told {
            *played.found.entry(name_of(told.found)).or_default() += 1;
            played.questions += told.questions;
            let is_confirmed = told.found == Found::Stands && !requests.confirming.is_empty();
            played.confirmed += u64::from(is_confirmed);
        }
        let wrong = Judged {
            evidence,
            called,
            requests,
            sight: evidence.witness.sight(called.call),
        }
        .wrong();
        let call = called.call;
        played.wrong.extend(
            wrong
                .into_iter()
                .map(|wrong| format!("call {call}: {wrong}")),
        );
    }
    evidence.witness.note(|| format!("ledger {ledger:?}"));
    let (wrong, trace) = evidence.witness.end();
    played.wrong.extend(wrong);
    played.trace = trace;
    played
}

fn name_of(found: Found) -> &'static str {
    match found {
        Found::Stands => "stands",
        Found::Undone => "undone",
        Found::Declined => "declined",
        Found::NotExecuted(basis) => basis.as_str(),
        Found::NotSent => "not_sent",
        Found::TakenBack => "taken_back",
        Found::Open => "open",
    }
}

/// The complete requests of one call.
#[derive(Default)]
struct Requests<'l> {
    /// Those of the operation itself.
    own: Vec<&'l LedgerRequest>,
    /// Those that take its payment back.
    take_backs: Vec<&'l LedgerRequest>,
    /// Questions about it.
    questions: Vec<&'l LedgerRequest>,
    /// Questions whether it was this very completion of a hold.
    confirming: Vec<&'l LedgerRequest>,
}

/// Whose each complete request is.
fn by_call<'l>(
    ledger: &'l Snapshot,
    calls: &[Called],
    wrong: &mut Vec<String>,
) -> Vec<Requests<'l>> {
    let mut of_calls: Vec<Requests<'_>> = calls.iter().map(|_| Requests::default()).collect();
    for request in &ledger.requests {
        // Cut before it was whole.
        if !request.body_complete {
            continue;
        }
        let number = request.authorization.as_deref().and_then(call_of);
        let place = number.and_then(|number| Some((calls.get(number)?, of_calls.get_mut(number)?)));
        let Some((called, requests)) = place else {
            wrong.push(format!("a complete request of no call: {request:?}"));
            continue;
        };
        match (request.operation, called.act.operation()) {
            (Some(is), own) if is == own => requests.own.push(request),
            (Some(SimulatedOperation::Query | SimulatedOperation::QueryRefund), _) => {
                requests.questions.push(request);
            }
            (Some(SimulatedOperation::QueryAuthorization), _) => requests.questions.push(request),
            (Some(SimulatedOperation::QueryAuthorizationByTrace), _) => {
                requests.confirming.push(request)
            }
            (
                Some(SimulatedOperation::Void | SimulatedOperation::Reverse),
                SimulatedOperation::Pay,
            ) => {
                requests.take_backs.push(request);
            }
            _ => wrong.push(format!("no request of this call: {request:?}")),
        }
    }
    of_calls
}

impl Act {
    fn operation(self) -> SimulatedOperation {
        match self {
            Self::Void(..) => SimulatedOperation::Void,
            Self::Pay { .. } => SimulatedOperation::Pay,
            Self::Refund { .. } => SimulatedOperation::Refund,
            Self::Reverse(_) => SimulatedOperation::Reverse,
            Self::Query(..) => SimulatedOperation::Query,
            Self::Authorize { .. } => SimulatedOperation::Preauthorize,
            Self::Complete(what) => match what.names.is_quick() {
                true => SimulatedOperation::QuickCompleteAuthorization,
                false => SimulatedOperation::CompleteAuthorization,
            },
            Self::Release(what) => match what.names.is_quick() {
                true => SimulatedOperation::QuickVoidAuthorization,
                false => SimulatedOperation::VoidAuthorization,
            },
            Self::QueryHold(..) => SimulatedOperation::QueryAuthorization,
        }
    }

    /// The payer's code by which its order can be told from others.
    fn pay_code(self, call: usize) -> Option<String> {
        match self {
            Self::Pay { code, .. } | Self::Authorize { code, .. } => Some(code.of_call(call)),
            _ => None,
        }
    }

    /// Whether it names no hold that there is.
    fn names_no_hold(self) -> bool {
        match self {
            Self::Complete(what) | Self::Release(what) => !what.names.are_right(),
            _ => false,
        }
    }

    fn target(self) -> Target {
        match self {
            Self::Void(target, _) | Self::Reverse(target) | Self::Query(target, _) => target,
            Self::Pay { target, .. } | Self::Refund { target, .. } => target,
            Self::Authorize { target, .. } | Self::QueryHold(target, _) => target,
            Self::Complete(what) | Self::Release(what) => what.target,
        }
    }
}

/// One call, with everything that its judgement needs.
struct Judged<'a> {
    evidence: &'a Evidence<'a>,
    called: &'a Called,
    requests: &'a Requests<'a>,
    sight: Sight,
}

impl Judged<'_> {
    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let called = self.called;
        let own = self.requests.own.len();
        match &called.ended {
            // A dropped call claims nothing, but it must not have been sent twice.
            None => {
                let most = 1 + usize::from(called.may_move_again);
                if own > most || self.requests.take_backs.len() > 1 {
                    wrong.push("dropped, and sent twice".to_owned());
                }
            }
            Some(ended) => {
                let truth = self.truth(ended);
                let broken = check(&ended.claim, &truth);
                let claim = ended.claim;
                wrong.extend(
                    broken
                        .iter()
                        .map(|violation| format!("{violation} ({claim:?}, {truth:?})")),
                );
                // A link that may have passed on a part of a write is counted with caution.
                let exact = self.evidence.plan.link.fails_whole;
                if exact && claim.bytes_written != ended.bytes_seen {
                    wrong.push(format!("{} bytes left ({claim:?})", ended.bytes_seen));
                }
                if !ended.late_by.is_zero() {
                    let late = ended.late_by;
                    wrong.push(format!("ended {late:?} after its deadline"));
                }
                let recorded = self.sight.end_recorded;
                if recorded.is_some() && recorded != Some(claim.kind) {
                    wrong.push(format!("recorded as {recorded:?} ({claim:?})"));
                }
            }
        }
        wrong.extend(self.repeated());
        if let (Some(ended), Some(told)) = (&called.ended, &called.told) {
            let claimed = ended.claim.bytes_written + told.bytes_claimed;
            let left = self.sight.bytes_written;
            if self.evidence.plan.link.fails_whole && claimed != left {
                wrong.push(format!("{left} bytes left for all of it, not {claimed}"));
            }
        }
        if self.sight.sending_recorded && !self.sight.intent_recorded {
            wrong.push("sending was recorded, and no intent".to_owned());
        }
        // What rests on the gateway's own word is judged where that word is.
        let deceived = |told: &&Told| match told.found {
            Found::TakenBack => self.requests.take_backs.iter().copied().any(is_lie),
            _ => told.questions == 0 && self.is_deceived(),
        };
        if let Some(told) = called.told.as_ref().filter(|told| !deceived(told)) {
            let course = self.course(told);
            let broken = check_found(told.found, &course);
            wrong.extend(
                broken
                    .iter()
                    .map(|violation| format!("{violation} ({told:?}, {course:?})")),
            );
        }
        wrong.extend(self.journal());
        wrong
    }

    /// Only a void is ever sent once more, and not before the first one can no longer be carried
    /// out.
    fn repeated(&self) -> Option<String> {
        let [first, second] = self.requests.own.as_slice() else {
            return None;
        };
        if !matches!(self.called.act, Act::Void(..)) {
            return Some("sent once more".to_owned());
        }
        let whole = |request: &LedgerRequest| request.complete_us.map(Duration::from_micros);
        let window = self.evidence.plan.late_window;
        (whole(second)? < whole(first)? + window).then(|| "sent once more too soon".to_owned())
    }

    fn truth(&self, ended: &Ended) -> Truth {
        let repeated = self.called.told.as_ref().is_some_and(|told| told.repeated);
        let own = &self.requests.own;
        Truth {
            complete_requests: own.len().saturating_sub(usize::from(repeated)),
            bytes_received: ended.bytes_seen,
            applied: self.applied().next().is_some(),
            done: self.is_done() || self.is_deceived(),
            answered_early: ended
                .left_at_first_read
                .is_some_and(|left| left < ended.bytes_seen),
        }
    }

    /// Whether the gateway approved what it then did not do. Nobody can see through that, if the
    /// request had left as a whole.
    fn is_deceived(&self) -> bool {
        self.requests.own.iter().copied().any(is_lie)
    }

    /// The same for the request that was sent once more after resolving found nothing of the first.
    fn repeat_deceived(&self, told: &Told) -> bool {
        let last = self.requests.own.last();
        told.repeated && last.is_some_and(|last| last.complete_us.is_some() && is_lie(last))
    }

    /// Changes that this very call made, with when.
    fn applied(&self) -> impl Iterator<Item = (&Change, Duration)> {
        self.requests
            .own
            .iter()
            .filter_map(|request| changed(request))
    }

    /// The order that the call is about, as it is in the end.
    fn order(&self) -> Option<Order> {
        if self.called.act.names_no_hold() {
            return None;
        }
        let target = self.called.act.target();
        self.evidence
            .orders
            .find_merchant_order(Simulator::DEMO_MERCHANT_CODE, &target.merchant_order_id())
    }

    /// The order, if it is a payment or a hold that this very call made.
    fn own_order(&self) -> Option<Order> {
        let code = self.called.act.pay_code(self.called.call)?;
        self.order()
            .filter(|order| order.pay_code.as_deref() == Some(code.as_str()))
    }

    /// Whether what the call asks for is the case in the end.
    fn is_done(&self) -> bool {
        let state = |order: &Order| order.state;
        match self.called.act {
            Act::Void(..) | Act::Release(_) => {
                self.order().as_ref().map(state) == Some(OrderState::Voided)
            }
            Act::Pay { .. } | Act::Authorize { .. } | Act::Complete(_) => {
                self.applied().next().is_some()
            }
            Act::Refund {
                request, amount, ..
            } => self.order().is_some_and(|order| {
                let id = refund_request_id(request);
                let mut refunds = order.refunds.iter();
                refunds.any(|made| made.refund_request_id == id && made.amount == amount)
            }),
            Act::Reverse(_) => matches!(
                self.order().as_ref().map(state),
                Some(OrderState::Reversed | OrderState::Failed)
            ),
            // An answer is all that a query asks for.
            Act::Query(..) | Act::QueryHold(..) => true,
        }
    }

    fn course(&self, told: &Told) -> Course {
        let order = self.order();
        let id = order.as_ref().map(|order| order.order_id.as_str());
        let changes: Vec<(&Change, Duration)> = self
            .evidence
            .ledger
            .requests
            .iter()
            .filter_map(changed)
            .filter(|(change, _)| Some(change.order_id.as_str()) == id)
            .collect();
        let by = |at: Duration, to: OrderState| {
            let mut changes = changes.iter();
            changes.any(|(change, when)| change.to == to && *when <= at)
        };
        let applied_by = |at: Duration| self.applied().any(|(_, when)| when <= at);
        let ever_applied = self.applied().next().is_some();
        let mut course = Course {
            bytes_received: self
                .called
                .ended
                .as_ref()
                .map_or(0, |ended| ended.bytes_seen),
            done_in_the_end: ever_applied,
            hasty: self.is_hasty(told),
            ..Course::default()
        };
        match self.called.act {
            Act::Pay { amount, .. } => {
                let own = self.own_order();
                let is_own = own.is_some();
                let gone = |before: Duration| {
                    let back = changes.iter().filter(|(_, when)| *when < before);
                    let taken = back.filter(|(change, _)| change.to != OrderState::Paid);
                    taken.map(|(change, _)| change.amount).sum::<u64>() >= amount
                };
                let back = [
                    OrderState::Voided,
                    OrderState::Refunded,
                    OrderState::Reversed,
                ];
                course.done_then = applied_by(told.at);
                course.gone_before = is_own && gone(told.asked_at);
                course.undone_then = is_own && back.iter().any(|to| by(told.at, *to));
                course.done_in_the_end =
                    ever_applied && !(is_own && by(told.at, OrderState::Reversed));
                course.stands_in_the_end = own.is_some_and(|order| order.state == OrderState::Paid);
                let taken = |own: bool| {
                    let mut taken = self.requests.take_backs.iter();
                    taken.any(|request| {
                        changed(request).is_some_and(|(change, _)| {
                            (Some(change.order_id.as_str()) == id && is_own) == own
                        })
                    })
                };
                course.took_back = taken(true);
                course.took_anothers = taken(false);
            }
            Act::Void(..) | Act::Release(_) => {
                course.done_then = by(told.at, OrderState::Voided) || self.repeat_deceived(told);
            }
            Act::Authorize { .. } => {
                let own = self.own_order();
                let voided = |before: Duration| {
                    let mut voids = changes
                        .iter()
                        .filter(|(change, _)| change.to == OrderState::Voided);
                    voids.any(|(_, when)| *when < before)
                };
                course.done_then = applied_by(told.at);
                course.gone_before = own.is_some() && voided(told.asked_at);
                course.undone_then = own.is_some() && by(told.at, OrderState::Voided);
                // A hold that was completed has done what it was made for.
                course.stands_in_the_end = own.is_some_and(|order| {
                    matches!(order.state, OrderState::Held | OrderState::Completed)
                });
            }
            // What was answered by its own reply may still be under way; what was asked about is
            // said only of this very call, and when the money has moved.
            Act::Complete(_) => {
                course.done_then = match told.questions {
                    0 => ever_applied,
                    _ => applied_by(told.at),
                };
            }
            // What the platform takes back by itself is in no request.
            Act::Reverse(_) => course.done_then = self.is_done(),
            Act::Refund {
                request, amount, ..
            } => {
                let request = refund_request_id(request);
                course.done_then = changes.iter().any(|(change, when)| {
                    change.refund_request_id.as_ref() == Some(&request)
                        && change.amount == amount
                        && *when <= told.at
                });
            }
            Act::Query(..) | Act::QueryHold(..) => {}
        }
        course
    }

    /// Whether "not carried out" was said sooner than it may be believed: of absence, by two
    /// questions at least three seconds apart of which the first left when the late window was
    /// over; of a stated failure, by two such questions at any time; and of neither where nobody
    /// knows the day.
    fn is_hasty(&self, told: &Told) -> bool {
        const APART: Duration = Duration::from_secs(3);
        let Found::NotExecuted(basis) = told.found else {
            return false;
        };
        let from = match basis {
            Basis::Absent => told.deadline + self.evidence.plan.late_window,
            _ => Duration::ZERO,
        };
        // A question that leaves then arrives then or later.
        let questions = self.requests.questions.iter();
        let mut arrived = questions
            .filter_map(|request| request.complete_us.map(Duration::from_micros))
            .filter(|at| *at >= from && *at <= told.at);
        let (first, last) = (arrived.next(), arrived.next_back());
        let apart = first
            .zip(last)
            .is_some_and(|(first, last)| last >= first + APART);
        !apart || !told.knows_day
    }

    /// In the journal an unknown call is open until it is found out, and no other that has ended.
    fn journal(&self) -> Option<String> {
        let open = self.evidence.open.as_ref()?;
        let called = self.called;
        called.ended.as_ref()?;
        if called.may_move_again || matches!(called.act, Act::Query(..) | Act::QueryHold(..)) {
            return None;
        }
        let kind = self.sight.end_recorded?;
        let found = called.told.as_ref().map(|told| told.found);
        let is_open = open.contains(&called.call);
        let should_be =
            kind == OutcomeKind::Unknown && found.is_none_or(|found| found == Found::Open);
        (is_open != should_be).then(|| {
            format!("recorded as {kind:?}, found {found:?}, and open in the journal: {is_open}")
        })
    }
}

/// Whether it was approved before it was read, whatever became of it.
fn is_lie(request: &LedgerRequest) -> bool {
    let fault = request.fault.as_deref();
    fault.is_some_and(|fault| fault.starts_with("early-reply-applied"))
}

/// The money that a request moved, and when.
fn changed(request: &LedgerRequest) -> Option<(&Change, Duration)> {
    let change = request.applied.as_ref()?;
    Some((change, Duration::from_micros(request.applied_us?)))
}

//! What must hold in every state.

use crate::call::{Answer, Attempt, Call, CallId, Word};
use crate::gateway::Request;
use crate::protocol::Protocol;
use crate::scope::{Operation, Submission};
use crate::state::State;
use crate::task::Phase;

/// Something that must hold in every state, with its name.
pub type Invariant = (&'static str, fn(&Protocol, &State) -> bool);

/// Money moves at most once for an identity.
pub const NO_DOUBLE: &str = "money moves at most once";
/// What was said not to have been carried out is not, and never will be.
pub const NOT_EXECUTED_IS_TRUE: &str = "not carried out stays true";
/// What the platform is said to have carried out, it has.
pub const APPROVED_IS_TRUE: &str = "carried out is true";
/// An answer that was given stands, or is shown as contradicted.
pub const ANSWERS_STAND: &str = "an answer stands";
/// A key that was accepted leads to its call.
pub const NO_LOST_KEY: &str = "no key is lost";
/// Whoever is told of one attempt is told the same.
pub const TOLD_THE_SAME: &str = "all are told the same";
/// An unknown call is open until a fact closes it.
pub const UNKNOWN_IS_OPEN: &str = "an unknown call is open";
/// Nothing is sent that is not written down as `sending`.
pub const SENT_IS_WRITTEN: &str = "what is sent is written down";
/// No two calls on the order are open, but for a payment that is taken back.
pub const ONE_OPEN: &str = "one call on the order is open";
/// A contradiction has its alarm.
pub const ALARMED: &str = "a contradiction has its alarm";

/// All of them.
pub const INVARIANTS: [Invariant; 10] = [
    (NO_DOUBLE, no_double),
    (NOT_EXECUTED_IS_TRUE, not_executed_is_true),
    (APPROVED_IS_TRUE, approved_is_true),
    (ANSWERS_STAND, answers_stand),
    (NO_LOST_KEY, no_lost_key),
    (TOLD_THE_SAME, told_the_same),
    (UNKNOWN_IS_OPEN, unknown_is_open),
    (SENT_IS_WRITTEN, sent_is_written),
    (ONE_OPEN, one_open),
    (ALARMED, alarmed),
];

/// A caller that names the order by its other id is excused as long as no reply has shown that both
/// ids are of one order.
fn no_double(protocol: &Protocol, state: &State) -> bool {
    let submission = |place: usize| protocol.scope.submissions[place];
    let executed: Vec<(Submission, Request)> = state
        .sent()
        .filter(|(_, request)| request.is_executed())
        .map(|(place, request)| (submission(place), request))
        .collect();
    executed.iter().enumerate().all(|(number, (one, first))| {
        executed[number + 1..].iter().all(|(other, second)| {
            let was_known = first.link_was_known || second.link_was_known;
            one.operation != other.operation || (one.order_id != other.order_id && !was_known)
        })
    })
}

fn not_executed_is_true(protocol: &Protocol, state: &State) -> bool {
    state.sent().all(|(place, request)| {
        let attempt = attempt_of(protocol, state, place, &request);
        let is_denied = attempt.is_some_and(|attempt| attempt.is_said_not_to_have_moved());
        !request.is_executed() || !is_denied
    })
}

fn approved_is_true(protocol: &Protocol, state: &State) -> bool {
    calls(state).all(|call| {
        let mut attempts = call.attempts.iter().flatten();
        !attempts.any(Attempt::is_said_to_have_moved)
            || state.is_executed(&protocol.scope, call.request.operation)
    })
}

fn answers_stand(protocol: &Protocol, state: &State) -> bool {
    told(protocol, state).all(|told| {
        let Some(call) = told.call(state) else {
            return true;
        };
        let attempt = call.attempts.get(usize::from(told.attempt));
        let Some(Some(attempt)) = attempt else {
            return false;
        };
        let stands = match told.answer {
            Answer::Approved => call.executed() == Some(true),
            Answer::Declined | Answer::NotSent | Answer::NotExecuted => {
                attempt.executed() == Some(false)
            }
            Answer::Unknown => true,
        };
        stands || call.is_contradicted()
    })
}

fn no_lost_key(protocol: &Protocol, state: &State) -> bool {
    let told = told(protocol, state).map(|told| (told.key, Some(told.id), told.attempt));
    let at_work = state.phases.iter().zip(&protocol.scope.submissions);
    let at_work = at_work.filter_map(|(phase, submission)| {
        let ticket = phase.ticket()?;
        let is_certain = !matches!(phase, Phase::Stopped { .. } | Phase::Unrecorded { .. });
        is_certain.then_some((usize::from(submission.key), ticket.call, ticket.attempt))
    });
    told.chain(at_work).all(|(key, id, attempt)| {
        let Some(id) = id.filter(|id| id.journal == state.journal) else {
            return true;
        };
        state.calls[key].is_some_and(|call| call.id == id && attempt <= call.attempt())
    })
}

fn told_the_same(protocol: &Protocol, state: &State) -> bool {
    let all: Vec<_> = told(protocol, state).collect();
    all.iter().enumerate().all(|(number, one)| {
        all[number + 1..].iter().all(|other| {
            let is_same = (one.key, one.id, one.attempt) == (other.key, other.id, other.attempt);
            let is_open = one.answer == Answer::Unknown || other.answer == Answer::Unknown;
            let moved = |answer| answer == Answer::Approved;
            let is_shown = || one.call(state).is_some_and(|call| call.is_contradicted());
            !is_same || is_open || moved(one.answer) == moved(other.answer) || is_shown()
        })
    })
}

fn unknown_is_open(_: &Protocol, state: &State) -> bool {
    let telling = [
        Word::Approved,
        Word::FoundExecuted,
        Word::StatedExecuted,
        Word::Declined,
        Word::NotSent,
        Word::StatedAbsent,
        Word::Absent,
        Word::ClosedApproved,
        Word::ClosedDeclined,
    ];
    calls(state).all(|call| {
        call.last().words.has_any(&telling) || (call.is_open() && call.holds_identity())
    })
}

fn sent_is_written(protocol: &Protocol, state: &State) -> bool {
    state.sent().all(|(place, request)| {
        let attempt = attempt_of(protocol, state, place, &request);
        request.call.journal < state.journal
            || attempt.is_some_and(|attempt| attempt.sending.is_some())
    })
}

fn one_open(_: &Protocol, state: &State) -> bool {
    let is_pair = |one: &Call, other: &Call| {
        let operations = [one.request.operation, other.request.operation];
        operations.contains(&Operation::Payment) && operations.contains(&Operation::TakeBack)
    };
    let open: Vec<_> = calls(state)
        .filter(|call| call.is_open() && call.id.journal == state.journal)
        .collect();
    open.iter().enumerate().all(|(number, one)| {
        open[number + 1..]
            .iter()
            .all(|other| one.request.order_id != other.request.order_id || is_pair(one, other))
    })
}

fn alarmed(_: &Protocol, state: &State) -> bool {
    calls(state).all(|call| call.alarm || !call.is_contradicted())
}

/// The attempt that a request was sent for, if it is in the journal that is there.
fn attempt_of(
    protocol: &Protocol,
    state: &State,
    place: usize,
    request: &Request,
) -> Option<Attempt> {
    let key = usize::from(protocol.scope.submissions[place].key);
    let call = state.calls[key].filter(|call| call.id == request.call)?;
    *call.attempts.get(usize::from(request.attempt))?
}

fn calls(state: &State) -> impl Iterator<Item = &Call> {
    state.calls.iter().flatten()
}

/// What a caller was told as written down, in the journal that is there.
struct ToldOf {
    key: usize,
    id: CallId,
    attempt: u8,
    answer: Answer,
}

impl ToldOf {
    fn call(&self, state: &State) -> Option<Call> {
        state.calls[self.key].filter(|call| call.id == self.id)
    }
}

fn told<'a>(protocol: &'a Protocol, state: &'a State) -> impl Iterator<Item = ToldOf> + 'a {
    let phases = state.phases.iter().zip(&protocol.scope.submissions);
    phases.filter_map(|(phase, submission)| match *phase {
        Phase::Told {
            call: Some(id),
            attempt,
            answer,
            recorded: true,
            ..
        } if id.journal == state.journal => Some(ToldOf {
            key: usize::from(submission.key),
            id,
            attempt,
            answer,
        }),
        _ => None,
    })
}

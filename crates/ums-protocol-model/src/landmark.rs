//! What must happen in some history: a model in which it cannot looks safe and says nothing.

use crate::call::{Attempt, Call, Refusal, Word};
use crate::gateway::Fate;
use crate::protocol::Protocol;
use crate::scope::Operation;
use crate::state::{State, Trust};
use crate::step::{Action, TaskStep};
use crate::task::{Phase, Stop, Told};

/// Something that must happen in some history, with its name.
pub type Landmark = (&'static str, fn(&Protocol, &State) -> bool);

/// All of them. Each scope reaches some, and all scopes together reach all.
pub const LANDMARKS: [Landmark; 38] = [
    ("executed late", |protocol, state| {
        state.sent().any(|(place, request)| {
            let has_waited = matches!(request.fate, Fate::Pending { age } if age > 0);
            let execute = Action::Task(place, TaskStep::Execute);
            has_waited && protocol.next(state, execute).is_some()
        })
    }),
    ("told approved", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::Approved))
    }),
    ("told declined", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::Declined))
    }),
    ("resolved executed", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::FoundExecuted))
    }),
    ("resolved not executed", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::Absent))
    }),
    ("awaiting statement", |_, state| {
        any_call(state, |call| {
            call.is_open() && call.last().words.has(Word::AwaitingStatement)
        })
    }),
    ("the statement has it", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::StatedExecuted))
    }),
    ("the statement does not have it", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::StatedAbsent))
    }),
    ("closed as approved by a person", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::ClosedApproved))
    }),
    ("closed as declined by a person", |_, state| {
        any_attempt(state, |attempt| attempt.words.has(Word::ClosedDeclined))
    }),
    ("contradicted", |_, state| {
        any_call(state, Call::is_contradicted)
    }),
    ("joined", |_, state| told(state, Told::Joined)),
    ("replayed", |_, state| told(state, Told::Replayed)),
    ("refused: the key is another request's", |_, state| {
        refused(state, Refusal::KeyOfAnotherRequest)
    }),
    ("refused: same identity", |_, state| {
        refused(state, Refusal::SameIdentity)
    }),
    ("refused: found missing, and held", |_, state| {
        refused(state, Refusal::NotCertain)
    }),
    ("refused: the order is busy", |_, state| {
        refused(state, Refusal::OrderBusy)
    }),
    ("refused: the journal cannot be written", |_, state| {
        refused(state, Refusal::NotWritten)
    }),
    ("refused: the other id was linked", |protocol, state| {
        let phases = state.phases.iter().zip(&protocol.scope.submissions);
        let mut refused =
            phases.filter(|(phase, _)| **phase == Phase::Refused(Refusal::SameIdentity));
        refused.any(|(_, refused)| {
            !any_call(state, |call| {
                call.request.operation == refused.operation
                    && call.request.order_id == refused.order_id
            })
        })
    }),
    ("an open payment is taken back", |_, state| {
        let is_open = |operation| {
            any_call(state, |call| {
                call.request.operation == operation && call.is_open()
            })
        };
        is_open(Operation::TakeBack) && is_open(Operation::Payment)
    }),
    ("what was found missing is taken back again", |_, state| {
        let take_backs = || {
            let calls = state.calls.iter().flatten();
            calls.filter(|call| call.request.operation == Operation::TakeBack)
        };
        let is_missing = take_backs().any(|call| call.last().words.has(Word::Absent));
        is_missing && take_backs().count() > 1
    }),
    ("recovered before it was sent", |_, state| {
        any_attempt(state, |attempt| {
            attempt.words.has(Word::Recovered) && attempt.words.has(Word::NotSent)
        })
    }),
    ("recovered while sending", |_, state| {
        any_attempt(state, |attempt| {
            attempt.words.has(Word::Recovered) && attempt.words.has(Word::Unknown)
        })
    }),
    ("a late end is accepted after recovery", |_, state| {
        any_attempt(state, |attempt| {
            attempt.words.has(Word::Recovered) && attempt.words.has(Word::Approved)
        })
    }),
    ("a late end is accepted after a person", |_, state| {
        any_attempt(state, |attempt| {
            attempt.words.has(Word::ClosedApproved) && attempt.words.has(Word::NotSent)
        })
    }),
    ("a doubtful commit that took place", |_, state| {
        stopped(state, Stop::DoubtfulCommit, true)
    }),
    ("a doubtful commit that did not", |_, state| {
        stopped(state, Stop::DoubtfulCommit, false)
    }),
    ("fenced", |_, state| stopped(state, Stop::Fenced, true)),
    (
        "the window passes before the first write",
        |protocol, state| {
            let window = protocol.scope.send_window;
            let mut phases = state.phases.iter();
            phases.any(|phase| matches!(phase, Phase::Acknowledged { age, .. } if *age >= window))
        },
    ),
    ("the window passes between two writes", |protocol, state| {
        let window = protocol.scope.send_window;
        let mut phases = state.phases.iter();
        phases.any(|phase| matches!(phase, Phase::HeadWritten { age, .. } if *age >= window))
    }),
    ("sent again by its process", |_, state| {
        any_call(state, |call| {
            let words = call.last().words;
            call.attempt() > 0 && !words.has(Word::Again)
        })
    }),
    ("not sent, then again under its key", |_, state| {
        any_attempt(state, |attempt| {
            attempt.words.has(Word::Again) && attempt.words.has(Word::Approved)
        })
    }),
    ("told as not recorded", |_, state| {
        let mut phases = state.phases.iter();
        phases.any(|phase| matches!(phase, Phase::Unrecorded { .. }))
    }),
    ("recorded late", |_, state| {
        let mut phases = state.phases.iter();
        phases.any(|phase| {
            let Phase::Told {
                call: Some(id),
                recorded: false,
                ..
            } = phase
            else {
                return false;
            };
            any_call(state, |call| {
                call.id == *id && call.last().words.has(Word::Approved)
            })
        })
    }),
    ("a process died", |_, state| {
        state.phases.contains(&Phase::Crashed)
    }),
    ("found first in an accepted journal", |_, state| {
        refused(state, Refusal::FoundFirst)
    }),
    ("begun in an accepted journal", |_, state| {
        matches!(state.trust, Trust::Accepted { .. })
            && any_call(state, |call| call.id.journal == state.journal)
    }),
    ("written again by its owner", |_, state| {
        any_call(state, |call| call.id.journal < state.journal)
    }),
];

fn any_call(state: &State, is: impl Fn(&Call) -> bool) -> bool {
    state.calls.iter().flatten().any(is)
}

fn any_attempt(state: &State, is: impl Fn(&Attempt) -> bool) -> bool {
    any_call(state, |call| call.attempts.iter().flatten().any(&is))
}

fn told(state: &State, by: Told) -> bool {
    let mut phases = state.phases.iter();
    phases.any(|phase| matches!(phase, Phase::Told { how, .. } if *how == by))
}

fn refused(state: &State, by: Refusal) -> bool {
    state.phases.contains(&Phase::Refused(by))
}

fn stopped(state: &State, by: Stop, of_call: bool) -> bool {
    let mut phases = state.phases.iter();
    phases.any(|phase| {
        let Phase::Stopped { ticket, why } = phase else {
            return false;
        };
        *why == by && ticket.call.is_some() == of_call
    })
}

//! The world at one moment.

use crate::call::{Call, Calls};
use crate::gateway::{Fate, Request};
use crate::scope::{Budget, Operation, Scope};
use crate::task::Phase;

/// Whether the journal is the one that the processes remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Trust {
    /// It is.
    Remembered,
    /// It has forgotten what they remember.
    Forgotten,
    /// A person has accepted it, so many ticks ago.
    Accepted {
        /// The ticks, which stop counting at the wait.
        age: u8,
    },
}

/// Who finds out what became of an unknown call; at most one for each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Resolver {
    /// Nobody.
    Idle,
    /// A process has known the call as unknown for so many ticks.
    Watching {
        /// The ticks by its own clock, which stop counting at the wait.
        seen: u8,
    },
    /// Its question was answered by the gateway, and it has not written the answer down.
    Answered {
        /// The attempt that it asked about, from 0.
        attempt: u8,
        /// The ticks as above.
        seen: u8,
        /// Whether the money had moved when the question arrived.
        executed: bool,
        /// Whether the wait was over when the question left.
        in_time: bool,
    },
}

/// The world at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct State {
    /// The calls in the journal, by their key.
    pub calls: Calls,
    /// How far each submission is.
    pub phases: [Phase; Scope::SUBMISSIONS],
    /// The complete request that each submission has sent.
    pub requests: [Option<Request>; Scope::SUBMISSIONS],
    /// Who asks about the call of each key.
    pub resolvers: [Resolver; Scope::KEYS],
    /// Whether the journal is the one that is remembered.
    pub trust: Trust,
    /// How many journals were lost.
    pub journal: u8,
    /// Whether the day is over.
    pub day_is_over: bool,
    /// What may still go wrong.
    pub left: Budget,
}

impl State {
    pub(crate) fn new(scope: &Scope) -> Self {
        Self {
            calls: [None; Scope::KEYS],
            phases: [Phase::Waiting; Scope::SUBMISSIONS],
            requests: [None; Scope::SUBMISSIONS],
            resolvers: [Resolver::Idle; Scope::KEYS],
            trust: Trust::Remembered,
            journal: 0,
            day_is_over: false,
            left: scope.budget,
        }
    }

    /// The complete requests of a scope, with the place of their submission.
    pub fn sent(&self) -> impl Iterator<Item = (usize, Request)> {
        let requests = self.requests.iter().enumerate();
        requests.filter_map(|(place, request)| Some((place, (*request)?)))
    }

    /// Whether the order's money was moved by this operation, under any key.
    pub(crate) fn is_executed(&self, scope: &Scope, operation: Operation) -> bool {
        self.sent().any(|(place, request)| {
            scope.submissions[place].operation == operation && request.is_executed()
        })
    }

    /// Whether it was moved under this key.
    pub(crate) fn is_executed_by(&self, scope: &Scope, key: usize) -> bool {
        self.sent().any(|(place, request)| {
            usize::from(scope.submissions[place].key) == key && request.is_executed()
        })
    }

    /// Whether nothing that was sent under this key, or is being sent, is undecided.
    pub(crate) fn is_decided(&self, scope: &Scope, key: usize) -> bool {
        let of_key = |place: usize| {
            let submission = scope.submissions.get(place);
            submission.is_some_and(|submission| usize::from(submission.key) == key)
        };
        let is_sending = |phase: &Phase| {
            matches!(
                phase,
                Phase::Committed { .. } | Phase::Acknowledged { .. } | Phase::HeadWritten { .. }
            )
        };
        let sending = self.phases.iter().enumerate();
        let mut sending = sending.filter(|(place, phase)| of_key(*place) && is_sending(phase));
        let mut pending = self.sent();
        sending.next().is_none()
            && !pending.any(|(place, request)| of_key(place) && request.is_pending())
    }

    /// Time passes. Not while the gateway would be later than its bound.
    pub(crate) fn tick(&mut self, scope: &Scope) -> Option<()> {
        for request in self.requests.iter_mut().flatten() {
            if let Fate::Pending { age } = &mut request.fate {
                if *age >= scope.late_window {
                    return None;
                }
                *age += 1;
            }
        }
        for phase in &mut self.phases {
            phase.tick(scope.send_window);
        }
        let wait = scope.wait();
        let attempts = self.calls.iter_mut().flatten();
        for attempt in attempts.flat_map(|call| call.attempts.iter_mut().flatten()) {
            if let Some(sent) = &mut attempt.sending {
                sent.age = (sent.age + 1).min(wait);
            }
        }
        for resolver in &mut self.resolvers {
            if let Resolver::Watching { seen } | Resolver::Answered { seen, .. } = resolver {
                *seen = (*seen + 1).min(wait);
            }
        }
        if let Trust::Accepted { age } = &mut self.trust {
            *age = (*age + 1).min(wait);
        }
        Some(())
    }

    /// The same without what can make no difference, and with submissions that are alike in one
    /// order: states that differ in nothing else are one.
    ///
    /// * A resolver watches an unknown call at once: one that begins later waits longer, and does
    ///   nothing that this one could not.
    /// * When a call was sent matters only until it is known what became of it. And while every
    ///   wait counts by the resolver's own clock, too, the store's adds nothing unless it jumps.
    /// * A request that was refused is gone once nobody reads its reply any more.
    pub(crate) fn reduced(mut self, scope: &Scope, own_clock_waits: bool) -> Self {
        let store_clock_counts = scope.budget.clock_jumps > 0 || !own_clock_waits;
        for (call, resolver) in self.calls.iter_mut().zip(&mut self.resolvers) {
            let is_open = call.as_ref().is_some_and(Call::is_open);
            match resolver {
                Resolver::Watching { .. } if !is_open => *resolver = Resolver::Idle,
                Resolver::Idle if call.is_some_and(|call| is_open && !call.is_running()) => {
                    *resolver = Resolver::Watching { seen: 0 };
                }
                _ => {}
            }
            let Some(call) = call else { continue };
            let last = usize::from(call.attempt());
            for (number, attempt) in call.attempts.iter_mut().enumerate() {
                let sent = attempt.as_mut().and_then(|known| known.sending.as_mut());
                let counts = is_open && number == last && store_clock_counts;
                if let Some(sent) = sent.filter(|_| !counts) {
                    sent.age = scope.wait();
                    sent.clock_jumped = false;
                }
            }
        }
        for (phase, request) in self.phases.iter().zip(&mut self.requests) {
            let is_refused = request.is_some_and(|request| request.fate == Fate::Refused);
            if is_refused && !matches!(phase, Phase::Written(_)) {
                *request = None;
            }
        }
        let alike = |one: usize, other: usize| scope.submissions[one] == scope.submissions[other];
        let count = scope.submissions.len();
        for one in 0..count {
            for other in one + 1..count {
                let is_before = (self.phases[other], self.requests[other])
                    < (self.phases[one], self.requests[one]);
                if alike(one, other) && is_before {
                    self.phases.swap(one, other);
                    self.requests.swap(one, other);
                }
            }
        }
        self
    }
}

//! What a process does with what was submitted to it, and the gateway with its request.

use crate::call::{
    Attempt, BeginDecision, Call, CallId, Refusal, Sent, Word, check_others, decide_begin,
    decide_send, is_link_in_replies,
};
use crate::gateway::{Fate, Request};
use crate::protocol::Protocol;
use crate::rule::Rule;
use crate::state::{State, Trust};
use crate::task::{Commit, Ending, Phase, Stop, Ticket, Told};

/// What a process does with what was submitted to it, and the gateway with its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskStep {
    /// The connection stands, and the clock is read.
    ReadClock,
    /// The journal is read before the commit; only without the rule that forbids it.
    ReadJournal,
    /// In a journal that a person has accepted, a query asks whether the operation was carried out.
    AskFirst,
    /// The begin is committed as intended alone: the connection does not stand yet.
    CommitIntent(CommitFate),
    /// The begin, or `sending`, is committed.
    Commit(CommitFate),
    /// The process hears of its commit, and queues its request.
    HearCommit,
    /// The first part of the request is written to the socket.
    WriteHead,
    /// The rest of it is: the gateway has it.
    WriteRest,
    /// Nothing more is written: the send window has passed, the connection is dead, or nobody
    /// waits.
    Stop,
    /// The reply is read.
    ReadReply,
    /// No reply came in time.
    TimeOut,
    /// How the attempt ended is committed, and the caller is told.
    CommitEnded(CommitFate),
    /// What could not be committed is, later.
    CommitLate,
    /// Who joined a call hears its end.
    HearEnd,
    /// The process dies.
    Crash,
    /// The gateway moves the money.
    Execute,
    /// The gateway refuses, or forgets the request.
    Refuse,
}

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommitFate {
    /// It takes place.
    Done,
    /// It does not, and the process knows.
    Failed,
    /// It takes place, and its answer is lost.
    DoneUnheard,
    /// It does not, and that answer is lost.
    FailedUnheard,
}

impl CommitFate {
    const ALL: [Self; 4] = [
        Self::Done,
        Self::Failed,
        Self::DoneUnheard,
        Self::FailedUnheard,
    ];

    fn takes_place(self) -> bool {
        matches!(self, Self::Done | Self::DoneUnheard)
    }

    fn is_heard(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

impl Protocol {
    pub(crate) fn push_task_steps(&self, state: &State, mut push: impl FnMut(usize, TaskStep)) {
        for place in 0..self.scope.submissions.len() {
            if state.requests[place].is_some_and(|request| request.is_pending()) {
                push(place, TaskStep::Execute);
                push(place, TaskStep::Refuse);
            }
            let phase = state.phases[place];
            let fates = || {
                let may_fail = state.left.failed_commits > 0;
                let fates = CommitFate::ALL.into_iter();
                fates.filter(move |fate| may_fail || *fate == CommitFate::Done)
            };
            match phase {
                Phase::Waiting => push(place, TaskStep::ReadClock),
                Phase::Ready { commit, .. } => {
                    for fate in fates() {
                        push(place, TaskStep::Commit(fate));
                    }
                    if matches!(commit, Commit::Begin { .. }) {
                        push(place, TaskStep::AskFirst);
                        push(place, TaskStep::ReadJournal);
                        if self.scope.intends_alone {
                            push(place, TaskStep::CommitIntent(CommitFate::Done));
                        }
                    }
                }
                Phase::Intended(_) => {
                    push(place, TaskStep::ReadClock);
                    push(place, TaskStep::Stop);
                }
                Phase::Committed { .. } => push(place, TaskStep::HearCommit),
                Phase::Acknowledged { .. } => {
                    push(place, TaskStep::WriteHead);
                    push(place, TaskStep::Stop);
                }
                Phase::HeadWritten { .. } => {
                    push(place, TaskStep::WriteRest);
                    push(place, TaskStep::Stop);
                }
                Phase::Written(_) => {
                    push(place, TaskStep::ReadReply);
                    push(place, TaskStep::TimeOut);
                }
                Phase::Stopped { .. } | Phase::Learnt { .. } => {
                    for fate in fates() {
                        push(place, TaskStep::CommitEnded(fate));
                    }
                    push(place, TaskStep::ReadClock);
                }
                Phase::Unrecorded { .. } => push(place, TaskStep::CommitLate),
                Phase::Joined => push(place, TaskStep::HearEnd),
                Phase::Told { .. } | Phase::Refused(_) | Phase::Crashed => {}
            }
            if state.left.crashes > 0 && !phase.is_over() && phase != Phase::Waiting {
                push(place, TaskStep::Crash);
            }
        }
    }

    pub(crate) fn step_task(&self, state: &mut State, place: usize, step: TaskStep) -> Option<()> {
        match step {
            TaskStep::ReadClock => state.phases[place] = self.read_clock(state, place)?,
            TaskStep::ReadJournal => state.phases[place] = self.read_journal(state, place)?,
            TaskStep::AskFirst => state.phases[place] = self.ask_first(state, place)?,
            TaskStep::CommitIntent(fate) => {
                let Phase::Ready { commit, .. } = state.phases[place] else {
                    return None;
                };
                state.phases[place] = self.begin(state, place, commit, true, fate)?;
            }
            TaskStep::Commit(fate) => {
                let Phase::Ready { commit, .. } = state.phases[place] else {
                    return None;
                };
                state.phases[place] = match commit {
                    Commit::Begin { .. } => self.begin(state, place, commit, false, fate)?,
                    Commit::Send(ticket) => self.send(state, place, ticket, false, fate)?,
                    Commit::SendAgain(ticket) => self.send(state, place, ticket, true, fate)?,
                };
            }
            TaskStep::HearCommit
            | TaskStep::WriteHead
            | TaskStep::WriteRest
            | TaskStep::Stop
            | TaskStep::ReadReply
            | TaskStep::TimeOut => state.phases[place] = self.go_on(state, place, step)?,
            TaskStep::CommitEnded(fate) => {
                state.phases[place] = self.commit_ended(state, place, fate)?;
            }
            TaskStep::CommitLate => {
                let Phase::Unrecorded { ticket, ending } = state.phases[place] else {
                    return None;
                };
                self.record(state, place, ticket, ending);
                state.phases[place] = told(ticket, ending, false);
            }
            TaskStep::HearEnd => state.phases[place] = self.hear_end(state, place)?,
            TaskStep::Crash => {
                state.left.crashes = state.left.crashes.checked_sub(1)?;
                state.phases[place] = Phase::Crashed;
            }
            TaskStep::Execute => {
                let request = state.requests[place].as_mut()?;
                if !request.is_pending() {
                    return None;
                }
                request.fate = Fate::Executed;
            }
            TaskStep::Refuse => {
                let request = state.requests[place].as_mut()?;
                if !request.is_pending() {
                    return None;
                }
                request.fate = Fate::Refused;
            }
        }
        Some(())
    }

    fn read_clock(&self, state: &State, place: usize) -> Option<Phase> {
        let commit = match state.phases[place] {
            Phase::Waiting => Commit::Begin {
                read: None,
                has_asked: false,
            },
            Phase::Intended(ticket) => Commit::Send(ticket),
            Phase::Learnt {
                ticket,
                ending: Ending::NotSent,
            } if ticket.attempt + 1 < self.scope.attempts => Commit::SendAgain(ticket),
            _ => return None,
        };
        Some(Phase::Ready { age: 0, commit })
    }

    fn decide(&self, state: &State, place: usize) -> BeginDecision {
        decide_begin(
            self.scope.submissions[place],
            &state.calls,
            self.are_linked(state),
            self.has(Rule::FurtherAttemptIsChecked),
        )
    }

    fn are_linked(&self, state: &State) -> bool {
        self.has(Rule::RepliesLinkIds) && is_link_in_replies(&state.calls)
    }

    fn sent_now(&self, state: &State) -> Sent {
        Sent {
            age: 0,
            clock_jumped: false,
            link_was_known: self.scope.has_two_ids() && is_link_in_replies(&state.calls),
        }
    }

    /// That a process may send, as soon as it hears so. When it hears matters only to one that
    /// reads the clock then: for all others, a stall before is a stall after.
    fn committed(&self, age: u8, ticket: Ticket) -> Phase {
        if self.has(Rule::ClockBeforeCommit) {
            Phase::Acknowledged { age, ticket }
        } else {
            Phase::Committed { age, ticket }
        }
    }

    fn read_journal(&self, state: &State, place: usize) -> Option<Phase> {
        match state.phases[place] {
            Phase::Ready {
                age,
                commit:
                    Commit::Begin {
                        read: None,
                        has_asked,
                    },
            } if !self.has(Rule::DecidedByInsert) => Some(Phase::Ready {
                age,
                commit: Commit::Begin {
                    read: Some(self.decide(state, place)),
                    has_asked,
                },
            }),
            _ => None,
        }
    }

    fn ask_first(&self, state: &State, place: usize) -> Option<Phase> {
        let (
            Trust::Accepted { age: accepted },
            Phase::Ready {
                age,
                commit:
                    Commit::Begin {
                        read,
                        has_asked: false,
                    },
            },
        ) = (state.trust, state.phases[place])
        else {
            return None;
        };
        if !self.has(Rule::AcceptedJournalAsks) {
            return None;
        }
        let decision = self.decide(state, place);
        if !matches!(decision, BeginDecision::New | BeginDecision::Again) {
            return None;
        }
        let operation = self.scope.submissions[place].operation;
        if state.is_executed(&self.scope, operation) {
            return Some(Phase::Refused(Refusal::FoundFirst));
        }
        if accepted < self.scope.wait() && self.has(Rule::AcceptedJournalWaits) {
            return None;
        }
        let commit = Commit::Begin {
            read,
            has_asked: true,
        };
        Some(Phase::Ready { age, commit })
    }

    fn begin(
        &self,
        state: &mut State,
        place: usize,
        commit: Commit,
        alone: bool,
        fate: CommitFate,
    ) -> Option<Phase> {
        let (Phase::Ready { age, .. }, Commit::Begin { read, has_asked }) =
            (state.phases[place], commit)
        else {
            return None;
        };
        if state.trust == Trust::Forgotten {
            return None;
        }
        if read.is_none() && !self.has(Rule::DecidedByInsert) {
            return None;
        }
        let submission = self.scope.submissions[place];
        let key = usize::from(submission.key);
        let decision = read.unwrap_or_else(|| self.decide(state, place));
        let is_new = match decision {
            BeginDecision::Refused(refusal) => return done(fate, Phase::Refused(refusal)),
            BeginDecision::Join => return done(fate, Phase::Joined),
            BeginDecision::Replay => {
                let call = state.calls[key]?;
                return done(fate, told_of(&call, Told::Replayed));
            }
            BeginDecision::New => true,
            BeginDecision::Again => false,
        };
        let must_ask =
            matches!(state.trust, Trust::Accepted { .. }) && self.has(Rule::AcceptedJournalAsks);
        if must_ask && !has_asked {
            return None;
        }
        if fate != CommitFate::Done {
            state.left.failed_commits = state.left.failed_commits.checked_sub(1)?;
        }
        if fate == CommitFate::Failed {
            return Some(Phase::Refused(Refusal::NotWritten));
        }
        let mut attempt = Attempt::default();
        if !alone {
            attempt.sending = Some(self.sent_now(state));
        }
        let mut call = match (is_new, state.calls[key]) {
            (true, before) => Call::new(
                CallId {
                    journal: state.journal,
                    number: before.map_or(0, |before| before.id.number + 1),
                },
                submission,
            ),
            (false, before) => before?,
        };
        if is_new {
            *call.attempt_mut(0)? = attempt;
        } else {
            if call.attempt() + 1 >= self.scope.attempts {
                return None;
            }
            attempt.words.add(Word::Again);
            call.epoch += 1;
            if !call.add_attempt(attempt) {
                return None;
            }
        }
        let mut ticket = Ticket {
            call: Some(call.id),
            attempt: call.attempt(),
            epoch: call.epoch,
        };
        if fate.takes_place() {
            state.calls[key] = Some(call);
        }
        if alone {
            return Some(Phase::Intended(ticket));
        }
        if fate.is_heard() || !self.has(Rule::NothingAfterDoubtfulCommit) {
            return Some(self.committed(age, ticket));
        }
        // A call that it began has an id of its own. A further attempt of another process has the
        // same number as its own would have: it reads whose the one is that is there.
        if !fate.takes_place() && (is_new || self.has(Rule::OwnAttemptIsRead)) {
            ticket.call = None;
        }
        Some(Phase::Stopped {
            ticket,
            why: Stop::DoubtfulCommit,
        })
    }

    fn send(
        &self,
        state: &mut State,
        place: usize,
        mut ticket: Ticket,
        after_not_sent: bool,
        fate: CommitFate,
    ) -> Option<Phase> {
        let Phase::Ready { age, .. } = state.phases[place] else {
            return None;
        };
        let key = usize::from(self.scope.submissions[place].key);
        let found = state.calls[key].filter(|call| Some(call.id) == ticket.call);
        let allowed = found.filter(|call| {
            !self.has(Rule::SendingIsFenced)
                || decide_send(call, ticket.attempt, ticket.epoch, after_not_sent)
        });
        let others = check_others(
            self.scope.submissions[place],
            &state.calls,
            self.are_linked(state),
        );
        let allowed = allowed.filter(|_| others.is_none() || !self.has(Rule::SendingIsChecked));
        let Some(mut call) = allowed else {
            let why = Stop::Fenced;
            return done(fate, Phase::Stopped { ticket, why });
        };
        if fate != CommitFate::Done {
            state.left.failed_commits = state.left.failed_commits.checked_sub(1)?;
        }
        let sending = Some(self.sent_now(state));
        if after_not_sent {
            call.write(ticket.attempt, Word::NotSent)?;
            if call.attempt() + 1 >= self.scope.attempts {
                return None;
            }
            let next = Attempt {
                sending,
                ..Attempt::default()
            };
            if !call.add_attempt(next) {
                return None;
            }
        } else {
            call.attempt_mut(ticket.attempt)?.sending = sending;
        }
        if fate.takes_place() {
            state.calls[key] = Some(call);
            if after_not_sent {
                ticket.attempt = call.attempt();
            }
        }
        if fate == CommitFate::Done {
            return Some(self.committed(age, ticket));
        }
        let why = if fate.is_heard() {
            Stop::FailedCommit
        } else {
            Stop::DoubtfulCommit
        };
        Some(Phase::Stopped { ticket, why })
    }

    fn go_on(&self, state: &mut State, place: usize, step: TaskStep) -> Option<Phase> {
        let window = self.scope.send_window;
        let learnt = |ticket, ending| Some(Phase::Learnt { ticket, ending });
        match (step, state.phases[place]) {
            (TaskStep::HearCommit, Phase::Committed { age, ticket }) => {
                let age = if self.has(Rule::ClockBeforeCommit) {
                    age
                } else {
                    0
                };
                Some(Phase::Acknowledged { age, ticket })
            }
            (TaskStep::WriteHead, Phase::Acknowledged { age, ticket }) if age < window => {
                Some(Phase::HeadWritten { age, ticket })
            }
            (TaskStep::WriteRest, Phase::HeadWritten { age, ticket })
                if age < window || !self.has(Rule::EveryWriteIsChecked) =>
            {
                let submission = self.scope.submissions[place];
                let call = state.calls[usize::from(submission.key)];
                let attempt = call.and_then(|mut call| call.attempt_mut(ticket.attempt).copied());
                let sent = attempt.and_then(|attempt| attempt.sending);
                state.requests[place] = Some(Request {
                    call: ticket.call?,
                    attempt: ticket.attempt,
                    link_was_known: sent.is_some_and(|sent| sent.link_was_known),
                    fate: Fate::Pending { age: 0 },
                });
                Some(Phase::Written(ticket))
            }
            (TaskStep::Stop, Phase::Intended(ticket)) => Some(Phase::Stopped {
                ticket,
                why: Stop::WaitEnded,
            }),
            (TaskStep::Stop, Phase::Acknowledged { ticket, .. }) => learnt(ticket, Ending::NotSent),
            (TaskStep::Stop, Phase::HeadWritten { ticket, .. })
            | (TaskStep::TimeOut, Phase::Written(ticket)) => learnt(ticket, Ending::Unknown),
            (TaskStep::ReadReply, Phase::Written(ticket)) => match state.requests[place]?.fate {
                Fate::Executed => learnt(ticket, Ending::Approved),
                Fate::Refused => learnt(ticket, Ending::Declined),
                Fate::Pending { .. } => None,
            },
            _ => None,
        }
    }

    fn commit_ended(&self, state: &mut State, place: usize, fate: CommitFate) -> Option<Phase> {
        let (ticket, ending) = match state.phases[place] {
            Phase::Stopped { ticket, .. } => (ticket, Ending::NotSent),
            Phase::Learnt { ticket, ending } => (ticket, ending),
            _ => return None,
        };
        if fate == CommitFate::Done {
            return Some(self.record(state, place, ticket, ending));
        }
        state.left.failed_commits = state.left.failed_commits.checked_sub(1)?;
        if fate.takes_place() {
            self.record(state, place, ticket, ending);
        }
        Some(if self.has(Rule::UnrecordedIsSaid) {
            Phase::Unrecorded { ticket, ending }
        } else {
            told(ticket, ending, true)
        })
    }

    /// Writes down how an attempt ended, and says what its caller is told.
    fn record(&self, state: &mut State, place: usize, ticket: Ticket, ending: Ending) -> Phase {
        let unrecorded = told(ticket, ending, false);
        let Some(id) = ticket.call else {
            return unrecorded;
        };
        let submission = self.scope.submissions[place];
        let known = &mut state.calls[usize::from(submission.key)];
        if known.is_none() && id.journal < state.journal {
            *known = Some(written_again(id, submission, ticket, ending));
        }
        let Some(call) = known.as_mut().filter(|call| call.id == id) else {
            return unrecorded;
        };
        let is_held =
            call.epoch == ticket.epoch && call.attempt() == ticket.attempt && call.is_running();
        if !is_held && !self.has(Rule::EndedAtAnyTime) {
            return told(ticket, ending, true);
        }
        let attempt = if self.has(Rule::FactNamesItsAttempt) {
            ticket.attempt
        } else {
            call.attempt()
        };
        let word = match ending {
            Ending::Approved => Word::Approved,
            Ending::Declined => Word::Declined,
            Ending::NotSent => Word::NotSent,
            Ending::Unknown => Word::Unknown,
        };
        if call.write(attempt, word).is_none() {
            return unrecorded;
        }
        if ending == Ending::Unknown {
            return told_of(call, Told::Own);
        }
        told(ticket, ending, true)
    }

    fn hear_end(&self, state: &State, place: usize) -> Option<Phase> {
        match state.calls[usize::from(self.scope.submissions[place].key)] {
            // The journal was lost: it begins anew.
            None => Some(Phase::Waiting),
            Some(call) if call.is_running() => None,
            Some(call) => Some(told_of(&call, Told::Joined)),
        }
    }
}

/// What nothing is written down for cannot fail.
fn done(fate: CommitFate, phase: Phase) -> Option<Phase> {
    (fate == CommitFate::Done).then_some(phase)
}

fn told(ticket: Ticket, ending: Ending, recorded: bool) -> Phase {
    Phase::Told {
        call: ticket.call,
        attempt: ticket.attempt,
        answer: ending.answer(),
        recorded,
        how: Told::Own,
    }
}

fn told_of(call: &Call, how: Told) -> Phase {
    Phase::Told {
        call: Some(call.id),
        attempt: call.attempt(),
        answer: call.answer_or_unknown(),
        recorded: true,
        how,
    }
}

/// The call as its owner knows it, which meets a journal that has forgotten it.
fn written_again(
    id: CallId,
    submission: crate::scope::Submission,
    ticket: Ticket,
    ending: Ending,
) -> Call {
    let mut call = Call::new(id, submission);
    call.epoch = ticket.epoch;
    for earlier in 0..ticket.attempt {
        if let Some(attempt) = call.attempt_mut(earlier) {
            attempt.words.add(Word::NotSent);
        }
        call.add_attempt(Attempt::default());
    }
    if let Some(attempt) = call.attempt_mut(ticket.attempt) {
        attempt.sending = (ending != Ending::NotSent).then_some(Sent {
            age: 0,
            clock_jumped: false,
            link_was_known: false,
        });
    }
    call
}

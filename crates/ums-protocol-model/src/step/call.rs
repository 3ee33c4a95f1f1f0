//! What others than its own process do with a call: recovery, the resolver, the statement, a
//! person.

use crate::call::{Answer, Call, Word};
use crate::protocol::Protocol;
use crate::rule::Rule;
use crate::state::{Resolver, State};

/// What others than its own process do with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallStep {
    /// Another process takes up a call that runs. Its lease may have ended at any time.
    Recover,
    /// It asks. The answer is true as of the arrival of the question, which is here the moment at
    /// which it leaves: a later arrival is a later question.
    Ask,
    /// The answer arrives, and is written down if it may be believed.
    WriteAnswer,
    /// Only a statement can tell any more.
    AwaitStatement,
    /// The statement is read.
    ReadStatement,
    /// A person closes the call as approved, rightly or not.
    CloseApproved,
    /// A person closes it as declined, who has looked: no money has moved so far.
    CloseDeclined,
    /// An unknown call is closed because it was asked about often enough; only without the rule
    /// that forbids it.
    GiveUp,
}

impl Protocol {
    pub(crate) fn push_call_steps(
        &self,
        state: &State,
        mut push_step: impl FnMut(usize, CallStep),
    ) {
        for (key, call) in state.calls.iter().enumerate() {
            if call.is_none() {
                continue;
            }
            let mut push = |step| push_step(key, step);
            match state.resolvers[key] {
                Resolver::Idle => {}
                Resolver::Watching { .. } => push(CallStep::Ask),
                Resolver::Answered { .. } => push(CallStep::WriteAnswer),
            }
            push(CallStep::Recover);
            if state.day_is_over {
                push(CallStep::AwaitStatement);
                push(CallStep::ReadStatement);
            }
            if state.left.closings > 0 {
                push(CallStep::CloseApproved);
                push(CallStep::CloseDeclined);
            }
            if !self.has(Rule::OnlyFactsClose) {
                push(CallStep::GiveUp);
            }
        }
    }

    pub(crate) fn step_call(&self, state: &mut State, key: usize, step: CallStep) -> Option<()> {
        let call = state.calls[key]?;
        let is_unknown = call.is_open() && !call.is_running();
        match step {
            CallStep::Recover => {
                let words = match call.last().sending {
                    _ if !call.is_running() => return None,
                    None => [Word::NotSent, Word::Recovered],
                    Some(_) => [Word::Unknown, Word::Recovered],
                };
                let call = state.calls[key].as_mut()?;
                call.epoch += 1;
                let attempt = call.attempt();
                for word in words {
                    call.write(attempt, word)?;
                }
            }
            CallStep::Ask => self.ask(state, key, &call)?,
            CallStep::WriteAnswer => self.write_answer(state, key, &call)?,
            CallStep::AwaitStatement => {
                if !is_unknown || !state.day_is_over {
                    return None;
                }
                write_last(state, key, Word::AwaitingStatement)?;
            }
            CallStep::ReadStatement => {
                // A statement is complete days later: what is still under way is not in question.
                let may_be_told = is_unknown || call.last().words.has(Word::ClosedApproved);
                if !may_be_told || !state.day_is_over || !state.is_decided(&self.scope, key) {
                    return None;
                }
                let word = if state.is_executed_by(&self.scope, key) {
                    Word::StatedExecuted
                } else {
                    Word::StatedAbsent
                };
                write_last(state, key, word)?;
            }
            CallStep::CloseApproved | CallStep::CloseDeclined => {
                self.close(state, key, &call, step)?;
            }
            CallStep::GiveUp => {
                if !is_unknown {
                    return None;
                }
                write_last(state, key, Word::ClosedDeclined)?;
            }
        }
        Some(())
    }

    fn ask(&self, state: &mut State, key: usize, call: &Call) -> Option<()> {
        let Resolver::Watching { seen } = state.resolvers[key] else {
            return None;
        };
        if !call.is_open() || call.is_running() || state.day_is_over {
            return None;
        }
        let executed = state.is_executed(&self.scope, call.request.operation);
        let in_time = self.wait_is_over(call, seen);
        // What is said too early to be believed changes nothing.
        if !executed && !in_time && self.has(Rule::QuestionTimeCounts) {
            return None;
        }
        state.resolvers[key] = Resolver::Answered {
            attempt: call.attempt(),
            seen,
            executed,
            in_time,
        };
        Some(())
    }

    fn write_answer(&self, state: &mut State, key: usize, call: &Call) -> Option<()> {
        let Resolver::Answered {
            attempt,
            seen,
            executed,
            in_time,
        } = state.resolvers[key]
        else {
            return None;
        };
        let is_at_it = attempt == call.attempt();
        let is_believed = if self.has(Rule::QuestionTimeCounts) {
            in_time
        } else {
            self.wait_is_over(call, seen)
        };
        state.resolvers[key] = if is_at_it {
            Resolver::Watching { seen }
        } else {
            Resolver::Idle
        };
        let named = if self.has(Rule::FactNamesItsAttempt) {
            attempt
        } else {
            call.attempt()
        };
        let known = state.calls[key].as_mut()?;
        if executed {
            known.write(named, Word::FoundExecuted)
        } else if is_believed && !(is_at_it && call.is_running()) {
            known.write(named, Word::Absent)
        } else {
            Some(())
        }
    }

    fn close(&self, state: &mut State, key: usize, call: &Call, step: CallStep) -> Option<()> {
        let waits = self.has(Rule::ClosingWaits);
        let may_be_sending = !self.has(Rule::SendingIsNotClosed);
        if !call.is_open() || (call.is_running() && !may_be_sending) {
            return None;
        }
        state.left.closings = state.left.closings.checked_sub(1)?;
        if step == CallStep::CloseApproved {
            return write_last(state, key, Word::ClosedApproved);
        }
        let seen = match state.resolvers[key] {
            Resolver::Watching { seen } => seen,
            Resolver::Answered { attempt, seen, .. } if attempt == call.attempt() => seen,
            _ => 0,
        };
        // What is not unknown yet has no wait that could be counted.
        let is_over = call.is_running() || self.wait_is_over(call, seen);
        if (waits && !is_over) || state.is_executed_by(&self.scope, key) {
            return None;
        }
        write_last(state, key, Word::ClosedDeclined)
    }

    /// Whether the wait before "not carried out" is over: by the store's clock since `sending`, and
    /// by the own clock of whoever watches since the call was seen unknown.
    fn wait_is_over(&self, call: &Call, seen: u8) -> bool {
        let wait = self.scope.wait();
        let last = call.last();
        let by_store = last
            .sending
            .is_none_or(|sent| sent.clock_jumped || sent.age >= wait);
        by_store && (seen >= wait || !self.has(Rule::OwnClockWaits))
    }
}

fn write_last(state: &mut State, key: usize, word: Word) -> Option<()> {
    let call = state.calls[key].as_mut()?;
    let attempt = call.attempt();
    call.write(attempt, word)
}

impl Call {
    /// Writes a fact about an attempt down, and the alarm beside it where that contradicts an
    /// answer that was given. `None` when there is no such attempt.
    pub(crate) fn write(&mut self, attempt: u8, word: Word) -> Option<()> {
        self.attempt_mut(attempt)?.words.add(word);
        self.alarm |= self.is_contradicted();
        Some(())
    }

    /// What is known of it today, of a call that no longer runs.
    pub(crate) fn answer_or_unknown(&self) -> Answer {
        self.answer().unwrap_or(Answer::Unknown)
    }
}

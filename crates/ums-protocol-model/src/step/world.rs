//! What happens to the store and to the day.

use crate::call::Calls;
use crate::protocol::Protocol;
use crate::rule::Rule;
use crate::state::{Resolver, State, Trust};
use crate::task::{Commit, Phase};

/// What happens to the store and to the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorldStep {
    /// The store's clock jumps ahead, by more than any wait.
    ClockJumps,
    /// The day ends: no query covers it any more.
    DayEnds,
    /// The journal is lost: yesterday's file comes back, which has none of these calls.
    JournalIsLost,
    /// A person accepts the journal that has forgotten.
    JournalIsAccepted,
}

impl Protocol {
    pub(crate) fn push_world_steps(&self, state: &State, push: impl FnMut(WorldStep)) {
        let possible = [
            (state.left.clock_jumps > 0, WorldStep::ClockJumps),
            (
                self.scope.day_ends && !state.day_is_over,
                WorldStep::DayEnds,
            ),
            (state.left.lost_journals > 0, WorldStep::JournalIsLost),
            (
                state.trust == Trust::Forgotten,
                WorldStep::JournalIsAccepted,
            ),
        ];
        let possible = possible.into_iter().filter(|(is_possible, _)| *is_possible);
        possible.map(|(_, step)| step).for_each(push);
    }

    pub(crate) fn step_world(&self, state: &mut State, step: WorldStep) -> Option<()> {
        match step {
            WorldStep::ClockJumps => {
                state.left.clock_jumps = state.left.clock_jumps.checked_sub(1)?;
                jump(&mut state.calls);
            }
            WorldStep::DayEnds => state.day_is_over = true,
            WorldStep::JournalIsLost => {
                state.left.lost_journals = state.left.lost_journals.checked_sub(1)?;
                self.lose(state);
            }
            WorldStep::JournalIsAccepted => state.trust = Trust::Accepted { age: 0 },
        }
        Some(())
    }

    fn lose(&self, state: &mut State) {
        state.calls = Calls::default();
        state.resolvers.fill(Resolver::Idle);
        state.journal += 1;
        if !self.has(Rule::ForgottenJournalRefuses) {
            return;
        }
        state.trust = Trust::Forgotten;
        // Whoever was about to begin is refused by the counter that it names, and begins anew.
        for phase in &mut state.phases {
            let commit = Commit::Begin {
                read: None,
                has_asked: false,
            };
            if matches!(phase, Phase::Ready { commit: begins, .. } if *begins == commit) {
                *phase = Phase::Waiting;
            }
        }
    }
}

fn jump(calls: &mut Calls) {
    let attempts = calls
        .iter_mut()
        .flatten()
        .flat_map(|call| &mut call.attempts);
    for sent in attempts
        .flatten()
        .filter_map(|attempt| attempt.sending.as_mut())
    {
        sent.clock_jumped = true;
    }
}

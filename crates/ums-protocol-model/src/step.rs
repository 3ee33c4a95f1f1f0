//! The steps of the protocol: which there are in a state, and where each leads.

mod call;
mod task;
mod world;

pub use call::CallStep;
pub use task::{CommitFate, TaskStep};
pub use world::WorldStep;

use crate::protocol::Protocol;
use crate::rule::Rule;
use crate::state::State;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Time passes.
    Tick,
    /// The process of a submission does something, or the gateway does with its request.
    Task(usize, TaskStep),
    /// Something happens to the call of a key.
    Call(usize, CallStep),
    /// Something happens to all.
    World(WorldStep),
}

impl Protocol {
    /// Every step that may be possible; some are not, and then [`next`](Self::next) is `None`.
    pub fn push_actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.push(Action::Tick);
        self.push_task_steps(state, |place, step| actions.push(Action::Task(place, step)));
        self.push_call_steps(state, |key, step| actions.push(Action::Call(key, step)));
        self.push_world_steps(state, |step| actions.push(Action::World(step)));
    }

    /// The world after a step.
    pub fn next(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Tick => next.tick(&self.scope),
            Action::Task(place, step) => self.step_task(&mut next, place, step),
            Action::Call(key, step) => self.step_call(&mut next, key, step),
            Action::World(step) => self.step_world(&mut next, step),
        }?;
        let next = next.reduced(&self.scope, self.has(Rule::OwnClockWaits));
        (next != *state).then_some(next)
    }
}

//! The protocol: which steps there are in a state, and where each leads.

use crate::rule::Rule;
use crate::scope::Scope;
use crate::state::State;
use crate::step::Action;

/// The protocol in a scope, with all of its rules or without one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Protocol {
    /// The scope.
    pub scope: Scope,
    /// The rule that is taken out.
    pub without: Option<Rule>,
}

impl Protocol {
    /// The protocol with all of its rules.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            without: None,
        }
    }

    /// The protocol without one of them.
    #[must_use]
    pub fn without(scope: Scope, rule: Rule) -> Self {
        Self {
            scope,
            without: Some(rule),
        }
    }

    /// Whether a rule is in.
    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    /// The world before anything happens.
    #[must_use]
    pub fn first(&self) -> State {
        State::new(&self.scope)
    }

    /// Every step that may be possible; some are not, and then [`next`](Self::next) is `None`.
    pub fn push_actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.push(Action::Tick);
        self.push_task_actions(state, actions);
        self.push_call_actions(state, actions);
        self.push_world_actions(state, actions);
    }

    /// The world after a step.
    #[must_use]
    pub fn next(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        self.step(&mut next, action)?;
        let next = next.reduced(&self.scope, self.has(Rule::OwnClockWaits));
        (next != *state).then_some(next)
    }

    fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Tick => state.tick(&self.scope),
            Action::Task(place, step) => self.step_task(state, place, step),
            Action::Call(key, step) => self.step_call(state, key, step),
            Action::World(step) => self.step_world(state, step),
        }
    }
}

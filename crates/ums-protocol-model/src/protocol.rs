//! The protocol in a scope, with all of its rules or without one.

use crate::rule::Rule;
use crate::scope::Scope;
use crate::state::State;

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
    pub fn new(scope: Scope) -> Self {
        Self {
            scope,
            without: None,
        }
    }

    /// The protocol without one of them.
    pub fn without(scope: Scope, rule: Rule) -> Self {
        Self {
            scope,
            without: Some(rule),
        }
    }

    /// Whether a rule is in.
    pub fn has(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    /// The world before anything happens.
    pub fn first(&self) -> State {
        State::new(&self.scope)
    }
}

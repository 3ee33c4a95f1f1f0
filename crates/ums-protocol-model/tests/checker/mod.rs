//! The protocol as a model of the checker.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model, Property};
use ums_protocol_model::invariant::{ANSWERS_STAND, NO_DOUBLE, NOT_EXECUTED_IS_TRUE};
use ums_protocol_model::{Action, INVARIANTS, LANDMARKS, Protocol, Rule, Scope, State};

/// A rule, a scope in which it is missed, and the invariant that falls there.
pub(crate) type Missed = (Rule, fn() -> Scope, &'static str);

/// Where each rule is missed.
pub(crate) const MISSED: [Missed; 20] = [
    (Rule::DecidedByInsert, Scope::two_keys, NO_DOUBLE),
    (
        Rule::FurtherAttemptIsChecked,
        Scope::three_submissions,
        NO_DOUBLE,
    ),
    (Rule::RepliesLinkIds, Scope::two_ids, NO_DOUBLE),
    (Rule::ClockBeforeCommit, Scope::two_keys, NO_DOUBLE),
    (Rule::EveryWriteIsChecked, Scope::two_keys, NO_DOUBLE),
    (
        Rule::NothingAfterDoubtfulCommit,
        Scope::two_tries,
        NO_DOUBLE,
    ),
    (
        Rule::OwnAttemptIsRead,
        Scope::three_tries,
        NOT_EXECUTED_IS_TRUE,
    ),
    (Rule::SendingIsFenced, Scope::two_keys, NO_DOUBLE),
    (Rule::SendingIsChecked, Scope::two_ids, NO_DOUBLE),
    (Rule::EndedAtAnyTime, Scope::two_tries, ANSWERS_STAND),
    (
        Rule::FactNamesItsAttempt,
        Scope::two_tries,
        NOT_EXECUTED_IS_TRUE,
    ),
    (Rule::UnrecordedIsSaid, Scope::two_tries, ANSWERS_STAND),
    (Rule::OwnClockWaits, Scope::clocks, NOT_EXECUTED_IS_TRUE),
    (Rule::QuestionTimeCounts, Scope::taken_back_twice, NO_DOUBLE),
    (Rule::ClosingWaits, Scope::two_keys, NO_DOUBLE),
    (Rule::SendingIsNotClosed, Scope::two_keys, NO_DOUBLE),
    (Rule::OnlyFactsClose, Scope::two_keys, NO_DOUBLE),
    (
        Rule::ForgottenJournalRefuses,
        Scope::lost_journal,
        NO_DOUBLE,
    ),
    (Rule::AcceptedJournalAsks, Scope::lost_journal, NO_DOUBLE),
    (Rule::AcceptedJournalWaits, Scope::lost_journal, NO_DOUBLE),
];

/// What was found in a scope.
pub(crate) struct Found {
    /// How many states there are.
    pub(crate) states: usize,
    /// The longest history that leads to a state for the first time.
    pub(crate) depth: usize,
    /// The landmarks that were reached.
    pub(crate) landmarks: BTreeSet<&'static str>,
    /// The invariants that fell, each with the shortest history that leads there.
    pub(crate) fallen: Vec<(&'static str, Vec<String>)>,
}

/// Visits every state of a scope, with all rules.
pub(crate) fn check(scope: Scope) -> Found {
    run(Protocol::new(scope), HasDiscoveries::All)
}

/// Visits the states of a scope without a rule, until this invariant falls.
pub(crate) fn check_without(scope: Scope, rule: Rule, invariant: &'static str) -> Found {
    let fallen = HasDiscoveries::AnyOf([invariant].into());
    run(Protocol::without(scope, rule), fallen)
}

fn run(protocol: Protocol, until: HasDiscoveries) -> Found {
    let checker = Checked(protocol).checker().threads(1).finish_when(until);
    let checker = checker.spawn_bfs().join();
    let mut found = Found {
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        landmarks: BTreeSet::new(),
        fallen: Vec::new(),
    };
    for (name, path) in checker.discoveries() {
        if INVARIANTS.iter().any(|(invariant, _)| *invariant == name) {
            let actions = path.into_actions().into_iter();
            let actions = actions.map(|action| format!("{action:?}"));
            found.fallen.push((name, actions.collect()));
        } else {
            found.landmarks.insert(name);
        }
    }
    found.fallen.sort();
    found
}

struct Checked(Protocol);

macro_rules! properties {
    ($kind:ident, $table:ident: $($number:literal)*) => {{
        const { assert!([$($number),*].len() == $table.len()) };
        [$(Property::<Checked>::$kind($table[$number].0, |checked, state| {
            $table[$number].1(&checked.0, state)
        })),*]
    }};
}

impl Model for Checked {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.0.first()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.0.push_actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.0.next(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let invariants = properties!(always, INVARIANTS: 0 1 2 3 4 5 6 7 8 9);
        let landmarks = properties!(sometimes, LANDMARKS:
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
            33 34 35 36 37);
        invariants.into_iter().chain(landmarks).collect()
    }
}

//! What a view owes, whatever the facts.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use ums_model::Effect;

use super::*;
use crate::call::fingerprint::Fingerprint;
use crate::call::identity::{Identity, OrderIdKind, OrderRole, StoredOrderId};
use crate::call::ids::FactId;
use crate::call::journal_key::JournalKey;
use crate::call::key::{Key, KeyScope};
use crate::call::stored_body::StoredBody;
use crate::call::text::CallerText;
use crate::fact::entry::{
    AlarmKind, AskedFact, AwaitingStatement, Closed, EndedFact, Fact, Resolved, SendingFact, Stated,
};
use crate::fact::recorded::ChainHash;
use crate::store::command::{SendAttempt, Ticket};
use crate::store::rules::decide_send;

type Facts = Vec<(u32, FactKind)>;

fn request(effect: Effect, may_be_repeated: bool) -> StoredRequest {
    let key = JournalKey::new([7; 32]);
    let scope = KeyScope::new("gateway", "app", "merchant");
    let order = StoredOrderId::new(&scope, OrderIdKind::Merchant, "M1");
    StoredRequest::new(
        scope.key(Key::new("k").unwrap()),
        Fingerprint::new(&key, "pay", "{}").unwrap(),
        "pay",
        "/path",
        effect,
        StoredBody::new(&key, b"{}"),
    )
    .with_identity(Identity::new("pay", [order]), OrderRole::Payment)
    .with_repeat(may_be_repeated)
}

fn stamp(number: u64) -> Stamp {
    let ticks = Duration::from_secs(number);
    let at = DateTime::UNIX_EPOCH + TimeDelta::from_std(ticks).unwrap();
    Stamp::new("m", "b", ticks, at)
}

/// The facts of a call, one second apart.
fn history(facts: &[(u32, FactKind)]) -> Vec<RecordedFact> {
    history_of(request(Effect::MovesMoney, false), facts)
}

fn history_of(request: StoredRequest, facts: &[(u32, FactKind)]) -> Vec<RecordedFact> {
    let owner = Owner::new("p").unwrap();
    let intended = Intended::new(request, owner, Epoch::new(1), Vec::new(), None);
    let intended = FactKind::Intended(Box::new(intended));
    let all = [(1, intended)].into_iter().chain(facts.iter().cloned());
    let mut chain = ChainHash::of_nothing();
    let mut recorded = Vec::new();
    for (number, (attempt, what)) in (1..).zip(all) {
        let fact = Fact::new(
            FactId::new(format!("f{number}")).unwrap(),
            CallId::new("c").unwrap(),
            AttemptNumber::new(attempt),
            what,
        );
        let fact = RecordedFact::new(number, &chain, stamp(number), fact).unwrap();
        chain = fact.chain().clone();
        recorded.push(fact);
    }
    recorded
}

fn view(facts: &[(u32, FactKind)]) -> View {
    View::of(&history(facts)).unwrap()
}

fn sending() -> FactKind {
    let plan = SendPlan::new("n", DateTime::UNIX_EPOCH, Duration::from_secs(150));
    FactKind::Sending(SendingFact::new(
        Owner::new("p").unwrap(),
        Epoch::new(1),
        plan,
    ))
}

fn ended(outcome: OutcomeKind) -> FactKind {
    FactKind::Ended(EndedFact::new(outcome))
}

fn found(finding: StoredFinding) -> FactKind {
    FactKind::Resolved(Resolved::new(finding, stamp(500)))
}

fn closed(closed_as: ClosedAs) -> FactKind {
    let text = |text| CallerText::new(text).unwrap();
    FactKind::Closed(Closed::new(
        closed_as,
        text("by"),
        text("why"),
        text("slip"),
    ))
}

fn holding() -> Holding {
    Holding::new(Owner::new("p").unwrap(), Epoch::new(2), Vec::new())
}

/// Every fact that closes nothing.
fn open_facts() -> impl Strategy<Value = FactKind> {
    let day = chrono::NaiveDate::from_ymd_opt(2023, 7, 18).unwrap();
    prop_oneof![
        Just(ended(OutcomeKind::Unknown)),
        Just(FactKind::Asked(AskedFact::new(
            Some("FF".to_owned()),
            false
        ))),
        Just(FactKind::Asked(AskedFact::new(Some("5".to_owned()), true))),
        Just(FactKind::Resolving(holding())),
        Just(FactKind::AwaitingStatement(AwaitingStatement::new(day))),
        Just(FactKind::Alarm(Alarm::new(AlarmKind::DayEnds))),
    ]
}

/// What is learnt of whether money moved, but for the words of persons.
fn telling_facts() -> impl Strategy<Value = FactKind> {
    prop_oneof![
        Just(ended(OutcomeKind::Approved)),
        Just(ended(OutcomeKind::Declined)),
        Just(ended(OutcomeKind::NotSent)),
        Just(found(StoredFinding::Executed)),
        Just(found(StoredFinding::ExecutedAndUndone)),
        Just(found(StoredFinding::StatedFailure)),
        Just(found(StoredFinding::Absent)),
        Just(FactKind::Stated(Stated::new(true))),
        Just(FactKind::Stated(Stated::new(false))),
    ]
}

fn any_facts() -> impl Strategy<Value = FactKind> {
    prop_oneof![
        open_facts(),
        telling_facts(),
        Just(closed(ClosedAs::Approved)),
        Just(closed(ClosedAs::Declined)),
    ]
}

fn of_first(facts: Vec<FactKind>) -> Facts {
    let sent = [(1, sending())].into_iter();
    sent.chain(facts.into_iter().map(|what| (1, what)))
        .collect()
}

proptest! {
    #[test]
    fn nothing_but_a_word_on_the_money_closes_a_call(
        facts in prop::collection::vec(open_facts(), 0..12),
    ) {
        let view = view(&of_first(facts));
        prop_assert!(view.is_open() && view.holds_identity() && view.holds_order());
        prop_assert_eq!(view.executed, None);
        prop_assert!(!view.contradicted);
    }

    #[test]
    fn what_moved_stays_moved(
        mut facts in prop::collection::vec(any_facts(), 0..8),
        more in prop::collection::vec(any_facts(), 0..8),
    ) {
        facts.push(ended(OutcomeKind::Approved));
        facts.extend(more);
        let view = view(&of_first(facts));
        prop_assert_eq!(view.executed, Some(true));
        prop_assert!(view.holds_identity());
        prop_assert_eq!(view.outcome, Some(RecordedOutcome::Approved));
    }

    #[test]
    fn facts_say_the_same_in_any_order(
        facts in prop::collection::vec(prop_oneof![open_facts(), telling_facts()], 0..8),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut turned = facts.clone();
        if !turned.is_empty() {
            let by = seed.index(turned.len());
            turned.rotate_left(by);
        }
        turned.reverse();
        let (one, other) = (view(&of_first(facts)), view(&of_first(turned)));
        prop_assert_eq!(one.executed, other.executed);
        prop_assert_eq!(one.contradicted, other.contradicted);
        prop_assert_eq!(one.stands, other.stands);
        prop_assert_eq!(one.is_open(), other.is_open());
        prop_assert_eq!(one.holds_identity(), other.holds_identity());
    }

    #[test]
    fn a_fact_moves_only_its_own_attempt(
        facts in prop::collection::vec(any_facts(), 0..8),
    ) {
        let mut all = vec![(1, sending()), (1, ended(OutcomeKind::NotSent))];
        all.push((2, FactKind::IntendedAgain(holding())));
        all.push((2, sending()));
        let before = view(&all);
        all.extend(facts.into_iter().map(|what| (1, what)));
        let after = view(&all);
        prop_assert_eq!(&before.attempts[1], &after.attempts[1]);
        prop_assert!(after.is_open() && after.is_running());
    }

    #[test]
    fn no_fact_opens_a_call_again(
        facts in prop::collection::vec(any_facts(), 0..8),
        more in prop::collection::vec(any_facts(), 0..8),
    ) {
        let mut all = of_first(facts);
        let before = view(&all);
        all.extend(more.into_iter().map(|what| (1, what)));
        let after = view(&all);
        prop_assert!(before.is_open() || !after.is_open());
        prop_assert!(!before.contradicted || after.contradicted);
    }

    #[test]
    fn a_contradiction_is_two_words_that_differ(
        facts in prop::collection::vec(any_facts(), 0..8),
    ) {
        let moved = |what: &FactKind| match what {
            FactKind::Ended(ended) if ended.outcome == OutcomeKind::Unknown => None,
            FactKind::Ended(ended) => Some(ended.outcome == OutcomeKind::Approved),
            FactKind::Resolved(resolved) => Some(resolved.finding.is_executed()),
            FactKind::Stated(stated) => Some(stated.is_executed),
            FactKind::Closed(closed) => Some(closed.closed_as == ClosedAs::Approved),
            _ => None,
        };
        let words: Vec<_> = facts.iter().filter_map(moved).collect();
        let differ = words.contains(&true) && words.contains(&false);
        let view = view(&of_first(facts));
        prop_assert_eq!(view.contradicted, differ);
        prop_assert_eq!(view.is_open(), words.is_empty());
    }

    #[test]
    fn a_view_of_some_facts_with_one_more_is_that_of_all(
        facts in prop::collection::vec((1u32..4, any_facts()), 0..10),
    ) {
        let all = history(&facts);
        let mut view = View::of(&all[..1]).unwrap();
        for (known, fact) in (2..).zip(&all[1..]) {
            view.add(fact);
            prop_assert_eq!(&view, &View::of(&all[..known]).unwrap());
        }
    }

    #[test]
    fn a_view_needs_no_details(facts in prop::collection::vec(any_facts(), 0..8)) {
        let whole = history(&of_first(facts));
        let buried: Vec<_> = whole.iter().map(|fact| fact.buried().unwrap()).collect();
        let (whole, mut without) = (View::of(&whole).unwrap(), View::of(&buried).unwrap());
        without.request.body.clone_from(&whole.request.body);
        prop_assert_eq!(whole, without);
    }
}

#[test]
fn each_history_has_its_state_and_outcome() {
    use RecordedOutcome as O;
    let not_sent = || (1, ended(OutcomeKind::NotSent));
    let unknown = || (1, ended(OutcomeKind::Unknown));
    let cases: [(&str, Facts, State, Option<O>); 14] = [
        ("begun", vec![], State::Intended, None),
        ("sent", vec![(1, sending())], State::Sending, None),
        (
            "never sent",
            vec![not_sent()],
            State::Ended,
            Some(O::NotSent),
        ),
        (
            "unknown",
            vec![(1, sending()), unknown()],
            State::Ended,
            Some(O::Unknown),
        ),
        (
            "asked about",
            vec![
                (1, sending()),
                unknown(),
                (1, FactKind::Resolving(holding())),
            ],
            State::Resolving,
            Some(O::Unknown),
        ),
        (
            "asked about, and then told by its owner to be unknown",
            vec![
                (1, sending()),
                unknown(),
                (1, FactKind::Resolving(holding())),
                unknown(),
            ],
            State::Resolving,
            Some(O::Unknown),
        ),
        (
            "unknown after an attempt that turned out to have moved money",
            vec![
                not_sent(),
                (2, sending()),
                (2, ended(OutcomeKind::Unknown)),
                (1, FactKind::Stated(Stated::new(true))),
            ],
            State::Ended,
            Some(O::Unknown),
        ),
        (
            "found",
            vec![
                (1, sending()),
                unknown(),
                (1, found(StoredFinding::Executed)),
            ],
            State::Resolved,
            Some(O::Approved),
        ),
        (
            "missing",
            vec![(1, sending()), unknown(), (1, found(StoredFinding::Absent))],
            State::Resolved,
            Some(O::NotExecuted),
        ),
        (
            "closed",
            vec![(1, sending()), unknown(), (1, closed(ClosedAs::Declined))],
            State::Closed,
            Some(O::Declined),
        ),
        (
            "not in the statement",
            vec![
                (1, sending()),
                unknown(),
                (1, FactKind::Stated(Stated::new(false))),
            ],
            State::Resolved,
            Some(O::NotExecuted),
        ),
        (
            "contradicted",
            vec![
                (1, sending()),
                (1, ended(OutcomeKind::Declined)),
                (1, found(StoredFinding::Executed)),
            ],
            State::Contradicted,
            Some(O::Approved),
        ),
        (
            "a second attempt",
            vec![not_sent(), (2, FactKind::IntendedAgain(holding()))],
            State::Intended,
            None,
        ),
        (
            "a second attempt that ended",
            vec![
                not_sent(),
                (2, sending()),
                (2, ended(OutcomeKind::Declined)),
            ],
            State::Ended,
            Some(O::Declined),
        ),
    ];
    for (name, facts, state, outcome) in cases {
        let view = view(&facts);
        assert_eq!((view.state, view.outcome), (state, outcome), "{name}");
    }
}

#[test]
fn what_two_attempts_moved_is_seen_as_twice() {
    let facts = [
        (1, sending()),
        (1, ended(OutcomeKind::NotSent)),
        (2, sending()),
        (2, ended(OutcomeKind::Approved)),
        (1, FactKind::Stated(Stated::new(true))),
    ];
    assert!(view(&facts).executed_twice());
    assert!(!view(&facts[..4]).executed_twice());
}

#[test]
fn only_what_may_not_be_repeated_is_held_when_it_is_missing() {
    let facts = [
        (1, sending()),
        (1, ended(OutcomeKind::Unknown)),
        (1, found(StoredFinding::Absent)),
    ];
    for may_be_repeated in [true, false] {
        let request = request(Effect::MovesMoney, may_be_repeated);
        let view = View::of(&history_of(request, &facts)).unwrap();
        assert!(!view.is_open());
        assert_eq!(view.holds_identity(), !may_be_repeated);
        assert_eq!(view.as_of, Some(stamp(500).at));
    }
}

/// Whoever has ended a call may still be named as its holder: it is fenced all the same.
#[test]
fn what_has_ended_is_not_sent_even_by_its_holder() {
    let owner = Owner::new("p").unwrap();
    let call = CallId::new("c").unwrap();
    let ticket = Ticket::new(call, AttemptNumber::FIRST, owner.clone(), Epoch::new(1));
    let plan = SendPlan::new("n", DateTime::UNIX_EPOCH, Duration::from_secs(150));
    let send = SendAttempt::new(ticket, plan);
    let decided = |facts: &[(u32, FactKind)]| {
        decide_send(&send, &view(facts), Some(&owner), Epoch::new(1), &[])
    };
    assert!(decided(&[]).is_ok());
    for outcome in OutcomeKind::ALL {
        assert!(decided(&[(1, ended(*outcome))]).is_err(), "{outcome}");
    }
}

#[test]
fn a_question_that_ended_is_not_open() {
    let facts = [(1, sending()), (1, ended(OutcomeKind::Unknown))];
    let request = request(Effect::ReadOnly, false);
    let view = View::of(&history_of(request, &facts)).unwrap();
    assert!(!view.is_open() && !view.holds_identity() && !view.holds_order());
}

#[test]
fn a_call_without_its_beginning_has_no_view() {
    let facts = history(&[(1, sending())]);
    assert_eq!(View::of(&facts[1..]), None);
    assert_eq!(View::of(&facts[..0]), None);
}

#[test]
fn not_carried_out_waits_by_the_stores_clock() {
    let view = view(&[(1, sending())]);
    let at = |seconds| view.settles_in(&stamp(seconds));
    assert_eq!(at(2), Some(Duration::from_secs(150)));
    assert_eq!(at(152), Some(Duration::ZERO));
    let mut elsewhere = stamp(1000);
    elsewhere.machine = "other".to_owned();
    assert_eq!(view.settles_in(&elsewhere), None);
}

//! Every state of the base is visited, and every rule is missed. What is found stands in
//! `docs/protocol.md`.

mod checker;

use std::collections::BTreeSet;

use checker::{MISSED, check, check_without};
use ums_protocol_model::{LANDMARKS, Rule, Scope};

const DOCUMENT: &str = include_str!("../../../docs/protocol.md");

/// A line of a table in the document that begins so must be there.
fn assert_documented(row: &str) {
    let has_it = DOCUMENT.lines().any(|line| line.starts_with(row));
    assert!(has_it, "docs/protocol.md has no row that begins: {row}");
}

#[test]
fn the_base_holds_and_every_landmark_is_reached() {
    let mut missing: BTreeSet<&str> = LANDMARKS.iter().map(|(name, _)| *name).collect();
    for scope in Scope::base() {
        let name = scope.name;
        let found = check(scope);
        assert_eq!(found.fallen, [], "{name}");
        missing.retain(|landmark| !found.landmarks.contains(landmark));
        assert_documented(&format!("| {name} | {} | {} |", found.states, found.depth));
    }
    assert_eq!(missing, BTreeSet::new());
    for (name, _) in LANDMARKS {
        assert!(DOCUMENT.contains(name), "docs/protocol.md lacks {name}");
    }
}

#[test]
fn each_rule_is_missed_once() {
    let missed = MISSED.map(|(rule, ..)| rule);
    assert_eq!(missed, Rule::ALL);
}

/// The text between each two backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_code_keeps_each_rule_and_tests_it() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let (_, table) = DOCUMENT.split_once("| rule | kept by | tests |").unwrap();
    for rule in Rule::ALL {
        let row = format!("| `{rule:?}` | ");
        let row = table.lines().find_map(|line| line.strip_prefix(&row));
        let (places, tests) = row.and_then(|row| row.split_once(" | ")).unwrap();
        assert!(places.contains("(`crates/"), "{rule:?}: {places}");
        let tests: Vec<&str> = quoted(tests).collect();
        assert!(!tests.is_empty(), "{rule:?}");
        for pair in tests.chunks(2) {
            let [test, file] = pair else {
                panic!("{rule:?}: {pair:?}");
            };
            let text = std::fs::read_to_string(format!("{root}/{file}")).unwrap();
            let has_it = text.contains(&format!(" {test}("));
            assert!(has_it, "{rule:?}: {file} has no {test}");
        }
    }
}

fn is_missed(rule: Rule) {
    let missed = MISSED.into_iter().filter(|(missed, ..)| *missed == rule);
    for (_, scope, invariant) in missed {
        let scope = scope();
        let name = scope.name;
        let mut fallen = check_without(scope, rule, invariant).fallen;
        fallen.retain(|(fallen, _)| *fallen == invariant);
        assert_eq!(
            fallen.len(),
            1,
            "without {rule:?}, “{invariant}” holds in “{name}”"
        );
        let steps: usize = fallen.iter().map(|(_, history)| history.len()).sum();
        assert_documented(&format!("| `{rule:?}` | {name} | {invariant} | {steps} |"));
    }
}

macro_rules! missed {
    ($($test:ident: $rule:ident,)*) => {
        $(#[test]
        fn $test() {
            is_missed(Rule::$rule);
        })*
    };
}

missed! {
    a_read_before_the_insert_doubles_money: DecidedByInsert,
    an_unchecked_further_attempt_doubles_money: FurtherAttemptIsChecked,
    ids_that_no_reply_links_double_money: RepliesLinkIds,
    a_clock_read_after_the_commit_doubles_money: ClockBeforeCommit,
    a_second_write_that_is_not_checked_doubles_money: EveryWriteIsChecked,
    sending_after_a_doubtful_commit_doubles_money: NothingAfterDoubtfulCommit,
    an_attempt_taken_for_ones_own_is_denied_wrongly: OwnAttemptIsRead,
    sending_without_a_fence_doubles_money: SendingIsFenced,
    sending_that_is_not_checked_doubles_money: SendingIsChecked,
    an_end_that_is_fenced_withdraws_an_answer: EndedAtAnyTime,
    a_fact_that_moves_another_attempt_denies_it_wrongly: FactNamesItsAttempt,
    what_is_not_said_to_be_unrecorded_is_withdrawn: UnrecordedIsSaid,
    a_wait_by_the_stores_clock_alone_denies_wrongly: OwnClockWaits,
    a_wait_until_the_answer_doubles_money: QuestionTimeCounts,
    closing_without_a_wait_doubles_money: ClosingWaits,
    closing_what_is_sending_doubles_money: SendingIsNotClosed,
    giving_up_doubles_money: OnlyFactsClose,
    a_forgotten_journal_doubles_money: ForgottenJournalRefuses,
    an_accepted_journal_that_does_not_ask_doubles_money: AcceptedJournalAsks,
    an_accepted_journal_that_does_not_wait_doubles_money: AcceptedJournalWaits,
}

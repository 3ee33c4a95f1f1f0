//! Tests that mostly wait, run at once: the test harness runs no more of them at a time than there
//! are processors.

use std::thread;

use crate::{chinese, output, resolve, simulator, till, usage};
#[cfg(unix)]
use crate::{journal, signals, stands, terminal};

type Test = (&'static str, fn());

/// Two answers that find nothing are three seconds apart, and a person is told of the questions
/// after seconds.
#[test]
fn what_takes_seconds() {
    const TESTS: &[Test] = &[
        #[cfg(unix)]
        (
            "a_void_that_was_killed_is_found_and_found_out",
            journal::a_void_that_was_killed_is_found_and_found_out,
        ),
        #[cfg(unix)]
        (
            "the_command_that_was_killed_says_so_when_it_is_run_again",
            journal::the_command_that_was_killed_says_so_when_it_is_run_again,
        ),
        #[cfg(unix)]
        (
            "a_stated_failure_is_asked_about_again",
            stands::a_stated_failure_is_asked_about_again,
        ),
        (
            "a_payment_that_failed_is_not_executed_as_of_an_answer",
            resolve::a_payment_that_failed_is_not_executed_as_of_an_answer,
        ),
        (
            "a_void_of_which_there_is_no_trace_may_be_done_again",
            resolve::a_void_of_which_there_is_no_trace_may_be_done_again,
        ),
        (
            "the_late_window_is_waited_for",
            resolve::the_late_window_is_waited_for,
        ),
        (
            "without_its_time_nothing_is_found_not_carried_out",
            resolve::without_its_time_nothing_is_found_not_carried_out,
        ),
        (
            "a_call_whose_time_was_up_long_ago_needs_no_waiting",
            resolve::a_call_whose_time_was_up_long_ago_needs_no_waiting,
        ),
        (
            "a_day_that_has_ended_is_not_asked_about",
            resolve::a_day_that_has_ended_is_not_asked_about,
        ),
        (
            "payments_without_an_answer_are_found_out_as_they_are",
            simulator::payments_without_an_answer_are_found_out_as_they_are,
        ),
        (
            "the_main_paths_of_every_command",
            chinese::the_main_paths_of_every_command,
        ),
        (
            "the_demo_tells_its_story",
            simulator::the_demo_tells_its_story,
        ),
        (
            "an_answer_about_another_amount_says_nothing",
            resolve::an_answer_about_another_amount_says_nothing,
        ),
        #[cfg(target_os = "linux")]
        (
            "with_a_part_written_it_is_unknown",
            signals::with_a_part_written_it_is_unknown,
        ),
        #[cfg(target_os = "linux")]
        (
            "while_connecting_nothing_was_sent",
            signals::while_connecting_nothing_was_sent,
        ),
        (
            "codes_and_nonces_are_shown_when_asked_for",
            chinese::codes_and_nonces_are_shown_when_asked_for,
        ),
        (
            "what_became_of_a_lost_answer",
            chinese::what_became_of_a_lost_answer,
        ),
        #[cfg(target_os = "linux")]
        (
            "while_finding_out_it_stays_unknown",
            signals::while_finding_out_it_stays_unknown,
        ),
        (
            "no_command_panics_on_a_closed_pipe",
            output::no_command_panics_on_a_closed_pipe,
        ),
        ("the_demo", chinese::the_demo),
        (
            "the_demo_is_one_object_too",
            usage::the_demo_is_one_object_too,
        ),
        (
            "an_open_taking_back_is_waited_for_later_too",
            till::an_open_taking_back_is_waited_for_later_too,
        ),
        (
            "lost_operations_are_found_out_from_their_json",
            simulator::lost_operations_are_found_out_from_their_json,
        ),
        (
            "the_cashier_reads_one_of_four_results",
            till::the_cashier_reads_one_of_four_results,
        ),
        #[cfg(unix)]
        (
            "a_person_who_waits_sees_the_questions",
            terminal::a_person_who_waits_sees_the_questions,
        ),
    ];
    let tests = TESTS.iter().map(|(name, test)| (*name, *test));
    at_once(tests);
}

/// Runs them all at the same time, each in a thread that is named as it is, and fails with the
/// names of those that failed.
pub(crate) fn at_once<N: ToString, T: FnOnce() + Send>(tests: impl IntoIterator<Item = (N, T)>) {
    let failed: Vec<String> = thread::scope(|scope| {
        let started: Vec<_> = tests
            .into_iter()
            .map(|(name, test)| {
                let name = name.to_string();
                let builder = thread::Builder::new().name(name.clone());
                (name, builder.spawn_scoped(scope, test).unwrap())
            })
            .collect();
        let ended = started
            .into_iter()
            .map(|(name, thread)| (name, thread.join()));
        ended
            .filter_map(|(name, end)| end.is_err().then_some(name))
            .collect()
    });
    assert!(failed.is_empty(), "failed: {failed:?}");
}

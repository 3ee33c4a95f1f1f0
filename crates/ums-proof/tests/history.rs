//! Simulated histories: none with a false verdict, each the same from its
//! seed, and a broken client or reading of outcomes caught.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use ums_client::model::VoidPaymentReply;
use ums_client::{Outcome, OutcomeKind};
use ums_proof::history::{Campaign, Conduct, Summary, play};
use ums_proof::verdict::Claim;

/// `cargo xtask simulate` plays many more.
const HISTORIES: u64 = 4000;

fn run(seed: u64, conduct: Conduct) -> Summary {
    Campaign::new(HISTORIES, seed)
        .conduct(conduct)
        .run(|_| {})
        .unwrap()
}

#[test]
fn no_history_has_a_false_verdict() {
    let summary = run(20_230_718, Conduct::HONEST);
    assert_eq!(summary.failed, []);
    assert_eq!(summary.histories, HISTORIES);
    // They are worth something: each end comes up often, on connections of
    // both kinds.
    for kind in ["approved", "declined", "not_sent", "unknown", "dropped"] {
        let count = summary.outcomes.get(kind).copied().unwrap_or_default();
        assert!(count * 30 > summary.calls(), "{kind}: {summary:?}");
    }
    assert!(
        summary.reused * 5 > summary.complete_requests,
        "{summary:?}"
    );
    assert!(summary.applied > HISTORIES / 2, "{summary:?}");
    assert!(summary.resent * 100 > summary.calls(), "{summary:?}");
}

#[test]
fn a_seed_gives_the_same_history_byte_for_byte() {
    let mut lines = 0;
    for seed in 0..150 {
        let first = play(seed, Conduct::HONEST, true).unwrap();
        let second = play(seed, Conduct::HONEST, true).unwrap();
        let trace = first.trace.unwrap();
        lines += trace.lines().count();
        assert_eq!(trace, second.trace.unwrap(), "seed {seed}");
    }
    assert!(lines > 150 * 8, "{lines}");
}

/// Another process has other addresses and other hash seeds.
#[test]
fn a_seed_gives_the_same_history_in_another_process() {
    let trace = || {
        let output = Command::new(env!("CARGO_BIN_EXE_ums-proof"))
            .args(["simulate", "--seed", "7000", "--histories", "40"])
            .args(["--trace", "yes"])
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let first = trace();
    assert!(first.lines().count() > 300, "{first}");
    assert_eq!(first, trace());
}

/// A history played among others is the one that its seed alone gives.
#[test]
fn the_seed_of_a_failure_is_enough_to_repeat_it() {
    let conduct = Conduct::HONEST.reading(closed_is_not_sent);
    let summary = run(1, conduct);
    let (seed, wrong) = summary.failed.first().unwrap();
    assert_eq!(play(*seed, conduct, false).unwrap().wrong, *wrong);
}

type Reading = fn(&Outcome<VoidPaymentReply>) -> Claim;
type Again = fn(&Outcome<VoidPaymentReply>) -> bool;

/// What many clients do: the error that hyper calls `IncompleteMessage` means
/// that the request was not taken.
fn closed_is_not_sent(outcome: &Outcome<VoidPaymentReply>) -> Claim {
    read_as(OutcomeKind::NotSent, outcome, &["closed"])
}

fn deadline_is_declined(outcome: &Outcome<VoidPaymentReply>) -> Claim {
    read_as(OutcomeKind::Declined, outcome, &["deadline"])
}

fn status_is_declined(outcome: &Outcome<VoidPaymentReply>) -> Claim {
    read_as(OutcomeKind::Declined, outcome, &["status"])
}

fn malformed_is_approved(outcome: &Outcome<VoidPaymentReply>) -> Claim {
    read_as(OutcomeKind::Approved, outcome, &["malformed_reply"])
}

fn code_is_declined(outcome: &Outcome<VoidPaymentReply>) -> Claim {
    read_as(OutcomeKind::Declined, outcome, &["code"])
}

fn never_not_sent(outcome: &Outcome<VoidPaymentReply>) -> Claim {
    let mut claim = Claim::of(outcome);
    if claim.kind == OutcomeKind::NotSent {
        claim.kind = OutcomeKind::Unknown;
    }
    claim
}

fn read_as(kind: OutcomeKind, outcome: &Outcome<VoidPaymentReply>, reasons: &[&str]) -> Claim {
    let mut claim = Claim::of(outcome);
    if outcome.is_unknown()
        && outcome
            .reason()
            .is_some_and(|reason| reasons.contains(&reason))
    {
        claim.kind = kind;
    }
    claim
}

#[test]
fn every_broken_reading_of_outcomes_is_caught() {
    let broken: [(&str, Reading, &str); 6] = [
        ("closed as not sent", closed_is_not_sent, "not sent, but"),
        (
            "deadline as declined",
            deadline_is_declined,
            "declined, but",
        ),
        ("status as declined", status_is_declined, "declined, but"),
        (
            "malformed as approved",
            malformed_is_approved,
            "approved, but",
        ),
        ("code as declined", code_is_declined, "declined, but"),
        ("never not sent", never_not_sent, "no byte left, but"),
    ];
    for (name, read, found) in broken {
        let summary = run(1, Conduct::HONEST.reading(read));
        assert!(!summary.failed.is_empty(), "{name} was not caught");
        let mut wrong = summary.failed.iter().flat_map(|(_, wrong)| wrong);
        assert!(
            wrong.any(|wrong| wrong.contains(found)),
            "{name}: {summary:?}"
        );
    }
}

#[test]
fn a_client_that_sends_again_is_caught() {
    let broken: [(&str, Again); 2] = [
        ("after a close", |outcome| {
            outcome.is_unknown() && outcome.reason() == Some("closed")
        }),
        ("after a deadline", |outcome| {
            outcome.is_unknown() && outcome.reason() == Some("deadline")
        }),
    ];
    for (name, again) in broken {
        let summary = run(1, Conduct::HONEST.repeating(again));
        let mut wrong = summary.failed.iter().flat_map(|(_, wrong)| wrong);
        assert!(
            wrong.any(|wrong| wrong.contains("more than one complete request")),
            "{name}: {summary:?}"
        );
    }
}

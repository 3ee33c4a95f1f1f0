//! Simulated histories: none with a false verdict, each the same from its seed, and a broken client
//! or reading of outcomes caught.

use std::collections::BTreeSet;
use std::process::Command;

use ums_client::model::Finding;
use ums_client::{Asked, Basis, Conclusion, OutcomeKind, StillOpen, TillReport, TillResult};
use ums_proof::history::hold_reading::{self, HoldReading};
use ums_proof::history::{Campaign, Conduct, Summary, World, play};
use ums_proof::verdict::{Claim, Found, Said};

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
    // They are worth something: each end comes up often, on connections of both kinds.
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
    // And so does each end of asking.
    for (kind, least) in [
        ("stands", 500),
        ("undone", 2),
        ("declined", 300),
        ("absent", 30),
        ("stated_failure", 20),
        ("not_sent", 300),
        ("open", 300),
    ] {
        let count = summary.found.get(kind).copied().unwrap_or_default();
        assert!(count >= least, "{kind}: {summary:?}");
    }
}

/// The oracle sees what the promises do not cover.
#[test]
fn a_gateway_beyond_the_limits_makes_the_client_wrong() {
    let mut sought = vec!["found not carried out, but", "found in force, but"];
    let mut seen = BTreeSet::new();
    for seed in (1..HISTORIES * 4).step_by(500) {
        let campaign = Campaign::new(500, seed).world(World::BeyondLimits);
        let failed = campaign.run(|_| {}).unwrap().failed;
        let wrong: Vec<String> = failed.into_iter().flat_map(|(_, wrong)| wrong).collect();
        sought.retain(|found| !wrong.iter().any(|wrong| wrong.contains(found)));
        seen.extend(wrong);
        if sought.is_empty() {
            return;
        }
    }
    panic!("{sought:?} is not among {seen:?}");
}

/// Several calls about one hold, late, wrong and waiting ones among them, typed and read back.
#[test]
fn no_history_of_holds_has_a_false_verdict() {
    let campaign = Campaign::new(HISTORIES * 2, 20_201_204).only_holds();
    let summary = campaign.run(|_| {}).unwrap();
    assert_eq!(summary.failed, []);
    assert!(summary.histories * 8 > HISTORIES * 2, "{summary:?}");
    for (kind, least) in [
        ("stands", 200),
        ("undone", 1),
        ("declined", 100),
        ("absent", 20),
        ("stated_failure", 20),
        ("not_sent", 100),
        ("open", 100),
    ] {
        let count = summary.found.get(kind).copied().unwrap_or_default();
        assert!(count >= least, "{kind}: {summary:?}");
    }
    assert!(summary.confirmed >= 5, "{summary:?}");
}

#[test]
fn a_seed_gives_the_same_history_byte_for_byte() {
    let mut lines = 0;
    for seed in 0..150 {
        let play = || play(seed, World::WithinLimits, Conduct::HONEST, true).unwrap();
        let trace = play().trace.unwrap();
        lines += trace.lines().count();
        assert_eq!(trace, play().trace.unwrap(), "seed {seed}");
    }
    assert!(lines > 150 * 8, "{lines}");
}

/// Another process has other addresses and other hash seeds.
#[test]
fn a_seed_gives_the_same_history_in_another_process() {
    let trace = || {
        let output = simulate(&["--seed", "7000", "--histories", "40", "--trace", "yes"]);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let first = trace();
    assert!(first.lines().count() > 300, "{first}");
    assert_eq!(first, trace());
}

fn simulate(options: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_ums-proof"))
        .arg("simulate")
        .args(options)
        .output()
        .unwrap()
}

/// A history played among others is the one that its seed alone gives.
#[test]
fn the_seed_of_a_failure_is_enough_to_repeat_it() {
    let conduct = Conduct::HONEST.reading(closed_is_not_sent);
    let summary = run(1, conduct);
    let (seed, wrong) = summary.failed.first().unwrap();
    let again = play(*seed, World::WithinLimits, conduct, false).unwrap();
    assert_eq!(again.wrong, *wrong);
}

type Reading = fn(&Said<'_>) -> Claim;
type Again = fn(&Said<'_>) -> bool;
type AtTill = fn(&TillReport) -> Found;
type Finder = fn(&Conclusion, &[Asked]) -> Found;

/// What many clients do: the error that hyper calls `IncompleteMessage` means that the request was
/// not taken.
fn closed_is_not_sent(said: &Said<'_>) -> Claim {
    read_as(OutcomeKind::NotSent, said, "closed")
}

fn deadline_is_declined(said: &Said<'_>) -> Claim {
    read_as(OutcomeKind::Declined, said, "deadline")
}

fn status_is_declined(said: &Said<'_>) -> Claim {
    read_as(OutcomeKind::Declined, said, "status")
}

fn malformed_is_approved(said: &Said<'_>) -> Claim {
    read_as(OutcomeKind::Approved, said, "malformed_reply")
}

fn code_is_declined(said: &Said<'_>) -> Claim {
    read_as(OutcomeKind::Declined, said, "code")
}

fn never_not_sent(said: &Said<'_>) -> Claim {
    let mut claim = Claim::of(said);
    if claim.kind == OutcomeKind::NotSent {
        claim.kind = OutcomeKind::Unknown;
    }
    claim
}

/// `00` is `00`, whatever else the reply says.
fn success_is_approved(said: &Said<'_>) -> Claim {
    let mut claim = Claim::of(said);
    if said.err_code == Some("00") && said.reason == Some("code") {
        claim.kind = OutcomeKind::Approved;
    }
    claim
}

fn security_failure_is_declined(said: &Said<'_>) -> Claim {
    let mut claim = Claim::of(said);
    if said.reason == Some("code") && matches!(said.err_code, Some("64" | "A7")) {
        claim.kind = OutcomeKind::Declined;
    }
    claim
}

fn read_as(kind: OutcomeKind, said: &Said<'_>, reason: &str) -> Claim {
    let mut claim = Claim::of(said);
    if said.kind == OutcomeKind::Unknown && said.reason == Some(reason) {
        claim.kind = kind;
    }
    claim
}

#[test]
fn every_broken_reading_of_outcomes_is_caught() {
    let broken: [(&str, Reading, &str); 8] = [
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
        ("00 as approved", success_is_approved, "approved, but"),
        (
            "64 and A7 as declined",
            security_failure_is_declined,
            "declined, but",
        ),
    ];
    for (name, read, found) in broken {
        is_caught(name, Conduct::HONEST.reading(read), found);
    }
}

fn is_caught(name: &str, conduct: Conduct, found: &str) {
    is_caught_among(Campaign::new(100, 0), name, conduct, found);
}

/// Plays until a violation of this kind is found, which must be soon.
fn is_caught_among(campaign: Campaign, name: &str, conduct: Conduct, found: &str) {
    let mut other = BTreeSet::new();
    let most = if campaign.only_holds { 40 } else { 5 };
    let seeds = (1..HISTORIES * most).step_by(campaign.histories as usize);
    let caught = seeds.into_iter().any(|seed| {
        let mut campaign = campaign.conduct(conduct);
        campaign.seed = seed;
        let failed = campaign.run(|_| {}).unwrap().failed;
        let mut wrong = failed.into_iter().flat_map(|(_, wrong)| wrong);
        wrong.any(|wrong| {
            let caught = wrong.contains(found);
            other.insert(wrong);
            caught
        })
    });
    assert!(caught, "{name} was not caught: {other:?}");
}

/// Time is up: then it cannot have happened.
fn time_up_is_not_executed(conclusion: &Conclusion, _: &[Asked]) -> Found {
    match conclusion {
        Conclusion::Unknown(StillOpen::TimeUp) => Found::NotExecuted(Basis::Absent),
        other => Found::of(other),
    }
}

/// The first answer that knows nothing of it is believed.
fn absence_is_believed_at_once(conclusion: &Conclusion, asked: &[Asked]) -> Found {
    match asked.iter().any(|asked| asked.finding == Finding::Absent) {
        true if conclusion.is_unknown() => Found::NotExecuted(Basis::Absent),
        _ => Found::of(conclusion),
    }
}

/// An answer about another amount or refund is an answer all the same.
fn another_is_executed(conclusion: &Conclusion, _: &[Asked]) -> Found {
    match conclusion {
        Conclusion::Unknown(StillOpen::AboutAnother(_)) => Found::Stands,
        other => Found::of(other),
    }
}

/// What is paid under the order id is this payment.
fn in_use_is_executed(conclusion: &Conclusion, _: &[Asked]) -> Found {
    match conclusion {
        Conclusion::Unknown(StillOpen::OrderIdInUse) => Found::Stands,
        other => Found::of(other),
    }
}

/// Paid is paid, whatever became of it.
fn undone_is_paid(conclusion: &Conclusion, _: &[Asked]) -> Found {
    match Found::of(conclusion) {
        Found::Undone => Found::Stands,
        found => found,
    }
}

/// The day is over: nothing happened on it.
fn day_over_is_not_executed(conclusion: &Conclusion, _: &[Asked]) -> Found {
    match conclusion {
        Conclusion::Unknown(StillOpen::DayOver) => Found::NotExecuted(Basis::Absent),
        other => Found::of(other),
    }
}

#[test]
fn every_broken_reading_of_conclusions_is_caught() {
    let broken: [(&str, Finder, &str); 6] = [
        (
            "time up as not carried out",
            time_up_is_not_executed,
            "found not carried out, but",
        ),
        (
            "absence at once",
            absence_is_believed_at_once,
            "found not carried out, but",
        ),
        (
            "about another as carried out",
            another_is_executed,
            "found in force, but",
        ),
        (
            "id in use as paid",
            in_use_is_executed,
            "found in force, but",
        ),
        ("undone as paid", undone_is_paid, "found in force, but"),
        (
            "day over as not carried out",
            day_over_is_not_executed,
            "not carried out was believed too soon",
        ),
    ];
    for (name, find, found) in broken {
        is_caught(name, Conduct::HONEST.finding(find), found);
    }
}

/// Each of them is what the documents of holds (担保) invite to, and refute elsewhere.
#[test]
fn every_broken_reading_of_holds_is_caught() {
    let not_executed = "found not carried out, but";
    let in_force = "found in force, but";
    let broken: [(&str, HoldReading, &str); 6] = [
        (
            "TRADE_CLOSED as failed",
            hold_reading::closed_is_failed,
            not_executed,
        ),
        (
            "completed as completed by this call",
            hold_reading::completed_is_own,
            in_force,
        ),
        (
            "being completed as completed",
            hold_reading::completing_is_own,
            in_force,
        ),
        ("pending as held", hold_reading::pending_is_held, in_force),
        (
            "another's trace number as this hold's",
            hold_reading::in_use_is_own,
            in_force,
        ),
        (
            "voided as never held",
            hold_reading::voided_is_failed,
            not_executed,
        ),
    ];
    for (name, reading, found) in broken {
        let conduct = Conduct::HONEST.reading_holds(reading);
        let among = Campaign::new(600, 0).only_holds();
        is_caught_among(among, name, conduct, found);
    }
}

/// A cashier who takes "to be verified" for "not paid".
fn to_verify_is_not_paid(report: &TillReport) -> Found {
    match report.result {
        TillResult::ToVerify => Found::Declined,
        _ => Found::at_till(report),
    }
}

/// A cashier who hands over what was taken back.
fn taken_back_is_paid(report: &TillReport) -> Found {
    match report.result {
        TillResult::TakenBack => Found::Stands,
        _ => Found::at_till(report),
    }
}

#[test]
fn every_broken_reading_of_the_till_is_caught() {
    let broken: [(&str, AtTill, &str); 2] = [
        (
            "to verify as not paid",
            to_verify_is_not_paid,
            "declined, but",
        ),
        (
            "taken back as paid",
            taken_back_is_paid,
            "found in force, but",
        ),
    ];
    for (name, read, found) in broken {
        is_caught(name, Conduct::HONEST.at_till(read), found);
    }
}

#[test]
fn a_client_that_sends_again_is_caught() {
    let broken: [(&str, Again); 2] = [
        ("after a close", |said| said.reason == Some("closed")),
        ("after a deadline", |said| said.reason == Some("deadline")),
    ];
    for (name, again) in broken {
        let conduct = Conduct::HONEST.repeating(again);
        is_caught(name, conduct, "more than one complete request");
    }
}

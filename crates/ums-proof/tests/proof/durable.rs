//! Histories of durable calls: none with a broken promise, each the same from its seed, and every
//! rule that is taken out is missed.

use std::collections::BTreeMap;

use ums_proof::durable::breakage::Breakage;
use ums_proof::durable::{DurableCampaign, DurableSummary, play};

/// `cargo xtask simulate --durable` plays many more.
const HISTORIES: u64 = 200;

fn run(histories: u64, seed: u64, breakage: Breakage) -> DurableSummary {
    DurableCampaign::new(histories, seed)
        .breakage(breakage)
        .run(|_| {})
        .unwrap()
}

#[test]
fn no_durable_history_breaks_a_promise() {
    let summary = run(HISTORIES, 20_230_718, Breakage::None);
    assert_eq!(summary.failed, []);
    assert_eq!(summary.histories, HISTORIES);
    // They are worth something: whatever the promises are about has happened.
    let at_least = |counts: &BTreeMap<&'static str, u64>, expected: &[(&str, u64)]| {
        for (what, least) in expected {
            let count = counts.get(what).copied().unwrap_or_default();
            assert!(count >= *least, "{what}: {summary:?}");
        }
    };
    at_least(
        &summary.ends,
        &[
            ("approved", 70),
            ("declined", 40),
            ("not_executed", 30),
            ("not_sent", 40),
            ("unknown", 10),
            ("awaiting_statement", 1),
        ],
    );
    at_least(
        &summary.counts,
        &[
            ("deaths", 50),
            ("stalls", 45),
            ("late commits", 5),
            ("claimed", 100),
            ("closed by a person", 4),
            ("closed wrongly by a person", 1),
            ("contradicted", 1),
            ("journals that have forgotten", 2),
            ("reboots", 3),
            ("stated: not carried out", 2),
            ("caller died", 30),
            ("error: journal", 30),
            ("refused: key of another", 8),
            ("refused: order busy", 50),
            ("refused: same identity", 30),
            ("told: approved", 50),
            ("told: declined", 30),
            ("told: not sent", 50),
            ("told: replay", 50),
            ("told: running", 30),
            ("told: unknown", 50),
        ],
    );
    assert!(summary.applied > HISTORIES / 3, "{summary:?}");
}

/// In each something was told that was not so: "not sent" of what another process had sent, a
/// payment that a reversal or a lie of the gateway was taken to show, a refusal that it outweighed.
#[test]
fn no_history_that_broke_a_promise_once_breaks_it_again() {
    for seed in [
        5, 563, 1149, 1603, 2830, 2916, 6033, 8707, 8978, 10825, 28416, 32550, 37194,
    ] {
        assert_eq!(run(1, seed, Breakage::None).failed, [], "seed {seed}");
    }
}

#[test]
fn a_seed_gives_the_same_durable_history_byte_for_byte() {
    let mut lines = 0;
    for seed in 0..15 {
        let trace = || play(seed, Breakage::None, true).unwrap().trace.unwrap();
        let first = trace();
        lines += first.lines().count();
        assert!(first == trace(), "seed {seed}");
    }
    assert!(lines > 15 * 20, "{lines}");
}

/// Each within so many histories, and by a rule of the judge that is about it.
#[test]
fn every_rule_that_is_taken_out_is_missed() {
    for breakage in Breakage::ALL {
        let mut seen = Vec::new();
        let found = (0..100).any(|block| {
            let summary = run(50, 1 + block * 50, breakage);
            seen.extend(summary.failed.iter().flat_map(|(_, wrong)| wrong.clone()));
            let mut wrong = seen.iter();
            wrong.any(|wrong| sign_of(breakage).iter().any(|sign| wrong.contains(sign)))
        });
        assert!(found, "{breakage:?}: {seen:?}");
    }
}

/// What the judge must say, among others.
fn sign_of(breakage: Breakage) -> &'static [&'static str] {
    match breakage {
        Breakage::ReadBeforeInsert
        | Breakage::JoinRunsAgain
        | Breakage::UnknownRunsAgain
        | Breakage::NoEpoch => &["sent again", "money moved twice"],
        Breakage::DoubtIsYes => &["the journal has lost", "sent again", "told not sent"],
        Breakage::NoWait => &[
            "told NotExecuted",
            "sent again",
            "in the end, and was carried",
        ],
        Breakage::ClosedByTime => &["told Declined", "in the end, and was carried out"],
        Breakage::LeaseIsFence => &["after its send window"],
        Breakage::EndsForgotten => &["told as written down"],
        Breakage::UnknownIsDeclined => &["told as written down", "in the end, and was carried out"],
        Breakage::AbandonedIsNotSent => &[
            "told not sent",
            "in the end, and was carried out",
            "begun while",
        ],
        Breakage::NoGuards => &["sent again", "begun while another one was open"],
        Breakage::LinksForgotten | Breakage::ForgottenIsTrusted => {
            &["sent again, and it was carried out"]
        }
        _ => &[],
    }
}

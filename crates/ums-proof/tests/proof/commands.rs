//! The commands end as `cargo xtask simulate` and `cargo xtask faults` pass it on: 0 when nothing
//! was wrong, 1 on a violation, 2 when they could not be run.

use std::process::{Command, Output};

use ums_proof::history::{Campaign, World};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ums-proof"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn histories_with_a_violation_fail_the_command() {
    let few = ["simulate", "--histories", "300", "--seed", "1"];
    assert_eq!(run(&few).status.code(), Some(0));
    let output = run(&[&few[..], &["--misread", "yes"]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = text(&output.stdout);
    assert!(told.contains("declined, but this call did it"), "{told}");
    // Which one, and how to see it again.
    let (_, rest) = told.split_once("seed ").unwrap();
    let seed = rest.lines().find_map(|line| line.strip_suffix(':'));
    assert!(seed.is_none_or(|seed| seed.len() < 20), "{told}");
    assert!(
        told.contains("again: cargo xtask simulate --seed"),
        "{told}"
    );
}

#[test]
fn a_fault_with_a_violation_fails_the_command() {
    let few = ["faults", "--runs", "1", "--only", "fin-after-request"];
    let output = run(&few);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).contains("No violation."), "{output:?}");
    let output = run(&[&few[..], &["--misread", "yes"]].concat());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let page = text(&output.stdout);
    assert!(page.contains("violations:**"), "{page}");
    assert!(page.contains("declined, but this call did it"), "{page}");
    assert!(text(&output.stderr).contains("declined, but this call did it"));
}

/// Beyond the limits the client is wrong, told or traced; the same seed within them is another
/// history, and a true one.
#[test]
fn a_violating_seed_fails_the_command_by_itself() {
    let campaign = Campaign::new(8000, 1).world(World::BeyondLimits);
    let summary = campaign.run(|_| {}).unwrap();
    let (seed, wrong) = summary.failed.first().unwrap();
    let seed = seed.to_string();
    let one = ["simulate", "--seed", &seed, "--histories", "1"];
    let beyond = [&one[..], &["--beyond", "yes"]].concat();
    for more in [&[][..], &["--trace", "yes"]] {
        let output = run(&[&beyond, more].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = text(&output.stdout);
        assert!(told.contains(&format!("seed {seed}")), "{told}");
        assert!(told.contains(wrong.first().unwrap()), "{told}");
    }
    assert_eq!(run(&one).status.code(), Some(0));
}

#[test]
fn what_cannot_be_run_is_neither_good_nor_bad() {
    for arguments in [
        &["simulate", "--histories", "many"][..],
        &["simulate", "--speed", "1"],
        &["simulate", "--seed"],
        &["faults", "--only", "no-such-fault"],
        &[
            "faults",
            "--runs",
            "1",
            "--only",
            "fin-after-request",
            "--write",
            "/no/such/place",
        ],
        &["neither"],
        &[],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {output:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

//! `ums pay --on-unknown`: what the cashier is told, and how it came to that.

use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::gateway::{InTurn, Then, json};
use crate::simulator::{Simulator, with_credentials};
use crate::ums::{Home, Ran, run, run_with};

const TIMED_OUT: &str = r#"{"errCode":"00","queryResCode":"1"}"#;
const PAID: &str = r#"{"errCode":"00","queryResCode":"0"}"#;
const VOIDED: &str = r#"{"errCode":"00","queryResCode":"2"}"#;
const OK: &str = r#"{"errCode":"00"}"#;

fn pay(home: &Home, url: &str, code: &str, flags: &[&str]) -> Ran {
    let mut command = home.operation(["pay", "--merchant-order-id=M1", "--amount=4160"]);
    command.args(["--merchant-remark=r", "--json", "--base-url", url]);
    command.args([&format!("--pay-code={code}"), "--timeout=1"]);
    run(command.args(flags))
}

const QR: &str = "285668667587422761";

/// Step and outcome of each call.
fn steps(object: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    let steps = object["steps"].as_array().unwrap();
    steps
        .iter()
        .map(|step| (text(&step["step"]), text(&step["outcome"])))
        .collect()
}

fn told(steps: &[(String, String)]) -> Vec<(&str, &str)> {
    steps
        .iter()
        .map(|(step, outcome)| (step.as_str(), outcome.as_str()))
        .collect()
}

/// Against answers in turn; gives the paths that were called too.
fn in_turn(turns: Vec<Then>, flags: &[&str]) -> (Ran, Vec<String>) {
    let home = Home::new();
    let gateway = InTurn::start(turns);
    let ran = pay(&home, &gateway.url, QR, flags);
    let path = |line: String| line.split('/').next_back().map(str::to_owned);
    let lines = gateway.requests().into_iter();
    let lines = lines.filter_map(|(line, _)| line.strip_suffix(" HTTP/1.1").map(str::to_owned));
    (ran, lines.filter_map(path).collect())
}

const VOID: [&str; 2] = ["--on-unknown=void", "--within=2"];

#[test]
fn a_payment_that_is_approved_needs_no_more() {
    let (ran, paths) = in_turn(vec![json(OK)], &VOID);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let object = ran.json();
    assert_eq!(object["till"], "paid");
    assert_eq!(object["outcome"], "approved");
    assert_eq!(told(&steps(&object)), [("pay", "approved")]);
    assert_eq!(paths, ["pay"]);
}

#[test]
fn a_payment_that_is_declined_or_was_not_sent_is_not_paid() {
    let (ran, _) = in_turn(vec![json(r#"{"errCode":"57"}"#)], &VOID);
    assert_eq!(
        (ran.code, &ran.json()["till"]),
        (3, &"not_paid".into()),
        "{ran:?}"
    );
    assert_eq!(ran.json()["outcome"], "declined");
    let ran = pay(&Home::new(), "http://127.0.0.1:1", QR, &VOID);
    assert_eq!(
        (ran.code, &ran.json()["till"]),
        (3, &"not_paid".into()),
        "{ran:?}"
    );
    assert_eq!(ran.json()["outcome"], "not_sent");
    assert_eq!(ran.json()["may_repeat"], "same_key");
}

#[test]
fn a_payment_that_is_found_is_paid() {
    let (ran, paths) = in_turn(vec![Then::Close, json(PAID)], &VOID);
    assert_eq!(
        (ran.code, &ran.json()["till"]),
        (0, &"paid".into()),
        "{ran:?}"
    );
    assert_eq!(
        told(&steps(&ran.json())),
        [("pay", "unknown"), ("query", "answered")]
    );
    assert_eq!(paths, ["pay", "query"]);
}

/// Somebody else's void brings no money either.
#[test]
fn a_payment_that_was_voided_meanwhile_brought_nothing() {
    let (ran, _) = in_turn(vec![Then::Close, json(VOIDED)], &VOID);
    assert_eq!(
        (ran.code, &ran.json()["till"]),
        (3, &"taken_back".into()),
        "{ran:?}"
    );
    assert_eq!(ran.json()["stands"], false);
}

#[test]
fn a_payment_that_stays_open_is_taken_back() {
    // One question, then the void, which is approved.
    let turns = vec![Then::Close, json(TIMED_OUT), json(OK)];
    let (ran, paths) = in_turn(turns, &VOID);
    assert_eq!(ran.code, 3, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["till"], "taken_back");
    assert_eq!(
        (&object["outcome"], &object["stands"]),
        (&"approved".into(), &false.into())
    );
    assert_eq!(object["next_step"], "do_not_deliver");
    let steps = steps(&object);
    assert_eq!(
        told(&steps),
        [
            ("pay", "unknown"),
            ("query", "answered"),
            ("take_back", "approved")
        ]
    );
    assert_eq!(object["steps"][2]["operation"], "void_payment");
    assert_eq!(object["steps"][2]["err_code"], "00");
    assert_eq!(object["steps"][2]["attempt_id"].as_str().unwrap().len(), 32);
    assert_eq!(paths, ["pay", "query", "voidpayment"]);
}

/// A reversal only where the branch has agreed to it.
#[test]
fn the_reversal_is_the_profiles_to_allow() {
    for (profile, path) in [("", "voidpayment"), ("reversal = true", "reversepayment")] {
        let home = Home::new();
        home.write_config(&format!(
            "default_profile = \"p\"\n[profiles.p]\n{profile}\n"
        ));
        let gateway = InTurn::start([Then::Close, json(TIMED_OUT), json(OK)]);
        let flags = ["--on-unknown=reverse", "--within=2"];
        let ran = pay(&home, &gateway.url, QR, &flags);
        assert_eq!(
            (ran.code, &ran.json()["till"]),
            (3, &"taken_back".into()),
            "{ran:?}"
        );
        let requests = gateway.requests();
        assert!(requests[2].0.contains(path), "{requests:?}");
        assert_eq!(
            ran.stderr.contains("reversal = true"),
            profile.is_empty(),
            "{ran:?}"
        );
    }
}

/// A void that may be under way can still undo what a query calls paid.
#[test]
fn an_open_taking_back_leaves_it_to_be_verified() {
    let turns = vec![Then::Close, json(TIMED_OUT), Then::Close, json(PAID)];
    let (ran, paths) = in_turn(turns, &VOID);
    assert_eq!(
        (ran.code, &ran.json()["till"]),
        (5, &"to_verify".into()),
        "{ran:?}"
    );
    assert_eq!(paths, ["pay", "query", "voidpayment", "query"]);
    let object = ran.json();
    assert_eq!(object["outcome"], "unknown");
    assert_eq!(object["may_repeat"], "no");
    let next = object["next"].as_str().unwrap();
    assert!(
        next.contains("ums resolve") && next.contains("--operation pay"),
        "{next}"
    );
}

/// Nor does it stand for who asks later, until the void can no longer come.
pub(crate) fn an_open_taking_back_is_waited_for_later_too() {
    let home = Home::new();
    let gateway = InTurn::start([
        Then::Close,
        json(TIMED_OUT),
        Then::Close,
        json(TIMED_OUT),
        json(PAID),
        json(PAID),
        json(PAID),
    ]);
    let ran = pay(
        &home,
        &gateway.url,
        QR,
        &["--on-unknown=void", "--within=1"],
    );
    assert_eq!(ran.code, 5, "{ran:?}");
    let open = ran.json();
    let take_back = &open["steps"][2];
    assert_eq!(
        (&take_back["step"], &take_back["outcome"]),
        (&"take_back".into(), &"unknown".into())
    );
    home.write("open.json", &ran.stdout);
    let once = [
        "--json",
        "--pace=0.3",
        "--within=0.5",
        "--base-url",
        &gateway.url,
    ];
    let ran = run(home.operation(["resolve", "open.json"]).args(once));
    assert_eq!(
        (ran.code, &ran.json()["outcome"]),
        (5, &"unknown".into()),
        "{ran:?}"
    );
    assert_eq!(
        ran.json()["resolution"]["queries"][0]["finding"],
        "executed"
    );
    // So says the command that is named.
    let next = open["next"].as_str().unwrap();
    let (_, command) = next.split_once("Run: ums ").unwrap();
    assert!(command.contains("--take-back-signed-at "), "{command}");
    let mut command = home.operation(command.split(' '));
    let ran = run(command.args(&once[..3]));
    assert_eq!(
        (ran.code, &ran.json()["outcome"]),
        (5, &"unknown".into()),
        "{ran:?}"
    );
    // Long after it, it stands.
    let mut long_after = open.clone();
    long_after["steps"][2]["timestamp"] = "20200101000000".into();
    let text = long_after.to_string();
    let ran = run_with(home.operation(["resolve", "-"]).args(once), text.as_bytes());
    assert_eq!(
        (ran.code, &ran.json()["stands"]),
        (0, &true.into()),
        "{ran:?}"
    );
    gateway.requests();
}

/// The four results in the cashier's words, against the simulator.
pub(crate) fn the_cashier_reads_one_of_four_results() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    for (order, code, result, exit) in [
        ("M1", QR, "已收款", 0),
        ("M2", "990000000000000001", "已收款", 0),
        ("M3", "995700000000000001", "未收款", 3),
        ("M4", "99FF00000000000001", "待核实", 5),
    ] {
        let mut command = home.operation(["pay", "--merchant-order-id", order, "--amount=4160"]);
        command.args([
            "--merchant-remark=r",
            "--lang=zh",
            "--base-url",
            &simulator.url,
        ]);
        command.args([&format!("--pay-code={code}"), "--timeout=1"]);
        let ran = run(command.args(VOID));
        assert_eq!(ran.code, exit, "{ran:?}");
        assert!(ran.stdout.starts_with(&format!("{result}。")), "{ran:?}");
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let home = Home::new();
    for flags in [
        &["--within=60"][..],
        &["--on-unknown=refund"],
        &["--on-unknown=void", "--resolve"],
        &["--on-unknown=void", "--within=0"],
        &["--on-unknown=void", "--within=soon"],
        &["--on-unknown=void", "--late-window=0"],
        &["--on-unknown=void", "--lease=0"],
    ] {
        let ran = pay(&home, "http://127.0.0.1:1", QR, flags);
        assert_eq!(ran.code, 2, "{flags:?} {ran:?}");
        assert_eq!(ran.json()["outcome"], "not_sent");
    }
}

/// Ctrl-C says how far it came, at each step.
#[cfg(unix)]
#[test]
fn a_signal_says_which_step_was_reached() {
    use rustix::process::{Pid, Signal, kill_process};

    for (before, step, operation) in [
        (vec![], 0, "pay"),
        (vec![Then::Close], 1, "query"),
        (vec![Then::Close, json(TIMED_OUT)], 2, "void_payment"),
    ] {
        let home = Home::new();
        let mut turns = before;
        turns.push(Then::Hang);
        let gateway = InTurn::start(turns);
        let mut command = home.operation(["pay", "--merchant-order-id=M1", "--amount=4160"]);
        command.args(["--merchant-remark=r", "--json", "--base-url", &gateway.url]);
        command.args([&format!("--pay-code={QR}"), "--timeout=20"]);
        // Three quarters of it are over before the void.
        command.args([
            "--on-unknown=void",
            if step == 2 {
                "--within=1"
            } else {
                "--within=60"
            },
        ]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        gateway.wait_for(step + 1);
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let code = child.wait().unwrap().code();
        let mut stdout = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        let object: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(
            (code, &object["till"]),
            (Some(5), &"to_verify".into()),
            "{object}"
        );
        assert_eq!(object["outcome"], "unknown");
        let steps = object["steps"].as_array().unwrap();
        assert_eq!(steps.len(), step + 1, "{object}");
        assert_eq!(steps[step]["operation"], operation);
        assert!(steps[step]["outcome"].is_null(), "{object}");
        assert_eq!(object["request"]["operation"], "pay");
        gateway.requests();
    }
}

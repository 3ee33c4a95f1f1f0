//! What a person sees on a terminal: the question before live money, and how an outcome is being
//! found out.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::gateway::{InTurn, Then, json};
use crate::ums::{Home, RESOLVE};

/// A pseudo-terminal: our side, and the program's.
pub(crate) fn terminal() -> (File, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let theirs = File::options().read(true).write(true).open(name).unwrap();
    (File::from(ours), theirs.into())
}

/// Runs the command with stdin and stderr on a terminal, types the answer once the question stands
/// there, and gives what was on the screen.
fn answer(command: &mut Command, question: &str, answer: &str) -> (i32, String, String) {
    let (mut ours, theirs) = terminal();
    command
        .stdin(theirs.try_clone().unwrap())
        .stderr(theirs)
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Else our copy would keep the terminal open after the program's end.
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let mut screen = String::new();
    let mut buffer = [0; 1024];
    while !screen.contains(question) {
        let size = ours.read(&mut buffer).unwrap();
        screen.push_str(&String::from_utf8_lossy(&buffer[..size]));
    }
    ours.write_all(answer.as_bytes()).unwrap();
    let mut stdout = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut stdout)
        .unwrap();
    let code = child.wait().unwrap().code().unwrap();
    // Reading ends with an error once the other side is closed.
    while let Ok(size @ 1..) = ours.read(&mut buffer) {
        screen.push_str(&String::from_utf8_lossy(&buffer[..size]));
    }
    assert!(!screen.contains("MARKER"), "{screen}");
    (code, stdout, screen)
}

/// Live by the rules, and never there: `.invalid` is reserved, so that a yes ends as not sent.
const LIVE: [&str; 2] = ["--base-url", "https://gateway.invalid"];

#[test]
fn a_no_sends_nothing_and_says_so() {
    let home = Home::new();
    let (code, stdout, screen) = answer(home.void(LIVE).arg("--json"), "[y/N]", "n\n");
    assert_eq!(code, 4, "{screen}");
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(object["outcome"], "not_sent");
    assert_eq!(object["evidence"]["reason"], "declined_by_operator");
    insta::assert_snapshot!(screen.replace('\r', ""), @"
    Void UMS order id 20230718110248029165883554, merchant code 103290070111417, terminal code 12340511 → https://gateway.invalid
    This moves live money. Go on? [y/N] n
    error: declined at the terminal; nothing was sent
    ");
}

#[test]
fn enter_alone_is_a_no() {
    let home = Home::new();
    let (code, stdout, _) = answer(&mut home.void(LIVE), "[y/N]", "\n");
    assert_eq!((code, stdout.as_str()), (4, ""));
}

#[test]
fn a_yes_goes_on() {
    let home = Home::new();
    let (code, stdout, screen) = answer(home.void(LIVE).arg("--json"), "[y/N]", "y\n");
    assert_eq!(code, 4, "{screen}");
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_ne!(object["evidence"]["reason"], "declined_by_operator");
    assert_eq!(object["evidence"]["requests_sent"], 0);
}

#[test]
fn yes_on_the_command_line_is_not_asked() {
    let home = Home::new();
    let ran = crate::ums::run(home.void(LIVE).args(["--yes", "--json"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (4, ""));
    assert_ne!(ran.json()["evidence"]["reason"], "not_confirmed");
}

#[test]
fn the_question_is_asked_in_chinese() {
    let home = Home::new();
    let mut command = home.void(LIVE);
    let (code, _, screen) = answer(command.args(["--lang", "zh"]), "[y/N]", "n\n");
    assert_eq!(code, 4);
    assert!(
        screen.contains("当前为生产环境，将产生真实交易"),
        "{screen}"
    );
}

#[test]
fn an_answer_typed_at_nobody_is_not_waited_for() {
    // Without a terminal the question is not asked, even with a yes on stdin.
    let home = Home::new();
    let ran = crate::ums::run_with(&mut home.void(LIVE), b"y\n");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("--yes"), "{ran:?}");
}

pub(crate) fn a_person_who_waits_sees_the_questions() {
    let gateway = InTurn::start([Then::Close, json(r#"{"errCode":"00","queryResCode":"2"}"#)]);
    let home = Home::new();
    let mut command = home.void(["--base-url", &gateway.url, "--json"]);
    // The line stands there after a second, and the query comes after two.
    command.args([format!("--{RESOLVE}"), format!("--{RESOLVE}-pace=2")]);
    let (code, stdout, screen) = answer(&mut command, ": 0 queries", "");
    assert_eq!(code, 0, "{screen}");
    assert_eq!(gateway.requests().len(), 2);
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(object["resolution"]["conclusion"], "approved");
    assert!(screen.ends_with('\r'), "the line is taken away: {screen:?}");
}

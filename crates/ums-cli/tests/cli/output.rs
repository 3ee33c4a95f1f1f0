//! stdout and stderr that are closed or full.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::gateway::{Gateway, json};
use crate::ums::{Home, Ran, run};

#[test]
fn a_reader_that_hangs_up_does_not_change_the_outcome() {
    for flags in [&["--json"][..], &[]] {
        let home = Home::new();
        let gateway = Gateway::start(json(r#"{"errCode":"57"}"#));
        let mut child = home
            .void(["--base-url", &gateway.url])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (3, ""));
        gateway.received().one_complete_request();
    }
}

pub(crate) fn no_command_panics_on_a_closed_pipe() {
    let home = Home::new();
    for arguments in [
        &["--help"][..],
        &["void", "--help"],
        &["completions", "bash"],
        &["man"],
        &["simulator", "--list-faults"],
        &["demo"],
    ] {
        let mut child = home
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_on_stderr_and_the_exit_code_stays() {
    let home = Home::new();
    let gateway = Gateway::start(json(r#"{"errCode":"00"}"#));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ran = run(&mut to(home.void(["--base-url", &gateway.url]), full));
    assert_eq!(ran.code, 0);
    assert!(
        ran.stderr.starts_with("error: stdout cannot be written"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("Approved"), "{ran:?}");
    gateway.received().one_complete_request();
}

/// `output()` keeps a stdout that was set.
fn to(mut command: Command, stdout: File) -> Command {
    command.stdout(stdout).stderr(Stdio::piped());
    command
}

#[test]
fn verbose_talks_on_stderr_and_never_of_body_or_signature() {
    let home = Home::new();
    let gateway = Gateway::start(json(r#"{"errCode":"00","remark":"PRIVATE"}"#));
    let ran = run(home
        .void(["-vvv", "--json", "--base-url", &gateway.url])
        .arg("--merchant-remark=PRIVATE"));
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("ums.call"), "{ran:?}");
    assert!(!ran.stderr.contains("PRIVATE"), "{ran:?}");
    assert!(!ran.stderr.contains("Signature"), "{ran:?}");
    ran.json();
    gateway.received().one_complete_request();
}

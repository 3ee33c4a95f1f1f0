//! Files that a person names: a secret in the place of a name, files that lie open to others, and
//! what is no file at all.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use crate::gateway::{Gateway, json};
use crate::ums::{APP_ID, Home, KEY, ORDER, run, run_once, run_with, text};

/// An address where nobody listens: a run that takes it ends as not sent.
const NOBODY: &str = "http://127.0.0.1:9";
/// Live by the rules, and never there.
const LIVE: &str = "https://gateway.invalid";

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// `Ran` checks that nothing of the key was printed.
#[test]
fn a_key_in_the_place_of_its_file_is_not_printed() {
    let home = Home::new();
    for name in [
        KEY.to_owned(),
        format!("./{KEY}"),
        format!("~/{KEY}"),
        format!("/{KEY}"),
        format!("keys/{KEY}"),
        format!("{KEY}/"),
        format!("{KEY}.key"),
        format!("app.key/{KEY}"),
        format!("{KEY}+/=="),
        format!("{KEY}\n"),
        format!("AppKey={KEY}"),
        format!("\"{KEY}\""),
        format!("{KEY}{}", "0".repeat(300)),
        "MARKER".to_owned(),
    ] {
        for flags in [&[][..], &["--json", "-vvv"], &["--lang=zh", "--json"]] {
            let void = || {
                let mut command = home.void(["--base-url", NOBODY]);
                command.args(flags);
                command
            };
            home.write_config(&format!("[profiles.p]\napp_key_file = {name:?}\n"));
            let body = home.write("body.json", "{}");
            let mut sign = home.command(["sign", "--body", text(&body), "--app-id", APP_ID]);
            let mut simulator = home.command(["simulator", "--app-id", APP_ID]);
            let mut explain = home.command(["explain", "--header=x", "--body", text(&body)]);
            for command in [
                void().args(["--app-key-file", &name]),
                void().env("UMS_APP_KEY_FILE", &name),
                void().env_remove("UMS_APP_KEY_FILE").arg("--profile=p"),
                sign.args(["--app-key-file", &name]).args(flags),
                simulator.env("UMS_APP_KEY_FILE", &name).args(flags),
                explain
                    .args(["--notify-key-file", &name, "--app-id", APP_ID])
                    .env("UMS_APP_KEY", "k")
                    .args(flags),
            ] {
                let ran = match flags {
                    [] => run(command),
                    _ => run_once(command),
                };
                assert_eq!(ran.code, 6, "{ran:?}");
                let all = format!("{}{}", ran.stdout, ran.stderr);
                let is_told = all.contains("AppKey file: ") || all.contains("AppKey 文件: ");
                assert!(is_told || all.contains("通讯密钥"), "{all}");
            }
        }
    }
}

#[test]
fn a_code_in_the_place_of_its_file_is_not_printed() {
    const CODE: &str = "285668667587422761";
    let home = Home::new();
    for name in [
        CODE.to_owned(),
        format!("./{CODE}"),
        format!("/tmp/{CODE}"),
        format!("{CODE}.txt"),
        format!("app.key/{CODE}"),
    ] {
        for flags in [&[][..], &["--json"]] {
            let mut command = home.operation(["pay", "--merchant-order-id=M", "--amount=1"]);
            command.args(["--merchant-remark=r", "--pay-code-file", &name]);
            let ran = run(command.args(["--base-url", NOBODY]).args(flags));
            assert_eq!(ran.code, 2, "{ran:?}");
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!all.contains("2856686"), "{all}");
            assert!(all.contains("--pay-code-file: "), "{all}");
        }
    }
}

/// A file that is there is named, or nobody could tell which.
#[test]
fn a_file_that_is_there_is_named() {
    let home = Home::new();
    home.write("empty.key", "");
    symlink("nowhere", home.path("dangling.key")).unwrap();
    for name in ["empty.key", "dangling.key", "."] {
        let ran = run(&mut home.void(["--base-url", NOBODY, "--app-key-file", name]));
        assert_eq!(ran.code, 6, "{ran:?}");
        let named = format!("error: --app-key-file: the AppKey file {name}: ");
        assert!(ran.stderr.starts_with(&named), "{ran:?}");
    }
}

/// What is done to a home so that others can read or replace something in it.
type Opening = fn(&Home);

/// Each opening of the key, the configuration and the authorities: refused where money is live,
/// warned about elsewhere.
#[test]
fn what_lies_open_to_others_is_refused_where_money_is_live() {
    const ALL: [(&str, Opening, &str); 14] = [
        ("nothing", |_| {}, ""),
        (
            "key read by group",
            |home| set_mode(&key(home), 0o640),
            "AppKey",
        ),
        (
            "key read by all",
            |home| set_mode(&key(home), 0o604),
            "AppKey",
        ),
        (
            "key written by all",
            |home| set_mode(&key(home), 0o602),
            "AppKey",
        ),
        ("key of another", |home| give_away(&key(home)), "AppKey"),
        (
            "directory written by all",
            |home| set_mode(key(home).parent().unwrap(), 0o707),
            "AppKey",
        ),
        (
            "directory written by group",
            |home| set_mode(key(home).parent().unwrap(), 0o770),
            "AppKey",
        ),
        (
            "sticky directory",
            |home| set_mode(key(home).parent().unwrap(), 0o1777),
            "",
        ),
        (
            "configuration written by all",
            |home| set_mode(&config(home), 0o606),
            "configuration",
        ),
        (
            "configuration written by group",
            |home| set_mode(&config(home), 0o660),
            "configuration",
        ),
        (
            "configuration read by all",
            |home| set_mode(&config(home), 0o644),
            "",
        ),
        (
            "configuration of another",
            |home| give_away(&config(home)),
            "configuration",
        ),
        (
            "configuration's directory written by all",
            |home| set_mode(config(home).parent().unwrap(), 0o777),
            "configuration",
        ),
        (
            "directory above it of another",
            |home| give_away(&home.path(".config")),
            "configuration",
        ),
    ];
    for (case, open, what) in ALL {
        if !rustix::process::geteuid().is_root() && case.contains("another") {
            continue;
        }
        for (url, is_live) in [(NOBODY, false), (LIVE, true)] {
            let home = Home::new();
            home.write("keys/app.key", KEY);
            home.write_config(&format!("[profiles.p]\nbase_url = \"{url}\"\n"));
            open(&home);
            let void = || {
                let mut command = home.void(["--profile=p", "--json"]);
                command.env("UMS_APP_KEY_FILE", key(&home));
                command
            };
            let ran = run(&mut void());
            let json = ran.json();
            let reason = json["evidence"]["reason"].as_str().unwrap();
            let expected = match (is_live, what) {
                (false, _) => (4, "connect"),
                (true, "") => (2, "not_confirmed"),
                (true, "AppKey") => (6, "credentials"),
                (true, _) => (6, "configuration"),
            };
            assert_eq!((ran.code, reason), expected, "{case} {url}: {ran:?}");
            let warned = ran.stderr.starts_with("warning: ");
            assert_eq!(
                warned,
                !is_live && !what.is_empty(),
                "{case} {url}: {ran:?}"
            );
            assert!(ran.stderr.contains(what), "{case} {url}: {ran:?}");
            // With an assent it is the same.
            let ran = run(void().arg("--yes"));
            let code = if is_live && !what.is_empty() { 6 } else { 4 };
            assert_eq!(ran.code, code, "{case} {url}: {ran:?}");
        }
    }
}

fn key(home: &Home) -> std::path::PathBuf {
    home.path("keys/app.key")
}

fn config(home: &Home) -> std::path::PathBuf {
    home.path(".config/ums/config.toml")
}

fn give_away(path: &Path) {
    chown(path, Some(65534), None).unwrap();
}

/// Trust is decided by a file too.
#[test]
fn authorities_that_others_can_change_are_not_trusted_with_live_money() {
    let home = Home::new();
    let ca = home.path("ca.pem");
    let made = run(home
        .command([
            "simulator",
            "--tls-ca-out",
            text(&ca),
            "--listen",
            "127.0.0.1:1",
        ])
        .arg("--control=192.0.2.1:1"));
    assert_ne!(
        made.code, 0,
        "it does not start, and the file is written: {made:?}"
    );
    for (mode, is_open) in [(0o600, false), (0o644, false), (0o646, true), (0o664, true)] {
        set_mode(&ca, mode);
        for (url, is_live) in [("https://127.0.0.1:9", false), (LIVE, true)] {
            let ran = run(&mut home.void(["--yes", "--base-url", url, "--ca", text(&ca)]));
            let code = if is_open && is_live { 6 } else { 4 };
            assert_eq!(ran.code, code, "{mode:o} {url}: {ran:?}");
            let is_told = ran.stderr.contains("can change the CA file");
            assert_eq!(is_told, is_open, "{mode:o} {url}: {ran:?}");
        }
    }
}

/// As a Kubernetes secret is mounted.
#[test]
fn a_link_to_a_key_is_followed_and_both_places_are_looked_at() {
    let home = Home::new();
    home.write("mount/data/app.key", KEY);
    symlink("data/app.key", home.path("mount/app.key")).unwrap();
    for (directory, mode, is_open) in [
        ("mount", 0o755, false),
        ("mount", 0o777, true),
        ("mount/data", 0o777, true),
    ] {
        set_mode(&home.path("mount"), 0o755);
        set_mode(&home.path("mount/data"), 0o755);
        set_mode(&home.path(directory), mode);
        let ran = run(&mut home.void(["--base-url", NOBODY, "--app-key-file=mount/app.key"]));
        assert_eq!(ran.code, 4, "{ran:?}");
        let warned = ran.stderr.starts_with("warning: ");
        assert_eq!(warned, is_open, "{directory} {mode:o}: {ran:?}");
    }
}

/// Nothing that is no file holds a run up, or fills its memory.
#[test]
fn what_is_no_file_is_refused_at_once() {
    let home = Home::new();
    let pipe = home.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let long = home.path("long");
    File::create(&long).unwrap().set_len(1 << 33).unwrap();
    for (name, why) in [
        (text(&pipe), "it is a pipe"),
        ("/dev/zero", "it is a pipe, a device"),
        ("/dev/tty", "it is a pipe, a device"),
        (".", "it is a directory"),
        (text(&long), "it is longer than "),
    ] {
        let pay = [
            "pay",
            "--merchant-order-id=M",
            "--amount=1",
            "--merchant-remark=r",
        ];
        let mut pay = home.operation(pay);
        pay.args(["--base-url", NOBODY]);
        for (command, code) in [
            (home.void(["--base-url", NOBODY, "--app-key-file", name]), 6),
            (home.void(["--base-url", NOBODY, "--config", name]), 6),
            (
                home.void(["--base-url", "https://127.0.0.1:9", "--ca", name]),
                6,
            ),
            (
                home.operation([
                    "api",
                    "/x",
                    "--reads",
                    "--base-url",
                    NOBODY,
                    "--input",
                    name,
                ]),
                2,
            ),
            (
                {
                    pay.args(["--pay-code-file", name]);
                    pay
                },
                2,
            ),
        ] {
            let mut command = command;
            let ran = run(&mut command);
            assert_eq!(ran.code, code, "{command:?}: {ran:?}");
            assert!(ran.stderr.contains(why), "{command:?}: {ran:?}");
        }
    }
}

/// A key from a password manager need not touch the disk.
#[test]
fn a_key_from_stdin() {
    let home = Home::new();
    let gateway = Gateway::start(json(r#"{"errCode":"00"}"#));
    let mut command = home.void(["--base-url", &gateway.url, "--app-key-file=-"]);
    let ran = run_with(&mut command, format!("{KEY}\n").as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    gateway.received().one_complete_request();
    let mut command = home.void(["--base-url", NOBODY, "--app-key-file=-"]);
    let ran = run_with(&mut command, b"");
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(
        ran.stderr.contains("standard input: it is empty"),
        "{ran:?}"
    );
}

/// The next line, so that whoever scans need not end the input.
#[test]
fn a_code_from_stdin_is_its_first_line() {
    for input in [
        "285668667587422761\n",
        "285668667587422761",
        " 285668667587422761\r\nmore",
    ] {
        let home = Home::new();
        let gateway = Gateway::start(json(r#"{"errCode":"00"}"#));
        let mut command = home.operation(["pay", "--merchant-order-id=M", "--amount=1"]);
        command.args([
            "--merchant-remark=r",
            "--pay-code-file=-",
            "--base-url",
            &gateway.url,
        ]);
        let ran = run_with(&mut command, input.as_bytes());
        assert_eq!(ran.code, 0, "{ran:?}");
        let received = gateway.received();
        let (_, body) = received.one_complete_request();
        let body = std::str::from_utf8(body).unwrap();
        assert!(body.contains(r#""payCode":"285668667587422761""#), "{body}");
    }
}

/// With stdin still open, as a scanner's terminal leaves it.
#[test]
fn a_code_is_taken_before_the_input_ends() {
    let home = Home::new();
    let mut command = home.operation(["pay", "--merchant-order-id=M", "--amount=1"]);
    command.args([
        "--merchant-remark=r",
        "--pay-code-file=-",
        "--base-url",
        NOBODY,
    ]);
    command.stdin(std::process::Stdio::piped());
    let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"285668667587422761\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4));
    drop(stdin);
}

#[test]
fn nothing_is_written_through_a_link() {
    let home = Home::new();
    let victim = home.write("victim", "precious");
    for name in ["ca.pem", "ums-void.1", "state.json", "state.json.new"] {
        symlink(&victim, home.path(name)).unwrap();
    }
    let mut command = home.command(["simulator", "--tls-ca-out=ca.pem"]);
    let ran = run(&mut command);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("a symbolic link"), "{ran:?}");
    let ran = run(&mut home.command(["man", "--dir", text(&home.path(""))]));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("a symbolic link"), "{ran:?}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert!(
        fs::symlink_metadata(home.path("ums-void.1"))
            .unwrap()
            .is_symlink()
    );
}

#[test]
fn a_profile_key_file_lies_beside_the_configuration() {
    let home = Home::new();
    let gateway = Gateway::start(json(r#"{"errCode":"00"}"#));
    home.write(".config/ums/-", KEY);
    home.write_config(&format!(
        "[profiles.p]\napp_key_file = \"-\"\nbase_url = \"{}\"\n",
        gateway.url
    ));
    let mut command = home.operation(["void", "--profile=p", "--original-order-id", ORDER]);
    let ran = run(command.env_remove("UMS_APP_KEY_FILE"));
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (0, ""),
        "a name, and not stdin"
    );
    gateway.received().one_complete_request();
}

//! What `ums journal …` says of journals and ids that are none: in words, in both languages, by the
//! exit code that is documented.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::gateway::{Gateway, json};
use crate::journal::{VOIDED, home, journal, kept, void};
use crate::ums::{Home, Ran, run, text};

const JOURNAL: &str = ".local/state/ums/journal.sqlite3";

/// Every command, with what it needs.
fn commands(export: &Path) -> Vec<Vec<&str>> {
    vec![
        vec!["list"],
        vec!["list", "--open", "--json"],
        vec!["show", "5f0c9d7e2b4a4e0f"],
        vec![
            "resolve",
            "5f0c9d7e2b4a4e0f",
            "--base-url",
            "http://127.0.0.1:9",
        ],
        vec!["resolve", "--all", "--base-url", "http://127.0.0.1:9"],
        vec![
            "close",
            "5f0c9d7e2b4a4e0f",
            "--as",
            "approved",
            "--reason",
            "r",
            "--evidence",
            "e",
        ],
        vec!["accept", "--reason", "r"],
        vec!["summary", "--by", "terminal"],
        vec!["export"],
        vec!["check"],
        vec!["import", text(export)],
    ]
}

fn of(home: &Home, more: &[&str], place: &str) -> Ran {
    let mut command = home.operation(["journal"]);
    run(kept(&mut command).args(more).env("UMS_JOURNAL", place))
}

/// A journal that was closed, to be made into another kind of file.
fn bytes_of_a_journal(home: &Home) -> Vec<u8> {
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    fs::read(home.path(JOURNAL)).unwrap()
}

#[test]
fn what_is_no_journal_is_refused_in_words_by_every_command() {
    let home = home();
    let whole = bytes_of_a_journal(&home);
    let export = home.write("export.jsonl", &journal(&home, &["export"]).stdout);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    // By the header of the file format: what it belongs to is at 68, its version at 60.
    let foreign = with(68, &[0, 0, 0, 7]);
    let newer = with(60, &[0, 0, 0, 99]);
    let torn = with(4096, &[0xa5; 4096]);
    for (name, bytes, words) in [
        ("foreign", &foreign[..], "is no journal"),
        ("newer", &newer, "has schema 99"),
        ("text", b"a text that is no journal at all, however long it may be, as long as it is longer than a header of one hundred bytes", "is no journal"),
        ("junk", &[0xfe; 5000], "is no journal"),
        ("torn", &torn, "is damaged"),
    ] {
        let file = home.path(name);
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let place = format!("sqlite:{}", text(&file));
        for command in commands(&export) {
            let ran = of(&home, &command, &place);
            assert_eq!(ran.code, 6, "{name} {command:?}: {ran:?}");
            assert!(ran.stderr.contains(words), "{name} {command:?}: {ran:?}");
            let is_json = command.contains(&"--json");
            assert_eq!(ran.stdout.is_empty(), !is_json, "{name} {command:?}");
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name} is left as it is");
    }
    fs::create_dir(home.path("directory")).unwrap();
    fs::write(home.path("locked"), &whole).unwrap();
    fs::set_permissions(home.path("locked"), fs::Permissions::from_mode(0o400)).unwrap();
    fs::write(home.path("open"), &whole).unwrap();
    fs::set_permissions(home.path("open"), fs::Permissions::from_mode(0o644)).unwrap();
    for (name, words) in [
        ("directory", "is no journal"),
        ("locked", "cannot be written"),
        ("open", "its mode must be 0600"),
        ("open/journal.sqlite3", "open"),
    ] {
        let place = format!("sqlite:{}", text(&home.path(name)));
        for command in commands(&export) {
            let ran = of(&home, &command, &place);
            assert_eq!(ran.code, 6, "{name} {command:?}: {ran:?}");
            assert!(ran.stderr.contains(words), "{name} {command:?}: {ran:?}");
        }
    }
    // Only an import makes one.
    let place = format!("sqlite:{}", text(&home.path("missing")));
    for command in commands(&export) {
        if command[0] != "import" {
            let ran = of(&home, &command, &place);
            assert_eq!(ran.code, 6, "{command:?}: {ran:?}");
            assert!(ran.stderr.contains("there is no journal at "), "{ran:?}");
        }
    }
    assert!(!home.path("missing").exists());
}

#[test]
fn an_id_that_is_none_is_refused_in_words() {
    let home = home();
    bytes_of_a_journal(&home);
    let place = format!("sqlite:{}", text(&home.path(JOURNAL)));
    let huge = "9".repeat(100_000);
    for id in [
        huge.as_str(),
        "",
        "a/b",
        "\u{1b}[2J",
        "编号",
        "a b",
        "../../etc/passwd",
        "%s",
    ] {
        for command in [
            &["show", id][..],
            &["resolve", id, "--base-url", "http://127.0.0.1:9"],
            &[
                "close",
                id,
                "--as",
                "declined",
                "--reason",
                "r",
                "--evidence",
                "e",
            ],
        ] {
            let ran = of(&home, command, &place);
            assert_eq!(ran.code, 2, "{:?}: {}", command[0], ran.stderr.len());
            assert!(!ran.stderr.is_empty() && !ran.stderr.contains('\u{1b}'));
            assert!(ran.stderr.len() < 2_000, "{} bytes of it", ran.stderr.len());
        }
    }
    for command in [
        &["list", "--order", huge.as_str()][..],
        &["list", "--order", "\u{1b}[2J"],
    ] {
        let ran = of(&home, command, &place);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", command[0]);
    }
    for command in [
        &["accept", "--reason", ""][..],
        &["accept", "--reason", "\u{1b}[2J"],
        &["accept", "--reason", huge.as_str()],
        &["check", "--head", "\u{1b}[2J"],
        &["check", "--head", "18446744073709551616:00"],
        &["summary", "--by", "terminal", "--day", "2023-13-01"],
    ] {
        let ran = of(&home, command, &place);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    // A head of facts that nobody has yet is not had.
    let head = format!("{}:{}", u64::MAX, "0".repeat(64));
    assert_eq!(of(&home, &["check", "--head", &head], &place).code, 6);
}

#[test]
fn what_is_no_export_is_refused_in_words() {
    let home = home();
    bytes_of_a_journal(&home);
    let place = format!("sqlite:{}", text(&home.path("copy.sqlite3")));
    fs::create_dir(home.path("directory")).unwrap();
    fs::write(home.path("junk"), [0xfe; 5000]).unwrap();
    fs::write(home.path("empty"), "").unwrap();
    fs::copy(home.path(JOURNAL), home.path("journal")).unwrap();
    for name in [
        "missing",
        "directory",
        "junk",
        "empty",
        "journal",
        "/dev/zero",
        "/dev/null",
    ] {
        let ran = of(&home, &["import", text(&home.path(name))], &place);
        assert_eq!(ran.code, 2, "{name}: {ran:?}");
        assert!(!ran.stderr.is_empty(), "{name}");
        assert!(!home.path("copy.sqlite3").exists(), "{name}");
    }
}

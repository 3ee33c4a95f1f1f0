//! A journal that has forgotten what it held: nothing is sent by it until a person accepts it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::gateway::{Gateway, InTurn, Then, json};
use crate::journal::{VOIDED, home, journal, kept, lines, void};
use crate::ums::{Home, ORDER, Ran, run, run_once, text};

const STATE: &str = ".local/state/ums";
const JOURNAL: &str = ".local/state/ums/journal.sqlite3";
/// Nothing listens there, so that a byte would be an error of another kind.
const NOWHERE: &str = "http://127.0.0.1:9";
const OTHER: &str = "20230718110248029165883555";

/// A home with one void that was carried out, and where that was.
fn voided() -> (Home, String) {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    let ran = void(&home, &url, &[]);
    gateway.received().one_complete_request();
    assert_eq!(ran.code, 0, "{ran:?}");
    (home, url)
}

/// A void that is unknown: its reply never came.
fn unknown(home: &Home, order: &str, more: &[&str]) {
    let gateway = InTurn::start([Then::Close]);
    let ran = run_once(void_of(home, &gateway.url, order).args(more));
    assert_eq!(ran.code, 5, "{ran:?}");
    gateway.requests();
}

fn void_of(home: &Home, url: &str, order: &str) -> Command {
    let mut command = home.operation(["void", "--original-order-id", order]);
    kept(&mut command).args(["--base-url", url, "--json"]);
    command
}

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            true => copied(&from, &to),
            false => drop(fs::copy(from, to).unwrap()),
        }
    }
}

fn put_back(from: &Path, to: &Path) {
    fs::remove_dir_all(to).unwrap();
    copied(from, to);
}

/// The same command again is refused, and says what a person has to do.
fn is_refused(home: &Home, order: &str) -> Ran {
    let ran = run(&mut void_of(home, NOWHERE, order));
    assert_eq!(ran.code, 6, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["outcome"], "not_sent", "{ran:?}");
    assert_eq!(object["evidence"]["requests_sent"], 0, "{ran:?}");
    assert_eq!(
        object["evidence"]["reason"], "journal_not_accepted",
        "{ran:?}"
    );
    assert_eq!(object["next_step"], "accept_journal", "{ran:?}");
    assert!(
        ran.stderr.contains("ums journal accept --reason"),
        "{ran:?}"
    );
    ran
}

fn id_of(home: &Home) -> String {
    let check = journal(home, &["check", "--json"]).json();
    check["journal"].as_str().unwrap().to_owned()
}

fn witnesses(home: &Home) -> Vec<PathBuf> {
    let directories = [".local/state/ums/witness", ".config/ums/witness"];
    let files = directories
        .iter()
        .flat_map(|directory| fs::read_dir(home.path(directory)).unwrap())
        .map(|entry| entry.unwrap().path());
    let is_witness = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
    let mut files: Vec<_> = files.filter(is_witness).collect();
    files.sort();
    files
}

#[test]
fn a_journal_that_was_removed_sends_nothing_until_a_person_accepts_that() {
    let (home, _) = voided();
    let id = id_of(&home);
    fs::remove_file(home.path(JOURNAL)).unwrap();
    let ran = is_refused(&home, ORDER);
    assert!(ran.stderr.contains("there is no journal at "), "{ran:?}");
    assert!(
        ran.stderr.contains(&format!("journal {id} with 3 facts")),
        "{ran:?}"
    );
    assert!(!home.path(JOURNAL).exists(), "none is made in its place");

    // One that somebody makes there is another one.
    fs::write(home.path(JOURNAL), "").unwrap();
    fs::set_permissions(home.path(JOURNAL), fs::Permissions::from_mode(0o600)).unwrap();
    is_refused(&home, ORDER);

    let accepted = journal(
        &home,
        &["accept", "--reason", "the disk was lost", "--json"],
    );
    assert_eq!(accepted.code, 0, "{accepted:?}");
    let new = accepted.json()["journal"].as_str().unwrap().to_owned();
    assert_ne!(new, id);
    // It asks first, as the platform may know what the journal has forgotten.
    const QUERY: &str = r#"{"errCode":"00","errInfo":"成功","queryResCode":"2","orderId":"20230718110248029165883554","transactionAmount":"4160"}"#;
    let gateway = InTurn::start([json(QUERY)]);
    let ran = void(&home, &gateway.url, &["--json"]);
    let requests = gateway.requests();
    assert!(requests[0].0.contains("query"), "{requests:?}");
    assert_eq!(ran.code, 0, "{ran:?}");
    // And it is the one that is known now.
    fs::remove_file(home.path(JOURNAL)).unwrap();
    let ran = is_refused(&home, ORDER);
    assert!(ran.stderr.contains(&new), "{ran:?}");
}

#[test]
fn a_journal_that_was_put_back_sends_nothing_and_is_looked_at_with_a_warning() {
    let (home, url) = voided();
    let id = id_of(&home);
    let yesterday = home.path("yesterday");
    copied(&home.path(STATE), &yesterday);
    unknown(&home, OTHER, &[]);
    let facts = journal(&home, &["check", "--json"]).json()["facts"]
        .as_u64()
        .unwrap();

    // The file alone, and then all of the directory with what is remembered there.
    for is_whole in [false, true] {
        if is_whole {
            put_back(&yesterday, &home.path(STATE));
        } else {
            fs::copy(yesterday.join("journal.sqlite3"), home.path(JOURNAL)).unwrap();
        }
        let ran = is_refused(&home, OTHER);
        for part in [
            format!("journal {id} with 3 facts"),
            format!("journal {id} with {facts} facts"),
        ] {
            assert!(ran.stderr.contains(&part), "{part}: {ran:?}");
        }
        let listed = journal(&home, &["list", "--json"]);
        assert_eq!((listed.code, lines(&listed).len()), (0, 1), "{listed:?}");
        assert!(
            listed.stderr.starts_with("warning: the journal "),
            "{listed:?}"
        );
        // What it knows it goes on saying.
        let known = void(&home, &url, &["--json"]);
        assert_eq!((known.code, &known.json()["replayed"]), (0, &true.into()));
    }
}

#[test]
fn a_journal_that_was_copied_does_not_go_on_in_two_places() {
    let (home, url) = voided();
    let copy = format!("sqlite:{}", text(&home.path("copy.sqlite3")));
    fs::copy(home.path(JOURNAL), home.path("copy.sqlite3")).unwrap();
    unknown(&home, OTHER, &["--journal", &copy]);
    is_refused(&home, OTHER);
    // One that was moved there is the same one.
    fs::remove_file(home.path(JOURNAL)).unwrap();
    let known = void(&home, &url, &["--journal", &copy, "--json"]);
    assert_eq!((known.code, &known.json()["replayed"]), (0, &true.into()));
    assert_eq!(known.stderr, "");
}

#[test]
fn a_journal_with_two_names_is_refused() {
    let (home, url) = voided();
    let other = home.path("other.sqlite3");
    fs::hard_link(home.path(JOURNAL), &other).unwrap();
    let other = format!("sqlite:{}", text(&other));
    for more in [&[][..], &["--journal", &other]] {
        let ran = void(&home, &url, more);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert!(ran.stderr.contains("has more than one name"), "{ran:?}");
    }
}

#[test]
fn a_link_to_the_journal_or_to_its_directory_is_the_same_journal() {
    let (home, url) = voided();
    fs::rename(home.path(STATE), home.path("moved")).unwrap();
    symlink(home.path("moved"), home.path(STATE)).unwrap();
    let link = home.path("link.sqlite3");
    symlink(home.path("moved/journal.sqlite3"), &link).unwrap();
    let link = format!("sqlite:{}", text(&link));
    for more in [&[][..], &["--journal", &link]] {
        let known = void(&home, &url, &[more, &["--json"]].concat());
        assert_eq!((known.code, known.stderr.as_str()), (0, ""), "{known:?}");
        assert_eq!(known.json()["replayed"], true);
    }
}

/// The log is in the file once a command has ended, so that a copy of the file is a copy of all.
#[test]
fn a_command_that_ends_leaves_no_log() {
    let (home, _) = voided();
    for suffix in ["-wal", "-shm"] {
        assert!(
            !home.path(&format!("{JOURNAL}{suffix}")).exists(),
            "{suffix}"
        );
    }
    let copy = format!("sqlite:{}", text(&home.path("copy.sqlite3")));
    fs::copy(home.path(JOURNAL), home.path("copy.sqlite3")).unwrap();
    let listed = journal(&home, &["list", "--journal", &copy, "--json"]);
    assert_eq!(lines(&listed).len(), 1);
}

#[test]
fn a_profile_names_the_journal_that_is_meant() {
    let home = home();
    let config = |id: &str| {
        home.write_config(&format!(
            "default_profile = \"shop\"\n[profiles.shop]\njournal_id = \"{id}\"\n"
        ));
    };
    config("0123456789abcdef0123456789abcdef");
    let ran = is_refused(&home, ORDER);
    assert!(ran.stderr.contains("there is no journal at "), "{ran:?}");
    assert!(
        ran.stderr.contains("config.toml, line 3: journal_id"),
        "{ran:?}"
    );
    fs::remove_file(home.path(".config/ums/config.toml")).unwrap();

    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &[]).code, 0);
    gateway.received().one_complete_request();
    let id = id_of(&home);
    config(&id);
    assert_eq!(void(&home, &url, &[]).code, 0, "known already");
    config("0123456789abcdef0123456789abcdef");
    let ran = is_refused(&home, OTHER);
    assert!(ran.stderr.contains(&id), "{ran:?}");
    config("a/b");
    let ran = void(&home, NOWHERE, &[]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains("line 3: journal_id: "), "{ran:?}");
}

#[test]
fn what_is_remembered_must_be_whole_and_nobody_elses_to_write() {
    let (home, url) = voided();
    let files = witnesses(&home);
    assert_eq!(
        files.len(),
        4,
        "which journal and how far, each in two places"
    );
    let refused = |part: &str| {
        let ran = void(&home, &url, &["--json"]);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert_eq!(ran.json()["evidence"]["requests_sent"], 0);
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    };
    for file in &files {
        let whole = fs::read_to_string(file).unwrap();
        assert!(!whole.contains("103290070111417"), "no call is in it");
        fs::write(file, &whole[..20]).unwrap();
        refused(text(file));
        let listed = journal(&home, &["list", "--json"]);
        assert_eq!((listed.code, lines(&listed).len()), (0, 1), "{listed:?}");
        assert!(listed.stderr.starts_with("warning: "), "{listed:?}");
        fs::write(file, whole).unwrap();
    }
    let place = files.iter().find(|file| text(file).contains("/place-"));
    let place = place.unwrap();
    for (path, mode) in [(place.as_path(), 0o666), (place.parent().unwrap(), 0o777)] {
        let before = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        refused("witness of the journal");
        fs::set_permissions(path, before).unwrap();
    }
    assert_eq!(void(&home, &url, &[]).code, 0, "whole again");
    // A damaged one is mended by whoever looks after the journal.
    fs::write(place, "").unwrap();
    assert_eq!(journal(&home, &["accept", "--reason", "damaged"]).code, 0);
    assert_eq!(void(&home, &url, &[]).code, 0);
}

#[test]
fn without_a_place_to_remember_in_nothing_is_sent() {
    let home = home();
    home.write(".local/state/ums/witness", "no directory");
    let ran = void(&home, NOWHERE, &["--json"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(ran.json()["evidence"]["reason"], "journal");
    assert!(ran.stderr.contains("make it writable again"), "{ran:?}");
    // Where no journal is kept nothing is remembered either.
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &["--journal", "none"]).code, 0);
    gateway.received().one_complete_request();
}

#[test]
fn a_state_directory_that_others_may_write_is_refused() {
    let home = home();
    let state = home.path("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o777)).unwrap();
    let mut command = home.void(["--base-url", NOWHERE, "--json"]);
    let ran = run(kept(&mut command).env("XDG_STATE_HOME", &state));
    assert_eq!(ran.code, 6, "{ran:?}");
    assert_eq!(ran.json()["evidence"]["requests_sent"], 0);
}

/// Each has written what it knows, and none has taken back what another one has remembered.
#[test]
fn processes_at_once_remember_the_furthest() {
    let (home, _) = voided();
    let gateway = InTurn::start((0..4).map(|_| Then::Close));
    let children: Vec<_> = (0..4)
        .map(|number| {
            let mut command = void_of(
                &home,
                &gateway.url,
                &format!("2023071811024802916588360{number}"),
            );
            command.stdout(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        child.wait_with_output().unwrap();
    }
    gateway.requests();
    let facts = journal(&home, &["check", "--json"]).json()["facts"].as_u64();
    let files = witnesses(&home);
    let furthest = files.iter().filter(|file| text(file).contains("/journal-"));
    for file in furthest {
        let known: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        assert_eq!(known["facts"].as_u64(), facts);
    }
}

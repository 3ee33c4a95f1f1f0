//! Files and disks that are not what they should be: nothing is sent on them.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use ums_journal::{
    CallId, ClaimCall, Committed, ManualClock, OutcomeKind, Store, StoreCommand, StoreErrorKind,
    StoreReceipt, StoreRefusal,
};
use ums_journal_sqlite::{OpenError, SqliteOptions, SqliteStore};

use crate::calls::{LEASE, begin, begin_of, directory, ended, open, options, owner};
use crate::children::{child, child_behind, said};

fn file(directory: &Path) -> PathBuf {
    directory.join("journal.sqlite3")
}

fn own(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// A journal with so many calls, closed again.
fn filled(directory: &Path, calls: usize) {
    let store = open(directory);
    runtime().block_on(async {
        let (key, owner) = (store.key().await.unwrap(), owner("process-1"));
        let group = (0..calls).map(|number| begin(&key, &format!("1102480{number}"), &owner));
        for begun in store.commit(group.collect()).await.unwrap() {
            let Ok(StoreReceipt::Begun(ticket)) = begun else {
                panic!("{begun:?}");
            };
            let end = ended(&ticket, OutcomeKind::Approved);
            store.commit(vec![end]).await.unwrap()[0].as_ref().unwrap();
        }
    });
}

/// Whoever has a removed file open could write it for ever, and nobody would read it.
#[test]
fn a_file_that_is_removed_or_exchanged_while_it_is_open_is_written_no_more() {
    for exchange in [false, true] {
        let directory = directory();
        let path = file(directory.path());
        filled(directory.path(), 3);
        let yesterday = directory.path().join("yesterday");
        fs::copy(&path, &yesterday).unwrap();
        let store = open(directory.path());
        runtime().block_on(async {
            let (key, owner) = (store.key().await.unwrap(), owner("process-2"));
            store.head().await.unwrap();
            match exchange {
                true => fs::rename(&yesterday, &path).unwrap(),
                false => fs::remove_file(&path).unwrap(),
            }
            let refused = store.commit(vec![begin(&key, "9", &owner)]).await;
            let refused = refused.unwrap_err();
            assert_eq!(refused.kind(), StoreErrorKind::NotDurable);
            assert_eq!(refused.committed(), Committed::No);
            assert!(store.head().await.is_err());
        });
    }
}

#[test]
fn a_file_of_another_kind_is_refused_and_left_as_it_is() {
    let directory = directory();
    let path = file(directory.path());
    let text = "a text that is no database, and longer than the header of one. ".repeat(100);
    fs::write(&path, &text).unwrap();
    own(&path);
    let found = SqliteStore::open(&options(directory.path()));
    assert!(matches!(found, Err(OpenError::Foreign { .. })), "{found:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    fs::remove_file(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE notes (text)").unwrap();
    drop(other);
    own(&path);
    let before = fs::read(&path).unwrap();
    let found = SqliteStore::open(&options(directory.path()));
    assert!(matches!(found, Err(OpenError::Foreign { .. })), "{found:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_newer_schema_is_refused() {
    let directory = directory();
    filled(directory.path(), 1);
    let db = Connection::open(file(directory.path())).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let found = SqliteStore::open(&options(directory.path())).unwrap_err();
    assert!(
        matches!(
            found,
            OpenError::NewerSchema {
                found: 99,
                known: 1,
                ..
            }
        ),
        "{found:?}"
    );
    assert_eq!(found.kind(), StoreErrorKind::NewerSchema);
}

#[test]
fn a_page_that_was_overwritten_is_seen_at_the_start() {
    let directory = directory();
    filled(directory.path(), 200);
    let path = file(directory.path());
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    assert!(pages > 20, "{pages} pages");
    let mut found = Vec::new();
    for page in 1..pages {
        let whole = fs::read(&path).unwrap();
        let mut torn = fs::OpenOptions::new().write(true).open(&path).unwrap();
        torn.seek(SeekFrom::Start(page * 4096)).unwrap();
        torn.write_all(&[0xa5; 4096]).unwrap();
        drop(torn);
        match SqliteStore::open(&options(directory.path())) {
            Err(OpenError::Damaged { .. }) => found.push(page),
            other => panic!("page {page} of {pages}: {other:?}"),
        }
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(found.len() as u64, pages - 1);
    open(directory.path());
}

/// Overwrites each page in turn, and says what becomes of the journal.
fn each_page_overwritten(directory: &Path, mut check: impl FnMut(u64)) {
    let path = file(directory);
    let whole = fs::read(&path).unwrap();
    for page in 0..whole.len() / 4096 {
        let mut torn = whole.clone();
        torn[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(&path, torn).unwrap();
        check(page as u64);
        let _ = fs::remove_file(directory.join("journal.sqlite3-wal"));
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn of_a_large_file_a_damaged_page_is_seen_at_the_start_or_when_it_is_read() {
    let directory = directory();
    filled(directory.path(), 300);
    let options = options(directory.path()).with_whole_check_up_to(0);
    let facts = runtime().block_on(async {
        let store = SqliteStore::open(&options).unwrap();
        store.facts(0, usize::MAX).await.unwrap()
    });
    let (mut at_the_start, mut when_read) = (0, 0);
    each_page_overwritten(directory.path(), |page| {
        let store = match SqliteStore::open(&options) {
            Ok(store) => store,
            Err(OpenError::Damaged { .. } | OpenError::Foreign { .. }) => {
                at_the_start += 1;
                return;
            }
            Err(other) => panic!("page {page}: {other:?}"),
        };
        let read = runtime().block_on(store.facts(0, usize::MAX));
        match read {
            Ok(read) => assert_eq!(read, facts, "page {page}"),
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Damaged),
        }
        drop(store);
        let whole = options.clone().with_whole_check_up_to(u64::MAX);
        let found = SqliteStore::open(&whole);
        assert!(
            matches!(found, Err(OpenError::Damaged { .. })),
            "page {page}"
        );
        when_read += 1;
    });
    // The header, the tables, and their ends are seen; what is in between only when it is read.
    assert!(at_the_start > 15, "{at_the_start} at the start");
    assert!(when_read > 0, "{when_read} when read");
}

#[test]
fn a_large_file_is_read_whole_when_the_machine_has_started_anew_since_it_was_left_open() {
    let (left, found) = (directory(), directory());
    let at = "2023-07-18T15:04:05+08:00".parse().unwrap();
    let clock = Arc::new(ManualClock::new(at));
    let options = |directory: &Path| {
        SqliteOptions::new(file(directory))
            .in_memory_for_tests()
            .with_clock_for_tests(Arc::clone(&clock) as Arc<_>)
            .with_whole_check_up_to(0)
    };
    let write = |store: &SqliteStore, from: usize| {
        runtime().block_on(async {
            let (key, owner) = (store.key().await.unwrap(), owner("process-1"));
            let group =
                (from..from + 300).map(|number| begin(&key, &format!("1102480{number}"), &owner));
            let begun = store.commit(group.collect()).await.unwrap();
            assert!(begun.iter().all(Result::is_ok));
        });
    };
    let store = SqliteStore::open(&options(left.path())).unwrap();
    write(&store, 0);
    drop(store);
    let store = SqliteStore::open(&options(left.path())).unwrap();
    write(&store, 1_000);
    // What a machine leaves that loses its power.
    let copy = || {
        for name in ["journal.sqlite3", "journal.sqlite3-wal"] {
            fs::copy(left.path().join(name), found.path().join(name)).unwrap();
        }
    };
    let mut seen_later = 0;
    let pages = fs::metadata(file(left.path())).unwrap().len() / 4096;
    for page in 1..pages {
        copy();
        let mut torn = fs::OpenOptions::new()
            .write(true)
            .open(file(found.path()))
            .unwrap();
        torn.seek(SeekFrom::Start(page * 4096)).unwrap();
        torn.write_all(&[0xa5; 4096]).unwrap();
        drop(torn);
        if SqliteStore::open(&options(found.path())).is_err() {
            continue;
        }
        copy();
        let mut torn = fs::OpenOptions::new()
            .write(true)
            .open(file(found.path()))
            .unwrap();
        torn.seek(SeekFrom::Start(page * 4096)).unwrap();
        torn.write_all(&[0xa5; 4096]).unwrap();
        drop(torn);
        clock.reboot("boot-2");
        let again = SqliteStore::open(&options(found.path()));
        clock.reboot("boot-1");
        // A page that the log has anew is not read from the file.
        seen_later += usize::from(matches!(again, Err(OpenError::Damaged { .. })));
    }
    assert!(seen_later > 0);
}

#[test]
fn the_files_beside_it_are_nobody_elses_either() {
    let directory = directory();
    let store = open(directory.path());
    let key = runtime().block_on(store.key()).unwrap();
    let begin = begin(&key, "1", &owner("process-1"));
    runtime().block_on(store.commit(vec![begin])).unwrap();
    for file in fs::read_dir(directory.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_refused() {
    let directory = directory();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = child("opens", directory.path(), "it");
    if is_root {
        // Nobody stops root.
        std::os::unix::fs::chown(directory.path(), Some(65_534), None).unwrap();
        command.uid(65_534);
    }
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let output = command.output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said(&output, "refused"), ["read_only"], "{output}");
}

#[test]
fn a_call_that_finds_no_room_is_not_written_and_those_before_stay() {
    let directory = directory();
    drop(open(directory.path()));
    let line = r#"trap '' XFSZ; ulimit -f 2000; exec "$0" "$@""#;
    let mut command = child_behind(line, "writes_until_full", directory.path(), "full");
    let output = command.output().unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    let refused = said(&output, "refused");
    assert_eq!(refused.len(), 1, "{output}");
    assert!(!refused[0].ends_with("yes"), "{refused:?}");
    let begun = said(&output, "begun");
    assert!(begun.len() > 10, "{} begun", begun.len());
    let store = open(directory.path());
    for call in begun {
        let call = CallId::new(call).unwrap();
        let found = runtime().block_on(store.call(&call)).unwrap();
        assert_eq!(found.unwrap().facts.len(), 2);
    }
}

#[test]
fn a_full_disk_is_named() {
    let directory = directory();
    let line = r#"mount -t tmpfs -o size=1m,mode=700 none "$UMS_TEST_DIRECTORY" && exec "$0" "$@""#;
    let child = child_behind(line, "writes_until_full", directory.path(), "full");
    let mut command = std::process::Command::new("unshare");
    command.args(["--mount", "--map-root-user", "--user"]);
    command.arg(child.get_program()).args(child.get_args());
    for (name, value) in child.get_envs() {
        command.env(name, value.unwrap());
    }
    let Ok(output) = command.output() else {
        // This machine has no `unshare`; the limit above is as good as it gets.
        return;
    };
    let output = String::from_utf8(output.stdout).unwrap();
    let refused = said(&output, "refused");
    if refused.is_empty() && !output.contains("running") {
        // It may not mount anything.
        return;
    }
    assert_eq!(refused.len(), 1, "{output}");
    assert!(refused[0].starts_with("full "), "{refused:?}");
    assert_eq!(said(&output, "next"), ["refused"]);
    assert!(said(&output, "begun").len() > 10);
}

#[test]
fn a_lease_of_another_machine_is_refused_until_a_person_says_that_it_is_off() {
    let directory = directory();
    let (one, two) = (owner("process-1"), owner("process-2"));
    let store = open(directory.path());
    runtime().block_on(async {
        let key = store.key().await.unwrap();
        store.commit(vec![begin(&key, "1", &one)]).await.unwrap()[0]
            .as_ref()
            .unwrap();
    });
    drop(store);
    let elsewhere = SqliteOptions::new(file(directory.path()))
        .with_machine_id("another one")
        .in_memory_for_tests();
    let found = SqliteStore::open(&elsewhere).unwrap_err();
    assert!(
        matches!(found, OpenError::OtherMachine { calls: 1, .. }),
        "{found:?}"
    );
    let store = SqliteStore::open(&elsewhere.with_other_machines_off()).unwrap();
    let claim = ClaimCall::new(CallId::new("c1").unwrap(), two, LEASE);
    let claimed = runtime()
        .block_on(store.commit(vec![StoreCommand::Claim(claim)]))
        .unwrap();
    assert!(
        matches!(claimed[0], Ok(StoreReceipt::Claimed(..))),
        "{claimed:?}"
    );
}

#[test]
fn the_unique_row_decides_where_a_read_has_missed_a_call() {
    let directory = directory();
    let store = open(directory.path());
    let one = owner("process-1");
    runtime().block_on(async {
        let key = store.key().await.unwrap();
        let first = begin_of(&key, "first", "U1", &one);
        store.commit(vec![first]).await.unwrap()[0]
            .as_ref()
            .unwrap();
        let db = Connection::open(file(directory.path())).unwrap();
        db.execute_batch("DELETE FROM order_calls").unwrap();
        let same = begin_of(&key, "second", "U1", &one);
        let other = begin_of(&key, "third", "U2", &one);
        let results = store.commit(vec![same, other]).await.unwrap();
        let call = CallId::new("cfirst").unwrap();
        assert_eq!(results[0], Err(StoreRefusal::SameIdentity { call }));
        // It fails only itself, and nothing of it is there.
        assert!(
            matches!(results[1], Ok(StoreReceipt::Begun(_))),
            "{results:?}"
        );
        let second = CallId::new("csecond").unwrap();
        assert_eq!(store.call(&second).await.unwrap(), None);
        assert_eq!(store.head().await.unwrap().facts, 4);
    });
}

#[test]
fn a_fact_whose_text_was_changed_is_not_believed() {
    let directory = directory();
    filled(directory.path(), 2);
    let store = open(directory.path());
    let facts = runtime().block_on(store.facts(0, 100)).unwrap();
    drop(store);
    let end = facts
        .iter()
        .find(|fact| fact.text().contains("approved"))
        .unwrap();
    let number = i64::try_from(end.number()).unwrap();
    let other = end.text().replace("approved", "declined");
    let db = Connection::open(file(directory.path())).unwrap();
    let kept = "SELECT text FROM facts WHERE number = ?1";
    let kept: Vec<u8> = db.query_row(kept, [number], |row| row.get(0)).unwrap();
    let change = "UPDATE facts SET text = ?2 WHERE number = ?1";
    let damaged = || {
        let store = open(directory.path());
        runtime().block_on(async {
            let read = |call: &str| CallId::new(call).unwrap();
            let found = store.call(&read("c11024800")).await.unwrap_err();
            assert_eq!(found.kind(), StoreErrorKind::Damaged);
            assert!(store.call(&read("c11024801")).await.unwrap().is_some());
        });
    };
    db.execute(change, (number, &other)).unwrap();
    damaged();
    for byte in 0..kept.len() {
        let mut changed = kept.clone();
        changed[byte] ^= 1;
        db.execute(change, (number, &changed)).unwrap();
        damaged();
    }
    db.execute(change, (number, &kept)).unwrap();
    let store = open(directory.path());
    assert_eq!(runtime().block_on(store.facts(0, 100)).unwrap(), facts);
}

#[test]
fn after_a_file_was_damaged_under_it_nothing_more_is_written() {
    let directory = directory();
    filled(directory.path(), 200);
    let store = open(directory.path());
    runtime().block_on(async {
        let (key, owner) = (store.key().await.unwrap(), owner("process-1"));
        let path = file(directory.path());
        let length = fs::metadata(&path).unwrap().len();
        let mut torn = fs::OpenOptions::new().write(true).open(&path).unwrap();
        torn.seek(SeekFrom::Start(4096)).unwrap();
        let rest = usize::try_from(length - 4096).unwrap();
        torn.write_all(&vec![0xa5; rest]).unwrap();
        // Another process writes, so that no page is taken from memory.
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        let mut refused = Vec::new();
        for number in 0..10 {
            let begin = begin(&key, &format!("later{number}"), &owner);
            if let Err(error) = store.commit(vec![begin]).await {
                refused.push((error.kind(), error.committed()));
            }
        }
        assert!(
            refused.contains(&(StoreErrorKind::Damaged, Committed::No)),
            "{refused:?}"
        );
        assert_eq!(
            refused.last(),
            Some(&(StoreErrorKind::Damaged, Committed::No))
        );
    });
}

//! Processes of their own: this test binary, started again for one of the tests below, which do
//! nothing unless they are told where to work.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use ums_journal::{OutcomeKind, Store, StoreReceipt, StoreRefusal};
use ums_journal_sqlite::SqliteStore;

use crate::calls::{begin, begin_of, ended, options, owner};

const DIRECTORY: &str = "UMS_TEST_DIRECTORY";
const NAME: &str = "UMS_TEST_NAME";

/// What starts this binary again for one of the tests below.
pub(crate) fn child(test: &str, directory: &Path, name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    told(&mut command, test, directory, name);
    command
}

/// The same behind a shell's line, which ends in `exec "$0" "$@"`.
pub(crate) fn child_behind(line: &str, test: &str, directory: &Path, name: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command.arg(std::env::current_exe().unwrap());
    told(&mut command, test, directory, name);
    command
}

fn told(command: &mut Command, test: &str, directory: &Path, name: &str) {
    let test = format!("children::{test}");
    command
        .args(["--exact", &test, "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(NAME, name)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
}

/// The words that a child said, each whole.
pub(crate) fn said<'a>(output: &'a str, what: &str) -> Vec<&'a str> {
    let whole = output
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix(" .\n"));
    let said = whole.filter_map(|line| {
        // The harness writes the beginning of a line before the first word.
        let (_, said) = line.split_once("> ")?;
        said.strip_prefix(what)?.strip_prefix(' ')
    });
    said.collect()
}

fn say(what: &str, name: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("> {what} {name} .\n").as_bytes())
        .unwrap();
    out.flush().unwrap();
}

fn told_by_parent() -> Option<(PathBuf, String)> {
    let directory = std::env::var_os(DIRECTORY)?;
    Some((
        directory.into(),
        std::env::var_os(NAME)?.into_string().ok()?,
    ))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// Writes pairs of calls from many callers until it is killed, and says what was answered.
#[test]
#[ignore = "it is started by other tests"]
fn writes_until_killed() {
    let Some((directory, name)) = told_by_parent() else {
        return;
    };
    let store = Arc::new(SqliteStore::open(&options(&directory)).unwrap());
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime(), async {
        let key = store.key().await.unwrap();
        let callers = (0..16).map(|caller| {
            let (store, key) = (Arc::clone(&store), key.clone());
            let (name, owner) = (name.clone(), owner(&format!("process-{name}")));
            tokio::task::spawn_local(async move {
                for number in 0.. {
                    let pair = format!("{name}-{caller}-{number}");
                    let names = [format!("{pair}-a"), format!("{pair}-b")];
                    let group = names.iter().map(|name| begin(&key, name, &owner)).collect();
                    for (begun, name) in store.commit(group).await.unwrap().into_iter().zip(&names)
                    {
                        let Ok(StoreReceipt::Begun(ticket)) = begun else {
                            panic!("{begun:?}");
                        };
                        say("begun", name);
                        let end = ended(&ticket, OutcomeKind::Approved);
                        store.commit(vec![end]).await.unwrap()[0].as_ref().unwrap();
                        say("ended", name);
                    }
                }
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
    });
}

/// Writes pairs of calls from some callers, and notes down in a file beside the journal what was
/// answered. In the middle the journal is closed and opened again.
#[test]
#[ignore = "it is started by other tests"]
fn writes_and_notes_it_down() {
    let Some((directory, _)) = told_by_parent() else {
        return;
    };
    let note = |what: &str, name: &str| {
        let answers = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(directory.join("answers"));
        let line = format!("{what} {name}\n");
        answers.unwrap().write_all(line.as_bytes()).unwrap();
    };
    for part in 0..3 {
        let store = SqliteStore::open(&options(&directory)).unwrap();
        let tasks = tokio::task::LocalSet::new();
        tasks.block_on(&runtime(), async {
            let key = store.key().await.unwrap();
            let owner = owner("process-1");
            let write = async |caller: usize| {
                for number in 0..60 {
                    let pair = format!("{part}-{caller}-{number}");
                    let names = [format!("{pair}-a"), format!("{pair}-b")];
                    let group = names.iter().map(|name| begin(&key, name, &owner)).collect();
                    for (begun, name) in store.commit(group).await.unwrap().into_iter().zip(&names)
                    {
                        let Ok(StoreReceipt::Begun(ticket)) = begun else {
                            panic!("{begun:?}");
                        };
                        note("begun", name);
                        if number % 8 == 7 {
                            continue;
                        }
                        let end = ended(&ticket, OutcomeKind::Approved);
                        store.commit(vec![end]).await.unwrap()[0].as_ref().unwrap();
                        note("ended", name);
                    }
                }
            };
            tokio::join!(write(0), write(1), write(2), write(3));
        });
    }
}

/// Begins the same hundred voids that another process begins, under keys of its own.
#[test]
#[ignore = "it is started by other tests"]
fn begins_what_another_begins() {
    let Some((directory, name)) = told_by_parent() else {
        return;
    };
    let store = SqliteStore::open(&options(&directory)).unwrap();
    runtime().block_on(async {
        let (key, owner) = (store.key().await.unwrap(), owner(&name));
        for number in 0..100 {
            let command = begin_of(
                &key,
                &format!("{name}-{number}"),
                &format!("U{number}"),
                &owner,
            );
            match store.commit(vec![command]).await.unwrap().remove(0) {
                Ok(StoreReceipt::Begun(_)) => say("won", &number.to_string()),
                Err(StoreRefusal::SameIdentity { .. }) => say("lost", &number.to_string()),
                other => panic!("{other:?}"),
            }
        }
    });
}

/// Writes until the disk is full, and looks whether all that was answered is there.
#[test]
#[ignore = "it is started by other tests"]
fn writes_until_full() {
    let Some((directory, name)) = told_by_parent() else {
        return;
    };
    let store = SqliteStore::open(&options(&directory)).unwrap();
    runtime().block_on(async {
        let (key, owner) = (store.key().await.unwrap(), owner(&name));
        let mut answered = Vec::new();
        for number in 0..100_000 {
            let name = format!("{name}-{number}");
            match store.commit(vec![begin(&key, &name, &owner)]).await {
                Ok(mut results) => match results.remove(0) {
                    Ok(StoreReceipt::Begun(ticket)) => answered.push(ticket.call),
                    other => panic!("{other:?}"),
                },
                Err(error) => {
                    say(
                        "refused",
                        &format!("{} {}", error.kind(), error.committed()),
                    );
                    break;
                }
            }
        }
        for call in &answered {
            assert!(store.call(call).await.unwrap().is_some());
        }
        // The next one is told the same, and the store goes on to answer what it has.
        let next = store.commit(vec![begin(&key, "next", &owner)]).await;
        say("next", if next.is_err() { "refused" } else { "written" });
        for call in answered {
            say("begun", call.as_str());
        }
    });
}

/// Opens the journal, and says why it cannot.
#[test]
#[ignore = "it is started by other tests"]
fn opens() {
    let Some((directory, _)) = told_by_parent() else {
        return;
    };
    match SqliteStore::open(&options(&directory)) {
        Ok(_) => say("opened", "it"),
        Err(error) => say("refused", error.kind().as_str()),
    }
}

//! Processes of their own: this test binary, started again for one of the tests below that are
//! ignored, which do nothing unless they are told where to work.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ums_journal::{OutcomeKind, RecordedOutcome, Store, StoreReceipt, StoreRefusal};
use ums_journal_postgres::PostgresStore;

use crate::calls::{begin, begin_of, ended, owner};
use crate::cluster::{fresh_schema, options_of, runtime, shared};
use crate::servers::check_chain;

const URL: &str = "UMS_TEST_URL";
const SCHEMA: &str = "UMS_TEST_SCHEMA";
const NAME: &str = "UMS_TEST_NAME";

fn child(test: &str, url: &str, schema: &str, name: &str) -> Child {
    let test = format!("processes::{test}");
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &test, "--ignored", "--nocapture"])
        .env(URL, url)
        .env(SCHEMA, schema)
        .env(NAME, name)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn told_by_parent() -> Option<(PostgresStore, String)> {
    let told = |what| std::env::var_os(what)?.into_string().ok();
    let options = options_of(&told(URL)?, &told(SCHEMA)?);
    let store = PostgresStore::open(&options).await.unwrap();
    Some((store, told(NAME)?))
}

fn say(what: &str, name: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("> {what} {name} .\n").as_bytes())
        .unwrap();
    out.flush().unwrap();
}

/// The words that a child said, each whole.
fn said<'a>(output: &'a str, what: &str) -> Vec<&'a str> {
    let whole = output
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix(" .\n"));
    whole
        .filter_map(|line| {
            // The harness writes the beginning of a line before the first word.
            let (_, said) = line.split_once("> ")?;
            said.strip_prefix(what)?.strip_prefix(' ')
        })
        .collect()
}

/// Begins the same hundred voids that another process begins, under keys of its own.
#[test]
#[ignore = "it is started by other tests"]
fn begins_what_another_begins() {
    runtime().block_on(async {
        let Some((store, name)) = told_by_parent().await else {
            return;
        };
        let (key, owner) = (store.key().await.unwrap(), owner(&name));
        for number in 0..100 {
            let order = format!("U{number}");
            let command = begin_of(&key, &format!("{name}-{number}"), &order, &owner);
            match store.commit(vec![command]).await.unwrap().remove(0) {
                Ok(StoreReceipt::Begun(_)) => say("won", &number.to_string()),
                Err(StoreRefusal::SameIdentity { .. }) => say("lost", &number.to_string()),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn of_two_processes_one_begins_each_void() {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    let start = |name| child("begins_what_another_begins", &cluster.url(), &schema, name);
    let outputs = [start("one"), start("two")].map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    });
    let all = |what| outputs.iter().flat_map(move |output| said(output, what));
    let mut won: Vec<_> = all("won").collect();
    won.sort_unstable();
    won.dedup();
    assert_eq!((won.len(), all("lost").count()), (100, 100));
    let facts = runtime().block_on(async { check_chain(&cluster.open(&schema).await).await });
    assert_eq!(facts, 200);
}

/// Writes pairs of calls from many callers until it is killed, and says what was answered.
#[test]
#[ignore = "it is started by other tests"]
fn writes_until_killed() {
    runtime().block_on(async {
        let Some((store, name)) = told_by_parent().await else {
            return;
        };
        let store = Arc::new(store);
        let key = store.key().await.unwrap();
        let callers = (0..16).map(|caller| {
            let (store, key, name) = (Arc::clone(&store), key.clone(), name.clone());
            tokio::spawn(async move {
                let owner = owner(&format!("process-{name}"));
                for number in 0.. {
                    let pair = format!("{name}-{caller}-{number}");
                    let names = [format!("{pair}-a"), format!("{pair}-b")];
                    let group = names.iter().map(|name| begin(&key, name, &owner)).collect();
                    let begun = store.commit(group).await.unwrap();
                    for (begun, name) in begun.into_iter().zip(&names) {
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

#[test]
fn what_was_answered_is_there_after_a_kill_and_nothing_is_half_there() {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    let runtime = runtime();
    let store = runtime.block_on(cluster.open(&schema));
    let (mut begun, mut finished) = (0, 0);
    for run in 0..12u64 {
        let name = format!("run{run}");
        let mut child = child("writes_until_killed", &cluster.url(), &schema, &name);
        let pipe = child.stdout.take().unwrap();
        let (first_word, spoke) = std::sync::mpsc::channel();
        let reader = thread::spawn(move || {
            let mut output = String::new();
            let mut pipe = BufReader::new(pipe);
            while pipe.read_line(&mut output).unwrap() > 0 {
                if output.ends_with(" .\n") {
                    // Whoever waits for the first word hears the others no more.
                    let _ = first_word.send(());
                }
            }
            output
        });
        spoke.recv_timeout(Duration::from_secs(60)).unwrap();
        thread::sleep(Duration::from_millis(run * 37 % 80));
        child.kill().unwrap();
        child.wait().unwrap();
        let output = reader.join().unwrap();
        runtime.block_on(async {
            for name in said(&output, "begun") {
                let call = ums_journal::CallId::new(format!("c{name}")).unwrap();
                let call = store.call(&call).await.unwrap();
                let call = call.unwrap_or_else(|| panic!("{name} was lost"));
                assert!(call.facts.len() >= 2, "{name} is half there");
                // A group is one transaction.
                let (pair, _) = name.rsplit_once('-').unwrap();
                for half in ["a", "b"] {
                    let call = ums_journal::CallId::new(format!("c{pair}-{half}")).unwrap();
                    assert!(store.call(&call).await.unwrap().is_some());
                }
                begun += 1;
            }
            for name in said(&output, "ended") {
                let call = ums_journal::CallId::new(format!("c{name}")).unwrap();
                let view = store.call(&call).await.unwrap().unwrap().view;
                let expected = RecordedOutcome::from(OutcomeKind::Approved);
                assert_eq!(view.outcome, Some(expected), "{name} has lost its end");
                finished += 1;
            }
        });
    }
    runtime.block_on(check_chain(&store));
    assert!(
        begun > 12 && finished > 6,
        "{begun} begun, {finished} ended"
    );
}

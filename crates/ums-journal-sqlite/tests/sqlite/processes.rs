//! Several processes on one file, and processes that are killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use ums_journal::{ChainCheck, OutcomeKind, RecordedOutcome, State, Store};

use crate::calls::{directory, open};
use crate::children::{child, said};

/// Every fact after those that were checked before, held to the chain; and how many there are.
fn check_chain(
    check: &mut ChainCheck,
    store: &dyn Store,
    runtime: &tokio::runtime::Runtime,
) -> u64 {
    let head = runtime.block_on(store.head()).unwrap();
    loop {
        let (last, _) = check.head();
        let facts = runtime.block_on(store.facts(last, 1000)).unwrap();
        if facts.is_empty() {
            break;
        }
        for fact in &facts {
            check.take(fact).unwrap();
        }
    }
    assert_eq!(check.head(), (head.facts, &head.chain));
    assert_eq!(check.without_details(), 0);
    head.facts
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

#[test]
fn of_two_processes_one_begins_each_void() {
    let directory = directory();
    drop(open(directory.path()));
    let start = |name: &str| {
        let child = child("begins_what_another_begins", directory.path(), name).spawn();
        child.unwrap()
    };
    let outputs = [start("one"), start("two")].map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    });
    let mut won: Vec<_> = outputs
        .iter()
        .flat_map(|output| said(output, "won"))
        .collect();
    let lost: Vec<_> = outputs
        .iter()
        .flat_map(|output| said(output, "lost"))
        .collect();
    won.sort_unstable();
    won.dedup();
    assert_eq!((won.len(), lost.len()), (100, 100));
    let facts = check_chain(&mut ChainCheck::new(), &open(directory.path()), &runtime());
    assert_eq!(facts, 200);
}

/// Starts a writer, kills it so long after its first word, and answers what it said. Without a time
/// it is killed before it says anything, while it opens the journal or soon after.
fn write_and_kill(directory: &Path, name: &str, after: Option<Duration>) -> String {
    let mut child = child("writes_until_killed", directory, name)
        .spawn()
        .unwrap();
    let pipe = child.stdout.take().unwrap();
    let (first_word, spoke) = channel();
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
    match after {
        Some(after) => {
            spoke.recv_timeout(Duration::from_secs(60)).unwrap();
            thread::sleep(after);
        }
        None => thread::sleep(Duration::from_millis(10)),
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn what_was_answered_is_there_after_a_kill_and_nothing_is_half_there() {
    let directory = directory();
    drop(open(directory.path()));
    let runtime = runtime();
    let mut check = ChainCheck::new();
    let mut in_the_middle = 0;
    let (mut begun, mut ended) = (0, 0);
    for run in 0..60u64 {
        let after = (run % 6 != 0).then(|| Duration::from_millis(run * 37 % 40));
        let output = write_and_kill(directory.path(), &format!("run{run}"), after);
        let store = open(directory.path());
        check_chain(&mut check, &store, &runtime);
        let call = |name: &str| {
            let call = ums_journal::CallId::new(format!("c{name}")).unwrap();
            runtime.block_on(store.call(&call)).unwrap()
        };
        for name in said(&output, "begun") {
            let call = call(name).unwrap_or_else(|| panic!("{name} was lost"));
            assert!(call.facts.len() >= 2, "{name} is half there");
            begun += 1;
        }
        for name in said(&output, "ended") {
            let view = call(name).unwrap().view;
            let expected = RecordedOutcome::from(OutcomeKind::Approved);
            assert_eq!(view.outcome, Some(expected), "{name} has lost its end");
            ended += 1;
        }
        let filter = ums_journal::Filter::open();
        let order = ums_journal::ListOrder::NewestFirst;
        let open = runtime
            .block_on(store.search(&filter, order, None, 10_000))
            .unwrap();
        let of_run = format!("crun{run}-");
        for open in open
            .calls
            .iter()
            .filter(|open| open.id.as_str().starts_with(&of_run))
        {
            // A group is one transaction, and so is a begin with its sending.
            assert_eq!(open.view.state, State::Sending);
            let (pair, _) = open.id.as_str().rsplit_once('-').unwrap();
            for half in ["a", "b"] {
                let name = format!("{}-{half}", pair.strip_prefix('c').unwrap());
                assert!(call(&name).is_some(), "{name} is missing from its group");
            }
            in_the_middle += 1;
        }
    }
    // The kills were in the middle of something, and after something.
    assert!(begun > 60 && ended > 60, "{begun} begun, {ended} ended");
    assert!(in_the_middle > 0);
}

//! The page: what each peer did, in tables.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::faults::{FAULTS, Fate};
use crate::measure::{Call, Measured, Told};

const HEAD: &str = "\
# Other clients under the same faults

<!-- Written by `cargo xtask peers`; do not edit. -->

One `POST` of a void, each client with its defaults and a limit of two seconds, over plain HTTP/1.1 against `ums-simulator`:
once on a new connection, where the fault strikes each send, and once on a connection that has just served a good exchange,
where the fault strikes there and not on a new connection that the client may turn to. A send is a `POST` of which the
server had every byte. It is counted in the simulator's ledger, not by the client.

To send again is no mistake of these clients by itself: `GET` may be repeated, and Stripe's own API has idempotency keys. UMS
has none, so there a second send is a second operation, unless UMS refuses a nonce that it has seen, which is not published.
(The simulator does refuse it, so that a second send here is answered, but not carried out.)

";

pub(crate) fn page(results: &[Measured]) -> String {
    let mut page = HEAD.to_owned();
    let run: Vec<_> = results
        .iter()
        .filter_map(|result| Some((result, result.calls.as_ref().ok()?)))
        .collect();
    not_run(&mut page, results);
    verdict(&mut page, &run);
    summary(&mut page, &run);
    values(&mut page, &run);
    sends(&mut page, &run);
    page
}

fn not_run(page: &mut String, results: &[Measured]) {
    for result in results {
        if let Err(why) = &result.calls {
            let _ = writeln!(page, "> **NOT RUN: {}** ({why}).\n", result.name);
        }
    }
}

/// The two figures, over all clients but this project's own.
fn verdict(page: &mut String, run: &[(&Measured, &Vec<Call>)]) {
    let others = || run.iter().filter(|(result, _)| !is_own(result));
    let again = others().filter(|(_, calls)| sent_again(calls) > 0).count();
    let covers = others()
        .filter(|(_, calls)| {
            let never = errors(calls, Fate::NeverTaken);
            !never.is_disjoint(&errors(calls, Fate::AlreadyDone))
        })
        .count();
    let _ = writeln!(
        page,
        "Of {} other clients, {again} sent a request again after the server had carried it out, and in {covers} one error value\n\
         covers both a request that was never taken and one that was carried out.\n",
        others().count()
    );
}

fn is_own(result: &Measured) -> bool {
    result.name.starts_with("ums-client")
}

/// Calls with a further send after the server had done it.
fn sent_again(calls: &[Call]) -> usize {
    calls
        .iter()
        .filter(|call| call.struck.fate == Fate::AlreadyDone && call.whole > 1)
        .count()
}

/// The error values of calls with this fate.
fn errors(calls: &[Call], fate: Fate) -> BTreeSet<&str> {
    calls
        .iter()
        .filter(|call| call.struck.fate == fate)
        .filter_map(|call| match &call.told {
            Told::Error(value) => Some(value.as_str()),
            Told::Nothing => Some("(no answer for 30 s)"),
            Told::Reply => None,
        })
        .collect()
}

fn summary(page: &mut String, run: &[(&Measured, &Vec<Call>)]) {
    page.push_str(
        "## Sends per call\n\n\
         | client | calls | most sends of one call | calls begun more than once | sent again after the server had done it |\n\
         |---|---|---|---|---|\n",
    );
    for (result, calls) in run {
        let most = calls.iter().map(|call| call.whole).max().unwrap_or(0);
        let twice = calls.iter().filter(|call| call.begun > 1).count();
        let done = sent_again(calls);
        let _ = writeln!(
            page,
            "| {} | {} | {most} | {twice} | {done} |",
            result.title,
            calls.len()
        );
    }
    page.push('\n');
}

fn values(page: &mut String, run: &[(&Measured, &Vec<Call>)]) {
    page.push_str(
        "## What an error value says\n\n\
         An error value is the finest thing that a program can match on: a class, a code, a set of predicates; not a message.\n\
         \"Never taken\" is a call of which the server never had a whole request; \"already done\" one that it had carried out.\n\
         A value in the middle column cannot be acted upon: it may mean either. `Unknown` of `ums-client` says just that, with\n\
         the bytes that had left; its `NotSent` stands only on the left. HTTP replies are not counted as errors here.\n\n\
         | client | only when never taken | both | only when already done |\n|---|---|---|---|\n",
    );
    for (result, calls) in run {
        let never = errors(calls, Fate::NeverTaken);
        let done = errors(calls, Fate::AlreadyDone);
        let list = |values: Vec<&&str>| -> String {
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            match values.is_empty() {
                true => "–".to_owned(),
                false => values.join(", "),
            }
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            result.title,
            list(never.difference(&done).collect()),
            list(never.intersection(&done).collect()),
            list(done.difference(&never).collect()),
        );
    }
    page.push('\n');
}

fn sends(page: &mut String, run: &[(&Measured, &Vec<Call>)]) {
    page.push_str(
        "## Each fault\n\n\
         Sends on a new connection / on a reused one; `+n` are begun and not whole. Bold where the server carried out a request\n\
         and was sent it again. A dash where the fault cannot strike; (new) where the client left the connection of the good\n\
         exchange and opened another.\n\n| fault |",
    );
    for (result, _) in run {
        let _ = write!(page, " {} |", result.name);
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(run.len()));
    page.push('\n');
    for struck in FAULTS {
        let _ = write!(page, "| {} |", struck.fault);
        for (_, calls) in run {
            let cell = |reused: bool| {
                let call = calls
                    .iter()
                    .find(|call| std::ptr::eq(call.struck, struck) && call.reused == reused);
                call.map_or_else(|| "–".to_owned(), count)
            };
            let _ = write!(page, " {} / {} |", cell(false), cell(true));
        }
        page.push('\n');
    }
}

fn count(call: &Call) -> String {
    let cut = call.begun - call.whole;
    let text = match cut {
        0 => call.whole.to_string(),
        cut => format!("{}+{cut}", call.whole),
    };
    let text = match call.struck.fate == Fate::AlreadyDone && call.whole > 1 {
        true => format!("**{text}**"),
        false => text,
    };
    match call.reused && !call.kept {
        true => format!("{text} (new)"),
        false => text,
    }
}

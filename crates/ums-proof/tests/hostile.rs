//! Replies that no gateway should give: none makes the client panic, believe what is not so, grow,
//! or stay past its deadline.
//!
//! Time is tokio's paused clock, memory is counted by the allocator.

#![allow(clippy::unwrap_used, reason = "tests")]

mod raw;

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peak_alloc::PeakAlloc;
use raw::{APPROVAL, Answer, TIMEOUT, client, reply, shown, void};
use tokio::time::Instant;
use ums_client::OutcomeKind::{self, Approved, Declined, Unknown};
use ums_client::model::{PosOperation, REPLY_CODES, Verdict};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What a call may add to the memory in use, at its peak.
const MOST_GROWTH: usize = 2 * 1024 * 1024;

/// What a call may last beyond its deadline.
const MOST_DELAY: Duration = Duration::from_millis(50);

/// The allocator counts for the whole process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks once, checks memory and time, and says what it was taken for. The answer is made before
/// memory is counted.
fn ask(what: &str, answer: Answer) -> (OutcomeKind, Option<&'static str>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = client(answer);
        let void = void();
        let started = Instant::now();
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        let outcome = client.void_payment(&void).await;
        let growth = ALLOCATOR.peak_usage() - before;
        let elapsed = started.elapsed();
        assert!(growth <= MOST_GROWTH, "{what}: {growth} bytes");
        assert!(elapsed <= TIMEOUT + MOST_DELAY, "{what}: {elapsed:?}");
        assert!(outcome.evidence().requests_sent() <= 1, "{what}");
        (outcome.kind(), outcome.reason())
    })
}

fn ask_body(body: &[u8]) -> OutcomeKind {
    ask(&shown(body), Answer::Hold(reply(200, body))).0
}

/// Name and content of each file of JSONTestSuite, sorted.
fn suite() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/json-test-suite");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.ends_with(".json"))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect();
    files.sort();
    let count = |kind: &str| {
        files
            .iter()
            .filter(|(name, _)| name.starts_with(kind))
            .count()
    };
    assert_eq!((count("y_"), count("n_"), count("i_")), (95, 188, 35));
    assert_eq!(files.len(), 318);
    files
}

#[test]
fn the_json_test_suite_as_bodies_settles_nothing() {
    let _alone = alone();
    for (name, body) in suite() {
        assert_eq!(ask_body(&body), Unknown, "{name}");
    }
}

/// The same beside an approval: where it is JSON the approval stands, where it is not nothing does.
#[test]
fn the_json_test_suite_within_an_approval() {
    let _alone = alone();
    // These have the same key twice.
    const AMBIGUOUS: [&str; 2] = [
        "y_object_duplicated_key.json",
        "y_object_duplicated_key_and_value.json",
    ];
    let mut approved = 0;
    for (name, value) in suite() {
        let body = [b"{\"errCode\":\"00\",\"x\":", value.as_slice(), b"}"].concat();
        let kind = ask_body(&body);
        let expected = match name.as_bytes().first() {
            Some(b'y') if !AMBIGUOUS.contains(&name.as_str()) => Some(Approved),
            Some(b'y' | b'n') => Some(Unknown),
            // Parsers may differ; it is never taken for a refusal.
            _ => None,
        };
        assert_ne!(kind, Declined, "{name}");
        assert!(
            expected.is_none_or(|expected| kind == expected),
            "{name}: {kind:?}"
        );
        approved += usize::from(kind == Approved);
    }
    assert!(approved >= 93, "{approved}");
}

#[test]
fn naughty_strings_as_text_change_no_verdict() {
    let _alone = alone();
    let strings = naughty_strings::BLNS;
    assert!(strings.len() > 500, "{}", strings.len());
    for string in strings {
        let text = serde_json::to_string(string).unwrap();
        for (code, expected) in [("00", Approved), ("25", Declined), ("94", Unknown)] {
            let body = format!(r#"{{"errCode":"{code}","errInfo":{text}}}"#);
            assert_eq!(ask_body(body.as_bytes()), expected, "{body}");
        }
    }
}

#[test]
fn naughty_strings_as_code_or_body_settle_nothing() {
    let _alone = alone();
    let settled = |code: &str| {
        REPLY_CODES
            .iter()
            .find(|row| row.code == code)
            .map(|row| row.verdicts.of(PosOperation::VoidPayment))
    };
    for string in naughty_strings::BLNS {
        let text = serde_json::to_string(string).unwrap();
        let as_code = format!(r#"{{"errCode":{text}}}"#);
        let expected = match settled(string) {
            Some(Verdict::Approved) => Approved,
            Some(Verdict::Declined(_)) => Declined,
            _ => Unknown,
        };
        assert_eq!(ask_body(as_code.as_bytes()), expected, "{as_code}");
        assert_eq!(ask_body(string.as_bytes()), Unknown, "{string}");
        // As the status line's reason it changes nothing, if it is one at all.
        let kind = ask(string, Answer::Hold(with_reason(string))).0;
        assert!([Approved, Unknown].contains(&kind), "{string}: {kind:?}");
    }
}

fn with_reason(reason: &str) -> Vec<u8> {
    let length = APPROVAL.len();
    format!("HTTP/1.1 200 {reason}\r\nContent-Length: {length}\r\n\r\n{APPROVAL}").into_bytes()
}

/// Well-formed, but large, deep or odd.
#[test]
fn extreme_json() {
    let _alone = alone();
    let nested = |depth: usize, open: &str, close: &str| {
        let value = open.repeat(depth) + "1" + &close.repeat(depth);
        format!(r#"{{"errCode":"00","x":{value}}}"#)
    };
    let with = |value: &str| format!(r#"{{"errCode":"00","x":{value}}}"#);
    let twice = |key: &str| format!(r#"{{"errCode":"00",{key}:1,{key}:1}}"#);
    let cases = [
        // Depth: 128 is where serde_json stops.
        (nested(100, "[", "]"), Approved),
        (nested(100, r#"{"a":"#, "}"), Approved),
        (nested(200, "[", "]"), Unknown),
        (nested(200, r#"{"a":"#, "}"), Unknown),
        (nested(10_000, "[", "]"), Unknown),
        (nested(100_000, "[", "]"), Unknown),
        (nested(40_000, r#"{"a":"#, "}"), Unknown),
        // Numbers.
        (with("1e999"), Approved),
        (with("-1e-999999999999"), Approved),
        (with(&"9".repeat(100_000)), Approved),
        (with(&format!("0.{}", "3".repeat(100_000))), Approved),
        (with(&format!("1e{}", "9".repeat(1000))), Approved),
        (with("NaN"), Unknown),
        (with("-Infinity"), Unknown),
        (with("01"), Unknown),
        // The same key twice, at any depth, also when only unescaping shows it.
        (twice(r#""x""#), Unknown),
        (twice(r#""errCode""#), Unknown),
        (r#"{"errCode":"57","errCode":"00"}"#.to_owned(), Unknown),
        (
            r#"{"errCode":"00","err\u0043ode":"57"}"#.to_owned(),
            Unknown,
        ),
        (with(r#"{"a":1,"a":2}"#), Unknown),
        (with(r#"[[{"a":1,"a":1}]]"#), Unknown),
        // Size: the cap is 256 KiB.
        (with(&format!("\"{}\"", "x".repeat(200_000))), Approved),
        (format!("{}{APPROVAL}", " ".repeat(200_000)), Approved),
        (with(&format!("\"{}\"", "x".repeat(300_000))), Unknown),
        (format!("{APPROVAL}{}", " ".repeat(300_000)), Unknown),
        (many_keys(5_000), Approved),
        (with(&format!("\"{}\"", "\\u00e9".repeat(30_000))), Approved),
        // Encodings.
        (format!("\u{feff}{APPROVAL}"), Unknown),
        (with(r#""\ud800""#), Unknown),
        (with("\"\u{0}\""), Unknown),
        (format!("{APPROVAL}\u{0}"), Unknown),
        (format!("{APPROVAL}{APPROVAL}"), Unknown),
        (format!("[{APPROVAL}]"), Unknown),
        (format!(r#"{{"data":{APPROVAL}}}"#), Unknown),
        (serde_json::to_string(APPROVAL).unwrap(), Unknown),
        (format!(")]}}',\n{APPROVAL}"), Unknown),
        (format!("callback({APPROVAL})"), Unknown),
        // The code, nearly.
        (r#"{"errCode":"0O"}"#.to_owned(), Unknown),
        (r#"{"errCode":"００"}"#.to_owned(), Unknown),
        (r#"{"errCode":"00\u0000"}"#.to_owned(), Unknown),
        (r#"{"errCode":"00 "}"#.to_owned(), Unknown),
        (r#"{"errCode":["00"]}"#.to_owned(), Unknown),
        (r#"{"errCode":{"00":"00"}}"#.to_owned(), Unknown),
        (r#"{"errCode":true}"#.to_owned(), Unknown),
        (r#"{"errCode":00}"#.to_owned(), Unknown),
        (r#"{"errCode":0}"#.to_owned(), Unknown),
        (r#"{"errcode":"00"}"#.to_owned(), Unknown),
        (r#"{"ERRCODE":"00"}"#.to_owned(), Unknown),
        (r#"{" errCode":"00"}"#.to_owned(), Unknown),
    ];
    for (body, expected) in cases {
        assert_eq!(
            ask_body(body.as_bytes()),
            expected,
            "{}",
            shown(body.as_bytes())
        );
    }
}

fn many_keys(count: usize) -> String {
    let keys: Vec<_> = (0..count).map(|key| format!("\"k{key}\":{key}")).collect();
    format!(r#"{{"errCode":"00",{}}}"#, keys.join(","))
}

/// An approval behind heads of every kind. What is approved here is a reply that HTTP lets pass;
/// each of the others must not be.
#[test]
fn hostile_heads() {
    let _alone = alone();
    let length = APPROVAL.len();
    let framed = |line: &str, fields: &str| {
        format!("{line}\r\n{fields}Content-Length: {length}\r\n\r\n{APPROVAL}")
    };
    let ok = |fields: &str| framed("HTTP/1.1 200 OK", fields);
    let only = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n{APPROVAL}");
    let chunked =
        |chunks: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let chunk = format!("{length:x}\r\n{APPROVAL}\r\n");
    let mut cases = vec![
        // Status lines.
        (framed("HTTP/1.1 200 OK", ""), Approved),
        (framed("HTTP/1.0 200 OK", ""), Approved),
        (framed("HTTP/1.1 200", ""), Approved),
        (framed("HTTP/1.1 200 ", ""), Approved),
        (framed("HTTP/1.1 0200 OK", ""), Unknown),
        (framed("HTTP/1.1 2000 OK", ""), Unknown),
        (framed("HTTP/1.1 20 OK", ""), Unknown),
        (framed("HTTP/1.1 099 OK", ""), Unknown),
        (framed("HTTP/1.1 000 OK", ""), Unknown),
        (framed("HTTP/1.1 -200 OK", ""), Unknown),
        (framed("HTTP/1.1 200OK", ""), Unknown),
        (framed("HTTP/1.1\t200 OK", ""), Unknown),
        (framed("HTTP/2 200 OK", ""), Unknown),
        (framed("HTTP/2.0 200 OK", ""), Unknown),
        (framed("HTTP/1.2 200 OK", ""), Unknown),
        (framed("HTTP/0.9 200 OK", ""), Unknown),
        (framed("http/1.1 200 OK", ""), Unknown),
        (framed("ICY 200 OK", ""), Unknown),
        (framed("HTTP/1.1 200 \u{0}", ""), Unknown),
        (framed(" HTTP/1.1 200 OK", ""), Unknown),
        (APPROVAL.to_owned(), Unknown),
        (String::new(), Unknown),
        ("\r\n".repeat(2000), Unknown),
        // Field lines.
        (ok("X: y\r\n"), Approved),
        (ok("X:\r\n"), Approved),
        (ok("X y\r\n"), Unknown),
        (ok(": y\r\n"), Unknown),
        (ok("X : y\r\n"), Unknown),
        (ok("X\u{0}: y\r\n"), Unknown),
        (ok("X: \u{0}\r\n"), Unknown),
        (ok("X: a\r\n b\r\n"), Unknown),
        (ok("中: y\r\n"), Unknown),
        (ok("X: 中\r\n"), Approved),
        (ok("X: y\r\n").replace("\r\n", "\n"), Approved),
        (ok("X: y\r"), Unknown),
        (ok(&"X: y\r\n".repeat(90)), Approved),
        (ok(&"X: y\r\n".repeat(200)), Unknown),
        (ok(&"X: y\r\n".repeat(20_000)), Unknown),
        (ok(&format!("X: {}\r\n", "y".repeat(60_000))), Approved),
        (ok(&format!("X: {}\r\n", "y".repeat(70_000))), Unknown),
        (ok(&format!("X: {}\r\n", "y".repeat(10_000_000))), Unknown),
        (ok(&format!("{}: y\r\n", "x".repeat(70_000))), Unknown),
        (
            format!("HTTP/1.1 200 {}\r\n\r\n", "x".repeat(1_000_000)),
            Unknown,
        ),
        // Lengths.
        (only("Content-Length: 0\r\n"), Unknown),
        (
            only(&format!("Content-Length: {}\r\n", length - 1)),
            Unknown,
        ),
        (
            only(&format!("Content-Length: {}\r\n", length + 1)),
            Unknown,
        ),
        (only(&format!("Content-Length: +{length}\r\n")), Unknown),
        (only(&format!("Content-Length: -{length}\r\n")), Unknown),
        (only(&format!("Content-Length: 0x{length:x}\r\n")), Unknown),
        (only(&format!("Content-Length: {length}.0\r\n")), Unknown),
        (
            only(&format!("Content-Length: {length} {length}\r\n")),
            Unknown,
        ),
        (only("Content-Length: 18446744073709551615\r\n"), Unknown),
        (only("Content-Length: 18446744073709551616\r\n"), Unknown),
        (
            only(&format!("Content-Length: {}\r\n", "9".repeat(5000))),
            Unknown,
        ),
        (only("Content-Length: 1000000000\r\n"), Unknown),
        (only("Content-Length:\r\n"), Unknown),
        (ok("Content-Length: 5\r\n"), Unknown),
        (ok(&format!("Content-Length: {length}\r\n")), Unknown),
        (
            only(&format!("Content-Length: {length}, {length}\r\n")),
            Unknown,
        ),
        // Two ways to state the end, of which one leaves the approval whole.
        (ok("Transfer-Encoding: gzip\r\n"), Unknown),
        (ok("Transfer-Encoding: chunked\r\n"), Unknown),
        (
            chunked(&format!("{chunk}0\r\n\r\n")).replacen(
                "\r\n",
                &format!("\r\nContent-Length: {length}\r\n"),
                1,
            ),
            Unknown,
        ),
        (only("Transfer-Encoding: identity\r\n"), Unknown),
        (only("Transfer-Encoding: gzip\r\n"), Unknown),
        (
            chunked(&format!("{chunk}0\r\n\r\n")).replacen("chunked", "chunked, chunked", 1),
            Unknown,
        ),
        (
            chunked(&format!("{chunk}0\r\n\r\n")).replacen("HTTP/1.1", "HTTP/1.0", 1),
            Unknown,
        ),
        // More than the reply.
        (format!("{}{}", ok(""), ok("")), Unknown),
        (format!("{}\r\n", ok("")), Unknown),
        (
            format!("{}{}", ok("Connection: close\r\n"), ok("")),
            Unknown,
        ),
        (
            format!("{}x", chunked(&format!("{chunk}0\r\n\r\n"))),
            Unknown,
        ),
        // Told by the end of the connection.
        (only(""), Approved),
        (only("Connection: close\r\n"), Approved),
        // Chunks.
        (chunked(&format!("{chunk}0\r\n\r\n")), Approved),
        (chunked(&format!("{chunk}0\r\nX: y\r\n\r\n")), Approved),
        (
            chunked(&format!("{length:x};a=b\r\n{APPROVAL}\r\n0\r\n\r\n")),
            Approved,
        ),
        (
            chunked(&format!("0{length:x}\r\n{APPROVAL}\r\n0\r\n\r\n")),
            Approved,
        ),
        (chunked(&chunk), Unknown),
        (chunked(&format!("{chunk}0")), Unknown),
        (chunked(&format!("{chunk}0\r\n")), Unknown),
        (chunked(&format!("0\r\n\r\n{chunk}0\r\n\r\n")), Unknown),
        (chunked(&format!("-{chunk}0\r\n\r\n")), Unknown),
        (chunked(&format!("0x{chunk}0\r\n\r\n")), Unknown),
        (chunked(&format!("+{chunk}0\r\n\r\n")), Unknown),
        (chunked(&format!("{chunk}x\r\n\r\n")), Unknown),
        (chunked(&format!("\r\n{chunk}0\r\n\r\n")), Unknown),
        (
            chunked(&format!("{length:x}\r\n{APPROVAL}0\r\n\r\n")),
            Unknown,
        ),
        (chunked(&format!("ffffffffffffffff\r\n{APPROVAL}")), Unknown),
        (
            chunked(&format!("10000000000000000\r\n{APPROVAL}")),
            Unknown,
        ),
        (
            chunked(&format!("{}\r\n{APPROVAL}", "f".repeat(5000))),
            Unknown,
        ),
        (
            chunked(&format!(
                "{length:x};{}\r\n{APPROVAL}\r\n0\r\n\r\n",
                "a".repeat(100_000)
            )),
            Unknown,
        ),
        (
            chunked(&format!("{chunk}0\r\n{}\r\n", "X: y\r\n".repeat(20_000))),
            Unknown,
        ),
        // Before the reply.
        (format!("HTTP/1.1 100 Continue\r\n\r\n{}", ok("")), Approved),
        (
            format!(
                "{}{}",
                "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(50),
                ok("")
            ),
            Approved,
        ),
        ("HTTP/1.1 100 Continue\r\n\r\n".to_owned(), Unknown),
        (
            format!("HTTP/1.1 101 Switching Protocols\r\n\r\n{}", ok("")),
            Unknown,
        ),
        (
            format!(
                "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello{}",
                ok("")
            ),
            Unknown,
        ),
        (format!("garbage\r\n{}", ok("")), Unknown),
        // Another body than it seems.
        (ok("Content-Encoding: gzip\r\n"), Approved),
        (ok("Content-Type: text/html\r\n"), Approved),
        (ok("Content-Type: image/png\r\n"), Approved),
        (ok("Location: http://192.0.2.1/\r\n"), Approved),
        (ok("Refresh: 0; url=http://192.0.2.1/\r\n"), Approved),
    ];
    // Every status but 200, with an approval in the body.
    for status in (100..=999).filter(|status| *status != 200) {
        cases.push((framed(&format!("HTTP/1.1 {status} x"), ""), Unknown));
    }
    assert!(cases.len() > 980, "{}", cases.len());
    let mut wrong = Vec::new();
    for (bytes, expected) in cases {
        let name = shown(bytes.as_bytes()).into_owned();
        let (kind, reason) = ask(&name, Answer::Then(bytes.into_bytes()));
        if kind != expected {
            wrong.push(format!("{kind:?} {reason:?}, not {expected:?}: {name}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn streams_without_end_are_ended() {
    let _alone = alone();
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
    let long = head("Content-Length: 1000000000\r\n");
    let chunked = head("Transfer-Encoding: chunked\r\n");
    let cases: [(&str, String, String); 16] = [
        (
            "continues",
            String::new(),
            "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
        ),
        (
            "processings",
            String::new(),
            "HTTP/1.1 102 Processing\r\n\r\n".repeat(200),
        ),
        (
            "hints",
            String::new(),
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(200),
        ),
        ("empty lines", String::new(), "\r\n".repeat(1000)),
        ("zero bytes", String::new(), "\0".repeat(1000)),
        ("status line", "HTTP/1.1 200 ".to_owned(), "x".repeat(1000)),
        (
            "fields",
            "HTTP/1.1 200 OK\r\n".to_owned(),
            "X: y\r\n".repeat(100),
        ),
        (
            "one field",
            "HTTP/1.1 200 OK\r\nX: ".to_owned(),
            "y".repeat(1000),
        ),
        (
            "folded field",
            "HTTP/1.1 200 OK\r\nX: y\r\n".to_owned(),
            " y\r\n".repeat(100),
        ),
        ("white space", long.clone(), " ".repeat(10_000)),
        ("arrays", long.clone(), "[".repeat(10_000)),
        (
            "text",
            format!("{long}{{\"errCode\":\"00\",\"x\":\""),
            "x".repeat(10_000),
        ),
        ("chunks", chunked.clone(), "1\r\n \r\n".repeat(1000)),
        ("chunk extension", format!("{chunked}1;"), "x".repeat(1000)),
        (
            "trailers",
            format!("{chunked}0\r\n"),
            "X: y\r\n".repeat(100),
        ),
        (
            "body to the end",
            head(""),
            "{\"errCode\":\"00\"}".repeat(100),
        ),
    ];
    for (name, first, block) in cases {
        let answer = Answer::Endless(first.into_bytes(), block.into_bytes());
        assert_eq!(ask(name, answer).0, Unknown, "{name}");
    }
}

/// A whole approval so slow that the deadline comes first; and one that holds back its last byte,
/// wherever that is.
#[test]
fn drips_and_stalls_are_ended_by_the_deadline() {
    let _alone = alone();
    let whole = reply(200, APPROVAL.as_bytes());
    for apart in [150, 1000, 9_999, 10_000, 60_000] {
        let answer = Answer::Drip(whole.clone(), Duration::from_millis(apart));
        let seen = ask("drip", answer);
        assert_eq!(seen, (Unknown, Some("deadline")), "{apart} ms");
    }
    // Quick enough.
    let answer = Answer::Drip(whole.clone(), Duration::from_millis(50));
    assert_eq!(ask("drip", answer).0, Approved);
    for count in 0..whole.len() {
        let answer = Answer::Hold(whole[..count].to_vec());
        let seen = ask("stall", answer);
        assert_eq!(seen, (Unknown, Some("deadline")), "{count} bytes");
    }
    assert_eq!(ask("whole", Answer::Hold(whole)).0, Approved);
}

//! One key is one request, whatever is run again.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::gateway::{Gateway, InTurn, Then, json};
use crate::journal::{VOIDED, home, journal, kept, lines, void};
use crate::ums::{ORDER, Ran, run};

#[test]
fn the_same_command_again_says_what_is_known_and_sends_nothing() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    let first = void(&home, &url, &["--json"]);
    gateway.received().one_complete_request();
    // Nobody listens there any more.
    let again = void(&home, &url, &["--json"]);
    assert_eq!((first.code, again.code), (0, 0), "{again:?}");
    assert_eq!(again.json()["id"], first.json()["id"]);
    assert_eq!(again.json()["replayed"], true);
    assert_eq!(again.json()["outcome"], "approved");
    assert_eq!(again.json()["reply"], first.json()["reply"]);
    let said = void(&home, &url, &[]).stdout;
    assert!(
        said.starts_with("Known already, nothing was sent now: "),
        "{said}"
    );
    let said = void(&home, &url, &["--lang", "zh"]).stdout;
    assert!(
        said.starts_with("已有记录，本次未发送：撤销已成功。"),
        "{said}"
    );
}

#[test]
fn another_key_on_the_same_order_is_refused_while_it_is_done() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    let first = void(&home, &url, &["--key", "till-7/1", "--json"]);
    gateway.received().one_complete_request();
    assert_eq!(first.json()["key"], "till-7/1");
    // It connects before it asks the journal, and then sends nothing.
    let gateway = TcpListener::bind(url.strip_prefix("http://").unwrap()).unwrap();
    let other = void(&home, &url, &["--key", "till-7/2", "--json"]);
    assert_eq!(other.code, 4, "{other:?}");
    assert_eq!(other.json()["evidence"]["reason"], "call_in_the_way");
    assert_eq!(other.json()["call"], first.json()["id"]);
    assert!(other.stderr.contains("ums journal resolve "), "{other:?}");
    let (mut stream, _) = gateway.accept().unwrap();
    let mut came = Vec::new();
    // Reset or closed, it had nothing to say.
    let _ = stream.read_to_end(&mut came);
    assert_eq!(came, b"");
}

#[test]
fn another_request_with_the_same_key_is_refused() {
    let home = home();
    let gateway = Gateway::start(json(VOIDED));
    let url = gateway.url.clone();
    let first = void(&home, &url, &["--key", "k", "--json"]);
    gateway.received().one_complete_request();
    let mut other = home.operation(["void", "--merchant-order-id", "M2", "--base-url", &url]);
    let other = run(kept(&mut other).args(["--key", "k", "--json"]));
    assert_eq!(other.code, 2, "{other:?}");
    assert_eq!(other.json()["next_step"], "other_key");
    assert_eq!(other.json()["may_repeat"], "new_key");
    assert_eq!(other.json()["call"], first.json()["id"]);
    for key in ["", "with a space", "键"] {
        let refused = void(&home, &url, &["--key", key]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("--key: "), "{refused:?}");
    }
}

/// What was declined is known too: a new call has a key of its own.
#[test]
fn what_was_declined_may_be_done_again_with_another_key() {
    let home = home();
    let declined = r#"{"errCode":"57","errInfo":"不允许"}"#;
    let gateway = InTurn::start([json(declined), json(VOIDED)]);
    let url = gateway.url.clone();
    assert_eq!(void(&home, &url, &["--json"]).code, 3);
    let again = void(&home, &url, &["--json"]);
    assert_eq!((again.code, &again.json()["replayed"]), (3, &true.into()));
    assert_eq!(again.json()["err_code"], "57");
    assert_eq!(again.json()["may_repeat"], "new_key");
    let said = void(&home, &url, &[]).stdout;
    assert!(
        said.contains("With another --key it is a new call."),
        "{said}"
    );
    let anew = void(&home, &url, &["--key", "once-more", "--json"]);
    assert_eq!((anew.code, &anew.json()["replayed"]), (0, &false.into()));
    assert_eq!(gateway.requests().len(), 2);
}

/// Nothing was sent, so that the same key goes on.
#[test]
fn what_was_not_sent_is_sent_by_the_same_command() {
    let home = home();
    let nowhere = void(&home, "http://127.0.0.1:9", &["--json"]);
    assert_eq!(nowhere.code, 4, "{nowhere:?}");
    assert_eq!(nowhere.json()["recorded"], true);
    // At another gateway it would be another call: this one is at the same.
    let again = void(&home, "http://127.0.0.1:9", &["--json"]);
    assert_eq!((again.code, &again.json()["replayed"]), (4, &false.into()));
    assert_eq!(again.json()["id"], nowhere.json()["id"]);
    assert!(lines(&journal(&home, &["list", "--open", "--json"])).is_empty());
}

#[test]
fn an_open_call_on_the_order_lets_another_one_begin_only_despite_it() {
    let home = home();
    let gateway = InTurn::start([Then::Close, json(REFUNDED)]);
    let url = gateway.url.clone();
    let unknown = void(&home, &url, &["--json"]);
    assert_eq!(unknown.code, 5);
    let id = unknown.json()["id"].as_str().unwrap().to_owned();
    let refund = |more: &[&str]| {
        let mut refund = home.operation(["refund", "--original-order-id", ORDER]);
        refund.args([
            "--amount",
            "1",
            "--refund-request-id",
            "R1",
            "--base-url",
            &url,
        ]);
        run(kept(&mut refund).arg("--json").args(more))
    };
    assert_eq!(refund(&[]).code, 4);
    assert_eq!(refund(&["--despite", "another"]).code, 4);
    let begun = refund(&["--despite", &id]);
    assert_eq!(begun.code, 0, "{begun:?}");
    let shown = journal(
        &home,
        &["show", begun.json()["id"].as_str().unwrap(), "--json"],
    )
    .json();
    assert_eq!(shown["history"][0]["despite"][0], id.as_str());
    assert_eq!(shown["history"][0]["by"], "a-cashier");
    assert_eq!(gateway.requests().len(), 2);
}

const REFUNDED: &str = r#"{"errCode":"00","errInfo":"成功","orderId":"20230718110248029165883554","transactionTime":"150405","transactionDateWithYear":"20230718","settlementDateWithYear":"20230719","retrievalRefNum":"01019283041N","transactionAmount":"1","refundInvoiceAmount":"1","refundRequestId":"R1"}"#;

/// A gateway that answers each whole request, and says how many came.
fn counting() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    // It ends with the tests.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, counted) = (stream.unwrap(), Arc::clone(&counted));
            thread::spawn(move || {
                let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
                // The body of a void is the one object.
                while !came.ends_with(b"}") {
                    match stream.read(&mut buffer) {
                        Ok(size) if size > 0 => came.extend_from_slice(&buffer[..size]),
                        _ => return assert_eq!(came, b""),
                    }
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let length = VOIDED.len();
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
                let answer = format!("{head}Content-Length: {length}\r\n\r\n{VOIDED}");
                // Long enough that both are under way.
                thread::sleep(Duration::from_millis(200));
                stream.write_all(answer.as_bytes()).unwrap();
            });
        }
    });
    (url, count)
}

#[test]
fn two_at_once_with_one_key_are_one_request() {
    let home = home();
    let (url, count) = counting();
    let children: Vec<_> = (0..2)
        .map(|_| {
            let mut command = home.void(["--base-url", &url, "--json"]);
            kept(&mut command)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let ran: Vec<Ran> = children
        .into_iter()
        .map(|child| Ran::of(child.wait_with_output().unwrap()))
        .collect();
    for ran in &ran {
        let end = (ran.code, &ran.json()["outcome"]);
        assert_eq!(end, (0, &"approved".into()), "{ran:?}");
    }
    assert_eq!(ran[0].json()["id"], ran[1].json()["id"]);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// At the till too: the payment once, and then what is known of it.
#[test]
fn a_payment_at_the_till_is_made_once() {
    let home = home();
    let paid = r#"{"errCode":"00","errInfo":"成功","queryResCode":"0","merchantOrderId":"M1","transactionAmount":"4160"}"#;
    let gateway = InTurn::start([Then::Close, json(paid)]);
    let pay = |code: &str| {
        let mut pay = home.operation(["pay", "--merchant-order-id", "M1", "--amount", "4160"]);
        pay.args([
            "--merchant-remark",
            "tea",
            "--pay-code",
            code,
            "--base-url",
            &gateway.url,
        ]);
        let till = ["--on-unknown", "void", "--within", "20", "--json"];
        run(kept(&mut pay).args(till))
    };
    let first = pay("280000000000000001");
    assert_eq!(first.code, 0, "{first:?}");
    let object = first.json();
    assert_eq!(
        (&object["till"], &object["outcome"]),
        (&"paid".into(), &"approved".into())
    );
    assert_eq!(
        (&object["state"], &object["replayed"]),
        (&"resolved".into(), &false.into())
    );
    let steps: Vec<_> = object["steps"].as_array().unwrap().iter().collect();
    let steps: Vec<_> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["pay", "query"]);
    let again = pay("280000000000000001");
    assert_eq!(
        (again.code, &again.json()["till"]),
        (0, &"paid".into()),
        "{again:?}"
    );
    assert_eq!(
        (&again.json()["replayed"], &again.json()["steps"]),
        (&true.into(), &Value::Array(Vec::new()))
    );
    let other = pay("280000000000000002");
    assert_eq!(
        (other.code, &other.json()["next_step"]),
        (2, &"other_key".into())
    );
    assert_eq!(gateway.requests().len(), 2);
}

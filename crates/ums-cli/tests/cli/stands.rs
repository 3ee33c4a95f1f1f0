//! Payments that were taken back, and failures that are not the last word: what whoever asks later
//! is told.

use serde_json::Value;

use crate::gateway::{InTurn, Then, json};
use crate::journal::{VOIDED, home, journal, kept, lines};
use crate::ums::{Home, ORDER, Ran, run, run_once, text};

const PAID: &str = r#"{"errCode":"00","errInfo":"成功","orderId":"20230718110248029165883554","merchantOrderId":"M1"}"#;

/// A payment of this much for one order.
fn pay(home: &Home, url: &str, amount: &str, more: &[&str]) -> Ran {
    let mut command = home.operation(["pay", "--merchant-order-id=M1", "--base-url", url]);
    command.args(["--merchant-remark=r", "--pay-code=285668667587422761"]);
    command.args([&format!("--amount={amount}"), "--timeout=5"]);
    run(kept(command.args(more)))
}

fn void_of_the_order(home: &Home, url: &str, by: &[&str]) -> Value {
    let mut command = home.operation(["void", "--base-url", url, "--json"]);
    let ran = run_once(kept(command.args(by)));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

#[test]
fn a_payment_that_was_voided_since_is_told_as_no_money() {
    let home = home();
    let gateway = InTurn::start([json(PAID), json(VOIDED)]);
    let url = gateway.url.clone();
    let paid = pay(&home, &url, "4160", &["--json"]);
    assert_eq!(paid.code, 0, "{paid:?}");
    let again = pay(&home, &url, "4160", &["--json"]);
    assert_eq!((again.code, &again.json()["stands"]), (0, &true.into()));
    let void = void_of_the_order(&home, &url, &["--original-order-id", ORDER]);
    let again = pay(&home, &url, "4160", &["--json"]);
    assert_eq!(again.code, 3, "{again:?}");
    let object = again.json();
    assert_eq!(object["outcome"], "approved");
    assert_eq!(object["stands"], false);
    assert_eq!(object["next_step"], "do_not_deliver");
    assert_eq!(object["replayed"], true);
    let words = pay(&home, &url, "4160", &["--lang=zh"]).stdout;
    assert!(words.contains("已成功，之后又被撤销或退款"), "{words}");
    let shown = journal(&home, &["show", object["id"].as_str().unwrap(), "--json"]);
    assert_eq!(shown.code, 3);
    let shown = shown.json();
    let facts = shown["history"].as_array().unwrap();
    let said: Vec<_> = facts
        .iter()
        .filter(|fact| fact["fact"] == "taken_back")
        .map(|fact| (fact["says"].as_str().unwrap(), &fact["evidence"]))
        .collect();
    assert_eq!(said, [("void_open", &void["id"]), ("voided", &void["id"])]);
    let listed = journal(&home, &["list", "--order", "M1"]).stdout;
    assert!(
        listed.contains("approved, then voided or refunded"),
        "{listed}"
    );
    // In another journal it is the same.
    let exported = journal(&home, &["export"]).stdout;
    let copy = home.write("export.jsonl", &exported);
    let other = format!("sqlite:{}", text(&home.path("other.sqlite3")));
    let imported = journal(&home, &["import", text(&copy), "--journal", &other]);
    assert_eq!(imported.code, 0, "{imported:?}");
    let there = journal(&home, &["list", "--json", "--journal", &other]);
    let there = lines(&there);
    let payment = there.iter().find(|call| call["id"] == object["id"]);
    assert_eq!(payment.unwrap()["stands"], false);
    assert_eq!(gateway.requests().len(), 2, "one payment, one void");
}

#[test]
fn while_a_void_is_unknown_nobody_says_that_the_payment_stands() {
    let home = home();
    let gateway = InTurn::start([json(PAID), Then::Close]);
    let url = gateway.url.clone();
    assert_eq!(pay(&home, &url, "4160", &["--json"]).code, 0);
    let mut void = home.operation(["void", "--base-url", &url, "--json"]);
    let void = run_once(kept(void.args(["--original-order-id", ORDER])));
    assert_eq!(void.code, 5, "{void:?}");
    let void = void.json()["id"].as_str().unwrap().to_owned();
    let again = pay(&home, &url, "4160", &["--json"]);
    assert_eq!(again.code, 5, "{again:?}");
    let object = again.json();
    assert_eq!(
        (&object["outcome"], &object["stands"]),
        (&"approved".into(), &Value::Null)
    );
    // The void is what is to be asked about.
    let next = object["next"].as_str().unwrap();
    assert!(
        next.contains("ums journal resolve ") && next.ends_with(&void),
        "{next}"
    );
    for (lang, words) in [
        ("--lang=en", "nobody knows whether it stands"),
        ("--lang=zh", "无法确定是否仍然有效"),
    ] {
        let told = pay(&home, &url, "4160", &[lang]).stdout;
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(gateway.requests().len(), 2);
}

#[test]
fn a_void_closes_the_open_payment_of_its_order() {
    let home = home();
    let gateway = InTurn::start([Then::Close, json(VOIDED)]);
    let url = gateway.url.clone();
    let open = pay(&home, &url, "4160", &["--json"]);
    assert_eq!(open.code, 5, "{open:?}");
    void_of_the_order(&home, &url, &["--merchant-order-id", "M1"]);
    let open = journal(&home, &["list", "--open"]).stdout;
    assert_eq!(open, "No call is open.\n");
    let again = pay(&home, &url, "4160", &["--json"]);
    assert_eq!((again.code, &again.json()["stands"]), (3, &false.into()));
    assert_eq!(gateway.requests().len(), 2, "nothing was asked");
}

#[test]
fn another_amount_under_the_key_of_an_open_payment_says_that_it_is_open() {
    let home = home();
    let gateway = InTurn::start([Then::Close]);
    let url = gateway.url.clone();
    let open = pay(&home, &url, "4160", &["--json"]);
    assert_eq!(open.code, 5, "{open:?}");
    let id = open.json()["id"].as_str().unwrap().to_owned();
    let refused = pay(&home, &url, "4161", &["--json"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let object = refused.json();
    assert_eq!(object["call"], id.as_str());
    assert_eq!(object["next_step"], "look_at_call");
    assert_eq!(object["may_repeat"], "no");
    for (lang, words) in [
        ("--lang=en", "which is open"),
        ("--lang=zh", "该笔状态未知"),
    ] {
        let told = pay(&home, &url, "4161", &[lang]).stderr;
        assert!(told.contains(words), "{told}");
        assert!(
            told.contains(&format!("ums journal resolve {id}")),
            "{told}"
        );
    }
    assert_eq!(gateway.requests().len(), 1);
}

/// In `at_once`: two answers are three seconds apart. A failure that the platform stated is asked
/// about again when the call is named, and a late "paid" contradicts it.
pub(crate) fn a_stated_failure_is_asked_about_again() {
    let home = home();
    let failed = r#"{"errCode":"00","queryResCode":"5","merchantOrderId":"M1"}"#;
    let made = r#"{"errCode":"00","queryResCode":"0","merchantOrderId":"M1"}"#;
    let turns = [Then::Close, json(failed), json(failed), json(made)];
    let gateway = InTurn::start(turns);
    let url = gateway.url.clone();
    let open = pay(&home, &url, "4160", &["--json"]);
    assert_eq!(open.code, 5, "{open:?}");
    let id = open.json()["id"].as_str().unwrap().to_owned();
    let resolve = |within: &str| {
        let more = [
            "resolve",
            &id,
            "--base-url",
            &url,
            "--json",
            "--within",
            within,
        ];
        let found = journal(&home, &more);
        (found.code, found.json())
    };
    let (code, found) = resolve("30");
    assert_eq!(
        (code, &found["outcome"]),
        (3, &"not_executed".into()),
        "{found}"
    );
    let (code, found) = resolve("1");
    assert_eq!(
        (code, &found["state"]),
        (0, &"contradicted".into()),
        "{found}"
    );
    assert_eq!(found["outcome"], "approved");
    assert_eq!(gateway.requests().len(), 4);
}

//! `--resolve` and `ums resolve`: an unknown outcome is asked about, and the operation is never
//! sent again.

use serde_json::Value;

use crate::gateway::{InTurn, Then, json};
use crate::simulator::{Simulator, with_credentials};
use crate::ums::{Home, ORDER, Ran, run, run_with};

const VOIDED: &str = r#"{"errCode":"00","queryResCode":"2"}"#;
const PAID: &str = r#"{"errCode":"00","queryResCode":"0"}"#;
const TIMED_OUT: &str = r#"{"errCode":"00","queryResCode":"1"}"#;
const FAILED: &str = r#"{"errCode":"00","queryResCode":"5余额不足"}"#;
const VOID: &str = "POST /v6/poslink/transaction/voidpayment HTTP/1.1";
const QUERY: &str = "POST /v6/poslink/transaction/query HTTP/1.1";
const QUICK: [&str; 3] = ["--resolve", "--resolve-pace=0.05", "--resolve-within=20"];
const PAY: [&str; 5] = [
    "pay",
    "--merchant-order-id=M1",
    "--amount=4160",
    "--merchant-remark=r",
    "--pay-code=285668667587422761",
];
const REFUND: [&str; 4] = [
    "refund",
    "--original-order-id=U1",
    "--refund-request-id=R1",
    "--amount=50",
];

/// Runs an operation and resolves it against a gateway that answers so in turn.
fn resolved(operation: &[&str], turns: Vec<Then>, more: &[&str]) -> (Ran, Vec<String>) {
    let home = Home::new();
    let gateway = InTurn::start(turns);
    let mut command = home.operation(operation);
    command.args(["--base-url", &gateway.url]);
    let ran = run(command.args(QUICK).args(more));
    let lines = gateway.requests().into_iter().map(|(line, _)| line);
    (ran, lines.collect())
}

fn void(turns: Vec<Then>, more: &[&str]) -> (Ran, Vec<String>) {
    resolved(&["void", "--original-order-id", ORDER], turns, more)
}

/// What an operation prints that a gateway answered so.
fn printed(home: &Home, operation: &[&str], then: Then) -> (Ran, String) {
    let gateway = InTurn::start([then]);
    let mut command = home.operation(operation);
    let ran = run(command.args(["--json", "--base-url", &gateway.url]));
    let url = gateway.url.clone();
    gateway.requests();
    (ran, url)
}

/// Resolves what is given on stdin, against a gateway that answers so in turn at the address that
/// the text names.
fn resolve_at(home: &Home, text: &str, url: &str, more: &[&str]) -> Ran {
    let mut command = home.operation(["resolve", "-", "--pace=0.05", "--json"]);
    run_with(
        command.args(["--base-url", url]).args(more),
        text.as_bytes(),
    )
}

#[test]
fn a_void_whose_answer_was_lost_is_found_carried_out() {
    let turns = vec![Then::Close, json(TIMED_OUT), Then::Close, json(VOIDED)];
    let (ran, lines) = void(turns, &["--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(lines, [VOID, QUERY, QUERY, QUERY]);
    let object = ran.json();
    assert_eq!(object["outcome"], "approved");
    assert_eq!(object["stands"], true);
    assert_eq!(object["next_step"], "done");
    assert_eq!(object["may_repeat"], "no");
    assert_eq!(object["evidence"]["reason"], "closed", "of the void itself");
    assert_eq!(object["evidence"]["requests_sent"], 1);
    assert!(object["evidence"]["deadline"].is_string());
    let resolution = &object["resolution"];
    assert_eq!(resolution["conclusion"], "approved");
    for member in ["basis", "still_open", "repeated", "reason", "detail"] {
        assert!(resolution[member].is_null(), "{member}");
    }
    let queries = resolution["queries"].as_array().unwrap();
    let told: Vec<_> = queries
        .iter()
        .map(|query| {
            (
                query["outcome"].as_str().unwrap(),
                query["finding"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("answered", "open"),
            ("unknown", "open"),
            ("answered", "executed")
        ]
    );
    assert_eq!(queries[2]["reply"]["queryResCode"], "2");
    assert_eq!(queries[2]["attempt_id"].as_str().unwrap().len(), 32);
}

/// The paid order is `ums pay --resolve && hand over`.
#[test]
fn a_payment_that_was_voided_or_refunded_meanwhile_brought_no_money() {
    for (answer, code, stands) in [
        (PAID, 0, true),
        (VOIDED, 3, false),
        (
            r#"{"errCode":"00","queryResCode":"3","refundedAmount":"4160","originalTransactionAmount":"4160"}"#,
            3,
            false,
        ),
        (
            r#"{"errCode":"00","queryResCode":"3","refundedAmount":"60","originalTransactionAmount":"4160"}"#,
            0,
            true,
        ),
    ] {
        let (ran, _) = resolved(&PAY, vec![Then::Close, json(answer)], &["--json"]);
        assert_eq!(ran.code, code, "{ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "approved");
        assert_eq!(object["stands"], stands);
        assert_eq!(object["may_repeat"], "no");
        let next = if stands { "done" } else { "do_not_deliver" };
        assert_eq!(object["next_step"], next);
    }
    let turns = vec![Then::Close, json(VOIDED)];
    let (ran, _) = resolved(&PAY, turns, &["--lang=zh"]);
    let first = ran.stdout.lines().next().unwrap();
    assert!(
        first.contains("随后已撤销/退款") && first.contains("未收到款，请勿交货"),
        "{first}"
    );
}

#[test]
fn what_stays_open_stays_unknown() {
    let home = Home::new();
    let gateway = InTurn::start([Then::Close, json(TIMED_OUT)]);
    let mut command = home.void(["--json", "--base-url", &gateway.url]);
    command.args(["--resolve", "--resolve-pace=0.3", "--resolve-within=0.5"]);
    let ran = run(&mut command);
    assert_eq!(ran.code, 5);
    assert_eq!(gateway.requests().len(), 2);
    let object = ran.json();
    assert_eq!(object["outcome"], "unknown");
    assert_eq!(object["may_repeat"], "no");
    assert!(object["stands"].is_null() && object["as_of"].is_null());
    assert_eq!(object["resolution"]["conclusion"], "unknown");
    assert_eq!(object["resolution"]["still_open"], "time_up");
    assert_eq!(object["next_step"], "query");
}

#[test]
fn what_is_known_is_not_asked_about() {
    for (reply, code, stands) in [
        (r#"{"errCode":"00"}"#, 0, Value::Bool(true)),
        (r#"{"errCode":"57"}"#, 3, Value::Null),
    ] {
        let (ran, lines) = void(vec![json(reply)], &["--json"]);
        assert_eq!((ran.code, lines.as_slice()), (code, &[VOID.to_owned()][..]));
        let object = ran.json();
        assert_eq!(object["resolution"]["queries"], serde_json::json!([]));
        assert_eq!(object["stands"], stands);
    }
    let home = Home::new();
    let (ran, _) = printed(&home, &["void", "--original-order-id=1"], Then::Close);
    assert_eq!(ran.code, 5);
    assert!(ran.json()["resolution"].is_null());
    assert!(ran.json()["stands"].is_null());
}

#[test]
fn a_person_reads_what_was_found() {
    let turns = || vec![Then::Close, json(TIMED_OUT), json(VOIDED)];
    let texts = [void(turns(), &[]).0, void(turns(), &["--lang=zh"]).0];
    let texts: Vec<_> = texts
        .iter()
        .map(|ran| ran.stdout.split("  sent to").next().unwrap())
        .map(|text| text.split("  网关地址").next().unwrap())
        .collect();
    insta::assert_snapshot!(texts.join("\n"), @r#"
    Found out: the void was carried out (2 queries). Nothing more to do.

      UMS order id   20230718110248029165883554
      merchant code  103290070111417
      terminal code  12340511
      query          {"errCode":"00","queryResCode":"1"}
      query          {"errCode":"00","queryResCode":"2"}

    已核实：撤销已成功（查询 2 次）。无需再做处理。

      银商订单号  20230718110248029165883554
      商户号      103290070111417
      终端号      12340511
      查询        {"errCode":"00","queryResCode":"1"}
      查询        {"errCode":"00","queryResCode":"2"}
    "#);
}

/// What one run leaves unknown, another finds out from its JSON, as the operation's own query has
/// it, and compares with the real amount.
#[test]
fn an_unknown_outcome_is_found_out_from_its_json() {
    let merchant = r#"{"merchantCode":"103290070111417","terminalCode":"12340511""#;
    let pay_at_v4 = [&PAY[..], &["--api-version=v4"]].concat();
    let reverse = ["reverse", "--merchant-order-id=M1", "--amount=4160"];
    for (arguments, answer, query, body) in [
        (
            &pay_at_v4[..],
            r#"{"errCode":"00","queryResCode":"0","originalTransactionAmount":"4160"}"#,
            "POST /v2/poslink/transaction/query HTTP/1.1",
            format!(r#"{merchant},"merchantOrderId":"M1"}}"#),
        ),
        (
            &REFUND,
            r#"{"errCode":"00","queryResCode":"00","originalAmount":50}"#,
            "POST /v6/poslink/transaction/query-refund HTTP/1.1",
            format!(r#"{merchant},"refundRequestId":"R1","originalOrderId":"U1"}}"#),
        ),
        (
            &["void", "--original-order-id", ORDER],
            VOIDED,
            QUERY,
            format!(r#"{merchant},"originalOrderId":"{ORDER}"}}"#),
        ),
        (
            &reverse,
            r#"{"errCode":"00","queryResCode":"4","originalTransactionAmount":4160}"#,
            "POST /v2/poslink/transaction/query HTTP/1.1",
            format!(r#"{merchant},"merchantOrderId":"M1"}}"#),
        ),
    ] {
        let home = Home::new();
        let gateway = InTurn::start([Then::Close, json(answer), json(answer)]);
        let mut command = home.operation(arguments);
        let unknown = run(command.args(["--json", "--base-url", &gateway.url]));
        assert_eq!(unknown.code, 5);
        let ran = resolve_at(&home, &unknown.stdout, &gateway.url, &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let (before, object) = (unknown.json(), ran.json());
        assert_eq!(object["outcome"], "approved");
        assert_eq!(object["stands"], true);
        assert_eq!(object["resolution"]["conclusion"], "approved");
        // All that was known of the operation is still there.
        for member in [
            "evidence", "request", "err_code", "reply", "live", "gateway",
        ] {
            assert_eq!(object[member], before[member], "{member}");
        }

        // The command that the first run named finds it out too.
        let next = before["next"].as_str().unwrap();
        let (_, command) = next.split_once("Run: ums ").unwrap();
        let words: Vec<_> = command
            .split(' ')
            .map(|word| word.trim_matches('\''))
            .collect();
        let ran = run(home.operation(&words).args(["--json", "--pace=0.05"]));
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
        assert_eq!(ran.json()["outcome"], "approved");
        assert_eq!(
            ran.json()["evidence"]["timestamp"],
            before["evidence"]["timestamp"]
        );
        let requests = gateway.requests();
        assert_eq!(requests[1], (query.to_owned(), body.clone()));
        assert_eq!(requests[2], (query.to_owned(), body));
    }
}

/// A payment of another amount under the same id is another payment, whoever asks.
pub(crate) fn an_answer_about_another_amount_says_nothing() {
    for (operation, answer, field) in [
        (
            &PAY[..],
            r#"{"errCode":"00","queryResCode":"0","originalTransactionAmount":"100"}"#,
            "originalTransactionAmount",
        ),
        (
            &REFUND,
            r#"{"errCode":"00","queryResCode":"00","originalAmount":"30"}"#,
            "originalAmount",
        ),
    ] {
        for answer in [answer.to_owned(), answer.replace("\"100\"", "\"41.60\"")] {
            let home = Home::new();
            let gateway = InTurn::start([Then::Close, json(&answer)]);
            let mut command = home.operation(operation);
            let unknown = run(command.args(["--json", "--base-url", &gateway.url]));
            let flags = ["--pace=0.3", "--within=0.5"];
            let mut command =
                home.operation(["resolve", "-", "--json", "--base-url", &gateway.url]);
            let ran = run_with(command.args(flags), unknown.stdout.as_bytes());
            gateway.requests();
            assert_eq!(ran.code, 5, "{ran:?}");
            let object = ran.json();
            assert_eq!(object["outcome"], "unknown");
            assert_eq!(object["resolution"]["still_open"], "about_another");
            assert_eq!(object["evidence"]["discrepancies"][0]["field"], field);
            let query = &object["resolution"]["queries"][0];
            assert_eq!(query["finding"], "about_another");
            assert_eq!(query["discrepancies"][0]["field"], field);
        }
    }
}

/// A reply about another order is asked about, and shown as what it is.
#[test]
fn a_reply_about_another_order_is_asked_about() {
    const OTHER: &str = r#"{"errCode":"00","orderId":"card 4111111111111111"}"#;
    let (ran, lines) = void(vec![json(OTHER), json(VOIDED)], &["--json"]);
    assert_eq!((ran.code, lines.len()), (0, 2));
    assert_eq!(ran.json()["next_step"], "done");
    let home = Home::new();
    let (unsure, _) = printed(&home, &["void", "--original-order-id=U1"], json(OTHER));
    assert_eq!(unsure.code, 5);
    assert_eq!(unsure.json()["next_step"], "confirm");
    assert_eq!(
        unsure.json()["evidence"]["discrepancies"][0],
        serde_json::json!({
            "field": "orderId",
            "expected": "U1",
            "received": "card 411111******1111",
        })
    );
}

/// Refund R1 of 30 was made; R1 of 50 is called a duplicate.
#[test]
fn a_refund_id_that_was_used_for_another_amount_proves_nothing() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    let run = |arguments: &[&str]| {
        let mut command = home.operation(arguments);
        run(command.args(["--json", "--base-url", &simulator.url]))
    };
    assert_eq!(run(&PAY).code, 0);
    let refund = |amount: &'static str| {
        [
            "refund",
            "--merchant-order-id=M1",
            "--refund-request-id=R1",
            "--amount",
            amount,
        ]
    };
    assert_eq!(run(&refund("30")).code, 0);
    let again = run(&refund("50"));
    assert_eq!(
        (again.code, &again.json()["err_code"]),
        (5, &"94".into()),
        "{again:?}"
    );
    home.write("again.json", &again.stdout);
    let ran = run(&["resolve", "again.json", "--pace=0.1", "--within=0.5"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["outcome"], "unknown");
    let shown = &object["evidence"]["discrepancies"][0];
    assert_eq!(shown["field"], "originalAmount");
    assert_eq!(
        (&shown["expected"], &shown["received"]),
        (&"50".into(), &"30".into())
    );
}

/// M1 is paid; another customer pays the same amount under the same id.
#[test]
fn a_second_customer_is_not_reported_as_paid() {
    const EARLIER: &str = r#"{"errCode":"00","queryResCode":"0","originalTransactionAmount":"4160","originalTransactionTime":"20200101000000"}"#;
    const DUPLICATE: &str = r#"{"errCode":"94","errInfo":"重复交易"}"#;
    // Whether the answer tells the time or not: after a 94 it must be shown.
    for answer in [EARLIER, PAID] {
        let turns = vec![json(DUPLICATE), json(answer)];
        let (ran, _) = resolved(&PAY, turns, &["--json"]);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert_eq!(ran.json()["outcome"], "unknown");
        assert_eq!(ran.json()["next_step"], "order_id_in_use");
        assert_eq!(ran.json()["resolution"]["still_open"], "order_id_in_use");

        let home = Home::new();
        let gateway = InTurn::start([json(DUPLICATE), json(answer), json(answer)]);
        let mut command = home.operation(PAY);
        let unknown = run(command.args(["--json", "--base-url", &gateway.url]));
        let ran = resolve_at(&home, &unknown.stdout, &gateway.url, &[]);
        assert_eq!(
            (ran.code, &ran.json()["next_step"]),
            (5, &"order_id_in_use".into())
        );
        // By identifiers too: the code goes with them.
        let next = unknown.json()["next"].as_str().unwrap().to_owned();
        let (_, command) = next.split_once("Run: ums ").unwrap();
        assert!(command.contains("--err-code 94"), "{command}");
        let ran = run(home
            .operation(command.split(' '))
            .args(["--json", "--pace=0.05"]));
        assert_eq!(
            (ran.code, &ran.json()["next_step"]),
            (5, &"order_id_in_use".into())
        );
        gateway.requests();
    }
}

/// Not carried out is said twice, at least three seconds apart, and is no refusal.
pub(crate) fn a_payment_that_failed_is_not_executed_as_of_an_answer() {
    let turns = vec![Then::Close, json(FAILED), json(FAILED)];
    let home = Home::new();
    let gateway = InTurn::start(turns);
    let mut command = home.operation(PAY);
    command.args([
        "--resolve",
        "--resolve-pace=2.3",
        "--json",
        "--base-url",
        &gateway.url,
    ]);
    let ran = run(&mut command);
    assert_eq!((ran.code, gateway.requests().len()), (3, 3), "{ran:?}");
    let object = ran.json();
    assert_eq!(object["outcome"], "not_executed");
    assert_eq!(object["may_repeat"], "no", "a payment may still be made");
    assert_eq!(object["next_step"], "decide");
    assert_eq!(object["resolution"]["basis"], "stated_failure");
    let as_of = object["as_of"].as_str().unwrap();
    assert!(as_of.ends_with("+08:00"), "{as_of}");
}

/// A void of a payment that stands, long after the void.
pub(crate) fn a_void_of_which_there_is_no_trace_may_be_done_again() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(
        &mut home.command(["simulator", "--fault=fin-after-request,operation=void"]),
    ));
    let mut command = home.void(["--json", "--timeout=2", "--base-url", &simulator.url]);
    command.args(QUICK).arg("--late-window=0.2");
    let ran = run(&mut command);
    assert_eq!(ran.code, 3, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["outcome"], "not_executed");
    assert_eq!(object["may_repeat"], "new_key");
    assert_eq!(object["resolution"]["basis"], "absent");
    assert!(object["err_code"].is_null());
}

/// Within the late window no answer that knows nothing of it is believed.
pub(crate) fn the_late_window_is_waited_for() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(
        &mut home.command(["simulator", "--fault=fin-after-request,operation=void"]),
    ));
    let mut command = home.void(["--json", "--timeout=5", "--base-url", &simulator.url]);
    command.args(["--resolve", "--resolve-pace=0.3", "--resolve-within=3"]);
    let ran = run(&mut command);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(ran.json()["resolution"]["still_open"], "time_up");
    let queries = ran.json()["resolution"]["queries"]
        .as_array()
        .unwrap()
        .clone();
    assert!(queries.len() > 3, "{queries:?}");
    assert!(queries.iter().all(|query| query["finding"] == "absent"));
}

/// One line out for each one in; what is known passes through, byte for byte.
#[test]
fn json_lines_are_found_out_in_turn() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command([
        "simulator",
        "--fault=fin-after-request-applied,operation=void",
    ])));
    let operation = |arguments: &[&str]| {
        let mut command = home.operation(arguments);
        run(command.args(["--json", "--base-url", &simulator.url]))
    };
    let paid = operation(&PAY);
    let lost = operation(&["void", "--original-order-id", ORDER]);
    let declined = operation(&["void", "--original-order-id=nowhere"]);
    assert_eq!((paid.code, lost.code, declined.code), (0, 5, 3));
    let lines =
        |parts: &[&Ran]| -> String { parts.iter().map(|ran| ran.stdout.as_str()).collect() };

    let ran = resolve_at(&home, &lines(&[&paid, &lost]), &simulator.url, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], paid.stdout.trim_end());
    let found: Value = serde_json::from_str(told[1]).unwrap();
    assert_eq!(found["outcome"], "approved");
    assert_eq!(found["resolution"]["conclusion"], "approved");

    // The worst decides.
    let ran = resolve_at(
        &home,
        &lines(&[&paid, &declined, &lost]),
        &simulator.url,
        &[],
    );
    assert_eq!(ran.code, 3);
    // What was cut off stops nothing, and is still unknown.
    let text = format!("{}{}", lines(&[&paid, &lost]), &declined.stdout[..40]);
    let ran = resolve_at(&home, &text, &simulator.url, &[]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (5, 3), "{ran:?}");
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["outcome"], "unknown");
    assert_eq!(last["next_step"], "fix_then_query");
    // One object may stand on many lines.
    let pretty = serde_json::to_string_pretty(&lost.json()).unwrap();
    let ran = resolve_at(&home, &pretty, &simulator.url, &[]);
    assert_eq!((ran.code, &ran.json()["outcome"]), (0, &"approved".into()));
}

/// So that a script may pipe every outcome through.
#[test]
fn what_is_known_passes_through_unchanged() {
    let home = Home::new();
    let query = ["query", "--original-order-id=1"];
    let refunds = [
        "query-refund",
        "--original-order-id=1",
        "--refund-request-id=R",
    ];
    let refunded_in_part =
        r#"{"errCode":"00","queryResCode":"3","refundedAmount":1,"originalTransactionAmount":2}"#;
    for (operation, then, code) in [
        (&REFUND[..], json(r#"{"errCode":"00"}"#), 0),
        (
            &REFUND,
            json(r#"{"errCode":"25","errInfo":"卡 4111111111111111"}"#),
            3,
        ),
        (&query, json(PAID), 0),
        (&query, json(FAILED), 3),
        (&query, json(refunded_in_part), 0),
        (&query, json(TIMED_OUT), 5),
        (&query, json(r#"{"errCode":"25"}"#), 5),
        (&refunds, json(r#"{"errCode":"00","queryResCode":"00"}"#), 0),
        (&refunds, json(r#"{"errCode":"00","queryResCode":"25"}"#), 5),
        (&["activate"], json(r#"{"errCode":"00"}"#), 0),
    ] {
        let (ran, url) = printed(&home, operation, then);
        assert_eq!(ran.code, code, "{ran:?}");
        // Nobody listens there, and nothing else is set up.
        let mut command = home.command(["resolve", "-", "--json", "--base-url", &url]);
        let again = run_with(&mut command, ran.stdout.as_bytes());
        assert_eq!((again.code, again.stderr.as_str()), (code, ""), "{again:?}");
        assert_eq!(again.stdout, ran.stdout);
    }
    let not_sent = run(home
        .operation(REFUND)
        .args(["--json", "--base-url=http://127.0.0.1:1"]));
    let again = run_with(
        &mut home.command(["resolve", "-", "--json"]),
        not_sent.stdout.as_bytes(),
    );
    assert_eq!((not_sent.code, again.code), (4, 4));
    assert_eq!(again.stdout, not_sent.stdout);
    let talk = run_with(
        &mut home.command(["resolve", "-"]),
        not_sent.stdout.as_bytes(),
    );
    assert!(
        talk.stdout
            .starts_with("Nothing to find out: the outcome is not_sent. "),
        "{talk:?}"
    );
}

/// What resolving found passes through like any other outcome.
#[test]
fn what_was_found_out_is_not_asked_about_again() {
    let home = Home::new();
    let gateway = InTurn::start([Then::Close, json(VOIDED)]);
    let mut command = home.operation(PAY);
    let lost = run(command.args(["--json", "--base-url", &gateway.url]));
    let found = resolve_at(&home, &lost.stdout, &gateway.url, &[]);
    let url = gateway.url.clone();
    gateway.requests();
    assert_eq!(found.code, 3);
    let again = resolve_at(&home, &found.stdout, &url, &[]);
    assert_eq!((again.code, again.stdout), (3, found.stdout));
}

/// A question that could not be asked says nothing of the operation.
#[test]
fn a_question_that_fails_never_says_not_sent() {
    let home = Home::new();
    let (unknown, url) = printed(&home, &PAY, Then::Close);
    home.write("unknown.json", &unknown.stdout);
    let other = ["resolve", "unknown.json", "--base-url=http://127.0.0.1:9"];
    let here = ["resolve", "unknown.json", "--base-url", &url];
    let no_key = |arguments: &[&str]| home.command(arguments);
    let mut no_window = home.operation(here);
    no_window.arg("--late-window=0");
    let mut with_profile = home.operation(here);
    with_profile.arg("--profile=none");
    for (name, mut command, code, reason) in [
        ("no key", no_key(&here), 6, "credentials"),
        ("other gateway", home.operation(other), 2, "invalid_input"),
        ("no gateway", home.operation(&here[..2]), 2, "invalid_input"),
        ("late window of zero", no_window, 2, "invalid_input"),
        ("no such profile", with_profile, 6, "configuration"),
    ] {
        let ran = run(command.arg("--json"));
        assert_eq!(ran.code, code, "{name}: {ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "unknown", "{name}");
        assert_eq!(object["next_step"], "fix_then_query");
        assert_eq!(object["may_repeat"], "no");
        assert_eq!(object["resolution"]["still_open"], "not_asked");
        assert_eq!(object["resolution"]["reason"], reason, "{name}");
        assert_eq!(object["request"], unknown.json()["request"]);
        assert!(
            !ran.stdout.contains("not_sent") && !ran.stdout.contains("send again"),
            "{ran:?}"
        );
        assert!(!ran.stdout.contains("send_again"), "{ran:?}");
        assert!(!ran.stderr.is_empty(), "{name}");
    }
}

/// Neither does a file that cannot be used.
#[test]
fn what_cannot_be_read_is_named_and_stays_unknown() {
    let home = Home::new();
    let told = |outcome: &str, operation: &str, body: &str| {
        format!(
            r#"{{"outcome":"{outcome}","next_step":"x","evidence":{{"reason":"deadline","url":"http://127.0.0.1:9/v6/poslink/transaction/{operation}","timestamp":"{body}"}},"request":{{"operation":"{operation}","path":"/v6/poslink/transaction/{operation}","body":{{"merchantCode":"1","terminalCode":"2","merchantOrderId":"U"}}}}}}"#
        )
    };
    home.write("call", &told("unknown", "netpay", "20230101000000"));
    home.write("amount", &told("unknown", "pay", "20230101000000"));
    home.write(
        "time",
        &told("unknown", "voidpayment", "yesterday").replace(
            r#""operation":"voidpayment""#,
            r#""operation":"void_payment""#,
        ),
    );
    home.write("outcome", &told("perhaps", "pay", "20230101000000"));
    home.write("none", "not JSON");
    home.write("empty", "");
    home.write(
        "half",
        r#"{"outcome":"unknown","next_step":"query","evidence":{"url":null}}"#,
    );
    home.write(
        "twice",
        r#"{"outcome":"unknown","outcome":"approved","evidence":{}}"#,
    );
    let mut talk = String::new();
    for file in [
        "call", "amount", "time", "outcome", "none", "empty", "half", "twice", "missing",
    ] {
        let mut command = home.operation(["resolve", file, "--base-url=http://127.0.0.1:9"]);
        let ran = run(command.arg("--json"));
        assert_eq!(ran.code, 2, "{ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "unknown", "{file}");
        assert_eq!(object["next_step"], "fix_then_query");
        assert_eq!(object["may_repeat"], "no");
        assert!(!ran.stdout.contains("not_sent"), "{ran:?}");
        talk.push_str(&home.scrub(&ran.stderr));
    }
    insta::assert_snapshot!(talk, @r#"
    It could not be asked about: call: only a call of POS通 that moves money can be asked about, and /v6/poslink/transaction/netpay is none: look at it by hand. Correct that, then ask again. Do not repeat the operation itself.
    It could not be asked about: amount: request.body: transactionAmount is missing. Correct that, then ask again. Do not repeat the operation itself.
    It could not be asked about: time: evidence.timestamp is no time. Correct that, then ask again. Do not repeat the operation itself.
    It could not be asked about: outcome: "perhaps" is no outcome. Correct that, then ask again. Do not repeat the operation itself.
    It could not be asked about: none: not the JSON of an outcome: expected ident at line 1 column 2. Correct that, then ask again. Do not repeat the operation itself.
    error: empty: it holds no outcome
    It could not be asked about: half: it does not say which request was sent, and where to. Correct that, then ask again. Do not repeat the operation itself.
    It could not be asked about: twice: not the JSON of an outcome: a member is there twice at line 1 column 41. Correct that, then ask again. Do not repeat the operation itself.
    error: FILE: missing cannot be read: No such file or directory (os error 2)
    "#);
    // A command line that is none says no more.
    let ran = run(&mut home.operation(["resolve", "--json", "--nonsense"]));
    assert_eq!((ran.code, &ran.json()["outcome"]), (2, &"unknown".into()));
}

#[test]
fn identifiers_must_be_those_of_the_operation() {
    let home = Home::new();
    let mut talk = String::new();
    for flags in [
        &["--operation=pay", "--merchant-order-id=M1"][..],
        &["--operation=pay", "--amount=1"],
        &[
            "--operation=pay",
            "--original-order-id=1",
            "--merchant-order-id=M",
            "--amount=1",
        ],
        &["--operation=void", "--merchant-order-id=M1", "--amount=1"],
        &["--operation=void"],
        &[
            "--operation=void",
            "--merchant-order-id=M1",
            "--refund-request-id=R",
        ],
        &["--operation=refund", "--merchant-order-id=M1", "--amount=1"],
        &["--operation=reverse", "--merchant-order-id=M1"],
        &["--operation=pay", "--merchant-order-id=M1", "--amount=1.50"],
        &[
            "--operation=void",
            "--merchant-order-id=M1",
            "--signed-at=noon",
        ],
        &[
            "--operation=void",
            "--merchant-order-id=M1",
            "--deadline=20230101000000",
        ],
        &[
            "--operation=void",
            "--merchant-order-id=M1",
            "--api-version=v4",
        ],
        &[
            "--operation=void",
            "--merchant-order-id=M1",
            "--day-ends=25:00",
        ],
    ] {
        let ran = run(home
            .operation(["resolve", "--env=test", "--json"])
            .args(flags));
        assert_eq!(
            (ran.code, &ran.json()["outcome"]),
            (2, &"unknown".into()),
            "{ran:?}"
        );
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: --operation pay needs --amount
    error: --operation pay needs --merchant-order-id
    error: --operation pay goes without --original-order-id
    error: --operation void goes without --amount
    error: no order: give --original-order-id, --merchant-order-id, or both
    error: --operation void goes without --refund-request-id
    error: --operation refund needs --refund-request-id
    error: --operation reverse needs --amount
    error: --amount: "1.50" is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 150
    error: --signed-at: must be a time as yyyyMMddHHmmss in UTC+8, or as RFC 3339
    error: --deadline: must be a time as RFC 3339
    error: --api-version: void is known at v6, v2 only
    error: --day-ends: must be a time of day as HH:MM, for example 23:00, but "25:00" was given
    "#);
    for arguments in [
        &["resolve"][..],
        &["resolve", "file", "--operation=void"],
        &["resolve", "file", "--amount=1"],
        &["resolve", "--operation=query", "--merchant-order-id=M"],
        &["settle", "file"],
        &["void", "--original-order-id=1", "--settle"],
    ] {
        let ran = run(&mut home.operation(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
}

/// Without the time of the call no answer is of its day.
pub(crate) fn without_its_time_nothing_is_found_not_carried_out() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    let mut command = home.operation(["resolve", "--operation=void", "--original-order-id", ORDER]);
    command.args([
        "--deadline=2020-01-01T00:00:00+08:00",
        "--late-window=0.001",
    ]);
    command.args([
        "--pace=0.3",
        "--within=6",
        "--json",
        "--base-url",
        &simulator.url,
    ]);
    let ran = run(&mut command);
    assert_eq!(ran.code, 5, "{ran:?}");
    let object = ran.json();
    assert_eq!(object["resolution"]["still_open"], "day_over");
    assert_eq!(object["next_step"], "await_statement");
    assert_eq!(object["request"]["body"]["originalOrderId"], ORDER);
}

/// The deadline of the call is that of its JSON, not one from now on.
pub(crate) fn a_call_whose_time_was_up_long_ago_needs_no_waiting() {
    let home = Home::new();
    home.write_config("default_profile = \"p\"\n[profiles.p]\nlate_window = 0.2\n");
    let simulator = Simulator::start(with_credentials(
        &mut home.command(["simulator", "--fault=fin-after-request,operation=void"]),
    ));
    let mut command = home.void(["--json", "--timeout=2", "--base-url", &simulator.url]);
    let lost = run(&mut command);
    assert_eq!(lost.code, 5, "{lost:?}");
    // Within a default timeout from now.
    let flags = ["--within=12", "--pace=0.3"];
    let mut command = home.operation(["resolve", "-", "--json", "--base-url", &simulator.url]);
    let ran = run_with(command.args(flags), lost.stdout.as_bytes());
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.json()["outcome"], "not_executed");
    assert_eq!(ran.json()["may_repeat"], "new_key");
    // Its outcome is known now, and no refusal.
    let again = resolve_at(&home, &ran.stdout, &simulator.url, &[]);
    assert_eq!((again.code, &again.stdout), (3, &ran.stdout));
    assert!(!ran.stdout.contains("\"declined\""), "{ran:?}");
}

/// A call of before the day's end, asked about after it.
pub(crate) fn a_day_that_has_ended_is_not_asked_about() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    let query = run(home
        .operation(["query", "--original-order-id=1", "--json"])
        .args(["--base-url", &simulator.url]));
    let now = query.json()["evidence"]["timestamp"]
        .as_str()
        .unwrap()
        .to_owned();
    let ask = |more: &[&str]| {
        let signed = format!("--signed-at={}000500", &now[..8]);
        let mut command = home.operation(["resolve", "--operation=void", "--json", &signed]);
        command.args(["--original-order-id", ORDER, "--late-window=0.001"]);
        command.args([
            "--deadline=2020-01-01T00:00:00+08:00",
            "--pace=0.3",
            "--within=8",
        ]);
        run(command.args(["--base-url", &simulator.url]).args(more))
    };
    // In the first minutes of a day nothing can be said of it.
    if ("0020".."2355").contains(&&now[8..12]) {
        let ran = ask(&[]);
        assert_eq!(
            (ran.code, &ran.json()["outcome"]),
            (3, &"not_executed".into()),
            "{ran:?}"
        );
        let ran = ask(&["--day-ends=00:10"]);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert_eq!(ran.json()["resolution"]["still_open"], "day_over");
        assert_eq!(ran.json()["next_step"], "await_statement");
    }
}

/// The profile may set how patiently it is asked.
#[test]
fn a_profile_sets_how_patiently() {
    let home = Home::new();
    let write = |settings: &str| {
        home.write_config(&format!(
            "default_profile = \"p\"\n[profiles.p]\n{settings}\n"
        ));
    };
    write("resolve_pace = 0.3\nresolve_within = 0.5");
    let gateway = InTurn::start([Then::Close, json(TIMED_OUT)]);
    let ran = run(home
        .void(["--json", "--resolve", "--base-url", &gateway.url])
        .env("X", ""));
    assert_eq!((ran.code, gateway.requests().len()), (5, 2), "{ran:?}");
    for (settings, told) in [
        (
            "resolve_pace = 0",
            "resolve_pace: must be a number of seconds",
        ),
        (
            "late_window = \"long\"",
            "late_window must be a number of seconds",
        ),
        (
            "day_ends = \"late\"",
            "day_ends: must be a time of day as HH:MM",
        ),
    ] {
        write(settings);
        let ran = run(&mut home.void(["--resolve", "--env=test"]));
        assert_eq!(ran.code, 6, "{ran:?}");
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
}

/// A file that somebody changed: no answer could be trusted to be about that call.
#[test]
fn a_record_that_contradicts_itself_is_not_asked_about() {
    let home = Home::new();
    let lost = InTurn::start([Then::Close]);
    let ran = run(&mut home.void(["--json", "--base-url", &lost.url]));
    lost.requests();
    let mut record = ran.json();
    record["evidence"]["timestamp"] = Value::Null;
    home.write("changed.json", &record.to_string());
    let base_url = record["gateway"].as_str().unwrap();
    for (lang, said) in [
        ("en", "evidence.timestamp is missing"),
        ("zh", "缺少 evidence.timestamp"),
    ] {
        let lang = format!("--lang={lang}");
        let ran =
            run(&mut home.operation(["resolve", "changed.json", &lang, "--base-url", base_url]));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains(said),
            "{ran:?}"
        );
    }
}

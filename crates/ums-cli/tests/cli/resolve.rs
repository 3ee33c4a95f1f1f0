//! `--settle` and `ums settle`: an unknown outcome is asked about, and the
//! operation is never sent again.

use crate::gateway::{InTurn, Then, json};
use crate::ums::{Home, ORDER, Ran, run, run_with};

const VOIDED: &str = r#"{"errCode":"00","queryResCode":"2"}"#;
const PAID: &str = r#"{"errCode":"00","queryResCode":"0"}"#;
const TIMED_OUT: &str = r#"{"errCode":"00","queryResCode":"1"}"#;
const VOID: &str = "POST /v6/poslink/transaction/voidpayment HTTP/1.1";
const QUERY: &str = "POST /v6/poslink/transaction/query HTTP/1.1";
const QUICK: [&str; 3] = ["--settle", "--settle-pace=0.05", "--settle-within=20"];

/// Voids and settles against a gateway that answers so in turn.
fn void(turns: Vec<Then>, more: &[&str]) -> (Ran, Vec<String>) {
    let home = Home::new();
    let gateway = InTurn::start(turns);
    let mut command = home.void(["--base-url", &gateway.url]);
    let ran = run(command.args(QUICK).args(more));
    let lines = gateway.requests().into_iter().map(|(line, _)| line);
    (ran, lines.collect())
}

#[test]
fn a_void_whose_answer_was_lost_is_found_carried_out() {
    let turns = vec![Then::Close, json(TIMED_OUT), Then::Close, json(VOIDED)];
    let (ran, lines) = void(turns, &["--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(lines, [VOID, QUERY, QUERY, QUERY]);
    let object = ran.json();
    assert_eq!(object["outcome"], "approved");
    assert_eq!(object["next_step"], "done");
    assert_eq!(object["evidence"]["reason"], "closed", "of the void itself");
    assert_eq!(object["evidence"]["requests_sent"], 1);
    assert_eq!(object["settlement"]["finding"], "executed");
    let queries = object["settlement"]["queries"].as_array().unwrap();
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
            ("approved", "open"),
            ("unknown", "open"),
            ("approved", "executed")
        ]
    );
    assert_eq!(queries[2]["reply"]["queryResCode"], "2");
    assert_eq!(queries[2]["attempt_id"].as_str().unwrap().len(), 32);
}

#[test]
fn a_payment_that_stands_was_not_voided() {
    let turns = vec![Then::Close, json(PAID), json(PAID)];
    let (ran, lines) = void(turns, &["--json"]);
    assert_eq!(ran.code, 3);
    assert_eq!(lines, [VOID, QUERY, QUERY]);
    assert_eq!(ran.json()["outcome"], "declined");
    assert_eq!(ran.json()["next_step"], "decide");
    assert_eq!(ran.json()["settlement"]["finding"], "not_executed");
}

#[test]
fn what_stays_open_stays_unknown() {
    let home = Home::new();
    let gateway = InTurn::start([Then::Close, json(TIMED_OUT)]);
    let mut command = home.void(["--json", "--base-url", &gateway.url]);
    command.args(["--settle", "--settle-pace=0.3", "--settle-within=0.5"]);
    let ran = run(&mut command);
    assert_eq!(ran.code, 5);
    assert_eq!(gateway.requests().len(), 2);
    assert_eq!(ran.json()["outcome"], "unknown");
    assert_eq!(ran.json()["settlement"]["finding"], "open");
    assert_eq!(ran.json()["next_step"], "query");
}

#[test]
fn what_is_known_is_not_asked_about() {
    for (reply, code) in [(r#"{"errCode":"00"}"#, 0), (r#"{"errCode":"57"}"#, 3)] {
        let (ran, lines) = void(vec![json(reply)], &["--json"]);
        assert_eq!((ran.code, lines.as_slice()), (code, &[VOID.to_owned()][..]));
        assert_eq!(ran.json()["settlement"]["queries"], serde_json::json!([]));
    }
    let without = Home::new();
    let gateway = InTurn::start([Then::Close]);
    let ran = run(&mut without.void(["--json", "--base-url", &gateway.url]));
    assert_eq!(ran.code, 5);
    assert!(ran.json()["settlement"].is_null());
    gateway.requests();
}

#[test]
fn a_person_reads_what_was_found() {
    let turns = || vec![Then::Close, json(PAID), json(VOIDED)];
    let texts = [void(turns(), &[]).0, void(turns(), &["--lang=zh"]).0];
    let texts: Vec<_> = texts
        .iter()
        .map(|ran| ran.stdout.split("  reason").next().unwrap())
        .map(|text| text.split("  原因代码").next().unwrap())
        .collect();
    insta::assert_snapshot!(texts.join("\n"), @r#"
    Settled: it was carried out, after 2 queries. Nothing more to do.

      UMS order id      20230718110248029165883554
      merchant code     103290070111417
      terminal code     12340511
      query             {"errCode":"00","queryResCode":"0"}
      query             {"errCode":"00","queryResCode":"2"}

    已核实：操作已执行（查询 2 次）。无需再做处理。

      银商订单号      20230718110248029165883554
      商户号          103290070111417
      终端号          12340511
      查询            {"errCode":"00","queryResCode":"0"}
      查询            {"errCode":"00","queryResCode":"2"}
    "#);
}

/// What one run leaves unknown, another settles from its JSON.
#[test]
fn an_unknown_outcome_is_settled_from_its_json() {
    let pay = [
        "pay",
        "--merchant-order-id=M1",
        "--amount=1",
        "--merchant-remark=r",
        "--pay-code=285668667587422761",
        "--api-version=v4",
    ];
    let refund = [
        "refund",
        "--original-order-id=U1",
        "--refund-request-id=R1",
        "--amount=1",
    ];
    let void = ["void", "--original-order-id", ORDER];
    let merchant = r#"{"merchantCode":"103290070111417","terminalCode":"12340511""#;
    for (arguments, answer, query, body) in [
        (
            &pay[..],
            PAID,
            "POST /v2/poslink/transaction/query HTTP/1.1",
            format!(r#"{merchant},"merchantOrderId":"M1"}}"#),
        ),
        (
            &refund,
            r#"{"errCode":"00","queryResCode":"00"}"#,
            "POST /v6/poslink/transaction/query-refund HTTP/1.1",
            format!(r#"{merchant},"refundRequestId":"R1","originalOrderId":"U1"}}"#),
        ),
        (
            &void,
            VOIDED,
            QUERY,
            format!(r#"{merchant},"originalOrderId":"{ORDER}"}}"#),
        ),
    ] {
        let home = Home::new();
        let gateway = InTurn::start([Then::Close, json(answer)]);
        let mut command = home.operation(arguments);
        let unknown = run(command.args(["--json", "--base-url", &gateway.url]));
        assert_eq!(unknown.code, 5);
        let mut command = home.operation(["settle", "-", "--json", "--pace=0.05"]);
        command.args(["--base-url", &gateway.url]);
        let ran = run_with(&mut command, unknown.stdout.as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let requests = gateway.requests();
        assert_eq!(requests[1], (query.to_owned(), body));
        let object = ran.json();
        assert_eq!(object["outcome"], "approved");
        assert_eq!(
            object["evidence"]["operation"],
            unknown.json()["evidence"]["operation"]
        );
        assert_eq!(object["evidence"]["requests_sent"], 0);
        assert_eq!(object["request"], unknown.json()["request"]);
        assert_eq!(object["settlement"]["finding"], "executed");
    }
}

/// An approval that is about another order is confirmed or refuted.
#[test]
fn an_approval_that_does_not_match_is_asked_about() {
    const OTHER: &str = r#"{"errCode":"00","orderId":"another"}"#;
    let (ran, lines) = void(vec![json(OTHER), json(VOIDED)], &["--json"]);
    assert_eq!((ran.code, lines.len()), (0, 2));
    assert_eq!(ran.json()["next_step"], "done");
    assert_eq!(
        ran.json()["evidence"]["discrepancies"][0]["received"],
        "another"
    );

    let home = Home::new();
    let gateway = InTurn::start([json(OTHER), json(PAID), json(PAID)]);
    let unsure = run(&mut home.void(["--json", "--base-url", &gateway.url]));
    assert_eq!(unsure.json()["next_step"], "confirm");
    let mut command = home.operation(["settle", "-", "--json", "--pace=0.05"]);
    command.args(["--base-url", &gateway.url]);
    let ran = run_with(&mut command, unsure.stdout.as_bytes());
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.json()["outcome"], "declined");
    assert_eq!(gateway.requests().len(), 3);
}

#[test]
fn what_cannot_be_settled_is_named() {
    let home = Home::new();
    let told = |outcome: &str, operation: &str, url: &str| {
        format!(
            r#"{{"outcome":"{outcome}","next_step":"x","evidence":{{"url":"{url}"}},"request":{{"operation":"{operation}","path":"/v6/poslink/transaction/voidpayment","body":{{"merchantCode":"1","terminalCode":"2","originalOrderId":"U"}}}}}}"#
        )
    };
    let here = "http://127.0.0.1:9/v6/poslink/transaction/voidpayment";
    home.write("approved", &told("approved", "void_payment", here));
    home.write(
        "elsewhere",
        &told("unknown", "void_payment", "https://elsewhere/"),
    );
    home.write("call", &told("unknown", "call", here));
    home.write("none", "not JSON");
    home.write(
        "half",
        r#"{"outcome":"unknown","next_step":"query","evidence":{"url":null}}"#,
    );
    let mut talk = String::new();
    for file in ["approved", "elsewhere", "call", "none", "half", "missing"] {
        let mut command = home.operation(["settle", file, "--base-url=http://127.0.0.1:9"]);
        let ran = run(&mut command);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
        let ran = run(command.arg("--json"));
        assert_eq!(ran.json()["outcome"], "not_sent");
        assert_eq!(ran.json()["evidence"]["requests_sent"], 0);
    }
    insta::assert_snapshot!(talk, @r#"
    error: approved: the outcome is "approved": there is nothing to settle
    error: elsewhere: it was sent to https://elsewhere/, and this run would ask http://127.0.0.1:9/v6/poslink/transaction/voidpayment
    error: call: pay, void_payment and refund can be settled, "call" cannot: query it by hand
    error: none: not the JSON of an outcome: expected ident at line 1 column 2
    error: half: it does not say which request was sent, and where to
    error: FILE: missing cannot be read: No such file or directory (os error 2)
    "#);
}

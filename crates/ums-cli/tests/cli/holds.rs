//! Holds (担保): each command sends what its description says, and an unknown outcome is found out.

use serde_json::{Value, json as value};

use crate::gateway::{Gateway, InTurn, Then, json};
use crate::simulator::{Simulator, with_credentials};
use crate::ums::{Home, run, run_with};

const PATH: &str = "/v1/poslink/transaction/preauthorization";
const CODE: &str = "285668667587422761";
const HELD: &str = r#"{"errCode":"00","queryResCode":"0","secureStatus":"0","dealSystemTraceNum":"000101","originalAmount":"4160","authorizationCode":"123456"}"#;
const COMPLETED: &str = r#"{"errCode":"00","queryResCode":"0","secureStatus":"2","orderId":"U1"}"#;

const HOLD: [&str; 4] = [
    "preauthorize",
    "--system-trace-num=000101",
    "--amount=4160",
    "--pay-code-file=-",
];
const BY_CODE: [&str; 5] = [
    "--system-trace-num=000102",
    "--amount=4160",
    "--authorization-code=123456",
    "--original-transaction-date=0718",
    "--original-system-trace-num=000101",
];
const COMPLETE_QUICKLY: [&str; 4] = [
    "quick-complete-authorization",
    "--system-trace-num=000102",
    "--amount=4160",
    "--order-id=U1",
];
const QUICK: [&str; 3] = ["--json", "--resolve", "--resolve-pace=0.05"];

#[test]
fn each_sends_what_its_flags_say() {
    let by_code = value!({
        "merchantCode": "103290070111417", "terminalCode": "12340511",
        "systemTraceNum": "000102", "transactionAmount": 4160,
        "transactionCurrencyCode": "156", "authorizationCode": "123456",
        "originalTransactionDate": "0718", "originalSystemTraceNum": "000101",
    });
    let by_order = value!({
        "merchantCode": "103290070111417", "terminalCode": "12340511",
        "systemTraceNum": "000102", "transactionAmount": 4160,
        "transactionCurrencyCode": "156", "orderId": "U1",
    });
    let void_quickly = [&["quick-void-authorization"], &COMPLETE_QUICKLY[1..]].concat();
    let hold = [
        &HOLD[..],
        &[
            "--merchant-order-id=M1",
            "--merchant-remark=r",
            "--pay-mode=nfc",
            "--attached-data=a",
        ],
    ];
    for (arguments, path, body) in [
        (
            hold.concat(),
            "preauthorize",
            value!({
                "merchantCode": "103290070111417", "terminalCode": "12340511",
                "systemTraceNum": "000101", "transactionAmount": 4160,
                "transactionCurrencyCode": "156", "merchantOrderId": "M1", "merchantRemark": "r",
                "payMode": "NFC", "payCode": CODE, "attachedData": "a",
            }),
        ),
        (
            [&["complete-authorization"], &BY_CODE[..]].concat(),
            "completeauthorization",
            by_code.clone(),
        ),
        (
            [&["void-authorization"], &BY_CODE[..]].concat(),
            "voidauthorization",
            by_code,
        ),
        (
            COMPLETE_QUICKLY.to_vec(),
            "quickcompleteauthorization",
            by_order.clone(),
        ),
        (void_quickly, "quickvoidauthorization", by_order),
        (
            vec![
                "query-authorization",
                "--system-trace-num=000104",
                "--original-order-id=U1",
            ],
            "query",
            value!({
                "merchantCode": "103290070111417", "terminalCode": "12340511",
                "systemTraceNum": "000104", "originalOrderId": "U1",
            }),
        ),
        (
            vec![
                "query-authorization-by-trace",
                "--system-trace-num=000105",
                "--original-system-trace-num=000102",
            ],
            "query-by-system-trace-num",
            value!({
                "merchantCode": "103290070111417", "terminalCode": "12340511",
                "systemTraceNum": "000105", "originalSystemTraceNum": "000102",
            }),
        ),
    ] {
        let home = Home::new();
        let gateway = Gateway::start(json(r#"{"errCode":"00"}"#));
        let mut command = home.operation(&arguments);
        command.args(["--json", "--base-url", &gateway.url]);
        let ran = run_with(&mut command, CODE.as_bytes());
        let received = gateway.received();
        let (head, sent) = received.one_complete_request();
        let line = format!("POST {PATH}/{path} HTTP/1.1\r\n");
        assert!(head.starts_with(&line), "{head}");
        assert_eq!(serde_json::from_slice::<Value>(sent).unwrap(), body);
        assert!(!format!("{ran:?}").contains(CODE), "{ran:?}");
        let moves_money = !path.starts_with("query");
        assert_eq!(ran.code, if moves_money { 0 } else { 5 }, "{ran:?}");
    }
}

#[test]
fn a_hold_whose_answer_was_lost_is_found_by_its_trace_number() {
    let home = Home::new();
    let gateway = InTurn::start([Then::Close, json(HELD)]);
    let mut command = home.operation(HOLD);
    command.args(QUICK).args(["--base-url", &gateway.url]);
    let ran = run_with(&mut command, CODE.as_bytes());
    assert_eq!((ran.code, &ran.json()["outcome"]), (0, &"approved".into()));
    assert_eq!(ran.json()["stands"], true);
    let requests = gateway.requests();
    assert!(
        requests[1]
            .1
            .contains(r#""originalSystemTraceNum":"000101""#)
    );
}

/// Whose completion it was, its own trace number tells, with the day: numbers come again each day.
#[test]
fn a_completion_is_found_by_two_queries() {
    let home = Home::new();
    let by_this = format!(
        r#"{{"errCode":"00","queryResCode":"0","dealSystemTraceNum":"000102","originalAmount":"4160","dealDate":"{}"}}"#,
        today().format("%Y%m%d")
    );
    let gateway = InTurn::start([Then::Close, json(COMPLETED), json(&by_this)]);
    let mut command = home.operation(COMPLETE_QUICKLY);
    let ran = run(command.args(QUICK).args(["--base-url", &gateway.url]));
    assert_eq!((ran.code, &ran.json()["outcome"]), (0, &"approved".into()));
    let requests = gateway.requests();
    assert!(requests[2].0.contains("query-by-system-trace-num"));
}

/// From the object that was printed, and by the command that it names.
#[test]
fn a_hold_is_found_out_later() {
    let home = Home::new();
    let gateway = InTurn::start([Then::Close, json(HELD), json(HELD)]);
    let at = ["--json", "--base-url", &gateway.url];
    let lost = run_with(home.operation(HOLD).args(at), CODE.as_bytes());
    assert_eq!(lost.code, 5, "{lost:?}");
    home.write("lost.json", &lost.stdout);
    let quick = ["--pace=0.05", "--within=2"];
    let resolve = ["resolve", "lost.json"];
    let ran = run(home.operation(resolve).args(at).args(quick));
    assert_eq!((ran.code, &ran.json()["outcome"]), (0, &"approved".into()));
    let object = lost.json();
    let next = object["next"].as_str().unwrap();
    let (_, command) = next.split_once("Run: ums ").unwrap();
    let flags = "--operation preauthorize --amount 4160 --system-trace-num 000101 --signed-at";
    let flags: Vec<_> = flags
        .split(' ')
        .filter(|word| word.starts_with("--"))
        .collect();
    assert!(flags.iter().all(|flag| command.contains(flag)), "{command}");
    let ran = run(home.operation(command.split(' ')).args(quick).arg("--json"));
    assert_eq!((ran.code, &ran.json()["outcome"]), (0, &"approved".into()));
    gateway.requests();
}

#[test]
fn a_query_exits_by_the_state_it_found() {
    for (status, code, state) in [
        ("0", 0, "held"),
        ("2", 0, "completed"),
        ("1", 3, "voided"),
        ("3", 5, "completing"),
        ("4", 5, "unknown"),
    ] {
        let home = Home::new();
        let reply = format!(
            r#"{{"errCode":"00","queryResCode":"0","secureStatus":"{status}","orderId":"U1"}}"#
        );
        let gateway = Gateway::start(json(&reply));
        let mut command = home.operation(["query-authorization", "--system-trace-num=000104"]);
        command.args([
            "--original-order-id=U1",
            "--json",
            "--base-url",
            &gateway.url,
        ]);
        let ran = run(&mut command);
        assert_eq!(
            (ran.code, &ran.json()["state"]),
            (code, &state.into()),
            "{ran:?}"
        );
        gateway.received();
        // What is known passes through, and exits as it did.
        let again = run_with(
            home.command(["resolve", "-", "--json"])
                .args(["--base-url", "http://127.0.0.1:9"]),
            ran.stdout.as_bytes(),
        );
        assert_eq!((again.code, again.stdout), (ran.code, ran.stdout));
    }
}

#[test]
fn what_is_missing_or_no_such_value_is_named() {
    let home = Home::new();
    let mut talk = String::new();
    for arguments in [
        &["query-authorization", "--system-trace-num=000104"][..],
        &[
            "query-authorization",
            "--system-trace-num=104",
            "--original-order-id=U1",
        ],
        &["activate", "--api-version=v1"],
        &["activate", "--system-trace-num=000100"],
        &[
            "resolve",
            "--operation=complete-authorization",
            "--system-trace-num=000102",
        ],
        &[
            &["complete-authorization", "--original-transaction-date=1318"],
            &BY_CODE[..3],
            &BY_CODE[4..],
        ]
        .concat(),
    ] {
        let mut command = home.operation(arguments);
        let ran = run(command.args(["--base-url", "http://127.0.0.1:9"]));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        talk.push_str(ran.stderr.lines().next().unwrap());
        talk.push('\n');
    }
    insta::assert_snapshot!(talk, @r#"
    error: no order: give --original-order-id, --original-system-trace-num, or both
    error: --system-trace-num: systemTraceNum takes exactly 6 characters, but "104" was given, 3 characters
    error: --system-trace-num: it is there at v1, and not at v2
    error: --system-trace-num: it is there at v1, and not at v2
    error: --operation complete-authorization needs --amount
    error: --original-transaction-date: must be a day as MMdd, but "1318" was given
    "#);
}

/// Live money is asked about before anything is held.
#[test]
fn what_moves_live_money_is_asked_about() {
    let home = Home::new();
    let mut command = home.operation(COMPLETE_QUICKLY);
    let ran = run(command.args(["--base-url=https://gateway.invalid", "--json"]));
    assert_eq!(ran.json()["evidence"]["reason"], "not_confirmed");
    assert!(
        ran.stderr.contains("Complete hold amount 41.60 CNY"),
        "{ran:?}"
    );
}

/// Activated, held, completed; and held and voided.
#[test]
fn a_hold_from_its_beginning_to_its_end() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    let call = |arguments: &[&str], code: i32| -> Value {
        let mut command = home.operation(arguments);
        command.args(["--json", "--base-url", &simulator.url]);
        let ran = run_with(&mut command, CODE.as_bytes());
        assert_eq!(ran.code, code, "{arguments:?} {ran:?}");
        ran.json()
    };
    let text = |object: &Value, field: &str| object["reply"][field].as_str().unwrap().to_owned();
    call(
        &["activate", "--api-version=v1", "--system-trace-num=000100"],
        0,
    );
    let held = call(&HOLD, 0);
    let order = format!("--original-order-id={}", text(&held, "orderId"));
    let query = |trace: &str| {
        [
            "query-authorization",
            &format!("--system-trace-num={trace}"),
            &order,
        ]
        .map(str::to_owned)
    };
    let ask = |trace: &str, code: i32| {
        let query = query(trace);
        call(&query.each_ref().map(String::as_str), code)["state"].clone()
    };
    assert_eq!(ask("000110", 0), "held");
    let order_id = format!("--order-id={}", text(&held, "orderId"));
    let complete = [
        "quick-complete-authorization",
        "--system-trace-num=000102",
        "--amount=4160",
        &order_id,
    ];
    call(&complete, 0);
    assert_eq!(ask("000111", 0), "completed");
    let by_trace = ["query-authorization-by-trace", "--system-trace-num=000112"];
    let found = call(
        &[&by_trace[..], &["--original-system-trace-num=000102"]].concat(),
        0,
    );
    assert_eq!(found["state"], "succeeded");

    let second = [
        "preauthorize",
        "--system-trace-num=000201",
        "--amount=700",
        "--pay-code-file=-",
    ];
    let held = call(&second, 0);
    let code = format!("--authorization-code={}", text(&held, "authorizationCode"));
    let day = format!(
        "--original-transaction-date={}",
        text(&held, "transactionDate")
    );
    let void = [
        "void-authorization",
        "--system-trace-num=000202",
        "--amount=700",
        "--original-system-trace-num=000201",
        &code,
        &day,
    ];
    call(&void, 0);
    let order = format!("--original-order-id={}", text(&held, "orderId"));
    let query = ["query-authorization", "--system-trace-num=000210", &order];
    assert_eq!(call(&query, 3)["state"], "voided");
}

#[test]
fn a_damaged_code_is_refused_and_nothing_of_it_is_shown() {
    let home = Home::new();
    for lang in ["en", "zh"] {
        let mut command = home.operation(HOLD);
        command.args(["--base-url=http://127.0.0.1:9", "--json", "--lang", lang]);
        let ran = run_with(&mut command, b"2.85668E+17");
        assert_eq!(ran.code, 2, "{ran:?}");
        let all = format!("{ran:?}");
        assert!(
            all.contains("--pay-code-file") && !all.contains("2.85668"),
            "{all}"
        );
    }
}

/// What a code means beyond the documents is said as of any operation.
#[test]
fn a_refusal_of_a_completion_can_be_told() {
    let home = Home::new();
    let gateway = Gateway::start(json(r#"{"errCode":"Z1"}"#));
    let mut command = home.operation(COMPLETE_QUICKLY);
    command.arg("--refusal-code=quick-complete-authorization:Z1=letter");
    let ran = run(command.args(["--json", "--base-url", &gateway.url]));
    assert_eq!((ran.code, &ran.json()["outcome"]), (3, &"declined".into()));
    gateway.received();
}

/// By the platform's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "ums itself goes by the machine's clock"
)]
fn today() -> chrono::NaiveDate {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    let seconds = i64::try_from(since.as_secs()).unwrap() + 8 * 3600;
    chrono::DateTime::from_timestamp(seconds, 0)
        .unwrap()
        .date_naive()
}

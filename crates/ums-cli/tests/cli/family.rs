//! `ums pay`, `ums query`, `ums refund` and `ums query-refund` against a gateway that shares
//! nothing with the project.

use crate::gateway::{Gateway, Then, json};
use crate::ums::{Home, ORDER, Ran, run, run_with, without_times};

const PAID: &str = r#"{"errCode":"00","errInfo":"成功","queryResCode":"0","queryResDesc":"成功","originalTransactionAmount":"4160","amount":4160,"refundedAmount":"0","orderId":"20230718110248029165883554","originalPayCode":"285668667587422761"}"#;
const CODE: &str = "285668667587422761";

/// Runs an operation against a gateway that answers so; gives the one request's line and body too.
fn carry_out(arguments: &[&str], stdin: &str, then: Then) -> (Ran, String, String) {
    let home = Home::new();
    let gateway = Gateway::start(then);
    let mut command = home.operation(arguments);
    command.args(["--base-url", &gateway.url]);
    let ran = run_with(&mut command, stdin.as_bytes());
    let received = gateway.received();
    let (head, body) = received.one_complete_request();
    let line = head.lines().next().unwrap().to_owned();
    (ran, line, String::from_utf8(body.to_vec()).unwrap())
}

const PAY: [&str; 9] = [
    "pay",
    "--merchant-order-id",
    "M1",
    "--amount",
    "4160",
    "--merchant-remark",
    "午餐 4111111111111111",
    "--pay-code-file",
    "-",
];

#[test]
fn a_payment_with_the_code_on_stdin() {
    let approved = r#"{"errCode":"00","errInfo":"成功","orderId":"20230718110248029165883554","amount":4160,"transactionAmount":4160,"payCode":"285668667587422761","thirdPartyName":"微信钱包","thirdPartyBuyerId":"2088000000000001"}"#;
    let arguments: Vec<_> = PAY.iter().copied().chain(["--json"]).collect();
    let (ran, line, body) = carry_out(&arguments, &format!("{CODE}\r\n"), json(approved));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(line, "POST /v6/poslink/transaction/pay HTTP/1.1");
    insta::assert_snapshot!(body, @r#"{"merchantCode":"103290070111417","terminalCode":"12340511","transactionAmount":4160,"transactionCurrencyCode":"156","merchantOrderId":"M1","merchantRemark":"午餐 4111111111111111","payMode":"CODE_SCAN","payCode":"285668667587422761"}"#);
    let object = ran.json();
    assert_eq!(object["outcome"], "approved");
    assert_eq!(object["reply"]["payCode"], "******");
    assert_eq!(object["reply"]["thirdPartyBuyerId"], "******");
    assert_eq!(object["request"]["operation"], "pay");
    assert_eq!(object["request"]["path"], "/v6/poslink/transaction/pay");
    assert_eq!(object["request"]["body"]["payCode"], "******");
    assert_eq!(
        object["request"]["body"]["merchantRemark"],
        "午餐 411111******1111"
    );
    assert!(object["state"].is_null() && object["final"].is_null());
    assert!(!ran.stdout.contains(CODE), "{ran:?}");
}

#[test]
fn every_field_of_a_payment_is_sent() {
    let (ran, line, body) = carry_out(
        &[
            "pay",
            "--merchant-order-id=M1",
            "--amount=1",
            "--merchant-remark=r",
            "--pay-code=285668667587422761",
            "--pay-mode=nfc",
            "--system-trace-num=000123",
            "--order-desc=lunch",
            "--src-reserved=own words",
            "--limit-credit-card=true",
            "--goods-tag=tag",
            "--goods-file=-",
            "--installment-flag=HBF",
            "--installment-number=12",
            "--device-type=11",
            "--longitude=-121.48352",
            "--latitude=+31.221345",
            "--operator-id=op",
            "--store-id=store",
            "--biz-identifier=abc",
            "--api-version=v4",
        ],
        r#"[{"goodsId":"6901234567892","goodsName":"鸡蛋","quantity":10,"price":416,"discount":5}]"#,
        json(r#"{"errCode":"61"}"#),
    );
    assert_eq!(ran.code, 3);
    assert_eq!(line, "POST /v4/poslink/transaction/pay HTTP/1.1");
    insta::assert_snapshot!(body, @r#"{"merchantCode":"103290070111417","terminalCode":"12340511","transactionAmount":1,"transactionCurrencyCode":"156","merchantOrderId":"M1","merchantRemark":"r","payMode":"NFC","payCode":"285668667587422761","deviceType":"11","systemTraceNum":"000123","srcReserved":"own words","storeId":"store","limitCreditCard":true,"operatorId":"op","bizIdentifier":"abc","goodsTag":"tag","installmentFlag":"HBF","installmentNumber":12,"longitude":"-121.48352","latitude":"+31.221345","orderDesc":"lunch","goods":[{"goodsId":"6901234567892","goodsName":"鸡蛋","quantity":10,"price":416,"discount":5}]}"#);
    assert!(!format!("{ran:?}").contains(CODE), "{ran:?}");
}

#[test]
fn a_terminal_stands_where_it_says() {
    for (flags, fields) in [
        (
            &[
                "--device-type=02",
                "--longitude",
                "-121.48352",
                "--latitude",
                "+31.221345",
            ][..],
            r#""deviceType":"02","longitude":"-121.48352","latitude":"+31.221345""#,
        ),
        (
            &["--device-type=02", "--base-station=460,00,1,2"],
            r#""deviceType":"02","cust2":"460,00,1,2""#,
        ),
        (
            &["--device-type=13", "--ip=2001:db8::1"],
            r#""deviceType":"13","ip":"2001:db8::1""#,
        ),
    ] {
        let arguments: Vec<_> = PAY.iter().chain(flags).copied().collect();
        let (ran, _, body) = carry_out(&arguments, CODE, json(r#"{"errCode":"61"}"#));
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(body.contains(&format!("{CODE}\",{fields}")), "{body}");
    }
}

/// What of goods and places cannot be sent.
#[test]
fn goods_and_places_that_cannot_be_sent_are_named() {
    let home = Home::new();
    home.write("pay.code", CODE);
    home.write(
        "goods.json",
        r#"[{"goodsId":"1","goodsName":"","quantity":1,"price":1}]"#,
    );
    let mut talk = String::new();
    for flags in [
        &["--goods-file=none.json"][..],
        &["--goods-file=pay.code"],
        &["--goods-file=goods.json"],
        &["--goods-file=-", "--pay-code-file=-"],
        &["--installment-flag="],
        &["--longitude=+121.48352", "--latitude=+31.221345"],
        &["--ip=192.0.2.1"],
        &["--device-type=02"],
        &["--device-type=2", "--ip=192.0.2.1"],
        &["--device-type=02", "--ip=192.0.2.1"],
        &["--device-type=02", "--longitude=+121.48352"],
        &[
            "--device-type=02",
            "--longitude=121.48352",
            "--latitude=31.221345",
        ],
        &["--device-type=11", "--base-station=1"],
        &["--device-type=11", "--ip=192.0.2.256"],
        &[
            "--device-type=11",
            "--ip=192.0.2.1",
            "--longitude=+121.48352",
            "--latitude=+31.221345",
        ],
    ] {
        let mut command = home.operation(&PAY[..7]);
        if !flags.contains(&"--pay-code-file=-") {
            command.arg("--pay-code-file=pay.code");
        }
        let ran = run(command.args(flags).arg("--env=test"));
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{flags:?} {ran:?}"
        );
        talk.push_str(&ran.stderr);
    }
    assert!(!talk.contains(CODE), "{talk}");
    insta::assert_snapshot!(talk, @r#"
    error: --goods-file: none.json cannot be read: No such file or directory (os error 2)
    error: --goods-file: pay.code: not a JSON array of goods
    error: --goods-file: goods.json: item 1: goodsName takes 1 to 256 characters, but nothing was given
    error: stdin is one of --pay-code-file and --goods-file, not both
    error: --installment-flag: installmentFlag takes at least one character, but nothing was given
    error: no --device-type: where a terminal stands is sent together with its type
    error: no --device-type: where a terminal stands is sent together with its type
    error: --device-type: this terminal is physical, and goes with --longitude and --latitude, or with --base-station, and with nothing else of these
    error: --device-type: deviceType takes 2 digits other than 01, 11, 12 and 13, which are terminals that are not physical, but "2" was given
    error: --device-type: this terminal is physical, and goes with --longitude and --latitude, or with --base-station, and with nothing else of these
    error: --device-type: this terminal is physical, and goes with --longitude and --latitude, or with --base-station, and with nothing else of these
    error: --longitude: longitude takes a sign, 3 digits, a point and 5 digits from -180.00000 to +180.00000, but "121.48352" was given, 9 characters
    error: --device-type: this terminal is not physical, and goes with --longitude and --latitude, or with --ip, and with nothing else of these
    error: --ip: must be an IP address, but "192.0.2.256" was given
    error: --device-type: this terminal is not physical, and goes with --longitude and --latitude, or with --ip, and with nothing else of these
    "#);
    let ran = run(home.operation(PAY).arg("--installment-number=some"));
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn an_unanswered_payment_is_unknown_and_says_what_to_query() {
    let (ran, ..) = carry_out(&PAY, CODE, Then::Close);
    assert_eq!(ran.code, 5);
    insta::assert_snapshot!(without_times(ran.stdout.split("  sent to").next().unwrap()), @"
    Unknown: the gateway closed the connection after the whole request was written; it may or may not have been carried out. Do not send it again. Query the order until its state is certain. Run: ums resolve --base-url _ --operation pay --merchant-order-id M1 --amount 4160 --signed-at _ --deadline 

      amount             41.60 CNY
      merchant order id  M1
      merchant code      103290070111417
      terminal code      12340511
    ");
}

#[test]
fn a_query_says_the_state_and_exits_by_it() {
    for (reply, state, is_final, code, next) in [
        (r#""0""#, "paid", true, 0, "done"),
        (r#""1""#, "timed_out", false, 5, "ask_again"),
        (r#""2""#, "voided", true, 3, "done"),
        // How much was refunded is not known.
        (r#""3""#, "refunded", false, 5, "ask_again"),
        (
            r#""3","refundedAmount":"0","originalTransactionAmount":"4160""#,
            "refunded",
            false,
            5,
            "ask_again",
        ),
        (
            r#""3","refundedAmount":"4160","originalTransactionAmount":"4160""#,
            "refunded",
            true,
            3,
            "done",
        ),
        // The answer contradicts itself.
        (
            r#""0","refundedAmount":"4160","originalTransactionAmount":"4160""#,
            "paid",
            false,
            5,
            "ask_again",
        ),
        (
            r#""3","refundedAmount":"4159","originalTransactionAmount":4160"#,
            "refunded",
            true,
            0,
            "done",
        ),
        (r#""4""#, "reversed", true, 3, "done"),
        (r#""5余额不足""#, "failed", true, 3, "done"),
        (r#""51""#, "unknown", false, 5, "ask_again"),
        (r#""FF""#, "unknown", false, 5, "ask_again"),
    ] {
        let arguments = ["query", "--original-order-id", ORDER, "--json"];
        let body = format!(r#"{{"errCode":"00","queryResCode":{reply}}}"#);
        let (ran, line, body) = carry_out(&arguments, "", json(&body));
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{reply}");
        assert_eq!(line, "POST /v6/poslink/transaction/query HTTP/1.1");
        assert_eq!(
            body,
            format!(
                r#"{{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"{ORDER}"}}"#
            )
        );
        let object = ran.json();
        assert_eq!(object["outcome"], "answered");
        assert_eq!(object["state"], state);
        assert_eq!(object["final"], is_final);
        assert_eq!(object["next_step"], next);
        assert_eq!(object["may_repeat"], "no");
        // What to run is named, and it is the very same.
        let names_it = object["next"].as_str().unwrap().contains(": ums query ");
        assert_eq!(names_it, next == "ask_again", "{object}");
    }
}

/// Nothing that becomes of a question says anything of the payment.
#[test]
fn a_query_that_is_not_answered_has_no_state() {
    for (then, next) in [
        (Then::Close, "ask_again"),
        (json(r#"{"errCode":"25"}"#), "ask_again"),
        (json(r#"{"errCode":"22"}"#), "ask_again"),
        (json(r#"{"errCode":"57"}"#), "ask_again"),
        (json(r#"{"errCode":"FF"}"#), "ask_again"),
        (
            json(r#"{"errCode":"1000","errInfo":"卡 4111111111111111"}"#),
            "fix_credentials",
        ),
        (
            json(r#"{"errCode":"00","queryResCode":"0","orderId":"another"}"#),
            "ask_again",
        ),
    ] {
        let arguments = ["query", "--original-order-id", ORDER, "--json"];
        let (ran, ..) = carry_out(&arguments, "", then);
        assert_eq!(ran.code, 5, "{ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "unknown");
        assert!(object["state"].is_null() && object["final"].is_null());
        assert_eq!(object["next_step"], next, "{object}");
    }
    let refused = json(r#"{"errCode":"1000","errInfo":"卡 4111111111111111"}"#);
    let (ran, ..) = carry_out(&["query", "--original-order-id", ORDER], "", refused);
    let first = ran.stdout.lines().next().unwrap();
    assert!(
        first.starts_with("Not answered: the gateway refused the question"),
        "{first}"
    );
    assert!(
        !ran.stdout.contains("Declined") && !ran.stdout.contains("411111111"),
        "{ran:?}"
    );
}

#[test]
fn a_query_that_was_not_sent_exits_with_4() {
    let home = Home::new();
    let mut command = home.operation(["query", "--original-order-id=1", "--json"]);
    let ran = run(command.arg("--base-url=http://127.0.0.1:1"));
    assert_eq!((ran.code, &ran.json()["outcome"]), (4, &"not_sent".into()));
}

/// The reply codes that a merchant takes for refusals, by flag or by profile.
#[test]
fn a_refusal_beyond_the_documents_says_where_it_is_known_from() {
    let pay = [
        "pay",
        "--merchant-order-id=M1",
        "--amount=1",
        "--merchant-remark=r",
        "--pay-code=285668667587422761",
        "--json",
    ];
    let no_money = r#"{"errCode":"51","errInfo":"余额不足"}"#;
    for (flags, reply, code, provenance) in [
        (&[][..], no_money, 5, None),
        (&["--reply-codes=documented"], no_money, 5, None),
        (&["--reply-codes=unionpay"], no_money, 3, Some("standard")),
        (&["--reply-codes=unionpay"], r#"{"errCode":"ER"}"#, 5, None),
        (&["--reply-codes=unionpay"], r#"{"errCode":"94"}"#, 5, None),
        (
            &["--refusal-code=pay:Z1=letter of 2026-03-01"],
            r#"{"errCode":"Z1"}"#,
            3,
            Some("letter of 2026-03-01"),
        ),
        (
            &["--refusal-code=refund:Z1=letter"],
            r#"{"errCode":"Z1"}"#,
            5,
            None,
        ),
    ] {
        let (ran, ..) = carry_out(&[&pay[..], flags].concat(), "", json(reply));
        assert_eq!(ran.code, code, "{flags:?} {ran:?}");
        assert_eq!(ran.json()["provenance"].as_str(), provenance);
        let may_repeat = if code == 3 { "new_key" } else { "no" };
        assert_eq!(ran.json()["may_repeat"], may_repeat);
    }
    let home = Home::new();
    home.write_config("default_profile = \"p\"\n[profiles.p]\nreply_codes = \"unionpay\"\n");
    let gateway = Gateway::start(json(no_money));
    let ran = run(home.operation(pay).args(["--base-url", &gateway.url]));
    gateway.received();
    assert_eq!(
        (ran.code, &ran.json()["provenance"]),
        (3, &"standard".into())
    );
    let mut talk = String::new();
    for flag in [
        "--refusal-code=pay:94=a guess",
        "--refusal-code=query:Z1=a guess",
        "--refusal-code=pay:Z1",
        "--refusal-code=pay:Z1=",
    ] {
        let ran = run(home.operation(pay).args(["--env=test", flag]));
        assert_eq!(ran.code, 2, "{ran:?}");
        // Those of later operations follow.
        let last = "quick-void-authorization";
        let list = ran.stderr.split_once(last).map_or("", |(_, rest)| rest);
        let later = list.split_once(", but").map_or("", |(later, _)| later);
        talk.push_str(&ran.stderr.replace(&format!("{last}{later}"), last));
    }
    insta::assert_snapshot!(talk.replace("authorization or quick", "authorization, quick"), @r#"
    error: --refusal-code: "94" cannot be taken for a refusal of Pay: it may follow a booking, or says nothing certain
    error: --refusal-code: must be OPERATION:CODE=SOURCE, where OPERATION is pay, void, refund, reverse, preauthorize, complete-authorization, void-authorization, quick-complete-authorization, quick-void-authorization, but "query:Z1=a guess" was given
    error: --refusal-code: must be OPERATION:CODE=SOURCE, where OPERATION is pay, void, refund, reverse, preauthorize, complete-authorization, void-authorization, quick-complete-authorization, quick-void-authorization, but "pay:Z1" was given
    error: --refusal-code: must be OPERATION:CODE=SOURCE, where OPERATION is pay, void, refund, reverse, preauthorize, complete-authorization, void-authorization, quick-complete-authorization, quick-void-authorization, but "pay:Z1=" was given
    "#);
}

#[test]
fn a_terminal_is_activated() {
    for (reply, code, outcome) in [
        (r#"{"errCode":"00"}"#, 0, "answered"),
        (r#"{"errCode":"97"}"#, 3, "declined"),
        (r#"{"errCode":"1000"}"#, 3, "declined"),
        (r#"{"errCode":"96"}"#, 5, "unknown"),
    ] {
        let (ran, line, body) = carry_out(&["activate", "--json"], "", json(reply));
        assert_eq!(
            (ran.code, &ran.json()["outcome"]),
            (code, &outcome.into()),
            "{ran:?}"
        );
        assert_eq!(line, "POST /v2/poslink/transaction/activeterminal HTTP/1.1");
        assert_eq!(
            body,
            r#"{"merchantCode":"103290070111417","terminalCode":"12340511"}"#
        );
    }
}

#[test]
fn a_payment_is_reversed() {
    let reverse = [
        "reverse",
        "--merchant-order-id=M1",
        "--amount=4160",
        "--json",
    ];
    let (ran, line, body) = carry_out(&reverse, "", json(r#"{"errCode":"00"}"#));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_eq!(line, "POST /v2/poslink/transaction/reversepayment HTTP/1.1");
    insta::assert_snapshot!(body, @r#"{"merchantCode":"103290070111417","terminalCode":"12340511","merchantOrderId":"M1","transactionAmount":4160,"transactionCurrencyCode":"156"}"#);
    let home = Home::new();
    let ran = run(home
        .operation(reverse)
        .arg("--base-url=https://gateway.invalid"));
    assert_eq!(
        (ran.code, &ran.json()["next_step"]),
        (2, &"confirm_live".into())
    );
}

/// The command to run is ready for a shell, with what this run was told by flags.
#[test]
fn the_command_to_run_is_named() {
    let home = Home::new();
    let gateway = Gateway::start(Then::Close);
    let mut command = home.operation(["refund", "--refund-request-id=R'1", "--amount=50"]);
    command.args([
        "--merchant-order-id=$M",
        "--terminal-code=7",
        "--api-version=v2",
        "--json",
    ]);
    let ran = run(command.args(["--base-url", &gateway.url]));
    gateway.received();
    let object = ran.json();
    let signed = object["evidence"]["timestamp"].as_str().unwrap();
    let until = object["evidence"]["deadline"].as_str().unwrap();
    let url = object["gateway"].as_str().unwrap();
    assert_eq!(
        object["next"].as_str().unwrap(),
        format!(
            "Do not send it again. Query the order until its state is certain. Run: ums resolve \
             --base-url {url} --terminal-code 7 --operation refund --merchant-order-id '$M' \
             --refund-request-id 'R'\\''1' --amount 50 --signed-at {signed} --deadline {until} \
             --api-version v2"
        )
    );
    let sentence = run(&mut home.operation(["query", "--merchant-order-id=M1", "--lang=zh"]));
    assert!(
        !sentence.stdout.contains("ums query"),
        "no gateway, no query"
    );
}

#[test]
fn a_person_reads_the_state_first() {
    let query = ["query", "--original-order-id", ORDER];
    let zh = ["query", "--original-order-id", ORDER, "--lang=zh"];
    let timed_out = r#"{"errCode":"00","queryResCode":"1","queryResDesc":"卡号 4111111111111111"}"#;
    let texts = [
        carry_out(&query, "", json(PAID)).0.stdout,
        carry_out(&zh, "", json(timed_out)).0.stdout,
    ];
    let texts: Vec<_> = texts
        .iter()
        .map(|text| text.split("  sent to").next().unwrap())
        .map(|text| text.split("  网关地址").next().unwrap())
        .collect();
    insta::assert_snapshot!(without_times(&texts.join("\n")), @"
    Paid: the payment stands. Nothing more to do.

      UMS order id   20230718110248029165883554
      merchant code  103290070111417
      terminal code  12340511
      answer         成功
      amount         41.60 CNY
      paid           41.60 CNY
      refunded       0.00 CNY

    支付超时，结果未定（顾客可能仍在确认付款），请继续查询。未查到明确结果。查询不涉及资金，可再查一次。请稍候再运行以下命令；过了交易当日，只能以对账单为准：ums query --base-url _ --original-order-id 20230718110248029165883554

      银商订单号  20230718110248029165883554
      商户号      103290070111417
      终端号      12340511
      查询结果    卡号 411111******1111
    ");
}

#[test]
fn a_refund_and_its_query() {
    let (ran, line, body) = carry_out(
        &[
            "refund",
            "--original-order-id",
            ORDER,
            "--refund-request-id=R1",
            "--amount=1000",
            "--merchant-remark=r",
            "--refund-desc=returned",
            "--system-trace-num=000123",
            "--limit-cross-device=true",
            "--operator-id=op",
            "--store-id=store",
            "--biz-identifier=abc",
            "--ori-trans-date=20230718",
            "--json",
        ],
        "",
        json(r#"{"errCode":"00","refundInvoiceAmount":"1000","transactionAmount":1000}"#),
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(line, "POST /v6/poslink/transaction/refund HTTP/1.1");
    insta::assert_snapshot!(body, @r#"{"merchantCode":"103290070111417","terminalCode":"12340511","refundRequestId":"R1","transactionAmount":1000,"systemTraceNum":"000123","originalOrderId":"20230718110248029165883554","merchantRemark":"r","limitCrossDevice":true,"operatorId":"op","refundDesc":"returned","storeId":"store","bizIdentifier":"abc","oriTransDate":"20230718"}"#);
    assert_eq!(ran.json()["evidence"]["operation"], "refund");

    for (code, state, is_final) in [("00", "refunded", true), ("25", "reported_failed", false)] {
        let (ran, line, body) = carry_out(
            &[
                "query-refund",
                "--merchant-order-id=M1",
                "--refund-request-id=R1",
                "--ori-trans-date=20230718",
                "--api-version=v2",
                "--json",
            ],
            "",
            json(&format!(r#"{{"errCode":"00","queryResCode":"{code}"}}"#)),
        );
        assert_eq!(ran.code, if is_final { 0 } else { 5 });
        assert_eq!(ran.json()["outcome"], "answered");
        assert_eq!(line, "POST /v2/poslink/transaction/query-refund HTTP/1.1");
        assert!(body.contains(r#""refundRequestId":"R1""#), "{body}");
        assert_eq!(ran.json()["state"], state);
        assert_eq!(ran.json()["final"], is_final);
    }
}

#[test]
fn what_cannot_be_asked_for_is_named() {
    let home = Home::new();
    home.write("empty", "");
    let mut talk = String::new();
    for arguments in [
        &["query"][..],
        &["query", "--original-order-id=1", "--merchant-order-id=1"],
        &[
            "query",
            "--original-order-id=1",
            "--ori-trans-date=20230230",
        ],
        &["query", "--original-order-id=1", "--ori-trans-date=2023718"],
        &[
            "refund",
            "--original-order-id=1",
            "--refund-request-id=R",
            "--amount=1.50",
        ],
        &[
            "refund",
            "--original-order-id=1",
            "--refund-request-id=R",
            "--amount=0",
        ],
        &[
            "refund",
            "--original-order-id=1",
            "--refund-request-id=",
            "--amount=1",
        ],
        &["refund", "--refund-request-id=R", "--amount=1"],
        &["query-refund", "--refund-request-id=R"],
        &[
            "pay",
            "--merchant-order-id=M",
            "--amount=1",
            "--merchant-remark=r",
            "--pay-code-file=empty",
        ],
        &[
            "pay",
            "--merchant-order-id=M",
            "--amount=1",
            "--merchant-remark=r",
            "--pay-code=MARKER two",
        ],
        &[
            "pay",
            "--merchant-order-id=M",
            "--amount=1",
            "--merchant-remark=r",
            "--pay-code-file=none",
        ],
        &[
            "void",
            "--original-order-id=1",
            "--resolve",
            "--resolve-pace=soon",
        ],
        &[
            "void",
            "--original-order-id=1",
            "--merchant-remark=4111111111111111 was the card that the customer paid with",
        ],
    ] {
        let ran = run(home.operation(arguments).arg("--env=test"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: no order: give --original-order-id, --merchant-order-id, or both
    error: two orders: give --original-order-id or --merchant-order-id, not both, since the documents contradict each other on which of them a query goes by
    error: --ori-trans-date: must be a day as yyyyMMdd, but "20230230" was given
    error: --ori-trans-date: must be a day as yyyyMMdd, but "2023718" was given
    error: --amount: "1.50" is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 150
    error: nothing to move: the amount is 0
    error: --refund-request-id: refundRequestId takes 1 to 50 characters, but nothing was given
    error: no order: give --original-order-id, --merchant-order-id, or both
    error: no order: give --original-order-id, --merchant-order-id, or both
    error: --pay-code-file: payCode takes at least one character, but nothing was given
    error: --pay-code: the code: white space stands in it; give it as the gateway's reply or your own books have it
    error: --pay-code-file: the file of the customer's code: No such file or directory (os error 2); what was given is not repeated here, as it may be the secret itself: write that to a file, and give the file's name
    error: --resolve-pace: must be a number of seconds from 0.001 to 3600, but "soon" was given
    error: --merchant-remark: merchantRemark takes 1 to 50 characters, but "411111******1111…" was given, 57 characters
    "#);
    for arguments in [
        &[
            "pay",
            "--merchant-order-id=M",
            "--amount=1",
            "--merchant-remark=r",
        ][..],
        &[
            "pay",
            "--merchant-order-id=M",
            "--amount=1",
            "--merchant-remark=r",
            "--pay-code=1",
            "--pay-mode=MAGIC",
        ],
        &["refund", "--original-order-id=1", "--amount=1"],
        &["void", "--original-order-id=1", "--resolve-pace=1"],
        &["void", "--original-order-id=1", "--api-version=v4"],
        &["resolve"],
    ] {
        let ran = run(&mut home.operation(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
}

/// Live money is asked about, and a query is not.
#[test]
fn only_what_moves_money_is_asked_about() {
    let home = Home::new();
    let live = ["--base-url", "https://gateway.invalid", "--json"];
    let refund = [
        "refund",
        "--original-order-id=1",
        "--refund-request-id=R",
        "--amount=1",
    ];
    let ran = run(home.operation(refund).args(live));
    assert_eq!(ran.json()["evidence"]["reason"], "not_confirmed");
    // A script that acted on "send again" would do so for ever.
    assert_eq!(ran.json()["next_step"], "confirm_live");
    assert!(!ran.stdout.contains("send_again"), "{ran:?}");
    assert!(ran.stderr.contains("Refund amount 0.01 CNY"), "{ran:?}");
    let ran = run(home
        .operation(["query", "--original-order-id=1"])
        .args(live));
    assert_eq!(ran.code, 4, "nobody is there: {ran:?}");
    assert_ne!(ran.json()["evidence"]["reason"], "not_confirmed");
}

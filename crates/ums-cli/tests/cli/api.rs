//! `ums api`.

use ums_client::auth::open_body_sig::{Authorization, Signer};
use ums_client::auth::{AppId, AppKey};

use crate::gateway::{Gateway, Then, header, json};
use crate::ums::{APP_ID, Home, KEY, Ran, run, run_with};

/// Runs `ums api /v1/netpay/query` against a gateway that answers so; gives the body of the one
/// request too, after checking its signature.
fn api(arguments: &[&str], stdin: &[u8], then: Then) -> (Ran, Vec<u8>) {
    let home = Home::new();
    let gateway = Gateway::start(then);
    let mut command = home.operation(["api", "/v1/netpay/query", "--base-url", &gateway.url]);
    let ran = run_with(command.args(arguments), stdin);
    let received = gateway.received();
    let (head, body) = received.one_complete_request();
    assert_eq!(head.lines().next(), Some("POST /v1/netpay/query HTTP/1.1"));
    let authorization = Authorization::parse(header(head, "authorization").unwrap()).unwrap();
    let signer = Signer::new(AppId::new(APP_ID).unwrap(), &AppKey::new(KEY).unwrap());
    signer.verify(body, &authorization).unwrap();
    (ran, body.to_vec())
}

const SUCCESS: &str = r#"{"errCode":"SUCCESS","errMsg":"查询成功","merOrderId":"4111111111111111","note":"4111111111111111"}"#;

#[test]
fn fields_become_a_body_in_their_order() {
    let (ran, body) = api(
        &[
            "--reads",
            "--success=SUCCESS",
            "--json",
            "--field=totalAmount=1",
            "--field=secure=true",
            "-Fempty=null",
            "-Fcode=007",
            "-f",
            "mid=898340149000005",
            "--raw-field=tid=88880001",
            "-fnote=a=b \"测试\"",
        ],
        b"",
        json(SUCCESS),
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(String::from_utf8(body).unwrap(), @r#"{"totalAmount":1,"secure":true,"empty":null,"code":"007","mid":"898340149000005","tid":"88880001","note":"a=b \"测试\""}"#);
    let object = ran.json();
    assert_eq!(object["outcome"], "answered");
    assert_eq!(object["err_code"], "SUCCESS");
    assert_eq!(object["err_info"], "查询成功");
    assert_eq!(object["reply"]["merOrderId"], "4111111111111111");
    assert_eq!(object["reply"]["note"], "411111******1111");
    assert_eq!(object["evidence"]["operation"], "call");
    assert_eq!(object["request"]["path"], "/v1/netpay/query");
    assert_eq!(object["request"]["body"]["totalAmount"], 1);
}

#[test]
fn a_body_from_stdin_is_sent_byte_for_byte() {
    let given = " {\"b\" : 1.10,\n\t\"a\":\"\\u6d4b\"}\n".as_bytes();
    let (ran, body) = api(
        &["--reads", "--input=-"],
        given,
        json(r#"{"errCode":"00"}"#),
    );
    assert_eq!(ran.code, 0);
    assert_eq!(body, given);
    let (ran, body) = api(&["--reads"], b"", json(r#"{"errCode":"00"}"#));
    assert_eq!((ran.code, body.as_slice()), (0, &b"{}"[..]));
}

#[test]
fn the_codes_decide_as_they_were_given() {
    for (reply, flags, code) in [
        (r#"{"errCode":"00"}"#, &[][..], 0),
        (r#"{"errCode":"57"}"#, &[], 3),
        (r#"{"errCode":"SUCCESS"}"#, &[], 5),
        (r#"{"errCode":"SUCCESS"}"#, &["--success=SUCCESS"], 0),
        (
            r#"{"errCode":"0000"}"#,
            &["--success=SUCCESS", "--success=0000"],
            0,
        ),
        (r#"{"errCode":"00"}"#, &["--success=SUCCESS"], 5),
        (r#"{"errCode":"57"}"#, &["--success=SUCCESS"], 5),
        (r#"{"errCode":"1000"}"#, &["--success=SUCCESS"], 3),
        (r#"{"errMsg":"SUCCESS"}"#, &["--success=SUCCESS"], 5),
    ] {
        let flags: Vec<_> = flags.iter().copied().chain(["--moves-money"]).collect();
        let (ran, _) = api(&flags, b"", json(reply));
        assert_eq!(ran.code, code, "{reply} {flags:?}");
    }
}

#[test]
fn what_an_unknown_outcome_means_goes_by_what_the_call_may_do() {
    for (flag, next) in [("--reads", "ask_again"), ("--moves-money", "query")] {
        let (ran, _) = api(&[flag, "--json"], b"", Then::Close);
        assert_eq!(ran.code, 5);
        assert_eq!(ran.json()["next_step"], next);
    }
}

#[test]
fn a_person_reads_the_reply() {
    let (ran, _) = api(&["--reads", "--success=SUCCESS"], b"", json(SUCCESS));
    insta::assert_snapshot!(ran.stdout.split("  sent to").next().unwrap(), @r#"
    Approved: errCode "SUCCESS" "查询成功". Nothing more to do.

      reply        {"errCode":"SUCCESS","errMsg":"查询成功","merOrderId":"4111111111111111","note":"411111******1111"}
    "#);
}

#[test]
fn live_money_is_asked_about() {
    let home = Home::new();
    let mut command = home.operation(["api", "/v1/netpay/refund", "--json"]);
    command.args(["--moves-money", "-fcard=4111111111111111"]);
    let ran = run(command.args(["--base-url", "https://gateway.invalid"]));
    assert_eq!(ran.code, 2);
    assert_eq!(ran.json()["evidence"]["reason"], "not_confirmed");
    insta::assert_snapshot!(ran.stderr, @r#"error: Call /v1/netpay/refund {"card":"411111******1111"} → https://gateway.invalid: this moves live money and there is no terminal to ask on; pass --yes"#);
}

/// Fields of a request and of a reply that hold data about a person, a card or a secret, under
/// names that operations describe and under others, at every depth.
const PERSONAL: &str = r#"{"errCode":"00","mobile":"13800138000","card":{"cvn2":"138","expDate":1380,"bankCardNo":"13800138000"},"list":[{"cert_no":"13800138000"}],"goods":"[{\"name\":\"13800138000\"}]","userId":"13800138000","orderId":"4111111111111111"}"#;

const PERSONAL_SHOWN: &str = r#"{"errCode":"00","mobile":"******","card":{"cvn2":"******","expDate":"******","bankCardNo":"******"},"list":[{"cert_no":"******"}],"goods":"[{\"name\":\"******\"}]","userId":"******","orderId":"4111111111111111"}"#;

#[test]
fn data_about_a_person_is_in_no_report() {
    let (ran, body) = api(
        &["--reads", "--json", "--input=-"],
        PERSONAL.as_bytes(),
        json(PERSONAL),
    );
    assert_eq!(
        (ran.code, body.as_slice()),
        (0, PERSONAL.as_bytes()),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains("1380"), "{}", ran.stdout);
    let shown: serde_json::Value = serde_json::from_str(PERSONAL_SHOWN).unwrap();
    let object = ran.json();
    assert_eq!(object["reply"], shown);
    assert_eq!(object["request"]["body"], shown);

    let (ran, _) = api(
        &["--reads", "-v", "--input=-"],
        PERSONAL.as_bytes(),
        json(PERSONAL),
    );
    assert!(ran.stdout.contains("\"mobile\":\"******\""), "{ran:?}");
    assert!(
        !ran.stdout.contains("1380") && !ran.stderr.contains("1380"),
        "{ran:?}"
    );
}

#[test]
fn data_about_a_person_is_not_in_a_reply_that_was_cut_off() {
    for cut in ["\"13800138000\"}", "\"1380013800", "1380013800"] {
        let reply = format!("{{\"errCode\":\"00\",\"orderId\":\"U1\",\"mobile\":{cut}");
        for flags in [&["--reads"][..], &["--reads", "--json"]] {
            let (ran, _) = api(flags, b"", json(&reply));
            assert!(ran.stdout.contains("U1"), "{ran:?}");
            assert!(!ran.stdout.contains("1380"), "{ran:?}");
        }
    }
}

#[test]
fn data_about_a_person_is_not_in_the_question() {
    let home = Home::new();
    let mut command = home.operation(["api", "/v1/netpay/refund", "--moves-money"]);
    command.args([
        "-fname=王小明",
        "-Fmobile=13800138000",
        "-fcvn2=138",
        "-forderId=U1",
    ]);
    let ran = run(command.args(["--base-url", "https://gateway.invalid"]));
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.stderr, @r#"error: Call /v1/netpay/refund {"mobile":"******","name":"******","cvn2":"******","orderId":"U1"} → https://gateway.invalid: this moves live money and there is no terminal to ask on; pass --yes"#);
}

#[test]
fn what_cannot_be_called_is_named() {
    let home = Home::new();
    home.write("array.json", "[1]");
    let mut talk = String::new();
    for arguments in [
        &["v1/netpay/query", "--reads"][..],
        &["/v1/netpay query", "--reads"],
        &["/v1/x#y", "--reads"],
        &["/v1/x", "--reads", "-fnovalue"],
        &["/v1/x", "--reads", "-F=1"],
        &["/v1/x", "--reads", "-fa=1", "-Fa=2"],
        &["/v1/x", "--reads", "--input=array.json"],
        &["/v1/x", "--reads", "--input=none.json"],
    ] {
        let ran = run(home.operation(["api"]).args(arguments).arg("--env=test"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @"
    error: PATH must begin with / and hold visible ASCII characters only, as in /v1/netpay/query
    error: PATH must begin with / and hold visible ASCII characters only, as in /v1/netpay/query
    error: PATH must begin with / and hold visible ASCII characters only, as in /v1/netpay/query
    error: --raw-field must be like KEY=VALUE
    error: --field must be like KEY=VALUE
    error: --raw-field: a is given twice
    error: --input is not one JSON object in UTF-8
    error: --input: none.json cannot be read: No such file or directory (os error 2)
    ");
    for arguments in [
        &["/v1/x"][..],
        &["/v1/x", "--reads", "--moves-money"],
        &["/v1/x", "--reads", "--input=-", "-fa=1"],
        &["--reads"],
    ] {
        let ran = run(home.operation(["api"]).args(arguments).arg("--env=test"));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
}

/// What a read must not be said to be: an unknown outcome of it would be answered by sending it
/// again.
#[test]
fn what_moves_money_is_not_called_a_read() {
    let home = Home::new();
    for path in [
        "/v6/poslink/transaction/pay",
        "/v6/poslink/transaction/voidpayment",
        "/v2/poslink/transaction/reversepayment",
        "/v6/poslink/transaction/refund",
        "/v6//poslink/transaction/%70ay",
        "/v6/poslink/transaction/query/../PAY?x=1",
        "/v1/poslink/transaction/preauthorization/preauthorize",
        "/v1/poslink/transaction/preauthorization/quickvoidauthorization",
    ] {
        let mut command = home.operation(["api", path, "--reads", "--json"]);
        let ran = run(command.arg("--base-url=http://127.0.0.1:1"));
        assert_eq!(ran.code, 2, "{path}: {ran:?}");
        assert!(ran.stderr.contains("this path moves money"), "{ran:?}");
    }
    for path in [
        "/v6/poslink/transaction/query",
        "/v2/poslink/transaction/queryrefund",
        "/v1/poslink/transaction/preauthorization/query",
        "/v1/poslink/transaction/preauthorization/query-by-system-trace-num",
        "/v1/netpay/refund-query",
    ] {
        let mut command = home.operation(["api", path, "--reads", "--json"]);
        let ran = run(command.arg("--base-url=http://127.0.0.1:1"));
        assert_eq!(ran.code, 4, "{path}: {ran:?}");
    }
}

/// A query exits by the state, however it is called, and a refusal of what reads says nothing.
#[test]
fn what_reads_is_answered_or_not() {
    for (path, reply, code, outcome) in [
        (
            "/v6/poslink/transaction/query",
            r#"{"errCode":"00","queryResCode":"0"}"#,
            0,
            "answered",
        ),
        (
            "/v6/poslink/transaction/query",
            r#"{"errCode":"00","queryResCode":"5"}"#,
            3,
            "answered",
        ),
        (
            "/v6/poslink/transaction/query",
            r#"{"errCode":"00","queryResCode":"1"}"#,
            5,
            "answered",
        ),
        (
            "/v6/poslink/transaction/query",
            r#"{"errCode":"25"}"#,
            5,
            "unknown",
        ),
        (
            "/v6/poslink/transaction/query-refund",
            r#"{"errCode":"00","queryResCode":"57"}"#,
            5,
            "answered",
        ),
        ("/v1/netpay/query", r#"{"errCode":"00"}"#, 0, "answered"),
        ("/v1/netpay/query", r#"{"errCode":"1000"}"#, 5, "unknown"),
    ] {
        let home = Home::new();
        let gateway = Gateway::start(json(reply));
        let mut command = home.operation(["api", path, "--reads", "--json"]);
        let ran = run(command.args(["--base-url", &gateway.url]));
        gateway.received();
        assert_eq!(
            (ran.code, &ran.json()["outcome"]),
            (code, &outcome.into()),
            "{path} {ran:?}"
        );
    }
}

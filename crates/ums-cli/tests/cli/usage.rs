//! What cannot be asked for: it names the field and the rule, exits 2, and nothing reaches the
//! network.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::ums::{Home, KEY, RESOLVE, run};

#[test]
fn invalid_values_never_reach_the_network() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let long = "2".repeat(51);
    let mut talk = String::new();
    for (flag, value) in [
        ("--original-order-id", long.as_str()),
        ("--original-order-id", ""),
        ("--merchant-order-id", "1 2"),
        ("--merchant-code", "1032900701114170"),
        ("--terminal-code", "123456789"),
        ("--system-trace-num", "12345"),
        ("--merchant-remark", "a\nb"),
        ("--biz-identifier", "abcd"),
        ("--timeout", "0"),
        ("--timeout", "-1"),
        ("--timeout", "1e9"),
        ("--timeout", "soon"),
    ] {
        let mut command = home.command(["void", "--base-url", &url]);
        command.env("UMS_APP_ID", "a").env("UMS_APP_KEY", KEY);
        for (needed, default) in [
            ("--merchant-code", "1"),
            ("--terminal-code", "1"),
            ("--original-order-id", "1"),
        ] {
            if needed != flag {
                command.args([needed, default]);
            }
        }
        let ran = run(command.arg(format!("{flag}={value}")));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{flag}: {ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: --original-order-id: originalOrderId takes 1 to 50 characters, but "2222222222222222…" was given, 51 characters
    error: --original-order-id: originalOrderId takes 1 to 50 characters, but nothing was given
    error: --merchant-order-id: "1 2": white space stands in it; give it as the gateway's reply or your own books have it
    error: --merchant-code: merchantCode takes 1 to 15 characters, but "1032900701114170" was given, 16 characters
    error: --terminal-code: terminalCode takes 1 to 8 characters, but "123456789" was given, 9 characters
    error: --system-trace-num: systemTraceNum takes exactly 6 characters, but "12345" was given, 5 characters
    error: --merchant-remark: merchantRemark takes printable characters (no control character, line separator or byte order mark) only, but "a\nb" was given, 3 characters
    error: --biz-identifier: bizIdentifier takes 1 to 3 characters, but "abcd" was given, 4 characters
    error: --timeout: must be a number of seconds from 0.001 to 3600, but "0" was given
    error: --timeout: must be a number of seconds from 0.001 to 3600, but "-1" was given
    error: --timeout: must be a number of seconds from 0.001 to 3600, but "1e9" was given
    error: --timeout: must be a number of seconds from 0.001 to 3600, but "soon" was given
    "#);
    let accepted = listener.accept();
    assert_eq!(accepted.unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn what_is_missing_is_named() {
    let home = Home::new();
    let mut talk = String::new();
    for arguments in [
        &["void"][..],
        &["void", "--original-order-id", "1"],
        &["void", "--original-order-id", "1", "--merchant-code", "1"],
        &[
            "void",
            "--original-order-id=1",
            "--merchant-code=1",
            "--terminal-code=1",
        ],
    ] {
        let ran = run(&mut home.command(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @"
    error: no order: give --original-order-id, --merchant-order-id, or both
    error: no merchant code (商户号): give --merchant-code, or set UMS_MERCHANT_CODE, or merchant_code in a profile
    error: no terminal code (终端号): give --terminal-code, or set UMS_TERMINAL_CODE, or terminal_code in a profile
    error: no gateway: give --env production, --env test or --base-url URL, or set UMS_ENV, UMS_BASE_URL, or env or base_url in a profile; there is no default, so that money goes nowhere by accident
    ");
}

#[test]
fn a_command_line_that_is_none_exits_with_2() {
    let home = Home::new();
    for arguments in [
        &[][..],
        &["viod"],
        &["void", "--nonsense"],
        &["void", "--app-key", KEY],
        &["void", "--limit-cross-device", "maybe"],
        &["void", "--env", "staging"],
        &["--lang", "fr", "demo"],
        &["completions", "cmd"],
        &["simulator", "--fault", "nonsense"],
        &["simulator", "--fault", "silence,sometimes"],
        &["simulator", "--listen", "everywhere"],
    ] {
        let ran = run(&mut home.command(arguments));
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{arguments:?}: {ran:?}"
        );
        assert!(!ran.stderr.is_empty());
    }
}

#[test]
fn a_bad_address_is_refused_by_rule() {
    let home = Home::new();
    let mut talk = String::new();
    for url in [
        "http://example.com",
        "https://example.com/v6",
        "https://user:pw@example.com",
        "ftp://example.com",
        "",
    ] {
        let ran = run(&mut home.void(["--base-url", url]));
        assert_eq!(ran.code, 2, "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @r#"
    error: --base-url: base URL "http://example.com": plain http is for this machine only (localhost, 127.x.x.x, [::1]); use https for any other host
    error: --base-url: base URL "https://example.com/v6": it must end after host and port; the operation brings the path
    error: --base-url: base URL "https://…@example.com": a user name or password does not belong in it; UMS signs each request instead
    error: --base-url: base URL "ftp://example.com": the scheme must be https, or http for a gateway on this machine
    error: --base-url: base URL "": not a URL; write it as https://host or https://host:port
    "#);
}

#[test]
fn with_json_a_refusal_is_an_object_too() {
    let home = Home::new();
    for (arguments, code, reason) in [
        (&["--base-url", "nonsense"][..], 2, "invalid_input"),
        (&["--env", "production"], 2, "not_confirmed"),
        (&["--env", "test", "--profile", "none"], 6, "configuration"),
        (
            &["--env", "test", "--app-key-file", "none"],
            6,
            "credentials",
        ),
        (&["--env", "test", "--ca", "none"], 6, "configuration"),
    ] {
        let ran = run(home.void(arguments).arg("--json"));
        assert_eq!(ran.code, code, "{ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "not_sent");
        assert_eq!(object["evidence"]["reason"], reason);
        assert_eq!(object["evidence"]["requests_sent"], 0);
        assert!(ran.stderr.starts_with("error: "), "{ran:?}");
    }
}

/// A script that asked for JSON need not read stderr, whatever it got wrong.
#[test]
fn with_json_a_command_line_that_is_none_is_an_object_too() {
    let home = Home::new();
    for (arguments, operation, detail) in [
        (&["--json"][..], "ums", "no command"),
        (&["viod", "--json"], "ums", "viod"),
        (
            &["--json", "void", "--nonsense"],
            "void_payment",
            "--nonsense",
        ),
        (
            &["--profile", "pay", "void", "--json", "--env", "staging"],
            "void_payment",
            "staging",
        ),
        (&["refund", "--json"], "refund", "--amount"),
        (
            &["query-refund", "--json"],
            "query_refund",
            "--refund-request-id",
        ),
        (&["api", "--json"], "call", "--reads"),
        (&["explain", "--json"], "explain", "--header"),
        (&["sign", "--json"], "sign", "--body"),
        (
            &["simulator", "--json", "--listen", "everywhere"],
            "simulator",
            "everywhere",
        ),
        (&["completions", "--json"], "completions", "<SHELL>"),
    ] {
        let ran = run(&mut home.command(arguments));
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "not_sent");
        assert_eq!(object["next_step"], "fix_request");
        assert_eq!(object["evidence"]["operation"], operation);
        assert_eq!(object["evidence"]["reason"], "invalid_input");
        assert_eq!(object["evidence"]["requests_sent"], 0);
        assert!(object["request"].is_null());
        let told = object["evidence"]["detail"].as_str().unwrap();
        assert!(told.contains(detail), "{arguments:?}: {told}");
        assert!(ran.stderr.starts_with("error: "), "{ran:?}");
    }
    // Not asked for, or asked for of nobody.
    for arguments in [&["viod"][..], &["void", "--", "--json"]] {
        let ran = run(&mut home.command(arguments));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    }
    // What was asked for is no error.
    let ran = run(&mut home.command(["void", "--json", "--help"]));
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.starts_with("Void"), "{}", ran.stdout);
}

/// The object has the same keys for every failure.
#[test]
fn with_json_every_command_that_fails_prints_the_same_object() {
    let home = Home::new();
    let keys = |ran: &crate::ums::Ran| -> Vec<String> {
        let object = ran.json();
        let names = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().unwrap().keys().cloned().collect()
        };
        [names(&object), names(&object["evidence"])].concat()
    };
    let expected = keys(&run(&mut home.command(["viod", "--json"])));
    for (arguments, code) in [
        (&["sign", "--body", "none", "--json"][..], 6),
        (&["explain", "--header", "x", "--body", "none", "--json"], 6),
        (&["simulator", "--orders", "none", "--json"], 6),
        (&["void", "--json"], 2),
        (&[RESOLVE, "none", "--json"], 2),
        (&["man", "--dir", "app.key/none", "--json"], 1),
    ] {
        let ran = run(&mut home.command(arguments));
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert_eq!(keys(&ran), expected, "{arguments:?}");
    }
}

pub(crate) fn the_demo_is_one_object_too() {
    let ran = run(&mut Home::new().command(["demo", "--json"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let object = ran.json();
    let calls = object["calls"].as_array().unwrap();
    let outcomes: Vec<_> = calls
        .iter()
        .map(|call| {
            assert_eq!(call["request"]["operation"], "void_payment");
            assert_eq!(call["evidence"]["requests_sent"], 1);
            call["outcome"].as_str().unwrap()
        })
        .collect();
    assert_eq!(outcomes, ["approved", "declined", "approved"]);
    assert_eq!(calls[2]["evidence"]["reason"], "deadline");
    assert_eq!(object["orders"][0]["voided"], true);
}

/// The language is known even of a line that is none. A script reads English.
#[test]
fn what_is_wrong_is_said_in_the_language_of_the_run() {
    let home = Home::new();
    for arguments in [
        &["--json", "--lang", "zh"][..],
        &["--json", "--lang=zh"],
        &["--json"],
    ] {
        let ran = run(home.command(arguments).env("LANG", "zh_CN.UTF-8"));
        let object = ran.json();
        assert_eq!(
            object["next"], "请更正请求内容，然后重新发起。",
            "{arguments:?}"
        );
        assert_eq!(
            object["evidence"]["detail"],
            "no command: ums --help lists them"
        );
    }
    let ran = run(home.command(["void", "--lang=zh"]).env("LANG", "C"));
    assert!(ran.stderr.starts_with("错误："), "{ran:?}");
}

/// A pay code typed where none belongs, and a key in an address.
#[test]
fn what_stands_where_it_does_not_belong_is_not_repeated() {
    const CODE: &str = "285668667587422761";
    let home = Home::new();
    for arguments in [
        vec!["pay", CODE],
        vec!["pay", CODE, "--json"],
        vec!["pay", CODE, "--lang=zh"],
        vec![
            "void",
            "--original-order-id=U",
            "--base-url=https://host.example/?k=abc9911xyz",
        ],
    ] {
        let ran = run(&mut home.operation(&arguments));
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(ran.code != 0 && !all.is_empty(), "{ran:?}");
        assert!(!all.contains(CODE) && !all.contains("abc9911xyz"), "{all}");
    }
}

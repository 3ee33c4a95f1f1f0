//! Identifiers as a spreadsheet leaves them, and amounts that are none: refused in words that say
//! what happened, before anything is sent.

use std::collections::BTreeSet;

use crate::gateway::{Gateway, json};
use crate::ums::{Home, run, run_once};

const OPERATIONS: [&str; 5] = ["pay", "query", "void", "refund", "query-refund"];

/// An identifier as it should be, and what becomes of it.
const DAMAGED: [(&str, &str); 13] = [
    ("2.02307E+25", "power of ten"),
    ("2.02307e+25", "power of ten"),
    ("2E+25", "power of ten"),
    ("20230718.0", "decimals"),
    ("'20230718", "apostrophe"),
    ("20,230,718", "thousands"),
    ("\"20230718\"", "quotation marks"),
    ("“20230718”", "quotation marks"),
    ("20230718\u{200b}", "invisible (U+200B)"),
    ("20230718\u{a0}", "invisible (U+00A0)"),
    ("\u{feff}20230718", "invisible (U+FEFF)"),
    ("２０２３０７１８", "full-width"),
    ("20230718 ", "white space"),
];

/// The flags of a command that take an identifier or a code, by its own help.
fn identifier_flags(home: &Home, command: &str) -> BTreeSet<String> {
    let help = run(&mut home.command([command, "--help"])).stdout;
    let flags = help.lines().filter_map(|line| {
        let (flag, value) = line.trim().split_once(' ')?;
        ["<ID>", "<CODE>", "<DIGITS>"]
            .contains(&value)
            .then(|| flag.to_owned())
    });
    // What was pasted as an AppId may be the AppKey: nothing of it is told.
    flags
        .filter(|flag| flag.starts_with("--") && flag != "--app-id")
        .collect()
}

/// What a command needs besides the flag that is tried.
fn needed(command: &str) -> Vec<(&'static str, &'static str)> {
    let mut flags = vec![
        ("--base-url", "http://127.0.0.1:9"),
        ("--merchant-code", "1"),
        ("--terminal-code", "2"),
    ];
    match command {
        "pay" => flags.extend([
            ("--merchant-order-id", "M"),
            ("--amount", "1"),
            ("--merchant-remark", "r"),
            ("--pay-code", "1"),
        ]),
        "refund" => flags.extend([
            ("--original-order-id", "U"),
            ("--refund-request-id", "R"),
            ("--amount", "1"),
        ]),
        "query-refund" => {
            flags.extend([("--original-order-id", "U"), ("--refund-request-id", "R")]);
        }
        _ => flags.push(("--original-order-id", "U")),
    }
    flags
}

#[test]
fn every_flag_that_takes_an_identifier_refuses_a_damaged_one() {
    let home = Home::new();
    let mut tried = 0;
    for command in OPERATIONS {
        let flags = identifier_flags(&home, command);
        assert!(flags.len() >= 3, "{command}: {flags:?}");
        for flag in flags {
            for (at, (value, what)) in DAMAGED.into_iter().enumerate() {
                let mut run_with = home.operation([command]);
                for (needed, default) in needed(command) {
                    let same_order = needed == "--original-order-id"
                        && flag == "--merchant-order-id"
                        && command == "query";
                    if needed != flag && !same_order {
                        run_with.args([needed, default]);
                    }
                }
                run_with.arg(format!("{flag}={value}"));
                // What is said of each value in Chinese is looked at once, below.
                let ran = match at {
                    0 => run(&mut run_with),
                    _ => run_once(&mut run_with),
                };
                let case = format!("{command} {flag}={value}: {ran:?}");
                assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{case}");
                assert!(
                    ran.stderr.starts_with(&format!("error: {flag}: ")),
                    "{case}"
                );
                assert!(ran.stderr.contains(what), "{case}");
                if flag == "--pay-code" {
                    assert!(!ran.stderr.contains("20230718"), "{case}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

/// The same from the environment and from a profile.
#[test]
fn a_damaged_code_is_refused_wherever_it_was_given() {
    let home = Home::new();
    home.write_config("[profiles.p]\nmerchant_code = \"1.03E+14\"\n");
    for profile in [true, false] {
        let mut command = home.operation(["query", "--original-order-id=1"]);
        if profile {
            command.arg("--profile=p").env_remove("UMS_MERCHANT_CODE");
        } else {
            command.env("UMS_MERCHANT_CODE", "1.03E+14");
        }
        let ran = run(&mut command);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert!(ran.stderr.contains("power of ten"), "{ran:?}");
        assert!(
            !profile || ran.stderr.contains("line 2: merchant_code"),
            "{ran:?}"
        );
    }
}

#[test]
fn what_happened_is_said_in_either_language() {
    let home = Home::new();
    let mut talk = String::new();
    for lang in ["en", "zh"] {
        for (value, _) in DAMAGED {
            let mut command = home.operation(["query", "--lang", lang]);
            let ran = run(command.args(["--merchant-order-id", value]));
            talk.push_str(&ran.stderr);
        }
    }
    insta::assert_snapshot!(talk, @r#"
    error: --merchant-order-id: "2.02307E+25": a spreadsheet has made a power of ten of it, and its last digits are lost; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "2.02307e+25": a spreadsheet has made a power of ten of it, and its last digits are lost; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "2E+25": a spreadsheet has made a power of ten of it, and its last digits are lost; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "20230718.0": a spreadsheet has made a number with decimals of it; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "'20230718": it begins with the apostrophe by which a spreadsheet marks text; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "20,230,718": a spreadsheet has put separators between its thousands; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: ""20230718"": quotation marks stand around it; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "“20230718”": quotation marks stand around it; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "20230718\u200b": its character 9 is invisible (U+200B); give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "20230718\u00a0": its character 9 is invisible (U+00A0); give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "\ufeff20230718": its character 1 is invisible (U+FEFF); give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "２０２３０７１８": full-width characters stand in it; give it as the gateway's reply or your own books have it
    error: --merchant-order-id: "20230718 ": white space stands in it; give it as the gateway's reply or your own books have it
    错误：--merchant-order-id："2.02307E+25"：电子表格已将其变为科学计数法，末尾数字已丢失；请按应答或您的账目原样填写
    错误：--merchant-order-id："2.02307e+25"：电子表格已将其变为科学计数法，末尾数字已丢失；请按应答或您的账目原样填写
    错误：--merchant-order-id："2E+25"：电子表格已将其变为科学计数法，末尾数字已丢失；请按应答或您的账目原样填写
    错误：--merchant-order-id："20230718.0"：电子表格已将其变为小数；请按应答或您的账目原样填写
    错误：--merchant-order-id："'20230718"：开头带有电子表格的文本标记（撇号）；请按应答或您的账目原样填写
    错误：--merchant-order-id："20,230,718"：电子表格已加入千位分隔符；请按应答或您的账目原样填写
    错误：--merchant-order-id：""20230718""：两端带有引号；请按应答或您的账目原样填写
    错误：--merchant-order-id："“20230718”"：两端带有引号；请按应答或您的账目原样填写
    错误：--merchant-order-id："20230718\u200b"：第 9 个字符不可见（U+200B）；请按应答或您的账目原样填写
    错误：--merchant-order-id："20230718\u00a0"：第 9 个字符不可见（U+00A0）；请按应答或您的账目原样填写
    错误：--merchant-order-id："\ufeff20230718"：第 1 个字符不可见（U+FEFF）；请按应答或您的账目原样填写
    错误：--merchant-order-id："２０２３０７１８"：其中有全角字符；请按应答或您的账目原样填写
    错误：--merchant-order-id："20230718 "：其中有空白；请按应答或您的账目原样填写
    "#);
}

/// `1,50` is neither 150 fen nor 1.50 yuan.
#[test]
fn an_amount_that_is_none_is_refused_and_nothing_is_sent() {
    let home = Home::new();
    for command in ["pay", "refund"] {
        for (value, what) in [
            ("1,50", "separator"),
            ("1.5", "write whole fen (分) in digits: 150\n"),
            ("41.60", "write whole fen (分) in digits: 4160\n"),
            ("-1", "below zero"),
            ("-1,50", "below zero"),
            ("１２", "full-width"),
            ("1e3", "power of ten"),
            ("0x10", "hexadecimal"),
            ("1234567890123", "more than 12 digits"),
            ("0", "the amount is 0"),
        ] {
            for spelling in [&["--amount", value][..], &[&format!("--amount={value}")]] {
                let mut run_with = home.operation([command]);
                for (flag, default) in needed(command) {
                    if flag != "--amount" {
                        run_with.args([flag, default]);
                    }
                }
                let ran = run(run_with.args(spelling));
                let case = format!("{command} {spelling:?}: {ran:?}");
                assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{case}");
                assert!(ran.stderr.contains(what), "{case}");
                assert!(ran.stderr.contains("fen (分)") || value == "0", "{case}");
            }
        }
    }
}

#[test]
fn an_amount_is_sent_as_it_was_given() {
    for amount in ["1", "150", "999999999999"] {
        let home = Home::new();
        let gateway = Gateway::start(json(r#"{"errCode":"00"}"#));
        let mut command = home.operation(["refund", "--original-order-id=U"]);
        command.args(["--refund-request-id=R", "--base-url", &gateway.url]);
        assert_eq!(run(command.args(["--amount", amount])).code, 0);
        let received = gateway.received();
        let (_, body) = received.one_complete_request();
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        let sent = &body["transactionAmount"];
        let sent = sent.as_str().map_or(sent.to_string(), str::to_owned);
        assert_eq!(sent, amount);
    }
}

/// Both ways to give the code are named, the better one too.
#[test]
fn a_missing_code_names_both_flags() {
    let home = Home::new();
    let mut command = home.operation(["pay", "--merchant-order-id=M", "--amount=1"]);
    let ran = run(command.args(["--merchant-remark=r", "--json"]));
    assert_eq!(ran.code, 2);
    for flag in ["--pay-code <CODE>", "--pay-code-file <FILE>"] {
        assert!(ran.stderr.contains(flag), "{ran:?}");
        let detail = &ran.json()["evidence"]["detail"];
        assert!(detail.as_str().unwrap().contains(flag), "{ran:?}");
    }
    let both = ["--pay-code=1", "--pay-code-file=-"];
    let mut command = home.operation(["pay", "--merchant-order-id=M", "--amount=1"]);
    let ran = run(command.arg("--merchant-remark=r").args(both));
    assert_eq!(ran.code, 2);
    let help = run(&mut home.command(["pay", "--help"])).stdout;
    assert!(help.contains("all on this machine can see it"), "{help}");
}

#[test]
fn an_unknown_fault_names_the_list() {
    let ran = run(&mut Home::new().command(["simulator", "--fault=nosuch"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("--list-faults"), "{ran:?}");
}

/// Live replies say 0 of an order of which a part was refunded.
#[test]
fn a_refunded_amount_of_nothing_is_not_believed() {
    const UNRELIABLE: &str = "not known: replies leave it at 0";
    for (state, refunded, shown) in [
        ("3", r#","refundedAmount":0"#, UNRELIABLE),
        ("3", r#","refundedAmount":"0""#, UNRELIABLE),
        ("3", "", UNRELIABLE),
        ("3", r#","refundedAmount":null"#, UNRELIABLE),
        ("3", r#","refundedAmount":1"#, "0.01 CNY"),
        ("0", r#","refundedAmount":0"#, "0.00 CNY"),
    ] {
        let home = Home::new();
        let reply = format!(r#"{{"errCode":"00","queryResCode":"{state}"{refunded}}}"#);
        let gateway = Gateway::start(json(&reply));
        let mut command = home.operation(["query", "--original-order-id=1"]);
        let ran = run(command.args(["--base-url", &gateway.url]));
        let row = ran
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("  refunded "));
        assert!(
            row.is_some_and(|row| row.trim().starts_with(shown)),
            "{reply}: {ran:?}"
        );
        gateway.received();
    }
}

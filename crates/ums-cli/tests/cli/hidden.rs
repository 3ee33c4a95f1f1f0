//! Nothing that a stranger wrote moves the cursor, changes colours, turns the reading direction or
//! hides: not on stdout, not on stderr, not in JSON.

use std::process::Command;

use crate::gateway::{Gateway, json};
use crate::ums::{Home, RESOLVE, Ran, run};

/// One of each kind: escape, C1, delete, bidi, marks, separators, zero width, tags.
const HIDDEN: &str =
    "\u{1b}[31m\u{9b}\u{7f}\u{202e}\u{2066}\u{200e}\u{2028}\u{2029}\u{200b}\u{feff}\u{e0041}\u{7}";

/// Runs, and checks both streams.
fn run_visibly(command: &mut Command) -> Ran {
    let ran = run(command);
    for text in [&ran.stdout, &ran.stderr] {
        let hidden = text.chars().find(|c| {
            *c != '\n' && (c.is_control() || HIDDEN.replace(['[', '3', '1', 'm'], "").contains(*c))
        });
        assert_eq!(hidden, None, "{command:?}: {ran:?}");
    }
    ran
}

/// Each in both forms.
fn in_both_forms(mut make: impl FnMut() -> Command) -> [Ran; 2] {
    [run_visibly(&mut make()), run_visibly(make().arg("--json"))]
}

#[test]
fn names_of_files_and_profiles() {
    let home = Home::new();
    let name = format!("a{HIDDEN}\nb");
    home.write_config(&format!(
        "[profiles.{}]\nenv = \"test\"\n[profiles.q]\n",
        toml_key(&name)
    ));
    home.write(&format!("{name}.key"), "a b");
    home.write(&format!("{name}.toml"), "[profiles.x]\nnonsense = 1\n");
    let url = "http://127.0.0.1:9";
    for arguments in [
        vec!["--profile=none"],
        vec!["--profile", &name],
        vec!["--config", &name],
        vec!["--config", &format!("{name}.toml"), "--profile=x"],
        vec!["--base-url", url, "--app-key-file", &format!("{name}.key")],
        vec!["--base-url", url, "--app-key-file", &name],
        vec!["--base-url", url, "--ca", &name],
        vec!["--base-url", &name],
        vec!["--proxy", &name, "--base-url", url],
        vec!["--timeout", &name, "--base-url", url],
        vec!["--merchant-order-id", &name, "--base-url", url],
        vec!["--merchant-remark", &name, "--base-url", url],
        vec!["--env", &name],
        vec![&name],
    ] {
        let ran = in_both_forms(|| home.void(&arguments));
        for ran in ran {
            assert!([2, 4, 6].contains(&ran.code), "{arguments:?}: {ran:?}");
            // Only what clap says of a command line that is none has several lines.
            let is_usage = ran.stderr.contains("\n\nFor more information");
            assert!(
                is_usage || ran.stderr.lines().all(is_own),
                "{arguments:?}: {ran:?}"
            );
        }
    }
    for arguments in [
        vec!["api", "/x", "--reads", "--input", &name],
        vec![RESOLVE, &name],
        vec!["sign", "--body", &name],
        vec!["man", "--dir", "app.key/\u{1b}\nb"],
        vec!["simulator", "--orders", &name],
    ] {
        for ran in in_both_forms(|| home.operation(&arguments)) {
            assert!(ran.stderr.lines().all(is_own), "{arguments:?}: {ran:?}");
        }
    }
}

/// No line of ours was begun by a name with a line break in it.
fn is_own(line: &str) -> bool {
    line.starts_with("error: ") || line.starts_with("warning: ")
}

fn toml_key(name: &str) -> String {
    let escaped: String = name
        .chars()
        .map(|c| format!("\\U{:08x}", u32::from(c)))
        .collect();
    format!("\"{escaped}\"")
}

/// Others may have named the key's file so that the advice runs something else.
#[cfg(unix)]
#[test]
fn advice_for_a_shell_is_quoted() {
    use std::os::unix::fs::PermissionsExt;
    for (name, command) in [
        ("$(id>x).key", Some("chmod 600 '$(id>x).key'")),
        ("a b;c", Some("chmod 600 'a b;c'")),
        ("it's", Some(r"chmod 600 'it'\''s'")),
        ("-R", Some("chmod 600 ./-R")),
        ("plain.key", Some("chmod 600 plain.key")),
        ("a\u{202e}b", None),
        ("a\nb", None),
    ] {
        let home = Home::new();
        let path = home.write(name, "key");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let key = format!("--app-key-file={name}");
        let ran = run_visibly(&mut home.void(["--base-url", "http://127.0.0.1:9", &key]));
        assert!(ran.stderr.starts_with("warning: "), "{ran:?}");
        match command {
            Some(command) => assert!(
                ran.stderr.ends_with(&format!("; run: {command}\n")),
                "{ran:?}"
            ),
            None => assert!(!ran.stderr.contains("chmod"), "{ran:?}"),
        }
    }
}

/// What the gateway says: in the sentence, in the table, in JSON, and with `-vvv`.
#[test]
fn replies() {
    let escaped = serde_json::Value::from(HIDDEN).to_string();
    for body in [
        format!(
            r#"{{"errCode":"00","errInfo":{escaped},"thirdPartyName":{escaped},"orderId":{escaped}}}"#
        ),
        format!(r#"{{"errCode":"57","errInfo":{escaped}}}"#),
        format!(r#"{{"errCode":{escaped},"errInfo":{escaped},{escaped}:{escaped}}}"#),
        format!("{{\"errCode\"\t:\t\"00\",\r\n\t{escaped}:[{escaped}]}}"),
        format!("<html>{HIDDEN}"),
    ] {
        for flags in [&[][..], &["--json"], &["-vvv"], &["--json", "--lang=zh"]] {
            let home = Home::new();
            let gateway = Gateway::start(json(&body));
            let mut command = home.void(["--base-url", &gateway.url]);
            let ran = run_visibly(command.args(flags));
            if flags.contains(&"--json") {
                let reply = &ran.json()["reply"];
                let received: serde_json::Value =
                    serde_json::from_str(&body).unwrap_or_else(|_| body.clone().into());
                assert_eq!(*reply, received, "the same JSON");
            }
            gateway.received().one_complete_request();
        }
    }
}

/// What somebody put into a file that is to be looked into.
#[test]
fn the_json_of_an_earlier_run() {
    let home = Home::new();
    let escaped = serde_json::Value::from(HIDDEN).to_string();
    for (outcome, operation, url) in [
        (
            escaped.as_str(),
            "\"void_payment\"",
            "\"http://127.0.0.1:9/\"",
        ),
        ("\"unknown\"", &escaped, "\"http://127.0.0.1:9/\""),
        ("\"unknown\"", "\"void_payment\"", &escaped),
    ] {
        home.write(
            "unknown.json",
            &format!(
                r#"{{"outcome":{outcome},"next_step":"x","evidence":{{"url":{url}}},"request":{{"operation":{operation},"path":"/v6/poslink/transaction/voidpayment","body":{{"merchantCode":"1","terminalCode":"2","originalOrderId":"U"}}}}}}"#
            ),
        );
        in_both_forms(|| {
            home.operation([RESOLVE, "unknown.json", "--base-url=http://127.0.0.1:9"])
        });
    }
}

/// A card number in what people are told stays masked, wherever it came from.
#[test]
fn card_numbers_in_words_are_masked_in_every_field() {
    const CARD: &str = "4111111111111111";
    const MASKED: &str = "411111******1111";
    for (code, exit) in [("00", 0), ("57", 3), ("88", 5)] {
        for flags in [&["--json"][..], &[], &["--lang=zh"]] {
            let home = Home::new();
            let body = format!(r#"{{"errCode":"{code}","errInfo":"card {CARD}，卡号{CARD}"}}"#);
            let gateway = Gateway::start(json(&body));
            let ran = run(home.void(["--base-url", &gateway.url]).args(flags));
            assert_eq!(ran.code, exit, "{ran:?}");
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!all.contains(CARD) && all.contains(MASKED), "{all}");
            if flags.contains(&"--json") {
                let masked = format!("card {MASKED}，卡号{MASKED}");
                assert_eq!(ran.json()["err_info"], masked);
                assert_eq!(ran.json()["reply"]["errInfo"], masked);
            }
            gateway.received();
        }
    }
}

/// The code that a customer showed is in no text that the gateway repeats it in.
#[test]
fn a_pay_code_that_the_gateway_repeats_is_not_printed() {
    for code in ["285668667587422761", "9911991199"] {
        for flags in [&["--json"][..], &[], &["--lang=zh"]] {
            let home = Home::new();
            let body =
                format!(r#"{{"errCode":"88","errInfo":"付款码{code}无效","note":"{code}"}}"#);
            let gateway = Gateway::start(json(&body));
            let pay_code = format!("--pay-code={code}");
            let ran = run(home
                .operation(["pay", "--merchant-order-id=M1", "--amount=4160"])
                .args(["--merchant-remark=r", &pay_code, "--base-url", &gateway.url])
                .args(flags));
            assert_eq!(ran.code, 5, "{ran:?}");
            let all = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!all.contains(code) && all.contains("无效"), "{all}");
            gateway.received();
        }
    }
}

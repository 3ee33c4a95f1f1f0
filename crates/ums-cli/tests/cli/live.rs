//! What is live money, and what a live AppKey never signs for.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::gateway::{Gateway, json};
use crate::ums::{Home, run};

/// An address where nobody listens: a run that takes it ends as not sent.
const NOBODY: &str = "http://127.0.0.1:9";
const ANOTHER: &str = "http://127.0.0.1:10";
/// Reserved, and therefore never there.
const ABROAD: &str = "https://gateway.invalid";

/// What became of a run without a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Refused before anything was signed.
    Refused,
    /// Wanted to ask first.
    Asked,
    /// Went there at once.
    GoneTo,
}
use End::{Asked, GoneTo, Refused};

/// Profile, environment and flags in every combination that could lead a live key astray.
#[test]
fn a_live_key_signs_for_its_own_gateway_only() {
    let production = "env = \"production\"\n";
    let its_url = "base_url = \"https://api-mop-wh.open.chinaums.com\"\n";
    let abroad = "base_url = \"https://gateway.invalid\"\n";
    let nobody = "base_url = \"http://127.0.0.1:9\"\n";
    let forwarder = "forwarder = true\n";
    let no_forwarder = "forwarder = false\n";
    let none: [&str; 0] = [];
    for (profile, variable, flags, expected) in [
        // Each on its own.
        (&[production][..], None, &none[..], Asked),
        (&[its_url], None, &none, Asked),
        (&[abroad], None, &none, Asked),
        (&[nobody], None, &none, GoneTo),
        (&[], Some(("UMS_ENV", "production")), &none, Asked),
        (&[], Some(("UMS_BASE_URL", NOBODY)), &none, GoneTo),
        (&[], Some(("UMS_BASE_URL", ABROAD)), &none, Asked),
        (&[], None, &["--env=production"], Asked),
        // A variable that was left over, or a flag, beside a live profile.
        (
            &[production],
            Some(("UMS_BASE_URL", NOBODY)),
            &none,
            Refused,
        ),
        (
            &[production],
            Some(("UMS_BASE_URL", ABROAD)),
            &none,
            Refused,
        ),
        (&[its_url], Some(("UMS_BASE_URL", NOBODY)), &none, Refused),
        (&[abroad], Some(("UMS_BASE_URL", NOBODY)), &none, Refused),
        (&[abroad], Some(("UMS_ENV", "production")), &none, Refused),
        (&[production], Some(("UMS_ENV", "test")), &none, Refused),
        (&[production], None, &["--base-url", NOBODY], Refused),
        (&[production], None, &["--base-url", ABROAD], Refused),
        (&[production], None, &["--env=test"], Refused),
        (
            &[production, no_forwarder],
            None,
            &["--base-url", NOBODY],
            Refused,
        ),
        (
            &[production],
            None,
            &["--base-url=https://api-mop-wh.open.chinaums.com:443"],
            Asked,
        ),
        (
            &[production],
            None,
            &["--base-url=https://api-mop-wh.open.chinaums.com:444"],
            Refused,
        ),
        // Said in the environment rather than in a profile.
        (
            &[],
            Some(("UMS_ENV", "production")),
            &["--base-url", NOBODY],
            Refused,
        ),
        (
            &[],
            Some(("UMS_BASE_URL", NOBODY)),
            &["--env=production"],
            Asked,
        ),
        (&[nobody], Some(("UMS_ENV", "production")), &none, Asked),
        // What is not live goes by the levels.
        (&[nobody], Some(("UMS_BASE_URL", ANOTHER)), &none, GoneTo),
        (&[nobody], None, &["--base-url", ABROAD], Asked),
        // A forwarder is as live as what it forwards to.
        (&[production, nobody, forwarder], None, &none, Asked),
        (&[nobody, forwarder], None, &none, Asked),
        (&[forwarder], Some(("UMS_BASE_URL", NOBODY)), &none, Asked),
        (
            &[production, forwarder],
            Some(("UMS_BASE_URL", NOBODY)),
            &none,
            Asked,
        ),
        (
            &[production, forwarder],
            None,
            &["--base-url", NOBODY],
            Asked,
        ),
        (&[production, forwarder], None, &none, Asked),
        (
            &[production, nobody, forwarder],
            None,
            &["--env=production"],
            Asked,
        ),
        // And has one address, where the profile says so.
        (
            &[production, nobody, forwarder],
            Some(("UMS_BASE_URL", ANOTHER)),
            &none,
            Refused,
        ),
        (
            &[nobody, forwarder],
            None,
            &["--base-url", ANOTHER],
            Refused,
        ),
        (&[production, forwarder], None, &["--env=test"], Refused),
        (&[production, nobody, no_forwarder], None, &none, Refused),
    ] {
        let home = Home::new();
        home.write_config(&format!("[profiles.p]\n{}", profile.concat()));
        let run = |more: &[&str]| {
            let mut command = home.void(["--profile=p", "--json"]);
            command.args(flags).args(more);
            if let Some((name, value)) = variable {
                command.env(name, value);
            }
            run(&mut command)
        };
        let case = format!("{profile:?} {variable:?} {flags:?}");
        let ran = run(&[]);
        let object = ran.json();
        let went = match (ran.code, object["evidence"]["reason"].as_str().unwrap()) {
            (2, "invalid_input") | (6, "configuration") => Refused,
            (2, "not_confirmed") => Asked,
            (4, "connect") => GoneTo,
            other => panic!("{case}: {other:?} {ran:?}"),
        };
        assert_eq!(went, expected, "{case}: {ran:?}");
        assert_eq!(object["evidence"]["requests_sent"], 0);
        let to_production = object["evidence"]["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("api-mop-wh"));
        // Nobody is there to be paid, so these may go on.
        let nowhere = went == GoneTo || went == Asked && !to_production;
        if nowhere {
            let ran = run(&["--yes"]);
            assert_eq!(ran.code, 4, "{case}: {ran:?}");
            assert_eq!(ran.json()["live"], expected == Asked, "{case}");
        } else {
            assert!(object["live"].is_null(), "{case}");
        }
    }
}

#[test]
fn the_refusal_says_what_leads_where_and_what_to_do() {
    let home = Home::new();
    home.write_config("[profiles.p]\nenv = \"production\"\n[profiles.f]\nforwarder = true\nbase_url = \"http://127.0.0.1:9\"\n");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut talk = String::new();
    for (arguments, code) in [
        (&["--profile=p"][..], 6),
        (&["--profile=f"], 6),
        (&["--profile=p", "--lang=zh"], 6),
        (&["--profile=p", "--base-url=http://127.0.0.1:9"], 2),
    ] {
        let mut command = home.void(arguments);
        let ran = run(command.arg("--yes").env("UMS_BASE_URL", &url));
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        talk.push_str(&home.scrub(&ran.stderr).replace(&url, "[url]"));
    }
    insta::assert_snapshot!(talk, @"
    error: UMS_BASE_URL leads to [url], and ~/.config/ums/config.toml, line 2: env to live money at https://api-mop-wh.open.chinaums.com: nothing is signed, since whoever stands there could use it; take one of the two away, or, if a forwarder of your own stands there, say forwarder = true in the profile
    error: UMS_BASE_URL leads to [url], and ~/.config/ums/config.toml, line 5: base_url to live money at http://127.0.0.1:9: nothing is signed, since whoever stands there could use it; take one of the two away
    错误：UMS_BASE_URL 指向 [url]，而 ~/.config/ums/config.toml 第 2 行：env 指向生产环境 https://api-mop-wh.open.chinaums.com：不予签名，因为该处的任何人都可能冒用签名；请去掉其中一个；若该处是您自己的转发服务，请在配置档案中写明 forwarder = true
    error: --base-url leads to http://127.0.0.1:9, and ~/.config/ums/config.toml, line 2: env to live money at https://api-mop-wh.open.chinaums.com: nothing is signed, since whoever stands there could use it; take one of the two away, or, if a forwarder of your own stands there, say forwarder = true in the profile
    ");
    let accepted = listener.accept();
    assert_eq!(accepted.unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// The call goes through the forwarder once it was agreed to, and the report says that it was live.
#[test]
fn a_forwarder_that_the_profile_names_is_used() {
    for (arguments, is_live) in [
        (&["--profile=f", "--yes"][..], true),
        (&["--profile=t"], false),
    ] {
        let home = Home::new();
        let gateway = Gateway::start(json(r#"{"errCode":"00"}"#));
        let url = &gateway.url;
        home.write_config(&format!(
            "[profiles.f]\nenv = \"production\"\nforwarder = true\nbase_url = \"{url}\"\n\
             [profiles.t]\nbase_url = \"{url}\"\n"
        ));
        let ran = run(home.void(arguments).arg("--json"));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        assert_eq!(ran.json()["live"], is_live);
        gateway.received().one_complete_request();
    }
}

/// The official test gateway and a query of live money: neither is asked about, and without a key
/// neither is gone to.
#[test]
fn what_moves_no_live_money_is_not_asked_about() {
    let home = Home::new();
    for arguments in [
        &["void", "--env=test", "--original-order-id=1"][..],
        &[
            "void",
            "--base-url=https://test-api-open.chinaums.com",
            "--original-order-id=1",
        ],
        &["query", "--env=production", "--original-order-id=1"],
    ] {
        let mut command = home.operation(arguments);
        command.env_remove("UMS_APP_KEY_FILE").arg("--json");
        let ran = run(&mut command);
        assert_eq!(ran.code, 6, "{ran:?}");
        assert_eq!(ran.json()["evidence"]["reason"], "credentials");
    }
}

/// `SSL_CERT_FILE` swaps all authorities that TLS rests on.
#[cfg(target_os = "linux")]
#[test]
fn swapped_trust_is_said_where_money_is_live() {
    let home = Home::new();
    let made = run(home
        .command(["simulator", "--tls-ca-out=ca.pem"])
        .arg("--control=192.0.2.1:1"));
    assert_ne!(made.code, 0, "it does not start, and the file is written");
    for (url, variable, more, is_warned) in [
        (ABROAD, Some("SSL_CERT_FILE"), None, true),
        (ABROAD, Some("SSL_CERT_DIR"), None, true),
        (ABROAD, None, None, false),
        (NOBODY, Some("SSL_CERT_FILE"), None, false),
        (ABROAD, Some("SSL_CERT_FILE"), Some("--ca=ca.pem"), false),
    ] {
        let mut command = home.void(["--yes", "--base-url", url]);
        command.args(more);
        if let Some(name) = variable {
            command.env(name, "/etc/ssl/certs/ca-certificates.crt");
        }
        let ran = run(&mut command);
        let warning = variable.map(|name| format!("warning: {name} decides"));
        let warned = warning.is_some_and(|warning| ran.stderr.starts_with(&warning));
        assert_eq!(warned, is_warned, "{url} {variable:?} {more:?}: {ran:?}");
    }
}

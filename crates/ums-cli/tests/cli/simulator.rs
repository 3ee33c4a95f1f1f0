//! `ums simulator` and `ums demo`, with `ums void` against the simulator's process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::at_once::at_once;
use crate::ums::{APP_ID, Home, KEY, ORDER, Ran, run, text};

/// A simulator in a process of its own.
pub(crate) struct Simulator {
    child: Child,
    pub(crate) url: String,
}

impl Simulator {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        Self {
            child,
            url: line.trim_end().to_owned(),
        }
    }

    /// Ends it as Ctrl-C does; gives what it said on stderr.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self, signal: rustix::process::Signal) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
        let code = self.child.wait().unwrap().code();
        let mut talk = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut talk).unwrap();
        (code, talk)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn with_credentials(command: &mut Command) -> &mut Command {
    command.env("UMS_APP_ID", APP_ID).env("UMS_APP_KEY", KEY)
}

/// `ums void` that still needs an order.
fn void_of_any(home: &Home, url: &str) -> Command {
    let mut command = home.command(["void", "--json", "--base-url", url]);
    command.args([
        "--merchant-code",
        "103290070111417",
        "--terminal-code",
        "12340511",
    ]);
    with_credentials(&mut command);
    command
}

fn void(home: &Home, url: &str, flags: &[&str]) -> Ran {
    run(home.void(["--json", "--base-url", url]).args(flags))
}

#[test]
fn over_http_approved_then_declined() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    assert!(
        simulator.url.starts_with("http://127.0.0.1:"),
        "{}",
        simulator.url
    );
    let first = void(&home, &simulator.url, &[]);
    assert_eq!(
        (first.code, &first.json()["outcome"]),
        (0, &"approved".into())
    );
    let second = void(&home, &simulator.url, &[]);
    assert_eq!(
        (second.code, &second.json()["outcome"]),
        (3, &"declined".into())
    );
}

#[test]
fn over_https_with_its_own_authority() {
    let home = Home::new();
    let ca = home.path("ca.pem");
    let simulator = Simulator::start(with_credentials(&mut home.command([
        "simulator",
        "--fault=status-500,every=3",
        "--tls-ca-out",
        text(&ca),
    ])));
    assert!(simulator.url.starts_with("https://"), "{}", simulator.url);
    let untrusted = void(&home, &simulator.url, &[]);
    assert_eq!(untrusted.code, 4, "{untrusted:?}");
    assert_eq!(untrusted.json()["evidence"]["reason"], "tls");
    let trusted = void(&home, &simulator.url, &["--ca", text(&ca)]);
    assert_eq!(trusted.code, 0, "{trusted:?}");
    let again = run(home
        .void(["--json", "--base-url", &simulator.url])
        .env("UMS_CA", &ca));
    assert_eq!(again.code, 3, "{again:?}");
    let third = void(&home, &simulator.url, &["--ca", text(&ca)]);
    assert_eq!(third.code, 5, "{third:?}");
}

#[test]
fn a_wrong_key_is_declined_and_says_what_to_check() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    home.write("app.key", "MARKERanother");
    let ran = void(&home, &simulator.url, &[]);
    assert_eq!(ran.code, 3);
    assert_eq!(ran.json()["err_code"], "1000");
    assert_eq!(ran.json()["next_step"], "fix_credentials");
}

#[test]
fn orders_come_from_a_file_and_faults_from_flags() {
    let home = Home::new();
    let orders = r#"{"orders": [{"orderId": "A1"}, {"orderId": "B2", "state": "refunded"}]}"#;
    home.write("orders.json", orders);
    let simulator = Simulator::start(with_credentials(&mut home.command([
        "simulator",
        "--orders=orders.json",
        "--fault=fin-after-request-applied,order=A1",
        "--fault=status-502-html,order=B2,times=1",
    ])));
    let order = |id: &str| {
        let mut command = void_of_any(&home, &simulator.url);
        run(command.args(["--original-order-id", id]))
    };
    let lost = order("A1");
    assert_eq!(lost.code, 5, "{lost:?}");
    assert_eq!(order("A1").code, 3, "it was voided all the same");
    assert_eq!(order("B2").code, 5);
    assert_eq!(order("B2").json()["err_code"], "57");
}

#[test]
fn an_orders_file_that_cannot_be_used_is_named() {
    let home = Home::new();
    home.write(
        "orders.json",
        r#"{"orders": [{"orderId": "A1", "amonut": 1}]}"#,
    );
    let mut talk = String::new();
    for file in ["orders.json", "none.json"] {
        let ran = run(&mut home.command(["simulator", "--orders", file]));
        assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
        talk.push_str(&ran.stderr);
    }
    insta::assert_snapshot!(talk, @"
    error: the simulator cannot be built: the order book cannot be read: orders file orders.json cannot be used: key orders[0].amonut is not known; the keys are orderId, merchantOrderId, merchantCode, terminalCode, amount, state, tradingDay, payTime, payCode, retrievalRefNum, timedOutQueries, becomes, queryNeeded, refunds, hold; given: 1
    error: the simulator cannot be built: the order book cannot be read: orders file none.json cannot be used: it cannot be read: No such file or directory (os error 2)
    ");
}

#[cfg(unix)]
#[test]
fn it_runs_until_it_is_told_to_end() {
    use rustix::process::Signal;
    for signal in [Signal::INT, Signal::TERM] {
        let home = Home::new();
        let simulator = Simulator::start(&mut home.command(["simulator"]));
        let url = simulator.url.clone();
        let (code, talk) = simulator.interrupt(signal);
        assert_eq!(code, Some(0));
        insta::allow_duplicates! {
            insta::assert_snapshot!(talk.replace(&url, "[url]"), @"
            credentials: made up, and no secret. Try from another terminal:
              UMS_APP_ID=00000000000000000000000000000001 UMS_APP_KEY=ums-simulator-demo-key-not-secret ums void --base-url [url] --merchant-code 103290070111417 --terminal-code 12340511 --original-order-id 20230718110248029165883554
            Ctrl-C ends it.
            ");
        }
    }
}

#[test]
fn the_sample_command_works_as_printed() {
    let home = Home::new();
    let mut simulator = Simulator::start(&mut home.command(["simulator"]));
    let mut stderr = BufReader::new(simulator.child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("ums void") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0);
    }
    let mut words = line.split_whitespace();
    let variables: Vec<_> = words.by_ref().take(2).collect();
    assert_eq!(words.next(), Some("ums"));
    let mut command = home.command(words);
    for variable in variables {
        let (name, value) = variable.split_once('=').unwrap();
        command.env(name, value);
    }
    assert_eq!(run(&mut command).code, 0);
}

#[cfg(unix)]
#[test]
fn without_a_file_the_authority_is_shown() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator", "--tls"])));
    let url = simulator.url.clone();
    // The certificate is complete before anyone could need it: it is on stderr by the time a signal
    // is heard.
    let (code, talk) = simulator.interrupt(rustix::process::Signal::INT);
    assert_eq!(code, Some(0));
    let begin = talk.find("-----BEGIN CERTIFICATE-----").unwrap();
    let end = talk.find("-----END CERTIFICATE-----").unwrap();
    assert!(begin < end && talk.contains(&url), "{talk}");
}

#[test]
fn control_calls_are_taken_where_stderr_says() {
    let home = Home::new();
    let mut command = home.command(["simulator", "--control", "127.0.0.1:0"]);
    let mut simulator = Simulator::start(&mut command);
    let mut line = String::new();
    let mut stderr = BufReader::new(simulator.child.stderr.take().unwrap());
    stderr.read_line(&mut line).unwrap();
    let (_, address) = line.trim_end().split_once("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let call = format!("GET /simulator/orders HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(call.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(reply.contains(ORDER), "{reply}");
}

/// Lines of stderr as they come.
fn lines_of(simulator: &mut Simulator) -> impl Iterator<Item = String> {
    let stderr = BufReader::new(simulator.child.stderr.take().unwrap());
    stderr.lines().map(Result::unwrap)
}

#[test]
fn a_simulator_for_all_addresses_prints_a_url_that_works_and_warns() {
    let home = Home::new();
    for (flags, warnings) in [
        (
            &["--listen=0.0.0.0:0"][..],
            ["other machines", "plain http"],
        ),
        (&["--listen=127.0.0.1:0"], ["", ""]),
    ] {
        let mut command = home.command(["simulator"]);
        let mut simulator = Simulator::start(with_credentials(command.args(flags)));
        let url = simulator.url.clone();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        assert_eq!(void(&home, &url, &[]).code, 0);
        let talk: Vec<_> = lines_of(&mut simulator).take(3).collect();
        let mut warned = talk.iter().filter(|line| line.starts_with("warning:"));
        for word in warnings.into_iter().filter(|word| !word.is_empty()) {
            let line = warned.next().unwrap_or_else(|| panic!("{word}: {talk:?}"));
            assert!(line.contains(word), "{word}: {line}");
        }
        assert_eq!(warned.next(), None);
    }
}

#[test]
fn live_keys_are_warned_about() {
    for env in ["production", "test"] {
        let home = Home::new();
        let config = format!(
            "[profiles.shop]\nenv = \"{env}\"\napp_id = \"{APP_ID}\"\napp_key_file = \"app.key\"\n"
        );
        home.write("app.key", KEY);
        home.write("config.toml", &config);
        let mut command = home.command(["simulator", "--config=config.toml", "--profile=shop"]);
        let mut simulator = Simulator::start(&mut command);
        let talk: Vec<_> = lines_of(&mut simulator)
            .filter(|line| !line.contains("others on this machine"))
            .take(2)
            .collect();
        let warned = talk
            .iter()
            .any(|line| line.starts_with("warning:") && line.contains("production"));
        assert_eq!(warned, env == "production", "{talk:?}");
        assert!(!talk.join("").contains(KEY));
    }
}

#[test]
fn a_certificate_is_made_for_other_names_too() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command([
        "simulator",
        "--tls-name=ums.team.test",
        "--tls-name=192.0.2.7",
    ])));
    assert!(simulator.url.starts_with("https://"), "{}", simulator.url);
    let ran = run(&mut home.command(["simulator", "--tls-name=not a name"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(
        ran.stderr.contains("\"not a name\" is no host name"),
        "{ran:?}"
    );
}

#[test]
fn each_request_is_a_line_of_the_log_and_no_secret_is_in_it() {
    const PAY_CODE: &str = "285668667587422761";
    let home = Home::new();
    for verbose in [true, false] {
        let mut command = home.command(["simulator"]);
        with_credentials(&mut command);
        if verbose {
            command.arg("-v");
        }
        let mut simulator = Simulator::start(&mut command);
        assert_eq!(void(&home, &simulator.url, &[]).code, 0);
        let paid = operation(&home, &simulator.url, &pay("M1", PAY_CODE)[..7]);
        assert_eq!(paid.code, 0, "{paid:?}");
        home.write("app.key", "MARKERanother");
        assert_eq!(void(&home, &simulator.url, &[]).code, 3);
        home.write("app.key", KEY);
        let stderr = simulator.child.stderr.take().unwrap();
        drop(simulator);
        let mut talk = String::new();
        BufReader::new(stderr).read_to_string(&mut talk).unwrap();
        let log: Vec<_> = talk
            .lines()
            .filter(|line| line.contains(" POST "))
            .collect();
        assert_eq!(log.len(), if verbose { 3 } else { 0 }, "{talk}");
        for secret in [
            PAY_CODE,
            KEY,
            "Signature=",
            "OPEN-BODY-SIG",
            "AppId=",
            "Nonce",
        ] {
            assert!(!talk.contains(secret), "{secret}: {talk}");
        }
        let Some(first) = log.first() else { continue };
        let (time, rest) = first.split_once(' ').unwrap();
        assert!(time.ends_with("+08:00") && time.len() == 29, "{time}");
        let path = "/v6/poslink/transaction/";
        assert_eq!(
            rest,
            format!(
                "POST {path}voidpayment order={ORDER} 200 00 signature=accepted fault=- moved=1"
            )
        );
        assert!(
            log[1].contains(&format!("{path}pay order=M1 200 00")),
            "{}",
            log[1]
        );
        assert!(
            log[2].ends_with("412 1000 signature=bad_signature fault=- moved=-"),
            "{}",
            log[2]
        );
    }
}

#[test]
fn teams_come_from_a_file_and_their_keys_show_nowhere() {
    let home = Home::new();
    let accounts = format!(
        "[[app]]\napp_id = \"{APP_ID}\"\napp_key_file = \"team.key\"\n\
         [[app.merchant]]\nmerchant_code = \"103290070111417\"\nterminal_codes = [\"12340511\"]\n\
         [[app]]\napp_id = \"team-b\"\napp_key = \"MARKERb\"\n"
    );
    home.write("accounts.toml", &accounts);
    home.write("team.key", KEY);
    let mut simulator =
        Simulator::start(&mut home.command(["simulator", "--accounts=accounts.toml", "-v"]));
    let paid = operation(&home, &simulator.url, &pay("M1", "285668667587422761")[..7]);
    assert_eq!(paid.code, 0, "{paid:?}");
    let talk: Vec<_> = lines_of(&mut simulator).take(3).collect();
    assert_eq!(talk[0], format!("AppIds: {APP_ID}, team-b"));
    assert!(
        !talk.join("").contains("MARKER") && !talk.join("").contains(KEY),
        "{talk:?}"
    );

    home.write(
        "accounts.toml",
        "[[app]]\napp_id = \"a\"\napp_kye = \"MARKERc\"\n",
    );
    let ran = run(&mut home.command(["simulator", "--accounts=accounts.toml"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
    insta::assert_snapshot!(ran.stderr, @"error: accounts file accounts.toml cannot be used: app[0].app_kye is not known; the keys are app_id, app_key, app_key_file, merchant");
}

#[test]
fn any_merchant_is_known_where_that_is_asked_for() {
    let home = Home::new();
    for (flag, code) in [(None, Some("03")), (Some("--any-merchant"), Some("25"))] {
        let mut command = home.command(["simulator"]);
        let simulator = Simulator::start(with_credentials(command.args(flag)));
        let ran = run(with_credentials(&mut home.command([
            "query",
            "--json",
            "--base-url",
            &simulator.url,
            "--merchant-code=900000000000001",
            "--terminal-code=T0000001",
            "--merchant-order-id=M1",
        ])));
        assert_eq!(ran.json()["err_code"].as_str(), code, "{ran:?}");
    }
}

#[test]
fn what_is_not_known_is_answered_as_the_flags_say() {
    let home = Home::new();
    home.write(
        "orders.json",
        r#"{"orders": [{"orderId": "A1", "state": "voided"}, {"orderId": "B2", "state": "pending"},
            {"orderId": "C3", "tradingDay": "yesterday"}]}"#,
    );
    let flags = ["--repeated-void", "--pending-void", "--late-query"];
    for (given, expected) in [
        (None, ["22", "57", "25"]),
        (Some(["25", "25", "22"]), ["25", "25", "22"]),
        (Some(["94", "00", "truth"]), ["94", "00", "00"]),
    ] {
        let mut command = home.command(["simulator", "--orders=orders.json"]);
        for (flag, code) in given.iter().flat_map(|given| flags.into_iter().zip(given)) {
            command.args([flag, code]);
        }
        let simulator = Simulator::start(with_credentials(&mut command));
        let asked = |path: &str, order: &str| {
            let moves = if path == "query" {
                "--reads"
            } else {
                "--moves-money"
            };
            let path = format!("/v6/poslink/transaction/{path}");
            let order = format!("-foriginalOrderId={order}");
            let ran = operation(
                &home,
                &simulator.url,
                &[
                    "api",
                    &path,
                    moves,
                    "-fmerchantCode=103290070111417",
                    "-fterminalCode=12340511",
                    &order,
                ],
            );
            ran.json()["err_code"].as_str().unwrap().to_owned()
        };
        let seen = [
            asked("voidpayment", "A1"),
            asked("voidpayment", "B2"),
            asked("query", "C3"),
        ];
        assert_eq!(seen, expected, "{given:?}");
    }
}

#[test]
fn half_a_credential_is_refused() {
    let home = Home::new();
    let ran = run(home.command(["simulator"]).env("UMS_APP_ID", APP_ID));
    assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
}

/// An operation with the simulator's merchant, and the JSON it prints.
fn operation(home: &Home, url: &str, arguments: &[&str]) -> Ran {
    let mut command = home.operation(arguments);
    run(command.args(["--json", "--base-url", url]))
}

fn pay<'a>(order: &'a str, code: &'a str) -> [&'a str; 9] {
    [
        "pay",
        "--merchant-order-id",
        order,
        "--amount=4160",
        "--merchant-remark=午餐",
        "--pay-code",
        code,
        "--timeout=2",
        "--resolve-pace=0.05",
    ]
}

/// Pays, queries, refunds a part, queries the refund, and voids another payment.
#[test]
fn a_payment_and_what_can_follow_it_over_https() {
    let home = Home::new();
    let ca = home.path("ca.pem");
    let simulator = Simulator::start(with_credentials(&mut home.command([
        "simulator",
        "--tls-ca-out",
        text(&ca),
    ])));
    let call = |arguments: &[&str]| {
        let mut command = home.operation(arguments);
        run(command.args(["--json", "--base-url", &simulator.url, "--ca", text(&ca)]))
    };
    let paid = call(&[&pay("M1", "285668667587422761")[..7], &["--api-version=v4"]].concat());
    assert_eq!(paid.code, 0, "{paid:?}");
    let order = paid.json()["reply"]["orderId"].as_str().unwrap().to_owned();

    let queried = call(&["query", "--merchant-order-id=M1"]);
    assert_eq!(
        (queried.code, &queried.json()["state"]),
        (0, &"paid".into())
    );

    let refund = |id: &str, amount: &str| {
        call(&[
            "refund",
            "--original-order-id",
            &order,
            "--refund-request-id",
            id,
            "--amount",
            amount,
        ])
    };
    assert_eq!(refund("R1", "1000").code, 0);
    assert_eq!(refund("R2", "4000").code, 3, "more than is left");
    let query_refund = |id: &str| {
        call(&[
            "query-refund",
            "--original-order-id",
            &order,
            "--refund-request-id",
            id,
        ])
    };
    assert_eq!(query_refund("R1").json()["state"], "refunded");
    assert_eq!(query_refund("R1").json()["final"], true);
    assert_eq!(query_refund("R2").json()["state"], "reported_failed");
    let queried = call(&["query", "--original-order-id", &order, "--api-version=v2"]);
    assert_eq!(queried.json()["state"], "refunded");

    assert_eq!(call(&pay("M2", "285668667587422761")[..7]).code, 0);
    assert_eq!(
        call(&["void", "--merchant-order-id=M2", "--api-version=v2"]).code,
        0
    );
    assert_eq!(
        call(&["query", "--merchant-order-id=M2"]).json()["state"],
        "voided"
    );
    assert_eq!(
        call(&pay("M2", "285668667587422761")[..7]).code,
        5,
        "94 says nothing"
    );
}

/// Four payments without an answer, of which two took the money.
pub(crate) fn payments_without_an_answer_are_found_out_as_they_are() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    let payments = [
        ("M1", "990000000000000001", 0, "approved"),
        ("M2", "990100000000000001", 3, "not_executed"),
        ("M3", "991000000000000001", 0, "approved"),
        ("M4", "991100000000000001", 3, "not_executed"),
    ];
    let (home, url) = (&home, &simulator.url);
    at_once(payments.map(|(order, code, exit, conclusion)| {
        let resolve = move || {
            let resolved = [&pay(order, code)[..], &["--resolve"]].concat();
            let ran = operation(home, url, &resolved);
            assert_eq!(ran.code, exit, "{ran:?}");
            let object = ran.json();
            assert_eq!(object["resolution"]["conclusion"], conclusion);
            assert_eq!(object["evidence"]["reason"], "deadline");
        };
        (order, resolve)
    }));
    // Of the fifth nothing is known, whoever asks.
    let unknown = operation(home, url, &pay("M5", "99FF00000000000001")[..8]);
    assert_eq!(unknown.code, 5);
    home.write("unknown.json", &unknown.stdout);
    let resolve = ["resolve", "unknown.json", "--pace=0.05", "--within=0.4"];
    let ran = operation(home, url, &resolve);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(ran.json()["resolution"]["conclusion"], "unknown");
}

pub(crate) fn lost_operations_are_found_out_from_their_json() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command([
        "simulator",
        "--fault=fin-after-request-applied,operation=void",
        "--fault=fin-in-reply-applied@17,operation=refund",
    ])));
    assert_eq!(
        operation(&home, &simulator.url, &pay("M1", "285668667587422761")[..7]).code,
        0
    );
    let refund = [
        "refund",
        "--merchant-order-id=M1",
        "--refund-request-id=R1",
        "--amount=1",
    ];
    // Another payment whose answer was lost: its amount is compared.
    let lost = &pay("M9", "990000000000000001")[..8];
    for arguments in [&["void", "--original-order-id", ORDER][..], &refund, lost] {
        let lost = operation(&home, &simulator.url, arguments);
        assert_eq!(lost.code, 5, "{lost:?}");
        home.write("lost.json", &lost.stdout);
        let ran = operation(
            &home,
            &simulator.url,
            &["resolve", "lost.json", "--pace=0.05"],
        );
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.json()["resolution"]["conclusion"], "approved");
    }
}

#[test]
fn any_api_is_called() {
    let home = Home::new();
    let simulator = Simulator::start(with_credentials(&mut home.command(["simulator"])));
    let query = [
        "api",
        "/v6/poslink/transaction/query",
        "--reads",
        "-fmerchantCode=103290070111417",
        "-fterminalCode=12340511",
        "-foriginalOrderId=20230718110248029165883554",
    ];
    let ran = operation(&home, &simulator.url, &query);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["reply"]["queryResCode"], "0");
    let unknown = operation(&home, &simulator.url, &["api", "/v1/nowhere", "--reads"]);
    assert_eq!(
        (unknown.code, &unknown.json()["evidence"]["http_status"]),
        (5, &404.into())
    );
}

/// The book outlives the process.
#[cfg(unix)]
#[test]
fn a_state_file_survives_a_restart() {
    let home = Home::new();
    let start = || {
        let mut command = home.command(["simulator", "--state-file=state.json"]);
        Simulator::start(with_credentials(&mut command))
    };
    let simulator = start();
    let paid = operation(&home, &simulator.url, &pay("M1", "285668667587422761")[..7]);
    assert_eq!(paid.code, 0, "{paid:?}");
    assert_eq!(
        simulator.interrupt(rustix::process::Signal::TERM).0,
        Some(0)
    );
    let simulator = start();
    let queried = operation(&home, &simulator.url, &["query", "--merchant-order-id=M1"]);
    assert_eq!(queried.json()["state"], "paid", "{queried:?}");
    drop(simulator);
    home.write("state.json", "{");
    let ran = run(&mut home.command(["simulator", "--state-file=state.json"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
    assert!(ran.stderr.contains("state.json"), "{ran:?}");
}

#[test]
fn faults_are_listed() {
    let ran = run(&mut Home::new().command(["simulator", "--list-faults"]));
    assert_eq!(ran.code, 0);
    assert_eq!(ran.stdout.lines().count(), ums_simulator::FAULTS.len());
}

pub(crate) fn the_demo_tells_its_story() {
    let home = Home::new();
    let english = run(&mut home.command(["demo"]));
    let chinese = run(home.command(["demo"]).env("LANG", "zh_CN.UTF-8"));
    for (ran, words) in [
        (
            english,
            ["Approved", "Declined", "Unknown", "Found out", "voided"],
        ),
        (
            chinese,
            ["交易成功", "交易失败", "交易状态未知", "已核实", "已撤销"],
        ),
    ] {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let mut rest = ran.stdout.as_str();
        for word in words {
            let (_, after) = rest
                .split_once(word)
                .unwrap_or_else(|| panic!("{word}: {ran:?}"));
            rest = after;
        }
        assert!(ran.stdout.contains("Signature=\""));
        assert!(ran.stdout.contains("\"originalOrderId\""));
        assert!(!ran.stdout.contains(ums_simulator::Simulator::DEMO_APP_KEY));
    }
}

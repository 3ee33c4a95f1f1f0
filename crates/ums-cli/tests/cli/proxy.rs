//! Through a proxy, when one is asked for and only then.

use std::io::{ErrorKind, Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use crate::simulator::{Simulator, with_credentials};
use crate::ums::{Home, Ran, run, text};

/// User name and password of a proxy, which no run may print.
const CREDENTIALS: &str = "teller:MARKERhunter2";
/// The same in Base64, made by `base64`.
const BASIC: &str = "Basic dGVsbGVyOk1BUktFUmh1bnRlcjI=";

/// An https gateway, and the file that names whom to trust for it.
fn gateway(home: &Home) -> Simulator {
    let mut command = home.command(["simulator", "--tls-ca-out", text(&home.path("ca.pem"))]);
    Simulator::start(with_credentials(&mut command))
}

/// `ums void` at that gateway, whose certificate is for `localhost` too.
fn void(home: &Home, gateway: &Simulator, flags: &[&str], variables: &[(&str, &str)]) -> Ran {
    let url = gateway.url.replace("127.0.0.1", "localhost");
    let mut command = home.void(["--json", "--ca=ca.pem", "--base-url", &url]);
    command.args(flags).envs(variables.iter().copied());
    run(&mut command)
}

/// A proxy for one connection: what was asked of it.
struct Proxy {
    address: String,
    thread: thread::JoinHandle<String>,
}

enum Then {
    Tunnel,
    Refuse(&'static str),
}

impl Proxy {
    fn start(then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let thread = thread::spawn(move || serve(&listener.accept().unwrap().0, &then));
        Self { address, thread }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The request's head. Call it when the client has ended.
    fn asked(self) -> String {
        self.thread.join().unwrap()
    }
}

fn serve(mut client: &TcpStream, then: &Then) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap();
    match then {
        Then::Refuse(status) => {
            let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
            client.write_all(reply.as_bytes()).unwrap();
        }
        Then::Tunnel => {
            let to = head.split(' ').nth(1).unwrap();
            let server = TcpStream::connect(to.replace("localhost", "127.0.0.1")).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            thread::scope(|scope| {
                scope.spawn(|| one_way(client, &server));
                one_way(&server, client);
            });
        }
    }
    head
}

/// Copies until one side ends, which the other is told.
fn one_way(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

#[test]
fn a_void_goes_through_the_proxy_of_the_strongest_setting() {
    let home = Home::new();
    for setting in ["flag", "variable", "profile", "environment"] {
        let gateway = gateway(&home);
        let proxy = Proxy::start(Then::Tunnel);
        let url = proxy.url();
        let with_credentials = format!("http://{CREDENTIALS}@{}", proxy.address);
        home.write_config(&format!("[profiles.p]\nproxy = \"{url}\"\n"));
        let (flags, variables): (&[_], &[_]) = match setting {
            "flag" => (&["--proxy", &url], &[("UMS_PROXY", NOBODY)]),
            "variable" => (&[], &[("UMS_PROXY", url.as_str()), ("HTTPS_PROXY", NOBODY)]),
            "profile" => (&["--profile=p"], &[("HTTPS_PROXY", NOBODY)]),
            _ => (
                &["--profile=p", "--proxy=environment"],
                &[("https_proxy", &with_credentials), ("UMS_PROXY", NOBODY)],
            ),
        };
        let ran = void(&home, &gateway, flags, variables);
        assert_eq!(ran.code, 0, "{setting}: {ran:?}");
        assert_eq!(ran.json()["outcome"], "approved");
        let asked = proxy.asked();
        let port = gateway.url.rsplit(':').next().unwrap();
        let line = format!("CONNECT localhost:{port} HTTP/1.1\r\n");
        assert!(asked.starts_with(&line), "{setting}: {asked}");
        let has_credentials = asked.contains(BASIC);
        assert_eq!(has_credentials, setting == "environment", "{asked}");
    }
}

#[test]
fn a_proxy_that_opens_no_tunnel_leaves_it_not_sent() {
    let home = Home::new();
    let gateway = gateway(&home);
    let mut details = String::new();
    for status in ["503 Busy", "407 Proxy Authentication Required"] {
        let proxy = Proxy::start(Then::Refuse(status));
        let variable = format!("http://{CREDENTIALS}@{}", proxy.address);
        let flags = ["--proxy=environment", "-vvv"];
        let ran = void(&home, &gateway, &flags, &[("HTTPS_PROXY", &variable)]);
        assert_eq!(ran.code, 4, "{ran:?}");
        let object = ran.json();
        assert_eq!(object["outcome"], "not_sent");
        assert_eq!(object["evidence"]["reason"], "proxy");
        assert_eq!(object["evidence"]["requests_sent"], 0);
        assert_eq!(object["next_step"], "fix_setup");
        assert!(!ran.stderr.contains(BASIC), "{ran:?}");
        let detail = object["evidence"]["detail"].as_str().unwrap();
        details.push_str(&detail.replace(&proxy.address, "PROXY"));
        details.push('\n');
        assert!(proxy.asked().contains(BASIC));
    }
    insta::assert_snapshot!(details, @"
    the proxy opened no way to the gateway: the proxy PROXY answered with status 503
    the proxy opened no way to the gateway: the proxy PROXY answered with status 407: check the user name and password for it
    ");
}

#[test]
fn without_being_asked_for_no_proxy_is_used() {
    let home = Home::new();
    let gateway = gateway(&home);
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    home.write_config(&format!("[profiles.p]\nproxy = \"{url}\"\n"));
    let everywhere = [
        ("HTTPS_PROXY", url.as_str()),
        ("https_proxy", &url),
        ("ALL_PROXY", &url),
        ("all_proxy", &url),
        ("HTTP_PROXY", &url),
        ("http_proxy", &url),
    ];
    let excepted = [everywhere[0], ("NO_PROXY", "example.com,localhost")];
    for (flags, variables, code) in [
        (&[][..], &everywhere[..], 0),
        (&["--proxy=environment"], &everywhere[2..], 3),
        (&["--proxy=environment"], &excepted, 3),
        (&["--profile=p", "--proxy=none"], &[], 3),
        (&["--profile=p"], &[("UMS_PROXY", "none")], 3),
    ] {
        let ran = void(&home, &gateway, flags, variables);
        // Voided by the first, voided already for the others.
        assert_eq!(ran.code, code, "{flags:?} {variables:?}: {ran:?}");
    }
    assert_eq!(proxy.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn every_command_that_calls_goes_through_it() {
    let home = Home::new();
    home.write(
        "void.json",
        r#"{"outcome":"unknown","next_step":"query","evidence":{"url":"https://gateway.invalid/v6/poslink/transaction/voidpayment","reason":"closed","timestamp":"20260301120000","deadline":"2026-03-01T04:00:30Z"},"request":{"operation":"void_payment","path":"/v6/poslink/transaction/voidpayment","body":{"merchantCode":"1","terminalCode":"2","originalOrderId":"U"}}}"#,
    );
    for (arguments, code) in [
        (
            &[
                "pay",
                "--merchant-order-id=M",
                "--amount=1",
                "--merchant-remark=r",
                "--pay-code=1",
            ][..],
            4,
        ),
        (&["query", "--original-order-id=1"], 4),
        (&["void", "--original-order-id=1"], 4),
        (
            &[
                "refund",
                "--original-order-id=1",
                "--refund-request-id=R",
                "--amount=1",
            ],
            4,
        ),
        (
            &[
                "query-refund",
                "--original-order-id=1",
                "--refund-request-id=R",
            ],
            4,
        ),
        (&["api", "/v1/x", "--reads"], 4),
        (&["resolve", "void.json", "--pace=0.001", "--within=0.5"], 5),
    ] {
        let proxy = Proxy::start(Then::Refuse("503 Busy"));
        let mut command = home.operation(arguments);
        command.args(["--base-url=https://gateway.invalid", "--yes"]);
        let ran = run(command.args(["--proxy", &proxy.url()]));
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(proxy.asked().starts_with("CONNECT gateway.invalid:443 "));
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused_by_rule() {
    let home = Home::new();
    let mut talk = String::new();
    let mut refuse = |code, flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = home.void(flags);
        let ran = run(command.envs(variables.iter().copied()));
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        talk.push_str(&home.scrub(&ran.stderr));
    };
    for url in [
        "",
        "proxy.example",
        "https://proxy.example:3128",
        "socks5://proxy.example:1080",
        "http://proxy.example:3128/path",
        "http://teller:MARKERhunter2@proxy.example:3128",
        "teller:MARKERhunter2@proxy.example:3128",
        "Environment",
    ] {
        refuse(2, &["--env=test", "--proxy", url], &[]);
    }
    let plain = "--base-url=http://127.0.0.1:9";
    refuse(2, &[plain, "--proxy=http://127.0.0.1:9"], &[]);
    refuse(6, &[plain], &[("UMS_PROXY", NOBODY)]);
    let with_credentials = format!("https://{CREDENTIALS}@proxy.example:3128");
    refuse(6, &["--env=test"], &[("UMS_PROXY", &with_credentials)]);
    let asked = ["--env=test", "--proxy=environment"];
    refuse(6, &asked, &[("HTTPS_PROXY", &with_credentials)]);
    refuse(6, &asked, &[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:1")]);
    refuse(6, &asked, &[("NO_PROXY", "a"), ("no_proxy", "b")]);
    home.write_config(&format!(
        "[profiles.p]\nproxy = \"http://{CREDENTIALS}@proxy.example:3128\"\n"
    ));
    refuse(6, &["--env=test", "--profile=p"], &[]);
    home.write_config("[profiles.p]\nproxy = true\n");
    refuse(6, &["--env=test", "--profile=p"], &[]);
    insta::assert_snapshot!(talk, @r#"
    error: --proxy: proxy "": not a URL; write it as http://host:port
    error: --proxy: proxy "proxy.example": state the port, from 1 to 65535
    error: --proxy: proxy "https://proxy.example…": the scheme must be http: a tunnel is asked for over plain HTTP, by no other protocol
    error: --proxy: proxy "socks5://proxy.example…": the scheme must be http: a tunnel is asked for over plain HTTP, by no other protocol
    error: --proxy: proxy "http://proxy.example…": it must end after host and port
    error: --proxy: a user name and password do not belong here; set HTTPS_PROXY to the whole URL, and this to environment
    error: --proxy: a user name and password do not belong here; set HTTPS_PROXY to the whole URL, and this to environment
    error: --proxy: proxy "Environment": state the port, from 1 to 65535
    error: --proxy: a plain http gateway is on this machine and is not reached through a proxy: leave the proxy out, or set it to none
    error: UMS_PROXY: a plain http gateway is on this machine and is not reached through a proxy: leave the proxy out, or set it to none
    error: UMS_PROXY: a user name and password do not belong here; set HTTPS_PROXY to the whole URL, and this to environment
    error: --proxy: HTTPS_PROXY: proxy "https://…@proxy.example…": the scheme must be http: a tunnel is asked for over plain HTTP, by no other protocol
    error: --proxy: HTTPS_PROXY and https_proxy are both set and differ: unset one of them
    error: --proxy: NO_PROXY and no_proxy are both set and differ: unset one of them
    error: ~/.config/ums/config.toml, line 2: proxy: a user name and password do not belong here; set HTTPS_PROXY to the whole URL, and this to environment
    error: ~/.config/ums/config.toml, line 2: profiles.p.proxy must be text in quotes
    "#);
    home.write_config("");
    // A plain gateway is reached directly when only the environment is asked.
    let ran = run(home
        .void([plain, "--proxy=environment"])
        .env("HTTPS_PROXY", NOBODY));
    assert_eq!(ran.code, 4, "{ran:?}");
}

//! HTTP that is meant to be read as two things, or never to end: no second request, and no crash.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use ums_server::ServerLimits;

use crate::ground::{Ground, ORDER, PATIENCE};

/// A void, of which the second must never be carried out.
struct Smuggled {
    host: String,
    token: String,
    body: String,
}

impl Smuggled {
    fn new(ground: &Ground) -> Self {
        Self {
            host: ground.address().to_string(),
            token: ground.all.clone(),
            body: format!("{{\"request\":{{\"originalOrderId\":\"{ORDER}\"}}}}"),
        }
    }

    /// The head of a request to ask whether it lives, with these lines in it.
    fn asking(&self, lines: &str) -> String {
        format!("POST /healthz HTTP/1.1\r\nHost: {}\r\n{lines}", self.host)
    }

    /// A whole void.
    fn void(&self, key: &str) -> String {
        let Self { host, token, body } = self;
        format!(
            "POST /v1/operations/void_payment HTTP/1.1\r\nHost: {host}\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Idempotency-Key: {key}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }

    /// The head of a void, with these lines instead of those that say how long its body is.
    fn void_with(&self, lines: &str) -> String {
        let Self { host, token, .. } = self;
        format!(
            "POST /v1/operations/void_payment HTTP/1.1\r\nHost: {host}\r\n\
             Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Idempotency-Key: hostile\r\n{lines}\r\n"
        )
    }
}

#[tokio::test]
async fn what_may_be_read_as_two_requests_is_refused_and_closed() {
    let ground = Ground::new().await;
    let it = Smuggled::new(&ground);
    let (host, void) = (&it.host, it.void("smuggled"));
    let kinds: Vec<(&str, String)> = vec![
        (
            "both lengths",
            it.asking(&format!(
                "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "both lengths, turned",
            it.asking(&format!(
                "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "two lengths",
            it.asking(&format!(
                "Content-Length: 0\r\nContent-Length: 5\r\n\r\n{void}"
            )),
        ),
        (
            "a list of lengths",
            it.asking(&format!("Content-Length: 0, 5\r\n\r\n{void}")),
        ),
        (
            "a signed length",
            it.asking(&format!("Content-Length: +0\r\n\r\n{void}")),
        ),
        (
            "a negative length",
            it.asking(&format!("Content-Length: -1\r\n\r\n{void}")),
        ),
        (
            "a length in hex",
            it.asking(&format!("Content-Length: 0x0\r\n\r\n{void}")),
        ),
        (
            "a huge length",
            it.asking(&format!(
                "Content-Length: 99999999999999999999999\r\n\r\n{void}"
            )),
        ),
        (
            "chunked twice",
            it.asking(&format!(
                "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "two encodings",
            it.asking(&format!(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "identity",
            it.asking(&format!("Transfer-Encoding: identity\r\n\r\n{void}")),
        ),
        (
            "gzip, chunked",
            it.asking(&format!(
                "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "xchunked",
            it.asking(&format!(
                "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "a vertical tab",
            it.asking(&format!(
                "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "a space before the colon",
            it.asking(&format!(
                "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{void}"
            )),
        ),
        (
            "a folded line",
            it.asking(&format!(
                "X: a\r\n Transfer-Encoding: chunked\r\n\r\n{void}"
            )),
        ),
        ("no host", format!("GET /healthz HTTP/1.1\r\n\r\n{void}")),
        (
            "two hosts",
            format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n{void}"),
        ),
        (
            "another host",
            format!("GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n{void}"),
        ),
        (
            "another address",
            format!("GET http://evil.example/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n{void}"),
        ),
        (
            "a user in the address",
            format!("GET http://u@{host}/healthz HTTP/1.1\r\nHost: {host}\r\n\r\n{void}"),
        ),
        (
            "CONNECT",
            format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n{void}"),
        ),
        (
            "OPTIONS of all",
            format!("OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n{void}"),
        ),
        (
            "HTTP/1.0 in chunks",
            format!(
                "POST /healthz HTTP/1.0\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{void}"
            ),
        ),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("no HTTP", format!("\x16\x03\x01\x02\x00\x01\r\n\r\n{void}")),
        (
            "a zero in a header",
            it.asking(&format!("X: a\0b\r\n\r\n{void}")),
        ),
        (
            "an origin",
            it.asking(&format!("Origin: https://evil.example\r\n\r\n{void}")),
        ),
        (
            "the origin null",
            it.asking(&format!("Origin: null\r\n\r\n{void}")),
        ),
        (
            "a long head",
            it.asking(&format!("X: {}\r\n\r\n{void}", "a".repeat(40_000))),
        ),
        (
            "many fields",
            it.asking(&format!("{}\r\n{void}", "X: a\r\n".repeat(200))),
        ),
        (
            "a long address",
            format!(
                "GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n{void}",
                "a".repeat(70_000)
            ),
        ),
        (
            "two tokens",
            it.asking(&format!(
                "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n{void}"
            )),
        ),
    ];
    assert!(kinds.len() >= 24);
    let mut wrong = Vec::new();
    for (kind, bytes) in &kinds {
        let answer = ground.raw(bytes.as_bytes()).await;
        let refuses = [
            "HTTP/1.1 400",
            "HTTP/1.1 403",
            "HTTP/1.1 414",
            "HTTP/1.1 431",
        ];
        let is_refused = refuses.iter().any(|status| answer.starts_with(status));
        // hyper hides one of both lengths: it goes by the chunks, and closes behind them.
        let is_hidden = answer.starts_with("HTTP/1.1 405") && answer.contains("connection: close");
        // A reset may take the answer with it.
        let is_at_most_one = answer.matches("HTTP/1.1 ").count() <= 1;
        let is_nothing = answer.is_empty();
        let is_right = is_nothing || is_refused || is_hidden;
        if !is_at_most_one || !is_right || ground.voids_sent() != 0 {
            wrong.push(format!("{kind}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // It still serves.
    let answer = ground.raw(void.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn a_body_that_is_not_whole_is_no_request() {
    let ground = Ground::new().await;
    let it = Smuggled::new(&ground);
    let body = &it.body;
    let length = body.len();
    for (kind, bytes) in [
        (
            "a chunk without an end",
            it.void_with("Transfer-Encoding: chunked\r\n") + &format!("{length:x}\r\n{body}"),
        ),
        (
            "a chunk that is longer",
            it.void_with("Transfer-Encoding: chunked\r\n")
                + &format!("{:x}\r\n{body}\r\n0\r\n\r\n", length + 9),
        ),
        (
            "a chunk that is shorter",
            it.void_with("Transfer-Encoding: chunked\r\n")
                + &format!("{:x}\r\n{body}\r\n0\r\n\r\n", length - 2),
        ),
        (
            "a size that is none",
            it.void_with("Transfer-Encoding: chunked\r\n") + &format!("-1\r\n{body}\r\n0\r\n\r\n"),
        ),
        (
            "a huge size",
            it.void_with("Transfer-Encoding: chunked\r\n")
                + &format!("ffffffffffffffff1\r\n{body}\r\n0\r\n\r\n"),
        ),
        (
            "less than its length",
            it.void_with(&format!("Content-Length: {}\r\n", length + 1)) + body,
        ),
        (
            "more than its length",
            it.void_with(&format!("Content-Length: {}\r\n", length - 1)) + body,
        ),
        ("too long", it.void_with("Content-Length: 70000\r\n") + body),
        (
            "too long in chunks",
            it.void_with("Transfer-Encoding: chunked\r\n")
                + &format!("11170\r\n{}\r\n0\r\n\r\n", " ".repeat(70_000)),
        ),
    ] {
        let mut stream = TcpStream::connect(ground.address()).await.unwrap();
        let _ = stream.write_all(bytes.as_bytes()).await;
        // Nothing more comes.
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        let _ = read.expect("the connection is closed");
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{kind}: {answer}");
        assert_eq!(ground.voids_sent(), 0, "{kind}: {answer}");
    }
}

#[tokio::test]
async fn requests_behind_each_other_are_answered_one_after_the_other() {
    let ground = Ground::new().await;
    let it = Smuggled::new(&ground);
    let asking = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", it.host);
    let bytes = format!("{asking}{asking}{}", it.void("k1"));
    let answer = ground.raw(bytes.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 3, "{answer}");
    assert_eq!(ground.voids_sent(), 1);
}

#[tokio::test]
async fn whoever_is_slow_is_given_up() {
    let quick = ServerLimits::new().read(Duration::from_millis(300));
    let ground = Ground::with(|server| server.limits(quick)).await;
    let it = Smuggled::new(&ground);
    for (kind, bytes) in [
        ("nothing", String::new()),
        ("half a head", it.asking("X: ")),
        ("half a body", it.void_with("Content-Length: 900\r\n") + "{"),
        (
            "half a chunk",
            it.void_with("Transfer-Encoding: chunked\r\n") + "9\r\n{",
        ),
    ] {
        let answer = ground.raw(bytes.as_bytes()).await;
        let is_refused = answer.is_empty() || answer.starts_with("HTTP/1.1 408");
        assert!(is_refused, "{kind}: {answer}");
    }
    assert_eq!(ground.voids_sent(), 0);
}

#[tokio::test]
async fn connections_over_the_limit_wait() {
    let ground = Ground::with(|server| server.limits(ServerLimits::new().connections(1))).await;
    let idle = TcpStream::connect(ground.address()).await.unwrap();
    let waiting = tokio::spawn(ground.get("/healthz").send());
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    drop(idle);
    assert_eq!(waiting.await.unwrap().status, 200);
}

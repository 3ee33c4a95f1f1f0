//! Proxies that open no tunnel: whatever they do, nothing was sent, and it is told as the proxy's
//! doing. Those that open one are in `tls/tunnel.rs`.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use ums_transport::{
    Connect, ConnectFuture, Delivery, Phase, Proxy, Transport, TransportBuilder, TransportError,
    TransportErrorKind, Trust,
};

const GATEWAY: &str = "https://gateway.example:8443";
const CREDENTIALS: &str = "teller:hunter2@";

/// What a proxy does with one connection.
enum Act {
    /// Nobody listens.
    Absent,
    CloseAtOnce,
    ResetAtOnce,
    /// Reads the request, sends this, and closes.
    Answer(Vec<u8>),
    /// Reads the request, sends this, and waits.
    Stall(Vec<u8>),
}

struct Row {
    name: String,
    act: Act,
    kind: TransportErrorKind,
    phase: Phase,
    reason: &'static str,
}

const OPENED: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

fn row(name: &str, act: Act, reason: &'static str) -> Row {
    Row {
        name: name.to_owned(),
        act,
        kind: TransportErrorKind::Proxy,
        phase: Phase::Tunneling,
        reason,
    }
}

/// Proxies that come to a stand.
fn stalls() -> Vec<Row> {
    [
        ("says nothing", &b""[..], Phase::Tunneling),
        ("says half", b"HTTP/1.1 200 OK\r\n", Phase::Tunneling),
        (
            "promises much",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            Phase::Tunneling,
        ),
        ("opens and leads nowhere", OPENED, Phase::Handshaking),
    ]
    .into_iter()
    .map(|(name, answer, phase)| Row {
        kind: TransportErrorKind::ConnectTimeout,
        phase,
        ..row(name, Act::Stall(answer.to_vec()), "took too long")
    })
    .collect()
}

fn rows() -> Vec<Row> {
    let answer =
        |name: &str, answer: &[u8], reason| row(name, Act::Answer(answer.to_vec()), reason);
    let mut rows = vec![
        Row {
            phase: Phase::Connecting,
            ..row("nobody listens", Act::Absent, "no connection to the proxy")
        },
        row("closes at once", Act::CloseAtOnce, "opened no tunnel"),
        row("resets at once", Act::ResetAtOnce, "opened no tunnel"),
        answer("closes after the request", b"", "opened no tunnel"),
        answer("cuts the status line", b"HTTP/1.1 20", "opened no tunnel"),
        answer(
            "cuts the head",
            b"HTTP/1.1 200 OK\r\nVia: x\r\n",
            "opened no tunnel",
        ),
        answer(
            "is no HTTP server",
            b"SSH-2.0-x\r\n\r\n",
            "opened no tunnel",
        ),
        answer("speaks HTTP/0.9", b"<html>hello</html>", "opened no tunnel"),
        answer(
            "speaks HTTP/2",
            b"\0\0\x12\x04\0\0\0\0\0\0\0\0",
            "opened no tunnel",
        ),
        answer("speaks TLS", &[22, 3, 3, 0, 2, 2, 40], "opened no tunnel"),
        answer(
            "has a status of four digits",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            "opened no tunnel",
        ),
        answer(
            "has a bad header",
            b"HTTP/1.1 200 OK\r\n\x01: x\r\n\r\n",
            "opened no tunnel",
        ),
        answer(
            "promises much and closes",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            "opened no tunnel",
        ),
        answer(
            "speaks in the gateway's place",
            b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "before the gateway could",
        ),
        answer(
            "has too large a head",
            &[&b"HTTP/1.1 200 OK\r\nx: "[..], &[b'x'; 80 * 1024]].concat(),
            "opened no tunnel",
        ),
        answer(
            "refuses with a long reply",
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\n<html>",
            "status 403",
        ),
        answer(
            "wants credentials",
            b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
            "status 407: check the user name and password",
        ),
        // The tunnel stood; what failed was the gateway's handshake.
        Row {
            kind: TransportErrorKind::Tls,
            phase: Phase::Handshaking,
            ..answer("closes after opening", OPENED, "tls handshake eof")
        },
    ];
    for (status, reason) in [
        (101, "status 101"),
        (301, "status 301"),
        (302, "status 302"),
        (307, "status 307"),
        (308, "status 308"),
        (400, "status 400"),
        (401, "status 401"),
        (403, "status 403"),
        (404, "status 404"),
        (405, "status 405"),
        (408, "status 408"),
        (429, "status 429"),
        (500, "status 500"),
        (501, "status 501"),
        (502, "status 502"),
        (503, "status 503"),
        (504, "status 504"),
        (599, "status 599"),
    ] {
        let text = format!(
            "HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno"
        );
        rows.push(answer(
            &format!("answers {status}"),
            text.as_bytes(),
            reason,
        ));
    }
    rows
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_not_sent() {
    let rows = rows();
    let names: HashSet<_> = rows.iter().map(|row| row.name.clone()).collect();
    assert_eq!((rows.len(), names.len()), (36, 36));
    for row in rows {
        is_not_sent(row).await;
    }
}

/// On a paused clock, which moves on once the proxy does nothing more.
#[tokio::test(start_paused = true)]
async fn a_proxy_that_stalls_is_not_sent() {
    let rows = stalls();
    assert_eq!(rows.len(), 4);
    for row in rows {
        is_not_sent(row).await;
    }
}

async fn is_not_sent(row: Row) {
    let (failure, seen) = against(row.act).await;
    let progress = failure.progress();
    let chain = failure.chain();
    assert_eq!(
        (failure.kind(), progress.phase),
        (row.kind, row.phase),
        "{}: {chain}",
        row.name
    );
    assert_eq!(progress.delivery(), Delivery::NotSent, "{}", row.name);
    assert!(chain.contains(row.reason), "{}: {chain}", row.name);
    let shown = format!("{chain} {failure:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains(BASIC),
        "{shown}"
    );
    // The proxy was asked once, for the gateway, and got nothing further but a ClientHello where it
    // said that the tunnel stands.
    if let Some(seen) = seen {
        let head = b"CONNECT gateway.example:8443 HTTP/1.1\r\n\
                         host: gateway.example:8443\r\n\
                         proxy-authorization: Basic dGVsbGVyOmh1bnRlcjI=\r\n\r\n";
        assert!(seen.starts_with(head), "{}", String::from_utf8_lossy(&seen));
        let rest = &seen[head.len()..];
        assert!(
            rest.is_empty() || rest.starts_with(&[22, 3]),
            "{}",
            row.name
        );
    }
}

/// `teller:hunter2` in Base64.
const BASIC: &str = "dGVsbGVyOmh1bnRlcjI=";

#[tokio::test]
async fn a_proxy_whose_name_is_unknown_is_not_sent() {
    let proxy = Proxy::http("http://no-such-proxy.invalid:3128").unwrap();
    let failure = call(&builder().proxy(proxy).build().unwrap()).await;
    assert_eq!(
        failure.kind(),
        TransportErrorKind::Proxy,
        "{}",
        failure.chain()
    );
    assert_eq!(failure.progress().phase, Phase::Resolving);
    assert_eq!(failure.progress().delivery(), Delivery::NotSent);
    let chain = failure.chain();
    assert!(chain.contains("no-such-proxy.invalid:3128"), "{chain}");
}

#[tokio::test]
async fn without_credentials_none_are_sent() {
    let (proxy, seen) = proxy(Act::Answer(b"HTTP/1.1 502 x\r\n\r\n".to_vec())).await;
    let transport = builder()
        .proxy(Proxy::http(&proxy).unwrap())
        .build()
        .unwrap();
    call(&transport).await;
    let seen = String::from_utf8(seen.await.unwrap().unwrap()).unwrap();
    assert!(seen.starts_with("CONNECT "), "{seen}");
    assert!(!seen.contains("proxy-authorization"), "{seen}");
}

#[tokio::test]
async fn no_proxy_means_no_connection_to_it() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", gateway.local_addr().unwrap());
    let through = Proxy::from_variables(
        &format!("http://{}", proxy.local_addr().unwrap()),
        "127.0.0.0/8",
    );
    let transport = Transport::builder(url.parse().unwrap())
        .trust(trust())
        .proxy(through.unwrap())
        .build()
        .unwrap();
    let direct = async {
        let (stream, _) = gateway.accept().await.unwrap();
        drop(stream);
    };
    let (failure, ()) = tokio::join!(call(&transport), direct);
    assert_eq!(
        failure.kind(),
        TransportErrorKind::Tls,
        "{}",
        failure.chain()
    );
    // A listener of tokio's does not block.
    let asked = proxy.into_std().unwrap().accept();
    assert!(asked.is_err(), "the proxy was asked");
}

struct Nowhere;

impl Connect for Nowhere {
    fn connect(&self) -> ConnectFuture {
        Box::pin(async { Err(io::ErrorKind::Unsupported.into()) })
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_refused_when_building() {
    let url = "http://teller:hunter2@127.0.0.1:3128";
    let proxy = || Proxy::http(url).unwrap();
    let plain = || Transport::builder("http://127.0.0.1:8080".parse().unwrap());
    let cases = [
        (plain().proxy(proxy()), "plain http gateway"),
        (
            builder().connector(Arc::new(Nowhere)).proxy(proxy()),
            "connector",
        ),
    ];
    for (builder, word) in cases {
        assert!(!format!("{builder:?}").contains("hunter2"));
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
    // Where no proxy would be used anyway there is nothing to refuse.
    let variables = Proxy::from_variables(url, "").unwrap();
    assert!(plain().proxy(variables).build().is_ok());
    let none = Proxy::from_variables("", "").unwrap();
    let dialled = builder().connector(Arc::new(Nowhere)).proxy(none);
    assert!(dialled.build().is_ok());
}

fn builder() -> TransportBuilder {
    Transport::builder(GATEWAY.parse().unwrap()).trust(trust())
}

fn trust() -> Trust {
    Trust::ca_pem(include_bytes!("tls/material/root.pem")).unwrap()
}

async fn call(transport: &Transport) -> TransportError {
    let deadline = Instant::now() + Duration::from_secs(60);
    transport.connect(deadline).await.unwrap_err()
}

/// The failure, and what the proxy was sent, unless it did not listen.
async fn against(act: Act) -> (TransportError, Option<Vec<u8>>) {
    let (url, seen) = proxy(act).await;
    let url = url.replace("http://", &format!("http://{CREDENTIALS}"));
    let transport = builder()
        .proxy(Proxy::http(&url).unwrap())
        .connect_timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let failure = call(&transport).await;
    (failure, seen.await.unwrap())
}

/// A proxy for one connection, and in the end what it was sent.
async fn proxy(act: Act) -> (String, tokio::task::JoinHandle<Option<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = match act {
        Act::Absent => {
            drop(listener);
            tokio::spawn(async { None })
        }
        act => {
            let (stalled, standstill) = mpsc::channel();
            // A paused clock stands while a blocking task runs.
            tokio::task::spawn_blocking(move || standstill.recv());
            tokio::spawn(async move {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, act, stalled).await
            })
        }
    };
    (url, serving)
}

/// Says so to `stalled` when it does nothing more but wait for the client.
async fn serve(mut stream: TcpStream, act: Act, stalled: mpsc::Sender<()>) -> Option<Vec<u8>> {
    let (answer, closes) = match act {
        Act::Absent | Act::CloseAtOnce => return None,
        Act::ResetAtOnce => {
            stream.set_zero_linger().unwrap();
            return None;
        }
        Act::Answer(answer) => (answer, true),
        Act::Stall(answer) => (answer, false),
    };
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") {
        seen.push(stream.read_u8().await.unwrap());
    }
    // The client may have gone in the middle of a long answer.
    let _ = stream.write_all(&answer).await;
    if closes {
        let _ = stream.shutdown().await;
    } else {
        if answer == OPENED {
            // The client has taken note when it begins to shake hands.
            seen.push(stream.read_u8().await.unwrap());
        }
        stalled.send(()).unwrap();
    }
    let _ = stream.read_to_end(&mut seen).await;
    Some(seen)
}

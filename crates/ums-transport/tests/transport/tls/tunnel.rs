//! Through a proxy's tunnel: TLS is the gateway's from end to end, refused and accepted as without
//! a proxy, and the proxy sees no byte of the request.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use ums_transport::{
    Delivery, Phase, Proxy, Reply, Transport, TransportError, TransportErrorKind, Trust,
};

use crate::tls::certificate::Ca;
use crate::tls::server::{BOTH, Seen, Server};
use crate::tls::{BODY, PATIENCE, Refused, call, contains, refused};

/// What a proxy passed on for one connection.
struct Passed {
    head: String,
    /// From the client.
    bytes: Vec<u8>,
}

/// A CONNECT proxy that leads to `gateway`, whatever host is asked for.
async fn proxy(gateway: std::net::SocketAddr, calls: usize) -> (String, JoinHandle<Vec<Passed>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://teller:hunter2@{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let mut passed = Vec::new();
        for _ in 0..calls {
            let (client, _) = listener.accept().await.unwrap();
            passed.push(pass_on(client, gateway).await);
        }
        passed
    });
    (url, serving)
}

async fn pass_on(mut client: TcpStream, gateway: std::net::SocketAddr) -> Passed {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.unwrap());
    }
    let mut gateway = TcpStream::connect(gateway).await.unwrap();
    // As long a head as proxies send, and then some.
    let opened = format!(
        "HTTP/1.1 200 Connection established\r\nVia: {}\r\n\r\n",
        "test, ".repeat(5000)
    );
    client.write_all(opened.as_bytes()).await.unwrap();
    let (mut from_client, mut to_client) = client.split();
    let (mut from_gateway, mut to_gateway) = gateway.split();
    let outward = async {
        let mut bytes = Vec::new();
        let mut block = [0; 4096];
        // A reset ends it like a close.
        while let Ok(length @ 1..) = from_client.read(&mut block).await {
            bytes.extend_from_slice(&block[..length]);
            if to_gateway.write_all(&block[..length]).await.is_err() {
                break;
            }
        }
        let _ = to_gateway.shutdown().await;
        bytes
    };
    let inward = async {
        let _ = tokio::io::copy(&mut from_gateway, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    let (bytes, ()) = tokio::join!(outward, inward);
    let head = String::from_utf8(head).unwrap();
    Passed { head, bytes }
}

async fn meet(
    host: &str,
    trust: Trust,
    server: Server,
    calls: usize,
    max_idle: usize,
) -> (Vec<Result<Reply, TransportError>>, Vec<Seen>, Vec<Passed>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = if max_idle == 0 { calls } else { 1 };
    let serving = tokio::spawn(async move {
        let mut seen = Vec::new();
        for _ in 0..connections {
            let (stream, _) = listener.accept().await.unwrap();
            seen.push(server.serve(stream, std::sync::mpsc::channel().0).await);
        }
        seen
    });
    let (url, passing) = proxy(address, connections).await;
    let transport = Transport::builder(format!("https://{host}").parse().unwrap())
        .trust(trust)
        .proxy(Proxy::http(&url).unwrap())
        .connect_timeout(PATIENCE)
        .max_idle(max_idle)
        .build()
        .unwrap();
    let mut results = Vec::new();
    for _ in 0..calls {
        results.push(call(&transport).await);
    }
    drop(transport);
    (results, serving.await.unwrap(), passing.await.unwrap())
}

#[tokio::test]
async fn the_gateway_is_verified_through_the_tunnel() {
    let root = Ca::root("a root");
    let trust = || Trust::ca_pem(root.pem.as_bytes()).unwrap();
    for (host, names, target) in [
        ("pay.example", &["pay.example"][..], "pay.example:443"),
        ("pay.example:8443", &["pay.example"], "pay.example:8443"),
        // A wildcard stands for one label.
        ("a.pay.example", &["*.pay.example"], "a.pay.example:443"),
        ("PAY.example", &["pay.EXAMPLE"], "pay.example:443"),
        ("192.0.2.7", &["192.0.2.7"], "192.0.2.7:443"),
        ("[2001:db8::7]", &["2001:db8::7"], "[2001:db8::7]:443"),
    ] {
        let server = Server::tls(&root.server(names), BOTH);
        let (results, seen, passed) = meet(host, trust(), server, 1, 0).await;
        let [result] = <[_; 1]>::try_from(results).unwrap();
        let reply = result.unwrap_or_else(|failure| panic!("{host}: {}", failure.chain()));
        assert_eq!(&reply.body[..], b"ok");
        // CONNECT is no part of the request: the count is the request's own.
        let progress = &reply.progress;
        assert_eq!(progress.delivery(), Delivery::Complete);
        assert_eq!(
            progress.request_bytes_written,
            seen[0].plaintext.len() as u64
        );
        let expected = format!(
            "CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\
             proxy-authorization: Basic dGVsbGVyOmh1bnRlcjI=\r\n\r\n"
        );
        assert_eq!(passed[0].head, expected);
        sees_no_request(&passed[0]);
        // The proxy's password goes no further than the proxy.
        let request = String::from_utf8(seen[0].plaintext.clone()).unwrap();
        assert!(!request.to_lowercase().contains("proxy-"), "{request}");
        assert!(!request.contains("dGVsbGVyOmh1bnRlcjI="), "{request}");
    }
}

#[tokio::test]
async fn names_that_do_not_match_are_refused_through_the_tunnel() {
    let root = Ca::root("a root");
    let trust = || Trust::ca_pem(root.pem.as_bytes()).unwrap();
    let rows = [
        ("pay.example", "*.pay.example"),
        ("a.b.pay.example", "*.pay.example"),
        // Nobody owns a whole top-level domain.
        ("pay.example", "*.example"),
        ("pay.example", "p*.example"),
        ("pay.example", "*ay.example"),
        ("pay.example", "pay.*"),
        ("pay.example", "*"),
        ("a.pay.example", "*.*.example"),
        ("pay.example", "pay.example.invalid"),
        ("pay.example", "xpay.example"),
        ("pay.example", "pay-example"),
        ("pay.example", "127.0.0.1"),
        ("192.0.2.7", "192.0.2.8"),
        ("[2001:db8::7]", "2001:db8::8"),
    ];
    assert_eq!(rows.len(), 14);
    for (host, name) in rows {
        let server = Server::tls(&root.server(&[name]), BOTH);
        let (results, seen, passed) = meet(host, trust(), server, 1, 0).await;
        let failure = results[0].as_ref().unwrap_err();
        let told = (failure.kind(), failure.progress().phase);
        let chain = failure.chain();
        assert_eq!(
            told,
            (TransportErrorKind::Tls, Phase::Handshaking),
            "{host} {name}: {chain}"
        );
        assert!(
            chain.contains("not valid for name"),
            "{host} {name}: {chain}"
        );
        assert_eq!(failure.progress().delivery(), Delivery::NotSent);
        assert!(seen[0].plaintext.is_empty(), "{host} {name}");
        sees_no_request(&passed[0]);
    }
}

/// A proxy makes no certificate better.
#[tokio::test]
async fn what_is_refused_directly_is_refused_through_the_tunnel() {
    let rows = refused::certificates();
    assert_eq!(rows.len(), 85);
    for row in rows {
        let Refused {
            name,
            host,
            trust,
            server,
            kind,
            reason,
        } = row;
        let trust = match trust {
            Some(pem) => Trust::ca_pem(pem.as_bytes()).unwrap(),
            None => Trust::platform(),
        };
        let (results, seen, passed) = meet(host, trust, server, 1, 0).await;
        let failure = results[0].as_ref().unwrap_err();
        let chain = failure.chain();
        assert_eq!(failure.kind(), kind, "{name}: {chain}");
        assert_eq!(failure.progress().phase, Phase::Handshaking, "{name}");
        assert_eq!(failure.progress().delivery(), Delivery::NotSent, "{name}");
        assert!(chain.contains(reason), "{name}: {chain}");
        assert!(seen[0].plaintext.is_empty(), "{name}");
        sees_no_request(&passed[0]);
    }
}

#[tokio::test]
async fn a_tunnel_serves_again() {
    let root = Ca::root("a root");
    let trust = Trust::ca_pem(root.pem.as_bytes()).unwrap();
    let server = Server::tls(&root.server(&["pay.example"]), BOTH);
    let (results, _, passed) = meet("pay.example", trust, server, 3, 1).await;
    let reused: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().unwrap().progress.reused)
        .collect();
    assert_eq!(reused, [false, true, true]);
    assert_eq!(passed.len(), 1, "one CONNECT for three calls");
}

/// The tunnel breaks after the request has left: that is the call's end, not the proxy's refusal.
#[tokio::test]
async fn a_tunnel_that_breaks_later_is_unknown() {
    let root = Ca::root("a root");
    let identity = root.server(&["pay.example"]);
    let config = Arc::new(crate::tls::server::config(&identity, BOTH));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (url, passing) = proxy(address, 1).await;
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(config);
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(BODY) {
            seen.push(stream.read_u8().await.unwrap());
        }
    });
    let transport = Transport::builder("https://pay.example".parse().unwrap())
        .trust(Trust::ca_pem(root.pem.as_bytes()).unwrap())
        .proxy(Proxy::http(&url).unwrap())
        .connect_timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    let failure = call(&transport).await.unwrap_err();
    assert_eq!(failure.progress().phase, Phase::AwaitingReply);
    assert_eq!(failure.progress().delivery(), Delivery::Complete);
    assert_ne!(failure.kind(), TransportErrorKind::Proxy);
    serving.await.unwrap();
    sees_no_request(&passing.await.unwrap()[0]);
}

fn sees_no_request(passed: &Passed) {
    assert!(!contains(&passed.bytes, BODY));
    assert!(!contains(&passed.bytes, b"POST"));
    assert!(
        passed.bytes.starts_with(&[22, 3]),
        "TLS from the first byte"
    );
}

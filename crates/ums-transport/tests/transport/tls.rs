//! Certificates and handshakes that must be refused, and those that must be accepted.
//!
//! A refusal is held to more than an error: it is told as TLS's, in the handshake, for the reason
//! in the table, and the server has nothing of the request. Certificates are made on the spot with
//! rcgen; the few that it cannot make are in `material/`, made by `material/make.sh`.

mod certificate;
mod handshake;
mod refused;
mod server;
mod tunnel;

use std::collections::HashSet;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use rcgen::{KeyUsagePurpose, date_time_ymd};
use rustls::{HandshakeKind, SupportedProtocolVersion};
use tokio::net::TcpListener;
use tokio::time::Instant;
use ums_transport::{Delivery, Phase, Reply, Transport, TransportError, TransportErrorKind, Trust};

use crate::tls::certificate::{Ca, Identity, Key, MATERIAL_ROOT, authority};
use crate::tls::server::{BOTH, Seen, Server, TLS12, TLS13, config, config_for_clients_of};

/// Told apart from anything a handshake contains.
const BODY: &[u8] = b"{\"remark\":\"nobody may read this\"}";

/// One server that must be refused.
struct Refused {
    name: String,
    /// The host the client asks for; it leads to this machine.
    host: &'static str,
    /// PEM of what the client trusts; nothing for the platform's roots.
    trust: Option<String>,
    server: Server,
    kind: TransportErrorKind,
    /// Must be in the failure's chain.
    reason: &'static str,
}

#[tokio::test]
async fn what_must_be_refused_is_refused() {
    let mut rows = refused::certificates();
    let certificates = rows.len();
    rows.extend(handshake::answers());
    let answers = rows.len() - certificates;
    rows.extend(handshake::cuts());
    let cuts = rows.len() - certificates - answers;
    let names: HashSet<_> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), rows.len(), "each row has a name of its own");
    // A row that goes missing is noticed.
    assert_eq!((certificates, answers, cuts), (85, 67, 30));

    let mut wrong = Vec::new();
    for row in rows {
        if !is_reachable(row.host) {
            continue;
        }
        let name = row.name.clone();
        if let Err(why) = refuses(row).await {
            wrong.push(format!("{name}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// On a paused clock, which moves on once the server has nothing more to do.
#[tokio::test(start_paused = true)]
async fn a_stall_at_each_step_is_refused() {
    let rows = handshake::stalls();
    assert_eq!(rows.len(), 15);
    for row in rows {
        let name = row.name.clone();
        refuses(row)
            .await
            .unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

async fn refuses(row: Refused) -> Result<(), String> {
    let trust = match &row.trust {
        Some(pem) => Trust::ca_pem(pem.as_bytes()).map_err(|error| error.to_string())?,
        None => Trust::platform(),
    };
    let (result, seen) = meet(row.host, trust, Arc::new(row.server), 1).await;
    let failure = match result {
        Ok(_) => return Err(format!("accepted, and the server read {seen:?}")),
        Err(failure) => failure,
    };
    let chain = failure.chain();
    let seen = &seen[0];
    let read = &seen.plaintext;
    if !read.is_empty() {
        return Err(format!("the server read {} bytes", read.len()));
    }
    if contains(&seen.raw, b"POST") || contains(&seen.raw, BODY) {
        return Err("the server was sent the request without TLS".to_owned());
    }
    let told = (failure.kind(), failure.progress().phase);
    if told != (row.kind, Phase::Handshaking) {
        return Err(format!("told as {told:?}: {chain}"));
    }
    if failure.progress().delivery() != Delivery::NotSent {
        return Err(format!("delivery {:?}", failure.progress().delivery()));
    }
    if !chain.contains(row.reason) {
        return Err(format!("reason {:?} is not in: {chain}", row.reason));
    }
    Ok(())
}

/// One server that must be accepted.
struct Accepted {
    name: &'static str,
    host: &'static str,
    trust: String,
    identity: Identity,
    versions: &'static [&'static SupportedProtocolVersion],
}

#[tokio::test]
async fn what_is_right_is_accepted() {
    let rows = accepted();
    assert_eq!(rows.len(), 26);
    for row in rows {
        if !is_reachable(row.host) {
            continue;
        }
        let trust = Trust::ca_pem(row.trust.as_bytes()).unwrap();
        let server = Arc::new(Server::tls(&row.identity, row.versions));
        let (result, seen) = meet(row.host, trust, server, 1).await;
        let reply = result.unwrap_or_else(|failure| panic!("{}: {}", row.name, failure.chain()));
        assert_eq!(
            reply.progress.delivery(),
            Delivery::Complete,
            "{}",
            row.name
        );
        assert_eq!(&reply.body[..], b"ok");
        assert!(seen[0].plaintext.ends_with(BODY), "{}", row.name);
    }
}

fn accepted() -> Vec<Accepted> {
    let root = Ca::root("a root");
    let below = root.below("an intermediate", |_| ());
    let far_below = below
        .below("one below", |_| ())
        .below("and another", |_| ());
    let other = Ca::root("another root");
    let row = |name, host, identity, versions| Accepted {
        name,
        host,
        trust: root.pem.clone(),
        identity,
        versions,
    };
    let local = |ca: &Ca| ca.server(&["localhost"]);
    let key = |key| root.server_with_key(&["localhost"], key);
    let mut rows = vec![
        row("TLS 1.2 and 1.3", "localhost", local(&root), BOTH),
        row("TLS 1.2 alone", "localhost", local(&root), TLS12),
        row("TLS 1.3 alone", "localhost", local(&root), TLS13),
        row("one intermediate", "localhost", local(&below), BOTH),
        row("three intermediates", "localhost", local(&far_below), BOTH),
        row(
            "intermediates in another order",
            "localhost",
            local(&far_below).with_chain(|chain| chain[1..].reverse()),
            BOTH,
        ),
        row(
            "the root is sent as well",
            "localhost",
            local(&below).with_chain(|chain| chain.push(root.own.clone())),
            BOTH,
        ),
        row(
            "an unrelated certificate is sent as well",
            "localhost",
            local(&below).with_chain(|chain| chain.push(other.own.clone())),
            BOTH,
        ),
        row("a name in capitals", "LOCALHOST", local(&root), BOTH),
        row(
            "one name of several",
            "localhost",
            root.server(&["a.invalid", "localhost", "192.0.2.1"]),
            BOTH,
        ),
        row(
            "no usage stated",
            "localhost",
            root.server_with(&["localhost"], |params| params.extended_key_usages.clear()),
            BOTH,
        ),
        row(
            "an IPv4 address",
            "127.0.0.1",
            root.server(&["127.0.0.1"]),
            BOTH,
        ),
        row("an IPv6 address", "[::1]", root.server(&["::1"]), BOTH),
        row("ECDSA P-256", "localhost", key(Key::P256), BOTH),
        row("ECDSA P-384", "localhost", key(Key::P384), BOTH),
        row("Ed25519", "localhost", key(Key::Ed25519), BOTH),
        row("RSA 2048", "localhost", key(Key::Rsa2048), BOTH),
        row("RSA 2048, TLS 1.2", "localhost", key(Key::Rsa2048), TLS12),
        row("RSA 3072", "localhost", key(Key::Rsa3072), BOTH),
        row("RSA 3072, TLS 1.2", "localhost", key(Key::Rsa3072), TLS12),
        Accepted {
            trust: format!("{}{}", other.pem, root.pem),
            ..row("one CA of two", "localhost", local(&root), BOTH)
        },
    ];
    // What RFC 5280 and RFC 8446 would refuse and rustls lets pass: a CA whose key is not meant for
    // certificates, a server whose key is not meant for signatures, and a trusted root whose time
    // is over. None lets a stranger in: each still needs a key that the trusted root vouches for.
    let meant_for_lists = root.below("for lists", |params| {
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
    });
    rows.push(row(
        "a CA without keyCertSign",
        "localhost",
        local(&meant_for_lists),
        BOTH,
    ));
    rows.push(row(
        "a server without digitalSignature",
        "localhost",
        root.server_with(&["localhost"], |params| {
            params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
        }),
        BOTH,
    ));
    let mut over = authority("an old root");
    over.not_after = date_time_ymd(2021, 1, 1);
    let over = Ca::self_signed(over);
    rows.push(Accepted {
        trust: over.pem.clone(),
        ..row(
            "a trusted root that has expired",
            "localhost",
            local(&over),
            BOTH,
        )
    });
    // The controls of the weak ones: the same but for the weakness.
    for (name, pem) in [
        ("an RSA root", include_str!("tls/material/leaf-sha256.pem")),
        (
            "an RSA intermediate",
            include_str!("tls/material/under-rsa2048.pem"),
        ),
    ] {
        rows.push(Accepted {
            trust: MATERIAL_ROOT.to_owned(),
            ..row(name, "localhost", Identity::material(pem), BOTH)
        });
    }
    rows
}

#[tokio::test]
async fn a_session_is_resumed_and_nothing_is_sent_before_it_is() {
    let root = Ca::root("a root");
    for versions in [TLS12, TLS13] {
        let mut config = config(&root.server(&["localhost"]), versions);
        // Early data can be replayed by whoever records it.
        config.max_early_data_size = 16 * 1024;
        let server = Arc::new(Server::Tls(Arc::new(config)));
        let trust = Trust::ca_pem(root.pem.as_bytes()).unwrap();
        let (result, seen) = meet("localhost", trust, server, 2).await;
        result.unwrap();
        let kinds: Vec<_> = seen.iter().map(|seen| seen.handshake).collect();
        assert_eq!(
            kinds,
            [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)]
        );
        for seen in seen {
            assert!(seen.plaintext.ends_with(BODY));
            assert!(!seen.early_data);
        }
    }
}

/// A server that would rather speak HTTP/2 is not offered it.
#[tokio::test]
async fn http2_is_neither_offered_nor_spoken() {
    let root = Ca::root("a root");
    let identity = root.server(&["localhost"]);
    for (versions, protocols) in [
        (TLS12, &["h2"][..]),
        (TLS13, &["h2"]),
        (TLS13, &["h2", "http/1.1"]),
        (TLS13, &["h3", "h2", "spdy/3.1"]),
    ] {
        let mut config = config(&identity, versions);
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().into())
            .collect();
        let server = Arc::new(Server::Tls(Arc::new(config)));
        let trust = Trust::ca_pem(root.pem.as_bytes()).unwrap();
        let (result, seen) = meet("localhost", trust, server, 1).await;
        result.unwrap();
        assert_eq!(seen[0].alpn, None, "{protocols:?}");
        assert!(seen[0].plaintext.starts_with(b"POST /v6/x HTTP/1.1\r\n"));
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let hello = server::client_hello(&mut stream).await.unwrap();
        let mut acceptor = rustls::server::Acceptor::default();
        acceptor.read_tls(&mut hello.as_slice()).unwrap();
        let accepted = acceptor.accept().unwrap().unwrap();
        let hello = accepted.client_hello();
        let offered = hello
            .alpn()
            .map(|names| names.map(<[u8]>::to_vec).collect::<Vec<_>>());
        (offered, hello.server_name().map(str::to_owned))
    });
    let trust = Trust::ca_pem(root.pem.as_bytes()).unwrap();
    let transport = Transport::builder(url.parse().unwrap())
        .trust(trust)
        .build()
        .unwrap();
    call(&transport).await.unwrap_err();
    let (offered, name) = asked.await.unwrap();
    assert_eq!(offered, None);
    assert_eq!(name.as_deref(), Some("localhost"));
}

/// Under TLS 1.3 a client's part of the handshake ends before the server has looked at it. A server
/// that then misses a client's certificate closes on a request that has left: it is not told as
/// unsent.
#[tokio::test]
async fn a_server_that_wants_a_client_certificate() {
    let root = Ca::root("a root");
    let identity = root.server(&["localhost"]);
    let trust = || Trust::ca_pem(root.pem.as_bytes()).unwrap();

    let config = config_for_clients_of(&root, &identity, TLS12);
    let server = Arc::new(Server::Tls(Arc::new(config)));
    let (result, seen) = meet("localhost", trust(), server, 1).await;
    let failure = result.unwrap_err();
    assert_eq!(
        failure.kind(),
        TransportErrorKind::Tls,
        "{}",
        failure.chain()
    );
    assert_eq!(failure.progress().delivery(), Delivery::NotSent);
    assert!(seen[0].plaintext.is_empty());

    let config = config_for_clients_of(&root, &identity, TLS13);
    let server = Arc::new(Server::Tls(Arc::new(config)));
    let (result, seen) = meet("localhost", trust(), server, 1).await;
    let failure = result.unwrap_err();
    let progress = failure.progress();
    assert!(progress.phase >= Phase::Sending, "{}", failure.chain());
    let sent = progress.request_bytes_written > 0;
    assert_eq!(sent, progress.delivery() != Delivery::NotSent);
    assert!(seen[0].plaintext.is_empty());
}

/// Calls a server so many times, each on a connection of its own, and returns the last result with
/// what the server saw each time.
async fn meet(
    host: &str,
    trust: Trust,
    server: Arc<Server>,
    times: usize,
) -> (Result<Reply, TransportError>, Vec<Seen>) {
    let address = if host == "[::1]" {
        "[::1]:0"
    } else {
        "127.0.0.1:0"
    };
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stalled, standstill) = mpsc::channel();
    let serving = tokio::spawn(async move {
        let mut seen = Vec::new();
        for _ in 0..times {
            let (stream, _) = listener.accept().await.unwrap();
            seen.push(server.serve(stream, stalled.clone()).await);
        }
        seen
    });
    // A paused clock stands while a blocking task runs.
    let standing = tokio::task::spawn_blocking(move || standstill.recv());
    let transport = Transport::builder(format!("https://{host}:{port}").parse().unwrap())
        .trust(trust)
        .connect_timeout(PATIENCE)
        .max_idle(0)
        .build()
        .unwrap();
    let mut result = call(&transport).await;
    for _ in 1..times {
        result = call(&transport).await;
    }
    let seen = serving.await.unwrap();
    // It ended by a stall or, when the server ended first, without.
    let _ = standing.await.unwrap();
    (result, seen)
}

/// Some machines, containers above all, have no IPv6, not even to themselves.
fn is_reachable(host: &str) -> bool {
    let reachable = host != "[::1]" || std::net::TcpListener::bind("[::1]:0").is_ok();
    if !reachable {
        eprintln!("NOT RUN: this machine has no IPv6 loopback, so a row for {host} is left out");
    }
    reachable
}

/// Longer than any handshake takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

async fn call(transport: &Transport) -> Result<Reply, TransportError> {
    let deadline = Instant::now() + Duration::from_secs(60);
    let connection = transport.connect(deadline).await?;
    let request = Request::post("/v6/x")
        .body(Bytes::from_static(BODY))
        .unwrap();
    let mut reply = connection.exchange(request, deadline).await?;
    reply.take_connection().keep();
    Ok(reply)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

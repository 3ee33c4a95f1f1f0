//! What the transport reports, against a peer that does exactly what the test says: bytes over
//! memory with a paused clock, and over sockets where sockets are the point.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;
use ums_transport::{
    Connect, ConnectFuture, Connection, Delivery, Phase, Reply, Transport, TransportBuilder,
    TransportErrorKind,
};

const BODY: &[u8] = br#"{"errCode":"00"}"#;

/// Connections over memory: each dial hands the other end to the test.
struct Memory {
    capacity: usize,
    peers: mpsc::UnboundedSender<DuplexStream>,
}

impl Connect for Memory {
    fn connect(&self) -> ConnectFuture {
        let (ours, theirs) = tokio::io::duplex(self.capacity);
        let sent = self.peers.send(theirs);
        Box::pin(async move {
            sent.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            Ok(Box::new(ours) as _)
        })
    }

    fn fails_whole(&self) -> bool {
        true
    }
}

fn memory(capacity: usize) -> (TransportBuilder, mpsc::UnboundedReceiver<DuplexStream>) {
    let (peers, incoming) = mpsc::unbounded_channel();
    (through(Memory { capacity, peers }), incoming)
}

fn through(connector: impl Connect) -> TransportBuilder {
    Transport::builder("http://localhost".parse().unwrap()).connector(Arc::new(connector))
}

fn over_memory(capacity: usize) -> (Transport, mpsc::UnboundedReceiver<DuplexStream>) {
    let (builder, incoming) = memory(capacity);
    (builder.max_reply_body(1024).build().unwrap(), incoming)
}

fn request() -> Request<Bytes> {
    Request::post("/v6/x")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{\"a\":1}"))
        .unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

fn reply(body: &[u8]) -> Vec<u8> {
    let mut reply =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend_from_slice(body);
    reply
}

/// A call whose reply is believed.
async fn believed(
    connection: Connection,
    deadline: Instant,
) -> Result<Reply, ums_transport::TransportError> {
    let mut reply = connection.exchange(request(), deadline).await?;
    reply.take_connection().keep();
    Ok(reply)
}

/// Reads one request: a head, and as much body as it announces.
async fn read_request(peer: &mut DuplexStream) -> Vec<u8> {
    let mut seen = Vec::new();
    loop {
        let byte = peer.read_u8().await.unwrap();
        seen.push(byte);
        if let Some(head) = seen.windows(4).position(|end| end == b"\r\n\r\n") {
            let text = String::from_utf8(seen[..head].to_vec()).unwrap();
            let length: usize = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .unwrap()
                .parse()
                .unwrap();
            let mut body = vec![0; length];
            peer.read_exact(&mut body).await.unwrap();
            seen.extend(body);
            return seen;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_whole_request_is_written_once_and_counted() {
    let (transport, mut peers) = over_memory(4096);
    let server = tokio::spawn(async move {
        let mut peer = peers.recv().await.unwrap();
        let seen = read_request(&mut peer).await;
        peer.write_all(&reply(BODY)).await.unwrap();
        (seen, peer)
    });
    let connection = transport.connect(soon()).await.unwrap();
    assert!(!connection.is_reused());
    let reply = connection.exchange(request(), soon()).await.unwrap();
    let (seen, _peer) = server.await.unwrap();

    assert_eq!(&reply.body[..], BODY);
    assert_eq!(reply.progress.status, Some(200));
    assert_eq!(reply.progress.phase, Phase::Complete);
    assert_eq!(reply.progress.request_bytes_total, seen.len() as u64);
    assert_eq!(reply.progress.request_bytes_written, seen.len() as u64);
    assert_eq!(reply.progress.delivery(), Delivery::Complete);
    let text = String::from_utf8(seen).unwrap();
    assert!(text.starts_with("POST /v6/x HTTP/1.1\r\n"), "{text}");
    assert!(text.contains("host: localhost\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n{\"a\":1}"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_serves_again_and_is_not_opened_twice() {
    let (transport, mut peers) = over_memory(4096);
    let server = tokio::spawn(async move {
        let mut peer = peers.recv().await.unwrap();
        for _ in 0..3 {
            read_request(&mut peer).await;
            peer.write_all(&reply(BODY)).await.unwrap();
        }
        peers
    });
    for round in 0..3 {
        let connection = transport.connect(soon()).await.unwrap();
        assert_eq!(connection.is_reused(), round > 0);
        let reply = believed(connection, soon()).await.unwrap();
        assert_eq!(reply.progress.delivery(), Delivery::Complete);
        assert_eq!(reply.progress.reused, round > 0);
    }
    assert!(server.await.unwrap().try_recv().is_err(), "one connection");
}

/// What a peer does with the connection after accepting it.
#[derive(Clone, Copy, Debug)]
enum Peer {
    CloseAtOnce,
    ReadThenClose(usize),
    ReadAllThen(&'static [u8]),
    AnswerWithoutReading,
    Silent,
}

async fn against(peer: Peer, capacity: usize) -> ums_transport::TransportError {
    let (transport, mut peers) = over_memory(capacity);
    let held = Arc::new(Mutex::new(Vec::new()));
    let hold = Arc::clone(&held);
    tokio::spawn(async move {
        let mut stream = peers.recv().await.unwrap();
        match peer {
            Peer::CloseAtOnce => {}
            Peer::ReadThenClose(count) => {
                let mut some = vec![0; count];
                stream.read_exact(&mut some).await.unwrap();
            }
            Peer::ReadAllThen(answer) => {
                read_request(&mut stream).await;
                stream.write_all(answer).await.unwrap();
            }
            Peer::AnswerWithoutReading => {
                stream.write_all(&reply(BODY)).await.unwrap();
                hold.lock().unwrap().push(stream);
            }
            Peer::Silent => {
                read_request(&mut stream).await;
                hold.lock().unwrap().push(stream);
            }
        }
    });
    let connection = transport.connect(soon()).await.unwrap();
    if matches!(peer, Peer::CloseAtOnce) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let failure = connection.exchange(request(), soon()).await.unwrap_err();
    drop(held);
    failure
}

#[tokio::test(start_paused = true)]
async fn each_break_is_told_by_its_kind_phase_and_count() {
    use Delivery::{Complete, NotSent, Partial};
    use Phase::{AwaitingReply, ReadingReply, Sending};
    use TransportErrorKind::{Closed, Deadline, EarlyReply, MalformedReply, ReplyTooLarge};

    const HUGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n";
    let mut huge = HUGE.to_vec();
    huge.extend([b' '; 2000]);
    let huge: &'static [u8] = huge.leak();

    for (peer, capacity, kind, phase, delivery, status) in [
        (Peer::CloseAtOnce, 4096, Closed, Sending, NotSent, None),
        (Peer::ReadThenClose(10), 16, Closed, Sending, Partial, None),
        (
            Peer::ReadAllThen(b""),
            4096,
            Closed,
            AwaitingReply,
            Complete,
            None,
        ),
        (
            Peer::ReadAllThen(b"HTTP/1.1 20"),
            4096,
            Closed,
            AwaitingReply,
            Complete,
            None,
        ),
        (
            Peer::ReadAllThen(b"hello, world\r\n\r\n"),
            4096,
            MalformedReply,
            AwaitingReply,
            Complete,
            None,
        ),
        (
            Peer::ReadAllThen(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"errCode\""),
            4096,
            Closed,
            ReadingReply,
            Complete,
            Some(200),
        ),
        (
            Peer::ReadAllThen(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            4096,
            MalformedReply,
            ReadingReply,
            Complete,
            Some(200),
        ),
        (
            Peer::ReadAllThen(huge),
            4096,
            ReplyTooLarge,
            ReadingReply,
            Complete,
            Some(200),
        ),
        (
            Peer::AnswerWithoutReading,
            64,
            EarlyReply,
            ReadingReply,
            Partial,
            Some(200),
        ),
        (Peer::Silent, 4096, Deadline, AwaitingReply, Complete, None),
    ] {
        let failure = against(peer, capacity).await;
        let progress = failure.progress();
        assert_eq!(
            (progress.phase, progress.delivery(), progress.status),
            (phase, delivery, status),
            "{peer:?}: {}",
            failure.chain()
        );
        assert_eq!(failure.kind(), kind, "{peer:?}: {}", failure.chain());
        assert!(!failure.is_stale_connection(), "the connection was new");
    }
}

/// A new connection and a used one, over which every step takes a second.
#[tokio::test(start_paused = true)]
async fn each_step_is_counted_and_timed() {
    let (transport, mut peers) = over_memory(16);
    tokio::spawn(async move {
        let mut peer = peers.recv().await.unwrap();
        loop {
            let second = || tokio::time::sleep(Duration::from_secs(1));
            second().await;
            read_request(&mut peer).await;
            second().await;
            let (head, body) = (&reply(BODY)[..], BODY);
            let head = head.strip_suffix(body).unwrap();
            peer.write_all(head).await.unwrap();
            second().await;
            peer.write_all(body).await.unwrap();
        }
    });
    for reused in [false, true, true] {
        let connection = transport.connect(soon()).await.unwrap();
        let progress = believed(connection, soon()).await.unwrap().progress;
        assert_eq!(progress.reused, reused);
        assert_eq!(progress.reply_bytes_read, reply(BODY).len() as u64);
        assert_eq!(progress.request_bytes_written, progress.request_bytes_total);
        let timings = progress.timings;
        let steps = [timings.connected, timings.sent, timings.head, timings.ended];
        assert_eq!(
            steps.map(|step| step.map(|time| time.as_secs())),
            [0, 1, 2, 3].map(Some)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_was_not_reached_has_no_time() {
    let timings = |failure: &ums_transport::TransportError| {
        let timings = failure.progress().timings;
        [timings.connected, timings.sent, timings.head, timings.ended].map(|step| step.is_some())
    };
    for (peer, capacity, reached) in [
        (Peer::ReadThenClose(10), 16, [true, false, false, true]),
        (Peer::Silent, 4096, [true, true, false, true]),
        (
            Peer::ReadAllThen(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"errCode\""),
            4096,
            [true; 4],
        ),
    ] {
        let failure = against(peer, capacity).await;
        assert_eq!(timings(&failure), reached, "{peer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_too_early_is_none_on_a_used_connection_either() {
    let (transport, mut peers) = over_memory(64);
    let peer = tokio::spawn(async move {
        let mut peer = peers.recv().await.unwrap();
        read_request(&mut peer).await;
        peer.write_all(&reply(BODY)).await.unwrap();
        // One byte of the second request, so that it has begun.
        peer.read_u8().await.unwrap();
        peer.write_all(&reply(BODY)).await.unwrap();
        peer
    });
    let connection = transport.connect(soon()).await.unwrap();
    believed(connection, soon()).await.unwrap();
    let connection = transport.connect(soon()).await.unwrap();
    assert!(connection.is_reused());
    let failure = connection.exchange(request(), soon()).await.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::EarlyReply);
    assert_eq!(failure.progress().delivery(), Delivery::Partial);
    drop(peer.await.unwrap());
}

/// The cap is 1024 bytes, in however many pieces.
#[tokio::test(start_paused = true)]
async fn a_reply_of_the_largest_size_is_read_and_one_byte_more_is_not() {
    for (pieces, whole) in [
        (&[1024][..], true),
        (&[1025], false),
        (&[400, 300, 324], true),
        (&[400, 300, 325], false),
        (&[1, 1, 1, 1021], true),
        (&[1, 1, 1, 1022], false),
    ] {
        let (transport, mut peers) = over_memory(4096);
        tokio::spawn(async move {
            let mut peer = peers.recv().await.unwrap();
            read_request(&mut peer).await;
            let length: usize = pieces.iter().sum();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            peer.write_all(head.as_bytes()).await.unwrap();
            for (letter, piece) in (b'a'..).zip(pieces) {
                tokio::time::sleep(Duration::from_millis(1)).await;
                peer.write_all(&vec![letter; *piece]).await.unwrap();
            }
        });
        let connection = transport.connect(soon()).await.unwrap();
        let expected: Vec<u8> = (b'a'..)
            .zip(pieces)
            .flat_map(|(letter, piece)| vec![letter; *piece])
            .collect();
        match connection.exchange(request(), soon()).await {
            Ok(reply) => {
                assert!(whole, "{pieces:?}");
                assert_eq!(reply.body, expected);
            }
            Err(failure) => {
                assert!(!whole, "{pieces:?}: {}", failure.chain());
                assert_eq!(failure.kind(), TransportErrorKind::ReplyTooLarge);
                let before_the_last = expected.len() - pieces.last().unwrap();
                assert_eq!(failure.received(), &expected[..before_the_last]);
            }
        }
    }
}

/// 64 KiB of head and 256 KiB of body, unless told otherwise.
#[tokio::test(start_paused = true)]
async fn the_caps_are_as_documented() {
    const KIB: usize = 1024;
    for (head, body, kind) in [
        (60 * KIB, 256 * KIB, None),
        (8, 256 * KIB + 1, Some(TransportErrorKind::ReplyTooLarge)),
        (68 * KIB, 2, Some(TransportErrorKind::MalformedReply)),
    ] {
        let (builder, mut incoming) = memory(4096);
        let transport = builder.build().unwrap();
        tokio::spawn(async move {
            let mut peer = incoming.recv().await.unwrap();
            read_request(&mut peer).await;
            let header = "x".repeat(head);
            let head = format!("HTTP/1.1 200 OK\r\nX: {header}\r\nContent-Length: {body}\r\n\r\n");
            // The client hangs up on what is too large.
            let _ = peer.write_all(head.as_bytes()).await;
            let _ = peer.write_all(&vec![b' '; body]).await;
        });
        let connection = transport.connect(soon()).await.unwrap();
        match connection.exchange(request(), soon()).await {
            Ok(reply) => assert_eq!((reply.body.len(), None), (body, kind)),
            Err(failure) => assert_eq!(Some(failure.kind()), kind, "{}", failure.chain()),
        }
    }
}

/// Never opens one.
struct Stuck;

impl Connect for Stuck {
    fn connect(&self) -> ConnectFuture {
        Box::pin(std::future::pending())
    }
}

/// The one that comes first is told, and of two at once the call's own.
#[tokio::test(start_paused = true)]
async fn a_dial_ends_with_its_own_limit_or_with_the_calls() {
    for (limit, deadline, kind) in [
        (3, 5, TransportErrorKind::ConnectTimeout),
        (5, 3, TransportErrorKind::Deadline),
        (4, 4, TransportErrorKind::Deadline),
    ] {
        let transport = through(Stuck)
            .connect_timeout(Duration::from_secs(limit))
            .build()
            .unwrap();
        let started = Instant::now();
        let deadline = started + Duration::from_secs(deadline);
        let failure = transport.connect(deadline).await.unwrap_err();
        assert_eq!(failure.kind(), kind);
        let ended = limit.min((deadline - started).as_secs());
        assert_eq!(started.elapsed().as_secs(), ended);
        let timings = failure.progress().timings;
        assert_eq!(timings.ended.map(|time| time.as_secs()), Some(ended));
    }
}

#[tokio::test(start_paused = true)]
async fn debug_tells_what_it_is() {
    let (transport, _peers) = over_memory(64);
    let connection = transport.connect(soon()).await.unwrap();
    assert_eq!(
        format!("{connection:?}"),
        "Connection { reused: false, .. }"
    );
    let shown = format!("{transport:?}");
    assert!(shown.contains("localhost"), "{shown}");
    let shown = format!("{:?}", Transport::builder(transport.base_url().clone()));
    assert!(shown.contains("localhost"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_the_past_writes_nothing() {
    let (transport, mut peers) = over_memory(4096);
    let connection = transport.connect(soon()).await.unwrap();
    let mut peer = peers.recv().await.unwrap();
    let failure = connection
        .exchange(request(), Instant::now())
        .await
        .unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::Deadline);
    assert_eq!(failure.progress().delivery(), Delivery::NotSent);
    let mut seen = Vec::new();
    peer.read_to_end(&mut seen).await.unwrap();
    assert!(seen.is_empty());

    let failure = transport.connect(Instant::now()).await.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::Deadline);
}

/// A connection keeps its alarm from call to call.
#[tokio::test(start_paused = true)]
async fn each_call_on_a_connection_ends_at_its_own_deadline() {
    let seconds = [(5, 60), (60, 5), (5, 5)];
    for (first, second) in seconds.map(|(a, b)| (Duration::from_secs(a), Duration::from_secs(b))) {
        let (transport, mut peers) = over_memory(4096);
        let peer = tokio::spawn(async move {
            let mut peer = peers.recv().await.unwrap();
            read_request(&mut peer).await;
            peer.write_all(&reply(BODY)).await.unwrap();
            read_request(&mut peer).await;
            (peer, peers)
        });
        let connection = transport.connect(soon()).await.unwrap();
        let deadline = Instant::now() + first;
        believed(connection, deadline).await.unwrap();

        let connection = transport.connect(soon()).await.unwrap();
        assert!(connection.is_reused());
        let started = Instant::now();
        let failure = connection.exchange(request(), started + second).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), TransportErrorKind::Deadline);
        assert_eq!(started.elapsed().as_secs(), second.as_secs());
        drop(peer.await.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_writes_nothing_more() {
    let (transport, mut peers) = over_memory(16);
    let connection = transport.connect(soon()).await.unwrap();
    let mut peer = peers.recv().await.unwrap();
    let mut exchange = Box::pin(connection.exchange(request(), soon()));
    tokio::select! {
        biased;
        _ = &mut exchange => panic!("nobody answers"),
        () = tokio::time::sleep(Duration::from_millis(1)) => {}
    }
    drop(exchange);
    let mut seen = Vec::new();
    peer.read_to_end(&mut seen).await.unwrap();
    assert_eq!(seen.len(), 16, "what fitted before the drop, and no more");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_closed_or_spoke_is_not_used() {
    for unasked in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"] {
        let (transport, mut peers) = over_memory(4096);
        let server = tokio::spawn(async move {
            let mut first = peers.recv().await.unwrap();
            read_request(&mut first).await;
            first.write_all(&reply(BODY)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
            first.write_all(unasked).await.unwrap();
            let held = (!unasked.is_empty()).then_some(first);
            let mut second = peers.recv().await.unwrap();
            read_request(&mut second).await;
            second.write_all(&reply(BODY)).await.unwrap();
            held
        });
        for _ in 0..2 {
            let connection = transport.connect(soon()).await.unwrap();
            assert!(!connection.is_reused());
            believed(connection, soon()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_pooled_connection_that_closes_under_the_call_is_told_as_stale() {
    let (transport, mut peers) = over_memory(4096);
    let connection = transport.connect(soon()).await.unwrap();
    let mut peer = peers.recv().await.unwrap();
    let answering = async {
        read_request(&mut peer).await;
        peer.write_all(&reply(BODY)).await.unwrap();
    };
    let (first, ()) = tokio::join!(believed(connection, soon()), answering);
    first.unwrap();
    let connection = transport.connect(soon()).await.unwrap();
    assert!(connection.is_reused());
    drop(peer);
    let failure = connection.exchange(request(), soon()).await.unwrap_err();
    assert_eq!(failure.progress().delivery(), Delivery::NotSent);
    assert!(failure.is_stale_connection(), "{failure:?}");
    assert!(!transport.connect_fresh(soon()).await.unwrap().is_reused());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_after_its_time() {
    let (transport, mut peers) = over_memory(4096);
    let connection = transport.connect(soon()).await.unwrap();
    let mut peer = peers.recv().await.unwrap();
    let answering = async {
        read_request(&mut peer).await;
        peer.write_all(&reply(BODY)).await.unwrap();
    };
    let (first, ()) = tokio::join!(believed(connection, soon()), answering);
    first.unwrap();
    let before = Instant::now();
    assert_eq!(peer.read(&mut [0]).await.unwrap(), 0, "closed by us");
    assert_eq!(before.elapsed().as_secs(), 30, "of paused time");
}

#[tokio::test(start_paused = true)]
async fn no_more_connections_are_kept_than_asked_for() {
    for kept in [0, 1, 2] {
        let (builder, mut incoming) = memory(4096);
        let transport = builder.max_idle(kept).build().unwrap();
        tokio::spawn(async move {
            while let Some(mut peer) = incoming.recv().await {
                tokio::spawn(async move {
                    read_request(&mut peer).await;
                    peer.write_all(&reply(BODY)).await.unwrap();
                    peer.read(&mut [0]).await
                });
            }
        });
        let mut connections = Vec::new();
        for _ in 0..3 {
            connections.push(transport.connect(soon()).await.unwrap());
        }
        for connection in connections {
            believed(connection, soon()).await.unwrap();
        }
        let mut again = Vec::new();
        for _ in 0..3 {
            again.push(transport.connect(soon()).await.unwrap());
        }
        let reused = again.iter().filter(|connection| connection.is_reused());
        assert_eq!(reused.count(), kept);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_a_reply() {
    let (transport, mut peers) = over_memory(4096);
    tokio::spawn(async move {
        let mut peer = peers.recv().await.unwrap();
        read_request(&mut peer).await;
        let answer = b"HTTP/1.1 307 x\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n\r\n";
        peer.write_all(answer).await.unwrap();
        assert!(peers.recv().await.is_none(), "no second connection");
    });
    let connection = transport.connect(soon()).await.unwrap();
    let reply = connection.exchange(request(), soon()).await.unwrap();
    assert_eq!(reply.progress.status, Some(307));
}

#[tokio::test]
async fn nobody_listening_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let transport = Transport::builder(format!("http://{address}").parse().unwrap())
        .build()
        .unwrap();
    let failure = transport.connect(soon()).await.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::Connect);
    assert_eq!(failure.progress().phase, Phase::Connecting);
    assert_eq!(failure.progress().delivery(), Delivery::NotSent);
    assert!(failure.chain().contains("refused"), "{}", failure.chain());
}

#[tokio::test]
async fn an_unknown_host_is_not_sent() {
    let transport = Transport::builder("https://no-such-host.invalid".parse().unwrap())
        .build()
        .unwrap();
    let failure = transport.connect(soon()).await.unwrap_err();
    assert_eq!(
        failure.kind(),
        TransportErrorKind::Resolve,
        "{}",
        failure.chain()
    );
    assert_eq!(failure.progress().phase, Phase::Resolving);
}

#[tokio::test]
async fn a_tls_handshake_that_stalls_or_fails_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let stalls = listener.accept().await.unwrap();
        let (mut refuses, _) = listener.accept().await.unwrap();
        // An alert in place of a ServerHello: fatal, handshake_failure.
        refuses.write_all(&[21, 3, 3, 0, 2, 2, 40]).await.unwrap();
        let _ = refuses.read_to_end(&mut Vec::new()).await;
        drop(stalls);
    });
    let transport = Transport::builder(format!("https://{address}").parse().unwrap())
        .connect_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let stalled = transport.connect(soon()).await.unwrap_err();
    assert_eq!(stalled.kind(), TransportErrorKind::ConnectTimeout);
    assert_eq!(stalled.progress().phase, Phase::Handshaking);
    let refused = transport.connect(soon()).await.unwrap_err();
    assert_eq!(
        refused.kind(),
        TransportErrorKind::Tls,
        "{}",
        refused.chain()
    );
    assert_eq!(refused.progress().delivery(), Delivery::NotSent);
}

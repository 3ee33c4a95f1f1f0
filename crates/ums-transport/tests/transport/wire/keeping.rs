//! Which connection serves again.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Version};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use ums_transport::{Transport, TransportErrorKind};

use crate::wire::peer::{BODY, End, SIZE, believed, memory, read, reply, request, rest, soon};

/// A gateway that answers each request on any connection with these bytes.
fn answering(answer: &[u8]) -> (Transport, mpsc::UnboundedReceiver<usize>) {
    let (builder, mut incoming) = memory(4096);
    let (ended, ends) = mpsc::unbounded_channel();
    let answer = answer.to_vec();
    tokio::spawn(async move {
        while let Some(mut peer) = incoming.recv().await {
            let (answer, ended) = (answer.clone(), ended.clone());
            tokio::spawn(async move {
                let mut served = 0;
                while has_request(&mut peer).await {
                    peer.write_all(&answer).await.unwrap();
                    served += 1;
                }
                ended.send(served).unwrap();
            });
        }
    });
    (builder.max_reply_body(1024).build().unwrap(), ends)
}

async fn has_request(peer: &mut End) -> bool {
    let mut seen = vec![0; SIZE];
    tokio::io::AsyncReadExt::read_exact(peer, &mut seen)
        .await
        .is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_closed_unless_its_reply_is_believed() {
    let (transport, mut ends) = answering(&reply(BODY));
    let call = || async {
        let connection = transport.connect(soon()).await.unwrap();
        let reused = connection.is_reused();
        let reply = connection.exchange(request(), soon()).await.unwrap();
        (reused, reply)
    };
    // Dropped with the reply.
    assert!(!call().await.0);
    assert_eq!(ends.recv().await, Some(1));
    // Dropped by itself, before the reply.
    let (reused, mut reply) = call().await;
    assert!(!reused);
    drop(reply.take_connection());
    assert_eq!(ends.recv().await, Some(1));
    assert_eq!(&reply.body[..], BODY);
    // Held, it serves nobody.
    let (reused, held) = call().await;
    assert!(!reused);
    let (reused, mut reply) = call().await;
    assert!(!reused);
    assert!(format!("{held:?}").contains("can_serve_again: true"));
    // Kept, and kept again.
    let connection = reply.take_connection();
    assert!(format!("{reply:?}").contains("can_serve_again: false"));
    reply.take_connection().keep();
    connection.keep();
    for _ in 0..2 {
        let (reused, mut reply) = call().await;
        assert!(reused);
        reply.take_connection().keep();
    }
    // And not believed once, no more.
    assert!(call().await.0);
    assert_eq!(ends.recv().await, Some(4));
    assert!(!call().await.0);
}

/// Where none is kept, it does not even wait for the reader of its reply.
#[tokio::test(start_paused = true)]
async fn where_none_is_kept_it_is_closed_at_once() {
    let (builder, mut incoming) = memory(4096);
    let transport = builder.max_idle(0).build().unwrap();
    let peer = tokio::spawn(async move {
        let mut peer = incoming.recv().await.unwrap();
        read(&mut peer, SIZE).await;
        peer.write_all(&reply(BODY)).await.unwrap();
        rest(&mut peer).await
    });
    let connection = transport.connect(soon()).await.unwrap();
    let held = connection.exchange(request(), soon()).await.unwrap();
    assert_eq!(peer.await.unwrap(), 0);
    drop(held);
}

/// What is written is what is counted, whatever form the request was given in.
#[tokio::test(start_paused = true)]
async fn a_request_is_written_in_one_form() {
    let plain = || Request::post("/v6/x?y=z");
    for builder in [
        plain(),
        plain().version(Version::HTTP_10),
        plain().version(Version::HTTP_2),
        plain().version(Version::HTTP_3),
        plain().header("Transfer-Encoding", "chunked"),
        plain().header("Content-Length", "3"),
        plain().header("Host", "elsewhere.example"),
        Request::post("http://elsewhere.example/v6/x?y=z"),
    ] {
        let (builder_of_transport, mut incoming) = memory(4096);
        let transport = builder_of_transport.build().unwrap();
        let expected =
            "POST /v6/x?y=z HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello";
        let peer = tokio::spawn(async move {
            let mut peer = incoming.recv().await.unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"hello") {
                seen.extend(read(&mut peer, 1).await);
            }
            peer.write_all(&reply(BODY)).await.unwrap();
            seen
        });
        let connection = transport.connect(soon()).await.unwrap();
        let request = builder.body(Bytes::from_static(b"hello")).unwrap();
        let reply = connection.exchange(request, soon()).await.unwrap();
        let mut seen: Vec<_> = std::str::from_utf8(&peer.await.unwrap())
            .unwrap()
            .split("\r\n")
            .map(str::to_owned)
            .collect();
        let mut lines: Vec<_> = expected.split("\r\n").map(str::to_owned).collect();
        seen.sort();
        lines.sort();
        assert_eq!(seen, lines);
        assert_eq!(reply.progress.request_bytes_total, expected.len() as u64);
        assert_eq!(reply.progress.request_bytes_written, expected.len() as u64);
    }
}

/// Believed or not.
#[tokio::test(start_paused = true)]
async fn a_connection_that_is_to_close_is_not_kept() {
    let body = String::from_utf8_lossy(BODY);
    let with = |version: &str, fields: &str| {
        let length = body.len();
        format!("HTTP/{version} 200 OK\r\n{fields}Content-Length: {length}\r\n\r\n{body}")
    };
    for (answer, kept) in [
        (with("1.1", ""), true),
        (with("1.1", "Connection: keep-alive\r\n"), true),
        (with("1.1", "Connection: close\r\n"), false),
        (with("1.1", "Connection: x, CLOSE\r\n"), false),
        (
            with("1.1", "Connection: close\r\nConnection: keep-alive\r\n"),
            false,
        ),
        (with("1.0", ""), false),
        (with("1.0", "Connection: keep-alive\r\n"), false),
        (
            format!("HTTP/1.1 100 Continue\r\n\r\n{}", with("1.1", "")),
            true,
        ),
    ] {
        let (transport, mut ends) = answering(answer.as_bytes());
        for round in 0..3 {
            let connection = transport.connect(soon()).await.unwrap();
            assert_eq!(connection.is_reused(), kept && round > 0, "{answer}");
            let reply = believed(connection, request(), soon()).await.unwrap();
            assert_eq!(
                reply.progress.request_bytes_written, SIZE as u64,
                "{answer}"
            );
        }
        drop(transport);
        assert_eq!(
            ends.recv().await,
            Some(if kept { 3 } else { 1 }),
            "{answer}"
        );
    }
}

/// Whatever ends an exchange without a reply, the connection ends with it.
#[tokio::test(start_paused = true)]
async fn after_a_failure_the_connection_is_closed() {
    let huge = reply(&[b' '; 1025]);
    let rows: &[(&[u8], TransportErrorKind)] = &[
        (&huge, TransportErrorKind::ReplyTooLarge),
        (b"hello\r\n\r\n", TransportErrorKind::MalformedReply),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            TransportErrorKind::Deadline,
        ),
        (
            b"HTTP/1.1 100 Continue\r\n\r\n",
            TransportErrorKind::Deadline,
        ),
        (b"", TransportErrorKind::Deadline),
    ];
    for (answer, kind) in rows {
        for earlier in [0, 1] {
            let (builder, mut incoming) = memory(4096);
            let transport = builder.max_reply_body(1024).build().unwrap();
            let answer = answer.to_vec();
            let peer = tokio::spawn(async move {
                let mut peer = incoming.recv().await.unwrap();
                for _ in 0..earlier {
                    read(&mut peer, SIZE).await;
                    peer.write_all(&reply(BODY)).await.unwrap();
                }
                read(&mut peer, SIZE).await;
                peer.write_all(&answer).await.unwrap();
                (rest(&mut peer).await, incoming)
            });
            for _ in 0..earlier {
                let connection = transport.connect(soon()).await.unwrap();
                believed(connection, request(), soon()).await.unwrap();
            }
            let connection = transport.connect(soon()).await.unwrap();
            assert_eq!(connection.is_reused(), earlier > 0);
            let failure = connection.exchange(request(), soon()).await.unwrap_err();
            assert_eq!(failure.kind(), *kind);
            // Closed while the failure is still at hand.
            let (written_on, _incoming) = peer.await.unwrap();
            assert_eq!(written_on, 0);
            assert!(!transport.connect(soon()).await.unwrap().is_reused());
        }
    }
}

/// A proxy answers 504, and the gateway's own reply to the first call comes when the second is
/// under way.
#[tokio::test(start_paused = true)]
async fn the_late_reply_to_one_call_answers_no_other() {
    let (builder, mut incoming) = memory(4096);
    let transport = builder.build().unwrap();
    let peer = tokio::spawn(async move {
        let mut first = incoming.recv().await.unwrap();
        read(&mut first, SIZE).await;
        let timeout = b"HTTP/1.1 504 x\r\nContent-Length: 0\r\n\r\n";
        first.write_all(timeout).await.unwrap();
        let mut second = incoming.recv().await.unwrap();
        read(&mut second, SIZE).await;
        // To the first call.
        let late = first.write_all(&reply(b"first")).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        second.write_all(&reply(b"second")).await.unwrap();
        late.is_err()
    });
    let connection = transport.connect(soon()).await.unwrap();
    let first = connection.exchange(request(), soon()).await.unwrap();
    assert_eq!(first.progress.status, Some(504));
    drop(first);
    let connection = transport.connect(soon()).await.unwrap();
    assert!(!connection.is_reused());
    let second = connection.exchange(request(), soon()).await.unwrap();
    assert_eq!(&second.body[..], b"second");
    assert!(peer.await.unwrap(), "closed when the late reply came");
}

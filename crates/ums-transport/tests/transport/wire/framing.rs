//! A reply whose end can be seen in two places is no reply.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use ums_transport::{Delivery, TransportErrorKind};

use crate::wire::peer::{BODY, SIZE, believed, memory, read, reply, request, rest, soon};

fn with(first: &str, fields: &str, body: &str) -> String {
    format!("{first}\r\n{fields}\r\n{body}")
}

const OK: &str = "HTTP/1.1 200 OK";
const TEXT: &str = r#"{"errCode":"00"}"#;
const CHUNKS: &str = "10\r\n{\"errCode\":\"00\"}\r\n0\r\n\r\n";

/// Every one of them has the same whole body in it, for some reader.
#[tokio::test(start_paused = true)]
async fn what_states_its_end_in_two_ways_is_not_believed() {
    let length = "Content-Length: 16\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n";
    let rows = [
        (with(OK, length, TEXT), true),
        (with(OK, chunked, CHUNKS), true),
        (with(OK, "transfer-encoding: CHUNKED\r\n", CHUNKS), true),
        (with(OK, "", TEXT), true),
        (with("HTTP/1.0 200 OK", length, TEXT), true),
        (with("HTTP/1.0 200 OK", "", TEXT), true),
        (with(OK, &format!("{length}{chunked}"), CHUNKS), false),
        (with(OK, &format!("{chunked}{length}"), CHUNKS), false),
        (
            with(
                OK,
                &format!("{length}Transfer-Encoding: identity\r\n"),
                TEXT,
            ),
            false,
        ),
        (with(OK, &format!("{length}{length}"), TEXT), false),
        (with(OK, "Content-Length: 16, 16\r\n", TEXT), false),
        (
            with(OK, "Content-Length: 16\r\nContent-Length: 17\r\n", TEXT),
            false,
        ),
        (with(OK, "Content-Length: +16\r\n", TEXT), false),
        (with(OK, &format!("{chunked}{chunked}"), CHUNKS), false),
        (
            with(OK, "Transfer-Encoding: chunked, chunked\r\n", CHUNKS),
            false,
        ),
        (
            with(OK, "Transfer-Encoding: gzip, chunked\r\n", CHUNKS),
            false,
        ),
        (with(OK, "Transfer-Encoding: identity\r\n", TEXT), false),
        (with(OK, "Transfer-Encoding: xchunked\r\n", TEXT), false),
        (with("HTTP/1.0 200 OK", chunked, CHUNKS), false),
        (
            with("HTTP/1.0 200 OK", &format!("{length}{chunked}"), CHUNKS),
            false,
        ),
    ];
    for (answer, clear) in rows {
        for reused in [false, true] {
            let (builder, mut incoming) = memory(4096);
            let transport = builder.build().unwrap();
            let said = answer.clone().into_bytes();
            tokio::spawn(async move {
                let mut peer = incoming.recv().await.unwrap();
                if reused {
                    read(&mut peer, SIZE).await;
                    peer.write_all(&reply(BODY)).await.unwrap();
                }
                read(&mut peer, SIZE).await;
                peer.write_all(&said).await.unwrap();
            });
            if reused {
                let connection = transport.connect(soon()).await.unwrap();
                believed(connection, request(), soon()).await.unwrap();
            }
            let connection = transport.connect(soon()).await.unwrap();
            match connection.exchange(request(), soon()).await {
                Ok(reply) => {
                    assert!(clear, "{answer}");
                    assert_eq!(&reply.body[..], BODY);
                }
                Err(failure) => {
                    assert!(!clear, "{answer}: {}", failure.chain());
                    assert_eq!(
                        failure.kind(),
                        TransportErrorKind::MalformedReply,
                        "{answer}"
                    );
                    assert_eq!(failure.progress().delivery(), Delivery::Complete);
                }
            }
        }
    }
}

/// With the reply come bytes that nobody asked for: which part is the reply?
#[tokio::test(start_paused = true)]
async fn what_more_follows_is_not_believed() {
    let length = "Content-Length: 16\r\n";
    let whole = with(OK, length, TEXT);
    let close = with(OK, &format!("Connection: close\r\n{length}"), TEXT);
    let chunked = with(OK, "Transfer-Encoding: chunked\r\n", CHUNKS);
    let rows = [
        (&whole, &*whole),
        (&whole, "\r\n"),
        (&whole, "x"),
        (&whole, "\0garbage"),
        (&chunked, "x"),
        (&chunked, &whole),
        (&close, "x"),
        (&with("HTTP/1.0 200 OK", length, TEXT), "x"),
        (&with("HTTP/1.1 204 x", "", ""), "x"),
        (&with(OK, "Content-Length: 0\r\n", ""), "x"),
    ];
    for (first, more) in rows {
        // At once, and a moment later: by then the reply was believed.
        for apart in [false, true] {
            let (builder, mut incoming) = memory(4096);
            let transport = builder.build().unwrap();
            let (said, more) = (first.clone().into_bytes(), more.as_bytes().to_vec());
            let peer = tokio::spawn(async move {
                let mut peer = incoming.recv().await.unwrap();
                read(&mut peer, SIZE).await;
                peer.write_all(&said).await.unwrap();
                if apart {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                let _ = peer.write_all(&more).await;
                (rest(&mut peer).await, incoming)
            });
            let connection = transport.connect(soon()).await.unwrap();
            let ended = believed(connection, request(), soon()).await;
            if apart {
                ended.unwrap();
                tokio::time::sleep(Duration::from_millis(2)).await;
            } else {
                let failure = ended.map(|_| first).unwrap_err();
                assert_eq!(
                    failure.kind(),
                    TransportErrorKind::MalformedReply,
                    "{first}"
                );
                assert!(failure.chain().contains("more bytes follow"), "{first}");
                assert_eq!(failure.progress().delivery(), Delivery::Complete);
            }
            // Neither way is the connection used again.
            let next = transport.connect(soon()).await.unwrap();
            assert!(!next.is_reused(), "{first}");
            assert_eq!(peer.await.unwrap().0, 0);
        }
    }
}

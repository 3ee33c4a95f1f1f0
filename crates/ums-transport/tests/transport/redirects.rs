//! A redirect is a reply: the transport goes nowhere because of it.

use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use http::{Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;
use ums_transport::{Delivery, Transport};

const STATUSES: [u16; 7] = [300, 301, 302, 303, 305, 307, 308];
const METHODS: [Method; 3] = [Method::POST, Method::GET, Method::PUT];

#[tokio::test]
async fn no_redirect_is_followed_to_any_host_with_any_method() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = format!("http://{}/v6/x", elsewhere.local_addr().unwrap());
    let mut rows = 0;
    for status in STATUSES {
        for method in METHODS {
            for (target, reused) in [
                (Some(other.as_str()), false),
                (None, false),
                (None, true),
                (Some("/v6/x"), false),
                (Some("//localhost/v6/x"), false),
            ] {
                follow(status, &method, target, reused).await;
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 105);
    assert!(!was_called(elsewhere), "the other host was called");
}

/// Sends one request to a server that redirects it to `target`, or to itself.
async fn follow(status: u16, method: &Method, target: Option<&str>, reused: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let location = target.map_or_else(|| format!("{own}/v6/x"), str::to_owned);
    let answer =
        format!("HTTP/1.1 {status} x\r\nLocation: {location}\r\nContent-Length: 5\r\n\r\nthere");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        let mut answered = 0;
        let mut block = [0; 1024];
        loop {
            let length = stream.read(&mut block).await.unwrap();
            if length == 0 {
                // Nothing came on a second connection either.
                return (seen, was_called(listener));
            }
            seen.extend_from_slice(&block[..length]);
            let asked = count(&seen, BODY);
            while answered < asked {
                stream.write_all(answer.as_bytes()).await.unwrap();
                answered += 1;
            }
        }
    });
    let transport = Transport::builder(own.parse().unwrap()).build().unwrap();
    let calls = if reused { 2 } else { 1 };
    for call in 0..calls {
        let deadline = Instant::now() + Duration::from_secs(30);
        let connection = transport.connect(deadline).await.unwrap();
        assert_eq!(connection.is_reused(), call > 0);
        let request = Request::builder()
            .method(method.clone())
            .uri("/v6/x")
            .body(Bytes::from_static(BODY))
            .unwrap();
        let mut reply = connection.exchange(request, deadline).await.unwrap();
        reply.take_connection().keep();
        assert_eq!(reply.progress.status, Some(status));
        assert_eq!(reply.headers[LOCATION], location.as_str());
        assert_eq!(&reply.body[..], b"there");
        assert_eq!(reply.progress.delivery(), Delivery::Complete);
    }
    drop(transport);
    let (seen, called_again) = server.await.unwrap();
    let name = format!("{method} {status} {target:?}");
    assert_eq!(count(&seen, BODY), calls, "{name}");
    assert_eq!(count(&seen, b" HTTP/1.1\r\n"), calls, "{name}");
    // Not HTTP/2's preface either.
    assert!(seen.starts_with(method.as_str().as_bytes()), "{name}");
    assert!(!called_again, "{name}");
}

const BODY: &[u8] = b"{\"a\":1}";

/// Whether a connection waits. A listener of tokio's does not block.
fn was_called(listener: TcpListener) -> bool {
    listener.into_std().unwrap().accept().is_ok()
}

fn count(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len())
        .filter(|window| *window == part)
        .count()
}

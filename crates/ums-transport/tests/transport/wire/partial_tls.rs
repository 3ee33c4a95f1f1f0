//! TLS takes a request in, sends a part and fails: what counts as sent is never below what the
//! server can read.

use std::io::{self, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use ums_transport::{Connect, ConnectFuture, Delivery, TransportErrorKind};

use crate::wire::peer::{
    BODY, End, Gateway, Line, SIZE, Tls, believed, later, pipe, reply, request_to, soon, through,
};

const LARGE: usize = 40 * 1024;

/// A line that breaks once it has passed on so many bytes after the handshake, or stalls.
struct Breaking {
    stream: End,
    left: usize,
    stalls: bool,
}

impl AsyncRead for Breaking {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Breaking {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.left == 0 {
            return match self.stalls {
                true => Poll::Pending,
                false => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            };
        }
        let most = buf.len().min(self.left);
        let result = Pin::new(&mut self.stream).poll_write(cx, &buf[..most]);
        if let Poll::Ready(Ok(taken)) = result {
            self.left -= taken;
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

struct Connector {
    tls: Tls,
    left: usize,
    stalls: bool,
    peers: mpsc::UnboundedSender<tokio_rustls::server::TlsStream<End>>,
}

impl Connect for Connector {
    fn connect(&self) -> ConnectFuture {
        let (stream, theirs) = pipe(1024 * 1024);
        let line = Breaking {
            stream,
            left: usize::MAX,
            stalls: self.stalls,
        };
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.tls.client));
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&self.tls.server));
        let (peers, left) = (self.peers.clone(), self.left);
        Box::pin(async move {
            let name = "localhost".try_into().unwrap();
            let (mut ours, theirs) =
                tokio::try_join!(connector.connect(name, line), acceptor.accept(theirs))?;
            peers.send(theirs).unwrap();
            ours.get_mut().0.left = left;
            Ok(Box::new(ours) as _)
        })
    }
}

/// A connector says nothing of its streams, and these take what they then fail to send.
#[tokio::test(start_paused = true)]
async fn a_dialers_tls_that_breaks_within_a_write_may_have_sent_it_all() {
    let mut read_something = 0;
    for stalls in [false, true] {
        for left in [
            0, 1, 22, 23, 500, 16_405, 16_406, 16_407, 20_000, 32_900, 41_000,
        ] {
            let (peers, mut incoming) = mpsc::unbounded_channel();
            let transport = through(Connector {
                tls: Tls::new(),
                left,
                stalls,
                peers,
            })
            .build()
            .unwrap();
            let connection = transport.connect(soon()).await.unwrap();
            let mut peer = incoming.recv().await.unwrap();
            let request = request_to("localhost", LARGE);
            let failure = connection.exchange(request, soon()).await.unwrap_err();
            let expected = match stalls {
                true => TransportErrorKind::Deadline,
                false => TransportErrorKind::Io,
            };
            assert_eq!(failure.kind(), expected, "{left}");
            let mut arrived = Vec::new();
            let _ = peer.read_to_end(&mut arrived).await;
            let written = failure.progress().request_bytes_written;
            assert!(written >= arrived.len() as u64, "{left}: {written}");
            assert_ne!(failure.progress().delivery(), Delivery::NotSent, "{left}");
            read_something += usize::from(!arrived.is_empty());
        }
    }
    assert!(read_something >= 10, "{read_something}");
}

/// Over sockets it is known what left: a server that reads a part and resets, or closes.
#[tokio::test]
async fn a_server_that_stops_reading_at_any_byte() {
    for reused in [false, true] {
        for size in [SIZE, LARGE, 3 * 1024 * 1024] {
            let steps = [0, 1, SIZE / 2, SIZE, 16 * 1024, LARGE, 1024 * 1024];
            // A new one that is reset at once may be within the handshake still.
            let least = usize::from(!reused);
            for heard in steps
                .into_iter()
                .filter(|step| (least..=size).contains(step))
            {
                for resets in [false, true] {
                    let gateway = Gateway::new(true, 1, move |mut line, _, turns| {
                        if reused {
                            line.hear(SIZE);
                            line.say(&reply(BODY));
                            turns.wait();
                        }
                        let told = || reused.then(|| turns.done());
                        if heard > 0 {
                            told();
                            line.hear(heard);
                        }
                        if resets {
                            line.reset();
                        } else {
                            line.tcp().shutdown(Shutdown::Write).unwrap();
                            if heard == 0 {
                                told();
                            }
                            return heard + line.rest();
                        }
                        if heard == 0 {
                            told();
                        }
                        heard
                    });
                    if reused {
                        let connection = gateway.transport.connect(later()).await.unwrap();
                        let first = believed(connection, gateway.request(), later()).await;
                        first.unwrap();
                    }
                    let connection = gateway.transport.connect(later()).await.unwrap();
                    assert_eq!(connection.is_reused(), reused);
                    if reused {
                        gateway.let_it();
                    }
                    let request = request_to(&gateway.host, size);
                    let ended = connection.exchange(request, later()).await;
                    let case = format!("{reused} {size} {heard} {resets}");
                    let failure = ended.map(|_| case.clone()).unwrap_err();
                    let written = failure.progress().request_bytes_written;
                    let arrived = gateway.end()[0] as u64;
                    assert!(written >= arrived, "{case}: {written} {arrived}");
                    assert!(written <= size as u64, "{case}");
                    let nothing = failure.progress().delivery() == Delivery::NotSent;
                    assert_eq!(nothing, written == 0, "{case}");
                    assert_eq!(nothing, heard == 0, "{case}");
                    assert_eq!(failure.is_stale_connection(), nothing, "{case}");
                }
            }
        }
    }
}

/// A request that stalls half-way is ended by the deadline, and counted by what left.
#[tokio::test]
async fn a_deadline_within_a_write() {
    const HUGE: usize = 24 * 1024 * 1024;
    for tls in [false, true] {
        let gateway = Gateway::new(tls, 1, |mut line, _, turns| {
            line.hear(100_000);
            turns.wait();
            turns.done();
            100_000 + line.rest()
        });
        let connection = gateway.transport.connect(later()).await.unwrap();
        let request = request_to(&gateway.host, HUGE);
        let deadline = tokio::time::Instant::now() + Duration::from_millis(300);
        let failure = connection.exchange(request, deadline).await.unwrap_err();
        assert_eq!(failure.kind(), TransportErrorKind::Deadline);
        assert_eq!(failure.progress().delivery(), Delivery::Partial);
        gateway.let_it();
        let written = failure.progress().request_bytes_written;
        let arrived = gateway.end()[0] as u64;
        assert!(
            (arrived..HUGE as u64).contains(&written),
            "{tls}: {arrived} {written}"
        );
    }
}

/// What comes is no TLS, and is answered with an alert: that is sent, but no part of the request.
#[tokio::test]
async fn an_alert_is_no_part_of_the_request() {
    for reused in [false, true] {
        let gateway = Gateway::new(true, 1, move |mut line, _, turns| {
            if reused {
                line.hear(SIZE);
                line.say(&reply(BODY));
            }
            turns.wait();
            line.tcp().write_all(&[0x55; 64]).unwrap();
            turns.done();
            line.rest()
        });
        if reused {
            let connection = gateway.transport.connect(later()).await.unwrap();
            let first = believed(connection, gateway.request(), later()).await;
            first.unwrap();
        }
        let connection = gateway.transport.connect(later()).await.unwrap();
        assert_eq!(connection.is_reused(), reused);
        gateway.let_it();
        // The runtime is told of it.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let failure = connection.exchange(gateway.request(), later()).await;
        let failure = failure.unwrap_err();
        assert_eq!(failure.progress().delivery(), Delivery::NotSent);
        assert_eq!(failure.is_stale_connection(), reused, "{failure:?}");
        assert_eq!(gateway.end(), [0]);
    }
}

/// More than sockets hold is cut by a reset: a part left, and what the failed write offered is not
/// counted with it.
#[tokio::test]
async fn a_reset_within_a_huge_request_is_partial() {
    const HUGE: usize = 24 * 1024 * 1024;
    for tls in [false, true] {
        for heard in [1, 16 * 1024, 100_000] {
            let gateway = Gateway::new(tls, 1, move |mut line, _, _| {
                line.hear(heard);
                line.reset();
            });
            let connection = gateway.transport.connect(later()).await.unwrap();
            let request = request_to(&gateway.host, HUGE);
            let failure = connection.exchange(request, later()).await.unwrap_err();
            let case = format!("{tls} {heard}: {}", failure.chain());
            assert_eq!(failure.kind(), TransportErrorKind::Io, "{case}");
            assert_eq!(failure.progress().delivery(), Delivery::Partial, "{case}");
            let written = failure.progress().request_bytes_written;
            assert!(written >= heard as u64, "{case}: {written}");
            gateway.end();
        }
    }
}

/// A reply whose end is the end of the connection: TLS says whether that is where the gateway ended
/// it, and without that it is cut, though all of it is there.
#[tokio::test]
async fn an_end_without_close_notify_ends_no_reply() {
    for (says_so, length) in [(true, false), (false, false), (true, true), (false, true)] {
        let gateway = Gateway::new(true, 1, move |mut line, _, _| {
            line.hear(SIZE);
            let without = b"HTTP/1.1 200 OK\r\n\r\n";
            line.say(&if length {
                reply(BODY)
            } else {
                [without, BODY].concat()
            });
            if let Line::Tls(tls) = &mut line
                && says_so
            {
                tls.conn.send_close_notify();
                // Whoever has the whole reply may be gone by then.
                let _ = tls.conn.complete_io(&mut tls.sock);
            }
            let _ = line.tcp().shutdown(Shutdown::Write);
            line.rest()
        });
        let connection = gateway.transport.connect(later()).await.unwrap();
        match connection.exchange(gateway.request(), later()).await {
            Ok(reply) => {
                assert!(says_so || length);
                assert_eq!(&reply.body[..], BODY);
            }
            Err(failure) => {
                assert!(!says_so && !length);
                assert_eq!(failure.kind(), TransportErrorKind::Closed);
                assert_eq!(&failure.received()[..], BODY);
                assert_eq!(failure.progress().delivery(), Delivery::Complete);
            }
        }
        assert_eq!(gateway.end(), [0]);
    }
}

/// Byte by byte and record by record, the reply is the same and the connection serves again.
#[tokio::test]
async fn a_reply_in_pieces() {
    for tls in [false, true] {
        let gateway = Gateway::new(tls, 1, |mut line, _, _| {
            for _ in 0..3 {
                line.hear(SIZE);
                for byte in [b"HTTP/1.1 100 Continue\r\n\r\n", &reply(BODY)[..]].concat() {
                    line.say(&[byte]);
                }
            }
            line.rest()
        });
        for round in 0..3 {
            let connection = gateway.transport.connect(later()).await.unwrap();
            let reply = believed(connection, gateway.request(), later()).await;
            let reply = reply.unwrap();
            assert_eq!(&reply.body[..], BODY);
            assert_eq!(reply.progress.reused, round > 0);
            assert_eq!(reply.progress.request_bytes_written, SIZE as u64);
        }
        assert_eq!(gateway.end(), [0]);
    }
}

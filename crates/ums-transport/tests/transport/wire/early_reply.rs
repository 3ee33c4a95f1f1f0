//! A reply that is read before its request was written answers something else.

use std::net::Shutdown;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::{io, time::Duration};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::mpsc;
use ums_transport::{Connect, ConnectFuture, Delivery, Phase, TransportErrorKind};

use crate::wire::peer::{
    BODY, End, Gateway, Line, SIZE, Tls, believed, later, memory, pipe, read, reply, request,
    request_to, rest, soon, through,
};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const HINTS: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";

/// The peer takes a part of the request, speaks, and takes the rest.
#[tokio::test(start_paused = true)]
async fn what_is_read_before_the_request_was_written_is_never_believed() {
    let whole = reply(BODY);
    let head = whole.strip_suffix(BODY).unwrap();
    let cases: &[(&[u8], Option<u16>)] = &[
        (&whole, Some(200)),
        (head, Some(200)),
        (b"HTTP/1.1 504 x\r\nContent-Length: 0\r\n\r\n", Some(504)),
        // The real one follows when the request is whole.
        (CONTINUE, None),
        (HINTS, None),
        (&head[..1], None),
        (&head[..head.len() - 1], None),
        (b"\r\n", None),
    ];
    for reused in [false, true] {
        for taken in [1, 300, SIZE - 1] {
            for (said, status) in cases {
                let (builder, mut incoming) = memory(taken);
                let transport = builder.build().unwrap();
                let whole = whole.clone();
                let said = said.to_vec();
                let peer = tokio::spawn(async move {
                    let mut peer = incoming.recv().await.unwrap();
                    if reused {
                        read(&mut peer, SIZE).await;
                        peer.write_all(&whole).await.unwrap();
                    }
                    read(&mut peer, taken).await;
                    peer.write_all(&said).await.unwrap();
                    let mut rest = vec![0; SIZE - taken];
                    if peer.read_exact(&mut rest).await.is_ok() {
                        peer.write_all(&whole).await.unwrap();
                        return SIZE;
                    }
                    taken
                });
                if reused {
                    let connection = transport.connect(soon()).await.unwrap();
                    believed(connection, request(), soon()).await.unwrap();
                }
                let connection = transport.connect(soon()).await.unwrap();
                assert_eq!(connection.is_reused(), reused);
                let ended = connection.exchange(request(), soon()).await;
                let case = format!("{reused} {taken} {status:?}");
                let failure = ended.map(|_| case.clone()).unwrap_err();
                assert_eq!(failure.kind(), TransportErrorKind::EarlyReply, "{case}");
                let progress = failure.progress();
                assert_eq!(progress.status, *status, "{case}");
                assert_eq!(progress.request_bytes_written, taken as u64, "{case}");
                assert_eq!(progress.request_bytes_total, SIZE as u64);
                assert_eq!(progress.delivery(), Delivery::Partial);
                assert!(!failure.is_stale_connection());
                assert_eq!(peer.await.unwrap(), taken, "{case}: written on");
            }
        }
    }
}

/// The control: the same peer, which speaks when it has the last byte.
#[tokio::test(start_paused = true)]
async fn what_is_read_after_the_last_byte_is_the_reply() {
    for first in [&b""[..], CONTINUE, HINTS] {
        let (builder, mut incoming) = memory(300);
        let transport = builder.build().unwrap();
        tokio::spawn(async move {
            let mut peer = incoming.recv().await.unwrap();
            for _ in 0..2 {
                read(&mut peer, SIZE).await;
                peer.write_all(first).await.unwrap();
                peer.write_all(&reply(BODY)).await.unwrap();
            }
            peer
        });
        for _ in 0..2 {
            let connection = transport.connect(soon()).await.unwrap();
            let reply = believed(connection, request(), soon()).await.unwrap();
            assert_eq!(reply.progress.status, Some(200));
        }
    }
}

/// Lets nothing be written while it is shut.
struct Gated {
    stream: End,
    shut: Arc<AtomicBool>,
    waiting: Arc<Mutex<Option<Waker>>>,
}

impl AsyncRead for Gated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Gated {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.shut.load(Ordering::Relaxed) {
            *self.waiting.lock().unwrap() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

struct Gate {
    peers: mpsc::UnboundedSender<End>,
    shut: Arc<AtomicBool>,
    waiting: Arc<Mutex<Option<Waker>>>,
}

impl Connect for Gate {
    fn connect(&self) -> ConnectFuture {
        let (stream, theirs) = pipe(4096);
        self.peers.send(theirs).unwrap();
        let gated = Gated {
            stream,
            shut: Arc::clone(&self.shut),
            waiting: Arc::clone(&self.waiting),
        };
        Box::pin(async move { Ok(Box::new(gated) as _) })
    }
}

/// A reply that nobody asked for comes while the new request waits for room to be written.
#[tokio::test(start_paused = true)]
async fn a_stray_reply_before_the_first_byte_is_not_sent_and_the_connection_stale() {
    for stray in [&reply(BODY)[..], CONTINUE, b"H"] {
        let (peers, mut incoming) = mpsc::unbounded_channel();
        let shut = Arc::new(AtomicBool::new(false));
        let waiting = Arc::new(Mutex::new(None::<Waker>));
        let transport = through(Gate {
            peers,
            shut: Arc::clone(&shut),
            waiting: Arc::clone(&waiting),
        })
        .build()
        .unwrap();
        let connection = transport.connect(soon()).await.unwrap();
        let mut peer = incoming.recv().await.unwrap();
        let answering = async {
            read(&mut peer, SIZE).await;
            peer.write_all(&reply(BODY)).await.unwrap();
        };
        let (first, ()) = tokio::join!(believed(connection, request(), soon()), answering);
        first.unwrap();

        shut.store(true, Ordering::Relaxed);
        let connection = transport.connect(soon()).await.unwrap();
        assert!(connection.is_reused());
        let calling = tokio::spawn(connection.exchange(request(), soon()));
        tokio::time::sleep(Duration::from_millis(1)).await;
        peer.write_all(stray).await.unwrap();
        shut.store(false, Ordering::Relaxed);
        waiting.lock().unwrap().take().unwrap().wake();
        let failure = calling.await.unwrap().unwrap_err();
        assert_eq!(failure.kind(), TransportErrorKind::EarlyReply);
        assert_eq!(failure.progress().delivery(), Delivery::NotSent);
        assert!(failure.is_stale_connection());
        assert_eq!(rest(&mut peer).await, 0, "nothing was written");
    }
}

/// What a peer does on a connection at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unasked {
    Reply,
    OneByte,
    Fin,
    Reset,
}

const UNASKED: [Unasked; 4] = [
    Unasked::Reply,
    Unasked::OneByte,
    Unasked::Fin,
    Unasked::Reset,
];

/// Does it, and returns how many bytes of a request come all the same.
fn unasked(mut line: Line, what: Unasked, done: impl FnOnce()) -> usize {
    match what {
        Unasked::Reply => line.say(&reply(BODY)),
        Unasked::OneByte => line.say(b"H"),
        Unasked::Fin => line.tcp().shutdown(Shutdown::Write).unwrap(),
        Unasked::Reset => {
            line.reset();
            done();
            return 0;
        }
    }
    done();
    line.rest()
}

/// It lies in the socket, and the runtime does not know yet: it was never asked since.
#[tokio::test]
async fn what_lies_in_the_socket_of_a_used_connection_is_seen_before_writing() {
    for tls in [false, true] {
        for what in UNASKED {
            let gateway = Gateway::new(tls, 2, move |mut line, number, turns| {
                line.hear(SIZE);
                line.say(&reply(BODY));
                if number == 1 {
                    return 0;
                }
                turns.wait();
                unasked(line, what, || turns.done())
            });
            let connection = gateway.transport.connect(later()).await.unwrap();
            let first = believed(connection, gateway.request(), later()).await;
            first.unwrap();
            let connection = gateway.transport.connect(later()).await.unwrap();
            assert!(connection.is_reused());
            gateway.let_it();
            let ended = connection.exchange(gateway.request(), later()).await;
            let case = format!("{tls} {what:?}");
            let failure = ended.map(|_| case.clone()).unwrap_err();
            let spoke = matches!(what, Unasked::Reply | Unasked::OneByte);
            assert_eq!(
                failure.kind() == TransportErrorKind::EarlyReply,
                spoke,
                "{case}"
            );
            assert_eq!(failure.progress().request_bytes_written, 0, "{case}");
            assert!(failure.is_stale_connection(), "{case}: {failure:?}");
            // And so it is replaced.
            let connection = gateway.transport.connect_fresh(later()).await.unwrap();
            let second = connection.exchange(gateway.request(), later()).await;
            assert_eq!(second.unwrap().progress.status, Some(200), "{case}");
            assert_eq!(gateway.end(), [0, 0], "{case}");
        }
    }
}

/// Plain, so that nothing but a reply can lie in the socket.
#[tokio::test]
async fn a_gateway_that_speaks_first_is_sent_nothing() {
    for what in UNASKED {
        let gateway = Gateway::new(false, 1, move |line, _, turns| {
            turns.wait();
            unasked(line, what, || turns.done())
        });
        let connection = gateway.transport.connect(later()).await.unwrap();
        gateway.let_it();
        let ended = connection.exchange(gateway.request(), later()).await;
        let failure = ended.map(|_| what).unwrap_err();
        let spoke = matches!(what, Unasked::Reply | Unasked::OneByte);
        assert_eq!(
            failure.kind() == TransportErrorKind::EarlyReply,
            spoke,
            "{what:?}"
        );
        assert_eq!(failure.progress().delivery(), Delivery::NotSent, "{what:?}");
        assert!(!failure.is_stale_connection(), "it was new");
        assert_eq!(gateway.end(), [0], "{what:?}");
    }
}

/// What TLS sends by itself after the handshake is no reply.
#[tokio::test]
async fn session_tickets_that_lie_in_the_socket_disturb_nothing() {
    let gateway = Gateway::new(true, 1, |mut line, _, turns| {
        // They were sent with the end of the handshake.
        turns.wait();
        turns.done();
        for _ in 0..2 {
            line.hear(SIZE);
            line.say(&reply(BODY));
        }
        line.rest()
    });
    for round in 0..2 {
        let connection = gateway.transport.connect(later()).await.unwrap();
        if round == 0 {
            gateway.let_it();
        }
        let reply = believed(connection, gateway.request(), later()).await;
        assert_eq!(reply.unwrap().progress.reused, round > 0);
    }
    assert_eq!(gateway.end(), [0]);
}

/// A request that TLS has taken in whole, of which only a part left.
const LARGE: usize = 40 * 1024;

/// Hands out TLS over memory, with the server's end to the test.
struct TlsOverMemory {
    tls: Tls,
    room: usize,
    peers: mpsc::UnboundedSender<tokio_rustls::server::TlsStream<End>>,
}

impl Connect for TlsOverMemory {
    fn connect(&self) -> ConnectFuture {
        let (ours, theirs) = pipe(self.room);
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.tls.client));
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&self.tls.server));
        let peers = self.peers.clone();
        Box::pin(async move {
            let name = "localhost".try_into().unwrap();
            let (ours, theirs) =
                tokio::try_join!(connector.connect(name, ours), acceptor.accept(theirs))?;
            peers.send(theirs).unwrap();
            Ok(Box::new(ours) as _)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn over_tls_a_reply_counts_from_what_has_left_not_from_what_was_taken() {
    for reused in [false, true] {
        for taken in [1, 16 * 1024, LARGE] {
            let (peers, mut incoming) = mpsc::unbounded_channel();
            let connector = TlsOverMemory {
                tls: Tls::new(),
                room: 4096,
                peers,
            };
            let transport = through(connector).build().unwrap();
            let peer = tokio::spawn(async move {
                let mut peer = incoming.recv().await.unwrap();
                let mut whole = vec![0; LARGE];
                if reused {
                    peer.read_exact(&mut whole).await.unwrap();
                    peer.write_all(&reply(BODY)).await.unwrap();
                    peer.flush().await.unwrap();
                }
                peer.read_exact(&mut whole[..taken]).await.unwrap();
                peer.write_all(&reply(BODY)).await.unwrap();
                peer.flush().await.unwrap();
                let mut rest = Vec::new();
                let _ = peer.read_to_end(&mut rest).await;
                taken + rest.len()
            });
            let large = || request_to("localhost", LARGE);
            if reused {
                let connection = transport.connect(soon()).await.unwrap();
                believed(connection, large(), soon()).await.unwrap();
            }
            let connection = transport.connect(soon()).await.unwrap();
            assert_eq!(connection.is_reused(), reused);
            let ended = connection.exchange(large(), soon()).await;
            let case = format!("{reused} {taken}");
            if taken == LARGE {
                assert_eq!(ended.unwrap().progress.status, Some(200), "{case}");
                continue;
            }
            let failure = ended.map(|_| case.clone()).unwrap_err();
            assert_eq!(failure.kind(), TransportErrorKind::EarlyReply, "{case}");
            assert_eq!(failure.progress().phase, Phase::ReadingReply, "{case}");
            assert_ne!(failure.progress().delivery(), Delivery::NotSent);
            // What TLS still held was thrown away, not sent.
            let arrived = peer.await.unwrap();
            assert!((taken..LARGE).contains(&arrived), "{case}: {arrived}");
            assert!(failure.progress().request_bytes_written >= arrived as u64);
        }
    }
}

/// Larger than what any socket holds between two ends.
const HUGE: usize = 24 * 1024 * 1024;

#[tokio::test]
async fn over_sockets_too() {
    for tls in [false, true] {
        let gateway = Gateway::new(tls, 1, |mut line, _, _| {
            line.hear(16 * 1024);
            line.say(&reply(BODY));
            16 * 1024 + line.rest()
        });
        let connection = gateway.transport.connect(later()).await.unwrap();
        let request = request_to(&gateway.host, HUGE);
        let failure = connection.exchange(request, later()).await.unwrap_err();
        assert_eq!(failure.kind(), TransportErrorKind::EarlyReply, "{tls}");
        let written = failure.progress().request_bytes_written;
        assert_eq!(failure.progress().delivery(), Delivery::Partial);
        let arrived = gateway.end()[0] as u64;
        assert!(
            arrived <= written && written < HUGE as u64,
            "{tls}: {arrived} {written}"
        );
    }
}

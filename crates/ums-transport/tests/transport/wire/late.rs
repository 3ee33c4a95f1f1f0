//! Requests that could be written late: a caller that stalls, a gateway that does not read, and
//! what the system still holds when a call is over. Over sockets, on a real clock.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::time::Instant;
use ums_transport::{BootClock, BootInstant, Delivery, Transport, TransportErrorKind};

use crate::wire::peer::{BODY, SIZE, later, reply, request_to};

/// More than the system takes of a connection whose other end does not read.
const LARGE: usize = 16 * 1024 * 1024;
const WINDOW: Duration = Duration::from_millis(300);

/// A gateway of one connection, played by a thread.
fn gateway<T: Send + 'static>(
    play: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (Transport, String, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let played = thread::spawn(move || play(listener.accept().unwrap().0));
    let transport = Transport::builder(format!("http://{host}").parse().unwrap());
    (transport.build().unwrap(), host, played)
}

/// Everything that still comes, and how it ends.
fn rest(stream: &mut TcpStream) -> (u64, Result<(), ErrorKind>) {
    let mut count = 0;
    let mut piece = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return (count, Ok(())),
            Ok(more) => count += more as u64,
            Err(error) => return (count, Err(error.kind())),
        }
    }
}

#[tokio::test]
async fn after_the_window_nothing_is_written() {
    let (transport, host, played) = gateway(|mut stream| rest(&mut stream));
    let connection = transport.connect(later()).await.unwrap();
    let write_by = transport.boot_now() + WINDOW;
    thread::sleep(WINDOW);
    let call = connection.exchange_by(request_to(&host, SIZE), later(), Some(write_by));
    let failure = call.await.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::SendWindow);
    assert_eq!(failure.progress().delivery(), Delivery::NotSent);
    assert!(!failure.is_stale_connection());
    assert_eq!(played.join().unwrap().0, 0);
}

/// Within the window it makes no difference, on a new connection and on one that has served; and a
/// window that ended does not outlive its request.
#[tokio::test]
async fn within_the_window_it_makes_no_difference() {
    let (transport, host, played) = gateway(|mut stream| {
        for _ in 0..3 {
            stream.read_exact(&mut [0; SIZE]).unwrap();
            // The reply may take longer than the window.
            thread::sleep(WINDOW * 2);
            stream.write_all(&reply(BODY)).unwrap();
        }
        rest(&mut stream)
    });
    for window in [Some(WINDOW), None, Some(WINDOW)] {
        let connection = transport.connect(later()).await.unwrap();
        let write_by = window.map(|window| transport.boot_now() + window);
        let call = connection.exchange_by(request_to(&host, SIZE), later(), write_by);
        call.await.unwrap().take_connection().keep();
    }
    drop(transport);
    // A connection at rest is closed as usual.
    assert_eq!(played.join().unwrap(), (0, Ok(())));
}

/// A clock that shows the end of every window from its so many-th reading on.
#[derive(Clone)]
struct RunsOut(Arc<AtomicU64>);

impl BootClock for RunsOut {
    fn now(&self) -> BootInstant {
        let left = self.0.load(Ordering::SeqCst);
        self.0.store(left.saturating_sub(1), Ordering::SeqCst);
        BootInstant::from_ticks(Duration::from_secs(if left == 0 { 100 } else { 1 }))
    }
}

/// A process may stand still between its last look at the clock and the write: then the bytes are
/// sent, and the record says that they may have been late.
#[tokio::test]
async fn what_was_written_behind_the_window_is_told() {
    let (mut unsent, mut late, mut in_time) = (0, 0, 0);
    for readings in 0..8 {
        let (_, host, played) = gateway(|mut stream| {
            let heard = stream.read_exact(&mut [0; SIZE]).is_ok();
            if heard {
                stream.write_all(&reply(BODY)).unwrap();
            }
            heard
        });
        let clock = RunsOut(Arc::new(AtomicU64::new(u64::MAX)));
        let transport = Transport::builder(format!("http://{host}").parse().unwrap());
        let transport = transport.boot_clock(clock.clone()).build().unwrap();
        let connection = transport.connect(later()).await.unwrap();
        clock.0.store(readings, Ordering::SeqCst);
        let write_by = BootInstant::from_ticks(Duration::from_secs(5));
        let call = connection.exchange_by(request_to(&host, SIZE), later(), Some(write_by));
        let came = call.await;
        let arrived = came.is_ok();
        match came {
            Err(failure) => {
                assert_eq!(failure.kind(), TransportErrorKind::SendWindow, "{readings}");
                assert_eq!(failure.progress().delivery(), Delivery::NotSent);
                assert!(!failure.progress().late_write, "{readings}");
                unsent += 1;
            }
            Ok(reply) if reply.progress.late_write => late += 1,
            Ok(_) => in_time += 1,
        }
        drop(transport);
        assert_eq!(played.join().unwrap(), arrived, "{readings}");
    }
    assert!(
        unsent > 0 && late == 1 && in_time > 0,
        "{unsent} {late} {in_time}"
    );
}

/// The rest of the request is never written, whoever reads later: the thread of the call stands
/// still while the window ends and the gateway begins to read.
#[tokio::test]
async fn a_caller_that_stalls_between_two_writes_writes_no_more() {
    let (transport, host, played) = gateway(|mut stream| {
        thread::sleep(WINDOW * 2);
        rest(&mut stream)
    });
    let connection = transport.connect(later()).await.unwrap();
    let write_by = transport.boot_now() + WINDOW;
    let call = connection.exchange_by(request_to(&host, LARGE), later(), Some(write_by));
    let stall = async {
        tokio::time::sleep(WINDOW / 3).await;
        thread::sleep(WINDOW * 4);
    };
    let (failure, ()) = tokio::join!(call, stall);
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::SendWindow);
    assert_eq!(failure.progress().delivery(), Delivery::Partial);
    let (received, _) = played.join().unwrap();
    assert!(received <= failure.progress().request_bytes_written);
}

/// A gateway that does not read ends the call with the window, not with the deadline, and does not
/// get what the system still holds.
#[tokio::test]
async fn a_gateway_that_does_not_read_ends_the_call_with_its_window() {
    let (transport, host, played) = gateway(|mut stream| {
        thread::sleep(WINDOW * 4);
        rest(&mut stream)
    });
    let connection = transport.connect(later()).await.unwrap();
    let began = Instant::now();
    let write_by = transport.boot_now() + WINDOW;
    let call = connection.exchange_by(request_to(&host, LARGE), later(), Some(write_by));
    let failure = call.await.unwrap_err();
    assert!(began.elapsed() < WINDOW * 3, "{:?}", began.elapsed());
    assert_eq!(failure.kind(), TransportErrorKind::SendWindow);
    assert_eq!(failure.progress().delivery(), Delivery::Partial);
    let (received, end) = played.join().unwrap();
    assert_eq!(end, Err(ErrorKind::ConnectionReset));
    assert!(received < failure.progress().request_bytes_written);
}

/// Nor is a request written after its deadline, though its alarm has not gone off.
#[tokio::test]
async fn after_the_deadline_nothing_is_written_either() {
    let (transport, host, played) = gateway(|mut stream| {
        thread::sleep(WINDOW * 2);
        rest(&mut stream)
    });
    let connection = transport.connect(later()).await.unwrap();
    let call = connection.exchange(request_to(&host, LARGE), Instant::now() + WINDOW);
    let stall = async {
        tokio::time::sleep(WINDOW / 3).await;
        thread::sleep(WINDOW * 4);
    };
    let (failure, ()) = tokio::join!(call, stall);
    let failure = failure.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::Deadline);
    assert_eq!(failure.progress().delivery(), Delivery::Partial);
    let (received, _) = played.join().unwrap();
    assert!(received <= failure.progress().request_bytes_written);
    assert!(received < LARGE as u64);
}

/// How a connection ends that no reply came over, one over which a reply came that nobody believed,
/// and one that was never used.
#[tokio::test]
async fn a_connection_is_reset_unless_its_reply_was_believed() {
    for (heard, said, end) in [
        (0, &b""[..], Ok(())),
        (SIZE, b"", Err(ErrorKind::ConnectionReset)),
        (SIZE, &reply(BODY), Err(ErrorKind::ConnectionReset)),
    ] {
        let said = said.to_vec();
        let answers = !said.is_empty();
        let (transport, host, played) = gateway(move |mut stream| {
            stream.read_exact(&mut vec![0; heard]).unwrap();
            stream.write_all(&said).unwrap();
            rest(&mut stream).1
        });
        let connection = transport.connect(later()).await.unwrap();
        let request: Request<Bytes> = request_to(&host, SIZE);
        if answers {
            drop(connection.exchange(request, later()).await.unwrap());
        } else if heard > 0 {
            let call = connection.exchange(request, later());
            let dropped = tokio::time::timeout(WINDOW, call).await;
            assert!(dropped.is_err());
        } else {
            drop(connection);
        }
        assert_eq!(played.join().unwrap(), end, "{heard} {answers}");
    }
}

/// At its deadline the call resets its connection too.
#[tokio::test]
async fn a_connection_is_reset_at_the_deadline() {
    let (transport, host, played) = gateway(|mut stream| {
        stream.read_exact(&mut [0; SIZE]).unwrap();
        rest(&mut stream)
    });
    let connection = transport.connect(later()).await.unwrap();
    let deadline = Instant::now() + WINDOW;
    let call = connection.exchange(request_to(&host, SIZE), deadline);
    let failure = call.await.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::Deadline);
    assert_eq!(played.join().unwrap(), (0, Err(ErrorKind::ConnectionReset)));
}

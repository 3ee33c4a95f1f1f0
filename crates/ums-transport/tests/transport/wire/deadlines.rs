//! One deadline for everything, and no duration that overflows.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::Instant;
use ums_transport::{Connect, ConnectFuture, Delivery, Phase, Transport, TransportErrorKind};

use crate::wire::peer::{
    BODY, End, SIZE, believed, memory, pipe, read, reply, request, rest, soon, through,
};

/// Takes so long to open each connection but the first, or to open any.
struct Slow {
    takes: Vec<Duration>,
    peers: mpsc::UnboundedSender<End>,
    dialled: std::sync::atomic::AtomicUsize,
}

impl Connect for Slow {
    fn connect(&self) -> ConnectFuture {
        let number = self
            .dialled
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let takes = self.takes[number];
        let (ours, theirs) = pipe(4096);
        let sent = self.peers.send(theirs).map_err(io::Error::other);
        Box::pin(async move {
            tokio::time::sleep(takes).await;
            sent?;
            Ok(Box::new(ours) as _)
        })
    }

    fn fails_whole(&self) -> bool {
        true
    }
}

fn slow(seconds: &[u64]) -> (Transport, mpsc::UnboundedReceiver<End>) {
    let (peers, incoming) = mpsc::unbounded_channel();
    let transport = through(Slow {
        takes: seconds.iter().copied().map(Duration::from_secs).collect(),
        peers,
        dialled: 0.into(),
    });
    (transport.build().unwrap(), incoming)
}

/// Each step takes its seconds, and together they take more than there are.
#[tokio::test(start_paused = true)]
async fn a_slow_connection_takes_from_the_time_of_the_reply() {
    for (dial, head, body, ended) in [
        (0, 0, 0, Ok(0)),
        (2, 1, 1, Ok(4)),
        (4, 0, 0, Ok(4)),
        (3, 3, 0, Err(Phase::AwaitingReply)),
        (3, 1, 2, Err(Phase::ReadingReply)),
        (0, 6, 0, Err(Phase::AwaitingReply)),
        (6, 0, 0, Err(Phase::Connecting)),
    ] {
        for anew in [false, true] {
            let (transport, mut incoming) = slow(&[dial]);
            tokio::spawn(async move {
                let mut peer = incoming.recv().await.unwrap();
                read(&mut peer, SIZE).await;
                let whole = reply(BODY);
                let start = whole.strip_suffix(BODY).unwrap();
                tokio::time::sleep(Duration::from_secs(head)).await;
                let _ = peer.write_all(start).await;
                tokio::time::sleep(Duration::from_secs(body)).await;
                let _ = peer.write_all(BODY).await;
                rest(&mut peer).await
            });
            let started = Instant::now();
            let deadline = started + Duration::from_secs(5);
            let call = async {
                let connection = match anew {
                    false => transport.connect(deadline).await?,
                    true => transport.connect_fresh(deadline).await?,
                };
                connection.exchange(request(), deadline).await
            };
            let result = call.await;
            let case = format!("{dial} {head} {body} {anew}");
            match ended {
                Ok(seconds) => {
                    result.unwrap();
                    assert_eq!(started.elapsed().as_secs(), seconds, "{case}");
                }
                Err(phase) => {
                    let failure = result.unwrap_err();
                    assert_eq!(failure.kind(), TransportErrorKind::Deadline, "{case}");
                    assert_eq!(failure.progress().phase, phase, "{case}");
                    assert_eq!(started.elapsed().as_secs(), 5, "{case}");
                }
            }
        }
    }
}

/// The pooled one was stale, and the one in its place takes for ever.
#[tokio::test(start_paused = true)]
async fn a_second_connection_is_opened_under_the_same_deadline() {
    for (takes, kind) in [
        (1, None),
        (9, Some(TransportErrorKind::Deadline)),
        // The connect timeout is 10 seconds.
        (60, Some(TransportErrorKind::Deadline)),
    ] {
        let (transport, mut incoming) = slow(&[0, takes]);
        let connection = transport.connect(soon()).await.unwrap();
        let mut peer = incoming.recv().await.unwrap();
        let answering = async {
            read(&mut peer, SIZE).await;
            peer.write_all(&reply(BODY)).await.unwrap();
        };
        let (first, ()) = tokio::join!(believed(connection, request(), soon()), answering);
        first.unwrap();

        let started = Instant::now();
        let deadline = started + Duration::from_secs(5);
        let connection = transport.connect(deadline).await.unwrap();
        assert!(connection.is_reused());
        drop(peer);
        let stale = connection.exchange(request(), deadline).await.unwrap_err();
        assert!(stale.is_stale_connection());
        let second = transport.connect_fresh(deadline).await;
        match kind {
            None => assert!(second.is_ok()),
            Some(kind) => {
                let failure = second.unwrap_err();
                assert_eq!(failure.kind(), kind);
                assert_eq!(failure.progress().delivery(), Delivery::NotSent);
                assert_eq!(started.elapsed().as_secs(), 5);
            }
        }
    }
}

/// What was written by then is counted, and nothing is written later.
#[tokio::test(start_paused = true)]
async fn a_deadline_within_the_request() {
    for reused in [false, true] {
        for room in [1, 300, SIZE - 1] {
            let (builder, mut incoming) = memory(room);
            let transport = builder.build().unwrap();
            let peer = tokio::spawn(async move {
                let mut peer = incoming.recv().await.unwrap();
                if reused {
                    read(&mut peer, SIZE).await;
                    peer.write_all(&reply(BODY)).await.unwrap();
                }
                tokio::time::sleep(Duration::from_secs(30)).await;
                rest(&mut peer).await
            });
            if reused {
                let connection = transport.connect(soon()).await.unwrap();
                believed(connection, request(), soon()).await.unwrap();
            }
            let connection = transport.connect(soon()).await.unwrap();
            let failure = connection.exchange(request(), soon()).await.unwrap_err();
            assert_eq!(failure.kind(), TransportErrorKind::Deadline);
            assert_eq!(failure.progress().delivery(), Delivery::Partial);
            assert_eq!(failure.progress().request_bytes_written, room as u64);
            assert_eq!(peer.await.unwrap(), room, "{reused}");
        }
    }
}

/// The last moment that an `Instant` can hold.
fn last() -> Instant {
    let mut last = Instant::now();
    let mut step = Duration::MAX;
    while step > Duration::ZERO {
        match last.checked_add(step) {
            Some(later) => last = later,
            None => step /= 2,
        }
    }
    last
}

#[tokio::test(start_paused = true)]
async fn no_limit_is_too_long() {
    let century = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    for limit in [century, Duration::from_secs(u64::MAX / 2), Duration::MAX] {
        for deadline in [soon(), Instant::now() + century, last()] {
            let (builder, mut incoming) = memory(4096);
            let transport = builder
                .connect_timeout(limit)
                .idle_timeout(limit)
                .max_reply_head(usize::MAX)
                .max_reply_body(usize::MAX)
                .build()
                .unwrap();
            tokio::spawn(async move {
                let mut peer = incoming.recv().await.unwrap();
                for _ in 0..3 {
                    read(&mut peer, SIZE).await;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    peer.write_all(&reply(BODY)).await.unwrap();
                }
            });
            for round in 0..2 {
                let connection = transport.connect(deadline).await.unwrap();
                assert_eq!(connection.is_reused(), round > 0);
                believed(connection, request(), deadline).await.unwrap();
                let day = Duration::from_secs(if deadline > soon() { 86_400 } else { 0 });
                tokio::time::sleep(day).await;
            }
        }
    }
}

/// And none is too short.
#[tokio::test(start_paused = true)]
async fn no_limit_is_too_short() {
    let (builder, mut incoming) = memory(4096);
    let transport = builder.idle_timeout(Duration::ZERO).build().unwrap();
    tokio::spawn(async move {
        while let Some(mut peer) = incoming.recv().await {
            read(&mut peer, SIZE).await;
            peer.write_all(&reply(BODY)).await.unwrap();
            assert_eq!(rest(&mut peer).await, 0);
        }
    });
    for _ in 0..2 {
        let connection = transport.connect(soon()).await.unwrap();
        assert!(!connection.is_reused());
        believed(connection, request(), soon()).await.unwrap();
    }
    let (transport, _incoming) = slow(&[1]);
    let failure = transport.connect(Instant::now()).await.unwrap_err();
    assert_eq!(failure.kind(), TransportErrorKind::Deadline);
}

//! Gateways that send on and on.

use std::io::Write;
use std::sync::mpsc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use ums_transport::{TransportError, TransportErrorKind};

use crate::wire::peer::{
    BODY, Gateway, Line, SIZE, believed, later, memory, read, reply, request, soon,
};

/// As fast as a socket takes it, on a connection that has served before.
#[test]
fn a_flood_ends_on_a_used_connection_too() {
    for block in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 x\r\n\r\n",
        "\r\n",
    ] {
        for reused in [0, 1, 5] {
            // A call that never returns is to fail the test, not to hang it.
            let (told, ended) = mpsc::channel();
            std::thread::spawn(move || told.send(flooded(block, reused)));
            let failure = ended.recv_timeout(Duration::from_secs(60)).unwrap();
            let case = format!("{block:?} {reused}");
            assert_eq!(failure.kind(), TransportErrorKind::MalformedReply, "{case}");
            let read = failure.progress().reply_bytes_read;
            assert!(read < 1024 * 1024, "{case}: {read} bytes");
            assert_eq!(failure.progress().reused, reused > 0, "{case}");
        }
    }
}

fn flooded(block: &str, reused: usize) -> TransportError {
    let flood = block.repeat(2000);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let gateway = Gateway::new(false, 1, move |mut line, _, _| {
            for _ in 0..reused {
                line.hear(SIZE);
                line.say(&reply(BODY));
            }
            line.hear(SIZE);
            let Line::Plain(mut tcp) = line else {
                return;
            };
            while tcp.write_all(flood.as_bytes()).is_ok() {}
        });
        for _ in 0..reused {
            let connection = gateway.transport.connect(later()).await.unwrap();
            let reply = believed(connection, gateway.request(), later()).await;
            reply.unwrap();
        }
        let connection = gateway.transport.connect(later()).await.unwrap();
        let failure = connection.exchange(gateway.request(), later()).await;
        failure.unwrap_err()
    })
}

/// A flood with pauses, on a used connection: the deadline ends it.
#[tokio::test(start_paused = true)]
async fn a_drip_of_informational_replies_ends_with_the_deadline() {
    for reused in [false, true] {
        let (builder, mut incoming) = memory(4096);
        let transport = builder.build().unwrap();
        tokio::spawn(async move {
            let mut peer = incoming.recv().await.unwrap();
            if reused {
                read(&mut peer, SIZE).await;
                peer.write_all(&reply(BODY)).await.unwrap();
            }
            read(&mut peer, SIZE).await;
            while peer
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await
                .is_ok()
            {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        if reused {
            let connection = transport.connect(soon()).await.unwrap();
            believed(connection, request(), soon()).await.unwrap();
        }
        let connection = transport.connect(soon()).await.unwrap();
        let started = tokio::time::Instant::now();
        let failure = connection.exchange(request(), soon()).await.unwrap_err();
        assert_eq!(failure.kind(), TransportErrorKind::Deadline);
        assert_eq!(started.elapsed().as_secs(), 5);
    }
}

/// What a connection has read in earlier calls does not count against the next one.
#[tokio::test(start_paused = true)]
async fn a_connection_serves_as_often_as_it_is_asked_however_large_its_replies() {
    let (builder, mut incoming) = memory(4096);
    let transport = builder.build().unwrap();
    let body = vec![b' '; 250 * 1024];
    let expected = body.len();
    tokio::spawn(async move {
        let mut peer = incoming.recv().await.unwrap();
        loop {
            read(&mut peer, SIZE).await;
            let hints = b"HTTP/1.1 103 x\r\n\r\n".repeat(100);
            peer.write_all(&hints).await.unwrap();
            peer.write_all(&reply(&body)).await.unwrap();
        }
    });
    for round in 0..5 {
        let connection = transport.connect(soon()).await.unwrap();
        let reply = believed(connection, request(), soon()).await.unwrap();
        assert_eq!(reply.progress.reused, round > 0);
        assert_eq!(reply.body.len(), expected);
    }
}

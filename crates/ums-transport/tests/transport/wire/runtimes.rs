//! One transport on several tokio runtimes: connections and timers stay where they were made.

use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use ums_transport::{Delivery, Transport, TransportErrorKind};

use crate::wire::peer::{
    BODY, Gateway, SIZE, believed, later, memory, read, reply, request, request_to, rest, soon,
};

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// A gateway that answers so many requests on each connection, and tells how many there were.
fn gateway(tls: bool, connections: usize) -> Gateway<usize> {
    Gateway::new(tls, connections, |mut line, _, _| {
        let mut served = 0;
        while line.try_hear(SIZE) {
            line.say(&reply(BODY));
            served += 1;
        }
        served
    })
}

/// Whether the call was made on a used connection.
async fn call(transport: &Transport, host: &str) -> bool {
    // Today's mistake would be a call that hangs past this.
    let deadline = Instant::now() + Duration::from_secs(20);
    let connection = transport.connect(deadline).await.unwrap();
    let reused = connection.is_reused();
    let reply = believed(connection, request_to(host, SIZE), deadline).await;
    assert_eq!(&reply.unwrap().body[..], BODY);
    reused
}

/// Two threads, a runtime each, turn by turn: the first is never driven while the second calls.
#[test]
fn each_runtime_has_connections_of_its_own() {
    for (tls, first, second) in [
        (
            false,
            current_thread as fn() -> Runtime,
            current_thread as fn() -> Runtime,
        ),
        (true, current_thread, current_thread),
        (false, multi_thread, current_thread),
        (false, current_thread, multi_thread),
        (true, multi_thread, multi_thread),
    ] {
        let gateway = gateway(tls, 2);
        let (transport, host) = (gateway.transport.clone(), gateway.host.clone());
        let ((go, going), (done, told)) = (channel::<()>(), channel());
        let other = std::thread::spawn(move || {
            let runtime = second();
            let mut reused = Vec::new();
            while going.recv().is_ok() {
                reused.push(runtime.block_on(call(&transport, &host)));
                done.send(()).unwrap();
            }
            reused
        });
        let runtime = first();
        let mut reused = Vec::new();
        for _ in 0..3 {
            reused.push(runtime.block_on(call(&gateway.transport, &gateway.host)));
            go.send(()).unwrap();
            told.recv().unwrap();
        }
        assert_eq!(reused, [false, true, true]);
        drop(go);
        assert_eq!(other.join().unwrap(), [false, true, true]);
        drop(runtime);
        assert_eq!(gateway.end(), [3, 3]);
    }
}

/// At the same time, as fast as they can.
#[test]
fn several_runtimes_call_at_once() {
    let gateway = gateway(false, 4);
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (transport, host) = (gateway.transport.clone(), gateway.host.clone());
            std::thread::spawn(move || {
                current_thread().block_on(async {
                    let mut reused = 0;
                    for _ in 0..50 {
                        reused += usize::from(call(&transport, &host).await);
                    }
                    reused
                })
            })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.join().unwrap(), 49);
    }
    assert_eq!(gateway.end(), [50; 4]);
}

/// What belongs to a runtime that is gone is closed, and nothing waits for it.
#[test]
fn a_runtime_that_ends_takes_its_connections_with_it() {
    for runtime in [current_thread, multi_thread] {
        for background in [false, true] {
            let gateway = Gateway::new(false, 2, |mut line, number, turns| {
                line.hear(SIZE);
                line.say(&reply(BODY));
                let rest = line.rest();
                if number == 0 {
                    turns.wait();
                    turns.done();
                }
                rest
            });
            let first = runtime();
            assert!(!first.block_on(call(&gateway.transport, &gateway.host)));
            if background {
                first.shutdown_background();
            } else {
                drop(first);
            }
            // The peer has seen its end, or this would wait for ever.
            gateway.let_it();
            let second = runtime();
            assert!(!second.block_on(call(&gateway.transport, &gateway.host)));
            drop(second);
            assert_eq!(gateway.end(), [0, 0]);
        }
    }
}

/// The sweep of one runtime does its work though another stands still.
#[test]
fn idle_connections_are_closed_on_each_runtime_by_itself() {
    let paused = || {
        let mut builder = Builder::new_current_thread();
        builder.enable_all().start_paused(true).build().unwrap()
    };
    let (builder, mut incoming) = memory(4096);
    let transport = builder.build().unwrap();
    let mut used = async |transport: &Transport| {
        let connection = transport.connect(soon()).await.unwrap();
        let mut peer = incoming.recv().await.unwrap();
        let answering = async {
            read(&mut peer, SIZE).await;
            peer.write_all(&reply(BODY)).await.unwrap();
        };
        let (reply, ()) = tokio::join!(believed(connection, request(), soon()), answering);
        reply.unwrap();
        peer
    };
    let (still, running) = (paused(), paused());
    let mut first = still.block_on(used(&transport));
    let mut second = running.block_on(async {
        let mut peer = used(&transport).await;
        let started = Instant::now();
        assert_eq!(rest(&mut peer).await, 0);
        assert_eq!(started.elapsed().as_secs(), 30);
        used(&transport).await
    });
    // The first one's is there as before, and swept when it is its turn.
    still.block_on(async {
        assert!(transport.connect(soon()).await.unwrap().is_reused());
        assert_eq!(rest(&mut first).await, 0, "it was lent and dropped");
        let mut peer = used(&transport).await;
        assert_eq!(rest(&mut peer).await, 0);
    });
    drop(still);
    running.block_on(async {
        assert!(transport.connect(soon()).await.unwrap().is_reused());
        assert_eq!(rest(&mut second).await, 0);
    });
}

/// A connection that was lent on one runtime and is used on another is not used.
#[test]
fn a_connection_does_not_cross() {
    let gateway = Gateway::new(false, 3, |mut line, _, _| line.rest());
    let (here, there) = (current_thread(), multi_thread());
    let connect = || here.block_on(gateway.transport.connect(later())).unwrap();
    let mut failures = vec![
        there.block_on(connect().exchange(gateway.request(), later())),
        // Begun where it belongs, and awaited elsewhere.
        {
            let connection = connect();
            let within = here.enter();
            let exchange = connection.exchange(gateway.request(), later());
            drop(within);
            there.block_on(exchange)
        },
    ];
    // Nowhere at all.
    let outside = connect().exchange(gateway.request(), later());
    let Poll::Ready(nowhere) = pin!(outside).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("waits for ever");
    };
    failures.push(nowhere);
    for failure in failures {
        let failure = failure.unwrap_err();
        assert_eq!(failure.kind(), TransportErrorKind::Runtime);
        assert_eq!(failure.progress().delivery(), Delivery::NotSent);
        assert!(!failure.is_stale_connection());
        assert!(
            failure.chain().contains("another tokio runtime"),
            "{}",
            failure.chain()
        );
    }
    assert_eq!(gateway.end(), [0; 3]);
}

#[test]
fn outside_any_runtime_it_says_so() {
    let gateway = Gateway::new(false, 0, |_, _, _| ());
    let transport = &gateway.transport;
    for anew in [false, true] {
        let connect = async {
            match anew {
                false => transport.connect(later()).await,
                true => transport.connect_fresh(later()).await,
            }
        };
        let Poll::Ready(result) = pin!(connect).poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("waits for ever");
        };
        let failure = result.unwrap_err();
        assert_eq!(failure.kind(), TransportErrorKind::Runtime);
        assert_eq!(failure.progress().delivery(), Delivery::NotSent);
        assert!(
            failure.chain().contains("no tokio runtime"),
            "{}",
            failure.chain()
        );
    }
}

/// Only its own runtime keeps a connection; anywhere else it is closed.
#[test]
fn a_connection_is_kept_on_its_own_runtime_alone() {
    let gateway = Gateway::new(false, 4, |mut line, _, _| {
        line.hear(SIZE);
        line.say(&reply(BODY));
        line.rest()
    });
    let (here, there) = (current_thread(), multi_thread());
    let used = || {
        here.block_on(async {
            let connection = gateway.transport.connect(later()).await.unwrap();
            assert!(!connection.is_reused());
            let mut reply = connection
                .exchange(gateway.request(), later())
                .await
                .unwrap();
            reply.take_connection()
        })
    };
    used().keep();
    let connection = used();
    there.block_on(async { connection.keep() });
    let connection = used();
    here.block_on(async { connection.keep() });
    let reused = || {
        here.block_on(gateway.transport.connect(later()))
            .unwrap()
            .is_reused()
    };
    assert!(reused());
    // Its runtime ended before.
    let gone = current_thread();
    let connection = gone.block_on(async {
        let connection = gateway.transport.connect(later()).await.unwrap();
        let mut reply = connection
            .exchange(gateway.request(), later())
            .await
            .unwrap();
        reply.take_connection()
    });
    drop(gone);
    there.block_on(async { connection.keep() });
    assert_eq!(gateway.end(), [0; 4]);
}

//! The steps of a call, each repeatable on its own, for counting and for timing.

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::HeaderValue;
use tokio::io::DuplexStream;
use ums_auth::open_body_sig::{Authorization, Signer};
use ums_auth::{AppId, AppKey, Nonce, Timestamp};
use ums_client::{Clock as _, NonceSource as _, RandomNonces, SystemClock};
use ums_model::{Operation as _, VoidPaymentReply};

use crate::by_hand::{ByHand, VoidReply};
use crate::payload;

pub(crate) struct Step {
    pub(crate) name: &'static str,
    run: fn(u64),
}

pub(crate) const STEPS: &[Step] = &[
    Step {
        name: "sign",
        run: sign,
    },
    Step {
        name: "sign-with-nonce-and-clock",
        run: sign_whole,
    },
    Step {
        name: "parse-header",
        run: parse_header,
    },
    Step {
        name: "encode-request",
        run: encode,
    },
    Step {
        name: "decode-reply",
        run: decode,
    },
    Step {
        name: "decode-reply-derive",
        run: decode_derive,
    },
    Step {
        name: "judge",
        run: judge,
    },
    Step {
        name: "call",
        run: call,
    },
    Step {
        name: "call-hyper-by-hand",
        run: call_hyper,
    },
    Step {
        name: "call-hyper-util-by-hand",
        run: call_hyper_util,
    },
    Step {
        name: "call-bare-stream",
        run: call_bare,
    },
];

/// `ums-bench step NAME REPETITIONS`
pub(crate) fn main(name: &str, repetitions: &str) -> Result<()> {
    let step = STEPS
        .iter()
        .find(|step| step.name == name)
        .with_context(|| format!("there is no step {name:?}"))?;
    (step.run)(repetitions.parse()?);
    Ok(())
}

pub(crate) struct Credentials {
    pub(crate) signer: Signer,
    pub(crate) timestamp: Timestamp,
    pub(crate) nonce: Nonce,
}

pub(crate) fn credentials() -> Credentials {
    let app_id = AppId::new(payload::APP_ID).expect("valid");
    let app_key = AppKey::new(payload::APP_KEY).expect("valid");
    Credentials {
        signer: Signer::new(app_id, &app_key),
        timestamp: Timestamp::parse("20230718110500").expect("valid"),
        nonce: Nonce::new("be46cd581c9f46ecbd71b9858311ea12").expect("valid"),
    }
}

/// A body of this many bytes.
pub(crate) fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| b' ' + (at % 95) as u8).collect()
}

fn sign(repetitions: u64) {
    let Credentials {
        signer,
        timestamp,
        nonce,
    } = credentials();
    let body = body(300);
    for _ in 0..repetitions {
        black_box(
            signer
                .sign(black_box(&body), timestamp, &nonce)
                .header_value(),
        );
    }
}

fn sign_whole(repetitions: u64) {
    let Credentials { signer, .. } = credentials();
    let body = body(300);
    let (nonces, clock) = (RandomNonces::new(), SystemClock::default());
    for _ in 0..repetitions {
        black_box(sign_now(&signer, &nonces, &clock, black_box(&body)));
    }
}

pub(crate) fn sign_now(
    signer: &Signer,
    nonces: &RandomNonces,
    clock: &SystemClock,
    body: &[u8],
) -> HeaderValue {
    let nonce = nonces.next_nonce().expect("random bytes");
    let timestamp = Timestamp::at(&clock.now()).expect("a year of four digits");
    signer.sign(body, timestamp, &nonce).header_value()
}

fn parse_header(repetitions: u64) {
    let Credentials {
        signer,
        timestamp,
        nonce,
    } = credentials();
    let header = signer.sign(b"{}", timestamp, &nonce).header();
    for _ in 0..repetitions {
        black_box(Authorization::parse(black_box(&header)).expect("valid"));
    }
}

fn encode(repetitions: u64) {
    for _ in 0..repetitions {
        let void = crate::caller::void().expect("valid");
        black_box(void.encode().expect("valid"));
    }
}

fn decode(repetitions: u64) {
    for _ in 0..repetitions {
        let body = Bytes::from_static(payload::REPLY.as_bytes());
        black_box(VoidPaymentReply::decode(black_box(body)).expect("valid"));
    }
}

fn decode_derive(repetitions: u64) {
    for _ in 0..repetitions {
        let body = black_box(payload::REPLY.as_bytes());
        black_box(serde_json::from_slice::<VoidReply>(body).expect("valid"));
    }
}

fn judge(repetitions: u64) {
    let void = crate::caller::void().expect("valid");
    let reply = VoidPaymentReply::decode(Bytes::from_static(payload::REPLY.as_bytes()));
    let reply = reply.expect("valid");
    for _ in 0..repetitions {
        black_box(void.judge(black_box(&reply)));
        black_box(void.discrepancies(black_box(&reply)));
    }
}

fn call(repetitions: u64) {
    struct InMemory;
    impl ums_transport::Connect for InMemory {
        fn connect(&self) -> ums_transport::ConnectFuture {
            Box::pin(async { Ok(Box::new(connect()) as Box<dyn ums_transport::Stream>) })
        }
    }
    block_on(async {
        let client = crate::caller::client_over("http://127.0.0.1:1", InMemory).expect("valid");
        for _ in 0..repetitions {
            assert!(crate::caller::approved(&client).await);
        }
    });
}

fn call_hyper(repetitions: u64) {
    use hyper_util::rt::TokioIo;
    block_on(async {
        let by_hand = ByHand::new();
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(connect()));
        let (mut sender, driver) = handshake.await.expect("open");
        tokio::spawn(driver);
        let uri: http::Uri = payload::PATH.parse().expect("valid");
        for _ in 0..repetitions {
            let body = by_hand.body();
            let authorization = HeaderValue::try_from(by_hand.authorization(&body));
            let mut request =
                crate::caller::request(uri.clone(), authorization.expect("ASCII"), body.into());
            request
                .headers_mut()
                .insert(http::header::HOST, HeaderValue::from_static("127.0.0.1:1"));
            sender.ready().await.expect("open");
            let reply = sender.send_request(request).await.expect("a reply");
            assert!(approves(&by_hand, reply).await);
        }
    });
}

fn call_hyper_util(repetitions: u64) {
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;
    block_on(async {
        let by_hand = ByHand::new();
        let client = Client::builder(TokioExecutor::new()).build(memory::Connector);
        let uri: http::Uri = format!("http://127.0.0.1:1{}", payload::PATH)
            .parse()
            .expect("valid");
        for _ in 0..repetitions {
            let body = by_hand.body();
            let authorization = HeaderValue::try_from(by_hand.authorization(&body));
            let request =
                crate::caller::request(uri.clone(), authorization.expect("ASCII"), body.into());
            let reply = client.request(request).await.expect("a reply");
            assert!(approves(&by_hand, reply).await);
        }
    });
}

async fn approves(by_hand: &ByHand, reply: http::Response<hyper::body::Incoming>) -> bool {
    use http_body_util::BodyExt as _;
    let body = reply
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    by_hand.approves(&body)
}

/// What the other end and the stream cost, which is in each call's count.
fn call_bare(repetitions: u64) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    block_on(async {
        let mut stream = connect();
        let body = ByHand::new().body();
        let mut request = format!(
            "POST {} HTTP/1.1\r\nAuthorization: {}\r\nContent-Length: {}\r\n\r\n",
            payload::PATH,
            ByHand::new().authorization(&body),
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(&body);
        let mut buffer = vec![0; 8192];
        for _ in 0..repetitions {
            stream.write_all(&request).await.expect("open");
            assert!(stream.read(&mut buffer).await.expect("open") > 0);
        }
    });
}

/// A connection in memory, answered as the responder answers.
fn connect() -> DuplexStream {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let responder = Arc::new(crate::responder::Responder::new());
    tokio::spawn(async move { responder.converse(far).await });
    near
}

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work);
}

/// hyper-util's way to be given a connection.
mod memory {
    use std::future::{Ready, ready};
    use std::task::{Context, Poll};

    use hyper_util::client::legacy::connect::{Connected, Connection};
    use hyper_util::rt::TokioIo;
    use tokio::io::DuplexStream;
    use tower_service::Service;

    #[derive(Clone)]
    pub(super) struct Connector;

    pub(super) struct InMemory(TokioIo<DuplexStream>);

    impl Service<http::Uri> for Connector {
        type Response = InMemory;
        type Error = std::io::Error;
        type Future = Ready<Result<InMemory, std::io::Error>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: http::Uri) -> Self::Future {
            ready(Ok(InMemory(TokioIo::new(super::connect()))))
        }
    }

    impl Connection for InMemory {
        fn connected(&self) -> Connected {
            Connected::new()
        }
    }

    impl hyper::rt::Read for InMemory {
        fn poll_read(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffer: hyper::rt::ReadBufCursor<'_>,
        ) -> Poll<std::io::Result<()>> {
            std::pin::Pin::new(&mut self.0).poll_read(cx, buffer)
        }
    }

    impl hyper::rt::Write for InMemory {
        fn poll_write(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<std::io::Result<usize>> {
            std::pin::Pin::new(&mut self.0).poll_write(cx, bytes)
        }

        fn poll_flush(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<std::io::Result<()>> {
            std::pin::Pin::new(&mut self.0).poll_flush(cx)
        }

        fn poll_shutdown(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<std::io::Result<()>> {
            std::pin::Pin::new(&mut self.0).poll_shutdown(cx)
        }
    }
}

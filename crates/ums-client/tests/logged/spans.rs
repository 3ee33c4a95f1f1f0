//! What a call tells `tracing`.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ums_client::auth::{AppId, AppKey, Nonce};
use ums_client::model::{Effect, JsonReply};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{Call, Client, Jitter, NonceSource, NonceUnavailable, Outcome, Resend};

use crate::log::Log;

/// What each connection answers; no dial succeeds where there is none.
#[derive(Clone)]
struct Gateway(Arc<Mutex<VecDeque<Option<&'static str>>>>);

impl Connect for Gateway {
    fn connect(&self) -> ConnectFuture {
        let reply = self.0.lock().unwrap().pop_front().unwrap();
        Box::pin(async move {
            let reply = reply.ok_or(io::ErrorKind::ConnectionRefused)?;
            let (ours, mut theirs) = tokio::io::duplex(16 * 1024);
            tokio::spawn(async move {
                assert!(theirs.read(&mut [0; 4096]).await.unwrap() > 0);
                theirs.write_all(reply.as_bytes()).await.unwrap();
            });
            Ok(Box::new(ours) as _)
        })
    }
}

struct Numbered(Mutex<usize>);

impl NonceSource for Numbered {
    fn next_nonce(&self) -> Result<Nonce, NonceUnavailable> {
        let mut number = self.0.lock().unwrap();
        *number += 1;
        Nonce::new(&format!("made-up-{number}")).map_err(|_| NonceUnavailable)
    }
}

struct AtOnce;

impl Jitter for AtOnce {
    fn next_pause(&self, _: Duration) -> Duration {
        Duration::ZERO
    }
}

async fn call(answers: &[Option<&'static str>], effect: Effect) -> Outcome<JsonReply> {
    let gateway = Gateway(Arc::new(Mutex::new(answers.iter().copied().collect())));
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    let client = Client::builder(url, app_id, &AppKey::new("made-up-key").unwrap())
        .connector(gateway)
        .nonces(Numbered(Mutex::new(0)))
        .jitter(AtOnce)
        .resend(Resend::UpTo(1))
        .build()
        .unwrap();
    client.call(&Call::of_bytes("/v1/x", "{}", effect)).await
}

const APPROVED: &str = "HTTP/1.1 200 x\r\nContent-Length: 16\r\n\r\n{\"errCode\":\"00\"}";
const REFUSED: &str = "HTTP/1.1 412 x\r\nContent-Length: 18\r\n\r\n{\"errCode\":\"1000\"}";
const BROKEN: &str = "HTTP/1.1 502 x\r\nContent-Length: 2\r\n\r\n{}";

#[tokio::test(start_paused = true)]
async fn a_call_is_one_span_and_its_end_one_event() {
    let _listening = crate::listening_alone().await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    for (answers, effect) in [
        (&[Some(APPROVED)][..], Effect::MovesMoney),
        (&[None, Some(APPROVED)], Effect::MovesMoney),
        (&[Some(REFUSED)], Effect::MovesMoney),
        (&[None, None], Effect::MovesMoney),
        (&[Some(BROKEN)], Effect::MovesMoney),
        (&[Some(BROKEN)], Effect::ReadOnly),
    ] {
        let _ = call(answers, effect).await;
    }
    let of_every_call = concat!(
        r#"otel.kind="client" otel.name="call" http.request.method="POST" "#,
        r#"network.protocol.name="http" network.protocol.version="1.1" "#,
        r#"server.address="localhost" server.port=80 url.scheme="http" url.path="/v1/x" "#,
        r#"ums.app_id="made-up-app""#
    );
    insta::assert_snapshot!(log.text().replace(of_every_call, "…"));
}

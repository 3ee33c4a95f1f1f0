//! A gateway that answers with any bytes whatever, over memory.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::sleep;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply};
use ums_client::transport::{Connect, ConnectFuture};
use ums_client::{Client, Outcome};

pub(crate) const ORDER: &str = "20230718110248029165883554";
pub(crate) const APPROVAL: &str =
    r#"{"errCode":"00","errInfo":"ok","orderId":"20230718110248029165883554"}"#;
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// What is sent after the whole request has come.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// These bytes, then FIN.
    Then(Vec<u8>),
    /// These bytes, then nothing while the connection stands.
    Hold(Vec<u8>),
    /// The first bytes, then the block again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// The bytes one by one, this long apart.
    Drip(Vec<u8>, Duration),
}

/// A well-framed reply with this body.
pub(crate) fn reply(status: u16, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

struct Raw(Arc<Answer>);

impl Connect for Raw {
    fn connect(&self) -> ConnectFuture {
        let answer = Arc::clone(&self.0);
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            tokio::spawn(serve(theirs, answer));
            Ok(Box::new(ours) as _)
        })
    }
}

/// Answers one request. That the peer goes away is no concern of its.
async fn serve(mut stream: DuplexStream, answer: Arc<Answer>) {
    read_request(&mut stream).await;
    let _ = match &*answer {
        Answer::Then(bytes) => stream.write_all(bytes).await,
        Answer::Hold(bytes) => {
            let written = stream.write_all(bytes).await;
            // Until the peer is gone.
            let _ = stream.read(&mut [0]).await;
            written
        }
        Answer::Endless(first, block) => {
            let mut written = stream.write_all(first).await;
            while written.is_ok() {
                written = stream.write_all(block).await;
                // Without a pause a paused clock would stand still.
                sleep(Duration::from_millis(1)).await;
            }
            written
        }
        Answer::Drip(bytes, apart) => {
            let mut written = Ok(());
            for byte in bytes {
                if written.is_ok() {
                    written = stream.write_all(&[*byte]).await;
                    sleep(*apart).await;
                }
            }
            written
        }
    };
}

/// The client sends head and body with a length; this relies on no more.
pub(crate) async fn read_request(stream: &mut DuplexStream) {
    let mut seen = Vec::new();
    let mut some = [0; 1024];
    loop {
        let count = stream.read(&mut some).await.unwrap_or(0);
        seen.extend_from_slice(some.get(..count).unwrap_or_default());
        let text = String::from_utf8_lossy(&seen);
        let whole = match text.split_once("\r\n\r\n") {
            Some((head, body)) => head.to_ascii_lowercase().lines().any(|line| {
                line.strip_prefix("content-length: ") == Some(body.len().to_string().as_str())
            }),
            None => false,
        };
        if whole || count == 0 {
            return;
        }
    }
}

/// A client of that gateway.
pub(crate) fn client(answer: Answer) -> Client {
    let url: ums_client::transport::BaseUrl = "http://localhost".parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
    Client::builder(url, app_id, &app_key)
        .timeout(TIMEOUT)
        .connector(Raw(Arc::new(answer)))
        .build()
        .unwrap()
}

pub(crate) fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

/// One call to a gateway that answers so.
pub(crate) async fn ask(answer: Answer) -> Outcome<VoidPaymentReply> {
    client(answer).void_payment(&void()).await
}

/// For failure messages: long bytes shortened.
pub(crate) fn shown(bytes: &[u8]) -> Cow<'static, str> {
    let end = bytes.len().min(200);
    let text = bytes.get(..end).unwrap_or_default().escape_ascii();
    Cow::Owned(format!("{text} ({} bytes)", bytes.len()))
}

//! A client that knows nothing of HTTP beyond bytes: what it sends and sees is what was on the
//! wire.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use ums_simulator::{Builder, Order, Simulator, VOID_PATH};

pub(crate) const ORDER: &str = "20230718110248029165883554";

/// A code as a wallet shows it: what it is shown for is made and answered.
pub(crate) const WALLET_CODE: &str = "134524350966727175";

/// 11:13:40 on 18 July 2023 in UTC+8, the time of the void page's reply.
pub(crate) fn now() -> DateTime<Utc> {
    "2023-07-18T03:13:40Z".parse().unwrap()
}

/// A simulator with one paid order, at that time.
pub(crate) fn builder() -> Builder {
    Simulator::builder()
        .clock(now)
        .order(Order::paid(ORDER).amount(1))
}

pub(crate) fn void_body(order_id: &str) -> String {
    format!(
        r#"{{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"{order_id}"}}"#
    )
}

/// The header for a body, signed with RustCrypto under a nonce of its own.
pub(crate) fn authorization(body: &str) -> String {
    static NONCE: AtomicU64 = AtomicU64::new(0);
    let nonce = format!("{:032}", NONCE.fetch_add(1, Ordering::Relaxed));
    authorization_with(Simulator::DEMO_APP_ID, "20230718111340", &nonce, body)
}

pub(crate) fn authorization_with(app_id: &str, timestamp: &str, nonce: &str, body: &str) -> String {
    signed_with(Simulator::DEMO_APP_KEY, app_id, timestamp, nonce, body)
}

pub(crate) fn signed_with(
    app_key: &str,
    app_id: &str,
    timestamp: &str,
    nonce: &str,
    body: &str,
) -> String {
    let digest: String = Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(app_key.as_bytes()).unwrap();
    mac.update(format!("{app_id}{timestamp}{nonce}{digest}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    format!(
        "OPEN-BODY-SIG AppId=\"{app_id}\", Timestamp=\"{timestamp}\", Nonce=\"{nonce}\", \
         Signature=\"{signature}\""
    )
}

pub(crate) fn post(path: &str, authorization: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Authorization: {authorization}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A valid void of this order, as bytes.
pub(crate) fn void(order_id: &str) -> String {
    let body = void_body(order_id);
    post(VOID_PATH, &authorization(&body), &body)
}

/// A reply as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn err_code(&self) -> String {
        self.json()["errCode"].as_str().unwrap().to_owned()
    }
}

/// Reads one reply delimited by Content-Length.
pub(crate) async fn read_reply(stream: &mut (impl AsyncRead + Unpin)) -> Reply {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.unwrap(),
            0,
            "end in the head: {:?}",
            String::from_utf8_lossy(&bytes)
        );
    };
    let mut body = bytes.split_off(head_end);
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        assert_ne!(
            stream.read_buf(&mut body).await.unwrap(),
            0,
            "end in the body"
        );
    }
    assert_eq!(body.len(), length, "more than one reply");
    Reply { head, body }
}

pub(crate) async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &str,
) -> Reply {
    stream.write_all(request.as_bytes()).await.unwrap();
    read_reply(stream).await
}

/// A body of the demo merchant's demo terminal, with these fields.
pub(crate) fn request(fields: Value) -> String {
    let mut body = json!({
        "merchantCode": Simulator::DEMO_MERCHANT_CODE,
        "terminalCode": Simulator::DEMO_TERMINAL_CODE,
    });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.to_string()
}

/// Sends a body on a connection of its own.
pub(crate) async fn call(simulator: &Simulator, path: &str, body: &str) -> Reply {
    let mut stream = simulator.connect().unwrap();
    exchange(&mut stream, &post(path, &authorization(body), body)).await
}

//! A gateway that floods the client as fast as a socket takes it: on a real clock, where nothing
//! but the client itself ends the call.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use ums_client::Client;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};

#[tokio::test]
async fn floods_without_a_pause_are_ended() {
    let head = "HTTP/1.1 200 OK\r\n";
    let cases = [
        (
            "continues",
            String::new(),
            "HTTP/1.1 100 Continue\r\n\r\n",
            "malformed_reply",
        ),
        (
            "hints",
            String::new(),
            "HTTP/1.1 103 Early Hints\r\n\r\n",
            "malformed_reply",
        ),
        ("empty lines", String::new(), "\r\n", "malformed_reply"),
        ("fields", head.to_owned(), "X: y\r\n", "malformed_reply"),
        (
            "empty chunks' extensions",
            format!("{head}Transfer-Encoding: chunked\r\n\r\n1;"),
            "x",
            "malformed_reply",
        ),
        (
            "body",
            format!("{head}\r\n"),
            "{\"errCode\":\"00\"}",
            "reply_too_large",
        ),
    ];
    for (name, first, block, reason) in cases {
        let outcome = client(flood(first, block.repeat(1000)))
            .void_payment(&void())
            .await;
        assert!(outcome.is_unknown(), "{name}: {outcome}");
        assert_eq!(outcome.reason(), Some(reason), "{name}: {outcome}");
        // Bounded by what was read, not by how long that took.
        let progress = outcome.evidence().attempt.progress.clone().unwrap();
        let read = progress.reply_bytes_read;
        assert!(read < 2 * 1024 * 1024, "{name}: {read} bytes");
    }
}

/// The address of a gateway that sends `first` and then `block` for ever.
fn flood(first: String, block: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut some = [0; 4096];
        let _ = stream.read(&mut some);
        let mut written = stream.write_all(first.as_bytes());
        while written.is_ok() {
            written = stream.write_all(block.as_bytes());
        }
    });
    format!("http://{address}")
}

fn client(url: String) -> Client {
    let url: ums_client::transport::BaseUrl = url.parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
    Client::builder(url, app_id, &app_key)
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    )
}

//! Which connection serves the next call: only one whose last reply was believed.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::BaseUrl;
use ums_client::{AccessTokens, Client, OutcomeKind};

const ORDER: &str = "20230718110248029165883554";
const APPROVED: &str = r#"{"errCode":"00","errInfo":"ok","orderId":"20230718110248029165883554"}"#;

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

fn reply(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// A gateway in threads, which answers the requests of each connection in turn, and counts the
/// connections.
struct Gateway {
    url: BaseUrl,
    accepted: Receiver<()>,
    release: Sender<()>,
}

impl Gateway {
    /// The first request gets `first`; once it is released, `late` follows on the same connection.
    /// Every other request is answered with `then`.
    fn new(first: Vec<u8>, late: Vec<u8>, then: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (accept, accepted) = channel();
        let (release, released) = channel::<()>();
        std::thread::spawn(move || {
            let mut first = Some((first, late, released));
            while let Ok((mut stream, _)) = listener.accept() {
                let _ = accept.send(());
                let (mine, then) = (first.take(), then.clone());
                std::thread::spawn(move || {
                    if let Some((first, late, released)) = mine {
                        read_request(&mut stream)?;
                        stream.write_all(&first)?;
                        let _ = released.recv();
                        // Ended when it is closed, as it must be.
                        stream.write_all(&late)?;
                    }
                    loop {
                        read_request(&mut stream)?;
                        stream.write_all(&then)?;
                    }
                    #[allow(unreachable_code, reason = "it is the type of the block")]
                    io::Result::Ok(())
                });
            }
        });
        Self {
            url: url.parse().unwrap(),
            accepted,
            release,
        }
    }

    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    fn builder(&self) -> ums_client::ClientBuilder {
        let app_id = AppId::new("made-up-app").unwrap();
        let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
        Client::builder(self.url.clone(), app_id, &app_key).timeout(Duration::from_secs(30))
    }

    fn connections(&self) -> usize {
        self.accepted.try_iter().count()
    }
}

fn read_request(stream: &mut TcpStream) -> io::Result<()> {
    let mut seen = Vec::new();
    let mut some = [0; 4096];
    loop {
        let count = stream.read(&mut some)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        seen.extend_from_slice(&some[..count]);
        let text = String::from_utf8_lossy(&seen).to_ascii_lowercase();
        let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = format!("content-length: {}", body.len());
            head.lines().any(|line| line == length)
        });
        if whole {
            return Ok(());
        }
    }
}

/// The reply to the first call, and whether it leaves a connection that may serve again.
#[tokio::test]
async fn only_a_connection_whose_reply_was_believed_serves_again() {
    use OutcomeKind::{Approved, Declined, Unknown};

    let other = APPROVED.replace(ORDER, "20230718110248029165883555");
    let rows = [
        (reply(200, APPROVED), Approved, true),
        (reply(200, r#"{"errCode":"1000"}"#), Declined, true),
        // A refusal that is believed, by a status that any proxy may give.
        (reply(412, r#"{"errCode":"1000"}"#), Declined, false),
        (reply(504, "gateway timeout"), Unknown, false),
        (reply(502, APPROVED), Unknown, false),
        (reply(500, r#"{"errCode":"1000"}"#), Unknown, false),
        (reply(200, r#"{"errCode":"9999"}"#), Unknown, false),
        (reply(200, "<html>"), Unknown, false),
        (reply(200, ""), Unknown, false),
        (reply(204, ""), Unknown, false),
        (reply(302, ""), Unknown, false),
        (
            reply(200, &other.replace("errCode", "errcode")),
            Unknown,
            false,
        ),
    ];
    for (first, kind, kept) in rows {
        let case = String::from_utf8_lossy(&first).into_owned();
        let gateway = Gateway::new(first, Vec::new(), reply(200, APPROVED));
        let client = gateway.client();
        let outcome = client.void_payment(&void()).await;
        assert_eq!(outcome.kind(), kind, "{case}: {outcome}");
        gateway.release.send(()).unwrap();
        let outcome = client.void_payment(&void()).await;
        assert_eq!(outcome.kind(), Approved, "{case}: {outcome}");
        let progress = outcome.evidence().attempt.progress.as_ref().unwrap();
        assert_eq!(progress.reused, kept, "{case}");
        assert_eq!(gateway.connections(), if kept { 1 } else { 2 }, "{case}");
    }
}

/// The late reply to call 1 approves; call 2 is refused.
#[tokio::test]
async fn after_a_504_the_late_reply_never_answers_the_next_call() {
    for first in [reply(504, ""), reply(200, "<html>"), reply(503, "x")] {
        let refused = reply(200, r#"{"errCode":"1001"}"#);
        let gateway = Gateway::new(first, reply(200, APPROVED), refused);
        let client = gateway.client();
        let outcome = client.void_payment(&void()).await;
        assert!(outcome.is_unknown(), "{outcome}");
        gateway.release.send(()).unwrap();
        for _ in 0..3 {
            let outcome = client.void_payment(&void()).await;
            assert_eq!(outcome.kind(), OutcomeKind::Declined, "{outcome}");
        }
    }
}

/// A connection over which a token came serves the call that shows it; one over which none came
/// serves nobody.
#[tokio::test]
async fn only_a_connection_that_gave_a_token_serves_again() {
    let token = r#"{"errCode":"0000","errInfo":"ok","accessToken":"abcdef","expiresIn":3600}"#;
    for (first, given, kept) in [
        (reply(200, token), true, true),
        (reply(201, token), true, false),
        (
            reply(200, r#"{"errCode":"9999","errInfo":"no"}"#),
            false,
            false,
        ),
        (reply(504, ""), false, false),
        (reply(200, "<html>"), false, false),
    ] {
        let case = String::from_utf8_lossy(&first).into_owned();
        let gateway = Gateway::new(first, Vec::new(), reply(200, APPROVED));
        let client = gateway
            .builder()
            .access_tokens(AccessTokens::new())
            .build()
            .unwrap();
        gateway.release.send(()).unwrap();
        let outcome = client.void_payment(&void()).await;
        if given {
            assert_eq!(outcome.kind(), OutcomeKind::Approved, "{case}: {outcome}");
            let progress = outcome.evidence().attempt.progress.as_ref().unwrap();
            assert_eq!(progress.reused, kept, "{case}");
        } else {
            assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{case}: {outcome}");
            // The next one asks on another connection, and is told something else.
            let _ = client.void_payment(&void()).await;
        }
        assert_eq!(gateway.connections(), if kept { 1 } else { 2 }, "{case}");
    }
}

/// One client in two threads, with a runtime each: the first is not driven while the second calls.
#[test]
fn one_client_serves_several_runtimes() {
    let gateway = Gateway::new(reply(200, APPROVED), Vec::new(), reply(200, APPROVED));
    gateway.release.send(()).unwrap();
    let client = gateway.client();
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    let (first, second) = (runtime(), runtime());
    let mut reused = Vec::new();
    for runtime in [&first, &second, &first, &second] {
        let outcome = std::thread::scope(|scope| {
            let call = || runtime.block_on(client.void_payment(&void()));
            scope.spawn(call).join().unwrap()
        });
        assert_eq!(outcome.kind(), OutcomeKind::Approved, "{outcome}");
        let progress = outcome.evidence().attempt.progress.as_ref().unwrap();
        reused.push(progress.reused);
    }
    assert_eq!(reused, [false, false, true, true]);
}

//! The operation goes out and comes back as those of `ums-model` do.

use netpay::{NetpayQuery, TradeStatus};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use ums_client::auth::open_body_sig::{Authorization, Signer};
use ums_client::auth::{AppId, AppKey};
use ums_client::transport::BaseUrl;
use ums_client::{Client, NextStep, Outcome, OutcomeKind};

const ORDER: &str = "31940000201700002";

/// Asks a gateway that answers so, and checks what it received.
async fn ask(status: &str, body: &str) -> Outcome<netpay::NetpayQueryReply> {
    let app_id = AppId::new("made-up-app").unwrap();
    let app_key = AppKey::new("made-up-key").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::new(url.parse::<BaseUrl>().unwrap(), app_id, &app_key).unwrap();
    let query = NetpayQuery::new("898340149000005", "88880001", ORDER);
    let gateway = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        let length = body.len();
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(reply.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    };
    let (outcome, request) = tokio::join!(client.execute(&query), gateway);

    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /v1/netpay/query HTTP/1.1\r\n"),
        "{head}"
    );
    assert_eq!(
        body,
        r#"{"mid":"898340149000005","tid":"88880001","merOrderId":"31940000201700002"}"#
    );
    let header = head
        .lines()
        .find_map(|line| line.strip_prefix("authorization: "))
        .unwrap();
    let signer = Signer::new(app_id, &app_key);
    let authorization = Authorization::parse(header).unwrap();
    signer.verify(body.as_bytes(), &authorization).unwrap();
    outcome
}

#[tokio::test]
async fn an_answer_says_the_status() {
    for (status, expected) in [
        ("NEW_ORDER", TradeStatus::New),
        ("WAIT_BUYER_PAY", TradeStatus::Waiting),
        ("TRADE_SUCCESS", TradeStatus::Success),
        ("TRADE_CLOSED", TradeStatus::Closed),
        ("TRADE_REFUND", TradeStatus::Refunded),
        ("UNKNOWN", TradeStatus::Unknown),
        ("trade_success", TradeStatus::Unknown),
    ] {
        let body = format!(r#"{{"errCode":"SUCCESS","merOrderId":"{ORDER}","status":"{status}"}}"#);
        match ask("200 OK", &body).await {
            Outcome::Approved(answer) => {
                assert_eq!(answer.reply.status(), expected);
                assert!(answer.discrepancies.is_empty());
            }
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn only_the_products_own_code_is_an_answer() {
    for (status, body, kind, next) in [
        (
            "200 OK",
            r#"{"errCode":"00"}"#,
            OutcomeKind::Unknown,
            NextStep::AskAgain,
        ),
        (
            "200 OK",
            r#"{"errCode":"NO_ORDER"}"#,
            OutcomeKind::Unknown,
            NextStep::AskAgain,
        ),
        (
            "200 OK",
            r#"{"status":"TRADE_SUCCESS"}"#,
            OutcomeKind::Unknown,
            NextStep::AskAgain,
        ),
        (
            "502 Bad Gateway",
            r#"{"errCode":"SUCCESS"}"#,
            OutcomeKind::Unknown,
            NextStep::AskAgain,
        ),
        (
            "412 Precondition Failed",
            r#"{"errCode":"1000"}"#,
            OutcomeKind::Declined,
            NextStep::FixCredentials,
        ),
    ] {
        let outcome = ask(status, body).await;
        assert_eq!(
            (outcome.kind(), outcome.next_step()),
            (kind, next),
            "{body}"
        );
        assert_eq!(outcome.evidence().requests_sent(), 1);
    }
}

#[tokio::test]
async fn an_answer_about_another_order_is_no_answer() {
    let body = r#"{"errCode":"SUCCESS","merOrderId":"another","status":"TRADE_SUCCESS"}"#;
    let outcome = ask("200 OK", body).await;
    assert_eq!(outcome.reason(), Some("discrepancy"));
    assert_eq!(outcome.next_step(), NextStep::AskAgain);
}

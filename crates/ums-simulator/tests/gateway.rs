//! The gateway over real sockets and in memory, without faults.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod raw;

use raw::{ORDER, authorization, builder, exchange, post, void, void_body};
use tokio::net::TcpStream;
use ums_simulator::{
    ExchangeEnd, Order, OrderState, SignatureVerdict, Simulator, TradingDay, VOID_PATH,
};

#[tokio::test]
async fn a_void_is_approved_and_noted() {
    let running = builder().start().await.unwrap();
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let request = void(ORDER);
    let reply = exchange(&mut stream, &request).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.json()["orderId"], ORDER);
    assert_eq!(reply.err_code(), "00");
    assert_eq!(
        running.orders().find(ORDER).unwrap().state,
        OrderState::Voided
    );

    let ledger = running.ledger();
    ledger.until(|totals| totals.finished_requests == 1).await;
    let record = ledger.requests().remove(0);
    assert_eq!(record.bytes_received, request.len() as u64);
    assert_eq!(record.head_bytes + record.body_bytes, request.len() as u64);
    assert!(record.head_complete && record.body_complete);
    assert_eq!(record.signature, Some(SignatureVerdict::Accepted));
    assert_eq!(record.order.as_deref(), Some(ORDER));
    assert_eq!(record.applied.unwrap().to, OrderState::Voided);
    assert_eq!(record.reply_status, Some(200));
    assert_eq!(record.reply_code.as_deref(), Some("00"));
    assert_eq!(
        record.reply_bytes_sent,
        (reply.head.len() + reply.body.len()) as u64
    );
    assert_eq!(record.end, ExchangeEnd::Replied);
    running.shutdown().await;
}

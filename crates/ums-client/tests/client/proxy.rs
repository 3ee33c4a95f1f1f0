//! Through a proxy to the simulator: the void goes through its tunnel, and a proxy that opens none
//! leaves it not sent.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{Proxy, Trust};
use ums_client::{AttemptPhase, Client, NextStep, OutcomeKind, Reason, Resend};
use ums_simulator::{Order, Running, Simulator, Tls};

const ORDER: &str = "20230718110248029165883554";

async fn gateway() -> Running {
    let simulator = Simulator::builder()
        .order(Order::paid(ORDER).amount(100))
        .tls(Tls::generate().unwrap());
    simulator.start().await.unwrap()
}

/// A client with that proxy, whose password must show nowhere.
fn client(gateway: &Running, proxy: SocketAddr, resend: Resend) -> Client {
    let url = format!("https://localhost:{}", gateway.address().port());
    let proxy = Proxy::from_variables(&format!("http://teller:hunter2@{proxy}"), "").unwrap();
    Client::builder(
        url.parse::<ums_client::transport::BaseUrl>().unwrap(),
        AppId::new(Simulator::DEMO_APP_ID).unwrap(),
        &AppKey::new(Simulator::DEMO_APP_KEY).unwrap(),
    )
    .trust(Trust::ca_pem(gateway.ca_pem().unwrap().as_bytes()).unwrap())
    .proxy(proxy)
    .resend(resend)
    .timeout(Duration::from_secs(30))
    .build()
    .unwrap()
}

/// Opens a tunnel for each connection after having refused so many.
async fn proxy(gateway: SocketAddr, refusals: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for count in 0.. {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            assert!(head.starts_with(b"CONNECT localhost:"));
            if count < refusals {
                let refusal = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
                client.write_all(refusal).await.unwrap();
                continue;
            }
            let mut server = TcpStream::connect(gateway).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    address
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

#[tokio::test]
async fn a_void_goes_through_the_tunnel() {
    let gateway = gateway().await;
    let proxy = proxy(gateway.address(), 0).await;
    let outcome = client(&gateway, proxy, Resend::Never)
        .void_payment(&void())
        .await;
    assert!(outcome.is_approved(), "{outcome}");
    let requests = gateway.ledger().requests();
    assert_eq!(requests.len(), 1);
    let evidence = format!("{:?}", outcome.evidence());
    assert!(!evidence.contains("hunter2"), "{evidence}");
}

#[tokio::test]
async fn a_proxy_that_refuses_leaves_it_not_sent() {
    let gateway = gateway().await;
    let proxy = proxy(gateway.address(), usize::MAX).await;
    let outcome = client(&gateway, proxy, Resend::Never)
        .void_payment(&void())
        .await;
    assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{outcome}");
    assert_eq!(outcome.next_step(), NextStep::FixSetup);
    assert_eq!(gateway.ledger().totals().connections, 0);
    let attempt = outcome.evidence().attempts().next().unwrap();
    assert_eq!(attempt.failure, Some(Reason::Proxy));
    assert_eq!(
        attempt.progress.as_ref().unwrap().phase,
        AttemptPhase::Tunneling
    );
    let told = format!("{outcome} {outcome:?}");
    assert!(told.contains("status 503"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn a_refusal_is_tried_again_only_when_asked_for() {
    let gateway = gateway().await;
    let proxy = proxy(gateway.address(), 1).await;
    let outcome = client(&gateway, proxy, Resend::UpTo(1))
        .void_payment(&void())
        .await;
    assert!(outcome.is_approved(), "{outcome}");
    assert_eq!(outcome.evidence().attempts().count(), 2);
    assert_eq!(gateway.ledger().requests().len(), 1);
}

//! The client against the simulator, over real sockets, plain and TLS.

use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BaseUrl, TransportErrorKind, Trust};
use ums_client::{Client, ClientBuilder, NextStep, OutcomeKind};
use ums_simulator::{FaultRule, Order, Running, Simulator, Tls};

const ORDER: &str = "20230718110248029165883554";

async fn plain() -> Running {
    let simulator = Simulator::builder().order(Order::paid(ORDER).amount(100));
    simulator.start().await.unwrap()
}

async fn encrypted() -> Running {
    let simulator = Simulator::builder()
        .order(Order::paid(ORDER).amount(100))
        .tls(Tls::generate().unwrap());
    simulator.start().await.unwrap()
}

fn builder(gateway: &Running, app_key: &str) -> ClientBuilder {
    let url: BaseUrl = gateway.url().parse().unwrap();
    let builder = Client::builder(
        url,
        AppId::new(Simulator::DEMO_APP_ID).unwrap(),
        &AppKey::new(app_key).unwrap(),
    );
    match gateway.ca_pem() {
        Some(pem) => builder.trust(Trust::ca_pem(pem.as_bytes()).unwrap()),
        None => builder,
    }
}

fn client(gateway: &Running) -> Client {
    builder(gateway, Simulator::DEMO_APP_KEY)
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

fn void(order: &str) -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        UmsOrderId::new(order).unwrap(),
    )
}

#[tokio::test]
async fn a_paid_order_is_voided_over_http_and_https() {
    for gateway in [plain().await, encrypted().await] {
        let client = client(&gateway);
        let outcome = client.void_payment(&void(ORDER)).await;
        assert!(outcome.is_approved(), "{outcome}");
        assert_eq!(outcome.next_step(), NextStep::Done);
        let reply = outcome.reply().unwrap();
        assert_eq!(reply.order_id.typed().unwrap(), ORDER);
        assert_eq!(reply.transaction_amount.typed().unwrap().as_u64(), 100);

        let unknown = client.void_payment(&void("no-such-order")).await;
        assert_eq!(unknown.kind(), OutcomeKind::Declined, "{unknown}");
        assert!(unknown.evidence().attempt.progress.as_ref().unwrap().reused);

        let totals = gateway.shutdown().await.totals;
        assert_eq!(totals.connections, 1);
        assert_eq!(totals.complete_requests, 2);
        assert_eq!(totals.applied, 1);
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_said_to_be() {
    let gateway = plain().await;
    let client = builder(&gateway, "a-made-up-wrong-key").build().unwrap();
    let outcome = client.void_payment(&void(ORDER)).await;
    assert_eq!(outcome.kind(), OutcomeKind::Declined, "{outcome}");
    assert_eq!(outcome.err_code(), Some("1000"));
    assert_eq!(outcome.next_step(), NextStep::FixCredentials);
    assert_eq!(gateway.ledger().totals().applied, 0);
}

#[tokio::test]
async fn an_unknown_ca_is_not_sent() {
    let gateway = encrypted().await;
    let stranger = encrypted().await;
    let client = builder(&gateway, Simulator::DEMO_APP_KEY)
        .trust(Trust::ca_pem(stranger.ca_pem().unwrap().as_bytes()).unwrap())
        .build()
        .unwrap();
    let outcome = client.void_payment(&void(ORDER)).await;
    assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{outcome}");
    assert_eq!(outcome.reason(), Some("tls"));
    assert_eq!(outcome.next_step(), NextStep::FixSetup);
    assert_eq!(gateway.ledger().totals().requests, 0);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_although_it_was_applied() {
    let gateway = plain().await;
    let client = client(&gateway);
    gateway.fault("fin-after-request-applied").unwrap();
    let outcome = client.void_payment(&void(ORDER)).await;
    assert_eq!(outcome.kind(), OutcomeKind::Unknown, "{outcome}");
    assert_eq!(outcome.reason(), Some(TransportErrorKind::Closed.as_str()));
    assert_eq!(outcome.next_step(), NextStep::Query);
    let totals = gateway.ledger().totals();
    assert_eq!((totals.complete_requests, totals.applied), (1, 1));
}

/// Sixty-four callers at once need no more than sixty-four connections, and none later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_share_connections() {
    let orders = (0..64 * 20).map(|n| Order::paid(format!("order-{n}")));
    let gateway = Simulator::builder().orders(orders).start().await.unwrap();
    let client = client(&gateway);
    let callers: Vec<_> = (0..64)
        .map(|caller| {
            let client = client.clone();
            tokio::spawn(async move {
                for n in 0..20 {
                    let order = format!("order-{}", caller * 20 + n);
                    let outcome = client.void_payment(&void(&order)).await;
                    assert!(outcome.is_approved(), "{outcome}");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let totals = gateway.ledger().totals();
    assert_eq!((totals.applied, totals.complete_requests), (1280, 1280));
    assert!(totals.connections <= 64, "{totals:?}");
}

#[tokio::test]
async fn each_fault_is_one_request_at_most() {
    for fault in ["status-500", "status-502-html", "code-unlisted"] {
        let gateway = plain().await;
        gateway.fault(FaultRule::named(fault).unwrap()).unwrap();
        let outcome = client(&gateway).void_payment(&void(ORDER)).await;
        assert!(outcome.is_unknown(), "{fault}: {outcome}");
        assert_eq!(gateway.ledger().totals().complete_requests, 1, "{fault}");
    }
}

//! One client on two runtimes, each of one thread that stands still while the other has its turn:
//! on real threads and sockets, since a history has one runtime only. Whatever crosses from one to
//! the other is never woken.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::{Client, OutcomeKind};
use ums_proof::verdict::{Claim, Said, Truth, check};
use ums_simulator::{FaultRule, Order, OrderState, Running, Simulator};

const ROUNDS: usize = 150;
/// Far longer than any call may take: then it hangs.
const HANGS: Duration = Duration::from_secs(60);

#[test]
fn a_call_on_either_runtime_ends_and_ends_truly() {
    let gateway = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let orders = (0..2 * ROUNDS).map(|number| Order::paid(order(number)));
    let running = gateway
        .block_on(Simulator::builder().orders(orders).start())
        .unwrap();
    // Some calls are ended by nothing but their own alarm, and some leave a connection that stands.
    for fault in ["silence", "silence-applied", "status-504-applied"] {
        let rule = FaultRule::named(fault).unwrap();
        running.fault(rule.with_probability(0.04, 7)).unwrap();
    }
    let client = client(&running);
    let turns = [turn(&client, 0), turn(&client, 1)];
    let mut claims = Vec::new();
    for _ in 0..ROUNDS {
        for (go, ended) in &turns {
            go.send(()).unwrap();
            let claim = ended.recv_timeout(HANGS);
            claims.push(claim.expect("the call hangs"));
        }
    }
    drop((turns, client));

    let orders = running.orders();
    let ledger = running.ledger().snapshot();
    for (number, claim) in claims.iter().enumerate() {
        let id = order(number);
        let mut truth = Truth::default();
        for request in ledger
            .requests
            .iter()
            .filter(|it| it.order.as_ref() == Some(&id))
        {
            truth.complete_requests += usize::from(request.body_complete);
            truth.bytes_received += request.bytes_received;
            truth.applied |= request.applied.is_some();
        }
        truth.done = orders.find(&id).unwrap().state == OrderState::Voided;
        assert_eq!(check(claim, &truth), [], "{number}: {claim:?} {truth:?}");
    }
    let count = |kind| claims.iter().filter(|claim| claim.kind == kind).count();
    assert!(count(OutcomeKind::Approved) > ROUNDS, "{claims:?}");
    assert!(count(OutcomeKind::Unknown) > ROUNDS / 20, "{claims:?}");
    // Each runtime has connections of its own, and uses them again.
    let reused = ledger
        .requests
        .iter()
        .filter(|it| it.index_on_connection > 0);
    assert!(reused.count() > ROUNDS, "{:?}", ledger.totals);
    assert!(ledger.totals.connections >= 2, "{:?}", ledger.totals);
}

/// A thread with a runtime of its own, which makes one call each time it is told to, and polls
/// nothing in between.
fn turn(client: &Client, parity: usize) -> (Sender<()>, Receiver<Claim>) {
    let (go, told) = channel();
    let (ended, claims) = channel();
    let client = client.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        for (round, ()) in told.iter().enumerate() {
            let void = void(2 * round + parity);
            let outcome = runtime.block_on(client.void_payment(&void));
            if ended.send(Claim::of(&Said::by(&outcome))).is_err() {
                return;
            }
        }
    });
    (go, claims)
}

fn client(running: &Running) -> Client {
    let url: ums_client::transport::BaseUrl = running.url().parse().unwrap();
    let app_id = AppId::new(Simulator::DEMO_APP_ID).unwrap();
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).unwrap();
    Client::builder(url, app_id, &app_key)
        .timeout(Duration::from_millis(400))
        .build()
        .unwrap()
}

fn order(number: usize) -> String {
    format!("20230718110248029165{number:06}")
}

fn void(number: usize) -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        UmsOrderId::new(order(number)).unwrap(),
    )
}

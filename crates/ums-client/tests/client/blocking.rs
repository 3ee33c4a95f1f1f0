//! The client that waits: outside a tokio runtime and inside one, and how it ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use ums_client::auth::{AppId, AppKey};
use ums_client::blocking::Client;
use ums_client::model::{
    Effect, EncodeError, Fen, GatewayCodes, JsonReply, Judgement, MalformedReply, MerchantCode,
    MerchantOrderId, MerchantRemark, Operation, Pay, PayCode, PayMode, Query, Refund,
    RefundRequestId, TerminalCode, UmsOrderId, VoidPayment,
};
use ums_client::transport::BaseUrl;
use ums_client::{
    Call, ClientBuilder, Conclusion, OutcomeKind, PastCall, ResolvePolicy, TillPolicy, TillResult,
};
use ums_simulator::{Order, Running, Simulator};

const ORDER: &str = "20230718110248029165883554";
const LONG: Duration = Duration::from_secs(20);

/// A simulator in a runtime of its own, as one on another machine is.
struct Gateway {
    running: Running,
    _runtime: Arc<tokio::runtime::Runtime>,
}

impl Gateway {
    fn start() -> Self {
        // On a thread of its own, as a test may be within a runtime already.
        let started = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap();
            let simulator = Simulator::builder().order(Order::paid(ORDER).amount(100));
            let running = runtime.block_on(simulator.start()).unwrap();
            let runtime = Arc::new(runtime);
            // It is never dropped, which would panic within another runtime.
            std::mem::forget(Arc::clone(&runtime));
            Self {
                running,
                _runtime: runtime,
            }
        });
        started.join().unwrap()
    }

    fn builder(&self) -> ClientBuilder {
        let app_key = AppKey::new(Simulator::DEMO_APP_KEY).unwrap();
        builder(&self.running.url(), Simulator::DEMO_APP_ID, &app_key)
    }

    fn client(&self) -> Client {
        self.builder().build_blocking().unwrap()
    }
}

fn builder(url: &str, app_id: &str, app_key: &AppKey) -> ClientBuilder {
    let url: BaseUrl = url.parse().unwrap();
    Client::builder(url, AppId::new(app_id).unwrap(), app_key).timeout(Duration::from_secs(10))
}

fn merchant() -> MerchantCode {
    MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap()
}

fn terminal() -> TerminalCode {
    TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap()
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(merchant(), terminal(), UmsOrderId::new(ORDER).unwrap())
}

fn pay(id: &str) -> Pay {
    Pay::new(
        merchant(),
        terminal(),
        MerchantOrderId::new(id).unwrap(),
        Fen::new(4160),
        MerchantRemark::new("-").unwrap(),
        PayMode::CodeScan,
        PayCode::new("285668667587422761").unwrap(),
    )
}

/// In a thread of its own, so that a call that never ends fails the test.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || done.send(work()));
    waiting.recv_timeout(LONG).unwrap()
}

/// Each method once, and what it must find.
fn each_method(gateway: &Gateway, client: &Client) {
    let policy = ResolvePolicy::builder()
        .pace(Duration::from_millis(1))
        .build()
        .unwrap();
    let order = |id: &str| MerchantOrderId::new(id).unwrap();

    assert!(client.pay(&pay("M1")).is_approved());
    let paid = Query::by_merchant_order_id(merchant(), terminal(), order("M1"));
    assert!(client.query(&paid).is_approved());
    let id = RefundRequestId::new("R1").unwrap();
    let refund = Refund::new(merchant(), terminal(), order("M1"), id, Fen::new(60));
    assert!(client.refund(&refund).is_approved());
    assert!(client.query_refund(&refund.query_refund()).is_approved());
    let body = serde_json::json!({
        "merchantCode": merchant(), "terminalCode": terminal(), "merchantOrderId": "M1",
    });
    let untyped = Call::new("/v6/poslink/transaction/query", &body, Effect::ReadOnly).unwrap();
    assert!(client.call(&untyped).is_approved());

    gateway.running.fault("fin-after-request-applied").unwrap();
    let outcome = client.pay(&pay("M2"));
    assert!(outcome.is_unknown());
    gateway.running.clear_faults();
    let resolution = client.resolve(&pay("M2"), outcome, &policy);
    assert_eq!(resolution.conclusion, Conclusion::Approved { stands: true });

    let inquiry = client.inquire(&pay("M2"), &PastCall::default(), &policy);
    assert_eq!(inquiry.conclusion, Conclusion::Approved { stands: true });
    let report = client.pay_at_till(&pay("M3"), &TillPolicy::default());
    assert_eq!(report.result, TillResult::Paid);

    let resolution = client.void_payment_resolved(&void(), &policy);
    assert_eq!(resolution.conclusion, Conclusion::Approved { stands: true });
    assert!(!client.void_payment(&void()).is_approved());
    assert!(client.as_client().base_url() == client.base_url());

    assert!(client.close(LONG).is_empty());
    let outcome = client.execute(&void());
    assert_eq!(outcome.reason(), Some("client_closed"));
}

#[test]
fn each_method_waits_for_what_the_awaited_one_finds() {
    in_time(|| {
        let gateway = Gateway::start();
        each_method(&gateway, &gateway.client());
    });
}

/// Where tokio's own `block_on` panics.
#[test]
fn a_call_may_be_made_within_a_runtime() {
    use tokio::runtime::Builder;
    for mut flavor in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        in_time(move || {
            let runtime = flavor.enable_all().build().unwrap();
            runtime.block_on(async {
                let gateway = Gateway::start();
                each_method(&gateway, &gateway.client());
                let gateway = Gateway::start();
                let spawned = tokio::spawn(async move {
                    // Made, used and dropped in a task.
                    let client = gateway.client();
                    client.void_payment(&void()).is_approved()
                });
                assert!(spawned.await.unwrap());
            });
        });
    }
}

/// A task may do so much before it must let others run; within a call it never can.
#[test]
fn a_task_that_has_spent_its_budget_is_not_held_up_for_ever() {
    in_time(|| {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(async {
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            for n in 0..1000 {
                sender.send(n).unwrap();
            }
            std::future::poll_fn(|cx| {
                while receiver.poll_recv(cx).is_ready() {}
                let gateway = Gateway::start();
                assert!(gateway.client().void_payment(&void()).is_approved());
                std::task::Poll::Ready(())
            })
            .await;
        });
    });
}

/// What a client made for awaiting has, a client that waits has too, and both may be in use.
#[test]
fn it_shares_what_the_awaited_client_has() {
    in_time(|| {
        let gateway = Gateway::start();
        let awaited = gateway.builder().build().unwrap();
        let client = Client::from_client(awaited.clone()).unwrap();
        assert!(client.clone().void_payment(&void()).is_approved());
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        drop(client);
        assert!(runtime.block_on(awaited.pay(&pay("M1"))).is_approved());
        assert!(runtime.block_on(awaited.close(LONG)).is_empty());
        let client = Client::from_client(awaited).unwrap();
        assert_eq!(client.pay(&pay("M2")).reason(), Some("client_closed"));
    });
}

fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut some = [0; 4096];
    while !request.ends_with(b"}") {
        let count = stream.read(&mut some).unwrap();
        assert!(count > 0);
        request.extend_from_slice(&some[..count]);
    }
}

fn approve(stream: &mut TcpStream) {
    let body = format!(r#"{{"errCode":"00","orderId":"{ORDER}"}}"#);
    let length = body.len();
    let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(reply.as_bytes()).unwrap();
}

fn listener() -> (TcpListener, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
    let client = builder(&url, "made-up-app", &app_key);
    (listener, client.build_blocking().unwrap())
}

#[test]
fn threads_do_not_wait_for_each_other() {
    in_time(|| {
        let (listener, client) = listener();
        let gateway = std::thread::spawn(move || {
            // No answer before each of them has asked.
            let mut streams: Vec<_> = (0..3).map(|_| listener.accept().unwrap().0).collect();
            streams.iter_mut().for_each(read_request);
            streams.iter_mut().for_each(approve);
            streams
        });
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let client = client.clone();
                std::thread::spawn(move || client.void_payment(&void()).is_approved())
            })
            .collect();
        for caller in callers {
            assert!(caller.join().unwrap());
        }
        drop(gateway.join().unwrap());
    });
}

/// Within a runtime too, where a runtime itself may not be dropped.
#[test]
fn the_last_clone_that_is_dropped_closes_the_connections() {
    in_time(|| {
        let (listener, client) = listener();
        let gateway = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            approve(&mut stream);
            stream
        });
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let mut stream = runtime.block_on(async {
            let clone = client.clone();
            assert!(client.void_payment(&void()).is_approved());
            let stream = gateway.join().unwrap();
            stream
                .set_read_timeout(Some(Duration::from_millis(50)))
                .unwrap();
            drop(client);
            let idle = (&stream).read(&mut [0; 1]).unwrap_err();
            assert!(
                matches!(
                    idle.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ),
                "{idle}"
            );
            drop(clone);
            stream
        });
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    });
}

/// A deadline ends a call that nobody answers.
#[test]
fn a_gateway_that_says_nothing_is_waited_for_until_the_deadline() {
    in_time(|| {
        let (listener, _) = listener();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
        let client = builder(&url, "made-up-app", &app_key).timeout(Duration::from_millis(200));
        let client = client.build_blocking().unwrap();
        let outcome = client.void_payment(&void());
        assert_eq!(outcome.kind(), OutcomeKind::Unknown);
        assert_eq!(outcome.reason(), Some("deadline"));
    });
}

/// An operation of somebody else's that panics when it is to read its reply.
struct Panics;

impl Operation for Panics {
    type Reply = JsonReply;

    fn name(&self) -> &str {
        "panics"
    }

    fn path(&self) -> &str {
        "/v6/poslink/transaction/voidpayment"
    }

    fn effect(&self) -> Effect {
        Effect::MovesMoney
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        Ok(Bytes::from_static(b"{}"))
    }

    fn gateway_codes(&self) -> GatewayCodes {
        GatewayCodes::POSLINK
    }

    fn decode(&self, _: Bytes) -> Result<JsonReply, MalformedReply> {
        panic!("made up");
    }

    fn judge(&self, reply: &JsonReply) -> Judgement {
        reply.judge_as(ums_client::model::PosOperation::Other)
    }
}

#[test]
fn a_panic_is_its_callers_and_leaves_the_client_at_work() {
    in_time(|| {
        let gateway = Gateway::start();
        let client = gateway.client();
        let theirs = client.clone();
        let caller = std::thread::spawn(move || theirs.execute(&Panics).kind());
        assert!(caller.join().is_err());
        assert!(client.void_payment(&void()).is_approved());
        // Its place among the calls in flight was given back.
        assert!(client.close(LONG).is_empty());
    });
}

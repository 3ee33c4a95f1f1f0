//! Several AppIds over the same connections, and keys that are replaced while calls are in flight.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::Notify;
use ums_client::auth::open_access_token::TokenRequest;
use ums_client::auth::open_body_sig::Authorization;
use ums_client::auth::{AppId, AppKey, open_access_token, open_body_sig};
use ums_client::model::{MerchantCode, Query, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture, Proxy, Trust};
use ums_client::{
    AccessTokens, CallOptions, Client, ClientBuildError, ClientBuilder, OutcomeKind, Resend,
};
use ums_simulator::{Order, Running, Simulator};

const ORDER: &str = "20230718110248029165883554";
const OLD: &str = "MADEUPKEY-old-ffee4c0ffee4c0ffee";
const NEW: &str = "MADEUPKEY-new-ffee4c0ffee4c0ffee";

fn key(app_key: &str) -> AppKey {
    AppKey::new(app_key).unwrap()
}

fn app_id(app_id: &str) -> AppId {
    AppId::new(app_id).unwrap()
}

fn query() -> Query {
    Query::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

/// A simulator that knows these AppIds and keys.
async fn simulator(credentials: &[(&str, &str)]) -> Running {
    let simulator = Simulator::builder().order(Order::paid(ORDER).amount(100));
    let simulator = credentials
        .iter()
        .fold(simulator, |simulator, (app_id, app_key)| {
            simulator.credential(*app_id, *app_key)
        });
    simulator.start().await.unwrap()
}

fn builder(gateway: &Running, id: &str, app_key: &str) -> ClientBuilder {
    let url: BaseUrl = gateway.url().parse().unwrap();
    Client::builder(url, app_id(id), &key(app_key))
}

#[tokio::test]
async fn clients_of_several_app_ids_share_their_connections() {
    let gateway = simulator(&[("north", OLD), ("south", NEW)]).await;
    let north = builder(&gateway, "north", OLD).build().unwrap();
    let south = builder(&gateway, "south", NEW)
        .connections(north.connections())
        .build()
        .unwrap();
    for client in [&north, &south, &north, &south] {
        let outcome = client.query(&query()).await;
        assert!(outcome.is_approved(), "{outcome}");
    }
    assert_eq!(gateway.ledger().connections().len(), 1);
    // They outlive the client that opened them.
    drop(north);
    assert!(south.query(&query()).await.is_approved());
    assert_eq!(gateway.ledger().connections().len(), 1);

    let alone = builder(&gateway, "south", NEW).build().unwrap();
    assert!(alone.query(&query()).await.is_approved());
    assert_eq!(gateway.ledger().connections().len(), 2);
}

#[tokio::test]
async fn connections_that_lead_elsewhere_or_are_set_twice_are_refused() {
    let gateway = simulator(&[("north", OLD)]).await;
    let other = simulator(&[("north", OLD)]).await;
    let north = builder(&gateway, "north", OLD).build().unwrap();
    let error = builder(&other, "north", OLD)
        .connections(north.connections())
        .build()
        .unwrap_err();
    let text = error.to_string();
    assert!(
        matches!(error, ClientBuildError::OtherGateway(_)),
        "{error:?}"
    );
    assert!(text.contains(&gateway.url()), "{text}");

    let sharing = || builder(&gateway, "north", OLD).connections(north.connections());
    for twice in [
        sharing().trust(Trust::platform()),
        sharing().connect_timeout(Duration::from_secs(1)),
        sharing().connector(Gateway::default()),
        sharing().proxy(Proxy::http("http://127.0.0.1:8080").unwrap()),
    ] {
        let error = twice.build().unwrap_err();
        assert!(
            matches!(error, ClientBuildError::ConnectionsAreSet),
            "{error:?}"
        );
    }
    assert!(sharing().timeout(Duration::from_secs(1)).build().is_ok());
}

/// Both keys are known to the gateway, as while one is being replaced.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_replaced_under_load() {
    let gateway = simulator(&[("north", OLD), ("north", NEW)]).await;
    let client = builder(&gateway, "north", OLD).build().unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (client, done) = (client.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut calls = 0;
                while !done.load(Ordering::SeqCst) {
                    let outcome = client.query(&query()).await;
                    assert!(outcome.is_approved(), "{outcome}");
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    for n in 0..100 {
        client.replace_app_key(&key(if n % 2 == 0 { NEW } else { OLD }));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    done.store(true, Ordering::SeqCst);
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.unwrap();
    }
    assert!(calls > 100, "{calls}");
    // A key that the gateway does not know is used from the next call on, by every clone.
    let clone = client.clone();
    client.replace_app_key(&key("MADEUPKEY-unknown-4c0ffee4c0ffee"));
    assert_eq!(clone.query(&query()).await.err_code(), Some("1000"));
    clone.replace_app_key(&key(OLD));
    assert!(client.query(&query()).await.is_approved());
}

/// A gateway over memory that says by which key each request was signed, and answers when it is
/// told to.
#[derive(Clone, Default)]
struct Gateway {
    /// How many connections are refused yet.
    refusals: Arc<AtomicUsize>,
    signed_by: Arc<Mutex<Vec<String>>>,
    held: Arc<AtomicBool>,
    arrived: Arc<Notify>,
    release: Arc<Notify>,
}

impl Gateway {
    fn builder(&self) -> ClientBuilder {
        let url: BaseUrl = "http://localhost".parse().unwrap();
        Client::builder(url, app_id("made-up-app"), &key(OLD)).connector(self.clone())
    }

    fn signed_by(&self) -> Vec<String> {
        std::mem::take(&mut self.signed_by.lock().unwrap())
    }

    fn note(&self, what: &str, is_by: impl Fn(&AppKey) -> bool) {
        let by = [("old", OLD), ("new", NEW)]
            .into_iter()
            .find(|(_, app_key)| is_by(&key(app_key)))
            .map_or("neither", |(name, _)| name);
        self.signed_by.lock().unwrap().push(format!("{what} {by}"));
    }

    async fn serve(self, mut stream: DuplexStream) {
        let mut seen = Vec::new();
        loop {
            let mut some = [0; 4096];
            let Ok(count @ 1..) = stream.read(&mut some).await else {
                return;
            };
            seen.extend_from_slice(&some[..count]);
            let text = String::from_utf8(seen.clone()).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            if !body.ends_with('}') {
                continue;
            }
            seen.clear();
            let reply = self.answer(head, body);
            if self.held.load(Ordering::SeqCst) {
                self.arrived.notify_one();
                self.release.notified().await;
            }
            let length = reply.len();
            let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{reply}");
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    }

    fn answer(&self, head: &str, body: &str) -> String {
        if head.starts_with("POST /v1/token/access ") {
            let fields: serde_json::Value = serde_json::from_str(body).unwrap();
            let fields = fields.as_object().unwrap().iter();
            let fields = fields.map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
            let request = TokenRequest::from_fields(fields).unwrap();
            self.note("token", |app_key| {
                let signer = open_access_token::Signer::new(app_id("made-up-app"), app_key);
                signer.verify(&request).is_ok()
            });
            return r#"{"errCode":"0000","accessToken":"CANARYTOKEN"}"#.to_owned();
        }
        let header = head
            .lines()
            .find_map(|line| line.strip_prefix("authorization: "))
            .unwrap();
        match Authorization::parse(header) {
            Ok(authorization) => self.note("void", |app_key| {
                let signer = open_body_sig::Signer::new(app_id("made-up-app"), app_key);
                signer.verify(body.as_bytes(), &authorization).is_ok()
            }),
            Err(_) => self.note("void", |_| false),
        }
        format!(r#"{{"errCode":"00","orderId":"{ORDER}"}}"#)
    }
}

impl Connect for Gateway {
    fn connect(&self) -> ConnectFuture {
        let left = self.refusals.load(Ordering::SeqCst);
        if left > 0 {
            self.refusals.store(left - 1, Ordering::SeqCst);
            self.arrived.notify_one();
            return Box::pin(async { Err(io::ErrorKind::ConnectionRefused.into()) });
        }
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.clone().serve(theirs));
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_under_way_ends_with_the_key_that_it_began_with() {
    let gateway = Gateway::default();
    let client = gateway.builder().build().unwrap();
    gateway.held.store(true, Ordering::SeqCst);
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.void_payment(&void()).await.kind() }
    });
    gateway.arrived.notified().await;
    client.replace_app_key(&key(NEW));
    gateway.held.store(false, Ordering::SeqCst);
    // One that began later does not wait for it.
    assert!(client.void_payment(&void()).await.is_approved());
    gateway.release.notify_one();
    assert_eq!(call.await.unwrap(), OutcomeKind::Approved);
    assert_eq!(gateway.signed_by(), ["void old", "void new"]);

    // Nor does another attempt of the same call change its key.
    client.replace_app_key(&key(OLD));
    let gateway = Gateway::default();
    gateway.refusals.store(1, Ordering::SeqCst);
    let client = gateway.builder().resend(Resend::UpTo(1)).build().unwrap();
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.void_payment(&void()).await }
    });
    gateway.arrived.notified().await;
    client.replace_app_key(&key(NEW));
    let outcome = call.await.unwrap();
    assert!(outcome.is_approved(), "{outcome}");
    assert_eq!(outcome.evidence().earlier.len(), 1);
    assert!(client.void_payment(&void()).await.is_approved());
    assert_eq!(gateway.signed_by(), ["void old", "void new"]);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_asks_for_an_access_token_of_its_own() {
    let gateway = Gateway::default();
    let tokens = AccessTokens::new();
    let client = gateway.builder().access_tokens(tokens).build().unwrap();
    for _ in 0..2 {
        assert!(client.void_payment(&void()).await.is_approved());
    }
    assert_eq!(
        gateway.signed_by(),
        ["token old", "void neither", "void neither"]
    );
    client.replace_app_key(&key(NEW));
    for _ in 0..2 {
        assert!(client.void_payment(&void()).await.is_approved());
    }
    assert_eq!(
        gateway.signed_by(),
        ["token new", "void neither", "void neither"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_may_have_options_of_its_own() {
    let gateway = Gateway::default();
    let client = gateway
        .builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap();
    gateway.held.store(true, Ordering::SeqCst);
    for seconds in [2, 90] {
        let limit = Duration::from_secs(seconds);
        let options = CallOptions::new().timeout(limit);
        let outcome = client.execute_with(&void(), &options).await;
        assert_eq!(outcome.reason(), Some("deadline"));
        let elapsed = outcome.evidence().elapsed;
        assert!(elapsed >= limit && elapsed < limit + Duration::from_millis(10));
    }
    // What is not said is as the client has it.
    let outcome = client.execute_with(&void(), &CallOptions::new()).await;
    assert_eq!(outcome.evidence().elapsed.as_secs(), 30);

    gateway.held.store(false, Ordering::SeqCst);
    gateway.refusals.store(1, Ordering::SeqCst);
    assert_eq!(client.void_payment(&void()).await.reason(), Some("connect"));
    gateway.refusals.store(1, Ordering::SeqCst);
    let again = CallOptions::new().resend(Resend::UpTo(1));
    assert!(client.execute_with(&void(), &again).await.is_approved());
    gateway.refusals.store(1, Ordering::SeqCst);
    let client = gateway.builder().resend(Resend::UpTo(1)).build().unwrap();
    let never = CallOptions::new().resend(Resend::Never);
    let outcome = client.execute_with(&void(), &never).await;
    assert_eq!(outcome.reason(), Some("connect"));
}

//! Access tokens: one request for a token however many calls wait for it,
//! renewed in time, dropped once when refused, shared through a store.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use ums_client::auth::open_access_token::{Authorization, Signer, TokenRequest};
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply};
use ums_client::transport::{BaseUrl, Dial, Dialing};
use ums_client::{
    AccessTokens, Client, ClientBuilder, Clock, NextStep, Outcome, OutcomeKind, StoredToken,
    Storing, TokenStore,
};

const APP_ID: &str = "made-up-app";
const APP_KEY: &str = "MADEUPKEY4c0ffee4c0ffee4c0ffee4c";

/// A token server and a gateway in one.
#[derive(Clone, Default)]
struct Platform(Arc<Counts>);

#[derive(Default)]
struct Counts {
    tokens_given: AtomicUsize,
    voids: AtomicUsize,
    /// Tokens up to this number are refused.
    refuse_up_to: AtomicUsize,
    out_of_order: AtomicUsize,
}

impl Platform {
    fn tokens(&self) -> usize {
        self.0.tokens_given.load(Ordering::SeqCst)
    }

    fn voids(&self) -> usize {
        self.0.voids.load(Ordering::SeqCst)
    }

    fn answer(&self, path: &str, authorization: &str, body: &str) -> (u16, String) {
        match path {
            "/v1/token/access" => {
                let fields: serde_json::Value = serde_json::from_str(body).unwrap();
                let fields = fields.as_object().unwrap();
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
                let request = TokenRequest::from_fields(fields).unwrap();
                signer().verify(&request).unwrap();
                if self.0.out_of_order.load(Ordering::SeqCst) > 0 {
                    let reply = r#"{"errCode":"9999","errInfo":"系统错误"}"#;
                    self.0.tokens_given.fetch_add(1, Ordering::SeqCst);
                    return (200, reply.to_owned());
                }
                let number = self.0.tokens_given.fetch_add(1, Ordering::SeqCst) + 1;
                let reply = format!(
                    r#"{{"errCode":"0000","accessToken":"CANARYTOKEN-{number}","expiresIn":3600}}"#
                );
                (200, reply)
            }
            _ => {
                self.0.voids.fetch_add(1, Ordering::SeqCst);
                let shown = Authorization::parse(authorization).unwrap();
                let token = shown.access_token().expose_secret();
                let number: usize = token.rsplit('-').next().unwrap().parse().unwrap();
                if number <= self.0.refuse_up_to.load(Ordering::SeqCst) {
                    return (412, r#"{"errCode":"1000","errInfo":"认证失败"}"#.to_owned());
                }
                (200, r#"{"errCode":"00"}"#.to_owned())
            }
        }
    }

    async fn serve(self, mut stream: DuplexStream) {
        let mut seen = String::new();
        loop {
            let mut some = [0; 4096];
            let count = stream.read(&mut some).await.unwrap();
            if count == 0 {
                return;
            }
            seen.push_str(std::str::from_utf8(&some[..count]).unwrap());
            let Some((head, body)) = seen.split_once("\r\n\r\n") else {
                continue;
            };
            let header = |name: &str| {
                head.lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                    .unwrap_or_default()
            };
            if body.len() < header("content-length").parse().unwrap() {
                continue;
            }
            let path = head.split(' ').nth(1).unwrap();
            let (status, body) = self.answer(path, header("authorization"), body);
            // Time for other callers to arrive while this one is served.
            tokio::time::sleep(Duration::from_millis(50)).await;
            let length = body.len();
            let reply = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(reply.as_bytes()).await.unwrap();
            seen.clear();
        }
    }
}

impl Dial for Platform {
    fn dial(&self) -> Dialing {
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.clone().serve(theirs));
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

/// A clock that the test moves.
#[derive(Clone, Default)]
struct Moved(Arc<AtomicI64>);

impl Clock for Moved {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + self.0.load(Ordering::SeqCst), 0).unwrap()
    }
}

impl Moved {
    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

fn signer() -> Signer {
    Signer::new(AppId::new(APP_ID).unwrap(), &AppKey::new(APP_KEY).unwrap())
}

fn builder(platform: &Platform, clock: &Moved) -> ClientBuilder {
    let url: BaseUrl = "http://localhost".parse().unwrap();
    Client::builder(
        url,
        AppId::new(APP_ID).unwrap(),
        &AppKey::new(APP_KEY).unwrap(),
    )
    .timeout(Duration::from_secs(10))
    .dialer(platform.clone())
    .clock(clock.clone())
}

fn client(platform: &Platform, clock: &Moved) -> Client {
    builder(platform, clock)
        .access_tokens(AccessTokens::new())
        .build()
        .unwrap()
}

async fn void(client: &Client) -> Outcome<VoidPaymentReply> {
    let void = VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    );
    client.void_payment(&void).await
}

async fn voids_at_once(client: &Client, count: usize) -> Vec<Outcome<VoidPaymentReply>> {
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { void(&client).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.unwrap());
    }
    outcomes
}

#[tokio::test(start_paused = true)]
async fn one_token_serves_all_callers_until_its_margin() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    let outcomes = voids_at_once(&client, 64).await;
    assert!(outcomes.iter().all(Outcome::is_approved));
    assert_eq!((platform.tokens(), platform.voids()), (1, 64));

    clock.forward(3600 - 300 - 1);
    assert!(void(&client).await.is_approved());
    assert_eq!(platform.tokens(), 1, "a second before the margin");
    clock.forward(1);
    assert!(
        voids_at_once(&client, 16)
            .await
            .iter()
            .all(Outcome::is_approved)
    );
    assert_eq!(platform.tokens(), 2, "at the margin");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_dropped_once_and_the_call_is_not_repeated() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.0.refuse_up_to.store(1, Ordering::SeqCst);
    let outcomes = voids_at_once(&client, 8).await;
    for outcome in &outcomes {
        assert_eq!(outcome.kind(), OutcomeKind::Declined, "{outcome}");
        assert_eq!(outcome.next_step(), NextStep::NewToken);
        assert_eq!(outcome.evidence().requests_sent(), 1);
    }
    assert_eq!((platform.tokens(), platform.voids()), (1, 8));
    let outcomes = voids_at_once(&client, 8).await;
    assert!(outcomes.iter().all(Outcome::is_approved));
    assert_eq!((platform.tokens(), platform.voids()), (2, 16));
}

#[tokio::test(start_paused = true)]
async fn without_a_token_nothing_is_sent_and_waiters_share_the_failure() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.0.out_of_order.store(1, Ordering::SeqCst);
    let outcomes = voids_at_once(&client, 32).await;
    for outcome in &outcomes {
        assert_eq!(outcome.reason(), Some("token"));
        assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{outcome}");
        assert!(outcome.to_string().contains("9999"), "{outcome}");
    }
    assert_eq!((platform.tokens(), platform.voids()), (1, 0));
    platform.0.out_of_order.store(0, Ordering::SeqCst);
    assert!(
        void(&client).await.is_approved(),
        "a later call tries again"
    );
}

/// A store in memory, as several processes would share one.
#[derive(Clone, Default)]
struct Shared {
    token: Arc<Mutex<Option<StoredToken>>>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl TokenStore for Shared {
    fn lock(&self) -> Storing<'_, Box<dyn Send>> {
        let lock = Arc::clone(&self.lock);
        Box::pin(async move { Ok(Box::new(lock.lock_owned().await) as Box<dyn Send>) })
    }

    fn load(&self) -> Storing<'_, Option<StoredToken>> {
        let token = self.token.lock().unwrap().clone();
        Box::pin(async move { Ok(token) })
    }

    fn save<'a>(&'a self, token: &'a StoredToken) -> Storing<'a, ()> {
        *self.token.lock().unwrap() = Some(token.clone());
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test(start_paused = true)]
async fn clients_with_one_store_share_one_token() {
    let (platform, clock, store) = (Platform::default(), Moved::default(), Shared::default());
    let clients: Vec<_> = (0..4)
        .map(|_| {
            builder(&platform, &clock)
                .access_tokens(AccessTokens::new().store(store.clone()))
                .build()
                .unwrap()
        })
        .collect();
    let (a, b, c, d) = tokio::join!(
        voids_at_once(&clients[0], 8),
        voids_at_once(&clients[1], 8),
        voids_at_once(&clients[2], 8),
        voids_at_once(&clients[3], 8),
    );
    assert!([a, b, c, d].iter().flatten().all(Outcome::is_approved));
    assert_eq!((platform.tokens(), platform.voids()), (1, 32));

    platform.0.refuse_up_to.store(1, Ordering::SeqCst);
    assert_eq!(void(&clients[0]).await.kind(), OutcomeKind::Declined);
    assert!(void(&clients[0]).await.is_approved(), "not the stored one");
    assert_eq!(platform.tokens(), 2);
    assert_eq!(void(&clients[1]).await.kind(), OutcomeKind::Declined);
    assert!(
        void(&clients[1]).await.is_approved(),
        "what the first saved"
    );
    assert_eq!(platform.tokens(), 2);
    let renew_at = store.token.lock().unwrap().as_ref().unwrap().renew_at;
    assert_eq!(renew_at - clock.now(), TimeDelta::seconds(3300));
}

#[tokio::test(start_paused = true)]
async fn neither_key_nor_token_is_shown() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    let outcome = void(&client).await;
    let shown = format!("{client:?} {outcome:?} {outcome} {:?}", AccessTokens::new());
    assert!(!shown.contains("CANARYTOKEN"), "{shown}");
    assert!(!shown.contains(APP_KEY), "{shown}");
}

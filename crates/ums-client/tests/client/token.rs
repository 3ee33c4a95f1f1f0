//! Access tokens: one request for a token however many calls wait for it, renewed in time, dropped
//! once when refused, shared through a store.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use ums_client::auth::open_access_token::{Authorization, Signer, Spelling, TokenRequest};
use ums_client::auth::{AppId, AppKey, Nonce};
use ums_client::model::{
    Effect, EncodeError, GatewayCodes, JsonReply, Judgement, MalformedReply, MerchantCode,
    Operation, Refusal, TerminalCode, UmsOrderId, Verdict, VoidPayment, VoidPaymentReply,
};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{
    AccessTokens, Client, ClientBuilder, Clock, NextStep, NonceSource, NonceUnavailable, Outcome,
    OutcomeKind, RandomNonces, StoredToken, Storing, TokenStore,
};

const APP_ID: &str = "made-up-app";
const SECOND: Duration = Duration::from_secs(1);
const APP_KEY: &str = "MADEUPKEY4c0ffee4c0ffee4c0ffee4c";

/// A token server and a gateway in one.
#[derive(Clone, Default)]
struct Platform(Arc<Counts>);

#[derive(Default)]
struct Counts {
    tokens_given: AtomicUsize,
    voids: AtomicUsize,
    /// By which method each token request was signed.
    methods: Mutex<Vec<Option<&'static str>>>,
    /// The `Authorization` headers of the voids.
    shown: Mutex<Vec<String>>,
    /// How many seconds a token is said to live; not said if zero.
    expires_in: AtomicUsize,
    /// The token server reads a request and closes.
    hangs_up: AtomicBool,
    /// From now on every open connection is found closed.
    cut: Mutex<Arc<AtomicBool>>,
    /// Tokens up to this number are refused.
    refuse_up_to: AtomicUsize,
    out_of_order: AtomicUsize,
    /// When each token request came.
    asked: Mutex<Vec<Instant>>,
    /// What the token server does with the next requests, before it gives tokens out again.
    token_server: Mutex<VecDeque<TokenServer>>,
    /// How long the next voids take, and whether they are refused.
    gateway: Mutex<VecDeque<(Duration, bool)>>,
}

#[derive(Clone, Debug)]
enum TokenServer {
    /// Replies with this after so long.
    Says(Duration, String),
    /// Closes after so long.
    HangsUp(Duration),
    /// Never says anything.
    Silence,
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
                self.0.asked.lock().unwrap().push(Instant::now());
                let fields: serde_json::Value = serde_json::from_str(body).unwrap();
                let fields = fields.as_object().unwrap();
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
                let request = TokenRequest::from_fields(fields).unwrap();
                signer().verify(&request).unwrap();
                self.0
                    .methods
                    .lock()
                    .unwrap()
                    .push(request.sign_method().name());
                if self.0.out_of_order.load(Ordering::SeqCst) > 0 {
                    let reply = r#"{"errCode":"9999","errInfo":"系统错误"}"#;
                    self.0.tokens_given.fetch_add(1, Ordering::SeqCst);
                    return (200, reply.to_owned());
                }
                let number = self.0.tokens_given.fetch_add(1, Ordering::SeqCst) + 1;
                let expires_in = match self.0.expires_in.load(Ordering::SeqCst) {
                    0 => String::new(),
                    seconds => format!(r#","expiresIn":{seconds}"#),
                };
                let reply = format!(
                    r#"{{"errCode":"0000","accessToken":"CANARYTOKEN-{number}"{expires_in}}}"#
                );
                (200, reply)
            }
            _ => {
                self.0.voids.fetch_add(1, Ordering::SeqCst);
                self.0.shown.lock().unwrap().push(authorization.to_owned());
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

    /// By how many milliseconds each token request followed the first.
    fn asked_at(&self) -> Vec<u128> {
        let asked = self.0.asked.lock().unwrap();
        let first = asked[0];
        asked.iter().map(|at| (*at - first).as_millis()).collect()
    }

    fn next_on_token_server(&self, next: impl IntoIterator<Item = TokenServer>) {
        self.0.token_server.lock().unwrap().extend(next);
    }

    /// The next void is answered after so many milliseconds.
    fn next_void(&self, millis: u64, refused: bool) {
        let after = Duration::from_millis(millis);
        self.0.gateway.lock().unwrap().push_back((after, refused));
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
            let (mut status, mut body) = self.answer(path, header("authorization"), body);
            // Time for other callers to arrive while this one is served.
            let mut takes = Duration::from_millis(50);
            if path == "/v1/token/access" {
                if self.0.hangs_up.load(Ordering::SeqCst) {
                    return;
                }
                let next = self.0.token_server.lock().unwrap().pop_front();
                match next {
                    None => {}
                    Some(TokenServer::Says(after, reply)) => (takes, body) = (after, reply),
                    Some(TokenServer::HangsUp(after)) => return tokio::time::sleep(after).await,
                    Some(TokenServer::Silence) => return std::future::pending().await,
                }
            } else if let Some((after, refused)) = self.0.gateway.lock().unwrap().pop_front() {
                takes = after;
                if refused {
                    (status, body) = (412, r#"{"errCode":"1000"}"#.to_owned());
                }
            }
            tokio::time::sleep(takes).await;
            let length = body.len();
            let reply = format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(reply.as_bytes()).await.unwrap();
            seen.clear();
        }
    }
}

impl Connect for Platform {
    fn connect(&self) -> ConnectFuture {
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.clone().serve(theirs));
        let cut = Arc::clone(&self.0.cut.lock().unwrap());
        Box::pin(async { Ok(Box::new(Cuttable { stream: ours, cut }) as _) })
    }
}

/// A connection that can be found closed from one moment to the next.
struct Cuttable {
    stream: DuplexStream,
    cut: Arc<AtomicBool>,
}

impl Cuttable {
    fn whole(&mut self) -> io::Result<Pin<&mut DuplexStream>> {
        if self.cut.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.whole()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.whole()?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?.poll_shutdown(cx)
    }
}

/// Cuts the open connections when it draws the nonce of this number.
struct Cutting {
    nonces: RandomNonces,
    platform: Platform,
    at: usize,
    drawn: AtomicUsize,
}

impl NonceSource for Cutting {
    fn next_nonce(&self) -> Result<Nonce, NonceUnavailable> {
        if self.drawn.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            let mut cut = self.platform.0.cut.lock().unwrap();
            cut.store(true, Ordering::SeqCst);
            *cut = Arc::default();
        }
        self.nonces.next_nonce()
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
    .connector(platform.clone())
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
    // A call that never ends fails the test instead of holding it.
    let ended = tokio::time::timeout(3_600 * SECOND, client.void_payment(&void)).await;
    ended.unwrap()
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

/// How long the reply says it lives, the lifetime and the margin that are set, and after how long
/// it is renewed: all in seconds.
#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_by_its_lifetime_and_margin() {
    let seconds = |seconds| Duration::from_secs(seconds);
    let usual = AccessTokens::new;
    for (said, tokens, renewed) in [
        (3600, usual(), 3300),
        (0, usual(), 3300),
        (0, usual().lifetime(seconds(1000)), 700),
        (2000, usual().lifetime(seconds(1000)), 1700),
        (2000, usual().margin(seconds(10)), 1990),
        (100, usual(), 50),
        (601, usual(), 301),
    ] {
        let (platform, clock) = (Platform::default(), Moved::default());
        platform.0.expires_in.store(said, Ordering::SeqCst);
        let client = builder(&platform, &clock)
            .access_tokens(tokens.clone())
            .build()
            .unwrap();
        assert!(void(&client).await.is_approved());
        clock.forward(renewed - 1);
        assert!(void(&client).await.is_approved());
        assert_eq!(platform.tokens(), 1, "{said} {tokens:?}");
        clock.forward(1);
        assert!(void(&client).await.is_approved());
        assert_eq!(platform.tokens(), 2, "{said} {tokens:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_header_is_spelt_as_asked() {
    let app_id = AppId::new(APP_ID).unwrap();
    for (spelling, header) in [
        (
            Spelling::Bare,
            "OPEN-ACCESS-TOKEN AccessToken=CANARYTOKEN-1",
        ),
        (
            Spelling::Camel,
            r#"Open-Access-Token accessToken="CANARYTOKEN-1""#,
        ),
        (
            Spelling::WithAppId(app_id),
            r#"OPEN-ACCESS-TOKEN AccessToken="CANARYTOKEN-1", AppId="made-up-app""#,
        ),
    ] {
        let (platform, clock) = (Platform::default(), Moved::default());
        let client = builder(&platform, &clock)
            .access_tokens(AccessTokens::new().spelling(spelling))
            .build()
            .unwrap();
        assert!(void(&client).await.is_approved());
        assert_eq!(*platform.0.shown.lock().unwrap(), [header]);
    }
}

/// The platform verifies the request by the method it announces.
#[cfg(feature = "sha1")]
#[tokio::test(start_paused = true)]
async fn token_requests_are_signed_by_the_method_asked_for() {
    use ums_client::auth::open_access_token::SignMethod;

    for method in [SignMethod::Sha256, SignMethod::Sha1] {
        let (platform, clock) = (Platform::default(), Moved::default());
        let client = builder(&platform, &clock)
            .access_tokens(AccessTokens::new().sign_method(method))
            .build()
            .unwrap();
        assert!(void(&client).await.is_approved());
        assert_eq!(platform.0.methods.lock().unwrap()[..], [method.name()]);
    }
}

/// The connection that a void left in the pool closes while the token request is signed: it took no
/// byte of it, and the request goes over a new one.
#[tokio::test(start_paused = true)]
async fn a_token_request_is_sent_on_a_new_connection_if_the_pooled_one_took_nothing() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = builder(&platform, &clock)
        .access_tokens(AccessTokens::new())
        // A call draws one nonce for itself and one for its token.
        .nonces(Cutting {
            nonces: RandomNonces::new(),
            platform: platform.clone(),
            at: 4,
            drawn: AtomicUsize::new(0),
        })
        .build()
        .unwrap();
    assert!(void(&client).await.is_approved());
    clock.forward(3600);
    let second = void(&client).await;
    assert!(second.is_approved(), "{second}");
    assert_eq!((platform.tokens(), platform.voids()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_token_request_that_may_have_arrived_is_not_sent_again() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.0.hangs_up.store(true, Ordering::SeqCst);
    let outcome = void(&client).await;
    assert_eq!(outcome.reason(), Some("token"), "{outcome}");
    assert_eq!(platform.tokens(), 1);
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

/// An operation of another product, which says by which codes its gateway refuses.
struct Foreign(GatewayCodes);

impl Operation for Foreign {
    type Reply = JsonReply;

    fn name(&self) -> &str {
        "foreign"
    }

    fn path(&self) -> &str {
        "/v1/foreign"
    }

    fn effect(&self) -> Effect {
        Effect::ReadOnly
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        Ok(Bytes::from_static(b"{}"))
    }

    fn decode(&self, body: Bytes) -> Result<JsonReply, MalformedReply> {
        JsonReply::decode(body)
    }

    fn judge(&self, reply: &JsonReply) -> Judgement {
        reply.judge_with(|code| match code {
            "1000" => Verdict::Declined(Refusal::BeforeProcessing),
            _ => Verdict::Approved,
        })
    }

    fn gateway_codes(&self) -> GatewayCodes {
        self.0
    }
}

/// What `1000` means to POS通 it need not mean to another product.
#[tokio::test(start_paused = true)]
async fn a_token_is_dropped_by_the_codes_that_the_operation_states() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.0.refuse_up_to.store(1, Ordering::SeqCst);
    for (codes, dropped) in [
        (GatewayCodes::NONE, false),
        (GatewayCodes::new(&["2000"], &["2000", "1000"]), false),
        (GatewayCodes::new(&["1000"], &["1000"]), true),
    ] {
        let outcome = client.execute(&Foreign(codes)).await;
        assert_eq!(outcome.kind(), OutcomeKind::Declined, "{outcome}");
        assert_eq!(outcome.evidence().token_dropped, dropped, "{codes:?}");
    }
    assert_eq!(platform.tokens(), 1);
    let outcome = client.execute(&Foreign(GatewayCodes::NONE)).await;
    assert!(outcome.is_approved(), "{outcome}");
    assert_eq!(platform.tokens(), 2);
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

/// A void that begins when this is called.
async fn begun(client: &Client) -> JoinHandle<Outcome<VoidPaymentReply>> {
    let client = client.clone();
    let call = tokio::spawn(async move { void(&client).await });
    tokio::task::yield_now().await;
    call
}

fn reply(fields: &str) -> String {
    format!(r#"{{"errCode":"0000",{fields}}}"#)
}

/// `null` is no token of four letters.
#[tokio::test(start_paused = true)]
async fn only_a_string_is_a_token() {
    for fields in [
        r#""accessToken":null"#,
        r#""accessToken":"""#,
        r#""accessToken":12345678"#,
        r#""accessToken":true"#,
        r#""accessToken":{"accessToken":"CANARYTOKEN-1"}"#,
        r#""accessToken":["CANARYTOKEN-1"]"#,
        r#""accessToken":"CANARYTOKEN-1 ""#,
        r#""accessToken":"CANARYTOKEN-1","accessToken":"CANARYTOKEN-1""#,
        r#""access_token":"CANARYTOKEN-1""#,
    ] {
        let (platform, clock) = (Platform::default(), Moved::default());
        platform.next_on_token_server([TokenServer::Says(SECOND, reply(fields))]);
        let outcome = void(&client(&platform, &clock)).await;
        assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{fields}: {outcome}");
        assert_eq!(outcome.reason(), Some("token"), "{fields}");
        assert_eq!((platform.tokens(), platform.voids()), (1, 0), "{fields}");
        assert!(!outcome.to_string().contains("CANARY"), "{outcome}");
    }
}

/// What the reply says of a token's life, and after how many seconds it is renewed.
#[tokio::test(start_paused = true)]
async fn no_life_that_is_said_has_a_token_fetched_for_each_call() {
    for (said, renewed) in [
        ("0", 10),
        ("1", 10),
        (r#""0""#, 10),
        ("-1", 3300),
        ("1e99", 3300),
        ("3600.0", 3300),
        (r#""one hour""#, 3300),
        (r#""""#, 3300),
        ("null", 3300),
        ("{}", 3300),
        ("18446744073709551616", 3300),
        (r#""7200""#, 6900),
        // For ever.
        ("18446744073709551615", i64::MAX),
    ] {
        let (platform, clock) = (Platform::default(), Moved::default());
        let client = client(&platform, &clock);
        let fields = format!(r#""accessToken":"CANARYTOKEN-1","expiresIn":{said}"#);
        platform.next_on_token_server([TokenServer::Says(SECOND, reply(&fields))]);
        for _ in 0..5 {
            assert!(void(&client).await.is_approved(), "{said}");
        }
        assert_eq!(platform.tokens(), 1, "{said}");
        clock.forward(renewed.min(1_000_000_000) - 1);
        assert!(void(&client).await.is_approved(), "{said}");
        assert_eq!(platform.tokens(), 1, "{said}: a second before");
        clock.forward(1);
        assert!(void(&client).await.is_approved(), "{said}");
        let tokens = if renewed == i64::MAX { 1 } else { 2 };
        assert_eq!(platform.tokens(), tokens, "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_setting_of_life_and_margin_panics() {
    let longest = Duration::MAX;
    for tokens in [
        AccessTokens::new().lifetime(longest),
        AccessTokens::new().margin(longest),
        AccessTokens::new().lifetime(longest).margin(longest),
        AccessTokens::new().lifetime(Duration::ZERO),
    ] {
        let (platform, clock) = (Platform::default(), Moved::default());
        let client = builder(&platform, &clock)
            .access_tokens(tokens.clone())
            .build()
            .unwrap();
        assert!(void(&client).await.is_approved(), "{tokens:?}");
        assert!(void(&client).await.is_approved(), "{tokens:?}");
        assert_eq!(platform.tokens(), 1, "{tokens:?}");
    }
}

/// A gateway that refuses every token has one fetched a second at most.
#[tokio::test(start_paused = true)]
async fn tokens_that_are_all_refused_are_fetched_a_second_apart() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.0.refuse_up_to.store(usize::MAX, Ordering::SeqCst);
    for _ in 0..5 {
        let outcome = void(&client).await;
        assert_eq!(outcome.kind(), OutcomeKind::Declined, "{outcome}");
        assert_eq!(outcome.next_step(), NextStep::NewToken);
    }
    assert_eq!(platform.asked_at(), [0, 1000, 2000, 3000, 4000]);
}

/// Forty calls, a millisecond after each other. The first shares its failure with nobody; the
/// second fetches while all the others wait.
#[tokio::test(start_paused = true)]
async fn a_failing_token_server_is_not_asked_for_each_that_waits() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.0.out_of_order.store(1, Ordering::SeqCst);
    let mut calls = Vec::new();
    for _ in 0..40 {
        calls.push(begun(&client).await);
        sleep(Duration::from_millis(1)).await;
    }
    for (number, call) in calls.into_iter().enumerate() {
        let outcome = call.await.unwrap();
        assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{outcome}");
        assert!(outcome.to_string().contains("9999"), "{outcome}");
        let waited = outcome.evidence().elapsed.as_millis();
        let answered = if number == 0 {
            50
        } else {
            1050 - number as u128
        };
        assert_eq!(waited, answered, "call {number}");
    }
    assert_eq!(platform.asked_at(), [0, 1000]);
    assert_eq!(platform.voids(), 0);
}

/// What happens to the first call's fetch, when the second call begins, and when it has its token:
/// in milliseconds.
#[tokio::test(start_paused = true)]
async fn who_waits_for_a_token_does_not_inherit_the_failure_of_another() {
    let out_of_order = r#"{"errCode":"9999"}"#.to_owned();
    for (first, second_begins, second_ends) in [
        (TokenServer::Silence, 9_000, 10_100),
        (TokenServer::HangsUp(5 * SECOND), 1_000, 5_100),
        (TokenServer::Says(5 * SECOND, out_of_order), 1_000, 5_100),
        (
            TokenServer::Says(5 * SECOND, "<html>".to_owned()),
            4_999,
            5_100,
        ),
        // Another fetch begins a second after the first at the earliest.
        (TokenServer::HangsUp(SECOND / 10), 50, 1_100),
    ] {
        let (platform, clock) = (Platform::default(), Moved::default());
        let client = client(&platform, &clock);
        platform.next_on_token_server([first.clone()]);
        let start = Instant::now();
        let failing = begun(&client).await;
        sleep(Duration::from_millis(second_begins)).await;
        let second = void(&client).await;
        assert!(second.is_approved(), "{first:?}: {second}");
        assert_eq!(start.elapsed().as_millis(), second_ends, "{first:?}");
        let failing = failing.await.unwrap();
        assert_eq!(failing.kind(), OutcomeKind::NotSent, "{first:?}");
        assert_eq!(failing.reason(), Some("token"), "{first:?}");
        assert_eq!((platform.tokens(), platform.voids()), (2, 1), "{first:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_a_token_until_its_deadline_and_no_longer() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.next_on_token_server([TokenServer::Silence, TokenServer::Silence]);
    let first = begun(&client).await;
    sleep(4 * SECOND).await;
    let second = begun(&client).await;
    sleep(4 * SECOND).await;
    let third = begun(&client).await;
    for (call, seconds) in [(first, 10), (second, 10), (third, 6)] {
        let outcome = call.await.unwrap();
        let waited = outcome.evidence().elapsed;
        if seconds == 10 {
            assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{outcome}");
            assert_eq!(outcome.next_step(), NextStep::SendAgain);
            assert_eq!(waited, 10 * SECOND);
        } else {
            // The second's deadline ended at 14; it had begun at 8.
            assert!(outcome.is_approved(), "{outcome}");
            assert_eq!(waited.as_millis(), 6_100);
        }
    }
    assert_eq!(platform.asked_at(), [0, 10_000, 14_000]);
}

/// The one that fetches is dropped: the next in the queue fetches, once.
#[tokio::test(start_paused = true)]
async fn who_is_cancelled_while_fetching_hands_over() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    platform.next_on_token_server([TokenServer::Silence]);
    let fetching = begun(&client).await;
    let waiting: Vec<_> = {
        let mut calls = Vec::new();
        for _ in 0..8 {
            calls.push(begun(&client).await);
        }
        calls
    };
    sleep(3 * SECOND).await;
    fetching.abort();
    for call in waiting {
        let outcome = call.await.unwrap();
        assert!(outcome.is_approved(), "{outcome}");
        assert_eq!(outcome.evidence().elapsed.as_millis(), 3_100);
    }
    assert_eq!((platform.tokens(), platform.voids()), (2, 8));
}

/// While the token has to be renewed and the token server says nothing.
#[tokio::test(start_paused = true)]
async fn a_refusal_is_delivered_while_another_call_fetches() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    assert!(void(&client).await.is_approved());

    platform.next_void(8_000, true);
    let refused = begun(&client).await;
    sleep(7 * SECOND).await;
    clock.forward(3600);
    platform.next_on_token_server([TokenServer::Silence]);
    let fetching = begun(&client).await;
    let refused = refused.await.unwrap();
    assert_eq!(refused.kind(), OutcomeKind::Declined, "{refused}");
    assert_eq!(refused.next_step(), NextStep::NewToken);
    assert_eq!(refused.evidence().elapsed, 8 * SECOND);
    let fetching = fetching.await.unwrap();
    assert_eq!(fetching.reason(), Some("token"), "{fetching}");
    assert_eq!(fetching.evidence().elapsed, 10 * SECOND);
}

/// Two calls show the first token. One is refused at once and the token is replaced; the other is
/// refused later, and says nothing of the second token, even if the server gave the same one out
/// again.
#[tokio::test(start_paused = true)]
async fn a_late_refusal_does_not_drop_a_newer_token() {
    for second in ["CANARYTOKEN-2", "CANARYTOKEN-1"] {
        let (platform, clock) = (Platform::default(), Moved::default());
        let client = client(&platform, &clock);
        assert!(void(&client).await.is_approved());
        let again = reply(&format!(r#""accessToken":"{second}""#));
        platform.next_on_token_server([TokenServer::Says(SECOND, again)]);

        platform.next_void(5_000, true);
        let late = begun(&client).await;
        platform.next_void(100, true);
        assert_eq!(void(&client).await.kind(), OutcomeKind::Declined);
        assert!(void(&client).await.is_approved());
        assert_eq!(platform.tokens(), 2);

        let late = late.await.unwrap();
        assert_eq!(late.kind(), OutcomeKind::Declined, "{late}");
        assert_eq!(late.next_step(), NextStep::NewToken);
        assert!(void(&client).await.is_approved());
        assert_eq!(platform.tokens(), 2, "{second}: the newer is still there");

        // Its own refusal drops it.
        platform.next_void(100, true);
        assert_eq!(void(&client).await.kind(), OutcomeKind::Declined);
        assert!(void(&client).await.is_approved());
        assert_eq!(platform.tokens(), 3, "{second}");
    }
}

/// A clock that is set back by a day does not keep a token for a day longer, and one that is set
/// forward has it renewed.
#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_by_the_clock_or_by_the_time_that_passed() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    assert!(void(&client).await.is_approved());
    let fetched = Instant::now() - Duration::from_millis(50);
    clock.forward(-24 * 3600);
    sleep(3_299 * SECOND).await;
    assert!(void(&client).await.is_approved());
    assert_eq!(platform.tokens(), 1);
    tokio::time::sleep_until(fetched + 3_300 * SECOND).await;
    assert!(void(&client).await.is_approved());
    assert_eq!(platform.tokens(), 2, "the time has passed");
    clock.forward(24 * 3600);
    assert!(void(&client).await.is_approved());
    assert_eq!(platform.tokens(), 3, "the clock says so");
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
    let one_more = || {
        builder(&platform, &clock)
            .access_tokens(AccessTokens::new().store(store.clone()))
            .build()
            .unwrap()
    };
    let clients = [one_more(), one_more(), one_more(), one_more()];
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

    clock.forward(3299);
    assert!(void(&one_more()).await.is_approved(), "the stored one");
    assert_eq!(platform.tokens(), 2);
    clock.forward(1);
    assert!(void(&one_more()).await.is_approved(), "a new one");
    assert_eq!(platform.tokens(), 3, "at the stored one's margin");
}

/// A store that hangs or fails at one step.
struct Stuck {
    at: &'static str,
    fails: bool,
}

impl Stuck {
    fn step<T: Send + 'static>(&self, name: &'static str, good: T) -> Storing<'_, T> {
        Box::pin(async move {
            match (self.at == name, self.fails) {
                (false, _) => Ok(good),
                (true, true) => Err("the disk is full".into()),
                (true, false) => std::future::pending().await,
            }
        })
    }
}

impl TokenStore for Stuck {
    fn lock(&self) -> Storing<'_, Box<dyn Send>> {
        self.step("lock", Box::new(()))
    }

    fn load(&self) -> Storing<'_, Option<StoredToken>> {
        self.step("load", None)
    }

    fn save<'a>(&'a self, _: &'a StoredToken) -> Storing<'a, ()> {
        self.step("save", ())
    }
}

/// Where the store is stuck or fails; how the first call ends, after how many milliseconds, and how
/// the second does.
#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_or_fails_is_bounded_and_costs_no_second_token() {
    use OutcomeKind::{Approved, NotSent};
    for (at, fails, first, ends, second, tokens) in [
        ("lock", false, NotSent, 10_000, NotSent, 0),
        ("load", false, NotSent, 10_000, NotSent, 0),
        ("save", false, NotSent, 10_000, Approved, 1),
        ("lock", true, NotSent, 0, NotSent, 0),
        ("load", true, NotSent, 0, NotSent, 0),
        ("save", true, Approved, 100, Approved, 1),
    ] {
        let (platform, clock) = (Platform::default(), Moved::default());
        let client = builder(&platform, &clock)
            .access_tokens(AccessTokens::new().store(Stuck { at, fails }))
            .build()
            .unwrap();
        let outcome = void(&client).await;
        assert_eq!(outcome.kind(), first, "{at} {fails}: {outcome}");
        let elapsed = outcome.evidence().elapsed.as_millis();
        assert_eq!(elapsed, ends, "{at} {fails}");
        let outcome = void(&client).await;
        assert_eq!(outcome.kind(), second, "{at} {fails}: {outcome}");
        assert_eq!(platform.tokens(), tokens, "{at} {fails}");
    }
}

#[tokio::test(start_paused = true)]
async fn neither_key_nor_token_is_shown() {
    let (platform, clock) = (Platform::default(), Moved::default());
    let client = client(&platform, &clock);
    let outcome = void(&client).await;
    let tokens = format!("{:?}", AccessTokens::new());
    assert!(tokens.contains("margin: 300s"), "{tokens}");
    let shown = format!("{client:?} {outcome:?} {outcome} {tokens}");
    assert!(!shown.contains("CANARYTOKEN"), "{shown}");
    assert!(!shown.contains(APP_KEY), "{shown}");
}

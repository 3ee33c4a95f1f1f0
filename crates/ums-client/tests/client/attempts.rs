//! What one call does, attempt by attempt, over memory and on a paused clock: what is recorded
//! when, what is sent again and what never is.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{Notify, Semaphore};
use ums_client::auth::open_body_sig::{Authorization, Signer};
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{Connect, ConnectFuture};
use ums_client::{
    AttemptPhase, Client, ClientBuilder, Clock, Concurrency, Ended, Intent, Jitter, NextStep,
    Outcome, OutcomeKind, Reason, Recorder, Recording, Resend, Sending,
};

const APP_ID: &str = "made-up-app";
const APP_KEY: &str = "MADEUPKEY4c0ffee4c0ffee4c0ffee4c";
const ORDER: &str = "20230718110248029165883554";
const APPROVED: &str = r#"{"errCode":"00","errInfo":"ok","orderId":"20230718110248029165883554"}"#;

const REFUSED: &str = r#"{"errCode":"1000","errInfo":"认证失败"}"#;

/// What the gateway does with each connection, in turn.
#[derive(Clone, Copy, Debug)]
enum Script {
    /// The dial fails.
    Refuse,
    /// Answers every request with this body and status.
    Answer(u16, &'static str),
    /// Refuses authentication, and shows this date.
    RefuseAt(&'static str),
    /// Answers one request, then closes on the next before reading it.
    AnswerOnceThenClose,
    /// Answers one request, and closes when it is told to.
    AnswerThenCloseWhenTold,
    /// Reads a request and closes.
    ReadAndClose,
    /// Reads a request and says nothing.
    Silence,
}

#[derive(Clone, Default)]
struct Gateway {
    scripts: Arc<Mutex<VecDeque<Script>>>,
    log: Log,
    close: Arc<Notify>,
}

/// What happened, in order.
type Log = Arc<Mutex<Vec<String>>>;

impl Gateway {
    fn new(scripts: &[Script]) -> Self {
        Self {
            scripts: Arc::new(Mutex::new(scripts.iter().copied().collect())),
            ..Self::default()
        }
    }

    fn note(&self, what: impl Into<String>) {
        self.log.lock().unwrap().push(what.into());
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    fn requests(&self) -> usize {
        self.log().iter().filter(|what| *what == "request").count()
    }
}

impl Connect for Gateway {
    fn connect(&self) -> ConnectFuture {
        self.note("dial");
        let script = self.scripts.lock().unwrap().pop_front().unwrap();
        let gateway = self.clone();
        Box::pin(async move {
            if matches!(script, Script::Refuse) {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            tokio::spawn(serve(theirs, script, gateway));
            Ok(Box::new(ours) as _)
        })
    }
}

async fn serve(mut stream: DuplexStream, script: Script, gateway: Gateway) {
    let mut served = 0;
    while let Some(request) = read_request(&mut stream).await {
        gateway.note("request");
        verify(&request);
        let (status, body) = match script {
            Script::Answer(status, body) => (status, body),
            Script::RefuseAt(_) => (412, REFUSED),
            Script::AnswerOnceThenClose | Script::AnswerThenCloseWhenTold if served == 0 => {
                (200, APPROVED)
            }
            Script::Silence => return std::future::pending().await,
            _ => return,
        };
        let length = body.len();
        let date = match script {
            Script::RefuseAt(date) => format!("Date: {date}\r\n"),
            _ => String::new(),
        };
        let reply = format!("HTTP/1.1 {status} x\r\n{date}Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(reply.as_bytes()).await.unwrap();
        served += 1;
        match script {
            Script::AnswerOnceThenClose => return,
            Script::AnswerThenCloseWhenTold => return gateway.close.notified().await,
            _ => {}
        }
    }
}

async fn read_request(stream: &mut DuplexStream) -> Option<String> {
    let mut seen = Vec::new();
    loop {
        let mut some = [0; 4096];
        let count = stream.read(&mut some).await.ok()?;
        if count == 0 {
            return None;
        }
        seen.extend_from_slice(&some[..count]);
        let text = String::from_utf8(seen.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length: usize = header(head, "content-length").parse().unwrap();
            if body.len() == length {
                return Some(text);
            }
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap()
}

/// Each request on the wire carries a signature over exactly its body.
fn verify(request: &str) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v6/poslink/transaction/voidpayment HTTP/1.1\r\n"));
    assert_eq!(header(head, "content-type"), "application/json");
    let signer = Signer::new(app_id(), &app_key());
    let authorization = Authorization::parse(header(head, "authorization")).unwrap();
    signer.verify(body.as_bytes(), &authorization).unwrap();
}

fn app_id() -> AppId {
    AppId::new(APP_ID).unwrap()
}

fn app_key() -> AppKey {
    AppKey::new(APP_KEY).unwrap()
}

fn builder(gateway: &Gateway) -> ClientBuilder {
    let url: ums_client::transport::BaseUrl = "http://localhost".parse().unwrap();
    Client::builder(url, app_id(), &app_key())
        .timeout(Duration::from_secs(10))
        .connector(gateway.clone())
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

#[tokio::test(start_paused = true)]
async fn the_four_outcomes() {
    use OutcomeKind::{Approved, Declined, NotSent, Unknown};
    const NO_ORDER: &str = r#"{"errCode":"25","errInfo":"找不到原始交易"}"#;
    for (script, kind, reason, next, requests) in [
        (
            Script::Answer(200, APPROVED),
            Approved,
            None,
            NextStep::Done,
            1,
        ),
        (
            Script::Answer(200, NO_ORDER),
            Declined,
            None,
            NextStep::CheckOrder,
            1,
        ),
        (
            Script::Answer(412, REFUSED),
            Declined,
            None,
            NextStep::FixCredentials,
            1,
        ),
        (
            Script::Refuse,
            NotSent,
            Some("connect"),
            NextStep::FixSetup,
            0,
        ),
        (
            Script::ReadAndClose,
            Unknown,
            Some("closed"),
            NextStep::Query,
            1,
        ),
        (
            Script::Silence,
            Unknown,
            Some("deadline"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(412, NO_ORDER),
            Unknown,
            Some("status"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(201, APPROVED),
            Unknown,
            Some("status"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(302, APPROVED),
            Unknown,
            Some("status"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(429, REFUSED),
            Unknown,
            Some("status"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(500, APPROVED),
            Unknown,
            Some("status"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(502, "<html>"),
            Unknown,
            Some("status"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(200, "<html>"),
            Unknown,
            Some("malformed_reply"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(200, ""),
            Unknown,
            Some("malformed_reply"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(200, "{}"),
            Unknown,
            Some("code"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(200, r#"{"errCode":"ZZ"}"#),
            Unknown,
            Some("code"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(200, r#"{"errCode":"94"}"#),
            Unknown,
            Some("code"),
            NextStep::Query,
            1,
        ),
        (
            Script::Answer(200, r#"{"errCode":"00","errCode":"00"}"#),
            Unknown,
            Some("malformed_reply"),
            NextStep::Query,
            1,
        ),
    ] {
        let gateway = Gateway::new(&[script]);
        let outcome = builder(&gateway)
            .build()
            .unwrap()
            .void_payment(&void())
            .await;
        assert_eq!(
            (outcome.kind(), outcome.reason(), outcome.next_step()),
            (kind, reason, next),
            "{script:?}: {outcome}"
        );
        if kind == Approved {
            assert_eq!(outcome.err_info(), Some("ok"));
        }
        assert_eq!(outcome.is_approved(), kind == Approved, "{script:?}");
        assert_eq!(outcome.is_unknown(), kind == Unknown, "{script:?}");
        assert_eq!(gateway.requests(), requests, "{script:?}");
        assert_eq!(outcome.evidence().requests_sent(), requests, "{script:?}");
        assert_eq!(
            gateway.log().iter().filter(|what| *what == "dial").count(),
            1
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_approval_of_another_order_is_unknown_or_listed_as_asked() {
    const OTHER: &str = r#"{"errCode":"00","orderId":"someone-elses"}"#;
    let gateway = Gateway::new(&[Script::Answer(200, OTHER)]);
    let outcome = builder(&gateway)
        .build()
        .unwrap()
        .void_payment(&void())
        .await;
    assert_eq!(outcome.reason(), Some("discrepancy"));
    assert_eq!(outcome.next_step(), NextStep::Confirm);

    let gateway = Gateway::new(&[Script::Answer(200, OTHER)]);
    let outcome = builder(&gateway)
        .on_discrepancy(ums_client::OnDiscrepancy::Approve)
        .build()
        .unwrap()
        .void_payment(&void())
        .await;
    let Outcome::Approved(approved) = &outcome else {
        panic!("{outcome}");
    };
    assert_eq!(approved.discrepancies.len(), 1);
    assert_eq!(outcome.next_step(), NextStep::Confirm);
    assert_eq!(outcome.err_info(), None);
}

/// A reply that names another order is not about this call, whatever its code and however many
/// fields differ.
#[tokio::test(start_paused = true)]
async fn no_reply_about_another_order_declines() {
    use ums_client::OnDiscrepancy;
    for code in ["25", "22", "03", "57", "1000", "9001"] {
        for reply in [
            r#""orderId":"someone-elses""#,
            r#""originalOrderId":"someone-elses""#,
            r#""orderId":"someone-elses","originalOrderId":"someone-elses""#,
            r#""orderId":20230718110248029165883554"#,
        ] {
            let body = format!(r#"{{"errCode":"{code}",{reply}}}"#);
            let body: &'static str = body.leak();
            for choice in [OnDiscrepancy::Unknown, OnDiscrepancy::Approve] {
                let gateway = Gateway::new(&[Script::Answer(200, body)]);
                let client = builder(&gateway).on_discrepancy(choice).build().unwrap();
                let outcome = client.void_payment(&void()).await;
                assert_eq!(outcome.reason(), Some("discrepancy"), "{body}");
                let named = reply.matches(':').count();
                let Outcome::Unknown(unknown) = outcome else {
                    panic!()
                };
                let ums_client::UnknownReason::Discrepancy(all) = unknown.reason else {
                    panic!()
                };
                assert_eq!(all.len(), named, "{body}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_sent_again_only_when_asked_and_signed_anew() {
    let refusals = [
        Script::Refuse,
        Script::Refuse,
        Script::Answer(200, APPROVED),
    ];

    let gateway = Gateway::new(&refusals);
    let never = builder(&gateway)
        .build()
        .unwrap()
        .void_payment(&void())
        .await;
    assert_eq!(never.kind(), OutcomeKind::NotSent);
    assert_eq!(gateway.log(), ["dial"]);

    let gateway = Gateway::new(&refusals);
    let client = builder(&gateway).resend(Resend::UpTo(1)).build().unwrap();
    let once = client.void_payment(&void()).await;
    assert_eq!(once.kind(), OutcomeKind::NotSent);
    assert_eq!(once.evidence().earlier.len(), 1);
    assert_eq!(gateway.log(), ["dial", "dial"]);

    let gateway = Gateway::new(&refusals);
    let client = builder(&gateway).resend(Resend::UpTo(5)).build().unwrap();
    let outcome = client.void_payment(&void()).await;
    assert!(outcome.is_approved(), "{outcome}");
    let evidence = outcome.evidence();
    assert_eq!(evidence.earlier.len(), 2);
    assert!(evidence.earlier.iter().all(|attempt| !attempt.was_sent()));
    assert_eq!(evidence.requests_sent(), 1);
    assert_ne!(evidence.call, evidence.attempt.id, "a nonce of its own");
}

/// Draws pauses longer than it may, and keeps the bounds.
#[derive(Clone, Default)]
struct Greedy(Arc<Mutex<Vec<Duration>>>);

impl Jitter for Greedy {
    fn next_pause(&self, bound: Duration) -> Duration {
        self.0.lock().unwrap().push(bound);
        bound * 10
    }
}

#[tokio::test(start_paused = true)]
async fn the_pauses_are_those_of_the_jitter_up_to_the_bound() {
    let gateway = Gateway::new(&[Script::Refuse; 4]);
    let jitter = Greedy::default();
    let client = builder(&gateway)
        .resend(Resend::UpTo(3))
        .jitter(jitter.clone())
        .build()
        .unwrap();
    let outcome = client.void_payment(&void()).await;
    assert_eq!(outcome.kind(), OutcomeKind::NotSent);
    let bounds = [200, 400, 800].map(Duration::from_millis);
    assert_eq!(*jitter.0.lock().unwrap(), bounds);
    let paused: Duration = bounds.iter().sum();
    assert_eq!(outcome.evidence().elapsed, paused, "of paused time");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_sent_is_never_sent_again() {
    for script in [
        Script::ReadAndClose,
        Script::Silence,
        Script::Answer(503, ""),
    ] {
        let gateway = Gateway::new(&[script, Script::Answer(200, APPROVED)]);
        let client = builder(&gateway).resend(Resend::UpTo(9)).build().unwrap();
        let outcome = client.void_payment(&void()).await;
        assert!(outcome.is_unknown(), "{script:?}: {outcome}");
        assert_eq!(gateway.log(), ["dial", "request"], "{script:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn resending_ends_with_the_deadline() {
    let gateway = Gateway::new(&[Script::Refuse; 200]);
    let client = builder(&gateway).resend(Resend::UpTo(199)).build().unwrap();
    let started = tokio::time::Instant::now();
    let outcome = client.void_payment(&void()).await;
    assert_eq!(outcome.kind(), OutcomeKind::NotSent);
    assert!(
        started.elapsed() <= Duration::from_secs(10),
        "of paused time"
    );
}

#[tokio::test(start_paused = true)]
async fn a_pooled_connection_found_closed_is_replaced_without_a_second_request() {
    let gateway = Gateway::new(&[Script::AnswerOnceThenClose, Script::Answer(200, APPROVED)]);
    let client = builder(&gateway).build().unwrap();
    assert!(client.void_payment(&void()).await.is_approved());
    let second = client.void_payment(&void()).await;
    assert!(second.is_approved(), "{second}");
    assert_eq!(second.evidence().requests_sent(), 1);
    assert_eq!(gateway.log(), ["dial", "request", "dial", "request"]);
}

/// Closes the gateway's idle connection just before anything is sent on it.
struct Saboteur(Gateway);

impl Recorder for Saboteur {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn sending<'a>(&'a self, _: &'a Sending) -> Recording<'a> {
        Box::pin(async {
            self.0.note("sending");
            if self.0.requests() == 1 {
                self.0.close.notify_one();
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        })
    }

    fn ended<'a>(&'a self, _: &'a Ended<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_pooled_connection_that_closes_under_the_call_is_replaced_by_a_new_one() {
    let gateway = Gateway::new(&[
        Script::AnswerThenCloseWhenTold,
        Script::Answer(200, APPROVED),
    ]);
    let client = builder(&gateway)
        .recorder(Saboteur(gateway.clone()))
        .build()
        .unwrap();
    assert!(client.void_payment(&void()).await.is_approved());
    let second = client.void_payment(&void()).await;
    assert!(second.is_approved(), "{second}");
    assert_eq!(
        gateway.log(),
        [
            "dial", "sending", "request", "sending", "dial", "sending", "request"
        ]
    );
    let evidence = second.evidence();
    assert_eq!(evidence.requests_sent(), 1);
    assert_eq!(evidence.earlier.len(), 1, "it is listed");
    assert_eq!(evidence.earlier[0].failure, Some(Reason::Closed));
    assert_ne!(evidence.earlier[0].id, evidence.attempt.id, "signed anew");
}

/// Notes each step in the gateway's log, and fails at one if told to.
struct Notes {
    gateway: Gateway,
    fail_at: Option<&'static str>,
}

impl Notes {
    fn step<'a>(&self, name: &'static str, detail: String) -> Recording<'a> {
        self.gateway.note(format!("{name}{detail}"));
        let failing = self.fail_at == Some(name);
        Box::pin(async move {
            if failing {
                return Err("the disk is full".into());
            }
            Ok(())
        })
    }
}

impl Recorder for Notes {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        assert!(intent.body.starts_with(b"{\"merchantCode\""));
        self.step("intent", format!(" {}", intent.operation))
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        assert_eq!(sending.timestamp.as_str().len(), 14);
        self.step("sending", String::new())
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        self.step("ended", format!(" {}", ended.outcome.as_str()))
    }
}

#[tokio::test(start_paused = true)]
async fn each_step_is_recorded_before_it_is_taken() {
    for (fail_at, kind, log) in [
        (
            None,
            OutcomeKind::Approved,
            &[
                "intent void_payment",
                "dial",
                "sending",
                "request",
                "ended approved",
            ][..],
        ),
        (
            Some("intent"),
            OutcomeKind::NotSent,
            &["intent void_payment"],
        ),
        (
            Some("sending"),
            OutcomeKind::NotSent,
            &["intent void_payment", "dial", "sending", "ended not_sent"],
        ),
        (
            Some("ended"),
            OutcomeKind::Approved,
            &[
                "intent void_payment",
                "dial",
                "sending",
                "request",
                "ended approved",
            ],
        ),
    ] {
        let gateway = Gateway::new(&[Script::Answer(200, APPROVED)]);
        let recorder = Notes {
            gateway: gateway.clone(),
            fail_at,
        };
        let client = builder(&gateway).recorder(recorder).build().unwrap();
        let outcome = client.void_payment(&void()).await;
        assert_eq!(outcome.kind(), kind, "{fail_at:?}: {outcome}");
        assert_eq!(gateway.log(), log, "{fail_at:?}");
        let unrecorded = outcome.evidence().not_recorded.as_deref();
        assert_eq!(
            unrecorded,
            (fail_at == Some("ended")).then_some("the disk is full")
        );
    }
}

/// Takes this long to record an end.
struct Slow(Duration);

impl Recorder for Slow {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn sending<'a>(&'a self, _: &'a Sending) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn ended<'a>(&'a self, _: &'a Ended<'a>) -> Recording<'a> {
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(())
        })
    }
}

/// Until the deadline of the call, and two seconds after its answer at least.
#[tokio::test(start_paused = true)]
async fn recording_the_end_has_its_time() {
    for (script, millis, recorded) in [
        (Script::Answer(200, APPROVED), 9_900, true),
        (Script::Answer(200, APPROVED), 10_100, false),
        (Script::Silence, 1_900, true),
        (Script::Silence, 2_100, false),
    ] {
        let gateway = Gateway::new(&[script]);
        let recorder = Slow(Duration::from_millis(millis));
        let client = builder(&gateway).recorder(recorder).build().unwrap();
        let outcome = client.void_payment(&void()).await;
        let told = outcome.evidence().not_recorded.as_deref();
        assert_eq!(told.is_none(), recorded, "{script:?} {millis}: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_over_the_limit_wait_or_are_not_sent() {
    let gateway = Gateway::new(&[Script::Silence, Script::Answer(200, APPROVED)]);
    let client = builder(&gateway)
        .concurrency(Concurrency::new(1, 1))
        .build()
        .unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.void_payment(&void()).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = tokio::spawn({
        let client = client.clone();
        async move { client.void_payment(&void()).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let third = client.void_payment(&void()).await;
    assert_eq!(third.reason(), Some("overloaded"), "no place in the queue");
    assert_eq!(third.kind(), OutcomeKind::NotSent);
    assert!(first.await.unwrap().is_unknown());
    let second = second.await.unwrap();
    assert!(second.is_approved(), "waited for its turn: {second}");
    assert_eq!(gateway.requests(), 2);
}

/// The first holds the connection until second 10, the second until 16, the third until 22: after
/// the first, each waits alone for four seconds.
#[tokio::test(start_paused = true)]
async fn a_place_in_the_queue_is_free_again_when_a_call_leaves_it() {
    let gateway = Gateway::new(&[Script::Silence; 4]);
    let client = builder(&gateway)
        .concurrency(Concurrency::new(1, 1))
        .build()
        .unwrap();
    let mut calls = Vec::new();
    for _ in 0..4 {
        let client = client.clone();
        calls.push(tokio::spawn(
            async move { client.void_payment(&void()).await },
        ));
        tokio::time::sleep(Duration::from_secs(6)).await;
    }
    for call in calls {
        let outcome = call.await.unwrap();
        assert_eq!(outcome.reason(), Some("deadline"), "{outcome}");
    }
    assert_eq!(gateway.requests(), 4);
}

#[tokio::test(start_paused = true)]
async fn debug_tells_what_it_is_and_no_key() {
    let gateway = Gateway::new(&[]);
    let shown = format!("{:?}", builder(&gateway));
    assert!(shown.contains("10s") && shown.contains(APP_ID), "{shown}");
    assert!(!shown.contains(APP_KEY), "{shown}");
    let shown = format!("{:?}", builder(&gateway).build().unwrap());
    assert!(shown.contains("localhost"), "{shown}");
    assert!(!shown.contains(APP_KEY), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn closing_waits_and_tells_what_stays_open() {
    let gateway = Gateway::new(&[Script::Answer(200, APPROVED), Script::Silence]);
    let client = builder(&gateway).build().unwrap();
    assert!(client.void_payment(&void()).await.is_approved());
    assert!(client.clone().close(Duration::ZERO).await.is_empty());
    let late = client.void_payment(&void()).await;
    assert_eq!(late.reason(), Some("client_closed"));

    for (limit, open) in [(1, 1), (60, 0)] {
        let gateway = Gateway::new(&[Script::Silence]);
        let client = builder(&gateway).build().unwrap();
        let call = tokio::spawn({
            let client = client.clone();
            async move { client.void_payment(&void()).await }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        let still_open = client.close(Duration::from_secs(limit)).await;
        assert_eq!(still_open.len(), open, "after {limit} s");
        let outcome = call.await.unwrap();
        assert!(outcome.is_unknown());
        for open in still_open {
            assert!(open.may_have_been_sent);
            assert_eq!(open.operation, "void_payment");
            assert_eq!(Some(open.call), outcome.evidence().call);
        }
    }
}

/// Holds every record of an end back until it is let go.
#[derive(Clone)]
struct HeldBack {
    gateway: Gateway,
    let_go: Arc<Semaphore>,
}

impl Recorder for HeldBack {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn sending<'a>(&'a self, _: &'a Sending) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn ended<'a>(&'a self, _: &'a Ended<'a>) -> Recording<'a> {
        Box::pin(async {
            self.let_go.acquire().await?.forget();
            self.gateway.note("ended");
            Ok(())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn closing_waits_until_the_outcome_is_recorded() {
    let gateway = Gateway::new(&[Script::Answer(200, APPROVED)]);
    let recorder = HeldBack {
        gateway: gateway.clone(),
        let_go: Arc::new(Semaphore::new(0)),
    };
    let client = builder(&gateway)
        .recorder(recorder.clone())
        .build()
        .unwrap();
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.void_payment(&void()).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(gateway.log(), ["dial", "request"], "answered, not recorded");

    let open = client.close(Duration::from_secs(1)).await;
    assert_eq!(open.len(), 1);
    assert!(open[0].may_have_been_sent);

    let closing = tokio::spawn({
        let client = client.clone();
        async move { client.close(Duration::from_secs(60)).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!closing.is_finished());
    recorder.let_go.add_permits(1);
    assert!(closing.await.unwrap().is_empty());
    assert_eq!(gateway.log(), ["dial", "request", "ended"]);

    let outcome = call.await.unwrap();
    assert!(outcome.is_approved(), "{outcome}");
    assert_eq!(outcome.evidence().not_recorded, None);
    assert_eq!(Some(open[0].call), outcome.evidence().call);
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 12, 31, 16, 0, 0).unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn the_timestamp_is_the_clocks_in_utc_plus_8() {
    let gateway = Gateway::new(&[Script::Answer(200, APPROVED)]);
    let client = builder(&gateway).clock(Stopped).build().unwrap();
    let outcome = client.void_payment(&void()).await;
    let timestamp = outcome.evidence().attempt.timestamp.unwrap();
    assert_eq!(timestamp.as_str(), "20270101000000");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_told_and_explains_a_refusal() {
    for (date, ahead, next) in [
        (
            "Thu, 31 Dec 2026 15:59:30 GMT",
            None,
            NextStep::FixCredentials,
        ),
        (
            "Thu, 31 Dec 2026 15:50:00 GMT",
            Some(600),
            NextStep::FixClock,
        ),
        (
            "Thu, 31 Dec 2026 16:05:00 GMT",
            Some(-300),
            NextStep::FixClock,
        ),
    ] {
        let gateway = Gateway::new(&[Script::RefuseAt(date)]);
        let client = builder(&gateway).clock(Stopped).build().unwrap();
        let outcome = client.void_payment(&void()).await;
        let told = outcome.evidence().clock_ahead;
        assert_eq!(told.map(|ahead| ahead.num_seconds()), ahead, "{date}");
        assert_eq!(outcome.next_step(), next, "{date}");
        let timestamp = outcome.evidence().attempt.timestamp.unwrap();
        assert_eq!(timestamp.as_str(), "20270101000000", "never corrected");
    }
}

#[tokio::test(start_paused = true)]
async fn the_evidence_says_how_far_it_got() {
    let gateway = Gateway::new(&[Script::Silence]);
    let outcome = builder(&gateway)
        .build()
        .unwrap()
        .void_payment(&void())
        .await;
    let attempt = &outcome.evidence().attempt;
    let progress = attempt.progress.as_ref().unwrap();
    assert_eq!(attempt.failure, Some(Reason::Deadline));
    assert_eq!(progress.phase, AttemptPhase::AwaitingReply);
    assert!(progress.request_bytes_total > 300);
    assert_eq!(progress.request_bytes_written, progress.request_bytes_total);
    assert_eq!(outcome.evidence().elapsed, Duration::from_secs(10));
}

//! Settling by query, on a paused clock, against answers given in turn.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    Effect, MerchantCode, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply,
};
use ums_client::transport::{BaseUrl, Dial, Dialing};
use ums_client::{
    Call, Client, Finding, Language, NextStep, OutcomeKind, SettlePolicy, Settlement,
};

const ORDER: &str = "20230718110248029165883554";
const VOIDED: &str = r#"{"errCode":"00","queryResCode":"2"}"#;
const PAID: &str = r#"{"errCode":"00","queryResCode":"0"}"#;
const TIMED_OUT: &str = r#"{"errCode":"00","queryResCode":"1"}"#;
const OTHER_ORDER: &str = r#"{"errCode":"00","queryResCode":"2","orderId":"another"}"#;
const APPROVED: &str = r#"{"errCode":"00"}"#;
const APPROVED_OF_ANOTHER: &str = r#"{"errCode":"00","orderId":"another"}"#;
const NOT_ALLOWED: &str = r#"{"errCode":"57"}"#;

/// An empty answer closes the connection.
const LOST: &str = "";

#[derive(Clone)]
struct Gateway {
    voids: Arc<Mutex<VecDeque<&'static str>>>,
    queries: Arc<Mutex<VecDeque<&'static str>>>,
    started: Instant,
    seen: Arc<Mutex<Vec<(&'static str, u64)>>>,
}

impl Gateway {
    fn new(voids: &[&'static str], queries: &[&'static str]) -> Self {
        let turns =
            |answers: &[&'static str]| Arc::new(Mutex::new(answers.iter().copied().collect()));
        Self {
            voids: turns(voids),
            queries: turns(queries),
            started: Instant::now(),
            seen: Arc::default(),
        }
    }

    /// What was asked, and at which second.
    fn seen(&self) -> Vec<(&'static str, u64)> {
        self.seen.lock().unwrap().clone()
    }

    async fn serve(self, mut stream: DuplexStream) {
        let mut request = String::new();
        loop {
            let mut some = [0; 4096];
            let count = stream.read(&mut some).await.unwrap();
            if count == 0 {
                return;
            }
            request.push_str(std::str::from_utf8(&some[..count]).unwrap());
            if !request.ends_with('}') {
                continue;
            }
            let (name, turns) = if request.contains("/voidpayment ") {
                ("void", &self.voids)
            } else {
                assert!(request.contains("/transaction/query "), "{request}");
                assert!(request.contains(&format!(r#""originalOrderId":"{ORDER}""#)));
                ("query", &self.queries)
            };
            let second = self.started.elapsed().as_secs();
            self.seen.lock().unwrap().push((name, second));
            let body = {
                let mut turns = turns.lock().unwrap();
                // The last answer stands for all that follow.
                if turns.len() > 1 {
                    turns.pop_front().unwrap()
                } else {
                    turns.front().unwrap()
                }
            };
            if body == LOST {
                return;
            }
            let length = body.len();
            let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(reply.as_bytes()).await.unwrap();
            request.clear();
        }
    }
}

impl Dial for Gateway {
    fn dial(&self) -> Dialing {
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.clone().serve(theirs));
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

async fn settled(gateway: &Gateway, policy: SettlePolicy) -> Settlement<VoidPaymentReply> {
    client(gateway).void_payment_settled(&void(), policy).await
}

fn client(gateway: &Gateway) -> Client {
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    Client::builder(url, app_id, &AppKey::new("made-up-key").unwrap())
        .dialer(gateway.clone())
        .build()
        .unwrap()
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

#[tokio::test(start_paused = true)]
async fn what_is_certain_is_not_asked_about() {
    for (answer, finding, kind) in [
        (APPROVED, Finding::Executed, OutcomeKind::Approved),
        (NOT_ALLOWED, Finding::NotExecuted, OutcomeKind::Declined),
    ] {
        let gateway = Gateway::new(&[answer], &[VOIDED]);
        let settlement = settled(&gateway, SettlePolicy::default()).await;
        assert_eq!((settlement.finding, settlement.kind()), (finding, kind));
        assert_eq!(gateway.seen(), [("void", 0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_void_is_asked_about_until_it_is_certain() {
    let gateway = Gateway::new(&[LOST], &[TIMED_OUT, LOST, OTHER_ORDER, VOIDED]);
    let settlement = settled(&gateway, SettlePolicy::default()).await;
    assert_eq!(settlement.finding, Finding::Executed);
    assert_eq!(settlement.kind(), OutcomeKind::Approved);
    assert!(settlement.outcome.is_unknown());
    let asked = [
        ("void", 0),
        ("query", 3),
        ("query", 3 + 4),
        ("query", 3 + 4 + 5),
        ("query", 3 + 4 + 5 + 5),
    ];
    assert_eq!(gateway.seen(), asked);
    let kinds: Vec<_> = settlement
        .queries
        .iter()
        .map(|asked| asked.outcome)
        .collect();
    use OutcomeKind::{Approved, Unknown};
    assert_eq!(kinds, [Approved, Unknown, Approved, Approved]);
}

#[tokio::test(start_paused = true)]
async fn still_paid_is_believed_when_said_twice_in_a_row() {
    let gateway = Gateway::new(&[LOST], &[PAID, TIMED_OUT, PAID, PAID]);
    let settlement = settled(&gateway, SettlePolicy::default()).await;
    assert_eq!(settlement.finding, Finding::NotExecuted);
    assert_eq!(settlement.kind(), OutcomeKind::Declined);
    assert_eq!(settlement.queries.len(), 4);

    // A void that takes effect between two answers is not missed.
    let gateway = Gateway::new(&[LOST], &[PAID, VOIDED]);
    let settlement = settled(&gateway, SettlePolicy::default()).await;
    assert_eq!(settlement.finding, Finding::Executed);
}

#[tokio::test(start_paused = true)]
async fn what_stays_open_stays_unknown_with_its_history() {
    let gateway = Gateway::new(&[LOST], &[TIMED_OUT]);
    let settlement = settled(&gateway, SettlePolicy::default()).await;
    assert_eq!(settlement.kind(), OutcomeKind::Unknown);
    let last = gateway.seen().last().unwrap().1;
    assert!((55..=60).contains(&last), "{last}");
    assert_eq!(settlement.queries.len() + 1, gateway.seen().len());
    assert!(settlement.elapsed <= Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn it_is_repeated_only_when_asked_for_and_only_once() {
    let never = Gateway::new(&[LOST, APPROVED], &[PAID]);
    let settlement = settled(&never, SettlePolicy::default()).await;
    assert!(settlement.repeated.is_none());
    assert_eq!(
        never
            .seen()
            .iter()
            .filter(|(name, _)| *name == "void")
            .count(),
        1
    );

    let mut policy = SettlePolicy::default();
    policy.repeat_once = true;
    let once = Gateway::new(&[LOST, APPROVED], &[PAID]);
    let settlement = settled(&once, policy).await;
    assert_eq!(settlement.kind(), OutcomeKind::Approved);
    assert!(settlement.repeated.unwrap().is_approved());

    let in_vain = Gateway::new(&[LOST], &[PAID]);
    let settlement = settled(&in_vain, policy).await;
    assert_eq!(settlement.kind(), OutcomeKind::Declined);
    assert_eq!(
        in_vain
            .seen()
            .iter()
            .filter(|(name, _)| *name == "void")
            .count(),
        2
    );
}

/// Neither the first approval nor that of the repetition, if it is of another
/// order, is believed without a query.
#[tokio::test(start_paused = true)]
async fn an_approval_that_does_not_match_is_asked_about() {
    let gateway = Gateway::new(&[APPROVED_OF_ANOTHER], &[PAID]);
    let settlement = settled(&gateway, SettlePolicy::default()).await;
    assert!(settlement.outcome.is_approved());
    assert_eq!(settlement.finding, Finding::NotExecuted);
    assert_eq!(settlement.queries.len(), 2);

    let mut policy = SettlePolicy::default();
    policy.repeat_once = true;
    let gateway = Gateway::new(&[LOST, APPROVED_OF_ANOTHER], &[PAID, PAID, TIMED_OUT]);
    let settlement = settled(&gateway, policy).await;
    assert!(settlement.repeated.unwrap().is_approved());
    assert_eq!(settlement.finding, Finding::Open);
    assert!(settlement.queries.len() > 2);
}

/// A pause that ends exactly at the limit is still taken.
#[tokio::test(start_paused = true)]
async fn the_limit_is_the_last_moment_to_ask() {
    let mut policy = SettlePolicy::default();
    policy.first = Duration::from_secs(3);
    for (limit, asked) in [(2_999, 0), (3_000, 1), (3_001, 1)] {
        policy.limit = Duration::from_millis(limit);
        let gateway = Gateway::new(&[LOST], &[TIMED_OUT]);
        let settlement = settled(&gateway, policy).await;
        assert_eq!(settlement.queries.len(), asked, "{limit}");
    }
}

/// The first void takes effect late, and the second is refused because of it.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_repetition_is_no_proof() {
    let mut policy = SettlePolicy::default();
    policy.repeat_once = true;
    let gateway = Gateway::new(&[LOST, NOT_ALLOWED], &[PAID, PAID, VOIDED]);
    let settlement = settled(&gateway, policy).await;
    assert_eq!(settlement.kind(), OutcomeKind::Approved);
    assert_eq!(settlement.queries.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_of_which_only_the_request_is_known_is_asked_about_and_not_sent() {
    let gateway = Gateway::new(&[LOST], &[TIMED_OUT, VOIDED]);
    let inquiry = client(&gateway)
        .inquire(&void(), SettlePolicy::default())
        .await;
    assert_eq!(inquiry.finding, Finding::Executed);
    assert_eq!(inquiry.queries.len(), 2);
    assert_eq!(gateway.seen(), [("query", 3), ("query", 7)]);
    assert_eq!(inquiry.elapsed, Duration::from_secs(7));
}

/// What only reads may be asked again, and is said so.
#[tokio::test(start_paused = true)]
async fn an_unanswered_query_may_be_asked_again() {
    let gateway = Gateway::new(&[LOST], &[LOST]);
    let outcome = client(&gateway).execute(&void().query()).await;
    assert!(outcome.is_unknown());
    assert_eq!(outcome.evidence().effect, Effect::ReadOnly);
    assert_eq!(outcome.next_step(), NextStep::AskAgain);
    insta::assert_snapshot!(outcome.explain(Language::English), @"Unknown: the gateway closed the connection after the whole request had left. Nothing is known from it. It only reads, so ask again.");
    insta::assert_snapshot!(outcome.explain(Language::Chinese), @"结果未知：请求已全部发出，连接被关闭。未得到可靠的答复。该操作只读，可以再次查询。");

    let body = format!(r#"{{"originalOrderId":"{ORDER}"}}"#);
    for (effect, next) in [
        (Effect::ReadOnly, NextStep::AskAgain),
        (Effect::MovesMoney, NextStep::Query),
    ] {
        let call = Call::of_bytes("/v6/poslink/transaction/query", body.clone(), effect);
        let outcome = client(&gateway).call(&call).await;
        assert!(outcome.is_unknown());
        assert_eq!(outcome.evidence().requests_sent(), 1);
        assert_eq!(outcome.next_step(), next);
    }
}

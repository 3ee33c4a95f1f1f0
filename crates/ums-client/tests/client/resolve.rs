//! Resolving by query, on a paused clock, against answers given in turn.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    AnyRequest, AuthorizationCode, CompleteAuthorization, Effect, Fen, Finding, MerchantCode,
    MerchantOrderId, MerchantRemark, MonthDay, Pay, PayCode, PayMode, QuickCompleteAuthorization,
    SystemTraceNumber, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply,
};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{
    Basis, Call, CallState, Client, ClientBuilder, Clock, Conclusion, Gateway as Place, Journal,
    Language, MemoryJournal, NextStep, OnDiscrepancy, Outcome, OutcomeKind, OutcomeRecord,
    PastCall, Resolution, ResolvePolicy, StillOpen,
};

const ORDER: &str = "20230718110248029165883554";
const VOIDED: &str = r#"{"errCode":"00","queryResCode":"2"}"#;
const PAID: &str = r#"{"errCode":"00","queryResCode":"0"}"#;
const TIMED_OUT: &str = r#"{"errCode":"00","queryResCode":"1"}"#;
const OTHER_ORDER: &str = r#"{"errCode":"00","queryResCode":"2","orderId":"another"}"#;
const APPROVED: &str = r#"{"errCode":"00"}"#;
const APPROVED_OF_ANOTHER: &str = r#"{"errCode":"00","orderId":"another"}"#;
const NO_RECORD: &str = r#"{"errCode":"25"}"#;
const NO_RECORD_AND_STATE: &str = r#"{"errCode":"25","queryResCode":"0"}"#;
const FAILED: &str = r#"{"errCode":"00","queryResCode":"5余额不足"}"#;
const REVERSED: &str = r#"{"errCode":"00","queryResCode":"4"}"#;
const NOT_ALLOWED: &str = r#"{"errCode":"57"}"#;

/// An empty answer closes the connection.
const LOST: &str = "";

#[derive(Clone)]
struct Gateway {
    voids: Arc<Mutex<VecDeque<&'static str>>>,
    queries: Arc<Mutex<VecDeque<&'static str>>>,
    started: Instant,
    seen: Arc<Mutex<Vec<(&'static str, u64)>>>,
    /// How many requests are answered before no connection is taken any more.
    answered: Arc<Mutex<usize>>,
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
            answered: Arc::new(Mutex::new(usize::MAX)),
        }
    }

    fn refuse_connections_after(&self, requests: usize) {
        *self.answered.lock().unwrap() = requests;
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
            } else if request.contains("completeauthorization ") {
                ("completion", &self.voids)
            } else if request.contains("/preauthorization/query ") {
                let by_order = format!(r#""originalOrderId":"{ORDER}""#);
                let by_trace = r#""originalSystemTraceNum":"000101""#;
                assert!(request.contains(&by_order) || request.contains(by_trace));
                ("query", &self.queries)
            } else if request.contains("/query-by-system-trace-num ") {
                assert!(request.contains(r#""originalSystemTraceNum":"000102""#));
                ("trace", &self.queries)
            } else {
                assert!(request.contains("/transaction/query "), "{request}");
                let void_of = format!(r#""originalOrderId":"{ORDER}""#);
                let payment = r#""merchantOrderId":"M1""#;
                assert!(request.contains(&void_of) || request.contains(payment));
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
            let is_last = self.seen.lock().unwrap().len() >= *self.answered.lock().unwrap();
            if body == LOST {
                return;
            }
            let length = body.len();
            let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(reply.as_bytes()).await.unwrap();
            if is_last {
                return;
            }
            request.clear();
        }
    }
}

impl Connect for Gateway {
    fn connect(&self) -> ConnectFuture {
        if self.seen.lock().unwrap().len() >= *self.answered.lock().unwrap() {
            return Box::pin(async { Err(std::io::ErrorKind::ConnectionRefused.into()) });
        }
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.clone().serve(theirs));
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

async fn resolved(gateway: &Gateway, policy: &ResolvePolicy) -> Resolution<VoidPaymentReply> {
    client(gateway).void_payment_resolved(&void(), policy).await
}

fn plain() -> ResolvePolicy {
    ResolvePolicy::default()
}

fn repeating() -> ResolvePolicy {
    ResolvePolicy::builder().repeat_once(true).build().unwrap()
}

/// How often so many requests of a name were seen.
fn count(gateway: &Gateway, wanted: &str) -> usize {
    gateway
        .seen()
        .iter()
        .filter(|(name, _)| *name == wanted)
        .count()
}

fn client(gateway: &Gateway) -> Client {
    builder(gateway).build().unwrap()
}

/// A client whose clock shows this time at the start of the test, and runs with tokio's.
fn client_at(gateway: &Gateway, time: &str) -> Client {
    let clock = Running(time.parse().unwrap(), Instant::now());
    builder(gateway).clock(clock).build().unwrap()
}

struct Running(DateTime<Utc>, Instant);

impl Clock for Running {
    fn now(&self) -> DateTime<Utc> {
        self.0 + self.1.elapsed()
    }
}

fn builder(gateway: &Gateway) -> ClientBuilder {
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    Client::builder(url, app_id, &AppKey::new("made-up-key").unwrap()).connector(gateway.clone())
}

fn pay() -> Pay {
    Pay::new(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(4160),
        MerchantRemark::new("r").unwrap(),
        PayMode::CodeScan,
        PayCode::new("285668667587422761").unwrap(),
    )
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_certain_is_not_asked_about() {
    for (answer, conclusion) in [
        (APPROVED, Conclusion::Approved { stands: true }),
        (NOT_ALLOWED, Conclusion::Declined),
    ] {
        let gateway = Gateway::new(&[answer], &[VOIDED]);
        let resolution = resolved(&gateway, &plain()).await;
        assert_eq!(resolution.conclusion, conclusion);
        assert_eq!(gateway.seen(), [("void", 0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_void_is_asked_about_until_it_is_certain() {
    let gateway = Gateway::new(&[LOST], &[TIMED_OUT, LOST, OTHER_ORDER, VOIDED]);
    let resolution = resolved(&gateway, &plain()).await;
    assert_eq!(resolution.conclusion, Conclusion::Approved { stands: true });
    assert!(resolution.outcome.is_unknown());
    let asked = [
        ("void", 0),
        ("query", 3),
        ("query", 7),
        ("query", 12),
        ("query", 18),
    ];
    assert_eq!(gateway.seen(), asked);
    let kinds: Vec<_> = resolution
        .queries
        .iter()
        .map(|asked| asked.outcome)
        .collect();
    use OutcomeKind::{Approved, Unknown};
    assert_eq!(kinds, [Approved, Unknown, Unknown, Approved]);
    let other = &resolution.queries[2].finding;
    assert!(matches!(other, Finding::AboutAnother(named) if named[0].field == "orderId"));
}

/// The platform may carry the void out until long after the call: "still paid" counts only from the
/// late window after the call's deadline on, and twice.
#[tokio::test(start_paused = true)]
async fn still_paid_is_believed_late_and_when_said_twice() {
    let gateway = Gateway::new(&[LOST], &[PAID]);
    let resolution = resolved(&gateway, &plain()).await;
    let Conclusion::NotExecuted { basis, .. } = resolution.conclusion else {
        panic!("{resolution:?}");
    };
    assert_eq!(basis, Basis::Absent);
    assert_eq!(resolution.conclusion.as_str(), "not_executed");
    // The call had 30 seconds, the window is 120.
    let seconds: Vec<u64> = gateway.seen().iter().map(|(_, second)| *second).collect();
    let late = seconds.iter().filter(|second| **second >= 150).count();
    assert_eq!(late, 2, "{seconds:?}");

    // Whatever it does between, up to the last answer, is not missed.
    for answers in 1..18 {
        let mut queries = vec![PAID; answers];
        queries.push(VOIDED);
        let gateway = Gateway::new(&[LOST], &queries);
        let resolution = resolved(&gateway, &plain()).await;
        assert_eq!(
            resolution.conclusion,
            Conclusion::Approved { stands: true },
            "{answers}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_window_is_the_callers_and_counts_from_the_deadline() {
    for (window, first_believed) in [(1, 31), (60, 90), (300, 330)] {
        let policy = ResolvePolicy::builder()
            .pace(Duration::from_secs(1))
            .growth(Duration::ZERO)
            .within(Duration::from_secs(1000))
            .late_window(Duration::from_secs(window))
            .build()
            .unwrap();
        let gateway = Gateway::new(&[LOST], &[PAID]);
        let resolution = resolved(&gateway, &policy).await;
        assert!(matches!(
            resolution.conclusion,
            Conclusion::NotExecuted { .. }
        ));
        // Two answers, three seconds apart.
        let last = gateway.seen().last().unwrap().1;
        assert_eq!(last, first_believed + 3, "{window}");
    }
}

/// An answer between that says anything else starts the two answers again.
#[tokio::test(start_paused = true)]
async fn an_answer_between_starts_again() {
    let policy = ResolvePolicy::builder()
        .pace(Duration::from_secs(4))
        .growth(Duration::ZERO)
        .within(Duration::from_secs(40))
        .late_window(Duration::from_millis(1))
        .build()
        .unwrap();
    for between in [TIMED_OUT, LOST, OTHER_ORDER, NO_RECORD_AND_STATE] {
        // Asked from 32 s on the two answers count; 36 and 40 follow.
        let mut queries = vec![PAID; 8];
        queries.extend([between, PAID]);
        let gateway = Gateway::new(&[LOST], &queries);
        let resolution = resolved(&gateway, &policy).await;
        assert!(
            resolution.conclusion.is_unknown(),
            "{between} {resolution:?}"
        );
    }
    let gateway = Gateway::new(&[LOST], &[PAID]);
    let resolution = resolved(&gateway, &policy).await;
    assert!(!resolution.conclusion.is_unknown());
}

#[tokio::test(start_paused = true)]
async fn one_still_paid_when_time_is_up_is_not_believed() {
    let policy = ResolvePolicy::builder()
        .pace(Duration::from_secs(150))
        .within(Duration::from_secs(151))
        .build()
        .unwrap();
    let gateway = Gateway::new(&[LOST], &[PAID]);
    let resolution = resolved(&gateway, &policy).await;
    assert_eq!(resolution.queries.len(), 1);
    assert_eq!(
        resolution.conclusion,
        Conclusion::Unknown(StillOpen::TimeUp)
    );
}

/// A query covers the day of the call only.
#[tokio::test(start_paused = true)]
async fn after_the_day_only_carried_out_is_believed() {
    let policy = |day_ends: Option<NaiveTime>| {
        let builder = ResolvePolicy::builder();
        match day_ends {
            Some(at) => builder.day_ends(at).build().unwrap(),
            None => builder.build().unwrap(),
        }
    };
    let ten_to_eleven = NaiveTime::from_hms_opt(23, 0, 0);
    // (signed at, in UTC; the day's end; whether "still paid" is believed)
    for (signed_at, day_ends, believed) in [
        ("2026-03-01T04:00:00Z", None, true),
        ("2026-03-01T15:59:00Z", None, false),
        ("2026-03-01T14:59:00Z", None, true),
        ("2026-03-01T14:59:00Z", ten_to_eleven, false),
        ("2026-03-01T14:50:00Z", ten_to_eleven, true),
        ("2026-03-01T15:10:00Z", ten_to_eleven, true),
        // Within a minute of midnight, before and after: by the platform's clock it may be the
        // other day.
        ("2026-03-01T15:56:20Z", None, false),
        ("2026-03-01T15:54:30Z", None, true),
        ("2026-03-01T16:00:30Z", None, false),
        ("2026-03-01T16:01:10Z", None, true),
    ] {
        let gateway = Gateway::new(&[LOST], &[PAID]);
        let client = client_at(&gateway, signed_at);
        let resolution = client
            .void_payment_resolved(&void(), &policy(day_ends))
            .await;
        let expected = if believed { "not_executed" } else { "unknown" };
        assert_eq!(
            resolution.conclusion.as_str(),
            expected,
            "{signed_at} {day_ends:?}"
        );
        if !believed {
            assert_eq!(
                resolution.conclusion,
                Conclusion::Unknown(StillOpen::DayOver)
            );
        }
        let gateway = Gateway::new(&[LOST], &[PAID, VOIDED]);
        let client = client_at(&gateway, signed_at);
        let resolution = client
            .void_payment_resolved(&void(), &policy(day_ends))
            .await;
        assert!(resolution.conclusion.stands(), "{signed_at}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_void_of_a_failed_payment_has_nothing_to_void() {
    for failed in [FAILED, REVERSED] {
        let gateway = Gateway::new(&[LOST], &[failed]);
        let resolution = resolved(&gateway, &plain()).await;
        let Conclusion::NotExecuted { basis, .. } = resolution.conclusion else {
            panic!("{resolution:?}");
        };
        assert_eq!(basis, Basis::NothingToVoid);
        assert_eq!(resolution.queries.len(), 2);
        assert_eq!(resolution.conclusion.next_step(), NextStep::Done);
    }
}

#[tokio::test(start_paused = true)]
async fn what_stays_open_stays_unknown_with_its_history() {
    let gateway = Gateway::new(&[LOST], &[TIMED_OUT]);
    let resolution = resolved(&gateway, &plain()).await;
    assert_eq!(
        resolution.conclusion,
        Conclusion::Unknown(StillOpen::TimeUp)
    );
    let last = gateway.seen().last().unwrap().1;
    assert!((170..=180).contains(&last), "{last}");
    assert_eq!(resolution.queries.len() + 1, gateway.seen().len());
    assert!(resolution.elapsed <= Duration::from_secs(180));

    let gateway = Gateway::new(&[LOST], &[OTHER_ORDER]);
    let resolution = resolved(&gateway, &plain()).await;
    let Conclusion::Unknown(StillOpen::AboutAnother(named)) = resolution.conclusion else {
        panic!("{resolution:?}");
    };
    assert_eq!((named.len(), named[0].received.as_str()), (1, "another"));
}

#[tokio::test(start_paused = true)]
async fn it_is_repeated_only_when_asked_for_and_only_once() {
    let never = Gateway::new(&[LOST, APPROVED], &[PAID]);
    let resolution = resolved(&never, &plain()).await;
    assert!(resolution.repeated.is_none());
    assert_eq!(count(&never, "void"), 1);

    let once = Gateway::new(&[LOST, APPROVED], &[PAID]);
    let resolution = resolved(&once, &repeating()).await;
    assert!(resolution.conclusion.stands());
    assert!(resolution.repeated.unwrap().is_approved());

    let in_vain = Gateway::new(&[LOST], &[PAID]);
    let resolution = resolved(&in_vain, &repeating()).await;
    assert_eq!(resolution.conclusion.as_str(), "not_executed");
    assert_eq!(count(&in_vain, "void"), 2);
}

/// What was declined, what was not sent and what was approved of another order is not sent again;
/// neither is what had nothing to void.
#[tokio::test(start_paused = true)]
async fn only_what_is_absent_is_repeated() {
    for (answer, queries) in [
        (NOT_ALLOWED, PAID),
        (APPROVED_OF_ANOTHER, TIMED_OUT),
        (LOST, FAILED),
        (LOST, OTHER_ORDER),
        (LOST, TIMED_OUT),
    ] {
        let gateway = Gateway::new(&[answer, APPROVED], &[queries]);
        let resolution = resolved(&gateway, &repeating()).await;
        assert_eq!(count(&gateway, "void"), 1, "{answer} {queries}");
        assert!(resolution.repeated.is_none());
    }
    let gateway = Gateway::new(&[APPROVED_OF_ANOTHER, APPROVED], &[PAID]);
    let client = builder(&gateway)
        .on_discrepancy(OnDiscrepancy::Approve)
        .build()
        .unwrap();
    let resolution = client.void_payment_resolved(&void(), &repeating()).await;
    assert!(resolution.outcome.is_approved());
    assert_eq!(count(&gateway, "void"), 1);
    assert_eq!(resolution.conclusion.as_str(), "not_executed");
}

/// A repetition that was not sent says nothing of the first sending.
#[tokio::test(start_paused = true)]
async fn a_repetition_that_was_not_sent_is_asked_about_too() {
    let gateway = Gateway::new(&[LOST], &[PAID; 19]);
    gateway.queries.lock().unwrap().extend([VOIDED]);
    gateway.refuse_connections_after(20);
    let resolution = resolved(&gateway, &repeating()).await;
    assert!(
        matches!(resolution.repeated, Some(Outcome::NotSent(_))),
        "{resolution:?}"
    );
    assert!(
        resolution.conclusion.is_unknown(),
        "{:?}",
        resolution.conclusion
    );
}

/// Neither the first approval nor that of the repetition, if it is of another order, is believed
/// without a query.
#[tokio::test(start_paused = true)]
async fn an_approval_of_another_order_is_unknown() {
    let gateway = Gateway::new(&[APPROVED_OF_ANOTHER], &[PAID]);
    let resolution = resolved(&gateway, &plain()).await;
    let Outcome::Unknown(unknown) = &resolution.outcome else {
        panic!("{resolution:?}");
    };
    assert_eq!(unknown.reason.as_str(), "discrepancy");
    assert_eq!(resolution.conclusion.as_str(), "not_executed");

    let gateway = Gateway::new(&[LOST, APPROVED_OF_ANOTHER], &[PAID; 19]);
    gateway.queries.lock().unwrap().extend([TIMED_OUT]);
    let resolution = resolved(&gateway, &repeating()).await;
    assert!(resolution.repeated.unwrap().is_unknown());
    assert!(resolution.conclusion.is_unknown());
}

/// A pause that ends exactly at the limit is still taken.
#[tokio::test(start_paused = true)]
async fn the_limit_is_the_last_moment_to_ask() {
    for (limit, asked) in [(2_999, 0), (3_000, 1), (3_001, 1)] {
        let policy = ResolvePolicy::builder()
            .within(Duration::from_millis(limit))
            .build()
            .unwrap();
        let gateway = Gateway::new(&[LOST], &[TIMED_OUT]);
        let resolution = resolved(&gateway, &policy).await;
        assert_eq!(resolution.queries.len(), asked, "{limit}");
    }
}

/// The longest times are no error and no panic.
#[tokio::test(start_paused = true)]
async fn patience_without_end_ends_with_the_answer() {
    let policy = ResolvePolicy::builder()
        .growth(Duration::MAX)
        .longest(Duration::MAX)
        .within(Duration::MAX)
        .late_window(Duration::MAX)
        .build()
        .unwrap();
    let gateway = Gateway::new(&[LOST], &[VOIDED]);
    assert!(resolved(&gateway, &policy).await.conclusion.stands());
    let gateway = Gateway::new(&[LOST], &[TIMED_OUT, VOIDED]);
    let resolution = resolved(&gateway, &policy).await;
    assert_eq!(
        resolution.conclusion,
        Conclusion::Unknown(StillOpen::TimeUp)
    );
}

/// The first void takes effect late, and the second is refused because of it.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_repetition_is_no_proof() {
    let gateway = Gateway::new(&[LOST, NOT_ALLOWED], &[PAID; 19]);
    gateway.queries.lock().unwrap().extend([VOIDED]);
    let resolution = resolved(&gateway, &repeating()).await;
    assert!(resolution.repeated.is_some());
    assert!(resolution.conclusion.stands(), "{resolution:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_of_which_only_the_request_is_known_is_asked_about_and_not_sent() {
    let gateway = Gateway::new(&[LOST], &[TIMED_OUT, VOIDED]);
    let call = PastCall::default();
    let inquiry = client(&gateway).inquire(&void(), &call, &plain()).await;
    assert!(inquiry.conclusion.stands());
    assert_eq!(inquiry.queries.len(), 2);
    assert_eq!(gateway.seen(), [("query", 3), ("query", 7)]);
    assert_eq!(inquiry.elapsed, Duration::from_secs(7));

    // Without the time of signing it is not known whether the query still covers the day of the
    // call.
    let gateway = Gateway::new(&[LOST], &[PAID]);
    let inquiry = client(&gateway).inquire(&void(), &call, &plain()).await;
    assert_eq!(inquiry.conclusion, Conclusion::Unknown(StillOpen::DayOver));

    // A call whose deadline passed long ago needs no waiting.
    let now = "2026-03-01T04:00:00Z";
    let call = PastCall::new().with_signed_at(time("2026-03-01T03:00:00Z"));
    let call = call.with_deadline(time("2026-03-01T03:00:30Z"));
    let gateway = Gateway::new(&[LOST], &[PAID]);
    let inquiry = client_at(&gateway, now)
        .inquire(&void(), &call, &plain())
        .await;
    assert_eq!(inquiry.conclusion.as_str(), "not_executed");
    assert_eq!(gateway.seen(), [("query", 3), ("query", 7)]);

    // A deadline before the signing is none.
    let call = call.with_signed_at(time(now));
    let call = call.with_deadline(time("2026-03-01T02:00:00Z"));
    let gateway = Gateway::new(&[LOST], &[PAID]);
    let inquiry = client_at(&gateway, now)
        .inquire(&void(), &call, &plain())
        .await;
    assert_eq!(inquiry.conclusion.as_str(), "not_executed");
    assert!(gateway.seen().last().unwrap().1 >= 120);

    // One that ran until now needs all of it.
    let call = call.with_signed_at(time(now));
    let call = call.with_deadline(time("2026-03-01T04:00:30Z"));
    let gateway = Gateway::new(&[LOST], &[PAID]);
    let inquiry = client_at(&gateway, now)
        .inquire(&void(), &call, &plain())
        .await;
    assert_eq!(inquiry.conclusion.as_str(), "not_executed");
    assert!(gateway.seen().last().unwrap().1 >= 153);
}

/// A payment whose taking back was under way when its process ended: the void can still undo what a
/// query calls paid.
#[tokio::test(start_paused = true)]
async fn a_payment_does_not_stand_while_its_taking_back_is_open() {
    let now = "2026-03-01T04:00:00Z";
    let call = PastCall::new().with_signed_at(time("2026-03-01T03:59:00Z"));
    let call = call.with_take_back_signed_at(time(now));
    let gateway = Gateway::new(&[], &[PAID]);
    let inquiry = client_at(&gateway, now)
        .inquire(&pay(), &call, &plain())
        .await;
    assert!(inquiry.conclusion.stands());
    // Eight seconds for the void, and the late window.
    assert!(inquiry.elapsed >= Duration::from_secs(128), "{inquiry:?}");
    // That it was undone is believed at once.
    let gateway = Gateway::new(&[], &[VOIDED]);
    let inquiry = client_at(&gateway, now)
        .inquire(&pay(), &call, &plain())
        .await;
    assert_eq!(inquiry.conclusion, Conclusion::Approved { stands: false });
    assert_eq!(inquiry.queries.len(), 1);
    // Long after it, so is that it stands.
    let call = call.with_take_back_signed_at(time("2026-03-01T03:57:51Z"));
    let gateway = Gateway::new(&[], &[PAID]);
    let inquiry = client_at(&gateway, now)
        .inquire(&pay(), &call, &plain())
        .await;
    assert_eq!(
        (inquiry.conclusion.stands(), inquiry.queries.len()),
        (true, 1)
    );
}

/// A call that ended unknown stays open in the journal until an answer closes it, in this process
/// or a later one. The queries themselves leave nothing.
#[tokio::test(start_paused = true)]
async fn what_is_found_out_closes_the_call_in_the_journal() {
    for (answers, open) in [
        (VOIDED, 0),
        (PAID, 0),
        (FAILED, 0),
        (TIMED_OUT, 1),
        (LOST, 1),
    ] {
        let journal = MemoryJournal::new();
        let gateway = Gateway::new(&[LOST], &[answers]);
        let client = builder(&gateway).recorder(journal.clone()).build().unwrap();
        let outcome = client.execute(&void()).await;
        let call = PastCall::of(outcome.evidence(), outcome.err_code());
        assert_eq!(journal.unfinished().await.unwrap().len(), 1);
        let resolution = client.resolve(&void(), outcome, &plain()).await;
        let left = journal.unfinished().await.unwrap();
        assert_eq!(left.len(), open, "{answers} {left:?}");
        assert_eq!(resolution.not_recorded, None);
        if open == 1 {
            assert_eq!(left[0].state, CallState::Unknown);
            *gateway.queries.lock().unwrap() = [VOIDED].into();
            let inquiry = client.inquire(&void(), &call, &plain()).await;
            assert!(inquiry.conclusion.stands());
            assert!(journal.unfinished().await.unwrap().is_empty());
        }
    }
}

/// What only reads may be asked again, and is said so.
#[tokio::test(start_paused = true)]
async fn an_unanswered_query_may_be_asked_again() {
    let gateway = Gateway::new(&[LOST], &[LOST]);
    let outcome = client(&gateway).execute(&void().query()).await;
    assert!(outcome.is_unknown());
    assert_eq!(outcome.evidence().effect, Effect::ReadOnly);
    assert_eq!(outcome.next_step(), NextStep::AskAgain);
    insta::assert_snapshot!(outcome.explain(Language::English), @"Unknown: the gateway closed the connection after the whole request was written. Nothing certain was found. A query moves no money, so ask again.");
    insta::assert_snapshot!(outcome.explain(Language::Chinese), @"状态未知：请求已发送完毕，连接被关闭。未查到明确结果。查询不涉及资金，可再查一次。");

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

/// The record of an operation has what was found out about it, as `ums --json --resolve` prints it.
#[tokio::test(start_paused = true)]
async fn what_was_found_out_is_in_the_record() {
    for (reply, answer, told, stands, basis, still_open, may_repeat, asked) in [
        (LOST, VOIDED, "approved", Some(true), None, None, "no", true),
        (
            LOST,
            PAID,
            "not_executed",
            None,
            Some("absent"),
            None,
            "new_key",
            true,
        ),
        (
            LOST,
            REVERSED,
            "not_executed",
            None,
            Some("nothing_to_void"),
            None,
            "new_key",
            true,
        ),
        (
            LOST,
            TIMED_OUT,
            "unknown",
            None,
            None,
            Some("time_up"),
            "no",
            true,
        ),
        (
            LOST,
            OTHER_ORDER,
            "unknown",
            None,
            None,
            Some("about_another"),
            "no",
            true,
        ),
        (
            NOT_ALLOWED,
            PAID,
            "declined",
            None,
            None,
            None,
            "new_key",
            false,
        ),
        (
            APPROVED,
            PAID,
            "approved",
            Some(true),
            None,
            None,
            "no",
            false,
        ),
        (
            APPROVED_OF_ANOTHER,
            VOIDED,
            "approved",
            Some(true),
            None,
            None,
            "no",
            true,
        ),
    ] {
        let gateway = Gateway::new(&[reply], &[answer]);
        let outcome = client(&gateway).execute(&void()).await;
        let before = OutcomeRecord::of_end(&outcome);
        let resolution = client(&gateway).resolve(&void(), outcome, &plain()).await;
        let record = resolution.to_record(&void(), Place::test("http://localhost"));
        assert_eq!(record.outcome.as_str(), told, "{reply} {answer}");
        assert_eq!(record.stands, stands, "{reply} {answer}");
        assert_eq!(record.may_repeat.as_str(), may_repeat, "{reply} {answer}");
        assert_eq!(
            record.next_step,
            match asked {
                true => resolution.conclusion.next_step(),
                false => before.next_step,
            }
        );
        assert_eq!(record.as_of.is_some(), told == "not_executed", "{answer}");
        let about_another = usize::from(answer == OTHER_ORDER);
        let differences = before.evidence.discrepancies.len() + about_another;
        assert_eq!(record.evidence.discrepancies.len(), differences, "{answer}");
        let found = record.resolution.as_ref().unwrap();
        assert_eq!(found.conclusion.as_str(), resolution.conclusion.as_str());
        assert_eq!(found.basis.as_deref(), basis, "{answer}");
        assert_eq!(found.still_open.as_deref(), still_open, "{answer}");
        assert_eq!(found.queries.len(), resolution.queries.len());
        assert_eq!(!found.queries.is_empty(), asked, "{reply} {answer}");
        let text = serde_json::to_string(&record).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        assert_eq!(crate::schema::faults(&value), [""; 0], "{text}");
        assert_eq!(
            serde_json::from_str::<OutcomeRecord>(&text).unwrap(),
            record
        );
    }
}

/// That a hold was completed is asked of this very completion before it is believed.
#[tokio::test(start_paused = true)]
async fn a_completion_of_a_hold_is_believed_when_its_own_trace_number_confirms_it() {
    const HELD: &str = r#"{"errCode":"00","queryResCode":"0","secureStatus":0}"#;
    const COMPLETED: &str = r#"{"errCode":"00","queryResCode":"0","secureStatus":2}"#;
    const OURS: &str = r#"{"errCode":"00","queryResCode":"0","originalAmount":"8000","dealSystemTraceNum":"000102","dealDate":"20260301","dealTime":"120001"}"#;
    const OF_ANOTHER: &str = r#"{"errCode":"00","queryResCode":"0","originalAmount":"9000","dealSystemTraceNum":"000102"}"#;
    let completion = QuickCompleteAuthorization::new(
        MerchantCode::new("123456789900081").unwrap(),
        TerminalCode::new("00810001").unwrap(),
        SystemTraceNumber::new("000102").unwrap(),
        Fen::new(8_000),
        UmsOrderId::new(ORDER).unwrap(),
    );
    let cases: [(&[&str], bool, &[&str]); 4] = [
        (&[COMPLETED, OURS], true, &["completion", "query", "trace"]),
        (
            &[HELD, COMPLETED, OURS],
            true,
            &["completion", "query", "query", "trace"],
        ),
        (
            &[COMPLETED, OF_ANOTHER, COMPLETED],
            false,
            &["completion", "query", "trace", "query", "trace"],
        ),
        (
            &[COMPLETED, NO_RECORD, COMPLETED],
            false,
            &["completion", "query", "trace", "query", "trace"],
        ),
    ];
    for (answers, approved, asked) in cases {
        let gateway = Gateway::new(&[LOST], answers);
        let client = client_at(&gateway, "2026-03-01T04:00:00Z");
        let outcome = client.execute(&completion).await;
        assert!(outcome.is_unknown());
        let resolution = client.resolve(&completion, outcome, &plain()).await;
        let told = resolution.conclusion;
        match approved {
            true => assert_eq!(told, Conclusion::Approved { stands: true }),
            false => assert!(matches!(told, Conclusion::Unknown(_)), "{told:?}"),
        }
        let names: Vec<&str> = gateway.seen().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names[..asked.len()], *asked);
        let sent = names.iter().filter(|name| **name == "completion").count();
        assert_eq!(sent, 1, "a completion is never sent twice");
    }
}

/// An answer about another hold is not outweighed by one about this call's trace number, which may
/// be another transaction's.
#[tokio::test(start_paused = true)]
async fn an_answer_about_another_hold_confirms_no_completion() {
    const ANOTHER: &str = r#"{"errCode":"00","queryResCode":"0","secureStatus":2,"dealSystemTraceNum":"000101","authorizationCode":"A00999"}"#;
    const OURS: &str = r#"{"errCode":"00","queryResCode":"0","originalAmount":"8000","dealSystemTraceNum":"000102"}"#;
    let completion = CompleteAuthorization::new(
        MerchantCode::new("123456789900081").unwrap(),
        TerminalCode::new("00810001").unwrap(),
        SystemTraceNumber::new("000102").unwrap(),
        Fen::new(8_000),
        AuthorizationCode::new("A00101").unwrap(),
        MonthDay::new(7, 18).unwrap(),
        SystemTraceNumber::new("000101").unwrap(),
    );
    let gateway = Gateway::new(&[r#"{"errCode":"94"}"#], &[ANOTHER, OURS, ANOTHER]);
    let client = client(&gateway);
    let outcome = client.execute(&completion).await;
    assert!(outcome.is_unknown());
    let resolution = client.resolve(&completion, outcome, &plain()).await;
    let told = resolution.conclusion;
    assert!(matches!(told, Conclusion::Unknown(_)), "{told:?}");
    assert!(gateway.seen().iter().all(|(name, _)| *name != "trace"));
}

/// Of what only reads there is nothing to find out, and nothing is asked.
#[tokio::test(start_paused = true)]
async fn an_operation_without_a_query_stays_as_it_is() {
    let gateway = Gateway::new(&[LOST], &[LOST]);
    let client = client(&gateway);
    let query = AnyRequest::from(void().query());
    let outcome = client.execute(&query).await;
    assert!(outcome.is_unknown());
    let resolution = client.resolve(&query, outcome, &plain()).await;
    assert!(matches!(resolution.conclusion, Conclusion::Unknown(_)));
    assert!(resolution.queries.is_empty());
    assert_eq!(gateway.seen().len(), 1);
}

/// A clock that was off when the call was signed, as its reply showed: by the gateway's clock the
/// day is over, the late window is not, and the payment found is an earlier one.
#[tokio::test(start_paused = true)]
async fn a_past_call_is_judged_by_the_gateways_clock() {
    const PAID_EARLIER: &str =
        r#"{"errCode":"00","queryResCode":"0","originalTransactionTime":"20260301120500"}"#;
    let signed = |text| PastCall::new().with_signed_at(time(text));
    let ahead = chrono::TimeDelta::seconds;
    // Signed at 00:01 of the 2nd by a clock ten minutes ahead: on the 1st. It is the 2nd now.
    let call = signed("2026-03-01T16:01:00Z")
        .with_deadline(time("2026-03-01T16:01:30Z"))
        .with_clock_ahead(ahead(600));
    let gateway = Gateway::new(&[], &[NO_RECORD, NO_RECORD]);
    let client = client_at(&gateway, "2026-03-01T17:00:00Z");
    let inquiry = client.inquire(&void(), &call, &plain()).await;
    assert_eq!(inquiry.conclusion, Conclusion::Unknown(StillOpen::DayOver));

    // A deadline that seems five minutes ago, told by a clock five minutes behind: it passes now.
    let call = signed("2026-03-01T03:54:30Z")
        .with_deadline(time("2026-03-01T03:55:00Z"))
        .with_clock_ahead(ahead(-300));
    let gateway = Gateway::new(&[], &[NO_RECORD, NO_RECORD]);
    let client = client_at(&gateway, "2026-03-01T04:00:00Z");
    let inquiry = client.inquire(&void(), &call, &plain()).await;
    let Conclusion::NotExecuted { as_of, .. } = inquiry.conclusion else {
        panic!("{:?}", inquiry.conclusion);
    };
    assert!(as_of >= time("2026-03-01T04:02:00Z"), "{as_of}");

    // Signed at 12:10 by the gateway's clock, though its own said 12:00.
    let call = signed("2026-03-01T04:00:00Z").with_clock_ahead(ahead(-600));
    let gateway = Gateway::new(&[], &[PAID_EARLIER]);
    let client = client_at(&gateway, "2026-03-01T04:15:00Z");
    let inquiry = client.inquire(&pay(), &call, &plain()).await;
    assert_eq!(
        inquiry.conclusion,
        Conclusion::Unknown(StillOpen::OrderIdInUse)
    );
    let call = signed("2026-03-01T04:00:00Z");
    let gateway = Gateway::new(&[], &[PAID_EARLIER]);
    let client = client_at(&gateway, "2026-03-01T04:15:00Z");
    let inquiry = client.inquire(&pay(), &call, &plain()).await;
    assert_eq!(inquiry.conclusion, Conclusion::Approved { stands: true });
}

//! A payment at the till, on a paused clock, against a gateway that answers by the second.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    Fen, MerchantCode, MerchantOrderId, MerchantRemark, Pay, PayCode, PayMode, TerminalCode,
};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{
    Client, Clock, Conclusion, Language, OutcomeKind, StillOpen, TakeBackWith, TillPolicy,
    TillReport, TillResult,
};

/// What the gateway answers to this path at this second, `None` for nothing.
type Answers = fn(path: &str, second: u64) -> Option<&'static str>;

const DONE: Option<&str> = Some(r#"{"errCode":"00"}"#);
const PAID: Option<&str> = Some(r#"{"errCode":"00","queryResCode":"0"}"#);
const WAITING: Option<&str> = Some(r#"{"errCode":"00","queryResCode":"1"}"#);
const VOIDED: Option<&str> = Some(r#"{"errCode":"00","queryResCode":"2"}"#);
const FAILED: Option<&str> = Some(r#"{"errCode":"00","queryResCode":"5"}"#);
const NO_RECORD: Option<&str> = Some(r#"{"errCode":"25"}"#);

#[derive(Clone)]
struct Gateway {
    answers: Answers,
    started: Instant,
    seen: Arc<Mutex<Vec<(String, u64)>>>,
}

impl Gateway {
    async fn serve(self, mut stream: DuplexStream) {
        let mut request = String::new();
        loop {
            let mut some = [0; 4096];
            let Ok(count @ 1..) = stream.read(&mut some).await else {
                return;
            };
            request.push_str(std::str::from_utf8(&some[..count]).unwrap());
            if !request.ends_with('}') {
                continue;
            }
            let path = request.split(' ').nth(1).unwrap();
            let name = path.rsplit('/').next().unwrap().to_owned();
            assert!(request.contains(r#""merchantOrderId":"M1""#), "{request}");
            let second = self.started.elapsed().as_secs();
            self.seen.lock().unwrap().push((name.clone(), second));
            request.clear();
            let Some(body) = (self.answers)(&name, second) else {
                continue;
            };
            // A header may stand before the body.
            let (header, body) = body.split_once('|').unwrap_or(("X-None: 1", body));
            let length = body.len();
            let reply =
                format!("HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: {length}\r\n\r\n{body}");
            stream.write_all(reply.as_bytes()).await.unwrap();
        }
    }
}

impl Connect for Gateway {
    fn connect(&self) -> ConnectFuture {
        let (ours, theirs) = tokio::io::duplex(16 * 1024);
        tokio::spawn(self.clone().serve(theirs));
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

/// Noon in China at the start of the test.
struct Noon(Instant);

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        let start: DateTime<Utc> = "2026-03-01T04:00:00Z".parse().unwrap();
        start + self.0.elapsed()
    }
}

fn pay() -> Pay {
    Pay::new(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(4160),
        MerchantRemark::new("-").unwrap(),
        PayMode::CodeScan,
        PayCode::new("285668667587422761").unwrap(),
    )
}

async fn at_till(answers: Answers, policy: TillPolicy) -> (TillReport, Vec<(String, u64)>) {
    let gateway = Gateway {
        answers,
        started: Instant::now(),
        seen: Arc::default(),
    };
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    let client = Client::builder(url, app_id, &AppKey::new("made-up-key").unwrap())
        .connector(gateway.clone())
        .clock(Noon(Instant::now()))
        .build()
        .unwrap();
    let report = client.pay_at_till(&pay(), &policy).await;
    let seen = gateway.seen.lock().unwrap().clone();
    (report, seen)
}

async fn result(answers: Answers) -> (TillResult, Vec<(String, u64)>) {
    let (report, seen) = at_till(answers, TillPolicy::default()).await;
    assert!(report.elapsed <= Duration::from_secs(61), "{report:?}");
    let takes = seen
        .iter()
        .filter(|(name, _)| name == "voidpayment")
        .count();
    assert!(takes <= 1, "{seen:?}");
    assert_eq!(seen.iter().filter(|(name, _)| name == "pay").count(), 1);
    (report.result, seen)
}

fn names(seen: &[(String, u64)]) -> Vec<(&str, u64)> {
    seen.iter()
        .map(|(name, second)| (name.as_str(), *second))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_the_payment_says_itself_needs_no_question() {
    for (answer, expected) in [
        ((|_, _| DONE) as Answers, TillResult::Paid),
        (|_, _| Some(r#"{"errCode":"61"}"#), TillResult::NotPaid),
    ] {
        let (found, seen) = result(answer).await;
        assert_eq!(found, expected);
        assert_eq!(names(&seen), [("pay", 0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_payment_is_asked_about_at_once() {
    let (found, seen) = result(|name, _| if name == "pay" { None } else { PAID }).await;
    assert_eq!(found, TillResult::Paid);
    assert_eq!(names(&seen), [("pay", 0), ("query", 25)]);
}

#[tokio::test(start_paused = true)]
async fn a_payment_that_stays_open_is_taken_back() {
    let (report, seen) = at_till(
        |name, _| match name {
            "pay" => None,
            "query" => WAITING,
            _ => DONE,
        },
        TillPolicy::default(),
    )
    .await;
    assert_eq!(report.result, TillResult::TakenBack);
    assert_eq!(report.conclusion, Conclusion::Approved { stands: false });
    let take_back = report.take_back.unwrap();
    assert_eq!(take_back.outcome, OutcomeKind::Approved);
    let last = seen.last().unwrap();
    assert_eq!(last.0, "voidpayment");
    assert!((42..=46).contains(&last.1), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reversal_takes_back_where_the_merchant_has_one() {
    let policy = TillPolicy::default().take_back_with(TakeBackWith::Reversal);
    let answers: Answers = |name, _| match name {
        "pay" => None,
        "query" => NO_RECORD,
        _ => DONE,
    };
    let (report, seen) = at_till(answers, policy).await;
    assert_eq!(report.result, TillResult::TakenBack);
    assert_eq!(seen.last().unwrap().0, "reversepayment");
}

/// A refused void leaves it to the queries; what is paid by then was received.
#[tokio::test(start_paused = true)]
async fn after_a_refused_void_the_queries_decide() {
    let refused = Some(r#"{"errCode":"25"}"#);
    assert_eq!(refused, NO_RECORD);
    for (answers, expected) in [
        (
            (|name, second| match name {
                "pay" => None,
                "query" if second < 50 => WAITING,
                "query" => PAID,
                _ => NO_RECORD,
            }) as Answers,
            TillResult::Paid,
        ),
        (
            |name, second| match name {
                "pay" => None,
                "query" if second < 45 => WAITING,
                "query" => FAILED,
                _ => NO_RECORD,
            },
            TillResult::NotPaid,
        ),
        (
            |name, _| match name {
                "pay" => None,
                "query" => WAITING,
                _ => NO_RECORD,
            },
            TillResult::ToVerify,
        ),
    ] {
        assert_eq!(result(answers).await.0, expected);
    }
}

/// A void that was not answered may still be carried out, so that "paid" is not the last word;
/// "voided" is.
#[tokio::test(start_paused = true)]
async fn after_a_lost_void_paid_is_not_believed() {
    let paid: Answers = |name, second| match name {
        "pay" | "voidpayment" => None,
        _ if second < 45 => WAITING,
        _ => PAID,
    };
    assert_eq!(result(paid).await.0, TillResult::ToVerify);
    let voided: Answers = |name, second| match name {
        "pay" | "voidpayment" => None,
        _ if second < 56 => WAITING,
        _ => VOIDED,
    };
    assert_eq!(result(voided).await.0, TillResult::TakenBack);
}

/// The void names the merchant's order id. Where that is another payment's, or nothing was heard of
/// it, no void is sent.
#[tokio::test(start_paused = true)]
async fn nothing_is_taken_back_that_may_be_anothers() {
    for answers in [
        // Called a duplicate, and the query does not say when the payment was.
        (|name, _| match name {
            "pay" => Some(r#"{"errCode":"94"}"#),
            _ => PAID,
        }) as Answers,
        |name, _| match name {
            "pay" => Some(r#"{"errCode":"94"}"#),
            _ => WAITING,
        },
        // A payment of this morning.
        |name, _| match name {
            "pay" => None,
            _ => Some(
                r#"{"errCode":"00","queryResCode":"1","originalTransactionTime":"20260301080000"}"#,
            ),
        },
        // Another amount.
        |name, _| match name {
            "pay" => None,
            _ => Some(r#"{"errCode":"00","queryResCode":"1","originalTransactionAmount":1}"#),
        },
        // Another amount, and then no more answers.
        |name, second| match name {
            "pay" => None,
            _ if second > 40 => None,
            _ => Some(r#"{"errCode":"00","queryResCode":"0","originalTransactionAmount":1}"#),
        },
        // Another amount, and then answers that could be about this one.
        |name, second| match name {
            "pay" => None,
            _ if second > 35 => WAITING,
            _ => Some(r#"{"errCode":"00","queryResCode":"0","originalTransactionAmount":1}"#),
        },
        |name, second| match name {
            "pay" => None,
            _ if second > 35 => NO_RECORD,
            _ => Some(
                r#"{"errCode":"00","queryResCode":"1","originalTransactionTime":"20260301080000"}"#,
            ),
        },
        // An answer that says nothing.
        |name, _| match name {
            "pay" => None,
            _ => DONE,
        },
        // No answer at all.
        |_, _| None,
        |name, _| match name {
            "pay" => None,
            _ => Some("<html>"),
        },
    ] {
        let (found, seen) = result(answers).await;
        assert_eq!(found, TillResult::ToVerify, "{seen:?}");
        assert!(
            seen.iter().all(|(name, _)| name != "voidpayment"),
            "{seen:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_believed_twice_or_with_a_refusal_at_once() {
    let (found, seen) = result(|name, _| if name == "pay" { None } else { FAILED }).await;
    assert_eq!(found, TillResult::NotPaid);
    assert_eq!(names(&seen), [("pay", 0), ("query", 25), ("query", 28)]);

    // No money: the code, and one answer about this very payment.
    let (found, seen) = result(|name, _| match name {
        "pay" => Some(r#"{"errCode":"51"}"#),
        _ => Some(
            r#"{"errCode":"00","queryResCode":"5","merchantOrderId":"M1","originalTransactionAmount":4160,"originalTransactionTime":"20260301120001"}"#,
        ),
    })
    .await;
    assert_eq!(found, TillResult::NotPaid);
    assert_eq!(names(&seen), [("pay", 0), ("query", 0)]);

    // The same after an answer that was lost takes two.
    let (_, seen) = result(|name, _| match name {
        "pay" => Some(r#"{"errCode":"96"}"#),
        _ => Some(
            r#"{"errCode":"00","queryResCode":"5","merchantOrderId":"M1","originalTransactionAmount":4160,"originalTransactionTime":"20260301120001"}"#,
        ),
    })
    .await;
    assert_eq!(names(&seen), [("pay", 0), ("query", 0), ("query", 3)]);
}

/// A refusal that is not about this payment, or leaves it open, makes no failure certain: two
/// answers are needed as after any other loss.
#[tokio::test(start_paused = true)]
async fn a_refusal_of_another_payment_corroborates_nothing() {
    const FAILED_ONCE: Option<&str> = Some(
        r#"{"errCode":"00","queryResCode":"5","merchantOrderId":"M1","originalTransactionAmount":4160,"originalTransactionTime":"20260301120001"}"#,
    );
    for answers in [
        (|name, _| match name {
            "pay" => Some(r#"{"errCode":"51","merchantOrderId":"M9"}"#),
            _ => FAILED_ONCE,
        }) as Answers,
        |name, _| match name {
            "pay" => Some(r#"{"errCode":"51","transactionAmount":1}"#),
            _ => FAILED_ONCE,
        },
        |name, _| match name {
            "pay" => Some(r#"{"errCode":"ER","autoQueryFlag":"Y"}"#),
            _ => FAILED_ONCE,
        },
    ] {
        let (found, seen) = result(answers).await;
        assert_eq!(found, TillResult::NotPaid);
        assert_eq!(names(&seen), [("pay", 0), ("query", 0), ("query", 3)]);
    }
}

/// A till whose clock is four minutes slow, as the gateway's `Date` shows: what was paid three
/// minutes before the call is another customer's payment.
#[tokio::test(start_paused = true)]
async fn a_slow_clock_takes_no_other_payment_for_its_own() {
    for answers in [
        (|name, _| match name {
            "pay" => Some(r#"Date: Sun, 01 Mar 2026 04:04:00 GMT|{"errCode":"94"}"#),
            _ => Some(
                r#"{"errCode":"00","queryResCode":"0","originalTransactionTime":"20260301120100"}"#,
            ),
        }) as Answers,
        |name, _| match name {
            "pay" => None,
            _ => Some(
                r#"Date: Sun, 01 Mar 2026 04:04:25 GMT|{"errCode":"00","queryResCode":"0","originalTransactionTime":"20260301120100"}"#,
            ),
        },
    ] {
        assert_eq!(result(answers).await.0, TillResult::ToVerify);
    }
}

#[tokio::test(start_paused = true)]
async fn a_payment_voided_by_somebody_else_brought_no_money() {
    let (report, seen) = at_till(
        |name, _| if name == "pay" { None } else { VOIDED },
        TillPolicy::default(),
    )
    .await;
    assert_eq!(report.result, TillResult::TakenBack);
    assert_eq!(report.conclusion, Conclusion::Approved { stands: false });
    assert!(report.take_back.is_none());
    assert_eq!(seen.len(), 2);
}

/// The longest and the shortest patience.
#[tokio::test(start_paused = true)]
async fn any_time_limit_ends() {
    for within in [
        Duration::ZERO,
        Duration::from_millis(1),
        Duration::from_secs(1),
    ] {
        let (report, _) = at_till(|_, _| None, TillPolicy::within(within)).await;
        assert_ne!(report.result, TillResult::Paid);
        assert!(
            report.elapsed <= within + Duration::from_secs(2),
            "{report:?}"
        );
    }
    let answers: Answers = |name, _| if name == "pay" { None } else { PAID };
    let (report, _) = at_till(answers, TillPolicy::within(Duration::MAX)).await;
    assert_eq!(report.result, TillResult::Paid);
}

#[tokio::test(start_paused = true)]
async fn what_the_cashier_is_told() {
    let told = [
        TillResult::Paid,
        TillResult::NotPaid,
        TillResult::TakenBack,
        TillResult::ToVerify,
    ]
    .map(|result| {
        let words = result.words(Language::Chinese);
        format!(
            "{} {words} {}",
            result.as_str(),
            result.words(Language::English)
        )
    });
    insta::assert_snapshot!(told.join("\n"), @"
    paid 已收款 Paid
    not_paid 未收款 Not paid
    taken_back 已撤回（未收款） Taken back (not paid)
    to_verify 待核实 To be verified
    ");
    let open = Conclusion::Unknown(StillOpen::TimeUp);
    assert!(open.is_unknown());
}

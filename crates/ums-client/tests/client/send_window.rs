//! The send window of a call: when it begins, who is told of it, and what is made of a request that
//! misses it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BaseUrl, BootClock, BootInstant, Connect, ConnectFuture};
use ums_client::{
    CallOptions, Client, ClientBuilder, Ended, Intent, NextStep, OutcomeKind, Recorder, Recording,
    Resend, Sending,
};

const NO_ORDER: &str = r#"{"errCode":"25","errInfo":"no such order"}"#;

/// A clock that only the test moves, by milliseconds.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicU64>);

impl Hands {
    fn forward(&self, millis: u64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl BootClock for Hands {
    fn now(&self) -> BootInstant {
        BootInstant::from_ticks(Duration::from_millis(self.0.load(Ordering::Relaxed)))
    }
}

/// A gateway that counts the bytes it gets, answers one request of each connection, and closes it
/// when it is told to.
#[derive(Clone, Default)]
struct Gateway {
    connections: Arc<AtomicU64>,
    received: Arc<AtomicU64>,
    close: Arc<Notify>,
    clock: Hands,
}

impl Connect for Gateway {
    fn connect(&self) -> ConnectFuture {
        let (ours, mut theirs) = tokio::io::duplex(16 * 1024);
        self.connections.fetch_add(1, Ordering::Relaxed);
        // As long as any window, and before it begins.
        self.clock.forward(5_000);
        let (received, close) = (Arc::clone(&self.received), Arc::clone(&self.close));
        tokio::spawn(async move {
            let mut piece = [0; 4096];
            let mut heard = Vec::new();
            while !heard.ends_with(b"}") {
                let Ok(more @ 1..) = theirs.read(&mut piece).await else {
                    return;
                };
                received.fetch_add(more as u64, Ordering::Relaxed);
                heard.extend(&piece[..more]);
            }
            let length = NO_ORDER.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{NO_ORDER}");
            theirs.write_all(answer.as_bytes()).await.unwrap();
            close.notified().await;
        });
        Box::pin(async { Ok(Box::new(ours) as _) })
    }

    fn fails_whole(&self) -> bool {
        true
    }
}

/// Takes so many milliseconds for each step, and keeps what it is told.
#[derive(Clone, Default)]
struct Slow {
    clock: Hands,
    intent: u64,
    sending: u64,
    /// Has the gateway close when it is told of this attempt.
    closes: Option<(usize, Arc<Notify>)>,
    told: Arc<Mutex<Vec<Sending>>>,
    ended: Arc<Mutex<Vec<OutcomeKind>>>,
}

impl Recorder for Slow {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        self.clock.forward(self.intent);
        Box::pin(async { Ok(()) })
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        let count = {
            let mut told = self.told.lock().unwrap();
            told.push(*sending);
            told.len()
        };
        Box::pin(async move {
            match &self.closes {
                Some((at, close)) if *at == count => close.notify_one(),
                _ => {}
            }
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            self.clock.forward(self.sending);
            Ok(())
        })
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        self.ended.lock().unwrap().push(ended.outcome);
        Box::pin(async { Ok(()) })
    }
}

fn builder(gateway: &Gateway, recorder: &Slow) -> ClientBuilder {
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    Client::builder(url, app_id, &AppKey::new("made-up-key").unwrap())
        .connector(gateway.clone())
        .boot_clock(recorder.clock.clone())
        .recorder(recorder.clone())
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    )
}

/// The clock is read before the recorder is told: what the record takes counts, and what came
/// before it does not.
#[tokio::test(start_paused = true)]
async fn what_the_record_takes_counts_and_what_came_before_does_not() {
    for (intent, sending, sent) in [
        (0, 0, true),
        (60_000, 4_999, true),
        (0, 5_000, false),
        (0, 60_000, false),
    ] {
        let gateway = Gateway::default();
        let recorder = Slow {
            clock: gateway.clock.clone(),
            intent,
            sending,
            ..Slow::default()
        };
        let client = builder(&gateway, &recorder).resend(Resend::UpTo(3));
        let outcome = client.build().unwrap().void_payment(&void()).await;
        let case = format!("{intent} {sending}: {outcome}");
        assert_eq!(gateway.received.load(Ordering::Relaxed) > 0, sent, "{case}");
        if sent {
            assert_eq!(outcome.kind(), OutcomeKind::Declined, "{case}");
        } else {
            assert_eq!(outcome.kind(), OutcomeKind::NotSent, "{case}");
            assert_eq!(outcome.reason(), Some("send_window"), "{case}");
            assert_eq!(outcome.next_step(), NextStep::SendAgain, "{case}");
        }
        // It is not tried again: what held it up is on this side.
        assert_eq!(recorder.told.lock().unwrap().len(), 1, "{case}");
        assert_eq!(gateway.connections.load(Ordering::Relaxed), 1, "{case}");
        assert_eq!(*recorder.ended.lock().unwrap(), [outcome.kind()]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_window_of_the_client_and_that_of_one_call() {
    let ms = Duration::from_millis;
    for (client, call, takes, sent) in [
        (None, None, 4_999, true),
        (Some(ms(800)), None, 799, true),
        (Some(ms(800)), None, 800, false),
        (Some(ms(800)), Some(ms(7_000)), 6_999, true),
        (None, Some(ms(200)), 200, false),
        (Some(Duration::MAX), None, 86_400_000, true),
        (None, Some(Duration::ZERO), 0, false),
    ] {
        let gateway = Gateway::default();
        let recorder = Slow {
            clock: gateway.clock.clone(),
            sending: takes,
            ..Slow::default()
        };
        let mut building = builder(&gateway, &recorder).timeout(Duration::from_secs(3600));
        let mut options = CallOptions::new();
        let mut window = Duration::from_secs(5);
        if let Some(limit) = client {
            building = building.send_window(limit);
            window = limit;
        }
        if let Some(limit) = call {
            options = options.send_window(limit);
            window = limit;
        }
        let client = building.build().unwrap();
        let outcome = client.execute_with(&void(), &options).await;
        let case = format!("{client:?} {call:?} {takes}: {outcome}");
        assert_eq!(outcome.kind() == OutcomeKind::Declined, sent, "{case}");
        let told = recorder.told.lock().unwrap()[0];
        assert_eq!(told.send_window, Some(window), "{case}");
        assert_eq!(told.deadline_in, Some(Duration::from_secs(3600)), "{case}");
    }
}

/// A connection that was closed meanwhile is replaced; the attempt on the new one has a window and
/// a record of its own.
#[tokio::test(start_paused = true)]
async fn each_attempt_has_a_window_of_its_own() {
    let gateway = Gateway::default();
    let recorder = Slow {
        clock: gateway.clock.clone(),
        sending: 3_000,
        closes: Some((2, Arc::clone(&gateway.close))),
        ..Slow::default()
    };
    let client = builder(&gateway, &recorder).build().unwrap();
    let first = client.void_payment(&void()).await;
    assert_eq!(first.kind(), OutcomeKind::Declined, "{first}");
    let second = client.void_payment(&void()).await;
    assert_eq!(second.kind(), OutcomeKind::Declined, "{second}");
    assert_eq!(second.evidence().earlier.len(), 1, "{second}");
    let told = recorder.told.lock().unwrap();
    assert_eq!(told.len(), 3);
    assert_eq!((told[1].call, told[2].call), (told[1].call, told[1].call));
    assert_ne!(told[1].attempt, told[2].attempt);
    assert_eq!(gateway.connections.load(Ordering::Relaxed), 2);
}

/// A recorder for one call is told in place of the client's.
#[tokio::test(start_paused = true)]
async fn a_call_can_have_a_recorder_of_its_own() {
    let gateway = Gateway::default();
    let (ours, its) = (Slow::default(), Slow::default());
    let client = builder(&gateway, &ours).build().unwrap();
    let options = CallOptions::new().recorder(Arc::new(its.clone()));
    let outcome = client.execute_with(&void(), &options).await;
    assert_eq!(outcome.kind(), OutcomeKind::Declined, "{outcome}");
    assert_eq!(its.told.lock().unwrap().len(), 1);
    assert_eq!(*its.ended.lock().unwrap(), [OutcomeKind::Declined]);
    assert!(ours.told.lock().unwrap().is_empty());
    assert!(ours.ended.lock().unwrap().is_empty());
    let _ = client.void_payment(&void()).await;
    assert_eq!(its.told.lock().unwrap().len(), 1);
    assert_eq!(ours.told.lock().unwrap().len(), 1);
}

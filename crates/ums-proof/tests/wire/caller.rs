//! The caller's machine: a client with a connection at hand, which is told when to call.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BootInstant, Trust};
use ums_client::{Client, Ended, Intent, Outcome, Recorder, Recording, Sending};

use crate::process::{CA, TIMEOUT, URL, part, signal, told};

pub(crate) const APP_ID: &str = "made-up-app";
pub(crate) const APP_KEY: &str = "MADEUPKEY4c0ffee4c0ffee4c0ffee4c";

/// The parts of a caller: nothing when it is started as a test.
#[test]
fn play() {
    let Some(part) = part() else { return };
    match part.as_str() {
        "control" => control(),
        "gateway" => {}
        part => call(part),
    }
}

/// Writes on a socket as anyone does: what the kernel does then. Closed, it would be given up after
/// some minutes.
fn control() {
    let mut stream = TcpStream::connect(std::env::var(URL).unwrap()).unwrap();
    stream.write_all(b"warm").unwrap();
    println!("ready");
    told().unwrap();
    stream.write_all(&[b'x'; 700]).unwrap();
    println!("began");
    while told().is_some() {}
}

/// Makes one call on a connection that has served, when it is told to.
fn call(part: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let limit = std::env::var(TIMEOUT).map_or(8, |text| text.parse().unwrap());
    let limit = Duration::from_secs(limit);
    let mut client = Client::builder(
        url(),
        AppId::new(APP_ID).unwrap(),
        &AppKey::new(APP_KEY).unwrap(),
    )
    .recorder(Steps {
        stalls: part.strip_prefix("stalls at ").map(str::to_owned),
        calls: std::sync::atomic::AtomicUsize::new(0),
    })
    .send_window(Duration::from_secs(1))
    .timeout(limit);
    if let Ok(ca) = std::env::var(CA) {
        client = client.trust(Trust::ca_file(ca).unwrap());
    }
    let client = client.build().unwrap();
    let void = void();
    let first = runtime.block_on(client.void_payment(&void));
    assert!(matches!(first, Outcome::Declined(_)), "{first}");
    println!("ready {first}");
    told().unwrap();
    println!("began");
    let call = async {
        let before_its_end = match part {
            "leaves" => Duration::from_secs(1),
            _ => limit * 2,
        };
        tokio::time::timeout(before_its_end, client.void_payment(&void)).await
    };
    match runtime.block_on(call) {
        Err(_) => println!("left"),
        Ok(outcome) => {
            let progress = outcome.evidence().attempt.progress.as_ref();
            println!(
                "ended {} {} {}/{} reused {} at {}",
                outcome.kind().as_str(),
                outcome.reason().unwrap_or_default(),
                progress.map_or(0, |progress| progress.request_bytes_written),
                progress.map_or(0, |progress| progress.request_bytes_total),
                progress.is_some_and(|progress| progress.reused),
                BootInstant::now().ticks().as_millis()
            );
        }
    }
    // Nothing but the end of the call closes its connection.
    while told().is_some() {}
}

fn url() -> ums_client::transport::BaseUrl {
    std::env::var(URL).unwrap().parse().unwrap()
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    )
}

/// Stops the process, all of it, within a step of the second call.
struct Steps {
    stalls: Option<String>,
    calls: std::sync::atomic::AtomicUsize,
}

impl Steps {
    fn step(&self, name: &str) -> Recording<'_> {
        let stalls = self.stalls.as_deref() == Some(name)
            && self.calls.load(std::sync::atomic::Ordering::SeqCst) == 2;
        Box::pin(async move {
            if stalls {
                signal(std::process::id(), "STOP");
                // It is stopped some time after the signal was sent.
                std::thread::sleep(Duration::from_millis(100));
            }
            Ok(())
        })
    }
}

impl Recorder for Steps {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        self.calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        self.step("intent")
    }

    fn sending<'a>(&'a self, _: &'a Sending) -> Recording<'a> {
        self.step("sending")
    }

    fn ended<'a>(&'a self, _: &'a Ended<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }
}

//! A gateway, a recorder and a clock that take their time, on tokio's paused clock: what happened
//! is read back with the millisecond in which it did.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use ums_client::auth::open_body_sig::Authorization;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{
    Client, ClientBuilder, Clock, Ended, Intent, Jitter, Outcome, Recorder, Recording, Sending,
};

pub(crate) const ORDER: &str = "20230718110248029165883554";
pub(crate) const APPROVED: &str = r#"{"errCode":"00","orderId":"20230718110248029165883554"}"#;
pub(crate) const TOKEN: &str = r#"{"errCode":"0000","accessToken":"made-up-token"}"#;

/// What a connection does. Times are in milliseconds, from the dial or from when a request was
/// read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plan {
    Refuse(u64),
    /// Never opens.
    Hang,
    /// Opens, and answers each request with status and body.
    Answer(u64, u64, u16, &'static str),
    /// Opens, reads a request and closes.
    Close(u64, u64),
    /// Opens, reads a request and says nothing.
    Silence(u64),
    /// Opens, takes so many bytes, and after so long closes.
    TakePart(usize, u64),
}

pub(crate) fn approve(opens: u64, answers: u64) -> Plan {
    Plan::Answer(opens, answers, 200, APPROVED)
}

/// Everything that happens in one test.
#[derive(Clone)]
pub(crate) struct World {
    start: Instant,
    plans: Arc<Mutex<VecDeque<Plan>>>,
    log: Arc<Mutex<Vec<String>>>,
    /// The `Date` of each reply is so many seconds off the client's clock.
    pub(crate) skew: i64,
    /// Whether a connection serves more than one request.
    pub(crate) keeps_connections: bool,
    cut: Arc<Mutex<Arc<AtomicBool>>>,
}

impl World {
    pub(crate) fn new(plans: impl IntoIterator<Item = Plan>) -> Self {
        Self {
            start: Instant::now(),
            plans: Arc::new(Mutex::new(plans.into_iter().collect())),
            log: Arc::default(),
            skew: 0,
            keeps_connections: false,
            cut: Arc::default(),
        }
    }

    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    /// No open connection takes a byte from now on, which shows only when one is written.
    pub(crate) fn cut_writes(&self) {
        let cut = std::mem::take(&mut *self.cut.lock().unwrap());
        cut.store(true, Ordering::SeqCst);
    }

    pub(crate) fn note(&self, what: &str) {
        let millis = self.millis();
        self.log.lock().unwrap().push(format!("{what} {millis}"));
    }

    /// What happened and when.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// When this happened.
    pub(crate) fn times(&self, what: &str) -> Vec<u64> {
        let log = self.log();
        let times = log
            .iter()
            .filter_map(|line| line.strip_prefix(what)?.strip_prefix(' '));
        times.map(|time| time.parse().unwrap()).collect()
    }

    /// Ten seconds for a call, pauses of no length, and the clock of the test.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let url: BaseUrl = "http://localhost".parse().unwrap();
        let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
        Client::builder(url, AppId::new("made-up-app").unwrap(), &app_key)
            .timeout(Duration::from_secs(10))
            .connector(self.clone())
            .jitter(AtOnce)
            .clock(self.clone())
    }

    fn date(&self) -> DateTime<Utc> {
        let nine = DateTime::from_timestamp(1_689_642_000, 0).unwrap();
        nine + TimeDelta::from_std(self.start.elapsed()).unwrap()
    }

    async fn serve(self, mut stream: DuplexStream, plan: Plan) {
        while let Some((path, authorization)) = read_request(&mut stream).await {
            self.note(match path.as_str() {
                "/v1/token/access" => "token",
                _ => "request",
            });
            // By which it can be told when the request was signed.
            if let Ok(signed) = Authorization::parse(&authorization) {
                self.note(&format!("signed {}", &signed.timestamp().as_str()[8..]));
            }
            let (after, status, body) = match plan {
                Plan::Answer(_, after, status, body) => (after, status, body),
                Plan::Close(_, after) => return sleep(Duration::from_millis(after)).await,
                _ => return std::future::pending().await,
            };
            sleep(Duration::from_millis(after)).await;
            let date = (self.date() + TimeDelta::seconds(self.skew)).to_rfc2822();
            let length = body.len();
            let close = match self.keeps_connections {
                true => "",
                false => "Connection: close\r\n",
            };
            let reply = format!(
                "HTTP/1.1 {status} x\r\nDate: {date}\r\n{close}Content-Length: {length}\r\n\r\n{body}"
            );
            let gone = stream.write_all(reply.as_bytes()).await.is_err();
            if gone || !self.keeps_connections {
                return;
            }
        }
    }
}

impl Connect for World {
    /// A pipe in memory takes a write whole or not at all.
    fn fails_whole(&self) -> bool {
        true
    }

    fn connect(&self) -> ConnectFuture {
        self.note("dial");
        let plan = self.plans.lock().unwrap().pop_front().unwrap();
        let world = self.clone();
        Box::pin(async move {
            let opens = match plan {
                Plan::Refuse(after) => {
                    sleep(Duration::from_millis(after)).await;
                    return Err(io::ErrorKind::ConnectionRefused.into());
                }
                Plan::Hang => return std::future::pending().await,
                Plan::TakePart(bytes, after) => {
                    let (ours, theirs) = tokio::io::duplex(bytes);
                    tokio::spawn(async move {
                        let _held = theirs;
                        sleep(Duration::from_millis(after)).await;
                    });
                    return Ok(Box::new(ours) as _);
                }
                Plan::Answer(opens, ..) | Plan::Close(opens, _) | Plan::Silence(opens) => opens,
            };
            sleep(Duration::from_millis(opens)).await;
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            let cut = Arc::clone(&world.cut.lock().unwrap());
            tokio::spawn(world.serve(theirs, plan));
            Ok(Box::new(Cuttable { stream: ours, cut }) as _)
        })
    }
}

struct Cuttable {
    stream: DuplexStream,
    cut: Arc<AtomicBool>,
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.cut.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Clock for World {
    fn now(&self) -> DateTime<Utc> {
        self.date()
    }
}

struct AtOnce;

impl Jitter for AtOnce {
    fn next_pause(&self, _: Duration) -> Duration {
        Duration::ZERO
    }
}

async fn read_request(stream: &mut DuplexStream) -> Option<(String, String)> {
    let mut seen = String::new();
    loop {
        let mut some = [0; 4096];
        let count = stream
            .read(&mut some)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        seen.push_str(std::str::from_utf8(&some[..count]).unwrap());
        let Some((head, body)) = seen.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .unwrap_or_default()
        };
        if body.len() == header("content-length").parse::<usize>().unwrap() {
            let path = head.split(' ').nth(1).unwrap();
            return Some((path.to_owned(), header("authorization").to_owned()));
        }
    }
}

/// What a recorder does at a step, each time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Step {
    #[default]
    Done,
    Slow(u64),
    Fails,
    /// Does as it should but for this time, the first being 1.
    FailsAt(usize),
    Hangs,
}

/// Notes each step in the log, and does with it as told.
#[derive(Clone)]
pub(crate) struct Steps {
    pub(crate) world: World,
    pub(crate) intent: Step,
    pub(crate) sending: Step,
    pub(crate) ended: Step,
    /// Call and attempt of each `sending`.
    pub(crate) sent: Arc<Mutex<Vec<(String, String)>>>,
}

impl Steps {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            world: world.clone(),
            intent: Step::Done,
            sending: Step::Done,
            ended: Step::Done,
            sent: Arc::default(),
        }
    }

    fn step(&self, name: &str, what: Step) -> Recording<'_> {
        self.world.note(name);
        let count = self.world.times(name).len();
        Box::pin(async move {
            match what {
                Step::Fails => return Err("the disk is full".into()),
                Step::FailsAt(number) if number == count => return Err("the disk is full".into()),
                Step::Done | Step::FailsAt(_) => {}
                Step::Slow(millis) => sleep(Duration::from_millis(millis)).await,
                Step::Hangs => std::future::pending().await,
            }
            Ok(())
        })
    }
}

impl Recorder for Steps {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        self.step("intent", self.intent)
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        let told = (sending.call.to_string(), sending.attempt.to_string());
        self.sent.lock().unwrap().push(told);
        self.step("sending", self.sending)
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        self.step(&format!("ended {}", ended.outcome.as_str()), self.ended)
    }
}

pub(crate) async fn void(client: &Client) -> Outcome<VoidPaymentReply> {
    let void = VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    );
    // A call that never ends fails the test instead of holding it.
    let hour = Duration::from_secs(3600);
    let ended = tokio::time::timeout(hour, client.void_payment(&void)).await;
    ended.unwrap()
}

/// A void that has begun when this returns.
pub(crate) async fn begun(client: &Client) -> JoinHandle<Outcome<VoidPaymentReply>> {
    let client = client.clone();
    let call = tokio::spawn(async move { void(&client).await });
    tokio::task::yield_now().await;
    call
}

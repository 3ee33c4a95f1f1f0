//! A gateway, a journal, and processes that use both.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_client::auth::{AppId, AppKey};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{Client, ClientBuilder, Clock};
use ums_durable::{Durable, DurableBuilder, Settings};
use ums_journal::{
    CallId, JournalId, JournalKey, Key, MemoryStore, Stamp, StoreClock, StoreErrorKind, StoreFault,
    StoreFaults, StoreStep, StoredCall, View,
};
use ums_model::{
    Fen, MerchantCode, MerchantOrderId, MerchantRemark, Pay, PayCode, PayMode, Refund,
    RefundRequestId, TerminalCode, UmsOrderId, VoidPayment,
};
use ums_simulator::{Order, Running, Simulator};

pub(crate) const ORDER: &str = "20230718110248029165883554";
pub(crate) const LEASE: Duration = Duration::from_secs(15);

/// Time that goes on with tokio's, by the store's clock, the client's and the gateway's.
#[derive(Clone)]
pub(crate) struct Time {
    start: DateTime<Utc>,
    began: Instant,
    ahead: Arc<Mutex<TimeDelta>>,
}

impl Time {
    pub(crate) fn at(start: &str) -> Self {
        Self {
            start: start.parse().unwrap(),
            began: Instant::now(),
            ahead: Arc::new(Mutex::new(TimeDelta::zero())),
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.start + self.began.elapsed() + *self.ahead.lock().unwrap()
    }

    /// Has every clock but tokio's jump ahead.
    pub(crate) fn jump(&self, by: TimeDelta) {
        *self.ahead.lock().unwrap() += by;
    }
}

impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        Self::now(self)
    }
}

impl StoreClock for Time {
    fn now(&self) -> Stamp {
        let ahead = self.ahead.lock().unwrap().to_std().unwrap();
        let ticks = Duration::from_secs(1000) + self.began.elapsed() + ahead;
        Stamp::new("machine-1", "boot-1", ticks, Self::now(self))
    }
}

#[derive(Clone)]
enum Way {
    InMemory(Simulator),
    Socket(BaseUrl),
}

struct InMemory(Simulator);

impl Connect for InMemory {
    fn connect(&self) -> ConnectFuture {
        let stream = self.0.connect();
        Box::pin(async { Ok(Box::new(stream?) as _) })
    }
}

#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) simulator: Simulator,
    pub(crate) store: MemoryStore,
    pub(crate) time: Time,
    way: Way,
}

impl Ground {
    /// Everything in this process, so that the test can pause time.
    pub(crate) fn new() -> Self {
        Self::at("2023-07-18T15:00:00+08:00")
    }

    pub(crate) fn at(start: &str) -> Self {
        let time = Time::at(start);
        let simulator = builder(&time).build().unwrap();
        Self {
            store: store(&time),
            way: Way::InMemory(simulator.clone()),
            simulator,
            time,
        }
    }

    /// The gateway behind a real socket.
    pub(crate) async fn over_sockets() -> (Self, Running) {
        let time = Time::at("2023-07-18T15:00:00+08:00");
        let running = builder(&time).start().await.unwrap();
        let ground = Self {
            store: store(&time),
            way: Way::Socket(running.url().parse().unwrap()),
            simulator: running.simulator().clone(),
            time,
        };
        (ground, running)
    }

    /// The same with a journal of the same name that has nothing in it.
    pub(crate) fn with_an_empty_journal(&self) -> Self {
        Self {
            store: store(&self.time),
            ..self.clone()
        }
    }

    pub(crate) fn client(&self) -> Client {
        let url = match &self.way {
            Way::InMemory(_) => "http://localhost".parse().unwrap(),
            Way::Socket(url) => url.clone(),
        };
        let builder = self.client_builder(url);
        match &self.way {
            Way::InMemory(simulator) => builder.connector(InMemory(simulator.clone())),
            Way::Socket(_) => builder,
        }
        .build()
        .unwrap()
    }

    /// A client that reaches the gateway so.
    pub(crate) fn client_over(&self, connector: impl Connect) -> Client {
        let url = "http://localhost".parse().unwrap();
        let builder = self.client_builder(url).connector(connector);
        builder.build().unwrap()
    }

    fn client_builder(&self, url: BaseUrl) -> ClientBuilder {
        let app_id = AppId::new(Simulator::DEMO_APP_ID).unwrap();
        let app_key = AppKey::new(Simulator::DEMO_APP_KEY).unwrap();
        Client::builder(url, app_id, &app_key)
            .clock(self.time.clone())
            .timeout(Duration::from_secs(5))
    }

    pub(crate) fn builder(&self) -> DurableBuilder {
        Durable::builder(self.client(), self.store.clone()).settings(Settings::new().lease(LEASE))
    }

    /// A process.
    pub(crate) async fn durable(&self) -> Durable {
        self.builder().build().await.unwrap()
    }

    /// A process with whose store things go wrong.
    pub(crate) async fn with_faults(&self, faults: &Arc<Faults>) -> Durable {
        let faults: Arc<dyn StoreFaults> = Arc::clone(faults) as _;
        let store = self.store.with_faults(faults);
        Durable::builder(self.client(), store)
            .build()
            .await
            .unwrap()
    }

    /// How many requests moved money, or would have: queries are not counted.
    pub(crate) fn voids_sent(&self) -> usize {
        self.sent("/voidpayment")
    }

    pub(crate) fn sent(&self, path: &str) -> usize {
        let requests = self.simulator.ledger().requests();
        requests
            .iter()
            .filter(|request| request.path.ends_with(path))
            .count()
    }

    pub(crate) fn applied(&self) -> u64 {
        self.simulator.ledger().totals().applied
    }
}

fn builder(time: &Time) -> ums_simulator::Builder {
    let clock = time.clone();
    Simulator::builder()
        .clock(move || clock.now())
        .order(Order::paid(ORDER).amount(100).merchant_order_id("M-ORDER"))
}

fn store(time: &Time) -> MemoryStore {
    let key = JournalKey::new([7; 32]);
    MemoryStore::new(
        JournalId::new("journal-1").unwrap(),
        key,
        Arc::new(time.clone()),
    )
}

/// What goes wrong with the steps of a process's store, in their order; then nothing more.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<(StoreStep, u32, StoreFault)>>);

impl Faults {
    /// The `nth` step of this kind from now on, the first being 0.
    pub(crate) fn at(&self, step: StoreStep, nth: u32, fault: StoreFault) {
        self.0.lock().unwrap().push((step, nth, fault));
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

pub(crate) const FAILS: StoreFault = StoreFault::Fails(StoreErrorKind::Unavailable);

impl StoreFaults for Faults {
    fn next(&self, step: StoreStep) -> StoreFault {
        let mut faults = self.0.lock().unwrap();
        let mut found = StoreFault::None;
        faults.retain_mut(|(of, left, fault)| {
            if *of != step {
                return true;
            }
            if *left == u32::MAX {
                found = *fault;
                return true;
            }
            match left.checked_sub(1) {
                Some(less) => {
                    *left = less;
                    true
                }
                None => {
                    found = *fault;
                    false
                }
            }
        });
        found
    }
}

pub(crate) fn key(key: &str) -> Key {
    Key::new(key).unwrap()
}

pub(crate) fn void() -> VoidPayment {
    void_of(ORDER)
}

pub(crate) fn void_of(order: &str) -> VoidPayment {
    VoidPayment::by_ums_order_id(merchant(), terminal(), UmsOrderId::new(order).unwrap())
}

pub(crate) fn void_by_merchant_order(order: &str) -> VoidPayment {
    let order = MerchantOrderId::new(order).unwrap();
    VoidPayment::by_merchant_order_id(merchant(), terminal(), order)
}

pub(crate) fn refund(id: &str) -> Refund {
    Refund::new(
        merchant(),
        terminal(),
        UmsOrderId::new(ORDER).unwrap(),
        RefundRequestId::new(id).unwrap(),
        Fen::new(10),
    )
}

pub(crate) fn pay(order: &str, code: &str) -> Pay {
    Pay::new(
        merchant(),
        terminal(),
        MerchantOrderId::new(order).unwrap(),
        Fen::new(4160),
        MerchantRemark::new("-").unwrap(),
        PayMode::CodeScan,
        PayCode::new(code).unwrap(),
    )
}

fn merchant() -> MerchantCode {
    MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap()
}

fn terminal() -> TerminalCode {
    TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap()
}

pub(crate) async fn read(durable: &Durable, call: &CallId) -> StoredCall {
    durable.call(call).await.unwrap().unwrap()
}

pub(crate) async fn view(durable: &Durable, call: &CallId) -> View {
    read(durable, call).await.view
}

//! What a simulator is made with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::access::accounts::Accounts;
use crate::access::authorization::Verifier;
use crate::book::order::Order;
use crate::clock::{GatewayClock, MachineClock};
use crate::fault::named::FaultError;
use crate::fault::rule::FaultRule;
use crate::gateway::{Gateway, Settings};
use crate::ledger::record::LedgerRequest;
use crate::ledger::{Ledger, Observer};
use crate::operation::body::ReplyStyle;
use crate::operation::choices::{Choices, LateQuery, PendingVoid, RepeatedVoid};
use crate::orders::order_file::{OrdersFileError, read_orders};
use crate::orders::state_file::{StateFile, StateFileError};
use crate::orders::{BookError, Orders};
use crate::simulator::Simulator;
use crate::wire::limits::Limits;
use crate::wire::tls::Tls;

/// At less than 3 KiB a record this is not more than 60 MB.
const DEFAULT_LEDGER_LIMIT: usize = 10_000;

impl Simulator {
    /// Sets up a simulator.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

/// Sets up a [`Simulator`].
pub struct Builder {
    credentials: Vec<(String, String)>,
    orders: Vec<Order>,
    terminals: Vec<(String, String)>,
    /// AppIds that may act for these merchants alone.
    app_merchants: Vec<(String, String)>,
    clock: Arc<dyn GatewayClock>,
    timestamp_window: Duration,
    choices: Choices,
    any_merchant: bool,
    most_orders: usize,
    state_file: Option<StateFile>,
    ledger_limit: Option<usize>,
    observer: Option<Observer>,
    limits: Limits,
    keep_bodies: bool,
    tls: Option<Tls>,
    pub(crate) listen: SocketAddr,
    pub(crate) control: Option<SocketAddr>,
    order_files: Vec<PathBuf>,
    rules: Vec<FaultRule>,
}

impl Builder {
    fn new() -> Self {
        Self {
            credentials: Vec::new(),
            orders: Vec::new(),
            terminals: Vec::new(),
            app_merchants: Vec::new(),
            clock: Arc::new(MachineClock),
            timestamp_window: Duration::from_secs(300),
            choices: Choices::default(),
            any_merchant: false,
            most_orders: MOST_ORDERS,
            state_file: None,
            ledger_limit: Some(DEFAULT_LEDGER_LIMIT),
            observer: None,
            limits: Limits::default(),
            keep_bodies: false,
            tls: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            control: None,
            order_files: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// Accepts signatures of this AppId made with this AppKey, or with any other that is given for
    /// it. Without any, the simulator knows [`Simulator::DEMO_APP_ID`] alone.
    #[must_use]
    pub fn credential(mut self, app_id: impl Into<String>, app_key: impl Into<String>) -> Self {
        self.credentials.push((app_id.into(), app_key.into()));
        self
    }

    /// Accepts signatures of all these AppIds, and knows their merchants and terminals. An AppId
    /// that comes with merchants may act for those alone: a request for another one's is refused
    /// with `1001`.
    #[must_use]
    pub fn accounts(mut self, accounts: Accounts) -> Self {
        for app in accounts.apps {
            for merchant in app.merchants {
                for terminal in merchant.terminal_codes {
                    self = self.terminal(merchant.merchant_code.clone(), terminal);
                }
                let limit = (app.app_id.clone(), merchant.merchant_code);
                self.app_merchants.push(limit);
            }
            self = self.credential(app.app_id, app.app_key);
        }
        self
    }

    /// Puts an order into the book.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.orders.push(order);
        self
    }

    /// Puts orders into the book.
    #[must_use]
    pub fn orders(mut self, orders: impl IntoIterator<Item = Order>) -> Self {
        self.orders.extend(orders);
        self
    }

    /// Puts the orders of a JSON file into the book; [`parse_orders`](crate::parse_orders) tells
    /// its keys. The file is read when the simulator is built.
    #[must_use]
    pub fn orders_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.order_files.push(path.into());
        self
    }

    /// Keeps the order book in this file, so that it survives a restart: orders with their refunds,
    /// terminals, and how far the trading day is moved, but neither the ledger nor the memory of
    /// nonces.
    ///
    /// If the file is there when the simulator is built, its book is taken, and of the orders given
    /// here those are added whose id it does not hold. Each change is written, and flushed to the
    /// disk, before it is answered; where that fails, the request is answered `9999` and nothing is
    /// changed. The file belongs to one simulator at a time.
    #[must_use]
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(StateFile::new(path.into()));
        self
    }

    /// Makes a terminal known that has no order. A simulator that is given neither orders nor
    /// terminals knows the demo terminal.
    #[must_use]
    pub fn terminal(
        mut self,
        merchant_code: impl Into<String>,
        terminal_code: impl Into<String>,
    ) -> Self {
        self.terminals
            .push((merchant_code.into(), terminal_code.into()));
        self
    }

    /// Takes the time of day from this clock instead of the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl GatewayClock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How far a signature's timestamp may be from the clock, either way; five minutes by default.
    /// The window of the real platform is not published.
    #[must_use]
    pub fn timestamp_window(mut self, window: Duration) -> Self {
        self.timestamp_window = window;
        self
    }

    /// What a void of an order, or of a hold, that is voided already is answered with.
    #[must_use]
    pub fn repeated_void(mut self, answer: RepeatedVoid) -> Self {
        self.choices.voids.repeated = answer;
        self
    }

    /// What a void is answered with of a payment, or of a hold, of which queries still say `1`.
    #[must_use]
    pub fn pending_void(mut self, answer: PendingVoid) -> Self {
        self.choices.voids.pending = answer;
        self
    }

    /// How long the completion of a hold (担保) takes, on tokio's clock: until then queries say
    /// `secureStatus` 3, and money moves only then. By default it is done when it is answered.
    #[must_use]
    pub fn completion_time(mut self, time: Duration) -> Self {
        self.choices.completion_time = time;
        self
    }

    /// What a query is answered with that comes after the payment's day and does not name it.
    #[must_use]
    pub fn late_query(mut self, answer: LateQuery) -> Self {
        self.choices.late_query = answer;
        self
    }

    /// Takes every merchant code and every terminal code as known.
    #[must_use]
    pub fn any_merchant(mut self) -> Self {
        self.any_merchant = true;
        self
    }

    /// How many orders payments and holds may bring the book to: 1,000,000 without this. Then they
    /// are refused by `57`, in words that say why, and nothing is made. Orders that were put in
    /// beforehand count, but all of them are kept.
    #[must_use]
    pub fn most_orders(mut self, most: usize) -> Self {
        self.most_orders = most;
        self
    }

    /// How replies other than the void's are written.
    #[must_use]
    pub fn reply_style(mut self, style: ReplyStyle) -> Self {
        self.choices.reply_style = style;
        self
    }

    /// Keeps only the newest records of the ledger, this many requests and this many connections;
    /// 10,000 of each by default. [`Totals`](crate::Totals) count the others, and how many were
    /// forgotten.
    #[must_use]
    pub fn ledger_limit(mut self, records: usize) -> Self {
        self.ledger_limit = Some(records);
        self
    }

    /// Keeps every record of the ledger, which then grows with every request: for a test that looks
    /// at all of them.
    #[must_use]
    pub fn whole_ledger(mut self) -> Self {
        self.ledger_limit = None;
        self
    }

    /// Calls this for each request: as soon as it is decided about, or when its exchange ends if it
    /// never came whole. It is called on the connection's task, so it must not block.
    #[must_use]
    pub fn on_request(mut self, observe: impl Fn(&LedgerRequest) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observe));
        self
    }

    /// How many connections a port holds at once; 512 by default. One more is closed as soon as it
    /// is accepted, and counted. Connections in memory are not limited.
    #[must_use]
    pub fn connection_limit(mut self, connections: usize) -> Self {
        self.limits.connections = connections;
        self
    }

    /// How long a request may take from its first byte to its last on a port, and so a TLS
    /// handshake; a minute by default. After that it is answered 408 and the connection is closed.
    /// What the simulator itself delays does not count.
    #[must_use]
    pub fn request_timeout(mut self, time: Duration) -> Self {
        self.limits.request = time;
        self
    }

    /// How long a connection of a port may rest without a request; ten minutes by default. Then it
    /// is closed.
    #[must_use]
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.limits.idle = time;
        self
    }

    /// Keeps request bodies in the ledger.
    #[must_use]
    pub fn keep_bodies(mut self) -> Self {
        self.keep_bodies = true;
        self
    }

    /// Arms a fault from the start; more can be armed later.
    #[must_use]
    pub fn fault(mut self, rule: FaultRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Serves https instead of http.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Listens on this address; by default on a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Takes control calls over HTTP on this loopback address, which faults never strike; port 0
    /// for a free one. See the crate's first page.
    #[must_use]
    pub fn control(mut self, address: SocketAddr) -> Self {
        self.control = Some(address);
        self
    }

    /// Builds the simulator without any socket, for [`Simulator::serve`] and
    /// [`Simulator::connect`].
    ///
    /// # Errors
    ///
    /// Returns an error if a file of orders or the state file cannot be used, an order is there
    /// twice, or a fault cannot be armed.
    pub fn build(mut self) -> Result<Simulator, BuildError> {
        for path in std::mem::take(&mut self.order_files) {
            self.orders.extend(read_orders(&path)?);
        }
        if self.credentials.is_empty() {
            self = self.credential(Simulator::DEMO_APP_ID, Simulator::DEMO_APP_KEY);
        }
        if self.orders.is_empty() && self.terminals.is_empty() {
            self = self.terminal(Simulator::DEMO_MERCHANT_CODE, Simulator::DEMO_TERMINAL_CODE);
        }
        let rules = std::mem::take(&mut self.rules);
        let simulator = Simulator::new(Gateway::new(self.settings()?));
        for rule in rules {
            simulator.fault(rule)?;
        }
        Ok(simulator)
    }

    fn settings(self) -> Result<Settings, BuildError> {
        let mut verifier = Verifier::new(self.timestamp_window);
        for (app_id, app_key) in &self.credentials {
            verifier.insert(app_id, app_key);
        }
        for (app_id, merchant) in &self.app_merchants {
            verifier.limit(app_id, merchant);
        }
        let restores = self.state_file.is_some();
        let orders = Orders::new(
            self.clock.clone(),
            self.state_file,
            self.any_merchant,
            self.most_orders,
        )?;
        let mut given = self.orders;
        if restores {
            given.retain(|order| orders.find(&order.order_id).is_none());
        }
        orders.insert_all(given)?;
        for (merchant, terminal) in self.terminals {
            orders.register_terminal(merchant, terminal)?;
        }
        Ok(Settings {
            ledger: Ledger::new(self.clock, self.ledger_limit, self.observer),
            orders,
            verifier,
            choices: self.choices,
            tls: self.tls,
            limits: self.limits,
            keep_bodies: self.keep_bodies,
        })
    }
}

/// Each takes some 600 bytes: enough for a long test, and a bound for one that never ends.
const MOST_ORDERS: usize = 1_000_000;

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let app_ids: Vec<_> = self.credentials.iter().map(|(id, _)| id).collect();
        f.debug_struct("Builder")
            .field("app_ids", &app_ids)
            .field("orders", &self.orders.len())
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// A simulator that cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A fault cannot be armed.
    #[error("a fault cannot be armed")]
    Fault(#[from] FaultError),
    /// An order is there twice, or the state file cannot be written.
    #[error("the order book cannot be filled")]
    Orders(#[from] BookError),
    /// A file of orders cannot be used.
    #[error("the order book cannot be read")]
    OrdersFile(#[from] OrdersFileError),
    /// The state file cannot be used.
    #[error("the order book cannot be restored")]
    StateFile(#[from] StateFileError),
}

//! The order book: what was paid, and what has become of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Serialize, Serializer};
use tokio::time::Instant;

use crate::clock::{Clock, Moment, write_day, write_time};
use crate::decision::Change;
use crate::settings::{DEMO_MERCHANT_CODE, DEMO_TERMINAL_CODE};
use crate::state_file::{StateFile, StateFileError};

/// One payment that the simulated gateway knows of.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Order {
    /// UMS order id (银商订单号), what a void names as `originalOrderId`.
    pub order_id: String,
    /// Merchant order id (商户订单号), if the payment had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_order_id: Option<String>,
    /// Merchant code (商户号).
    pub merchant_code: String,
    /// Terminal code (终端号) that took the payment.
    pub terminal_code: String,
    /// Amount in fen (分).
    pub amount: u64,
    /// What has become of the payment.
    pub state: OrderState,
    /// The day on which it was paid.
    pub trading_day: TradingDay,
    /// The time of the payment, in UTC+8, if it was paid here.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "time_if_any"
    )]
    pub pay_time: Option<NaiveTime>,
    /// The payer's code (支付码), if it was paid here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_code: Option<String>,
    /// The payment's retrieval reference number (检索参考号), if it was paid here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrieval_ref_num: Option<String>,
    /// How many more queries are answered by `1` 超时, not final, before they say what is true.
    #[serde(skip_serializing_if = "is_zero")]
    pub timed_out_queries: u32,
    /// What becomes of the payment by itself, if anything does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Becomes>,
    /// Whether the payment's answer was no clear one, and no query has said
    /// since, on the payment's day, what became of it. Until one has, it cannot
    /// be refunded by merchant order id (official PDF v2, §3.6).
    #[serde(skip_serializing_if = "is_false")]
    pub query_needed: bool,
    /// The refunds (退款), in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<OrderRefund>,
}

impl Order {
    /// A payment of one fen, taken today by the demo merchant's demo terminal.
    pub fn paid(order_id: impl Into<String>) -> Self {
        Self {
            order_id: order_id.into(),
            merchant_order_id: None,
            merchant_code: DEMO_MERCHANT_CODE.to_owned(),
            terminal_code: DEMO_TERMINAL_CODE.to_owned(),
            amount: 1,
            state: OrderState::Paid,
            trading_day: TradingDay::Today,
            pay_time: None,
            pay_code: None,
            retrieval_ref_num: None,
            timed_out_queries: 0,
            becomes: None,
            query_needed: false,
            refunds: Vec::new(),
        }
    }

    /// The same, already voided (撤销).
    pub fn voided(order_id: impl Into<String>) -> Self {
        Self::paid(order_id).state(OrderState::Voided)
    }

    /// The same, already refunded (退款).
    pub fn refunded(order_id: impl Into<String>) -> Self {
        Self::paid(order_id).state(OrderState::Refunded)
    }

    /// Sets what has become of the payment.
    #[must_use]
    pub fn state(mut self, state: OrderState) -> Self {
        self.state = state;
        self
    }

    /// Sets how many queries are answered by `1` 超时 first.
    #[must_use]
    pub fn timed_out_queries(mut self, queries: u32) -> Self {
        self.timed_out_queries = queries;
        self
    }

    /// Lets the payment become this by itself, so long after it enters the book.
    #[must_use]
    pub fn becoming(mut self, state: OrderState, after: Duration) -> Self {
        self.becomes = Some(Becomes::new(state, after));
        self
    }

    /// Sets the amount in fen (分).
    #[must_use]
    pub fn amount(mut self, fen: u64) -> Self {
        self.amount = fen;
        self
    }

    /// Sets the merchant order id (商户订单号).
    #[must_use]
    pub fn merchant_order_id(mut self, id: impl Into<String>) -> Self {
        self.merchant_order_id = Some(id.into());
        self
    }

    /// Sets the merchant code (商户号).
    #[must_use]
    pub fn merchant_code(mut self, code: impl Into<String>) -> Self {
        self.merchant_code = code.into();
        self
    }

    /// Sets the terminal code (终端号).
    #[must_use]
    pub fn terminal_code(mut self, code: impl Into<String>) -> Self {
        self.terminal_code = code.into();
        self
    }

    /// Sets the trading day (交易日).
    #[must_use]
    pub fn trading_day(mut self, day: TradingDay) -> Self {
        self.trading_day = day;
        self
    }

    /// How much was refunded, in fen (分). An order that was put into the book
    /// as refunded, without its refunds, was refunded in whole.
    #[must_use]
    pub fn refunded_amount(&self) -> u64 {
        match self.state {
            OrderState::Refunded if self.refunds.is_empty() => self.amount,
            _ => self.refunds.iter().map(|refund| refund.amount).sum(),
        }
    }

    /// How much of the payment is with the merchant, in fen (分).
    #[must_use]
    pub fn balance(&self) -> u64 {
        match self.state {
            OrderState::Paid => self.amount,
            OrderState::Refunded => self.amount.saturating_sub(self.refunded_amount()),
            OrderState::Failed
            | OrderState::Pending
            | OrderState::Reversed
            | OrderState::Unknown
            | OrderState::Unseen
            | OrderState::Voided => 0,
        }
    }

    /// The order as it is at this time.
    fn as_of(&self, elapsed: Duration) -> Self {
        let mut order = self.clone();
        match &mut order.becomes {
            None => {}
            Some(becomes) if becomes.until <= elapsed => {
                order.state = becomes.state;
                order.becomes = None;
            }
            Some(becomes) => becomes.wait_ms = whole_ms(becomes.until - elapsed),
        }
        order
    }
}

/// What a payment becomes by itself, as when the payer confirms it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Becomes {
    /// The state then.
    pub state: OrderState,
    /// How many milliseconds from now, on tokio's clock.
    pub wait_ms: u64,
    /// When, since the simulator's start. Known once the order is in the book.
    #[serde(skip)]
    until: Duration,
}

impl Becomes {
    /// This state, so long after the order enters the book.
    #[must_use]
    pub fn new(state: OrderState, after: Duration) -> Self {
        Self {
            state,
            wait_ms: whole_ms(after),
            until: Duration::ZERO,
        }
    }
}

/// One refund (退款) of an order.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OrderRefund {
    /// The refund request id (退款请求号) that it was sent with.
    pub refund_request_id: String,
    /// The amount in fen (分).
    pub amount: u64,
    /// The platform's id of the refund.
    pub refund_order_id: String,
    /// Its retrieval reference number (检索参考号).
    pub retrieval_ref_num: String,
    /// Its trading day (交易日).
    #[serde(serialize_with = "day")]
    pub trading_day: NaiveDate,
    /// Its time, in UTC+8.
    #[serde(serialize_with = "time")]
    pub refund_time: NaiveTime,
}

impl OrderRefund {
    /// The id under which the replies say the wallet knows the refund. How the
    /// platform makes it is not published; this one only looks like it.
    pub(crate) fn target_order_id(&self) -> String {
        format!("5{}", self.refund_order_id)
    }
}

/// What has become of a payment.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderState {
    /// It was refused: no money moved.
    Failed,
    /// The money is with the merchant.
    Paid,
    /// The payer has yet to confirm it: no money has moved, and queries say `1`.
    Pending,
    /// The payment was refunded (退款), in whole or in part.
    Refunded,
    /// The payment was reversed (冲正): no money moved.
    Reversed,
    /// The platform itself does not know: queries say `FF` for ever.
    Unknown,
    /// It has not reached the order book yet: queries and voids find nothing.
    Unseen,
    /// The payment was voided (撤销) on its trading day.
    Voided,
}

impl OrderState {
    /// Each state by its name in the orders file.
    pub(crate) const NAMES: [(&str, Self); 8] = [
        ("paid", Self::Paid),
        ("voided", Self::Voided),
        ("refunded", Self::Refunded),
        ("failed", Self::Failed),
        ("reversed", Self::Reversed),
        ("unknown", Self::Unknown),
        ("pending", Self::Pending),
        ("unseen", Self::Unseen),
    ];
}

/// The trading day (交易日) of a payment. `Today` and `Yesterday` become a date,
/// in UTC+8 by the simulator's clock, when the order enters the book.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TradingDay {
    /// This date.
    On(NaiveDate),
    /// The day on which the order enters the book.
    Today,
    /// The day before that.
    Yesterday,
}

impl TradingDay {
    fn settled_on(self, today: NaiveDate) -> NaiveDate {
        match self {
            Self::On(date) => date,
            Self::Today => today,
            Self::Yesterday => today.pred_opt().unwrap_or(today),
        }
    }
}

/// Written as `yyyyMMdd`, `today` or `yesterday`, as the orders file has it.
impl Serialize for TradingDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On(date) => serializer.serialize_str(&write_day(*date)),
            Self::Today => serializer.serialize_str("today"),
            Self::Yesterday => serializer.serialize_str("yesterday"),
        }
    }
}

/// The order book of a running simulator. Clones share it.
#[derive(Clone)]
pub struct Orders {
    shared: Arc<Shared>,
}

struct Shared {
    book: Mutex<Book>,
    clock: Arc<dyn Clock>,
    start: Instant,
    file: Option<StateFile>,
}

impl Orders {
    /// An empty book, or the one that the file holds.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        file: Option<StateFile>,
        any_merchant: bool,
    ) -> Result<Self, StateFileError> {
        let mut book = match &file {
            None => Book::default(),
            Some(file) => file.read()?.unwrap_or_default(),
        };
        book.any_merchant = any_merchant;
        Ok(Self {
            shared: Arc::new(Shared {
                book: Mutex::new(book),
                clock,
                start: Instant::now(),
                file,
            }),
        })
    }

    /// Adds orders, all or none, and registers their merchants and terminals.
    ///
    /// # Errors
    ///
    /// When an order id, or a merchant order id of the same merchant, is in the
    /// book already, or the state file cannot be written.
    pub fn insert_all(&self, orders: impl IntoIterator<Item = Order>) -> Result<(), BookError> {
        self.change(|book, now| Ok(book.insert_all(orders, now)?))
    }

    /// Adds one order.
    ///
    /// # Errors
    ///
    /// As [`insert_all`](Self::insert_all).
    pub fn insert(&self, order: Order) -> Result<(), BookError> {
        self.insert_all([order])
    }

    /// Makes a terminal known that has no order yet.
    ///
    /// # Errors
    ///
    /// When the state file cannot be written.
    pub fn register_terminal(
        &self,
        merchant_code: impl Into<String>,
        terminal_code: impl Into<String>,
    ) -> Result<(), BookError> {
        self.change(|book, _| {
            book.register_terminal(merchant_code.into(), terminal_code.into());
            Ok(())
        })
    }

    /// The order with this UMS order id (银商订单号), as it is now.
    #[must_use]
    pub fn find(&self, order_id: &str) -> Option<Order> {
        let elapsed = self.elapsed();
        let book = self.lock();
        book.orders.get(order_id).map(|order| order.as_of(elapsed))
    }

    /// The order that this merchant calls by this merchant order id (商户订单号), as it is now.
    #[must_use]
    pub fn find_merchant_order(&self, merchant_code: &str, id: &str) -> Option<Order> {
        let elapsed = self.elapsed();
        let book = self.lock();
        let order_id = book.find_merchant_order(merchant_code, id)?;
        book.orders.get(order_id).map(|order| order.as_of(elapsed))
    }

    /// All orders, by UMS order id.
    #[must_use]
    pub fn list(&self) -> Vec<Order> {
        let elapsed = self.elapsed();
        let book = self.lock();
        book.as_of(elapsed)
    }

    /// Whether this terminal was activated (激活终端).
    #[must_use]
    pub fn is_activated(&self, merchant_code: &str, terminal_code: &str) -> bool {
        let book = self.lock();
        let terminals = book.activated.get(merchant_code);
        terminals.is_some_and(|terminals| terminals.contains(terminal_code))
    }

    /// The trading day (交易日) now.
    #[must_use]
    pub fn trading_day(&self) -> NaiveDate {
        self.moment(&self.lock()).day
    }

    /// Moves the trading day (交易日) to this date, from where it goes on with the
    /// clock: voids of earlier payments are refused then, refunds go by it, and
    /// replies carry it. Signatures are held against the clock as before.
    ///
    /// # Errors
    ///
    /// When the state file cannot be written; the day is as before then.
    pub fn set_trading_day(&self, day: NaiveDate) -> Result<(), BookError> {
        self.change(|book, now| {
            book.days += (day - now.day).num_days();
            Ok(())
        })
    }

    /// Moves the trading day (交易日) to the next, and gives it.
    ///
    /// # Errors
    ///
    /// As [`set_trading_day`](Self::set_trading_day).
    pub fn next_trading_day(&self) -> Result<NaiveDate, BookError> {
        self.change(|book, _| {
            book.days += 1;
            Ok(())
        })?;
        Ok(self.trading_day())
    }

    /// Decides about a request. If there is a state file and it cannot be
    /// written, the book is as before, and the error is given.
    pub(crate) fn transact<T>(
        &self,
        decide: impl FnOnce(&mut Book, Moment) -> T,
    ) -> Result<T, StateFileError> {
        let mut book = self.lock();
        let now = self.moment(&book);
        let Some(file) = &self.shared.file else {
            book.settle_due(now);
            return Ok(decide(&mut book, now));
        };
        let before = book.clone();
        book.settle_due(now);
        let decided = decide(&mut book, now);
        if *book != before
            && let Err(error) = file.write(&book, now.elapsed)
        {
            *book = before;
            return Err(error);
        }
        Ok(decided)
    }

    /// What has become of payments that waited, since this was last asked.
    pub(crate) fn take_settled(&self) -> Vec<Settled> {
        std::mem::take(&mut self.lock().settled)
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Book, Moment) -> Result<(), BookError>,
    ) -> Result<(), BookError> {
        self.transact(change)?
    }

    fn moment(&self, book: &Book) -> Moment {
        Moment {
            elapsed: self.elapsed(),
            ..Moment::at(self.now(), book.days)
        }
    }

    fn elapsed(&self) -> Duration {
        self.shared.start.elapsed()
    }

    fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        let book = self.shared.book.lock();
        book.unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Orders")
            .field("count", &self.lock().orders.len())
            .finish_non_exhaustive()
    }
}

/// The order book could not be changed; it is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BookError {
    /// An order is in it already.
    #[error(transparent)]
    Duplicate(#[from] DuplicateOrder),
    /// The state file cannot be written.
    #[error(transparent)]
    StateFile(#[from] StateFileError),
}

/// An order whose id is in the book already.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{key} {id:?} is in the order book already: give each order its own")]
#[non_exhaustive]
pub struct DuplicateOrder {
    /// Which id: `orderId` or `merchantOrderId`.
    pub key: &'static str,
    /// Its value.
    pub id: String,
}

/// The book itself, under one lock.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Book {
    orders: HashMap<String, Order>,
    /// Merchant code, then merchant order id, to UMS order id.
    by_merchant_order: HashMap<String, HashMap<String, String>>,
    /// Merchant code to terminal codes.
    pub(crate) terminals: BTreeMap<String, BTreeSet<String>>,
    /// Retrieval reference numbers given out.
    pub(crate) references: u64,
    /// By how many days the trading day is moved.
    pub(crate) days: i64,
    /// Merchant code to the terminal codes that were activated.
    pub(crate) activated: BTreeMap<String, BTreeSet<String>>,
    /// Whether merchants and terminals become known as they come.
    pub(crate) any_merchant: bool,
    /// Orders that become something by themselves, by when.
    due: BTreeSet<(Duration, String)>,
    settled: Vec<Settled>,
}

/// A payment that no longer waits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Settled {
    pub(crate) order_id: String,
    /// The money that moved by it, if any.
    pub(crate) change: Option<Change>,
}

impl Book {
    pub(crate) fn insert_all(
        &mut self,
        orders: impl IntoIterator<Item = Order>,
        now: Moment,
    ) -> Result<(), DuplicateOrder> {
        let mut accepted: Vec<Order> = Vec::new();
        for mut order in orders {
            order.trading_day = TradingDay::On(order.trading_day.settled_on(now.day));
            accepted.push(order);
        }
        self.refuse_duplicates(&accepted)?;
        for order in accepted {
            self.insert(order, now);
        }
        Ok(())
    }

    pub(crate) fn insert(&mut self, mut order: Order, now: Moment) {
        if let Some(becomes) = &mut order.becomes {
            becomes.until = now.elapsed + Duration::from_millis(becomes.wait_ms);
            self.due.insert((becomes.until, order.order_id.clone()));
        }
        self.register_terminal(order.merchant_code.clone(), order.terminal_code.clone());
        if let Some(id) = &order.merchant_order_id {
            self.by_merchant_order
                .entry(order.merchant_code.clone())
                .or_default()
                .insert(id.clone(), order.order_id.clone());
        }
        self.orders.insert(order.order_id.clone(), order);
    }

    /// Lets become what is due.
    pub(crate) fn settle_due(&mut self, now: Moment) {
        while let Some((until, order_id)) = self.due.first().cloned() {
            if until > now.elapsed {
                return;
            }
            self.due.pop_first();
            let order = self.orders.get_mut(&order_id);
            let Some((order, becomes)) =
                order.and_then(|order| order.becomes.take().map(|becomes| (order, becomes)))
            else {
                continue;
            };
            let from = std::mem::replace(&mut order.state, becomes.state);
            let change = (becomes.state == OrderState::Paid).then(|| Change {
                order_id: order_id.clone(),
                from: Some(from),
                to: becomes.state,
                amount: order.amount,
                refund_request_id: None,
            });
            self.settled.push(Settled { order_id, change });
        }
    }

    /// Whether a payment that waited waits no longer, and nobody was told.
    pub(crate) fn has_settled(&self) -> bool {
        !self.settled.is_empty()
    }

    /// Gives the order its last state: nothing becomes of it by itself any more.
    pub(crate) fn end(&mut self, order_id: &str, state: OrderState) {
        let Some(order) = self.orders.get_mut(order_id) else {
            return;
        };
        order.state = state;
        order.timed_out_queries = 0;
        if let Some(becomes) = order.becomes.take() {
            let order_id = order_id.to_owned();
            self.due.remove(&(becomes.until, order_id.clone()));
            self.settled.push(Settled {
                order_id,
                change: None,
            });
        }
    }

    pub(crate) fn activate(&mut self, merchant_code: String, terminal_code: String) {
        let terminals = self.activated.entry(merchant_code).or_default();
        terminals.insert(terminal_code);
    }

    pub(crate) fn register_terminal(&mut self, merchant_code: String, terminal_code: String) {
        self.terminals
            .entry(merchant_code)
            .or_default()
            .insert(terminal_code);
    }

    pub(crate) fn knows_merchant(&self, merchant_code: &str) -> bool {
        self.any_merchant || self.terminals.contains_key(merchant_code)
    }

    pub(crate) fn knows_terminal(&self, merchant_code: &str, terminal_code: &str) -> bool {
        let terminals = self.terminals.get(merchant_code);
        self.any_merchant || terminals.is_some_and(|terminals| terminals.contains(terminal_code))
    }

    /// Whether any merchant has used this merchant order id: it is to be unique
    /// globally (official PDF v2, §1.2: 全局唯一).
    pub(crate) fn is_used(&self, merchant_order_id: &str) -> bool {
        let mut merchants = self.by_merchant_order.values();
        merchants.any(|ids| ids.contains_key(merchant_order_id))
    }

    pub(crate) fn holds(&self, order_id: &str) -> bool {
        self.orders.contains_key(order_id)
    }

    /// The UMS order id that belongs to a merchant's own.
    pub(crate) fn find_merchant_order(&self, merchant_code: &str, id: &str) -> Option<&str> {
        let ids = self.by_merchant_order.get(merchant_code)?;
        ids.get(id).map(String::as_str)
    }

    pub(crate) fn order_mut(&mut self, order_id: &str) -> Option<&mut Order> {
        self.orders.get_mut(order_id)
    }

    /// All orders as they are at this time, by UMS order id.
    pub(crate) fn as_of(&self, elapsed: Duration) -> Vec<Order> {
        let orders = self.sorted().into_iter();
        orders.map(|order| order.as_of(elapsed)).collect()
    }

    /// All orders, by UMS order id.
    fn sorted(&self) -> Vec<&Order> {
        let mut orders: Vec<_> = self.orders.values().collect();
        orders.sort_by(|a, b| a.order_id.cmp(&b.order_id));
        orders
    }

    /// A new retrieval reference number (检索参考号): twelve characters, of
    /// which the last is a letter, as in the page's example.
    pub(crate) fn next_reference(&mut self) -> String {
        self.references += 1;
        format!("{:011}W", self.references % 100_000_000_000)
    }

    /// A new UMS order id (银商订单号): date, time and twelve more digits, as in
    /// the page's example.
    pub(crate) fn new_order_id(&self, now: Moment) -> String {
        let start = format!("{}{}", write_day(now.day), write_time(now.time));
        let mut number = self.references;
        loop {
            number += 1;
            let id = format!("{start}{:012}", number % 1_000_000_000_000);
            if !self.holds(&id) {
                return id;
            }
        }
    }

    fn refuse_duplicates(&self, new: &[Order]) -> Result<(), DuplicateOrder> {
        let mut ids = BTreeSet::new();
        let mut merchant_ids = BTreeSet::new();
        for order in new {
            if self.holds(&order.order_id) || !ids.insert(&order.order_id) {
                return Err(DuplicateOrder {
                    id: order.order_id.clone(),
                    key: "orderId",
                });
            }
            let Some(id) = &order.merchant_order_id else {
                continue;
            };
            let merchant = &order.merchant_code;
            let known = self.find_merchant_order(merchant, id).is_some();
            if known || !merchant_ids.insert((merchant, id)) {
                return Err(DuplicateOrder {
                    id: id.clone(),
                    key: "merchantOrderId",
                });
            }
        }
        Ok(())
    }
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn day<S: Serializer>(day: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&write_day(*day))
}

fn time<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&write_time(*time))
}

fn time_if_any<S: Serializer>(time: &Option<NaiveTime>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.map(write_time).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn orders() -> Orders {
        let now: DateTime<Utc> = "2023-07-18T03:00:00Z".parse().unwrap();
        Orders::new(Arc::new(move || now), None, false).unwrap()
    }

    #[test]
    fn a_duplicate_leaves_the_book_as_it_was() {
        let orders = orders();
        orders
            .insert(Order::paid("A").merchant_order_id("M"))
            .unwrap();
        let duplicate = |result: Result<(), BookError>| match result.unwrap_err() {
            BookError::Duplicate(duplicate) => (duplicate.key, duplicate.id),
            other => panic!("{other}"),
        };
        let refused = orders.insert_all([Order::paid("B"), Order::paid("A")]);
        assert_eq!(duplicate(refused), ("orderId", "A".to_owned()));
        let refused = orders.insert_all([Order::paid("B"), Order::paid("B")]);
        assert_eq!(duplicate(refused), ("orderId", "B".to_owned()));
        let refused = orders.insert(Order::paid("C").merchant_order_id("M"));
        assert_eq!(duplicate(refused), ("merchantOrderId", "M".to_owned()));
        assert_eq!(orders.list().len(), 1);
        let other_merchant = Order::paid("C").merchant_order_id("M").merchant_code("2");
        orders.insert(other_merchant).unwrap();
    }

    #[test]
    fn days_become_dates_on_entry() {
        let orders = orders();
        orders
            .insert_all([
                Order::paid("A"),
                Order::paid("B").trading_day(TradingDay::Yesterday),
            ])
            .unwrap();
        let days: Vec<_> = orders
            .list()
            .iter()
            .map(|order| order.trading_day)
            .collect();
        let date = |day| TradingDay::On(NaiveDate::from_ymd_opt(2023, 7, day).unwrap());
        assert_eq!(days, [date(18), date(17)]);
    }

    #[test]
    fn the_trading_day_is_moved_and_goes_on_from_there() {
        let orders = orders();
        let day = |month, day| NaiveDate::from_ymd_opt(2023, month, day).unwrap();
        assert_eq!(orders.trading_day(), day(7, 18));
        assert_eq!(orders.next_trading_day().unwrap(), day(7, 19));
        orders.set_trading_day(day(8, 31)).unwrap();
        assert_eq!(orders.next_trading_day().unwrap(), day(9, 1));
        orders.insert(Order::paid("A")).unwrap();
        assert_eq!(orders.list()[0].trading_day, TradingDay::On(day(9, 1)));
        orders.set_trading_day(day(7, 1)).unwrap();
        assert_eq!(orders.trading_day(), day(7, 1));
    }

    #[test]
    fn the_balance_is_what_the_merchant_has() {
        let mut partly = Order::refunded("A").amount(100);
        partly.refunds.push(OrderRefund {
            refund_request_id: "R".to_owned(),
            amount: 30,
            refund_order_id: "B".to_owned(),
            retrieval_ref_num: "C".to_owned(),
            trading_day: NaiveDate::default(),
            refund_time: NaiveTime::default(),
        });
        assert_eq!((partly.refunded_amount(), partly.balance()), (30, 70));
        let balances = OrderState::NAMES
            .map(|(name, state)| (name, Order::paid("A").amount(100).state(state).balance()));
        let expected = [
            ("paid", 100),
            ("voided", 0),
            ("refunded", 0),
            ("failed", 0),
            ("reversed", 0),
            ("unknown", 0),
            ("pending", 0),
            ("unseen", 0),
        ];
        assert_eq!(balances, expected);
    }
}

//! The order book: what was paid, and what has become of it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use serde::Serialize;

use crate::clock::{Clock, trading_day};
use crate::settings::{DEMO_MERCHANT_CODE, DEMO_TERMINAL_CODE};

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
        }
    }

    /// The same, already voided (撤销).
    pub fn voided(order_id: impl Into<String>) -> Self {
        Self {
            state: OrderState::Voided,
            ..Self::paid(order_id)
        }
    }

    /// The same, already refunded (退款).
    pub fn refunded(order_id: impl Into<String>) -> Self {
        Self {
            state: OrderState::Refunded,
            ..Self::paid(order_id)
        }
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
}

/// What has become of a payment.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderState {
    /// The money is with the merchant.
    Paid,
    /// The payment was refunded (退款), in whole or in part.
    Refunded,
    /// The payment was voided (撤销) on its trading day.
    Voided,
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
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::On(date) => serializer.collect_str(&date.format("%Y%m%d")),
            Self::Today => serializer.serialize_str("today"),
            Self::Yesterday => serializer.serialize_str("yesterday"),
        }
    }
}

/// The order book of a running simulator. Clones share it.
#[derive(Clone)]
pub struct Orders {
    book: Arc<Mutex<Book>>,
    clock: Arc<dyn Clock>,
}

impl Orders {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            book: Arc::default(),
            clock,
        }
    }

    /// Adds orders, all or none, and registers their merchants and terminals.
    ///
    /// # Errors
    ///
    /// When an order id, or a merchant order id of the same merchant, is in the book already.
    pub fn insert_all(
        &self,
        orders: impl IntoIterator<Item = Order>,
    ) -> Result<(), DuplicateOrder> {
        let today = trading_day(self.clock.now());
        let mut book = self.lock();
        let mut accepted = Vec::new();
        let mut new_ids = HashSet::new();
        let mut new_merchant_ids = HashSet::new();
        for mut order in orders {
            order.trading_day = TradingDay::On(order.trading_day.settled_on(today));
            if book.orders.contains_key(order.order_id.as_str())
                || !new_ids.insert(order.order_id.clone())
            {
                return Err(DuplicateOrder {
                    id: order.order_id,
                    key: "orderId",
                });
            }
            if let Some(id) = &order.merchant_order_id {
                let pair = (order.merchant_code.clone(), id.clone());
                if book.find_merchant_order(&pair.0, &pair.1).is_some()
                    || !new_merchant_ids.insert(pair)
                {
                    return Err(DuplicateOrder {
                        id: id.clone(),
                        key: "merchantOrderId",
                    });
                }
            }
            accepted.push(order);
        }
        for order in accepted {
            book.insert(order);
        }
        Ok(())
    }

    /// Adds one order.
    ///
    /// # Errors
    ///
    /// As [`insert_all`](Self::insert_all).
    pub fn insert(&self, order: Order) -> Result<(), DuplicateOrder> {
        self.insert_all([order])
    }

    /// Makes a terminal known that has no order yet.
    pub fn register_terminal(
        &self,
        merchant_code: impl Into<String>,
        terminal_code: impl Into<String>,
    ) {
        self.lock()
            .terminals
            .entry(merchant_code.into())
            .or_default()
            .insert(terminal_code.into());
    }

    /// The order with this UMS order id (银商订单号), as it is now.
    #[must_use]
    pub fn find(&self, order_id: &str) -> Option<Order> {
        self.lock().orders.get(order_id).cloned()
    }

    /// All orders, by UMS order id.
    #[must_use]
    pub fn list(&self) -> Vec<Order> {
        let mut orders: Vec<_> = self.lock().orders.values().cloned().collect();
        orders.sort_by(|a, b| a.order_id.cmp(&b.order_id));
        orders
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Orders")
            .field("count", &self.lock().orders.len())
            .finish_non_exhaustive()
    }
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
#[derive(Default)]
pub(crate) struct Book {
    orders: HashMap<String, Order>,
    /// Merchant code, then merchant order id, to UMS order id.
    by_merchant_order: HashMap<String, HashMap<String, String>>,
    terminals: HashMap<String, HashSet<String>>,
    /// Retrieval reference numbers given out.
    references: u64,
}

impl Book {
    pub(crate) fn knows_merchant(&self, merchant_code: &str) -> bool {
        self.terminals.contains_key(merchant_code)
    }

    pub(crate) fn knows_terminal(&self, merchant_code: &str, terminal_code: &str) -> bool {
        self.terminals
            .get(merchant_code)
            .is_some_and(|terminals| terminals.contains(terminal_code))
    }

    /// The UMS order id that belongs to a merchant's own.
    pub(crate) fn find_merchant_order(&self, merchant_code: &str, id: &str) -> Option<&str> {
        let ids = self.by_merchant_order.get(merchant_code)?;
        ids.get(id).map(String::as_str)
    }

    pub(crate) fn order_mut(&mut self, order_id: &str) -> Option<&mut Order> {
        self.orders.get_mut(order_id)
    }

    /// A new retrieval reference number (检索参考号): twelve characters, of
    /// which the last is a letter, as in the page's example.
    pub(crate) fn next_reference(&mut self) -> String {
        self.references += 1;
        format!("{:011}W", self.references % 100_000_000_000)
    }

    fn insert(&mut self, order: Order) {
        self.terminals
            .entry(order.merchant_code.clone())
            .or_default()
            .insert(order.terminal_code.clone());
        if let Some(id) = &order.merchant_order_id {
            self.by_merchant_order
                .entry(order.merchant_code.clone())
                .or_default()
                .insert(id.clone(), order.order_id.clone());
        }
        self.orders.insert(order.order_id.clone(), order);
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn orders() -> Orders {
        let now: DateTime<Utc> = "2023-07-18T03:00:00Z".parse().unwrap();
        Orders::new(Arc::new(move || now))
    }

    #[test]
    fn a_duplicate_leaves_the_book_as_it_was() {
        let orders = orders();
        orders
            .insert(Order::paid("A").merchant_order_id("M"))
            .unwrap();
        let refused = orders.insert_all([Order::paid("B"), Order::paid("A")]);
        assert_eq!(refused.unwrap_err().key, "orderId");
        let refused = orders.insert_all([Order::paid("B"), Order::paid("B")]);
        assert_eq!(refused.unwrap_err().id, "B");
        let refused = orders.insert(Order::paid("C").merchant_order_id("M"));
        assert_eq!(refused.unwrap_err().key, "merchantOrderId");
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
}

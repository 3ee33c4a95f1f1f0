//! The order book of a running simulator: shared, on a clock, and kept in a file if it is asked
//! for.

pub(crate) mod order_file;
pub(crate) mod state_file;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::time::Instant;

use crate::book::order::Order;
use crate::book::{Book, DuplicateOrder, Settled};
use crate::clock::{GatewayClock, Moment};
use crate::orders::state_file::{StateFile, StateFileError};

/// The order book of a running simulator. Clones share it.
#[derive(Clone)]
pub struct Orders {
    shared: Arc<Shared>,
}

struct Shared {
    book: Mutex<Book>,
    clock: Arc<dyn GatewayClock>,
    start: Instant,
    file: Option<StateFile>,
}

impl Orders {
    /// An empty book, or the one that the file holds.
    pub(crate) fn new(
        clock: Arc<dyn GatewayClock>,
        file: Option<StateFile>,
        any_merchant: bool,
        most_orders: usize,
    ) -> Result<Self, StateFileError> {
        let mut book = match &file {
            None => Book::default(),
            Some(file) => file.read()?.unwrap_or_default(),
        };
        book.any_merchant = any_merchant;
        book.most_orders = Some(most_orders);
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
    /// Returns an error if an order id, or a merchant order id of the same merchant, is in the book
    /// already, or the state file cannot be written.
    pub fn insert_all(&self, orders: impl IntoIterator<Item = Order>) -> Result<(), BookError> {
        self.change(|book, now| Ok(book.insert_all(orders, now)?))
    }

    /// Adds one order.
    ///
    /// # Errors
    ///
    /// Returns an error as [`insert_all`](Self::insert_all) does.
    pub fn insert(&self, order: Order) -> Result<(), BookError> {
        self.insert_all([order])
    }

    /// Makes a terminal known that has no order yet.
    ///
    /// # Errors
    ///
    /// Returns an error if the state file cannot be written.
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
    pub fn find(&self, order_id: &str) -> Option<Order> {
        let book = self.lock();
        let now = self.moment(&book);
        book.find(order_id).map(|order| seen(order, now))
    }

    /// The order that this merchant calls by this merchant order id (商户订单号), as it is now.
    pub fn find_merchant_order(&self, merchant_code: &str, id: &str) -> Option<Order> {
        let book = self.lock();
        let now = self.moment(&book);
        let order_id = book.find_merchant_order(merchant_code, id)?;
        book.find(order_id).map(|order| seen(order, now))
    }

    /// All orders, by UMS order id.
    pub fn list(&self) -> Vec<Order> {
        let book = self.lock();
        let now = self.moment(&book);
        let orders = book.sorted().into_iter();
        orders.map(|order| seen(order, now)).collect()
    }

    /// Whether this terminal was activated (激活终端).
    pub fn is_activated(&self, merchant_code: &str, terminal_code: &str) -> bool {
        self.lock().is_activated(merchant_code, terminal_code)
    }

    /// The trading day (交易日) now.
    pub fn trading_day(&self) -> NaiveDate {
        self.moment(&self.lock()).day
    }

    /// Moves the trading day (交易日) to this date, from where it goes on with the clock: voids of
    /// earlier payments are refused then, refunds go by it, and replies carry it. Signatures are
    /// held against the clock as before.
    ///
    /// # Errors
    ///
    /// Returns an error if the state file cannot be written; the day is as before then.
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
    /// Returns an error as [`set_trading_day`](Self::set_trading_day) does.
    pub fn next_trading_day(&self) -> Result<NaiveDate, BookError> {
        self.change(|book, _| {
            book.days += 1;
            Ok(())
        })?;
        Ok(self.trading_day())
    }

    /// Decides about a request. If there is a state file and it cannot be written, the book is as
    /// before, and the error is given.
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
        self.lock().take_settled()
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

/// The order as it is now, also where nobody has asked for it since something became of it.
fn seen(order: &Order, now: Moment) -> Order {
    let mut order = order.as_of(now.elapsed);
    order.state = order.state_on(now.day);
    order
}

impl std::fmt::Debug for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Orders")
            .field("count", &self.lock().len())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::order::TradingDay;

    fn orders() -> Orders {
        let now: DateTime<Utc> = "2023-07-18T03:00:00Z".parse().unwrap();
        Orders::new(Arc::new(move || now), None, false, usize::MAX).unwrap()
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
}

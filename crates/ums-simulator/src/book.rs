//! The order book: what was paid or held, and what has become of it.

pub(crate) mod change;
pub(crate) mod hold;
pub(crate) mod hold_index;
pub(crate) mod order;
pub(crate) mod rule;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::book::change::Change;
use crate::book::hold::HoldEnd;
use crate::book::hold_index::{HoldIndex, traces};
use crate::book::order::{Becomes, Order, OrderState, TradingDay};
use crate::clock::{Moment, write_day, write_time};

/// The book itself, under one lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    orders: HashMap<String, Order>,
    /// Merchant code, then merchant order id, to UMS order id.
    by_merchant_order: HashMap<String, HashMap<String, String>>,
    pub(crate) holds: HoldIndex,
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
    /// How many orders payments and holds may bring it to. None is as many as come.
    pub(crate) most_orders: Option<usize>,
    /// Orders that become something by themselves, by when.
    due: BTreeSet<(Duration, String)>,
    settled: Vec<Settled>,
}

/// A payment or a hold that no longer waits.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        if order.hold.is_some() {
            // It could not have made the hold otherwise (POS通担保交易接口 v20201204 §2.2).
            self.activate(order.merchant_code.clone(), order.terminal_code.clone());
            self.holds.insert(&order);
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
            let change = becomes.state.moves_money().then(|| Change {
                order_id: order_id.clone(),
                from: Some(from),
                to: becomes.state,
                amount: order.completed_amount(),
                refund_request_id: None,
            });
            self.settled.push(Settled { order_id, change });
        }
    }

    /// What has become of payments that waited, since this was last asked.
    pub(crate) fn take_settled(&mut self) -> Vec<Settled> {
        std::mem::take(&mut self.settled)
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

    /// Ends a hold: by its completion or its void, at once or when it becomes so.
    pub(crate) fn end_hold(
        &mut self,
        order_id: &str,
        state: OrderState,
        end: HoldEnd,
        becomes: Option<Becomes>,
        now: Moment,
    ) {
        self.end(order_id, state);
        let Some(order) = self.orders.get_mut(order_id) else {
            return;
        };
        if let Some(hold) = &mut order.hold {
            hold.ended_by = Some(end);
        }
        if let Some(mut becomes) = becomes {
            becomes.until = now.elapsed + Duration::from_millis(becomes.wait_ms);
            self.due.insert((becomes.until, order.order_id.clone()));
            order.becomes = Some(becomes);
        }
        self.holds.insert(order);
    }

    pub(crate) fn activate(&mut self, merchant_code: String, terminal_code: String) {
        let terminals = self.activated.entry(merchant_code).or_default();
        terminals.insert(terminal_code);
    }

    pub(crate) fn is_activated(&self, merchant_code: &str, terminal_code: &str) -> bool {
        let terminals = self.activated.get(merchant_code);
        terminals.is_some_and(|terminals| terminals.contains(terminal_code))
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

    /// Whether any merchant has used this merchant order id: it is to be unique globally
    /// (POS通交易接口 v20200527 §1.2: 全局唯一).
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

    /// How many orders it holds.
    pub(crate) fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether no payment and no hold may make an order any more.
    pub(crate) fn is_full(&self) -> bool {
        self.most_orders.is_some_and(|most| self.len() >= most)
    }

    pub(crate) fn find(&self, order_id: &str) -> Option<&Order> {
        self.orders.get(order_id)
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
    pub(crate) fn sorted(&self) -> Vec<&Order> {
        let mut orders: Vec<_> = self.orders.values().collect();
        orders.sort_by(|a, b| a.order_id.cmp(&b.order_id));
        orders
    }

    /// A new retrieval reference number (检索参考号): twelve characters, of which the last is a
    /// letter, as in the page's example.
    pub(crate) fn next_reference(&mut self) -> String {
        self.references += 1;
        format!("{:011}W", self.references % 100_000_000_000)
    }

    /// A new UMS order id (银商订单号): date, time and twelve more digits, as in the page's
    /// example.
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
        let mut new_traces = BTreeSet::new();
        for order in new {
            if self.holds(&order.order_id) || !ids.insert(&order.order_id) {
                return Err(DuplicateOrder {
                    id: order.order_id.clone(),
                    key: "orderId",
                });
            }
            for trace in traces(order) {
                let id = trace.system_trace_num.clone();
                if self.holds.of_trace(&trace).is_some() || !new_traces.insert(trace) {
                    return Err(DuplicateOrder {
                        id,
                        key: "systemTraceNum",
                    });
                }
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

/// An order whose id is in the book already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} {id:?} is in the order book already: give each order its own")]
#[non_exhaustive]
pub struct DuplicateOrder {
    /// Which id: `orderId`, `merchantOrderId`, or `systemTraceNum` of a hold, which is to be its
    /// own on each day of each terminal.
    pub key: &'static str,
    /// Its value.
    pub id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::hold::Hold;
    use crate::clock::read_day;

    fn now() -> Moment {
        Moment::at("2023-07-18T03:13:40Z".parse().unwrap(), 0)
    }

    #[test]
    fn a_trace_number_is_there_once_on_a_day_of_a_terminal() {
        let end = |number: &str, day: &str| HoldEnd {
            terminal_code: "12340511".to_owned(),
            system_trace_num: number.to_owned(),
            amount: 1,
            retrieval_ref_num: "00000000001W".to_owned(),
            trading_day: read_day(day).unwrap(),
            end_time: now().time,
        };
        let completed = |id: &str, own: &str, end: HoldEnd| {
            let mut hold = Hold::new(own);
            hold.ended_by = Some(end);
            let order = Order::held(id, own).state(OrderState::Completed);
            order.hold(hold)
        };
        let mut book = Book::default();
        let first = completed("A", "000001", end("000002", "20230718"));
        book.insert_all([first], now()).unwrap();
        for (order, is_taken) in [
            (Order::held("B", "000001"), true),
            (Order::held("B", "000002"), true),
            (completed("B", "000003", end("000001", "20230718")), true),
            (completed("B", "000003", end("000003", "20230718")), true),
            (completed("B", "000003", end("000001", "20230719")), false),
            (
                Order::held("C", "000001").trading_day(TradingDay::Yesterday),
                false,
            ),
            (Order::held("D", "000001").terminal_code("87654321"), false),
            (Order::held("E", "000001").merchant_code("9"), false),
        ] {
            let inserted = book.insert_all([order.clone()], now());
            let key = inserted.map_err(|error| error.key);
            let expected = if is_taken {
                Err("systemTraceNum")
            } else {
                Ok(())
            };
            assert_eq!(key, expected, "{order:?}");
        }
    }
}

//! Finds holds (担保) by what their follow-ups name: a system trace number, or an authorization
//! code.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::book::order::{Order, TradingDay};

/// Which hold a trace number or an authorization code belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HoldIndex {
    by_trace: HashMap<Trace, String>,
    /// Authorization code to order ids. A platform may give one code twice.
    by_code: HashMap<String, BTreeSet<String>>,
}

impl HoldIndex {
    pub(crate) fn insert(&mut self, order: &Order) {
        let Some(hold) = &order.hold else {
            return;
        };
        for trace in traces(order) {
            self.by_trace.insert(trace, order.order_id.clone());
        }
        let codes = self.by_code.entry(hold.authorization_code.clone());
        codes.or_default().insert(order.order_id.clone());
    }

    /// The order that was made, completed or voided under this trace number.
    pub(crate) fn of_trace(&self, trace: &Trace) -> Option<&str> {
        self.by_trace.get(trace).map(String::as_str)
    }

    /// The orders with this authorization code.
    pub(crate) fn of_code(&self, authorization_code: &str) -> impl Iterator<Item = &str> {
        let orders = self.by_code.get(authorization_code);
        orders.into_iter().flatten().map(String::as_str)
    }
}

/// A system trace number (系统跟踪号) where it is unique: on one trading day, of one terminal of
/// one merchant (POS通担保交易接口 v20201204 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Trace {
    pub(crate) merchant_code: String,
    pub(crate) terminal_code: String,
    pub(crate) day: NaiveDate,
    pub(crate) system_trace_num: String,
}

/// The trace numbers of a hold: its own, and that of what ended it.
pub(crate) fn traces(order: &Order) -> Vec<Trace> {
    let mut traces = Vec::new();
    if let (Some(hold), TradingDay::On(day)) = (&order.hold, order.trading_day) {
        traces.push(Trace {
            merchant_code: order.merchant_code.clone(),
            terminal_code: order.terminal_code.clone(),
            day,
            system_trace_num: hold.system_trace_num.clone(),
        });
        traces.extend(hold.ended_by.as_ref().map(|end| Trace {
            merchant_code: order.merchant_code.clone(),
            terminal_code: end.terminal_code.clone(),
            day: end.trading_day,
            system_trace_num: end.system_trace_num.clone(),
        }));
    }
    traces
}

//! One payment, or one hold, that the simulated gateway knows of.

use std::time::Duration;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::book::hold::Hold;
use crate::book::rule;
use crate::clock::{read_day, serialize_day, serialize_time, write_day, write_time};

/// The merchant code (商户号) of orders that state none: that of the void page's example.
pub(crate) const DEMO_MERCHANT_CODE: &str = "103290070111417";
/// The terminal code (终端号) of orders that state none: that of the void page's example.
pub(crate) const DEMO_TERMINAL_CODE: &str = "12340511";

/// One payment, or one hold (担保), that the simulated gateway knows of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
#[non_exhaustive]
pub struct Order {
    /// UMS order id (银商订单号), what a void names as `originalOrderId`.
    #[serde(deserialize_with = "rule::text::<50, _>")]
    pub order_id: String,
    /// Merchant order id (商户订单号), if the payment had one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "rule::some_text::<50, _>"
    )]
    pub merchant_order_id: Option<String>,
    /// Merchant code (商户号).
    #[serde(
        default = "demo_merchant_code",
        deserialize_with = "rule::text::<15, _>"
    )]
    pub merchant_code: String,
    /// Terminal code (终端号) that took the payment.
    #[serde(
        default = "demo_terminal_code",
        deserialize_with = "rule::text::<8, _>"
    )]
    pub terminal_code: String,
    /// Amount in fen (分): what was paid, or what was authorized.
    #[serde(default = "one_fen", deserialize_with = "rule::fen")]
    pub amount: u64,
    /// What has become of it.
    #[serde(default)]
    pub state: OrderState,
    /// The day on which it was paid.
    #[serde(default)]
    pub trading_day: TradingDay,
    /// The time of the payment, in UTC+8, if it was paid here.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "time_if_any",
        deserialize_with = "rule::some_time"
    )]
    pub pay_time: Option<NaiveTime>,
    /// The payer's code (支付码), if it was paid here.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "rule::some_text::<128, _>"
    )]
    pub pay_code: Option<String>,
    /// The payment's retrieval reference number (检索参考号), if it was paid here.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "rule::some_text::<12, _>"
    )]
    pub retrieval_ref_num: Option<String>,
    /// How many more queries are answered by `1` 超时, not final, before they say what is true.
    #[serde(
        default,
        skip_serializing_if = "is_zero",
        deserialize_with = "rule::count"
    )]
    pub timed_out_queries: u32,
    /// What becomes of the payment by itself, if anything does.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "rule::given"
    )]
    pub becomes: Option<Becomes>,
    /// Whether the payment's answer was no clear one, and no query has said since, on the payment's
    /// day, what became of it. Until one has, it cannot be refunded by merchant order id
    /// (POS通交易接口 v20200527 §3.6).
    #[serde(default, skip_serializing_if = "is_false")]
    pub query_needed: bool,
    /// The refunds (退款), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<OrderRefund>,
    /// What a hold (担保) has; none of a payment.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "rule::given"
    )]
    pub hold: Option<Hold>,
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
            hold: None,
        }
    }

    /// A hold (担保) of one fen that stands, made today by the demo merchant's demo terminal under
    /// this system trace number (系统跟踪号); its authorization code (授权码) is as [`Hold::new`]
    /// says.
    pub fn held(order_id: impl Into<String>, system_trace_num: impl Into<String>) -> Self {
        Self::paid(order_id)
            .state(OrderState::Held)
            .hold(Hold::new(system_trace_num))
    }

    /// A payment, already voided (撤销).
    pub fn voided(order_id: impl Into<String>) -> Self {
        Self::paid(order_id).state(OrderState::Voided)
    }

    /// A payment, already refunded (退款).
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

    /// Makes it a hold (担保).
    #[must_use]
    pub fn hold(mut self, hold: Hold) -> Self {
        self.hold = Some(hold);
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

    /// How much was refunded, in fen (分). An order that was put into the book as refunded, without
    /// its refunds, was refunded in whole.
    pub fn refunded_amount(&self) -> u64 {
        match self.state {
            OrderState::Refunded if self.refunds.is_empty() => self.amount,
            _ => self.refunds.iter().map(|refund| refund.amount).sum(),
        }
    }

    /// How much is with the merchant, in fen (分): of a payment what was not refunded, of a hold
    /// what its completion took.
    pub fn balance(&self) -> u64 {
        match self.state {
            OrderState::Paid => self.amount,
            OrderState::Completed => self.completed_amount(),
            OrderState::Refunded => self.amount.saturating_sub(self.refunded_amount()),
            OrderState::Completing
            | OrderState::Failed
            | OrderState::Held
            | OrderState::Pending
            | OrderState::Reversed
            | OrderState::Unknown
            | OrderState::Unseen
            | OrderState::Voided => 0,
        }
    }

    /// How much of the payer's money is set aside, in fen (分).
    pub fn held_amount(&self) -> u64 {
        match self.state {
            OrderState::Held | OrderState::Completing => self.amount,
            _ => 0,
        }
    }

    /// How much the completion of a hold takes, in fen (分). One that was put into the book as
    /// completed, without its completion, was completed in whole.
    pub(crate) fn completed_amount(&self) -> u64 {
        let end = self.hold.as_ref().and_then(|hold| hold.ended_by.as_ref());
        end.map_or(self.amount, |end| end.amount)
    }

    /// What has become of it by this trading day: a hold that stands is let go of after 30 days.
    ///
    /// That is the rule of another product of the platform (全民付C扫B); no document of POS通 has
    /// one.
    pub(crate) fn state_on(&self, today: NaiveDate) -> OrderState {
        const MOST_DAYS: i64 = 30;
        let runs_out = self.state == OrderState::Held
            && matches!(self.trading_day, TradingDay::On(day) if (today - day).num_days() > MOST_DAYS);
        if runs_out {
            OrderState::Voided
        } else {
            self.state
        }
    }

    /// The order as it is at this time.
    pub(crate) fn as_of(&self, elapsed: Duration) -> Self {
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
#[non_exhaustive]
pub struct Becomes {
    /// The state then.
    pub state: OrderState,
    /// How many milliseconds from now, on tokio's clock.
    #[serde(deserialize_with = "rule::whole")]
    pub wait_ms: u64,
    /// When, since the simulator's start. Known once the order is in the book.
    #[serde(skip)]
    pub(crate) until: Duration,
}

impl Becomes {
    /// This state, so long after the order enters the book.
    pub fn new(state: OrderState, after: Duration) -> Self {
        Self {
            state,
            wait_ms: whole_ms(after),
            until: Duration::ZERO,
        }
    }
}

/// One refund (退款) of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
#[non_exhaustive]
pub struct OrderRefund {
    /// The refund request id (退款请求号) that it was sent with.
    #[serde(deserialize_with = "rule::text::<50, _>")]
    pub refund_request_id: String,
    /// The amount in fen (分).
    #[serde(deserialize_with = "rule::fen")]
    pub amount: u64,
    /// The platform's id of the refund.
    #[serde(deserialize_with = "rule::text::<50, _>")]
    pub refund_order_id: String,
    /// Its retrieval reference number (检索参考号).
    #[serde(deserialize_with = "rule::text::<12, _>")]
    pub retrieval_ref_num: String,
    /// Its trading day (交易日).
    #[serde(serialize_with = "serialize_day", deserialize_with = "rule::day")]
    pub trading_day: NaiveDate,
    /// Its time, in UTC+8.
    #[serde(serialize_with = "serialize_time", deserialize_with = "rule::time")]
    pub refund_time: NaiveTime,
}

impl OrderRefund {
    /// The id under which the replies say the wallet knows the refund. How the platform makes it is
    /// not published; this one only looks like it.
    pub(crate) fn target_order_id(&self) -> String {
        format!("5{}", self.refund_order_id)
    }
}

/// What has become of a payment, or of a hold (担保).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderState {
    /// The hold was completed (担保完成): what was taken is with the merchant, the rest is the
    /// payer's again.
    Completed,
    /// The hold is being completed: it is neither standing any more nor has money moved.
    Completing,
    /// It was refused: no money moved.
    Failed,
    /// The hold stands: the payer's money is set aside.
    Held,
    /// The money is with the merchant.
    #[default]
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
    /// The payment was voided (撤销) on its trading day. Or the hold was voided (担保撤销), or ran
    /// out.
    Voided,
}

impl OrderState {
    /// Each state by its name in the orders file.
    pub(crate) const NAMES: [(&str, Self); 11] = [
        ("paid", Self::Paid),
        ("voided", Self::Voided),
        ("refunded", Self::Refunded),
        ("failed", Self::Failed),
        ("reversed", Self::Reversed),
        ("unknown", Self::Unknown),
        ("pending", Self::Pending),
        ("unseen", Self::Unseen),
        ("held", Self::Held),
        ("completing", Self::Completing),
        ("completed", Self::Completed),
    ];

    /// Whether only a hold can be in it, or only a payment; none where either can.
    pub(crate) fn of_holds(self) -> Option<bool> {
        match self {
            Self::Completed | Self::Completing | Self::Held => Some(true),
            Self::Paid | Self::Refunded | Self::Reversed => Some(false),
            Self::Failed | Self::Pending | Self::Unknown | Self::Unseen | Self::Voided => None,
        }
    }

    /// Whether an order that gets into it by itself moves money, or sets it aside.
    pub(crate) fn moves_money(self) -> bool {
        matches!(self, Self::Completed | Self::Held | Self::Paid)
    }
}

/// The trading day (交易日) of an order. `Today` and `Yesterday` become a date, in UTC+8 by the
/// simulator's clock, when the order enters the book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TradingDay {
    /// This date.
    On(NaiveDate),
    /// The day on which the order enters the book.
    #[default]
    Today,
    /// The day before that.
    Yesterday,
}

impl TradingDay {
    pub(crate) fn settled_on(self, today: NaiveDate) -> NaiveDate {
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

/// Read as it is written.
impl<'de> Deserialize<'de> for TradingDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rule = "must be \"today\", \"yesterday\" or a date as yyyyMMdd";
        rule::named(deserializer, rule, |text| match text {
            "today" => Some(Self::Today),
            "yesterday" => Some(Self::Yesterday),
            date => read_day(date).map(Self::On),
        })
    }
}

/// Read by its name, so that an error tells the others.
impl<'de> Deserialize<'de> for OrderState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Self::NAMES.map(|(name, _)| format!("{name:?}"));
        let rule = format!("must be one of {}", names.join(", "));
        rule::named(deserializer, &rule, |text| {
            let found = Self::NAMES.into_iter().find(|(name, _)| *name == text);
            found.map(|(_, state)| state)
        })
    }
}

fn demo_merchant_code() -> String {
    DEMO_MERCHANT_CODE.to_owned()
}

fn demo_terminal_code() -> String {
    DEMO_TERMINAL_CODE.to_owned()
}

fn one_fen() -> u64 {
    1
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

fn time_if_any<S: Serializer>(time: &Option<NaiveTime>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.map(write_time).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let amounts = OrderState::NAMES.map(|(name, state)| {
            let order = Order::paid("A").amount(100).state(state);
            (name, order.balance(), order.held_amount())
        });
        let expected = [
            ("paid", 100, 0),
            ("voided", 0, 0),
            ("refunded", 0, 0),
            ("failed", 0, 0),
            ("reversed", 0, 0),
            ("unknown", 0, 0),
            ("pending", 0, 0),
            ("unseen", 0, 0),
            ("held", 0, 100),
            ("completing", 0, 100),
            ("completed", 100, 0),
        ];
        assert_eq!(amounts, expected);
    }

    #[test]
    fn a_hold_lasts_thirty_days() {
        let day = |day| NaiveDate::from_ymd_opt(2023, 7, day).unwrap();
        let held = Order::held("A", "000001").trading_day(TradingDay::On(day(1)));
        assert_eq!(held.state_on(day(1)), OrderState::Held);
        assert_eq!(held.state_on(day(31)), OrderState::Held);
        let later = day(31).succ_opt().unwrap();
        assert_eq!(held.state_on(later), OrderState::Voided);
        let completed = held.state(OrderState::Completed);
        assert_eq!(completed.state_on(later), OrderState::Completed);
    }
}

//! What an order has that is a hold (担保) and not a payment.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::book::rule;
use crate::clock::{serialize_day, serialize_time};

/// What an order has that is a hold (担保): the payer's money is set aside for the merchant, who
/// takes it, or a part of it, or lets go of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", from = "GivenHold")]
#[non_exhaustive]
pub struct Hold {
    /// The system trace number (系统跟踪号) that the pre-authorization was sent with.
    pub system_trace_num: String,
    /// The authorization code (授权码) that its reply carried.
    pub authorization_code: String,
    /// The completion (担保完成) or the void (担保撤销) that ended it, by the state of the order.
    /// None while it stands, and of one that ran out, or was seeded as ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<HoldEnd>,
}

impl Hold {
    /// A hold that stands, made under this system trace number (系统跟踪号). Its authorization code
    /// (授权码) is `A` and the number without its first digit, so that nobody takes one for the
    /// other.
    pub fn new(system_trace_num: impl Into<String>) -> Self {
        let number = system_trace_num.into();
        Self {
            authorization_code: format!("A{}", number.get(1..).unwrap_or_default()),
            system_trace_num: number,
            ended_by: None,
        }
    }

    /// Sets the authorization code (授权码).
    #[must_use]
    pub fn authorization_code(mut self, code: impl Into<String>) -> Self {
        self.authorization_code = code.into();
        self
    }
}

/// The completion or the void of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
#[non_exhaustive]
pub struct HoldEnd {
    /// The terminal code (终端号) that it came from.
    #[serde(deserialize_with = "rule::text::<8, _>")]
    pub terminal_code: String,
    /// The system trace number (系统跟踪号) that it was sent with.
    #[serde(deserialize_with = "rule::trace_number")]
    pub system_trace_num: String,
    /// How much was taken, or let go of, in fen (分).
    #[serde(deserialize_with = "rule::fen")]
    pub amount: u64,
    /// Its retrieval reference number (检索参考号).
    #[serde(deserialize_with = "rule::text::<12, _>")]
    pub retrieval_ref_num: String,
    /// Its trading day (交易日).
    #[serde(serialize_with = "serialize_day", deserialize_with = "rule::day")]
    pub trading_day: NaiveDate,
    /// Its time, in UTC+8.
    #[serde(serialize_with = "serialize_time", deserialize_with = "rule::time")]
    pub end_time: NaiveTime,
}

/// A hold as a file gives it: without an authorization code it has that of [`Hold::new`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
struct GivenHold {
    #[serde(deserialize_with = "rule::trace_number")]
    system_trace_num: String,
    #[serde(default, deserialize_with = "rule::some_text::<12, _>")]
    authorization_code: Option<String>,
    #[serde(default, deserialize_with = "rule::given")]
    ended_by: Option<HoldEnd>,
}

impl From<GivenHold> for Hold {
    fn from(given: GivenHold) -> Self {
        let hold = Self::new(given.system_trace_num);
        Self {
            authorization_code: given.authorization_code.unwrap_or(hold.authorization_code),
            system_trace_num: hold.system_trace_num,
            ended_by: given.ended_by,
        }
    }
}

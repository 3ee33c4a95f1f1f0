//! The JSON of a reply, field by field, in the order in which it is written.

use chrono::{NaiveDate, NaiveTime};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::clock::{settlement_day, write_day, write_time};
use crate::code;
use crate::wire::reply::Reply;

/// How replies other than the void's are written. The void's is always written as its page's
/// example has it, with amounts as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplyStyle {
    /// With the documented names and types alone, and a truthful `refundedAmount`.
    AsDocumented,
    /// As live replies were seen: amounts are numbers, except where they were always text; there
    /// are fields that no document has, misspelt ones among them; and `refundedAmount` is 0 after a
    /// refund.
    #[default]
    AsSeenLive,
    /// As seen live, but with every amount as text, as the v6 samples have them.
    AmountsAsText,
}

/// The body of an approval.
pub(crate) struct Body {
    style: ReplyStyle,
    fields: Vec<(&'static str, Value)>,
}

impl Body {
    /// `errInfo` is the one of the two texts that live replies of this kind carry.
    pub(crate) fn new(style: ReplyStyle, err_info: &str) -> Self {
        let body = Self {
            style,
            fields: Vec::with_capacity(32),
        };
        body.text("errCode", code::SUCCESS.code)
            .text("errInfo", err_info)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.style != ReplyStyle::AsDocumented
    }

    pub(crate) fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, Value::String(value.into())));
        self
    }

    /// A field that there may be.
    pub(crate) fn text_if_any(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            None => self,
            Some(value) => self.text(name, value),
        }
    }

    /// When it was done, and the day on which it is settled.
    pub(crate) fn times(self, day: NaiveDate, time: NaiveTime) -> Self {
        let settled = write_day(settlement_day(day, time));
        let day = write_day(day);
        self.text("transactionTime", write_time(time))
            .seen_live("transactionDate", month_and_day(&day))
            .seen_live("settlementDate", month_and_day(&settled))
            .text("transactionDateWithYear", day)
            .text("settlementDateWithYear", settled)
    }

    /// The same as 担保 has it, without a year, which was never seen live.
    pub(crate) fn times_without_year(self, day: NaiveDate, time: NaiveTime) -> Self {
        let settled = write_day(settlement_day(day, time));
        self.text("transactionTime", write_time(time))
            .text("transactionDate", month_and_day(&write_day(day)))
            .text("settlementDate", month_and_day(&settled))
    }

    /// A number that is no amount.
    pub(crate) fn number(mut self, name: &'static str, value: u64) -> Self {
        self.fields.push((name, Value::from(value)));
        self
    }

    /// An amount that is documented as a number.
    pub(crate) fn amount(mut self, name: &'static str, fen: u64) -> Self {
        if self.style == ReplyStyle::AmountsAsText {
            return self.text(name, fen.to_string());
        }
        self.fields.push((name, Value::from(fen)));
        self
    }

    /// A field that no document has.
    pub(crate) fn seen_live(self, name: &'static str, value: impl Into<String>) -> Self {
        if self.is_live() {
            self.text(name, value)
        } else {
            self
        }
    }

    pub(crate) fn into_reply(self) -> Reply {
        // Text and whole numbers always serialize.
        let json = serde_json::to_vec(&self).unwrap_or_default();
        Reply::json(code::SUCCESS, json, chrono::DateTime::UNIX_EPOCH)
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields.iter().map(|(name, value)| (name, value)))
    }
}

/// `MMdd` of `yyyyMMdd`.
pub(crate) fn month_and_day(day: &str) -> &str {
    day.get(4..).unwrap_or_default()
}

/// The `errInfo` of queries that were answered, as seen live.
pub(crate) const QUERY_ANSWERED: &str = "00000成功响应码";

/// The wallet that everything is paid with.
pub(crate) const WALLET: &str = "微信钱包";

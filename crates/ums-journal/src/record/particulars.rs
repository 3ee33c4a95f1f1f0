//! What a call was about, as its own request and reply say it: by the description of its operation,
//! and by names that mean the same wherever they stand.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The ids of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderRecord {
    /// The platform's (银商订单号).
    pub ums: Option<String>,
    /// The merchant's own (商户订单号).
    pub merchant: Option<String>,
}

/// What is known stays.
pub(crate) fn set<T>(member: &mut Option<T>, value: Option<T>) {
    if member.is_none() {
        *member = value;
    }
}

/// The fields of a body by their names.
pub(super) struct Fields(Value);

impl Fields {
    pub(super) fn of(text: Option<&str>) -> Self {
        let value = text.and_then(|text| serde_json::from_str(text).ok());
        Self(value.unwrap_or_default())
    }

    /// A string's characters, or a number as it is written.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// An amount in fen.
    pub(super) fn fen(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// `yyyyMMdd` as `yyyy-MM-dd`.
    pub(super) fn day(&self, name: &str) -> Option<String> {
        let digits = self.text(name)?;
        let day = chrono::NaiveDate::parse_from_str(&digits, "%Y%m%d").ok()?;
        (digits.len() == 8).then(|| day.to_string())
    }
}

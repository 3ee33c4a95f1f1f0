//! The request of a call, as a report carries it and `ums resolve` reads it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ums_client::Intent;

use crate::masked;

/// What was sent, or was about to be.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SentRequest {
    /// The operation's name.
    pub(crate) operation: String,
    pub(crate) path: String,
    /// The body, masked as a reply is. `None` when it is no JSON object.
    pub(crate) body: Option<Box<RawValue>>,
}

/// The fields of a body that say what it is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ids {
    pub(crate) merchant_code: String,
    pub(crate) terminal_code: String,
    pub(crate) merchant_order_id: Option<String>,
    pub(crate) original_order_id: Option<String>,
    pub(crate) refund_request_id: Option<String>,
    pub(crate) transaction_amount: Option<Amount>,
}

/// An amount as a number or as digits in quotes, which are the same amount.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Amount {
    Number(u64),
    Text(String),
}

impl Amount {
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

impl SentRequest {
    pub(crate) fn of(intent: &Intent<'_>) -> Self {
        let body = std::str::from_utf8(intent.body).ok();
        Self {
            operation: intent.operation.to_owned(),
            path: intent.path.to_owned(),
            body: body.and_then(masked::object),
        }
    }

    /// What the body is about.
    ///
    /// # Errors
    ///
    /// It is none, or lacks who calls.
    pub(crate) fn ids(&self) -> serde_json::Result<Ids> {
        let body = self.body.as_ref().map_or("null", |body| body.get());
        serde_json::from_str(body)
    }
}

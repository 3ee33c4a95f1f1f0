//! What a request is about, as a record carries it and `ums resolve` reads it.

use serde::Deserialize;
use ums_client::journal::RequestRecord;

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

impl Ids {
    /// What the body is about.
    ///
    /// # Errors
    ///
    /// It is none, or lacks who calls.
    pub(crate) fn of(request: &RequestRecord) -> serde_json::Result<Self> {
        let body = request.body.as_ref().map_or("null", |body| body.get());
        serde_json::from_str(body)
    }
}

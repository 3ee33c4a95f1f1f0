//! The request of a call, as a report carries it and `ums settle` reads it.

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

impl SentRequest {
    pub(crate) fn of(intent: &Intent<'_>) -> Self {
        let body = std::str::from_utf8(intent.body).ok();
        Self {
            operation: intent.operation.to_owned(),
            path: intent.path.to_owned(),
            body: body.and_then(masked::object),
        }
    }
}

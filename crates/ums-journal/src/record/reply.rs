//! A request and a reply as a record has them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::intent::Intent;
use crate::masked_json::{MaskedJson, mask_json_text};

/// What was sent, or was about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestRecord {
    /// The operation's name.
    pub operation: String,
    /// The path it went to.
    pub path: String,
    /// The body, masked as a reply is. `None` when it is no JSON object.
    pub body: Option<MaskedJson>,
}

impl RequestRecord {
    /// The request of an operation of this name with this body.
    pub fn new(operation: &str, path: &str, body: &[u8]) -> Self {
        Self {
            operation: operation.to_owned(),
            path: path.to_owned(),
            body: std::str::from_utf8(body).ok().and_then(MaskedJson::object),
        }
    }

    /// The request of a call that is about to start.
    pub fn of(intent: &Intent<'_>) -> Self {
        Self::new(intent.operation, intent.path, intent.body)
    }
}

/// A reply: a JSON object as it came but for what is masked, or whatever else came as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "it is an object or it is not")]
pub enum ReplyRecord {
    /// A JSON object.
    Object(MaskedJson),
    /// Anything else.
    Text(String),
}

impl ReplyRecord {
    /// A reply of which this was received. `None` when nothing was.
    pub fn of(received: &[u8]) -> Option<Self> {
        if received.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(received);
        let text_of = || Self::Text(mask_json_text(&text));
        Some(MaskedJson::object(&text).map_or_else(text_of, Self::Object))
    }
}

impl<'de> Deserialize<'de> for ReplyRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if let Some(object) = MaskedJson::object(raw.get()) {
            return Ok(Self::Object(object));
        }
        let text: String = serde_json::from_str(raw.get())
            .map_err(|_| D::Error::custom("a reply is an object or a text"))?;
        Ok(Self::Text(mask_json_text(&text)))
    }
}

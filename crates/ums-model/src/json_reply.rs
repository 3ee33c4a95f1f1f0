//! A reply with no documented fields of its own, for operations that have no type yet.

use std::fmt;

use bytes::Bytes;

use crate::json::{Fields, Json};
use crate::judgement::{Judgement, Verdict};
use crate::malformed_reply::MalformedReply;
use crate::object::read_body;
use crate::text::Text;

/// Any UMS reply: one JSON object, every field kept in the order and as the text it was received as.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonReply {
    received: Text,
    fields: Fields,
}

impl JsonReply {
    /// Reads a reply's body, keeping it.
    ///
    /// # Errors
    ///
    /// [`MalformedReply`] when the body is not one well-formed JSON object.
    pub fn decode(body: Bytes) -> Result<Self, MalformedReply> {
        let (received, fields) = read_body(body, &mut ())?;
        Ok(Self { received, fields })
    }

    /// The body as it was received.
    pub fn received(&self) -> &Text {
        &self.received
    }

    /// Every field, in the order received.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The reply's code, `errCode`, when it is a JSON string that is not empty.
    pub fn err_code(&self) -> Option<Text> {
        self.text_of("errCode")
    }

    /// The reply's text for people: `errInfo` as the gateway and POS通 write it, or else `errMsg` as netpay does.
    pub fn err_info(&self) -> Option<Text> {
        self.text_of("errInfo").or_else(|| self.text_of("errMsg"))
    }

    /// The judgement by the reply's code and this rule; unknown without a code.
    pub fn judge_with(&self, judge: impl FnOnce(&str) -> Verdict) -> Judgement {
        Judgement::of_code(self.err_code(), self.err_info(), judge)
    }

    fn text_of(&self, name: &str) -> Option<Text> {
        self.fields
            .named(name)
            .and_then(Json::text)
            .filter(|text| !text.is_empty())
    }
}

/// The names of the fields only.
impl fmt::Debug for JsonReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonReply")
            .field("fields", &self.fields)
            .finish()
    }
}

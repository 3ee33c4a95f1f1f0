//! A reply with no documented fields of its own, for operations that have no type yet.

use std::fmt;

use bytes::Bytes;

use crate::json::object::read_body;
use crate::json::text::Text;
use crate::json::value::{Fields, Json};
use crate::judge::judgement::Judgement;
use crate::judge::pos_operation::PosOperation;
use crate::judge::verdict::Verdict;
use crate::reply::malformed_reply::MalformedReply;

/// Any UMS reply: one JSON object, every field kept in the order and as the text it was received
/// as.
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

    /// The reply's text for people: `errInfo` as the gateway and POS通 write it, or else `errMsg`
    /// as netpay does.
    pub fn err_info(&self) -> Option<Text> {
        self.text_of("errInfo").or_else(|| self.text_of("errMsg"))
    }

    /// The judgement by the reply's code and this rule; unknown without a code.
    pub fn judge_with(&self, judge: impl FnOnce(&str) -> Verdict) -> Judgement {
        Judgement::of_code(self.err_code(), self.err_info(), judge)
    }

    /// The judgement of the reply to an operation of the POS通 family, by its code: see
    /// [`judge_code`](crate::judge_code).
    pub fn judge_as(&self, operation: PosOperation) -> Judgement {
        Judgement::of_pos_code(
            operation,
            self.err_code(),
            self.err_info(),
            &self.fields,
            false,
        )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::reply_code::judge_code;

    fn reply(body: &str) -> JsonReply {
        JsonReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn the_body_and_its_fields_are_kept_as_they_came() {
        let body = r#"{ "b": 1.0, "errCode":"00" }"#;
        let reply = reply(body);
        assert_eq!(*reply.received(), body);
        let fields = reply.fields().iter().map(|(name, json)| (name, json.raw()));
        assert_eq!(
            fields.collect::<Vec<_>>(),
            [("b", "1.0"), ("errCode", r#""00""#)]
        );
    }

    #[test]
    fn code_and_text_are_strings_that_are_not_empty() {
        for (body, code, info) in [
            (
                r#"{"errCode":"00","errInfo":"成功"}"#,
                Some("00"),
                Some("成功"),
            ),
            (
                r#"{"errCode":"SUCCESS","errMsg":"查询成功"}"#,
                Some("SUCCESS"),
                Some("查询成功"),
            ),
            (r#"{"errInfo":"a","errMsg":"b"}"#, None, Some("a")),
            (r#"{"errInfo":"","errMsg":"b"}"#, None, Some("b")),
            (r#"{"errCode":"","errInfo":""}"#, None, None),
            (r#"{"errCode":0,"errInfo":["a"]}"#, None, None),
            ("{}", None, None),
        ] {
            let reply = reply(body);
            assert_eq!(reply.err_code().as_deref(), code, "{body}");
            assert_eq!(reply.err_info().as_deref(), info, "{body}");
        }
    }

    #[test]
    fn the_rule_judges_the_code_and_nothing_else() {
        for (body, verdict) in [
            (r#"{"errCode":"00","errInfo":"失败"}"#, Verdict::Approved),
            (r#"{"errCode":"94","errInfo":"成功"}"#, Verdict::Unknown),
            (r#"{"errCode":"","errInfo":"00"}"#, Verdict::Unknown),
        ] {
            let judgement = reply(body).judge_with(|code| judge_code(PosOperation::Other, code));
            assert_eq!(judgement.verdict(), verdict, "{body}");
            assert_eq!(judgement.err_info().cloned(), reply(body).err_info());
        }
    }

    #[test]
    fn debug_shows_names_and_no_value() {
        let reply = reply(r#"{"errCode":"00","userId":"13800138000"}"#);
        assert_eq!(
            format!("{reply:?}"),
            r#"JsonReply { fields: ["errCode", "userId"] }"#
        );
    }
}

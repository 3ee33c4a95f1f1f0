//! A call that has no type yet: path, JSON body, effect, and the codes by which it succeeds.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use ums_model::{
    Effect, EncodeError, GatewayCodes, JsonReply, Judgement, MalformedReply, Operation,
    PosOperation, Refusal, Verdict, encode_json, judge_code,
};

/// Any call to the platform, for [`Client::call`](crate::Client::call).
///
/// What it may do must be said: an unknown outcome of a call that moves money must not be answered
/// with a second one.
///
/// # Which replies approve
///
/// By default the reply's `errCode` is read by the table of the POS通 family ([`judge_code`]), for
/// the operation that the path leads to: of any other path, by what a code says of each. Other
/// products do not share these codes. Give the codes of another product with
/// [`approved_by`](Self::approved_by): netpay succeeds with `SUCCESS`, the token endpoint with
/// `0000`. Of the table only the gateway's refusals before any processing (1000, 1001, 9001) hold
/// then; every other code leaves the outcome unknown.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    path: String,
    body: Bytes,
    effect: Effect,
    approved_by: Vec<Cow<'static, str>>,
}

impl Call {
    /// A call to this path (for example `/v1/netpay/query`) with this body.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the body has no JSON form.
    pub fn new<T: Serialize + ?Sized>(
        path: impl Into<String>,
        body: &T,
        effect: Effect,
    ) -> Result<Self, EncodeError> {
        Ok(Self::of_bytes(path, encode_json(body)?, effect))
    }

    /// A call with a body that is written already. Its bytes are signed and sent as they are;
    /// whether they are JSON is not checked.
    pub fn of_bytes(path: impl Into<String>, body: impl Into<Bytes>, effect: Effect) -> Self {
        Self {
            path: path.into(),
            body: body.into(),
            effect,
            approved_by: Vec::new(),
        }
    }

    /// The codes that mean success, in place of the POS通 family's table.
    #[must_use]
    pub fn approved_by<C: Into<Cow<'static, str>>>(
        self,
        codes: impl IntoIterator<Item = C>,
    ) -> Self {
        Self {
            approved_by: codes.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// By these codes and the gateway's own refusals, whatever the product.
    fn verdict(&self, code: &str) -> Verdict {
        let approved = self.approved_by.iter().any(|approved| approved == code);
        match judge_code(PosOperation::Other, code) {
            _ if approved => Verdict::Approved,
            refused @ Verdict::Declined(Refusal::BeforeProcessing) => refused,
            _ => Verdict::Unknown,
        }
    }

    /// The operation of the POS通 family that the path leads to, unless the caller says otherwise
    /// of what it may do.
    fn pos_operation(&self) -> PosOperation {
        let operation = PosOperation::of_path(&self.path);
        let moves_money = self.effect == Effect::MovesMoney;
        match operation.moves_money() {
            Some(moves) if moves == moves_money => operation,
            _ => PosOperation::Other,
        }
    }
}

impl Operation for Call {
    type Reply = JsonReply;

    fn name(&self) -> &str {
        "call"
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        Ok(self.body.clone())
    }

    fn gateway_codes(&self) -> GatewayCodes {
        GatewayCodes::POSLINK
    }

    fn decode(&self, body: Bytes) -> Result<JsonReply, MalformedReply> {
        JsonReply::decode(body)
    }

    fn judge(&self, reply: &JsonReply) -> Judgement {
        match (self.pos_operation(), self.effect) {
            _ if !self.approved_by.is_empty() => reply.judge_with(|code| self.verdict(code)),
            // What only reads may be answered in any shape.
            (PosOperation::Other, Effect::ReadOnly) => {
                reply.judge_with(|code| judge_code(PosOperation::Other, code))
            }
            (operation, _) => reply.judge_as(operation),
        }
    }
}

/// Without the body, which may name a payer.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("path", &self.path)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("effect", &self.effect)
            .field("approved_by", &self.approved_by)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: Verdict = Verdict::Declined(Refusal::BeforeProcessing);
    const NOT_EXECUTED: Verdict = Verdict::Declined(Refusal::NotExecuted);

    fn verdict(call: &Call, reply: &str) -> Verdict {
        let reply = call.decode(Bytes::copy_from_slice(reply.as_bytes()));
        call.judge(&reply.unwrap()).verdict()
    }

    #[test]
    fn success_is_what_it_is_said_to_be() {
        let call = |effect| Call::of_bytes("/v1/x", "{}", effect);
        let moves = call(Effect::MovesMoney);
        let reads = call(Effect::ReadOnly);
        let netpay = call(Effect::MovesMoney).approved_by(["SUCCESS", "0000"]);
        for (reply, by_table, when_reading, by_netpay) in [
            (
                r#"{"errCode":"00"}"#,
                Verdict::Approved,
                Verdict::Approved,
                Verdict::Unknown,
            ),
            (
                r#"{"errCode":"SUCCESS"}"#,
                Verdict::Unknown,
                Verdict::Unknown,
                Verdict::Approved,
            ),
            (
                r#"{"errCode":"0000"}"#,
                Verdict::Unknown,
                Verdict::Unknown,
                Verdict::Approved,
            ),
            (r#"{"errCode":"1000"}"#, REFUSED, REFUSED, REFUSED),
            (
                r#"{"errCode":"57"}"#,
                NOT_EXECUTED,
                NOT_EXECUTED,
                Verdict::Unknown,
            ),
            (
                r#"{"errCode":"success"}"#,
                Verdict::Unknown,
                Verdict::Unknown,
                Verdict::Unknown,
            ),
            (
                r#"{"errMsg":"SUCCESS"}"#,
                Verdict::Unknown,
                Verdict::Unknown,
                Verdict::Unknown,
            ),
            (
                r#"{"errCode":"00","queryResCode":"0"}"#,
                Verdict::Unknown,
                Verdict::Approved,
                Verdict::Unknown,
            ),
        ] {
            assert_eq!(verdict(&moves, reply), by_table, "{reply}");
            assert_eq!(verdict(&reads, reply), when_reading, "{reply}");
            assert_eq!(verdict(&netpay, reply), by_netpay, "{reply}");
        }
    }

    #[test]
    fn a_body_is_written_once_and_a_given_one_is_not_touched() {
        let call = Call::new("/v1/x", &[("a", 1)], Effect::ReadOnly).unwrap();
        assert_eq!(call.encode().unwrap(), r#"[["a",1]]"#);
        let given = " {\"b\" : 1,\n \"a\":2}";
        let call = Call::of_bytes("/v1/x", given, Effect::ReadOnly);
        assert_eq!(call.encode().unwrap(), given);
        assert_eq!(call.name(), "call");
        assert_eq!(
            format!("{call:?}"),
            r#"Call { path: "/v1/x", body: 18 bytes, effect: ReadOnly, approved_by: [] }"#
        );
    }
}

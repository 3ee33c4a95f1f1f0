//! What an operation is: the trait that every call to the platform implements, inside this crate or
//! outside.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use crate::judge::gateway_codes::GatewayCodes;
use crate::judge::judgement::Judgement;
use crate::operation::discrepancy::Discrepancy;
use crate::operation::effect::Effect;
use crate::operation::order_ids::OrderIds;
use crate::reply::malformed_reply::MalformedReply;

/// A call to the platform: where it goes, whether it moves money, its bytes, and how its reply is
/// read and judged.
///
/// An implementation outside this crate describes any UMS API. A netpay (网付) query, where success
/// is `SUCCESS` and the text for people is `errMsg`:
///
/// ```
/// use bytes::Bytes;
/// use serde::Serialize;
/// use ums_model::{
///     Effect, EncodeError, Judgement, JsonReply, MalformedReply, Operation, Verdict, encode_json,
/// };
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "camelCase")]
/// struct NetpayQuery {
///     mid: String,
///     tid: String,
///     mer_order_id: String,
/// }
///
/// impl Operation for NetpayQuery {
///     type Reply = JsonReply;
///
///     fn name(&self) -> &str {
///         "netpay_query"
///     }
///
///     fn path(&self) -> &str {
///         "/v1/netpay/query"
///     }
///
///     fn effect(&self) -> Effect {
///         Effect::ReadOnly
///     }
///
///     fn encode(&self) -> Result<Bytes, EncodeError> {
///         encode_json(self)
///     }
///
///     fn decode(&self, body: Bytes) -> Result<JsonReply, MalformedReply> {
///         JsonReply::decode(body)
///     }
///
///     fn judge(&self, reply: &JsonReply) -> Judgement {
///         reply.judge_with(|code| match code {
///             "SUCCESS" => Verdict::Approved,
///             _ => Verdict::Unknown,
///         })
///     }
/// }
///
/// let query = NetpayQuery {
///     mid: "898340149000005".into(),
///     tid: "88880001".into(),
///     mer_order_id: "31940000201700002".into(),
/// };
/// assert_eq!(query.encode()?, r#"{"mid":"898340149000005","tid":"88880001","merOrderId":"31940000201700002"}"#);
///
/// let reply = query.decode(Bytes::from(r#"{"errCode":"SUCCESS","errMsg":"查询成功","status":"TRADE_SUCCESS"}"#))?;
/// let judgement = query.judge(&reply);
/// assert_eq!(judgement.verdict(), Verdict::Approved);
/// assert_eq!(judgement.err_info().map(|text| text.as_str()), Some("查询成功"));
/// assert_eq!(reply.fields().named("status").and_then(|status| status.text()).as_deref(), Some("TRADE_SUCCESS"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Operation {
    /// What the platform answers with.
    type Reply;

    /// The operation's name in spans, records and JSON output, for example `void_payment`.
    fn name(&self) -> &str;

    /// The path below the host, for example `/v6/poslink/transaction/voidpayment`. The call is
    /// always a `POST`.
    fn path(&self) -> &str;

    /// Whether carrying the operation out moves money.
    fn effect(&self) -> Effect;

    /// The order it is about, for records that want to see two calls about one order: each id that
    /// the call names.
    fn order(&self) -> OrderIds<'_> {
        OrderIds::NONE
    }

    /// The merchant code (商户号) in whose name it is, for logs that must say whose order is meant.
    /// `None` when the operation has none, or does not say.
    fn merchant(&self) -> Option<&str> {
        None
    }

    /// The request's body. It is called once for a call, and the bytes are both hashed and sent:
    /// there is no second serialization that could differ from the signed one.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when there is no such body. The operations of this crate always have one.
    fn encode(&self) -> Result<Bytes, EncodeError>;

    /// Reads a reply's body.
    ///
    /// # Errors
    ///
    /// [`MalformedReply`] when the body cannot be what the platform answers with.
    fn decode(&self, body: Bytes) -> Result<Self::Reply, MalformedReply>;

    /// What a reply says of the operation. It must not say "approved" or "declined" of what it does
    /// not know.
    fn judge(&self, reply: &Self::Reply) -> Judgement;

    /// The reply codes with which the gateway refuses the call before any processing. None are
    /// known of an operation that does not say so.
    fn gateway_codes(&self) -> GatewayCodes {
        GatewayCodes::NONE
    }

    /// Where a reply does not fit the request: an order id other than the one that was sent, and
    /// the like. Whatever its code, such a reply is not about the request.
    fn discrepancies(&self, reply: &Self::Reply) -> Vec<Discrepancy> {
        let _ = reply;
        Vec::new()
    }
}

/// An operation behind a reference or a pointer is that operation.
macro_rules! pointer {
    ($($pointer:ty),+) => {
        $(impl<O: Operation + ?Sized> Operation for $pointer {
            type Reply = O::Reply;

            fn name(&self) -> &str {
                (**self).name()
            }

            fn path(&self) -> &str {
                (**self).path()
            }

            fn effect(&self) -> Effect {
                (**self).effect()
            }

            fn order(&self) -> OrderIds<'_> {
                (**self).order()
            }

            fn merchant(&self) -> Option<&str> {
                (**self).merchant()
            }

            fn encode(&self) -> Result<Bytes, EncodeError> {
                (**self).encode()
            }

            fn decode(&self, body: Bytes) -> Result<O::Reply, MalformedReply> {
                (**self).decode(body)
            }

            fn judge(&self, reply: &O::Reply) -> Judgement {
                (**self).judge(reply)
            }

            fn gateway_codes(&self) -> GatewayCodes {
                (**self).gateway_codes()
            }

            fn discrepancies(&self, reply: &O::Reply) -> Vec<Discrepancy> {
                (**self).discrepancies(reply)
            }
        })+
    };
}

pointer!(&O, Box<O>, Arc<O>);

/// The one serialization of a request: compact JSON in UTF-8, fields in the order of the type.
///
/// # Errors
///
/// [`EncodeError`] when the value has no JSON form, for example a map whose keys are not strings.
pub fn encode_json<T: Serialize + ?Sized>(request: &T) -> Result<Bytes, EncodeError> {
    serde_json::to_vec(request)
        .map(Bytes::from)
        .map_err(EncodeError::new)
}

/// A request that has no form on the wire.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be written")]
pub struct EncodeError {
    source: Box<dyn Error + Send + Sync>,
}

impl EncodeError {
    /// An error with its cause.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
        }
    }
}

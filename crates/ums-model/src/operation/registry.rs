//! All operations of this crate: as data, and as one type for whoever holds any of them.

use bytes::Bytes;

use crate::field::spec::FieldSpec;
use crate::json::text::Text;
use crate::json::value::Fields;
use crate::judge::gateway_codes::GatewayCodes;
use crate::judge::judgement::Judgement;
use crate::judge::verdict::Verdict;
use crate::operation::contract::{EncodeError, Operation};
use crate::operation::discrepancy::Discrepancy;
use crate::operation::effect::Effect;
use crate::operation::order_ids::OrderIds;
use crate::operation::resolve::{Answer, Confirmation, Finding, RequestTrace, Resolve};
use crate::operation::spec::OperationSpec;
use crate::reply::json_reply::JsonReply;
use crate::reply::malformed_reply::MalformedReply;
use crate::request::invalid_request::{InvalidRequest, RequestProblem};

/// Makes the table and the two types from the list of the operations.
macro_rules! registry {
    ($($room:ident::$file:ident::{$name:ident, $reply:ident} judged as $column:ident;)+) => {
        $(pub use crate::$room::$file::*;)+

        /// Every operation of this crate.
        pub const OPERATIONS: &[OperationSpec] = &[$($name::SPEC,)+];

        /// Any operation of this crate, for whoever holds requests without knowing which they are:
        /// a journal, a server, a command that goes on with what another one began.
        ///
        /// ```
        /// use ums_model::{AnyRequest, Operation, Resolve};
        ///
        /// let path = "/v6/poslink/transaction/voidpayment";
        /// let body = br#"{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"U1"}"#;
        /// let void = AnyRequest::from_wire("void_payment", path, body)?;
        /// assert_eq!(void.encode()?, body.as_slice());
        /// assert_eq!(void.order().ums, Some("U1"));
        /// assert_eq!(void.query().map(|query| query.name().to_owned()).as_deref(), Some("query"));
        ///
        /// let error = AnyRequest::from_wire("void_payment", path, br#"{"merchantCode":"1"}"#).unwrap_err();
        /// assert_eq!(error.to_string(), r#"void_payment: the field "terminalCode" is missing"#);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum AnyRequest {
            $(
                #[doc = concat!("A [`", stringify!($name), "`].")]
                $name(Box<$name>),
            )+
        }

        /// The reply to any operation of this crate.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum AnyReply {
            $(
                #[doc = concat!("The reply to a [`", stringify!($name), "`].")]
                $name(Box<$reply>),
            )+
        }

        impl AnyRequest {
            /// Reads back the request of the operation with this name, from its path and its body.
            ///
            /// # Errors
            ///
            /// Returns an error if no operation has this name, or for what the operation's own
            /// `from_wire` refuses.
            pub fn from_wire(name: &str, path: &str, body: &[u8]) -> Result<Self, InvalidRequest> {
                $(if name == $name::SPEC.name {
                    return $name::from_wire(path, body).map(Self::from);
                })+
                Err(InvalidRequest::new(name.to_owned(), RequestProblem::UnknownOperation))
            }

            /// Everything that is known of the operation, as data.
            pub fn spec(&self) -> &'static OperationSpec {
                match self {
                    $(Self::$name(_) => const { &$name::SPEC },)+
                }
            }
        }

        impl AnyReply {
            /// The body as it was received.
            pub fn received(&self) -> &Text {
                match self {
                    $(Self::$name(reply) => reply.received(),)+
                }
            }

            /// The reply's code, when it is a JSON string that is not empty.
            pub fn err_code(&self) -> Option<&Text> {
                match self {
                    $(Self::$name(reply) => reply.err_code.typed(),)+
                }
            }

            /// The reply's text for people.
            pub fn err_info(&self) -> Option<&Text> {
                match self {
                    $(Self::$name(reply) => reply.err_info.typed(),)+
                }
            }
        }

        impl AnyReply {
            /// The name of the state that it tells, where it is the answer to a query.
            pub fn state(&self) -> Option<&'static str> {
                match self {
                    $(Self::$name(reply) => registry!(@state $column reply),)+
                }
            }
        }

        $(
            impl From<$name> for AnyRequest {
                fn from(request: $name) -> Self {
                    Self::$name(Box::new(request))
                }
            }

            impl From<$reply> for AnyReply {
                fn from(reply: $reply) -> Self {
                    Self::$name(Box::new(reply))
                }
            }

            impl<'a> TryFrom<&'a AnyReply> for &'a $reply {
                type Error = AnotherReply;

                fn try_from(reply: &'a AnyReply) -> Result<Self, AnotherReply> {
                    match reply {
                        AnyReply::$name(reply) => Ok(reply),
                        _ => Err(AnotherReply(())),
                    }
                }
            }
        )+

        impl Operation for AnyRequest {
            type Reply = AnyReply;

            fn name(&self) -> &str {
                match self {
                    $(Self::$name(request) => request.name(),)+
                }
            }

            fn path(&self) -> &str {
                match self {
                    $(Self::$name(request) => request.path(),)+
                }
            }

            fn effect(&self) -> Effect {
                match self {
                    $(Self::$name(request) => request.effect(),)+
                }
            }

            fn order(&self) -> OrderIds<'_> {
                match self {
                    $(Self::$name(request) => request.order(),)+
                }
            }

            fn merchant(&self) -> Option<&str> {
                match self {
                    $(Self::$name(request) => request.merchant(),)+
                }
            }

            fn encode(&self) -> Result<Bytes, EncodeError> {
                match self {
                    $(Self::$name(request) => request.encode(),)+
                }
            }

            fn decode(&self, body: Bytes) -> Result<AnyReply, MalformedReply> {
                match self {
                    $(Self::$name(request) => request.decode(body).map(AnyReply::from),)+
                }
            }

            /// Unknown of the reply to another operation.
            fn judge(&self, reply: &AnyReply) -> Judgement {
                match (self, reply) {
                    $((Self::$name(request), AnyReply::$name(reply)) => request.judge(reply),)+
                    _ => Judgement::new(Verdict::Unknown),
                }
            }

            fn gateway_codes(&self) -> GatewayCodes {
                match self {
                    $(Self::$name(request) => request.gateway_codes(),)+
                }
            }

            fn discrepancies(&self, reply: &AnyReply) -> Vec<Discrepancy> {
                match (self, reply) {
                    $((Self::$name(request), AnyReply::$name(reply)) => request.discrepancies(reply),)+
                    _ => Vec::new(),
                }
            }
        }

        /// What only reads is not asked about.
        impl Resolve for AnyRequest {
            type Query = Self;

            fn query(&self) -> Option<Self> {
                match self {
                    $(Self::$name(request) => registry!(@query $column request),)+
                }
            }

            /// Open for the answer to another query.
            fn finding(&self, answer: &AnyReply, request: &RequestTrace) -> Finding {
                match self {
                    $(Self::$name(operation) => registry!(@finding $column operation, answer, request),)+
                }
            }

            fn confirmation(&self, answer: &AnyReply) -> Option<Confirmation> {
                match self {
                    $(Self::$name(operation) => registry!(@confirmation $column operation, answer),)+
                }
            }

            fn confirmed(&self, answer: &JsonReply, request: &RequestTrace) -> Finding {
                match self {
                    $(Self::$name(operation) => registry!(@confirmed $column operation, answer, request),)+
                }
            }

            fn may_be_repeated(&self) -> bool {
                match self {
                    $(Self::$name(request) => registry!(@repeated $column request),)+
                }
            }
        }
    };
    (@state Query $reply:ident) => { Some(Answer::state_name(&**$reply)) };
    (@state $other:ident $reply:ident) => {{ let _ = $reply; None }};
    (@query Query $request:ident) => {{ let _ = $request; None }};
    (@query Activation $request:ident) => {{ let _ = $request; None }};
    (@query $moves_money:ident $request:ident) => { Resolve::query(&**$request).map(Self::from) };
    (@finding Query $operation:ident, $answer:ident, $request:ident) => {{ let _ = $operation; Finding::Open }};
    (@finding Activation $operation:ident, $answer:ident, $request:ident) => {{ let _ = $operation; Finding::Open }};
    (@finding $moves_money:ident $operation:ident, $answer:ident, $request:ident) => {
        match $answer.try_into() {
            Ok(answer) => $operation.finding(answer, $request),
            Err(AnotherReply(())) => Finding::Open,
        }
    };
    (@confirmation Query $operation:ident, $answer:ident) => {{ let _ = $operation; None }};
    (@confirmation Activation $operation:ident, $answer:ident) => {{ let _ = $operation; None }};
    (@confirmation $moves_money:ident $operation:ident, $answer:ident) => {
        $answer.try_into().ok().and_then(|answer| $operation.confirmation(answer))
    };
    (@confirmed Query $operation:ident, $answer:ident, $request:ident) => {{ let _ = $operation; Finding::Open }};
    (@confirmed Activation $operation:ident, $answer:ident, $request:ident) => {{ let _ = $operation; Finding::Open }};
    (@confirmed $moves_money:ident $operation:ident, $answer:ident, $request:ident) => {
        $operation.confirmed($answer, $request)
    };
    (@repeated Query $request:ident) => {{ let _ = $request; false }};
    (@repeated Activation $request:ident) => {{ let _ = $request; false }};
    (@repeated $moves_money:ident $request:ident) => { $request.may_be_repeated() };
}

every_operation!(registry);

/// A reply that is none of the wanted type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is the reply to another operation")]
pub struct AnotherReply(());

impl AnyReply {
    /// Every field of the reply, documented or not, by its name on the wire and in the order
    /// received.
    pub fn fields(&self) -> Fields {
        // The body was read once already, so it can be read again.
        JsonReply::decode(self.received().as_bytes().clone())
            .map(|reply| reply.fields().clone())
            .unwrap_or_default()
    }
}

/// Every field of every request and reply, those of the objects inside them included. A name that
/// several messages have comes once for each.
///
/// ```
/// use ums_model::{Sensitivity, every_field};
///
/// let secret = |name| every_field().any(|field| field.name == name && field.sensitivity == Sensitivity::Secret);
/// assert!(secret("payCode"));
/// assert!(!secret("merchantRemark"));
/// ```
pub fn every_field() -> impl Iterator<Item = &'static FieldSpec> {
    let tables = OPERATIONS
        .iter()
        .flat_map(|operation| [operation.request, operation.reply]);
    // A field is handed out before the fields inside it, so what is left is a stack.
    let mut left: Vec<&'static FieldSpec> = tables.flatten().collect();
    left.reverse();
    std::iter::from_fn(move || {
        let field = left.pop()?;
        left.extend(field.items.iter().rev());
        Some(field)
    })
}

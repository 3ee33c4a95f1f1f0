//! Operations, fields, amounts and reply codes of the UMS (银联商务) open platform.
//!
//! An operation is a value that holds only what the platform's documents allow. It turns into the
//! one sequence of bytes that is signed and sent, and reads the reply it gets back:
//!
//! ```
//! use bytes::Bytes;
//! use ums_model::{MerchantCode, Operation, TerminalCode, UmsOrderId, Verdict, VoidPayment};
//!
//! let void = VoidPayment::by_ums_order_id(
//!     MerchantCode::new("103290070111417")?,
//!     TerminalCode::new("12340511")?,
//!     UmsOrderId::new("20200227163036011978864947")?,
//! )
//! .with_limit_cross_device(true);
//!
//! let body = void.encode()?;
//! assert_eq!(
//!     body,
//!     r#"{"merchantCode":"103290070111417","terminalCode":"12340511","originalOrderId":"20200227163036011978864947","limitCrossDevice":true}"#,
//! );
//!
//! // … signed by `ums-auth`, carried by `ums-transport`, answered by the gateway:
//! let received = Bytes::from(r#"{"errCode":"00","orderId":"20200227163036011978864947","transactionAmount":"1"}"#);
//! let reply = void.decode(received)?;
//! assert_eq!(void.judge(&reply).verdict(), Verdict::Approved);
//! assert_eq!(reply.transaction_amount.typed().map(|fen| fen.yuan().to_string()).as_deref(), Some("0.01"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is written, and what is read
//!
//! Requests are written strictly: documented types, documented order, no field that was not given.
//! Replies are read tolerantly: a [`Field`] is absent, typed, or kept as it was received, and
//! fields that no document names are kept too. Only a body that is not one well-formed JSON object
//! is refused, as [`MalformedReply`].
//!
//! # The operations
//!
#![doc = include_str!("operations.md")]
//!
//! The answer to a query has a state in it: [`QueryState`], [`RefundState`] or
//! [`AuthorizationState`]. [`rules`] says which operation may follow which.
//!
//! [`OPERATIONS`] has everything that is declared of them as data: titles, paths, effect, the field
//! tables with type, length, need, source and sensitivity, what a reply repeats, and how an outcome
//! is asked about. A request is read back from its bytes by its `from_wire`; [`AnyRequest`] does
//! that for all of them.
//!
//! # What a reply code means
//!
//! [`judge_code`] knows three answers: approved, declined, unknown. A code that [`REPLY_CODES`]
//! does not list is unknown, because the platform calls its own lists "common codes" and not
//! complete.
//!
//! # What is deliberately absent
//!
//! No I/O, no clock, no HTTP, no signing. Any UMS operation can be described from outside this
//! crate through the trait [`Operation`]; [`JsonReply`] is a ready-made reply for it.

#[macro_use]
mod every_operation;

mod field {
    //! What a field of a request is: its row in a table, its type, and what its type takes.

    pub(crate) mod coded;
    pub(crate) mod invalid_field;
    pub(crate) mod misfit;
    pub(crate) mod sent;
    pub(crate) mod spec;
    pub(crate) mod text_field;
    pub(crate) mod wire_type;
    pub(crate) mod written;
}
mod json {
    //! JSON as it was received.

    pub(crate) mod object;
    pub(crate) mod text;
    pub(crate) mod value;
}
mod value {
    //! The values of fields.

    pub(crate) mod amount;
    pub(crate) mod authorization_state;
    pub(crate) mod card_attr;
    pub(crate) mod currency;
    pub(crate) mod date;
    pub(crate) mod goods;
    pub(crate) mod identifier;
    pub(crate) mod location;
    pub(crate) mod order_ref;
    pub(crate) mod pay_mode;
    pub(crate) mod promotion;
    pub(crate) mod query_state;
    pub(crate) mod refund_state;
    pub(crate) mod sample_text;
    pub(crate) mod version;
}
mod request {
    //! How requests are made and read back.

    pub(crate) mod declare;
    pub(crate) mod invalid_request;
    pub(crate) mod read;
}
mod reply {
    //! How replies are made and read.

    pub(crate) mod declare;
    pub(crate) mod field;
    pub(crate) mod json_reply;
    pub(crate) mod malformed_reply;
}
mod judge {
    //! What a reply says of the operation.

    pub(crate) mod gateway_codes;
    pub(crate) mod judgement;
    pub(crate) mod pos_operation;
    pub(crate) mod refusal_codes;
    pub(crate) mod reply_code;
    pub(crate) mod verdict;
}
mod operation {
    //! What an operation is, how one is declared, and the list of all.

    pub(crate) mod as_json;
    pub(crate) mod contract;
    pub(crate) mod declare;
    pub(crate) mod discrepancy;
    pub(crate) mod effect;
    pub(crate) mod order_ids;
    pub(crate) mod path;
    pub(crate) mod registry;
    pub(crate) mod resolve;
    pub(crate) mod spec;
}
mod poslink;
mod preauthorization;
pub mod rules;

pub use field::invalid_field::{InvalidField, Rule};
pub use field::misfit::FieldProblem;
pub use field::spec::{
    Certainty, Condition, ConditionRule, FieldKind, FieldSpec, Format, Need, Sensitivity, Source,
};
pub use field::written::{Flag, Written};
pub use json::text::Text;
pub use json::value::{Fields, Json};
pub use judge::gateway_codes::GatewayCodes;
pub use judge::judgement::Judgement;
pub use judge::pos_operation::PosOperation;
pub use judge::refusal_codes::{NotARefusal, RefusalCodes, is_likely_refusal};
pub use judge::reply_code::{
    ISSUER_REFUSALS, NEVER_DECLINED, REPLY_CODES, ReplyCode, Verdicts, judge_code,
};
pub use judge::verdict::{Refusal, Verdict};
pub use operation::contract::{EncodeError, Operation, encode_json};
pub use operation::discrepancy::Discrepancy;
pub use operation::effect::Effect;
pub use operation::order_ids::OrderIds;
pub use operation::registry::*;
pub use operation::resolve::{Confirmation, Finding, RequestTrace, Resolve};
pub use operation::spec::{
    AskedSpec, Echo, Expected, Meaning, OperationSpec, OrderFields, PathSpec, StateSpec,
};
pub use reply::field::Field;
pub use reply::json_reply::JsonReply;
pub use reply::malformed_reply::{Malformation, MalformedReply};
pub use request::invalid_request::{InvalidRequest, RequestProblem};
pub use value::amount::{Fen, ParseFenError, Yuan};
pub use value::authorization_state::{
    AuthorizationState, AutoQueryFlag, SecureStatus, TradeStatus,
};
pub use value::card_attr::CardAttr;
pub use value::currency::Currency;
pub use value::date::{Day, MonthDay};
pub use value::goods::{
    Goods, GoodsBody, GoodsCategory, GoodsDiscount, GoodsId, GoodsItem, GoodsName, GoodsPrice,
    Quantity,
};
pub use value::identifier::{
    AttachedData, AuthorizationCode, AuthorizationRemark, BizIdentifier, MerchantCode,
    MerchantOrderId, MerchantRemark, OperatorId, PayCode, RefundDesc, RefundRequestId, SrcReserved,
    StoreId, SystemTraceNumber, TerminalCode, TransparentFields, UmsOrderId,
};
pub use value::location::{
    BaseStation, DeviceType, Latitude, Longitude, PhysicalDevice, TerminalIp, TerminalLocation,
    VirtualDevice,
};
pub use value::order_ref::{OrderId, OrderRef};
pub use value::pay_mode::{AuthorizationPayMode, PayMode};
pub use value::promotion::{
    DiscountStatus, DiscountedGoods, OrderPromotionStatus, Promotion, RefundedGoods,
    RefundedPromotion,
};
pub use value::query_state::QueryState;
pub use value::refund_state::RefundState;
pub use value::sample_text::{
    AppVersion, CertNo, CertType, CostSubsidy, EduScene, EduSchoolId, EncryptRandNum, FeeRatio,
    FixBuyer, InvocationMode, NetworkLicense, OrderDesc, ParkId, PayerMobile, PayerName, PwdEnc,
    PwdTransKeyEnc, SecretText, SerialNum, SubAppId, TargetChnl, ThirdPartyInstalSubsFlag,
    TransChnl, VehicleNo,
};
pub use value::version::{ActivationVersion, PayVersion, Version};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExample;

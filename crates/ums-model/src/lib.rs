//! Operations, fields, amounts and reply codes of the UMS (银联商务) open platform.
//!
//! An operation is a value that holds only what the platform's documents allow. It turns into the one sequence of
//! bytes that is signed and sent, and reads the reply it gets back:
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
//! Requests are written strictly: documented types, documented order, no field that was not given. Replies are read
//! tolerantly: a [`Field`] is absent, typed, or kept as it was received, and fields that no document names are kept
//! too. Only a body that is not one well-formed JSON object is refused, as [`MalformedReply`].
//!
//! # The operations
//!
//! | Operation | Version | What it does | Its reply says what became of |
//! |---|---|---|---|
//! | [`Pay`] 支付 | v6, v4, v2 | takes money by a payer's code | the payment |
//! | [`Query`] 交易状态查询 | v6, v2 | | the query; the order's [`QueryState`] is in it |
//! | [`VoidPayment`] 支付撤销 | v6, v2 | takes a whole payment of the same trading day back | the void |
//! | [`Refund`] 交易退款 | v6, v2 | pays back, wholly or in part | the refund |
//! | [`QueryRefund`] 交易退款查询 | v6, v2 | | the query; the refund's [`RefundState`] is in it |
//! | [`ActivateTerminal`] 激活终端 | v2 only | | the activation |
//! | [`ReversePayment`] 支付冲正 | v2 only | takes back a payment whose outcome is not known | the reversal |
//!
//! [`rules`] says which may follow which.
//!
//! [`OPERATIONS`] has their field tables as data: name, type, length, need, source, and how sensitive a value is.
//!
//! # What a reply code means
//!
//! [`judge_code`] knows three answers: approved, declined, unknown. A code that [`REPLY_CODES`] does not list is
//! unknown, because the platform calls its own lists "common codes" and not complete.
//!
//! # What is deliberately absent
//!
//! No I/O, no clock, no HTTP, no signing. Any UMS operation can be described from outside this crate through the
//! trait [`Operation`]; [`JsonReply`] is a ready-made reply for it.

mod activate_terminal;
mod amount;
mod card_attr;
mod currency;
mod date;
mod described;
mod field;
mod goods;
mod identifier;
mod invalid_field;
mod json;
mod json_reply;
mod judgement;
mod location;
mod malformed_reply;
mod object;
mod operation;
mod order_ref;
mod pay;
mod pay_mode;
mod pos_operation;
mod promotion;
mod query;
mod query_refund;
mod query_state;
mod refund;
mod refund_state;
mod refusal_codes;
mod reply;
mod reply_code;
mod request;
mod resolve;
mod reverse_payment;
pub mod rules;
mod sample_text;
mod spec;
mod text;
mod version;
mod void_payment;
mod written;

pub use activate_terminal::{ActivateTerminal, ActivateTerminalReply};
pub use amount::{Fen, ParseFenError, Yuan};
pub use card_attr::CardAttr;
pub use currency::Currency;
pub use date::{Day, MonthDay};
pub use described::{OPERATIONS, OperationSpec, every_field};
pub use field::Field;
pub use goods::{
    Goods, GoodsBody, GoodsCategory, GoodsDiscount, GoodsId, GoodsItem, GoodsName, GoodsPrice,
    Quantity,
};
pub use identifier::{
    BizIdentifier, MerchantCode, MerchantOrderId, MerchantRemark, OperatorId, RefundDesc,
    RefundRequestId, SrcReserved, StoreId, SystemTraceNumber, TerminalCode, TransparentFields,
    UmsOrderId,
};
pub use invalid_field::{InvalidField, Rule};
pub use json::{Fields, Json};
pub use json_reply::JsonReply;
pub use judgement::{Judgement, Refusal, Verdict};
pub use location::{
    BaseStation, DeviceType, Latitude, Longitude, PhysicalDevice, TerminalIp, TerminalLocation,
    VirtualDevice,
};
pub use malformed_reply::{Malformation, MalformedReply};
pub use operation::{Discrepancy, Effect, EncodeError, Operation, encode_json};
pub use order_ref::{OrderId, OrderRef};
pub use pay::{FoodOrderType, GoodsTag, InstallmentFlag, Pay, PayCode, PayReply, RetCommParams};
pub use pay_mode::PayMode;
pub use pos_operation::PosOperation;
pub use promotion::{
    DiscountStatus, DiscountedGoods, OrderPromotionStatus, Promotion, RefundedGoods,
    RefundedPromotion,
};
pub use query::{Query, QueryReply};
pub use query_refund::{QueryRefund, QueryRefundReply};
pub use query_state::QueryState;
pub use refund::{Refund, RefundReply};
pub use refund_state::RefundState;
pub use refusal_codes::{NotARefusal, RefusalCodes, is_likely_refusal};
pub use reply_code::{
    ISSUER_REFUSALS, NEVER_DECLINED, REPLY_CODES, ReplyCode, Verdicts, judge_code,
};
pub use resolve::{Finding, RequestTrace, Resolve};
pub use reverse_payment::{ReversePayment, ReversePaymentReply};
pub use sample_text::{
    AppVersion, CertNo, CertType, CostSubsidy, EduScene, EduSchoolId, EncryptRandNum, FeeRatio,
    FixBuyer, InvocationMode, NetworkLicense, OrderDesc, ParkId, PayerMobile, PayerName, PwdEnc,
    PwdTransKeyEnc, SecretText, SerialNum, SubAppId, TargetChnl, ThirdPartyInstalSubsFlag,
    TransChnl, VehicleNo,
};
pub use spec::{Certainty, FieldKind, FieldSpec, Format, Need, Sensitivity, Source};
pub use text::Text;
pub use version::{PayVersion, Version};
pub use void_payment::{VoidPayment, VoidPaymentReply};
pub use written::{Flag, Written};

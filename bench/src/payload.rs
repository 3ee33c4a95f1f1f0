//! The call that every caller makes: its credentials, request and reply.

/// Made up.
pub(crate) const APP_ID: &str = "00000000000000000000000000000001";
/// Made up.
pub(crate) const APP_KEY: &str = "ums-simulator-demo-key-not-secret";

pub(crate) const PATH: &str = "/v6/poslink/transaction/voidpayment";
pub(crate) const MERCHANT_CODE: &str = "103290070111417";
pub(crate) const TERMINAL_CODE: &str = "12340511";
pub(crate) const SYSTEM_TRACE_NUM: &str = "123456";
pub(crate) const ORDER_ID: &str = "20230718110248029165883554";
pub(crate) const MERCHANT_REMARK: &str = "测试";

/// The fields of the documented reply.
pub(crate) const REPLY: &str = concat!(
    r#"{"errCode":"00","errInfo":"成功","orderId":"20230718110248029165883554","transactionTime":"110501","#,
    r#""transactionDate":"0718","transactionDateWithYear":"20230718","settlementDate":"0718","#,
    r#""settlementDateWithYear":"20230718","retrievalRefNum":"081523007271","transactionAmount":"1","#,
    r#""actualTransactionAmount":"1","thirdPartyName":"微信钱包","cardAttr":"91"}"#
);

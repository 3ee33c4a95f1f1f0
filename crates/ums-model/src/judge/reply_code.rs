//! The table of reply codes (`errCode`): what each says of which operation, and where that is known
//! from.

use crate::field::spec::Certainty;
use crate::judge::pos_operation::{Column, PosOperation};
use crate::judge::verdict::{Refusal, Verdict};

/// One row of the table of reply codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyCode {
    /// The code, exactly as on the wire.
    pub code: &'static str,
    /// What it means, in English.
    pub meaning: &'static str,
    /// What the document calls it, when a document names it; otherwise what is commonly published.
    pub chinese: Option<&'static str>,
    /// What it says of each kind of operation. This is inferred: no document sorts the codes into
    /// classes, and the reading chosen here takes every doubt as unknown.
    pub verdicts: Verdicts,
    /// Where the code is known from.
    pub source: &'static str,
    /// How surely the code is known.
    pub certainty: Certainty,
    /// What else there is to know.
    pub note: Option<&'static str>,
}

/// What one code says of each kind of operation. A code can refuse a void and say nothing of a
/// payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdicts {
    /// Of a payment.
    pub pay: Verdict,
    /// Of a void or a reversal.
    pub void_or_reversal: Verdict,
    /// Of a refund.
    pub refund: Verdict,
    /// Of a query: it was answered, or was refused at the gateway, or says nothing. A query
    /// declines nothing.
    pub query: Verdict,
}

impl Verdicts {
    const fn new(pay: Verdict, void_or_reversal: Verdict, refund: Verdict, query: Verdict) -> Self {
        Self {
            pay,
            void_or_reversal,
            refund,
            query,
        }
    }

    /// What the code says of this operation.
    pub fn of(&self, operation: PosOperation) -> Verdict {
        match operation.column() {
            Column::Pay => self.pay,
            Column::VoidOrReversal => self.void_or_reversal,
            Column::Refund => self.refund,
            Column::VoidAndRefund if self.void_or_reversal == self.refund => self.refund,
            Column::VoidAndRefund => Verdict::Unknown,
            Column::Query => self.query,
            Column::Activation | Column::Other => self.of_each(),
        }
    }

    /// What the code says of a payment, a void and a refund alike; unknown where they differ.
    fn of_each(&self) -> Verdict {
        match self.pay == self.void_or_reversal && self.pay == self.refund {
            true => self.pay,
            false => Verdict::Unknown,
        }
    }
}

impl ReplyCode {
    /// The row of exactly this code.
    pub fn find(code: &str) -> Option<&'static Self> {
        REPLY_CODES.iter().find(|row| row.code == code)
    }
}

/// What a reply code says of an operation. Exactly `00` approves; a code that [`REPLY_CODES`] does
/// not list is unknown.
///
/// ```
/// use ums_model::{PosOperation, Refusal, Verdict, judge_code};
///
/// assert_eq!(judge_code(PosOperation::Pay, "00"), Verdict::Approved);
/// assert_eq!(judge_code(PosOperation::Refund, "25"), Verdict::Declined(Refusal::NotExecuted));
/// // The payment may still be in flight.
/// assert_eq!(judge_code(PosOperation::Pay, "25"), Verdict::Unknown);
/// assert_eq!(judge_code(PosOperation::Pay, "0"), Verdict::Unknown);
/// ```
pub fn judge_code(operation: PosOperation, code: &str) -> Verdict {
    ReplyCode::find(code).map_or(Verdict::Unknown, |row| row.verdicts.of(operation))
}

/// Codes that nothing may take for a refusal, the table above and a caller's own
/// [`RefusalCodes`](crate::RefusalCodes) included: they are approvals, can follow a booking, or say
/// that nothing is known (industry, inferred).
pub static NEVER_DECLINED: &[&str] = &[
    "00", "06", "09", "10", "11", "14", "16", "64", "68", "90", "91", "92", "94", "96", "98", "A0",
    "A2", "A4", "A5", "A6", "A7", "ER", "FF", "0000", "9200", "9999",
];

const A: Verdict = Verdict::Approved;
const G: Verdict = Verdict::Declined(Refusal::BeforeProcessing);
const N: Verdict = Verdict::Declined(Refusal::NotExecuted);
const U: Verdict = Verdict::Unknown;

/// The codes that are known. The document that most come from calls its list "common" (常见): it is
/// not complete.
pub static REPLY_CODES: &[ReplyCode] = &[
    ReplyCode {
        code: "00",
        meaning: "The operation succeeded.",
        chinese: Some("交易成功"),
        verdicts: Verdicts::new(A, A, A, A),
        source: "POS通交易接口 v20200527 §2.2 p.25",
        certainty: Certainty::Documented,
        note: Some(
            "Also the example on the v6 void page. Unknown all the same when the reply has an autoQueryFlag other than N, or answers a query.",
        ),
    },
    ReplyCode {
        code: "1000",
        meaning: "Authentication failed.",
        chinese: Some("认证失败"),
        verdicts: Verdicts::new(G, G, G, G),
        source: "POS通交易接口 v20200527 §2.1 p.25",
        certainty: Certainty::Documented,
        note: Some(
            "Gateway code. Seen in the sandbox with HTTP 412, on another product of the same gateway.",
        ),
    },
    ReplyCode {
        code: "1001",
        meaning: "Authorization failed.",
        chinese: Some("授权失败"),
        verdicts: Verdicts::new(G, G, G, G),
        source: "POS通交易接口 v20200527 §2.1 p.25",
        certainty: Certainty::Documented,
        note: Some("Gateway code."),
    },
    ReplyCode {
        code: "9001",
        meaning: "The parameters did not pass the gateway's check.",
        chinese: Some("参数校验失败"),
        verdicts: Verdicts::new(G, G, G, G),
        source: "POS通交易接口 v20200527 §2.1 p.25",
        certainty: Certainty::Documented,
        note: Some("Gateway code."),
    },
    ReplyCode {
        code: "03",
        meaning: "The merchant is not valid.",
        chinese: Some("无效商户"),
        verdicts: Verdicts::new(N, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.25",
        certainty: Certainty::Documented,
        note: Some("Refused at the check of the merchant (industry)."),
    },
    ReplyCode {
        code: "12",
        meaning: "The transaction is not valid.",
        chinese: Some("无效交易"),
        verdicts: Verdicts::new(U, N, N, U),
        source: "industry",
        certainty: Certainty::Industry,
        note: Some(
            "Industry: the original was not approved, or was of another day. It is no answer to a payment.",
        ),
    },
    ReplyCode {
        code: "13",
        meaning: "The amount is not valid.",
        chinese: Some("无效金额"),
        verdicts: Verdicts::new(N, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some("Refused at the check of the amount (industry)."),
    },
    ReplyCode {
        code: "14",
        meaning: "The account number is not valid.",
        chinese: Some("无效卡号"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "industry",
        certainty: Certainty::Industry,
        note: Some(
            "Industry: the account in the answer is not the one in the request, which is found after the issuer answered: it may have booked.",
        ),
    },
    ReplyCode {
        code: "22",
        meaning: "The original transaction does not exist.",
        chinese: Some("原交易不存在"),
        verdicts: Verdicts::new(U, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "True of this call only, and no answer to a payment. Industry: it is what a second void or reversal is answered, so it is rather a sign that an earlier one worked: query before any sentence about the order.",
        ),
    },
    ReplyCode {
        code: "25",
        meaning: "The original transaction was not found.",
        chinese: Some("找不到原始交易"),
        verdicts: Verdicts::new(U, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "True of this call only, and no answer to a payment. It proves nothing about the payment, which may still be in flight: a void that is answered 25 does not stop a late payment.",
        ),
    },
    ReplyCode {
        code: "30",
        meaning: "The message is malformed.",
        chinese: Some("报文格式错误"),
        verdicts: Verdicts::new(N, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some("Refused at the check of the fields of the request (industry)."),
    },
    ReplyCode {
        code: "57",
        meaning: "This transaction is not allowed.",
        chinese: Some("不允许此交易"),
        verdicts: Verdicts::new(N, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "Of a void or a refund it may also mean that the order was voided, refunded or made on another day or terminal, or that the permission to refund is missing (inferred).",
        ),
    },
    ReplyCode {
        code: "61",
        meaning: "The amount is over the limit.",
        chinese: Some("超出金额限制"),
        verdicts: Verdicts::new(N, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some("Of a refund, earlier refunds may have taken what is left (inferred): query."),
    },
    ReplyCode {
        code: "64",
        meaning: "The amount does not agree with the original.",
        chinese: Some("原始金额错误"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "Industry: the amount in the request is not the one in the answer, which is found after the issuer answered: it may have booked.",
        ),
    },
    ReplyCode {
        code: "92",
        meaning: "The line to the issuer failed.",
        chinese: Some("发卡方线路异常"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some("The text does not say when the line failed."),
    },
    ReplyCode {
        code: "94",
        meaning: "A duplicate transaction.",
        chinese: Some("重复交易"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "The first one may have succeeded: query. On the first sending of a payment it speaks of another payment with the same merchant order id.",
        ),
    },
    ReplyCode {
        code: "96",
        meaning: "The switching centre failed.",
        chinese: Some("交换中心异常"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "Among others a fault of the data base in the switch, after the issuer answered (industry).",
        ),
    },
    ReplyCode {
        code: "97",
        meaning: "The terminal is not registered.",
        chinese: Some("终端号未登记"),
        verdicts: Verdicts::new(N, N, N, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some("The terminal was not found."),
    },
    ReplyCode {
        code: "A0",
        meaning: "The check of a message code failed.",
        chinese: Some("MAC校验失败"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "industry",
        certainty: Certainty::Industry,
        note: Some("Industry: the check of a message code, of the answer too: it may have booked."),
    },
    ReplyCode {
        code: "A7",
        meaning: "Security processing failed.",
        chinese: Some("安全处理失败"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "Industry: the check of a message code, a PIN or a card, of any role and in either direction, so of the answer too: it may have booked.",
        ),
    },
    ReplyCode {
        code: "ER",
        meaning: "See the text of the reply.",
        chinese: Some("参见具体返回信息"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.2 p.26",
        certainty: Certainty::Documented,
        note: Some(
            "In practice most refusals of wallets come so, in words (inferred): query at once.",
        ),
    },
    ReplyCode {
        code: "FF",
        meaning: "The transaction was not found, or its state is not known.",
        chinese: Some("查不到交易信息 / 状态未知"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "community",
        certainty: Certainty::Community,
        note: Some(
            "From older copies of the table. In POS通交易接口 v20200527 it is only a queryResCode (§1.5.3).",
        ),
    },
    ReplyCode {
        code: "9999",
        meaning: "System error.",
        chinese: Some("系统错误"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.1 p.25",
        certainty: Certainty::Documented,
        note: Some("Gateway code."),
    },
    ReplyCode {
        code: "9200",
        meaning: "Not documented.",
        chinese: None,
        verdicts: Verdicts::new(U, U, U, U),
        source: "live",
        certainty: Certainty::SeenLive,
        note: Some(
            "In no document. Seen in the sandbox by one person, with HTTP 412, now and then; the same request passed seconds later.",
        ),
    },
    ReplyCode {
        code: "0000",
        meaning: "Normal.",
        chinese: Some("正常"),
        verdicts: Verdicts::new(U, U, U, U),
        source: "POS通交易接口 v20200527 §2.1 p.25",
        certainty: Certainty::Documented,
        note: Some(
            "Gateway code: success at the token endpoint. On an operation that moves money it says only that the request was accepted: query.",
        ),
    },
    ReplyCode {
        code: "5131016",
        meaning: "Not documented.",
        chinese: None,
        verdicts: Verdicts::new(U, U, U, U),
        source: "community",
        certainty: Certainty::Community,
        note: Some("Seen with HTTP 412 for a product that was not enabled."),
    },
];

/// Refusals by the issuer of a card or an account, in answer to a payment, by the meanings that are
/// commonly published for UnionPay. Whether POS通 passes them on as `errCode` is not documented, so
/// they decline only where a caller chooses so: see
/// [`RefusalCodes::unionpay`](crate::RefusalCodes::unionpay).
pub static ISSUER_REFUSALS: &[ReplyCode] = &[
    issuer_refusal("01", "Refer to the issuer.", "请与发卡方联系"),
    issuer_refusal("04", "The card is to be retained.", "此卡被没收"),
    issuer_refusal(
        "05",
        "The payer could not be authenticated.",
        "持卡人认证失败",
    ),
    issuer_refusal("15", "There is no such issuer.", "无此发卡方"),
    issuer_refusal("21", "The card was not activated.", "该卡未初始化"),
    issuer_refusal("34", "Suspected fraud.", "有作弊嫌疑"),
    issuer_refusal("38", "Too many wrong PINs.", "密码错误次数超限"),
    issuer_refusal(
        "40",
        "The issuer does not support it.",
        "发卡方不支持的交易",
    ),
    issuer_refusal("41", "The card was reported lost.", "此卡已挂失"),
    issuer_refusal("43", "The card was reported stolen.", "此卡被没收"),
    issuer_refusal(
        "45",
        "A chip card may not be used by its stripe.",
        "不允许芯片卡降级使用",
    ),
    issuer_refusal("51", "Not enough money.", "余额不足"),
    issuer_refusal("54", "The card has expired.", "卡已过期"),
    issuer_refusal("55", "The PIN is wrong.", "密码错误"),
    issuer_refusal("58", "The terminal may not do this.", "终端不允许此交易"),
    issuer_refusal("59", "The check of the card failed.", "卡片校验错误"),
    issuer_refusal("61", "The amount is over the limit.", "金额超限"),
    issuer_refusal("62", "The card is restricted.", "受限制的卡"),
    issuer_refusal("65", "Too many payments.", "次数超限"),
    issuer_refusal("75", "Too many wrong PINs.", "密码错误次数超限"),
    issuer_refusal("99", "The form of the PIN is wrong.", "PIN格式错误"),
];

const fn issuer_refusal(
    code: &'static str,
    meaning: &'static str,
    chinese: &'static str,
) -> ReplyCode {
    ReplyCode {
        code,
        meaning,
        chinese: Some(chinese),
        verdicts: Verdicts::new(N, U, U, U),
        source: "industry",
        certainty: Certainty::Industry,
        note: None,
    }
}

//! The table of reply codes (`errCode`), each with its class and where that is known from.

use crate::judgement::{Refusal, Verdict};
use crate::spec::Certainty;

/// One row of the table of reply codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyCode {
    /// The code, exactly as on the wire.
    pub code: &'static str,
    /// What it means, in English.
    pub meaning: &'static str,
    /// What the document calls it.
    pub chinese: &'static str,
    /// What it says of the operation. That 1000, 1001, 9001 and the like mean "not carried out" is inferred from
    /// their names: no document classes the codes.
    pub verdict: Verdict,
    /// Where the code is known from.
    pub source: &'static str,
    /// How surely the code is known.
    pub certainty: Certainty,
    /// What else there is to know, or "".
    pub note: &'static str,
}

impl ReplyCode {
    /// The row of exactly this code.
    pub fn find(code: &str) -> Option<&'static Self> {
        REPLY_CODES.iter().find(|row| row.code == code)
    }

    /// The class's name in `fixtures/documented/reply_codes.json`.
    pub fn class(&self) -> &'static str {
        match self.verdict {
            Verdict::Approved => "approved",
            Verdict::Declined(Refusal::BeforeProcessing) => "refused_before_processing",
            Verdict::Declined(Refusal::NotExecuted) => "not_executed",
            Verdict::Unknown => "unknown",
        }
    }
}

/// What a reply code says of the operation. Exactly `00` approves; a code that [`REPLY_CODES`] does not list is
/// unknown.
///
/// ```
/// use ums_model::{Refusal, Verdict, judge_code};
///
/// assert_eq!(judge_code("00"), Verdict::Approved);
/// assert_eq!(judge_code("1000"), Verdict::Declined(Refusal::BeforeProcessing));
/// assert_eq!(judge_code("0"), Verdict::Unknown);
/// ```
pub fn judge_code(code: &str) -> Verdict {
    ReplyCode::find(code).map_or(Verdict::Unknown, |row| row.verdict)
}

/// The codes that are known. The document that most come from calls its list "common" (常见): it is not complete.
pub static REPLY_CODES: &[ReplyCode] = &[
    ReplyCode {
        code: "00",
        meaning: "the operation was carried out",
        chinese: "成功",
        verdict: Verdict::Approved,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "1000",
        meaning: "authentication failed",
        chinese: "认证失败",
        verdict: Verdict::Declined(Refusal::BeforeProcessing),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "seen with HTTP 412 for a Timestamp that did not parse",
    },
    ReplyCode {
        code: "1001",
        meaning: "authorization failed",
        chinese: "授权失败",
        verdict: Verdict::Declined(Refusal::BeforeProcessing),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "9001",
        meaning: "a parameter failed validation",
        chinese: "参数校验失败",
        verdict: Verdict::Declined(Refusal::BeforeProcessing),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "03",
        meaning: "unknown merchant",
        chinese: "无效商户",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "13",
        meaning: "invalid amount",
        chinese: "无效金额",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "22",
        meaning: "the original transaction does not exist",
        chinese: "原交易不存在",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "of this call only: when an earlier call on the order ended unknown, query",
    },
    ReplyCode {
        code: "25",
        meaning: "the original transaction was not found",
        chinese: "找不到原始交易",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "of this call only: when an earlier call on the order ended unknown, query",
    },
    ReplyCode {
        code: "30",
        meaning: "the message's format is wrong",
        chinese: "报文格式错误",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "57",
        meaning: "this transaction is not permitted",
        chinese: "不允许此交易",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "61",
        meaning: "the amount is over the limit",
        chinese: "超出金额限制",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "64",
        meaning: "the original amount is wrong",
        chinese: "原始金额错误",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "97",
        meaning: "the terminal is not registered",
        chinese: "终端号未登记",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "A7",
        meaning: "security processing failed",
        chinese: "安全处理失败",
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "92",
        meaning: "the issuer's line is out of order",
        chinese: "发卡方线路异常",
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "94",
        meaning: "duplicate transaction",
        chinese: "重复交易",
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "the first one may have been carried out: query",
    },
    ReplyCode {
        code: "96",
        meaning: "the switching centre is out of order",
        chinese: "交换中心异常",
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "ER",
        meaning: "see the text that comes with it",
        chinese: "参见具体返回信息",
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "FF",
        meaning: "the transaction's state is unknown",
        chinese: "查不到交易信息",
        verdict: Verdict::Unknown,
        source: "community",
        certainty: Certainty::Community,
        note: "in older copies of the document",
    },
    ReplyCode {
        code: "9999",
        meaning: "system error",
        chinese: "系统错误",
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "",
    },
    ReplyCode {
        code: "9200",
        meaning: "not documented",
        chinese: "",
        verdict: Verdict::Unknown,
        source: "community",
        certainty: Certainty::Community,
        note: "seen with HTTP 412 in the sandbox, now and then; the same request worked seconds later",
    },
    ReplyCode {
        code: "0000",
        meaning: "normal",
        chinese: "正常",
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: "success for a token; on a call that moves money it says accepted at most",
    },
    ReplyCode {
        code: "5131016",
        meaning: "not documented",
        chinese: "",
        verdict: Verdict::Unknown,
        source: "community",
        certainty: Certainty::Community,
        note: "seen with HTTP 412 for payment products that were not enabled",
    },
];

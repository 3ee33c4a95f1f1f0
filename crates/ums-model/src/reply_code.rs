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
    /// What the document calls it, when a document names it.
    pub chinese: Option<&'static str>,
    /// What it says of the operation. This is inferred: no document sorts the codes into classes, and the reading
    /// chosen here takes every doubt as unknown.
    pub verdict: Verdict,
    /// Where the code is known from.
    pub source: &'static str,
    /// How surely the code is known.
    pub certainty: Certainty,
    /// What else there is to know.
    pub note: Option<&'static str>,
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
        meaning: "The operation succeeded.",
        chinese: Some("成功"),
        verdict: Verdict::Approved,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some("Also the example on the v6 void page."),
    },
    ReplyCode {
        code: "1000",
        meaning: "Authentication failed.",
        chinese: Some("认证失败"),
        verdict: Verdict::Declined(Refusal::BeforeProcessing),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some(
            "Gateway code. Seen in the sandbox with HTTP 412, on another product of the same gateway.",
        ),
    },
    ReplyCode {
        code: "1001",
        meaning: "Authorization failed.",
        chinese: Some("授权失败"),
        verdict: Verdict::Declined(Refusal::BeforeProcessing),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some("Gateway code."),
    },
    ReplyCode {
        code: "9001",
        meaning: "The parameters did not pass the gateway's check.",
        chinese: Some("参数校验失败"),
        verdict: Verdict::Declined(Refusal::BeforeProcessing),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some("Gateway code."),
    },
    ReplyCode {
        code: "03",
        meaning: "The merchant is not valid.",
        chinese: Some("无效商户"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "13",
        meaning: "The amount is not valid.",
        chinese: Some("无效金额"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "22",
        meaning: "The original transaction does not exist.",
        chinese: Some("原交易不存在"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some(
            "True of this call only: if an earlier call on the same order ended unknown, query before saying that nothing happened.",
        ),
    },
    ReplyCode {
        code: "25",
        meaning: "The original transaction was not found.",
        chinese: Some("找不到原始交易"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some(
            "True of this call only: if an earlier call on the same order ended unknown, query before saying that nothing happened.",
        ),
    },
    ReplyCode {
        code: "30",
        meaning: "The message is malformed.",
        chinese: Some("报文格式错误"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "57",
        meaning: "This transaction is not allowed.",
        chinese: Some("不允许此交易"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "61",
        meaning: "The amount is over the limit.",
        chinese: Some("超出金额限制"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "64",
        meaning: "The amount does not agree with the original.",
        chinese: Some("原始金额错误"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "97",
        meaning: "The terminal is not registered.",
        chinese: Some("终端号未登记"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "A7",
        meaning: "Security processing failed.",
        chinese: Some("安全处理失败"),
        verdict: Verdict::Declined(Refusal::NotExecuted),
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "92",
        meaning: "The line to the issuer failed.",
        chinese: Some("发卡方线路异常"),
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "94",
        meaning: "A duplicate transaction.",
        chinese: Some("重复交易"),
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some("The first one may have succeeded: query."),
    },
    ReplyCode {
        code: "96",
        meaning: "The switching centre failed.",
        chinese: Some("交换中心异常"),
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "ER",
        meaning: "See the text of the reply.",
        chinese: Some("参见具体返回信息"),
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: None,
    },
    ReplyCode {
        code: "FF",
        meaning: "The transaction was not found, or its state is not known.",
        chinese: Some("查不到交易信息 / 状态未知"),
        verdict: Verdict::Unknown,
        source: "community",
        certainty: Certainty::Community,
        note: Some("From older copies of the table; not in v2's."),
    },
    ReplyCode {
        code: "9999",
        meaning: "System error.",
        chinese: Some("系统错误"),
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some("Gateway code."),
    },
    ReplyCode {
        code: "9200",
        meaning: "Not documented.",
        chinese: None,
        verdict: Verdict::Unknown,
        source: "live",
        certainty: Certainty::SeenLive,
        note: Some(
            "Seen in the sandbox with HTTP 412, now and then; the same request passed seconds later.",
        ),
    },
    ReplyCode {
        code: "0000",
        meaning: "Normal.",
        chinese: Some("正常"),
        verdict: Verdict::Unknown,
        source: "official PDF v2",
        certainty: Certainty::Documented,
        note: Some(
            "Gateway code: success at the token endpoint. On an operation that moves money it says only that the request was accepted: query.",
        ),
    },
    ReplyCode {
        code: "5131016",
        meaning: "Not documented.",
        chinese: None,
        verdict: Verdict::Unknown,
        source: "community",
        certainty: Certainty::Community,
        note: Some("Seen with HTTP 412 for a product that was not enabled."),
    },
];

//! What a person is told in place of the stable names that a script reads.

use ums_client::Language;

use super::say;

/// An operation, an outcome or the step of a payment at the till, by its name in a
/// report. What is not known is told as it is.
pub(crate) fn word(name: &str, language: Language) -> &str {
    let row = WORDS.iter().find(|(known, ..)| *known == name);
    row.map_or(name, |(_, english, chinese)| {
        say(language, english, chinese)
    })
}

const WORDS: [(&str, &str, &str); 15] = [
    ("pay", "payment", "支付"),
    ("void_payment", "void", "撤销"),
    ("reverse_payment", "reversal", "冲正"),
    ("refund", "refund", "退款"),
    ("query", "query", "交易查询"),
    ("query_refund", "refund query", "退款查询"),
    ("activate_terminal", "activation", "终端激活"),
    ("call", "call", "调用"),
    ("approved", "approved", "成功"),
    ("declined", "declined", "失败"),
    ("not_executed", "not carried out", "未执行"),
    ("not_sent", "not sent", "未发送"),
    ("unknown", "unknown", "状态未知"),
    ("answered", "answered", "已答复"),
    ("interrupted", "interrupted", "被中断"),
];

#[cfg(test)]
mod tests {
    use ums_client::model::OPERATIONS;
    use ums_client::{Conclusion, OutcomeKind, StillOpen};

    use super::*;

    #[test]
    fn every_name_of_a_report_has_its_words() {
        let outcomes = [
            OutcomeKind::Approved,
            OutcomeKind::Declined,
            OutcomeKind::NotSent,
            OutcomeKind::Unknown,
        ]
        .map(OutcomeKind::as_str);
        let conclusions = [
            Conclusion::Declined.as_str(),
            Conclusion::Unknown(StillOpen::TimeUp).as_str(),
        ];
        let operations = OPERATIONS.iter().map(|operation| operation.name);
        for name in operations.chain(outcomes).chain(conclusions) {
            assert!(WORDS.iter().any(|(known, ..)| *known == name), "{name}");
        }
        for (name, _, chinese) in WORDS {
            assert!(!chinese.contains(|c: char| c.is_ascii()), "{name}");
        }
    }
}

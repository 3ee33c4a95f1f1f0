//! What a person is told in place of the stable names that a script reads.

use ums_client::Language;

use super::say;

/// An operation or an outcome, by its name in a report. English has no shorter word
/// for it than the name.
pub(crate) fn word(name: &str, language: Language) -> &str {
    let row = WORDS.iter().find(|(known, _)| *known == name);
    row.map_or(name, |(_, chinese)| say(language, name, chinese))
}

const WORDS: [(&str, &str); 22] = [
    ("pay", "支付"),
    ("void_payment", "撤销"),
    ("reverse_payment", "冲正"),
    ("refund", "退款"),
    ("query", "交易查询"),
    ("query_refund", "退款查询"),
    ("activate_terminal", "终端激活"),
    ("preauthorize", "担保"),
    ("complete_authorization", "担保完成"),
    ("void_authorization", "担保撤销"),
    ("quick_complete_authorization", "快速担保完成"),
    ("quick_void_authorization", "快速担保撤销"),
    ("query_authorization_by_trace", "担保流水查询"),
    ("query_authorization", "担保查询"),
    ("call", "调用"),
    ("approved", "成功"),
    ("declined", "失败"),
    ("not_executed", "未执行"),
    ("not_sent", "未发送"),
    ("unknown", "状态未知"),
    ("answered", "已答复"),
    ("interrupted", "被中断"),
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
            assert!(WORDS.iter().any(|(known, _)| *known == name), "{name}");
        }
        for (name, chinese) in WORDS {
            assert!(!chinese.contains(|c: char| c.is_ascii()), "{name}");
        }
    }
}

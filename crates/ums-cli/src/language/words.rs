//! What a person is told in place of the stable names that a script reads.

use ums_client::Language;

use super::say;
use crate::described::words::CommandWords;

/// An operation or an outcome, by its name in a report. English has no shorter word for it than the
/// name; Chinese has that of its command.
pub(crate) fn word(name: &str, language: Language) -> &str {
    let row = WORDS.iter().find(|(known, _)| *known == name);
    let word = row
        .map(|(_, chinese)| *chinese)
        .or_else(|| of_operation(name));
    word.map_or(name, |chinese| say(language, name, chinese))
}

/// The Chinese of an operation, by its name.
pub(super) fn of_operation(name: &str) -> Option<&'static str> {
    CommandWords::of_operation(name).map(|words| words.noun.1)
}

const WORDS: [(&str, &str); 8] = [
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
            let word = word(name, Language::Chinese);
            assert!(!word.contains(|c: char| c.is_ascii()), "{name}: {word}");
        }
        for (name, chinese) in WORDS {
            assert!(!chinese.contains(|c: char| c.is_ascii()), "{name}");
        }
    }
}

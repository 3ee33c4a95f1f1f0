//! A small aligned table for a person.

use ums_client::mask_card_numbers;

use crate::print::visible::visible;

/// What is left, what is right; never a control character of a stranger's.
pub(crate) type Row = (&'static str, String);

/// The rows, indented, the second column aligned.
pub(crate) fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|(name, _)| columns(name)).max();
    let width = width.unwrap_or(0);
    rows.iter()
        .map(|(name, value)| {
            let gap = " ".repeat(width - columns(name));
            format!("  {name}{gap}  {}\n", visible(value))
        })
        .collect()
}

/// The rows on one line, after what they are about.
pub(crate) fn labelled(what: &str, rows: Vec<Row>, between: &str) -> String {
    let parts: Vec<_> = rows
        .into_iter()
        .map(|(label, value)| format!("{label} {value}"))
        .collect();
    format!("{what} {}", parts.join(between))
}

/// A text that is no identifier, with card numbers masked.
pub(crate) fn masked(text: &str) -> String {
    mask_card_numbers(text).into_owned()
}

/// How many columns a terminal gives a label: two for what is not ASCII, which in this program's
/// labels is Chinese.
fn columns(text: &str) -> usize {
    text.chars()
        .map(|character| if character.is_ascii() { 1 } else { 2 })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chinese_and_english_labels_align() {
        let rows = [
            ("order", "1".to_owned()),
            ("检索参考号", "2".to_owned()),
            ("", "\u{1b}[31m\"red\"\n\u{202e}商户".to_owned()),
        ];
        insta::assert_snapshot!(table(&rows), @r#"
        order       1
        检索参考号  2
                    \u001b[31m"red"\n\u202e商户
        "#);
    }

    proptest! {
        #[test]
        fn one_line_for_each_row(values in proptest::collection::vec(any::<String>(), 0..5)) {
            let rows: Vec<Row> = values.into_iter().map(|value| ("name", value)).collect();
            let text = table(&rows);
            prop_assert_eq!(text.lines().count(), rows.len());
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        }
    }
}

//! Masking of card numbers and pay codes in texts that people will read.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

/// Masks what looks like a card number: 13 to 19 digits whose check digit is right (Luhn), or 16 to
/// 19 that begin with UnionPay's 62, whatever their check digit. They may stand in groups with a
/// space or a hyphen between them, and other digits may stand beside them in the same way. The
/// first six and the last four digits stay.
///
/// So are pay codes, which buy goods for whoever reads them: 18 digits that begin with 10 to 15
/// (WeChat), 16 to 24 that begin with 25 to 30 (Alipay) and 19 that begin with 62 (UnionPay). The
/// first two and the last two digits stay.
///
/// For remarks, reply texts and excerpts that end up on a screen or in a log. One in ten numbers of
/// that length that is no card number is masked too. No part of a longer number is masked.
///
/// ```
/// use ums_journal::mask_card_numbers;
///
/// let text = mask_card_numbers("card 4111 1111 1111 1111, order 42");
/// assert_eq!(text, "card 4111 11** **** 1111, order 42");
/// ```
pub fn mask_card_numbers(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    // As each call's `errCode` is.
    if bytes.len() < *DIGITS.start() {
        return Cow::Borrowed(text);
    }
    let mut masked: Option<Vec<u8>> = None;
    let mut from = 0;
    while let Some(groups) = next_groups(bytes, from) {
        from = groups.last().map_or(bytes.len(), |group| group.end);
        for digits in hidden_digits(bytes, &groups) {
            let masked = masked.get_or_insert_with(|| bytes.to_vec());
            for at in digits {
                masked[at] = b'*';
            }
        }
    }
    // Only ASCII digits were replaced, by an ASCII character.
    match masked.map(String::from_utf8) {
        Some(Ok(masked)) => Cow::Owned(masked),
        _ => Cow::Borrowed(text),
    }
}

/// A text from outside as a log may show it: card numbers [masked](mask_card_numbers), and
/// [escaped](escape_unprintable).
pub fn mask_for_log(text: &str) -> Cow<'_, str> {
    match mask_card_numbers(text) {
        Cow::Borrowed(text) => escape_unprintable(text),
        Cow::Owned(masked) => Cow::Owned(escape_unprintable(&masked).into_owned()),
    }
}

/// A text in which what does not print, or turns the direction of writing, is escaped: such a
/// character could hide or forge the rest of a line.
///
/// Alone for the identifiers of an order and a merchant. Whoever has to look an order up needs all
/// of it, and one in ten looks like a card number.
pub fn escape_unprintable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(2 * text.len());
    for character in text.chars() {
        if is_unprintable(character) {
            escaped.extend(character.escape_debug());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// What `Debug` escapes, but for quotes and the backslash.
fn is_unprintable(character: char) -> bool {
    !matches!(character, '"' | '\'' | '\\') && character.escape_debug().len() > 1
}

/// How many digits a card number has, and how many one of UnionPay's.
const DIGITS: RangeInclusive<usize> = 13..=19;
const UNION_PAY_DIGITS: RangeInclusive<usize> = 16..=19;

/// How many digits a pay code of each wallet has, and what its first two are.
const PAY_CODES: [(RangeInclusive<usize>, RangeInclusive<u8>); 3] =
    [(18..=18, 10..=15), (16..=24, 25..=30), (19..=19, 62..=62)];
const MOST_DIGITS: usize = 24;

/// No card number and no pay code has more bytes, its separators included.
pub(crate) const LONGEST: usize = 2 * MOST_DIGITS;

/// The next group of digits, and those that follow it with one space or hyphen between.
fn next_groups(bytes: &[u8], from: usize) -> Option<Vec<Range<usize>>> {
    let mut groups = vec![next_group(bytes, from)?];
    while let Some(last) = groups.last()
        && bytes.get(last.end).is_some_and(|byte| b" -".contains(byte))
        && bytes.get(last.end + 1).is_some_and(u8::is_ascii_digit)
        && let Some(next) = next_group(bytes, last.end)
    {
        groups.push(next);
    }
    Some(groups)
}

fn next_group(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let mut places = from..bytes.len();
    let start = places.find(|&at| bytes[at].is_ascii_digit())?;
    let end = places.find(|&at| !bytes[at].is_ascii_digit());
    Some(start..end.unwrap_or(bytes.len()))
}

/// Where the digits to hide are of each card number and each pay code that is made of whole groups.
/// Two may overlap: what either hides is hidden.
fn hidden_digits(bytes: &[u8], groups: &[Range<usize>]) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for first in 0..groups.len() {
        let mut places = Vec::new();
        for group in &groups[first..] {
            if places.len() + group.len() > MOST_DIGITS {
                break;
            }
            places.extend(group.clone());
            if is_pay_code(bytes, &places) {
                found.push(places[2..places.len() - 2].to_vec());
            } else if is_card_number(bytes, &places) {
                found.push(places[6..places.len() - 4].to_vec());
            }
        }
    }
    found
}

fn is_pay_code(bytes: &[u8], places: &[usize]) -> bool {
    let [first, second, ..] = places else {
        return false;
    };
    let begins = (bytes[*first] - b'0') * 10 + (bytes[*second] - b'0');
    PAY_CODES
        .iter()
        .any(|(digits, first_two)| digits.contains(&places.len()) && first_two.contains(&begins))
}

fn is_card_number(bytes: &[u8], places: &[usize]) -> bool {
    let digits = places.len();
    let is_union_pay = matches!(places, [a, b, ..] if [bytes[*a], bytes[*b]] == *b"62");
    DIGITS.contains(&digits) && luhn(bytes, places)
        || UNION_PAY_DIGITS.contains(&digits) && is_union_pay
}

fn luhn(bytes: &[u8], digits: &[usize]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &at)| {
            let digit = u32::from(bytes[at] - b'0');
            match (place % 2, digit) {
                (0, digit) => digit,
                (_, digit @ 0..=4) => digit * 2,
                (_, digit) => digit * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Digits with a right check digit at the end.
    fn card_number(mut digits: Vec<u8>) -> String {
        digits.push(b'0');
        let places: Vec<usize> = (0..digits.len()).collect();
        for check in b'0'..=b'9' {
            *digits.last_mut().unwrap() = check;
            if luhn(&digits, &places) {
                break;
            }
        }
        String::from_utf8(digits).unwrap()
    }

    #[test]
    fn what_is_masked_and_what_is_not() {
        for (text, masked) in [
            ("", ""),
            ("4111111111111111", "411111******1111"),
            ("付款卡4111111111111111。", "付款卡411111******1111。"),
            ("付款卡4111 1111 1111 1111。", "付款卡4111 11** **** 1111。"),
            (
                "卡号：6222-0212-3456-7890，金额",
                "卡号：6222-02**-****-7890，金额",
            ),
            ("（4111-1111-1111-1111）", "（4111-11**-****-1111）"),
            ("4111-1111-1111-1111", "4111-11**-****-1111"),
            ("4111111111111112", "4111111111111112"),
            ("411111111111", "411111111111"),
            ("20230718110248029165883554", "20230718110248029165883554"),
            // Other digits beside it.
            ("20 4111111111111111 25", "20 411111******1111 25"),
            ("4111 1111 1111 1111 123", "4111 11** **** 1111 123"),
            (
                "4111111111111111-5555555555554444",
                "411111******1111-555555******4444",
            ),
            ("4111  1111 1111 1111", "4111  1111 1111 1111"),
            ("4111 1111 1111 1111 ", "4111 11** **** 1111 "),
            ("4111 1111 1111 1111-", "4111 11** **** 1111-"),
            // UnionPay's, with a wrong check digit.
            ("6222021234567890", "622202******7890"),
            ("6222021234567890123", "62***************23"),
            ("622202123456789", "622202123456789"),
            ("62220212345678901234", "62220212345678901234"),
            ("1622202123456789", "1622202123456789"),
            // Pay codes, whole and in groups.
            (
                "付款码285668667587422761无效",
                "付款码28**************61无效",
            ),
            ("134567890123456789", "13**************89"),
            ("100000000000000001", "10**************01"),
            ("2500000000000001", "25************01"),
            ("300000000000000000000001", "30********************01"),
            (
                "code 2856 6866 7587 4227 61 expired",
                "code 28** **** **** **** 61 expired",
            ),
            ("2856-6866-7587-4227-61", "28**-****-****-****-61"),
            ("1345 6789 0123 4567 89", "13** **** **** **** 89"),
            // Of another length or beginning.
            ("13456789012345678", "13456789012345678"),
            ("1345678901234567890123", "1345678901234567890123"),
            ("160000000000000000", "160000000000000000"),
            ("250000000000000", "250000000000000"),
            ("2500000000000000000000001", "2500000000000000000000001"),
            ("240000000000000001", "240000000000000001"),
            ("28566866758742276120230718", "28566866758742276120230718"),
            (
                "x4111111111111111y 4111111111111111",
                "x411111******1111y 411111******1111",
            ),
        ] {
            assert_eq!(mask_card_numbers(text), masked);
        }
    }

    #[test]
    fn what_steers_a_terminal_is_escaped_and_what_is_read_stays() {
        for (text, harmless) in [
            ("", ""),
            (
                "M-1_2.3 ~ \"x\" 'y' \\ 订单，银联。",
                "M-1_2.3 ~ \"x\" 'y' \\ 订单，银联。",
            ),
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\tb\r\nc\0", "a\\tb\\r\\nc\\0"),
            ("\u{7f}", "\\u{7f}"),
            (
                "\u{202e}\u{2066}\u{200f}\u{61c}",
                "\\u{202e}\\u{2066}\\u{200f}\\u{61c}",
            ),
            ("\u{2028}\u{2029}\u{feff}", "\\u{2028}\\u{2029}\\u{feff}"),
        ] {
            assert_eq!(escape_unprintable(text), harmless);
            assert_eq!(mask_for_log(text), harmless);
        }
        assert_eq!(
            escape_unprintable("4111111111111111\n"),
            "4111111111111111\\n"
        );
        assert_eq!(mask_for_log("4111111111111111\n"), "411111******1111\\n");
        assert_eq!(
            mask_for_log("付款卡4111 1111 1111 1111，"),
            "付款卡4111 11** **** 1111，"
        );
    }

    /// Numbers that card networks and acquirers publish for testing.
    const PUBLISHED: [&str; 9] = [
        "4111111111111111",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "30569309025904",
        "6011111111111117",
        "3530111333300000",
        "4222222222222",
        "6759649826438453",
    ];

    #[test]
    fn published_numbers_are_masked_and_those_one_digit_off_are_not() {
        for number in PUBLISHED {
            assert!(mask_card_numbers(number).contains('*'), "{number}");
            for at in 0..number.len() {
                for digit in '0'..='9' {
                    let mut other = number.to_owned();
                    other.replace_range(at..=at, &digit.to_string());
                    let places: Vec<usize> = (0..other.len()).collect();
                    if !other.starts_with("62") && !is_pay_code(other.as_bytes(), &places) {
                        let masked = mask_card_numbers(&other).contains('*');
                        assert_eq!(masked, other == number, "{other}");
                    }
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_card_number_comes_through(
            digits in proptest::collection::vec(b'0'..=b'9', 12..=18),
            before in "[a-z卡，\"{ ]{0,5}[a-z卡，\"{]",
            after in "[a-z。\"}][a-z。\"} ]{0,5}",
        ) {
            let number = card_number(digits);
            let text = format!("{before}{number}{after}");
            let masked = mask_card_numbers(&text);
            prop_assert!(!masked.contains(&number));
            let places: Vec<usize> = (0..number.len()).collect();
            let (first, last) = match is_pay_code(number.as_bytes(), &places) {
                true => (2, 2),
                false => (6, 4),
            };
            prop_assert!(masked.contains(&number[..first]));
            prop_assert!(masked.contains(&number[number.len() - last..]));
            prop_assert_eq!(masked.len(), text.len());
        }

        #[test]
        fn no_card_number_comes_through_in_groups_beside_other_digits(
            digits in proptest::collection::vec(b'0'..=b'9', 15..=15),
            before in "[a-z卡：，]{0,3}([0-9]{1,8}[ -]){0,3}",
            after in "([ -][0-9]{1,8}){0,3}[a-z元，。]{0,3}",
            separator in "[ -]?",
        ) {
            let number = card_number(digits);
            let groups: Vec<&str> = (0..16).step_by(4).map(|at| &number[at..at + 4]).collect();
            let text = format!("{before}{}{after}", groups.join(&separator));
            let masked = mask_card_numbers(&text);
            let first = before.len() + 4 + separator.len() + 2;
            let hidden: String = masked[first..].chars().filter(|c| !" -".contains(*c)).collect();
            prop_assert!(hidden.starts_with("******"), "{}", masked);
        }

        #[test]
        fn any_text_is_taken(text in "[0-9 -]*|\\PC*") {
            let masked = mask_card_numbers(&text);
            prop_assert_eq!(masked.len(), text.len());
            for (shown, given) in masked.chars().zip(text.chars()) {
                prop_assert!(shown == given || shown == '*' && given.is_ascii_digit());
            }
        }
    }
}

//! Masking of card numbers in texts that people will read.

use std::borrow::Cow;
use std::ops::Range;

/// Masks what looks like a card number: a run of 13 to 19 digits, with single
/// spaces or hyphens between them or without, whose check digit is right
/// (Luhn). The first six and the last four digits stay.
///
/// For remarks, reply texts and excerpts that end up on a screen or in a log.
/// One in ten numbers of that length that is no card number is masked too.
///
/// ```
/// use ums_client::mask_card_numbers;
///
/// let text = mask_card_numbers("card 4111 1111 1111 1111, order 42");
/// assert_eq!(text, "card 4111 11** **** 1111, order 42");
/// ```
#[must_use]
pub fn mask_card_numbers(text: &str) -> Cow<'_, str> {
    let mut masked: Option<Vec<u8>> = None;
    let mut from = 0;
    while let Some(run) = next_run(text.as_bytes(), from) {
        from = run.end;
        let digits: Vec<usize> = run
            .filter(|&at| text.as_bytes()[at].is_ascii_digit())
            .collect();
        if !(13..=19).contains(&digits.len()) || !luhn(text.as_bytes(), &digits) {
            continue;
        }
        let bytes = masked.get_or_insert_with(|| text.as_bytes().to_vec());
        for &at in &digits[6..digits.len() - 4] {
            bytes[at] = b'*';
        }
    }
    // Only ASCII digits were replaced, by an ASCII character.
    match masked.map(String::from_utf8) {
        Some(Ok(masked)) => Cow::Owned(masked),
        _ => Cow::Borrowed(text),
    }
}

/// The next run of digits with at most one space or hyphen between two of
/// them.
fn next_run(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let start = (from..bytes.len()).find(|&at| digit(at))?;
    let mut end = start + 1;
    loop {
        let between = bytes.get(end).is_some_and(|byte| b" -".contains(byte));
        if digit(end) {
            end += 1;
        } else if between && digit(end + 1) {
            end += 2;
        } else {
            return Some(start..end);
        }
    }
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
            ("4111-1111-1111-1111", "4111-11**-****-1111"),
            ("4111111111111112", "4111111111111112"),
            ("411111111111", "411111111111"),
            ("20230718110248029165883554", "20230718110248029165883554"),
            (
                "x4111111111111111y 4111111111111111",
                "x411111******1111y 411111******1111",
            ),
        ] {
            assert_eq!(mask_card_numbers(text), masked);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_card_number_comes_through(
            digits in proptest::collection::vec(b'0'..=b'9', 12..=18),
            before in "[a-z，\"{ ]{0,5}[a-z，\"{]",
            after in "[a-z。\"}][a-z。\"} ]{0,5}",
        ) {
            let number = card_number(digits);
            let text = format!("{before}{number}{after}");
            let masked = mask_card_numbers(&text);
            prop_assert!(!masked.contains(&number));
            prop_assert!(masked.contains(&number[..6]));
            prop_assert!(masked.contains(&number[number.len() - 4..]));
            prop_assert_eq!(masked.len(), text.len());
        }

        #[test]
        fn any_text_is_taken(text in "\\PC*") {
            prop_assert_eq!(mask_card_numbers(&text).chars().count(), text.chars().count());
        }
    }
}

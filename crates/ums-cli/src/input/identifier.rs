//! Identifiers on the command line, and what a spreadsheet or a chat does to them before they come
//! here.

use ums_client::model::InvalidField;

use crate::config::settings::Given;
use crate::failure::{Failure, FailureKind};
use crate::input::fields::{checked, shown};
use crate::language::Message;
use crate::print::entry::Label;
use crate::print::visible::visible;

/// The identifier that a flag's value makes. Every flag that names an order, a refund, a merchant
/// or anything else by its code passes through here or one of the next two.
///
/// # Errors
///
/// It is damaged, or breaks the field's rule; told with the flag.
pub(crate) fn identifier<T>(
    flag: &'static str,
    value: &str,
    check: impl FnOnce(String) -> Result<T, InvalidField>,
) -> Result<T, Failure> {
    match Damage::of(value) {
        Some(damage) => Err(damage
            .told(FailureKind::InvalidInput, Message::name(shown(value)))
            .named(flag)),
        None => checked(flag, value, check),
    }
}

/// As [`identifier`], for one that may be left out.
///
/// # Errors
///
/// As [`identifier`].
pub(crate) fn identifier_if_given<T>(
    flag: &'static str,
    value: Option<&String>,
    check: impl FnOnce(String) -> Result<T, InvalidField>,
) -> Result<Option<T>, Failure> {
    value
        .map(|value| identifier(flag, value, check))
        .transpose()
}

/// As [`identifier`], for a code that must not be shown.
///
/// # Errors
///
/// As [`identifier`]; nothing of the value is told.
pub(crate) fn secret_code<T>(
    flag: &'static str,
    value: &str,
    check: impl FnOnce(String) -> Result<T, InvalidField>,
) -> Result<T, Failure> {
    match Damage::of(value) {
        Some(damage) => {
            let it = ("the code", "该码");
            Err(damage.told(FailureKind::InvalidInput, it).named(flag))
        }
        None => checked(flag, value, check),
    }
}

/// As [`identifier`], for one that the environment or a profile may give too.
///
/// # Errors
///
/// As [`identifier`]; told with where it was given.
pub(crate) fn given<T>(
    given: Given<String>,
    check: impl FnOnce(String) -> Result<T, InvalidField>,
) -> Result<T, Failure> {
    match Damage::of(&given.value) {
        Some(damage) => Err(damage
            .told(given.origin.blame(), Message::name(shown(&given.value)))
            .about(given.origin)),
        None => given.read(check),
    }
}

/// What became of an identifier on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    PowerOfTen,
    Float,
    Apostrophe,
    Quotes,
    Thousands,
    /// The character, and which of the identifier's it is.
    Invisible(char, usize),
    FullWidth,
    Space,
}

impl Damage {
    fn of(text: &str) -> Option<Self> {
        let invisible = text
            .chars()
            .enumerate()
            .find(|(_, character)| visible(&character.to_string()) != character.to_string());
        if let Some((index, character)) = invisible {
            Some(Self::Invisible(character, index + 1))
        } else if text.starts_with(['\'', '’', '‘']) && !text.ends_with(['\'', '’']) {
            Some(Self::Apostrophe)
        } else if text.starts_with(QUOTES) || text.ends_with(QUOTES) || text.starts_with("=\"") {
            Some(Self::Quotes)
        } else if text.contains(|c| ('\u{ff01}'..='\u{ff5e}').contains(&c)) {
            Some(Self::FullWidth)
        } else if text.contains(char::is_whitespace) {
            Some(Self::Space)
        } else if is_power_of_ten(text) {
            Some(Self::PowerOfTen)
        } else if is_float(text) {
            Some(Self::Float)
        } else if has_thousands(text) {
            Some(Self::Thousands)
        } else {
            None
        }
    }

    fn told(self, kind: FailureKind, value: impl Into<Message>) -> Failure {
        let (english, chinese): Label = match self {
            Self::PowerOfTen => (
                "a spreadsheet has made a power of ten of it, and its last digits are lost",
                "电子表格已将其变为科学计数法，末尾数字已丢失",
            ),
            Self::Float => (
                "a spreadsheet has made a number with decimals of it",
                "电子表格已将其变为小数",
            ),
            Self::Apostrophe => (
                "it begins with the apostrophe by which a spreadsheet marks text",
                "开头带有电子表格的文本标记（撇号）",
            ),
            Self::Quotes => ("quotation marks stand around it", "两端带有引号"),
            Self::Thousands => (
                "a spreadsheet has put separators between its thousands",
                "电子表格已加入千位分隔符",
            ),
            Self::Invisible(..) => ("", ""),
            Self::FullWidth => ("full-width characters stand in it", "其中有全角字符"),
            Self::Space => ("white space stands in it", "其中有空白"),
        };
        let (mut english, mut chinese) = (english.to_owned(), chinese.to_owned());
        if let Self::Invisible(character, place) = self {
            let number = u32::from(character);
            english = format!("its character {place} is invisible (U+{number:04X})");
            chinese = format!("第 {place} 个字符不可见（U+{number:04X}）");
        }
        let what = (
            format!("{english}; give it as the gateway's reply or your own books have it"),
            format!("{chinese}；请按应答或您的账目原样填写"),
        );
        Failure::text(kind, what).about(value)
    }
}

const QUOTES: [char; 10] = ['"', '\'', '`', '“', '”', '‘', '’', '「', '」', '＂'];

/// `2.02307E+25`, `1E+25`, `2.02307e25`. Digits with an `E` among them and neither a point nor a
/// sign may be an identifier.
fn is_power_of_ten(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let digits = exponent.trim_start_matches(['+', '-']);
    let is_marked = mantissa.contains(['.', ',']) || digits.len() < exponent.len();
    let is_number = mantissa
        .split_once(['.', ','])
        .map_or(are_digits(mantissa), |(whole, part)| {
            are_digits(whole) && (part.is_empty() || are_digits(part))
        });
    is_marked && is_number && are_digits(digits)
}

/// `20230718.0`, `20230718.00`.
fn is_float(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, part)| {
        are_digits(whole) && are_digits(part) && part.bytes().all(|byte| byte == b'0')
    })
}

/// `20,230,718`, `20,230,718.00`.
fn has_thousands(text: &str) -> bool {
    let whole = match text.split_once('.') {
        Some((whole, part)) if are_digits(part) => whole,
        Some(_) => return false,
        None => text,
    };
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<_> = groups.collect();
    !rest.is_empty()
        && (1..=3).contains(&first.len())
        && are_digits(first)
        && rest
            .iter()
            .all(|group| group.len() == 3 && are_digits(group))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn damage_is_recognised() {
        use Damage::*;
        for (text, damage) in [
            ("20230718110248029165883554", None),
            ("2023-1", None),
            ("M_1.b", None),
            ("123E45", None),
            ("2E5", None),
            ("abcE+5", None),
            ("1.5", None),
            ("1.01", None),
            ("v1.0", None),
            ("1,2", None),
            ("12,34", None),
            ("", None),
            ("O'Neil", None),
            ("2.02307E+25", Some(PowerOfTen)),
            ("2.02307e+25", Some(PowerOfTen)),
            ("2.02307E25", Some(PowerOfTen)),
            ("2.E+25", Some(PowerOfTen)),
            ("2E+25", Some(PowerOfTen)),
            ("2,02307E+25", Some(PowerOfTen)),
            ("-1.5e-7", Some(PowerOfTen)),
            ("20230718.0", Some(Float)),
            ("20230718.00", Some(Float)),
            ("0.0", Some(Float)),
            ("20,230,718", Some(Thousands)),
            ("1,000", Some(Thousands)),
            ("20,230,718.00", Some(Thousands)),
            ("'20230718", Some(Apostrophe)),
            ("’20230718", Some(Apostrophe)),
            ("'20230718'", Some(Quotes)),
            ("\"20230718\"", Some(Quotes)),
            ("“20230718”", Some(Quotes)),
            ("20230718\"", Some(Quotes)),
            ("=\"20230718\"", Some(Quotes)),
            ("２０２３", Some(FullWidth)),
            ("2023－1", Some(FullWidth)),
            (" 2023", Some(Space)),
            ("2023 ", Some(Space)),
            ("20 23", Some(Space)),
            ("20\u{3000}23", Some(Space)),
            ("2023\u{200b}", Some(Invisible('\u{200b}', 5))),
            ("\u{feff}2023", Some(Invisible('\u{feff}', 1))),
            ("20\u{a0}23", Some(Invisible('\u{a0}', 3))),
            ("2023\r", Some(Invisible('\r', 5))),
            ("\u{202e}2023", Some(Invisible('\u{202e}', 1))),
        ] {
            assert_eq!(Damage::of(text), damage, "{text:?}");
        }
    }

    proptest! {
        /// No identifier of this trade is refused: digits, letters, and what people put between
        /// them.
        #[test]
        fn what_is_whole_is_not_called_damaged(text in "[0-9]{1,50}|[A-Za-z][A-Za-z0-9_-]{0,49}|[0-9]{8}[A-Z]{1,3}[0-9]{1,10}") {
            prop_assert_eq!(Damage::of(&text), None);
        }

        /// As any spreadsheet writes a number of so many digits.
        #[test]
        fn whatever_number_a_spreadsheet_makes_is_refused(
            number in 1_000_000_000_000_u64..,
            decimals in 0_usize..8,
        ) {
            let written = format!("{:.decimals$E}", number as f64);
            let signed = written.replace('E', "E+");
            prop_assert_eq!(Damage::of(&signed), Some(Damage::PowerOfTen));
            prop_assert_eq!(Damage::of(&signed.to_lowercase()), Some(Damage::PowerOfTen));
            prop_assert_eq!(Damage::of(&format!("{number}.0")), Some(Damage::Float));
        }
    }
}

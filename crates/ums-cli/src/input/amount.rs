//! An amount on the command line: whole fen, and nothing that could be read in two ways.

use ums_client::model::Fen;

use crate::failure::Failure;
use crate::input::fields::{missing, shown};
use crate::language::Message;
use crate::print::entry::Label;

/// An amount in fen.
///
/// # Errors
///
/// It is not a whole number above zero of at most twelve digits; told is why, and what to write
/// instead.
pub(crate) fn read(flag: &'static str, value: &str) -> Result<Fen, Failure> {
    let slip = Slip::of(value);
    let fen = value.parse::<Fen>().ok().filter(|_| slip.is_none());
    match fen {
        Some(fen) if fen != Fen::ZERO => Ok(fen),
        Some(_) => Err(missing((
            "nothing to move: the amount is 0",
            "金额为 0，无需操作",
        ))),
        None => Err(slip.unwrap_or(Slip::Other).told(value).named(flag)),
    }
}

/// What people write in place of whole fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    Negative,
    TooLong,
    FullWidth,
    /// A decimal point. With this many fen, if it can only be yuan.
    Point(Option<u64>),
    Separator,
    PowerOfTen,
    Hexadecimal,
    Unit,
    Other,
}

impl Slip {
    /// `None` for what may be whole fen.
    fn of(text: &str) -> Option<Self> {
        /// The documented length of an amount.
        const MOST_DIGITS: usize = 12;
        let is_digit = |character: char| character.is_ascii_digit();
        if !text.is_empty() && text.chars().all(is_digit) {
            return (text.len() > MOST_DIGITS).then_some(Self::TooLong);
        }
        let has = |some: &[char]| text.contains(some);
        let below_zero = text.trim_start_matches(['-', '−', '－']);
        Some(if !text.contains(char::is_numeric) {
            Self::Other
        } else if below_zero.len() < text.len() && below_zero.starts_with(char::is_numeric) {
            Self::Negative
        } else if has(&['¥', '￥', '元', '角', '分', '$']) || text.ends_with(['Y', 'B']) {
            Self::Unit
        } else if text.chars().any(|c| ('０'..='９').contains(&c)) {
            Self::FullWidth
        } else if has(&[',', '，', '_', '\'', '’', ' ', '\u{a0}', '\u{202f}']) {
            Self::Separator
        } else if text.starts_with("0x") || text.starts_with("0X") {
            Self::Hexadecimal
        } else if has(&['.', '．', '。']) && !has(&['e', 'E']) {
            Self::Point(in_fen(text))
        } else if has(&['e', 'E']) {
            Self::PowerOfTen
        } else {
            Self::Other
        })
    }

    fn words(self) -> Label {
        match self {
            Self::Negative => (
                "it is below zero; what moves where is the command's to say",
                "金额为负；资金方向由命令决定",
            ),
            Self::TooLong => (
                "it has more than 12 digits, which no amount has",
                "超过 12 位数字，任何金额都不会如此",
            ),
            Self::FullWidth => ("its digits are full-width", "其中有全角数字"),
            Self::Point(_) => (
                "it has a decimal point, as yuan have it",
                "其中有小数点，像是以元为单位",
            ),
            Self::Separator => (
                "it has a separator, which can be read in two ways",
                "其中有分隔符，可能有两种读法",
            ),
            Self::PowerOfTen => ("it is a power of ten", "这是科学计数法"),
            Self::Hexadecimal => ("it is hexadecimal", "这是十六进制"),
            Self::Unit => ("it has a unit", "其中带有单位"),
            Self::Other => ("it is no whole number", "不是整数"),
        }
    }

    fn told(self, value: &str) -> Failure {
        let (english, chinese) = self.words();
        let value = shown(value);
        let what = Message::new(
            format!("{value} is no amount here: {english}"),
            format!("{value} 不能作为金额：{chinese}"),
        );
        missing(match self {
            Self::Point(Some(fen)) => what.and((
                format!("; write whole fen (分) in digits: {fen}"),
                format!("；请以分为单位写整数：{fen}"),
            )),
            _ => what.and((
                "; write whole fen (分) in digits: 150 is 1.50 yuan",
                "；请以分为单位写整数：150 即 1.50 元",
            )),
        })
    }
}

/// The fen of yuan with one or two decimals. With three a point may as well stand between
/// thousands.
fn in_fen(text: &str) -> Option<u64> {
    let (yuan, fen) = text.split_once('.')?;
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_yuan = (1..=10).contains(&yuan.len()) && (1..=2).contains(&fen.len());
    if !is_yuan || !are_digits(yuan) || !are_digits(fen) {
        return None;
    }
    format!("{yuan}{fen:0<2}").parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_fen_are_taken() {
        for (text, fen) in [
            ("1", 1),
            ("150", 150),
            ("007", 7),
            ("999999999999", 999_999_999_999),
        ] {
            assert_eq!(read("--amount", text).unwrap(), Fen::new(fen), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_to_write() {
        let told: Vec<_> = [
            "1,50",
            "1.5",
            "41.60",
            "1.500",
            "1,234",
            "-1",
            "－1",
            "１２",
            "1e3",
            "1E3",
            "1.5e3",
            "0x10",
            "¥12",
            "12元",
            "150分",
            "12CNY",
            "12RMB",
            "1 000",
            "1_000",
            "1'000",
            "+1",
            " 1",
            "1\n",
            "",
            "abc",
            "0",
            "000",
            "1234567890123",
            "0000000000001",
            "99999999999999999999999",
            "4111111111111111",
            "\u{202e}1",
            ".5",
            "5.",
            "1.2.3",
            "--yes",
        ]
        .map(|text| read("--amount", text).unwrap_err().to_string())
        .into();
        insta::assert_snapshot!(told.join("\n"), @r#"
        --amount: "1,50" is no amount here: it has a separator, which can be read in two ways; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1.5" is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 150
        --amount: "41.60" is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 4160
        --amount: "1.500" is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1,234" is no amount here: it has a separator, which can be read in two ways; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "-1" is no amount here: it is below zero; what moves where is the command's to say; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "－1" is no amount here: it is below zero; what moves where is the command's to say; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "１２" is no amount here: its digits are full-width; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1e3" is no amount here: it is a power of ten; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1E3" is no amount here: it is a power of ten; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1.5e3" is no amount here: it is a power of ten; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "0x10" is no amount here: it is hexadecimal; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "¥12" is no amount here: it has a unit; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "12元" is no amount here: it has a unit; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "150分" is no amount here: it has a unit; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "12CNY" is no amount here: it has a unit; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "12RMB" is no amount here: it has a unit; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1 000" is no amount here: it has a separator, which can be read in two ways; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1_000" is no amount here: it has a separator, which can be read in two ways; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1'000" is no amount here: it has a separator, which can be read in two ways; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "+1" is no amount here: it is no whole number; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: " 1" is no amount here: it has a separator, which can be read in two ways; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1\n" is no amount here: it is no whole number; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "" is no amount here: it is no whole number; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "abc" is no amount here: it is no whole number; write whole fen (分) in digits: 150 is 1.50 yuan
        nothing to move: the amount is 0
        nothing to move: the amount is 0
        --amount: "1234567890123" is no amount here: it has more than 12 digits, which no amount has; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "0000000000001" is no amount here: it has more than 12 digits, which no amount has; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "9999999999999999…" is no amount here: it has more than 12 digits, which no amount has; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "411111******1111" is no amount here: it has more than 12 digits, which no amount has; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "\u202e1" is no amount here: it is no whole number; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: ".5" is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "5." is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "1.2.3" is no amount here: it has a decimal point, as yuan have it; write whole fen (分) in digits: 150 is 1.50 yuan
        --amount: "--yes" is no amount here: it is no whole number; write whole fen (分) in digits: 150 is 1.50 yuan
        "#);
    }

    proptest! {
        /// By a rule of its own: digits alone, at most twelve, not all zero.
        #[test]
        fn an_amount_is_its_digits_or_is_refused(text in "[0-9.,eExX ¥元１-]{0,14}|[0-9]{0,14}") {
            let are_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let is_amount = are_digits && text.len() <= 12 && text.bytes().any(|byte| byte != b'0');
            let amount = read("--amount", &text);
            prop_assert_eq!(amount.is_ok(), is_amount);
            if let Ok(fen) = amount {
                let written = fen.as_u64().to_string();
                prop_assert_eq!(written, text.trim_start_matches('0'));
            }
        }
    }
}

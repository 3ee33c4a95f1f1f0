//! Amounts of money in fen (分).

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::field::misfit::Misfit;
use crate::field::spec::{FieldKind, Format};
use crate::field::wire_type::WireType;
use crate::json::object::Token;
use crate::reply::field::Read;

/// An amount in fen (分), the hundredth of a yuan: the unit of every amount in the POS通 family
/// (official page).
///
/// `Display` and `FromStr` use the plain number of fen; [`yuan`](Fen::yuan) shows it for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Fen(u64);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of this many fen.
    pub const fn new(fen: u64) -> Self {
        Self(fen)
    }

    /// The number of fen.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The sum, unless it overflows.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it is below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount in yuan with two decimals, for people.
    ///
    /// ```
    /// assert_eq!(ums_model::Fen::new(4160).yuan().to_string(), "41.60");
    /// ```
    pub const fn yuan(self) -> Yuan {
        Yuan(self)
    }
}

impl From<Fen> for u64 {
    fn from(amount: Fen) -> Self {
        amount.0
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Fen {
    type Err = ParseFenError;

    /// Reads a whole number of fen: ASCII digits and nothing else, so that `1.50` is never taken
    /// for 150.
    fn from_str(text: &str) -> Result<Self, ParseFenError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseFenError(()));
        }
        text.parse().map(Self).map_err(|_| ParseFenError(()))
    }
}

impl WireType for Fen {
    const KIND: FieldKind = FieldKind::Number;
    const FORMAT: Option<Format> = Some(Format::Fen);

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        u64::from_token(token).map(Self::new)
    }
}

impl Read for Fen {
    const KIND: FieldKind = FieldKind::Number;
    const FORMAT: Option<Format> = Some(Format::Fen);

    fn read(token: &Token<'_>) -> Option<Self> {
        <u64 as Read>::read(token).map(Self::new)
    }
}

/// A text is not an amount in fen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an amount is a whole number of fen (分) in digits only, at most 18446744073709551615: write 150 for 1.50 yuan"
)]
pub struct ParseFenError(());

/// Shows a [`Fen`] in yuan with two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Yuan(Fen);

impl fmt::Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fen = self.0.as_u64();
        f.pad(&format!("{}.{:02}", fen / 100, fen % 100))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn yuan_has_two_decimals() {
        for (fen, yuan) in [
            (0, "0.00"),
            (1, "0.01"),
            (10, "0.10"),
            (100, "1.00"),
            (4160, "41.60"),
            (u64::MAX, "184467440737095516.15"),
        ] {
            assert_eq!(Fen::new(fen).yuan().to_string(), yuan);
        }
        assert_eq!(format!("{:>8}", Fen::new(4160).yuan()), "   41.60");
    }

    #[test]
    fn only_whole_fen_are_read() {
        for text in [
            "",
            "1.50",
            "-1",
            "+1",
            " 1",
            "1 ",
            "1e2",
            "0x1",
            "１",
            "18446744073709551616",
        ] {
            assert_eq!(text.parse::<Fen>(), Err(ParseFenError(())), "{text:?}");
        }
    }

    #[test]
    fn sums_and_differences_stay_within_what_an_amount_can_be() {
        let fen = Fen::new;
        for (sum, expected) in [
            (fen(4160).checked_add(fen(40)), Some(fen(4200))),
            (fen(u64::MAX).checked_add(Fen::ZERO), Some(fen(u64::MAX))),
            (fen(u64::MAX).checked_add(fen(1)), None),
            (fen(4160).checked_sub(fen(4100)), Some(fen(60))),
            (fen(4160).checked_sub(fen(4160)), Some(Fen::ZERO)),
            (fen(4160).checked_sub(fen(4161)), None),
        ] {
            assert_eq!(sum, expected);
        }
    }

    proptest! {
        #[test]
        fn display_and_from_str_agree(fen: u64) {
            prop_assert_eq!(Fen::new(fen).to_string().parse(), Ok(Fen::new(fen)));
        }

        #[test]
        fn yuan_without_its_point_is_fen(fen: u64) {
            prop_assert_eq!(Fen::new(fen).yuan().to_string().replace('.', "").parse(), Ok(Fen::new(fen)));
        }
    }
}

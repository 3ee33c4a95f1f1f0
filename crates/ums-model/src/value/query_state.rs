//! What a query says of an order (`queryResCode`).

use std::fmt;

/// The state of an order as a query reports it.
///
/// The codes and their Chinese names are the official PDF v2's; how each is to be read is inferred,
/// and every doubt is read as [`Unknown`](QueryState::Unknown).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryState {
    /// `0` (成功): the payment succeeded and stands.
    Paid,
    /// `1` (超时): the payment timed out. Not final: it may still turn out either way.
    TimedOut,
    /// `2` (已撤销): the payment was voided.
    Voided,
    /// `3` (已退货): the payment was refunded, wholly or in part. The code does not say which, and
    /// in a live reply to a partial refund `refundedAmount` was 0.
    Refunded,
    /// `4` (已冲正): the payment was reversed: no money moved.
    Reversed,
    /// `5` (失败): the payment failed. The document says that a description follows
    /// (失败情况，后面追加失败描述), and neither where nor in which form: exactly `5`, or `5` with
    /// words behind it, is taken for it (inferred). `50`, `57` or `5131016` is another code, which
    /// nobody documents here.
    Failed,
    /// `FF` (交易状态未知), any other code, or none.
    Unknown,
}

impl QueryState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Paid,
        Self::TimedOut,
        Self::Voided,
        Self::Refunded,
        Self::Reversed,
        Self::Failed,
        Self::Unknown,
    ];

    /// The state that a `queryResCode` stands for.
    ///
    /// It is the state of the order only in a reply whose `errCode` is `00`: see
    /// [`QueryReply::state`](crate::QueryReply::state).
    pub fn of_code(code: &str) -> Self {
        match code {
            "0" => Self::Paid,
            "1" => Self::TimedOut,
            "2" => Self::Voided,
            "3" => Self::Refunded,
            "4" => Self::Reversed,
            "5" => Self::Failed,
            _ if code.strip_prefix('5').is_some_and(is_description) => Self::Failed,
            _ => Self::Unknown,
        }
    }

    /// Whether the state answers what became of the payment, so that asking again is of no use by
    /// itself.
    ///
    /// A paid order can still be voided or refunded by a later call.
    pub fn is_final(self) -> bool {
        match self {
            Self::Paid | Self::Voided | Self::Refunded | Self::Reversed | Self::Failed => true,
            Self::TimedOut | Self::Unknown => false,
        }
    }

    /// The state's name in records and JSON output, for example `timed_out`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::TimedOut => "timed_out",
            Self::Voided => "voided",
            Self::Refunded => "refunded",
            Self::Reversed => "reversed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether what follows a code can be words and nothing else: no digit anywhere, and no Latin
/// letter that would make a longer code of it.
fn is_description(text: &str) -> bool {
    let joins = text.starts_with(|first: char| first.is_ascii_alphanumeric());
    !joins && !text.contains(char::is_numeric) && text.contains(char::is_alphabetic)
}

/// The name, as [`as_str`](QueryState::as_str) gives it.
impl fmt::Display for QueryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_codes_are_known_and_5_with_words_behind_it() {
        use QueryState::*;

        for (code, state) in [
            ("0", Paid),
            ("1", TimedOut),
            ("2", Voided),
            ("3", Refunded),
            ("4", Reversed),
            ("5", Failed),
            ("5余额不足", Failed),
            ("5:余额不足", Failed),
            ("5 余额不足", Failed),
            ("5：失败", Failed),
            ("5 not enough money", Failed),
            ("50", Unknown),
            ("51", Unknown),
            ("57", Unknown),
            ("5131016", Unknown),
            ("5 7", Unknown),
            ("5余额不足51", Unknown),
            ("5７", Unknown),
            ("5Ⅶ", Unknown),
            ("5FF", Unknown),
            ("5 ", Unknown),
            ("5:", Unknown),
            (" 5", Unknown),
            ("５", Unknown),
            ("FF", Unknown),
            ("00", Unknown),
            ("02", Unknown),
            ("2 ", Unknown),
            (" 2", Unknown),
            ("２", Unknown),
            ("6", Unknown),
            ("", Unknown),
        ] {
            assert_eq!(QueryState::of_code(code), state, "{code:?}");
        }
    }
}

//! What a refund query says of a refund (`queryResCode`, a code set of its own).

use std::fmt;

/// The state of a refund as a refund query reports it.
///
/// This is not the code set of the order query: there `0` is success, here it is `00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefundState {
    /// `00`: the refund was made (official PDF v2).
    Refunded,
    /// Any other code: the official PDF v2 calls it a failure, and says that `queryResInfo` is
    /// there then.
    ///
    /// No code is documented for a refund that is still under way, so this is not the last word: a
    /// refund under way can only be reported by one of these codes.
    ReportedFailed,
    /// No code, or a reply that is no answer: nothing is known of the refund.
    Unknown,
}

impl RefundState {
    /// Every state.
    pub const ALL: &'static [Self] = &[Self::Refunded, Self::ReportedFailed, Self::Unknown];

    /// The state that a refund query's `queryResCode` stands for.
    ///
    /// It is the state of the refund only in a reply whose `errCode` is `00`: see
    /// [`QueryRefundReply::state`](crate::QueryRefundReply::state).
    pub fn of_code(code: &str) -> Self {
        match code {
            "00" => Self::Refunded,
            "" => Self::Unknown,
            _ => Self::ReportedFailed,
        }
    }

    /// Whether the state is the last word on the refund: only a refund that was made is.
    pub fn is_final(self) -> bool {
        match self {
            Self::Refunded => true,
            Self::ReportedFailed | Self::Unknown => false,
        }
    }

    /// The state's name in records and JSON output, for example `reported_failed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refunded => "refunded",
            Self::ReportedFailed => "reported_failed",
            Self::Unknown => "unknown",
        }
    }
}

/// The name, as [`as_str`](RefundState::as_str) gives it.
impl fmt::Display for RefundState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_00_is_a_refund_made() {
        for (code, state) in [
            ("00", RefundState::Refunded),
            ("0", RefundState::ReportedFailed),
            ("000", RefundState::ReportedFailed),
            ("25", RefundState::ReportedFailed),
            ("FF", RefundState::ReportedFailed),
            ("", RefundState::Unknown),
        ] {
            assert_eq!(RefundState::of_code(code), state, "{code:?}");
            assert_eq!(state.is_final(), code == "00", "{code:?}");
        }
    }
}

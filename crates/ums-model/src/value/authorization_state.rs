//! What a query says of a hold (担保).

use std::fmt;

use crate::field::coded::coded;
use crate::field::spec::FieldKind;
use crate::json::object::Token;
use crate::reply::field::Read;

coded! {
    /// The state of a hold as the platform counts it (担保状态标识, `secureStatus`;
    /// POS通担保交易接口 v20201204 §1.9.3 p.14). `4`, `5` and any other number are in no document,
    /// and stay [`Field::AsReceived`](crate::Field::AsReceived).
    pub enum SecureStatus {
        /// `0` (担保中): the amount is held.
        Held = "0",
        /// `1` (担保撤销): the hold was voided.
        Voided = "1",
        /// `2` (担保完成): the hold was completed.
        Completed = "2",
        /// `3` (正在完成担保，请稍后查询): the hold is being completed.
        Completing = "3",
        /// `6` (交易失败): the hold failed.
        Failed = "6",
    }
}

/// Documented as a number.
impl Read for SecureStatus {
    const KIND: FieldKind = FieldKind::Number;

    fn read(token: &Token<'_>) -> Option<Self> {
        Self::of_code(token.string_or_number()?)
    }
}

coded! {
    /// Whether the terminal must query (自动查询标识, `autoQueryFlag`; POS通担保交易接口 v20201204
    /// §1.2.3 p.4, §1.9.3 p.14).
    pub enum AutoQueryFlag {
        /// `Y`: the state of the order is not known yet.
        Query = "Y",
        /// `N`: the opposite, which the document does not list: it leaves the flag out (inferred).
        Settled = "N",
    }
}

/// Documented as a string.
impl Read for AutoQueryFlag {
    const KIND: FieldKind = FieldKind::String;

    fn read(token: &Token<'_>) -> Option<Self> {
        Self::of_code(token.string()?)
    }
}

coded! {
    /// The state of the merchant's order (交易状态, `status`; POS通担保交易接口 v20201204 §1.9.3
    /// p.15): the words of another UMS product. Which of them goes with which state of a hold is
    /// not documented.
    pub enum TradeStatus {
        /// `NEW_ORDER`: a new order.
        NewOrder = "NEW_ORDER",
        /// `UNKNOWN`: the state is not known.
        Unknown = "UNKNOWN",
        /// `UNKNOW`: as the document spells it where it explains `autoQueryFlag` (p.4, p.14).
        UnknownMisspelt = "UNKNOW",
        /// `TRADE_CLOSED`: not paid in time, refunded wholly, or failed. It does not say which.
        Closed = "TRADE_CLOSED",
        /// `WAIT_BUYER_PAY`: made, and waiting for the payer.
        WaitingForPayer = "WAIT_BUYER_PAY",
        /// `TRADE_SUCCESS`: paid.
        Success = "TRADE_SUCCESS",
        /// `TRADE_REFUND`: being refunded.
        Refund = "TRADE_REFUND",
    }
}

impl TradeStatus {
    /// Whether the order is not known to be paid yet.
    pub(crate) const fn is_open(self) -> bool {
        match self {
            Self::NewOrder | Self::Unknown | Self::UnknownMisspelt | Self::WaitingForPayer => true,
            Self::Closed | Self::Success | Self::Refund => false,
        }
    }
}

/// Documented as a string.
impl Read for TradeStatus {
    const KIND: FieldKind = FieldKind::String;

    fn read(token: &Token<'_>) -> Option<Self> {
        Self::of_code(token.string()?)
    }
}

/// The state of a hold (担保) as the whole answer to a query tells it. An answer that contradicts
/// itself is read as [`Unknown`](AuthorizationState::Unknown).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthorizationState {
    /// Whether the amount is held is not known yet: the platform says that one must ask again.
    Pending,
    /// The amount is held.
    Held,
    /// The hold is being completed.
    Completing,
    /// The hold was completed: the money moved.
    Completed,
    /// The hold was voided: the amount is the payer's again.
    Voided,
    /// The hold failed: nothing was held.
    Failed,
    /// Nothing certain, or a contradiction.
    Unknown,
}

impl AuthorizationState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Held,
        Self::Completing,
        Self::Completed,
        Self::Voided,
        Self::Failed,
        Self::Unknown,
    ];

    /// The state that a `secureStatus` stands for by itself. It is the state of the hold only where
    /// the rest of the answer agrees: see
    /// [`QueryAuthorizationReply::state`](crate::QueryAuthorizationReply::state).
    pub fn of_code(code: &str) -> Self {
        match SecureStatus::of_code(code) {
            Some(status) => status.into(),
            None => Self::Unknown,
        }
    }

    /// Whether the state answers what became of the hold, so that asking again is of no use by
    /// itself. A hold that stands can still be completed or voided by a later call.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Held | Self::Completed | Self::Voided | Self::Failed => true,
            Self::Pending | Self::Completing | Self::Unknown => false,
        }
    }

    /// The state's name in records and JSON output, for example `held`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Completing => "completing",
            Self::Completed => "completed",
            Self::Voided => "voided",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl From<SecureStatus> for AuthorizationState {
    fn from(status: SecureStatus) -> Self {
        match status {
            SecureStatus::Held => Self::Held,
            SecureStatus::Voided => Self::Voided,
            SecureStatus::Completed => Self::Completed,
            SecureStatus::Completing => Self::Completing,
            SecureStatus::Failed => Self::Failed,
        }
    }
}

/// The name, as [`as_str`](AuthorizationState::as_str) gives it.
impl fmt::Display for AuthorizationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

//! What a test chooses where it is not known how the platform answers.

use std::time::Duration;

use crate::operation::body::ReplyStyle;

/// How the simulator answers where it is not known how the platform does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices {
    pub(crate) voids: VoidChoices,
    pub(crate) late_query: LateQuery,
    pub(crate) reply_style: ReplyStyle,
    /// How long the completion of a hold takes.
    pub(crate) completion_time: Duration,
}

/// What the simulator answers to a void of an order, or of a hold (担保), that is voided already.
///
/// No document says whether UMS treats a void as idempotent, or which code it gives; so this is a
/// choice, and a client should cope with each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RepeatedVoid {
    /// `00` again, with the order's id where there is one; nothing changes.
    Approve,
    /// `94` 重复交易.
    Duplicate,
    /// `22` 原交易不存在, the usual answer among card schemes to a second void.
    #[default]
    NoOriginal,
    /// `57` 不允许此交易.
    NotAllowed,
    /// `25` 找不到原始交易.
    NotFound,
}

/// What the simulator answers to a void of a payment, or of a hold (担保), of which queries still
/// say `1`.
///
/// No document says it. After any of the refusals the payment may still be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PendingVoid {
    /// `00`: the payment is not made any more; if it was made, it is voided.
    Approve,
    /// `57` 不允许此交易.
    #[default]
    NotAllowed,
    /// `25` 找不到原始交易.
    NotFound,
}

/// What is answered to voids where nothing is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VoidChoices {
    pub(crate) repeated: RepeatedVoid,
    pub(crate) pending: PendingVoid,
}

/// What the simulator answers to a query about a payment of another day that does not name that
/// day.
///
/// A query covers the same day only (POS通交易接口 v20200527 §3.3). What one gets that comes later
/// is in no document; that v6's `oriTransDate` opens the day it names is inferred. None of these
/// answers says that there was no payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LateQuery {
    /// The truth, as if the day did not matter.
    Answer,
    /// `22` 原交易不存在.
    NoOriginal,
    /// `25` 找不到原始交易.
    #[default]
    NotFound,
    /// `00` with `queryResCode` `FF` 交易状态未知.
    Unknown,
}

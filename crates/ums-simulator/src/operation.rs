//! What each operation does to the order book, and what it is answered with.

pub(crate) mod activate;
pub(crate) mod body;
pub(crate) mod complete_authorization;
pub(crate) mod decision;
pub(crate) mod follow_up;
pub(crate) mod needs;
pub(crate) mod original;
pub(crate) mod original_hold;
pub(crate) mod pay;
pub(crate) mod pay_code;
pub(crate) mod preauthorize;
pub(crate) mod query;
pub(crate) mod query_authorization;
pub(crate) mod query_refund;
pub(crate) mod refund;
pub(crate) mod request;
pub(crate) mod reverse;
pub(crate) mod table;
pub(crate) mod void;
pub(crate) mod void_authorization;

use std::time::Duration;

use crate::operation::body::ReplyStyle;
use crate::operation::query::LateQuery;
use crate::operation::void::VoidChoices;

/// How the simulator answers where it is not known how the platform does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choices {
    pub(crate) voids: VoidChoices,
    pub(crate) late_query: LateQuery,
    pub(crate) reply_style: ReplyStyle,
    /// How long the completion of a hold takes.
    pub(crate) completion_time: Duration,
}

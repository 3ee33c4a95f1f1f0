//! What was known of an operation before its outcome was being found out.

use ums_client::Ended;
use ums_client::journal::{ReplyRecord, to_china_time};

use crate::print::table::masked;

/// What the reply to an operation said, when a signal ended the finding out.
#[derive(Debug)]
pub(crate) struct Known {
    pub(super) err_code: Option<String>,
    pub(super) reply: Option<ReplyRecord>,
    pub(super) deadline: Option<String>,
}

impl Known {
    pub(crate) fn of(ended: &Ended<'_>) -> Self {
        Self {
            err_code: ended.err_code.map(masked),
            reply: ReplyRecord::of(&ended.evidence.received),
            deadline: ended.evidence.deadline.map(to_china_time),
        }
    }
}

//! What a reply says of the operation.

use crate::json::Fields;
use crate::reply_code::{ReplyCode, judge_code};
use crate::text::Text;

/// What a well-formed reply says of the operation, by its code alone.
///
/// The model knows no HTTP status: whether the reply may be believed at all is for the client to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "done, not done, or not known: there is no fourth"
)]
pub enum Verdict {
    /// The operation was carried out.
    Approved,
    /// The operation was not carried out.
    Declined(Refusal),
    /// The reply does not settle it: an operation that moves money may or may not have moved it.
    Unknown,
}

/// How far an operation got that was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "refused at the gateway or behind it"
)]
pub enum Refusal {
    /// The gateway refused the call before any processing, for its authentication or its form. It was seen to do so
    /// with HTTP 412, so a client may believe it under a 4xx status too.
    BeforeProcessing,
    /// The business system answered that it did not carry it out. Believable under HTTP 200 only.
    NotExecuted,
}

/// A verdict on one reply with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    verdict: Verdict,
    err_code: Option<Text>,
    err_info: Option<Text>,
    known: Option<&'static ReplyCode>,
}

impl Judgement {
    /// A verdict with nothing to rest on yet.
    pub fn new(verdict: Verdict) -> Self {
        Self {
            verdict,
            err_code: None,
            err_info: None,
            known: None,
        }
    }

    /// The verdict of a rule on the reply's code, [`judge_code`](crate::judge_code) for the POS通 family; unknown
    /// without a code. The text for people decides nothing.
    pub fn of_code(
        err_code: Option<Text>,
        err_info: Option<Text>,
        judge: impl FnOnce(&str) -> Verdict,
    ) -> Self {
        Self {
            verdict: err_code.as_deref().map_or(Verdict::Unknown, judge),
            known: err_code.as_deref().and_then(ReplyCode::find),
            err_code,
            err_info,
        }
    }

    /// The verdict on a reply to an operation of the POS通 family that moves money, by its code.
    ///
    /// A reply with a `queryResCode` among its unlisted fields is the reply to a query, which a mix-up on the way may
    /// deliver in place of the right one. Its `00` says that the query worked, and nothing of the operation.
    pub(crate) fn of_money_code(
        err_code: Option<Text>,
        err_info: Option<Text>,
        unlisted: &Fields,
    ) -> Self {
        let answers_a_query = unlisted.named("queryResCode").is_some();
        Self::of_code(err_code, err_info, |code| match answers_a_query {
            true => Verdict::Unknown,
            false => judge_code(code),
        })
    }

    /// What the reply says of the operation.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The reply's code, when it is a JSON string that is not empty.
    pub fn err_code(&self) -> Option<&Text> {
        self.err_code.as_ref()
    }

    /// The reply's text for people.
    pub fn err_info(&self) -> Option<&Text> {
        self.err_info.as_ref()
    }

    /// The code's row in [`REPLY_CODES`](crate::REPLY_CODES), when it has one.
    pub fn known(&self) -> Option<&'static ReplyCode> {
        self.known
    }
}

//! What a reply says of the operation.

use crate::json::text::Text;
use crate::json::value::Fields;
use crate::judge::pos_operation::PosOperation;
use crate::judge::refusal_codes::RefusalCodes;
use crate::judge::reply_code::{ReplyCode, judge_code};
use crate::judge::verdict::{Refusal, Verdict};

/// A verdict on one reply with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    verdict: Verdict,
    err_code: Option<Text>,
    err_info: Option<Text>,
    known: Option<&'static ReplyCode>,
    /// The operation whose column of the table was read, when the code alone decided.
    judged_as: Option<PosOperation>,
    provenance: Option<String>,
}

impl Judgement {
    /// A verdict with nothing to rest on yet.
    pub fn new(verdict: Verdict) -> Self {
        Self {
            verdict,
            err_code: None,
            err_info: None,
            known: None,
            judged_as: None,
            provenance: None,
        }
    }

    /// The verdict of a rule on the reply's code, such as [`judge_code`](crate::judge_code) for the
    /// POS通 family; unknown without a code. The text for people decides nothing.
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
            judged_as: None,
            provenance: None,
        }
    }

    /// The verdict on a reply to an operation of the POS通 family, by its code.
    ///
    /// Two fields that a reply may have beside those documented for it keep an operation that moves
    /// money from being judged by its code. A reply with a `queryResCode` is the reply to a query,
    /// which a mix-up on the way may deliver in place of the right one: its `00` says that the
    /// query worked, and nothing of the operation. And an `autoQueryFlag` other than `N` says that
    /// the order's state is not known yet (POS通担保交易接口 v20201204 §1.2; with which codes it
    /// comes is not documented). `is_told_open` says the same of a flag that is documented for the
    /// reply.
    pub(crate) fn of_pos_code(
        operation: PosOperation,
        err_code: Option<Text>,
        err_info: Option<Text>,
        unlisted: &Fields,
        is_told_open: bool,
    ) -> Self {
        let moves_money = operation.moves_money() != Some(false);
        let is_open = moves_money
            && (is_told_open
                || unlisted.named("queryResCode").is_some()
                || unlisted
                    .named("autoQueryFlag")
                    .is_some_and(|flag| !matches!(flag.raw(), "null" | r#""""# | r#""N""#)));
        let judged_as = (!is_open).then_some(operation);
        let judgement = Self::of_code(err_code, err_info, |code| match judged_as {
            Some(operation) => judge_code(operation, code),
            None => Verdict::Unknown,
        });
        Self {
            judged_as,
            ..judgement
        }
    }

    /// The same, with the caller's own refusal codes for what the table leaves unknown.
    #[must_use]
    pub fn with_refusals(mut self, refusals: &RefusalCodes) -> Self {
        if self.verdict == Verdict::Unknown
            && let (Some(operation), Some(code)) = (self.judged_as, &self.err_code)
            && let Some((provenance, known)) = refusals.find(operation, code)
        {
            self.verdict = Verdict::Declined(Refusal::NotExecuted);
            self.provenance = Some(provenance.to_owned());
            self.known = self.known.or(known);
        }
        self
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

    /// Whether the code alone was judged, by an operation's own column: the reply says nothing else
    /// that leaves the operation open.
    pub fn is_by_code(&self) -> bool {
        self.judged_as.is_some()
    }

    /// Where the caller has it from that the code refuses, when its own [`RefusalCodes`] decided.
    pub fn provenance(&self) -> Option<&str> {
        self.provenance.as_deref()
    }

    /// The code's row in [`REPLY_CODES`](crate::REPLY_CODES), when it has one; in
    /// [`ISSUER_REFUSALS`](crate::ISSUER_REFUSALS) when that decided.
    pub fn known(&self) -> Option<&'static ReplyCode> {
        self.known
    }
}

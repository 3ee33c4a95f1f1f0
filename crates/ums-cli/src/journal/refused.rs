//! Why a call did not begin, by the journal: nothing was sent.

use ums_durable::SubmitError;
use ums_durable::journal::StoreRefusal;

use crate::failure::{Failure, FailureKind};
use crate::language::Message;

/// The failure of a call that did not begin. `has_key`: its key was given, and is not the one that
/// it has of itself. `is_open`: it is not known what became of the call that it was refused for.
pub(crate) fn refused(error: &SubmitError, has_key: bool, is_open: bool) -> Failure {
    let kind = match error {
        SubmitError::Refused(StoreRefusal::KeyOfAnotherRequest { .. }) if is_open => {
            FailureKind::KeyOfAnOpenCall
        }
        SubmitError::Refused(StoreRefusal::KeyOfAnotherRequest { .. }) => {
            FailureKind::KeyOfAnotherRequest
        }
        SubmitError::Refused(
            StoreRefusal::SameIdentity { .. }
            | StoreRefusal::NotCertain { .. }
            | StoreRefusal::OrderBusy { .. },
        ) => FailureKind::CallInTheWay,
        SubmitError::Amnesia(_) => FailureKind::JournalNotAccepted,
        SubmitError::NotCertain | SubmitError::NotCertainBefore(_) => FailureKind::NotCertain,
        SubmitError::Invalid(_) => FailureKind::InvalidInput,
        SubmitError::NotStarted(_) | SubmitError::Closing => FailureKind::System,
        _ => FailureKind::Journal,
    };
    let call = error.call().map(ToString::to_string);
    let failure = Failure::new(kind, error);
    let failure = match (kind, &call) {
        (FailureKind::CallInTheWay, Some(call)) => failure.and(Message::new(
            format!(
                "; nothing was sent. Find out first what became of it: ums journal resolve {call}"
            ),
            format!("；未发送任何请求。请先核实该笔：“ums journal resolve {call}”"),
        )),
        (FailureKind::KeyOfAnOpenCall, Some(call)) => failure.and(Message::new(
            format!(
                ", which is open: it may have been carried out, or not; nothing was sent now. Do \
                 not take another key: find out first what became of it: ums journal resolve {call}"
            ),
            format!(
                "，该笔状态未知：可能已执行，也可能没有；本次未发送任何请求。请勿更换幂等键，\
                 先核实该笔：“ums journal resolve {call}”"
            ),
        )),
        (FailureKind::KeyOfAnotherRequest, Some(call)) if !has_key => failure.and(Message::new(
            format!(
                "; nothing was sent. Without --key a call has the key of its operation and order: \
                 look at ums journal show {call}, and give --key if this is to be another call"
            ),
            format!(
                "；未发送任何请求。未给出 --key 时以交易类型和订单为幂等键：请查看 \
                 “ums journal show {call}”，如确为另一笔，请给出 --key"
            ),
        )),
        (FailureKind::KeyOfAnotherRequest, _) => {
            failure.and(Message::new("; nothing was sent", "；未发送任何请求"))
        }
        _ => failure,
    };
    failure.for_call(call)
}

//! From a reply to an outcome: what is believed, under which HTTP status.

use bytes::Bytes;
use ums_journal::Evidence;
use ums_model::{Operation, Refusal, RefusalCodes, Verdict};
use ums_transport::Reply;

use crate::outcome::evidence::progress_of;
use crate::outcome::{Approved, Declined, Outcome, Unknown, UnknownReason};

/// What to make of an approval that names another order, amount or refund than the request.
///
/// A decline that does so is unknown in any case: it is not about the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDiscrepancy {
    /// It is unknown until a query confirms it. The default: live voids were seen to echo the order
    /// id.
    #[default]
    Unknown,
    /// It stays approved and the discrepancy is listed. The official page's own example of a void
    /// has two different ids, and needs this.
    Approve,
}

/// By what replies are judged, beyond the operation's own rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judging {
    pub(crate) on_discrepancy: OnDiscrepancy,
    pub(crate) refusal_codes: RefusalCodes,
}

pub(crate) fn judge<O: Operation>(
    operation: &O,
    reply: Reply,
    judging: &Judging,
    mut evidence: Box<Evidence>,
) -> Outcome<O::Reply> {
    let status = reply.progress.status.unwrap_or_default();
    evidence.attempt.progress = Some(progress_of(&reply.progress));
    judge_body(operation, status, reply.body, judging, evidence)
}

/// What a body under a status says of an operation.
pub(crate) fn judge_body<O: Operation>(
    operation: &O,
    status: u16,
    body: Bytes,
    judging: &Judging,
    mut evidence: Box<Evidence>,
) -> Outcome<O::Reply> {
    evidence.received = body.clone();
    let decoded = match operation.decode(body) {
        Ok(decoded) => decoded,
        Err(malformed) => {
            let reason = if status == 200 {
                UnknownReason::Malformed(malformed)
            } else {
                UnknownReason::Status(status)
            };
            return Outcome::Unknown(Unknown {
                reason,
                reply: None,
                judgement: None,
                evidence,
            });
        }
    };
    let judgement = operation
        .judge(&decoded)
        .with_refusals(&judging.refusal_codes);
    let discrepancies = operation.discrepancies(&decoded);
    let may_differ = judging.on_discrepancy == OnDiscrepancy::Approve;
    let reason = match believed(status, judgement.verdict()) {
        None => UnknownReason::Status(status),
        Some(Verdict::Approved) if discrepancies.is_empty() || may_differ => {
            return Outcome::Approved(Approved {
                reply: decoded,
                judgement,
                discrepancies,
                evidence,
            });
        }
        Some(_) if !discrepancies.is_empty() => UnknownReason::Discrepancy(discrepancies),
        Some(Verdict::Declined(_)) => {
            return Outcome::Declined(Declined {
                reply: decoded,
                judgement,
                evidence,
            });
        }
        Some(Verdict::Approved | Verdict::Unknown) => UnknownReason::Code,
    };
    Outcome::Unknown(Unknown {
        reason,
        reply: Some(decoded),
        judgement: Some(judgement),
        evidence,
    })
}

/// Whether the reply is the gateway's own word on this request. Only then is none outstanding on
/// its connection, which may serve another call: after a proxy's 504, say, the gateway's reply may
/// still come.
pub(crate) fn is_believed_answer<R>(outcome: &Outcome<R>) -> bool {
    let progress = outcome.evidence().attempt.progress.as_ref();
    matches!(outcome, Outcome::Approved(_) | Outcome::Declined(_))
        && progress.is_some_and(|progress| progress.status == Some(200))
}

/// The verdict that holds under this status, or `None` when the status leaves nothing certain.
///
/// 200 carries every verdict. A refusal before processing is also believed under a 4xx, where the
/// gateway was seen to put it (412), but not under those that ask for patience or tell of a
/// conflict. A redirect, a server's error, or any other 2xx is not how the gateway answers.
fn believed(status: u16, verdict: Verdict) -> Option<Verdict> {
    match (status, verdict) {
        (200, verdict) => Some(verdict),
        (408 | 409 | 425 | 429, _) => None,
        (400..=499, Verdict::Declined(Refusal::BeforeProcessing)) => Some(verdict),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_against_every_verdict() {
        let refused = Verdict::Declined(Refusal::BeforeProcessing);
        let not_executed = Verdict::Declined(Refusal::NotExecuted);
        let mut believed_count = 0;
        for status in 0..1000 {
            for verdict in [Verdict::Approved, refused, not_executed, Verdict::Unknown] {
                let expected = status == 200
                    || (verdict == refused
                        && (400..500).contains(&status)
                        && ![408, 409, 425, 429].contains(&status));
                assert_eq!(
                    believed(status, verdict),
                    expected.then_some(verdict),
                    "{status} {verdict:?}"
                );
                believed_count += usize::from(expected);
            }
        }
        assert_eq!(believed_count, 4 + 96);
    }
}

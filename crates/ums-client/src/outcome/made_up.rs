//! Outcomes made without a gateway, for the tests of whoever decides by them.

use bytes::Bytes;
use ums_auth::Nonce;
use ums_journal::{AttemptPhase, AttemptProgress, Evidence};
use ums_model::Operation;

use crate::outcome::judge::{Judging, judge_body};
use crate::outcome::{NotSent, NotSentReason, Outcome, Unknown, UnknownReason};

/// Outcomes for tests: of code that decides by an outcome, without a gateway. What a client with
/// the defaults would make of a reply is found by the client's own rules, so that a test cannot
/// approve what the client would not.
///
/// ```
/// use ums_client::{NotSentReason, Outcome, UnknownReason};
/// # use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply};
///
/// fn may_be_booked(outcome: &Outcome<VoidPaymentReply>) -> bool {
///     match outcome {
///         Outcome::Approved(_) => true,
///         Outcome::Declined(_) | Outcome::NotSent(_) | Outcome::Unknown(_) => false,
///     }
/// }
///
/// # let void = VoidPayment::by_ums_order_id(
/// #     MerchantCode::new("103290070111417")?,
/// #     TerminalCode::new("12340511")?,
/// #     UmsOrderId::new("20230718110248029165883554")?,
/// # );
/// assert!(may_be_booked(&Outcome::from_reply(&void, 200, r#"{"errCode":"00"}"#)));
/// assert!(!may_be_booked(&Outcome::from_reply(&void, 200, r#"{"errCode":"57"}"#)));
/// assert!(!may_be_booked(&Outcome::from_reply(&void, 502, "<html>")));
/// assert!(!may_be_booked(&Outcome::not_sent(&void, NotSentReason::ClientClosed)));
/// assert!(!may_be_booked(&Outcome::unknown(&void, UnknownReason::Code)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<R> Outcome<R> {
    /// What a client with the defaults makes of this HTTP status and this body.
    pub fn from_reply<O: Operation<Reply = R>>(
        operation: &O,
        status: u16,
        body: impl Into<Bytes>,
    ) -> Self {
        let body = body.into();
        let mut evidence = sent(operation);
        if let Some(progress) = &mut evidence.attempt.progress {
            progress.phase = AttemptPhase::Complete;
            progress.status = Some(status);
            progress.reply_bytes_read = size(&body);
        }
        judge_body(operation, status, body, &Judging::default(), evidence)
    }

    /// That nothing was sent, for this reason.
    pub fn not_sent<O: Operation<Reply = R>>(operation: &O, reason: NotSentReason) -> Self {
        let evidence = Box::new(Evidence::new(operation.name(), operation.effect()));
        Self::NotSent(NotSent { reason, evidence })
    }

    /// That nothing is known after the whole request was sent, for this reason, with no reply at
    /// hand.
    pub fn unknown<O: Operation<Reply = R>>(operation: &O, reason: UnknownReason) -> Self {
        Self::Unknown(Unknown {
            reason,
            reply: None,
            judgement: None,
            evidence: sent(operation),
        })
    }
}

/// Of a request that was written to its last byte.
fn sent<O: Operation>(operation: &O) -> Box<Evidence> {
    let mut evidence = Box::new(Evidence::new(operation.name(), operation.effect()));
    let mut progress = AttemptProgress::new(AttemptPhase::AwaitingReply);
    let body = operation.encode().unwrap_or_default();
    progress.request_bytes_written = size(&body);
    progress.request_bytes_total = size(&body);
    evidence.attempt.progress = Some(progress);
    // As of a call that was admitted, so that its record has the request.
    evidence.call = Nonce::new("made-up").ok();
    evidence
}

fn size(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

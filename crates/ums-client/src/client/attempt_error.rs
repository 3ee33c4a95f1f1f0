//! Why an attempt brought no reply.

use std::sync::Arc;

use ums_journal::Evidence;
use ums_transport::TransportError;

use crate::outcome::{NotSent, NotSentReason, Outcome, Unknown, UnknownReason};

/// Where a call without a reply stopped.
pub(super) enum AttemptError {
    /// Before the first byte of the request was written.
    Before(NotSentReason),
    /// After it.
    Within(TransportError),
}

impl AttemptError {
    pub(super) fn into_outcome<R>(self, mut evidence: Box<Evidence>) -> Outcome<R> {
        match self {
            Self::Before(reason) => Outcome::NotSent(NotSent { reason, evidence }),
            Self::Within(failure) => {
                evidence.received = failure.received().clone();
                Outcome::Unknown(Unknown {
                    reason: UnknownReason::Interrupted(Arc::new(failure)),
                    reply: None,
                    judgement: None,
                    evidence,
                })
            }
        }
    }
}

impl From<NotSentReason> for AttemptError {
    fn from(reason: NotSentReason) -> Self {
        Self::Before(reason)
    }
}

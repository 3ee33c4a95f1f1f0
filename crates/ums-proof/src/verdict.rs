//! What an outcome claims, held against what the gateway's ledger knows.

use std::fmt;

use ums_client::model::VoidPaymentReply;
use ums_client::{Outcome, OutcomeKind};

/// What the client says of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The outcome.
    pub kind: OutcomeKind,
    /// Bytes of the call's requests that left, over all attempts, by the
    /// transport's own count.
    pub bytes_written: u64,
    /// Attempts of which any byte left.
    pub requests_sent: usize,
}

impl Claim {
    /// What this outcome says.
    #[must_use]
    pub fn of(outcome: &Outcome<VoidPaymentReply>) -> Self {
        let evidence = outcome.evidence();
        let written = evidence.attempts().filter_map(|attempt| {
            let progress = attempt.progress.as_ref()?;
            Some(progress.request_bytes_written)
        });
        Self {
            kind: outcome.kind(),
            bytes_written: written.sum(),
            requests_sent: evidence.requests_sent(),
        }
    }
}

/// What is known of the same call from outside the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Truth {
    /// Complete requests of this call that the gateway read.
    pub complete_requests: usize,
    /// Bytes of this call's requests that arrived.
    pub bytes_received: u64,
    /// Whether a request of this call changed the order.
    pub applied: bool,
    /// Whether the order is voided, by whichever call.
    pub voided: bool,
}

/// A claim that the truth denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// More than one complete request arrived.
    SentTwice,
    /// Approved, but the order is not voided.
    FalseApproval,
    /// Declined, but this call voided the order.
    FalseRefusal,
    /// Not sent, but bytes of it arrived or the order was voided.
    FalseNotSent,
    /// No byte left, and yet it is not said to be not sent.
    Loose,
    /// More bytes arrived than are said to have left, or more than one request
    /// is said to have left.
    Miscounted,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SentTwice => "more than one complete request arrived",
            Self::FalseApproval => "approved, but the order is not voided",
            Self::FalseRefusal => "declined, but this call voided the order",
            Self::FalseNotSent => "not sent, but it arrived",
            Self::Loose => "no byte left, but it is not said to be not sent",
            Self::Miscounted => "the client's count of what left is too low, or above one request",
        })
    }
}

/// Everything in `claim` that `truth` denies: at most one complete request, a
/// sound outcome, and a tight one.
#[must_use]
pub fn check(claim: &Claim, truth: &Truth) -> Vec<Violation> {
    let Truth {
        complete_requests,
        bytes_received,
        applied,
        voided,
    } = *truth;
    let not_sent = claim.kind == OutcomeKind::NotSent;
    let rules = [
        (complete_requests > 1, Violation::SentTwice),
        (
            claim.kind == OutcomeKind::Approved && !voided,
            Violation::FalseApproval,
        ),
        (
            claim.kind == OutcomeKind::Declined && applied,
            Violation::FalseRefusal,
        ),
        (
            not_sent && (bytes_received > 0 || complete_requests > 0 || applied),
            Violation::FalseNotSent,
        ),
        (!not_sent && claim.bytes_written == 0, Violation::Loose),
        (
            claim.bytes_written < bytes_received || claim.requests_sent > 1,
            Violation::Miscounted,
        ),
    ];
    rules
        .into_iter()
        .filter_map(|(broken, violation)| broken.then_some(violation))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: Claim = Claim {
        kind: OutcomeKind::Unknown,
        bytes_written: 500,
        requests_sent: 1,
    };
    const TRUTH: Truth = Truth {
        complete_requests: 1,
        bytes_received: 500,
        applied: true,
        voided: true,
    };
    const NOTHING: Truth = Truth {
        complete_requests: 0,
        bytes_received: 0,
        applied: false,
        voided: false,
    };

    fn claim(kind: OutcomeKind) -> Claim {
        Claim { kind, ..CLAIM }
    }

    #[test]
    fn each_rule_catches_its_lie_and_nothing_else() {
        use OutcomeKind::{Approved, Declined, NotSent, Unknown};
        let unsent = Claim {
            bytes_written: 0,
            requests_sent: 0,
            ..claim(NotSent)
        };
        let refused = Truth {
            applied: false,
            voided: false,
            ..TRUTH
        };
        let cases = [
            (claim(Approved), TRUTH, None),
            (claim(Unknown), TRUTH, None),
            (claim(Unknown), refused, None),
            (claim(Declined), refused, None),
            (unsent, NOTHING, None),
            (claim(Approved), refused, Some(Violation::FalseApproval)),
            (claim(Declined), TRUTH, Some(Violation::FalseRefusal)),
            (claim(NotSent), TRUTH, Some(Violation::FalseNotSent)),
            (
                Claim {
                    kind: Unknown,
                    ..unsent
                },
                NOTHING,
                Some(Violation::Loose),
            ),
            (
                claim(Unknown),
                Truth {
                    complete_requests: 2,
                    ..TRUTH
                },
                Some(Violation::SentTwice),
            ),
            (
                claim(Unknown),
                Truth {
                    bytes_received: 501,
                    ..TRUTH
                },
                Some(Violation::Miscounted),
            ),
            (
                Claim {
                    requests_sent: 2,
                    ..CLAIM
                },
                TRUTH,
                Some(Violation::Miscounted),
            ),
        ];
        for (claim, truth, expected) in cases {
            assert_eq!(
                check(&claim, &truth),
                Vec::from_iter(expected),
                "{claim:?} {truth:?}"
            );
        }
    }
}

//! What the client says, held against what the gateway's ledger knows.

use std::fmt;

use ums_client::{Basis, Conclusion, Evidence, Outcome, OutcomeKind, TillReport, TillResult};

/// How a call ended, whichever operation it was.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Said<'a> {
    /// The outcome.
    pub kind: OutcomeKind,
    /// Its reason, if it has one.
    pub reason: Option<&'static str>,
    /// `errCode` of the reply, if there was one.
    pub err_code: Option<&'a str>,
    /// What it rests on.
    pub evidence: &'a Evidence,
}

impl<'a> Said<'a> {
    /// By this outcome.
    pub fn by<R>(outcome: &'a Outcome<R>) -> Self {
        Self {
            kind: outcome.kind(),
            reason: outcome.reason(),
            err_code: outcome.err_code(),
            evidence: outcome.evidence(),
        }
    }
}

/// What the client says of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The outcome.
    pub kind: OutcomeKind,
    /// Bytes of the call's requests that left, over all attempts, by the transport's own count.
    pub bytes_written: u64,
    /// Attempts of which any byte left.
    pub requests_sent: usize,
}

impl Claim {
    /// What was said.
    pub fn of(said: &Said<'_>) -> Self {
        Self {
            kind: said.kind,
            bytes_written: bytes_written(said.evidence),
            requests_sent: said.evidence.requests_sent(),
        }
    }
}

/// Bytes that left by the transport's own count, over all attempts.
pub(crate) fn bytes_written(evidence: &Evidence) -> u64 {
    let written = evidence.attempts().filter_map(|attempt| {
        let progress = attempt.progress.as_ref()?;
        Some(progress.request_bytes_written)
    });
    written.sum()
}

/// What is known of the same call from outside the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Truth {
    /// Complete requests of this call that the gateway read.
    pub complete_requests: usize,
    /// Bytes of this call's requests that arrived.
    pub bytes_received: u64,
    /// Whether a request of this call changed the book.
    pub applied: bool,
    /// Whether what the call asks for is the case: the order is voided, by whichever call; the
    /// refund was made; but a payment only if this very call made it.
    pub done: bool,
    /// Whether its reply began to arrive before the request had left as a whole, so that it cannot
    /// be the answer to it.
    pub answered_early: bool,
}

/// What resolving says of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one for each conclusion")]
pub enum Found {
    /// It was carried out and is in force.
    Stands,
    /// It was carried out and taken back.
    Undone,
    /// It was refused.
    Declined,
    /// It was not carried out, as of then.
    NotExecuted(Basis),
    /// It never reached the gateway.
    NotSent,
    /// At the till: no money is received, since whatever there was is taken back.
    TakenBack,
    /// Nothing is certain.
    Open,
}

impl Found {
    /// What this conclusion says.
    pub fn of(conclusion: &Conclusion) -> Self {
        match conclusion {
            Conclusion::Approved { stands: true } => Self::Stands,
            Conclusion::Approved { stands: false } => Self::Undone,
            Conclusion::Declined => Self::Declined,
            Conclusion::NotExecuted { basis, .. } => Self::NotExecuted(*basis),
            Conclusion::NotSent => Self::NotSent,
            Conclusion::Unknown(_) => Self::Open,
        }
    }

    /// What the cashier is told.
    pub fn at_till(report: &TillReport) -> Self {
        match (report.result, Self::of(&report.conclusion)) {
            (TillResult::Paid, _) => Self::Stands,
            (TillResult::TakenBack, _) => Self::TakenBack,
            (TillResult::ToVerify, _) => Self::Open,
            // What says that there is no money must say why.
            (TillResult::NotPaid, Self::Stands | Self::Undone | Self::Open) => Self::Declined,
            (TillResult::NotPaid, found) => found,
        }
    }
}

/// What is known from outside of an operation that was resolved, at the moment at which the client
/// said what it found, and at the end of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Course {
    /// What the operation asks for was the case then: see [`Truth::done`].
    pub done_then: bool,
    /// It had been done, and nothing of it was left even before the question left whose answer was
    /// believed.
    pub gone_before: bool,
    /// Something of it had been taken back then, or it was called off.
    pub undone_then: bool,
    /// This very call has carried it out, then or later, and nothing but a reversal before then has
    /// taken it back.
    pub done_in_the_end: bool,
    /// A payment of this very call stands at the end.
    pub stands_in_the_end: bool,
    /// The call itself has taken its payment back.
    pub took_back: bool,
    /// The call has taken back a payment that is not its own.
    pub took_anothers: bool,
    /// Bytes of the operation's requests that arrived.
    pub bytes_received: u64,
    /// "Not carried out" was said sooner than it may be believed.
    pub hasty: bool,
}

/// A claim that the truth denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// More than one complete request arrived.
    SentTwice,
    /// Approved, but it is not done.
    FalseApproval,
    /// Declined, but this call did it.
    FalseRefusal,
    /// Not sent, but bytes of it arrived or it was done.
    FalseNotSent,
    /// No byte left, and yet it is not said to be not sent.
    Loose,
    /// More bytes arrived than are said to have left, or more than one request is said to have
    /// left.
    Miscounted,
    /// Approved or declined by a reply to something else.
    BelievedEarly,
    /// Found to be in force, but it was not.
    FalseStanding,
    /// Found to be taken back, but it was not.
    FalseUndone,
    /// Found to be not carried out, but it was or will be.
    FalseNotExecuted,
    /// "Not carried out" was believed too soon.
    Hasty,
    /// Found to be in force, but the call itself has taken it back.
    TookBackPaid,
    /// Another call's payment was taken back.
    TookAnothers,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SentTwice => "more than one complete request arrived",
            Self::FalseApproval => "approved, but it is not done",
            Self::FalseRefusal => "declined, but this call did it",
            Self::FalseNotSent => "not sent, but it arrived",
            Self::Loose => "no byte left, but it is not said to be not sent",
            Self::Miscounted => "the client's count of what left is too low, or above one request",
            Self::BelievedEarly => "believed a reply that began before the request had left",
            Self::FalseStanding => "found in force, but it was not",
            Self::FalseUndone => "found taken back, but it was not",
            Self::FalseNotExecuted => "found not carried out, but it was or will be",
            Self::Hasty => "not carried out was believed too soon",
            Self::TookBackPaid => "found in force, but the call has taken it back",
            Self::TookAnothers => "another call's payment was taken back",
        })
    }
}

/// Everything in `claim` that `truth` denies: at most one complete request, a sound outcome, and a
/// tight one.
pub fn check(claim: &Claim, truth: &Truth) -> Vec<Violation> {
    let Truth {
        complete_requests,
        bytes_received,
        applied,
        done,
        answered_early,
    } = *truth;
    let not_sent = claim.kind == OutcomeKind::NotSent;
    let believed = matches!(claim.kind, OutcomeKind::Approved | OutcomeKind::Declined);
    broken([
        (complete_requests > 1, Violation::SentTwice),
        (
            claim.kind == OutcomeKind::Approved && !done,
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
        (believed && answered_early, Violation::BelievedEarly),
    ])
}

/// Everything in what was found that the course of the operation denies.
pub fn check_found(found: Found, course: &Course) -> Vec<Violation> {
    let stands = found == Found::Stands;
    let undone = found == Found::Undone;
    let not_executed = matches!(found, Found::NotExecuted(_));
    broken([
        (
            stands && (!course.done_then || course.gone_before),
            Violation::FalseStanding,
        ),
        (stands && course.took_back, Violation::TookBackPaid),
        (
            undone && (!course.undone_then || course.stands_in_the_end),
            Violation::FalseUndone,
        ),
        (
            found == Found::TakenBack && course.stands_in_the_end,
            Violation::FalseUndone,
        ),
        (
            found == Found::Declined && course.done_in_the_end,
            Violation::FalseRefusal,
        ),
        (
            not_executed && course.done_in_the_end,
            Violation::FalseNotExecuted,
        ),
        (not_executed && course.hasty, Violation::Hasty),
        (
            found == Found::NotSent && (course.bytes_received > 0 || course.done_in_the_end),
            Violation::FalseNotSent,
        ),
        (course.took_anothers, Violation::TookAnothers),
    ])
}

fn broken(rules: impl IntoIterator<Item = (bool, Violation)>) -> Vec<Violation> {
    let broken = rules.into_iter().filter(|(broken, _)| *broken);
    broken.map(|(_, violation)| violation).collect()
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
        done: true,
        answered_early: false,
    };
    const REFUSED: Truth = Truth {
        applied: false,
        done: false,
        ..TRUTH
    };
    const NOTHING: Truth = Truth {
        complete_requests: 0,
        bytes_received: 0,
        applied: false,
        done: false,
        answered_early: false,
    };
    const UNSENT: Claim = Claim {
        kind: OutcomeKind::NotSent,
        bytes_written: 0,
        requests_sent: 0,
    };

    fn claim(kind: OutcomeKind) -> Claim {
        Claim { kind, ..CLAIM }
    }

    #[test]
    fn what_is_true_breaks_no_rule() {
        use OutcomeKind::{Approved, Declined, Unknown};
        for (claim, truth) in [
            (claim(Approved), TRUTH),
            (claim(Unknown), TRUTH),
            (claim(Unknown), REFUSED),
            (claim(Declined), REFUSED),
            (UNSENT, NOTHING),
            (
                claim(Unknown),
                Truth {
                    answered_early: true,
                    ..TRUTH
                },
            ),
        ] {
            assert_eq!(check(&claim, &truth), [], "{claim:?} {truth:?}");
        }
    }

    /// One violating record for each half of each rule.
    #[test]
    fn each_rule_catches_its_lie_and_nothing_else() {
        use OutcomeKind::{Approved, Declined, NotSent, Unknown};
        use Violation::*;
        let cases: [(&str, Claim, Truth, &[Violation]); 15] = [
            ("nobody did it", claim(Approved), REFUSED, &[FalseApproval]),
            ("it did it", claim(Declined), TRUTH, &[FalseRefusal]),
            ("sent and done", claim(NotSent), TRUTH, &[FalseNotSent]),
            (
                "sent whole, not done",
                claim(NotSent),
                REFUSED,
                &[FalseNotSent],
            ),
            (
                "a part was written, by its own count",
                Claim {
                    bytes_written: 17,
                    ..claim(NotSent)
                },
                Truth {
                    bytes_received: 17,
                    ..NOTHING
                },
                &[FalseNotSent],
            ),
            (
                "a part was written, and it does not know",
                UNSENT,
                Truth {
                    bytes_received: 1,
                    ..NOTHING
                },
                &[FalseNotSent, Miscounted],
            ),
            (
                "done though nothing was seen to arrive",
                UNSENT,
                Truth {
                    applied: true,
                    ..NOTHING
                },
                &[FalseNotSent],
            ),
            (
                "no byte left",
                Claim {
                    kind: Unknown,
                    ..UNSENT
                },
                NOTHING,
                &[Loose],
            ),
            (
                "twice, and done",
                claim(Unknown),
                Truth {
                    complete_requests: 2,
                    ..TRUTH
                },
                &[SentTwice],
            ),
            (
                "twice, and neither done",
                claim(Declined),
                Truth {
                    complete_requests: 2,
                    ..REFUSED
                },
                &[SentTwice],
            ),
            (
                "twice, and neither done, of an unknown call",
                claim(Unknown),
                Truth {
                    complete_requests: 2,
                    ..REFUSED
                },
                &[SentTwice],
            ),
            (
                "more arrived than left",
                claim(Unknown),
                Truth {
                    bytes_received: 501,
                    ..TRUTH
                },
                &[Miscounted],
            ),
            (
                "by a reply to something else, and it happens to be true",
                claim(Approved),
                Truth {
                    answered_early: true,
                    ..TRUTH
                },
                &[BelievedEarly],
            ),
            (
                "by a reply to something else, and it happens to be true",
                claim(Declined),
                Truth {
                    answered_early: true,
                    ..REFUSED
                },
                &[BelievedEarly],
            ),
            (
                "two requests by its own count",
                Claim {
                    requests_sent: 2,
                    ..CLAIM
                },
                TRUTH,
                &[Miscounted],
            ),
        ];
        for (what, claim, truth, expected) in cases {
            assert_eq!(check(&claim, &truth), expected, "{what}");
        }
    }

    const DONE: Course = Course {
        done_then: true,
        gone_before: false,
        undone_then: false,
        done_in_the_end: true,
        stands_in_the_end: true,
        took_back: false,
        took_anothers: false,
        bytes_received: 500,
        hasty: false,
    };
    const NOT_DONE: Course = Course {
        done_then: false,
        done_in_the_end: false,
        stands_in_the_end: false,
        ..DONE
    };
    const VOIDED: Course = Course {
        gone_before: true,
        undone_then: true,
        stands_in_the_end: false,
        ..DONE
    };

    #[test]
    fn what_was_found_truly_breaks_no_rule() {
        let absent = Found::NotExecuted(Basis::Absent);
        for (found, course) in [
            (Found::Stands, DONE),
            // Taken back after the answer.
            (
                Found::Stands,
                Course {
                    undone_then: true,
                    stands_in_the_end: false,
                    ..DONE
                },
            ),
            (Found::Undone, VOIDED),
            (Found::TakenBack, VOIDED),
            // It failed, or was not made yet.
            (Found::TakenBack, NOT_DONE),
            (Found::Declined, NOT_DONE),
            (absent, NOT_DONE),
            (
                Found::NotSent,
                Course {
                    bytes_received: 0,
                    ..NOT_DONE
                },
            ),
            (Found::Open, DONE),
            (Found::Open, NOT_DONE),
            (Found::Open, VOIDED),
            (
                Found::Open,
                Course {
                    hasty: true,
                    took_back: true,
                    ..VOIDED
                },
            ),
        ] {
            assert_eq!(check_found(found, &course), [], "{found:?} {course:?}");
        }
    }

    #[test]
    fn each_rule_of_resolving_catches_its_lie_and_nothing_else() {
        use Violation::*;
        let later = Course {
            done_then: false,
            ..DONE
        };
        let cases: [(&str, Found, Course, Violation); 18] = [
            ("never done", Found::Stands, NOT_DONE, FalseStanding),
            ("done later", Found::Stands, later, FalseStanding),
            ("gone already", Found::Stands, VOIDED, FalseStanding),
            (
                "taken back by the till itself",
                Found::Stands,
                Course {
                    took_back: true,
                    ..DONE
                },
                TookBackPaid,
            ),
            ("never taken back", Found::Undone, DONE, FalseUndone),
            ("never done at all", Found::Undone, NOT_DONE, FalseUndone),
            (
                "taken back, and paid all the same",
                Found::Undone,
                Course {
                    stands_in_the_end: true,
                    ..VOIDED
                },
                FalseUndone,
            ),
            ("paid all the same", Found::TakenBack, DONE, FalseUndone),
            ("done", Found::Declined, DONE, FalseRefusal),
            ("done later", Found::Declined, later, FalseRefusal),
            (
                "done",
                Found::NotExecuted(Basis::StatedFailure),
                DONE,
                FalseNotExecuted,
            ),
            (
                "done later",
                Found::NotExecuted(Basis::Absent),
                later,
                FalseNotExecuted,
            ),
            (
                "done later",
                Found::NotExecuted(Basis::NothingToVoid),
                later,
                FalseNotExecuted,
            ),
            (
                "too soon",
                Found::NotExecuted(Basis::Absent),
                Course {
                    hasty: true,
                    ..NOT_DONE
                },
                Hasty,
            ),
            ("a part arrived", Found::NotSent, NOT_DONE, FalseNotSent),
            (
                "done",
                Found::NotSent,
                Course {
                    bytes_received: 0,
                    ..DONE
                },
                FalseNotSent,
            ),
            (
                "another's, by an open call",
                Found::Open,
                Course {
                    took_anothers: true,
                    ..NOT_DONE
                },
                TookAnothers,
            ),
            (
                "another's, and its own stands",
                Found::Stands,
                Course {
                    took_anothers: true,
                    ..DONE
                },
                TookAnothers,
            ),
        ];
        for (what, found, course, expected) in cases {
            assert_eq!(check_found(found, &course), [expected], "{found:?}: {what}");
        }
    }
}

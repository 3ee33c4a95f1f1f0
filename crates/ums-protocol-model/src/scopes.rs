//! The scopes that are checked.

use crate::scope::{Operation, Scope, Submission};

const PAYMENT: Submission = Submission::new(0, Operation::Payment);
const OTHER_KEY: Submission = Submission::new(1, Operation::Payment);
const TAKE_BACK: Submission = Submission::new(2, Operation::TakeBack);
const REFUND: Submission = Submission::new(3, Operation::Refund);

impl Scope {
    /// The scopes that the tests check.
    #[must_use]
    pub fn base() -> Vec<Self> {
        vec![
            Self::one_call(),
        ]
    }

    /// One payment
    #[must_use]
    pub fn one_call() -> Self {
        Self::new("one call", &[PAYMENT, PAYMENT]).with_crashes(1).with_failed_commits(1).with_person()
    }

    /// experiment
    #[must_use]
    pub fn experiments() -> Vec<Self> {
        vec![
            Self::new("2 same, crash, fail, person", &[PAYMENT, PAYMENT]).with_crashes(1).with_failed_commits(1).with_person(),
            Self::new("2 same, 2 crash, 2 fail, person, stmt, jump, alone", &[PAYMENT, PAYMENT]).with_crashes(2).with_failed_commits(2).with_person().with_statement().with_clock_jump().with_intent_alone(),
            Self::new("3 same, crash, fail", &[PAYMENT, PAYMENT, PAYMENT]).with_crashes(1).with_failed_commits(1),
            Self::new("2+1 identity", &[PAYMENT, PAYMENT, OTHER_KEY]),
            Self::new("2+1 identity crash fail alone", &[PAYMENT, PAYMENT, OTHER_KEY]).with_crashes(1).with_failed_commits(1).with_intent_alone(),
            Self::new("4, plain", &[PAYMENT, PAYMENT, OTHER_KEY, TAKE_BACK]),
            Self::new("void refund", &[PAYMENT, TAKE_BACK, REFUND]),
            Self::new("lost 2", &[PAYMENT, PAYMENT]).with_crashes(1).with_lost_journal(),
            Self::new("lost 3", &[PAYMENT, PAYMENT, OTHER_KEY]).with_lost_journal(),
        ]
    }
}

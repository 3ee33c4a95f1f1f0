//! The scopes that are checked.

use crate::scope::{Operation, Scope, Submission};

const PAYMENT: Submission = Submission::new(0, Operation::Payment);
const PAYMENT_AGAIN: Submission = Submission::new(1, Operation::Payment);
const TAKE_BACK: Submission = Submission::new(2, Operation::TakeBack);
const TAKE_BACK_AGAIN: Submission = Submission::new(3, Operation::TakeBack);
const REFUND: Submission = Submission::new(3, Operation::Refund);

impl Scope {
    /// The scopes that the tests visit.
    pub fn base() -> Vec<Self> {
        vec![
            Self::two_tries(),
            Self::clocks(),
            Self::three_tries(),
            Self::two_keys(),
            Self::three_submissions(),
            Self::four_submissions(),
            Self::taken_back(),
            Self::taken_back_twice(),
            Self::take_back_or_refund(),
            Self::two_ids(),
            Self::another_request(),
            Self::lost_journal(),
            Self::lost_journal_and_two_keys(),
        ]
    }

    /// Two tries under one key; a process dies, commits fail or are not acknowledged, a person
    /// closes, the day ends, and the statement comes.
    pub fn two_tries() -> Self {
        Self::new("two tries", &[PAYMENT, PAYMENT])
            .with_crashes(1)
            .with_failed_commits(2)
            .with_person()
            .with_statement()
    }

    /// Two tries under one key, written down before their connection stands; the store's clock
    /// jumps ahead.
    pub fn clocks() -> Self {
        Self::new("clocks", &[PAYMENT, PAYMENT])
            .with_failed_commits(1)
            .with_person()
            .with_clock_jump()
            .with_intent_alone()
    }

    /// Three tries under one key.
    pub fn three_tries() -> Self {
        Self::new("three tries", &[PAYMENT, PAYMENT, PAYMENT])
            .with_crashes(1)
            .with_failed_commits(1)
            .with_intent_alone()
    }

    /// The same payment under two keys.
    pub fn two_keys() -> Self {
        Self::new("two keys", &[PAYMENT, PAYMENT_AGAIN])
            .with_crashes(1)
            .with_failed_commits(1)
            .with_intent_alone()
            .with_person()
    }

    /// The same payment under two keys, one of them tried twice.
    pub fn three_submissions() -> Self {
        Self::new("three submissions", &[PAYMENT, PAYMENT, PAYMENT_AGAIN])
    }

    /// The same payment under two keys, one of them tried twice, and a refund.
    pub fn four_submissions() -> Self {
        Self::new(
            "four submissions",
            &[PAYMENT, PAYMENT, PAYMENT_AGAIN, REFUND],
        )
        .with_attempts(1)
    }

    /// A payment, and its taking back while it is open.
    pub fn taken_back() -> Self {
        Self::new("taken back", &[PAYMENT, TAKE_BACK])
            .with_crashes(1)
            .with_intent_alone()
    }

    /// A taking back under two keys.
    pub fn taken_back_twice() -> Self {
        Self::new("taken back twice", &[TAKE_BACK, TAKE_BACK_AGAIN])
            .with_crashes(1)
            .with_failed_commits(1)
    }

    /// A taking back and a refund at once.
    pub fn take_back_or_refund() -> Self {
        Self::new("take back or refund", &[TAKE_BACK, REFUND])
            .with_crashes(1)
            .with_failed_commits(1)
    }

    /// The same payment under two keys, which name the order by different ids.
    pub fn two_ids() -> Self {
        Self::new("two ids", &[PAYMENT, PAYMENT_AGAIN.by_merchant_id()])
    }

    /// Two requests under one key.
    pub fn another_request() -> Self {
        Self::new("another request", &[PAYMENT, PAYMENT.with_fingerprint(1)])
    }

    /// Two tries under one key, and the journal is lost.
    pub fn lost_journal() -> Self {
        Self::new("lost journal", &[PAYMENT, PAYMENT])
            .with_crashes(1)
            .with_failed_commits(1)
            .with_lost_journal()
    }

    /// The same payment under two keys, one of them tried twice, and the journal is lost.
    pub fn lost_journal_and_two_keys() -> Self {
        Self::new("lost journal, two keys", &[PAYMENT, PAYMENT, PAYMENT_AGAIN])
            .with_lost_journal()
            .with_attempts(1)
    }

    /// Wider scopes, which take minutes and gigabytes.
    pub fn wide() -> Vec<Self> {
        vec![
            Self::new("two tries, wide", &[PAYMENT, PAYMENT])
                .with_crashes(2)
                .with_failed_commits(2)
                .with_person()
                .with_statement()
                .with_clock_jump()
                .with_intent_alone()
                .with_attempts(3),
            Self::new("windows of two ticks", &[PAYMENT, PAYMENT])
                .with_crashes(1)
                .with_failed_commits(1)
                .with_person()
                .with_windows(2, 2),
            Self::new("two keys, wide", &[PAYMENT, PAYMENT, PAYMENT_AGAIN])
                .with_crashes(1)
                .with_failed_commits(1)
                .with_intent_alone(),
            Self::new(
                "four submissions, taken back",
                &[PAYMENT, PAYMENT, PAYMENT_AGAIN, TAKE_BACK],
            )
            .with_attempts(1),
        ]
    }
}

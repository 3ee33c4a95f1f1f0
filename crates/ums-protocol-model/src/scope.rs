//! How much of the world a model holds.

/// What a call does to the order's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Pays the order. What was found missing is held: nobody takes the customer's money again.
    Payment,
    /// Takes the whole payment back; may begin while the payment is open, and may be made again
    /// once it was found missing.
    TakeBack,
    /// Anything else that moves money on the order, and is held like a payment.
    Refund,
}

impl Operation {
    /// Whether it may be made again once it was found missing.
    pub fn may_be_repeated(self) -> bool {
        self == Self::TakeBack
    }
}

/// By which of its two ids a request names the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OrderId {
    /// The platform's.
    Ums,
    /// The merchant's.
    Merchant,
}

/// What a caller hands over. All submissions are about one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Submission {
    /// The caller's key.
    pub key: u8,
    /// What the caller asks for under that key: two numbers are two fingerprints.
    pub fingerprint: u8,
    /// The operation.
    pub operation: Operation,
    /// How it names the order.
    pub order_id: OrderId,
}

impl Submission {
    /// An operation under a key, which names the order by the platform's id.
    pub const fn new(key: u8, operation: Operation) -> Self {
        Self {
            key,
            fingerprint: 0,
            operation,
            order_id: OrderId::Ums,
        }
    }

    /// The same by the merchant's id.
    #[must_use]
    pub const fn by_merchant_id(mut self) -> Self {
        self.order_id = OrderId::Merchant;
        self
    }

    /// Another request under the same key.
    #[must_use]
    pub const fn with_fingerprint(mut self, fingerprint: u8) -> Self {
        self.fingerprint = fingerprint;
        self
    }
}

/// How often each thing may go wrong, or a person may act, in one history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Budget {
    /// Processes that die.
    pub crashes: u8,
    /// Commits that fail, or whose answer is lost.
    pub failed_commits: u8,
    /// Steps by which the store's clock jumps ahead.
    pub clock_jumps: u8,
    /// Calls that a person closes.
    pub closings: u8,
    /// Journals that are lost.
    pub lost_journals: u8,
}

/// How much of the world a model holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// Its name.
    pub name: &'static str,
    /// What is submitted; each in a process of its own, at any time.
    pub submissions: Vec<Submission>,
    /// What may go wrong.
    pub budget: Budget,
    /// Whether the day ends and a statement comes.
    pub day_ends: bool,
    /// Whether a call may be written down before its connection stands.
    pub intends_alone: bool,
    /// How many attempts a call may make.
    pub attempts: u8,
    /// The send window, in ticks: bytes are written only before it has passed.
    pub send_window: u8,
    /// The late window, in ticks: a request that arrived is carried out within it, or never.
    pub late_window: u8,
}

impl Scope {
    /// The most submissions that a scope may have.
    pub const SUBMISSIONS: usize = 4;
    /// The most keys.
    pub const KEYS: usize = 4;
    /// The most attempts of a call.
    pub const ATTEMPTS: usize = 3;

    /// These submissions, in a world in which nothing goes wrong but that processes stall and the
    /// gateway is late. A call may be sent twice under its key.
    pub fn new(name: &'static str, submissions: &[Submission]) -> Self {
        Self {
            name,
            submissions: submissions.to_vec(),
            budget: Budget::default(),
            day_ends: false,
            intends_alone: false,
            attempts: 2,
            send_window: 1,
            late_window: 1,
        }
    }

    /// How long "not carried out" waits, counted from `sending`.
    pub fn wait(&self) -> u8 {
        self.send_window + self.late_window
    }

    /// Whether the submissions name the order by both of its ids.
    pub fn has_two_ids(&self) -> bool {
        let mut ids = self
            .submissions
            .iter()
            .map(|submission| submission.order_id);
        let first = ids.next();
        ids.any(|id| Some(id) != first)
    }

    /// The same with so many crashes.
    #[must_use]
    pub fn with_crashes(mut self, crashes: u8) -> Self {
        self.budget.crashes = crashes;
        self
    }

    /// The same with so many commits that fail or are not acknowledged.
    #[must_use]
    pub fn with_failed_commits(mut self, failed: u8) -> Self {
        self.budget.failed_commits = failed;
        self
    }

    /// The same with a store's clock that jumps.
    #[must_use]
    pub fn with_clock_jump(mut self) -> Self {
        self.budget.clock_jumps = 1;
        self
    }

    /// The same with a person, who closes one call.
    #[must_use]
    pub fn with_person(mut self) -> Self {
        self.budget.closings = 1;
        self
    }

    /// The same with an end of the day and a statement.
    #[must_use]
    pub fn with_statement(mut self) -> Self {
        self.day_ends = true;
        self
    }

    /// The same with a journal that is lost once.
    #[must_use]
    pub fn with_lost_journal(mut self) -> Self {
        self.budget.lost_journals = 1;
        self
    }

    /// The same with calls that are written down before their connection stands.
    #[must_use]
    pub fn with_intent_alone(mut self) -> Self {
        self.intends_alone = true;
        self
    }

    /// The same with so many attempts of a call, at most [`Scope::ATTEMPTS`].
    #[must_use]
    pub fn with_attempts(mut self, attempts: u8) -> Self {
        self.attempts = attempts;
        self
    }

    /// The same with these windows, in ticks.
    #[must_use]
    pub fn with_windows(mut self, send: u8, late: u8) -> Self {
        self.send_window = send;
        self.late_window = late;
        self
    }
}

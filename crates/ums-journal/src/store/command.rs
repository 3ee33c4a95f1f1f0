//! What is asked of a store, and what it answers.

use std::time::Duration;

use crate::call::fingerprint::Fingerprints;
use crate::call::identity::StoredOrderId;
use crate::call::ids::{AttemptNumber, CallId, Epoch, FactId, JournalId, Owner};
use crate::call::text::CallerText;
use crate::fact::entry::{Accepted, Closed, Fact, Linked, SendPlan, TraceLine};
use crate::fact::recorded::RecordedFact;
use crate::fact::request::StoredRequest;
use crate::store::call::StoredCall;

/// One change to a journal. Each is carried out whole or not at all, whatever becomes of the others
/// in its group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreCommand {
    /// Begins a call, or a further attempt of one that ended as not sent under the same key; or
    /// finds the one that has the key.
    ///
    /// Key, identity and order are decided in the transaction that inserts the call, by unique rows
    /// or under locks on the order's ids taken in their order: never by a read before it. Writes
    /// `Intended` or `IntendedAgain`, with a plan `Sending` too, and renews the owner's lease.
    Begin(Box<Begin>),
    /// Lets an attempt be sent, or, with the proof that the last one was not, a further one.
    ///
    /// The one step that is fenced: it checks the call's state, attempt, owner and epoch in the
    /// statement that writes it. Identity and order are decided once more in that transaction: what
    /// was in nobody's way when the call began may be by now.
    Send(Box<SendAttempt>),
    /// Writes down a fact that somebody has learnt. Accepted at any time, whoever holds the call
    /// now; what was written down before is not written again.
    Record(Box<Fact>),
    /// Writes down that two ids are of one order. It never fails for what it joins: two open calls
    /// stay open, and an alarm is written beside each.
    Link(Box<Link>),
    /// Takes a call whose owner's lease has ended, or which is unknown and in nobody's hands, so
    /// that one resolver at a time asks about it.
    Claim(ClaimCall),
    /// Gives a call back.
    Release(Ticket),
    /// Closes an unknown call by the word of a person.
    Close(Box<Close>),
    /// Takes trace numbers that nobody gets again, whatever crashes.
    TakeTraceNumbers(TakeTraceNumbers),
    /// Accepts a journal that is new, another one, or younger than one remembered.
    Accept(Accept),
    /// Takes the details out of calls that are long over. Their keys, identities and outcomes stay.
    Bury(Bury),
    /// Writes down again, or for the first time, what another journal or an earlier copy of this
    /// one holds: facts that are there are left, others are added at the end with their own times.
    ///
    /// It is decided by nothing but the ids of the facts: what has happened has happened. A call
    /// that takes another one's key or identity stays, and an alarm is written beside it.
    Restore(Vec<RecordedFact>),
}

/// A call that is to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Begin {
    /// The id that it gets if it is a new one.
    pub call: CallId,
    /// What it asks for.
    pub request: StoredRequest,
    /// What the caller wrote, by every version of the rule.
    pub fingerprints: Fingerprints,
    /// The process that runs it.
    pub owner: Owner,
    /// How long the owner lives without a word.
    pub lease: Duration,
    /// The calls that it begins in spite of: those that are open on its order, or that hold its
    /// identity after they were found not to have been carried out.
    pub despite: Vec<CallId>,
    /// Who asked for it.
    pub by: Option<CallerText>,
    /// How it is sent, when the connection stands already.
    pub plan: Option<SendPlan>,
    /// The journal that it belongs into, and how many facts that is known to have. Another one
    /// refuses it, and so does one that has forgotten some.
    pub journal: Option<(JournalId, u64)>,
}

impl Begin {
    /// A call that this process is about to run. It is kept with the newest of the fingerprints.
    pub fn new(
        call: CallId,
        mut request: StoredRequest,
        fingerprints: Fingerprints,
        owner: Owner,
        lease: Duration,
    ) -> Self {
        if let Some(newest) = fingerprints.newest() {
            request.fingerprint = newest.clone();
        }
        Self {
            call,
            request,
            fingerprints,
            owner,
            lease,
            despite: Vec::new(),
            by: None,
            plan: None,
            journal: None,
        }
    }

    /// The same, in spite of these calls.
    #[must_use]
    pub fn with_despite(self, despite: Vec<CallId>) -> Self {
        Self { despite, ..self }
    }

    /// The same, asked for by this one.
    #[must_use]
    pub fn with_by(self, by: CallerText) -> Self {
        Self {
            by: Some(by),
            ..self
        }
    }

    /// The same, sent so as soon as it is written down.
    #[must_use]
    pub fn with_plan(self, plan: SendPlan) -> Self {
        Self {
            plan: Some(plan),
            ..self
        }
    }

    /// The same, in this journal only, which is known to have so many facts.
    #[must_use]
    pub fn with_journal(self, journal: JournalId, facts: u64) -> Self {
        Self {
            journal: Some((journal, facts)),
            ..self
        }
    }
}

/// What whoever holds a call holds it by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Ticket {
    /// The call.
    pub call: CallId,
    /// The attempt that counts.
    pub attempt: AttemptNumber,
    /// The process that holds it.
    pub owner: Owner,
    /// The epoch in which it does.
    pub epoch: Epoch,
}

impl Ticket {
    /// That this process holds the call, at that attempt, in that epoch.
    pub fn new(call: CallId, attempt: AttemptNumber, owner: Owner, epoch: Epoch) -> Self {
        Self {
            call,
            attempt,
            owner,
            epoch,
        }
    }
}

/// An attempt that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendAttempt {
    /// What the call is held by.
    pub ticket: Ticket,
    /// How it is sent.
    pub plan: SendPlan,
    /// For a further attempt, the proof that the one of the ticket was not sent: `Ended` as not
    /// sent. Both are written down at once.
    pub not_sent: Option<Fact>,
}

impl SendAttempt {
    /// The attempt of the ticket.
    pub fn new(ticket: Ticket, plan: SendPlan) -> Self {
        Self {
            ticket,
            plan,
            not_sent: None,
        }
    }

    /// The attempt after that of the ticket, which was not sent.
    pub fn again(ticket: Ticket, not_sent: Fact, plan: SendPlan) -> Self {
        Self {
            ticket,
            plan,
            not_sent: Some(not_sent),
        }
    }
}

/// Two ids that are of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The id of the fact.
    pub fact: FactId,
    /// The call whose reply had both, if it was one.
    pub call: Option<(CallId, AttemptNumber)>,
    /// The ids.
    pub linked: Linked,
}

impl Link {
    /// That the reply to an attempt had both ids.
    pub fn new(
        fact: FactId,
        call: CallId,
        attempt: AttemptNumber,
        one: StoredOrderId,
        other: StoredOrderId,
    ) -> Self {
        Self {
            fact,
            call: Some((call, attempt)),
            linked: Linked::new(one, other),
        }
    }
}

/// A call that somebody wants to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimCall {
    /// The call.
    pub call: CallId,
    /// The process that wants it.
    pub owner: Owner,
    /// How long that process lives without a word.
    pub lease: Duration,
}

impl ClaimCall {
    /// That this process wants the call.
    pub fn new(call: CallId, owner: Owner, lease: Duration) -> Self {
        Self { call, owner, lease }
    }
}

/// A call that a person closes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Close {
    /// The id of the fact.
    pub fact: FactId,
    /// The call.
    pub call: CallId,
    /// As what, by whom, and why.
    pub closed: Closed,
    /// Whether the platform's statement is what it rests on: then no wait is needed.
    pub with_statement: bool,
}

impl Close {
    /// That a person closes the call.
    pub fn new(fact: FactId, call: CallId, closed: Closed) -> Self {
        Self {
            fact,
            call,
            closed,
            with_statement: false,
        }
    }

    /// The same, by the platform's statement.
    #[must_use]
    pub fn with_statement(self) -> Self {
        Self {
            with_statement: true,
            ..self
        }
    }
}

/// Trace numbers that somebody needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakeTraceNumbers {
    /// The id of the fact.
    pub fact: FactId,
    /// Where they count.
    pub line: TraceLine,
    /// How many are wanted. There may be fewer left.
    pub count: u32,
}

impl TakeTraceNumbers {
    /// The highest number: they have six digits.
    pub const LAST: u32 = 999_999;

    /// So many numbers of one terminal on one trading day.
    pub fn new(fact: FactId, line: TraceLine, count: u32) -> Self {
        Self { fact, line, count }
    }
}

/// A journal that a person accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accept {
    /// The id of the fact.
    pub fact: FactId,
    /// Which journal, by whom and why. Another journal is not accepted by it.
    pub accepted: Accepted,
}

impl Accept {
    /// That a person accepts this journal.
    pub fn new(fact: FactId, accepted: Accepted) -> Self {
        Self { fact, accepted }
    }
}

/// Old calls whose details are to go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bury {
    /// The id of the fact.
    pub fact: FactId,
    /// How long nothing has happened to them. Never less than
    /// [`KEPT_AT_LEAST`](Self::KEPT_AT_LEAST).
    pub unchanged_for: Duration,
    /// How many at most.
    pub limit: usize,
}

impl Bury {
    /// How long the whole of a call is kept at least: 400 days.
    pub const KEPT_AT_LEAST: Duration = Duration::from_secs(400 * 24 * 3600);

    /// At most so many calls to which nothing has happened for that long.
    pub fn new(fact: FactId, unchanged_for: Duration, limit: usize) -> Self {
        Self {
            fact,
            unchanged_for,
            limit,
        }
    }
}

/// What came of a [`StoreCommand`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreReceipt {
    /// A call began, or a further attempt of it: the caller holds it by this.
    Begun(Ticket),
    /// The same call may be running: wait for it, and send nothing.
    Joined(Box<StoredCall>),
    /// The same call has ended, or is unknown: this is what is known of it today.
    Replayed(Box<StoredCall>),
    /// The attempt may be sent, held by this.
    Sent(Ticket),
    /// The fact is written down; `false` when it was there before.
    Recorded(bool),
    /// The ids are linked; these pairs of open calls are on one order since.
    Linked(Vec<(CallId, CallId)>),
    /// The call is in the caller's hands, with what is known of it now.
    Claimed(Ticket, Box<StoredCall>),
    /// The call is in nobody's hands.
    Released,
    /// The call is closed.
    Closed,
    /// These trace numbers are the caller's: the first, and how many.
    TraceNumbers(u32, u32),
    /// The journal is accepted.
    Accepted,
    /// The details of these calls are gone.
    Buried(Vec<CallId>),
    /// So many facts were added.
    Restored(usize),
}

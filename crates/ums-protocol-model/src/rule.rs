//! The rules that the protocol cannot do without.

/// A rule of the protocol. A [`Protocol`](crate::Protocol) can be made without one of them; the
/// checker then finds a history that does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A key, an identity and an order are decided by the statement that inserts the call, never by
    /// a read before it.
    DecidedByInsert,
    /// A further attempt under a key passes the identity and the order again.
    FurtherAttemptIsChecked,
    /// The two ids of an order are linked by a reply that carries both.
    RepliesLinkIds,
    /// The send window begins at a clock reading before the begin commit is issued.
    ClockBeforeCommit,
    /// The send window is looked at before every socket write, not before the first alone.
    EveryWriteIsChecked,
    /// After a commit of which nobody knows whether it took place, nothing is sent.
    NothingAfterDoubtfulCommit,
    /// After such a commit, a process reads whether the attempt that is there is its own before it
    /// writes down that it was not sent.
    OwnAttemptIsRead,
    /// `sending` is written only at its state, attempt, owner and epoch.
    SendingIsFenced,
    /// `sending` passes the identity and the order again: a link, or a taking back, may have come
    /// since its call began.
    SendingIsChecked,
    /// `ended` is accepted at any time, after the lease was lost, too.
    EndedAtAnyTime,
    /// A fact moves the attempt that it names, and no other.
    FactNamesItsAttempt,
    /// What could not be committed is told as not recorded.
    UnrecordedIsSaid,
    /// "Not carried out" waits by the resolver's own clock, too, not by the store's alone.
    OwnClockWaits,
    /// The wait is compared with the time at which the question left, not with that of its answer.
    QuestionTimeCounts,
    /// A person closes a call as declined only after the wait.
    ClosingWaits,
    /// A person closes nothing that is still sending.
    SendingIsNotClosed,
    /// Nothing but a fact closes an unknown call: not time, and not a count of questions.
    OnlyFactsClose,
    /// A journal that has forgotten is known as such and refuses money.
    ForgottenJournalRefuses,
    /// In a journal that a person has accepted, each call asks by query first.
    AcceptedJournalAsks,
    /// What such a query finds missing is believed only once everything that was forgotten has had
    /// the time that a wait takes.
    AcceptedJournalWaits,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 20] = [
        Self::DecidedByInsert,
        Self::FurtherAttemptIsChecked,
        Self::RepliesLinkIds,
        Self::ClockBeforeCommit,
        Self::EveryWriteIsChecked,
        Self::NothingAfterDoubtfulCommit,
        Self::OwnAttemptIsRead,
        Self::SendingIsFenced,
        Self::SendingIsChecked,
        Self::EndedAtAnyTime,
        Self::FactNamesItsAttempt,
        Self::UnrecordedIsSaid,
        Self::OwnClockWaits,
        Self::QuestionTimeCounts,
        Self::ClosingWaits,
        Self::SendingIsNotClosed,
        Self::OnlyFactsClose,
        Self::ForgottenJournalRefuses,
        Self::AcceptedJournalAsks,
        Self::AcceptedJournalWaits,
    ];
}

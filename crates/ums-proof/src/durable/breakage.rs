//! Protocols with one rule taken out, which the judge must catch.

use std::time::Duration;

use ums_durable::journal::{
    CallId, CommandResult, Committed, Epoch, FactKind, Filter, Key, ListOrder, OrderRole,
    OutcomeKind, RecordedOutcome, SendPlan, Store, StoreCommand, StoreError, StoreReceipt,
    StoreRefusal, Ticket,
};

/// What is taken out of the protocol, at the seam between a process and its store. The tests of
/// this crate show that each is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Breakage {
    /// Nothing: what is judged is the code as it is.
    #[default]
    None,
    /// A call begins when a read found nothing in its way, however long ago that was.
    ReadBeforeInsert,
    /// A commit whose end is not known is taken for one that took place.
    DoubtIsYes,
    /// "Not carried out" is believed without the wait.
    NoWait,
    /// Something closes what has been unknown for a while.
    ClosedByTime,
    /// No send window: the lease is all that keeps a process from sending late.
    LeaseIsFence,
    /// Whoever joins a call runs it.
    JoinRunsAgain,
    /// Whoever submits a call that is unknown runs it again.
    UnknownRunsAgain,
    /// A further attempt is let go whoever holds the call.
    NoEpoch,
    /// How a call ended is taken for written down, and is not.
    EndsForgotten,
    /// What is unknown is written down as declined.
    UnknownIsDeclined,
    /// What was sending when its process died is taken for not sent.
    AbandonedIsNotSent,
    /// No call is in the way of another one.
    NoGuards,
    /// That two ids are of one order is taken for written down, and is not.
    LinksForgotten,
    /// A journal that was put back and accepted is trusted as if it had forgotten nothing.
    ForgottenIsTrusted,
}

impl Breakage {
    /// Every one that must be found.
    pub const ALL: [Self; 14] = [
        Self::ReadBeforeInsert,
        Self::DoubtIsYes,
        Self::NoWait,
        Self::ClosedByTime,
        Self::LeaseIsFence,
        Self::JoinRunsAgain,
        Self::UnknownRunsAgain,
        Self::NoEpoch,
        Self::EndsForgotten,
        Self::UnknownIsDeclined,
        Self::AbandonedIsNotSent,
        Self::NoGuards,
        Self::LinksForgotten,
        Self::ForgottenIsTrusted,
    ];

    /// Its name, for a person who asks for it.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// Whether what a process reads of a key is withheld, so that it comes to the insert.
    pub(crate) fn hides_keys(self) -> bool {
        matches!(
            self,
            Self::ReadBeforeInsert | Self::JoinRunsAgain | Self::UnknownRunsAgain
        )
    }

    /// What is asked of the store instead.
    pub(crate) fn ask(self, group: &mut [StoreCommand]) {
        for command in group {
            match (self, command) {
                (Self::NoWait, StoreCommand::Begin(begin)) => {
                    begin.plan.iter_mut().for_each(without_wait);
                }
                (Self::NoWait, StoreCommand::Send(send)) => without_wait(&mut send.plan),
                (Self::NoGuards, StoreCommand::Begin(begin)) => {
                    begin.request.identity = None;
                    begin.request.moves_money = false;
                }
                (Self::UnknownIsDeclined, StoreCommand::Record(fact)) => {
                    if let FactKind::Ended(ended) = &mut fact.what
                        && ended.outcome == OutcomeKind::Unknown
                    {
                        ended.outcome = OutcomeKind::Declined;
                    }
                }
                _ => {}
            }
        }
    }

    /// The links that never come to the store, with their places in the group.
    pub(crate) fn take_links(self, group: &mut Vec<StoreCommand>) -> Vec<(usize, StoreCommand)> {
        let mut taken = Vec::new();
        if self == Self::LinksForgotten {
            let is_link = |command: &StoreCommand| matches!(command, StoreCommand::Link(_));
            while let Some(place) = group.iter().rposition(is_link) {
                taken.insert(0, (place, group.remove(place)));
            }
        }
        taken
    }

    /// What the process hears of a group from which links were taken, which are put back.
    pub(crate) fn answer_links(
        self,
        links: Vec<(usize, StoreCommand)>,
        group: &mut Vec<StoreCommand>,
        mut answer: Result<Vec<CommandResult>, StoreError>,
    ) -> Result<Vec<CommandResult>, StoreError> {
        for (place, link) in links {
            group.insert(place, link);
            if let Ok(results) = &mut answer {
                results.insert(place, Ok(StoreReceipt::Linked(Vec::new())));
            }
        }
        answer
    }

    /// Whether the group never comes to the store.
    pub(crate) fn swallows(self, group: &[StoreCommand]) -> bool {
        let is_end = |command: &StoreCommand| match command {
            StoreCommand::Record(fact) => matches!(fact.what, FactKind::Ended(_)),
            _ => false,
        };
        self == Self::EndsForgotten && group.first().is_some_and(is_end)
    }

    /// What the process hears instead.
    pub(crate) async fn hear(
        self,
        store: &dyn Store,
        group: &[StoreCommand],
        saw_nothing: bool,
        answer: Result<Vec<CommandResult>, StoreError>,
    ) -> Result<Vec<CommandResult>, StoreError> {
        let first = match (&answer, group.first()) {
            (_, None) => None,
            (Err(error), Some(command)) if error.committed() == Committed::NotKnown => {
                self.hear_doubt(command)
            }
            (Err(_), _) => None,
            (Ok(results), Some(command)) => match (results.first(), command) {
                (Some(result), StoreCommand::Begin(_)) => {
                    self.hear_begin(store, command, result, saw_nothing).await
                }
                (Some(Err(StoreRefusal::Fenced { .. })), StoreCommand::Send(send))
                    if self == Self::NoEpoch =>
                {
                    let again = send.not_sent.is_some();
                    Some(StoreReceipt::Sent(next(&send.ticket, again)))
                }
                _ => None,
            },
        };
        match first {
            None => answer,
            Some(receipt) => Ok(vec![Ok(receipt)]),
        }
    }

    fn hear_doubt(self, command: &StoreCommand) -> Option<StoreReceipt> {
        if self != Self::DoubtIsYes {
            return None;
        }
        match command {
            StoreCommand::Begin(begin) => Some(StoreReceipt::Begun(Ticket::new(
                begin.call.clone(),
                ums_durable::journal::AttemptNumber::FIRST,
                begin.owner.clone(),
                Epoch::new(1),
            ))),
            StoreCommand::Send(send) => {
                let again = send.not_sent.is_some();
                Some(StoreReceipt::Sent(next(&send.ticket, again)))
            }
            _ => None,
        }
    }

    async fn hear_begin(
        self,
        store: &dyn Store,
        command: &StoreCommand,
        result: &CommandResult,
        saw_nothing: bool,
    ) -> Option<StoreReceipt> {
        let StoreCommand::Begin(begin) = command else {
            return None;
        };
        match (self, result) {
            (Self::JoinRunsAgain, Ok(StoreReceipt::Joined(call))) => {
                let attempt = call.view.attempt();
                let ticket = Ticket::new(call.id.clone(), attempt, begin.owner.clone(), call.epoch);
                Some(StoreReceipt::Begun(ticket))
            }
            (Self::UnknownRunsAgain, Ok(StoreReceipt::Replayed(call)))
                if call.view.outcome == Some(RecordedOutcome::Unknown) =>
            {
                let attempt = call.view.attempt();
                let ticket = Ticket::new(call.id.clone(), attempt, begin.owner.clone(), call.epoch);
                Some(StoreReceipt::Begun(ticket))
            }
            (
                Self::ReadBeforeInsert,
                Ok(StoreReceipt::Joined(_))
                | Err(StoreRefusal::SameIdentity { .. } | StoreRefusal::OrderBusy { .. }),
            ) if saw_nothing => {
                let mut inserted = begin.clone();
                let key = format!("{}-beside-{}", begin.request.key.key.as_str(), begin.call);
                inserted.request.key.key = Key::new(key).ok()?;
                inserted.request.identity = None;
                inserted.request.role = OrderRole::TakeBack;
                inserted.request.moves_money = false;
                let group = vec![StoreCommand::Begin(inserted)];
                let answer = store.commit(group).await.ok()?;
                answer.into_iter().next()?.ok()
            }
            _ => None,
        }
    }

    /// Whether nothing is in a call's way, as a read before its insert sees it.
    pub(crate) async fn sees_nothing(self, store: &dyn Store, group: &[StoreCommand]) -> bool {
        let Some(StoreCommand::Begin(begin)) = group.first() else {
            return false;
        };
        if self != Self::ReadBeforeInsert {
            return false;
        }
        let mut filters = vec![Filter::new().with_key(begin.request.key.clone())];
        let order = begin.request.order().iter();
        filters.extend(order.map(|id| Filter::open().with_order(id.id.clone())));
        for filter in filters {
            let found = store.search(&filter, ListOrder::OldestFirst, None, 1);
            if found.await.is_ok_and(|page| !page.calls.is_empty()) {
                return false;
            }
        }
        // The time between a read and the insert that rests on it.
        tokio::time::sleep(Duration::from_millis(20)).await;
        true
    }
}

fn without_wait(plan: &mut SendPlan) {
    plan.settles_after_ms = 0;
}

fn next(ticket: &Ticket, again: bool) -> Ticket {
    let attempt = match again {
        true => ticket.attempt.next(),
        false => ticket.attempt,
    };
    let call: CallId = ticket.call.clone();
    Ticket::new(call, attempt, ticket.owner.clone(), ticket.epoch)
}

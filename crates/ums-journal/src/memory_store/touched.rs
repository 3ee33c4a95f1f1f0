//! What of a journal a group of commands looks at.

use std::collections::BTreeSet;

use crate::call::identity::StoredOrderId;
use crate::call::ids::{CallId, FactId};
use crate::call::key::ScopedKey;
use crate::fact::entry::{Fact, FactKind, TraceLine};
use crate::store::command::{Bury, StoreCommand};

/// What of a journal a group of commands looks at: what an [`Excerpt`](crate::Excerpt) for them
/// must hold.
///
/// To the calls that are named here belong those that have one of the keys; to the orders, those of
/// such calls; and then all calls on these orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Touched {
    /// Calls by their ids.
    pub calls: BTreeSet<CallId>,
    /// Calls by their keys.
    pub keys: BTreeSet<ScopedKey>,
    /// Orders by any of their ids.
    pub orders: BTreeSet<StoredOrderId>,
    /// Facts by their ids.
    pub facts: BTreeSet<FactId>,
    /// The last trace numbers.
    pub trace_lines: BTreeSet<TraceLine>,
    /// The first calls that may be buried.
    pub burials: Vec<Bury>,
}

impl Touched {
    /// What these commands look at.
    pub fn by<'a>(commands: impl IntoIterator<Item = &'a StoreCommand>) -> Self {
        let mut touched = Self::default();
        for command in commands {
            touched.take(command);
        }
        touched
    }

    fn take(&mut self, command: &StoreCommand) {
        match command {
            StoreCommand::Begin(begin) => {
                self.calls.insert(begin.call.clone());
                self.keys.insert(begin.request.key.clone());
                self.orders.extend(begin.request.order().iter().cloned());
            }
            StoreCommand::Send(send) => {
                self.calls.insert(send.ticket.call.clone());
                self.facts
                    .extend(send.not_sent.as_ref().map(|fact| fact.id.clone()));
            }
            StoreCommand::Record(fact) => self.take_fact(fact),
            StoreCommand::Link(link) => {
                self.calls
                    .extend(link.call.as_ref().map(|(call, _)| call.clone()));
                self.facts.insert(link.fact.clone());
                self.orders.insert(link.linked.one.clone());
                self.orders.insert(link.linked.other.clone());
            }
            StoreCommand::Claim(claim) => {
                self.calls.insert(claim.call.clone());
            }
            StoreCommand::Release(ticket) => {
                self.calls.insert(ticket.call.clone());
            }
            StoreCommand::Close(close) => {
                self.calls.insert(close.call.clone());
                self.facts.insert(close.fact.clone());
            }
            StoreCommand::TakeTraceNumbers(take) => {
                self.facts.insert(take.fact.clone());
                self.trace_lines.insert(take.line.clone());
            }
            StoreCommand::Accept(accept) => {
                self.facts.insert(accept.fact.clone());
            }
            StoreCommand::Bury(bury) => {
                self.facts.insert(bury.fact.clone());
                self.burials.push(bury.clone());
            }
            StoreCommand::Restore(facts) => {
                for recorded in facts {
                    self.take_fact(recorded.fact());
                }
            }
        }
    }

    fn take_fact(&mut self, fact: &Fact) {
        self.calls.extend(fact.call.clone());
        self.facts.insert(fact.id.clone());
        match &fact.what {
            FactKind::Intended(intended) => {
                self.keys.insert(intended.request.key.clone());
                self.orders.extend(intended.request.order().iter().cloned());
            }
            FactKind::Linked(linked) => {
                self.orders.insert(linked.one.clone());
                self.orders.insert(linked.other.clone());
            }
            FactKind::TraceNumbersTaken(taken) => {
                self.trace_lines.insert(taken.line.clone());
            }
            _ => {}
        }
    }
}

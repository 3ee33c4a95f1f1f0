//! A store to be tried, and processes that work on it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use chrono::DateTime;

use crate::call::ids::{AttemptNumber, CallId, FactId, Owner};
use crate::call::journal_key::JournalKey;
use crate::call::stamp::Stamp;
use crate::call::text::CallerText;
use crate::fact::entry::{
    Closed, ClosedAs, EndedFact, Fact, FactKind, Resolved, SendPlan, StoredFinding,
};
use crate::fact::recorded::RecordedFact;
use crate::fact::view::View;
use crate::outcome_kind::OutcomeKind;
use crate::store::call::StoredCall;
use crate::store::command::{ClaimCall, Close, SendAttempt, StoreCommand, StoreReceipt, Ticket};
use crate::store::contract::{CommandResult, Store};
use crate::store::filter::{Cursor, Filter, ListOrder};
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::fault::{CaseResult, Fault};

/// A journal that the kit may do anything with, empty at first.
pub trait StoreUnderTest: Send + Sync {
    /// Opens it as another process does. What was opened before stays in use, as other processes'
    /// handles do.
    fn open(&self) -> Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send + '_>>;

    /// Opens it as the first process after a crash of all others does. What was opened before is
    /// not used any more.
    fn reopen(&self) -> Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send + '_>> {
        self.open()
    }

    /// Lets time pass on the store's clock, for all processes; it moves the time of day, too. It
    /// should take no time itself: the kit lets years pass.
    fn advance(&self, by: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

pub(super) const LEASE: Duration = Duration::from_secs(15);
pub(super) const SETTLES_AFTER: Duration = Duration::from_secs(150);

/// What a case works on.
pub(crate) struct Ground {
    under_test: Box<dyn StoreUnderTest>,
    elsewhere: Box<dyn StoreUnderTest>,
}

impl Ground {
    pub(super) fn new(
        under_test: Box<dyn StoreUnderTest>,
        elsewhere: Box<dyn StoreUnderTest>,
    ) -> Self {
        Self {
            under_test,
            elsewhere,
        }
    }

    /// A process on another journal.
    pub(super) async fn elsewhere(&self) -> CaseResult<Process> {
        Process::new(self.elsewhere.open().await).await
    }

    /// A process with a handle of its own.
    pub(super) async fn process(&self) -> CaseResult<Process> {
        Process::new(self.under_test.open().await).await
    }

    /// Two processes.
    pub(super) async fn two(&self) -> CaseResult<(Process, Process)> {
        Ok((self.process().await?, self.process().await?))
    }

    /// The first process after a crash.
    pub(super) async fn after_crash(&self) -> CaseResult<Process> {
        Process::new(self.under_test.reopen().await).await
    }

    /// Whether what the store makes of its facts is what they say. What cannot be read is another
    /// case's subject.
    pub(super) async fn check_tables(&self) -> CaseResult {
        for under_test in [&self.under_test, &self.elsewhere] {
            let store = under_test.open().await;
            let checked = store.check().await;
            let faults = checked.map(|checked| checked.tables).unwrap_or_default();
            if let Some(fault) = faults.first() {
                return Err(Fault(fault.to_string()));
            }
        }
        Ok(())
    }

    pub(super) async fn advance(&self, by: Duration) {
        self.under_test.advance(by).await;
    }
}

/// A number that no case has had.
fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

pub(super) fn fresh_call() -> CaseResult<CallId> {
    CallId::new(format!("call-{}", fresh())).map_err(|error| Fault(error.to_string()))
}

pub(super) fn fresh_fact() -> CaseResult<FactId> {
    FactId::new(format!("fact-{}", fresh())).map_err(|error| Fault(error.to_string()))
}

pub(super) fn fresh_key() -> String {
    format!("key-{}", fresh())
}

pub(super) fn text(text: &str) -> CaseResult<CallerText> {
    CallerText::new(text).map_err(|error| Fault(error.to_string()))
}

pub(super) fn plan() -> SendPlan {
    SendPlan::new(
        format!("nonce-{}", fresh()),
        DateTime::UNIX_EPOCH,
        SETTLES_AFTER,
    )
}

/// A process at work: a handle, and the name that it holds calls by.
pub(super) struct Process {
    pub(super) store: Arc<dyn Store>,
    pub(super) owner: Owner,
    pub(super) key: JournalKey,
}

impl Process {
    async fn new(store: Arc<dyn Store>) -> CaseResult<Self> {
        let owner = Owner::new(format!("process-{}", fresh()));
        Ok(Self {
            key: store.key().await?,
            owner: owner.map_err(|error| Fault(error.to_string()))?,
            store,
        })
    }

    /// One command in a group of its own.
    pub(super) async fn ask(&self, command: StoreCommand) -> CaseResult<CommandResult> {
        let mut results = self.store.commit(vec![command]).await?;
        match (results.pop(), results.is_empty()) {
            (Some(result), true) => Ok(result),
            _ => Err(Fault::from("one command has not one result")),
        }
    }

    pub(super) async fn done(&self, command: StoreCommand) -> CaseResult<StoreReceipt> {
        let result = self.ask(command).await?;
        result.map_err(|refused| Fault(format!("it is refused: {refused}")))
    }

    pub(super) async fn refusal(&self, command: StoreCommand) -> CaseResult<StoreRefusal> {
        match self.ask(command).await? {
            Err(refused) => Ok(refused),
            Ok(receipt) => Err(Fault(format!("it is not refused: {}", name_of(&receipt)))),
        }
    }

    pub(super) async fn begin(&self, ask: &Ask) -> CaseResult<CommandResult> {
        self.ask(StoreCommand::Begin(Box::new(ask.begin(self)?)))
            .await
    }

    /// Begins a call that nothing is in the way of.
    pub(super) async fn begun(&self, ask: &Ask) -> CaseResult<Ticket> {
        match self.begin(ask).await? {
            Ok(StoreReceipt::Begun(ticket)) => Ok(ticket),
            Ok(receipt) => Err(Fault(format!("no call begins: {}", name_of(&receipt)))),
            Err(refused) => Err(Fault(format!("a call does not begin: {refused}"))),
        }
    }

    pub(super) async fn refused(&self, ask: &Ask) -> CaseResult<StoreRefusal> {
        match self.begin(ask).await? {
            Err(refused) => Ok(refused),
            Ok(receipt) => Err(Fault(format!(
                "a call is not refused: {}",
                name_of(&receipt)
            ))),
        }
    }

    pub(super) async fn joined(&self, ask: &Ask) -> CaseResult<StoredCall> {
        match self.begin(ask).await? {
            Ok(StoreReceipt::Joined(call)) => Ok(*call),
            other => Err(Fault(format!("it is not joined: {other:?}"))),
        }
    }

    pub(super) async fn replayed(&self, ask: &Ask) -> CaseResult<StoredCall> {
        match self.begin(ask).await? {
            Ok(StoreReceipt::Replayed(call)) => Ok(*call),
            other => Err(Fault(format!("it is not a replay: {other:?}"))),
        }
    }

    /// A call that has ended so.
    pub(super) async fn ended(&self, ask: &Ask, outcome: OutcomeKind) -> CaseResult<Ticket> {
        let ticket = self.begun(ask).await?;
        self.end(&ticket, outcome).await?;
        Ok(ticket)
    }

    /// Writes down that the attempt of the ticket ended so, by the nonce that it has.
    pub(super) async fn end(&self, ticket: &Ticket, outcome: OutcomeKind) -> CaseResult {
        let mut ended = EndedFact::new(outcome);
        if outcome == OutcomeKind::NotSent {
            ended.nonce = self.nonce(ticket).await?;
        }
        self.record(fact(ticket, FactKind::Ended(ended))?).await
    }

    /// The nonce that an attempt is sending with, if it is.
    pub(super) async fn nonce(&self, ticket: &Ticket) -> CaseResult<Option<String>> {
        let attempts = self.view(&ticket.call).await?.attempts.into_iter();
        let mut attempts = attempts.filter(|attempt| attempt.number == ticket.attempt);
        let sending = attempts.next().and_then(|attempt| attempt.sending);
        Ok(sending.map(|(_, plan)| plan.nonce))
    }

    /// Writes down a fact that is new.
    pub(super) async fn record(&self, fact: Fact) -> CaseResult {
        match self.done(StoreCommand::Record(Box::new(fact))).await? {
            StoreReceipt::Recorded(true) => Ok(()),
            receipt => Err(Fault(format!("a fact is not new: {}", name_of(&receipt)))),
        }
    }

    pub(super) async fn send(&self, ticket: &Ticket) -> CaseResult<CommandResult> {
        let send = SendAttempt::new(ticket.clone(), plan());
        self.ask(StoreCommand::Send(Box::new(send))).await
    }

    pub(super) async fn send_again(
        &self,
        ticket: &Ticket,
        proof: Fact,
    ) -> CaseResult<CommandResult> {
        let send = SendAttempt::again(ticket.clone(), proof, plan());
        self.ask(StoreCommand::Send(Box::new(send))).await
    }

    pub(super) async fn claim(&self, call: &CallId) -> CaseResult<CommandResult> {
        let claim = ClaimCall::new(call.clone(), self.owner.clone(), LEASE);
        self.ask(StoreCommand::Claim(claim)).await
    }

    pub(super) async fn claimed(&self, call: &CallId) -> CaseResult<(Ticket, View)> {
        match self.claim(call).await? {
            Ok(StoreReceipt::Claimed(ticket, call)) => Ok((ticket, call.view)),
            other => Err(Fault(format!("the call cannot be claimed: {other:?}"))),
        }
    }

    pub(super) async fn close(
        &self,
        call: &CallId,
        closed_as: ClosedAs,
    ) -> CaseResult<CommandResult> {
        self.ask(StoreCommand::Close(Box::new(close(call, closed_as)?)))
            .await
    }

    /// Writes down what a question found that leaves now.
    pub(super) async fn resolve(
        &self,
        ticket: &Ticket,
        finding: StoredFinding,
    ) -> CaseResult<CommandResult> {
        let asked_at = self.now().await?;
        let fact = resolved(ticket, finding, asked_at)?;
        self.ask(StoreCommand::Record(Box::new(fact))).await
    }

    pub(super) async fn now(&self) -> CaseResult<Stamp> {
        Ok(self.store.head().await?.now)
    }

    pub(super) async fn call(&self, call: &CallId) -> CaseResult<StoredCall> {
        let found = self.store.call(call).await?;
        found.ok_or_else(|| Fault(format!("{call} is not there")))
    }

    pub(super) async fn view(&self, call: &CallId) -> CaseResult<View> {
        Ok(self.call(call).await?.view)
    }

    pub(super) async fn facts(&self) -> CaseResult<Vec<RecordedFact>> {
        Ok(self.store.facts(0, 100_000).await?)
    }

    pub(super) async fn count(&self) -> CaseResult<u64> {
        Ok(self.store.head().await?.facts)
    }

    /// All calls that fulfil the filter, page by page.
    pub(super) async fn search(
        &self,
        filter: &Filter,
        order: ListOrder,
        page: usize,
    ) -> CaseResult<Vec<CallId>> {
        let mut found = Vec::new();
        let mut after: Option<Cursor> = None;
        loop {
            let part = self.store.search(filter, order, after, page).await?;
            if part.calls.len() > page || (part.calls.is_empty() && part.next.is_some()) {
                return Err(Fault::from("a page has another size than was asked for"));
            }
            found.extend(part.calls.into_iter().map(|call| call.id));
            if found.len() > 10_000 {
                return Err(Fault::from("a list has no end"));
            }
            match part.next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    pub(super) async fn found(&self, filter: &Filter) -> CaseResult<Vec<CallId>> {
        self.search(filter, ListOrder::OldestFirst, 100).await
    }

    pub(super) async fn open(&self) -> CaseResult<Vec<CallId>> {
        self.found(&Filter::open()).await
    }
}

pub(super) fn fact(ticket: &Ticket, what: FactKind) -> CaseResult<Fact> {
    let (call, attempt) = (ticket.call.clone(), ticket.attempt);
    Ok(Fact::new(fresh_fact()?, call, attempt, what))
}

pub(super) fn ended(ticket: &Ticket, outcome: OutcomeKind) -> CaseResult<Fact> {
    fact(ticket, FactKind::Ended(EndedFact::new(outcome)))
}

pub(super) fn resolved(
    ticket: &Ticket,
    finding: StoredFinding,
    asked_at: Stamp,
) -> CaseResult<Fact> {
    fact(ticket, FactKind::Resolved(Resolved::new(finding, asked_at)))
}

pub(super) fn close(call: &CallId, closed_as: ClosedAs) -> CaseResult<Close> {
    let closed = Closed::new(
        closed_as,
        text("a person")?,
        text("a reason")?,
        text("a slip")?,
    );
    Ok(Close::new(fresh_fact()?, call.clone(), closed))
}

/// The same, as if held at another attempt.
pub(super) fn at_attempt(ticket: &Ticket, attempt: u32) -> Ticket {
    let mut ticket = ticket.clone();
    ticket.attempt = AttemptNumber::new(attempt);
    ticket
}

fn name_of(receipt: &StoreReceipt) -> String {
    let debug = format!("{receipt:?}");
    debug
        .split(['(', ' '])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Runs futures side by side, and gives their results in their order.
pub(super) async fn side_by_side<F: Future>(
    futures: impl IntoIterator<Item = F>,
) -> Vec<F::Output> {
    let mut left: Vec<_> = futures
        .into_iter()
        .map(|future| Some(Box::pin(future)))
        .collect();
    let mut done: Vec<Option<F::Output>> = left.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, result) in left.iter_mut().zip(&mut done) {
            if let Some(running) = future
                && let Poll::Ready(value) = running.as_mut().poll(context)
            {
                *result = Some(value);
                *future = None;
            }
        }
        if left.iter().all(Option::is_none) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

//! Operations that run once per key, and what becomes of them.

pub(crate) mod builder;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::NaiveDate;
use tokio::sync::Mutex;
use tokio::time::Instant;
use ums_client::{Client, TillPolicy};
use ums_journal::{
    Accept, Accepted, Bury, CallId, CallPage, CallerText, Closed, Cursor, Filter, Head, Key,
    KeyScope, ListOrder, Owner, Store, StoreCommand, StoreError, StoreReceipt, StoredCall,
};
use ums_model::{AnyRequest, MerchantCode, Pay, SystemTraceNumber, TerminalCode};

use crate::answer::answer::Answer;
use crate::answer::journal_error::JournalError;
use crate::answer::submit_error::SubmitError;
use crate::call::options::SubmitOptions;
use crate::durable::builder::DurableBuilder;
use crate::person::{self, CloseError, Closing};
use crate::process::amnesia::{Amnesia, OpenMemoryError};
use crate::process::write::{WriteError, unexpected, write};
use crate::resolver::follow_up::ask_again;
use crate::resolver::round::Cases;
use crate::resolver::take_up::recover_all;
use crate::shared::{Shared, in_so_long};
use crate::submit::run::submit;
use crate::summary::{SummaryBy, SummaryRow, summarize};
use crate::till::{TillAnswer, pay_at_till};
use crate::trace_numbers::{TraceNumberError, TraceNumbers};

/// Runs operations once per key, whatever crashes, and finds out what became of them. Cheap to
/// clone; clones are one process to the journal.
///
/// See the [crate's page](crate) for a whole example.
#[derive(Clone)]
pub struct Durable {
    shared: Arc<Shared>,
    cases: Arc<Mutex<Cases>>,
    trace_numbers: Arc<TraceNumbers>,
}

impl Durable {
    /// Operations by this client, kept in this store.
    pub fn builder(client: Client, store: impl Store) -> DurableBuilder {
        DurableBuilder::new(client, Arc::new(store))
    }

    /// The same with a store that is chosen while the program runs.
    pub fn over(client: Client, store: Arc<dyn Store>) -> DurableBuilder {
        DurableBuilder::new(client, store)
    }

    pub(crate) fn new(shared: Arc<Shared>, cases: Arc<Mutex<Cases>>) -> Self {
        Self {
            shared,
            cases,
            trace_numbers: Arc::default(),
        }
    }

    /// Carries an operation out, once for this key: whoever submits it again, here or in another
    /// process, now or after a crash, joins the call that runs or is told what became of it.
    ///
    /// The call runs in a task of its own: dropping the future cancels nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if nothing was sent and the key was not used up by it. A call that began
    /// and was not sent, or of which nothing is certain, is an [`Answer`].
    pub async fn submit(
        &self,
        key: Key,
        request: impl Into<AnyRequest>,
    ) -> Result<Answer, SubmitError> {
        self.submit_with(key, request, SubmitOptions::new()).await
    }

    /// The same with options for this call alone.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub async fn submit_with(
        &self,
        key: Key,
        request: impl Into<AnyRequest>,
        options: SubmitOptions,
    ) -> Result<Answer, SubmitError> {
        submit(&self.shared, key, request.into(), options).await
    }

    /// A call with its history. `None` when there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read.
    pub async fn call(&self, call: &CallId) -> Result<Option<StoredCall>, StoreError> {
        self.shared.store.call(call).await
    }

    /// The call that has this key, of a merchant.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read.
    pub async fn call_by_key(
        &self,
        merchant: &str,
        key: Key,
    ) -> Result<Option<StoredCall>, StoreError> {
        let filter = Filter::new().with_key(self.scope(merchant).key(key));
        let page = self.calls(&filter, ListOrder::OldestFirst, None, 1).await?;
        Ok(page.calls.into_iter().next())
    }

    /// Calls that fulfil a filter.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read.
    pub async fn calls(
        &self,
        filter: &Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<CallPage, StoreError> {
        let store = &self.shared.store;
        store.search(filter, order, after, limit).await
    }

    /// Writes down what the death of their processes means for calls: what was not sending yet was
    /// not sent, what was is unknown. Says how many there were.
    /// [`run_resolver`](Self::run_resolver) does so by itself.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read or written.
    pub async fn recover(&self) -> Result<usize, JournalError> {
        Ok(recover_all(&self.shared).await?)
    }

    /// Asks about every open call that can be asked about, until each is found out or the time is
    /// over. Says how many are still open that can be asked about.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read or written.
    pub async fn resolve_open(&self, within: Duration) -> Result<usize, JournalError> {
        let until = in_so_long(within);
        self.cases.lock().await.look(&self.shared).await?;
        loop {
            let (open, next) = {
                let mut cases = self.cases.lock().await;
                cases.ask(&self.shared).await?;
                let now = self.shared.head().await.map_err(WriteError::from)?.now;
                (cases.can_be_asked(&self.shared, &now), cases.next())
            };
            match next {
                Some(next) if open > 0 && next <= until => tokio::time::sleep_until(next).await,
                _ => return Ok(open),
            }
        }
    }

    /// Asks about one call now and at the usual pace, until it is found out or the time is over:
    /// what is known of it then. One that was found not to have been carried out is asked about
    /// once more, as long as its day lasts.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read or written.
    pub async fn resolve(
        &self,
        call: &CallId,
        within: Duration,
    ) -> Result<Option<StoredCall>, JournalError> {
        let until = in_so_long(within);
        {
            let mut cases = self.cases.lock().await;
            cases.look(&self.shared).await?;
            cases.hurry(call);
        }
        let known = self.call(call).await.map_err(WriteError::from)?;
        if let Some(known) = known.filter(|known| !known.view.is_open()) {
            ask_again(&self.shared, &known).await?;
        }
        loop {
            let next = {
                let mut cases = self.cases.lock().await;
                cases.ask(&self.shared).await?;
                cases.next_of(call)
            };
            let known = self.call(call).await.map_err(WriteError::from)?;
            let is_open = known.as_ref().is_some_and(|known| known.view.is_open());
            match next {
                Some(next) if is_open && next <= until => tokio::time::sleep_until(next).await,
                _ => return Ok(known),
            }
        }
    }

    /// Recovers and asks about open calls, until `shutdown` is ready; then gives them back.
    pub async fn run_resolver(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let every = self.shared.settings.lease;
        let mut look = Instant::now();
        loop {
            let now = Instant::now();
            let next = {
                let mut cases = self.cases.lock().await;
                let looked = if now >= look {
                    look = now + every;
                    cases.look(&self.shared).await
                } else {
                    Ok(())
                };
                let asked = match looked {
                    Ok(()) => cases.ask(&self.shared).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = asked {
                    tracing::warn!(%error, "the resolver cannot use the journal");
                    Some(now + every)
                } else {
                    cases.next()
                }
            };
            let next = next.map_or(look, |next| next.min(look));
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.shared.unknown.notified() => look = Instant::now(),
                () = tokio::time::sleep_until(next) => {}
            }
        }
        self.cases.lock().await.release(&self.shared).await;
    }

    /// Takes a payment while the customer waits: when its outcome is unknown, asks at once and
    /// every three seconds, and takes it back when it is still open after three quarters of the
    /// time.
    ///
    /// Each step is in the journal before the next. After a crash the same key goes on from there:
    /// it never pays twice, and never takes back twice. The call that takes it back has the key
    /// with `/take-back` behind it.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub async fn pay_at_till(
        &self,
        key: Key,
        pay: Pay,
        policy: TillPolicy,
        options: SubmitOptions,
    ) -> Result<TillAnswer, SubmitError> {
        let (shared, cases) = (&self.shared, &self.cases);
        pay_at_till(shared, cases, key, pay, policy, options).await
    }

    /// What closing an unknown call by the word of a person would mean. Nothing is written down
    /// before that is [confirmed](Self::confirm_close).
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such call, if it is known what became of it, if it may still
    /// run, or if it is too early to say that it was not carried out, by the journal's clock or by
    /// that of this process.
    pub async fn prepare_close(
        &self,
        call: &CallId,
        closed: Closed,
    ) -> Result<Closing, CloseError> {
        person::prepare(&self.shared, call, closed, false).await
    }

    /// The same by the platform's statement: then no wait is needed.
    ///
    /// # Errors
    ///
    /// As [`prepare_close`](Self::prepare_close).
    pub async fn prepare_close_by_statement(
        &self,
        call: &CallId,
        closed: Closed,
    ) -> Result<Closing, CloseError> {
        person::prepare(&self.shared, call, closed, true).await
    }

    /// Closes a call, if what is known of it is still what was looked at. Whoever confirms in
    /// another process prepares the same closing again, and compares its token with the one that
    /// was told.
    ///
    /// # Errors
    ///
    /// Returns an error if something else is known of the call since, or if the journal refuses.
    pub async fn confirm_close(&self, closing: Closing) -> Result<StoredCall, CloseError> {
        person::confirm(&self.shared, closing).await
    }

    /// How long it must still be waited, by the journal's clock and by that of this process, before
    /// an unknown call can be closed as declined without a statement. `None` when no clock of the
    /// journal can tell.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read.
    pub async fn settles_in(&self, call: &StoredCall) -> Result<Option<Duration>, JournalError> {
        Ok(person::wait_to_decline(&self.shared, call).await?)
    }

    /// A system trace number (系统跟踪号) that nobody else gets on this trading day for this
    /// terminal.
    ///
    /// # Errors
    ///
    /// Returns an error if none is left, or if the journal cannot be written.
    pub async fn trace_number(
        &self,
        merchant: &MerchantCode,
        terminal: &TerminalCode,
    ) -> Result<SystemTraceNumber, TraceNumberError> {
        let (merchant, terminal) = (merchant.as_str(), terminal.as_str());
        self.trace_numbers
            .next(&self.shared, merchant, terminal)
            .await
    }

    /// Sums up the calls that began on a day (UTC+8), for closing a shift: what is unknown must be
    /// nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read.
    pub async fn summary(
        &self,
        by: SummaryBy,
        day: NaiveDate,
    ) -> Result<BTreeMap<Option<String>, SummaryRow>, JournalError> {
        summarize(self.store(), by, day).await
    }

    /// Takes the details out of calls to which nothing has happened for that long, 400 days at
    /// least. Their keys, identities and outcomes stay.
    ///
    /// # Errors
    ///
    /// Returns an error if that is shorter, or if the journal cannot be written.
    pub async fn bury_old(
        &self,
        unchanged_for: Duration,
        limit: usize,
    ) -> Result<Vec<CallId>, JournalError> {
        let fact = self.shared.ids.fact().map_err(WriteError::from)?;
        let bury = StoreCommand::Bury(Bury::new(fact, unchanged_for, limit));
        match write(&*self.shared.store, vec![bury]).await? {
            StoreReceipt::Buried(calls) => Ok(calls),
            _ => Err(unexpected().into()),
        }
    }

    /// Whether the journal has forgotten what it held, or is another one than was known: then money
    /// is refused until a person [accepts](Self::accept) it.
    pub fn amnesia(&self) -> Option<Amnesia> {
        self.shared.memory.check().err()
    }

    /// Accepts the journal as it is, by the word of a person. Until the end of the next day every
    /// call that moves money asks by query before anything is sent. What such a query does not find
    /// is believed missing only after the [wait](crate::Settings::longest_limit): before, a call
    /// that the journal has forgotten may still be carried out.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read or written.
    pub async fn accept(&self, by: CallerText, reason: CallerText) -> Result<(), JournalError> {
        let store = &self.shared.store;
        let head = store.head().await.map_err(WriteError::from)?;
        let accepted = Accepted::new(head.journal, by, reason);
        let accepted = accepted.with_own_time(self.shared.client.time());
        let fact = self.shared.ids.fact().map_err(WriteError::from)?;
        let accept = StoreCommand::Accept(Accept::new(fact, accepted));
        write(&**store, vec![accept]).await?;
        let head = store.head().await.map_err(WriteError::from)?;
        let accepted = self.shared.memory.accepted(&**store, &head).await;
        accepted.map_err(|error| match error {
            OpenMemoryError::Store(error) => WriteError::from(error).into(),
            OpenMemoryError::Witness(error) => JournalError::Witness(error),
        })
    }

    /// Which journal it is and how far it is. The witness remembers it.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read, or the witness cannot be written.
    pub async fn head(&self) -> Result<Head, JournalError> {
        let head = self.shared.head().await.map_err(WriteError::from)?;
        if self.amnesia().is_none() {
            self.shared.memory.keep(&head).await?;
        }
        Ok(head)
    }

    /// Takes no further calls, and waits for those that run, for so long at most. Says which have
    /// not ended.
    pub async fn close(&self, limit: Duration) -> Vec<CallId> {
        self.shared.closing.store(true, Ordering::Release);
        let until = in_so_long(limit);
        for slot in self.shared.running.all() {
            let _ = tokio::time::timeout_at(until, slot.told()).await;
        }
        self.cases.lock().await.release(&self.shared).await;
        self.shared.keep_witness().await;
        let left = self.shared.running.all().into_iter();
        left.map(|slot| slot.job.call.clone()).collect()
    }

    /// How many calls run here now.
    pub fn calls_running(&self) -> usize {
        self.shared.running.len()
    }

    /// Has [`run_resolver`](Self::run_resolver) look for calls to ask about at once: somebody else
    /// on the same journal has left one unknown.
    pub fn look_for_unknown(&self) {
        self.shared.unknown.notify_one();
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    /// The client that calls are made with.
    pub fn client(&self) -> &Client {
        &self.shared.client
    }

    /// The name of this process in the journal.
    pub fn owner(&self) -> &Owner {
        self.shared.ids.owner()
    }

    /// Whom the keys of a merchant belong to.
    pub fn scope(&self, merchant: &str) -> KeyScope {
        self.shared.scope(merchant)
    }

    /// Stops everything where it is, as when the process dies: nothing more is sent or written
    /// down.
    #[cfg(feature = "test-util")]
    pub fn crash(self) {
        self.shared.closing.store(true, Ordering::Release);
        self.shared.tasks.stop();
    }
}

impl fmt::Debug for Durable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Durable")
            .field("client", &self.shared.client)
            .field("owner", self.shared.ids.owner())
            .finish_non_exhaustive()
    }
}

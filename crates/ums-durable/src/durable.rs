//! Operations that run once per key, and what becomes of them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use ums_client::Client;
use ums_journal::{
    Accept, Accepted, CallId, CallPage, CallerText, Cursor, Filter, Head, Key, KeyScope, ListOrder,
    Owner, Store, StoreCommand, StoreError, StoredCall,
};
use ums_model::AnyRequest;

use crate::answer::answer::Answer;
use crate::answer::journal_error::JournalError;
use crate::answer::submit_error::SubmitError;
use crate::builder::DurableBuilder;
use crate::call::options::SubmitOptions;
use crate::process::amnesia::{Amnesia, OpenMemoryError};
use crate::process::write::{WriteError, write};
use crate::resolver::round::Cases;
use crate::resolver::take_up::recover_all;
use crate::shared::{Shared, in_so_long};
use crate::submit::run::submit;

/// Runs operations once per key, whatever crashes, and finds out what became of them. Cheap to
/// clone; clones are one process to the journal.
///
/// See the [crate's page](crate) for a whole example.
#[derive(Clone)]
pub struct Durable {
    shared: Arc<Shared>,
    cases: Arc<Mutex<Cases>>,
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
        Self { shared, cases }
    }

    /// Carries an operation out, once for this key: whoever submits it again, here or in another
    /// process, now or after a crash, joins the call that runs or is told what became of it.
    ///
    /// The call runs in a task of its own: dropping the future cancels nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if nothing was sent and the key was not used up by it. A call that began and
    /// was not sent, or of which nothing is certain, is an [`Answer`].
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
    /// not sent, what was is unknown. Says how many there were. [`run_resolver`](Self::run_resolver)
    /// does so by itself.
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
        let mut cases = self.cases.lock().await;
        cases.look(&self.shared).await?;
        loop {
            cases.ask(&self.shared).await?;
            let now = self.shared.head().await.map_err(WriteError::from)?.now;
            let open = cases.can_be_asked(&self.shared, &now);
            match cases.next() {
                Some(next) if open > 0 && next <= until => tokio::time::sleep_until(next).await,
                _ => return Ok(open),
            }
        }
    }

    /// Asks about one call now and at the usual pace, until it is found out or the time is over:
    /// what is known of it then.
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
        let mut cases = self.cases.lock().await;
        cases.look(&self.shared).await?;
        cases.hurry(call);
        loop {
            cases.ask(&self.shared).await?;
            let known = self.call(call).await.map_err(WriteError::from)?;
            let is_open = known.as_ref().is_some_and(|known| known.view.is_open());
            match cases.next() {
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

    /// Whether the journal has forgotten what it held, or is another one than was known: then money
    /// is refused until a person [accepts](Self::accept) it.
    #[must_use]
    pub fn amnesia(&self) -> Option<Amnesia> {
        self.shared.memory.check().err()
    }

    /// Accepts the journal as it is, by the word of a person. Until the end of the next day every call
    /// that moves money asks by query before anything is sent.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal cannot be read or written.
    pub async fn accept(&self, by: CallerText, reason: CallerText) -> Result<(), JournalError> {
        let store = &self.shared.store;
        let head = store.head().await.map_err(WriteError::from)?;
        let accepted = Accepted::new(head.journal, by, reason);
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
        if let Err(error) = self.head().await {
            tracing::warn!(%error, "the witness of the journal was not renewed");
        }
        let left = self.shared.running.all().into_iter();
        left.map(|slot| slot.job.call.clone()).collect()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    /// The client that calls are made with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.shared.client
    }

    /// The name of this process in the journal.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        self.shared.ids.owner()
    }

    /// Whom the keys of a merchant belong to.
    #[must_use]
    pub fn scope(&self, merchant: &str) -> KeyScope {
        self.shared.scope(merchant)
    }

    /// Stops everything where it is, as when the process dies: nothing more is sent or written down.
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

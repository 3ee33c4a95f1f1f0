//! Making a [`Durable`].

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use tokio::sync::{Mutex, Notify};
use ums_client::{Client, Environment, NonceSource, RandomNonces};
use ums_journal::{JournalId, Store, StoreError};

use crate::durable::Durable;
use crate::process::amnesia::{JournalMemory, OpenMemoryError};
use crate::process::ids::{Ids, NoIds};
use crate::process::rate::Rate;
use crate::process::sent::Sent;
use crate::process::settings::Settings;
use crate::process::tasks::Tasks;
use crate::process::witness::{WitnessError, WitnessFile};
use crate::resolver::round::Cases;
use crate::running::Running;
use crate::shared::Shared;

/// Configures a [`Durable`].
#[must_use]
pub struct DurableBuilder {
    client: Client,
    others: Vec<Client>,
    store: Arc<dyn Store>,
    settings: Settings,
    profile: Option<String>,
    live: Option<bool>,
    pinned: Option<JournalId>,
    witnesses: Vec<WitnessFile>,
    is_kept_before_sending: bool,
    ids: Box<dyn NonceSource>,
    #[cfg(feature = "test-util")]
    gate: Option<Arc<dyn crate::TaskGate>>,
}

impl DurableBuilder {
    pub(crate) fn new(client: Client, store: Arc<dyn Store>) -> Self {
        Self {
            client,
            others: Vec::new(),
            store,
            settings: Settings::new(),
            profile: None,
            live: None,
            pinned: None,
            witnesses: Vec::new(),
            is_kept_before_sending: false,
            ids: Box::new(RandomNonces::new()),
            #[cfg(feature = "test-util")]
            gate: None,
        }
    }

    /// The times that calls are run, recovered and asked about by.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Whether the money is real, where the gateway's address does not tell: that of a forwarder of
    /// one's own. Default: what the address says.
    pub fn live(mut self, live: bool) -> Self {
        self.live = Some(live);
        self
    }

    /// The name of the profile that calls are made with, for people.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// A client for another gateway or AppId: calls of it that are found in the journal are asked
    /// about by it. Nothing is submitted by it.
    pub fn asks_also_by(mut self, client: Client) -> Self {
        self.others.push(client);
        self
    }

    /// The journal that is meant. Another one refuses money.
    pub fn journal(mut self, id: JournalId) -> Self {
        self.pinned = Some(id);
        self
    }

    /// A file outside the journal's volume, in which is remembered how far the journal is. A
    /// journal that has forgotten something, or another one, then refuses money. The file is made
    /// if it is not there. There may be several of them, and each is asked.
    pub fn witness(mut self, file: impl Into<PathBuf>) -> Self {
        self.witnesses.push(WitnessFile::new(file));
        self
    }

    /// The witness hears of each attempt before its first byte leaves, so that no journal that was
    /// put back goes unnoticed, not even after a crash. That is one more write to a disk for each
    /// attempt. Otherwise it hears of them at each heartbeat and at the end.
    pub fn witness_before_sending(mut self) -> Self {
        self.is_kept_before_sending = true;
        self
    }

    /// Where the name of this process comes from. Default: the operating system's random source.
    pub fn names(mut self, source: impl NonceSource) -> Self {
        self.ids = Box::new(source);
        self
    }

    /// What every task of this process must pass each time it is to run.
    #[cfg(feature = "test-util")]
    pub fn task_gate(mut self, gate: Arc<dyn crate::TaskGate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Reads the journal's key and head, and begins to say that this process lives.
    ///
    /// # Errors
    ///
    /// Returns an error if the journal or the witness cannot be read, or if no name can be drawn. A
    /// journal that has forgotten something is no error here: it refuses money
    /// ([`Durable::amnesia`]), until a person [accepts](Durable::accept) it.
    pub async fn build(self) -> Result<Durable, DurableBuildError> {
        let ids = Ids::draw(&*self.ids)?;
        let key = self.store.key().await?;
        let other_keys = self.store.other_keys().await?;
        let head = self.store.head().await?;
        let pinned = self.pinned.as_ref();
        let memory = JournalMemory::open(
            &*self.store,
            &head,
            pinned,
            self.witnesses,
            self.is_kept_before_sending,
        )
        .await?;
        let by_address = || Environment::from(self.client.base_url().clone()).is_live();
        let live = self.live.unwrap_or_else(by_address);
        let shared = Arc::new(Shared {
            rate: Rate::per_second(self.settings.questions_per_second),
            client: self.client,
            others: self.others,
            store: self.store,
            key,
            other_keys,
            ids,
            settings: self.settings,
            profile: self.profile,
            live,
            memory,
            running: Running::default(),
            sent: Sent::default(),
            #[cfg(feature = "test-util")]
            tasks: Tasks::behind(self.gate),
            #[cfg(not(feature = "test-util"))]
            tasks: Tasks::default(),
            held: AtomicUsize::new(0),
            unknown: Notify::new(),
            closing: AtomicBool::new(false),
        });
        shared.tasks.spawn(Shared::beat(Arc::downgrade(&shared)));
        Ok(Durable::new(shared, Arc::new(Mutex::new(Cases::default()))))
    }
}

impl std::fmt::Debug for DurableBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DurableBuilder")
            .field("client", &self.client)
            .field("settings", &self.settings)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// Why there is no [`Durable`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DurableBuildError {
    /// The journal cannot be read.
    #[error("the journal cannot be read")]
    Journal(#[from] StoreError),
    /// The file that remembers the journal cannot be used.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// No name for this process can be had.
    #[error("there is no name for this process")]
    Name(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<NoIds> for DurableBuildError {
    fn from(error: NoIds) -> Self {
        Self::Name(error.into())
    }
}

impl From<OpenMemoryError> for DurableBuildError {
    fn from(error: OpenMemoryError) -> Self {
        match error {
            OpenMemoryError::Store(error) => Self::Journal(error),
            OpenMemoryError::Witness(error) => Self::Witness(error),
        }
    }
}

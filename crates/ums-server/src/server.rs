//! A server: made from profiles, a journal and tokens, and run until it is stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use ums_durable::client::{Client, Environment};
use ums_durable::journal::{CallId, JournalId, Store};
use ums_durable::{Durable, DurableBuildError, Settings};

use crate::access::token_file::TokenFile;
use crate::api::routes::routes;
use crate::app::App;
use crate::limits::ServerLimits;
use crate::listen::accept::{Ends, Served, accept};
use crate::listen::place::{ListenAt, ListenError};
use crate::listen::tls::{Tls, TlsFilesError};
use crate::profile::{Profile, ServedProfile};

/// Operations over HTTP, once per key. See the [crate's page](crate) for an example.
#[derive(Debug)]
pub struct Server {
    app: Arc<App>,
}

impl Server {
    /// A server on this journal, for whoever shows one of these tokens.
    pub fn builder(store: Arc<dyn Store>, tokens: TokenFile) -> ServerBuilder {
        ServerBuilder {
            store,
            tokens,
            profiles: Vec::new(),
            default_profile: None,
            settings: Settings::new(),
            limits: ServerLimits::new(),
            pinned: None,
            witnesses: Vec::new(),
            is_kept_before_sending: false,
            one_person: false,
        }
    }

    /// Begins to listen, and to ask about what is unknown.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be listened there.
    pub async fn start(self, at: ListenAt) -> Result<Serving, ListenError> {
        let open = at.open().await?;
        let (ends, ending) = watch::channel(Ends::No);
        let tls = open.tls.map(Arc::new);
        let served = Arc::new(Served {
            routes: routes(Arc::clone(&self.app)),
            app: Arc::clone(&self.app),
            hosts: open.hosts,
            tls: tls.clone(),
        });
        let accepting = tokio::spawn(accept(open.listener, served, ending));
        let (stop, stopped) = oneshot::channel::<()>();
        let first = self.app.profiles.first();
        let resolving = first.map(|first| {
            let durable = first.durable.clone();
            tokio::spawn(async move {
                let stopped = async {
                    let _ = stopped.await;
                };
                durable.run_resolver(stopped).await;
            })
        });
        Ok(Serving {
            app: self.app,
            url: open.url,
            tls,
            ends,
            accepting,
            resolving,
            stop,
        })
    }
}

/// Configures a [`Server`].
#[must_use]
pub struct ServerBuilder {
    store: Arc<dyn Store>,
    tokens: TokenFile,
    profiles: Vec<ServedProfile>,
    default_profile: Option<String>,
    settings: Settings,
    limits: ServerLimits,
    pinned: Option<JournalId>,
    witnesses: Vec<PathBuf>,
    is_kept_before_sending: bool,
    one_person: bool,
}

impl ServerBuilder {
    /// Serves this profile too. One at least is needed.
    pub fn profile(mut self, profile: ServedProfile) -> Self {
        self.profiles.push(profile);
        self
    }

    /// The profile of a request that names none. Without it, the only one that the token is for.
    pub fn default_profile(mut self, name: impl Into<String>) -> Self {
        self.default_profile = Some(name.into());
        self
    }

    /// The times that calls are run, recovered and asked about by.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// How much is taken at once.
    pub fn limits(mut self, limits: ServerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// The journal that is meant. Another one refuses money.
    pub fn journal(mut self, id: JournalId) -> Self {
        self.pinned = Some(id);
        self
    }

    /// A file outside the journal's volume, in which is remembered how far the journal is. There
    /// may be several of them.
    pub fn witness(mut self, file: impl Into<PathBuf>) -> Self {
        self.witnesses.push(file.into());
        self
    }

    /// The witness hears of each attempt before its first byte leaves, so that no journal that was
    /// put back goes unnoticed, not even after a crash: one more write to a disk for each attempt.
    pub fn witness_before_sending(mut self) -> Self {
        self.is_kept_before_sending = true;
        self
    }

    /// Lets whoever submitted a call close it: for a shop of one person. Without it, another token
    /// must.
    pub fn one_person(mut self) -> Self {
        self.one_person = true;
        self
    }

    /// Reads the journal.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no profile, if two have one name, if the default is none of
    /// them, or if the journal cannot be read.
    pub async fn build(self) -> Result<Server, ServerBuildError> {
        let names: Vec<_> = self.profiles.iter().map(|it| it.name.clone()).collect();
        if names.is_empty() {
            return Err(ServerBuildError::NoProfile);
        }
        for (index, name) in names.iter().enumerate() {
            if names.iter().take(index).any(|other| other == name) {
                return Err(ServerBuildError::SameName(name.clone()));
            }
        }
        if let Some(name) = &self.default_profile
            && !names.contains(name)
        {
            return Err(ServerBuildError::NoSuchProfile(name.clone()));
        }
        // Each can ask about the calls of all.
        let clients: Vec<Client> = self.profiles.iter().map(|it| it.client.clone()).collect();
        let mut profiles = Vec::new();
        for (index, served) in self.profiles.into_iter().enumerate() {
            let mut builder = Durable::over(served.client.clone(), Arc::clone(&self.store))
                .settings(self.settings.clone())
                .profile(&served.name);
            let others = clients.iter().enumerate();
            for (_, other) in others.filter(|(other, _)| *other != index) {
                builder = builder.asks_also_by(other.clone());
            }
            if let Some(live) = served.live {
                builder = builder.live(live);
            }
            if let Some(pinned) = &self.pinned {
                builder = builder.journal(pinned.clone());
            }
            for witness in &self.witnesses {
                builder = builder.witness(witness);
            }
            if self.is_kept_before_sending {
                builder = builder.witness_before_sending();
            }
            let by_address = Environment::from(served.client.base_url().clone()).is_live();
            profiles.push(Profile {
                is_live: served.live.unwrap_or(by_address),
                durable: builder.build().await?,
                name: served.name,
                merchant: served.merchant,
                terminal: served.terminal,
            });
        }
        let app = App::new(
            profiles,
            self.default_profile,
            self.tokens,
            self.one_person,
            self.limits,
        );
        Ok(Server { app: Arc::new(app) })
    }
}

impl std::fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("profiles", &self.profiles)
            .field("tokens", &self.tokens)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Why there is no [`Server`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerBuildError {
    /// There is no profile.
    #[error("a server needs a profile")]
    NoProfile,
    /// Two profiles have one name.
    #[error("two profiles have the name {0}")]
    SameName(String),
    /// The default is no profile.
    #[error("no profile has the name {0}")]
    NoSuchProfile(String),
    /// The journal cannot be used.
    #[error(transparent)]
    Durable(#[from] DurableBuildError),
}

/// A server that runs. Dropping it breaks off what it does; [`stop`](Self::stop) brings it to its
/// end.
#[derive(Debug)]
#[must_use = "dropping it breaks off what it does"]
pub struct Serving {
    app: Arc<App>,
    url: String,
    tls: Option<Arc<Tls>>,
    ends: watch::Sender<Ends>,
    accepting: JoinHandle<()>,
    resolving: Option<JoinHandle<()>>,
    stop: oneshot::Sender<()>,
}

impl Serving {
    /// Where it listens: `http://127.0.0.1:8080`, or `unix:/run/ums/ums.sock`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Reads the files of TLS again. What they held before stays in use where they cannot be read.
    ///
    /// # Errors
    ///
    /// Returns an error if they cannot be used.
    pub fn reload_tls(&self) -> Result<(), TlsFilesError> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.reload())
    }

    /// Takes no further calls, answers what is being answered, and waits for calls that run, for so
    /// long at most. Says which have not ended: the journal has them.
    pub async fn stop(self, limit: Duration) -> Vec<CallId> {
        self.app.closing.store(true, Ordering::Release);
        let _ = self.ends.send(Ends::Answered);
        let _ = self.stop.send(());
        let mut closing = tokio::task::JoinSet::new();
        for profile in &self.app.profiles {
            let durable = profile.durable.clone();
            closing.spawn(async move { durable.close(limit).await });
        }
        let mut left = Vec::new();
        while let Some(closed) = closing.join_next().await {
            left.extend(closed.unwrap_or_default());
        }
        // Whoever waited for a call that has ended is being told.
        const TELLING: Duration = Duration::from_secs(2);
        let mut accepting = self.accepting;
        if tokio::time::timeout(TELLING, &mut accepting).await.is_err() {
            let _ = self.ends.send(Ends::AtOnce);
            let _ = accepting.await;
        }
        if let Some(resolving) = self.resolving {
            let _ = tokio::time::timeout(TELLING, resolving).await;
        }
        left
    }
}

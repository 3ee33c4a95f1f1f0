//! How a client is configured.

use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use chrono::TimeDelta;
use ums_auth::{AppId, AppKey, open_access_token, open_body_sig};
use ums_journal::Recorder;
use ums_model::RefusalCodes;
use ums_transport::{BaseUrl, BootClock, Connect, Proxy, Transport, Trust};

use super::{Client, Shared};
use crate::authentication::Authentication;
use crate::authentication::token::{AccessTokens, Provider};
use crate::client::environment::Environment;
use crate::client::in_flight::{Concurrency, InFlight};
use crate::client::resend::Resend;
use crate::machine::clock::{Clock, SystemClock};
use crate::machine::deadline::LONGEST;
use crate::machine::jitter::{Jitter, RandomJitter};
use crate::machine::nonce_source::{NonceSource, RandomNonces};
use crate::machine::runtime::Process;
use crate::outcome::judge::{Judging, OnDiscrepancy};

/// Configures a [`Client`].
pub struct ClientBuilder {
    environment: Environment,
    body_signer: open_body_sig::Signer,
    token_signer: open_access_token::Signer,
    access_tokens: Option<AccessTokens>,
    connections: Option<Transport>,
    trust: Option<Trust>,
    proxy: Option<Proxy>,
    connector: Option<Arc<dyn Connect>>,
    clock: Arc<dyn Clock>,
    nonces: Arc<dyn NonceSource>,
    recorder: Option<Arc<dyn Recorder>>,
    concurrency: Option<Concurrency>,
    timeout: Duration,
    send_window: Duration,
    boot_clock: Option<Arc<dyn BootClock>>,
    connect_timeout: Option<Duration>,
    resend: Resend,
    jitter: Arc<dyn Jitter>,
    judging: Judging,
    clock_skew_limit: TimeDelta,
}

impl ClientBuilder {
    pub(super) fn new(environment: Environment, app_id: AppId, app_key: &AppKey) -> Self {
        Self {
            environment,
            body_signer: open_body_sig::Signer::new(app_id, app_key),
            token_signer: open_access_token::Signer::new(app_id, app_key),
            access_tokens: None,
            connections: None,
            trust: None,
            proxy: None,
            connector: None,
            clock: Arc::new(SystemClock),
            nonces: Arc::new(RandomNonces::new()),
            recorder: None,
            concurrency: None,
            connect_timeout: None,
            timeout: Duration::from_secs(30),
            send_window: Duration::from_secs(5),
            boot_clock: None,
            resend: Resend::Never,
            jitter: Arc::new(RandomJitter),
            judging: Judging::default(),
            clock_skew_limit: TimeDelta::seconds(60),
        }
    }

    /// The deadline of a whole call: look-up, connection, TLS, writing, reading, and any attempts
    /// after the first. Default: 30 seconds.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// How long after the client began to record that a request is sent its bytes may be written.
    /// Default: 5 seconds.
    ///
    /// A process can stall between the record and the first byte, or between two of them: it is
    /// stopped, swapped out, suspended with its machine, or its recorder hangs. The window is
    /// counted by a clock that goes on meanwhile ([`SystemBootClock`]), from before
    /// [`Recorder::sending`] is called, and looked at before each write to the socket. A request of
    /// which nothing was written by then is [not sent](crate::Outcome::NotSent), and is not tried
    /// again whatever [`resend`](Self::resend) says; one of which a part was written is
    /// [unknown](crate::Outcome::Unknown), and the rest is never written. With [`Duration::ZERO`]
    /// nothing is ever sent; [`Duration::MAX`] is no window.
    ///
    /// [`SystemBootClock`]: ums_transport::SystemBootClock
    #[must_use]
    pub fn send_window(mut self, limit: Duration) -> Self {
        self.send_window = limit;
        self
    }

    /// Longest time to open a connection, within [`timeout`](Self::timeout). Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// Shares the connections of another client to the same gateway, whatever AppId it acts for:
    /// each request is signed for itself. Default: connections of its own.
    ///
    /// What concerns opening them is set where they were made, not here: trust, proxy, connector
    /// and connect timeout.
    ///
    /// ```
    /// use ums_client::auth::{AppId, AppKey};
    /// use ums_client::{Client, Environment};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let url = || "http://127.0.0.1:8080".parse::<ums_client::transport::BaseUrl>();
    /// # let (north_key, south_key) = (AppKey::new("made-up-1")?, AppKey::new("made-up-2")?);
    /// let north = Client::builder(url()?, AppId::new("north")?, &north_key).build()?;
    /// let south = Client::builder(url()?, AppId::new("south")?, &south_key)
    ///     .connections(north.connections())
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn connections(mut self, connections: &Transport) -> Self {
        self.connections = Some(connections.clone());
        self
    }

    /// Which certificate authorities to trust. Default: the platform's. A private one comes from a
    /// file: [`Trust::ca_file`].
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = Some(trust);
        self
    }

    /// Reaches the gateway through a proxy. Default: directly, whatever the environment says. A
    /// proxy that opens no tunnel leaves the outcome [`NotSent`](crate::Outcome::NotSent).
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Shows access tokens (OPEN-ACCESS-TOKEN) in place of signing each body (OPEN-BODY-SIG), which
    /// is the default and what the official pages demand.
    #[must_use]
    pub fn access_tokens(mut self, settings: AccessTokens) -> Self {
        self.access_tokens = Some(settings);
        self
    }

    /// Whether to send again what was provably not sent. Default: [`Resend::Never`].
    #[must_use]
    pub fn resend(mut self, resend: Resend) -> Self {
        self.resend = resend;
        self
    }

    /// What to make of an approval that names another order, amount or refund than the request.
    /// Default: [`OnDiscrepancy::Unknown`].
    #[must_use]
    pub fn on_discrepancy(mut self, on_discrepancy: OnDiscrepancy) -> Self {
        self.judging.on_discrepancy = on_discrepancy;
        self
    }

    /// Reply codes to take for refusals beyond the documented ones, for example
    /// [`RefusalCodes::unionpay`]. Default: none.
    #[must_use]
    pub fn refusal_codes(mut self, codes: RefusalCodes) -> Self {
        self.judging.refusal_codes = codes;
        self
    }

    /// How many calls may be in flight and in the queue. Default: no limit.
    #[must_use]
    pub fn concurrency(mut self, limit: Concurrency) -> Self {
        self.concurrency = Some(limit);
        self
    }

    /// How far this machine's clock may be from the `Date` of a reply before the outcome says so
    /// ([`Evidence::clock_ahead`](crate::Evidence::clock_ahead)). How far the gateway lets it be is
    /// not published. Default: 60 seconds.
    #[must_use]
    pub fn clock_skew_limit(mut self, limit: TimeDelta) -> Self {
        self.clock_skew_limit = limit;
        self
    }

    /// Records each call before it is sent. Default: none.
    #[must_use]
    pub fn recorder(mut self, recorder: impl Recorder) -> Self {
        self.recorder = Some(Arc::new(recorder));
        self
    }

    /// Where the time of day comes from. Default: [`SystemClock`].
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The clock of the [send window](Self::send_window), for tests. Default:
    /// [`SystemBootClock`](ums_transport::SystemBootClock).
    #[must_use]
    pub fn boot_clock(mut self, clock: impl BootClock) -> Self {
        self.boot_clock = Some(Arc::new(clock));
        self
    }

    /// Where nonces come from. Default: [`RandomNonces`].
    #[must_use]
    pub fn nonces(mut self, nonces: impl NonceSource) -> Self {
        self.nonces = Arc::new(nonces);
        self
    }

    /// Where the pauses of [`Resend::UpTo`] come from. Default: [`RandomJitter`].
    #[must_use]
    pub fn jitter(mut self, jitter: impl Jitter) -> Self {
        self.jitter = Arc::new(jitter);
        self
    }

    /// Opens connections in place of TCP and TLS, for tests over memory.
    #[must_use]
    pub fn connector(mut self, connector: impl Connect) -> Self {
        self.connector = Some(Arc::new(connector));
        self
    }

    /// Builds the client. Nothing is sent and no connection is opened.
    ///
    /// # Errors
    ///
    /// Returns an error if TLS cannot be set up, for example because the platform's certificate
    /// authorities cannot be read; if a proxy is asked for where none can be used; or if
    /// [`connections`](Self::connections) are given that lead elsewhere, or beside a setting that
    /// they have already.
    pub fn build(self) -> Result<Client, ClientBuildError> {
        let base_url = self
            .environment
            .base_url()
            .map_err(ClientBuildError::BaseUrl)?;
        let sets_connections = self.trust.is_some()
            || self.proxy.is_some()
            || self.connector.is_some()
            || self.boot_clock.is_some()
            || self.connect_timeout.is_some();
        let transport = match self.connections {
            Some(shared) if *shared.base_url() != base_url => {
                return Err(ClientBuildError::OtherGateway(shared.base_url().clone()));
            }
            Some(_) if sets_connections => return Err(ClientBuildError::ConnectionsAreSet),
            Some(shared) => shared,
            None => {
                let mut transport =
                    Transport::builder(base_url).trust(self.trust.unwrap_or_else(Trust::platform));
                if let Some(limit) = self.connect_timeout {
                    transport = transport.connect_timeout(limit.min(LONGEST));
                }
                if let Some(clock) = self.boot_clock {
                    transport = transport.boot_clock(clock);
                }
                if let Some(proxy) = self.proxy {
                    transport = transport.proxy(proxy);
                }
                if let Some(connector) = self.connector {
                    transport = transport.connector(connector);
                }
                transport.build().map_err(ClientBuildError::Transport)?
            }
        };
        let authentication = match self.access_tokens {
            None => Authentication::BodySignature(self.body_signer),
            Some(settings) => {
                Authentication::AccessToken(Provider::new(self.token_signer, settings))
            }
        };
        Ok(Client {
            shared: Arc::new(Shared {
                process: Process::current(),
                transport,
                authentication: RwLock::new(Arc::new(authentication)),
                clock: self.clock,
                nonces: self.nonces,
                recorder: self.recorder,
                in_flight: Arc::new(InFlight::new(self.concurrency)),
                timeout: self.timeout,
                send_window: self.send_window,
                resend: self.resend,
                jitter: self.jitter,
                judging: self.judging,
                clock_skew_limit: self.clock_skew_limit,
            }),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("environment", &self.environment)
            .field("signer", &self.body_signer)
            .field("trust", &self.trust)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A client that cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientBuildError {
    /// The address is not valid.
    #[error("the gateway's address is not valid")]
    BaseUrl(#[source] ums_transport::InvalidBaseUrl),
    /// The transport cannot be set up.
    #[error("the connection to the gateway cannot be set up")]
    Transport(#[source] ums_transport::TransportBuildError),
    /// The connections to be shared lead to another gateway.
    #[error("the connections to be shared lead to another gateway, {0}")]
    OtherGateway(BaseUrl),
    /// A setting that the connections to be shared have already.
    #[error(
        "trust, proxy, connector and connect timeout are those of the connections to be shared"
    )]
    ConnectionsAreSet,
    /// The thread of a blocking client, or its runtime, cannot be started.
    #[cfg(feature = "blocking")]
    #[error("the thread of the client cannot be started")]
    Thread(#[source] std::io::Error),
}

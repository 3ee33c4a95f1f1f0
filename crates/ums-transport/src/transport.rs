//! The transport: one gateway, its connections, their limits.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;

use crate::boot_instant::{BootClock, BootInstant, SystemBootClock};
use crate::connect::base_url::BaseUrl;
use crate::connect::proxy::Proxy;
use crate::connect::tls::Trust;
use crate::connect::{Connect, ConnectError, Connector, Reached, TcpConnector};
use crate::connection::pool::Pool;
use crate::connection::{Connection, ReplyCaps, Wire};
use crate::deadline::{after, bounded};
use crate::error::{BoxError, TransportError, TransportErrorKind};
use crate::progress::{Phase, Progress};
use crate::runtime::{self, NoRuntime};

/// Connections to one gateway. Cheap to clone; clones share the pool.
///
/// ```no_run
/// use std::time::Duration;
/// use ums_transport::{Delivery, Transport};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = Transport::builder("https://test-api-open.chinaums.com".parse()?).build()?;
/// let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
///
/// let connection = transport.connect(deadline).await?;
/// let request = http::Request::post("/v6/poslink/transaction/query").body("{}".into())?;
/// match connection.exchange(request, deadline).await {
///     Ok(mut reply) => {
///         println!("{:?}: {} bytes", reply.progress.status, reply.body.len());
///         // Once the reply is found to answer this request, and only then:
///         reply.take_connection().keep();
///     }
///     Err(failure) => match failure.progress().delivery() {
///         Delivery::NotSent => println!("safe to send again: {failure}"),
///         Delivery::Partial | Delivery::Complete => println!("unknown: {failure}"),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
}

struct Shared {
    base_url: BaseUrl,
    connector: Connector,
    pool: Arc<Pool>,
    caps: ReplyCaps,
    connect_timeout: Duration,
    boot_clock: Arc<dyn BootClock>,
}

impl Transport {
    /// Starts to configure a transport to `base_url`.
    pub fn builder(base_url: BaseUrl) -> TransportBuilder {
        TransportBuilder {
            base_url,
            trust: Trust::default(),
            proxy: None,
            connector: None,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            max_idle: 256,
            boot_clock: Arc::new(SystemBootClock),
            caps: ReplyCaps {
                head: 64 * 1024,
                body: 256 * 1024,
            },
        }
    }

    /// The gateway's address.
    pub fn base_url(&self) -> &BaseUrl {
        &self.shared.base_url
    }

    /// Now, by the clock of send windows: see [`Connection::exchange_by`].
    pub fn boot_now(&self) -> BootInstant {
        self.shared.boot_clock.now()
    }

    /// A connection to send one request on: an idle one that still stands, or a new one.
    ///
    /// An idle one is lent only on the tokio runtime that opened it, as no other would wake it. The
    /// runtime needs its time and I/O drivers.
    ///
    /// # Errors
    ///
    /// There is none: nothing was sent. The failure's phase is the step that did not end.
    pub async fn connect(&self, deadline: Instant) -> Result<Connection, TransportError> {
        let started = Instant::now();
        if let Some(runtime) = runtime::current() {
            while let Some(mut wire) = self.shared.pool.take(runtime, started) {
                if poll_fn(|cx| Poll::Ready(wire.is_usable(cx))).await {
                    return Ok(self.lend(wire, started, started));
                }
            }
        }
        self.open(started, deadline).await
    }

    /// A new connection, whatever the pool holds: for the case that a pooled one turned out closed
    /// ([`TransportError::is_stale_connection`]).
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_fresh(&self, deadline: Instant) -> Result<Connection, TransportError> {
        self.open(Instant::now(), deadline).await
    }

    async fn open(
        &self,
        started: Instant,
        deadline: Instant,
    ) -> Result<Connection, TransportError> {
        let reached = Reached::new();
        let failed = |kind, phase, source| {
            let mut progress = Progress::new(phase);
            progress.timings.ended = Some(started.elapsed());
            TransportError::new(kind, progress, source)
        };
        let Some(runtime) = runtime::current() else {
            let source = Some(NoRuntime.into());
            return Err(failed(
                TransportErrorKind::Runtime,
                Phase::Resolving,
                source,
            ));
        };
        if started >= deadline {
            return Err(failed(TransportErrorKind::Deadline, Phase::Resolving, None));
        }
        let deadline = bounded(deadline, started);
        let connect_by = after(started, self.shared.connect_timeout);
        let opening = async {
            let shared = &self.shared;
            let carrier = shared
                .connector
                .connect(&reached, &shared.boot_clock)
                .await?;
            Wire::open(carrier, shared.caps, runtime)
                .await
                .map_err(|error| ConnectError {
                    kind: TransportErrorKind::Io,
                    source: error.into(),
                })
        };
        match tokio::time::timeout_at(connect_by.min(deadline), opening).await {
            Ok(Ok(wire)) => Ok(self.lend(wire, started, Instant::now())),
            Ok(Err(ConnectError { kind, source })) => {
                Err(failed(kind, reached.phase(), Some(source)))
            }
            Err(_elapsed) => {
                let kind = if connect_by < deadline {
                    TransportErrorKind::ConnectTimeout
                } else {
                    TransportErrorKind::Deadline
                };
                Err(failed(kind, reached.phase(), None))
            }
        }
    }

    fn lend(&self, wire: Wire, started: Instant, connected: Instant) -> Connection {
        let pool = Arc::clone(&self.shared.pool);
        Connection::new(wire, pool, self.shared.caps, started, connected)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.shared.base_url)
            .field("connect_timeout", &self.shared.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// Configures a [`Transport`].
pub struct TransportBuilder {
    base_url: BaseUrl,
    trust: Trust,
    proxy: Option<Proxy>,
    connector: Option<Arc<dyn Connect>>,
    connect_timeout: Duration,
    idle_timeout: Duration,
    max_idle: usize,
    caps: ReplyCaps,
    boot_clock: Arc<dyn BootClock>,
}

impl TransportBuilder {
    /// Which certificate authorities to trust. Default: the platform's.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Reaches the gateway through a proxy. Default: directly, whatever the environment says.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Longest time for name look-up, TCP, tunnel and TLS together, still under the deadline of the
    /// call. Default: 10 seconds; [`Duration::MAX`] leaves the deadline alone.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long an unused connection is kept. Shorter than the gateway's own limit, which is not
    /// published, it makes the race with the gateway's close rare. Default: 30 seconds.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// How many unused connections are kept, for each tokio runtime that uses the transport.
    /// Default: 256; 0 opens one for each call.
    #[must_use]
    pub fn max_idle(mut self, count: usize) -> Self {
        self.max_idle = count;
        self
    }

    /// Largest reply head in bytes. Default: 64 KiB.
    #[must_use]
    pub fn max_reply_head(mut self, bytes: usize) -> Self {
        self.caps.head = bytes;
        self
    }

    /// Largest reply body in bytes. Default: 256 KiB; a documented reply has well under 4 KiB.
    #[must_use]
    pub fn max_reply_body(mut self, bytes: usize) -> Self {
        self.caps.body = bytes;
        self
    }

    /// The clock of send windows. Default: [`SystemBootClock`].
    #[must_use]
    pub fn boot_clock(mut self, clock: impl BootClock) -> Self {
        self.boot_clock = Arc::new(clock);
        self
    }

    /// Opens connections through `connector` in place of TCP and TLS.
    #[must_use]
    pub fn connector(mut self, connector: Arc<dyn Connect>) -> Self {
        self.connector = Some(connector);
        self
    }

    /// Builds the transport. No connection is opened yet.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up, for example because the platform's roots cannot be read; or a proxy is
    /// asked for where none can be used: for a plain `http` gateway, or beside a connector.
    pub fn build(self) -> Result<Transport, TransportBuildError> {
        let tls_flaw = |error: BoxError| TransportBuildError(Flaw::Tls(error));
        let way = match &self.proxy {
            None => None,
            Some(proxy) => proxy
                .way_to(&self.base_url)
                .map_err(|error| tls_flaw(error.into()))?,
        };
        if way.is_some() && !self.base_url.is_tls() {
            return Err(TransportBuildError(Flaw::PlainThroughProxy));
        }
        let connector = match self.connector {
            Some(_) if way.is_some() => return Err(TransportBuildError(Flaw::DialerAndProxy)),
            Some(custom) => Connector::Custom(custom),
            None => {
                let tls = self
                    .trust
                    .client_config(self.base_url.is_tls())
                    .map_err(|error| tls_flaw(error.into()))?;
                let tcp = TcpConnector::new(&self.base_url, Arc::new(tls), way)
                    .map_err(|error| tls_flaw(error.into()))?;
                Connector::Tcp(tcp)
            }
        };
        let pool = Pool::new(
            self.base_url.host_header(),
            self.max_idle,
            self.idle_timeout,
        );
        Ok(Transport {
            shared: Arc::new(Shared {
                base_url: self.base_url,
                connector,
                pool: Arc::new(pool),
                caps: self.caps,
                connect_timeout: self.connect_timeout,
                boot_clock: self.boot_clock,
            }),
        })
    }
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("base_url", &self.base_url)
            .field("trust", &self.trust)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// A transport that cannot be set up, and why.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TransportBuildError(Flaw);

#[derive(Debug, thiserror::Error)]
enum Flaw {
    #[error("TLS cannot be set up")]
    Tls(#[source] BoxError),
    #[error(
        "a plain http gateway is on this machine and is not reached through a proxy: leave the proxy out, or use https"
    )]
    PlainThroughProxy,
    #[error("a connector opens its own connections: leave the proxy out, or the connector")]
    DialerAndProxy,
}

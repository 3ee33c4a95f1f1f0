//! Opening a connection: name look-up, TCP, a proxy's tunnel if one is asked for, TLS.

pub(crate) mod base_url;
pub(crate) mod carrier;
pub(crate) mod proxy;
pub(crate) mod send_fence;
pub(crate) mod tls;
pub(crate) mod tunnel;

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::boot_instant::BootClock;
use crate::connect::base_url::BaseUrl;
use crate::connect::carrier::{Carrier, Socket};
use crate::connect::proxy::Way;
use crate::connect::send_fence::SendFence;
use crate::connect::tunnel::TunnelError;
use crate::error::{BoxError, TransportErrorKind};
use crate::progress::Phase;

/// A connection as bytes in and bytes out, for example a `TcpStream` or one end of
/// `tokio::io::duplex`.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for T {}

/// The future a [`Connect`] returns.
pub type ConnectFuture = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send>>;

/// Opens connections to the gateway in place of TCP and TLS: the seam for tests that run over
/// memory instead of sockets.
///
/// What a connector returns is used as it is. The transport adds no encryption to it, and what it
/// does on the way is outside the transport's proof.
///
/// What a stream takes in a write counts as sent, also when it keeps it in a buffer of its own. A
/// write that is pending took nothing, as the same bytes are offered to it again. A reply counts as
/// one to a request only if it is read after a flush of the stream has ended that began when the
/// whole request was written.
pub trait Connect: Send + Sync + 'static {
    /// Opens one connection.
    fn connect(&self) -> ConnectFuture;

    /// Whether a write of its streams that fails has sent none of the bytes of that write, as with
    /// a socket. By default it is taken to have sent all of them: a stream that encrypts takes them
    /// in first and fails when it sends, and would otherwise make [`Delivery::NotSent`] a lie.
    ///
    /// [`Delivery::NotSent`]: crate::Delivery::NotSent
    fn fails_whole(&self) -> bool {
        false
    }
}

/// How the transport reaches the gateway.
pub(crate) enum Connector {
    Tcp(TcpConnector),
    Custom(Arc<dyn Connect>),
}

impl Connector {
    /// Opens one connection, whose send windows are those of this clock.
    pub(crate) async fn connect(
        &self,
        reached: &Reached,
        clock: &Arc<dyn BootClock>,
    ) -> Result<Carrier, ConnectError> {
        let fence = Arc::new(SendFence::new(Arc::clone(clock)));
        match self {
            Self::Tcp(tcp) => tcp.connect(reached, fence).await,
            Self::Custom(custom) => {
                reached.set(Phase::Connecting);
                let stream = custom.connect().await.map_err(|error| ConnectError {
                    kind: TransportErrorKind::Connect,
                    source: error.into(),
                })?;
                let fails_whole = custom.fails_whole();
                Ok(Carrier::Given {
                    stream,
                    fails_whole,
                    fence,
                })
            }
        }
    }
}

/// Why no connection was opened.
pub(crate) struct ConnectError {
    pub(crate) kind: TransportErrorKind,
    pub(crate) source: BoxError,
}

/// The step that opening a connection has reached, readable from outside when it is cut short.
#[derive(Clone)]
pub(crate) struct Reached(Arc<AtomicUsize>);

impl Reached {
    const STEPS: [Phase; 4] = [
        Phase::Resolving,
        Phase::Connecting,
        Phase::Tunneling,
        Phase::Handshaking,
    ];

    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(0)))
    }

    pub(crate) fn phase(&self) -> Phase {
        let step = self.0.load(Ordering::Relaxed);
        Self::STEPS.get(step).copied().unwrap_or(Phase::Handshaking)
    }

    fn set(&self, phase: Phase) {
        if let Some(step) = Self::STEPS.iter().position(|step| *step == phase) {
            self.0.store(step, Ordering::Relaxed);
        }
    }
}

/// TCP, and TLS where the base URL says `https`.
pub(crate) struct TcpConnector {
    uri: Uri,
    plain: bool,
    is_address: bool,
    tls: Arc<ClientConfig>,
    proxy: Option<Arc<Way>>,
}

impl TcpConnector {
    pub(crate) fn new(
        base_url: &BaseUrl,
        tls: Arc<ClientConfig>,
        proxy: Option<Way>,
    ) -> Result<Self, http::Error> {
        let uri = base_url.connect_uri()?;
        let reached_first = proxy.as_ref().map_or(&uri, Way::uri);
        let is_address = reached_first.host().is_some_and(is_address);
        Ok(Self {
            uri,
            plain: !base_url.is_tls(),
            is_address,
            tls,
            proxy: proxy.map(Arc::new),
        })
    }

    async fn connect(
        &self,
        reached: &Reached,
        fence: Arc<SendFence>,
    ) -> Result<Carrier, ConnectError> {
        if self.is_address {
            reached.set(Phase::Connecting);
        }
        let resolver = Resolver {
            inner: GaiResolver::new(),
            loopback_only: self.plain,
            reached: reached.clone(),
        };
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tcp = Tcp {
            inner: tcp,
            reached: reached.clone(),
            proxy: self.proxy.clone(),
            fence,
        };
        let mut connector = HttpsConnector::from((tcp, Arc::clone(&self.tls)));
        match connector.call(self.uri.clone()).await {
            Ok(stream) => Ok(Carrier::socket(stream)),
            Err(source) => Err(ConnectError {
                kind: kind_of(&source, reached.phase(), self.proxy.is_some()),
                source,
            }),
        }
    }
}

fn is_address(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>().is_ok()
}

fn kind_of(source: &BoxError, phase: Phase, proxied: bool) -> TransportErrorKind {
    if has_cause::<NotLoopback>(source.as_ref()) {
        return TransportErrorKind::NotLoopback;
    }
    match phase {
        Phase::Resolving | Phase::Connecting | Phase::Tunneling if proxied => {
            TransportErrorKind::Proxy
        }
        Phase::Resolving => TransportErrorKind::Resolve,
        Phase::Connecting => TransportErrorKind::Connect,
        _ => TransportErrorKind::Tls,
    }
}

fn has_cause<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        // io::Error hides the error it wraps from `source` and shows that error's source instead.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .is_some_and(|inner| inner.is::<E>());
        if wrapped || error.is::<E>() {
            return true;
        }
        next = error.source();
    }
    false
}

/// The system's name look-up, which for plain `http` refuses a name that leads away from this
/// machine.
#[derive(Clone)]
struct Resolver {
    inner: GaiResolver,
    loopback_only: bool,
    reached: Reached,
}

#[derive(Debug, thiserror::Error)]
#[error("it resolves to {0}; use https, or an address of this machine")]
struct NotLoopback(IpAddr);

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let looking_up = self.inner.call(name);
        let loopback_only = self.loopback_only;
        let reached = self.reached.clone();
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = looking_up.await?.collect();
            if loopback_only {
                refuse_elsewhere(&addresses)?;
            }
            reached.set(Phase::Connecting);
            Ok(addresses.into_iter())
        })
    }
}

fn refuse_elsewhere(addresses: &[SocketAddr]) -> io::Result<()> {
    match addresses.iter().find(|address| !address.ip().is_loopback()) {
        Some(address) => Err(io::Error::other(NotLoopback(address.ip()))),
        None => Ok(()),
    }
}

/// TCP, to the gateway or through a proxy, that notes when it is done, so that a failure after it
/// is known to be TLS's.
#[derive(Clone)]
struct Tcp {
    inner: HttpConnector<Resolver>,
    reached: Reached,
    proxy: Option<Arc<Way>>,
    fence: Arc<SendFence>,
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<Socket>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let reached = self.reached.clone();
        let fence = Arc::clone(&self.fence);
        let Some(proxy) = self.proxy.clone() else {
            let connecting = self.inner.call(uri);
            return Box::pin(async move {
                let stream = connecting.await?;
                reached.set(Phase::Handshaking);
                Ok(counted(stream, fence))
            });
        };
        let connecting = self.inner.call(proxy.uri().clone());
        Box::pin(async move {
            let stream = connecting.await.map_err(|error| TunnelError::Unreachable {
                address: proxy.address(),
                source: error.into(),
            })?;
            reached.set(Phase::Tunneling);
            let stream = tunnel::open(stream, &proxy, &uri).await?;
            reached.set(Phase::Handshaking);
            Ok(counted(stream, fence))
        })
    }
}

fn counted(stream: TokioIo<TcpStream>, fence: Arc<SendFence>) -> TokioIo<Socket> {
    TokioIo::new(Socket::new(stream.into_inner(), fence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_refused_a_way_off_this_machine() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert!(refuse_elsewhere(&[address("127.0.0.1:80"), address("[::1]:80")]).is_ok());
        let mixed = [address("127.0.0.1:80"), address("192.0.2.1:80")];
        let error = refuse_elsewhere(&mixed).unwrap_err();
        assert!(error.to_string().contains("192.0.2.1"));
        let error: BoxError = error.into();
        assert_eq!(
            kind_of(&error, Phase::Resolving, false),
            TransportErrorKind::NotLoopback
        );
        assert_eq!(
            kind_of(&"unknown host".into(), Phase::Resolving, false),
            TransportErrorKind::Resolve
        );
    }

    #[test]
    fn reached_goes_through_its_steps() {
        let reached = Reached::new();
        assert_eq!(reached.phase(), Phase::Resolving);
        reached.set(Phase::Connecting);
        assert_eq!(reached.phase(), Phase::Connecting);
        reached.set(Phase::Tunneling);
        assert_eq!(reached.phase(), Phase::Tunneling);
        reached.set(Phase::Handshaking);
        assert_eq!(reached.phase(), Phase::Handshaking);
    }
}

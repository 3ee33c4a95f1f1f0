//! TLS to the server, by rustls. There is no way to trust any certificate or name.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

/// Which authorities are trusted: the operating system's unless others are given.
#[derive(Clone, Default)]
pub(crate) struct Roots(Option<Arc<RootCertStore>>);

impl Roots {
    pub(crate) fn of_pem(pem: &[u8]) -> Result<Self, InvalidRoots> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| InvalidRoots)?;
            roots.add(certificate).map_err(|_| InvalidRoots)?;
        }
        if roots.is_empty() {
            return Err(InvalidRoots);
        }
        Ok(Self(Some(Arc::new(roots))))
    }

    /// What makes connections. `is_used` says whether any will be in TLS: the operating system's
    /// roots are read only then.
    pub(crate) fn connector(&self, is_used: bool) -> Result<Connector, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = match &self.0 {
            Some(roots) => builder(provider)?
                .with_root_certificates(Arc::clone(roots))
                .with_no_client_auth(),
            None if !is_used => builder(provider)?
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth(),
            #[cfg(feature = "platform-roots")]
            None => {
                use rustls_platform_verifier::BuilderVerifierExt as _;
                builder(provider)?
                    .with_platform_verifier()?
                    .with_no_client_auth()
            }
            #[cfg(not(feature = "platform-roots"))]
            None => {
                return Err(rustls::Error::General(
                    "no trusted authority: give some, or enable the feature platform-roots".into(),
                ));
            }
        };
        Ok(Connector(tokio_rustls::TlsConnector::from(Arc::new(
            config,
        ))))
    }
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

/// A text that holds no certificate of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no PEM text with certificates of authorities")]
#[non_exhaustive]
pub struct InvalidRoots;

/// Makes connections in TLS.
#[derive(Clone)]
pub(crate) struct Connector(tokio_rustls::TlsConnector);

impl<S> MakeTlsConnect<S> for Connector
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Tls<S>;
    type TlsConnect = ToServer;
    type Error = Infallible;

    fn make_tls_connect(&mut self, domain: &str) -> Result<ToServer, Infallible> {
        // It is asked before each connection, also for a socket, which has no name and no TLS.
        let name = ServerName::try_from(domain).ok();
        Ok(ToServer {
            connector: self.0.clone(),
            name: name.map(|name| name.to_owned()),
        })
    }
}

/// Makes a connection to one server.
pub(crate) struct ToServer {
    connector: tokio_rustls::TlsConnector,
    name: Option<ServerName<'static>>,
}

impl<S> TlsConnect<S> for ToServer
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Tls<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Tls<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let no_name = || io::Error::other("the server has no name to be verified");
            let name = self.name.ok_or_else(no_name)?;
            Ok(Tls(self.connector.connect(name, stream).await?))
        })
    }
}

/// A connection in TLS.
pub(crate) struct Tls<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Tls<S> {
    fn channel_binding(&self) -> ChannelBinding {
        // The server's certificate is verified, which is what a binding would stand in for.
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Tls<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tls<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(roots) => write!(f, "{} authorities", roots.len()),
            None => f.write_str("the operating system's"),
        }
    }
}

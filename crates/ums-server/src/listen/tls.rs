//! TLS with a certificate and a key from files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The most that one of the files may hold.
const MOST: u64 = 1 << 20;

/// A certificate chain and its key, in files of PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    chain: PathBuf,
    key: PathBuf,
}

impl TlsFiles {
    /// The chain, the server's own certificate first, and the key of that one.
    pub fn new(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            chain: chain.into(),
            key: key.into(),
        }
    }
}

/// Why there is no TLS by these files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFilesError {
    /// A file cannot be read, or holds something else.
    #[error("{} cannot be used for TLS", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Others can read the key.
    #[error("the key of TLS, {}, can be read by others: chmod 600", path.display())]
    LiesOpen {
        /// The file.
        path: PathBuf,
    },
    /// The certificate and the key do not belong together, or are of a kind that is not known.
    #[error("the certificate and its key cannot be used")]
    Refused(#[from] rustls::Error),
}

/// What connections are accepted by, until the files are read again.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    pub(crate) fn read(files: TlsFiles) -> Result<Self, TlsFilesError> {
        let config = RwLock::new(load(&files)?);
        Ok(Self { files, config })
    }

    /// Reads the files again. What they held before is kept if they cannot be used.
    pub(crate) fn reload(&self) -> Result<(), TlsFilesError> {
        let fresh = load(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&config))
    }
}

fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsFilesError> {
    let TlsFiles { chain, key } = files;
    let none = |path: &Path, source: Box<dyn std::error::Error + Send + Sync>| {
        let path = path.to_owned();
        TlsFilesError::File { path, source }
    };
    let text = read(chain).map_err(|error| none(chain, error.into()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = certificates.map_err(|error| none(chain, error.into()))?;
    if is_open(key).map_err(|error| none(key, error.into()))? {
        let path = key.clone();
        return Err(TlsFilesError::LiesOpen { path });
    }
    let text = zeroize::Zeroizing::new(read(key).map_err(|error| none(key, error.into()))?);
    let own = PrivateKeyDer::from_pem_slice(&text).map_err(|error| none(key, error.into()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, own)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_open(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    // A key that a group may read is how a service gets at one that is another's.
    Ok(std::fs::metadata(path)?.mode() & 0o027 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> io::Result<bool> {
    Ok(false)
}

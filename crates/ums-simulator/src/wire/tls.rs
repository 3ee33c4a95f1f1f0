//! The simulator's own CA, its certificate for this machine, and wrong ones for faults.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::own_file;

/// A CA made on the spot, and the certificates that it signs for `localhost`, `127.0.0.1` and
/// `::1`, and for what else is asked for. Nothing of it outlives the process, except the CA
/// certificate if it is written to a file.
#[derive(Clone)]
pub struct Tls {
    shared: Arc<Shared>,
}

impl Tls {
    /// Makes a CA and a server certificate (ECDSA P-256).
    ///
    /// # Errors
    ///
    /// Returns an error if the certificates cannot be made; they take nothing but random numbers.
    pub fn generate() -> Result<Self, TlsError> {
        Self::generate_for::<&str>([])
    }

    /// The same, with a certificate for these names and addresses too, by which other machines
    /// reach this one.
    ///
    /// # Errors
    ///
    /// Returns an error if a name is no host name or address, or the certificates cannot be made.
    pub fn generate_for<N: AsRef<str>>(
        names: impl IntoIterator<Item = N>,
    ) -> Result<Self, TlsError> {
        let mut all: Vec<String> = LOCAL_NAMES.map(str::to_owned).to_vec();
        for name in names {
            let name = name.as_ref();
            if !is_host(name) {
                let name: String = name.escape_debug().take(80).collect();
                return Err(TlsError::new(format!(
                    "{name:?} is no host name and no address"
                )));
            }
            all.push(name.to_owned());
        }
        let authority = Authority::new("ums-simulator CA")?;
        let names: Vec<_> = all.iter().map(String::as_str).collect();
        let acceptor = acceptor(signed(&authority, server_params(&names)?)?)?;
        Ok(Self {
            shared: Arc::new(Shared {
                names: all,
                authority,
                acceptor,
                wrong: Mutex::default(),
            }),
        })
    }

    /// The CA certificate, in PEM: what a client must trust.
    pub fn ca_pem(&self) -> &str {
        &self.shared.authority.pem
    }

    /// Writes the CA certificate, in PEM, to a file that only its owner can read.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be written, as when there is a link in its place; it
    /// names the file.
    pub fn write_ca(&self, path: &Path) -> Result<(), CaFileError> {
        own_file::replace(path, self.ca_pem().as_bytes()).map_err(|source| CaFileError {
            path: path.to_owned(),
            source,
        })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.shared.acceptor.clone()
    }

    /// An acceptor with a certificate that must be refused; made when first asked for.
    pub(crate) fn wrong_acceptor(&self, fault: CertificateFault) -> Result<TlsAcceptor, TlsError> {
        let mut wrong = self
            .shared
            .wrong
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(acceptor) = wrong.get(&fault) {
            return Ok(acceptor.clone());
        }
        let names: Vec<_> = self.shared.names.iter().map(String::as_str).collect();
        let made = acceptor(wrong_certificate(&self.shared.authority, &names, fault)?)?;
        wrong.insert(fault, made.clone());
        Ok(made)
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// A certificate that a client must refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CertificateFault {
    ClientUsage,
    Expired,
    NoName,
    NotYetValid,
    SelfSigned,
    UnknownCa,
    WrongHost,
}

/// Certificates that could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the simulator's certificates cannot be made")]
#[non_exhaustive]
pub struct TlsError {
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl TlsError {
    fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            source: source.into(),
        }
    }
}

/// A file that the CA certificate cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("the CA certificate cannot be written to {}", path.display())]
#[non_exhaustive]
pub struct CaFileError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

struct Shared {
    names: Vec<String>,
    authority: Authority,
    acceptor: TlsAcceptor,
    wrong: Mutex<HashMap<CertificateFault, TlsAcceptor>>,
}

const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// An address, or labels of letters, digits and hyphens, the first of which may be `*`.
fn is_host(name: &str) -> bool {
    if name.parse::<IpAddr>().is_ok() {
        return true;
    }
    let labels = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        let letters = label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        letters
            && (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && labels.split('.').all(is_label)
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Result<Self, TlsError> {
        let mut params = named_params(&[], name)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(TlsError::new)?;
        let pem = params.self_signed(&key).map_err(TlsError::new)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem,
        })
    }
}

struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

fn named_params(names: &[&str], common_name: &str) -> Result<CertificateParams, TlsError> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(TlsError::new)?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    Ok(params)
}

fn server_params(names: &[&str]) -> Result<CertificateParams, TlsError> {
    let mut params = named_params(names, "ums-simulator")?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

fn signed(authority: &Authority, params: CertificateParams) -> Result<Identity, TlsError> {
    let key = KeyPair::generate().map_err(TlsError::new)?;
    let certificate = params
        .signed_by(&key, &authority.issuer)
        .map_err(TlsError::new)?;
    Ok(Identity {
        certificate: certificate.der().clone(),
        key,
    })
}

fn wrong_certificate(
    own: &Authority,
    names: &[&str],
    fault: CertificateFault,
) -> Result<Identity, TlsError> {
    let mut params = server_params(names)?;
    match fault {
        CertificateFault::ClientUsage => {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        CertificateFault::Expired => {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        CertificateFault::NotYetValid => {
            params.not_before = date_time_ymd(4000, 1, 1);
            params.not_after = date_time_ymd(4001, 1, 1);
        }
        CertificateFault::NoName => params.subject_alt_names.clear(),
        CertificateFault::WrongHost => params = server_params(&["elsewhere.invalid"])?,
        CertificateFault::UnknownCa => {
            return signed(&Authority::new("another CA")?, params);
        }
        CertificateFault::SelfSigned => {
            let key = KeyPair::generate().map_err(TlsError::new)?;
            let certificate = params.self_signed(&key).map_err(TlsError::new)?;
            return Ok(Identity {
                certificate: certificate.der().clone(),
                key,
            });
        }
    }
    signed(own, params)
}

fn acceptor(identity: Identity) -> Result<TlsAcceptor, TlsError> {
    // The provider is named, as the default one panics if features leave it ambiguous.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::new)?
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate], key)
        .map_err(TlsError::new)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_addresses_are_told_from_the_rest() {
        for host in [
            "ums.test",
            "a",
            "pay-1.shop.example",
            "*.shop.example",
            "192.0.2.7",
            "2001:db8::7",
            "xn--fiq228c.example",
        ] {
            assert!(is_host(host), "{host}");
        }
        let long = ["a"; 128].join(".");
        for other in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "-a",
            "a-",
            "a b",
            "a_b",
            "https://a",
            "a:1",
            "a/b",
            "银联.example",
            "*",
            "a.*",
            "*.*.a",
            "a\n",
            &long,
        ] {
            assert!(!is_host(other), "{other:?}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_named() {
        let error = Tls::generate_for(["ums.test", "a b"]).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "\"a b\" is no host name and no address");
    }
}

//! Which certificates are trusted. There is no way to trust none or all.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{self, PemObject};

/// The certificate authorities a transport trusts.
///
/// Verification itself (chain, validity, host name) is rustls's and cannot be switched off.
#[derive(Clone, Default)]
pub struct Trust(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    Platform,
    Only(Arc<RootCertStore>),
}

impl Trust {
    /// The roots that the operating system trusts. The default.
    ///
    /// On Linux and the BSDs a process can be pointed to other roots by `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR`, which the loader of the system's roots reads. Whoever sets the environment
    /// of a payment process chooses whom it trusts; [`ca_file`](Self::ca_file) leaves that choice
    /// to the configuration.
    ///
    /// Needs the `platform-roots` feature, which is on by default; without it a transport for
    /// `https` cannot be built with this trust.
    pub fn platform() -> Self {
        Self(Source::Platform)
    }

    /// Only the authorities in a PEM file, for a gateway behind a private CA.
    ///
    /// # Errors
    ///
    /// The file cannot be read, holds no certificate, or holds one that cannot be an authority.
    pub fn ca_file(path: impl AsRef<Path>) -> Result<Self, InvalidTrust> {
        let path = path.as_ref();
        let text = std::fs::read(path).map_err(|error| InvalidTrust {
            origin: Origin::File(path.to_owned()),
            flaw: Flaw::Unreadable(error),
        })?;
        Self::read(&text, Origin::File(path.to_owned()))
    }

    /// Only the authorities in a PEM text.
    ///
    /// # Errors
    ///
    /// The text holds no certificate, or one that cannot be an authority.
    pub fn ca_pem(pem: &[u8]) -> Result<Self, InvalidTrust> {
        Self::read(pem, Origin::Text)
    }

    fn read(pem: &[u8], origin: Origin) -> Result<Self, InvalidTrust> {
        let mut roots = RootCertStore::empty();
        for (index, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let number = index + 1;
            let added = certificate
                .map_err(|error| Flaw::Pem { number, error })
                .and_then(|certificate| {
                    roots
                        .add(certificate)
                        .map_err(|error| Flaw::NotAnAuthority { number, error })
                });
            if let Err(flaw) = added {
                return Err(InvalidTrust { origin, flaw });
            }
        }
        if roots.is_empty() {
            return Err(InvalidTrust {
                origin,
                flaw: Flaw::NoCertificate,
            });
        }
        Ok(Self(Source::Only(Arc::new(roots))))
    }

    /// The TLS configuration for this trust. Reading the platform's roots is slow, so this is
    /// called once, and only for `https`.
    pub(crate) fn client_config(&self, platform: bool) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        match &self.0 {
            Source::Only(roots) => Ok(builder(provider)?
                .with_root_certificates(Arc::clone(roots))
                .with_no_client_auth()),
            // Plain http to this machine performs no handshake: no root is needed, and a handshake
            // would fail.
            Source::Platform if !platform => Ok(builder(provider)?
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth()),
            #[cfg(feature = "platform-roots")]
            Source::Platform => {
                use rustls_platform_verifier::BuilderVerifierExt;
                Ok(builder(provider)?
                    .with_platform_verifier()?
                    .with_no_client_auth())
            }
            #[cfg(not(feature = "platform-roots"))]
            Source::Platform => Err(rustls::Error::General(
                "no trusted authority: give a CA, or enable the feature platform-roots".into(),
            )),
        }
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Platform => f.write_str("Trust::platform"),
            Source::Only(roots) => write!(f, "Trust::only({} authorities)", roots.len()),
        }
    }
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}

/// A CA file or text that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {flaw}")]
pub struct InvalidTrust {
    origin: Origin,
    flaw: Flaw,
}

#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Text,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "CA file {}", path.display()),
            Self::Text => f.write_str("CA certificates"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Flaw {
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    #[error(
        "no certificate in it; expected PEM text with -----BEGIN CERTIFICATE----- in the first line"
    )]
    NoCertificate,
    #[error("certificate {number} is not valid PEM: {error}")]
    Pem { number: usize, error: pem::Error },
    #[error("certificate {number} cannot serve as an authority: {error}")]
    NotAnAuthority { number: usize, error: rustls::Error },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_authority_is_refused() {
        for (pem, word) in [
            ("", "no certificate"),
            ("hello", "no certificate"),
            (
                "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
                "not valid PEM",
            ),
            (
                "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
                "certificate 1 cannot serve",
            ),
        ] {
            let error = Trust::ca_pem(pem.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(word), "{pem:?}: {error}");
        }
    }

    /// By what rustls tells of its configuration.
    #[cfg(feature = "platform-roots")]
    #[test]
    fn the_platforms_roots_are_read_where_they_are_needed() {
        let verifier = |platform| {
            let config = Trust::platform().client_config(platform);
            config.map(|config| format!("{config:?}"))
        };
        let without = verifier(false).unwrap();
        assert!(without.contains("(0 roots)"), "{without}");
        match verifier(true) {
            Ok(with) => assert!(!with.contains("(0 roots)"), "{with}"),
            Err(error) => eprintln!("this machine has no roots: {error}"),
        }
    }

    #[test]
    fn debug_tells_whom_it_trusts() {
        assert_eq!(format!("{:?}", Trust::platform()), "Trust::platform");
        let none = Trust(Source::Only(Arc::new(RootCertStore::empty())));
        assert_eq!(format!("{none:?}"), "Trust::only(0 authorities)");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Trust::ca_file("/nowhere/ca.pem").unwrap_err().to_string();
        assert!(error.contains("/nowhere/ca.pem"), "{error}");
    }
}

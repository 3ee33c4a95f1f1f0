//! Certificates made on the spot: a root that the client trusts, and what hangs below it, right or
//! wrong.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    PKCS_RSA_SHA256, PKCS_RSA_SHA512, SanType, SignatureAlgorithm,
};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a server presents, and the key it signs the handshake with.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl Identity {
    /// No check that certificate and key belong together: some must not.
    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        let key = any_supported_type(&self.key).unwrap();
        Arc::new(CertifiedKey::new(self.chain.clone(), key))
    }

    /// The same with another chain.
    pub(crate) fn with_chain(
        mut self,
        change: impl FnOnce(&mut Vec<CertificateDer<'static>>),
    ) -> Self {
        change(&mut self.chain);
        self
    }

    /// The same with the leaf's bytes changed.
    pub(crate) fn with_leaf_bytes(self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        self.with_chain(|chain| {
            let mut bytes = chain[0].to_vec();
            change(&mut bytes);
            chain[0] = CertificateDer::from(bytes);
        })
    }

    pub(crate) fn with_key_of(self, other: &Self) -> Self {
        Self {
            key: Arc::clone(&other.key),
            ..self
        }
    }

    /// A chain of `material/`, with the key all its leaves share.
    pub(crate) fn material(pem: &str) -> Self {
        let key = include_bytes!("material/leaf.key.pem");
        Self {
            chain: CertificateDer::pem_slice_iter(pem.as_bytes())
                .map(|certificate| certificate.unwrap())
                .collect(),
            key: Arc::new(PrivateKeyDer::from_pem_slice(key).unwrap()),
        }
    }
}

/// The root of everything in `material/`.
pub(crate) const MATERIAL_ROOT: &str = include_str!("material/root.pem");

/// A CA: the root, or an intermediate with the certificates that lead up to the root, which is not
/// among them.
pub(crate) struct Ca {
    issuer: Issuer<'static, KeyPair>,
    path: Vec<CertificateDer<'static>>,
    pub(crate) own: CertificateDer<'static>,
    pub(crate) pem: String,
}

impl Ca {
    pub(crate) fn root(name: &str) -> Self {
        Self::self_signed(authority(name))
    }

    pub(crate) fn self_signed(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            own: certificate.der().clone(),
            pem: certificate.pem(),
            path: Vec::new(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A CA below this one.
    pub(crate) fn below(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = authority(name);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let mut path = vec![certificate.der().clone()];
        path.extend(self.path.iter().cloned());
        Self {
            own: certificate.der().clone(),
            pem: certificate.pem(),
            path,
            issuer: Issuer::new(params, key),
        }
    }

    /// A server's certificate for these names, with the whole path.
    pub(crate) fn server(&self, names: &[&str]) -> Identity {
        self.server_with(names, |_| ())
    }

    pub(crate) fn server_with(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        self.issue(names, KeyPair::generate().unwrap(), change)
    }

    pub(crate) fn server_with_key(&self, names: &[&str], key: Key) -> Identity {
        self.issue(names, key.pair(), |_| ())
    }

    fn issue(
        &self,
        names: &[&str],
        key: KeyPair,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = server_params(names);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let mut chain = vec![certificate.der().clone()];
        chain.extend(self.path.iter().cloned());
        Identity {
            chain,
            key: Arc::new(private(&key)),
        }
    }
}

/// A server's certificate signed by its own key.
pub(crate) fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
    let mut params = server_params(names);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Identity {
        chain: vec![certificate.der().clone()],
        key: Arc::new(private(&key)),
    }
}

/// The kinds of key a server may have.
#[derive(Clone, Copy)]
pub(crate) enum Key {
    Rsa2048,
    Rsa3072,
    P256,
    P384,
    Ed25519,
}

impl Key {
    fn pair(self) -> KeyPair {
        let generate = |algorithm: &'static SignatureAlgorithm| KeyPair::generate_for(algorithm);
        let read = |pem, algorithm| KeyPair::from_pem_and_sign_algo(pem, algorithm);
        let pair = match self {
            // ring makes no RSA keys.
            Self::Rsa2048 => read(include_str!("material/rsa2048.key.pem"), &PKCS_RSA_SHA256),
            Self::Rsa3072 => read(include_str!("material/rsa3072.key.pem"), &PKCS_RSA_SHA512),
            Self::P256 => generate(&PKCS_ECDSA_P256_SHA256),
            Self::P384 => generate(&PKCS_ECDSA_P384_SHA384),
            Self::Ed25519 => generate(&PKCS_ED25519),
        };
        pair.unwrap()
    }
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()))
}

pub(crate) fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

pub(crate) fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

/// A DNS name, also where the text is an address.
pub(crate) fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn server_params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = common_name("made up for a test");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

//! Certificates that must be refused.

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, DistinguishedName,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, NameConstraints, SanType, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use ums_transport::TransportErrorKind;

use crate::tls::Refused;
use crate::tls::certificate::{
    Ca, Identity, MATERIAL_ROOT, authority, common_name, dns, self_signed,
};
use crate::tls::server::{BOTH, Server, TLS12, TLS13};

pub(crate) fn certificates() -> Vec<Refused> {
    let root = Ca::root("a root");
    let mut rows = Vec::new();
    for (name, host, identity, reason) in [
        dates(&root),
        names(&root),
        usage(&root),
        issuers(&root),
        constraints(&root),
        damaged(&root),
    ]
    .into_iter()
    .flatten()
    {
        rows.push(row(name, host, &root.pem, &identity, reason));
    }
    for (name, identity, reason) in weak() {
        rows.push(row(name, LOCALHOST, MATERIAL_ROOT, &identity, reason));
    }
    rows.extend(of_another_kind(&root));
    rows
}

type Row = (&'static str, &'static str, Identity, &'static str);

const LOCALHOST: &str = "localhost";
const ADDRESS: &str = "127.0.0.1";

fn row(
    name: &str,
    host: &'static str,
    trust: &str,
    identity: &Identity,
    reason: &'static str,
) -> Refused {
    Refused {
        name: name.to_owned(),
        host,
        trust: Some(trust.to_owned()),
        server: Server::tls(identity, BOTH),
        kind: TransportErrorKind::Tls,
        reason,
    }
}

fn expired(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
}

fn not_yet_valid(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(4000, 1, 1);
    params.not_after = date_time_ymd(4001, 1, 1);
}

fn dates(root: &Ca) -> Vec<Row> {
    let leaf = |change: fn(&mut CertificateParams)| root.server_with(&[LOCALHOST], change);
    let below = |change: fn(&mut CertificateParams)| {
        root.below("an intermediate", change).server(&[LOCALHOST])
    };
    vec![
        ("expired", LOCALHOST, leaf(expired), "expired"),
        (
            "not yet valid",
            LOCALHOST,
            leaf(not_yet_valid),
            "not valid yet",
        ),
        (
            "valid until before it is valid",
            LOCALHOST,
            leaf(|params| {
                params.not_before = date_time_ymd(2090, 1, 1);
                params.not_after = date_time_ymd(2020, 1, 1);
            }),
            "Expired",
        ),
        ("expired intermediate", LOCALHOST, below(expired), "expired"),
        (
            "intermediate not yet valid",
            LOCALHOST,
            below(not_yet_valid),
            "not valid yet",
        ),
    ]
}

fn names(root: &Ca) -> Vec<Row> {
    const WRONG: &str = "not valid for name";
    let names = |names: &[&str]| root.server(names);
    let only =
        |name: SanType| root.server_with(&[], |params| params.subject_alt_names = vec![name]);
    let ia5 = |text: &str| text.try_into().unwrap();
    let called =
        |name: &str| root.server_with(&[], |params| params.distinguished_name = common_name(name));
    vec![
        (
            "another host",
            LOCALHOST,
            names(&["elsewhere.invalid"]),
            WRONG,
        ),
        (
            "a longer name",
            LOCALHOST,
            names(&["localhost.invalid"]),
            WRONG,
        ),
        (
            "a name that ends alike",
            LOCALHOST,
            names(&["notlocalhost"]),
            WRONG,
        ),
        (
            "a wildcard below the name",
            LOCALHOST,
            names(&["*.localhost"]),
            WRONG,
        ),
        (
            "a wildcard elsewhere",
            LOCALHOST,
            names(&["*.invalid"]),
            WRONG,
        ),
        ("a wildcard for everything", LOCALHOST, names(&["*"]), WRONG),
        (
            "a wildcard within the name",
            LOCALHOST,
            names(&["local*"]),
            WRONG,
        ),
        (
            "a name that continues after NUL",
            LOCALHOST,
            only(dns("localhost\0.invalid")),
            WRONG,
        ),
        ("no alternative name", LOCALHOST, called("made up"), WRONG),
        (
            "the host as common name alone",
            LOCALHOST,
            called(LOCALHOST),
            WRONG,
        ),
        (
            "the host as mail address",
            LOCALHOST,
            only(SanType::Rfc822Name(ia5("post@localhost"))),
            WRONG,
        ),
        (
            "the host as URI",
            LOCALHOST,
            only(SanType::URI(ia5("https://localhost"))),
            WRONG,
        ),
        (
            "the host's address in place of its name",
            LOCALHOST,
            names(&[ADDRESS]),
            WRONG,
        ),
        ("another address", ADDRESS, names(&["127.0.0.2"]), WRONG),
        (
            "the address as common name alone",
            ADDRESS,
            called(ADDRESS),
            WRONG,
        ),
        (
            "the address as DNS name",
            ADDRESS,
            only(dns(ADDRESS)),
            WRONG,
        ),
        (
            "a name in place of the address",
            ADDRESS,
            names(&[LOCALHOST]),
            WRONG,
        ),
        (
            "a wildcard over addresses",
            ADDRESS,
            only(dns("*.0.0.1")),
            WRONG,
        ),
        (
            "the address mapped into IPv6",
            ADDRESS,
            names(&["::ffff:127.0.0.1"]),
            WRONG,
        ),
        ("another IPv6 address", "[::1]", names(&["::2"]), WRONG),
        ("IPv4 in place of IPv6", "[::1]", names(&[ADDRESS]), WRONG),
    ]
}

fn usage(root: &Ca) -> Vec<Row> {
    const WRONG: &str = "extended key usage";
    let used = |purposes: Vec<ExtendedKeyUsagePurpose>| {
        root.server_with(&[LOCALHOST], |params| params.extended_key_usages = purposes)
    };
    let below = |purposes: Vec<ExtendedKeyUsagePurpose>| {
        root.below("an intermediate", |params| {
            params.extended_key_usages = purposes;
        })
        .server(&[LOCALHOST])
    };
    use ExtendedKeyUsagePurpose::{ClientAuth, CodeSigning, EmailProtection, TimeStamping};
    vec![
        ("for clients", LOCALHOST, used(vec![ClientAuth]), WRONG),
        ("for code", LOCALHOST, used(vec![CodeSigning]), WRONG),
        (
            "for mail and time stamps",
            LOCALHOST,
            used(vec![EmailProtection, TimeStamping]),
            WRONG,
        ),
        (
            "intermediate for clients",
            LOCALHOST,
            below(vec![ClientAuth]),
            WRONG,
        ),
    ]
}

fn issuers(root: &Ca) -> Vec<Row> {
    let other = Ca::root("another root");
    let namesake = Ca::root("a root");
    let below = root.below("an intermediate", |_| ());
    let not_ca = |is_ca: IsCa| root.below("no CA", |params| params.is_ca = is_ca);
    let mut deep = root.below("intermediate 0", |_| ());
    for depth in 1..10 {
        deep = deep.below(&format!("intermediate {depth}"), |_| ());
    }
    vec![
        (
            "self-signed",
            LOCALHOST,
            self_signed(&[LOCALHOST], |_| ()),
            "UnknownIssuer",
        ),
        (
            "self-signed under the root's name",
            LOCALHOST,
            self_signed(&[LOCALHOST], |params| {
                params.distinguished_name = common_name("a root");
            }),
            "BadSignature",
        ),
        (
            "self-signed, saying that it is a CA",
            LOCALHOST,
            self_signed(&[LOCALHOST], |params| {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }),
            "CaUsedAsEndEntity",
        ),
        (
            "an unknown CA",
            LOCALHOST,
            other.server(&[LOCALHOST]),
            "UnknownIssuer",
        ),
        (
            "an unknown CA that sends its own root",
            LOCALHOST,
            other
                .server(&[LOCALHOST])
                .with_chain(|chain| chain.push(other.own.clone())),
            "UnknownIssuer",
        ),
        (
            "an unknown CA with the root's name",
            LOCALHOST,
            namesake.server(&[LOCALHOST]),
            "BadSignature",
        ),
        (
            "an unknown CA, and the trusted root sent along",
            LOCALHOST,
            other
                .server(&[LOCALHOST])
                .with_chain(|chain| chain.push(root.own.clone())),
            "UnknownIssuer",
        ),
        (
            "an intermediate of an unknown CA",
            LOCALHOST,
            other.below("an intermediate", |_| ()).server(&[LOCALHOST]),
            "UnknownIssuer",
        ),
        (
            "the intermediate is missing",
            LOCALHOST,
            below
                .server(&[LOCALHOST])
                .with_chain(|chain| chain.truncate(1)),
            "UnknownIssuer",
        ),
        (
            "the first of two intermediates is missing",
            LOCALHOST,
            below
                .below("one below", |_| ())
                .server(&[LOCALHOST])
                .with_chain(|chain| drop(chain.remove(2))),
            "UnknownIssuer",
        ),
        (
            "another intermediate of the same root",
            LOCALHOST,
            below.server(&[LOCALHOST]).with_chain(|chain| {
                chain[1] = root.below("a sibling", |_| ()).own;
            }),
            "UnknownIssuer",
        ),
        (
            "an intermediate of the same name and another key",
            LOCALHOST,
            below.server(&[LOCALHOST]).with_chain(|chain| {
                chain[1] = root.below("an intermediate", |_| ()).own;
            }),
            "BadSignature",
        ),
        (
            "signed by what is silent about being a CA",
            LOCALHOST,
            not_ca(IsCa::NoCa).server(&[LOCALHOST]),
            "EndEntityUsedAsCa",
        ),
        (
            "signed by what says it is no CA",
            LOCALHOST,
            not_ca(IsCa::ExplicitNoCa).server(&[LOCALHOST]),
            "EndEntityUsedAsCa",
        ),
        (
            "ten intermediates",
            LOCALHOST,
            deep.server(&[LOCALHOST]),
            "MaximumPathDepthExceeded",
        ),
        (
            "a CA in place of a server",
            LOCALHOST,
            root.server_with(&[LOCALHOST], |params| {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }),
            "CaUsedAsEndEntity",
        ),
    ]
}

fn constraints(root: &Ca) -> Vec<Row> {
    let constrained = |permitted: Vec<GeneralSubtree>, excluded: Vec<GeneralSubtree>| {
        root.below("a constrained CA", |params| {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: permitted,
                excluded_subtrees: excluded,
            });
        })
    };
    let dns = |name: &str| GeneralSubtree::DnsName(name.to_owned());
    let net = |address| GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(address, 8));
    let no_ca_below = root.below("no CA below", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let unknown_extension = |critical: bool| {
        let mut extension =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
        extension.set_criticality(critical);
        extension
    };
    const VIOLATED: &str = "NameConstraintViolation";
    vec![
        (
            "a CA below one that allows none",
            LOCALHOST,
            no_ca_below.below("one below", |_| ()).server(&[LOCALHOST]),
            "PathLenConstraintViolated",
        ),
        (
            "a name that the CA excludes",
            LOCALHOST,
            constrained(vec![], vec![dns("localhost")]).server(&[LOCALHOST]),
            VIOLATED,
        ),
        (
            "a name that the CA does not permit",
            LOCALHOST,
            constrained(vec![dns("invalid")], vec![]).server(&[LOCALHOST]),
            VIOLATED,
        ),
        (
            "another name that the CA does not permit",
            LOCALHOST,
            constrained(vec![dns("localhost")], vec![]).server(&[LOCALHOST, "x.invalid"]),
            VIOLATED,
        ),
        (
            "a name that the CA permits and excludes",
            LOCALHOST,
            constrained(vec![dns("localhost")], vec![dns("localhost")]).server(&[LOCALHOST]),
            VIOLATED,
        ),
        (
            "a name that a CA further up excludes",
            LOCALHOST,
            constrained(vec![], vec![dns("localhost")])
                .below("one below", |_| ())
                .server(&[LOCALHOST]),
            VIOLATED,
        ),
        (
            "an address that the CA excludes",
            ADDRESS,
            constrained(vec![], vec![net([127, 0, 0, 0])]).server(&[ADDRESS]),
            VIOLATED,
        ),
        (
            "an address that the CA does not permit",
            ADDRESS,
            constrained(vec![net([10, 0, 0, 0])], vec![]).server(&[ADDRESS]),
            VIOLATED,
        ),
        (
            "an unknown critical extension",
            LOCALHOST,
            root.server_with(&[LOCALHOST], |params| {
                params.custom_extensions = vec![unknown_extension(true)];
            }),
            "UnsupportedCriticalExtension",
        ),
        (
            "an unknown critical extension of the intermediate",
            LOCALHOST,
            root.below("an intermediate", |params| {
                params.custom_extensions = vec![unknown_extension(true)];
            })
            .server(&[LOCALHOST]),
            "UnsupportedCriticalExtension",
        ),
    ]
}

fn damaged(root: &Ca) -> Vec<Row> {
    let whole = || root.server(&[LOCALHOST]);
    let change = |change: fn(&mut Vec<u8>)| whole().with_leaf_bytes(change);
    // The last name in the bytes is the alternative name: same length, so the lengths around it
    // still hold.
    let renamed = root.server(&["locamhost"]).with_leaf_bytes(|bytes| {
        let at = bytes.windows(9).rposition(|part| part == b"locamhost");
        bytes[at.unwrap()..][..9].copy_from_slice(b"localhost");
    });
    vec![
        (
            "the signature has a bit changed",
            LOCALHOST,
            change(|bytes| *bytes.last_mut().unwrap() ^= 1),
            "BadSignature",
        ),
        (
            "the name was changed after signing",
            LOCALHOST,
            renamed,
            "BadSignature",
        ),
        (
            "the key is another's",
            LOCALHOST,
            whole().with_key_of(&whole()),
            "BadSignature",
        ),
        (
            "no certificate",
            LOCALHOST,
            whole().with_chain(Vec::clear),
            "certificates",
        ),
        (
            "a certificate of no bytes",
            LOCALHOST,
            change(Vec::clear),
            "BadEncoding",
        ),
        (
            "bytes that are no certificate",
            LOCALHOST,
            whole().with_chain(|chain| chain[0] = CertificateDer::from(vec![0x55; 600])),
            "BadEncoding",
        ),
        (
            "the certificate is cut",
            LOCALHOST,
            change(|bytes| bytes.truncate(bytes.len() / 2)),
            "BadEncoding",
        ),
        (
            "bytes after the certificate",
            LOCALHOST,
            change(|bytes| bytes.push(0)),
            "BadEncoding",
        ),
        (
            "the intermediate is cut",
            LOCALHOST,
            root.below("an intermediate", |_| ())
                .server(&[LOCALHOST])
                .with_chain(|chain| {
                    let bytes = chain[1].to_vec();
                    chain[1] = CertificateDer::from(bytes[..bytes.len() / 2].to_vec());
                }),
            "BadEncoding",
        ),
    ]
}

fn weak() -> Vec<(&'static str, Identity, &'static str)> {
    macro_rules! material {
        ($($name:literal, $file:literal, $reason:literal;)*) => {
            vec![$((
                $name,
                Identity::material(include_str!(concat!("material/", $file, ".pem"))),
                $reason,
            ),)*]
        };
    }
    material! {
        "signed with SHA-1", "leaf-sha1", "UnsupportedSignatureAlgorithm";
        "signed with MD5", "leaf-md5", "UnsupportedSignatureAlgorithm";
        "signed with SHA-224", "leaf-sha224", "UnsupportedSignatureAlgorithm";
        "signed by a CA with RSA of 1024 bits", "under-rsa1024", "BadSignature";
        "signed by a CA with RSA of 512 bits", "under-rsa512", "BadSignature";
        "signed by a CA with secp256k1", "under-secp256k1", "UnsupportedSignatureAlgorithm";
        "signed by a CA with P-521", "under-p521", "UnsupportedSignatureAlgorithm";
        "signed by a CA with SM2", "under-sm2", "UnsupportedSignatureAlgorithm";
        "X.509 version 1", "version1", "UnsupportedCertVersion";
    }
}

/// Rows that differ in trust or version.
fn of_another_kind(root: &Ca) -> Vec<Refused> {
    let local = root.server(&[LOCALHOST]);
    let other = Ca::root("another root");
    let mut nameless = authority("");
    nameless.distinguished_name = DistinguishedName::new();
    let nameless = Ca::self_signed(nameless);
    let mut rows = vec![
        Refused {
            trust: None,
            ..row(
                "a private CA, with the platform's roots",
                LOCALHOST,
                "",
                &local,
                "UnknownIssuer",
            )
        },
        row(
            "right, but another CA is trusted",
            LOCALHOST,
            &other.pem,
            &local,
            "UnknownIssuer",
        ),
        row(
            "another CA, when the trusted one has no name",
            LOCALHOST,
            &nameless.pem,
            &local,
            "UnknownIssuer",
        ),
    ];
    for (name, versions) in [("TLS 1.2", TLS12), ("TLS 1.3", TLS13)] {
        let mut one = |what: &str, identity: &Identity, reason| {
            rows.push(Refused {
                server: Server::tls(identity, versions),
                ..row(
                    &format!("{what}, {name}"),
                    LOCALHOST,
                    &root.pem,
                    identity,
                    reason,
                )
            });
        };
        one(
            "an unknown CA",
            &other.server(&[LOCALHOST]),
            "UnknownIssuer",
        );
        one(
            "another host",
            &root.server(&["elsewhere.invalid"]),
            "not valid for name",
        );
        one(
            "expired",
            &root.server_with(&[LOCALHOST], expired),
            "expired",
        );
        one(
            "the key is another's",
            &local.clone().with_key_of(&other.server(&[LOCALHOST])),
            "BadSignature",
        );
    }
    rows
}
